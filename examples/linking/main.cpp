// Two modules linked: one exports a memory and functions, the other imports them; then the same with another provider.
#include "../example.h"
#include "tenon/interp/engine.h"

using namespace tenon;

namespace {

constexpr std::string_view kCounter = R"((module $counter
  (memory (export "memory") 1)
  (func (export "add") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get 0)))
    (i32.load (i32.const 0)))))";

/// The same interface, met in another way.
constexpr std::string_view kDoubler = R"((module $doubler
  (memory (export "memory") 1)
  (func (export "add") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.mul (local.get 0) (i32.const 2)))
    (i32.load (i32.const 0)))))";

constexpr std::string_view kUser = R"((module $user
  (import "counter" "add" (func $add (param i32) (result i32)))
  (import "counter" "memory" (memory 1))
  (func (export "run") (result i32 i32)
    (drop (call $add (i32.const 20)))
    (call $add (i32.const 22))
    (i32.load (i32.const 0)))))";

std::tuple<i32, i32> run_with(const Engine& engine, std::string_view provider) {
  Store store = must(Store::create(engine));
  Linker linker(engine);
  // Under the name by which the other imports it.
  must(linker.define_instance("counter", must(linker.instantiate(store, module_of(engine, provider)))));
  Instance user = must(linker.instantiate(store, module_of(engine, kUser)));
  return must(must(user.get_typed_func<std::tuple<i32, i32>()>("run")).call());
}

}  // namespace

int main() {
  Engine engine = must(Engine::create({}, interp::engine_parts()));
  auto [sum, seen] = run_with(engine, kCounter);
  auto [twice, other] = run_with(engine, kDoubler);
  fmt::print("counter: {} (the memory holds {}), doubler: {}\n", sum, seen, twice);

  // What is missing is said by name.
  Store store = must(Store::create(engine));
  Result<Instance> alone = Linker(engine).instantiate(store, module_of(engine, kUser));
  fmt::print("alone: {}\n", alone.error().message());
  return sum == 42 && seen == 42 && twice == 44 && other == 44 && !alone ? 0 : 1;
}
