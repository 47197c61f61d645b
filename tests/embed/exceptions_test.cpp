// Exceptions across the border: thrown by guests and caught by the host, the other way round, and through frames of both.
#include "embed.h"

namespace tenon::embed_test {
namespace {

using Types = std::vector<ValType>;

// Calls the function that it is given, as a host function in the midst of guests.
Func caller_of(StoreRef store) {
  return take(Func::wrap(store, [](std::optional<Func> callee) -> Result<> { return callee->call({}, {}); }));
}

TEST(Exceptions, LeaveACallAsAnErrorThatCarriesThem) {
  World host(everything());
  Instance guest = host.instantiate(R"((module
    (tag $t (export "t") (param i32 i64 f32 f64 v128 externref funcref))
    (func $f (export "f") (param externref)
      (throw $t (i32.const -1) (i64.const 2) (f32.const 3.5) (f64.const -4.5) (v128.const i64x2 5 6) (local.get 0)
        (ref.func $f)))))");
  auto done = func(guest, "f").call({Val(*ExternRef::create(host.store, 77))});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::Exception);
  EXPECT_EQ(done.error().message(), "thrown Wasm exception");
  EXPECT_FALSE(trap_code(done.error()));
  ASSERT_NE(backtrace_of(done.error()), nullptr);
  EXPECT_EQ(backtrace_of(done.error())->size(), 1u);
  auto exception = exception_of(done.error());
  ASSERT_TRUE(exception);
  EXPECT_EQ(*exception->tag(), *guest.get_tag("t"));
  std::vector<Val> fields = exception->fields();
  ASSERT_EQ(fields.size(), 7u);
  EXPECT_EQ(fields[0].as_i32(), -1);
  EXPECT_EQ(fields[1].as_i64(), 2);
  EXPECT_EQ(fields[2].as_f32(), 3.5f);
  EXPECT_EQ(fields[3].as_f64(), -4.5);
  EXPECT_EQ(fields[4].as_v128(), (Bits128{5, 6}));
  EXPECT_EQ(*fields[5].as_extern().get<int>(), 77);
  EXPECT_EQ(*fields[6].as_func(), func(guest, "f"));
}

constexpr std::string_view kCatcher = R"((module
  (import "" "f" (func $f))
  (import "" "t" (tag $t (param i32 v128 i64)))
  (func (export "catch") (result i32 v128 i64)
    (block $h (result i32 v128 i64)
      (try_table (catch $t $h) (call $f))
      (i32.const 0) (v128.const i64x2 0 0) (i64.const 0)))
  (func $tail (export "tail") (return_call $f))
  (func (export "catch_tail") (result i32)
    (block $h
      (try_table (catch_all $h) (call $tail))
      (return (i32.const 0)))
    (i32.const 1))))";

TEST(Exceptions, HostFunctionsThrow) {
  World host(everything());
  Tag tag = take(Tag::create(host.store, FuncType{Types{ValType::i32(), ValType::v128(), ValType::i64()}, {}}));
  Func thrower = take(Func::wrap(host.store, [&]() -> Result<> {
    ExnRef exception = take(ExnRef::create(tag, {Val(1), Val(Bits128{2, 3}), Val(i64{4})}));
    return std::unexpected(throw_error(exception).with_context("which guests do not see"));
  }));
  Instance guest = host.instantiate(kCatcher, {thrower, tag});
  std::vector<Val> results = take(func(guest, "catch").call({}));
  EXPECT_EQ(results[0].as_i32(), 1);
  EXPECT_EQ(results[1].as_v128(), (Bits128{2, 3}));
  EXPECT_EQ(results[2].as_i64(), 4);
  // The frame that makes a tail call is gone when its callee throws; its caller is not.
  EXPECT_EQ(take(func(guest, "catch_tail").call({}))[0].as_i32(), 1);
  // Without a guest in between it arrives as it left.
  auto alone = thrower.call({});
  ASSERT_FALSE(alone);
  EXPECT_EQ(exception_of(alone.error())->fields()[2].as_i64(), 4);
  auto tail = func(guest, "tail").call({});
  ASSERT_FALSE(tail);
  EXPECT_EQ(*exception_of(tail.error())->tag(), tag);
}

TEST(Exceptions, TrapsAndErrorsOfTheHostAreNotCaught) {
  World host(everything());
  Func failing = take(Func::wrap(host.store, []() -> Result<> { return fail(ErrorCode::Host, "no"); }));
  Func trapping = take(Func::wrap(host.store, []() -> Result<> { return std::unexpected(trap_error(TrapCode::Unreachable)); }));
  for (const Func& callee : {failing, trapping}) {
    Instance guest = host.instantiate(R"((module (import "" "f" (func $f))
      (func (export "f") (block $h (try_table (catch_all $h) (call $f))))))",
                                      {callee});
    auto done = func(guest, "f").call({});
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().code(), ErrorCode::Exception);
    EXPECT_FALSE(exception_of(done.error()));
  }
}

// Guests around a host function that calls guests: what the inner ones throw goes on through it, or stops there.
TEST(Exceptions, PassThroughNestedEntries) {
  World host(everything());
  Instance guest = host.instantiate(R"((module
      (import "" "call" (func $call (param funcref)))
      (tag $t (export "t") (param i32))
      (func $throws (throw $t (i32.const 42)))
      (func $deep (call $call (ref.func $throws)))
      (elem declare func $throws $deep)
      (func (export "f") (result i32)
        (block $h (result i32)
          (try_table (catch $t $h) (call $call (ref.func $deep)))
          (i32.const 0)))
      (func (export "uncaught") (call $deep))
      (func $unreachable (unreachable))
      (elem declare func $unreachable)
      (func (export "trap") (block $h (try_table (catch_all $h) (call $call (ref.func $unreachable)))))))",
                                    {caller_of(host.store)});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take(func(guest, "f").call({}))[0].as_i32(), 42);
  auto uncaught = func(guest, "uncaught").call({});
  ASSERT_FALSE(uncaught);
  EXPECT_EQ(exception_of(uncaught.error())->fields()[0].as_i32(), 42);
  // The frames from where it was thrown, although it passed the host on its way.
  ASSERT_EQ(backtrace_of(uncaught.error())->size(), 3u);
  EXPECT_EQ(backtrace_of(uncaught.error())->front().func_index, 1u);
  EXPECT_EQ(trap_code(func(guest, "trap").call({}).error()), TrapCode::Unreachable);
}

TEST(Exceptions, TheHostMayKeepOneAndThrowItAgain) {
  World host(everything());
  std::optional<ExnRef> kept;
  Func keep = take(Func::wrap(host.store, [&](std::optional<Func> callee) -> Result<> {
    auto done = callee->call({}, {});
    if (!done) kept = exception_of(done.error());
    return {};
  }));
  Func again = take(Func::wrap(host.store, [&]() -> Result<> { return std::unexpected(throw_error(*kept)); }));
  Instance guest = host.instantiate(R"((module
      (import "" "keep" (func $keep (param funcref)))
      (import "" "again" (func $again))
      (tag $t (param i32))
      (func $throws (throw $t (i32.const 7)))
      (elem declare func $throws)
      (func (export "f") (result i32 exnref)
        (call $keep (ref.func $throws))
        (block $h (result i32 exnref)
          (try_table (catch_ref $t $h) (call $again))
          (unreachable)))
      (func (export "throw") (param exnref) (throw_ref (local.get 0)))))",
                                    {keep, again});
  std::vector<Val> results = take(func(guest, "f").call({}));
  EXPECT_EQ(results[0].as_i32(), 7);
  // The same object went in and came out.
  EXPECT_EQ(results[1].as_exn().ref(), kept->ref());
  auto thrown = func(guest, "throw").call({results[1]});
  ASSERT_FALSE(thrown);
  EXPECT_EQ(exception_of(thrown.error())->ref(), kept->ref());
  auto typed = take(func(guest, "throw").typed<void(ExnRef)>());
  EXPECT_EQ(exception_of(typed.call(*kept).error())->ref(), kept->ref());
  auto null = typed.call(ExnRef());
  ASSERT_FALSE(null);
  EXPECT_EQ(trap_code(null.error()), TrapCode::NullReference);
  EXPECT_EQ(trap_code(throw_error(ExnRef())), TrapCode::NullReference);
}

// Tags are told apart by identity: two of one type differ, and one under two names does not.
TEST(Exceptions, TagsAcrossInstances) {
  World host(everything());
  Instance a = host.instantiate(R"((module (tag $t (export "t") (param i32)) (tag $u (export "u") (param i32))
      (func (export "t!") (throw $t (i32.const 1)))
      (func (export "u!") (throw $u (i32.const 2)))))");
  constexpr std::string_view kUser = R"((module
      (import "" "f" (func $f)) (import "" "x" (tag $x (param i32))) (import "" "y" (tag $y (param i32)))
      (func (export "f") (result i32)
        (block $y (result i32)
          (block $x (result i32)
            (try_table (catch $x $x) (catch $y $y) (call $f))
            (return (i32.const 0)))
          (return (i32.add (i32.const 10))))
        (i32.add (i32.const 20)))))";
  auto run = [&](std::string_view f, std::string_view x, std::string_view y) {
    Instance user = host.instantiate(kUser, {func(a, f), *a.get_tag(x), *a.get_tag(y)});
    auto done = func(user, "f").call({});
    return done ? (*done)[0].as_i32() : -1;
  };
  EXPECT_EQ(run("t!", "t", "u"), 11);
  EXPECT_EQ(run("u!", "t", "u"), 22);
  EXPECT_EQ(run("u!", "u", "u"), 12);
  EXPECT_EQ(run("t!", "u", "u"), -1);
}

TEST(Exceptions, StartFunctionsMayThrow) {
  World host(everything());
  Module module = compile(host.engine, R"((module (tag $t (param i32)) (func $s (throw $t (i32.const 3))) (start $s)))");
  auto instance = Instance::create(host.store, module, {});
  ASSERT_FALSE(instance);
  EXPECT_EQ(instance.error().code(), ErrorCode::Exception);
  EXPECT_EQ(exception_of(instance.error())->fields()[0].as_i32(), 3);
}

// covers: error Exception
TEST(Exceptions, FieldsMustFit) {
  World host(everything()), other(everything());
  Tag tag = take(Tag::create(host.store, FuncType{Types{ValType::i32(), ValType::externref()}, {}}));
  EXPECT_EQ(ExnRef::create(tag, {Val(1)}).error().code(), ErrorCode::WrongType);
  EXPECT_EQ(ExnRef::create(tag, {Val(1), Val(2)}).error().code(), ErrorCode::WrongType);
  Val foreign(*ExternRef::create(other.store, 1));
  EXPECT_EQ(ExnRef::create(tag, {Val(1), foreign}).error().code(), ErrorCode::WrongType);
  Tag results = take(Tag::create(host.store, FuncType{{}, Types{ValType::i32()}}));
  EXPECT_EQ(ExnRef::create(results, {}).error().code(), ErrorCode::WrongType);
  ExnRef good = take(ExnRef::create(tag, {Val(1), Val(ExternRef())}));
  EXPECT_EQ(good.fields().size(), 2u);
  EXPECT_TRUE(good.fields()[1].is_null());
  EXPECT_FALSE(ExnRef().tag());
  EXPECT_TRUE(ExnRef().fields().empty());
  // An exception of one store cannot be thrown in another.
  Func thrower = take(Func::wrap(other.store, [&]() -> Result<> { return std::unexpected(throw_error(good)); }));
  EXPECT_EQ(thrower.call({}).error().code(), ErrorCode::WrongType);
}

// A handler may lie before its try: such a loop has no branch back, and ends all the same.
TEST(Exceptions, LoopsOfThrowsCanBeInterrupted) {
  World host(everything());
  int turns = 0;
  Func interrupt = take(Func::wrap(host.store, [&] {
    ++turns;
    host.store.interrupt_handle().interrupt();
  }));
  Instance guest = host.instantiate(R"((module (import "" "interrupt" (func $interrupt)) (tag $t)
      (func (export "f") (loop $again (try_table (catch $t $again) (call $interrupt) (throw $t))))))",
                                    {interrupt});
  EXPECT_EQ(trap_code(func(guest, "f").call({}).error()), TrapCode::Interrupt);
  EXPECT_EQ(turns, 1);
}

TEST(Exceptions, OutliveTheirStoreHarmlessly) {
  std::optional<Error> error;
  std::optional<ExnRef> exception;
  {
    World host(everything());
    Instance guest = host.instantiate(R"((module (tag $t) (func (export "f") (throw $t))))");
    error.emplace(std::move(func(guest, "f").call({}).error()));
    exception = exception_of(*error);
    ASSERT_TRUE(exception && exception->tag());
  }
  EXPECT_FALSE(exception_of(*error));
  EXPECT_FALSE(exception->tag());
  EXPECT_TRUE(exception->fields().empty());
}

// Many frames, and handlers in all of them that do not fit.
TEST(Exceptions, UnwindManyFrames) {
  World host(everything());
  Instance guest = host.instantiate(R"((module (tag $t (param i32)) (tag $u)
      (func $down (param i32)
        (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 9))))
        (block $h (try_table (catch $u $h) (call $down (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "f") (param i32) (result i32)
        (block $h (result i32) (try_table (catch $t $h) (call $down (local.get 0))) (i32.const 0)))))");
  EXPECT_EQ(take(func(guest, "f").call({Val(5000)}))[0].as_i32(), 9);
}

}  // namespace
}  // namespace tenon::embed_test
