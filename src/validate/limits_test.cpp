// Each limit of limits.def that a module can meet: accepted at the limit, refused one beyond it.
#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

using testing::body;
using testing::Build;
using testing::ByteVector;
using testing::TestModule;

Result<ModuleDesc> validate(const ByteVector& bytes) {
  TypeStore types;
  return validate_module(types, bytes, {.features = Features::all()});
}

ByteVector repeat(u64 count, const ByteVector& item) {
  Build build;
  build.uleb(count);
  build.out.reserve(build.out.size() + count * item.size());
  for (u64 i = 0; i < count; ++i) build.append(item);
  return build;
}

// `make(limit)` is valid, `make(limit + 1)` fails with this message.
template <class Make>
void at_limit(u64 limit, Make make, const std::string& message, ErrorCode code = ErrorCode::LimitExceeded) {
  auto good = validate(make(limit));
  EXPECT_TRUE(good.has_value()) << (good ? "" : good.error().to_string());
  auto bad = validate(make(limit + 1));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message(), message);
  EXPECT_EQ(bad.error().code(), code);
}

TestModule with_types(const std::vector<ByteVector>& types) {
  return TestModule().items(1, types);
}
TestModule with_func(const ByteVector& type) {
  return with_types({type}).items(3, {{0}});
}

TEST(Limits, Types) {
  at_limit(
      limits::kTypes, [](u64 n) { return TestModule().section(1, repeat(n, {0x60, 0, 0})).bytes; },
      "types count exceeds limit of 1000000");
}
TEST(Limits, RecGroupTypes) {
  at_limit(
      limits::kRecGroupTypes,
      [](u64 n) { return TestModule().section(1, Build().bytes({1, 0x4e}).append(repeat(n, {0x60, 0, 0}))).bytes; },
      "rec group types size is out of bounds");
}
TEST(Limits, SubtypingDepth) {
  auto make = [](u64 n) {
    Build types;
    types.uleb(n + 1).bytes({0x50, 0, 0x5f, 0});
    for (u64 i = 0; i < n; ++i) types.bytes({0x50, 1}).uleb(i).bytes({0x5f, 0});
    return TestModule().section(1, types).bytes;
  };
  at_limit(limits::kSubtypingDepth, make, "sub type hierarchy too deep: found depth 64, cannot exceed depth 63");
}
// A chain inside one group is as deep as one across groups, and a long one costs no more than it is long.
TEST(Limits, SubtypingDepthInAGroup) {
  auto make = [](u64 n) {
    Build types;
    types.bytes({1, 0x4e}).uleb(n + 1).bytes({0x50, 0, 0x5f, 0});
    for (u64 i = 0; i < n; ++i) types.bytes({0x50, 1}).uleb(i).bytes({0x5f, 0});
    return TestModule().section(1, types).bytes;
  };
  at_limit(limits::kSubtypingDepth, make, "sub type hierarchy too deep: found depth 64, cannot exceed depth 63");
  EXPECT_FALSE(validate(make(500'000)).has_value());
}
TEST(Limits, Supertypes) {
  auto make = [](u64 n) {
    Build types;
    types.uleb(2).bytes({0x50, 0, 0x5f, 0, 0x50}).append(repeat(n, {0})).bytes({0x5f, 0});
    return TestModule().section(1, types).bytes;
  };
  at_limit(limits::kSupertypes, make, "supertype idxs size is out of bounds");
}
TEST(Limits, Functions) {
  auto make = [](u64 n) {
    return with_types({{0x60, 0, 0}}).section(3, repeat(n, {0})).section(10, repeat(n, {2, 0, 0x0b})).bytes;
  };
  at_limit(limits::kFunctions, make, "functions count exceeds limit of 1000000");
}
TEST(Limits, Imports) {
  at_limit(
      limits::kImports, [](u64 n) { return TestModule().section(2, repeat(n, {0, 0, 3, 0x7f, 0})).bytes; },
      "imports count exceeds limit of 1000000");
  // Compact imports have few entries and many imports: the kinds' own limits hold.
  auto compact = [](u64 n) {
    return TestModule().section(2, Build().bytes({1, 0, 0, 0x7e, 3, 0x7f, 0}).append(repeat(n, {0}))).bytes;
  };
  at_limit(limits::kGlobals, compact, "globals count exceeds limit of 1000000");
}
TEST(Limits, Exports) {
  auto make = [](u64 n) {
    Build exports;
    exports.uleb(n);
    for (u64 i = 0; i < n; ++i) exports.name(std::to_string(i)).bytes({3, 0});
    return TestModule().items(6, {{0x7f, 0, 0x41, 0, 0x0b}}).section(7, exports).bytes;
  };
  at_limit(limits::kExports, make, "exports count exceeds limit of 1000000");
}
TEST(Limits, Globals) {
  at_limit(
      limits::kGlobals, [](u64 n) { return TestModule().section(6, repeat(n, {0x7f, 0, 0x41, 0, 0x0b})).bytes; },
      "globals count exceeds limit of 1000000");
}
TEST(Limits, Tags) {
  at_limit(
      limits::kTags, [](u64 n) { return with_types({{0x60, 0, 0}}).section(13, repeat(n, {0, 0})).bytes; },
      "tags count exceeds limit of 1000000");
}
TEST(Limits, ElementSegments) {
  at_limit(
      limits::kElementSegments, [](u64 n) { return TestModule().section(9, repeat(n, {1, 0, 0})).bytes; },
      "element segments count exceeds limit of 100000");
}
TEST(Limits, DataSegments) {
  at_limit(
      limits::kDataSegments, [](u64 n) { return TestModule().section(11, repeat(n, {1, 0})).bytes; },
      "data segments count exceeds limit of 100000");
  auto counted = [](u64 n) { return TestModule().section(12, Build().uleb(n)).section(11, repeat(n, {1, 0})).bytes; };
  auto bad = validate(counted(limits::kDataSegments + 1));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message(), "data count section specifies too many data segments");
}
TEST(Limits, Tables) {
  at_limit(
      limits::kTables, [](u64 n) { return TestModule().section(4, repeat(n, {0x70, 0, 0})).bytes; },
      "tables count exceeds limit of 100");
}
TEST(Limits, Memories) {
  at_limit(
      limits::kMemories, [](u64 n) { return TestModule().section(5, repeat(n, {0, 0})).bytes; },
      "memories count exceeds limit of 100");
}
TEST(Limits, StringSize) {
  auto make = [](u64 n) { return TestModule().items(2, {Build().name("").name(std::string(n, 'x')).bytes({3, 0x7f, 0})}).bytes; };
  at_limit(limits::kStringSize, make, "string size out of bounds");
}
TEST(Limits, FunctionSize) {
  auto make = [](u64 n) {
    ByteVector code(n - 2, 0x01);
    return with_func({0x60, 0, 0}).items(10, {body(code)}).bytes;
  };
  at_limit(limits::kFunctionSize, make, "function body size count exceeds limit of 7654321");
}
TEST(Limits, FunctionLocals) {
  auto make = [](u64 n) {
    return with_func({0x60, 2, 0x7f, 0x7f, 0})
        .items(10, {body(Build().byte(0x20).uleb(n - 1).byte(0x1a), Build().uleb(2).uleb(n - 12).byte(0x7e).uleb(10).byte(0x7d))})
        .bytes;
  };
  at_limit(limits::kFunctionLocals, make, "too many locals: locals exceed maximum", ErrorCode::TooManyLocals);
}
TEST(Limits, FunctionParams) {
  auto make = [](u64 n) { return with_types({Build().byte(0x60).append(repeat(n, {0x7f})).byte(0)}).bytes; };
  at_limit(limits::kFunctionParams, make, "function params size is out of bounds");
}
TEST(Limits, FunctionResults) {
  auto make = [](u64 n) { return with_types({Build().bytes({0x60, 0}).append(repeat(n, {0x7f}))}).bytes; };
  at_limit(limits::kFunctionResults, make, "function returns size is out of bounds");
}
TEST(Limits, BrTableTargets) {
  // A table of that many labels does not fit in a body, so that only the count beyond the limit can be shown.
  auto make = [](u64 n) {
    return with_func({0x60, 0, 0}).items(10, {body(Build().bytes({0x41, 0, 0x0e}).uleb(n).append(ByteVector(100)))}).bytes;
  };
  auto large = validate(make(limits::kBrTableTargets));
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().message(), "unexpected end-of-file");
  auto bad = validate(make(limits::kBrTableTargets + 1));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message(), "br_table size is out of bounds");
}
TEST(Limits, SelectTypes) {
  auto make = [](u64 n) {
    return with_func({0x60, 0, 0}).items(10, {body(Build().bytes({0x00, 0x1c}).append(repeat(n, {0x7f})).byte(0x1a))}).bytes;
  };
  auto large = validate(make(limits::kSelectTypes));
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().message(), "invalid result arity");
  auto bad = validate(make(limits::kSelectTypes + 1));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message(), "select types size is out of bounds");
  EXPECT_TRUE(validate(make(1)).has_value());
}
TEST(Limits, TableEntries) {
  auto make = [](u64 n) {
    return with_func({0x60, 0, 0}).items(9, {Build().bytes({1, 0}).append(repeat(n, {0}))}).items(10, {body({})}).bytes;
  };
  at_limit(limits::kTableEntries, make, "number of elements is out of bounds");
}
TEST(Limits, MemoryPages) {
  at_limit(
      limits::kMemoryPages32, [](u64 n) { return TestModule().items(5, {Build().byte(0).uleb(n)}).bytes; },
      "memory size must be at most 0x10000 65536-byte pages", ErrorCode::MemorySize);
  at_limit(
      limits::kMemoryPages64, [](u64 n) { return TestModule().items(5, {Build().bytes({5, 0}).uleb(n)}).bytes; },
      "memory size must be at most 0x1000000000000 65536-byte pages", ErrorCode::MemorySize);
  at_limit(
      0xffffffff, [](u64 n) { return TestModule().items(5, {Build().byte(8).uleb(n).byte(0)}).bytes; },
      "memory size must be at most 0xffffffff 1-byte pages", ErrorCode::MemorySize);
  at_limit(
      0xffffffff, [](u64 n) { return TestModule().items(4, {Build().bytes({0x70, 0}).uleb(n)}).bytes; },
      "table size must be at most 0xffffffff entries", ErrorCode::TableSize);
}
TEST(Limits, StructFields) {
  auto make = [](u64 n) { return with_types({Build().byte(0x5f).append(repeat(n, {0x7f, 0}))}).bytes; };
  at_limit(limits::kStructFields, make, "struct fields size is out of bounds");
}
TEST(Limits, ArrayNewFixed) {
  auto make = [](u64 n) {
    Build code;
    for (u64 i = 0; i < n; ++i) code.bytes({0x41, 0});
    code.op(Op::ArrayNewFixed).byte(1).uleb(n).byte(0x1a);
    return with_types({{0x60, 0, 0}, {0x5e, 0x7f, 0}}).items(3, {{0}}).items(10, {body(code)}).bytes;
  };
  at_limit(limits::kArrayNewFixed, make, "array.new_fixed size is out of bounds");
}
TEST(Limits, Catches) {
  auto make = [](u64 n) {
    return with_func({0x60, 0, 0}).items(10, {body(Build().bytes({0x1f, 0x40}).append(repeat(n, {2, 0})).byte(0x0b))}).bytes;
  };
  at_limit(limits::kCatches, make, "catches size is out of bounds");
}
TEST(Limits, Handlers) {
  auto make = [](u64 n) {
    return with_types({{0x60, 0, 0}, {0x5d, 0}})
        .items(3, {{0}})
        .items(13, {{0, 0}})
        .items(10, {body(Build().bytes({0xd0, 1, 0xe3, 1}).append(repeat(n, {1, 0})))})
        .bytes;
  };
  at_limit(limits::kHandlers, make, "resume table size is out of bounds");
}

// Counts that the input cannot hold are refused before anything of that size is allocated.
TEST(Limits, CountsBeyondTheInputCostNothing) {
  for (u8 id : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13}) {
    auto result = validate(TestModule().section(id, Build().uleb(90)).bytes);
    EXPECT_FALSE(result.has_value()) << int(id);
  }
  EXPECT_FALSE(validate(TestModule().section(1, Build().bytes({1, 0x60}).uleb(1000)).bytes).has_value());
  EXPECT_FALSE(validate(TestModule().section(11, Build().bytes({1, 1}).uleb(0xffffffff)).bytes).has_value());
}

}  // namespace
}  // namespace tenon::validate
