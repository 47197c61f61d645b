// Branch hints: which are good, what each kind of bad one is called, and that none makes a module invalid.
#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/spec/errors.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

using testing::body;
using testing::Build;
using testing::ByteVector;
using testing::TestModule;

// An imported function, then two with i32.const at 1, if at 3, end at 5, i32.const at 6, br_if at 8 and end at 10.
std::string hints(const ByteVector& contents) {
  TestModule module;
  module.items(1, {{0x60, 0, 0}});
  module.items(2, {Build().name("m").name("f").bytes({0, 0})});
  module.items(3, {{0}, {0}});
  module.custom("metadata.code.branch_hint", contents);
  ByteVector code = body({0x41, 0, 0x04, 0x40, 0x0b, 0x41, 0, 0x0d, 0});
  module.items(10, {code, code});
  static TypeStore types;
  auto desc = validate_module(types, module.bytes, {.features = Features::all()});
  if (!desc) return "invalid module: " + desc.error().to_string();
  Result<> checked = check_branch_hints(*desc);
  return checked ? "good" : std::string(checked.error().message());
}

TEST(BranchHints, GoodOnes) {
  EXPECT_EQ(hints({0}), "good");
  EXPECT_EQ(hints({1, 1, 1, 3, 1, 0}), "good");
  EXPECT_EQ(hints({2, 1, 2, 3, 1, 0, 8, 1, 1, 2, 1, 8, 1, 1}), "good");
  EXPECT_EQ(hints({1, 2, 0}), "good");
}

TEST(BranchHints, NameConditionalBranchesInOrder) {
  const char* kTarget = "@metadata.code.branch_hint annotation: invalid target";
  EXPECT_EQ(hints({1, 1, 1, 1, 1, 0}), kTarget);                 // i32.const
  EXPECT_EQ(hints({1, 1, 1, 5, 1, 0}), kTarget);                 // end
  EXPECT_EQ(hints({1, 1, 1, 4, 1, 0}), kTarget);                 // inside an instruction
  EXPECT_EQ(hints({1, 1, 1, 0, 1, 0}), kTarget);                 // the local declarations
  EXPECT_EQ(hints({1, 1, 1, 10, 1, 0}), kTarget);                // the function's end
  EXPECT_EQ(hints({1, 1, 1, 11, 1, 0}), kTarget);                // behind it
  EXPECT_EQ(hints({1, 1, 2, 8, 1, 0, 3, 1, 0}), kTarget);        // backwards
  EXPECT_EQ(hints({1, 1, 2, 3, 1, 0, 3, 1, 0}), kTarget);        // twice
  EXPECT_EQ(hints({1, 0, 1, 3, 1, 0}), kTarget);                 // an imported function
  EXPECT_EQ(hints({1, 3, 1, 3, 1, 0}), kTarget);                 // none
  EXPECT_EQ(hints({2, 2, 1, 3, 1, 0, 1, 1, 3, 1, 0}), kTarget);  // functions backwards
  EXPECT_EQ(hints({2, 1, 1, 3, 1, 0, 1, 1, 8, 1, 0}), kTarget);  // a function twice
}

TEST(BranchHints, MalformedSections) {
  EXPECT_EQ(hints({}), "unexpected end-of-file");
  EXPECT_EQ(hints({1, 1, 1, 3}), "unexpected end-of-file");
  EXPECT_EQ(hints({1, 1, 1, 3, 2, 0}), "invalid branch hint byte");
  EXPECT_EQ(hints({1, 1, 1, 3, 1, 2}), "invalid branch hint taken byte");
  EXPECT_EQ(hints({0, 0}), "trailing bytes at end of custom section");
  EXPECT_EQ(hints({0xff, 0xff, 0xff, 0xff, 0x0f}), "unexpected end-of-file");
}

}  // namespace
}  // namespace tenon::validate
