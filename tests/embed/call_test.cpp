// Calls in both directions: types, values, errors, nesting.
#include <cmath>

#include "embed.h"

namespace tenon::embed_test {
namespace {

TEST(Call, CarriesEveryNumberBothWays) {
  World world;
  Instance instance = world.instantiate(R"((module
    (func (export "i32") (param i32) (result i32) (local.get 0))
    (func (export "i64") (param i64) (result i64) (local.get 0))
    (func (export "f32") (param f32) (result f32) (local.get 0))
    (func (export "f64") (param f64) (result f64) (local.get 0))
    (func (export "v128") (param v128) (result v128) (local.get 0))
    (func (export "all") (param i32 i64 f32 f64 v128) (result v128 f64 f32 i64 i32)
      (local.get 4) (local.get 3) (local.get 2) (local.get 1) (local.get 0))))");
  EXPECT_EQ(take(typed<i32(i32)>(instance, "i32").call(-5)), -5);
  EXPECT_EQ(take(typed<u32(u32)>(instance, "i32").call(0xffff'fff0)), 0xffff'fff0);
  EXPECT_EQ(take(typed<i64(i64)>(instance, "i64").call(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(take(typed<f32(f32)>(instance, "f32").call(1.5f)), 1.5f);
  EXPECT_EQ(take(typed<f64(f64)>(instance, "f64").call(-0.0)), 0.0);
  EXPECT_EQ(take(typed<Bits128(Bits128)>(instance, "v128").call({1, 2})), (Bits128{1, 2}));
  auto [v, d, f, l, i] =
      take(typed<std::tuple<Bits128, f64, f32, i64, i32>(i32, i64, f32, f64, Bits128)>(instance, "all").call(1, 2, 3, 4, {5, 6}));
  EXPECT_EQ(v, (Bits128{5, 6}));
  EXPECT_EQ(d, 4);
  EXPECT_EQ(f, 3);
  EXPECT_EQ(l, 2);
  EXPECT_EQ(i, 1);
}

// covers: error WrongType NoSuchExport
TEST(Call, ChecksTypesOnceForTypedFunctions) {
  World world;
  Instance instance = world.instantiate(R"((module (func (export "f") (param i32) (result i64) (i64.const 1))))");
  EXPECT_TRUE(instance.get_typed_func<i64(i32)>("f"));
  for (const Error& error :
       {std::move(instance.get_typed_func<i32(i32)>("f").error()), std::move(instance.get_typed_func<i64(i32, i32)>("f").error()),
        std::move(instance.get_typed_func<i64(f32)>("f").error()), std::move(instance.get_typed_func<void(i32)>("f").error())})
    EXPECT_EQ(error.code(), ErrorCode::WrongType);
  EXPECT_EQ(instance.get_typed_func<void()>("none").error().code(), ErrorCode::NoSuchExport);
}

TEST(Call, ChecksCountsAndTypesOfValues) {
  World world;
  Func func = *world.instantiate(R"((module (func (export "f") (param i32 f64) (result i32) (local.get 0))))").get_func("f");
  std::vector<Val> results = take(func.call({Val(7), Val(1.0)}));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].as_i32(), 7);
  EXPECT_EQ(func.call({Val(7)}).error().code(), ErrorCode::WrongType);
  EXPECT_EQ(func.call({Val(7), Val(1)}).error().code(), ErrorCode::WrongType);
  Val none[2];
  Val args[2] = {Val(1), Val(1.0)};
  EXPECT_EQ(func.call(args, none).error().code(), ErrorCode::WrongType);
}

TEST(Call, TakesManyArgumentsAndResults) {
  World world;
  std::string wat = "(module (func (export \"f\") (param";
  for (int i = 0; i < 100; ++i) wat += " i32";
  wat += ") (result";
  for (int i = 0; i < 100; ++i) wat += " i32";
  wat += ")";
  for (int i = 99; i >= 0; --i) wat += "(local.get " + std::to_string(i) + ")";
  Func func = *world.instantiate(wat + "))").get_func("f");
  std::vector<Val> args;
  for (int i = 0; i < 100; ++i) args.emplace_back(i);
  std::vector<Val> results = take(func.call(args));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].as_i32(), 99 - i);
}

TEST(HostFunction, SeesArgumentsCallerAndData) {
  World world;
  struct Sum {
    i64 value = 0;
  };
  world.store.emplace_data<Sum>();
  take(world.linker.func_wrap("h", "add", [](Caller& caller, i32 a, i64 b) { caller.data<Sum>()->value += a + b; }));
  take(world.linker.func_wrap("h", "peek", [](Caller& caller, u32 at) -> Result<u32> {
    u8 byte;
    TENON_TRY_VOID(caller.memory()->read(at, {&byte, 1}));
    return byte;
  }));
  take(world.linker.func_wrap("h", "swap", [](i32 a, f32 b) { return std::tuple(b, a); }));
  Instance instance = world.instantiate(R"((module
    (import "h" "add" (func $add (param i32 i64)))
    (import "h" "peek" (func $peek (param i32) (result i32)))
    (import "h" "swap" (func $swap (param i32 f32) (result f32 i32)))
    (memory (export "memory") 1) (data (i32.const 3) "\2a")
    (func (export "add") (call $add (i32.const 40) (i64.const 2)))
    (func (export "peek") (param i32) (result i32) (call $peek (local.get 0)))
    (func (export "swap") (param i32 f32) (result f32 i32) (call $swap (local.get 0) (local.get 1)))))");
  take(typed<void()>(instance, "add").call());
  EXPECT_EQ(world.store.data<Sum>()->value, 42);
  EXPECT_EQ(take(typed<i32(i32)>(instance, "peek").call(3)), 42);
  EXPECT_FALSE(typed<i32(i32)>(instance, "peek").call(65536));
  EXPECT_EQ(take(typed<std::tuple<f32, i32>(i32, f32)>(instance, "swap").call(1, 2)), std::tuple(2.0f, 1));
}

// covers: error Io
TEST(HostFunction, ErrorsComeBackWithABacktrace) {
  World world;
  take(world.linker.func_wrap("h", "fail", [] { return Result<>(fail(ErrorCode::Io, "the disk is full")); }));
  Instance instance = world.instantiate(R"((module $m
    (import "h" "fail" (func $fail))
    (func $inner (call $fail))
    (func $outer (export "run") (call $inner))))");
  Result<> failed = typed<void()>(instance, "run").call();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::Io);
  EXPECT_EQ(failed.error().message(), "the disk is full");
  EXPECT_FALSE(trap_code(failed.error()));
  const Backtrace* frames = backtrace_of(failed.error());
  ASSERT_TRUE(frames);
  ASSERT_EQ(frames->size(), 2u);
  EXPECT_EQ((*frames)[0].func_name(), "inner");
  EXPECT_EQ((*frames)[1].func_name(), "outer");
  EXPECT_EQ((*frames)[1].module_name(), "m");
  EXPECT_NE(text_of(failed.error()).find("error while executing at wasm backtrace:\n    0: "), std::string::npos);
  EXPECT_NE(text_of(failed.error()).find(" - m!outer"), std::string::npos);
}

// covers: trap HostFailed
TEST(HostFunction, ExceptionsBecomeTraps) {
  World world;
  take(world.linker.func_wrap("h", "throw", []() -> i32 { throw std::runtime_error("no luck"); }));
  take(world.linker.func_wrap("h", "int", [] { throw 3; }));
  Instance instance = world.instantiate(R"((module
    (import "h" "throw" (func $t (result i32))) (import "h" "int" (func $i))
    (func (export "t") (result i32) (call $t)) (func (export "i") (call $i))))");
  Result<i32> failed = typed<i32()>(instance, "t").call();
  ASSERT_FALSE(failed);
  EXPECT_EQ(trap_code(failed.error()), TrapCode::HostFailed);
  EXPECT_NE(failed.error().message().find("no luck"), std::string::npos);
  EXPECT_EQ(trap_code(typed<void()>(instance, "i").call().error()), TrapCode::HostFailed);
}

// covers: error Exit
TEST(HostFunction, ExitCarriesItsStatusAndNoBacktrace) {
  World world;
  take(world.linker.func_wrap("h", "exit", [](i32 status) { return Result<>(std::unexpected(exit_error(status))); }));
  Instance instance = world.instantiate(R"((module (import "h" "exit" (func $e (param i32)))
    (func (export "run") (call $e (i32.const 7)) unreachable)))");
  Result<> ended = typed<void()>(instance, "run").call();
  ASSERT_FALSE(ended);
  EXPECT_EQ(exit_status(ended.error()), 7);
  EXPECT_TRUE(ended.error().context().empty());
}

TEST(HostFunction, CallsBackIntoTheGuest) {
  World world;
  take(world.linker.func_wrap("h", "again", [](Caller& caller, i32 n) -> Result<i32> {
    TENON_TRY(auto run, caller.get_export("run")->func()->typed<i32(i32)>());
    return run.call(n - 1);
  }));
  Instance instance = world.instantiate(R"((module (import "h" "again" (func $again (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call $again (local.get 0)))) (else (i32.const 0))))))");
  EXPECT_EQ(take(typed<i32(i32)>(instance, "run").call(50)), 50);
  // Endless nesting ends at the native stack's limit, and the store still works.
  EXPECT_EQ(trap_code(typed<i32(i32)>(instance, "run").call(-1).error()), TrapCode::StackOverflow);
  EXPECT_EQ(take(typed<i32(i32)>(instance, "run").call(3)), 3);
}

TEST(HostFunction, ATrapOfANestedCallHasAllFrames) {
  World world;
  take(world.linker.func_wrap("h", "bounce", [](Caller& caller) -> Result<> {
    TENON_TRY(auto inner, caller.get_export("inner")->func()->typed<void()>());
    return inner.call();
  }));
  Instance instance = world.instantiate(R"((module (import "h" "bounce" (func $bounce))
    (func $inner (export "inner") unreachable) (func $outer (export "outer") (call $bounce))))");
  Result<> failed = typed<void()>(instance, "outer").call();
  EXPECT_EQ(trap_code(failed.error()), TrapCode::Unreachable);
  ASSERT_EQ(backtrace_of(failed.error())->size(), 2u);
  EXPECT_EQ((*backtrace_of(failed.error()))[0].func_name(), "inner");
  EXPECT_EQ((*backtrace_of(failed.error()))[1].func_name(), "outer");
  EXPECT_EQ(failed.error().context().size(), 1u);
}

TEST(HostFunction, TypesKnownAtRunTime) {
  World world;
  FuncType type{{ValType::i32(), ValType::externref()}, {ValType::i64()}};
  take(world.linker.func_new("h", "f", type, [](Caller&, std::span<const Val> args, std::span<Val> results) -> Result<> {
    results[0] = Val(i64{args[0].as_i32()} + (args[1].is_null() ? 0 : *args[1].as_extern().get<i64>()));
    return {};
  }));
  take(world.linker.func_new("h", "wrong", FuncType{{}, {ValType::i32()}},
                             [](Caller&, std::span<const Val>, std::span<Val> results) -> Result<> {
                               results[0] = Val(1.0);
                               return {};
                             }));
  Instance instance = world.instantiate(R"((module
    (import "h" "f" (func $f (param i32 externref) (result i64))) (import "h" "wrong" (func $w (result i32)))
    (func (export "f") (param externref) (result i64) (call $f (i32.const 2) (local.get 0)))
    (func (export "w") (result i32) (call $w))))");
  auto f = typed<i64(ExternRef)>(instance, "f");
  EXPECT_EQ(take(f.call(ExternRef())), 2);
  EXPECT_EQ(take(f.call(*ExternRef::create(world.store, i64{40}))), 42);
  EXPECT_EQ(typed<i32()>(instance, "w").call().error().code(), ErrorCode::WrongType);
}

TEST(HostFunction, MayBeCalledByTheHost) {
  World world;
  Func func = take(Func::wrap(world.store, [](Caller& caller, i32 x) { return caller.memory() ? -1 : x + 1; }));
  EXPECT_EQ(take(take(func.typed<i32(i32)>()).call(4)), 5);
  EXPECT_EQ(func.type(), (FuncType{{ValType::i32()}, {ValType::i32()}}));
}

TEST(Reference, ExternrefsComeBackAsTheyWere) {
  World world;
  Instance instance = world.instantiate(R"((module
    (table (export "t") 4 externref) (global $g (mut externref) (ref.null extern))
    (func (export "keep") (param externref) (table.set (i32.const 1) (local.get 0)) (global.set $g (local.get 0)))
    (func (export "table") (result externref) (table.get (i32.const 1)))
    (func (export "global") (result externref) (global.get $g))))");
  ExternRef text = *ExternRef::create(world.store, std::string("hello"));
  take(typed<void(ExternRef)>(instance, "keep").call(text));
  ExternRef table = take(typed<ExternRef()>(instance, "table").call());
  ASSERT_TRUE(table.get<std::string>());
  EXPECT_EQ(*table.get<std::string>(), "hello");
  EXPECT_EQ(table.get<int>(), nullptr);
  EXPECT_EQ(take(typed<ExternRef()>(instance, "global").call()).get<std::string>(), text.get<std::string>());
  EXPECT_EQ(instance.get_table("t")->get(1)->as_extern().get<std::string>(), text.get<std::string>());
  EXPECT_TRUE(instance.get_table("t")->get(0)->is_null());
}

TEST(Reference, OutlivesItsStoreAsNull) {
  ExternRef kept;
  {
    World world;
    kept = *ExternRef::create(world.store, 5);
    EXPECT_EQ(*kept.get<int>(), 5);
  }
  EXPECT_TRUE(kept.is_null());
  ExternRef copy = kept;
  EXPECT_EQ(copy.get<int>(), nullptr);
}

TEST(Reference, FunctionsAreFirstClass) {
  World world;
  Instance instance = world.instantiate(R"((module
    (type $t (func (param i32) (result i32)))
    (table (export "t") 2 funcref) (elem declare func $double)
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "get") (result funcref) (ref.func $double))
    (func (export "call") (param funcref i32) (result i32)
      (table.set (i32.const 0) (local.get 0)) (call_indirect (type $t) (local.get 1) (i32.const 0)))))");
  std::optional<Func> twice = take(typed<std::optional<Func>()>(instance, "get").call());
  ASSERT_TRUE(twice);
  EXPECT_EQ(take(take(twice->typed<i32(i32)>()).call(21)), 42);
  auto call = typed<i32(std::optional<Func>, i32)>(instance, "call");
  EXPECT_EQ(take(call.call(*twice, 4)), 8);
  EXPECT_EQ(take(call.call(take(Func::wrap(world.store, [](i32 x) { return x + 100; })), 4)), 104);
  EXPECT_EQ(trap_code(call.call(std::nullopt, 4).error()), TrapCode::IndirectCallToNull);
  EXPECT_EQ(trap_code(call.call(take(Func::wrap(world.store, [] {})), 4).error()), TrapCode::BadSignature);
}

TEST(Reference, OfAnotherStoreAreRefused) {
  World world;
  Store other = take(Store::create(world.engine));
  Instance instance = world.instantiate(R"((module (func (export "f") (param externref funcref))))");
  ExternRef theirs = *ExternRef::create(other, 1);
  Func func = take(Func::wrap(other, [] {}));
  auto f = typed<void(ExternRef, std::optional<Func>)>(instance, "f");
  EXPECT_EQ(f.call(theirs, std::nullopt).error().code(), ErrorCode::WrongType);
  EXPECT_EQ(f.call(ExternRef(), func).error().code(), ErrorCode::WrongType);
  EXPECT_EQ(instance.get_func("f")->call({Val(theirs), Val::null_func()}).error().code(), ErrorCode::WrongType);
  EXPECT_TRUE(f.call(ExternRef(), std::nullopt));
}

TEST(Reference, I31CrossesAsItIs) {
  World world;
  Instance instance = world.instantiate(R"((module
    (func (export "f") (param anyref) (result anyref) (local.get 0))
    (func (export "make") (param i32) (result i31ref) (ref.i31 (local.get 0)))))");
  AnyRef back = take(typed<AnyRef(AnyRef)>(instance, "f").call(AnyRef::i31(world.store, 0x7fff'ffff)));
  ASSERT_TRUE(back.is_i31());
  EXPECT_EQ(back.i31_s(), -1);
  EXPECT_EQ(back.i31_u(), 0x7fff'ffffu);
  EXPECT_EQ(take(typed<AnyRef(i32)>(instance, "make").call(5)).i31_s(), 5);
}

}  // namespace
}  // namespace tenon::embed_test
