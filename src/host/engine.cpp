// Engine, Module, Store and StoreLimits: thin over their runtime halves.
#include "tenon/host/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "tenon/host/module.h"
#include "tenon/host/store.h"
#include "tenon/spec/errors.h"

namespace tenon {

Result<Engine> Engine::create(const Config& config, EngineParts parts) {
  if (!parts.tier) return fail(ErrorCode::Usage, "an engine needs a tier that runs functions");
  if (config.max_wasm_stack == 0) return fail(ErrorCode::Usage, "max_wasm_stack size cannot be zero");
  runtime::Tunables tunables;
  tunables.memory_reserve = config.memory_reservation;
  tunables.memory_guard = config.memory_guard;
  tunables.max_wasm_stack = config.max_wasm_stack;
  // Stores cap what they map; here the product must not wrap.
  u64 scaled = std::min(config.max_wasm_stack, u64{1} << 40) * limits::kInterpreterStackFactor;
  tunables.interpreter_stack = config.interpreter_stack != 0 ? config.interpreter_stack : scaled;
  tunables.gc_heap_limit = config.gc_heap_limit;
  tunables.gc_heap_initial = config.gc_heap_initial;
  tunables.gc_zeal = config.gc_zeal;
  tunables.pool = config.pool;
  tunables.backtrace_frames = config.backtrace_frames;
  tunables.meters_fuel = config.consume_fuel;
  tunables.checks_epoch = config.epoch_interruption;
  tunables.canonicalizes_nans = config.canonicalize_nans;
  tunables.deterministic_relaxed_simd = config.deterministic_relaxed_simd;
  tunables.features = config.features;
  return Engine(std::make_shared<runtime::Engine>(tunables, std::move(parts), config.memory_allocator));
}

// --- modules

Result<Module> Module::compile(const Engine& engine, std::vector<u8> bytes) {
  runtime::FrontEnd* front = engine.raw()->front();
  if (front == nullptr) return fail(ErrorCode::Unsupported, "this engine has no front end: it takes descriptions only");
  TENON_TRY(auto desc, front->compile(engine.types(), std::move(bytes), engine.features()));
  return from_desc(engine, std::move(desc));
}

Result<Module> Module::from_desc(const Engine& engine, std::shared_ptr<const ModuleDesc> desc) {
  auto module = std::make_shared<const runtime::Module>(std::move(desc));
  if (const runtime::Pool* pool = engine.raw()->pool()) TENON_TRY_VOID(pool->check(*module));
  return Module(engine, std::move(module));
}

std::vector<ExportInfo> Module::exports() const {
  std::vector<ExportInfo> out;
  out.reserve(desc().exports.size());
  for (const ExportDesc& row : desc().exports) out.push_back({row.name, runtime::extern_type(desc(), row.kind, row.index)});
  return out;
}

std::optional<ExternType> Module::find_export(std::string_view name) const {
  const ExportDesc* row = module_->find_export(name);
  if (row == nullptr) return std::nullopt;
  return runtime::extern_type(desc(), row->kind, row->index);
}

// --- stores

Result<Store> Store::create(const Engine& engine) {
  TENON_TRY(auto store, runtime::Store::create(engine.raw()));
  return Store(std::move(store));
}

Result<> StoreRef::set_fuel(u64 fuel) const {
  if (!store_->engine().tunables().meters_fuel) return fail(ErrorCode::Usage, "fuel is not configured in this store");
  store_->set_fuel(fuel);
  return {};
}

void StoreRef::epoch_deadline_callback(std::function<Result<UpdateDeadline>(StoreRef)> callback) const {
  store_->set_epoch_callback([callback = std::move(callback)](runtime::Store& store) { return callback(StoreRef(&store)); });
}

namespace {
constexpr u64 kAny = ~u64{0};
}  // namespace

Result<bool> StoreLimits::memory_growing(u64, u64 desired, std::optional<u64> maximum) {
  if (desired <= std::min(memory_size_.value_or(kAny), maximum.value_or(kAny))) return true;
  if (trap_) return fail(ErrorCode::ResourceLimit, fmt::format("forcing trap when growing memory to {} bytes", desired));
  return false;
}

Result<bool> StoreLimits::table_growing(u64, u64 desired, std::optional<u64> maximum) {
  if (desired <= std::min(table_elements_.value_or(kAny), maximum.value_or(kAny))) return true;
  if (trap_) return fail(ErrorCode::ResourceLimit, fmt::format("forcing trap when growing table to {} elements", desired));
  return false;
}

Result<> StoreLimits::memory_grow_failed() {
  if (trap_) return fail(ErrorCode::ResourceLimit, "forcing a memory growth failure to be a trap");
  return {};
}

Result<> StoreLimits::table_grow_failed() {
  if (trap_) return fail(ErrorCode::ResourceLimit, "forcing a table growth failure to be a trap");
  return {};
}

void InterruptHandle::interrupt() const {
  target_->interrupt();
}

}  // namespace tenon
