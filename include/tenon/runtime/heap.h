// Heap objects: what references other than funcref and i31 point to. There is no collection yet, so objects live as long as their
// store; docs/decisions/008-references.md says what keeps the door open for a moving collector.
#pragma once

#include <memory>

#include "tenon/abi/vmctx.h"

namespace tenon::runtime {

/// What a heap object is.
enum class HeapKind : u8 { Extern, Struct, Array, Exception };

/// Head of every heap object; 8-aligned, so that bit 0 of its address is free for i31.
struct alignas(8) HeapObject {
  HeapKind kind;
  u8 reserved[3] = {};  ///< mark and age of a collector
  u32 type = 0;         ///< TypeId of structs, arrays and (their tag's) exceptions
};

/// A value of the host behind an externref. Conversion to anyref and back keeps the object.
struct ExternObject : HeapObject {
  std::shared_ptr<void> value;
  const void* tag = nullptr;  ///< tells which C++ type `value` is
};

/// How many words of 8 bytes a value takes in an exception's payload.
constexpr u32 payload_words(ValType type) { return type.kind() == TypeKind::V128 ? 2 : 1; }

/// An exception: its tag and the arguments that it was thrown with. HeapObject::type is the TypeId of the tag's function type,
/// whose parameters say how the payload lies: one after the other, each in payload_words words. A collector traces the words of
/// parameters that are references; `tag` is no heap object and never moves.
struct ExceptionObject : HeapObject {
  const TagDef* tag;

  u64* payload() {
    // SAFETY: the payload lies right behind the head, whose size is a multiple of 8; size_of() counts both.
    return reinterpret_cast<u64*>(this + 1);
  }
  const u64* payload() const { return const_cast<ExceptionObject*>(this)->payload(); }
  /// Bytes of an exception with these parameters.
  static u64 size_of(const FuncType& type) {
    u64 words = 0;
    for (ValType param : type.params) words += payload_words(param);
    return sizeof(ExceptionObject) + words * 8;
  }
};
static_assert(sizeof(ExceptionObject) == 16);

/// A reference that the host holds. Collectors update `ref`; handles are counted, and outlive their store harmlessly.
struct Root {
  Ref ref = kNullRef;
  u32 count = 1;
  Store* store = nullptr;  ///< null once the store is gone
  Root* previous = nullptr;
  Root* next = nullptr;
};

inline bool is_i31(Ref ref) {
  return (ref & 1) != 0;
}
/// The heap object behind a reference that is not null, no i31 and no funcref.
inline HeapObject* object_of(Ref ref) {
  // SAFETY: a Ref that is even and not a funcref is the address of a HeapObject (vmctx.h).
  return reinterpret_cast<HeapObject*>(ref);
}

}  // namespace tenon::runtime
