// Executor: how a library asks for parallel work without owning a thread. The embedder implements it over its own pool, or
// passes none, and everything runs on the caller's thread.
#pragma once

#include "tenon/base/types.h"

namespace tenon {

/// A piece of work that is called once for each index. Refers to its callable, which must outlive it.
class WorkRef {
 public:
  template <class Callable>
  WorkRef(Callable& callable)  // NOLINT: a call's argument converts to it
      : context_(&callable), call_([](void* context, std::size_t index) { (*static_cast<Callable*>(context))(index); }) {}
  void operator()(std::size_t index) const { call_(context_, index); }

 private:
  void* context_;
  void (*call_)(void*, std::size_t);
};

/// Threads that an embedder lends. Implementations must be safe to use from the threads that the embedder gives them to.
class Executor {
 public:
  virtual ~Executor() = default;
  /// How many pieces may usefully run at once, at least one.
  virtual std::size_t concurrency() const = 0;
  /// Calls `work(i)` once for each i in [0, count), in any order, on any threads, and returns when all calls have returned.
  /// Small indices should start first. The work neither throws (std::bad_alloc aside) nor calls `run`.
  virtual void run(std::size_t count, WorkRef work) = 0;
};

}  // namespace tenon
