// Val: a WebAssembly value with its type, for calls whose types are not known when the host is compiled. References are counted
// roots: they keep their object, follow it when it moves, and become null with their store.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "tenon/base/bits128.h"
#include "tenon/host/store.h"

namespace tenon {

class Func;
class Tag;
class Val;

/// A reference that the host holds, or null. Belongs to its store's thread.
class Rooted {
 public:
  Rooted() = default;
  Rooted(StoreRef store, Ref ref);
  Rooted(const Rooted& other) : root_(other.root_), i31_(other.i31_) { retain(); }
  Rooted(Rooted&& other) noexcept : root_(std::exchange(other.root_, nullptr)), i31_(std::exchange(other.i31_, kNullRef)) {}
  Rooted& operator=(Rooted other) noexcept {
    std::swap(root_, other.root_);
    std::swap(i31_, other.i31_);
    return *this;
  }
  ~Rooted() { release(); }

  bool is_null() const { return ref() == kNullRef; }
  /// The reference's present bits.
  Ref ref() const { return root_ ? root_->ref : i31_; }
  /// The store it belongs to; null for null references and i31.
  runtime::Store* store() const { return root_ ? root_->store : nullptr; }

 private:
  void retain() const {
    if (root_) ++root_->count;
  }
  void release() {
    if (root_) runtime::Store::release_root(root_);
  }
  runtime::Root* root_ = nullptr;
  Ref i31_ = kNullRef;
};

class AnyRef;
class ArrayRef;
class StructRef;

/// A value of the host that guests carry around without looking into it; or null.
class ExternRef : public Rooted {
 public:
  ExternRef() = default;
  explicit ExternRef(Rooted rooted) : Rooted(std::move(rooted)) {}
  /// Boxes a value, which lives until no guest and no handle refers to it any more; it is then destroyed by a collection or with
  /// the store, on the store's thread. A value that refers to objects of the store itself should hold them as TracedRef and have
  /// `void trace(runtime::Tracer&)` that calls `trace` of each: then cycles through guest and host are collected. With a
  /// strong handle inside (ExternRef, AnyRef, ...) they never are. Fails with Trap where the heap is full.
  template <class T>
  static Result<ExternRef> create(StoreRef store, T value) {
    void (*trace)(void*, runtime::Tracer&) = nullptr;
    if constexpr (requires(runtime::Tracer& tracer) { value.trace(tracer); })
      trace = [](void* of, runtime::Tracer& tracer) { static_cast<T*>(of)->trace(tracer); };
    return box(store, {std::make_shared<T>(std::move(value)), &detail::kTypeTag<T>, trace});
  }
  /// The same object as an externref (extern.convert_any).
  static ExternRef from_any(const AnyRef& any);
  /// The boxed value if it is a T, else null. Lives as long as the reference.
  template <class T>
  T* get() const {
    return static_cast<T*>(unbox(&detail::kTypeTag<T>));
  }

 private:
  static Result<ExternRef> box(StoreRef store, runtime::HostValue value);
  void* unbox(const void* tag) const;
};

/// A reference of the any hierarchy: i31, struct, array, or a host value that was internalised; or null.
class AnyRef : public Rooted {
 public:
  AnyRef() = default;
  explicit AnyRef(Rooted rooted) : Rooted(std::move(rooted)) {}
  /// The low 31 bits of `value`.
  static AnyRef i31(StoreRef store, u32 value);
  bool is_i31() const { return tenon::is_i31(ref()); }
  bool is_struct() const { return is_kind(HeapKind::Struct); }
  bool is_array() const { return is_kind(HeapKind::Array); }
  bool is_extern() const { return is_kind(HeapKind::Extern); }
  /// Below eq: i31, struct or array, which ref.eq compares.
  bool is_eq() const { return is_i31() || is_struct() || is_array(); }
  /// Itself as what it is; nothing where it is something else, or null. See gc.h.
  std::optional<StructRef> as_struct() const;
  std::optional<ArrayRef> as_array() const;
  /// The same object as an anyref (any.convert_extern).
  static AnyRef from_extern(const ExternRef& external) { return AnyRef(external); }
  /// Whether it is of a canonical type of the any hierarchy, as ref.test says; null is of every nullable one.
  bool matches(ValType type) const;
  /// The most precise type that it has: (ref $t) of structs and arrays, (ref i31), (ref any) of host values, nullref.
  ValType type() const;
  /// Whether both are the same object, or the same i31, or null.
  bool operator==(const AnyRef& other) const { return ref() == other.ref(); }
  /// Sign-extended; 0 when it is none.
  i32 i31_s() const { return is_i31() ? static_cast<i32>(static_cast<u32>(ref())) >> 1 : 0; }
  u32 i31_u() const { return is_i31() ? static_cast<u32>(ref()) >> 1 : 0; }

 private:
  bool is_kind(HeapKind kind) const { return !is_null() && !tenon::is_i31(ref()) && object_of(ref())->kind == kind; }
};

/// An exception that the host holds; or null. Guests throw them, and host functions do: with the error of throw_error (trap.h).
class ExnRef : public Rooted {
 public:
  ExnRef() = default;
  explicit ExnRef(Rooted rooted) : Rooted(std::move(rooted)) {}
  /// An exception of the tag's store, with a value for each of the tag's parameters. Fails with WrongType where they do not fit,
  /// with OutOfMemory where there is no room.
  static Result<ExnRef> create(const Tag& tag, std::span<const Val> fields);
  static Result<ExnRef> create(const Tag& tag, std::initializer_list<Val> fields);
  /// What it was thrown with. Nothing for null, and once the store is gone.
  std::optional<Tag> tag() const;
  /// The values that it carries. Empty for null.
  std::vector<Val> fields() const;
};

/// See the top of the file.
class Val {
 public:
  Val() : Val(i32{0}) {}
  // A call's arguments are written as they are. NOLINTBEGIN(google-explicit-constructor)
  Val(i32 value) : type_(ValType::i32()) { slot_.s64 = value; }
  Val(u32 value) : Val(static_cast<i32>(value)) {}
  Val(i64 value) : type_(ValType::i64()) { slot_.s64 = value; }
  Val(u64 value) : Val(static_cast<i64>(value)) {}
  Val(f32 value) : type_(ValType::f32()) { slot_.f32_ = value; }
  Val(f64 value) : type_(ValType::f64()) { slot_.f64_ = value; }
  Val(Bits128 value) : type_(ValType::v128()) { slot_.v128 = value; }
  Val(const Func& func);
  Val(ExternRef value) : type_(ValType::externref()), rooted_(std::move(value)) {}
  Val(AnyRef value) : type_(ValType::anyref()), rooted_(std::move(value)) {}
  Val(ExnRef value) : type_(ValType::exnref()), rooted_(std::move(value)) {}
  // NOLINTEND(google-explicit-constructor)
  /// Floats by their bits, which C++ need not preserve otherwise.
  static Val from_f32_bits(u32 bits);
  static Val from_f64_bits(u64 bits);
  /// A null of the top type of `type`'s hierarchy (`type` canonical).
  static Val null(const TypeStore& types, ValType type);
  static Val null_func();
  /// The default of a type: zero or null; nothing for references that are not nullable.
  static std::optional<Val> default_of(const TypeStore& types, ValType type);

  /// Numbers and v128 exactly; references by the top of their hierarchy (func, extern, any, exn).
  ValType type() const { return type_; }
  bool is_ref() const { return type_.is_ref(); }
  bool is_null() const;
  // Each is meaningful for its own type only; otherwise the answer is some bits, zero or null.
  i32 as_i32() const { return slot_.s32; }
  u32 as_u32() const { return slot_.u32_; }
  i64 as_i64() const { return slot_.s64; }
  u64 as_u64() const { return slot_.u64_; }
  f32 as_f32() const { return slot_.f32_; }
  f64 as_f64() const { return slot_.f64_; }
  u32 f32_bits() const { return slot_.u32_; }
  u64 f64_bits() const { return slot_.u64_; }
  Bits128 as_v128() const { return slot_.v128; }
  /// Nothing for null.
  std::optional<Func> as_func() const;
  ExternRef as_extern() const;
  AnyRef as_any() const;
  ExnRef as_exn() const;

  /// The value as guests see it. The reference must be of `store`: otherwise WrongType, as where the value is not of `type`.
  Result<Slot> lower(StoreRef store, ValType type) const;
  /// The value in a slot of the given canonical type.
  static Val lift(StoreRef store, ValType type, const Slot& slot);

 private:
  ValType type_;
  Slot slot_;  // numbers; for funcrefs the FuncRef's address
  runtime::Store* func_store_ = nullptr;
  Rooted rooted_;
};

}  // namespace tenon
