// Engine: settings and types that modules and stores share; the root of the embedding API. The compiler and the tier are plugged
// in, so that a host links only what it uses.
#pragma once

#include <memory>

#include "tenon/base/result.h"
#include "tenon/runtime/engine.h"
#include "tenon/spec/features.h"

namespace tenon {

/// Settings of an engine. Plain values; set what differs from the defaults.
struct Config {
  /// Which proposals modules may use.
  Features features = Features::defaults();
  /// Guests burn fuel and trap OutOfFuel without it; stores begin with none.
  bool consume_fuel = false;
  /// Guests look at the engine's epoch; stores begin with a deadline that has passed.
  bool epoch_interruption = false;
  /// NaN results of arithmetic have canonical bits on every host.
  bool canonicalize_nans = false;
  /// Relaxed SIMD gives the same results on every host.
  bool deterministic_relaxed_simd = false;
  /// Native stack, in bytes, that nested guest and host calls may use, counted from the outermost call.
  u64 max_wasm_stack = limits::kMaxWasmStack;
  /// Bytes of interpreter stack of each store; 0: max_wasm_stack times limits::kInterpreterStackFactor.
  u64 interpreter_stack = 0;
  /// Address space reserved for each memory that may grow, and inaccessible bytes behind it.
  u64 memory_reservation = u64{4} << 30;
  u64 memory_guard = 0;
  /// Most bytes of collected objects (structs, arrays, exceptions, boxes of host values) that a store may have at a time, and how
  /// many it makes before it collects first. A guest that needs more traps HeapExhausted.
  u64 gc_heap_limit = limits::kGcHeap;
  u64 gc_heap_initial = limits::kGcHeapInitial;
  /// For tests: every so many allocations all objects move, and what they left becomes inaccessible; 0: never. Slow.
  u32 gc_zeal = 0;
  /// Bounds on what lives in all stores of the engine at a time; nothing: only stores' own limits. What is beyond fails with
  /// ResourceLimit, and memories and tables do not grow beyond.
  std::optional<runtime::PoolLimits> pool = {};
  /// Frames in a trap's backtrace; 0 takes none.
  u32 backtrace_frames = limits::kBacktraceFrames;
  /// Makes linear memories; null: mappings of the operating system.
  std::shared_ptr<runtime::MemoryAllocator> memory_allocator = {};
};

using runtime::EngineParts;
using runtime::FrontEnd;
using runtime::PoolLimits;

/// A counted handle; copies are the same engine. Thread-safe.
class Engine {
 public:
  /// `parts.tier` runs guests and must be given; `parts.front` compiles modules.
  static Result<Engine> create(const Config& config, EngineParts parts);

  /// Lets every store of this engine see that time has passed. Async-signal-safe and thread-safe.
  void increment_epoch() const { engine_->increment_epoch(); }
  const Features& features() const { return engine_->tunables().features; }
  /// The engine's canonical types, which TypeIds of modules and functions refer to.
  TypeStore& types() const { return engine_->types(); }
  bool same(const Engine& other) const { return engine_ == other.engine_; }

  const std::shared_ptr<runtime::Engine>& raw() const { return engine_; }
  explicit Engine(std::shared_ptr<runtime::Engine> engine) : engine_(std::move(engine)) {}

 private:
  std::shared_ptr<runtime::Engine> engine_;
};

}  // namespace tenon
