#include "text/dwarf.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace tenon::text {
namespace {

using encode::Sink;

// Abbreviations: tag, whether there are children, then pairs of attribute and form.
enum Kind : u8 { kUnit, kEmptyUnit, kBaseType, kFunction, kLeafFunction, kParameter, kVariable };
constexpr u8 kUnitRow[] = {0x11, 1, 0x25, 0x08, 0x13, 0x0f, 0x03, 0x0e, 0x1b, 0x0e, 0x11, 0x06, 0x12, 0x06, 0x10, 0x17};
constexpr u8 kEmptyUnitRow[] = {0x11, 0, 0x25, 0x08, 0x13, 0x0f, 0x03, 0x0e, 0x1b, 0x0e, 0x11, 0x06};
constexpr u8 kBaseTypeRow[] = {0x24, 0, 0x03, 0x0e, 0x0b, 0x0b, 0x3e, 0x0f};
constexpr u8 kFunctionRow[] = {0x2e, 1, 0x03, 0x08, 0x3a, 0x0f, 0x3b, 0x0f, 0x39, 0x0f, 0x3f, 0x19, 0x11, 0x01, 0x12, 0x06};
constexpr u8 kLeafFunctionRow[] = {0x2e, 0, 0x03, 0x08, 0x3a, 0x0f, 0x3b, 0x0f, 0x39, 0x0f, 0x3f, 0x19, 0x11, 0x01, 0x12, 0x06};
constexpr u8 kParameterRow[] = {0x05, 0, 0x03, 0x08, 0x02, 0x18, 0x49, 0x13};
constexpr u8 kVariableRow[] = {0x34, 0, 0x03, 0x08, 0x02, 0x18, 0x49, 0x13};
constexpr std::span<const u8> kRows[] = {kUnitRow,         kEmptyUnitRow, kBaseTypeRow, kFunctionRow,
                                         kLeafFunctionRow, kParameterRow, kVariableRow};

struct TypeInfo {
  u8 code;
  std::string_view name;
  u8 size;
  u8 encoding;  // DW_ATE_signed, DW_ATE_float
};
constexpr TypeInfo kTypes[] = {{0x7f, "i32", 4, 5}, {0x7e, "i64", 8, 5}, {0x7d, "f32", 4, 4}, {0x7c, "f64", 8, 4}};

// The line number program's parameters.
constexpr i64 kLineBase = -5;
constexpr u64 kLineRange = 14;
constexpr u64 kOpcodeBase = 13;

void u16_to(Sink& sink, u32 value) {
  sink.push_back(static_cast<u8>(value));
  sink.push_back(static_cast<u8>(value >> 8));
}

void u32_to(Sink& sink, u32 value) {
  u16_to(sink, value & 0xffff);
  u16_to(sink, value >> 16);
}

void string_to(Sink& sink, std::string_view value) {
  sink.bytes(as_bytes(value.substr(0, value.find('\0'))));
  sink.push_back(0);
}

void patch_u32(Sink& sink, std::size_t at, u32 value) {
  for (int i = 0; i < 4; ++i) sink.data()[at + static_cast<std::size_t>(i)] = static_cast<u8>(value >> (8 * i));
}

}  // namespace

DwarfWriter::DwarfWriter(std::string_view source, const ParseOptions& options)
    : source_(source), producer_(options.producer), full_(options.dwarf == Dwarf::Full) {
  std::string_view path = options.file;
  std::size_t slash = path.rfind('/');
  std::string_view directory = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  directory_ = text(directory);
  file_ = text(slash == path.npos ? path : path.substr(slash + 1));
  line_starts_.push_back(0);
  for (std::size_t at = source.find('\n'); at != source.npos; at = source.find('\n', at + 1)) line_starts_.push_back(at + 1);
}

// Both count from 1.
DwarfWriter::Position DwarfWriter::position(u64 offset) {
  auto holds = [&](std::size_t line) {
    return line_starts_[line] <= offset && (line + 1 == line_starts_.size() || offset < line_starts_[line + 1]);
  };
  if (!holds(last_line_)) {
    if (last_line_ + 1 < line_starts_.size() && holds(last_line_ + 1))
      ++last_line_;
    else
      last_line_ =
          static_cast<std::size_t>(std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - line_starts_.begin() - 1);
  }
  return {last_line_ + 1, offset - line_starts_[last_line_] + 1};
}

u32 DwarfWriter::text(std::string_view value) {
  u32 at = static_cast<u32>(strings_.size());
  string_to(strings_, value);
  return at;
}

u8 DwarfWriter::abbreviation(u8 which) {
  auto found = std::find(abbreviations_.begin(), abbreviations_.end(), which);
  if (found == abbreviations_.end()) found = abbreviations_.insert(found, which);
  return static_cast<u8>(found - abbreviations_.begin() + 1);
}

void DwarfWriter::add(const Function& function) {
  line_rows(function);
  bool has_locals = full_ && std::any_of(function.locals.begin(), function.locals.end(), [](u8 code) { return code != 0; });
  auto entry = [&](u8 which) {
    kinds_.push_back({static_cast<u32>(entries_.size()), which});
    entries_.push_back(0);
  };
  entry(has_locals ? kFunction : kLeafFunction);
  string_to(entries_, function.name.empty() ? fmt::format("wasm-function[{}]", function.index) : std::string(function.name));
  Position place = position(function.source);
  entries_.push_back(0);  // the only file
  entries_.uleb(place.line);
  entries_.uleb(place.column);
  u32_to(entries_, function.begin);
  u32_to(entries_, function.size);
  if (!has_locals) return;
  for (u32 i = 0; i < function.locals.size(); ++i) {
    u8 code = function.locals[i];
    if (code == 0) continue;
    auto type = std::find(types_.begin(), types_.end(), code);
    if (type == types_.end()) {
      auto info = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeInfo& row) { return row.code == code; });
      if (info == std::end(kTypes)) continue;
      type_names_.push_back(text(info->name));
      type = types_.insert(type, code);
    }
    entry(i < function.params ? kParameter : kVariable);
    string_to(entries_, fmt::format("local{}", i));
    entries_.uleb(3 + encode::uleb_size(i));
    entries_.push_back(0xed);  // DW_OP_WASM_location
    entries_.push_back(0);     // of a local
    entries_.uleb(i);
    entries_.push_back(0x9f);  // DW_OP_stack_value
    holes_.push_back({static_cast<u32>(entries_.size()), static_cast<u8>(type - types_.begin())});
    u32_to(entries_, 0);
  }
  entries_.push_back(0);
}

// A sequence of rows: one an instruction, and one for the final `end` where the last instruction is.
void DwarfWriter::line_rows(const Function& function) {
  struct Row {
    u64 address = 0, line = 1, column = 0, file = 1;
  } row, last;
  Sink& out = lines_;
  out.push_back(0);
  out.push_back(5);
  out.push_back(2);  // DW_LNE_set_address
  u32_to(out, function.begin);
  auto write_row = [&] {
    if (row.file != last.file) {
      out.push_back(4);
      out.uleb(row.file);
    }
    if (row.column != last.column) {
      out.push_back(5);
      out.uleb(row.column);
    }
    i64 lines = static_cast<i64>(row.line - last.line);
    u64 bytes = row.address - last.address;
    u64 special = kOpcodeBase - static_cast<u64>(kLineBase);
    if (lines >= kLineBase && lines < kLineBase + static_cast<i64>(kLineRange)) {
      special = kOpcodeBase + static_cast<u64>(lines - kLineBase);
    } else {
      out.push_back(3);
      out.sleb(lines);
    }
    bool use_special = lines != 0 && special != kOpcodeBase - static_cast<u64>(kLineBase);
    if (bytes != 0) {
      // DW_LNS_const_add_pc reaches a little further.
      constexpr u64 kMost = (255 - kOpcodeBase) / kLineRange;
      bool far = special + bytes * kLineRange > 255;
      u64 rest = far && bytes >= kMost ? bytes - kMost : bytes;
      if (special + rest * kLineRange <= 255) {
        if (far) out.push_back(8);
        special += rest * kLineRange;
        use_special = true;
      } else {
        out.push_back(2);
        out.uleb(bytes);
      }
    }
    out.push_back(use_special && special != kOpcodeBase - static_cast<u64>(kLineBase) ? static_cast<u8>(special) : 1);
    last = row;
  };
  for (const InstrPlace& place : function.places) {
    Position source = position(place.source);
    if (&place == &function.places.front()) out.push_back(10);  // DW_LNS_set_prologue_end
    row = {place.at, source.line, source.column, 0};
    write_row();
  }
  row.address = function.size - 1;
  write_row();
  out.push_back(2);
  out.uleb(1);
  out.push_back(0);
  out.push_back(1);
  out.push_back(1);  // DW_LNE_end_sequence
}

void DwarfWriter::finish(u32 code_size, encode::ModuleBuilder& out) {
  bool empty = entries_.empty();
  Sink info;
  u32_to(info, 0);
  u16_to(info, 5);
  info.push_back(1);  // DW_UT_compile
  info.push_back(4);
  u32_to(info, 0);
  info.push_back(abbreviation(empty ? kEmptyUnit : kUnit));
  string_to(info, producer_);
  info.push_back(2);  // DW_LANG_C
  u32_to(info, file_);
  u32_to(info, directory_);
  u32_to(info, 0);
  if (!empty) {
    u32_to(info, code_size);
    u32_to(info, 0);
    u32 types_begin = static_cast<u32>(info.size());
    constexpr u32 kTypeSize = 7;
    for (std::size_t i = 0; i < types_.size(); ++i) {
      auto row = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeInfo& type) { return type.code == types_[i]; });
      info.push_back(abbreviation(kBaseType));
      u32_to(info, type_names_[i]);
      info.push_back(row->size);
      info.push_back(row->encoding);
    }
    for (const Hole& hole : holes_) patch_u32(entries_, hole.at, types_begin + hole.type * kTypeSize);
    for (const EntryKind& kind : kinds_) entries_.data()[kind.at] = abbreviation(kind.which);
    info.bytes(entries_.view());
    info.push_back(0);
  }
  patch_u32(info, 0, static_cast<u32>(info.size() - 4));

  Sink abbreviations;
  for (std::size_t i = 0; i < abbreviations_.size(); ++i) {
    abbreviations.uleb(i + 1);
    abbreviations.bytes(kRows[abbreviations_[i]]);
    u16_to(abbreviations, 0);
  }
  abbreviations.push_back(0);

  constexpr encode::CustomPlace kEnd{encode::Anchor::End, true};
  out.custom(kEnd, ".debug_abbrev", abbreviations.view());
  out.custom(kEnd, ".debug_str", strings_.view());
  if (!empty) {
    constexpr u8 kHeader[] = {1, 1, 1, static_cast<u8>(kLineBase), kLineRange, kOpcodeBase, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
    Sink line;
    u32_to(line, 0);
    u16_to(line, 5);
    line.push_back(4);
    line.push_back(0);
    std::size_t header = line.size();
    u32_to(line, 0);
    line.bytes(kHeader);
    line.push_back(1);  // a directory is a string
    line.push_back(1);
    line.push_back(0x0e);
    line.push_back(1);
    u32_to(line, directory_);
    line.push_back(2);  // a file is a string and the number of a directory
    line.push_back(1);
    line.push_back(0x0e);
    line.push_back(2);
    line.push_back(0x0f);
    line.push_back(1);
    u32_to(line, file_);
    line.push_back(0);
    patch_u32(line, header, static_cast<u32>(line.size() - header - 4));
    line.bytes(lines_.view());
    patch_u32(line, 0, static_cast<u32>(line.size() - 4));
    out.custom(kEnd, ".debug_line", line.view());
  }
  out.custom(kEnd, ".debug_info", info.view());
}

}  // namespace tenon::text
