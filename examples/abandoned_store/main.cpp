// Stores that are thrown away in the middle of what they do: a session that is given up, one that trapped, one whose guest holds
// the host's objects. What belongs to the engine (modules, linkers, prepared instances) goes on.
#include <memory>

#include "../example.h"
#include "tenon/interp/engine.h"

using namespace tenon;

namespace {

constexpr std::string_view kGuest = R"((module
  (import "host" "open" (func $open (result externref)))
  (table $held 10 externref)
  (memory 16)
  (func (export "begin") (table.set $held (i32.const 0) (call $open)) (memory.fill (i32.const 0) (i32.const 255) (i32.const 1048576)))
  (func (export "fail") (table.set $held (i32.const 1) (call $open)) unreachable)
  (func (export "sum") (result i32) (i32.load (i32.const 1024)))
))";

/// Something of the host's that guests hold; the count tells how many there are.
struct Session {
  explicit Session(int& count) : count(count) { ++count; }
  ~Session() { --count; }
  int& count;
};

}  // namespace

int main() {
  Engine engine = must(Engine::create({}, interp::engine_parts()));
  int sessions = 0;
  Linker linker(engine);
  must(linker.func_wrap("host", "open",
                        [&sessions](Caller& caller) { return ExternRef::create(caller, std::make_shared<Session>(sessions)); }));
  InstancePre prepared = must(linker.instantiate_pre(module_of(engine, kGuest)));

  bool good = true;
  for (int round = 0; round < 100; ++round) {
    auto store = std::make_unique<Store>(must(Store::create(engine)));
    Instance instance = must(prepared.instantiate(*store));
    must(must(instance.get_typed_func<void()>("begin")).call());
    good &= sessions == 1;
    if (round % 2 == 0) good &= !must(instance.get_typed_func<void()>("fail")).call() && sessions == 2;
    // Here, with its guest in the middle of something, the store goes; what the guest held goes with it.
    store.reset();
    good &= sessions == 0;

    // A new one begins where guests begin.
    Store fresh = must(Store::create(engine));
    Instance again = must(prepared.instantiate(fresh));
    good &= must(must(again.get_typed_func<i32()>("sum")).call()) == 0;
  }
  fmt::print("200 stores, {} sessions left\n", sessions);
  return good ? 0 : 1;
}
