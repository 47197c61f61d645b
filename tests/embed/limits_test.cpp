// What a store may use, and how guests are ended from outside.
#include <thread>

#include "embed.h"

namespace tenon::embed_test {
namespace {

constexpr std::string_view kSpin = R"((module (func (export "spin") (loop (br 0)))
  (func (export "recurse") (call 1)) (func (export "f") (result i32) (i32.const 1))))";

// covers: trap OutOfFuel
TEST(Fuel, RunsOutInLoopsAndCalls) {
  World world({.consume_fuel = true});
  take(world.store.set_fuel(1000));
  Instance instance = world.instantiate(kSpin);
  EXPECT_EQ(trap_code(typed<void()>(instance, "spin").call().error()), TrapCode::OutOfFuel);
  EXPECT_EQ(world.store.fuel(), 0u);
  take(world.store.set_fuel(1000));
  EXPECT_EQ(trap_code(typed<void()>(instance, "recurse").call().error()), TrapCode::OutOfFuel);
  take(world.store.set_fuel(1000));
  EXPECT_EQ(take(typed<i32()>(instance, "f").call()), 1);
  EXPECT_LT(world.store.fuel(), 1000u);
  EXPECT_GT(world.store.fuel(), 900u);
}

TEST(Fuel, MayBeMoreThanACounterHolds) {
  World world({.consume_fuel = true});
  take(world.store.set_fuel(~u64{0}));
  EXPECT_EQ(world.store.fuel(), ~u64{0});
  EXPECT_EQ(take(typed<i32()>(world.instantiate(kSpin), "f").call()), 1);
  EXPECT_LT(world.store.fuel(), ~u64{0});
}

// covers: error Usage
TEST(Fuel, NeedsItsSetting) {
  World world;
  EXPECT_EQ(world.store.set_fuel(1).error().code(), ErrorCode::Usage);
  EXPECT_EQ(world.store.fuel(), 0u);
}

// covers: error Trap
// covers: trap Interrupt
TEST(Epoch, APassedDeadlineTraps) {
  World world({.epoch_interruption = true});
  Instance instance = world.instantiate(kSpin);
  world.store.set_epoch_deadline(1);
  EXPECT_EQ(take(typed<i32()>(instance, "f").call()), 1);
  std::jthread clock([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    world.engine.increment_epoch();
  });
  EXPECT_EQ(trap_code(typed<void()>(instance, "spin").call().error()), TrapCode::Interrupt);
  world.store.set_epoch_deadline(5);
  EXPECT_EQ(take(typed<i32()>(instance, "f").call()), 1);
}

// covers: error Host
TEST(Epoch, TheCallbackDecides) {
  World world({.epoch_interruption = true});
  Instance instance = world.instantiate(kSpin);
  int asked = 0;
  world.store.epoch_deadline_callback([&](StoreRef store) -> Result<UpdateDeadline> {
    EXPECT_EQ(store.raw(), world.store.raw());
    if (++asked == 10) return fail(ErrorCode::Host, "enough");
    return UpdateDeadline{0};  // has passed when it is set
  });
  world.store.set_epoch_deadline(0);
  Result<> ended = typed<void()>(instance, "spin").call();
  EXPECT_EQ(ended.error().message(), "enough");
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(backtrace_of(ended.error())->size(), 1u);
}

TEST(Interrupt, EndsARunningGuestOnce) {
  World world;
  Instance instance = world.instantiate(kSpin);
  InterruptHandle handle = world.store.interrupt_handle();
  std::jthread watchdog([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    handle.interrupt();
  });
  EXPECT_EQ(trap_code(typed<void()>(instance, "spin").call().error()), TrapCode::Interrupt);
  EXPECT_EQ(take(typed<i32()>(instance, "f").call()), 1);
}

TEST(Interrupt, HandlesOutliveTheStore) {
  std::optional<InterruptHandle> handle;
  {
    World world;
    handle = world.store.interrupt_handle();
  }
  handle->interrupt();
}

TEST(Interrupt, EndsAWaitingThread) {
  World world;
  Instance instance = world.instantiate(R"((module (memory 1 1 shared)
    (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))");
  std::jthread watchdog([handle = world.store.interrupt_handle()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    handle.interrupt();
  });
  EXPECT_EQ(trap_code(typed<i32()>(instance, "wait").call().error()), TrapCode::Interrupt);
}

// covers: limit BacktraceFrames
TEST(Stack, EndsRecursionAndRecovers) {
  World world;
  Instance instance = world.instantiate(kSpin);
  for (int i = 0; i < 3; ++i) {
    Result<> deep = typed<void()>(instance, "recurse").call();
    EXPECT_EQ(trap_code(deep.error()), TrapCode::StackOverflow);
    EXPECT_EQ(backtrace_of(deep.error())->size(), limits::kBacktraceFrames);
    EXPECT_EQ(take(typed<i32()>(instance, "f").call()), 1);
  }
}

// covers: limit MaxWasmStack
TEST(Stack, EndsRecursionThroughTheHost) {
  World world;
  int depth = 0;
  take(world.linker.func_wrap("h", "again", [&](Caller& caller) -> Result<> {
    ++depth;
    TENON_TRY(TypedFunc<void()> f, caller.get_export("f")->func()->typed<void()>());
    return f.call();
  }));
  Instance instance = world.instantiate(R"((module (import "h" "again" (func $again)) (func (export "f") (call $again))))");
  EXPECT_EQ(trap_code(typed<void()>(instance, "f").call().error()), TrapCode::StackOverflow);
  EXPECT_GT(depth, 100);
}

// covers: limit InterpreterStackFactor
TEST(Stack, SizeIsASetting) {
  auto depth = [](u64 bytes) {
    World world({.interpreter_stack = bytes});
    Instance instance = world.instantiate(R"((module (global $n (export "n") (mut i32) (i32.const 0))
      (func (export "f") (global.set $n (i32.add (global.get $n) (i32.const 1))) (call 0))))");
    EXPECT_FALSE(typed<void()>(instance, "f").call());
    return instance.get_global("n")->get().as_i32();
  };
  i32 small = depth(64 << 10), large = depth(1 << 20);
  EXPECT_GT(small, 10);
  EXPECT_GT(large, 10 * small);
}

TEST(Backtrace, IsLimitedAndMayBeOff) {
  World world({.backtrace_frames = 0});
  Result<> deep = typed<void()>(world.instantiate(kSpin), "recurse").call();
  EXPECT_EQ(trap_code(deep.error()), TrapCode::StackOverflow);
  EXPECT_TRUE(deep.error().context().empty());
}

// covers: error ResourceLimit
TEST(Limiter, RefusesMemoriesAndTables) {
  World world;
  StoreLimits limits;
  limits.memory_size(2 << 16).table_elements(10);
  world.store.set_limiter(&limits);
  Instance instance = world.instantiate(R"((module (memory 1) (table 5 funcref)
    (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))))");
  auto memory = typed<i32(i32)>(instance, "memory"), table = typed<i32(i32)>(instance, "table");
  EXPECT_EQ(take(memory.call(2)), -1);
  EXPECT_EQ(take(memory.call(1)), 1);
  EXPECT_EQ(take(memory.call(1)), -1);
  EXPECT_EQ(take(table.call(6)), -1);
  EXPECT_EQ(take(table.call(5)), 5);
  EXPECT_EQ(world.try_instantiate("(module (memory 3))").error().code(), ErrorCode::ResourceLimit);
  EXPECT_EQ(world.try_instantiate("(module (table 11 funcref))").error().code(), ErrorCode::ResourceLimit);
  limits.trap_on_grow_failure(true);
  EXPECT_EQ(memory.call(1).error().code(), ErrorCode::ResourceLimit);
  EXPECT_EQ(table.call(1).error().code(), ErrorCode::ResourceLimit);
}

TEST(Limiter, CountsWhatAStoreHas) {
  World world;
  StoreLimits limits;
  limits.instances(3).memories(1).tables(1);
  world.store.set_limiter(&limits);
  world.instantiate("(module (memory 0) (table 0 funcref))");
  EXPECT_EQ(world.try_instantiate("(module (memory 0))").error().code(), ErrorCode::ResourceLimit);
  EXPECT_EQ(world.try_instantiate("(module (table 0 funcref))").error().code(), ErrorCode::ResourceLimit);
  EXPECT_EQ(world.try_instantiate("(module)").error().code(), ErrorCode::ResourceLimit);
}

// covers: limit StoreInstances StoreTables StoreMemories
TEST(Limiter, HasDefaults) {
  auto fails_after = [](std::string_view wat) {
    World world;
    Module module = compile(world.engine, wat);
    u64 made = 0;
    for (; made <= limits::kStoreInstances; ++made) {
      Result<Instance> instance = world.linker.instantiate(world.store, module);
      if (!instance) {
        EXPECT_EQ(instance.error().code(), ErrorCode::ResourceLimit);
        break;
      }
    }
    return made;
  };
  EXPECT_EQ(fails_after("(module)"), limits::kStoreInstances);
  EXPECT_EQ(fails_after("(module (memory 0 0) (memory 0 0))"), limits::kStoreMemories / 2);
  EXPECT_EQ(fails_after("(module (table 0 funcref) (table 0 funcref))"), limits::kStoreTables / 2);
}

TEST(Memory, HugeMinimaAreRefusedAndNotAllocated) {
  World world;
  EXPECT_EQ(world.try_instantiate("(module (memory i64 0x1000000000000))").error().code(), ErrorCode::ResourceLimit);
  Result<Instance> big = world.try_instantiate("(module (memory i64 0x7fffffff))");
  EXPECT_TRUE(!big && (big.error().code() == ErrorCode::OutOfMemory || big.error().code() == ErrorCode::ResourceLimit));
  EXPECT_FALSE(world.try_instantiate("(module (table 10000001 funcref))"));
}

TEST(Memory, GrowsAcrossTheReservation) {
  for (u64 reserve : {u64{0}, u64{1} << 16, u64{4} << 30}) {
    World world({.memory_reservation = reserve});
    Instance instance = world.instantiate(R"((module (memory (export "memory") 1 200) (data (i32.const 65535) "z")
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
      (func (export "store") (param i32) (i32.store8 (local.get 0) (i32.const 1)))))");
    auto grow = typed<i32(i32)>(instance, "grow");
    for (i32 pages = 1; pages < 200; ++pages) {
      EXPECT_EQ(take(grow.call(1)), pages);
      EXPECT_EQ(take(typed<i32(i32)>(instance, "load").call(pages * 65536 + 77)), 0);
      take(typed<void(i32)>(instance, "store").call(pages * 65536 + 65535));
    }
    EXPECT_EQ(take(grow.call(1)), -1);
    EXPECT_EQ(take(grow.call(-1)), -1);
    EXPECT_EQ(take(grow.call(0)), 200);
    EXPECT_EQ(take(typed<i32(i32)>(instance, "load").call(65535)), 'z');
    EXPECT_EQ(instance.get_memory("memory")->size(), 200u);
    EXPECT_EQ(trap_code(typed<i32(i32)>(instance, "load").call(200 * 65536).error()), TrapCode::MemoryOutOfBounds);
  }
}

// covers: error OutOfMemory
TEST(Memory, AllocatorMayBeTheEmbedders) {
  struct Counting final : runtime::MemoryAllocator {
    int made = 0;
    std::unique_ptr<runtime::LinearMemory> allocate(const runtime::MemoryRequest& request) override {
      ++made;
      if (request.minimum > 1 << 20) return nullptr;
      return runtime::system_memory_allocator()->allocate(request);
    }
  };
  auto counting = std::make_shared<Counting>();
  World world({.memory_allocator = counting});
  world.instantiate("(module (memory 1) (memory 2))");
  EXPECT_EQ(counting->made, 2);
  EXPECT_EQ(world.try_instantiate("(module (memory 17))").error().code(), ErrorCode::OutOfMemory);
}

// What is bounded over all stores of an engine has room again when a store is gone.
TEST(Pool, CountsOverAllStores) {
  constexpr std::string_view kModule = R"((module (memory 1) (table 1 funcref)))";
  World world({.pool = PoolLimits{.core_instances = 3, .memories = 2, .stacks = 3}});
  world.instantiate(kModule);
  {
    Store other = take(Store::create(world.engine));
    take(world.linker.instantiate(other, compile(world.engine, kModule)));
    Store third = take(Store::create(world.engine));
    Error full = world.linker.instantiate(third, compile(world.engine, kModule)).error();
    EXPECT_EQ(full.code(), ErrorCode::ResourceLimit);
    EXPECT_EQ(full.message(), "maximum concurrent limit of 2 for memory stripe 0 reached");
    EXPECT_EQ(Store::create(world.engine).error().message(), "maximum concurrent limit of 3 for fibers reached");
    EXPECT_EQ(world.try_instantiate("(module)").error().message(), "maximum concurrent limit of 3 for core instances reached");
  }
  world.instantiate(kModule);
  EXPECT_EQ(Memory::create(world.store, MemoryType{.limits = {1, 1}}).error().code(), ErrorCode::ResourceLimit);
}

TEST(Pool, BoundsMemoriesAndTables) {
  World world({.pool = PoolLimits{.memory_bytes = 2 << 16, .table_elements = 5}});
  Memory memory = take(Memory::create(world.store, MemoryType{.limits = {1, std::nullopt}}));
  EXPECT_TRUE(memory.grow(1));
  EXPECT_EQ(memory.grow(1).error().code(), ErrorCode::ResourceLimit);
  EXPECT_EQ(Memory::create(world.store, MemoryType{.limits = {3, 3}}).error().code(), ErrorCode::ResourceLimit);
  SharedMemory shared = take(SharedMemory::create(world.engine, MemoryType{.limits = {1, 9}, .is_shared = true}));
  EXPECT_TRUE(shared.grow(1));
  EXPECT_FALSE(shared.grow(1));
  auto misfit = Module::compile(world.engine, *text::parse_wat("(module (memory 1 1 shared))"));
  EXPECT_EQ(misfit.error().code(), ErrorCode::ResourceLimit);
}

}  // namespace
}  // namespace tenon::embed_test
