// A callback at each limit: the host decides whether memories and tables grow, is told what was refused, and is asked when
// time is up or fuel has run out whether the guest may go on.
#include <vector>

#include "../example.h"
#include "tenon/interp/engine.h"

using namespace tenon;

namespace {

constexpr std::string_view kGuest = R"((module
  (memory 1)
  (table 1 funcref)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow_table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
  (func (export "count") (param i32) (result i32) (local $done i32)
    (loop $more
      (local.set $done (i32.add (local.get $done) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $done) (local.get 0))))
    (local.get $done))
))";

/// Says yes as long as there is budget, and writes everything down.
class Budget final : public ResourceLimiter {
 public:
  explicit Budget(u64 bytes) : left_(bytes) {}
  std::vector<std::string> log;

  Result<bool> memory_growing(u64 current, u64 desired, std::optional<u64>) override {
    const bool fits = desired - current <= left_;
    if (fits) left_ -= desired - current;
    log.push_back(fmt::format("memory from {} to {}: {}", current, desired, fits ? "yes" : "no"));
    return fits;
  }
  Result<bool> table_growing(u64 current, u64 desired, std::optional<u64>) override {
    log.push_back(fmt::format("table from {} to {}", current, desired));
    // An error ends the guest, where a refusal would only be -1 to it.
    if (desired > 1000) return fail(ErrorCode::ResourceLimit, "more table than anyone needs");
    return true;
  }
  Result<> memory_grow_failed() override {
    log.push_back("memory was refused");
    return {};
  }
  u64 instances() const override { return 1; }

 private:
  u64 left_;
};

bool memory_and_tables(const Engine& engine, const Module& module) {
  Budget budget(4 << 16);
  Store store = must(Store::create(engine));
  store.set_limiter(&budget);
  must(store.set_fuel(1'000'000));
  Instance instance = must(Instance::create(store, module, {}));
  auto grow = must(instance.get_typed_func<i32(i32)>("grow"));
  auto grow_table = must(instance.get_typed_func<i32(i32)>("grow_table"));
  const i32 within = must(grow.call(3)), beyond = must(grow.call(1));
  const i32 table = must(grow_table.call(99));
  Result<i32> ended = grow_table.call(5000);
  Result<Instance> second = Instance::create(store, module, {});
  for (const std::string& line : budget.log) fmt::print("{}\n", line);
  fmt::print("{}\n{}\n", ended.error().message(), second.error().message());
  return within == 1 && beyond == -1 && table == 1 && !ended && !second && budget.log.size() == 7;
}

bool fuel_by_portions(const Engine& engine, const Module& module) {
  Store store = must(Store::create(engine));
  must(store.set_fuel(1000));
  Instance instance = must(Instance::create(store, module, {}));
  auto count = must(instance.get_typed_func<i32(i32)>("count"));
  Result<i32> short_of = count.call(1'000'000);
  must(store.set_fuel(100'000'000));
  const i32 counted = must(count.call(1000));
  fmt::print("with little fuel: {}; with more: {}\n", short_of.error().message(), counted);
  return trap_code(short_of.error()) == TrapCode::OutOfFuel && counted == 1000;
}

bool asked_at_deadlines(const Engine& engine, const Module& module) {
  Store store = must(Store::create(engine));
  must(store.set_fuel(1'000'000'000));
  Instance instance = must(Instance::create(store, module, {}));
  auto count = must(instance.get_typed_func<i32(i32)>("count"));
  int asked = 0;
  // A deadline that is over at once, again and again: the guest is let on nine times.
  store.set_epoch_deadline(0);
  store.epoch_deadline_callback([&](StoreRef) -> Result<UpdateDeadline> {
    if (++asked == 10) return fail(ErrorCode::Host, "asked often enough");
    return UpdateDeadline{0};
  });
  Result<i32> ended = count.call(1'000'000);
  fmt::print("asked {} times: {}\n", asked, ended.error().message());
  return asked == 10 && !ended;
}

}  // namespace

int main() {
  Config config;
  config.consume_fuel = true;
  Engine metered = must(Engine::create(config, interp::engine_parts()));
  bool good = memory_and_tables(metered, module_of(metered, kGuest)) && fuel_by_portions(metered, module_of(metered, kGuest));
  config.epoch_interruption = true;
  Engine timed = must(Engine::create(config, interp::engine_parts()));
  good &= asked_at_deadlines(timed, module_of(timed, kGuest));
  return good ? 0 : 1;
}
