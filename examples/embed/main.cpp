// The smallest host: an engine, a store, a module, a call.
#include "../example.h"
#include "tenon/interp/engine.h"

int main() {
  tenon::Engine engine = must(tenon::Engine::create({}, tenon::interp::engine_parts()));
  tenon::Module module = module_of(engine, R"((module
    (func (export "gcd") (param $a i32) (param $b i32) (result i32)
      (if (result i32) (local.get $b)
        (then (call 0 (local.get $b) (i32.rem_u (local.get $a) (local.get $b))))
        (else (local.get $a))))))");

  tenon::Store store = must(tenon::Store::create(engine));
  tenon::Instance instance = must(tenon::Instance::create(store, module, {}));
  auto gcd = must(instance.get_typed_func<tenon::u32(tenon::u32, tenon::u32)>("gcd"));
  tenon::u32 answer = must(gcd.call(6, 27));
  fmt::print("gcd(6, 27) = {}\n", answer);
  return answer == 3 ? 0 : 1;
}
