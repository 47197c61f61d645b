// The encodings of DWARF: sections, units, abbreviations, forms of attributes, lists of ranges and line tables. What the entries
// mean for a question is debug_info.cpp's matter.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tenon/base/reader.h"
#include "tenon/base/result.h"

namespace tenon::inspect::dwarf {

/// A module's sections, empty where they are not there.
struct Sections {
  Bytes abbrev, addr, info, line, line_str, ranges, rnglists, str, str_offsets;
};

struct AttributeSpec {
  u16 name;
  u16 form;
  i64 implicit;
};
struct Abbreviation {
  u16 tag = 0;
  bool has_children = false;
  std::vector<AttributeSpec> attributes;
};
using Abbreviations = std::unordered_map<u64, Abbreviation>;

/// An attribute's value.
struct Value {
  enum class Kind : u8 { None, Number, Address, AddressIndex, String, StringIndex, Offset, Reference, ListIndex, Block };
  Kind kind = Kind::None;
  u64 number = 0;  ///< References are offsets in .debug_info
  std::string_view text;
  explicit operator bool() const { return kind != Kind::None; }
};

struct Range {
  u64 begin, end;
  bool has(u64 address) const { return address >= begin && address < end; }
};

/// A unit's header and what of its first entry others need.
struct Unit {
  u64 offset = 0;  ///< of the header
  u64 first = 0;   ///< of the first entry
  u64 end = 0;
  u16 version = 0;
  u8 address_size = 4;
  bool is64 = false;
  const Abbreviations* abbreviations = nullptr;
  u64 str_offsets_base = 0, addr_base = 0, rnglists_base = 0;
  u64 base = 0;  ///< low_pc
  std::optional<u64> line_offset;
  std::string_view directory, name;
  std::vector<Range> ranges;
  bool is_code = false;  ///< not a unit of types
};

/// Positions in one section; a fault is an error of the module.
Reader reader_at(Bytes section, u64 offset);

/// A string that ends in a zero.
std::string_view read_string(Reader& reader);
std::string_view string_at(Bytes section, u64 offset);
u64 read_fixed(Reader& reader, u32 size);

/// Reads one value of `form`.
Value read_form(Reader& reader, u16 form, const Unit& unit, i64 implicit = 0);

class Decoder {
 public:
  explicit Decoder(const Sections& sections) : sections_(sections) {}

  /// The header at `offset` and the unit's first entry.
  Result<Unit> read_unit(u64 offset);

  std::string_view text(const Unit& unit, const Value& value) const;
  std::optional<u64> address(const Unit& unit, const Value& value) const;
  /// The ranges of an entry with these attributes.
  std::vector<Range> ranges(const Unit& unit, const Value& low, const Value& high, const Value& list) const;

  const Sections& sections() const { return sections_; }

 private:
  Result<const Abbreviations*> abbreviations(u64 offset);
  std::vector<Range> old_ranges(const Unit& unit, u64 offset) const;
  std::vector<Range> new_ranges(const Unit& unit, u64 offset) const;

  Sections sections_;
  std::map<u64, Abbreviations> abbreviations_;
};

/// Addresses and their places, in runs of rising addresses.
struct LineTable {
  struct Row {
    u64 address;
    u32 file, line, column;
  };
  struct Sequence {
    u64 begin, end;
    std::vector<Row> rows;
  };
  std::vector<Sequence> sequences;  ///< sorted
  std::vector<std::string> files;   ///< whole paths, by the table's own numbers

  const Row* find(u64 address) const;
};
Result<LineTable> read_lines(const Decoder& decoder, const Unit& unit);

/// Addresses that linkers give to what they removed.
bool is_removed(u64 address, u32 address_size);

/// Attributes and tags that are asked for. Source: DWARF 5, 7.5.
enum Attribute : u16 {
  kSibling = 0x01,
  kName = 0x03,
  kStmtList = 0x10,
  kLowPc = 0x11,
  kHighPc = 0x12,
  kCompDir = 0x1b,
  kAbstractOrigin = 0x31,
  kSpecification = 0x47,
  kRanges = 0x55,
  kCallColumn = 0x57,
  kCallFile = 0x58,
  kCallLine = 0x59,
  kLinkageName = 0x6e,
  kStrOffsetsBase = 0x72,
  kAddrBase = 0x73,
  kRnglistsBase = 0x74,
  kOldLinkageName = 0x2007,
};
enum Tag : u16 { kInlinedSubroutine = 0x1d, kSubprogram = 0x2e };

}  // namespace tenon::inspect::dwarf
