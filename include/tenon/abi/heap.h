// The garbage-collected heap as guest code sees it: objects, and the layout of each type's objects. Data only; who allocates,
// moves and collects is runtime/heap.h.
//
// An object is a header of 8 bytes and what its kind puts behind it; sizes are multiples of 8, and so are addresses. Fields lie
// in the order of their declaration, each aligned to its size (v128 to 8), so that a subtype begins as its supertype does.
// Code addresses fields by a HeapLayout and never keeps an object's address across an allocation: objects move.
#pragma once

#include <cstring>

#include "tenon/abi/vmctx.h"

namespace tenon {

/// What a heap object is. Odd, so that the first word of an object never looks like the address that a collection leaves there.
enum class HeapKind : u8 { Extern = 1, Struct = 3, Array = 5, Exception = 7 };

/// `type` of objects that have none.
inline constexpr u32 kNoHeapType = ~0u;

/// Head of every heap object.
struct alignas(8) HeapObject {
  HeapKind kind;
  u8 reserved[3] = {};
  /// TypeId of structs and arrays; of exceptions that of their tag's function type; else kNoHeapType.
  u32 type = kNoHeapType;
};
static_assert(sizeof(HeapObject) == 8);

/// A value of the host behind an externref. Conversion to anyref and back keeps the object.
struct ExternObject : HeapObject {
  u64 index;  ///< into the table of the heap (Heap::extern_value)
};

/// Elements begin at kArrayElements.
struct ArrayObject : HeapObject {
  u32 length;
  u32 unused;
};
inline constexpr u32 kArrayElements = sizeof(ArrayObject);

/// How many words of 8 bytes a value takes in an exception's payload.
constexpr u32 payload_words(ValType type) { return type.kind() == TypeKind::V128 ? 2 : 1; }

/// An exception: its tag and the arguments that it was thrown with, the parameters of HeapObject::type. The payload lies one
/// after the other, each in payload_words words; `tag` is no heap object and never moves.
struct ExceptionObject : HeapObject {
  const TagDef* tag;

  u64* payload() {
    // SAFETY: the payload lies right behind the head, whose size is a multiple of 8; the layout's size counts both.
    return reinterpret_cast<u64*>(this + 1);
  }
  const u64* payload() const { return const_cast<ExceptionObject*>(this)->payload(); }
};
static_assert(sizeof(ExceptionObject) == 16);
inline constexpr u32 kExceptionPayload = sizeof(ExceptionObject);

/// How a field is stored.
enum class Storage : u8 { I8, I16, Word32, Word64, V128, Ref };

constexpr u32 size_log2(Storage storage) {
  constexpr u8 kLog2[] = {0, 1, 2, 3, 4, 3};
  return kLog2[static_cast<u8>(storage)];
}

struct FieldLayout {
  u32 offset;  ///< from the object's beginning, in bytes
  Storage storage;
};

/// The objects of one canonical type: a struct, an array, or the exceptions of a function type. Immutable; lives as long as its
/// engine.
struct HeapLayout {
  u32 type;             ///< TypeId
  HeapKind kind;
  Storage element;      ///< Array
  u32 size;             ///< Struct, Exception: of the object; Array: kArrayElements
  u32 depth;            ///< how many supertypes there are
  const u32* display;   ///< TypeIds of the supertypes, outermost first
  u32 field_count;      ///< Struct, Exception
  const FieldLayout* fields;
  u32 ref_count;        ///< Struct, Exception
  const u32* refs;      ///< offsets of the fields that are references
};

/// Bytes of an array with `length` elements.
constexpr u64 array_size(Storage element, u64 length) { return (kArrayElements + (length << size_log2(element)) + 7) & ~u64{7}; }
/// The largest object that there may be, in bytes: array lengths and sizes fit 32 bits.
inline constexpr u64 kMaxObjectBytes = 0xffff'fff0;

/// Writes the low bytes of a value into a field, and reads them: packed fields zero-extended, other halves zero.
inline void store_field(u8* at, Storage storage, const Slot& value) {
  // Constant sizes: each is one move.
  switch (storage) {
    case Storage::I8:
      std::memcpy(at, &value, 1);
      break;
    case Storage::I16:
      std::memcpy(at, &value, 2);
      break;
    case Storage::Word32:
      std::memcpy(at, &value, 4);
      break;
    case Storage::V128:
      std::memcpy(at, &value, 16);
      break;
    default:
      std::memcpy(at, &value, 8);
      break;
  }
}
inline Slot load_field(const u8* at, Storage storage) {
  Slot value;
  switch (storage) {
    case Storage::I8:
      std::memcpy(&value.u64_, at, 1);
      break;
    case Storage::I16:
      std::memcpy(&value.u64_, at, 2);
      break;
    case Storage::Word32:
      std::memcpy(&value.u64_, at, 4);
      break;
    case Storage::V128:
      std::memcpy(&value.v128, at, 16);
      break;
    default:
      std::memcpy(&value.u64_, at, 8);
      break;
  }
  return value;
}

inline bool is_i31(Ref ref) { return (ref & 1) != 0; }
/// The heap object behind a reference that is not null, no i31 and no funcref.
inline HeapObject* object_of(Ref ref) {
  // SAFETY: a Ref that is even and not a funcref is the address of a HeapObject (vmctx.h).
  return reinterpret_cast<HeapObject*>(ref);
}
inline Ref ref_of(const HeapObject* object) {
  // SAFETY: the address is only carried; object_of turns it back.
  return reinterpret_cast<Ref>(object);
}
/// The bytes of an object, for access at its layout's offsets.
inline u8* bytes_of(HeapObject* object) {
  // SAFETY: an object's fields are raw bytes behind its header; they are read and written by memcpy.
  return reinterpret_cast<u8*>(object);
}
/// Where a reference in an object lies.
inline Ref& ref_at(u8* at) {
  // SAFETY: references in objects are 8-aligned, as layouts have them.
  return *reinterpret_cast<Ref*>(at);
}
inline u8* array_elements(HeapObject* object) { return bytes_of(object) + kArrayElements; }
inline u32 array_length(const HeapObject* object) { return static_cast<const ArrayObject*>(object)->length; }

}  // namespace tenon
