// Calls with types known at run time, and what typed calls need out of line.
#include "tenon/host/func.h"

#include <fmt/format.h>

#include "tenon/host/extern.h"
#include "tenon/runtime/instance.h"

namespace tenon {
namespace detail {
namespace {

/// A host function over Vals.
struct UntypedHost final : HostFunction {
  explicit UntypedHost(HostCallback callback) : callback(std::move(callback)) {}
  HostCallback callback;

  static bool entry(const FuncRef* self, VmCtx* caller, Slot* slots) {
    // SAFETY: make_untyped stored this object's address as its FuncRef's vmctx.
    auto* host = reinterpret_cast<UntypedHost*>(self->vmctx);
    try {
      return host->call(TypeId(self->type), caller, slots);
    } catch (const std::exception& error) {
      return host_threw(caller, error.what());
    } catch (...) {
      return host_threw(caller, "unknown C++ exception");
    }
  }

  bool call(TypeId id, VmCtx* vmctx, Slot* slots) const {
    Caller caller(vmctx);
    const TypeStore& types = caller.raw()->types();
    const FuncType& type = types.func(id);
    std::vector<Val> args, results;
    args.reserve(type.params.size());
    results.reserve(type.results.size());
    for (std::size_t i = 0; i < type.params.size(); ++i) args.push_back(Val::lift(caller, type.params[i], slots[i]));
    for (ValType result : type.results) results.push_back(Val::default_of(types, result).value_or(Val()));
    auto done = callback(caller, args, results);
    if (!done) return host_failed(vmctx, std::move(done).error());
    for (std::size_t i = 0; i < results.size(); ++i) {
      auto slot = results[i].lower(caller, type.results[i]);
      if (!slot) return host_failed(vmctx, std::move(slot).error().with_context(fmt::format("result {} of a host function", i)));
      slots[i] = *slot;
    }
    return true;
  }
};

}  // namespace

std::shared_ptr<HostFunction> make_untyped(runtime::Engine& engine, TypeId type, HostCallback callback) {
  auto host = std::make_shared<UntypedHost>(std::move(callback));
  const FuncType& func = engine.types().func(type);
  const Arity arity{static_cast<u32>(func.params.size()), static_cast<u32>(func.results.size())};
  // SAFETY: only `entry` reads a host function's vmctx, and casts it back.
  host->ref = FuncRef{nullptr, &UntypedHost::entry, reinterpret_cast<VmCtx*>(host.get()), type.value(), arity.pack(), nullptr};
  return host;
}

Result<std::shared_ptr<HostFunction>> make_untyped(runtime::Engine& engine, const FuncType& type, HostCallback callback) {
  auto host = std::make_shared<UntypedHost>(std::move(callback));
  TENON_TRY_VOID(finish_host(engine, *host, host.get(), &UntypedHost::entry, type.params, type.results));
  return host;
}

Result<> finish_host(runtime::Engine& engine, HostFunction& function, void* self, ArrayEntry entry, std::vector<ValType> params,
                     std::vector<ValType> results) {
  if (params.size() > limits::kFunctionParams || results.size() > limits::kFunctionResults)
    return fail(ErrorCode::LimitExceeded, "a host function has too many parameters or results");
  Arity arity{static_cast<u32>(params.size()), static_cast<u32>(results.size())};
  TENON_TRY(TypeId type, engine.types().intern(FuncType{std::move(params), std::move(results)}));
  // SAFETY: only `entry` reads a host function's vmctx, and casts it back.
  function.ref = FuncRef{nullptr, entry, reinterpret_cast<VmCtx*>(self), type.value(), arity.pack(), nullptr};
  return {};
}

bool host_threw(VmCtx* caller, const char* what) {
  auto payload = std::make_shared<runtime::TrapInfoPayload>();
  payload->code = TrapCode::HostFailed;
  return caller->store->owner->raise(
      Error(ErrorCode::Trap, fmt::format("wasm trap: {}: {}", info(TrapCode::HostFailed).message, what))
          .with_payload(std::move(payload)));
}

bool host_failed(VmCtx* caller, Error error) {
  return caller->store->owner->raise(std::move(error));
}

Error take_error(runtime::Store* store) {
  return store->take_error();
}

std::unexpected<Error> wrong_store() {
  return fail(ErrorCode::WrongType, "a reference of another store");
}

Result<> check_signature(runtime::Store* store, const FuncRef* func, std::span<const ValType> params,
                         std::span<const ValType> results) {
  const TypeStore& types = store->types();
  const FuncType& type = types.func(TypeId(func->type));
  auto differs = [&](std::string_view what, std::size_t expected, std::size_t given) {
    return fail(ErrorCode::WrongType, fmt::format("expected {} {}, found {}", given, what, expected));
  };
  if (type.params.size() != params.size()) return differs("parameters", type.params.size(), params.size());
  if (type.results.size() != results.size()) return differs("results", type.results.size(), results.size());
  auto mismatch = [](std::string_view what, std::size_t i, ValType expected, ValType found) {
    return fail(ErrorCode::WrongType,
                fmt::format("type mismatch with {} {}: expected {}, found {}", what, i, to_string(expected), to_string(found)));
  };
  for (std::size_t i = 0; i < params.size(); ++i)
    if (!types.is_subtype(params[i], type.params[i])) return mismatch("parameter", i, type.params[i], params[i]);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (!types.is_subtype(type.results[i], results[i])) return mismatch("result", i, results[i], type.results[i]);
  return {};
}

}  // namespace detail

Result<Func> Func::create(StoreRef store, const FuncType& type, HostCallback callback) {
  TENON_TRY(auto host, detail::make_untyped(store.raw()->engine(), type, std::move(callback)));
  FuncRef* ref = &host->ref;
  store.raw()->keep(std::move(host));
  return Func(store.raw(), ref);
}

Result<> Func::call(std::span<const Val> args, std::span<Val> results) const {
  const FuncType& type = this->type();
  if (args.size() != type.params.size())
    return fail(ErrorCode::WrongType, fmt::format("expected {} arguments, got {}", type.params.size(), args.size()));
  if (results.size() != type.results.size())
    return fail(ErrorCode::WrongType, fmt::format("expected {} results, got {}", type.results.size(), results.size()));
  // Most calls fit here; the others take the heap.
  constexpr std::size_t kInline = 16;
  Slot few[kInline];
  std::vector<Slot> many;
  Slot* slots = few;
  if (std::max(args.size(), results.size()) > kInline) {
    many.resize(std::max(args.size(), results.size()));
    slots = many.data();
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    auto slot = args[i].lower(store(), type.params[i]);
    if (!slot) return std::unexpected(std::move(slot).error().with_context(fmt::format("argument {}", i)));
    slots[i] = *slot;
  }
  if (!store_->enter(func_, slots)) return std::unexpected(store_->take_error());
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = Val::lift(store(), type.results[i], slots[i]);
  return {};
}

Result<std::vector<Val>> Func::call(std::span<const Val> args) const {
  std::vector<Val> results(type().results.size());
  TENON_TRY_VOID(call(args, results));
  return results;
}

std::optional<Extern> Caller::get_export(std::string_view name) const {
  if (vmctx_->instance == nullptr) return std::nullopt;
  auto item = vmctx_->instance->find_export(name);
  if (!item) return std::nullopt;
  return Extern(raw(), *item);
}

std::optional<Memory> Caller::memory() const {
  if (vmctx_->instance == nullptr) return std::nullopt;
  runtime::Memory* memory = vmctx_->instance->default_memory();
  return memory != nullptr ? std::optional(Memory(memory)) : std::nullopt;
}

}  // namespace tenon
