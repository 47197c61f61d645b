// Templates behind func.h: how C++ types cross into slots and back. Not for direct inclusion.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

#include "tenon/host/func.h"
#include "tenon/spec/errors.h"

namespace tenon::detail {

// Whole halves are written: a narrow store that a wide load follows costs more than the call.
#define TENON_NUMBER(Type, valtype, member, half)                \
  template <>                                                    \
  struct Crossing<Type> {                                        \
    static constexpr bool kKnown = true;                         \
    static constexpr ValType type() {                            \
      return ValType::valtype();                                 \
    }                                                            \
    static Type load(runtime::Store*, const Slot& slot) {        \
      return slot.member;                                        \
    }                                                            \
    static bool store(runtime::Store*, Slot& slot, Type value) { \
      slot.half;                                                 \
      return true;                                               \
    }                                                            \
  };
TENON_NUMBER(i32, i32, s32, u64_ = static_cast<u32>(value))
TENON_NUMBER(u32, i32, u32_, u64_ = value)
TENON_NUMBER(i64, i64, s64, s64 = value)
TENON_NUMBER(u64, i64, u64_, u64_ = value)
TENON_NUMBER(f32, f32, f32_, u64_ = std::bit_cast<u32>(value))
TENON_NUMBER(f64, f64, f64_, f64_ = value)
TENON_NUMBER(Bits128, v128, v128, v128 = value)
#undef TENON_NUMBER

template <>
struct Crossing<std::optional<Func>> {
  static constexpr bool kKnown = true;
  static constexpr ValType type() { return ValType::funcref(); }
  static std::optional<Func> load(runtime::Store* store, const Slot& slot) {
    if (slot.ref == kNullRef) return std::nullopt;
    // SAFETY: a funcref's bits are a FuncRef's address (vmctx.h).
    return Func(store, reinterpret_cast<FuncRef*>(slot.ref));
  }
  static bool store(runtime::Store* store, Slot& slot, const std::optional<Func>& value) {
    if (value && value->store().raw() != store) return false;
    // SAFETY: the address is only carried; load turns it back.
    slot.ref = value ? reinterpret_cast<Ref>(value->raw()) : kNullRef;
    return true;
  }
};

template <class T, AbstractHeap heap>
struct RootedCrossing {
  static constexpr bool kKnown = true;
  static constexpr ValType type() { return ValType::ref(heap); }
  static T load(runtime::Store* store, const Slot& slot) { return T(Rooted(StoreRef(store), slot.ref)); }
  static bool store(runtime::Store* store, Slot& slot, const T& value) {
    if (value.store() && value.store() != store) return false;
    slot.ref = value.ref();
    return true;
  }
};
template <>
struct Crossing<ExternRef> : RootedCrossing<ExternRef, AbstractHeap::Extern> {};
template <>
struct Crossing<AnyRef> : RootedCrossing<AnyRef, AbstractHeap::Any> {};
template <>
struct Crossing<ExnRef> : RootedCrossing<ExnRef, AbstractHeap::Exn> {};

/// A result type: nothing, a value, a tuple; and whether it came in a Result.
template <class R>
struct ReturnOf {
  using Values = std::tuple<R>;
  static constexpr bool kFallible = false;
};
template <>
struct ReturnOf<void> {
  using Values = std::tuple<>;
  static constexpr bool kFallible = false;
};
template <class... Rs>
struct ReturnOf<std::tuple<Rs...>> {
  using Values = std::tuple<Rs...>;
  static constexpr bool kFallible = false;
};
template <class R>
struct ReturnOf<Result<R>> : ReturnOf<R> {
  static constexpr bool kFallible = true;
};

template <class Tuple>
struct TypesOf;
template <class... Ts>
struct TypesOf<std::tuple<Ts...>> {
  static_assert((Crossing<Ts>::kKnown && ...), "a type that does not cross into WebAssembly; see func.h");
  static std::vector<ValType> list() { return {Crossing<Ts>::type()...}; }
};

/// Whether a function of type `actual` takes and gives these C++ types.
Result<> check_signature(runtime::Store* store, const FuncRef* func, std::span<const ValType> params,
                         std::span<const ValType> results);
[[gnu::cold]] std::unexpected<Error> wrong_store();

// --- host functions

/// Parameters of a callable, without a leading Caller&.
template <bool kCaller, class R, class... Args>
struct Signature {
  static constexpr bool kTakesCaller = kCaller;
  using Return = R;
  using Params = std::tuple<std::remove_cvref_t<Args>...>;
};
template <class T>
struct SignatureOf : SignatureOf<decltype(&T::operator())> {};
template <class R, class... Args>
struct SignatureOf<R (*)(Args...)> : Signature<false, R, Args...> {};
template <class R, class... Args>
struct SignatureOf<R (*)(Caller&, Args...)> : Signature<true, R, Args...> {};
template <class R, class C, class... Args>
struct SignatureOf<R (C::*)(Args...)> : Signature<false, R, Args...> {};
template <class R, class C, class... Args>
struct SignatureOf<R (C::*)(Args...) const> : Signature<false, R, Args...> {};
template <class R, class C, class... Args>
struct SignatureOf<R (C::*)(Caller&, Args...)> : Signature<true, R, Args...> {};
template <class R, class C, class... Args>
struct SignatureOf<R (C::*)(Caller&, Args...) const> : Signature<true, R, Args...> {};
template <class R, class... Args>
struct SignatureOf<R (*)(Args...) noexcept> : Signature<false, R, Args...> {};
template <class R, class C, class... Args>
struct SignatureOf<R (C::*)(Args...) const noexcept> : Signature<false, R, Args...> {};

template <class F>
struct TypedHost final : HostFunction {
  using Sig = SignatureOf<F>;
  using Params = typename Sig::Params;
  using Return = typename Sig::Return;
  using Values = typename ReturnOf<Return>::Values;
  static constexpr std::size_t kParams = std::tuple_size_v<Params>;

  explicit TypedHost(F callable) : f(std::move(callable)) {}
  F f;

  static bool entry(const FuncRef* self, VmCtx* caller, Slot* slots) {
    // SAFETY: make_typed stored this object's address as its FuncRef's vmctx, and nobody else makes FuncRefs with this entry.
    auto* host = reinterpret_cast<TypedHost*>(self->vmctx);
    try {
      return host->call(caller, slots, std::make_index_sequence<kParams>());
    } catch (const std::exception& error) {
      return host_threw(caller, error.what());
    } catch (...) {
      return host_threw(caller, "unknown C++ exception");
    }
  }

 private:
  template <std::size_t... I>
  bool call(VmCtx* vmctx, Slot* slots, std::index_sequence<I...>) {
    [[maybe_unused]] runtime::Store* store = vmctx->store->owner;
    auto run = [&]() -> Return {
      if constexpr (Sig::kTakesCaller) {
        Caller caller(vmctx);
        return f(caller, Crossing<std::tuple_element_t<I, Params>>::load(store, slots[I])...);
      } else {
        return f(Crossing<std::tuple_element_t<I, Params>>::load(store, slots[I])...);
      }
    };
    if constexpr (ReturnOf<Return>::kFallible) {
      auto result = run();
      if (!result) [[unlikely]]
        return host_failed(vmctx, std::move(result).error());
      if constexpr (std::tuple_size_v<Values> == 0)
        return true;
      else
        return put(vmctx, slots, *std::move(result));
    } else if constexpr (std::is_void_v<Return>) {
      run();
      return true;
    } else {
      return put(vmctx, slots, run());
    }
  }
  template <class R>
  static bool put(VmCtx* vmctx, Slot* slots, const R& value) {
    runtime::Store* store = vmctx->store->owner;
    bool ok;
    if constexpr (std::is_same_v<R, Values>) {
      ok = [&]<std::size_t... I>(std::index_sequence<I...>) {
        return (Crossing<std::tuple_element_t<I, Values>>::store(store, slots[I], std::get<I>(value)) && ...);
      }(std::make_index_sequence<std::tuple_size_v<Values>>());
    } else {
      ok = Crossing<R>::store(store, slots[0], value);
    }
    if (!ok) [[unlikely]]
      return host_failed(vmctx, Error(ErrorCode::WrongType, "host function returned a value of another store"));
    return true;
  }
};

/// Interns the type and fills the FuncRef.
Result<> finish_host(runtime::Engine& engine, HostFunction& function, void* self, ArrayEntry entry, std::vector<ValType> params,
                     std::vector<ValType> results);

template <class F>
Result<std::shared_ptr<HostFunction>> make_typed(runtime::Engine& engine, F f) {
  using Host = TypedHost<std::decay_t<F>>;
  auto host = std::make_shared<Host>(std::move(f));
  TENON_TRY_VOID(finish_host(engine, *host, host.get(), &Host::entry, TypesOf<typename Host::Params>::list(),
                             TypesOf<typename Host::Values>::list()));
  return host;
}

}  // namespace tenon::detail

namespace tenon {

/// A function with C++ types. Calling it allocates nothing. Valid as long as its store.
template <class R, class... Args>
class TypedFunc<R(Args...)> {
  using Values = typename detail::ReturnOf<R>::Values;
  static constexpr std::size_t kResults = std::tuple_size_v<Values>;
  static constexpr std::size_t kSlots = std::max({sizeof...(Args), kResults, std::size_t{1}});

 public:
  TypedFunc(runtime::Store* store, FuncRef* func) : store_(store), func_(func) {}

  /// Calls it. Fails with what ended the call, or WrongType where a reference is of another store.
  Result<R> call(Args... args) const {
    return call_indexed(std::index_sequence_for<Args...>(), std::make_index_sequence<kResults>(), args...);
  }
  Result<R> operator()(Args... args) const { return call(args...); }
  Func func() const { return Func(store_, func_); }

 private:
  template <std::size_t... I, std::size_t... J>
  Result<R> call_indexed(std::index_sequence<I...>, std::index_sequence<J...>, const Args&... args) const {
    // Left uninitialised: only what the callee reads is written.
    alignas(Slot) std::byte room[kSlots * sizeof(Slot)];
    // SAFETY: Slot is trivially copyable and the storage has its size and alignment.
    Slot* slots = reinterpret_cast<Slot*>(room);
    if (!(detail::Crossing<std::remove_cvref_t<Args>>::store(store_, slots[I], args) && ...)) [[unlikely]]
      return detail::wrong_store();
    if (!store_->enter(func_, slots)) [[unlikely]]
      return std::unexpected(detail::take_error(store_));
    if constexpr (std::is_void_v<R>)
      return {};
    else if constexpr (std::is_same_v<R, Values>)
      return R(detail::Crossing<std::tuple_element_t<J, Values>>::load(store_, slots[J])...);
    else
      return detail::Crossing<R>::load(store_, slots[0]);
  }
  runtime::Store* store_;
  FuncRef* func_;
};

template <class Sig>
struct SigTypes;
template <class R, class... Args>
struct SigTypes<R(Args...)> {
  static std::vector<ValType> params() { return detail::TypesOf<std::tuple<std::remove_cvref_t<Args>...>>::list(); }
  static std::vector<ValType> results() { return detail::TypesOf<typename detail::ReturnOf<R>::Values>::list(); }
};

template <class Sig>
Result<TypedFunc<Sig>> Func::typed() const {
  std::vector<ValType> params = SigTypes<Sig>::params(), results = SigTypes<Sig>::results();
  TENON_TRY_VOID(detail::check_signature(store_, func_, params, results));
  return TypedFunc<Sig>(store_, func_);
}

template <class F>
Result<Func> Func::wrap(StoreRef store, F f) {
  TENON_TRY(std::shared_ptr<detail::HostFunction> host, detail::make_typed(store.raw()->engine(), std::move(f)));
  FuncRef* ref = &host->ref;
  store.raw()->keep(std::move(host));
  return Func(store.raw(), ref);
}

}  // namespace tenon
