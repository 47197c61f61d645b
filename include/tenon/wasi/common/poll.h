// Waiting: for descriptors of the host, for time to pass, and for somebody who calls the wait off.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "tenon/wasi/common/errno.h"
#include "tenon/wasi/common/unique_fd.h"

namespace tenon::wasi {

/// Ends waits of a guest from another thread, for deadlines: a guest that sleeps or waits for input is not running, so the
/// store's own interrupt does not reach it.
class Interrupter {
 public:
  Interrupter();
  /// Ends the current wait and all later ones. Any thread; async-signal-safe.
  void interrupt();
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

/// One thing to wait for.
struct WaitItem {
  int fd = -1;          ///< of the host; -1 is ready at once
  bool write = false;   ///< wait for room, not for input
  bool ready = false;   ///< set by `wait`
  bool hangup = false;  ///< set by `wait`: the other side has closed
};

enum class WaitEnd : u8 { Ready, Timeout, Interrupted };

/// Waits until one of `items` is ready, `timeout` nanoseconds have passed (none: for ever), or `interrupter` (may be null) says
/// so. Blocks the calling thread.
Sys<WaitEnd> wait(std::span<WaitItem> items, std::optional<u64> timeout, const Interrupter* interrupter);

}  // namespace tenon::wasi
