// Calls with types known at run time, and what typed calls need out of line.
#include "tenon/host/func.h"

#include <fmt/format.h>

#include <array>

#include "tenon/host/extern.h"
#include "tenon/runtime/instance.h"
#include "tenon/spec/errors.h"

namespace tenon {
namespace detail {

bool host_failed(VmCtx* caller, Error error) { return caller->store->owner->raise(std::move(error)); }

bool host_threw(VmCtx* caller, const char* what) {
  auto payload = std::make_shared<runtime::TrapInfoPayload>();
  payload->code = TrapCode::HostFailed;
  return host_failed(caller, Error(ErrorCode::Trap, fmt::format("wasm trap: {}: {}", info(TrapCode::HostFailed).message, what))
                                 .with_payload(std::move(payload)));
}

Error take_error(runtime::Store* store) { return store->take_error(); }

std::unexpected<Error> wrong_store() { return fail(ErrorCode::WrongType, "reference belongs to another store"); }

namespace {

bool same_types(std::span<const ValType> a, std::span<const ValType> b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string list(std::span<const ValType> types) {
  std::string out;
  for (ValType type : types) out += (out.empty() ? "" : " ") + to_string(type);
  return "[" + out + "]";
}

struct UntypedHost final : HostFunction {
  UntypedHost(const FuncType& type, HostCallback callback) : type(type), callback(std::move(callback)) {}
  FuncType type;
  HostCallback callback;

  static bool entry(const FuncRef* self, VmCtx* caller, Slot* slots) {
    // SAFETY: make_untyped stored this object's address as its FuncRef's vmctx, and nobody else makes FuncRefs with this entry.
    auto* host = reinterpret_cast<UntypedHost*>(self->vmctx);
    try {
      return host->run(caller, slots);
    } catch (const std::exception& error) {
      return host_threw(caller, error.what());
    } catch (...) {
      return host_threw(caller, "unknown C++ exception");
    }
  }

  bool run(VmCtx* vmctx, Slot* slots) {
    Caller caller(vmctx);
    const TypeStore& types = caller.raw()->types();
    std::vector<Val> args, results;
    args.reserve(type.params.size());
    for (std::size_t i = 0; i < type.params.size(); ++i) args.push_back(Val::lift(caller, type.params[i], slots[i]));
    results.reserve(type.results.size());
    for (ValType result : type.results) results.push_back(Val::default_of(types, result).value_or(Val()));
    if (Result<> ended = callback(caller, args, results); !ended) return host_failed(vmctx, std::move(ended).error());
    for (std::size_t i = 0; i < type.results.size(); ++i) {
      Result<Slot> slot = results[i].lower(caller, type.results[i]);
      if (!slot)
        return host_failed(vmctx, std::move(slot).error().with_context("function attempted to return an incompatible value"));
      slots[i] = *slot;
    }
    return true;
  }
};

}  // namespace

Result<> finish_host(runtime::Engine& engine, HostFunction& function, void* self, ArrayEntry entry, std::vector<ValType> params,
                     std::vector<ValType> results) {
  TENON_TRY(TypeId type, engine.types().intern(FuncType{std::move(params), std::move(results)}));
  function.ref.array_entry = entry;
  // SAFETY: only `entry` reads this field of a host function, and it knows what it is (vmctx.h, FuncRef::vmctx).
  function.ref.vmctx = static_cast<VmCtx*>(self);
  function.ref.type = type.value();
  return {};
}

Result<std::shared_ptr<HostFunction>> make_untyped(runtime::Engine& engine, const FuncType& type, HostCallback callback) {
  auto host = std::make_shared<UntypedHost>(type, std::move(callback));
  TENON_TRY_VOID(finish_host(engine, *host, host.get(), &UntypedHost::entry, type.params, type.results));
  return host;
}

Result<> check_signature(runtime::Store* store, const FuncRef* func, std::span<const ValType> params,
                         std::span<const ValType> results) {
  const FuncType& type = store->types().func(TypeId(func->type));
  if (same_types(type.params, params) && same_types(type.results, results)) return {};
  // References may cross where the function takes more, or gives less, than the C++ type says.
  bool fits = type.params.size() == params.size() && type.results.size() == results.size();
  for (std::size_t i = 0; fits && i < params.size(); ++i) fits = store->types().is_subtype(params[i], type.params[i]);
  for (std::size_t i = 0; fits && i < results.size(); ++i) fits = store->types().is_subtype(type.results[i], results[i]);
  if (fits) return {};
  return fail(ErrorCode::WrongType, fmt::format("type mismatch: expected {} -> {}, found {} -> {}", list(params), list(results),
                                                list(type.params), list(type.results)));
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
  constexpr std::size_t kFew = 8;
  std::array<Slot, kFew> few;
  std::vector<Slot> many;
  Slot* slots = few.data();
  if (std::size_t need = std::max(args.size(), results.size()); need > kFew) {
    many.resize(need);
    slots = many.data();
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    TENON_TRY(slots[i], args[i].lower(store(), type.params[i]));
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
  if (!vmctx_->instance) return std::nullopt;
  std::optional<runtime::Item> item = vmctx_->instance->find_export(name);
  if (!item) return std::nullopt;
  return Extern(store_, *item);
}

std::optional<Memory> Caller::memory() const {
  runtime::Memory* memory = vmctx_->instance ? vmctx_->instance->default_memory() : nullptr;
  if (!memory) return std::nullopt;
  return Memory(memory);
}

}  // namespace tenon
