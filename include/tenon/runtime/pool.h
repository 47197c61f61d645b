// Bounds on what lives in an engine at a time, over all its stores, and how much of it there is now. The names and the words of
// errors are those of Wasmtime's pooling allocator; nothing is reserved beforehand here.
#pragma once

#include <array>
#include <atomic>

#include "tenon/base/result.h"

namespace tenon::runtime {

class Module;

/// Bounds of an engine. The defaults are Wasmtime's.
struct PoolLimits {
  u32 core_instances = 1000;  ///< at a time
  u32 memories = 1000;
  u32 tables = 1000;
  u32 stacks = 1000;  ///< every store has one
  u32 gc_heaps = 1000;
  u64 memory_bytes = u64{4} << 30;    ///< each memory, when it is made and when it grows
  u64 table_elements = 20'000;        ///< each table, when it is made and when it grows
  u64 core_instance_bytes = 1 << 20;  ///< of an instance's own tables of functions, globals and so on
  u32 memories_per_module = 1;
  u32 tables_per_module = 1;
};

/// What a pool counts, in the order of PoolLimits.
enum class Pooled : u8 { CoreInstance, Memory, Table, Stack, GcHeap };
inline constexpr std::size_t kPooledKinds = 5;

/// See the top of the file. Thread-safe.
class Pool {
 public:
  explicit Pool(const PoolLimits& limits) : limits_(limits) {}
  const PoolLimits& limits() const { return limits_; }
  /// Whether the module's own memories and tables fit at all. Fails with ResourceLimit.
  Result<> check(const Module& module) const;
  /// One more; fails with ResourceLimit where there are as many as may be.
  Result<> take(Pooled what);
  /// So many of a kind are gone.
  void give_back(Pooled what, u32 count) { live_[static_cast<u8>(what)].fetch_sub(count, std::memory_order_relaxed); }

 private:
  PoolLimits limits_;
  std::array<std::atomic<u32>, kPooledKinds> live_{};
};

}  // namespace tenon::runtime
