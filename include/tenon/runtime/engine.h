// runtime::Engine: what all stores of one engine share: canonical types, the epoch counter, settings, and the two plugs, the tier
// that runs functions and the allocator of linear memories. No compiler and no reader is known here.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>

#include "tenon/abi/vmctx.h"
#include "tenon/base/result.h"
#include "tenon/runtime/layouts.h"
#include "tenon/runtime/pool.h"
#include "tenon/spec/features.h"
#include "tenon/spec/limits.h"
#include "tenon/spec/type_store.h"

namespace tenon::runtime {

/// What runs functions. One object serves all stores of an engine; calls come from any thread.
class Tier {
 public:
  virtual ~Tier() = default;
  /// Name for messages and tests: "interp".
  virtual std::string_view name() const = 0;
  /// Sets the entries of a new instance's own functions; all other fields are set. `array_entry` must not stay null.
  virtual void set_entries(const ModuleDesc& module, std::span<FuncRef> own) = 0;
};

/// What makes a validated module of bytes. Thread-safe.
class FrontEnd {
 public:
  virtual ~FrontEnd() = default;
  /// Types of the description are canonical in `types`.
  virtual Result<std::shared_ptr<const ModuleDesc>> compile(TypeStore& types, std::vector<u8> bytes,
                                                            const Features& features) = 0;
};

/// The plugs of an engine. Without a front end it can only take descriptions that were made elsewhere.
struct EngineParts {
  std::shared_ptr<FrontEnd> front;
  std::shared_ptr<Tier> tier;
};

/// Storage of one linear memory. Owned by one runtime::Memory; calls are made by one thread at a time.
class LinearMemory {
 public:
  virtual ~LinearMemory() = default;
  /// First byte; constant unless grow moved it.
  virtual u8* base() const = 0;
  /// Makes [base, base + bytes) readable and writable, new bytes zero; `bytes` is never less than before. May move only where
  /// the request allowed it. On failure nothing has changed.
  virtual bool grow(u64 bytes) = 0;
};

/// What a linear memory is asked to be.
struct MemoryRequest {
  u64 minimum = 0;       ///< bytes, readable, writable and zero at once
  u64 maximum = 0;       ///< bytes that it may ever have
  u64 reserve = 0;       ///< address space asked for, so that growing within it does not move
  u64 guard = 0;         ///< inaccessible bytes behind the reservation
  bool may_move = true;  ///< growing may change the base
};

/// Makes linear memories; replaced by embedders that own their address space. Thread-safe.
class MemoryAllocator {
 public:
  virtual ~MemoryAllocator() = default;
  /// Null when there is no memory.
  virtual std::unique_ptr<LinearMemory> allocate(const MemoryRequest& request) = 0;
};

/// The default: anonymous mappings of the operating system, with reserved address space where asked and available.
std::shared_ptr<MemoryAllocator> system_memory_allocator();

/// Settings that stores and instances obey.
struct Tunables {
  u64 memory_reserve = u64{4} << 30;  ///< bytes of address space for a memory that may grow that far; 0: grow by moving
  u64 memory_guard = 0;               ///< bytes behind it; for tiers that leave out bounds checks
  u64 max_wasm_stack = limits::kMaxWasmStack;
  u64 interpreter_stack = limits::kMaxWasmStack * limits::kInterpreterStackFactor;
  u32 backtrace_frames = limits::kBacktraceFrames;  ///< 0: traps carry none
  bool meters_fuel = false;
  bool checks_epoch = false;
  bool canonicalizes_nans = false;
  bool deterministic_relaxed_simd = false;
  u64 gc_heap_limit = limits::kGcHeap;           ///< bytes of objects in a store, reachable or not yet collected
  u64 gc_heap_initial = limits::kGcHeapInitial;  ///< bytes of objects before the first collection
  std::optional<PoolLimits> pool;                ///< bounds over all stores of an engine
  u32 gc_zeal = 0;  ///< for tests: every so many allocations all objects move and the old ones become inaccessible; 0: never
  Features features = Features::defaults();
};

/// See the top of the file. Thread-safe.
class Engine {
 public:
  /// `parts.tier` must be set; `memories` null: the system's.
  Engine(Tunables tunables, EngineParts parts, std::shared_ptr<MemoryAllocator> memories = nullptr);

  TypeStore& types() { return types_; }
  const TypeStore& types() const { return types_; }
  const Tunables& tunables() const { return tunables_; }
  Tier& tier() const { return *parts_.tier; }
  Layouts& layouts() { return layouts_; }
  FrontEnd* front() const { return parts_.front.get(); }
  MemoryAllocator& memories() const { return *memories_; }
  /// Null where nothing is bounded over all stores.
  Pool* pool() const { return pool_.get(); }
  const std::atomic<u64>& epoch() const { return epoch_; }
  void increment_epoch() { epoch_.fetch_add(1, std::memory_order_relaxed); }

 private:
  TypeStore types_;
  Layouts layouts_{types_};
  Tunables tunables_;
  EngineParts parts_;
  std::shared_ptr<MemoryAllocator> memories_;
  std::unique_ptr<Pool> pool_;
  std::atomic<u64> epoch_{0};
};

}  // namespace tenon::runtime
