// Types in the binary format. Concrete references must be in the module's index space.
//
// spec: core/binary/types; proposals threads (shared), custom-page-sizes, stack-switching (cont),
// custom-descriptors.
#pragma once

#include <span>

#include "tenon/encode/sink.h"
#include "tenon/spec/types.h"

namespace tenon::encode {

/// A heap type that is an index (s33).
inline void heap_type(Sink& sink, TypeIndex index) {
  sink.sleb(index.value());
}
/// An abstract heap type.
inline void heap_type(Sink& sink, AbstractHeap heap, bool shared = false) {
  if (shared) sink.push_back(0x65);
  sink.push_back(static_cast<u8>(heap));
}
/// The heap type of a reference.
void heap_type(Sink& sink, ValType reference);

/// A value or storage type; nullable abstract references take their one-byte form.
void val_type(Sink& sink, ValType type);
/// A vector of value types.
void val_types(Sink& sink, std::span<const ValType> types);

/// A function type with its leading 0x60.
void func_type(Sink& sink, std::span<const ValType> params, std::span<const ValType> results);
/// A storage type and its mutability.
void field_type(Sink& sink, const FieldType& field);
/// A definition as it stands in the type section or in a recursion group; final types without supertype take the short form.
void sub_type(Sink& sink, const SubType& type);

/// Bits of the flags of limits.
namespace limit_flags {
inline constexpr u8 kHasMax = 1, kShared = 2, kIs64 = 4, kPageSize = 8;
}
/// Flags, minimum and, where the flags say so, maximum.
void limits(Sink& sink, u8 flags, const Limits& limits);

void memory_type(Sink& sink, const MemoryType& type);
void table_type(Sink& sink, const TableType& type);
void global_type(Sink& sink, const GlobalType& type);
/// An exception tag's attribute and type.
inline void tag_type(Sink& sink, TypeIndex type) {
  sink.push_back(0);
  sink.uleb(type.value());
}

}  // namespace tenon::encode
