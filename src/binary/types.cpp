#include "tenon/binary/types.h"

#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::binary {
namespace {

constexpr u8 kShared = 0x65, kRef = 0x64, kRefNull = 0x63, kExact = 0x62;
constexpr u8 kFunc = 0x60, kStruct = 0x5f, kArray = 0x5e, kCont = 0x5d;
constexpr u8 kSub = 0x50, kSubFinal = 0x4f, kRec = 0x4e, kDescriptor = 0x4d, kDescribes = 0x4c;
constexpr u8 kI8 = 0x78, kI16 = 0x77, kEmptyBlock = 0x40;

// What a bad heap type is called depends on what was being read when it was met.
AbstractHeap read_abstract_heap(Reader& reader, const char* what) {
  u64 at = reader.offset();
  u8 byte = reader.read_u8();
  if (byte >= 0x68 && byte <= 0x75) return static_cast<AbstractHeap>(byte);
  reader.fail(ErrorCode::MalformedReferenceType, at, what);
  return AbstractHeap::Func;
}

u32 check_type_index(Reader& reader, i64 index) {
  if (index < kTypeIndexLimit) return static_cast<u32>(index);
  reader.fail(ErrorCode::UnknownType, reader.offset(), "type index greater than implementation limits");
  return 0;
}

// `what` replaces the usual names of malformed heap types where it is not null. `start` is where the whole reference type begins.
ValType read_heap(Reader& reader, bool nullable, const char* what, u64 start) {
  const u8* at = reader.pos();
  i64 index = reader.read_sleb33();
  if (!reader.ok()) return {};
  if (index >= 0) return ValType::ref(TypeIndex(check_type_index(reader, index)), nullable);
  reader.seek(at);
  u8 byte = reader.peek();
  if (byte == kShared) {
    reader.read_u8();
    return ValType::ref(read_abstract_heap(reader, what ? what : "invalid abstract heap type"), nullable).with_shared(true);
  }
  if (byte == kExact) {
    reader.read_u8();
    u32 exact = reader.read_uleb32();
    if (exact >= kTypeIndexLimit) {
      reader.fail(ErrorCode::UnknownType, start, "type index too large");
      return {};
    }
    return ValType::ref(TypeIndex(exact), nullable).with_exact(true);
  }
  return ValType::ref(read_abstract_heap(reader, what ? what : "invalid heap type"), nullable);
}

ValType read_ref(Reader& reader, const char* what) {
  u64 start = reader.offset();
  switch (reader.peek()) {
    case kRefNull:
    case kRef: {
      bool nullable = reader.read_u8() == kRefNull;
      return read_heap(reader, nullable, what, start);
    }
    case kExact:
      reader.fail(ErrorCode::MalformedReferenceType, start, "unexpected exact type");
      return {};
    default: {
      if (!reader.ok()) return {};
      bool shared = reader.peek() == kShared;
      if (shared) reader.read_u8();
      return ValType::ref(read_abstract_heap(reader, what ? what : "malformed reference type")).with_shared(shared);
    }
  }
}

}  // namespace

ValType read_val_type(Reader& reader) {
  switch (reader.peek()) {
#define NUM_TYPE(Name, text, code) \
  case code:                       \
    reader.read_u8();              \
    return ValType(TypeKind::Name);
#include "tenon/spec/types.def"
    default:
      return read_ref(reader, "invalid value type");
  }
}

ValType read_ref_type(Reader& reader) {
  return read_ref(reader, nullptr);
}

ValType read_heap_type(Reader& reader, bool nullable) {
  return read_heap(reader, nullable, nullptr, reader.offset());
}

namespace {

bool begins_val_type(u8 byte) {
  switch (byte) {
#define NUM_TYPE(Name, text, code) case code:
#define HEAP_TYPE(Name, text, code, ...) case code:
#include "tenon/spec/types.def"
    case kRef:
    case kRefNull:
    case kShared:
    case kExact:
      return true;
    default:
      return false;
  }
}

}  // namespace

ValType read_storage_type(Reader& reader) {
  u8 byte = reader.peek();
  if (byte != kI8 && byte != kI16) {
    if (reader.ok() && !begins_val_type(byte))
      reader.fail(ErrorCode::MalformedStorageType, reader.offset(), "invalid value type");
    return read_val_type(reader);
  }
  reader.read_u8();
  return ValType(byte == kI8 ? TypeKind::I8 : TypeKind::I16);
}

BlockType read_block_type(Reader& reader) {
  u8 byte = reader.peek();
  // Value types are single bytes of the canonical form; longer forms of negative numbers are not value types.
  if ((byte & 0xc0) == 0x40) {
    if (byte == kEmptyBlock) {
      reader.read_u8();
      return {};
    }
    return {BlockType::Kind::Value, read_val_type(reader), {}};
  }
  i64 index = reader.read_sleb33();
  if (index < 0) reader.fail(ErrorCode::UnexpectedEnd, reader.offset(), "invalid function type");
  return {BlockType::Kind::Func, {}, TypeIndex(static_cast<u32>(index))};
}

GlobalType read_global_type(Reader& reader) {
  GlobalType type;
  type.content = read_val_type(reader);
  u64 at = reader.offset();
  u8 flags = reader.read_u8();
  if (flags > 3) reader.fail(ErrorCode::MalformedMutability, at, "malformed global flags");
  type.is_mutable = flags & 1;
  type.is_shared = flags & 2;
  return type;
}

namespace {

void read_limits(Reader& reader, Features features, bool has_max, Limits& limits) {
  auto read = [&]() -> u64 { return features.has(Feature::Memory64) ? reader.read_uleb64() : reader.read_uleb32(); };
  limits.min = read();
  if (has_max) limits.max = read();
}

}  // namespace

MemoryType read_memory_type(Reader& reader, Features features, bool& custom_page_size) {
  MemoryType type;
  u64 at = reader.offset();
  u8 flags = reader.read_u8();
  if (flags > 15) reader.fail(ErrorCode::MalformedLimitsFlags, at, "invalid memory limits flags");
  type.is_shared = flags & 2;
  type.is_64 = flags & 4;
  read_limits(reader, features, flags & 1, type.limits);
  custom_page_size = flags & 8;
  if (custom_page_size) {
    u32 log2 = reader.read_uleb32();
    if (log2 >= 64) reader.fail(ErrorCode::InvalidCustomPageSize, at, "invalid custom page size");
    type.page_size_log2 = static_cast<u8>(log2);
  }
  return type;
}

TableType read_table_type(Reader& reader, Features features) {
  TableType type;
  type.element = read_ref_type(reader);
  u64 at = reader.offset();
  u8 flags = reader.read_u8();
  if (flags > 7) reader.fail(ErrorCode::MalformedLimitsFlags, at, "invalid table resizable limits flags");
  type.is_shared = flags & 2;
  type.is_64 = flags & 4;
  read_limits(reader, features, flags & 1, type.limits);
  return type;
}

namespace {

// A count within `limit`. Each item takes a byte at least, so a count never reserves more than the input could fill.
u32 read_count(Reader& reader, u64 limit, const char* what) {
  u64 at = reader.offset();
  u32 count = reader.read_uleb32();
  if (count > limit) {
    reader.fail(ErrorCode::LimitExceeded, at, fmt::format("{} size is out of bounds", what));
    return 0;
  }
  return count;
}

void read_types(Reader& reader, u64 limit, const char* what, std::vector<ValType>& out) {
  u32 count = read_count(reader, limit, what);
  out.reserve(std::min<std::size_t>(count, reader.remaining()));
  for (u32 i = 0; i < count && reader.ok(); ++i) out.push_back(read_val_type(reader));
}

FieldType read_field(Reader& reader) {
  FieldType field;
  field.storage = read_storage_type(reader);
  u8 byte = reader.read_u8();
  if (byte > 1) reader.fail(ErrorCode::MalformedMutability, reader.offset(), "malformed mutability byte for field type");
  field.is_mutable = byte == 1;
  return field;
}

void read_composite(Reader& reader, SubType& out) {
  u8 byte = reader.read_u8();
  if (byte == kShared) {
    out.is_shared = true;
    byte = reader.read_u8();
  }
  for (u8 clause : {kDescribes, kDescriptor}) {
    if (byte != clause) continue;
    u32 index = reader.read_uleb32();
    (clause == kDescribes ? out.describes : out.descriptor) = ValType::ref(TypeIndex(check_type_index(reader, index)), false);
    byte = reader.read_u8();
  }
  switch (byte) {
    case kFunc: {
      FuncType& func = out.composite.emplace<FuncType>();
      read_types(reader, limits::kFunctionParams, "function params", func.params);
      read_types(reader, limits::kFunctionResults, "function returns", func.results);
      return;
    }
    case kStruct: {
      StructType& structure = out.composite.emplace<StructType>();
      u32 count = read_count(reader, limits::kStructFields, "struct fields");
      structure.fields.reserve(std::min<std::size_t>(count, reader.remaining()));
      for (u32 i = 0; i < count && reader.ok(); ++i) structure.fields.push_back(read_field(reader));
      return;
    }
    case kArray:
      out.composite.emplace<ArrayType>().element = read_field(reader);
      return;
    case kCont: {
      i64 index = reader.read_sleb33();
      if (index < 0) {
        reader.fail(ErrorCode::MalformedDefinitionType, reader.offset(), "invalid continuation type");
        return;
      }
      out.composite.emplace<ContType>().func = ValType::ref(TypeIndex(check_type_index(reader, index)), false);
      return;
    }
    default:
      reader.fail(ErrorCode::MalformedDefinitionType, reader.offset() - 1,
                  fmt::format("invalid leading byte (0x{:x}) for type", byte));
  }
}

}  // namespace

SubType read_sub_type(Reader& reader) {
  SubType out;
  u8 byte = reader.peek();
  if (byte == kSub || byte == kSubFinal) {
    reader.read_u8();
    out.is_final = byte == kSubFinal;
    if (read_count(reader, limits::kSupertypes, "supertype idxs") == 1) {
      u32 index = reader.read_uleb32();
      out.supertype = ValType::ref(TypeIndex(check_type_index(reader, index)), false);
    }
  }
  read_composite(reader, out);
  return out;
}

void read_rec_group(Reader& reader, RecGroup& out) {
  out.types.clear();
  out.offsets.clear();
  out.is_explicit = reader.peek() == kRec;
  u32 count = 1;
  if (out.is_explicit) {
    reader.read_u8();
    count = read_count(reader, limits::kTypes, "rec group types");
    out.types.reserve(std::min<std::size_t>(count, reader.remaining()));
  }
  for (u32 i = 0; i < count && reader.ok(); ++i) {
    out.offsets.push_back(reader.offset());
    out.types.push_back(read_sub_type(reader));
  }
}

}  // namespace tenon::binary
