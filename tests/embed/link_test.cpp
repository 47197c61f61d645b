// The linker, instances, reflection, and what stays when instantiation fails halfway.
#include <fmt/format.h>

#include <cmath>
#include <thread>

#include "embed.h"

namespace tenon::embed_test {
namespace {

TEST(Linker, NamesWhatIsMissingOrDoesNotFit) {
  World world;
  Result<Instance> missing = world.try_instantiate(R"((module (import "a" "b" (func))))");
  EXPECT_EQ(missing.error().code(), ErrorCode::UnknownImport);
  EXPECT_EQ(missing.error().message(), "unknown import: `a::b` has not been defined");
  take(world.linker.func_wrap("a", "b", [](i32) {}));
  Result<Instance> unfit = world.try_instantiate(R"((module (import "a" "b" (func (result i64)))))");
  EXPECT_EQ(unfit.error().code(), ErrorCode::IncompatibleImport);
  EXPECT_EQ(text_of(unfit.error()),
            "incompatible import type for `a::b`\ntypes incompatible: expected type `(func (result i64))`, found type "
            "`(func (param i32))`");
  EXPECT_EQ(world.try_instantiate(R"((module (import "a" "b" (memory 1))))").error().code(), ErrorCode::IncompatibleImport);
}

TEST(Linker, RefusesASecondDefinitionUnlessShadowing) {
  World world;
  take(world.linker.func_wrap("a", "b", [] { return 1; }));
  EXPECT_FALSE(world.linker.func_wrap("a", "b", [] { return 2; }));
  world.linker.allow_shadowing(true);
  take(world.linker.func_wrap("a", "b", [] { return 3; }));
  Func b = *world.linker.get(world.store, "a", "b")->func();
  EXPECT_EQ(take(take(b.typed<i32()>()).call()), 3);
  EXPECT_EQ(world.linker.names().size(), 1u);
}

TEST(Linker, TellsNamesApart) {
  World world;
  take(world.linker.func_wrap("a", "bc", [] { return 1; }));
  take(world.linker.func_wrap("ab", "c", [] { return 2; }));
  EXPECT_EQ(world.linker.names().size(), 2u);
  EXPECT_FALSE(world.linker.get(world.store, "abc", ""));
}

TEST(Linker, SharesAnInstancesExports) {
  World world;
  Instance first = world.instantiate(R"((module
    (memory (export "m") 1) (table (export "t") 2 funcref) (global (export "g") (mut i32) (i32.const 7))
    (tag (export "e") (param i32)) (func (export "f") (result i32) (i32.load (i32.const 0)))))");
  take(world.linker.define_instance("first", first));
  take(world.linker.alias("first", "g", "other", "h"));
  take(world.linker.alias_module("first", "again"));
  Instance second = world.instantiate(R"((module
    (import "first" "m" (memory 1)) (import "again" "t" (table 2 funcref)) (import "other" "h" (global $g (mut i32)))
    (import "first" "e" (tag (param i32))) (import "again" "f" (func $f (result i32)))
    (elem (i32.const 1) $f)
    (func (export "run") (result i32) (i32.store (i32.const 0) (i32.const 5)) (global.set $g (i32.const 9)) (call $f))
    (export "m" (memory 0))))");
  EXPECT_EQ(take(typed<i32()>(second, "run").call()), 5);
  EXPECT_EQ(first.get_global("g")->get().as_i32(), 9);
  EXPECT_EQ(*second.get_memory("m"), *first.get_memory("m"));
  EXPECT_EQ(*first.get_table("t")->get(1)->as_func(), *first.get_func("f"));
  EXPECT_FALSE(world.linker.alias("first", "none", "x", "y"));
}

TEST(Linker, ServesManyStoresAndInstances) {
  Engine engine = make_engine();
  Linker linker(engine);
  take(linker.func_wrap("h", "id", [](Caller& caller) { return *caller.data<i32>(); }));
  Module module = compile(engine, R"((module (import "h" "id" (func $id (result i32)))
    (memory 1) (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (call $id))) (i32.load (i32.const 0)))))");
  InstancePre pre = take(linker.instantiate_pre(module));
  for (i32 i = 0; i < 20; ++i) {
    Store store = take(Store::create(engine));
    store.emplace_data<i32>(i);
    for (int twice = 0; twice < 2; ++twice)
      EXPECT_EQ(take(typed<i32()>(take(pre.instantiate(store)), "f").call()), i) << "instances share nothing";
  }
}

TEST(Linker, ThreadsShareEngineAndModules) {
  Engine engine = make_engine();
  Module module = compile(engine, R"((module (func $f (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2)))))))))");
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      Module own = compile(engine, R"((module (type (func (param i64 i64 i64))) (func (type 0))))");
      Store store = take(Store::create(engine));
      Instance instance = take(Instance::create(store, module, {}));
      if (take(typed<i32(i32)>(instance, "fib").call(15)) == 610) ++right;
    });
  threads.clear();
  EXPECT_EQ(right, 4);
}

TEST(Linker, UnknownImportsMayTrapOrDefault) {
  constexpr std::string_view kGuest = R"((module
    (import "x" "f" (func $f (param i32) (result i64 externref))) (import "x" "m" (memory 2)) (import "x" "t" (table 3 funcref))
    (import "x" "g" (global i32)) (import "x" "e" (tag))
    (func (export "run") (result i64) (call $f (i32.const 1)) drop)))";
  World world;
  Module module = compile(world.engine, kGuest);
  take(world.linker.define_unknown_imports_as_default_values(world.store, module));
  Instance instance = take(world.linker.instantiate(world.store, module));
  EXPECT_EQ(take(typed<i64()>(instance, "run").call()), 0);

  Module functions = compile(world.engine, R"((module (import "y" "f" (func $f)) (func (export "run") (call $f))))");
  take(world.linker.define_unknown_imports_as_traps(functions));
  Result<> trapped = typed<void()>(take(world.linker.instantiate(world.store, functions)), "run").call();
  EXPECT_EQ(trapped.error().message(), "unknown import: `y::f` has not been defined");

  Module hard = compile(world.engine, R"((module (type $t (func)) (import "z" "g" (global (ref $t)))))");
  EXPECT_FALSE(world.linker.define_unknown_imports_as_default_values(world.store, hard));
}

TEST(Linker, CommandsAreFreshReactorsAreNot) {
  World world;
  constexpr std::string_view kCount = R"((global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))";
  take(world.linker.define_module(world.store, "command",
                                  compile(world.engine, fmt::format("(module (func (export \"_start\")) {})", kCount))));
  take(world.linker.define_module(
      world.store, "reactor",
      compile(world.engine, fmt::format("(module (func (export \"_initialize\") (global.set $n (i32.const 10))) {})", kCount))));
  auto next = [&](std::string_view module) {
    return take(take(world.linker.get(world.store, module, "next")->func()->typed<i32()>()).call());
  };
  EXPECT_EQ(next("command"), 1);
  EXPECT_EQ(next("command"), 1);
  EXPECT_EQ(next("reactor"), 11);
  EXPECT_EQ(next("reactor"), 12);
  EXPECT_TRUE(take(world.linker.get_default(world.store, "command")).call({}));
  EXPECT_TRUE(take(world.linker.get_default(world.store, "nobody")).call({}));
}

TEST(Linker, StoresAndEnginesDoNotMix) {
  World one, other;
  Instance theirs = other.instantiate("(module (memory (export \"m\") 1))");
  take(one.linker.define_instance("theirs", theirs));
  EXPECT_FALSE(one.try_instantiate(R"((module (import "theirs" "m" (memory 1))))"));
  EXPECT_FALSE(one.linker.instantiate(one.store, compile(other.engine, "(module)")));
  EXPECT_FALSE(Instance::create(one.store, compile(other.engine, "(module)"), {}));
}

TEST(Instantiation, KeepsWhatWasWrittenBeforeATrap) {
  World world;
  Instance base = world.instantiate(R"((module (memory (export "m") 1) (table (export "t") 4 funcref)
    (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))))");
  take(world.linker.define_instance("base", base));
  Result<Instance> failed = world.try_instantiate(R"((module
    (import "base" "m" (memory 1)) (import "base" "t" (table 4 funcref))
    (global $secret i32 (i32.const 77))
    (func $f (result i32) (global.get $secret))
    (elem (i32.const 0) $f) (data (i32.const 8) "abc") (data (i32.const 65535) "xy")))");
  EXPECT_EQ(trap_code(failed.error()), TrapCode::MemoryOutOfBounds);
  EXPECT_EQ(base.get_memory("m")->data()[9], 'b');
  EXPECT_EQ(base.get_memory("m")->data()[65535], 0) << "a segment is written whole or not at all";
  EXPECT_EQ(take(typed<i32(i32)>(base, "call").call(0)), 77) << "the failed instance's function lives on";
}

TEST(Instantiation, AStartFunctionThatTrapsHasABacktrace) {
  World world;
  Result<Instance> failed = world.try_instantiate("(module $m (func $begin unreachable) (start $begin))");
  EXPECT_EQ(trap_code(failed.error()), TrapCode::Unreachable);
  ASSERT_EQ(backtrace_of(failed.error())->size(), 1u);
  EXPECT_EQ(backtrace_of(failed.error())->front().func_name(), "begin");
}

TEST(Instantiation, EvaluatesConstantExpressions) {
  World world;
  take(world.linker.define("h", "base", take(Global::create(world.store, {ValType::i32()}, Val(100)))));
  Instance instance = world.instantiate(R"((module
    (import "h" "base" (global $base i32))
    (global (export "a") i32 (i32.add (global.get $base) (i32.mul (i32.const 3) (i32.const -4))))
    (global (export "b") i64 (i64.sub (i64.const 1) (i64.const 2)))
    (global $c (export "c") f32 (f32.const -0x1p-3)) (global (export "d") f64 (f64.const inf))
    (global (export "v") v128 (v128.const i64x2 1 2)) (global (export "n") externref (ref.null extern))
    (func $f) (global (export "f") funcref (ref.func $f)) (global (export "i") i31ref (ref.i31 (i32.const -7)))
    (global (export "later") i32 (i32.sub (global.get $base) (i32.const 1)))))");
  auto get = [&](std::string_view name) { return instance.get_global(name)->get(); };
  EXPECT_EQ(get("a").as_i32(), 88);
  EXPECT_EQ(get("b").as_i64(), -1);
  EXPECT_EQ(get("c").as_f32(), -0.125f);
  EXPECT_EQ(get("d").as_f64(), HUGE_VAL);
  EXPECT_EQ(get("v").as_v128(), (Bits128{1, 2}));
  EXPECT_TRUE(get("n").is_null());
  EXPECT_TRUE(get("f").as_func());
  EXPECT_EQ(get("i").as_any().i31_s(), -7);
  EXPECT_EQ(get("later").as_i32(), 99);
}

TEST(Reflection, ShowsImportsAndExports) {
  World world;
  Module module = compile(world.engine, R"((module $named
    (import "a" "f" (func (param i32))) (import "a" "g" (global (mut i64)))
    (memory (export "m") 1 4) (table (export "t") 2 externref) (func (export "h") (result f32) (f32.const 0))
    (export "again" (func 0))))");
  EXPECT_EQ(module.name(), "named");
  ASSERT_EQ(module.imports().size(), 2u);
  EXPECT_EQ(module.imports()[1].name, "g");
  EXPECT_EQ(std::get<GlobalType>(module.imports()[1].type), (GlobalType{ValType::i64(), true}));
  std::vector<ExportInfo> exports = module.exports();
  ASSERT_EQ(exports.size(), 4u);
  EXPECT_EQ(exports[0].name, "m");
  EXPECT_EQ(std::get<MemoryType>(exports[0].type).limits, (Limits{1, 4}));
  const FuncType& h = world.engine.types().func(std::get<FuncExtern>(*module.find_export("h")).type);
  EXPECT_EQ(h, (FuncType{{}, {ValType::f32()}}));
  EXPECT_FALSE(module.find_export("none"));
}

TEST(Handles, MemoriesReadWriteAndGrow) {
  World world;
  Memory memory = take(Memory::create(world.store, {.limits = {1, 3}}));
  u8 bytes[4] = {1, 2, 3, 4}, back[4] = {};
  take(memory.write(65532, bytes));
  take(memory.read(65532, back));
  EXPECT_EQ(back[3], 4);
  EXPECT_FALSE(memory.write(65533, bytes));
  EXPECT_FALSE(memory.read(~u64{0}, back));
  EXPECT_EQ(take(memory.grow(2)), 1u);
  EXPECT_EQ(memory.byte_size(), 3u << 16);
  EXPECT_FALSE(memory.grow(1));
  EXPECT_EQ(memory.type().limits, (Limits{3, 3}));
  EXPECT_FALSE(Memory::create(world.store, {.limits = {2, 1}}));
  EXPECT_FALSE(Memory::create(world.store, {.limits = {65537, {}}}));
}

TEST(Handles, TablesAndGlobalsKeepTheirTypes) {
  World world;
  Table table = take(Table::create(world.store, {ValType::funcref(), {1, 5}}, Val::null_func()));
  Func func = take(Func::wrap(world.store, [] {}));
  take(table.set(0, Val(func)));
  EXPECT_EQ(*table.get(0)->as_func(), func);
  EXPECT_FALSE(table.get(1));
  EXPECT_FALSE(table.set(1, Val(func)));
  EXPECT_FALSE(table.set(0, Val(1)));
  EXPECT_FALSE(table.set(0, Val(ExternRef())));
  EXPECT_EQ(take(table.grow(4, Val(func))), 1u);
  EXPECT_FALSE(table.grow(1, Val(func)));
  EXPECT_EQ(*table.get(4)->as_func(), func);

  Global constant = take(Global::create(world.store, {ValType::i32()}, Val(1)));
  Global variable = take(Global::create(world.store, {ValType::i32(), true}, Val(1)));
  EXPECT_FALSE(constant.set(Val(2)));
  EXPECT_FALSE(variable.set(Val(2.0)));
  take(variable.set(Val(2)));
  EXPECT_EQ(variable.get().as_i32(), 2);
  EXPECT_FALSE(Global::create(world.store, {ValType::i32()}, Val(i64{1})));
}

TEST(Handles, LinkWithTheirPresentSize) {
  World world;
  Memory memory = take(Memory::create(world.store, {.limits = {1, 5}}));
  take(world.linker.define("h", "m", memory));
  constexpr std::string_view kNeedsThree = R"((module (import "h" "m" (memory 3 5))))";
  EXPECT_FALSE(world.try_instantiate(kNeedsThree));
  take(memory.grow(2));
  EXPECT_TRUE(world.try_instantiate(kNeedsThree));
  EXPECT_FALSE(world.try_instantiate(R"((module (import "h" "m" (memory 3 4))))"));
}

TEST(SharedMemory, IsOneMemoryForTwoThreads) {
  Engine engine = make_engine();
  SharedMemory memory = take(SharedMemory::create(engine, {.limits = {1, 4}, .is_shared = true}));
  Linker linker(engine);
  take(linker.define("h", "m", memory));
  Module module = compile(engine, R"((module (import "h" "m" (memory 1 4 shared))
    (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (func (export "wake") (result i32)
      (i32.atomic.store (i32.const 0) (i32.const 1)) (memory.atomic.notify (i32.const 0) (i32.const 10)))
    (func (export "expired") (result i32) (memory.atomic.wait64 (i32.const 8) (i64.const 0) (i64.const 1000000)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func (export "size") (result i32) (memory.size))))");
  std::atomic<int> answer = -1;
  std::jthread waiter([&] {
    Store store = take(Store::create(engine));
    answer = take(typed<i32()>(take(linker.instantiate(store, module)), "wait").call());
  });
  Store store = take(Store::create(engine));
  Instance instance = take(linker.instantiate(store, module));
  while (take(typed<i32()>(instance, "wake").call()) == 0 && answer == -1) std::this_thread::yield();
  waiter.join();
  EXPECT_TRUE(answer == 0 || answer == 1);
  EXPECT_EQ(take(typed<i32()>(instance, "expired").call()), 2);
  EXPECT_EQ(take(typed<i32()>(instance, "grow").call()), 1);
  EXPECT_EQ(memory.byte_size(), 2u << 16);
  EXPECT_EQ(take(typed<i32()>(instance, "size").call()), 2);
  EXPECT_FALSE(SharedMemory::create(engine, {.limits = {1, {}}, .is_shared = true}));
}

TEST(Module, BadBytesAreErrors) {
  Engine engine = make_engine();
  EXPECT_EQ(info(Module::compile(engine, as_bytes("nonsense")).error().code()).kind, ErrorKind::Malformed);
  EXPECT_FALSE(Module::compile(engine, Bytes()));
  EXPECT_EQ(Engine::create({}, {}).error().code(), ErrorCode::Usage);
}

}  // namespace
}  // namespace tenon::embed_test
