// Types of core WebAssembly: value types packed into 32 bits, composite types, and the types of imports and exports.
//
// A concrete reference type holds an index in one of three spaces: the module's own type space (as read or written), the
// engine's canonical types (after validation; equality of types is then equality of bits), or a position in the recursion group
// that is being canonicalised. `ValType::space()` tells which.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tenon/base/index.h"
#include "tenon/base/types.h"
#include "tenon/spec/features.h"

namespace tenon {

using TypeIndex = Index<struct TypeTag>;      ///< a module's type space
using FuncIndex = Index<struct FuncTag>;      ///< a module's function space, imports first
using TableIndex = Index<struct TableTag>;    ///< a module's table space, imports first
using MemoryIndex = Index<struct MemoryTag>;  ///< a module's memory space, imports first
using GlobalIndex = Index<struct GlobalTag>;  ///< a module's global space, imports first
using TagIndex = Index<struct TagTag>;        ///< a module's tag space, imports first
using ElemIndex = Index<struct ElemTag>;      ///< element segments
using DataIndex = Index<struct DataTag>;      ///< data segments
using LocalIndex = Index<struct LocalTag>;    ///< parameters, then declared locals
using TypeId = Index<struct CanonicalTag>;    ///< an engine's canonical types

/// What a value type is. I8 and I16 occur only as storage types; Bottom is the validator's type of unreachable operands.
enum class TypeKind : u8 { Bottom, I32, I64, F32, F64, V128, Ref, I8, I16 };

/// Abstract heap types; values are the binary codes.
enum class AbstractHeap : u8 {
#define HEAP_TYPE(Name, text, code, nullable, feature) Name = code,
#include "tenon/spec/types.def"
};

/// One row of the heap types in types.def.
struct HeapInfo {
  AbstractHeap heap;
  std::string_view name;
  std::string_view text;           ///< "func"
  std::string_view nullable_text;  ///< "funcref"
  Feature feature;
};

inline constexpr auto kHeapTypes = std::to_array<HeapInfo>({
#define HEAP_TYPE(Name, text, code, nullable, feature) \
  {AbstractHeap::Name, #Name, text, nullable, detail::feature_names::feature},
#include "tenon/spec/types.def"
});

/// The row of an abstract heap type.
constexpr const HeapInfo& info(AbstractHeap heap) {
  return kHeapTypes[0x75 - static_cast<u8>(heap)];
}

/// Where the index of a concrete heap type points.
enum class IndexSpace : u8 { Abstract, Module, Canonical, RecGroup };

/// A value type, storage type or reference type in 32 bits:
/// [3:0] kind, [4] nullable, [5] shared, [6] exact, [9:8] index space, [31:10] index or abstract heap code.
class ValType {
 public:
  constexpr ValType() = default;  ///< Bottom
  constexpr explicit ValType(TypeKind kind) : bits_(static_cast<u32>(kind)) {}

  static constexpr ValType i32() { return ValType(TypeKind::I32); }
  static constexpr ValType i64() { return ValType(TypeKind::I64); }
  static constexpr ValType f32() { return ValType(TypeKind::F32); }
  static constexpr ValType f64() { return ValType(TypeKind::F64); }
  static constexpr ValType v128() { return ValType(TypeKind::V128); }
  static constexpr ValType bottom() { return ValType(); }
  static constexpr ValType ref(AbstractHeap heap, bool nullable = true) {
    return ValType(TypeKind::Ref, nullable, IndexSpace::Abstract, static_cast<u32>(heap));
  }
  static constexpr ValType ref(TypeIndex index, bool nullable = true) {
    return ValType(TypeKind::Ref, nullable, IndexSpace::Module, index.value());
  }
  static constexpr ValType ref(TypeId id, bool nullable = true) {
    return ValType(TypeKind::Ref, nullable, IndexSpace::Canonical, id.value());
  }
  static constexpr ValType rec_ref(u32 position, bool nullable) {
    return ValType(TypeKind::Ref, nullable, IndexSpace::RecGroup, position);
  }
  static constexpr ValType funcref() { return ref(AbstractHeap::Func); }
  static constexpr ValType externref() { return ref(AbstractHeap::Extern); }
  static constexpr ValType exnref() { return ref(AbstractHeap::Exn); }
  static constexpr ValType anyref() { return ref(AbstractHeap::Any); }

  constexpr TypeKind kind() const { return static_cast<TypeKind>(bits_ & 15); }
  constexpr bool is_ref() const { return kind() == TypeKind::Ref; }
  constexpr bool is_num() const { return kind() >= TypeKind::I32 && kind() <= TypeKind::F64; }
  constexpr bool is_vec() const { return kind() == TypeKind::V128; }
  constexpr bool is_bottom() const { return kind() == TypeKind::Bottom; }
  constexpr bool is_packed() const { return kind() >= TypeKind::I8; }
  /// Whether a local of this type has a default value.
  constexpr bool is_defaultable() const { return !is_ref() || nullable(); }
  /// The type that a packed field has on the stack; other types are themselves.
  constexpr ValType unpacked() const { return is_packed() ? i32() : *this; }

  // The rest is meaningful for references only.
  constexpr bool nullable() const { return bits_ >> 4 & 1; }
  constexpr bool shared() const { return bits_ >> 5 & 1; }
  constexpr bool exact() const { return bits_ >> 6 & 1; }
  constexpr IndexSpace space() const { return static_cast<IndexSpace>(bits_ >> 8 & 3); }
  constexpr bool is_abstract() const { return is_ref() && space() == IndexSpace::Abstract; }
  constexpr bool is_abstract(AbstractHeap heap) const { return is_abstract() && abstract_heap() == heap; }
  constexpr bool is_concrete() const { return is_ref() && space() != IndexSpace::Abstract; }
  constexpr AbstractHeap abstract_heap() const { return static_cast<AbstractHeap>(bits_ >> 10); }
  constexpr TypeIndex type_index() const { return TypeIndex(bits_ >> 10); }  ///< space() == Module
  constexpr TypeId type_id() const { return TypeId(bits_ >> 10); }           ///< space() == Canonical
  constexpr u32 rec_position() const { return bits_ >> 10; }                 ///< space() == RecGroup

  constexpr ValType with_nullable(bool nullable) const { return from_bits((bits_ & ~16u) | (nullable ? 16u : 0u)); }
  constexpr ValType with_shared(bool shared) const { return from_bits((bits_ & ~32u) | (shared ? 32u : 0u)); }
  constexpr ValType with_exact(bool exact) const { return from_bits((bits_ & ~64u) | (exact ? 64u : 0u)); }

  constexpr bool operator==(const ValType&) const = default;
  constexpr u32 bits() const { return bits_; }
  static constexpr ValType from_bits(u32 bits) {
    ValType type;
    type.bits_ = bits;
    return type;
  }

 private:
  constexpr ValType(TypeKind kind, bool nullable, IndexSpace space, u32 index)
      : bits_(static_cast<u32>(kind) | (nullable ? 16u : 0u) | static_cast<u32>(space) << 8 | index << 10) {}
  u32 bits_ = 0;
};

static_assert(sizeof(ValType) == 4);

/// Writes a type as wasm-tools' messages do: "i32", "funcref", "(ref null 3)", "(ref $type)" for canonical indices.
std::string to_string(ValType type);

/// Parameters and results of a function.
struct FuncType {
  std::vector<ValType> params;
  std::vector<ValType> results;
  bool operator==(const FuncType&) const = default;
};

/// A field of a struct, or the element of an array. `storage` may be packed.
struct FieldType {
  ValType storage;
  bool is_mutable = false;
  bool operator==(const FieldType&) const = default;
};

struct StructType {
  std::vector<FieldType> fields;
  bool operator==(const StructType&) const = default;
};

struct ArrayType {
  FieldType element;
  bool operator==(const ArrayType&) const = default;
};

/// A continuation over a function type; the type is a non-null concrete reference.
struct ContType {
  ValType func;
  bool operator==(const ContType&) const = default;
};

using CompositeType = std::variant<FuncType, StructType, ArrayType, ContType>;

/// A type definition. The supertype, if any, and the other references are non-null concrete references in some index space.
struct SubType {
  bool is_final = true;
  bool is_shared = false;
  std::optional<ValType> supertype;
  CompositeType composite;
  std::optional<ValType> describes;   ///< the type that this one is a descriptor of (custom descriptors)
  std::optional<ValType> descriptor;  ///< the type of this one's descriptors

  const FuncType* func() const { return std::get_if<FuncType>(&composite); }
  const StructType* structure() const { return std::get_if<StructType>(&composite); }
  const ArrayType* array() const { return std::get_if<ArrayType>(&composite); }
  const ContType* cont() const { return std::get_if<ContType>(&composite); }
  bool operator==(const SubType&) const = default;
};

/// Size limits of memories and tables, in pages or elements.
struct Limits {
  u64 min = 0;
  std::optional<u64> max;
  bool operator==(const Limits&) const = default;
};

/// The type of a memory. Sizes are in pages of 2^page_size_log2 bytes.
struct MemoryType {
  Limits limits;
  bool is_64 = false;
  bool is_shared = false;
  u8 page_size_log2 = 16;
  u64 page_size() const { return u64{1} << page_size_log2; }
  bool operator==(const MemoryType&) const = default;
};

/// The type of a table. Sizes are in elements.
struct TableType {
  ValType element;
  Limits limits;
  bool is_64 = false;
  bool is_shared = false;
  bool operator==(const TableType&) const = default;
};

struct GlobalType {
  ValType content;
  bool is_mutable = false;
  bool is_shared = false;
  bool operator==(const GlobalType&) const = default;
};

/// The five kinds of imports and exports; values are the binary codes.
enum class ExternKind : u8 { Func = 0, Table = 1, Memory = 2, Global = 3, Tag = 4 };

/// "func", "table", "memory", "global" or "tag".
std::string_view to_string(ExternKind kind);

}  // namespace tenon
