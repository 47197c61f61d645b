// Collected objects through the embedding API: making and reading them, handles that follow them, cycles with the host.
#include "embed.h"

namespace tenon::embed_test {
namespace {

Config zealous() {
  Config config = everything();
  config.gc_zeal = 1;
  return config;
}

TEST(Gc, StructsOfTheHostAreStructsOfGuests) {
  World host(zealous());
  TypeId pair = take(StructRef::define(host.engine, {{{ValType::i32(), true}, {ValType(TypeKind::I8), true}, {ValType::anyref(), false}}}));
  Instance instance = host.instantiate(R"((module
    (type $pair (sub final (struct (field (mut i32)) (field (mut i8)) (field anyref))))
    (func (export "sum") (param $p (ref $pair)) (result i32)
      (i32.add (struct.get $pair 0 (local.get $p)) (struct.get_s $pair 1 (local.get $p))))
    (func (export "make") (result (ref $pair))
      (struct.new $pair (i32.const 7) (i32.const 0x1ff) (ref.i31 (i32.const 5))))
    (func (export "third") (param $p (ref $pair)) (result i32)
      (i31.get_s (ref.cast (ref i31) (struct.get $pair 2 (local.get $p)))))))");
  StructRef made = take(StructRef::create(host.store, pair, {Val(40), Val(-2), Val(AnyRef::i31(host.store, 3))}));
  EXPECT_EQ(take(func(instance, "sum").call(std::vector<Val>{made}))[0].as_i32(), 38);
  EXPECT_EQ(take(func(instance, "third").call(std::vector<Val>{made}))[0].as_i32(), 3);
  EXPECT_EQ(made.type_id(), pair);
  EXPECT_EQ(made.size(), 3u);

  AnyRef any = take(func(instance, "make").call(std::vector<Val>{}))[0].as_any();
  ASSERT_TRUE(any.as_struct());
  EXPECT_FALSE(any.as_array());
  StructRef theirs = *any.as_struct();
  EXPECT_EQ(theirs.type_id(), pair);
  EXPECT_EQ(take(theirs.field(0)).as_i32(), 7);
  EXPECT_EQ(take(theirs.field(1)).as_i32(), 0xff);
  EXPECT_EQ(take(theirs.field(2)).as_any().i31_s(), 5);
  EXPECT_TRUE(theirs.set_field(0, Val(9)));
  EXPECT_EQ(take(theirs.field(0)).as_i32(), 9);
  EXPECT_TRUE(any.matches(ValType::ref(pair, false)));
  EXPECT_TRUE(any.matches(ValType::ref(AbstractHeap::Struct)));
  EXPECT_FALSE(any.matches(ValType::ref(AbstractHeap::Array)));
  EXPECT_EQ(any.type(), ValType::ref(pair, false));
  EXPECT_GT(host.store.heap_statistics().objects_moved, 0u);
}

TEST(Gc, StructsRefuseWhatDoesNotFit) {
  World host(everything());
  TypeId type = take(StructRef::define(host.engine, {{{ValType::i32(), false}, {ValType::ref(AbstractHeap::I31, false), true}}}));
  AnyRef one = AnyRef::i31(host.store, 1);
  auto refused = StructRef::create(host.store, type, {Val(1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::WrongType);
  EXPECT_FALSE(StructRef::create(host.store, type, {Val(i64{1}), Val(one)}));
  EXPECT_FALSE(StructRef::create(host.store, type, {Val(1), Val(AnyRef())}));
  StructRef made = take(StructRef::create(host.store, type, {Val(1), Val(one)}));
  EXPECT_EQ(made.set_field(0, Val(2)).error().code(), ErrorCode::ImmutableField);
  EXPECT_EQ(made.set_field(1, Val(made)).error().code(), ErrorCode::WrongType);
  EXPECT_EQ(made.field(2).error().code(), ErrorCode::OffsetOutOfRange);
  EXPECT_EQ(StructRef().field(0).error().code(), ErrorCode::WrongType);
  EXPECT_EQ(ArrayRef::create(host.store, type, Val(1), 1).error().code(), ErrorCode::WrongType);
  StructType not_canonical{{{ValType::ref(TypeIndex(0)), true}}};
  EXPECT_EQ(StructRef::define(host.engine, not_canonical).error().code(), ErrorCode::WrongType);
}

TEST(Gc, Arrays) {
  World host(zealous());
  TypeId words = take(ArrayRef::define(host.engine, {{ValType(TypeKind::I16), true}}));
  TypeId refs = take(ArrayRef::define(host.engine, {{ValType::anyref(), false}}));
  ArrayRef array = take(ArrayRef::create(host.store, words, Val(0x1ffff), 5));
  EXPECT_EQ(array.size(), 5u);
  EXPECT_EQ(take(array.get(4)).as_i32(), 0xffff);
  EXPECT_TRUE(array.set(4, Val(1)));
  EXPECT_EQ(take(array.get(4)).as_i32(), 1);
  EXPECT_EQ(array.get(5).error().code(), ErrorCode::OffsetOutOfRange);
  ArrayRef both = take(ArrayRef::create_fixed(host.store, refs, {Val(array), Val(AnyRef::i31(host.store, 8))}));
  EXPECT_EQ(take(both.get(0)).as_any(), array);
  EXPECT_EQ(take(both.get(1)).as_any().i31_u(), 8u);
  EXPECT_EQ(both.set(0, Val(array)).error().code(), ErrorCode::ImmutableArray);
  EXPECT_EQ(both.type_id(), refs);
  auto huge = ArrayRef::create(host.store, words, Val(0), ~0u);
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().message(), "wasm trap: allocation size too large");
}

TEST(Gc, ExternrefsAreTheirObjectsOnEitherSide) {
  World host(zealous());
  ExternRef boxed = take(ExternRef::create(host.store, std::string("here")));
  AnyRef any = AnyRef::from_extern(boxed);
  EXPECT_TRUE(any.is_extern());
  EXPECT_FALSE(any.is_eq());
  EXPECT_EQ(any.type(), ValType::ref(AbstractHeap::Any, false));
  host.store.gc();
  EXPECT_EQ(*ExternRef::from_any(any).get<std::string>(), "here");
  EXPECT_EQ(boxed.get<int>(), nullptr);
}

TEST(Gc, HandlesKeepAndHostValuesDieWithoutThem) {
  World host(everything());
  struct Counted {
    int* alive;
    explicit Counted(int* alive) : alive(alive) { ++*alive; }
    Counted(const Counted& other) : alive(other.alive) { ++*alive; }
    ~Counted() { --*alive; }
  };
  int alive = 0;
  {
    ExternRef held = take(ExternRef::create(host.store, Counted(&alive)));
    host.store.gc();
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(host.store.heap_statistics().host_values, 1u);
  }
  host.store.gc();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(host.store.heap_statistics().host_values, 0u);
  EXPECT_EQ(host.store.heap_statistics().bytes_in_use, 0u);
}

TEST(Gc, HandlesBecomeNullWithTheirStore) {
  ExternRef outlives;
  TracedRef traced;
  {
    World host(everything());
    outlives = take(ExternRef::create(host.store, 1));
    traced = TracedRef(outlives);
  }
  EXPECT_TRUE(outlives.is_null());
  EXPECT_TRUE(traced.is_null());
  EXPECT_TRUE(traced.get().is_null());
}

/// A host value that refers back to the guest object that holds it.
struct Node {
  TracedRef back;
  void trace(runtime::Tracer& tracer) { back.trace(tracer); }
};

/// Makes `count` cycles of a guest's struct and a host value.
void make_cycles(const World& host, TypeId cell, int count) {
  for (int i = 0; i < count; ++i) {
    ExternRef node = take(ExternRef::create(host.store, Node()));
    StructRef holder = take(StructRef::create(host.store, cell, {Val(node)}));
    node.get<Node>()->back = TracedRef(holder);
  }
}

TEST(Gc, AMillionCyclesThroughTheHostLeaveTheHeapFlat) {
  World host(everything());
  TypeId cell = take(StructRef::define(host.engine, {{{ValType::externref(), true}}}));
  make_cycles(host, cell, 100'000);
  u64 reserved = host.store.heap_statistics().bytes_reserved;
  make_cycles(host, cell, 900'000);
  HeapStatistics after = host.store.heap_statistics();
  EXPECT_EQ(after.bytes_reserved, reserved);
  EXPECT_GT(after.collections, 10u);
  host.store.gc();
  EXPECT_EQ(host.store.heap_statistics().bytes_in_use, 0u);
  EXPECT_EQ(host.store.heap_statistics().host_values, 0u);
}

TEST(Gc, TracedReferencesFollowTheirObject) {
  World host(zealous());
  TypeId cell = take(StructRef::define(host.engine, {{{ValType::externref(), true}}}));
  ExternRef node = take(ExternRef::create(host.store, Node()));
  {
    StructRef holder = take(StructRef::create(host.store, cell, {Val(node)}));
    node.get<Node>()->back = TracedRef(holder);
  }
  for (int i = 0; i < 3; ++i) host.store.gc();
  AnyRef back(node.get<Node>()->back.get());
  ASSERT_TRUE(back.as_struct());
  EXPECT_EQ(take(back.as_struct()->field(0)).as_extern().get<Node>(), node.get<Node>());
}

TEST(Gc, TracedReferencesOutsideOfHostValuesAreHandles) {
  World host(zealous());
  TypeId cell = take(StructRef::define(host.engine, {{{ValType::i32(), true}}}));
  Node outside;
  {
    ExternRef node = take(ExternRef::create(host.store, Node()));
    node.get<Node>()->back = TracedRef(take(StructRef::create(host.store, cell, {Val(5)})));
    outside = *node.get<Node>();
  }
  for (int i = 0; i < 3; ++i) host.store.gc();
  EXPECT_EQ(host.store.heap_statistics().host_values, 0u);
  AnyRef back(outside.back.get());
  ASSERT_TRUE(back.as_struct());
  EXPECT_EQ(take(back.as_struct()->field(0)).as_i32(), 5);
  TracedRef number(AnyRef::i31(host.store, 9));
  EXPECT_EQ(AnyRef(number.get()).i31_s(), 9);
}

TEST(Gc, FullHeapsTrap) {
  Config config = everything();
  config.gc_heap_limit = 1 << 20;
  World host(config);
  Instance instance = host.instantiate(R"((module
    (type $list (struct (field (ref null $list)) (field i64)))
    (global $head (mut (ref null $list)) (ref.null $list))
    (func (export "keep")
      (loop $l (global.set $head (struct.new $list (global.get $head) (i64.const 1))) (br $l)))
    (func (export "forget") (param i32)
      (loop $l
        (drop (struct.new $list (ref.null $list) (i64.const 1)))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "reset") (global.set $head (ref.null $list)))))");
  auto full = func(instance, "keep").call(std::vector<Val>{});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().message(), "wasm trap: garbage-collected heap exhausted");
  EXPECT_LE(host.store.heap_statistics().bytes_in_use, u64{1} << 20);
  // The host is told, too, and the store is as good as before once there is room.
  auto boxed = ExternRef::create(host.store, 1);
  EXPECT_FALSE(boxed && ExternRef::create(host.store, 2) && ExternRef::create(host.store, 3));
  take(func(instance, "reset").call(std::vector<Val>{}));
  take(func(instance, "forget").call(std::vector<Val>{Val(1'000'000)}));
}

TEST(Gc, HostCallbacksMayCollectWhileGuestsHoldReferences) {
  World host(zealous());
  Func collect = take(Func::wrap(host.store, [](Caller& caller) { caller.gc(); }));
  Func keep = take(Func::wrap(host.store, [](Caller& caller, AnyRef a, ExternRef b) {
    caller.gc();
    return std::tuple(a, b);
  }));
  Instance instance = host.instantiate(R"((module
    (import "" "gc" (func $gc))
    (import "" "keep" (func $keep (param anyref externref) (result anyref externref)))
    (type $s (struct (field i32)))
    (func (export "run") (param externref) (result i32)
      (local $s (ref null $s))
      (local.set $s (struct.new $s (i32.const 1)))
      (struct.new $s (i32.const 10))
      (call $gc)
      (call $keep (local.get $s) (local.get 0))
      (drop)
      (struct.get $s 0 (ref.cast (ref $s)))
      (call $gc)
      (i32.add (struct.get $s 0 (local.get $s)))
      (call $add))
    (func $add (param (ref $s) i32) (result i32)
      (i32.add (struct.get $s 0 (local.get 0)) (local.get 1)))))",
                                       {collect, keep});
  ExternRef boxed = take(ExternRef::create(host.store, 77));
  EXPECT_EQ(take(func(instance, "run").call(std::vector<Val>{boxed}))[0].as_i32(), 12);
  EXPECT_EQ(*boxed.get<int>(), 77);
}

TEST(Gc, DeadlineCallbacksMayCollectInLoops) {
  Config config = zealous();
  config.epoch_interruption = true;
  World host(config);
  host.store.set_epoch_deadline(0);
  int calls = 0;
  host.store.epoch_deadline_callback([&](StoreRef store) -> Result<UpdateDeadline> {
    store.gc();
    ++calls;
    return UpdateDeadline{0};
  });
  Instance instance = host.instantiate(R"((module
    (type $s (struct (field i32)))
    (func (export "run") (result i32)
      (local $n i32)
      (struct.new $s (i32.const 5))
      (struct.new $s (i32.const 6))
      (loop $l (param (ref $s) (ref $s)) (result (ref $s) (ref $s))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $n) (i32.const 10))))
      (struct.get $s 0)
      (local.set $n)
      (struct.get $s 0)
      (i32.mul (i32.const 10))
      (i32.add (local.get $n)))))");
  EXPECT_EQ(take(func(instance, "run").call(std::vector<Val>{}))[0].as_i32(), 56);
  EXPECT_GE(calls, 10);
}

TEST(Gc, LimitersMayCollectWhileMemoriesAndTablesGrow) {
  World host(zealous());
  struct Collects : ResourceLimiter {
    StoreRef store;
    explicit Collects(StoreRef store) : store(store) {}
    Result<bool> memory_growing(u64, u64, std::optional<u64>) override { return store.gc(), true; }
    Result<bool> table_growing(u64, u64, std::optional<u64>) override { return store.gc(), true; }
  } limiter(host.store);
  host.store.set_limiter(&limiter);
  Instance instance = host.instantiate(R"((module
    (type $s (struct (field i32)))
    (memory 0 4)
    (table $t 1 4 (ref null $s) (struct.new $s (i32.const 1)))
    (func (export "run") (result i32)
      (struct.new $s (i32.const 20))
      (drop (memory.grow (i32.const 1)))
      (drop (table.grow $t (struct.new $s (i32.const 300)) (i32.const 1)))
      (struct.get $s 0)
      (i32.add (struct.get $s 0 (table.get $t (i32.const 0))))
      (i32.add (struct.get $s 0 (table.get $t (i32.const 1)))))))");
  EXPECT_EQ(take(func(instance, "run").call(std::vector<Val>{}))[0].as_i32(), 321);
  host.store.set_limiter(nullptr);
}

}  // namespace
}  // namespace tenon::embed_test
