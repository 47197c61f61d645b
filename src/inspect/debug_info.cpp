// Answers questions from DWARF: units by their ranges, functions by theirs, and in a function what was inlined into it.
#include "tenon/inspect/debug_info.h"

#include <algorithm>

#include "inspect/dwarf.h"
#include "tenon/binary/errors.h"
#include "tenon/inspect/custom.h"
#include "tenon/inspect/demangle.h"
#include "tenon/spec/errors.h"

namespace tenon::inspect {
namespace {

using namespace dwarf;

// A function, or a call that was inlined: `parent` is the entry of what it was inlined into.
struct FunctionEntry {
  static constexpr u32 kNone = ~u32{0};
  u32 parent = kNone;
  std::vector<Range> ranges;
  std::string_view name;
  u64 call_file = 0, call_line = 0, call_column = 0;
  bool has(u64 address) const {
    return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) { return range.has(address); });
  }
};

struct LoadedUnit {
  Unit unit;
  std::optional<LineTable> lines;
  std::optional<std::vector<FunctionEntry>> functions;
};

// One entry, decoded as far as it matters here.
struct Entry {
  u64 tag = 0;
  bool has_children = false;
  bool end_of_children = false;
  Value name, linkage_name, low, high, ranges, origin, call_file, call_line, call_column;
};

}  // namespace

struct DebugInfo::Data {
  explicit Data(const Sections& sections) : decoder(sections) {}

  Result<> read_units() {
    for (u64 at = 0; at < decoder.sections().info.size();) {
      TENON_TRY(Unit unit, decoder.read_unit(at));
      at = std::max(unit.end, at + 4);
      if (unit.is_code && unit.abbreviations) units.push_back({std::move(unit), {}, {}});
    }
    return {};
  }

  Result<Entry> read_entry(Reader& reader, const Unit& unit) const {
    Entry out;
    u64 code = reader.read_uleb64();
    if (code == 0) {
      out.end_of_children = true;
      TENON_TRY_VOID(binary::check(reader));
      return out;
    }
    auto found = unit.abbreviations->find(code);
    if (found == unit.abbreviations->end())
      return fail(ErrorCode::UnexpectedContent, reader.offset(), "unknown abbreviation in debugging information");
    out.tag = found->second.tag;
    out.has_children = found->second.has_children;
    for (const AttributeSpec& attribute : found->second.attributes) {
      Value value = read_form(reader, attribute.form, unit, attribute.implicit);
      switch (attribute.name) {
        case kName:
          out.name = value;
          break;
        case kLinkageName:
        case kOldLinkageName:
          out.linkage_name = value;
          break;
        case kLowPc:
          out.low = value;
          break;
        case kHighPc:
          out.high = value;
          break;
        case kRanges:
          out.ranges = value;
          break;
        case kAbstractOrigin:
        case kSpecification:
          out.origin = value;
          break;
        case kCallFile:
          out.call_file = value;
          break;
        case kCallLine:
          out.call_line = value;
          break;
        case kCallColumn:
          out.call_column = value;
          break;
        default:
          break;
      }
    }
    TENON_TRY_VOID(binary::check(reader));
    return out;
  }

  const Unit* unit_of(u64 offset) const {
    auto behind =
        std::upper_bound(units.begin(), units.end(), offset, [](u64 a, const LoadedUnit& b) { return a < b.unit.first; });
    if (behind == units.begin() || offset >= (--behind)->unit.end) return nullptr;
    return &behind->unit;
  }

  // The name of an entry, or of what it is an instance or a definition of.
  std::string_view name_of(const Unit& unit, const Entry& entry) const {
    const Unit* in = &unit;
    Entry here = entry;
    for (u32 steps = 0; steps < 16; ++steps) {
      if (here.linkage_name) return decoder.text(*in, here.linkage_name);
      if (here.name) return decoder.text(*in, here.name);
      if (here.origin.kind != Value::Kind::Reference) break;
      in = unit_of(here.origin.number);
      if (!in) break;
      Reader reader =
          reader_at(decoder.sections().info.first(std::min<u64>(in->end, decoder.sections().info.size())), here.origin.number);
      auto next = read_entry(reader, *in);
      if (!next) break;
      here = *next;
    }
    return {};
  }

  Result<> load_functions(LoadedUnit& loaded) {
    std::vector<FunctionEntry> out;
    const Unit& unit = loaded.unit;
    Bytes info = decoder.sections().info.first(std::min<u64>(unit.end, decoder.sections().info.size()));
    Reader reader = reader_at(info, unit.first);
    std::vector<u32> parents;  // the function that each open level is in
    // Entries may share lists, but not so that a small module fills the memory.
    const Sections& sections = decoder.sections();
    std::size_t room = 1024 + sections.info.size() + sections.ranges.size() + sections.rnglists.size();
    while (!reader.at_end()) {
      TENON_TRY(Entry entry, read_entry(reader, unit));
      if (entry.end_of_children) {
        if (!parents.empty()) parents.pop_back();
        if (parents.empty()) break;
        continue;
      }
      u32 parent = parents.empty() ? FunctionEntry::kNone : parents.back();
      u32 self = parent;
      if (entry.tag == kSubprogram || (entry.tag == kInlinedSubroutine && parent != FunctionEntry::kNone)) {
        auto ranges = decoder.ranges(unit, entry.low, entry.high, entry.ranges);
        if (entry.tag == kSubprogram) self = FunctionEntry::kNone;
        if (ranges.size() > room)
          return fail(ErrorCode::LimitExceeded, reader.offset(), "too many ranges in debugging information");
        room -= ranges.size();
        if (!ranges.empty()) {
          self = static_cast<u32>(out.size());
          out.push_back({entry.tag == kSubprogram ? FunctionEntry::kNone : parent, std::move(ranges), name_of(unit, entry),
                         entry.call_file.number, entry.call_line.number, entry.call_column.number});
        }
      }
      if (entry.has_children)
        parents.push_back(self);
      else if (parents.empty())
        break;
    }
    loaded.functions = std::move(out);
    return {};
  }

  Result<std::vector<SourceFrame>> frames(LoadedUnit& loaded, u64 address) {
    if (!loaded.functions) TENON_TRY_VOID(load_functions(loaded));
    std::vector<SourceFrame> out;
    const auto& functions = *loaded.functions;
    // Entries stand before those that are in them: the last one that fits is the innermost.
    const FunctionEntry* at = nullptr;
    for (const FunctionEntry& function : functions) {
      bool inside = function.parent == FunctionEntry::kNone ? at == nullptr : at == &functions[function.parent];
      if (inside && function.has(address)) at = &function;
    }
    SourceFrame frame;
    auto place = [&](u64 file, u64 line, std::optional<u64> column) {
      if (file < loaded.lines->files.size() && !loaded.lines->files[file].empty()) frame.file = loaded.lines->files[file];
      frame.line = line;
      if (line) frame.column = column;
    };
    if (const LineTable::Row* row = loaded.lines->find(address)) place(row->file, row->line, row->column);
    for (; at; at = at->parent == FunctionEntry::kNone ? nullptr : &functions[at->parent]) {
      if (!at->name.empty()) frame.function = demangle(at->name).value_or(std::string(at->name));
      bool outermost = at->parent == FunctionEntry::kNone;
      out.push_back(std::exchange(frame, {}));
      if (!outermost) place(at->call_file, at->call_line, at->call_column ? std::optional(at->call_column) : std::nullopt);
    }
    if (out.empty() && frame.file) out.push_back(std::move(frame));
    return out;
  }

  Result<std::vector<SourceFrame>> find(u64 address) {
    for (LoadedUnit& loaded : units) {
      auto holds = [&](const Range& range) { return range.has(address); };
      if (!loaded.unit.ranges.empty() && std::none_of(loaded.unit.ranges.begin(), loaded.unit.ranges.end(), holds)) continue;
      if (!loaded.lines) {
        TENON_TRY(loaded.lines, read_lines(decoder, loaded.unit));
      }
      // A unit that says no ranges has those of its line table.
      if (loaded.unit.ranges.empty() && !loaded.lines->find(address)) continue;
      TENON_TRY(auto found, frames(loaded, address));
      if (!found.empty()) return found;
    }
    return std::vector<SourceFrame>();
  }

  Decoder decoder;
  std::vector<LoadedUnit> units;
  std::optional<u64> code_offset;
};

DebugInfo::DebugInfo(std::unique_ptr<Data> data) : data_(std::move(data)) {}
DebugInfo::DebugInfo(DebugInfo&&) noexcept = default;
DebugInfo& DebugInfo::operator=(DebugInfo&&) noexcept = default;
DebugInfo::~DebugInfo() = default;

Result<DebugInfo> DebugInfo::read(Bytes module) {
  Sections sections;
  std::optional<u64> code_offset;
  TENON_TRY_VOID(for_each_section(module, [&](const RawSection& section) -> Result<> {
    if (section.id == 10) code_offset = section.range.begin;
    if (section.id != 0 || !section.name.starts_with(".debug_")) return {};
    Reader reader(section.contents, section.range.begin);
    reader.read_name(~u64{0});
    constexpr std::pair<std::string_view, Bytes Sections::*> kNames[] = {
        {"abbrev", &Sections::abbrev},     {"addr", &Sections::addr},         {"info", &Sections::info},
        {"line", &Sections::line},         {"line_str", &Sections::line_str}, {"ranges", &Sections::ranges},
        {"rnglists", &Sections::rnglists}, {"str", &Sections::str},           {"str_offsets", &Sections::str_offsets}};
    for (const auto& [name, member] : kNames)
      if (section.name.substr(7) == name) sections.*member = reader.rest();
    return {};
  }));
  auto data = std::make_unique<Data>(sections);
  data->code_offset = code_offset;
  TENON_TRY_VOID(data->read_units());
  return DebugInfo(std::move(data));
}

bool DebugInfo::empty() const {
  return data_->units.empty();
}
std::optional<u64> DebugInfo::code_offset() const {
  return data_->code_offset;
}
Result<std::vector<SourceFrame>> DebugInfo::find(u64 address) {
  return data_->find(address);
}

}  // namespace tenon::inspect
