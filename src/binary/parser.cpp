#include "tenon/binary/parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "tenon/spec/limits.h"

namespace tenon::binary {
namespace {

constexpr u8 kMagic[4] = {0, 'a', 's', 'm'};
constexpr u32 kModuleVersion = 1;
constexpr u32 kComponentVersion = 0x1000d;

// The place of a section in a module; custom sections have none.
constexpr u8 kOrder[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6};

bool begins_with(Bytes bytes, u32 version) {
  if (bytes.size() < 8 || !std::equal(kMagic, kMagic + 4, bytes.begin())) return false;
  u32 found;
  std::memcpy(&found, bytes.data() + 4, 4);
  return found == version;
}

// A fault inside bytes that were all there cannot be helped by more bytes.
void adopt(Reader& reader, Reader& inner) {
  if (!inner.ok()) reader.fail(to_error(*inner.fault()));
}

}  // namespace

bool is_module(Bytes bytes) {
  return begins_with(bytes, kModuleVersion);
}
bool is_component(Bytes bytes) {
  return begins_with(bytes, kComponentVersion);
}

Result<Chunk> Parser::parse(Bytes data, bool eof) {
  Reader reader(data, offset_);
  Parser before = *this;
  Payload payload = parse_some(reader, eof);
  if (!reader.ok()) {
    Reader::Fault& fault = *reader.fault();
    if (!eof && fault.kind == ReadError::UnexpectedEnd) {
      *this = before;
      return NeedMoreData{fault.needed};
    }
    return std::unexpected(to_error(fault));
  }
  std::size_t consumed = data.size() - reader.remaining();
  offset_ += consumed;
  return Parsed{consumed, payload};
}

Payload Parser::parse_some(Reader& reader, bool eof) {
  if (state_ == State::Header) {
    Version version;
    version.range.begin = reader.offset();
    Bytes magic = reader.read_bytes(4);
    if (!reader.ok()) return {};
    if (!std::equal(kMagic, kMagic + 4, magic.begin())) {
      std::string list[2];
      for (int i = 0; i < 4; ++i) {
        list[0] += fmt::format("    {:#x},\n", kMagic[i]);
        list[1] += fmt::format("    {:#x},\n", magic[i]);
      }
      reader.fail(ErrorCode::BadMagic, version.range.begin,
                  fmt::format("magic header not detected: bad magic number - expected=[\n{}] actual=[\n{}]", list[0], list[1]));
      return {};
    }
    u32 number = reader.read_u32();
    if (!reader.ok()) return {};
    if (number != kModuleVersion && number != kComponentVersion) {
      reader.fail(ErrorCode::UnknownBinaryVersion, version.range.begin + 4,
                  fmt::format("unknown binary version: {:#10x}", number));
      return {};
    }
    version.number = static_cast<u16>(number);
    version.is_component = number == kComponentVersion;
    if (version.is_component) {
      reader.fail(ErrorCode::Unsupported, version.range.begin, "unsupported: component");
      return {};
    }
    version.range.end = reader.offset();
    state_ = State::Section;
    return version;
  }
  if (state_ == State::Code) {
    if (code_left_ > 0) return read_code_entry(reader);
    if (code_bytes_ > 0) {
      reader.fail(ErrorCode::SectionSizeMismatch, reader.offset(), "trailing bytes at end of section");
      return {};
    }
    state_ = State::Section;
  }
  if (eof && reader.at_end()) {
    check_functions(reader, reader.offset());
    check_data(reader, reader.offset());
    return End{reader.offset()};
  }
  return parse_section(reader);
}

Payload Parser::parse_section(Reader& reader) {
  u64 at = reader.offset();
  Bytes rest = reader.rest();
  if (rest.size() >= 4 && std::equal(kMagic, kMagic + 4, rest.begin())) {
    reader.fail(ErrorCode::UnexpectedContent, at, "expected section, got wasm magic number");
    return {};
  }
  u8 id = reader.read_u8();
  if (id & 0x80) reader.fail(ErrorCode::MalformedSectionId, at, "malformed section id");
  // The magic number's bytes are a custom section's too, up to a point: with fewer than four of them, wait.
  u32 size = reader.read_uleb32();
  if (!reader.ok()) return {};
  u64 start = reader.offset();
  if (id == 0) {
    CustomSection custom;
    Bytes bytes = reader.read_bytes(size);
    if (!reader.ok()) return {};
    Reader inner(bytes, start);
    custom.name = inner.read_name(limits::kStringSize);
    adopt(reader, inner);
    custom.contents = inner.rest();
    custom.contents_offset = inner.offset();
    custom.range = {start, start + size};
    return custom;
  }
  if (id > static_cast<u8>(SectionId::Tag)) {
    UnknownSection unknown{id, reader.read_bytes(size), {start, start + size}};
    return unknown;
  }
  SectionId section_id = static_cast<SectionId>(id);
  check_order(reader, section_id, start);
  if (!reader.ok()) return {};
  switch (section_id) {
    case SectionId::Start:
    case SectionId::DataCount:
      return read_single(reader, section_id, size);
    case SectionId::Code:
      return read_code_start(reader, size, start);
    default:
      break;
  }
  Bytes bytes = reader.read_bytes(size);
  if (!reader.ok()) return {};
  Reader inner(bytes, start);
  inner.read_uleb32();
  adopt(reader, inner);
  ItemSection out{section_id, Section(bytes, start, features_)};
  if (section_id == SectionId::Function) functions_ = out.section.count();
  if (section_id == SectionId::Data) {
    data_ = out.section.count();
    check_data(reader, reader.offset());
  }
  return out;
}

Payload Parser::read_single(Reader& reader, SectionId id, u32 size) {
  u64 start = reader.offset();
  Bytes bytes = reader.read_bytes(size);
  if (!reader.ok()) return {};
  Reader inner(bytes, start);
  u32 value = inner.read_uleb32();
  if (inner.ok() && !inner.at_end())
    inner.fail(ErrorCode::UnexpectedContent, inner.offset(),
               fmt::format("unexpected content in the {} section", id == SectionId::Start ? "start" : "data count"));
  adopt(reader, inner);
  Range range{start, start + size};
  if (id == SectionId::Start) return StartSection{value, range};
  data_count_ = value;
  return DataCountSection{value, range};
}

Payload Parser::read_code_start(Reader& reader, u32 size, u64 start) {
  u32 count = reader.read_uleb32();
  if (!reader.ok()) return {};
  u64 used = reader.offset() - start;
  if (used > size) {
    reader.fail(ErrorCode::UnexpectedEnd, start, "unexpected end-of-file");
    return {};
  }
  bodies_ = count;
  check_functions(reader, start);
  state_ = State::Code;
  code_left_ = count;
  code_bytes_ = size - used;
  return CodeSectionStart{count, {start, start + size}};
}

Payload Parser::read_code_entry(Reader& reader) {
  u64 start = reader.offset();
  CodeEntry body;
  body.bytes = reader.read_sized();
  if (!reader.ok()) return {};
  u64 used = reader.offset() - start;
  if (used > code_bytes_) {
    reader.fail(ErrorCode::UnexpectedEnd, start, "unexpected end-of-file");
    return {};
  }
  body.offset = reader.offset() - body.bytes.size();
  code_bytes_ -= used;
  --code_left_;
  return body;
}

u64 Parser::skip_code() {
  u64 skipped = code_bytes_;
  offset_ += skipped;
  code_bytes_ = 0;
  code_left_ = 0;
  state_ = State::Section;
  return skipped;
}

void Parser::check_order(Reader& reader, SectionId id, u64 start) {
  u8 place = kOrder[static_cast<u8>(id)];
  if (place <= order_) reader.fail(ErrorCode::UnexpectedContent, start, "section out of order");
  order_ = place;
}

void Parser::check_functions(Reader& reader, u64 at) {
  if (functions_ && bodies_) {
    if (*functions_ != *bodies_)
      reader.fail(ErrorCode::FunctionCodeMismatch, at, "function and code section have inconsistent lengths");
  } else if (functions_ && *functions_ > 0) {
    reader.fail(ErrorCode::FunctionCodeMismatch, at, "function section has non-zero count but code section is absent");
  } else if (bodies_ && *bodies_ > 0) {
    reader.fail(ErrorCode::FunctionCodeMismatch, at, "function section is absent but code section has non-zero count");
  }
}

void Parser::check_data(Reader& reader, u64 at) {
  if (!data_count_) return;
  if (data_ && *data_ != *data_count_)
    reader.fail(ErrorCode::DataCountMismatch, at, "data count and data section have inconsistent lengths");
  else if (!data_ && *data_count_ > 0)
    reader.fail(ErrorCode::DataCountMismatch, at, "data count is non-zero but data section is absent");
}

}  // namespace tenon::binary
