// The limits of limits.def that a module can reach: at the limit it is accepted, one beyond it is refused before anything of
// that size is allocated. Modules are written byte by byte here; how the runtime holds its own limits is tested there.
#include <sys/mman.h>

#include <gtest/gtest.h>

#include "tenon/front/front.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::front {
namespace {

/// Bytes of a module under construction.
class Out {
 public:
  Out& u8s(std::initializer_list<u8> bytes) {
    bytes_.insert(bytes_.end(), bytes);
    return *this;
  }
  Out& uleb(u64 value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<u8>(value | 0x80));
    bytes_.push_back(static_cast<u8>(value));
    return *this;
  }
  Out& repeat(u64 count, std::initializer_list<u8> bytes) {
    bytes_.reserve(bytes_.size() + count * bytes.size());
    for (; count != 0; --count) bytes_.insert(bytes_.end(), bytes);
    return *this;
  }
  Out& append(const Out& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
    return *this;
  }
  /// A section or function body: its size, then its bytes.
  Out& sized(const Out& contents) { return uleb(contents.bytes_.size()).append(contents); }
  Out& section(u8 id, const Out& contents) { return u8s({id}).sized(contents); }

  std::vector<u8> take() { return std::move(bytes_); }

 private:
  std::vector<u8> bytes_;
};

enum Section : u8 { kType = 1, kImport, kFunction, kTable, kMemory, kGlobal, kExport, kStart, kElem, kCode, kData, kCount, kTag };

Out module() {
  return Out().u8s({0, 'a', 's', 'm', 1, 0, 0, 0});
}
/// A section that holds `count` items of the same bytes.
Out items(u64 count, std::initializer_list<u8> item) {
  return Out().uleb(count).repeat(count, item);
}
/// A module with one function of type [] -> [] and this body (locals first, without the final end).
Out with_body(const Out& body) {
  return module()
      .section(kType, items(1, {0x60, 0, 0}))
      .section(kFunction, items(1, {0}))
      .section(kCode, Out().uleb(1).sized(Out().append(body).u8s({0x0b})));
}

/// How a module fails; nothing when it is accepted.
std::optional<ErrorCode> refused(Out module) {
  TypeStore types;
  FrontOptions options;
  options.features = Features::all();
  auto made = compile_module(types, module.take(), options);
  if (made) return std::nullopt;
  return made.error().code();
}

#define EXPECT_ACCEPTED(...) EXPECT_EQ(refused(__VA_ARGS__), std::nullopt)
#define EXPECT_LIMIT(...) EXPECT_EQ(refused(__VA_ARGS__), ErrorCode::LimitExceeded)

// covers: error LimitExceeded

TEST(Limits, ModuleSize) {  // covers: limit ModuleSize
  constexpr u64 kSize = limits::kModuleSize + 1;
  void* bytes = mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(bytes, MAP_FAILED);
  TypeStore types;
  auto made = compile_module(types, Bytes(static_cast<const u8*>(bytes), kSize), nullptr);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::LimitExceeded);
  munmap(bytes, kSize);
}

TEST(Limits, Types) {  // covers: limit Types
  EXPECT_ACCEPTED(module().section(kType, items(100'000, {0x60, 0, 0})));
  EXPECT_LIMIT(module().section(kType, items(limits::kTypes + 1, {0x60, 0, 0})));
}
TEST(Limits, RecGroupTypes) {  // covers: limit RecGroupTypes
  EXPECT_LIMIT(module().section(kType, Out().uleb(1).u8s({0x4e}).append(items(limits::kRecGroupTypes + 1, {0x60, 0, 0}))));
  // Groups count together.
  Out two = Out().uleb(2);
  for (int i = 0; i < 2; ++i) two.u8s({0x4e}).append(items(limits::kRecGroupTypes / 2 + 1, {0x60, 0, 0}));
  EXPECT_LIMIT(module().section(kType, two));
}
TEST(Limits, SubtypingDepth) {  // covers: limit SubtypingDepth
  auto chain = [](u64 depth) {
    Out types = Out().uleb(depth + 1).u8s({0x50, 0, 0x60, 0, 0});
    for (u64 i = 0; i < depth; ++i) types.u8s({0x50, 1}).uleb(i).u8s({0x60, 0, 0});
    return module().section(kType, types);
  };
  EXPECT_ACCEPTED(chain(limits::kSubtypingDepth));
  EXPECT_LIMIT(chain(limits::kSubtypingDepth + 1));
}
TEST(Limits, Supertypes) {  // covers: limit Supertypes
  EXPECT_LIMIT(module().section(kType, Out().u8s({3, 0x50, 0, 0x60, 0, 0, 0x50, 0, 0x60, 0, 0, 0x50, 2, 0, 1, 0x60, 0, 0})));
}
TEST(Limits, FunctionTypes) {  // covers: limit FunctionParams, FunctionResults
  auto type = [](u64 params, u64 results) {
    return module().section(kType, Out().u8s({1, 0x60}).append(items(params, {0x7f})).append(items(results, {0x7e})));
  };
  EXPECT_ACCEPTED(type(limits::kFunctionParams, limits::kFunctionResults));
  EXPECT_LIMIT(type(limits::kFunctionParams + 1, 0));
  EXPECT_LIMIT(type(0, limits::kFunctionResults + 1));
}
TEST(Limits, StructFields) {  // covers: limit StructFields
  auto type = [](u64 fields) { return module().section(kType, Out().u8s({1, 0x5f}).append(items(fields, {0x78, 1}))); };
  EXPECT_ACCEPTED(type(limits::kStructFields));
  EXPECT_LIMIT(type(limits::kStructFields + 1));
}

TEST(Limits, Imports) {  // covers: limit Imports
  EXPECT_LIMIT(module().section(kImport, items(limits::kImports + 1, {0, 0, 3, 0x7f, 0})));
}
TEST(Limits, Functions) {  // covers: limit Functions
  auto functions = [](u64 count) {
    return module()
        .section(kType, items(1, {0x60, 0, 0}))
        .section(kFunction, items(count, {0}))
        .section(kCode, items(count, {2, 0, 0x0b}));
  };
  EXPECT_ACCEPTED(functions(10'000));
  EXPECT_LIMIT(functions(limits::kFunctions + 1));
  // Imported and defined count together.
  EXPECT_LIMIT(module()
                   .section(kType, items(1, {0x60, 0, 0}))
                   .section(kImport, items(2, {0, 0, 0, 0}))
                   .section(kFunction, items(limits::kFunctions - 1, {0})));
}
TEST(Limits, Exports) {  // covers: limit Exports
  EXPECT_LIMIT(module().section(kMemory, items(1, {0, 0})).section(kExport, items(limits::kExports + 1, {0, 2, 0})));
}
TEST(Limits, Globals) {  // covers: limit Globals
  EXPECT_LIMIT(module().section(kGlobal, items(limits::kGlobals + 1, {0x7f, 0, 0x41, 0, 0x0b})));
}
TEST(Limits, Tags) {  // covers: limit Tags
  EXPECT_LIMIT(module().section(kType, items(1, {0x60, 0, 0})).section(kTag, items(limits::kTags + 1, {0, 0})));
}
TEST(Limits, Tables) {  // covers: limit Tables
  EXPECT_ACCEPTED(module().section(kTable, items(limits::kTables, {0x70, 0, 0})));
  EXPECT_LIMIT(module().section(kTable, items(limits::kTables + 1, {0x70, 0, 0})));
}
TEST(Limits, Memories) {  // covers: limit Memories
  EXPECT_ACCEPTED(module().section(kMemory, items(limits::kMemories, {0, 0})));
  EXPECT_LIMIT(module().section(kMemory, items(limits::kMemories + 1, {0, 0})));
}
TEST(Limits, Segments) {  // covers: limit ElementSegments, DataSegments
  EXPECT_ACCEPTED(module().section(kElem, items(limits::kElementSegments, {1, 0, 0})));
  EXPECT_LIMIT(module().section(kElem, items(limits::kElementSegments + 1, {1, 0, 0})));
  EXPECT_ACCEPTED(module().section(kData, items(limits::kDataSegments, {1, 0})));
  EXPECT_LIMIT(module().section(kData, items(limits::kDataSegments + 1, {1, 0})));
  EXPECT_LIMIT(module().section(kCount, Out().uleb(limits::kDataSegments + 1)));
}
TEST(Limits, TableEntries) {  // covers: limit TableEntries
  Out head = module().section(kType, items(1, {0x60, 0, 0})).section(kFunction, items(1, {0}));
  EXPECT_LIMIT(head.section(kElem, Out().u8s({1, 1, 0}).append(items(limits::kTableEntries + 1, {0})))
                   .section(kCode, items(1, {2, 0, 0x0b})));
}
TEST(Limits, StringSize) {  // covers: limit StringSize
  auto named = [](u64 length) {
    return module().section(kMemory, items(1, {0, 0})).section(kExport, Out().u8s({1}).append(items(length, {'n'})).u8s({2, 0}));
  };
  EXPECT_ACCEPTED(named(limits::kStringSize));
  EXPECT_LIMIT(named(limits::kStringSize + 1));
}
TEST(Limits, MemoryPages) {  // covers: limit MemoryPages32, MemoryPages64
  auto memory = [](u8 flags, u64 pages) { return module().section(kMemory, Out().u8s({1, flags}).uleb(pages)); };
  EXPECT_ACCEPTED(memory(0, limits::kMemoryPages32));
  EXPECT_EQ(refused(memory(0, limits::kMemoryPages32 + 1)), ErrorCode::MemorySize);
  EXPECT_ACCEPTED(memory(4, limits::kMemoryPages64));
  EXPECT_EQ(refused(memory(4, limits::kMemoryPages64 + 1)), ErrorCode::MemorySize);
}

TEST(Limits, FunctionSize) {  // covers: limit FunctionSize
  auto body = [](u64 size) { return with_body(Out().u8s({0}).repeat(size - 2, {0x01})); };
  EXPECT_ACCEPTED(body(limits::kFunctionSize));
  EXPECT_LIMIT(body(limits::kFunctionSize + 1));
}
TEST(Limits, FunctionLocals) {  // covers: limit FunctionLocals
  auto body = [](u64 locals) { return with_body(Out().u8s({2, 1, 0x7e}).uleb(locals - 1).u8s({0x7f})); };
  EXPECT_ACCEPTED(body(limits::kFunctionLocals));
  EXPECT_EQ(refused(body(limits::kFunctionLocals + 1)), ErrorCode::TooManyLocals);
  EXPECT_EQ(refused(body(u64{1} << 32)), ErrorCode::TooManyLocals);
  // Parameters count.
  Out types = Out().u8s({1, 0x60}).append(items(1, {0x7f})).u8s({0});
  auto with_parameter = [&](u64 locals) {
    return module()
        .section(kType, types)
        .section(kFunction, items(1, {0}))
        .section(kCode, Out().uleb(1).sized(Out().u8s({1}).uleb(locals).u8s({0x7f, 0x0b})));
  };
  EXPECT_ACCEPTED(with_parameter(limits::kFunctionLocals - 1));
  EXPECT_EQ(refused(with_parameter(limits::kFunctionLocals)), ErrorCode::TooManyLocals);
}
TEST(Limits, BrTableTargets) {  // covers: limit BrTableTargets
  auto body = [](u64 targets, u64 given) {
    return with_body(Out().u8s({0, 0x41, 0, 0x0e}).uleb(targets).repeat(given + 1, {0}));
  };
  EXPECT_ACCEPTED(body(100'000, 100'000));
  EXPECT_LIMIT(body(limits::kBrTableTargets + 1, 10));
}
TEST(Limits, SelectTypes) {  // covers: limit SelectTypes
  auto body = [](u64 types) { return with_body(Out().u8s({0, 0x00, 0x1c}).append(items(types, {0x7f})).u8s({0x1a})); };
  EXPECT_ACCEPTED(body(1));
  EXPECT_EQ(refused(body(limits::kSelectTypes)), ErrorCode::InvalidResultArity);
  EXPECT_LIMIT(body(limits::kSelectTypes + 1));
}
TEST(Limits, ArrayNewFixed) {  // covers: limit ArrayNewFixed
  auto make = [](u64 count) {
    return module()
        .section(kType, Out().u8s({2, 0x60, 0, 0, 0x5e, 0x7f, 0}))
        .section(kFunction, items(1, {0}))
        .section(kCode,
                 Out().uleb(1).sized(Out().u8s({0}).repeat(count, {0x41, 0}).u8s({0xfb, 8, 1}).uleb(count).u8s({0x1a, 0x0b})));
  };
  EXPECT_ACCEPTED(make(limits::kArrayNewFixed));
  EXPECT_LIMIT(make(limits::kArrayNewFixed + 1));
}
TEST(Limits, Catches) {  // covers: limit Catches
  auto body = [](u64 count) {
    return with_body(Out().u8s({0, 0x1f, 0x40}).append(items(count, {2, 0})).u8s({0x0b}));  // catch_all 0
  };
  EXPECT_ACCEPTED(body(limits::kCatches));
  EXPECT_LIMIT(body(limits::kCatches + 1));
}
TEST(Limits, Handlers) {  // covers: limit Handlers
  auto make = [](u64 count) {
    return module()
        .section(kType, Out().u8s({2, 0x60, 0, 0, 0x5d, 0}))
        .section(kFunction, items(1, {0}))
        .section(kTag, items(1, {0, 0}))
        .section(kCode, Out().uleb(1).sized(
                            Out().u8s({0, 0xd0, 1, 0xe3, 1}).append(items(count, {1, 0})).u8s({0x0b})));  // (on 0 switch)
  };
  EXPECT_ACCEPTED(make(limits::kHandlers));
  EXPECT_LIMIT(make(limits::kHandlers + 1));
}

}  // namespace
}  // namespace tenon::front
