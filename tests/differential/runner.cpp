// Makes modules from seeds, runs them on Tenon and writes out each with what came of it, for the driver (differ.py) to give to
// other engines: runner FIRST COUNT STRIDE [quiet]. What is written is in `write_record`, below; with `quiet` nothing but the
// seeds of modules that come out otherwise in another mode, and the status is 1 where there is one.
//
// Besides the plain run, every module is run in another mode (metered, collecting at every allocation, memories that move), which
// must come out the same. The metered one counts the instructions that are executed: see count.h.
#include <fmt/format.h>

#include <cstdio>

#include "count.h"
#include "module_generator.h"
#include "outcome.h"
#include "tenon/interp/engine.h"

using namespace tenon;
using fuzz::CallPlan;
using fuzz::outcome_of;

namespace {

/// Which engines can run a module, and how NaNs are made the same.
enum class Peers : u8 { Both, Wasmtime, V8 };

struct Plan {
  fuzz::GeneratorConfig config;
  Peers peers;
};

class Random {
 public:
  explicit Random(u64 seed) : state_(seed * 0x2545f4914f6cdd1du + 1) {}
  u32 below(u32 bound) {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return static_cast<u32>((state_ >> 11) % bound);
  }

 private:
  u64 state_;
};

Plan plan_for(u64 seed) {
  Random random(seed);
  for (int i = 0; i < 4; ++i) random.below(2);
  Features features = fuzz::runnable_features();
  features.disable(Feature::LegacyExceptions);
  u32 kind = random.below(100);
  // Wasmtime compiles slowly and has most features.
  Peers peers = kind < 35 ? Peers::Both : kind < 55 ? Peers::V8 : Peers::Wasmtime;
  if (peers != Peers::Wasmtime)  // what V8 has not, or leaves to the processor
    for (Feature none : {Feature::RelaxedSimd, Feature::CustomPageSizes, Feature::WideArithmetic}) features.disable(none);
  if (peers == Peers::V8 && kind < 45) features.enable(Feature::LegacyExceptions);
  for (Feature some : {Feature::Simd, Feature::Memory64, Feature::Threads, Feature::Gc, Feature::MultiMemory, Feature::TailCall,
                       Feature::ExtendedConst, Feature::MultiValue})
    if (random.below(100) < 20) features.disable(some);
  if (!features.has(Feature::Simd)) features.disable(Feature::RelaxedSimd);
  fuzz::GeneratorConfig config{.features = features, .seed = seed, .damage_percent = 0, .body_size = 16, .run = true};
  config.canonical_nans = peers != Peers::Wasmtime;
  return {config, peers};
}

/// A line `seed peers canonical size calls`, the module's bytes, a line with the outcome and one with that of the other mode,
/// where it differs ("-" where not). At the end a line `counts name=count...`.
void write_record(u64 seed, const Plan& plan, const std::vector<u8>& bytes, const std::vector<CallPlan>& calls,
                  const std::string& ours, const std::string& other) {
  static constexpr const char* kPeers[] = {"both", "wasmtime", "v8"};
  std::string list;
  for (const CallPlan& call : calls) list += fmt::format("{}{}:{:x}:{:x}", list.empty() ? "" : ",", call.name, call.a, call.b);
  fmt::print("{} {} {} {} {}\n", seed, kPeers[static_cast<u8>(plan.peers)], plan.config.canonical_nans ? "code" : "engine",
             bytes.size(), list.empty() ? "-" : list);
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  fmt::print("{}\n{}\n", ours, other == ours ? "-" : other);
}

Result<Engine> engine_with(bool canonical, void (*change)(Config&)) {
  Config config;
  config.features = Features::all();
  config.canonicalize_nans = canonical;
  config.deterministic_relaxed_simd = true;
  config.backtrace_frames = 0;
  config.memory_reservation = 1 << 20;
  change(config);
  return Engine::create(config, interp::engine_parts());
}

using Change = void (*)(Config&);
constexpr Change kPlain = [](Config&) {};
/// The first, and only the first, counts.
constexpr Change kModes[] = {[](Config& config) { config.consume_fuel = true; }, [](Config& config) { config.gc_zeal = 1; },
                             [](Config& config) { config.memory_reservation = 0; }};
/// Which of them modules get, in turn.
constexpr u32 kTurns[] = {0, 1, 0, 2};

}  // namespace

int main(int argc, char** argv) {
  bool quiet = argc == 5 && std::string_view(argv[4]) == "quiet";
  if (argc != 4 && !quiet) {
    fmt::print(stderr, "usage: runner FIRST COUNT STRIDE [quiet]\n");
    return 2;
  }
  u64 differing = 0;
  u64 first = std::strtoull(argv[1], nullptr, 10), count = std::strtoull(argv[2], nullptr, 10),
      stride = std::strtoull(argv[3], nullptr, 10);
  // Engines keep the types of what they have compiled: a new one now and then.
  constexpr u64 kModulesOfAnEngine = 500;
  std::vector<Engine> engines;
  for (u64 n = 0; n < count; ++n) {
    u64 seed = first + n * stride;
    if (n % kModulesOfAnEngine == 0) {
      engines.clear();
      for (bool canonical : {false, true}) {
        engines.push_back(*engine_with(canonical, kPlain));
        for (Change mode : kModes) engines.push_back(*engine_with(canonical, mode));
      }
    }
    Plan plan = plan_for(seed);
    std::vector<u8> bytes = fuzz::generate_module(plan.config).bytes;
    std::vector<CallPlan> calls;
    u32 base = plan.config.canonical_nans ? 0 : 1 + std::size(kModes);
    std::string ours = outcome_of(engines[base], bytes, calls, false);
    u32 mode = kTurns[n % std::size(kTurns)];
    std::string other = outcome_of(engines[base + 1 + mode], bytes, calls, mode == 0);
    if (!quiet) {
      write_record(seed, plan, bytes, calls, ours, other);
    } else if (ours != other || ours.starts_with("invalid")) {
      fmt::print("seed {}\n  plain  {}\n  other  {}\n", seed, ours, other);
      ++differing;
    }
  }
  if (quiet) {
    fmt::print("{} modules, {} of which come out otherwise in another mode\n", count, differing);
    return differing != 0;
  }
  fmt::print("counts");
  for (std::size_t i = 0; i < kOpCount; ++i) fmt::print(" {}={}", kOps[i].name, differ::counts[i]);
  fmt::print("\n");
}
