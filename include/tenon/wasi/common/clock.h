// Clocks that guests may read. An embedder replaces them by deriving from Clocks (fixed time for replays, coarse time).
#pragma once

#include <memory>

#include "tenon/wasi/common/errno.h"

namespace tenon::wasi {

/// Which clock; the values are those of preview 1.
enum class ClockId : u8 { Realtime, Monotonic, ProcessCpu, ThreadCpu };
inline constexpr u32 kClockCount = 4;

/// A source of times in nanoseconds. Called only by the thread that runs the store.
class Clocks {
 public:
  virtual ~Clocks() = default;
  /// The time. Realtime counts from 1970-01-01T00:00:00Z; Monotonic from an unspecified moment, and never goes back.
  virtual Sys<u64> now(ClockId id) = 0;
  /// The clock's tick; never zero.
  virtual Sys<u64> resolution(ClockId id) = 0;
};

/// The host's clocks. Monotonic starts near zero when the object is made, so that guests do not learn how long the host has
/// been up.
std::unique_ptr<Clocks> host_clocks();

/// Clocks that stand still but for `step` nanoseconds at each reading: Realtime starts at `realtime`, the others at zero.
std::unique_ptr<Clocks> fixed_clocks(u64 realtime, u64 step);

}  // namespace tenon::wasi
