// What the settings of an engine do to the process, seen from outside: how memories are mapped, and that signals are left alone.
#include <signal.h>

#include <cstdio>
#include <string>

#include "embed.h"

namespace tenon::embed_test {
namespace {

// How many bytes from `address` on are mapped without access, as the system says.
u64 inaccessible_from(const u8* address) {
  // SAFETY: an address as a number, to be compared with those that the system prints.
  u64 at = reinterpret_cast<u64>(address), from = at;
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  char line[512];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin, end;
    char access[5];
    if (std::sscanf(line, "%lx-%lx %4s", &begin, &end, access) != 3 || begin > at || end <= at) continue;
    if (access[0] != '-' || access[1] != '-') break;
    at = end;
  }
  std::fclose(maps);
  return at - from;
}

constexpr u64 kPage = 65536, kGiB = u64{1} << 30;

TEST(Modes, ReservedMemoriesLieInTheirAddressSpaceAndDoNotMove) {
  Config config;
  config.memory_reservation = 4 * kGiB;
  config.memory_guard = 32 << 20;
  World world(config);
  Memory memory = take(Memory::create(world.store, {.limits = {1, {}}}));
  const u8* base = memory.data().data();
  EXPECT_GE(inaccessible_from(base + kPage), 4 * kGiB - kPage + config.memory_guard);
  take(memory.grow(1000));
  EXPECT_EQ(memory.data().data(), base);
  EXPECT_EQ(inaccessible_from(base + 1000 * kPage), 0u);
  EXPECT_GE(inaccessible_from(base + 1001 * kPage), 4 * kGiB - 1001 * kPage + config.memory_guard);
}

TEST(Modes, UnreservedMemoriesTakeWhatTheyHaveAndKeepTheirBytesWhenTheyMove) {
  Config config;
  config.memory_reservation = 0;
  config.memory_guard = 0;
  World world(config);
  Instance guest = world.instantiate(R"((module (memory (export "m") 1)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))))");
  Memory memory = *guest.get_memory("m");
  // Something of ours may lie behind it by chance; 4 GiB of nothing may not.
  EXPECT_LT(inaccessible_from(memory.data().data() + kPage), kGiB);
  auto store = typed<void(i32, i32)>(guest, "store");
  take(store.call(65532, 42));
  bool moved = false;
  for (i32 pages = 1; pages < 5000; pages *= 2) {
    const u8* before = memory.data().data();
    EXPECT_EQ(take(typed<i32(i32)>(guest, "grow").call(pages)), pages);
    moved |= memory.data().data() != before;
    EXPECT_EQ(take(typed<i32(i32)>(guest, "load").call(65532)), 42);
    EXPECT_EQ(take(typed<i32(i32)>(guest, "load").call(pages * 131072 - 4)), 0);
    EXPECT_FALSE(typed<i32(i32)>(guest, "load").call(pages * 131072 - 3));
  }
  EXPECT_TRUE(moved);
}

// The library has no signal handlers, whatever guests do.
TEST(Modes, SignalsAreTheHosts) {
  constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  // What is done about each signal, as text: the structure itself has padding.
  auto now = [&] {
    std::string out;
    for (int signal : kSignals) {
      struct sigaction action{};
      EXPECT_EQ(sigaction(signal, nullptr, &action), 0);
      // SAFETY: the handler's address as a number, to be compared.
      out += std::to_string(reinterpret_cast<u64>(action.sa_handler)) + " " + std::to_string(action.sa_flags) + ":";
      for (int other = 1; other < 65; ++other) out += sigismember(&action.sa_mask, other) == 1 ? '1' : '0';
      out += '\n';
    }
    return out;
  };
  // A host with a handler of its own, and one with none.
  struct sigaction own{}, old{};
  own.sa_handler = [](int) {};
  own.sa_flags = SA_RESTART | SA_NODEFER;
  sigaddset(&own.sa_mask, SIGUSR2);
  for (bool handles : {false, true}) {
    if (handles) ASSERT_EQ(sigaction(SIGFPE, &own, &old), 0);
    auto before = now();
    stack_t stack_before{}, stack_after{};
    sigaltstack(nullptr, &stack_before);
    {
      Config config;
      config.memory_reservation = 4 * kGiB;
      config.memory_guard = 32 << 20;
      World world(config);
      Instance guest = world.instantiate(R"((module (memory 1) (tag $t)
          (func (export "oob") (drop (i32.load (i32.const -4))))
          (func (export "div") (drop (i32.div_s (i32.const 1) (i32.const 0))))
          (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
          (func (export "unreachable") unreachable)
          (func (export "throw") (throw $t))
          (func $deep (export "deep") (call $deep))))");
      for (const char* name : {"oob", "div", "overflow", "unreachable", "throw", "deep"}) {
        EXPECT_FALSE(func(guest, name).call({}));
        EXPECT_EQ(before, now()) << name;
      }
    }
    EXPECT_EQ(before, now());
    sigaltstack(nullptr, &stack_after);
    EXPECT_EQ(stack_before.ss_sp, stack_after.ss_sp);
    if (handles) sigaction(SIGFPE, &old, nullptr);
  }
}

}  // namespace
}  // namespace tenon::embed_test
