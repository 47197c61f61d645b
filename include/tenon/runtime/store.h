// runtime::Store: one isolated world of instances, memories, tables and references, and the state of the thread that runs it.
// A store is used by one thread at a time; only `interrupt` and the engine's epoch reach into it from elsewhere.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "tenon/runtime/engine.h"
#include "tenon/runtime/heap.h"
#include "tenon/runtime/memory.h"
#include "tenon/runtime/trap.h"

namespace tenon::runtime {

class Instance;

struct GlobalItem {
  Slot* slot;
  GlobalType type;
};
/// Something that is imported or exported; the alternative's position is its ExternKind. Pointers live as long as their store.
using Item = std::variant<FuncRef*, Table*, Memory*, GlobalItem, TagDef*>;

/// Decides whether a store's memories and tables may grow and how many things it may have. Called on the store's thread.
class ResourceLimiter {
 public:
  virtual ~ResourceLimiter() = default;
  /// Sizes in bytes; `maximum` is the declared one. False refuses (the guest sees -1); an error becomes a trap.
  virtual Result<bool> memory_growing([[maybe_unused]] u64 current, [[maybe_unused]] u64 desired,
                                      [[maybe_unused]] std::optional<u64> maximum) {
    return true;
  }
  /// Sizes in elements.
  virtual Result<bool> table_growing([[maybe_unused]] u64 current, [[maybe_unused]] u64 desired,
                                     [[maybe_unused]] std::optional<u64> maximum) {
    return true;
  }
  /// A growth was refused, by this limiter, a declared maximum or the system. An error becomes a trap instead of -1.
  virtual Result<> memory_grow_failed() { return {}; }
  virtual Result<> table_grow_failed() { return {}; }
  virtual u64 instances() const { return limits::kStoreInstances; }
  virtual u64 memories() const { return limits::kStoreMemories; }
  virtual u64 tables() const { return limits::kStoreTables; }
};

/// What an epoch callback decides.
struct UpdateDeadline {
  u64 ticks = 1;  ///< go on until the epoch has advanced by this much
};

/// A thread of a store that is parked: whoever locks `lock` and notifies `wake` makes it look up.
struct Parked {
  std::mutex& lock;
  std::condition_variable& wake;
};

/// What an interrupt handle points to, for longer than the store lives.
struct InterruptTarget {
  std::mutex lock;            ///< taken before a Parked's
  StoreCtx* store = nullptr;  ///< null once the store is gone
  Parked* parked = nullptr;   ///< while the store's thread waits

  /// The store's running or next call ends at its next look. Thread-safe.
  void interrupt();
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> create(std::shared_ptr<Engine> engine);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The part that guest code sees.
  StoreCtx ctx;

  static Store& of(const StoreCtx* ctx) { return *ctx->owner; }
  Engine& engine() const { return *engine_; }
  const std::shared_ptr<Engine>& shared_engine() const { return engine_; }
  const TypeStore& types() const { return engine_->types(); }
  /// The context that stands for the host as a caller.
  VmCtx* host_context() { return &host_context_; }

  // --- calls

  /// Calls a function from the host: true when it returned; otherwise take_error() has the reason. `args_results` as for
  /// ArrayEntry. Any number of calls may be nested through host functions.
  bool enter(const FuncRef* func, Slot* args_results) {
    if (ctx.activation) return func->array_entry(func, &host_context_, args_results);
    // SAFETY: the address of a local's frame tells how deep the native stack is; it is not dereferenced.
    u64 here = reinterpret_cast<u64>(__builtin_frame_address(0));
    ctx.native_stack_limit = here > max_native_stack_ ? here - max_native_stack_ : 0;
    return func->array_entry(func, &host_context_, args_results);
  }
  /// Ends the running guest call with a trap and takes its backtrace; for `return store.raise(...)`. The tier has made its
  /// activation current.
  [[gnu::cold]] bool raise(TrapCode code);
  /// Ends it since `callee` does not fit on the stack; the backtrace begins with it.
  [[gnu::cold]] bool raise_stack_overflow(const FuncRef& callee);
  /// What the trap MemoryOutOfBounds that follows is to say.
  void note_memory_fault(u64 address, u64 size) { fault_ = {address, size}; }
  /// Ends the guest call that called a host function with that function's error.
  [[gnu::cold]] bool raise(Error error);
  /// Ends it with an exception, which goes to the nearest handler of the frames that called. The activation is current.
  [[gnu::cold]] bool raise_exception(Ref exception);
  /// Guest code goes on in spite of the pending exception, which it handles.
  void forget_exception() {
    ctx.pending = {};
    pending_backtrace_.clear();
  }
  /// What ended the last call that did not return. Clears it. An exception becomes an Error with an ExceptionPayload, which holds
  /// it and belongs to the store's thread.
  Error take_error();
  /// The guest frames that are running, innermost first.
  Backtrace backtrace() const { return backtrace(engine_->tunables().backtrace_frames); }
  /// The same with at most `most` frames.
  Backtrace backtrace(std::size_t most) const;

  // --- limits

  /// The limiter is the caller's and must outlive its use; null: the defaults.
  void set_limiter(ResourceLimiter* limiter) { limiter_ = limiter; }
  ResourceLimiter* limiter() const { return limiter_; }
  /// Fuel left, where the engine meters it.
  u64 fuel() const;
  void set_fuel(u64 fuel);
  /// Moves reserve fuel to where guests burn it; false when there is none left.
  bool refuel();
  void set_epoch_deadline(u64 ticks);
  /// Asked when the deadline has passed; an error ends the call. Without one the call traps Interrupt.
  void set_epoch_callback(std::function<Result<UpdateDeadline>(Store&)> callback) { epoch_callback_ = std::move(callback); }
  /// Whether `poll` has something to answer.
  bool is_due() const;
  /// Answers `interrupt` and the epoch: true to go on.
  bool poll();
  const std::shared_ptr<InterruptTarget>& interrupt_target() const { return interrupt_target_; }

  // --- what lives here. Everything lives as long as the store.

  /// Asks the limiter, and takes a place of the engine's pool, for one more.
  Result<> count_instance();
  /// Takes a place of the engine's pool for the collected heap, once.
  Result<> count_gc_heap();
  Result<Memory*> new_memory(const MemoryType& type, MemoryDef* def = nullptr);
  Result<Memory*> new_memory(std::shared_ptr<SharedMemory> shared);
  Result<Table*> new_table(const TableType& type, Ref init, TableDef* def = nullptr);
  GlobalItem new_global(const GlobalType& type, const Slot& value);
  TagDef* new_tag(TypeId type);
  Instance* adopt(std::unique_ptr<Instance> instance);
  /// Keeps something (a host function) alive with the store.
  void keep(std::shared_ptr<const void> what) { kept_.push_back(std::move(what)); }
  const std::vector<std::unique_ptr<Instance>>& instances() const { return instances_; }
  /// The garbage-collected heap.
  Heap& heap() { return *heap_; }
  const Heap& heap() const { return *heap_; }
  /// The layout of a type's objects, known to this store from now on.
  Result<const HeapLayout*> layout_of(TypeId type);
  /// The collector visits this slot, which must live as long as the store, if `type` is of a collected hierarchy.
  void trace_global(ValType type, Slot* slot);
  /// The same for what an element segment holds.
  void trace_segment(ValType type, std::vector<Ref>* refs);
  /// A host value as an externref. No root is taken. Fails, as a trap would say it, where the heap is full.
  Result<Ref> new_extern(HostValue value);
  /// An exception whose arguments are zeros and nulls; null where there is no memory. May move other objects: arguments are read
  /// from where a collector finds them only afterwards, and written before anything else is allocated.
  Ref new_exception(const TagDef* tag);
  /// A counted root that holds `ref`.
  Root* new_root(Ref ref) { return heap_->new_root(ref); }
  static void release_root(Root* root);

  /// Data of the embedder, one object for each C++ type; `tag` tells types apart.
  void* find_data(const void* tag) const {
    for (const Datum& datum : data_)
      if (datum.tag == tag) return datum.value.get();
    return nullptr;
  }
  void set_data(const void* tag, std::shared_ptr<void> value);

 private:
  friend class Heap;
  explicit Store(std::shared_ptr<Engine> engine);
  Result<> take(Pooled what);
  struct Datum {
    const void* tag;
    std::shared_ptr<void> value;
  };

  std::shared_ptr<Engine> engine_;
  VmCtx host_context_{};
  u64 max_native_stack_;
  std::array<u32, kPooledKinds> pooled_{};  ///< places of the engine's pool
  ResourceLimiter* limiter_ = nullptr;
  u64 fuel_reserve_ = 0;
  std::function<Result<UpdateDeadline>(Store&)> epoch_callback_;
  std::shared_ptr<InterruptTarget> interrupt_target_;
  std::optional<Error> host_error_;
  Backtrace pending_backtrace_;
  struct MemoryFault {
    u64 address, size;
  };
  std::optional<MemoryFault> fault_;
  void* stack_mapping_ = nullptr;
  u64 stack_mapping_bytes_ = 0;
  std::unique_ptr<Heap> heap_;
  std::vector<Slot*> ref_globals_;
  std::vector<std::vector<Ref>*> ref_segments_;
  std::vector<std::unique_ptr<Instance>> instances_;
  // Definitions outlive the objects that free what they point to.
  std::deque<MemoryDef> memory_defs_;
  std::deque<TableDef> table_defs_;
  std::vector<std::unique_ptr<Memory>> memories_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::deque<Slot> globals_;
  std::deque<TagDef> tags_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::vector<Datum> data_;
};

}  // namespace tenon::runtime
