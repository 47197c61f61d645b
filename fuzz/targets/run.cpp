// Programs with references, objects of the collected heap and exceptions: the input decides what the generator makes. Metered,
// collecting at every allocation, and with memories that move, each comes out as it does in a plain store.
// library: interp
#include "module_generator.h"
#include "oracles/check.h"
#include "outcome.h"
#include "tenon/interp/engine.h"

using namespace tenon;

using Change = void (*)(Config&);
constexpr Change kPlain = [](Config&) {}, kMetered = [](Config& config) { config.consume_fuel = true; },
                 kCollecting = [](Config& config) { config.gc_zeal = 1; },
                 kMoving = [](Config& config) { config.memory_reservation = 0; };

static Engine engine_with(Change change) {
  Config config;
  config.features = Features::all();
  config.backtrace_frames = 0;
  config.memory_reservation = 1 << 20;
  change(config);
  return *Engine::create(config, interp::engine_parts());
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Features features = fuzz::runnable_features();
  for (Feature other : {Feature::Simd, Feature::RelaxedSimd, Feature::WideArithmetic, Feature::Threads}) features.disable(other);
  std::vector<u8> bytes = fuzz::generate_module({features, size, {data, size}, 0, 16, true}).bytes;
  std::vector<fuzz::CallPlan> calls;
  std::string plain = fuzz::outcome_of(engine_with(kPlain), bytes, calls, false);
  fuzz::check(!plain.starts_with("invalid"), "a module that was made to be valid is not");
  for (Change change : {kMetered, kCollecting, kMoving}) {
    std::string other = fuzz::outcome_of(engine_with(change), bytes, calls, change == kMetered);
    fuzz::check(other == plain, "a module comes out otherwise in another mode");
  }
  return 0;
}
