// Linear memories and tables: creation, growth under limits, and waiting on shared memories.
#include "tenon/runtime/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>

#include "tenon/runtime/store.h"
#include "tenon/spec/errors.h"

namespace tenon::runtime {
namespace {

constexpr u64 kMaxBytes = u64{1} << 47;

u64 load_length(const MemoryDef* def) {
  return __atomic_load_n(&def->length, __ATOMIC_ACQUIRE);
}

/// The greatest number of pages such a memory can ever have here.
u64 max_pages(const MemoryType& type, const Tunables& tunables) {
  u64 bytes = tunables.pool ? std::min(kMaxBytes, tunables.pool->memory_bytes) : kMaxBytes;
  u64 pages = bytes >> type.page_size_log2;
  if (!type.is_64) pages = std::min({pages, (u64{1} << 32) >> type.page_size_log2, u64{0xffff'ffff}});
  return std::min(pages, type.limits.max.value_or(pages));
}

Result<MemoryRequest> request_for(const Tunables& tunables, const MemoryType& type) {
  u64 most = max_pages(type, tunables);
  if (type.limits.min > most)
    return fail(ErrorCode::ResourceLimit, fmt::format("memory minimum size of {} pages exceeds memory limits", type.limits.min));
  MemoryRequest request;
  request.minimum = type.limits.min << type.page_size_log2;
  request.maximum = most << type.page_size_log2;
  request.reserve = tunables.memory_reserve;
  request.guard = tunables.memory_guard;
  request.may_move = !type.is_shared;
  return request;
}

Error no_memory(u64 bytes) {
  return Error(ErrorCode::OutOfMemory, fmt::format("failed to allocate {} bytes of linear memory", bytes));
}

}  // namespace

// --- shared memories

// Waiters whose addresses have the same hash, oldest first. A thread's entry lies on its own stack.
struct SharedMemory::Waiters {
  struct Waiter {
    u64 address;
    bool woken = false;
    std::condition_variable wake{};
    Waiter* previous = nullptr;
    Waiter* next = nullptr;
  };
  std::mutex lock;
  Waiter* first = nullptr;
  Waiter* last = nullptr;

  void add(Waiter& waiter) {
    waiter.previous = last;
    (last ? last->next : first) = &waiter;
    last = &waiter;
  }
  void remove(Waiter& waiter) {
    (waiter.previous ? waiter.previous->next : first) = waiter.next;
    (waiter.next ? waiter.next->previous : last) = waiter.previous;
  }
};

namespace {
constexpr u64 kWaiterLists = 32;
}

SharedMemory::Waiters& SharedMemory::waiters_at(u64 address) const {
  return waiters_[(address >> 2 ^ address >> 12) % kWaiterLists];
}

SharedMemory::~SharedMemory() = default;

Result<std::shared_ptr<SharedMemory>> SharedMemory::create(Engine& engine, const MemoryType& type) {
  if (!type.is_shared || !type.limits.max) return fail(ErrorCode::SharedMemoryNeedsMaximum, "shared memory must have a maximum");
  TENON_TRY(MemoryRequest request, request_for(engine.tunables(), type));
  std::shared_ptr<SharedMemory> memory(new SharedMemory);
  memory->type_ = type;
  memory->most_bytes_ = request.maximum;
  memory->storage_ = engine.memories().allocate(request);
  if (!memory->storage_) return std::unexpected(no_memory(request.minimum));
  memory->def_ = {memory->storage_->base(), request.minimum};
  memory->waiters_ = std::make_unique<Waiters[]>(kWaiterLists);
  return memory;
}

u64 SharedMemory::byte_size() const {
  return load_length(&def_);
}

std::optional<u64> SharedMemory::grow(u64 delta) {
  std::lock_guard lock(grow_lock_);
  u64 old = def_.length >> type_.page_size_log2;
  if (delta == 0) return old;
  u64 bytes = (old + delta) << type_.page_size_log2;
  if (delta > (most_bytes_ >> type_.page_size_log2) - old || !storage_->grow(bytes)) return std::nullopt;
  __atomic_store_n(&def_.length, bytes, __ATOMIC_RELEASE);
  return old;
}

u32 SharedMemory::notify(u64 address, u32 count) {
  Waiters& waiters = waiters_at(address);
  std::lock_guard lock(waiters.lock);
  u32 woken = 0;
  for (Waiters::Waiter* waiter = waiters.first; waiter != nullptr && woken < count;) {
    Waiters::Waiter* next = waiter->next;
    if (waiter->address == address) {
      waiters.remove(*waiter);
      waiter->woken = true;
      // Still under the lock: once woken, the waiter goes out of scope.
      waiter->wake.notify_one();
      ++woken;
    }
    waiter = next;
  }
  return woken;
}

namespace {

/// While it lives, interruption of a store wakes the thread that waits here.
class Parking {
 public:
  Parking(Store* store, std::mutex& lock, std::condition_variable& wake) : parked_{lock, wake} {
    if (store == nullptr) return;
    target_ = store->interrupt_target().get();
    set(&parked_);
  }
  ~Parking() {
    if (target_ != nullptr) set(nullptr);
  }

 private:
  void set(Parked* parked) {
    std::lock_guard guard(target_->lock);
    target_->parked = parked;
  }
  Parked parked_;
  InterruptTarget* target_ = nullptr;
};

}  // namespace

template <class T>
WaitResult SharedMemory::wait(u64 address, T expected, i64 timeout, Store* store) {
  using Clock = std::chrono::steady_clock;
  // Nobody says that the epoch has advanced: where a deadline counts, the wait looks up from time to time.
  constexpr auto kSlice = std::chrono::milliseconds(10);
  bool slices = store != nullptr && store->ctx.checks_epoch;
  // Centuries are for ever, and adding them to now does not overflow.
  constexpr i64 kLongest = i64{1} << 61;
  bool forever = timeout < 0 || timeout >= kLongest;
  auto deadline = Clock::now() + std::chrono::nanoseconds(forever ? kLongest : timeout);
  Waiters& waiters = waiters_at(address);
  Waiters::Waiter self{.address = address};
  // Outlives the lock: an interruption takes the two locks in this order.
  Parking parking(store, waiters.lock, self.wake);
  std::unique_lock lock(waiters.lock);
  // SAFETY: the caller has checked that the address is aligned and within the memory, which never moves.
  T now = __atomic_load_n(reinterpret_cast<T*>(def_.base + address), __ATOMIC_SEQ_CST);
  if (now != expected) return WaitResult::NotEqual;
  waiters.add(self);
  while (!self.woken) {
    if (store != nullptr && store->is_due()) {
      // The callback may take its time; notifications count meanwhile.
      lock.unlock();
      bool goes_on = store->poll();
      lock.lock();
      if (goes_on) continue;
      if (!self.woken) waiters.remove(self);
      return WaitResult::Interrupted;
    }
    if (!forever && Clock::now() >= deadline) {
      waiters.remove(self);
      return WaitResult::TimedOut;
    }
    if (slices)
      self.wake.wait_until(lock, std::min(deadline, Clock::now() + kSlice));
    else if (forever)
      self.wake.wait(lock);
    else
      self.wake.wait_until(lock, deadline);
  }
  return WaitResult::Woken;
}
template WaitResult SharedMemory::wait<u32>(u64, u32, i64, Store*);
template WaitResult SharedMemory::wait<u64>(u64, u64, i64, Store*);

// --- memories

Result<std::unique_ptr<Memory>> Memory::create(Store& store, const MemoryType& type, MemoryDef* def) {
  Engine& engine = store.engine();
  TENON_TRY(MemoryRequest request, request_for(engine.tunables(), type));
  std::unique_ptr<Memory> memory(new Memory(store, type));
  memory->def_ = def;
  memory->storage_ = engine.memories().allocate(request);
  if (!memory->storage_) return std::unexpected(no_memory(request.minimum));
  *def = {memory->storage_->base(), request.minimum};
  return memory;
}

Memory::Memory(Store& store, std::shared_ptr<SharedMemory> shared)
    : store_(&store), type_(shared->type()), def_(shared->def()), shared_(std::move(shared)) {}

u64 Memory::byte_size() const {
  return load_length(def_);
}

MemoryType Memory::type() const {
  MemoryType type = type_;
  type.limits.min = pages();
  return type;
}

Growth Memory::grow(u64 delta, u64& old_pages) {
  if (shared_) {
    std::optional<u64> old = shared_->grow(delta);
    if (old) old_pages = *old;
    return old ? Growth::Done : Growth::Refused;
  }
  u64 old = pages(), most = max_pages(type_, store_->engine().tunables());
  old_pages = old;
  if (delta == 0) return Growth::Done;
  ResourceLimiter* limiter = store_->limiter();
  // The limiter hears of attempts beyond the maximum, too; their size saturates.
  u64 desired = delta > (kMaxBytes >> type_.page_size_log2) - old ? ~u64{0} : (old + delta) << type_.page_size_log2;
  bool allowed = true;
  if (limiter) {
    std::optional<u64> maximum;
    if (type_.limits.max) maximum = std::min(*type_.limits.max, kMaxBytes >> type_.page_size_log2) << type_.page_size_log2;
    Result<bool> answer = limiter->memory_growing(byte_size(), desired, maximum);
    if (!answer) {
      store_->raise(std::move(answer).error());
      return Growth::Trap;
    }
    allowed = *answer;
  }
  if (allowed && delta <= most - old && storage_->grow(desired)) {
    def_->base = storage_->base();
    def_->length = desired;
    return Growth::Done;
  }
  if (limiter) {
    Result<> answer = limiter->memory_grow_failed();
    if (!answer) {
      store_->raise(std::move(answer).error());
      return Growth::Trap;
    }
  }
  return Growth::Refused;
}

// --- tables

namespace {

u64 most_elements(const Store& store) {
  const Pool* pool = store.engine().pool();
  return pool != nullptr ? std::min(limits::kTableEntries, pool->limits().table_elements) : limits::kTableEntries;
}

}  // namespace

Result<std::unique_ptr<Table>> Table::create(Store& store, const TableType& type, Ref init, TableDef* def) {
  if (type.limits.min > most_elements(store))
    return fail(ErrorCode::ResourceLimit, fmt::format("table minimum size of {} elements exceeds table limits", type.limits.min));
  std::unique_ptr<Table> table(new Table(store, type, def));
  *def = {nullptr, 0};
  u64 size = type.limits.min;
  if (size != 0) {
    def->base = static_cast<Ref*>(std::calloc(size, sizeof(Ref)));
    if (!def->base) return fail(ErrorCode::OutOfMemory, fmt::format("failed to allocate a table of {} elements", size));
    if (init != kNullRef) std::fill_n(def->base, size, init);
  }
  def->length = size;
  table->capacity_ = size;
  return table;
}

Table::~Table() {
  std::free(def_->base);
}

TableType Table::type() const {
  TableType type = type_;
  type.limits.min = def_->length;
  return type;
}

Growth Table::grow(u64 delta, Ref init, u64& old_size) {
  u64 old = def_->length;
  old_size = old;
  if (delta == 0) return Growth::Done;
  u64 most = std::min(most_elements(*store_), type_.limits.max.value_or(limits::kTableEntries));
  u64 desired = delta > ~u64{0} - old ? ~u64{0} : old + delta;
  ResourceLimiter* limiter = store_->limiter();
  bool allowed = true;
  if (limiter) {
    // What the limiter does may collect.
    LocalRoots held(store_->heap());
    held.refs.push_back(init);
    Result<bool> answer = limiter->table_growing(old, desired, type_.limits.max);
    init = held.refs[0];
    if (!answer) {
      store_->raise(std::move(answer).error());
      return Growth::Trap;
    }
    allowed = *answer;
  }
  if (allowed && desired <= most && ensure(desired)) {
    std::fill_n(def_->base + old, delta, init);
    def_->length = desired;
    return Growth::Done;
  }
  if (limiter) {
    Result<> answer = limiter->table_grow_failed();
    if (!answer) {
      store_->raise(std::move(answer).error());
      return Growth::Trap;
    }
  }
  return Growth::Refused;
}

bool Table::ensure(u64 size) {
  if (size <= capacity_) return true;
  u64 capacity = std::max(size, std::min(capacity_ + capacity_ / 2, limits::kTableEntries));
  auto* base = static_cast<Ref*>(std::realloc(def_->base, capacity * sizeof(Ref)));
  if (!base) return false;
  def_->base = base;
  capacity_ = capacity;
  return true;
}

}  // namespace tenon::runtime
