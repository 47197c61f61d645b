// The programs of this folder consume what their headers say, in every mode, and no program finishes with less.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "embed.h"

namespace tenon::embed_test {
namespace {

constexpr u64 kFuel = 1'000'000;

struct Program {
  std::string name, text, ends;
  u64 consumed = 0;
};

std::string header(const std::string& text, const std::string& key) {
  std::size_t at = text.find(";; " + key + ": ");
  if (at == std::string::npos) return {};
  at += key.size() + 5;
  return text.substr(at, text.find('\n', at) - at);
}

std::vector<Program> programs() {
  std::vector<Program> out;
  for (const auto& entry : std::filesystem::directory_iterator(TENON_SOURCE_DIR "/tests/fuel")) {
    if (entry.path().extension() != ".wat") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    Program program{entry.path().stem().string(), text.str(), {}, 0};
    program.ends = header(program.text, "ENDS");
    program.consumed = std::stoull(header(program.text, "CONSUMED"));
    out.push_back(std::move(program));
  }
  return out;
}

struct Outcome {
  u64 consumed;
  std::string ends;
};

Outcome run(const Program& program, Config config, u64 fuel) {
  config.features = Features::all();
  config.consume_fuel = true;
  World host(config);
  EXPECT_TRUE(host.store.set_fuel(fuel));
  Linker linker(host.engine);
  EXPECT_TRUE(linker.func_wrap("host", "nothing", [] {}));
  EXPECT_TRUE(linker.func_wrap("host", "call", [](std::optional<Func> func) -> Result<> { return func->call({}, {}); }));
  auto ran = [&]() -> Result<> {
    TENON_TRY(Instance instance, linker.instantiate(host.store, compile(host.engine, program.text)));
    return func(instance, "run").call({}, {});
  }();
  return {fuel - host.store.fuel(), ran ? "ok" : ran.error().message()};
}

std::vector<std::pair<const char*, Config>> modes() {
  Config plain, small, guarded, canonical;
  small.memory_reservation = 0;
  guarded.memory_reservation = u64{4} << 30;
  guarded.memory_guard = 32 << 20;
  canonical.canonicalize_nans = true;
  canonical.deterministic_relaxed_simd = true;
  return {{"plain", plain}, {"no reservation", small}, {"reservation and guard", guarded}, {"deterministic", canonical}};
}

TEST(Fuel, ConsumedIsWhatTheFilesSay) {
  std::vector<Program> all = programs();
  EXPECT_GE(all.size(), 30u);
  for (const Program& program : all) {
    for (const auto& [mode, config] : modes()) {
      SCOPED_TRACE(program.name + ", " + mode);
      Outcome outcome = run(program, config, kFuel);
      EXPECT_EQ(outcome.consumed, program.consumed);
      EXPECT_EQ(outcome.ends, program.ends);
    }
  }
}

// covers: trap OutOfFuel
TEST(Fuel, TheLeastThatSufficesIsWhatIsConsumed) {
  for (const Program& program : programs()) {
    if (program.ends != "ok") continue;
    SCOPED_TRACE(program.name);
    Outcome enough = run(program, {}, program.consumed);
    EXPECT_EQ(enough.consumed, program.consumed);
    EXPECT_EQ(enough.ends, "ok");
    Outcome less = run(program, {}, program.consumed - 1);
    EXPECT_EQ(less.consumed, program.consumed - 1);
    EXPECT_EQ(less.ends, "wasm trap: all fuel consumed by WebAssembly");
  }
}

// A host function sees what has been burned so far, and what it gives counts from then on.
TEST(Fuel, HostFunctionsLookAtItAndAddToIt) {
  Config config;
  config.consume_fuel = true;
  World host(config);
  EXPECT_TRUE(host.store.set_fuel(100));
  u64 seen = 0;
  Func look = take(Func::wrap(host.store, [&](Caller& caller) {
    seen = caller.fuel();
    EXPECT_TRUE(caller.set_fuel(50));
  }));
  Instance guest = host.instantiate(
      R"((module (import "" "look" (func $look)) (func (export "run") (drop (i32.const 1)) (call $look)
           (drop (i32.const 1)) (drop (i32.div_u (i32.const 1) (i32.const 0))))))",
      {look});
  EXPECT_EQ(trap_code(func(guest, "run").call({}).error()), TrapCode::IntegerDivisionByZero);
  EXPECT_EQ(seen, 97u);
  EXPECT_EQ(host.store.fuel(), 50u);
}

}  // namespace
}  // namespace tenon::embed_test
