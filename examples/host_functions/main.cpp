// Functions of the host as guests see them: typed by C++, reading the guest's memory, keeping the host's data, failing.
#include <string>

#include "../example.h"
#include "tenon/interp/engine.h"

using namespace tenon;

namespace {

/// What the embedder keeps with a store.
struct Log {
  std::string text;
};

constexpr std::string_view kGuest = R"((module
  (import "host" "log" (func $log (param i32 i32)))
  (import "host" "divide" (func $divide (param i32 i32) (result i32 i32)))
  (import "host" "twice" (func $twice (param f64) (result f64)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello from the guest")
  (func (export "greet") (call $log (i32.const 16) (i32.const 20)))
  (func (export "divide") (param i32 i32) (result i32 i32) (call $divide (local.get 0) (local.get 1)))
  (func (export "twice") (param f64) (result f64) (call $twice (local.get 0)))
))";

Result<> log_text(Caller& caller, u32 address, u32 size) {
  std::optional<Memory> memory = caller.memory();
  if (!memory) return fail(ErrorCode::Host, "the caller exports no memory");
  std::string text(size, '\0');
  TENON_TRY_VOID(memory->read(address, {reinterpret_cast<u8*>(text.data()), text.size()}));
  caller.data<Log>()->text += text;
  return {};
}

}  // namespace

int main() {
  Engine engine = must(Engine::create({}, interp::engine_parts()));
  Module module = module_of(engine, kGuest);

  Linker linker(engine);
  must(linker.func_wrap("host", "log", log_text));
  must(linker.func_wrap("host", "divide", [](i32 a, i32 b) -> Result<std::tuple<i32, i32>> {
    if (b == 0) return fail(ErrorCode::Host, "the guest divided by zero");
    return std::tuple(a / b, a % b);
  }));
  must(linker.func_wrap("host", "twice", [](f64 x) { return 2 * x; }));

  Store store = must(Store::create(engine));
  Log& log = store.emplace_data<Log>();
  Instance instance = must(linker.instantiate(store, module));

  must(must(instance.get_typed_func<void()>("greet")).call());
  fmt::print("logged: {}\n", log.text);

  auto divide = must(instance.get_typed_func<std::tuple<i32, i32>(i32, i32)>("divide"));
  auto [quotient, remainder] = must(divide.call(17, 5));
  fmt::print("17 = {} * 5 + {}\n", quotient, remainder);

  // The host function's own error comes back, with the guest's backtrace.
  Result<std::tuple<i32, i32>> failed = divide.call(1, 0);
  fmt::print("error: {}\n{}\n", failed.error().message(), runtime::to_string(*backtrace_of(failed.error())));

  f64 four = must(must(instance.get_typed_func<f64(f64)>("twice")).call(2));
  return log.text == "hello from the guest" && quotient == 3 && !failed && four == 4 ? 0 : 1;
}
