// Func, TypedFunc and Caller: calling guests, and being called by them.
//
// A host function is any C++ callable over i32, u32, i64, u64, f32, f64, Bits128, std::optional<Func> (funcref), ExternRef,
// AnyRef and ExnRef, with `Caller&` first if it wants one, that returns nothing, one of these, a tuple of them, or a Result of
// any of those. An error that it returns ends the guest and becomes the call's error. A C++ exception that leaves it becomes a
// trap HostFailed.
#pragma once

#include <functional>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include "tenon/host/store.h"
#include "tenon/host/trap.h"
#include "tenon/host/val.h"

namespace tenon {

class Caller;
class Extern;
class Memory;
template <class Sig>
class TypedFunc;

/// A host function whose types are given at run time. `results` has one place for each result, to be set to values of their
/// types.
using HostCallback = std::function<Result<>(Caller& caller, std::span<const Val> args, std::span<Val> results)>;

namespace detail {

/// A host function as guests call it, independent of stores: the caller brings its own.
struct HostFunction {
  FuncRef ref{};
  virtual ~HostFunction() = default;
};

/// Makes the function of an engine, of one of its function types.
std::shared_ptr<HostFunction> make_untyped(runtime::Engine& engine, TypeId type, HostCallback callback);
/// Fails only where the engine has too many types.
Result<std::shared_ptr<HostFunction>> make_untyped(runtime::Engine& engine, const FuncType& type, HostCallback callback);

/// A host function was left by a C++ exception.
[[gnu::cold]] bool host_threw(VmCtx* caller, const char* what);
[[gnu::cold]] bool host_failed(VmCtx* caller, Error error);
[[gnu::cold]] Error take_error(runtime::Store* store);

/// How a C++ type crosses: its WebAssembly type, and its slot.
template <class T>
struct Crossing {
  static constexpr bool kKnown = false;
};

}  // namespace detail

/// A function of a store.
class Func {
 public:
  Func(runtime::Store* store, FuncRef* func) : store_(store), func_(func) {}

  /// A host function from a callable; see the top of the file.
  template <class F>
  static Result<Func> wrap(StoreRef store, F f);
  /// A host function whose type is known at run time only. References in `type` are canonical.
  static Result<Func> create(StoreRef store, const FuncType& type, HostCallback callback);

  StoreRef store() const { return StoreRef(store_); }
  const FuncType& type() const { return store_->types().func(TypeId(func_->type)); }
  TypeId type_id() const { return TypeId(func_->type); }

  /// Calls it. Counts and types are checked; `results` has exactly one place for each result. Fails with WrongType, or with
  /// what ended the call.
  Result<> call(std::span<const Val> args, std::span<Val> results) const;
  Result<std::vector<Val>> call(std::span<const Val> args) const;
  Result<std::vector<Val>> call(std::initializer_list<Val> args) const { return call(std::span(args.begin(), args.size())); }

  /// The function with its types checked once, for cheap calls: `func.typed<i32(i32, i64)>()`.
  template <class Sig>
  Result<TypedFunc<Sig>> typed() const;

  bool operator==(const Func& other) const { return func_ == other.func_; }
  FuncRef* raw() const { return func_; }

 private:
  runtime::Store* store_;
  FuncRef* func_;
};

/// The guest (or host) that called a host function; valid during the call.
class Caller : public StoreRef {
 public:
  explicit Caller(VmCtx* vmctx) : StoreRef(vmctx->store->owner), vmctx_(vmctx) {}
  /// The calling instance's export of that name; nothing when the host called.
  std::optional<Extern> get_export(std::string_view name) const;
  /// The calling instance's exported memory "memory". Constant time.
  std::optional<Memory> memory() const;
  VmCtx* raw_vmctx() const { return vmctx_; }

 private:
  VmCtx* vmctx_;
};

}  // namespace tenon

#include "tenon/host/func_impl.h"
