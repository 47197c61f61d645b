// WASI preview 1 (wasi_snapshot_preview1) over the capability layer.
//
// Differences from other hosts that are meant: all 46 functions do what the specification says, so far as Linux can; rights
// that a guest gives up are gone (Notcapable), but a guest that asks for too few when it opens a file gets those that the
// directory passes on, as guests have come to expect; directory cookies are the file system's own. Sockets that were granted
// come after the directories, so that guests' C libraries, which stop at the first descriptor that is no directory, find these.
// Of a mounted /proc nothing can be written, and no process's memory be read.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "tenon/base/result.h"
#include "tenon/wasi/common/config.h"
#include "tenon/wasi/common/guest_memory.h"

namespace tenon {
class Linker;
class StoreRef;
}  // namespace tenon

namespace tenon::wasi {

namespace p1 {
class P1State;
}

/// Rides in an Error of code Exit: the guest ended itself.
struct ExitStatus final : ErrorPayload {
  explicit ExitStatus(i32 status) : code(status) {}
  i32 code;
};

/// One guest's view of the world: its descriptors and what Config granted. Used by the thread that runs the guest.
class P1Ctx {
 public:
  /// Preopened directories are descriptors 3 on, in order, then sockets. LimitExceeded when there are too many.
  static Result<std::shared_ptr<P1Ctx>> create(Config config);
  ~P1Ctx();

  /// The same world as another thread of the guest sees it: descriptors, streams, all that was granted. Call it while no function
  /// is under way on this context, and use each context on one thread. Config::interrupter must be set: with it no call holds
  /// others up while it waits.
  std::shared_ptr<P1Ctx> for_thread();

  p1::P1State& state() { return *state_; }
  /// Ends every wait of any thread from now on, if Config::interrupter is set. Any thread.
  void interrupt();
  /// Writes out what output streams keep.
  void flush();
  /// Whether Config::interrupter has called a wait off, so that the guest was ended where it did not run.
  bool wait_interrupted() const;

 private:
  explicit P1Ctx(std::unique_ptr<p1::P1State> state);
  std::unique_ptr<p1::P1State> state_;
};

/// One function of the interface, callable with raw values: i32 in the low half. Answers the errno (0 for proc_exit, which
/// never answers). An error ends the call: code Exit with ExitStatus, Trap for an interrupted wait, Host for anything else.
struct P1Function {
  std::string_view name;
  std::string_view params;   ///< i and I
  std::string_view results;  ///< i, or nothing
  Result<u32> (*call)(P1Ctx& ctx, GuestMemory& memory, const u64* args);
};

/// All of them, in the specification's order.
std::span<const P1Function> p1_functions();

/// Those of preview 0, which lacks sock_accept; its row is there all the same, so that both have the same order.
std::span<const P1Function> p0_functions();

/// Defines module wasi_snapshot_preview1. The functions work on the context of the calling guest's store (`set_p1`) and on the
/// caller's exported memory "memory"; without either a call fails with Host. Fails where a name is defined already.
Result<> add_p1_to_linker(Linker& linker);

/// Defines module wasi_unstable: preview 0, with its own layouts, on the same context.
Result<> add_p0_to_linker(Linker& linker);

/// Gives a store its context; replaces an older one.
void set_p1(StoreRef store, std::shared_ptr<P1Ctx> ctx);

}  // namespace tenon::wasi
