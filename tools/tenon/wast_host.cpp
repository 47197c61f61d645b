// What scripts import from their host.
#include <fmt/format.h>

#include <cstdio>

#include "wast_runner.h"

namespace tenon::cli {
namespace {

/// A host function without a context: prints its arguments as the reference interpreter does, one `value : type` each.
bool print_entry(const FuncRef* self, VmCtx* caller, Slot* args) {
  const FuncType& type = runtime::Store::of(caller->store).types().func(TypeId(self->type));
  for (std::size_t i = 0; i < type.params.size(); ++i) {
    switch (type.params[i].kind()) {
      case TypeKind::I32:
        fmt::print("{}", args[i].s32);
        break;
      case TypeKind::I64:
        fmt::print("{}", args[i].s64);
        break;
      case TypeKind::F32:
        fmt::print("{}", args[i].f32_);
        break;
      default:
        fmt::print("{}", args[i].f64_);
        break;
    }
    fmt::print(" : {}\n", to_string(type.params[i]));
  }
  if (type.params.empty()) fmt::print("\n");
  return true;
}

bool collect_entry(const FuncRef*, VmCtx* caller, Slot*) {
  runtime::Store::of(caller->store).heap().collect();
  return true;
}

/// Defines functions, globals and the like in a store.
class HostModule {
 public:
  explicit HostModule(runtime::Store& store) : store_(store) {}

  Result<> func(const char* name, std::vector<ValType> params, ArrayEntry entry) {
    Arity arity{static_cast<u32>(params.size()), 0};
    TENON_TRY(TypeId type, store_.engine().types().intern(FuncType{std::move(params), {}}));
    auto ref = std::make_shared<FuncRef>(FuncRef{nullptr, entry, store_.host_context(), type.value(), arity.pack(), nullptr});
    store_.keep(ref);
    exports_.emplace(name, ref.get());
    return {};
  }
  void global(const char* name, ValType type, u64 bits) {
    Slot value;
    value.u64_ = bits;
    exports_.emplace(name, store_.new_global(GlobalType{type, false}, value));
  }
  Result<> table(const char* name, bool is_64) {
    TENON_TRY(runtime::Table * table, store_.new_table(TableType{ValType::funcref(), {10, 20}, is_64}, kNullRef));
    exports_.emplace(name, table);
    return {};
  }
  Result<> memory(const char* name, const MemoryType& type) {
    if (type.is_shared) {
      TENON_TRY(auto shared, runtime::SharedMemory::create(store_.engine(), type));
      TENON_TRY(runtime::Memory * memory, store_.new_memory(std::move(shared)));
      exports_.emplace(name, memory);
      return {};
    }
    TENON_TRY(runtime::Memory * memory, store_.new_memory(type));
    exports_.emplace(name, memory);
    return {};
  }
  Exports take() { return std::move(exports_); }

 private:
  runtime::Store& store_;
  Exports exports_;
};

}  // namespace

Result<Exports> make_spectest(runtime::Store& store) {
  using V = ValType;
  HostModule host(store);
  TENON_TRY_VOID(host.func("print", {}, &print_entry));
  TENON_TRY_VOID(host.func("print_i32", {V::i32()}, &print_entry));
  TENON_TRY_VOID(host.func("print_i64", {V::i64()}, &print_entry));
  TENON_TRY_VOID(host.func("print_f32", {V::f32()}, &print_entry));
  TENON_TRY_VOID(host.func("print_f64", {V::f64()}, &print_entry));
  TENON_TRY_VOID(host.func("print_i32_f32", {V::i32(), V::f32()}, &print_entry));
  TENON_TRY_VOID(host.func("print_f64_f64", {V::f64(), V::f64()}, &print_entry));
  host.global("global_i32", V::i32(), 666);
  host.global("global_i64", V::i64(), 666);
  host.global("global_f32", V::f32(), std::bit_cast<u32>(666.6f));
  host.global("global_f64", V::f64(), std::bit_cast<u64>(666.6));
  TENON_TRY_VOID(host.table("table", false));
  TENON_TRY_VOID(host.table("table64", true));
  TENON_TRY_VOID(host.memory("memory", MemoryType{.limits = {1, 2}}));
  TENON_TRY_VOID(host.memory("shared_memory", MemoryType{.limits = {1, 1}, .is_shared = true}));
  return host.take();
}

Result<Exports> make_wasmtime_host(runtime::Store& store) {
  HostModule host(store);
  TENON_TRY_VOID(host.func("gc", {}, &collect_entry));
  return host.take();
}

}  // namespace tenon::cli
