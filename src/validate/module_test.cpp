// Whole modules: every section's rules, damage, depth, parallel bodies, names, constant expressions.
#include <atomic>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/spec/errors.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

using testing::body;
using testing::Build;
using testing::ByteVector;
using testing::full_module;
using testing::TestModule;

Result<ModuleDesc> validate(const ByteVector& bytes, Options options = {.features = Features::all()}) {
  static TypeStore types;
  return validate_module(types, bytes, options);
}

std::string error_of(const ByteVector& bytes, Options options = {.features = Features::all()}) {
  auto result = validate(bytes, options);
  return result ? "valid" : result.error().to_string();
}

TEST(Module, DescribesEverySection) {
  ByteVector bytes = full_module().bytes;
  auto result = validate(bytes);
  ASSERT_TRUE(result.has_value()) << result.error().to_string();
  const ModuleDesc& module = *result;
  EXPECT_EQ(module.types.size(), 3u);
  ASSERT_EQ(module.imports.size(), 2u);
  EXPECT_EQ(module.imports[0].module, "env");
  EXPECT_EQ(kind_of(module.imports[1].type), ExternKind::Global);
  EXPECT_EQ(module.imported_funcs, 1u);
  EXPECT_EQ(module.imported_globals, 1u);
  EXPECT_EQ(module.funcs.size(), 3u);
  EXPECT_EQ(module.table_types.size(), 2u);
  ASSERT_EQ(module.tables.size(), 2u);
  EXPECT_TRUE(module.tables[0].init.empty());
  ASSERT_EQ(module.tables[1].init.size(), 1u);
  EXPECT_EQ(module.tables[1].init[0].op, Op::RefNull);
  EXPECT_EQ(module.tables[1].init[0].a, ValType::funcref().bits());
  EXPECT_EQ(module.memories.size(), 1u);
  EXPECT_EQ(module.memories[0].limits.max, 2u);
  ASSERT_EQ(module.globals.size(), 2u);
  EXPECT_EQ(module.globals[0].init[0].op, Op::GlobalGet);
  EXPECT_EQ(module.globals[1].init[0].a, 128u);
  ASSERT_EQ(module.exports.size(), 2u);
  EXPECT_EQ(module.exports[1].kind, ExternKind::Memory);
  EXPECT_EQ(module.start, FuncIndex(1));
  ASSERT_EQ(module.elems.size(), 2u);
  EXPECT_EQ(module.elems[0].mode, SegmentMode::Active);
  EXPECT_EQ(module.elems[0].size(), 2u);
  // An expression that only names a function is kept as the function.
  EXPECT_TRUE(module.elems[1].exprs.empty());
  EXPECT_EQ(module.elems[1].funcs, std::vector<FuncIndex>{FuncIndex(1)});
  EXPECT_EQ(module.elems[1].type, ValType::funcref());
  ASSERT_EQ(module.datas.size(), 2u);
  EXPECT_EQ(as_text(Bytes(bytes).subspan(module.datas[0].begin, module.datas[0].size)), "abc");
  EXPECT_EQ(module.datas[1].mode, SegmentMode::Passive);
  ASSERT_EQ(module.code.size(), 2u);
  EXPECT_EQ(module.code[1].func_index, 2u);
  EXPECT_EQ(bytes[module.code[1].code_offset], 0x20);
  EXPECT_EQ(bytes[module.code[1].code_end - 1], 0x0b);
  EXPECT_EQ(module.escaping_funcs, (std::vector<bool>{false, true, true}));
  ASSERT_EQ(module.customs.size(), 2u);
  EXPECT_EQ(module.customs[0].name, "first");
  EXPECT_EQ(module.names.module, "whole");
  ASSERT_EQ(module.names.funcs.size(), 1u);
  EXPECT_EQ(module.names.funcs[0].second, "run");
}

// No prefix of a module is taken for more than it is, and none is read behind its end.
TEST(Module, SurvivesTruncation) {
  ByteVector bytes = full_module().bytes;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteVector cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    cut.shrink_to_fit();
    auto result = validate(cut);
    if (result) continue;  // ends between sections that may be absent
    ASSERT_TRUE(result.error().offset().has_value()) << size;
    EXPECT_LE(*result.error().offset(), size);
  }
}

TEST(Module, SurvivesDamage) {
  ByteVector bytes = full_module().bytes;
  int valid = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      ByteVector damaged = bytes;
      damaged[at] = static_cast<u8>(value);
      auto result = validate(damaged);
      valid += result.has_value();
      if (!result) ASSERT_LE(result.error().offset().value_or(0), bytes.size());
    }
  }
  EXPECT_GT(valid, 1000);
}

TEST(Module, TakesAHundredThousandNestedBlocks) {
  constexpr int kDepth = 100'000;
  for (int opcode : {0x02, 0x03, 0x1f}) {
    Build code;
    for (int i = 0; i < kDepth; ++i) {
      code.bytes({opcode, 0x40});
      if (opcode == 0x1f) code.byte(0);
    }
    code.byte(0x0c).uleb(kDepth);  // to the function
    for (int i = 0; i < kDepth; ++i) code.byte(0x0b);
    auto result = validate(TestModule().items(1, {{0x60, 0, 0}}).items(3, {{0}}).items(10, {body(code)}).bytes);
    ASSERT_TRUE(result.has_value()) << result.error().to_string();
    EXPECT_EQ(result->side_table.size(), 1u);
  }
  Build ifs;
  for (int i = 0; i < kDepth; ++i) ifs.bytes({0x41, 0, 0x04, 0x40});
  for (int i = 0; i < kDepth; ++i) ifs.bytes({0x05, 0x0b});
  auto result = validate(TestModule().items(1, {{0x60, 0, 0}}).items(3, {{0}}).items(10, {body(ifs)}).bytes);
  ASSERT_TRUE(result.has_value()) << result.error().to_string();
  EXPECT_EQ(result->side_table.size(), 2u * kDepth);
}

// Threads of its own, as an embedder would lend.
class ThreadExecutor : public Executor {
 public:
  std::size_t concurrency() const override { return 4; }
  void run(std::size_t count, WorkRef work) override {
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (std::size_t i; (i = next.fetch_add(1)) < count;) work(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

TestModule many_functions(u32 count, std::initializer_list<u32> broken) {
  Build loop;
  loop.bytes({0x03, 0x40});
  for (int i = 0; i < 700; ++i) loop.bytes({0x41}).uleb(static_cast<u64>(i % 60)).bytes({0x21}).uleb(static_cast<u64>(i % 100));
  loop.bytes({0x41, 1, 0x0d, 0, 0x0b, 0x1f, 0x40, 1, 2, 0, 0x0b});
  std::vector<ByteVector> types(count, ByteVector{0}), bodies(count, body(loop, {1, 100, 0x7f}));
  for (u32 at : broken) bodies[at] = body({0x41, 0});
  TestModule module;
  module.items(1, {{0x60, 0, 0}}).items(3, types).items(10, bodies);
  return module;
}

TEST(Module, ParallelBodiesLeaveTheSame) {
  ByteVector bytes = many_functions(2000, {}).bytes;
  ThreadExecutor executor;
  auto alone = validate(bytes);
  auto together = validate(bytes, {.features = Features::all(), .executor = &executor});
  ASSERT_TRUE(alone && together);
  auto same = [](const auto& a, const auto& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(a[0])) == 0);
  };
  EXPECT_TRUE(same(alone->side_table, together->side_table));
  EXPECT_TRUE(same(alone->handlers, together->handlers));
  EXPECT_TRUE(same(alone->loops, together->loops));
  EXPECT_TRUE(same(alone->assigned_locals, together->assigned_locals));
  EXPECT_TRUE(same(alone->local_runs, together->local_runs));
  EXPECT_TRUE(same(alone->catches, together->catches));
  ASSERT_EQ(alone->code.size(), together->code.size());
  for (std::size_t i = 0; i < alone->code.size(); ++i) {
    EXPECT_EQ(alone->code[i].first_side_entry, together->code[i].first_side_entry);
    EXPECT_EQ(alone->code[i].first_loop, together->code[i].first_loop);
    EXPECT_EQ(alone->code[i].first_handler, together->code[i].first_handler);
    EXPECT_EQ(alone->code[i].code_end, together->code[i].code_end);
  }
}

TEST(Module, ErrorsComeInTheOrderOfTheBytes) {
  ThreadExecutor executor;
  TestModule module = many_functions(1500, {700, 1400, 1});
  for (Executor* with : {static_cast<Executor*>(nullptr), static_cast<Executor*>(&executor)}) {
    auto result = validate(module.bytes, {.features = Features::all(), .executor = with});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().context(), std::vector<std::string>{"func 1 failed to validate"});
  }
  // A bad data section behind them comes later, or first for those who ask as wasm-tools does.
  module.items(11, {{0, 0x41, 0, 0x0b, 0}});
  EXPECT_EQ(validate(module.bytes).error().context().size(), 1u);
  auto sections_first = validate(module.bytes, {.features = Features::all(), .order = ErrorOrder::SectionsFirst});
  EXPECT_EQ(sections_first.error().message(), "unknown memory 0: memory index out of bounds");
  EXPECT_TRUE(sections_first.error().context().empty());
}

TEST(Module, IgnoresMalformedNames) {
  for (const ByteVector& contents :
       {ByteVector{0, 5, 1}, ByteVector{1, 3, 1, 0, 9}, ByteVector{0, 2, 1, 0xff}, ByteVector{0xff}}) {
    auto result = validate(TestModule().custom("name", contents).bytes);
    ASSERT_TRUE(result.has_value());
    EXPECT_TRUE(result->names.module.empty());
    EXPECT_TRUE(result->names.funcs.empty());
  }
}

TEST(Module, ReadsAllEightFormsOfElementSegments) {
  TestModule module;
  module.items(1, {{0x60, 0, 0}}).items(3, {{0}}).items(4, {{0x70, 0, 9}});
  module.items(9, {{0, 0x41, 0, 0x0b, 1, 0},
                   {1, 0, 1, 0},
                   {2, 0, 0x41, 1, 0x0b, 0, 1, 0},
                   {3, 0, 1, 0},
                   {4, 0x41, 2, 0x0b, 2, 0xd2, 0, 0x0b, 0xd0, 0x70, 0x0b},
                   {5, 0x70, 1, 0xd0, 0x70, 0x0b},
                   {6, 0, 0x41, 3, 0x0b, 0x70, 1, 0xd2, 0, 0x0b},
                   {7, 0x70, 1, 0xd2, 0, 0x0b}});
  module.items(10, {body({})});
  auto result = validate(module.bytes);
  ASSERT_TRUE(result.has_value()) << result.error().to_string();
  using enum SegmentMode;
  const SegmentMode modes[] = {Active, Passive, Active, Declared, Active, Passive, Active, Declared};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(result->elems[i].mode, modes[i]) << i;
    EXPECT_EQ(result->elems[i].size(), i == 4 ? 2u : 1u) << i;
    EXPECT_EQ(result->elems[i].type.nullable(), i >= 4) << i;
  }
  ASSERT_EQ(result->elems[4].exprs.size(), 2u);
  EXPECT_EQ(result->elems[4].exprs[0][0].op, Op::RefFunc);
  EXPECT_EQ(result->elems[4].exprs[1][0].op, Op::RefNull);
  EXPECT_EQ(result->elems[2].offset[0].a, 1u);
}

TEST(Module, TurnsConstantExpressionsIntoPrograms) {
  TestModule module;
  module.items(1, {{0x5f, 2, 0x7f, 0, 0x7e, 0}, {0x5e, 0x7f, 0}});
  module.items(6, {{0x7f, 0, 0x41, 2, 0x41, 3, 0x6a, 0x0b},
                   {0x7b, 0, 0xfd, 12, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x0b},
                   {0x64, 0, 0, 0x23, 0, 0x42, 5, 0xfb, 0, 0, 0x0b},
                   {0x64, 1, 0, 0x41, 7, 0x41, 8, 0xfb, 8, 1, 2, 0x0b},
                   {0x7d, 0, 0x43, 0, 0, 0x80, 0x3f, 0x0b}});
  auto result = validate(module.bytes);
  ASSERT_TRUE(result.has_value()) << result.error().to_string();
  auto& globals = result->globals;
  ASSERT_EQ(globals[0].init.size(), 3u);
  EXPECT_EQ(globals[0].init[2].op, Op::I32Add);
  EXPECT_EQ(globals[1].init[0].a, 1u);
  EXPECT_EQ(globals[1].init[0].b, 2u);
  EXPECT_EQ(globals[2].init[2].op, Op::StructNew);
  EXPECT_EQ(globals[2].init[2].a, result->types[0].value());
  EXPECT_EQ(globals[3].init[2].a, result->types[1].value());
  EXPECT_EQ(globals[3].init[2].b, 2u);
  EXPECT_EQ(globals[4].init[0].a, 0x3f800000u);
}

struct Refused {
  ByteVector bytes;
  const char* error;
};

TEST(Module, RefusesWithTheWordsOfTheReference) {
  auto types = [](std::vector<ByteVector> list) { return TestModule().items(1, list); };
  const ByteVector nothing = {0x60, 0, 0};
  const Refused cases[] = {
      {types({{0x60, 1, 0x64, 9, 0}}).bytes, "unknown type 9: type index out of bounds (at offset 0xb)"},
      {types({{0x50, 1, 1, 0x5f, 0}, {0x50, 0, 0x5f, 0}}).bytes, "supertypes must be defined before subtypes (at offset 0xb)"},
      {types({{0x5f, 0}, {0x50, 1, 0, 0x5f, 0}}).bytes, "sub type cannot have a final super type (at offset 0xd)"},
      {types({{0x50, 0, 0x5f, 1, 0x7f, 0}, {0x50, 1, 0, 0x5f, 0}}).bytes, "sub type must match super type (at offset 0x11)"},
      {types({nothing}).items(3, {{1}}).bytes, "unknown type 1: type index out of bounds (at offset 0x11)"},
      {types({{0x5f, 0}}).items(3, {{0}}).bytes, "type index 0 is not a function type (at offset 0x10)"},
      {types({{0x60, 0, 1, 0x7f}}).items(13, {{0, 0}}).bytes, "valid"},
      {TestModule().items(4, {{0x64, 0x70, 0, 1}}).bytes, "type mismatch: non-defaultable element type (at offset 0xb)"},
      {TestModule().items(4, {{0x70, 1, 2, 1}}).bytes, "size minimum must not be greater than maximum (at offset 0xb)"},
      {TestModule().items(5, {{2, 1}}).bytes, "shared memory must have maximum size (at offset 0xb)"},
      {TestModule().items(5, {{8, 1, 3}}).bytes, "invalid custom page size (at offset 0xb)"},
      {TestModule().items(6, {{0x7f, 0, 0x42, 0, 0x0b}}).bytes, "type mismatch: expected i32, found i64 (at offset 0xf)"},
      {TestModule().items(6, {{0x7f, 0, 0x41, 0, 0x45, 0x0b}}).bytes,
       "constant expression required: non-constant operator: visit_i32_eqz (at offset 0xf)"},
      {TestModule().items(6, {{0x7f, 1, 0x41, 0, 0x0b}, {0x7f, 0, 0x23, 0, 0x0b}}).bytes,
       "constant expression required: global.get of mutable global (at offset 0x12)"},
      {TestModule().items(7, {Build().name("a").bytes({0, 0})}).bytes,
       "unknown function 0: exported function index out of bounds (at offset 0xb)"},
      {TestModule().items(5, {{0, 1}}).items(7, {Build().name("a").bytes({2, 0}), Build().name("a").bytes({2, 0})}).bytes,
       "duplicate export name `a` already defined (at offset 0x14)"},
      {TestModule().section(8, {0}).bytes, "unknown function 0: func index out of bounds (at offset 0xa)"},
      {TestModule().items(4, {{0x6f, 0, 1}}).items(9, {{0, 0x41, 0, 0x0b, 0}}).bytes,
       "type mismatch: invalid element type `(ref func)` for table type `externref` (at offset 0x11)"},
      {TestModule().items(9, {{0, 0x41, 0, 0x0b, 0}}).bytes, "unknown table 0: table index out of bounds (at offset 0xb)"},
      {TestModule().items(11, {{0, 0x41, 0, 0x0b, 0}}).bytes, "unknown memory 0: memory index out of bounds (at offset 0xb)"},
      {TestModule().section(14, {}).bytes, "malformed section id: 14 (at offset 0xa)"},
      {TestModule().section(1, {0, 0}).bytes, "section size mismatch: unexpected data at the end of the section (at offset 0xb)"},
      {types({nothing}).items(3, {{0}}).items(10, {body({0x41, 0})}).bytes,
       "type mismatch: values remaining on stack at end of block (at offset 0x19)"},
      {types({nothing}).items(3, {{0}}).items(10, {{2, 0, 0x01}}).bytes,
       "control frames remain at end of function body or expression (at offset 0x18)"},
      {types({nothing}).items(3, {{0}}).items(10, {{4, 0, 0x0b, 0x01, 0x0b}}).bytes,
       "operators remaining after end of function body or expression (at offset 0x18)"},
  };
  for (const Refused& test : cases) EXPECT_EQ(error_of(test.bytes), test.error);
}

// What WebAssembly 1.0 had not yet is refused with the feature's name.
TEST(Module, GatesDefinitionsByFeature) {
  struct Row {
    Feature feature;
    ByteVector bytes;
  };
  const Row rows[] = {
      {Feature::MultiValue, TestModule().items(1, {{0x60, 0, 2, 0x7f, 0x7f}}).bytes},
      {Feature::Simd, TestModule().items(1, {{0x60, 1, 0x7b, 0}}).bytes},
      {Feature::ReferenceTypes, TestModule().items(1, {{0x60, 1, 0x6f, 0}}).bytes},
      {Feature::FunctionReferences, TestModule().items(1, {{0x60, 1, 0x64, 0x70, 0}}).bytes},
      {Feature::Gc, TestModule().items(1, {{0x5f, 0}}).bytes},
      {Feature::Gc, TestModule().items(1, {{0x4e, 1, 0x60, 0, 0}}).bytes},
      {Feature::Exceptions, TestModule().items(1, {{0x60, 1, 0x69, 0}}).bytes},
      {Feature::Exceptions, TestModule().items(1, {{0x60, 0, 0}}).items(13, {{0, 0}}).bytes},
      {Feature::StackSwitching, TestModule().items(1, {{0x60, 0, 0}, {0x5d, 0}}).bytes},
      {Feature::SharedEverythingThreads, TestModule().items(1, {{0x65, 0x60, 0, 0}}).bytes},
      {Feature::Memory64, TestModule().items(5, {{4, 1}}).bytes},
      {Feature::Threads, TestModule().items(5, {{3, 1, 1}}).bytes},
      {Feature::CustomPageSizes, TestModule().items(5, {{8, 1, 0}}).bytes},
      {Feature::MutableGlobal, TestModule().items(2, {{0, 0, 3, 0x7f, 1}}).bytes},
      {Feature::BulkMemory, TestModule().items(11, {{1, 0}}).bytes},
      {Feature::CompactImports, TestModule().section(2, {1, 0, 0, 0x7f, 0}).bytes},
      {Feature::ExtendedConst, TestModule().items(6, {{0x7f, 0, 0x41, 0, 0x41, 0, 0x6a, 0x0b}}).bytes},
      {Feature::Floats, TestModule().items(1, {{0x60, 1, 0x7d, 0}}).bytes},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(error_of(row.bytes), "valid") << info(row.feature).name;
    auto result = validate(row.bytes, {.features = Features::all().disable(row.feature)});
    ASSERT_FALSE(result.has_value()) << info(row.feature).name;
    EXPECT_EQ(result.error().missing_feature(), row.feature) << result.error().to_string();
  }
  EXPECT_EQ(error_of(TestModule().items(5, {{0, 1}, {0, 1}}).bytes, {.features = Features::all().disable(Feature::MultiMemory)}),
            "multiple memories (at offset 0xa)");
  EXPECT_EQ(error_of(TestModule().items(4, {{0x70, 0, 1}, {0x70, 0, 1}}).bytes,
                     {.features = Features::all().disable(Feature::ReferenceTypes)}),
            "multiple tables (at offset 0xa)");
}

TEST(Module, LocalsWithoutADefaultMustBeSet) {
  auto module = [](const ByteVector& code) {
    return TestModule().items(1, {{0x60, 0, 0}}).items(3, {{0}}).items(10, {body(code, {1, 2, 0x64, 0x6e})}).bytes;
  };
  const ByteVector value = {0xd0, 0x6e, 0xd4};
  auto set = Build().append(value).bytes({0x21, 1});
  EXPECT_EQ(error_of(module({0x20, 1, 0x1a})), "uninitialized local: 1 (at offset 0x1a)");
  EXPECT_EQ(error_of(module(Build().append(set).bytes({0x20, 1, 0x1a}))), "valid");
  // What a block sets is unset again behind it.
  EXPECT_EQ(error_of(module(Build().bytes({0x02, 0x40}).append(set).bytes({0x20, 1, 0x1a, 0x0b, 0x20, 1, 0x1a}))),
            "uninitialized local: 1 (at offset 0x25)");
  EXPECT_EQ(error_of(module(Build().append(set).bytes({0x02, 0x40}).append(set).bytes({0x0b, 0x20, 1, 0x1a}))), "valid");
  EXPECT_EQ(error_of(module(Build().bytes({0x41, 0, 0x04, 0x40}).append(set).bytes({0x05, 0x20, 1, 0x1a, 0x0b}))),
            "uninitialized local: 1 (at offset 0x24)");
}

}  // namespace
}  // namespace tenon::validate
