// Custom sections: as annotations where the text format has one for them, raw otherwise. Names and branch hints are printed
// where they apply.
#include <fmt/format.h>

#include "printer.h"
#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::print {
namespace {

constexpr u32 kMostHints = 128 * 1024;  // of one function

bool is_known_field(std::string_view name) {
  return name == "language" || name == "sdk" || name == "processed-by";
}

struct Flag {
  u32 bit;
  std::string_view word;
};
// Symbol flags. Source: tool-conventions, Linking and DynamicLinking.
constexpr Flag kSymbolFlags[] = {
    {1u << 0, "binding-weak"}, {1u << 1, "binding-local"}, {1u << 2, "visibility-hidden"},
    {1u << 4, "undefined"},    {1u << 5, "exported"},      {1u << 6, "explicit-name"},
    {1u << 7, "no-strip"},     {1u << 8, "tls"},           {1u << 9, "absolute"},
};

// One function's hints.
struct HintReader {
  explicit HintReader(const binary::CustomSection& section) : reader(section.contents, section.contents_offset) {}

  u64 read(u32& func, std::vector<BranchHint>& hints) {
    func = reader.read_uleb32();
    u32 count = reader.read_uleb32();
    for (u32 i = 0; i < count && reader.ok(); ++i) {
      BranchHint hint;
      hint.offset = reader.offset();
      hint.func_offset = reader.read_uleb32();
      if (reader.read_u8() != 1) reader.fail(ErrorCode::UnexpectedContent, reader.offset() - 1, "invalid branch hint byte");
      u8 taken = reader.read_u8();
      if (taken > 1) reader.fail(ErrorCode::UnexpectedContent, reader.offset() - 1, "invalid branch hint taken byte");
      hint.taken = taken == 1;
      if (reader.ok() && hints.size() < kMostHints) hints.push_back(hint);
    }
    return count;
  }

  Reader reader;
};

}  // namespace

// Sections of which no more than a part can be read count as far as they go.
void Printer::read_branch_hints(const binary::CustomSection& section) {
  hints_.clear();
  HintReader hints(section);
  u32 count = hints.reader.read_uleb32();
  for (u32 i = 0; i < count; ++i) {
    HintedFunc func{};
    u64 given = hints.read(func.func, func.hints);
    if (!hints.reader.ok() || hints_.size() >= limits::kFunctions || given >= kMostHints) return;
    hints_.push_back(std::move(func));
  }
  if (hints.reader.at_end()) std::reverse(hints_.begin(), hints_.end());
}

Result<> Printer::custom_section(const binary::CustomSection& section) {
  Reader header(section.contents, section.contents_offset);
  bool has_count = (header.read_uleb32(), header.ok());
  if (section.name == "name" || section.name == "component-name") return {};
  if (section.name == "metadata.code.branch_hint" && has_count) return {};
  bool is_producers = section.name == "producers" && has_count;
  bool is_dylink = section.name == "dylink.0";
  if (!is_producers && !is_dylink) {
    raw_custom_section(section);
    return {};
  }
  // Tried out first: what cannot be read to its end is printed raw.
  auto print = [&]() { return is_producers ? producers_section(section) : dylink_section(section); };
  Out* to = to_;
  Out scratch(nullptr);
  to_ = &scratch;
  u32 nesting = nesting_, line = line_;
  std::size_t groups = group_lines_.size();
  Result<> tried = print();
  to_ = to;
  nesting_ = nesting;
  line_ = line;
  group_lines_.resize(groups);
  if (tried) {
    to_->write(scratch.kept());
    line_ = line + static_cast<u32>(std::count(scratch.kept().begin(), scratch.kept().end(), '\n'));
    return {};
  }
  if (!tried.error().offset()) return tried;
  std::string message = fmt::format("failed to parse custom section `{}`: {}", section.name, tried.error().to_string());
  for (std::string_view rest = message; !rest.empty();) {
    std::string_view part = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    newline(section.contents_offset);
    write(";; ");
    write(part);
  }
  raw_custom_section(section);
  return {};
}

void Printer::raw_custom_section(const binary::CustomSection& section) {
  newline(section.range.begin);
  start_group("@custom ");
  write_string(section.name);
  write(" (");
  write(custom_place_);
  write(") ");
  if (options_.skeleton)
    write("...");
  else
    write_bytes(section.contents);
  end_group();
}

Result<> Printer::producers_section(const binary::CustomSection& section) {
  newline(section.range.begin);
  start_group("@producers");
  Reader reader(section.contents, section.contents_offset);
  u32 fields = reader.read_uleb32();
  for (u32 i = 0; i < fields && reader.ok(); ++i) {
    u64 at = reader.offset();
    std::string_view field = reader.read_name(~u64{0});
    if (reader.ok() && !is_known_field(field))
      reader.fail(ErrorCode::UnexpectedContent, at, fmt::format("invalid producers field name: `{}`", field));
    u32 values = reader.read_uleb32();
    for (u32 k = 0; k < values && reader.ok(); ++k) {
      u64 offset = reader.offset();
      std::string_view name = reader.read_name(~u64{0});
      std::string_view version = reader.read_name(~u64{0});
      if (!reader.ok()) break;
      newline(offset);
      start_group(field);
      write(' ');
      write_string(name);
      write(' ');
      write_string(version);
      end_group();
    }
  }
  if (reader.ok() && !reader.at_end())
    reader.fail(ErrorCode::SectionSizeMismatch, reader.offset(),
                "section size mismatch: unexpected data at the end of the section");
  TENON_TRY_VOID(binary::check(reader));
  end_group();
  return {};
}

Result<> Printer::dylink_section(const binary::CustomSection& section) {
  newline(section.range.begin);
  start_group("@dylink.0");
  Reader reader(section.contents, section.contents_offset);
  while (reader.ok() && !reader.at_end()) {
    u64 start = reader.offset();
    u8 id = reader.read_u8();
    if (id & 0x80) reader.fail(ErrorCode::IntegerTooLong, start, "invalid u7");
    u32 size = reader.read_uleb32();
    u64 at = reader.offset();
    Reader part(reader.read_bytes(size), at);
    TENON_TRY_VOID(binary::check(reader));
    TENON_TRY_VOID(dylink_part(id, part, start));
  }
  TENON_TRY_VOID(binary::check(reader));
  end_group();
  return {};
}

void Printer::write_symbol_flags(u32 flags) {
  for (const Flag& flag : kSymbolFlags) {
    if (!(flags & flag.bit)) continue;
    flags &= ~flag.bit;
    write(' ');
    write(flag.word);
  }
  if (flags) write(fmt::format(" {:#x}", flags));
}

// Source: tool-conventions, DynamicLinking.
Result<> Printer::dylink_part(u8 id, Reader& part, u64 start) {
  constexpr u8 kMemInfo = 1, kNeeded = 2, kExportInfo = 3, kImportInfo = 4, kRuntimePath = 5;
  switch (id) {
    case kMemInfo: {
      newline(start);
      start_group("mem-info");
      for (std::string_view word : {"memory", "table"}) {
        u32 size = part.read_uleb32();
        u32 alignment = part.read_uleb32();
        if (size > 0 || alignment > 0) write(fmt::format(" ({} {} {})", word, size, alignment));
      }
      end_group();
      break;
    }
    case kNeeded:
    case kRuntimePath: {
      newline(start);
      start_group(id == kNeeded ? "needed" : "runtime-path");
      u32 count = part.read_uleb32();
      for (u32 i = 0; i < count && part.ok(); ++i) {
        write(' ');
        write_string(part.read_name(~u64{0}));
      }
      end_group();
      break;
    }
    case kExportInfo:
    case kImportInfo: {
      u32 count = part.read_uleb32();
      for (u32 i = 0; i < count && part.ok(); ++i) {
        newline(start);
        start_group(id == kExportInfo ? "export-info " : "import-info ");
        write_string(part.read_name(~u64{0}));
        if (id == kImportInfo) {
          write(' ');
          write_string(part.read_name(~u64{0}));
        }
        write_symbol_flags(part.read_uleb32());
        end_group();
      }
      break;
    }
    default:
      return fail(ErrorCode::Unsupported, fmt::format("don't know how to print dylink.0 subsection id {}", id));
  }
  return binary::check(part);
}

}  // namespace tenon::print
