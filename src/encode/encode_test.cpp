#include <gtest/gtest.h>

#include "tenon/encode/instructions.h"
#include "tenon/encode/module.h"

namespace tenon::encode {
namespace {

std::vector<u8> bytes_of(const Sink& sink) {
  return sink.to_vector();
}
using Vector = std::vector<u8>;

TEST(Sink, WritesShortestLeb) {
  Sink sink;
  for (u64 value : {u64{0}, u64{127}, u64{128}, u64{0xffffffff}}) sink.uleb(value);
  EXPECT_EQ(bytes_of(sink), (Vector{0x00, 0x7f, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f}));
  sink.clear();
  for (i64 value : {i64{0}, i64{-1}, i64{63}, i64{64}, i64{-64}, i64{-65}}) sink.sleb(value);
  EXPECT_EQ(bytes_of(sink), (Vector{0x00, 0x7f, 0x3f, 0xc0, 0x00, 0x40, 0xbf, 0x7f}));
  sink.clear();
  sink.uleb(~u64{0});
  EXPECT_EQ(sink.size(), kMaxLeb);
  sink.clear();
  sink.sleb(INT64_MIN);
  EXPECT_EQ(sink.size(), kMaxLeb);
  EXPECT_EQ(uleb_size(0), 1u);
  EXPECT_EQ(uleb_size(127), 1u);
  EXPECT_EQ(uleb_size(128), 2u);
  EXPECT_EQ(uleb_size(~u64{0}), 10u);
}

TEST(Sink, PrefixesSizes) {
  for (std::size_t size : {0u, 1u, 127u, 128u, 20000u}) {
    Sink sink;
    sink.push_back(0xaa);
    std::size_t from = sink.size();
    for (std::size_t i = 0; i < size; ++i) sink.push_back(static_cast<u8>(i));
    sink.prefix_size(from);
    Sink expected;
    expected.push_back(0xaa);
    expected.uleb(size);
    for (std::size_t i = 0; i < size; ++i) expected.push_back(static_cast<u8>(i));
    EXPECT_EQ(bytes_of(sink), bytes_of(expected)) << size;
  }
}

TEST(Sink, MovesAndResets) {
  Sink a;
  a.name("abc");
  Sink b = std::move(a);
  EXPECT_EQ(bytes_of(b), (Vector{3, 'a', 'b', 'c'}));
  EXPECT_TRUE(a.empty());
  b.reset();
  EXPECT_TRUE(b.empty());
  b.fixed32(0x04030201);
  b.fixed64(0x0807060504030201);
  EXPECT_EQ(bytes_of(b), (Vector{1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Types, TakeShortForms) {
  Sink sink;
  val_type(sink, ValType::i32());
  val_type(sink, ValType::v128());
  val_type(sink, ValType::funcref());
  val_type(sink, ValType::ref(AbstractHeap::Func, false));
  val_type(sink, ValType::ref(TypeIndex(3), true));
  val_type(sink, ValType::ref(TypeIndex(200), false));
  val_type(sink, ValType(TypeKind::I8));
  EXPECT_EQ(bytes_of(sink), (Vector{0x7f, 0x7b, 0x70, 0x64, 0x70, 0x63, 3, 0x64, 0xc8, 0x01, 0x78}));
}

TEST(Types, SubTypes) {
  Sink sink;
  SubType plain{.composite = ArrayType{{ValType(TypeKind::I16), true}}};
  sub_type(sink, plain);
  EXPECT_EQ(bytes_of(sink), (Vector{0x5e, 0x77, 1}));
  sink.clear();
  SubType open{.is_final = false, .composite = StructType{{{ValType::i32(), false}}}};
  sub_type(sink, open);
  EXPECT_EQ(bytes_of(sink), (Vector{0x50, 0, 0x5f, 1, 0x7f, 0}));
  sink.clear();
  SubType sub{
      .is_final = true, .supertype = ValType::ref(TypeIndex(2), false), .composite = ContType{ValType::ref(TypeIndex(1), false)}};
  sub_type(sink, sub);
  EXPECT_EQ(bytes_of(sink), (Vector{0x4f, 1, 2, 0x5d, 1}));
  sink.clear();
  SubType described{.is_shared = true,
                    .composite = StructType{},
                    .describes = ValType::ref(TypeIndex(4), false),
                    .descriptor = ValType::ref(TypeIndex(6), false)};
  sub_type(sink, described);
  EXPECT_EQ(bytes_of(sink), (Vector{0x65, 0x4c, 4, 0x4d, 6, 0x5f, 0}));
}

TEST(Types, LimitsAndFriends) {
  Sink sink;
  memory_type(sink, {.limits = {1, 2}, .is_64 = true, .is_shared = true});
  memory_type(sink, {.limits = {1, {}}, .page_size_log2 = 0});
  table_type(sink, {.element = ValType::externref(), .limits = {0, 300}});
  global_type(sink, {.content = ValType::i64(), .is_mutable = true});
  EXPECT_EQ(bytes_of(sink), (Vector{7, 1, 2, 8, 1, 0, 0x6f, 1, 0, 0xac, 2, 0x7e, 1}));
}

TEST(Instructions, OpcodesAndImmediates) {
  Sink sink;
  i32_const(sink, -1);
  f32_const(sink, 0x3f800000);
  op(sink, Op::I32TruncSatF32S);
  op(sink, Op::F64x2PromoteLowF32x4);
  mem_arg(sink, 2, 8);
  mem_arg(sink, 3, 128, MemoryIndex(1));
  block_type(sink, TypeIndex(64));
  end(sink);
  EXPECT_EQ(bytes_of(sink),
            (Vector{0x41, 0x7f, 0x43, 0, 0, 0x80, 0x3f, 0xfc, 0, 0xfd, 0x5f, 2, 8, 0x43, 1, 0x80, 1, 0xc0, 0, 0x0b}));
}

TEST(Locals, GroupRuns) {
  LocalGroups locals;
  for (ValType type : {ValType::i32(), ValType::i32(), ValType::i64(), ValType::i32()}) locals.add(type);
  Sink sink;
  locals.write(sink);
  EXPECT_EQ(bytes_of(sink), (Vector{3, 2, 0x7f, 1, 0x7e, 1, 0x7f}));
}

TEST(Names, SkipWhatIsEmpty) {
  NameSection names;
  EXPECT_TRUE(names.empty());
  names.module("m");
  names.map(NameKind::Tag).add(0, "t");
  NameMap locals;
  locals.add(1, "x");
  names.indirect(NameKind::Local).add(2, locals);
  Sink sink;
  names.write(sink);
  EXPECT_EQ(bytes_of(sink), (Vector{0, 2, 1, 'm', 2, 6, 1, 2, 1, 1, 1, 'x', 11, 4, 1, 0, 1, 't'}));
}

TEST(Module, EmptyIsHeaderOnly) {
  ModuleBuilder module;
  auto bytes = module.finish();
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, (Vector{0, 'a', 's', 'm', 1, 0, 0, 0}));
}

TEST(Module, PutsSectionsAndCustomsInOrder) {
  ModuleBuilder module;
  // Everything in the wrong order on purpose.
  module.data.passive(as_bytes("d"));
  module.data_count = 1;
  Sink body;
  LocalGroups().write(body);
  end(body);
  module.code.body(body.view());
  module.exports.add("f", ExternKind::Func, 0);
  TypeIndex type = module.types.func({}, {});
  module.functions.item().uleb(type.value());
  module.starts.push_back(FuncIndex(0));
  module.custom({Anchor::Last, true}, "z", {});
  module.custom({Anchor::Func, true}, "b", as_bytes("1"));
  module.custom({Anchor::First, false}, "a", {});
  module.names.module("n");
  auto bytes = module.finish();
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, (Vector{0,  'a', 's', 'm',  1,   0,    0,   0,                // header
                            0,  2,   1,   'a',                                    // custom a
                            1,  4,   1,   0x60, 0,   0,                           // types
                            3,  2,   1,   0,                                      // functions
                            0,  3,   1,   'b',  '1',                              // custom b
                            7,  5,   1,   1,    'f', 0,    0,                     // exports
                            8,  1,   0,                                           // start
                            12, 1,   1,                                           // data count
                            10, 4,   1,   2,    0,   0x0b,                        // code
                            11, 4,   1,   1,    1,   'd',                         // data
                            0,  2,   1,   'z',                                    // custom z
                            0,  9,   4,   'n',  'a', 'm',  'e', 0, 2, 1, 'n'}));  // names
}

TEST(Module, WritesBranchHintsBeforeCode) {
  ModuleBuilder module;
  BranchHints::Hint hints[] = {{5, 1}};
  module.branch_hints.function(FuncIndex(0), hints);
  module.code.body(as_bytes(std::string_view("\0\x0b", 2)));
  auto bytes = module.finish();
  ASSERT_TRUE(bytes);
  std::string text(bytes->begin(), bytes->end());
  auto at = text.find("metadata.code.branch_hint");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(text.substr(at + 25, 6), std::string("\1\0\1\5\1\1", 6));
  EXPECT_EQ(text[at + 31], 10);
}

}  // namespace
}  // namespace tenon::encode
