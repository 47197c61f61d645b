// The store: what guest code sees of it, how calls end, what it owns.
#include "tenon/runtime/store.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "tenon/runtime/instance.h"
#include "tenon/spec/errors.h"

namespace tenon::runtime {

Store::Store(std::shared_ptr<Engine> engine) : ctx{}, engine_(std::move(engine)) {
  const Tunables& tunables = engine_->tunables();
  ctx.epoch = &engine_->epoch();
  ctx.meters_fuel = tunables.meters_fuel;
  ctx.checks_epoch = tunables.checks_epoch;
  ctx.canonicalizes_nans = tunables.canonicalizes_nans;
  ctx.deterministic_relaxed_simd = tunables.deterministic_relaxed_simd;
  ctx.owner = this;
  host_context_.store = &ctx;
  max_native_stack_ = tunables.max_wasm_stack;
  interrupt_target_ = std::make_shared<InterruptTarget>();
  interrupt_target_->store = &ctx;
  heap_ = std::make_unique<Heap>(*this);
}

Result<std::unique_ptr<Store>> Store::create(std::shared_ptr<Engine> engine) {
  std::unique_ptr<Store> store(new Store(std::move(engine)));
  TENON_TRY_VOID(store->take(Pooled::Stack));
  u64 page = static_cast<u64>(sysconf(_SC_PAGESIZE));
  u64 asked = std::min(store->engine_->tunables().interpreter_stack, u64{1} << 40);
  u64 bytes = (std::max(asked, page) + page - 1) & ~(page - 1);
  u64 mapped = bytes + page;  // one page that nothing may touch
  void* at = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return fail(ErrorCode::OutOfMemory, fmt::format("failed to allocate {} bytes of interpreter stack", bytes));
  store->stack_mapping_ = at;
  store->stack_mapping_bytes_ = mapped;
  // SAFETY: the last page of our own mapping; the interpreter checks against stack_end, which is where it begins.
  mprotect(static_cast<u8*>(at) + bytes, page, PROT_NONE);
  store->ctx.stack_begin = store->ctx.stack_top = static_cast<Slot*>(at);
  store->ctx.stack_end = store->ctx.stack_begin + bytes / sizeof(Slot);
  return store;
}

Store::~Store() {
  {
    std::lock_guard lock(interrupt_target_->lock);
    interrupt_target_->store = nullptr;
  }
  // What the embedder keeps here may hold roots of this store: it goes first.
  data_.clear();
  epoch_callback_ = nullptr;
  heap_.reset();
  if (stack_mapping_) munmap(stack_mapping_, stack_mapping_bytes_);
  for (std::size_t kind = 0; kind < kPooledKinds; ++kind)
    if (pooled_[kind] != 0) engine_->pool()->give_back(static_cast<Pooled>(kind), pooled_[kind]);
}

// --- how calls end

Backtrace Store::backtrace(std::size_t most) const {
  Backtrace frames;
  struct State {
    Backtrace* frames;
    std::size_t most;
  } state{&frames, most};
  for (const Activation* at = ctx.activation; at != nullptr && frames.size() < state.most; at = at->outer) {
    at->walk(*at, &state, [](void* opaque, const FrameInfo& frame) {
      auto& state = *static_cast<State*>(opaque);
      if (state.frames->size() >= state.most) return false;
      state.frames->push_back({frame.vmctx->instance->module(), frame.func->func_index, frame.offset});
      return state.frames->size() < state.most;
    });
  }
  return frames;
}

namespace {

/// Moves a frame that was ended from outside to where others look whether it is to end: the beginning of the function, or the
/// loop that was about to turn.
void move_to_check(BacktraceFrame& frame) {
  const ModuleDesc& desc = frame.module->desc();
  const FuncSummary& func = desc.code[frame.func_index - desc.imported_funcs];
  constexpr u8 kAtomic = 0xfe;  // a wait that was ended is where it is
  if (frame.offset >= desc.bytes.size() || desc.bytes[frame.offset] == kAtomic) return;
  const auto begin = desc.loops.begin() + func.first_loop, end = begin + func.loop_count;
  const auto behind = std::partition_point(begin, end, [&](const LoopSummary& loop) { return loop.offset < frame.offset; });
  frame.offset = behind == begin ? func.body_offset : std::prev(behind)->offset;
}

}  // namespace

bool Store::raise(TrapCode code) {
  if (code != TrapCode::OutOfFuel) ctx.fuel = ctx.fuel_settled;
  if (code != TrapCode::MemoryOutOfBounds) fault_.reset();
  ctx.pending = {Pending::Kind::Trap, code, kNullRef};
  pending_backtrace_ = backtrace();
  if ((code == TrapCode::OutOfFuel || code == TrapCode::Interrupt) && !pending_backtrace_.empty())
    move_to_check(pending_backtrace_[0]);
  return false;
}

bool Store::raise_stack_overflow(const FuncRef& callee) {
  raise(TrapCode::StackOverflow);
  const std::size_t most = engine_->tunables().backtrace_frames;
  if (most == 0 || callee.vmctx->instance == nullptr || callee.summary == nullptr) return false;
  if (pending_backtrace_.size() == most) pending_backtrace_.pop_back();
  pending_backtrace_.insert(pending_backtrace_.begin(),
                            {callee.vmctx->instance->module(), callee.summary->func_index, BacktraceFrame::kNotBegun});
  return false;
}

bool Store::raise(Error error) {
  if (auto* thrown = dynamic_cast<ExceptionPayload*>(error.payload())) {
    if (thrown->root->store != this) return raise(Error(ErrorCode::WrongType, "an exception of another store"));
    // Where it was thrown first is where it came from.
    if (thrown->has_backtrace) pending_backtrace_ = std::move(thrown->backtrace);
    return raise_exception(thrown->root->ref);
  }
  ctx.fuel = ctx.fuel_settled;
  ctx.pending = {Pending::Kind::HostError, TrapCode::HostFailed, kNullRef};
  pending_backtrace_ = error.code() == ErrorCode::Exit ? Backtrace() : backtrace();
  host_error_.emplace(std::move(error));
  return false;
}

bool Store::raise_exception(Ref exception) {
  ctx.pending = {Pending::Kind::Exception, TrapCode::UncaughtException, exception};
  if (pending_backtrace_.empty()) pending_backtrace_ = backtrace();
  return false;
}

ExceptionPayload::~ExceptionPayload() {
  Store::release_root(root);
}

Error Store::take_error() {
  Pending pending = ctx.pending;
  ctx.pending = {};
  Backtrace frames = std::move(pending_backtrace_);
  pending_backtrace_.clear();
  const std::optional<MemoryFault> fault = std::exchange(fault_, std::nullopt);
  std::optional<Error> error;
  switch (pending.kind) {
    case Pending::Kind::HostError:
      error = std::move(host_error_);
      host_error_.reset();
      break;
    case Pending::Kind::Exception:
      error.emplace(Error(ErrorCode::Exception, std::string(info(TrapCode::UncaughtException).message))
                        .with_payload(std::make_shared<ExceptionPayload>(new_root(pending.exception))));
      break;
    case Pending::Kind::None:
      // A tier that fails without a reason is wrong, but the host must live.
      pending.trap = TrapCode::NotImplemented;
      [[fallthrough]];
    case Pending::Kind::Trap:
      error.emplace(ErrorCode::Trap, fmt::format("wasm trap: {}", info(pending.trap).message));
      if (fault && pending.trap == TrapCode::MemoryOutOfBounds)
        error = std::move(*error).with_context(
            fmt::format("memory fault at wasm address {:#x} in linear memory of size {:#x}", fault->address, fault->size));
      break;
  }
  if (error->code() == ErrorCode::Exit) return std::move(*error);
  auto* payload = dynamic_cast<TrapInfoPayload*>(error->payload());
  if (payload == nullptr) {
    auto fresh = std::make_shared<TrapInfoPayload>();
    payload = fresh.get();
    if (pending.kind == Pending::Kind::Trap || pending.kind == Pending::Kind::None) payload->code = pending.trap;
    // Another library's payload stays; the backtrace is then in the context only.
    if (error->payload() == nullptr) error = std::move(*error).with_payload(fresh);
    if (!frames.empty()) error = std::move(*error).with_context(to_string(frames));
    payload->backtrace = std::move(frames);
    payload->has_backtrace = true;
  } else if (!payload->has_backtrace) {
    if (!frames.empty()) error = std::move(*error).with_context(to_string(frames));
    payload->backtrace = std::move(frames);
    payload->has_backtrace = true;
  }
  return std::move(*error);
}

// --- limits

u64 Store::fuel() const {
  return ctx.meters_fuel ? static_cast<u64>(std::max<i64>(ctx.fuel, 0)) + fuel_reserve_ : 0;
}

void Store::set_fuel(u64 fuel) {
  constexpr u64 kMost = ~u64{0} >> 1;
  ctx.fuel = ctx.fuel_settled = static_cast<i64>(std::min(fuel, kMost));
  fuel_reserve_ = fuel - std::min(fuel, kMost);
}

bool Store::refuel() {
  if (fuel_reserve_ == 0) return false;
  u64 step = std::min<u64>(fuel_reserve_, ~u64{0} >> 2);
  fuel_reserve_ -= step;
  ctx.fuel += static_cast<i64>(step);
  ctx.fuel_settled += static_cast<i64>(step);
  return ctx.fuel >= 0;
}

void Store::set_epoch_deadline(u64 ticks) {
  u64 now = engine_->epoch().load(std::memory_order_relaxed);
  ctx.epoch_deadline = ticks > ~u64{0} - now ? ~u64{0} : now + ticks;
}

void InterruptTarget::interrupt() {
  std::lock_guard guard(lock);
  if (store == nullptr) return;
  store->interrupt.store(1, std::memory_order_relaxed);
  if (parked == nullptr) return;
  // Under its lock the waiter has either not looked yet, or sleeps already.
  std::lock_guard waiter(parked->lock);
  parked->wake.notify_one();
}

bool Store::is_due() const {
  return ctx.interrupt.load(std::memory_order_relaxed) != 0 ||
         (ctx.checks_epoch && ctx.epoch->load(std::memory_order_relaxed) >= ctx.epoch_deadline);
}

bool Store::poll() {
  if (ctx.interrupt.load(std::memory_order_relaxed) != 0) {
    ctx.interrupt.store(0, std::memory_order_relaxed);
    return raise(TrapCode::Interrupt);
  }
  if (ctx.checks_epoch && ctx.epoch->load(std::memory_order_relaxed) >= ctx.epoch_deadline) {
    if (!epoch_callback_) return raise(TrapCode::Interrupt);
    Result<UpdateDeadline> answer = epoch_callback_(*this);
    if (!answer) return raise(std::move(answer).error());
    set_epoch_deadline(answer->ticks);
  }
  return true;
}

// --- what lives here

namespace {

Error too_many(std::string_view what, u64 count) {
  return Error(ErrorCode::ResourceLimit, fmt::format("resource limit exceeded: {} count too high at {}", what, count + 1));
}

}  // namespace

Result<> Store::take(Pooled what) {
  if (engine_->pool() == nullptr) return {};
  TENON_TRY_VOID(engine_->pool()->take(what));
  ++pooled_[static_cast<u8>(what)];
  return {};
}

Result<> Store::count_instance() {
  u64 limit = limiter_ ? limiter_->instances() : limits::kStoreInstances;
  if (instances_.size() >= limit) return std::unexpected(too_many("instance", instances_.size()));
  return take(Pooled::CoreInstance);
}

Result<> Store::count_gc_heap() {
  if (pooled_[static_cast<u8>(Pooled::GcHeap)] != 0) return {};
  return take(Pooled::GcHeap);
}

Result<Memory*> Store::new_memory(const MemoryType& type, MemoryDef* def) {
  u64 limit = limiter_ ? limiter_->memories() : limits::kStoreMemories;
  if (memories_.size() >= limit) return std::unexpected(too_many("memory", memories_.size()));
  if (type.is_shared) {
    TENON_TRY(std::shared_ptr<SharedMemory> shared, SharedMemory::create(*engine_, type));
    return new_memory(std::move(shared));
  }
  if (limiter_) {
    constexpr u64 kMost = ~u64{0};
    auto bytes = [&](u64 pages) { return pages > (kMost >> type.page_size_log2) ? kMost : pages << type.page_size_log2; };
    std::optional<u64> maximum;
    if (type.limits.max) maximum = bytes(*type.limits.max);
    TENON_TRY(bool allowed, limiter_->memory_growing(0, bytes(type.limits.min), maximum));
    if (!allowed)
      return fail(ErrorCode::ResourceLimit,
                  fmt::format("memory minimum size of {} pages exceeds memory limits", type.limits.min));
  }
  TENON_TRY_VOID(take(Pooled::Memory));
  if (def == nullptr) def = &memory_defs_.emplace_back();
  TENON_TRY(std::unique_ptr<Memory> memory, Memory::create(*this, type, def));
  return memories_.emplace_back(std::move(memory)).get();
}

Result<Memory*> Store::new_memory(std::shared_ptr<SharedMemory> shared) {
  return memories_.emplace_back(std::make_unique<Memory>(*this, std::move(shared))).get();
}

Result<Table*> Store::new_table(const TableType& type, Ref init, TableDef* def) {
  u64 limit = limiter_ ? limiter_->tables() : limits::kStoreTables;
  if (tables_.size() >= limit) return std::unexpected(too_many("table", tables_.size()));
  if (limiter_) {
    LocalRoots held(*heap_);
    held.refs.push_back(init);
    TENON_TRY(bool allowed, limiter_->table_growing(0, type.limits.min, type.limits.max));
    init = held.refs[0];
    if (!allowed)
      return fail(ErrorCode::ResourceLimit,
                  fmt::format("table minimum size of {} elements exceeds table limits", type.limits.min));
  }
  TENON_TRY_VOID(take(Pooled::Table));
  if (def == nullptr) def = &table_defs_.emplace_back();
  TENON_TRY(std::unique_ptr<Table> table, Table::create(*this, type, init, def));
  return tables_.emplace_back(std::move(table)).get();
}

GlobalItem Store::new_global(const GlobalType& type, const Slot& value) {
  Slot* slot = &globals_.emplace_back(value);
  trace_global(type.content, slot);
  return {slot, type};
}

TagDef* Store::new_tag(TypeId type) {
  return &tags_.emplace_back(TagDef{type.value()});
}

Instance* Store::adopt(std::unique_ptr<Instance> instance) {
  return instances_.emplace_back(std::move(instance)).get();
}

Result<const HeapLayout*> Store::layout_of(TypeId type) {
  TENON_TRY(const HeapLayout* layout, engine_->layouts().make(type));
  ctx.layouts = engine_->layouts().table();
  return layout;
}

void Store::trace_global(ValType type, Slot* slot) {
  if (type.is_ref() && types().top(type) != AbstractHeap::Func) ref_globals_.push_back(slot);
}

void Store::trace_segment(ValType type, std::vector<Ref>* refs) {
  if (types().top(type) != AbstractHeap::Func) ref_segments_.push_back(refs);
}

Result<Ref> Store::new_extern(HostValue value) {
  TrapCode why;
  HeapObject* object = heap_->allocate_extern(std::move(value), why);
  if (object == nullptr) return fail(ErrorCode::Trap, fmt::format("wasm trap: {}", info(why).message));
  return ref_of(object);
}

Ref Store::new_exception(const TagDef* tag) {
  auto layout = layout_of(TypeId(tag->type));
  if (!layout) return kNullRef;
  TrapCode why;
  HeapObject* object = heap_->allocate(**layout, why);
  if (object == nullptr) return kNullRef;
  static_cast<ExceptionObject*>(object)->tag = tag;
  return ref_of(object);
}

void Store::release_root(Root* root) {
  if (--root->count != 0) return;
  if (Store* store = root->store) store->heap_->release(root);
  delete root;
}

void Store::set_data(const void* tag, std::shared_ptr<void> value) {
  for (Datum& datum : data_)
    if (datum.tag == tag) {
      datum.value = std::move(value);
      return;
    }
  data_.push_back({tag, std::move(value)});
}

}  // namespace tenon::runtime
