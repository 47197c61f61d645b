// Structs and arrays of guests as the host makes, reads and writes them, and references inside host values that the collector
// traces. Handles are roots: they follow their object when it moves. All of it belongs to the store's thread.
//
// spec: core/exec/instructions struct.* and array.*.
#pragma once

#include <optional>
#include <span>

#include "tenon/host/val.h"

namespace tenon {

/// A struct; or null, where a default-made one is asked.
class StructRef : public AnyRef {
 public:
  StructRef() = default;
  /// The canonical id of a struct type, for objects that the host makes; references in it must be canonical. Structural: guests
  /// that define an equal type have the same.
  static Result<TypeId> define(const Engine& engine, StructType type, bool is_final = true);
  /// A struct with a value for each field (i32 for packed ones). Fails with WrongType where `type` is no struct type or a value does
  /// not fit, with Trap where the heap is full.
  static Result<StructRef> create(StoreRef store, TypeId type, std::span<const Val> fields);
  static Result<StructRef> create(StoreRef store, TypeId type, std::initializer_list<Val> fields);

  /// Its canonical type. Meaningful where it is not null.
  TypeId type_id() const;
  const StructType& struct_type() const;
  /// How many fields it has; 0 for null.
  std::size_t size() const;
  /// A field; packed ones zero-extended. Fails with WrongType for null, with OffsetOutOfRange for a field that it has not.
  Result<Val> field(std::size_t index) const;
  /// Fails, too, with WrongType where the value does not fit, and with ImmutableField.
  Result<> set_field(std::size_t index, const Val& value) const;

 private:
  friend class AnyRef;
  explicit StructRef(const AnyRef& any) : AnyRef(any) {}
};

/// An array; or null, where a default-made one is asked.
class ArrayRef : public AnyRef {
 public:
  ArrayRef() = default;
  /// As StructRef::define.
  static Result<TypeId> define(const Engine& engine, ArrayType type, bool is_final = true);
  /// An array of `length` times `element`. Fails as StructRef::create does; Trap says AllocationTooLarge where no heap could hold it.
  static Result<ArrayRef> create(StoreRef store, TypeId type, const Val& element, u32 length);
  /// An array of these elements.
  static Result<ArrayRef> create_fixed(StoreRef store, TypeId type, std::span<const Val> elements);
  static Result<ArrayRef> create_fixed(StoreRef store, TypeId type, std::initializer_list<Val> elements);

  TypeId type_id() const;
  const ArrayType& array_type() const;
  /// How many elements it has; 0 for null.
  u32 size() const;
  /// An element; packed ones zero-extended. Fails with WrongType for null, with OffsetOutOfRange behind the end.
  Result<Val> get(u32 index) const;
  /// Fails, too, with WrongType where the value does not fit, and with ImmutableArray.
  Result<> set(u32 index, const Val& value) const;

 private:
  friend class AnyRef;
  explicit ArrayRef(const AnyRef& any) : AnyRef(any) {}
};

/// A reference inside a host value that is itself behind an externref. It keeps its object alive only while the host value is
/// reachable, so that cycles through guest and host are collected. The host value must have
///
///   void trace(runtime::Tracer& tracer) { child.trace(tracer); }   // for each TracedRef in it, and nothing else
///
/// Outside of such a value it keeps its object alive as a handle does. It becomes null when the value dies, and with the end of its
/// store.
class TracedRef {
 public:
  TracedRef() = default;
  /// Not a function reference: those are not collected.
  explicit TracedRef(const Rooted& from);
  TracedRef(const TracedRef& other) { copy(other); }
  TracedRef& operator=(const TracedRef& other);
  ~TracedRef() { drop(); }

  bool is_null() const { return slot_.ref == kNullRef; }
  /// A handle to the same object.
  Rooted get() const;
  void trace(runtime::Tracer& tracer) { tracer.visit(slot_); }

 private:
  void copy(const TracedRef& other);
  void drop();
  runtime::TracedSlot slot_;
};

}  // namespace tenon
