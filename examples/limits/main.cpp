// What a guest may use: memory, fuel and depth, each refused without harm to the host.
#include "../example.h"
#include "tenon/interp/engine.h"

using namespace tenon;

namespace {

constexpr std::string_view kGuest = R"((module
  (memory (export "memory") 1)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "spin") (loop (br 0)))
  (func $deep (export "deep") (call $deep))
))";

/// Shows how a call ended.
template <class T>
std::optional<TrapCode> show(std::string_view what, const Result<T>& result) {
  fmt::print("{}: {}\n", what, result ? "returned" : result.error().message());
  return result ? std::nullopt : trap_code(result.error());
}

}  // namespace

int main() {
  Config config;
  config.consume_fuel = true;
  Engine engine = must(Engine::create(config, interp::engine_parts()));
  Module module = module_of(engine, kGuest);

  StoreLimits limits;
  limits.memory_size(1 << 20).instances(10);
  Store store = must(Store::create(engine));
  store.set_limiter(&limits);
  must(store.set_fuel(1'000'000));
  Instance instance = must(Instance::create(store, module, {}));

  auto grow = must(instance.get_typed_func<i32(i32)>("grow"));
  i32 within = must(grow.call(8)), beyond = must(grow.call(100));
  fmt::print("grow by 8 pages: {}, by 100: {}\n", within, beyond);

  bool deep = show("endless recursion", must(instance.get_typed_func<void()>("deep")).call()) == TrapCode::StackOverflow;
  bool spin = show("endless loop", must(instance.get_typed_func<void()>("spin")).call()) == TrapCode::OutOfFuel;
  fmt::print("fuel left: {}\n", store.fuel());
  return within == 1 && beyond == -1 && deep && spin ? 0 : 1;
}
