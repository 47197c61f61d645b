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
  u32 type = 0;         ///< TypeId of structs and arrays
};

/// A value of the host behind an externref. Conversion to anyref and back keeps the object.
struct ExternObject : HeapObject {
  std::shared_ptr<void> value;
  const void* tag = nullptr;  ///< tells which C++ type `value` is
};

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
