// Parser: a pull parser of modules. It is fed bytes as they arrive and answers with one payload at a time, each a view of the
// bytes it was given. However the bytes are cut into pieces, payloads, errors and offsets are the same.
//
// It checks the structure of the format: header, order and sizes of sections, counts of functions and data. What is in a section
// is read by the readers in sections.h.
//
// spec: core/binary/modules.
#pragma once

#include <variant>

#include "tenon/binary/sections.h"

namespace tenon::binary {

/// Section numbers.
enum class SectionId : u8 {
  Custom = 0,
  Type = 1,
  Import = 2,
  Function = 3,
  Table = 4,
  Memory = 5,
  Global = 6,
  Export = 7,
  Start = 8,
  Element = 9,
  Code = 10,
  Data = 11,
  DataCount = 12,
  Tag = 13,
};

/// The header. Components are recognised here and parsed by nobody yet.
struct Version {
  u16 number = 0;
  bool is_component = false;
  Range range;
};
/// Type, import, function, table, memory, tag, global, export, element or data section.
struct ItemSection {
  SectionId id = SectionId::Type;
  Section section;
};
struct StartSection {
  u32 func = 0;
  Range range;
};
struct DataCountSection {
  u32 count = 0;
  Range range;
};
struct CodeSectionStart {
  u32 count = 0;
  Range range;
};
/// One function body: local declarations and code.
struct CodeEntry {
  Bytes bytes;
  u64 offset = 0;
};
struct CustomSection {
  std::string_view name;
  Bytes contents;
  u64 contents_offset = 0;
  Range range;
};
struct UnknownSection {
  u8 id = 0;
  Bytes contents;
  Range range;
};
/// The end of the input, at this offset.
struct End {
  u64 offset = 0;
};

using Payload = std::variant<Version, ItemSection, StartSection, DataCountSection, CodeSectionStart, CodeEntry, CustomSection,
                             UnknownSection, End>;

/// More bytes are needed, at least `hint` of them. Nothing was consumed.
struct NeedMoreData {
  u64 hint = 0;
};
/// A payload, and how many of the given bytes belong to it and all before it. The payload views the bytes given.
struct Parsed {
  std::size_t consumed = 0;
  Payload payload;
};
using Chunk = std::variant<NeedMoreData, Parsed>;

/// See the head of this file. After an error or End, the parser may only be destroyed or assigned.
class Parser {
 public:
  explicit Parser(Features features = Features::all(), u64 offset = 0) : features_(features), offset_(offset) {}

  /// The next payload from `data`, the bytes not consumed so far; `eof`: no more will come.
  Result<Chunk> parse(Bytes data, bool eof);

  /// Offset of the first byte not consumed.
  u64 offset() const { return offset_; }

  /// Moves past the rest of the code section, whose bytes the caller skips by itself; valid after CodeSectionStart. Answers how
  /// many bytes that are.
  u64 skip_code();

 private:
  enum class State : u8 { Header, Section, Code };

  Payload parse_some(Reader& reader, bool eof);
  Payload parse_section(Reader& reader);
  Payload read_code_start(Reader& reader, u32 size, u64 start);
  Payload read_code_entry(Reader& reader);
  Payload read_single(Reader& reader, SectionId id, u32 size);
  void check_order(Reader& reader, SectionId id, u64 start);
  void check_functions(Reader& reader, u64 at);
  void check_data(Reader& reader, u64 at);

  Features features_;
  u64 offset_;
  State state_ = State::Header;
  u8 order_ = 0;        // place in the order of sections of the last one that was not custom
  u32 code_left_ = 0;   // bodies
  u64 code_bytes_ = 0;  // bytes of the code section not consumed
  std::optional<u32> functions_, bodies_, data_, data_count_;
};

/// Whether `bytes` begin as a core module does (magic, version 1), and as a component does.
bool is_module(Bytes bytes);
bool is_component(Bytes bytes);

}  // namespace tenon::binary
