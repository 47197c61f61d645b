// Long runs that must leave nothing behind: instances made and dropped, files opened and closed. After a tenth of the rounds the
// process has what it needs; from there on descriptors, mappings and resident memory stay as they are.
//
//     tenon_soak ROUNDS
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "tenon/host/host.h"
#include "tenon/interp/engine.h"
#include "tenon/text/wat.h"
#include "tenon/wasi/p1.h"

using namespace tenon;

namespace {

/// What may grow between the first tenth and the end: the allocator's own ups and downs.
constexpr u64 kSlack = 1 << 20;

template <class T>
T must(Result<T> result) {
  if (!result) {
    fmt::print("{}\n", result.error().to_string());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

struct Usage {
  u64 resident = 0, descriptors = 0, mappings = 0;
};

Usage usage() {
  Usage out;
  u64 total = 0;
  std::ifstream("/proc/self/statm") >> total >> out.resident;
  out.resident *= static_cast<u64>(sysconf(_SC_PAGESIZE));
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++out.descriptors;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) ++out.mappings;
  return out;
}

bool flat(std::string_view what, u64 rounds, const std::function<void(u64 count)>& run) {
  run(rounds / 10);
  const Usage before = usage();
  const auto begin = std::chrono::steady_clock::now();
  run(rounds - rounds / 10);
  const std::chrono::duration<f64, std::micro> passed = std::chrono::steady_clock::now() - begin;
  const Usage after = usage();
  const bool good = after.descriptors == before.descriptors && after.mappings <= before.mappings + 2 &&
                    after.resident <= before.resident + kSlack;
  fmt::print("{}: {} rounds, {:.1f} us each; descriptors {} -> {}, mappings {} -> {}, resident {} -> {} KiB{}\n", what, rounds,
             passed.count() / static_cast<f64>(rounds - rounds / 10), before.descriptors, after.descriptors, before.mappings,
             after.mappings, before.resident >> 10, after.resident >> 10, good ? "" : ": GROWS");
  return good;
}

Module module_of(const Engine& engine, std::string_view wat) {
  auto bytes = text::parse_wat(wat);
  if (!bytes) {
    fmt::print("{}\n", bytes.error().render());
    std::exit(1);
  }
  return must(Module::compile(engine, *std::move(bytes)));
}

constexpr std::string_view kWithState = R"((module
  (memory 2)
  (table 100 funcref)
  (global $g (mut i64) (i64.const 1))
  (data (i32.const 100) "some data")
  (elem (i32.const 0) func $f)
  (func $f (export "f") (result i32)
    (memory.fill (i32.const 65536) (i32.const 1) (i32.const 65536))
    (i32.load8_u (i32.const 100)))))";

constexpr std::string_view kTrapping = R"((module (memory 1) (func (export "f") (unreachable))))";

constexpr std::string_view kOpens = R"((module
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "filedir/filenone")
  (func $try (param $path i32) (param $size i32) (param $wanted i32)
    (if (i32.ne (call $open (i32.const 3) (i32.const 1) (local.get $path) (local.get $size) (i32.const 0) (i64.const 2)
          (i64.const 2) (i32.const 0) (i32.const 64)) (local.get $wanted)) (then unreachable)))
  (func (export "run") (param i32)
    (loop $more
      (call $try (i32.const 0) (i32.const 4) (i32.const 0))
      (call $try (i32.const 4) (i32.const 8) (i32.const 0))
      (call $try (i32.const 12) (i32.const 4) (i32.const 44))
      (if (call $renumber (i32.const 4) (i32.const 5)) (then unreachable))
      (if (call $close (i32.const 5)) (then unreachable))
      (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))";

}  // namespace

int main(int argc, char** argv) {
  const u64 rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  Engine engine = must(Engine::create({}, interp::engine_parts()));
  bool good = true;

  const Module state = module_of(engine, kWithState), traps = module_of(engine, kTrapping);
  good &= flat("instances", rounds, [&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      Store store = must(Store::create(engine));
      Instance instance = must(Instance::create(store, state, {}));
      if (must(must(instance.get_typed_func<i32()>("f")).call()) != 's') std::exit(1);
    }
  });
  good &= flat("instances that trap", rounds, [&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      Store store = must(Store::create(engine));
      Instance instance = must(Instance::create(store, traps, {}));
      if (must(instance.get_typed_func<void()>("f")).call()) std::exit(1);
    }
  });

  std::string folder = (std::filesystem::temp_directory_path() / "tenon-soak-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  std::filesystem::create_directory(folder + "/dir");
  std::ofstream(folder + "/file") << "a";
  std::ofstream(folder + "/dir/file") << "b";
  Linker linker(engine);
  must(wasi::add_p1_to_linker(linker));
  const Module opens = module_of(engine, kOpens);
  auto granted = [&](wasi::ResolveMode mode) {
    wasi::Config config;
    auto directory = wasi::Directory::open_host(folder, wasi::FsPerms::ReadWrite, mode);
    if (!directory) std::exit(1);
    config.preopens.push_back({*directory, "/"});
    return must(wasi::P1Ctx::create(std::move(config)));
  };
  for (wasi::ResolveMode mode : {wasi::ResolveMode::Auto, wasi::ResolveMode::Walk}) {
    Store store = must(Store::create(engine));
    wasi::set_p1(store, granted(mode));
    auto run = must(must(linker.instantiate(store, opens)).get_typed_func<void(u32)>("run"));
    good &= flat(mode == wasi::ResolveMode::Walk ? "opens and closes, walking" : "opens and closes", rounds,
                 [&](u64 count) { must(run.call(static_cast<u32>(count))); });
  }
  good &= flat("programs with files open", rounds / 5, [&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      Store store = must(Store::create(engine));
      wasi::set_p1(store, granted(wasi::ResolveMode::Auto));
      auto run = must(must(linker.instantiate(store, opens)).get_typed_func<void(u32)>("run"));
      must(run.call(3));
    }
  });
  std::filesystem::remove_all(folder);
  fmt::print("{}\n", good ? "flat" : "grows");
  return good ? 0 : 1;
}
