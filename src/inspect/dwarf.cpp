#include "inspect/dwarf.h"

#include <algorithm>

#include "tenon/binary/errors.h"
#include "tenon/spec/errors.h"

namespace tenon::inspect::dwarf {
namespace {

u64 read_offset(Reader& reader, bool is64) {
  return read_fixed(reader, is64 ? 8 : 4);
}

// A unit's length; what is longer than the section ends with it.
u64 read_length(Reader& reader, bool& is64) {
  u64 length = reader.read_u32();
  is64 = length == 0xffffffff;
  if (is64) length = reader.read_u64();
  return std::min<u64>(length, reader.remaining());
}

void skip(Reader& reader, u64 size) {
  reader.read_bytes(size);
}

Result<> sound(Reader& reader) {
  return binary::check(reader);
}

std::string join(std::string_view directory, std::string_view name) {
  if (directory.empty() || name.starts_with('/')) return std::string(name);
  return std::string(directory) + (directory.ends_with('/') ? "" : "/") + std::string(name);
}

}  // namespace

Reader reader_at(Bytes section, u64 offset) {
  return Reader(section.subspan(std::min<u64>(offset, section.size())), offset);
}

std::string_view read_string(Reader& reader) {
  std::string_view rest = as_text(reader.rest());
  std::size_t end = rest.find('\0');
  if (end == rest.npos) return reader.fail_end(1), std::string_view();
  skip(reader, end + 1);
  return reader.ok() ? rest.substr(0, end) : std::string_view();
}

std::string_view string_at(Bytes section, u64 offset) {
  std::string_view all = as_text(section);
  if (offset >= all.size()) return {};
  all.remove_prefix(offset);
  return all.substr(0, all.find('\0'));
}

u64 read_fixed(Reader& reader, u32 size) {
  u64 value = 0;
  for (u32 i = 0; i < size; ++i) value |= static_cast<u64>(reader.read_u8()) << (8 * i & 63);
  return value;
}

bool is_removed(u64 address, u32 address_size) {
  u64 most = address_size >= 8 ? ~u64{0} : (u64{1} << (8 * address_size)) - 1;
  return address >= most - 1;
}

Value read_form(Reader& reader, u16 form, const Unit& unit, i64 implicit) {
  using enum Value::Kind;
  auto number = [&](u64 value) { return Value{Number, value, {}}; };
  auto block = [&](u64 size) {
    skip(reader, size);
    return Value{Block, 0, {}};
  };
  auto reference = [&](u64 offset) { return Value{Reference, unit.offset + offset, {}}; };
  auto outside = [&](u64) { return Value{Block, 0, {}}; };
  switch (form) {
    case 0x01:
      return {Address, read_fixed(reader, unit.address_size), {}};
    case 0x03:
      return block(read_fixed(reader, 2));
    case 0x04:
      return block(read_fixed(reader, 4));
    case 0x05:
      return number(read_fixed(reader, 2));
    case 0x06:
      return number(read_fixed(reader, 4));
    case 0x07:
      return number(reader.read_u64());
    case 0x08:
      return {String, 0, read_string(reader)};
    case 0x09:
    case 0x18:
      return block(reader.read_uleb64());
    case 0x0a:
      return block(reader.read_u8());
    case 0x0b:
    case 0x0c:
      return number(reader.read_u8());
    case 0x0d:
      return number(static_cast<u64>(reader.read_sleb64()));
    case 0x0e:
      return {Offset, read_offset(reader, unit.is64), "str"};
    case 0x0f:
      return number(reader.read_uleb64());
    case 0x10:
      return {Reference, unit.version <= 2 ? read_fixed(reader, unit.address_size) : read_offset(reader, unit.is64), {}};
    case 0x11:
      return reference(reader.read_u8());
    case 0x12:
      return reference(read_fixed(reader, 2));
    case 0x13:
      return reference(read_fixed(reader, 4));
    case 0x14:
      return reference(reader.read_u64());
    case 0x15:
      return reference(reader.read_uleb64());
    case 0x16: {
      u64 other = reader.read_uleb64();
      if (other == 0x16 || other > 0xffff) break;
      return read_form(reader, static_cast<u16>(other), unit, implicit);
    }
    case 0x17:
      return {Offset, read_offset(reader, unit.is64), {}};
    case 0x19:
      return number(1);
    case 0x1a:
    case 0x1f02:
      return {StringIndex, reader.read_uleb64(), {}};
    case 0x1b:
    case 0x1f01:
      return {AddressIndex, reader.read_uleb64(), {}};
    case 0x1c:
      return outside(read_fixed(reader, 4));
    case 0x1d:
    case 0x1f20:
    case 0x1f21:
      return outside(read_offset(reader, unit.is64));
    case 0x1e:
      return block(16);
    case 0x1f:
      return {Offset, read_offset(reader, unit.is64), "line_str"};
    case 0x20:
    case 0x24:
      return outside(reader.read_u64());
    case 0x21:
      return number(static_cast<u64>(implicit));
    case 0x22:
    case 0x23:
      return {ListIndex, reader.read_uleb64(), {}};
    case 0x25:
    case 0x26:
    case 0x27:
    case 0x28:
      return {StringIndex, read_fixed(reader, form - 0x24u), {}};
    case 0x29:
    case 0x2a:
    case 0x2b:
    case 0x2c:
      return {AddressIndex, read_fixed(reader, form - 0x28u), {}};
    default:
      break;
  }
  reader.fail(ErrorCode::UnexpectedContent, reader.offset(), "unknown form in debugging information");
  return {};
}

Result<const Abbreviations*> Decoder::abbreviations(u64 offset) {
  auto [at, is_new] = abbreviations_.try_emplace(offset);
  if (!is_new) return &at->second;
  Reader reader = reader_at(sections_.abbrev, offset);
  while (reader.ok()) {
    u64 code = reader.read_uleb64();
    if (code == 0) break;
    Abbreviation row;
    row.tag = static_cast<u16>(reader.read_uleb64());
    row.has_children = reader.read_u8() != 0;
    while (reader.ok()) {
      u64 name = reader.read_uleb64(), form = reader.read_uleb64();
      if (name == 0 && form == 0) break;
      i64 implicit = form == 0x21 ? reader.read_sleb64() : 0;
      row.attributes.push_back({static_cast<u16>(name), static_cast<u16>(std::min<u64>(form, 0xffff)), implicit});
    }
    at->second.emplace(code, std::move(row));
  }
  TENON_TRY_VOID(sound(reader));
  return &at->second;
}

Result<Unit> Decoder::read_unit(u64 offset) {
  Unit unit;
  unit.offset = offset;
  Reader reader = reader_at(sections_.info, offset);
  u64 length = read_length(reader, unit.is64);
  unit.end = reader.offset() + length;
  unit.version = static_cast<u16>(read_fixed(reader, 2));
  if (reader.ok() && (unit.version < 2 || unit.version > 5))
    reader.fail(ErrorCode::Unsupported, offset, "unknown version of DWARF");
  u8 type = 1;
  u64 abbreviations_offset = 0;
  if (unit.version >= 5) {
    type = reader.read_u8();
    unit.address_size = reader.read_u8();
    abbreviations_offset = read_offset(reader, unit.is64);
    if (type == 4 || type == 5) reader.read_u64();  // a skeleton's number
  } else {
    abbreviations_offset = read_offset(reader, unit.is64);
    unit.address_size = reader.read_u8();
  }
  if (reader.ok() && unit.address_size != 4 && unit.address_size != 8)
    reader.fail(ErrorCode::Unsupported, offset, "unknown size of addresses in debugging information");
  TENON_TRY_VOID(sound(reader));
  unit.is_code = type == 1 || type == 4;
  unit.first = reader.offset();
  if (!unit.is_code) return unit;
  TENON_TRY(unit.abbreviations, abbreviations(abbreviations_offset));

  // Bases may stand behind what needs them.
  u64 first_base = unit.is64 ? 16 : 8;
  unit.str_offsets_base = unit.addr_base = first_base;
  unit.rnglists_base = unit.is64 ? 20 : 12;
  auto found = unit.abbreviations->find(reader.read_uleb64());
  if (found == unit.abbreviations->end()) return unit;
  Value low, high, ranges_value, name, directory;
  for (const AttributeSpec& attribute : found->second.attributes) {
    Value value = read_form(reader, attribute.form, unit, attribute.implicit);
    switch (attribute.name) {
      case kName:
        name = value;
        break;
      case kCompDir:
        directory = value;
        break;
      case kStmtList:
        unit.line_offset = value.number;
        break;
      case kLowPc:
        low = value;
        break;
      case kHighPc:
        high = value;
        break;
      case kRanges:
        ranges_value = value;
        break;
      case kStrOffsetsBase:
        unit.str_offsets_base = value.number;
        break;
      case kAddrBase:
        unit.addr_base = value.number;
        break;
      case kRnglistsBase:
        unit.rnglists_base = value.number;
        break;
      default:
        break;
    }
  }
  TENON_TRY_VOID(sound(reader));
  unit.name = text(unit, name);
  unit.directory = text(unit, directory);
  unit.base = address(unit, low).value_or(0);
  unit.ranges = ranges(unit, low, high, ranges_value);
  return unit;
}

std::string_view Decoder::text(const Unit& unit, const Value& value) const {
  if (value.kind == Value::Kind::String) return value.text;
  if (value.kind == Value::Kind::Offset)
    return string_at(value.text == "line_str" ? sections_.line_str : sections_.str, value.number);
  if (value.kind != Value::Kind::StringIndex || value.number > sections_.str_offsets.size()) return {};
  Reader reader = reader_at(sections_.str_offsets, unit.str_offsets_base + value.number * (unit.is64 ? 8 : 4));
  u64 offset = read_offset(reader, unit.is64);
  return reader.ok() ? string_at(sections_.str, offset) : std::string_view();
}

std::optional<u64> Decoder::address(const Unit& unit, const Value& value) const {
  if (value.kind == Value::Kind::Address) return value.number;
  if (value.kind != Value::Kind::AddressIndex || value.number > sections_.addr.size()) return std::nullopt;
  Reader reader = reader_at(sections_.addr, unit.addr_base + value.number * unit.address_size);
  u64 address = read_fixed(reader, unit.address_size);
  if (!reader.ok()) return std::nullopt;
  return address;
}

std::vector<Range> Decoder::ranges(const Unit& unit, const Value& low, const Value& high, const Value& list) const {
  if (list.kind == Value::Kind::ListIndex && list.number <= sections_.rnglists.size()) {
    Reader reader = reader_at(sections_.rnglists, unit.rnglists_base + list.number * (unit.is64 ? 8 : 4));
    u64 offset = read_offset(reader, unit.is64);
    return reader.ok() ? new_ranges(unit, unit.rnglists_base + offset) : std::vector<Range>();
  }
  if (list.kind == Value::Kind::Offset || list.kind == Value::Kind::Number)
    return unit.version >= 5 ? new_ranges(unit, list.number) : old_ranges(unit, list.number);
  auto begin = address(unit, low);
  if (!begin || is_removed(*begin, unit.address_size)) return {};
  u64 end = high.kind == Value::Kind::Number ? *begin + high.number : address(unit, high).value_or(0);
  if (end <= *begin) return {};
  return {{*begin, end}};
}

std::vector<Range> Decoder::old_ranges(const Unit& unit, u64 offset) const {
  std::vector<Range> out;
  Reader reader = reader_at(sections_.ranges, offset);
  u64 base = unit.base;
  u64 most = unit.address_size == 8 ? ~u64{0} : 0xffffffff;
  while (reader.ok()) {
    u64 begin = read_fixed(reader, unit.address_size), end = read_fixed(reader, unit.address_size);
    if (!reader.ok() || (begin == 0 && end == 0)) break;
    if (begin == most)
      base = end;
    else if (begin < end && !is_removed(begin, unit.address_size) && !is_removed(base, unit.address_size))
      out.push_back({base + begin, base + end});
  }
  return out;
}

std::vector<Range> Decoder::new_ranges(const Unit& unit, u64 offset) const {
  std::vector<Range> out;
  Reader reader = reader_at(sections_.rnglists, offset);
  u64 base = unit.base;
  auto indexed = [&] { return address(unit, {Value::Kind::AddressIndex, reader.read_uleb64(), {}}).value_or(~u64{0}); };
  auto fixed = [&] { return read_fixed(reader, unit.address_size); };
  while (reader.ok()) {
    u64 begin = 0, end = 0;
    switch (reader.read_u8()) {
      case 1:
        base = indexed();
        continue;
      case 5:
        base = fixed();
        continue;
      case 2:
        begin = indexed(), end = indexed();
        break;
      case 3:
        begin = indexed(), end = begin + reader.read_uleb64();
        break;
      case 4:
        begin = reader.read_uleb64(), end = reader.read_uleb64();
        if (is_removed(base, unit.address_size)) continue;
        begin += base, end += base;
        break;
      case 6:
        begin = fixed(), end = fixed();
        break;
      case 7:
        begin = fixed(), end = begin + reader.read_uleb64();
        break;
      default:
        return out;  // the end, or unknown
    }
    if (reader.ok() && begin < end && !is_removed(begin, unit.address_size)) out.push_back({begin, end});
  }
  return out;
}

// ---- Line tables ----

namespace {

struct LineHeader {
  u64 end = 0;
  u8 min_length = 1;
  i64 line_base = 0;
  u8 line_range = 1;
  u8 opcode_base = 1;
  std::vector<u8> operands;
};

// Directories or files of version 5: strings and numbers in forms that the table says.
std::vector<std::pair<std::string_view, u64>> read_entries(Reader& reader, const Decoder& decoder, const Unit& unit) {
  std::vector<std::pair<u64, u16>> format;
  for (u8 left = reader.read_u8(); left && reader.ok(); --left) {
    u64 what = reader.read_uleb64();
    format.emplace_back(what, static_cast<u16>(std::min<u64>(reader.read_uleb64(), 0xffff)));
  }
  std::vector<std::pair<std::string_view, u64>> out;
  u64 count = reader.read_uleb64();
  if (format.empty()) return out;
  for (u64 i = 0; i < count && reader.ok() && !reader.at_end(); ++i) {
    std::pair<std::string_view, u64> entry;
    for (auto [what, form] : format) {
      Value value = read_form(reader, form, unit);
      if (what == 1) entry.first = decoder.text(unit, value);
      if (what == 2) entry.second = value.number;
    }
    out.push_back(entry);
  }
  return out;
}

void read_files(Reader& reader, const Decoder& decoder, const Unit& unit, u16 version, LineTable& out) {
  std::vector<std::string_view> directories;
  auto add = [&](std::string_view name, u64 directory) {
    // Number 0 is where the compiler ran.
    std::string path(unit.directory);
    if (directory != 0 && directory < directories.size()) path = join(path, directories[directory]);
    out.files.push_back(join(path, name));
  };
  if (version >= 5) {
    for (auto& [name, number] : read_entries(reader, decoder, unit)) directories.push_back(name);
    for (auto& [name, number] : read_entries(reader, decoder, unit)) add(name, number);
    return;
  }
  directories.push_back(unit.directory);
  while (reader.ok() && !reader.at_end() && reader.peek() != 0) directories.push_back(read_string(reader));
  reader.read_u8();
  out.files.emplace_back();
  while (reader.ok() && !reader.at_end() && reader.peek() != 0) {
    std::string_view name = read_string(reader);
    u64 directory = reader.read_uleb64();
    reader.read_uleb64();
    reader.read_uleb64();
    add(name, directory);
  }
  reader.read_u8();
}

// The line number program: registers, and rows as they are made.
class LineProgram {
 public:
  LineProgram(const LineHeader& header, const Unit& unit, LineTable& out) : header_(header), unit_(unit), out_(out) {}

  void run(Reader& reader) {
    while (reader.ok() && !reader.at_end()) step(reader);
  }

 private:
  void step(Reader& reader) {
    u8 op = reader.read_u8();
    if (op >= header_.opcode_base) {
      u32 adjusted = op - header_.opcode_base;
      advance(adjusted / header_.line_range);
      row_.line += static_cast<u32>(header_.line_base + adjusted % header_.line_range);
      return emit();
    }
    switch (op) {
      case 0:
        return extended(reader);
      case 1:
        return emit();
      case 2:
        return advance(reader.read_uleb64());
      case 3:
        row_.line += static_cast<u32>(reader.read_sleb64());
        return;
      case 4:
        row_.file = static_cast<u32>(reader.read_uleb64());
        return;
      case 5:
        row_.column = static_cast<u32>(reader.read_uleb64());
        return;
      case 6:
      case 7:
      case 10:
      case 11:
        return;
      case 8:
        return advance((255u - header_.opcode_base) / header_.line_range);
      case 9:
        row_.address += read_fixed(reader, 2);
        return;
      default:
        for (u8 left = op <= header_.operands.size() ? header_.operands[op - 1u] : 0; left; --left) reader.read_uleb64();
    }
  }

  void extended(Reader& reader) {
    u64 size = reader.read_uleb64();
    if (size == 0 || size > reader.remaining()) return;
    Reader inner(reader.rest().first(size), reader.offset());
    skip(reader, size);
    u8 op = inner.read_u8();
    if (op == 1) {
      end_sequence();
    } else if (op == 2) {
      row_.address = read_fixed(inner, static_cast<u32>(std::min<u64>(size - 1, 8)));
      if (is_removed(row_.address, unit_.address_size)) removed_ = true;
    }
  }

  void advance(u64 steps) { row_.address += steps * header_.min_length; }

  // The newest row of an address counts.
  void emit() {
    if (removed_) return;
    if (!rows_.empty() && rows_.back().address == row_.address)
      rows_.back() = row_;
    else
      rows_.push_back(row_);
  }

  void end_sequence() {
    if (!rows_.empty() && row_.address > rows_.front().address) {
      auto by_address = [](const LineTable::Row& a, const LineTable::Row& b) { return a.address < b.address; };
      if (!std::is_sorted(rows_.begin(), rows_.end(), by_address)) std::sort(rows_.begin(), rows_.end(), by_address);
      out_.sequences.push_back({rows_.front().address, row_.address, std::move(rows_)});
    }
    rows_.clear();
    row_ = kStart;
    removed_ = false;
  }

  static constexpr LineTable::Row kStart{0, 1, 1, 0};
  const LineHeader& header_;
  const Unit& unit_;
  LineTable& out_;
  LineTable::Row row_ = kStart;
  std::vector<LineTable::Row> rows_;
  bool removed_ = false;
};

}  // namespace

Result<LineTable> read_lines(const Decoder& decoder, const Unit& unit) {
  LineTable out;
  if (!unit.line_offset) return out;
  Unit own = unit;  // the table has sizes of its own
  Reader reader = reader_at(decoder.sections().line, *unit.line_offset);
  u64 length = read_length(reader, own.is64);
  LineHeader header;
  header.end = reader.offset() + length;
  u16 version = static_cast<u16>(read_fixed(reader, 2));
  if (reader.ok() && (version < 2 || version > 5))
    reader.fail(ErrorCode::Unsupported, *unit.line_offset, "unknown version of a line table");
  if (version >= 5) {
    own.address_size = reader.read_u8();
    reader.read_u8();
  }
  u64 header_length = read_offset(reader, own.is64);
  u64 program = reader.offset() + header_length;
  header.min_length = reader.read_u8();
  if (version >= 4) reader.read_u8();
  reader.read_u8();
  header.line_base = static_cast<i8>(reader.read_u8());
  header.line_range = reader.read_u8();
  header.opcode_base = reader.read_u8();
  if (reader.ok() && (header.line_range == 0 || header.opcode_base == 0))
    reader.fail(ErrorCode::UnexpectedContent, *unit.line_offset, "malformed line table");
  for (u32 i = 1; i < header.opcode_base && reader.ok(); ++i) header.operands.push_back(reader.read_u8());
  if (reader.ok()) read_files(reader, decoder, own, version, out);
  TENON_TRY_VOID(sound(reader));
  Bytes all = decoder.sections().line;
  u64 end = std::min<u64>(header.end, all.size());
  if (program < end) {
    Reader code(all.subspan(program, end - program), program);
    LineProgram(header, own, out).run(code);
    TENON_TRY_VOID(sound(code));
  }
  std::sort(out.sequences.begin(), out.sequences.end(),
            [](const LineTable::Sequence& a, const LineTable::Sequence& b) { return a.begin < b.begin; });
  return out;
}

const LineTable::Row* LineTable::find(u64 address) const {
  auto sequence =
      std::upper_bound(sequences.begin(), sequences.end(), address, [](u64 a, const Sequence& b) { return a < b.begin; });
  if (sequence == sequences.begin() || address >= (--sequence)->end) return nullptr;
  auto row =
      std::upper_bound(sequence->rows.begin(), sequence->rows.end(), address, [](u64 a, const Row& b) { return a < b.address; });
  return row == sequence->rows.begin() ? nullptr : &*--row;
}

}  // namespace tenon::inspect::dwarf
