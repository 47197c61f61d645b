// runtime::Store: one isolated world of instances, memories, tables and references, and the state of the thread that runs it.
// A store is used by one thread at a time; only `interrupt` and the engine's epoch reach into it from elsewhere.
#pragma once

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

/// What an interrupt handle points to, for longer than the store lives.
struct InterruptTarget {
  std::mutex lock;
  StoreCtx* store = nullptr;  ///< null once the store is gone
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
  /// Ends the guest call that called a host function with that function's error.
  [[gnu::cold]] bool raise(Error error);
  /// What ended the last call that did not return. Clears it.
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
  /// Answers `interrupt` and the epoch: true to go on.
  bool poll();
  const std::shared_ptr<InterruptTarget>& interrupt_target() const { return interrupt_target_; }

  // --- what lives here. Everything lives as long as the store.

  /// Asks the limiter whether one more may be made.
  Result<> count_instance();
  Result<Memory*> new_memory(const MemoryType& type, MemoryDef* def = nullptr);
  Result<Memory*> new_memory(std::shared_ptr<SharedMemory> shared);
  Result<Table*> new_table(const TableType& type, Ref init, TableDef* def = nullptr);
  GlobalItem new_global(const GlobalType& type, const Slot& value);
  TagDef* new_tag(TypeId type);
  Instance* adopt(std::unique_ptr<Instance> instance);
  /// Keeps something (a host function) alive with the store.
  void keep(std::shared_ptr<const void> what) { kept_.push_back(std::move(what)); }
  const std::vector<std::unique_ptr<Instance>>& instances() const { return instances_; }
  /// A host value as an externref. No roots are taken: the object lives as long as the store.
  Ref new_extern(std::shared_ptr<void> value, const void* tag);
  /// A counted root that holds `ref`.
  Root* new_root(Ref ref);
  static void release_root(Root* root);

  /// Data of the embedder, one object for each C++ type; `tag` tells types apart.
  void* find_data(const void* tag) const {
    for (const Datum& datum : data_)
      if (datum.tag == tag) return datum.value.get();
    return nullptr;
  }
  void set_data(const void* tag, std::shared_ptr<void> value);

 private:
  explicit Store(std::shared_ptr<Engine> engine);
  struct Datum {
    const void* tag;
    std::shared_ptr<void> value;
  };

  std::shared_ptr<Engine> engine_;
  VmCtx host_context_{};
  u64 max_native_stack_;
  ResourceLimiter* limiter_ = nullptr;
  u64 fuel_reserve_ = 0;
  std::function<Result<UpdateDeadline>(Store&)> epoch_callback_;
  std::shared_ptr<InterruptTarget> interrupt_target_;
  std::optional<Error> host_error_;
  Backtrace pending_backtrace_;
  void* stack_mapping_ = nullptr;
  u64 stack_mapping_bytes_ = 0;
  Root* roots_ = nullptr;
  std::vector<std::unique_ptr<Instance>> instances_;
  // Definitions outlive the objects that free what they point to.
  std::deque<MemoryDef> memory_defs_;
  std::deque<TableDef> table_defs_;
  std::vector<std::unique_ptr<Memory>> memories_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::deque<Slot> globals_;
  std::deque<TagDef> tags_;
  std::deque<ExternObject> externs_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::vector<Datum> data_;
};

}  // namespace tenon::runtime
