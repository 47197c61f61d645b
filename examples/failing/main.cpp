// Host functions that fail, in every way they can: with an error, with a trap, by ending the guest, by a C++ exception. The host
// gets each back, the guest's own state stays whole, and the store goes on.
#include <stdexcept>

#include "../example.h"
#include "tenon/interp/engine.h"

using namespace tenon;

namespace {

constexpr std::string_view kGuest = R"((module
  (import "host" "fail" (func $fail (param i32)))
  (global $calls (mut i32) (i32.const 0))
  (func (export "call") (param i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (call $fail (local.get 0))
    unreachable)
  (func (export "calls") (result i32) (global.get $calls))
))";

enum Way { kError, kTrap, kExit, kException };

Result<> fail_somehow(i32 way) {
  switch (way) {
    case kError:
      return fail(ErrorCode::Host, "the database is gone");
    case kTrap:
      return std::unexpected(trap_error(TrapCode::IntegerDivisionByZero));
    case kExit:
      return std::unexpected(exit_error(3));
    default:
      throw std::runtime_error("an exception of the host");
  }
}

}  // namespace

int main() {
  Engine engine = must(Engine::create({}, interp::engine_parts()));
  Linker linker(engine);
  must(linker.func_wrap("host", "fail", fail_somehow));
  Store store = must(Store::create(engine));
  Instance instance = must(linker.instantiate(store, module_of(engine, kGuest)));
  auto call = must(instance.get_typed_func<void(i32)>("call"));

  Result<> error = call.call(kError), trap = call.call(kTrap), exit = call.call(kExit), exception = call.call(kException);
  for (const Result<>* one : {&error, &trap, &exit, &exception}) fmt::print("{}\n", one->error().message());
  // Where the guest was is known; how the call ended decides what else is.
  const bool traced = backtrace_of(error.error()) != nullptr && backtrace_of(error.error())->size() == 1;
  const i32 calls = must(must(instance.get_typed_func<i32()>("calls")).call());
  fmt::print("the guest lives: {} calls\n", calls);
  return error.error().message() == "the database is gone" && traced &&
                 trap_code(trap.error()) == TrapCode::IntegerDivisionByZero && exit_status(exit.error()) == 3 &&
                 trap_code(exception.error()) == TrapCode::HostFailed && calls == 4
             ? 0
             : 1;
}
