// What runs end to end in the interpreter and cannot be said in a script: traps with their places, stacks, ends by fuel, epoch
// and interruption, tail calls in constant space, host functions between guests, and walks over frames.
#include <atomic>
#include <chrono>
#include <thread>

#include "interp/wat_guest_test.h"
#include "tenon/base/leb128.h"
#include "tenon/spec/errors.h"

namespace tenon::interp {
namespace {

using Values = std::vector<u64>;
using runtime::Instance;
using runtime::Store;

u64 low32(i64 value) {
  return static_cast<u32>(value);
}

// --- traps -------------------------------------------------------------------------------------------------------------------

struct TrapCase {
  const char* body;  ///< of a function without parameters and results
  TrapCode code;
};

class Traps : public testing::TestWithParam<TrapCase> {};

TEST_P(Traps, EndTheCall) {
  WatGuest guest;
  Instance* instance = guest.instantiate(fmt::format(R"(
    (module
      (type $v (func)) (type $i (func (param i32)))
      (memory $m 1) (memory $big i64 1) (table $t 2 funcref) (table $t64 i64 2 funcref)
      (data $d "abc") (elem $e funcref (ref.null func))
      (elem (i32.const 1) $one) (func $one (param i32))
      (func (export "f") {})))",
                                                     GetParam().body));
  ASSERT_TRUE(instance);
  EXPECT_FALSE(guest.call(instance, "f"));
  EXPECT_EQ(guest.pending().kind, Pending::Kind::Trap);
  EXPECT_EQ(info(guest.trap()).name, info(GetParam().code).name);
  ASSERT_EQ(guest.backtrace().size(), 1u);
  // And the store goes on.
  EXPECT_FALSE(guest.call(instance, "f"));
}

INSTANTIATE_TEST_SUITE_P(
    All, Traps,
    testing::Values(
        TrapCase{"unreachable", TrapCode::Unreachable},
        TrapCase{"(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapCode::IntegerDivisionByZero},
        TrapCase{"(drop (i64.rem_u (i64.const 1) (i64.const 0)))", TrapCode::IntegerDivisionByZero},
        TrapCase{"(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", TrapCode::IntegerOverflow},
        TrapCase{"(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", TrapCode::IntegerOverflow},
        TrapCase{"(drop (i32.trunc_f32_s (f32.const nan)))", TrapCode::BadConversionToInteger},
        TrapCase{"(drop (i64.trunc_f64_u (f64.const -1)))", TrapCode::IntegerOverflow},
        TrapCase{"(drop (i32.load (i32.const 65533)))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(drop (i32.load offset=4294967295 (i32.const -1)))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(i64.store8 $big offset=18446744073709551615 (i64.const 1) (i64.const 1))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(i64.store8 $big offset=65536 (i64.const 0) (i64.const 1))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(drop (v128.load offset=65521 (i32.const 0)))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(v128.store32_lane $big 3 (i64.const -1) (v128.const i64x2 0 0))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(memory.copy $m $big (i32.const 0) (i64.const -1) (i32.const 1))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(memory.init $d (i32.const 0) (i32.const 1) (i32.const 3))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(drop (i32.atomic.load (i32.const 2)))", TrapCode::HeapMisaligned},
        TrapCase{"(drop (i32.atomic.load (i32.const 65536)))", TrapCode::MemoryOutOfBounds},
        TrapCase{"(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))", TrapCode::AtomicWaitNonSharedMemory},
        TrapCase{"(drop (table.get $t (i32.const 2)))", TrapCode::TableOutOfBounds},
        TrapCase{"(table.set $t64 (i64.const 0x100000000) (ref.null func))", TrapCode::TableOutOfBounds},
        TrapCase{"(table.init $e (i32.const 0) (i32.const 1) (i32.const 1))", TrapCode::TableOutOfBounds},
        TrapCase{"(call_indirect $t (type $v) (i32.const 2))", TrapCode::TableOutOfBounds},
        TrapCase{"(call_indirect $t64 (type $v) (i64.const 0x100000000))", TrapCode::TableOutOfBounds},
        TrapCase{"(call_indirect $t (type $v) (i32.const 0))", TrapCode::IndirectCallToNull},
        TrapCase{"(call_indirect $t (type $v) (i32.const 1))", TrapCode::BadSignature},
        TrapCase{"(return_call_indirect $t (type $v) (i32.const 2))", TrapCode::TableOutOfBounds},
        TrapCase{"(return_call_indirect $t (type $v) (i32.const 1))", TrapCode::BadSignature},
        TrapCase{"(call_ref $v (ref.null $v))", TrapCode::NullReference},
        TrapCase{"(return_call_ref $v (ref.null $v))", TrapCode::NullReference},
        TrapCase{"(drop (ref.as_non_null (ref.null func)))", TrapCode::NullReference},
        TrapCase{"(drop (i31.get_s (ref.null i31)))", TrapCode::NullReference}),
    [](const auto& info) { return fmt::format("{}_{}", tenon::info(info.param.code).name, info.index); });

TEST(Interp, StoresNothingWhereItTraps) {
  WatGuest guest;
  Instance* instance = guest.instantiate(R"((module (memory 1)
    (func (export "f") (i64.store (i32.const 65532) (i64.const -1)))
    (func (export "g") (result i32) (i32.load (i32.const 65532)))))");
  EXPECT_FALSE(guest.call(instance, "f"));
  EXPECT_EQ(guest.call(instance, "g"), Values{0});
}

// --- stacks ------------------------------------------------------------------------------------------------------------------

TEST(Interp, InfiniteRecursionTraps) {
  WatGuest guest;
  Instance* instance = guest.instantiate(R"((module (type $t (func)) (table 1 funcref) (elem (i32.const 0) $indirect)
    (func $f (export "direct") (call $f))
    (func $indirect (export "indirect") (call_indirect (type $t) (i32.const 0)))
    (func $wide (export "wide") (param i64 v128) (result i64 i64) (local f64 f64 f64)
      (call $wide (local.get 0) (local.get 1)))
    (func $a (export "a") (param i32) (result i32) (i32.add (i32.const 1) (call $b (local.get 0))))
    (func $b (param i32) (result i32) (local i32 i32 i32) (i32.add (i32.const 1) (call $a (local.get 0))))))");
  ASSERT_TRUE(instance);
  for (const char* name : {"direct", "indirect", "wide", "a"}) {
    EXPECT_FALSE(guest.call(instance, name)) << name;
    EXPECT_EQ(guest.trap(), TrapCode::StackOverflow) << name;
    EXPECT_EQ(guest.backtrace().size(), limits::kBacktraceFrames) << name;
  }
}

TEST(Interp, DeepButFiniteRecursionReturns) {
  WatGuest guest;
  Instance* instance = guest.instantiate(R"((module
    (func $sum (export "sum") (param i64) (result i64)
      (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
        (else (i64.add (local.get 0) (call $sum (i64.sub (local.get 0) (i64.const 1)))))))))");
  EXPECT_EQ(guest.call(instance, "sum", {20'000}), Values{200'010'000});
}

bool call_back(const FuncRef* self, VmCtx* caller, Slot*) {
  // SAFETY: the test gave the address of its FuncRef as the context.
  auto* target = *reinterpret_cast<FuncRef**>(self->vmctx);
  Slot none;
  return Store::of(caller->store).enter(target, &none);
}

TEST(Interp, RecursionThroughTheHostTraps) {
  WatGuest guest;
  FuncRef* target = nullptr;
  FuncRef* host = guest.host({}, &call_back, &target);
  Instance* instance = guest.instantiate(R"((module (import "" "" (func $host)) (func $f (export "f") (call $host))))", {host});
  ASSERT_TRUE(instance);
  target = std::get<FuncRef*>(*instance->find_export("f"));
  EXPECT_FALSE(guest.call(target, {}));
  EXPECT_EQ(guest.trap(), TrapCode::StackOverflow);
  EXPECT_EQ(guest.store().ctx.activation, nullptr);
  EXPECT_EQ(guest.store().ctx.stack_top, guest.store().ctx.stack_begin);
}

TEST(Interp, ManyLocalsAndOperandsFitOrTrap) {
  WatGuest guest;
  std::string wat = "(module (func $f (export \"f\") (param i32) (result i32) (local";
  for (int i = 0; i < 40'000; ++i) wat += " i32";
  wat += R"() (if (i32.eqz (local.get 0)) (then (return (local.get 40000))))
            (call $f (i32.sub (local.get 0) (i32.const 1))))))";
  Instance* instance = guest.instantiate(wat);
  ASSERT_TRUE(instance);
  EXPECT_EQ(guest.call(instance, "f", {5}), Values{0});
  EXPECT_FALSE(guest.call(instance, "f", {50}));
  EXPECT_EQ(guest.trap(), TrapCode::StackOverflow);
}

TEST(Interp, NestedBlocksRun) {
  WatGuest guest;
  constexpr u32 kDepth = 100'000;
  // (func (result i32) block ... block (br outermost) end ... end i32.const 7), as bytes.
  std::vector<u8> body{0x00};
  for (u32 i = 0; i < kDepth; ++i) body.insert(body.end(), {0x02, 0x40});
  body.push_back(0x0c);
  append_uleb(body, kDepth - 1);
  body.insert(body.end(), kDepth, 0x0b);
  body.insert(body.end(), {0x41, 0x07, 0x0b});
  std::vector<u8> module{0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 7, 5, 1, 1, 'f', 0, 0, 10};
  std::vector<u8> code{1};
  append_uleb(code, body.size());
  code.insert(code.end(), body.begin(), body.end());
  append_uleb(module, code.size());
  module.insert(module.end(), code.begin(), code.end());
  Instance* instance = guest.instantiate(std::move(module));
  ASSERT_TRUE(instance);
  EXPECT_EQ(guest.call(instance, "f"), Values{7});
}

TEST(Interp, MoreResultsThanTheFrameHasRoomFor) {
  WatGuest guest;
  Instance* instance = guest.instantiate(R"((module
    (func $many (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
      i32.const 1 i32.const 2 i32.const 3 i32.const 4 i32.const 5 i32.const 6
      i32.const 7 i32.const 8 i32.const 9 i32.const 10 i32.const 11 i32.const 12)
    (func $tail (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) return_call $many)
    (func (export "f") (result i32) (local i32)
      call $many i32.sub i32.sub i32.sub i32.sub i32.sub i32.sub i32.sub i32.sub i32.sub i32.sub i32.sub)
    (func (export "g") (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) call $tail)))");
  ASSERT_TRUE(instance);
  EXPECT_EQ(guest.call(instance, "f"), Values{low32(-6)});
  EXPECT_EQ(guest.call(instance, "g"), (Values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(Interp, ScalarAndVectorFunctionsCallEachOther) {
  WatGuest guest;
  Instance* instance = guest.instantiate(R"((module
    (global $g (mut v128) (v128.const i64x2 1 2))
    (func $swap (param v128 v128) (result v128 v128) (local.get 1) (local.get 0))
    (func $scalar (param i64) (result i64) (i64.add (local.get 0) (call $high (local.get 0))))
    (func $high (param i64) (result i64) (local v128)
      (local.set 1 (i64x2.splat (local.get 0)))
      (call $swap (local.get 1) (global.get $g))
      (global.set $g)
      (i64x2.add (global.get $g))
      (i64x2.extract_lane 1))
    (func (export "f") (param i64) (result i64) (call $scalar (local.get 0)))
    (func (export "pick") (param i32) (result i64)
      (i64x2.extract_lane 1 (block (result v128)
        (drop (br_if 0 (select (v128.const i64x2 1 11) (v128.const i64x2 2 22) (local.get 0)) (i32.const 1)))
        (v128.const i64x2 0 0))))))");
  ASSERT_TRUE(instance);
  EXPECT_EQ(guest.call(instance, "f", {5}), Values{5 + 2 + 5});
  EXPECT_EQ(guest.call(instance, "pick", {1}), Values{11});
  EXPECT_EQ(guest.call(instance, "pick", {0}), Values{22});
}

TEST(Interp, EachInstanceHasItsMemory) {
  WatGuest guest;
  Instance* first = guest.instantiate(R"((module (memory 1) (data (i32.const 0) "\2a")
    (func (export "get") (result i32) (i32.load8_u (i32.const 0)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))))");
  Instance* second = guest.instantiate(R"((module (import "" "get" (func $get (result i32)))
    (import "" "grow" (func $grow (result i32)))
    (memory 1) (data (i32.const 0) "\07")
    (func (export "f") (result i32)
      (drop (call $grow))
      (i32.add (i32.mul (i32.const 100) (call $get)) (i32.load8_u (i32.const 0))))
    (func (export "tail") (result i32) (return_call $get))))",
                                       {*first->find_export("get"), *first->find_export("grow")});
  ASSERT_TRUE(second);
  EXPECT_EQ(guest.call(second, "f"), Values{4207});
  EXPECT_EQ(guest.call(second, "tail"), Values{42});
}

// --- ends from outside -------------------------------------------------------------------------------------------------------

TEST(Interp, FuelIsCountedAsInstructionsRun) {
  WatGuest guest({.meters_fuel = true});
  struct Case {
    u64 fuel;
    const char* body;
  };
  // One for entering, one for each instruction but nop, drop, block, loop, else, end, return, unreachable.
  for (const Case& c :
       {Case{1, ""}, Case{2, "i32.const 0 drop"}, Case{1, "block end"}, Case{1, "nop nop"},
        Case{3, "i32.const 0 if i32.const 1 drop end"}, Case{4, "i32.const 1 if i32.const 1 drop end"},
        Case{3, "block i32.const 1 br_if 0 i32.const 1 drop end"}, Case{3, "call $g"}, Case{1, "return i32.const 0 drop"}}) {
    Instance* instance = guest.instantiate(fmt::format(R"((module (func $g i32.const 9 drop) (func (export "f") {})))", c.body));
    ASSERT_TRUE(instance);
    guest.store().set_fuel(1000);
    EXPECT_TRUE(guest.call(instance, "f"));
    EXPECT_EQ(1000 - guest.store().fuel(), c.body == std::string_view("call $g") ? 4 : c.fuel) << c.body;
  }
}

TEST(Interp, FuelEndsLoopsAndRecursion) {
  WatGuest guest({.meters_fuel = true});
  Instance* instance = guest.instantiate(R"((module
    (func (export "loop") (loop (br 0)))
    (func $f (export "recursion") (call $f) (call $f))
    (func $t (export "tail") (return_call $t))
    (func (export "long") (param i32) (result i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))))");
  ASSERT_TRUE(instance);
  for (const char* name : {"loop", "tail"}) {
    guest.store().set_fuel(100'000);
    EXPECT_FALSE(guest.call(instance, name));
    EXPECT_EQ(guest.trap(), TrapCode::OutOfFuel);
    EXPECT_EQ(guest.store().fuel(), 0u);
  }
  guest.store().set_fuel(~u64{0});
  EXPECT_EQ(guest.call(instance, "long", {100'000}), Values{0});
}

const char* const kEndless = R"((module
  (func (export "br") (loop (br 0)))
  (func (export "br_if") (param i32) (loop (br_if 0 (i32.const 1))))
  (func (export "br_table") (param i32) (loop (br_table 0 0 (local.get 0))))
  (func (export "values") (param i32) (result i32)
    (i32.const 1) (i32.const 2) (loop (param i32 i32) (result i32) (drop) (i32.const 5) (i32.const 6) (br 0)))
  (func $tail (export "tail") (return_call $tail))))";

TEST(Interp, InterruptionFromAnotherThreadEndsLoops) {
  WatGuest guest;
  Instance* instance = guest.instantiate(kEndless);
  ASSERT_TRUE(instance);
  for (const char* name : {"br", "br_if", "br_table", "values", "tail"}) {
    std::atomic<bool> done = false;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::lock_guard hold(guest.store().interrupt_target()->lock);
      guest.store().ctx.interrupt.store(1);
      done = true;
    });
    EXPECT_FALSE(guest.call(instance, name));
    EXPECT_EQ(guest.trap(), TrapCode::Interrupt);
    EXPECT_TRUE(done);
    other.join();
  }
}

TEST(Interp, EpochEndsLoops) {
  WatGuest guest({.checks_epoch = true});
  Instance* instance = guest.instantiate(kEndless);
  ASSERT_TRUE(instance);
  for (const char* name : {"br", "br_if", "br_table", "values", "tail"}) {
    guest.store().set_epoch_deadline(1);
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      guest.engine().increment_epoch();
    });
    EXPECT_FALSE(guest.call(instance, name));
    EXPECT_EQ(guest.trap(), TrapCode::Interrupt);
    other.join();
  }
}

TEST(Interp, EpochCallbackMayGoOn) {
  WatGuest guest({.checks_epoch = true});
  Instance* instance = guest.instantiate(kEndless);
  u32 asked = 0;
  guest.store().set_epoch_deadline(1);
  guest.store().set_epoch_callback([&](Store&) -> Result<runtime::UpdateDeadline> {
    if (++asked == 10) return fail(ErrorCode::Trap, "enough");
    return runtime::UpdateDeadline{0};
  });
  guest.engine().increment_epoch();
  EXPECT_FALSE(guest.call(instance, "br"));
  EXPECT_EQ(asked, 10u);
}

// --- tail calls --------------------------------------------------------------------------------------------------------------

bool host_add(const FuncRef*, VmCtx*, Slot* args_results) {
  args_results[0].u64_ = args_results[0].u64_ + args_results[1].u64_ + args_results[2].u64_;
  return true;
}

TEST(Interp, TailCallsTakeNoSpace) {
  runtime::Tunables tunables;
  tunables.interpreter_stack = 64 << 10;
  WatGuest guest(tunables);
  FuncRef* host = guest.host({{ValType::i64(), ValType::i64(), ValType::i64()}, {ValType::i64()}}, &host_add, nullptr);
  Instance* instance = guest.instantiate(R"((module
    (import "" "add" (func $add (param i64 i64 i64) (result i64)))
    (type $one (func (param i64) (result i64))) (type $three (func (param i64 i64 v128) (result i64)))
    (table funcref (elem $even $odd $wide))
    (func $even (export "direct") (param i64) (result i64)
      (if (i64.eqz (local.get 0)) (then (return (i64.const 1))))
      (return_call $odd (i64.sub (local.get 0) (i64.const 1))))
    (func $odd (param i64) (result i64) (local i32 i32 i32)
      (if (i64.eqz (local.get 0)) (then (return (i64.const 0))))
      (return_call $even (i64.sub (local.get 0) (i64.const 1))))
    (func $narrow (export "indirect") (param i64) (result i64)
      (if (i64.eqz (local.get 0)) (then (return (i64.const 77))))
      (return_call_indirect (type $three) (i64.const 5) (i64.sub (local.get 0) (i64.const 1)) (v128.const i64x2 8 9)
        (i32.const 2)))
    (func $wide (type $three) (local f64 f64)
      (if (i64.ne (i64x2.extract_lane 1 (local.get 2)) (i64.const 9)) (then (return (i64.const -1))))
      (return_call_ref $one (local.get 1) (ref.func $narrow)))
    (elem declare func $narrow)
    (func (export "host") (param i64) (result i64)
      (return_call $add (local.get 0) (i64.const 20) (i64.const 300)))
    (func (export "host_in_loop") (param i64) (result i64) (local i64)
      (loop
        (local.set 1 (i64.add (local.get 1) (call $by_tail (i64.const 1) (i64.const 2))))
        (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
      (local.get 1))
    (func $by_tail (param i64 i64) (result i64) (return_call $add (local.get 0) (local.get 1) (i64.const 3)))))",
                                         {host});
  ASSERT_TRUE(instance);
  EXPECT_EQ(guest.call(instance, "direct", {10'000'000}), Values{1});
  EXPECT_EQ(guest.call(instance, "direct", {10'000'001}), Values{0});
  EXPECT_EQ(guest.call(instance, "indirect", {3'000'000}), Values{77});
  EXPECT_EQ(guest.call(instance, "host", {1}), Values{321});
  EXPECT_EQ(guest.call(instance, "host_in_loop", {1000}), Values{6000});
}

// --- host functions and walks ------------------------------------------------------------------------------------------------

struct Walk {
  WatGuest* guest;
  FuncRef* inner = nullptr;  ///< called by the host function, first
  std::vector<runtime::Backtrace> seen;
};

bool walk_and_enter(const FuncRef* self, VmCtx* caller, Slot* args_results) {
  // SAFETY: the test gave the Walk's address as the context.
  auto* walk = reinterpret_cast<Walk*>(self->vmctx);
  Store& store = Store::of(caller->store);
  walk->seen.push_back(store.backtrace());
  if (FuncRef* inner = std::exchange(walk->inner, nullptr)) {
    Slot slot;
    slot.u64_ = args_results[0].u64_;
    if (!store.enter(inner, &slot)) return false;
    args_results[0] = slot;
  }
  args_results[0].u32_ += 1;
  return true;
}

TEST(Interp, WalksReportEveryFrameAtItsCall) {
  WatGuest guest;
  Walk walk{&guest};
  FuncRef* host = guest.host({{ValType::i32()}, {ValType::i32()}}, &walk_and_enter, &walk);
  Instance* instance = guest.instantiate(R"((module
    (import "" "" (func $host (param i32) (result i32)))
    (type $t (func (param i32) (result i32)))
    (table funcref (elem $inner))
    (func $outer (export "outer") (param i32) (result i32) (local.get 0) (call $middle) (i32.const 10) (i32.mul))
    (func $middle (param i32) (result i32) (local i64) (local.get 0) (i32.const 0) (call_indirect (type $t)))
    (func $inner (export "inner") (param i32) (result i32) (i32.const 100) (local.get 0) (call $host) (i32.add))
    (func $last (export "last") (param i32) (result i32) (return_call $inner (local.get 0)))))",
                                         {host});
  ASSERT_TRUE(instance);
  walk.inner = std::get<FuncRef*>(*instance->find_export("last"));
  // outer(1): the host enters last(1) = 102, gives 103, and inner 203.
  EXPECT_EQ(guest.call(instance, "outer", {1}), Values{2030});
  ASSERT_EQ(walk.seen.size(), 2u);

  auto check = [&](const runtime::Backtrace& frames, std::vector<std::pair<u32, u8>> expected) {
    ASSERT_EQ(frames.size(), expected.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(frames[i].func_index, expected[i].first) << i;
      EXPECT_EQ(frames[i].module->desc().bytes[frames[i].offset], expected[i].second) << i;
      EXPECT_EQ(frames[i].module, instance->module());
    }
  };
  constexpr u8 kCall = 0x10, kCallIndirect = 0x11;
  check(walk.seen[0], {{3, kCall}, {2, kCallIndirect}, {1, kCall}});
  // The nested entry's frames come first; `last` has been replaced by `inner`.
  check(walk.seen[1], {{3, kCall}, {3, kCall}, {2, kCallIndirect}, {1, kCall}});
  EXPECT_EQ(guest.store().ctx.activation, nullptr);
  EXPECT_EQ(guest.store().ctx.stack_top, guest.store().ctx.stack_begin);
}

TEST(Interp, TrapsReportTheInstruction) {
  WatGuest guest;
  Instance* instance = guest.instantiate(R"((module (memory 1)
    (func $f (export "f") (param i32) (result i32) (i32.load offset=300 (local.get 0)))
    (func $g (export "g") (param i32) (nop) (memory.fill (local.get 0) (i32.const 0) (i32.const 9)))
    (func (export "h") (param i32) (drop (v128.load16_splat offset=1000 (local.get 0))))))");
  ASSERT_TRUE(instance);
  for (auto [name, opcode] : {std::pair{"f", 0x28}, std::pair{"g", 0xfc}, std::pair{"h", 0xfd}}) {
    EXPECT_FALSE(guest.call(instance, name, {low32(-5)}));
    ASSERT_EQ(guest.backtrace().size(), 1u);
    EXPECT_EQ(instance->module()->desc().bytes[guest.backtrace()[0].offset], opcode) << name;
  }
}

TEST(Interp, AHostFunctionsTrapEndsAllFrames) {
  WatGuest guest;
  FuncRef* host = guest.host(
      {}, [](const FuncRef*, VmCtx* caller, Slot*) { return Store::of(caller->store).raise(TrapCode::CastFailure); }, nullptr);
  Instance* instance = guest.instantiate(
      R"((module (import "" "" (func $host)) (func $f (export "f") (call $g)) (func $g (call $host))))", {host});
  ASSERT_TRUE(instance);
  EXPECT_FALSE(guest.call(instance, "f"));
  EXPECT_EQ(guest.trap(), TrapCode::CastFailure);
  EXPECT_EQ(guest.backtrace().size(), 2u);
}

}  // namespace
}  // namespace tenon::interp
