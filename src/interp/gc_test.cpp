// The collector under the interpreter: what moves, what does not, and what is left behind.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "interp/wat_guest_test.h"

namespace tenon::interp {
namespace {

runtime::Tunables zealous(u32 every = 1) {
  runtime::Tunables tunables;
  tunables.gc_zeal = every;
  return tunables;
}

/// Whether the system can read a byte there.
bool is_readable(const u8* at) {
  int sink = open("/dev/null", O_WRONLY);
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  bool readable = write(ends[1], at, 1) == 1;
  if (!readable) {
    EXPECT_EQ(errno, EFAULT);
  }
  close(sink);
  close(ends[0]);
  close(ends[1]);
  return readable;
}

constexpr std::string_view kList = R"((module
  (type $list (struct (field $next (mut (ref null $list))) (field $value i64)))
  (global $head (mut (ref null $list)) (ref.null $list))
  (func (export "push") (param $n i64)
    (loop $l
      (global.set $head (struct.new $list (global.get $head) (local.get $n)))
      (br_if $l (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))
  (func (export "sum") (result i64) (local $at (ref null $list)) (local $sum i64)
    (local.set $at (global.get $head))
    (block $end (loop $l
      (br_on_null $end (local.get $at))
      (drop)
      (local.set $sum (i64.add (local.get $sum) (struct.get $list $value (local.get $at))))
      (local.set $at (struct.get $list $next (local.get $at)))
      (br $l)))
    (local.get $sum))
  (func (export "drop") (global.set $head (ref.null $list)))))";

TEST(Collector, OldHalfIsPoisonedAndInaccessible) {
  WatGuest guest(zealous());
  runtime::Instance* list = guest.instantiate(kList);
  ASSERT_TRUE(guest.call(list, "push", {10}));
  auto [old_half, bytes] = guest.store().heap().old_half();
  ASSERT_NE(old_half, nullptr);
  ASSERT_GT(bytes, 0u);
  EXPECT_FALSE(is_readable(old_half));
  EXPECT_FALSE(is_readable(old_half + bytes - 1));
  EXPECT_TRUE(is_readable(guest.store().ctx.heap_top - 1));
  EXPECT_EQ(guest.call(list, "sum"), std::vector<u64>{55});
  runtime::HeapStatistics statistics = guest.store().heap().statistics();
  EXPECT_EQ(statistics.collections, 10u);
  EXPECT_EQ(statistics.objects_moved, 45u);  // each collection moves what is in the list
}

TEST(Collector, OldHalfStaysReadableOtherwise) {
  WatGuest guest;
  runtime::Instance* list = guest.instantiate(kList);
  ASSERT_TRUE(guest.call(list, "push", {10}));
  guest.store().heap().collect();
  EXPECT_EQ(guest.store().heap().statistics().objects_moved, 10u);
  EXPECT_TRUE(is_readable(guest.store().heap().old_half().first));
}

TEST(Collector, LongListsSurviveAndTheHeapGrows) {
  WatGuest guest;
  runtime::Instance* list = guest.instantiate(kList);
  ASSERT_TRUE(guest.call(list, "push", {1'000'000}));
  guest.store().heap().collect();
  EXPECT_EQ(guest.call(list, "sum"), std::vector<u64>{u64{1'000'000} * 1'000'001 / 2});
  EXPECT_EQ(guest.store().heap().statistics().bytes_in_use, 24'000'000u);
  ASSERT_TRUE(guest.call(list, "drop"));
  guest.store().heap().collect();
  EXPECT_EQ(guest.store().heap().statistics().bytes_in_use, 0u);
}

TEST(Collector, GarbageLeavesTheHeapAsSmallAsItWas) {
  WatGuest guest;
  runtime::Instance* module = guest.instantiate(R"((module
    (type $s (struct (field i64) (field i64)))
    (func (export "run") (param i32)
      (loop $l
        (drop (struct.new $s (i64.const 1) (i64.const 2)))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))");
  ASSERT_TRUE(guest.call(module, "run", {1'000'000}));
  runtime::HeapStatistics statistics = guest.store().heap().statistics();
  EXPECT_GE(statistics.collections, 20u);
  EXPECT_EQ(statistics.objects_moved, 0u);
  EXPECT_EQ(statistics.bytes_reserved, 2 * limits::kGcHeapInitial);
}

bool heap_top_entry(const FuncRef*, VmCtx* caller, Slot* results) {
  // SAFETY: an address as a number, which the guest carries about.
  results[0].u64_ = reinterpret_cast<u64>(caller->store->heap_top) - 24;
  return true;
}

TEST(Collector, NumbersThatLookLikeReferencesDoNotChange) {
  WatGuest guest(zealous());
  FuncRef* address = guest.host({{}, {ValType::i64()}}, &heap_top_entry, guest.store().host_context());
  runtime::Instance* module = guest.instantiate(R"((module
    (import "" "address" (func $address (result i64)))
    (type $s (struct (field i64) (field (mut (ref null struct)))))
    (type $numbers (array i64))
    (global $g (mut i64) (i64.const 0))
    (func (export "run") (result i64) (local $s (ref $s)) (local $n i64) (local $f (ref $numbers))
      (local.set $s (struct.new $s (i64.const 1) (ref.null none)))
      (local.set $n (call $address))
      (global.set $g (local.get $n))
      (local.get $n)
      (local.set $f (array.new_fixed $numbers 1 (local.get $n)))
      (local.set $s (struct.new $s (local.get $n) (local.get $s)))
      (local.set $s (struct.new $s (local.get $n) (local.get $s)))
      ;; all are what they were: their differences are 0
      (i64.sub (local.get $n))
      (i64.or (i64.sub (global.get $g) (local.get $n)))
      (i64.or (i64.sub (array.get $numbers (local.get $f) (i32.const 0)) (local.get $n)))
      (i64.or (i64.sub (struct.get $s 0 (local.get $s)) (local.get $n))))))",
                                                {address});
  EXPECT_EQ(guest.call(module, "run"), std::vector<u64>{0});
}

TEST(Collector, DeepStacksOfFramesAreTraced) {
  WatGuest guest;
  runtime::Instance* module = guest.instantiate(R"((module
    (type $s (struct (field i32)))
    (func $down (export "run") (param i32) (result i32) (local $s (ref $s))
      (local.set $s (struct.new $s (local.get 0)))
      (if (result i32) (local.get 0)
        (then
          (struct.new $s (i32.const 1))
          (call $down (i32.sub (local.get 0) (i32.const 1)))
          (drop)
          (i32.add (struct.get $s 0) (struct.get $s 0 (local.get $s))))
        (else (call $fill) (i32.const 0))))
    (func $fill (local i32)
      (loop $l
        (drop (struct.new $s (i32.const 9)))
        (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 200_000)))))))");
  EXPECT_EQ(guest.call(module, "run", {10'000}), std::vector<u64>{10'001});
  EXPECT_GE(guest.store().heap().statistics().collections, 2u);
  EXPECT_GE(guest.store().heap().statistics().objects_moved, 20'000u);
}

TEST(Collector, CollectionsCostNoFuel) {
  auto burned = [](u32 zeal) {
    runtime::Tunables tunables = zealous(zeal);
    tunables.meters_fuel = true;
    WatGuest guest(tunables);
    runtime::Instance* list = guest.instantiate(kList);
    guest.store().set_fuel(10'000);
    EXPECT_TRUE(guest.call(list, "push", {100}));
    return 10'000 - guest.store().fuel();
  };
  EXPECT_EQ(burned(0), burned(1));
  EXPECT_EQ(burned(0), burned(7));
}

TEST(Collector, ConstantExpressionsMayFillTheHeap) {
  runtime::Tunables tunables;
  tunables.gc_heap_limit = 4096;
  tunables.gc_heap_initial = 4096;
  WatGuest guest(tunables);
  auto desc = front::compile_module(guest.engine().types(), *text::parse_wat(R"((module
    (type $a (array i64))
    (global (ref $a) (array.new $a (i64.const 1) (i32.const 400)))
    (global (ref $a) (array.new $a (i64.const 1) (i32.const 400)))))"),
                                    {.features = all_features()});
  ASSERT_TRUE(desc);
  auto instance = runtime::instantiate(guest.store(), std::make_shared<runtime::Module>(*desc), {});
  ASSERT_FALSE(instance);
  EXPECT_EQ(instance.error().message(), "wasm trap: garbage-collected heap exhausted");
}

TEST(Collector, EveryEmptyStructHasRoomToMove) {
  WatGuest guest(zealous());
  runtime::Instance* module = guest.instantiate(R"((module
    (type $empty (struct))
    (type $none (array i8))
    (func (export "run") (result i32) (local $a (ref $empty)) (local $b (ref $empty)) (local $n (ref $none))
      (local.set $a (struct.new $empty))
      (local.set $b (struct.new_default $empty))
      (local.set $n (array.new_fixed $none 0))
      (i32.add (ref.eq (local.get $a) (local.get $b)) (array.len (local.get $n))))))");
  EXPECT_EQ(guest.call(module, "run"), std::vector<u64>{0});
}

}  // namespace
}  // namespace tenon::interp
