// Ending a guest that does not end: from another thread, and by a deadline that asks first.
#include <chrono>
#include <thread>

#include "../example.h"
#include "tenon/interp/engine.h"

using namespace tenon;

namespace {

constexpr std::string_view kGuest = R"((module (func (export "spin") (loop (br 0)))))";

bool interrupted_from_outside(const Engine& engine, const Module& module) {
  Store store = must(Store::create(engine));
  store.set_epoch_deadline(~u64{0});
  auto spin = must(must(Instance::create(store, module, {})).get_typed_func<void()>("spin"));
  std::thread watchdog([handle = store.interrupt_handle()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    handle.interrupt();
  });
  Result<> ended = spin.call();
  watchdog.join();
  fmt::print("from outside: {}\n", ended.error().message());
  return trap_code(ended.error()) == TrapCode::Interrupt;
}

bool ended_by_deadline(const Engine& engine, const Module& module) {
  Store store = must(Store::create(engine));
  store.set_epoch_deadline(1);
  int asked = 0;
  store.epoch_deadline_callback([&asked](StoreRef) -> Result<UpdateDeadline> {
    if (++asked == 3) return fail(ErrorCode::Host, "the guest had its time");
    return UpdateDeadline{1};
  });
  auto spin = must(must(Instance::create(store, module, {})).get_typed_func<void()>("spin"));
  std::jthread clock([&engine](std::stop_token stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      engine.increment_epoch();
    }
  });
  Result<> ended = spin.call();
  fmt::print("by deadline: {} (asked {} times)\n", ended.error().message(), asked);
  return !ended && asked == 3;
}

}  // namespace

int main() {
  Config config;
  config.epoch_interruption = true;
  Engine engine = must(Engine::create(config, interp::engine_parts()));
  Module module = module_of(engine, kGuest);
  bool outside = interrupted_from_outside(engine, module);
  bool deadline = ended_by_deadline(engine, module);
  return outside && deadline ? 0 : 1;
}
