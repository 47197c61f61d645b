// What validation leaves for running code in place, on bodies small enough to count by hand.
#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

using testing::body;
using testing::Build;
using testing::ByteVector;
using testing::TestModule;

TypeStore& types() {
  static TypeStore store;
  return store;
}

// A module with one function of type [] -> [], or of the type given, and this code.
struct Compiled {
  ByteVector bytes;
  ModuleDesc desc;

  const FuncSummary& func() const { return desc.code[0]; }
  const SideEntry& entry(std::size_t index) const { return desc.side_table[func().first_side_entry + index]; }
  u32 offset(std::size_t in_code) const { return func().code_offset + static_cast<u32>(in_code); }
};

Compiled compile(const ByteVector& code, const ByteVector& type = {0x60, 0, 0}, const ByteVector& locals = {0}) {
  Compiled out;
  TestModule module;
  module.items(1, {type, {0x60, 1, 0x7f, 1, 0x7f}, {0x60, 2, 0x7f, 0x7e, 2, 0x7f, 0x7e}, {0x60, 1, 0x7f, 0}});
  module.items(3, {{0}}).items(13, {{0, 3}}).items(10, {body(code, locals)});
  out.bytes = module.bytes;
  auto result = validate_module(types(), out.bytes, {.features = Features::all()});
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().to_string());
  if (result) out.desc = std::move(*result);
  return out;
}

void expect_entry(const SideEntry& entry, i32 pc_delta, i32 entry_delta, u32 keep, u32 drop) {
  EXPECT_EQ(entry.pc_delta, pc_delta);
  EXPECT_EQ(entry.entry_delta, entry_delta);
  EXPECT_EQ(entry.keep, keep);
  EXPECT_EQ(entry.drop, drop);
}

TEST(SideTable, BranchesForwardAndBack) {
  Compiled module = compile({
      0x02, 0x40,        // 0 block
      0x03, 0x40,        // 2   loop
      0x41, 0, 0x0d, 1,  // 4     br_if 1 (at 6)
      0x0c, 0,           // 8     br 0
      0x0b,              // 10  end
      0x0b,              // 11 end
  });                    // 12 end
  ASSERT_EQ(module.func().side_entry_count, 2u);
  expect_entry(module.entry(0), 12 - 6, 2, 0, 0);
  expect_entry(module.entry(1), 4 - 8, -1, 0, 0);
  ASSERT_EQ(module.func().loop_count, 1u);
  EXPECT_EQ(module.desc.loops[0].offset, module.offset(2));
  EXPECT_EQ(module.func().max_operands, 1u);
  EXPECT_EQ(module.func().code_end, module.offset(13));
}

TEST(SideTable, KeepsAndDropsOperands) {
  Compiled module = compile({
      0x42, 7,                             // 0 i64.const
      0x02, 0x7f,                          // 2 block (result i32)
      0x42, 1,    0x42, 2, 0x41, 3,        // 4   i64 i64 i32
      0x0c, 0,                             // 10  br 0: keeps one, drops two
      0x0b,                                // 12 end
      0x1a, 0x1a,                          // 13
      0x42, 5,    0x41, 1, 0x0d, 0, 0x1a,  // 15 br_if 0 to the function: drops one
  });                                      // 22 end
  ASSERT_EQ(module.func().side_entry_count, 2u);
  expect_entry(module.entry(0), 13 - 10, 1, 1, 2);
  expect_entry(module.entry(1), 22 - 19, 1, 0, 1);
  EXPECT_EQ(module.func().max_operands, 4u);
}

TEST(SideTable, IfElse) {
  Compiled module = compile({
      0x41, 1,     // 0
      0x04, 0x7f,  // 2 if (result i32)
      0x41, 2,     // 4
      0x05,        // 6 else
      0x41, 3,     // 7
      0x0b,        // 9 end
      0x1a,        // 10
      0x41, 1,     // 11
      0x04, 0x40,  // 13 if
      0x01,        // 15
      0x0b,        // 16 end
  });              // 17 end
  ASSERT_EQ(module.func().side_entry_count, 3u);
  expect_entry(module.entry(0), 7 - 2, 2, 0, 0);   // false: behind else, whose entry is passed
  expect_entry(module.entry(1), 10 - 6, 1, 1, 0);  // from the first arm to the end
  expect_entry(module.entry(2), 17 - 13, 1, 0, 0);
}

TEST(SideTable, IfWithParametersAndNoElse) {
  Compiled module = compile({0x41, 5, 0x41, 1, 0x04, 1, 0x0b, 0x1a});
  ASSERT_EQ(module.func().side_entry_count, 1u);
  expect_entry(module.entry(0), 3, 1, 1, 0);
}

TEST(SideTable, BrTableHasOneEntryForEachLabel) {
  Compiled module = compile({
      0x02, 0x40,        // 0 block
      0x03, 0x40,        // 2   loop
      0x42, 0,           // 4     i64.const
      0x41, 0,           // 6
      0x0e, 2, 0, 1, 2,  // 8     br_table 0 1 2
      0x0b, 0x0b,        // 13, 14
  });                    // 15 end
  ASSERT_EQ(module.func().side_entry_count, 3u);
  expect_entry(module.entry(0), 4 - 8, 0, 0, 1);
  expect_entry(module.entry(1), 15 - 8, 2, 0, 1);
  expect_entry(module.entry(2), 15 - 8, 1, 0, 1);
}

TEST(SideTable, LoopsKeepTheirParameters) {
  Compiled module = compile({
      0x42, 0,     // 0
      0x41, 0,     // 2
      0x03, 1,     // 4 loop (param i32) (result i32)
      0x42, 9,     // 6
      0x41, 1,     // 8
      0x0c, 0,     // 10 br 0: keeps i32, drops i32 i64
      0x0b,        // 12
      0x1a, 0x1a,  // 13
  });
  expect_entry(module.entry(0), 6 - 10, 0, 1, 2);
}

TEST(SideTable, BranchesOnReferences) {
  Compiled module = compile({
      0x02, 0x40,                          // 0 block
      0xd0, 0x70, 0xd5, 0,                 // 2   br_on_null 0 (at 4): the reference is gone
      0x1a,                                // 6
      0x0b,                                // 7
      0x02, 0x70,                          // 8 block (result funcref)
      0x42, 1,    0xd0, 0x70,              // 10
      0xd6, 0,                             // 14  br_on_non_null 0: keeps the reference, drops i64
      0x1a, 0xd0, 0x70,                    // 16
      0x0b, 0x1a,                          // 19
      0x02, 0x6b,                          // 21 block (result structref)
      0xd0, 0x6e,                          // 23
      0xfb, 0x18, 3,    0,    0x6e, 0x6b,  // 25 br_on_cast
      0x1a, 0xd0, 0x6b, 0x0b, 0x1a,
  });
  ASSERT_EQ(module.func().side_entry_count, 3u);
  expect_entry(module.entry(0), 8 - 4, 1, 0, 0);
  expect_entry(module.entry(1), 20 - 14, 1, 1, 1);
  expect_entry(module.entry(2), 35 - 25, 1, 1, 0);
  EXPECT_TRUE(module.func().uses_refs);
  EXPECT_FALSE(module.func().uses_v128);
}

TEST(SideTable, CatchClausesAndTheirRange) {
  Compiled module = compile({
      0x42, 0,                          // 0 i64 below
      0x02, 0x7f,                       // 2 block (result i32)
      0x02, 0x40,                       // 4   block
      0x42, 0,    0x42, 0,              // 6
      0x1f, 0x40, 2,    0, 0, 1, 2, 0,  // 10  try_table: catch $0 label 1, catch_all label 0
      0x01,                             // 18
      0x0b,                             // 19
      0x1a, 0x1a,                       // 20
      0x0b,                             // 22
      0x41, 0,                          // 23
      0x0b,                             // 25
      0x1a, 0x1a,                       // 26
  });
  ASSERT_EQ(module.func().side_entry_count, 2u);
  // Labels count from the block around the try_table.
  expect_entry(module.entry(0), 26 - 10, 2, 1, 1);
  expect_entry(module.entry(1), 23 - 10, 1, 0, 1);
  ASSERT_EQ(module.func().handler_count, 1u);
  const HandlerRange& handler = module.desc.handlers[0];
  EXPECT_EQ(handler.begin, module.offset(18));
  EXPECT_EQ(handler.end, module.offset(19));
  EXPECT_EQ(handler.outer, kNoIndex);
  EXPECT_EQ(handler.next, kNoIndex);
  ASSERT_EQ(handler.catch_count, 2u);
  EXPECT_EQ(module.desc.catches[handler.first_catch].kind, CatchClause::Kind::Catch);
  EXPECT_EQ(module.desc.catches[handler.first_catch].owner, module.offset(10));
  EXPECT_EQ(module.desc.catches[handler.first_catch].side_entry, 0u);
  EXPECT_EQ(module.desc.catches[handler.first_catch + 1].kind, CatchClause::Kind::CatchAll);
  EXPECT_EQ(module.desc.catches[handler.first_catch + 1].side_entry, 1u);
}

TEST(SideTable, LegacyTriesNestAndDelegate) {
  Compiled module = compile({
      0x06, 0x40,        // 0 try
      0x06, 0x40,        // 2   try
      0x06, 0x40,        // 4     try
      0x01,              // 6
      0x18, 1,           // 7     delegate to the outermost
      0x07, 0,           // 9   catch $0
      0x1a, 0x01,        // 11
      0x19,              // 13  catch_all
      0x09, 0,           // 14    rethrow
      0x0b,              // 16  end
      0x19,              // 17 catch_all
      0x06, 0x40, 0x19,  // 18   try catch_all
      0x09, 1,           // 21     rethrow of the outer
      0x0b,              // 23   end
      0x0b,              // 24 end
  });                    // 25 end
  ASSERT_EQ(module.func().handler_count, 4u);
  const HandlerRange* handler = module.desc.handlers.data();
  EXPECT_EQ(handler[0].begin, module.offset(2));
  EXPECT_EQ(handler[0].end, module.offset(17));
  EXPECT_EQ(handler[1].end, module.offset(9));
  EXPECT_EQ(handler[2].begin, module.offset(6));
  EXPECT_EQ(handler[2].end, module.offset(7));
  EXPECT_EQ(handler[2].outer, 1u);
  EXPECT_EQ(handler[2].next, 0u);
  EXPECT_EQ(handler[2].catch_count, 0u);
  EXPECT_EQ(handler[1].outer, 0u);
  EXPECT_EQ(handler[3].outer, kNoIndex);
  // Clauses of one try lie together although those of others come between them.
  ASSERT_EQ(handler[1].catch_count, 2u);
  const CatchClause* inner = &module.desc.catches[handler[1].first_catch];
  EXPECT_EQ(inner[0].kind, CatchClause::Kind::Catch);
  EXPECT_EQ(inner[0].owner, module.offset(9));
  EXPECT_EQ(inner[1].kind, CatchClause::Kind::CatchAll);
  EXPECT_EQ(inner[1].owner, module.offset(13));
  expect_entry(module.desc.side_table[inner[0].side_entry], 2, 1, 1, 0);
  expect_entry(module.desc.side_table[inner[1].side_entry], 1, 1, 0, 0);
  // One local for each depth of catches, behind the function's own.
  EXPECT_EQ(module.func().local_count, 2u);
  EXPECT_EQ(handler[1].exn_local, 0u);
  EXPECT_EQ(handler[0].exn_local, 0u);
  EXPECT_EQ(handler[3].exn_local, 1u);
  EXPECT_EQ(handler[2].exn_local, kNoIndex);
  EXPECT_TRUE(module.func().uses_refs);
}

// Entries of instructions that are never reached stand in their places all the same.
TEST(SideTable, KeepsStepInDeadCode) {
  Compiled module = compile({
      0x02, 0x40,           // 0 block
      0x0c, 0,              // 2   br 0
      0x0c, 0,              // 4   br 0 (dead)
      0x41, 0, 0x04, 0x40,  // 6   if (dead)
      0x05, 0x0b,           // 10  else (dead)
      0x0b,                 // 12 end
      0x41, 0, 0x0d, 0,     // 13 br_if 0
  });
  ASSERT_EQ(module.func().side_entry_count, 5u);
  expect_entry(module.entry(0), 13 - 2, 4, 0, 0);
  expect_entry(module.entry(4), 17 - 15, 1, 0, 0);
}

TEST(SideTable, LegacyHandlersLeadBehindTheEnd) {
  Compiled module = compile({
      0x06, 0x40,  // 0 try
      0x01,        // 2
      0x07, 0,     // 3 catch $0
      0x1a,        // 5
      0x19,        // 6 catch_all
      0x0b,        // 7 end
      0x06, 0x40,  // 8 try
      0x18, 0,     // 10 delegate
  });              // 12 end
  ASSERT_EQ(module.func().side_entry_count, 5u);
  expect_entry(module.entry(0), 8 - 3, 4, 0, 0);
  expect_entry(module.entry(1), 5 - 3, 1, 1, 0);  // the clause
  expect_entry(module.entry(2), 8 - 6, 2, 0, 0);
  expect_entry(module.entry(3), 7 - 6, 1, 0, 0);
  expect_entry(module.entry(4), 12 - 10, 1, 0, 0);
}

TEST(Summary, LoopsListTheLocalsTheyAssign) {
  Compiled module = compile(
      {
          0x41, 0,    0x21, 5,           // outside: local 5
          0x03, 0x40,                    // loop
          0x41, 0,    0x21, 3,           //   3
          0x03, 0x40,                    //   loop
          0x41, 0,    0x22, 1,    0x1a,  //     1
          0x41, 0,    0x21, 1,           //     1 again
          0x41, 0,    0x21, 3,           //     3
          0x0b, 0x41, 0,    0x21, 0,     //   0
          0x41, 0,    0x21, 1,           //   1
          0x03, 0x40, 0x0b,              //   loop without assignments
          0x0b, 0x41, 0,    0x21, 4,
      },
      {0x60, 1, 0x7f, 0}, {1, 5, 0x7f});
  ASSERT_EQ(module.func().loop_count, 3u);
  auto assigned = [&](std::size_t loop) {
    const LoopSummary& summary = module.desc.loops[loop];
    auto first = module.desc.assigned_locals.begin() + summary.first_assigned;
    return std::vector<u32>(first, first + summary.assigned_count);
  };
  EXPECT_EQ(assigned(0), (std::vector<u32>{0, 1, 3}));
  EXPECT_EQ(assigned(1), (std::vector<u32>{1, 3}));
  EXPECT_EQ(assigned(2), (std::vector<u32>{}));
  EXPECT_EQ(module.func().param_count, 1u);
  EXPECT_EQ(module.func().local_count, 6u);
  ASSERT_EQ(module.func().local_run_count, 1u);
  EXPECT_EQ(module.desc.local_runs[0].count, 5u);
}

// Many nested loops that all assign many locals do not make lists that are quadratic in the code.
TEST(Summary, ListsOfAssignedLocalsAreBounded) {
  Build code;
  constexpr int kLoops = 3000, kLocals = 3000;
  for (int i = 0; i < kLoops; ++i) code.bytes({0x03, 0x40});
  for (int i = 0; i < kLocals; ++i) code.bytes({0x41, 0, 0x21}).uleb(static_cast<u64>(i));
  for (int i = 0; i < kLoops; ++i) code.byte(0x0b);
  Compiled module = compile(code, {0x60, 0, 0}, Build().uleb(1).uleb(kLocals).byte(0x7f));
  ASSERT_EQ(module.func().loop_count, static_cast<u32>(kLoops));
  EXPECT_LT(module.desc.assigned_locals.size(), 8 * code.out.size());
  EXPECT_EQ(module.desc.loops[kLoops - 1].assigned_count, static_cast<u32>(kLocals));
  EXPECT_EQ(module.desc.loops[0].assigned_count, kAllLocals);
}

TEST(Summary, NotesWhatAFunctionUses) {
  EXPECT_TRUE(compile(Build().op(Op::V128Const).append(ByteVector(16)).byte(0x1a)).func().uses_v128);
  EXPECT_TRUE(compile({}, {0x60, 0, 0}, {1, 1, 0x7b}).func().uses_v128);
  EXPECT_FALSE(compile({0x41, 0, 0x1a}).func().uses_v128);
  EXPECT_TRUE(compile({0xd0, 0x70, 0x1a}).func().uses_refs);
  EXPECT_TRUE(compile({}, {0x60, 1, 0x6f, 0}).func().uses_refs);
  EXPECT_FALSE(compile({0x41, 0, 0x1a}).func().uses_refs);
  EXPECT_EQ(compile({0x10, 0, 0x10, 0, 0x12, 0}).func().call_count, 3u);
}

}  // namespace
}  // namespace tenon::validate
