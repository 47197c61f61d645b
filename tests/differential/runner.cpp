// Makes modules from seeds, runs them on Tenon and writes out each with what came of it, for the driver (differ.py) to give to
// other engines: runner FIRST COUNT STRIDE [quiet]. What is written is in `write_record`, below; with `quiet` nothing but the
// seeds of modules that come out otherwise in another mode, and the status is 1 where there is one.
//
// Besides the plain run, every module is run in another mode (metered, collecting at every allocation, memories that move), which
// must come out the same. The metered one counts the instructions that are executed: see count.h.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "count.h"
#include "module_generator.h"
#include "tenon/host/host.h"
#include "tenon/interp/engine.h"

using namespace tenon;

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
  Features features = Features::all();
  for (Feature never : {Feature::SharedEverythingThreads, Feature::MemoryControl, Feature::CustomDescriptors,
                        Feature::CompactImports, Feature::StackSwitching, Feature::LegacyExceptions})
    features.disable(never);
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

/// Arguments that entries are called with, in turn.
constexpr u64 kArguments[] = {0,
                              1,
                              ~u64{0},
                              0x7fffffff,
                              0x80000000,
                              0x7fffffffffffffff,
                              0x8000000000000000,
                              0x3f8000003f800000,
                              0x400921fb54442d18,
                              0x7fc000007fc00000,
                              0xfff0000000000000,
                              0x0123456789abcdef,
                              0x40490fdb};
constexpr u32 kRounds = 3;

struct CallPlan {
  std::string name;
  u64 a, b;
};

u32 crc32(Bytes bytes) {
  static const auto table = [] {
    std::array<std::array<u32, 256>, 8> made{};
    for (u32 i = 0; i < 256; ++i) {
      u32 value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
      made[0][i] = value;
    }
    for (u32 i = 0; i < 256; ++i)
      for (u32 n = 1; n < 8; ++n) made[n][i] = made[n - 1][i] >> 8 ^ made[0][made[n - 1][i] & 0xff];
    return made;
  }();
  u32 crc = ~u32{0};
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    u64 word;
    std::memcpy(&word, bytes.data() + at, 8);
    word ^= crc;
    crc = 0;
    for (u32 n = 0; n < 8; ++n) crc ^= table[7 - n][word >> 8 * n & 0xff];
  }
  for (; at < bytes.size(); ++at) crc = crc >> 8 ^ table[0][(crc ^ bytes[at]) & 0xff];
  return ~crc;
}

/// What a host has seen of a module that was run.
struct Host {
  u64 seen = 0;  ///< a sum over the arguments of host functions
  u32 h0(u32 a) {
    seen = (seen << 9 | seen >> 55) + a;
    return a * 2654435761u + 12345;
  }
  u64 h1(u32 a, u64 b) {
    seen = (seen << 9 | seen >> 55) + (b ^ a);
    return (b << 17 | b >> 47) ^ a * u64{0x9e3779b97f4a7c15};
  }
};

std::string reason(const Error& error) {
  if (error.code() == ErrorCode::Exception) return "exception";
  std::string_view message = error.message();
  if (message.starts_with("wasm trap: ")) message.remove_prefix(11);
  return std::string(message);
}

Result<Extern> import_of(StoreRef store, std::string_view name, Host& host) {
  if (name == "h0") {
    TENON_TRY(Func func, Func::wrap(store, [&host](u32 a) { return host.h0(a); }));
    return Extern(func);
  }
  if (name == "h1") {
    TENON_TRY(Func func, Func::wrap(store, [&host](u32 a, u64 b) { return host.h1(a, b); }));
    return Extern(func);
  }
  if (name == "gi") {
    TENON_TRY(Global global, Global::create(store, {ValType::i32(), false}, Val(i32{77})));
    return Extern(global);
  }
  if (name == "gl") {
    TENON_TRY(Global global, Global::create(store, {ValType::i64(), true}, Val(i64{0x123456789})));
    return Extern(global);
  }
  if (name == "mem") {
    MemoryType type;
    type.limits = {1, 4};
    TENON_TRY(Memory memory, Memory::create(store, type));
    return Extern(memory);
  }
  TableType type;
  type.element = ValType::funcref();
  type.limits = {10, 30};
  TENON_TRY(Table table, Table::create(store, type, Val::null_func()));
  return Extern(table);
}

/// What there is to see of a module: one line, the same from every engine.
std::string outcome_of(const Engine& engine, const std::vector<u8>& bytes, std::vector<CallPlan>& calls, bool fueled) {
  auto store = Store::create(engine);
  if (!store) return "no store";
  if (fueled && !store->set_fuel(u64{1} << 40)) return "no fuel";
  auto module = Module::compile(engine, bytes);
  if (!module) return fmt::format("invalid {}", module.error().message());
  Host host;
  std::vector<Extern> imports;
  for (const ImportDesc& import : module->imports()) {
    auto item = import_of(*store, import.name, host);
    if (!item) return fmt::format("import {}", item.error().message());
    imports.push_back(*item);
  }
  auto instance = Instance::create(*store, *module, imports);
  if (!instance) return fmt::format("start {} {:x}", reason(instance.error()), host.seen);
  auto exports = instance->exports();
  if (calls.empty()) {
    u32 turn = static_cast<u32>(bytes.size());
    for (u32 round = 0; round < kRounds; ++round)
      for (const auto& [name, item] : exports)
        if (name[0] == 'c') {
          u64 a = kArguments[turn % std::size(kArguments)], b = kArguments[(turn * 5 + 3) % std::size(kArguments)];
          calls.push_back({std::string(name), a, b});
          ++turn;
        }
    calls.push_back({"d", 0, 0});
  }
  std::string out;
  auto text = std::back_inserter(out);
  for (const CallPlan& call : calls) {
    auto func = instance->get_func(call.name);
    if (!func) return "no export";
    auto results = call.name == "d" ? func->call({}) : func->call({Val(call.a), Val(call.b)});
    if (results) {
      fmt::format_to(text, "{}={:x};", call.name, (*results)[0].as_u64());
    } else {
      fmt::format_to(text, "{}!{};", call.name, reason(results.error()));
    }
  }
  for (const auto& [name, item] : exports) {
    if (auto memory = item.memory()) fmt::format_to(text, "{}:{}:{:x};", name, memory->byte_size(), crc32(memory->data()));
    if (auto table = item.table()) fmt::format_to(text, "{}:{};", name, table->size());
    if (auto global = item.global())
      fmt::format_to(text, "{}:{:x};", name,
                     global->type().content == ValType::i64() ? global->get().as_u64() : u64{global->get().as_u32()});
  }
  fmt::format_to(text, "host:{:x}", host.seen);
  return out;
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
