// TypeStore: an engine's canonical types. Recursion groups that are equal up to renaming get the same TypeIds, so that types are
// equal exactly when their bits are.
//
// spec: core/valid/conventions "Rolling and Unrolling", core/valid/matching.
#pragma once

#include <memory>
#include <span>

#include "tenon/base/result.h"
#include "tenon/spec/types.h"

namespace tenon {

/// Interns recursion groups and answers subtyping. Thread-safe: interning takes a lock; looking at a TypeId that was handed out
/// does not, and what it refers to never moves or changes while the store lives.
class TypeStore {
 public:
  TypeStore();
  ~TypeStore();
  TypeStore(const TypeStore&) = delete;
  TypeStore& operator=(const TypeStore&) = delete;

  /// Interns a group whose references are Canonical (to earlier types) or RecGroup (to members). Returns the id of the first
  /// member; the others follow consecutively. The definitions must be valid: supertypes come earlier and are at most
  /// limits::kSubtypingDepth deep. Fails with LimitExceeded when the engine has too many types.
  Result<TypeId> intern(std::span<const SubType> group);

  /// Interns one final function type whose references are canonical; shorthand for host functions.
  Result<TypeId> intern(const FuncType& type);

  /// The definition, with all references Canonical.
  const SubType& get(TypeId id) const;
  /// The function type behind an id that is known to be one.
  const FuncType& func(TypeId id) const { return *get(id).func(); }

  /// How many supertypes a type has.
  u32 depth(TypeId id) const;
  /// The TypeIds of a type's supertypes, outermost first.
  std::span<const u32> supertypes(TypeId id) const;

  /// Declared subtyping between canonical types, reflexive, in constant time (each type has a display of its supertypes).
  bool is_subtype(TypeId sub, TypeId super) const;
  /// Subtyping of heap types, value types and storage types over canonical references. Bottom is below everything.
  bool is_subtype(ValType sub, ValType super) const;

  /// The top of a reference's hierarchy (any, func, extern, exn, cont).
  AbstractHeap top(ValType reference) const;

  /// The number of types interned so far.
  std::size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenon
