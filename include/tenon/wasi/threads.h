// wasi-threads: guests that start threads of their own. Each runs in an instance and a store of its own, over memories that all
// of them share and one view of the world (P1Ctx).
//
// source: https://github.com/WebAssembly/wasi-threads, as Wasmtime has it: import "wasi" "thread-spawn", export
// "wasi_thread_start".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "tenon/host/instance.h"
#include "tenon/wasi/p1.h"

namespace tenon::wasi {

/// The threads that one guest starts beside its first. Thread-safe.
class ThreadGroup {
 public:
  struct Setup {
    std::shared_ptr<P1Ctx> ctx;  ///< the first thread's; must have Config::interrupter
    /// Makes a new thread's store ready: limits, fuel. Called on that thread; may be empty.
    std::function<Result<>(StoreRef store)> prepare;
    /// Told why a thread could not be started; any thread; may be empty.
    std::function<void(std::string_view)> log;
    u64 max_threads = limits::kWasiThreads;  ///< at a time
  };

  /// Defines `wasi.thread-spawn` and the shared memories that `module` imports, each made now. The linker must have all else that
  /// the module imports, and nothing of it may belong to a store. `first` runs the module's first thread; it is interrupted when
  /// another thread ends them all. Fails where a memory that is imported is not shared, and as Linker::instantiate_pre does.
  static Result<std::shared_ptr<ThreadGroup>> create(Linker& linker, StoreRef first, const Module& module, Setup setup);
  /// As finish().
  ~ThreadGroup();

  /// Starts a thread: its number, or -1 where the module has no wasi_thread_start that takes two i32, or there are too many.
  i32 spawn(i32 argument);
  /// Ends all threads and waits for them; none starts after it. Answers what ended one of them before (a trap, or the guest's
  /// exit), which was to end all; it refers to what the group keeps, and must not be used after the group.
  std::optional<Error> finish();

 private:
  struct Impl;
  explicit ThreadGroup(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  static i32 spawn(Impl& group, i32 argument);
  std::shared_ptr<Impl> impl_;
};

}  // namespace tenon::wasi
