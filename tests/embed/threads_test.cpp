// Shared memories on real threads: waiting and waking, growth, and litmus tests of the memory model. All of it is to be clean
// under the thread sanitizer (`./dev check tsan`), where a guest's plain accesses are relaxed atomics (base/racy.h).
#include <atomic>
#include <chrono>
#include <thread>

#include "embed.h"

namespace tenon::embed_test {
namespace {

using Clock = std::chrono::steady_clock;

SharedMemory make_memory(const Engine& engine, u64 pages = 1, u64 maximum = 1) {
  return take(SharedMemory::create(engine, {.limits = {pages, maximum}, .is_shared = true}));
}

// Runs `body(store, instance, i)` on `count` threads, each with a store and an instance of its own over one memory.
template <class F>
void on_threads(const Engine& engine, const SharedMemory& memory, const Module& module, int count, F body) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      Store store = take(Store::create(engine));
      Linker linker(engine);
      take(linker.define("h", "m", memory));
      body(store, take(linker.instantiate(store, module)), i);
    });
  }
}

constexpr std::string_view kWaiter = R"((module (import "h" "m" (memory 1 1 shared))
  (func (export "wait32") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32)
    (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))))";

// covers: opcode MemoryAtomicNotify, MemoryAtomicWait32, MemoryAtomicWait64
TEST(Threads, NotifyWakesAsManyAsItSays) {
  Engine engine = make_engine(everything());
  SharedMemory memory = make_memory(engine);
  std::atomic<u32> returned = 0, woken = 0;
  {
    std::jthread waker([&] {
      // One at a time for a while, then two; an address beside it wakes nobody.
      while (woken < 8) {
        EXPECT_EQ(take(memory.atomic_notify(12, 100)), 0u);
        u32 most = woken < 3 ? 1 : 2;
        u32 count = take(memory.atomic_notify(8, most));
        EXPECT_LE(count, most);
        woken += count;
        std::this_thread::yield();
      }
    });
    on_threads(engine, memory, compile(engine, kWaiter), 8, [&](Store&, const Instance& instance, int i) {
      i32 outcome = i % 2 ? take(typed<i32(i32, i32, i64)>(instance, "wait32").call(8, 0, -1))
                          : take(typed<i32(i32, i64, i64)>(instance, "wait64").call(8, 0, i64{1} << 62));
      EXPECT_EQ(outcome, 0);
      ++returned;
    });
  }
  EXPECT_EQ(returned, 8u);
  EXPECT_EQ(woken, 8u);
  EXPECT_EQ(take(memory.atomic_notify(8, ~0u)), 0u);
}

// Addresses that differ by a multiple of what a hash may be still are different addresses.
TEST(Threads, AddressesAreToldApart) {
  Engine engine = make_engine(everything());
  SharedMemory memory = make_memory(engine);
  std::atomic<int> returned[4] = {};
  std::jthread waker([&] {
    for (int i = 3; i >= 0; --i) {
      while (take(memory.atomic_notify(static_cast<u64>(i) * 4096, 5)) == 0) std::this_thread::yield();
      while (returned[i] == 0) std::this_thread::yield();
      for (int j = 0; j < i; ++j) EXPECT_EQ(returned[j], 0);
    }
  });
  on_threads(engine, memory, compile(engine, kWaiter), 4, [&](Store&, const Instance& instance, int i) {
    EXPECT_EQ(take(typed<i32(i32, i32, i64)>(instance, "wait32").call(i * 4096, 0, -1)), 0);
    returned[i] = 1;
  });
}

TEST(Threads, WaitsEndByValueAndByTime) {
  Engine engine = make_engine(everything());
  SharedMemory memory = make_memory(engine);
  on_threads(engine, memory, compile(engine, kWaiter), 1, [&](Store&, const Instance& instance, int) {
    auto wait32 = typed<i32(i32, i32, i64)>(instance, "wait32");
    EXPECT_EQ(take(wait32.call(0, 1, -1)), 1);
    auto begin = Clock::now();
    EXPECT_EQ(take(wait32.call(0, 0, 20'000'000)), 2);
    EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(20));
    EXPECT_EQ(take(typed<i32(i32, i64, i64)>(instance, "wait64").call(0, 0, 0)), 2);
    EXPECT_EQ(trap_code(wait32.call(2, 0, 0).error()), TrapCode::HeapMisaligned);
    EXPECT_EQ(trap_code(wait32.call(65536, 0, 0).error()), TrapCode::MemoryOutOfBounds);
  });
}

// covers: trap AtomicWaitNonSharedMemory
TEST(Threads, HostsWaitAndNotify) {
  Engine engine = make_engine(everything());
  SharedMemory memory = make_memory(engine);
  EXPECT_EQ(take(memory.atomic_wait32(0, 1, std::nullopt)), WaitResult::NotEqual);
  EXPECT_EQ(take(memory.atomic_wait64(0, 0, 1000)), WaitResult::TimedOut);
  EXPECT_EQ(trap_code(memory.atomic_wait64(4, 0, 0).error()), TrapCode::HeapMisaligned);
  EXPECT_EQ(trap_code(memory.atomic_notify(1, 0).error()), TrapCode::HeapMisaligned);
  EXPECT_EQ(trap_code(memory.atomic_notify(65536, 0).error()), TrapCode::MemoryOutOfBounds);
  EXPECT_EQ(memory.size(), 1u);
  // A guest wakes the host.
  std::jthread host([&] { EXPECT_EQ(take(memory.atomic_wait32(16, 0, std::nullopt)), WaitResult::Woken); });
  on_threads(engine, memory, compile(engine, kWaiter), 1, [&](Store&, const Instance& instance, int) {
    while (take(typed<i32(i32, i32)>(instance, "notify").call(16, 1)) == 0) std::this_thread::yield();
  });
  World world(everything());
  Instance alone = world.instantiate(R"((module (memory 1 1) (func (export "f") (result i32)
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))))");
  EXPECT_EQ(trap_code(typed<i32()>(alone, "f").call().error()), TrapCode::AtomicWaitNonSharedMemory);
}

// Interrupting one of two that wait ends that one; the other is still there to be woken.
TEST(Threads, InterruptionWakesOneWaiter) {
  Engine engine = make_engine(everything());
  SharedMemory memory = make_memory(engine);
  std::mutex lock;
  std::optional<InterruptHandle> handle;
  std::atomic<bool> ended = false;
  {
    std::jthread watchdog([&] {
      for (bool known = false; !known; std::this_thread::yield()) {
        std::lock_guard guard(lock);
        known = handle.has_value();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      handle->interrupt();
      while (!ended) std::this_thread::yield();
      while (take(memory.atomic_notify(0, 2)) == 0) std::this_thread::yield();
    });
    on_threads(engine, memory, compile(engine, kWaiter), 2, [&](Store& store, const Instance& instance, int i) {
      if (i == 0) {
        std::lock_guard guard(lock);
        handle = store.interrupt_handle();
      }
      auto done = typed<i32(i32, i32, i64)>(instance, "wait32").call(0, 0, -1);
      if (i == 0) {
        ASSERT_FALSE(done);
        EXPECT_EQ(trap_code(done.error()), TrapCode::Interrupt);
        ended = true;
        // What was interrupted once goes on afterwards.
        EXPECT_EQ(take(typed<i32(i32, i32, i64)>(instance, "wait32").call(0, 1, -1)), 1);
      } else {
        EXPECT_EQ(take(std::move(done)), 0);
      }
    });
  }
}

// covers: trap Interrupt
TEST(Threads, AnEpochsDeadlineEndsAWaitOrProlongsIt) {
  Config config = everything();
  config.epoch_interruption = true;
  Engine engine = make_engine(config);
  SharedMemory memory = make_memory(engine);
  std::atomic<int> asked = 0;
  {
    std::jthread waker([&] {
      while (asked < 3) {
        engine.increment_epoch();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      while (take(memory.atomic_notify(0, 1)) == 0) std::this_thread::yield();
    });
    on_threads(engine, memory, compile(engine, kWaiter), 1, [&](Store& store, const Instance& instance, int) {
      store.set_epoch_deadline(1);
      store.epoch_deadline_callback([&](StoreRef) -> Result<UpdateDeadline> {
        ++asked;
        return UpdateDeadline{asked < 3 ? u64{1} : u64{1} << 40};
      });
      EXPECT_EQ(take(typed<i32(i32, i32, i64)>(instance, "wait32").call(0, 0, -1)), 0);
      store.epoch_deadline_trap();
      store.set_epoch_deadline(1);
      std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        engine.increment_epoch();
      });
      auto done = typed<i32(i32, i32, i64)>(instance, "wait32").call(0, 0, -1);
      EXPECT_EQ(trap_code(done.error()), TrapCode::Interrupt);
    });
  }
}

TEST(Threads, GrowOneMemoryAndCountTogether) {
  Engine engine = make_engine(everything());
  SharedMemory memory = make_memory(engine, 1, 101);
  std::atomic<u32> grown = 0;
  on_threads(engine, memory, compile(engine, R"((module (import "h" "m" (memory 1 101 shared))
      (func (export "grow") (result i32) (memory.grow (i32.const 1)))
      (func (export "touch") (param i32) (i32.store (i32.mul (local.get 0) (i32.const 65536)) (local.get 0)))
      (func (export "count") (param i32)
        (loop $l
          (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
          (drop (i64.atomic.rmw8.add_u (i32.const 8) (i64.const 1)))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))"),
             4, [&](Store&, const Instance& instance, int) {
               for (int i = 0; i < 40; ++i) {
                 i32 page = take(typed<i32()>(instance, "grow").call());
                 if (page < 0) continue;
                 ++grown;
                 take(typed<void(i32)>(instance, "touch").call(page));
               }
               take(typed<void(i32)>(instance, "count").call(10'000));
             });
  EXPECT_EQ(grown, 100u);
  EXPECT_EQ(memory.size(), 101u);
  u32 count;
  std::memcpy(&count, memory.base(), sizeof count);
  EXPECT_EQ(count, 40'000u);
  EXPECT_EQ(memory.base()[8], 40'000 % 256);
  for (u32 page = 1; page <= 100; ++page) EXPECT_EQ(memory.base()[page * 65536u], page);
}

// Store buffering and message passing, a million times each, four threads at once. Both pairs meet after each chunk of 1,000.
// Region of a pair, from its base: 0 arrived, 4 phase; then arrays of 1,000 places, 16 bytes each.
constexpr std::string_view kLitmus = R"((module (import "h" "m" (memory 4 4 shared))
  (func $meet (param $base i32)
    (local $phase i32)
    (local.set $phase (i32.atomic.load offset=4 (local.get $base)))
    (if (i32.atomic.rmw.add (local.get $base) (i32.const 1))
      (then
        (i32.atomic.store (local.get $base) (i32.const 0))
        (drop (i32.atomic.rmw.add offset=4 (local.get $base) (i32.const 1)))
        (drop (memory.atomic.notify offset=4 (local.get $base) (i32.const 1))))
      (else
        (loop $wait
          (drop (memory.atomic.wait32 offset=4 (local.get $base) (local.get $phase) (i64.const -1)))
          (br_if $wait (i32.eq (i32.atomic.load offset=4 (local.get $base)) (local.get $phase)))))))

  ;; x: 1024, y: 18432, what thread 0 read: 34816, what thread 1 read: 51200
  (func $sb0 (param $at i32) (param $end i32)
    (loop $l
      (i32.atomic.store offset=1024 (local.get $at) (i32.const 1))
      (i32.store offset=34816 (local.get $at) (i32.atomic.load offset=18432 (local.get $at)))
      (br_if $l (i32.ne (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))
  (func $sb1 (param $at i32) (param $end i32)
    (loop $l
      (i32.atomic.store offset=18432 (local.get $at) (i32.const 1))
      (i32.store offset=51200 (local.get $at) (i32.atomic.load offset=1024 (local.get $at)))
      (br_if $l (i32.ne (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))
  ;; data (plain): 1024, flag: 18432, flag read: 34816, data read: 51200
  (func $mp0 (param $at i32) (param $end i32)
    (loop $l
      (i32.store offset=1024 (local.get $at) (i32.const 1))
      (i32.atomic.store offset=18432 (local.get $at) (i32.const 1))
      (br_if $l (i32.ne (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))
  (func $mp1 (param $at i32) (param $end i32)
    (loop $l
      (i32.store offset=34816 (local.get $at) (i32.atomic.load offset=18432 (local.get $at)))
      (i32.store offset=51200 (local.get $at) (i32.load offset=1024 (local.get $at)))
      (br_if $l (i32.ne (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))
  (type $part (func (param i32 i32)))
  (table funcref (elem $sb0 $sb1 $mp0 $mp1))

  ;; How often the two reads were `first` and `second`.
  (func $count (param $at i32) (param $end i32) (param $first i32) (param $second i32) (result i32)
    (local $n i32)
    (loop $l
      (local.set $n (i32.add (local.get $n)
        (i32.and (i32.eq (i32.load offset=34816 (local.get $at)) (local.get $first))
                 (i32.eq (i32.load offset=51200 (local.get $at)) (local.get $second)))))
      (br_if $l (i32.ne (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    (local.get $n))

  ;; Thread 0 to 3 by `$part`; the even one of a pair counts: what is forbidden, and what shows that the two really ran at once.
  (func (export "run") (param $part i32) (param $chunks i32) (result i32 i32)
    (local $base i32) (local $end i32) (local $forbidden i32) (local $mixed i32) (local $mp i32)
    (local.set $mp (i32.shr_u (local.get $part) (i32.const 1)))
    (local.set $base (i32.mul (local.get $mp) (i32.const 131072)))
    (local.set $end (i32.add (local.get $base) (i32.const 16000)))
    (loop $chunk
      (call $meet (local.get $base))
      (call_indirect (type $part) (local.get $base) (local.get $end) (local.get $part))
      (call $meet (local.get $base))
      (if (i32.eqz (i32.and (local.get $part) (i32.const 1)))
        (then
          (local.set $forbidden (i32.add (local.get $forbidden)
            (call $count (local.get $base) (local.get $end) (local.get $mp) (i32.const 0))))
          (local.set $mixed (i32.add (local.get $mixed)
            (call $count (local.get $base) (local.get $end) (i32.const 1) (i32.const 1))))
          (memory.fill (i32.add (local.get $base) (i32.const 1024)) (i32.const 0) (i32.const 66560))))
      (br_if $chunk (local.tee $chunks (i32.sub (local.get $chunks) (i32.const 1)))))
    (local.get $forbidden) (local.get $mixed)))
)";

TEST(Threads, LitmusStoreBufferingAndMessagePassing) {
  Engine engine = make_engine(everything());
  SharedMemory memory = make_memory(engine, 4, 4);
  on_threads(engine, memory, compile(engine, kLitmus), 4, [&](Store&, const Instance& instance, int part) {
    auto [forbidden, both] = take(typed<std::tuple<i32, i32>(i32, i32)>(instance, "run").call(part, 1000));
    EXPECT_EQ(forbidden, 0) << (part < 2 ? "store buffering" : "message passing");
    if (part % 2 == 0)
      std::printf("%s: both reads saw the other's store %d times of 1000000\n", part < 2 ? "store buffering" : "message passing",
                  both);
  });
}

}  // namespace
}  // namespace tenon::embed_test
