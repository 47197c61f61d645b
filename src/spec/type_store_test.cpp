#include "tenon/spec/type_store.h"

#include <thread>

#include <gtest/gtest.h>

#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon {
namespace {

FuncType func(std::vector<ValType> params, std::vector<ValType> results) {
  return {std::move(params), std::move(results)};
}

SubType definition(CompositeType composite, std::optional<ValType> super = {}, bool is_final = false) {
  SubType type;
  type.is_final = is_final;
  type.supertype = super;
  type.composite = std::move(composite);
  return type;
}

TypeId intern(TypeStore& store, std::vector<SubType> group) {
  auto id = store.intern(group);
  EXPECT_TRUE(id.has_value());
  return *id;
}

TEST(TypeStore, EqualFunctionTypesAreOne) {
  TypeStore store;
  TypeId a = *store.intern(func({ValType::i32()}, {ValType::i64()}));
  TypeId b = *store.intern(func({ValType::i32()}, {ValType::i64()}));
  TypeId c = *store.intern(func({ValType::i32(), ValType::i64()}, {}));
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_EQ(store.size(), 2u);
  EXPECT_EQ(store.func(c).params.size(), 2u);
}

TEST(TypeStore, EqualGroupsAreOneAndTheirMembersDiffer) {
  TypeStore store;
  // Two structures that refer to each other, twice; then the same in the other order.
  auto node = [](u32 other, ValType extra) {
    return definition(StructType{{{ValType::rec_ref(other, true), true}, {extra, false}}});
  };
  std::vector<SubType> group = {node(1, ValType::i32()), node(0, ValType::i64())};
  TypeId first = intern(store, group);
  EXPECT_EQ(first, intern(store, group));
  std::vector<SubType> turned = {node(1, ValType::i64()), node(0, ValType::i32())};
  EXPECT_NE(first, intern(store, turned));
  // References inside the group are canonical in what is stored.
  ValType link = store.get(first).structure()->fields[0].storage;
  EXPECT_EQ(link, ValType::ref(TypeId(first.value() + 1)));
  // A type alone is not the same type in a larger group.
  SubType single = definition(ArrayType{{ValType::i32(), true}});
  TypeId alone = intern(store, {single});
  TypeId paired = intern(store, {single, single});
  EXPECT_NE(alone, paired);
  EXPECT_NE(paired, TypeId(paired.value() + 1));
}

TEST(TypeStore, SubtypingFollowsDeclarations) {
  TypeStore store;
  TypeId top = intern(store, {definition(StructType{})});
  TypeId middle = intern(store, {definition(StructType{{{ValType::i32(), false}}}, ValType::ref(top, false))});
  TypeId bottom =
      intern(store, {definition(StructType{{{ValType::i32(), false}, {ValType::i64(), true}}}, ValType::ref(middle, false))});
  TypeId other = intern(store, {definition(StructType{{{ValType::i64(), false}}}, ValType::ref(top, false))});
  EXPECT_TRUE(store.is_subtype(bottom, top));
  EXPECT_TRUE(store.is_subtype(bottom, middle));
  EXPECT_TRUE(store.is_subtype(bottom, bottom));
  EXPECT_FALSE(store.is_subtype(top, bottom));
  EXPECT_FALSE(store.is_subtype(bottom, other));
  EXPECT_FALSE(store.is_subtype(other, middle));
  EXPECT_EQ(store.depth(bottom), 2u);

  EXPECT_TRUE(store.is_subtype(ValType::ref(bottom, false), ValType::ref(top, true)));
  EXPECT_FALSE(store.is_subtype(ValType::ref(bottom, true), ValType::ref(top, false)));
  EXPECT_EQ(store.top(ValType::ref(bottom)), AbstractHeap::Any);
}

// The whole table of abstract heap types: each row lists what it is below, itself aside.
TEST(TypeStore, AbstractHeapTypesFormThreeTreesAndMore) {
  using enum AbstractHeap;
  TypeStore store;
  auto above = [](AbstractHeap heap) -> std::vector<AbstractHeap> {
    switch (heap) {
      case NoCont:
        return {Cont};
      case NoExn:
        return {Exn};
      case NoFunc:
        return {Func};
      case NoExtern:
        return {Extern};
      case None:
        return {I31, Struct, Array, Eq, Any};
      case I31:
      case Struct:
      case Array:
        return {Eq, Any};
      case Eq:
        return {Any};
      default:
        return {};
    }
  };
  for (const HeapInfo& sub : kHeapTypes) {
    for (const HeapInfo& super : kHeapTypes) {
      auto supers = above(sub.heap);
      bool expected = sub.heap == super.heap || std::find(supers.begin(), supers.end(), super.heap) != supers.end();
      EXPECT_EQ(store.is_subtype(ValType::ref(sub.heap, false), ValType::ref(super.heap)), expected)
          << sub.text << " " << super.text;
      EXPECT_FALSE(store.is_subtype(ValType::ref(sub.heap), ValType::ref(super.heap, false)));
      EXPECT_FALSE(store.is_subtype(ValType::ref(sub.heap).with_shared(true), ValType::ref(super.heap)));
    }
  }
}

TEST(TypeStore, ConcreteTypesLieBetweenAbstractOnes) {
  using enum AbstractHeap;
  TypeStore store;
  TypeId function = *store.intern(func({}, {}));
  TypeId structure = intern(store, {definition(StructType{})});
  TypeId array = intern(store, {definition(ArrayType{{ValType(TypeKind::I8), true}})});
  TypeId cont = intern(store, {definition(ContType{ValType::ref(function, false)})});
  struct Row {
    TypeId id;
    std::vector<AbstractHeap> above;
    AbstractHeap below;
  };
  const Row rows[] = {
      {function, {Func}, NoFunc}, {structure, {Struct, Eq, Any}, None}, {array, {Array, Eq, Any}, None}, {cont, {Cont}, NoCont}};
  for (const Row& row : rows) {
    for (const HeapInfo& heap : kHeapTypes) {
      bool is_above = std::find(row.above.begin(), row.above.end(), heap.heap) != row.above.end();
      EXPECT_EQ(store.is_subtype(ValType::ref(row.id), ValType::ref(heap.heap)), is_above) << heap.text;
      EXPECT_EQ(store.is_subtype(ValType::ref(heap.heap), ValType::ref(row.id)), heap.heap == row.below) << heap.text;
    }
    EXPECT_FALSE(store.is_subtype(ValType::i32(), ValType::ref(row.id)));
    EXPECT_TRUE(store.is_subtype(ValType::bottom(), ValType::ref(row.id)));
  }
}

// covers: limit EngineTypes
TEST(TypeStore, RefusesMoreTypesThanAnEngineHas) {
  TypeStore store;
  std::vector<SubType> huge(limits::kEngineTypes / 4 + 1, definition(StructType{}));
  for (int i = 0; i < 3; ++i) {
    huge[0].composite = StructType{{{ValType::i32(), i == 1}, {ValType::i64(), i == 2}}};
    ASSERT_TRUE(store.intern(huge).has_value());
  }
  huge[0].composite = StructType{{{ValType::f32(), true}}};
  auto full = store.intern(huge);
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code(), ErrorCode::LimitExceeded);
  EXPECT_TRUE(store.intern(func({}, {})).has_value());
}

// Threads intern overlapping types and look at them while others intern.
TEST(TypeStore, ThreadsAgree) {
  TypeStore store;
  constexpr u32 kTypes = 3000;
  std::vector<std::vector<TypeId>> ids(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    threads.emplace_back([&, t] {
      for (u32 i = 0; i < kTypes; ++i) {
        std::vector<ValType> params(i % 50, ValType::i32());
        TypeId id = *store.intern(func(params, std::vector<ValType>(i / 50, ValType::f64())));
        if (store.func(id).params.size() != i % 50) std::abort();
        ids[t].push_back(id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& list : ids) EXPECT_EQ(list, ids[0]);
  EXPECT_EQ(store.size(), kTypes);
}

TEST(Types, AreWrittenAsMessagesWriteThem) {
  EXPECT_EQ(to_string(ValType::i32()), "i32");
  EXPECT_EQ(to_string(ValType::v128()), "v128");
  EXPECT_EQ(to_string(ValType(TypeKind::I16)), "i16");
  EXPECT_EQ(to_string(ValType::bottom()), "bot");
  EXPECT_EQ(to_string(ValType::funcref()), "funcref");
  EXPECT_EQ(to_string(ValType::ref(AbstractHeap::None)), "nullref");
  EXPECT_EQ(to_string(ValType::ref(AbstractHeap::NoExtern, false)), "(ref noextern)");
  EXPECT_EQ(to_string(ValType::ref(AbstractHeap::Eq).with_shared(true)), "(shared eqref)");
  EXPECT_EQ(to_string(ValType::ref(AbstractHeap::Eq, false).with_shared(true)), "(ref (shared eq))");
  EXPECT_EQ(to_string(ValType::ref(TypeIndex(3))), "(ref null 3)");
  EXPECT_EQ(to_string(ValType::ref(TypeId(3), false)), "(ref $type)");
  EXPECT_EQ(to_string(ValType::ref(TypeId(3)).with_exact(true)), "(ref null (exact $type))");
  EXPECT_EQ(to_string(ExternKind::Tag), "tag");
  for (const HeapInfo& heap : kHeapTypes) {
    EXPECT_EQ(to_string(ValType::ref(heap.heap)), heap.nullable_text);
    EXPECT_EQ(info(heap.heap).heap, heap.heap);
  }
}

}  // namespace
}  // namespace tenon
