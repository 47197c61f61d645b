// wasi-threads: stores on threads of their own, and how they end together.
#include "tenon/wasi/threads.h"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "tenon/host/linker.h"
#include "tenon/host/trap.h"
#include "tenon/spec/errors.h"

namespace tenon::wasi {
namespace {

constexpr std::string_view kEntry = "wasi_thread_start";
/// Numbers above are reserved for what libraries keep beside them.
constexpr i32 kLastNumber = 0x1fffffff;

}  // namespace

struct ThreadGroup::Impl {
  explicit Impl(InterruptHandle first_thread, Setup given) : first(std::move(first_thread)), setup(std::move(given)) {}

  struct Thread {
    std::thread thread;
    std::optional<InterruptHandle> handle;  ///< once it has a store
  };

  InterruptHandle first;
  Setup setup;
  std::optional<InstancePre> pre;

  std::mutex mutex;
  std::condition_variable ended;
  std::map<i32, Thread> threads;
  std::vector<i32> over;  ///< those of `threads` that only have to be joined
  i32 last_number = 0;
  bool ending = false;
  std::optional<Error> error;
  /// Of the thread that failed: its error may refer to what is in it.
  std::unique_ptr<Store> failed;

  /// Under the mutex: interrupts every thread that runs or waits.
  void end_all() {
    ending = true;
    for (auto& [number, thread] : threads)
      if (thread.handle) thread.handle->interrupt();
    setup.ctx->interrupt();
  }

  void fail_all(Error why, std::unique_ptr<Store> store) {
    const std::lock_guard lock(mutex);
    if (ending) return;  // the first end is the one that counts; those that it caused are not
    error = std::move(why);
    failed = std::move(store);
    end_all();
    first.interrupt();
  }

  void log(std::string_view text) const {
    if (setup.log) setup.log(text);
  }

  bool can_start() const {
    const auto entry = pre->module().find_export(kEntry);
    const auto* func = entry ? std::get_if<FuncExtern>(&*entry) : nullptr;
    if (func == nullptr) {
      log(fmt::format("failed to find a wasi-threads entry point function; expected an export with name: {}", kEntry));
      return false;
    }
    const FuncType& type = pre->module().engine().types().func(func->type);
    if (type.params == std::vector(2, ValType::i32()) && type.results.empty()) return true;
    log("the exported entry point function has an incorrect signature: expected `(i32, i32) -> ()`");
    return false;
  }

  Result<> run(Store& store, i32 number, i32 argument, std::shared_ptr<P1Ctx> ctx) {
    set_p1(store, std::move(ctx));
    if (setup.prepare) TENON_TRY_VOID(setup.prepare(store));
    TENON_TRY(const Instance instance, pre->instantiate(store));
    TENON_TRY(const auto entry, instance.get_typed_func<void(i32, i32)>(kEntry));
    return entry.call(number, argument);
  }

  /// The life of a thread.
  void live(i32 number, i32 argument, std::shared_ptr<P1Ctx> ctx) {
    if (auto made = Store::create(pre->module().engine())) {
      auto store = std::make_unique<Store>(*std::move(made));
      bool go = false;
      {
        const std::lock_guard lock(mutex);
        go = !ending;
        threads[number].handle = store->interrupt_handle();
      }
      if (go) {
        auto ran = run(*store, number, argument, ctx);
        // Whoever calls waits off ends the first thread, too, and with it all.
        if (!ran && !ctx->wait_interrupted()) fail_all(std::move(ran).error(), std::move(store));
      }
    } else {
      fail_all(std::move(made).error(), nullptr);
    }
    const std::lock_guard lock(mutex);
    over.push_back(number);
    ended.notify_all();
  }

  /// Under the mutex: joins those that are over.
  void reap() {
    for (const i32 number : over) {
      const auto at = threads.find(number);
      at->second.thread.join();  // it has nothing left to do that takes the mutex
      threads.erase(at);
    }
    over.clear();
  }
};

Result<std::shared_ptr<ThreadGroup>> ThreadGroup::create(Linker& linker, StoreRef first, const Module& module, Setup setup) {
  auto impl = std::make_shared<Impl>(first.interrupt_handle(), std::move(setup));
  // The linker outlives no group: a call that comes later starts nothing.
  TENON_TRY_VOID(linker.func_wrap("wasi", "thread-spawn", [weak = std::weak_ptr(impl)](i32 argument) -> i32 {
    const auto group = weak.lock();
    return group ? ThreadGroup::spawn(*group, argument) : -1;
  }));
  for (const ImportDesc& import : module.imports()) {
    const auto* memory = std::get_if<MemoryType>(&import.type);
    if (memory == nullptr) continue;
    if (!memory->is_shared)
      return fail(ErrorCode::WrongType, "memory was not shared; a `wasi-threads` must import a shared memory as \"memory\"");
    TENON_TRY(const SharedMemory shared, SharedMemory::create(module.engine(), *memory));
    TENON_TRY_VOID(linker.define(import.module, import.name, shared));
  }
  TENON_TRY(impl->pre, linker.instantiate_pre(module));
  return std::shared_ptr<ThreadGroup>(new ThreadGroup(std::move(impl)));
}

ThreadGroup::~ThreadGroup() {
  (void)finish();
}

i32 ThreadGroup::spawn(Impl& group, i32 argument) {
  if (!group.can_start()) return -1;
  const std::lock_guard lock(group.mutex);
  group.reap();
  if (group.ending) return -1;
  if (group.threads.size() >= group.setup.max_threads || group.last_number == kLastNumber) {
    group.log(group.last_number == kLastNumber ? "ran out of valid thread IDs" : "failed to spawn thread: there are too many");
    return -1;
  }
  const i32 number = ++group.last_number;
  try {
    Impl::Thread& thread = group.threads[number];
    thread.thread = std::thread([&group, number, argument, ctx = group.setup.ctx->for_thread()]() mutable {
      group.live(number, argument, std::move(ctx));
    });
  } catch (const std::system_error& why) {
    group.threads.erase(number);
    group.log(fmt::format("failed to spawn thread: {}", why.what()));
    return -1;
  }
  return number;
}

i32 ThreadGroup::spawn(i32 argument) {
  return spawn(*impl_, argument);
}

std::optional<Error> ThreadGroup::finish() {
  std::unique_lock lock(impl_->mutex);
  if (!impl_->ending) impl_->end_all();
  impl_->ended.wait(lock, [this] { return impl_->over.size() == impl_->threads.size(); });
  impl_->reap();
  return std::exchange(impl_->error, std::nullopt);
}

}  // namespace tenon::wasi
