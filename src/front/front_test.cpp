#include "tenon/front/front.h"

#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/spec/errors.h"

namespace tenon::front {
namespace {

TEST(Front, OwnsTheBytes) {
  TypeStore types;
  auto module = compile_module(types, testing::full_module().bytes);
  ASSERT_TRUE(module.has_value()) << module.error().to_string();
  EXPECT_EQ((*module)->bytes.data(), (*module)->owned_bytes.data());
  EXPECT_EQ((*module)->bytes.size(), testing::full_module().bytes.size());
  EXPECT_EQ((*module)->names.module, "whole");
}

TEST(Front, KeepsForeignBytesAlive) {
  TypeStore types;
  auto owner = std::make_shared<std::vector<u8>>(testing::full_module().bytes);
  std::weak_ptr<std::vector<u8>> watch = owner;
  Bytes view = *owner;
  auto module = compile_module(types, view, std::move(owner));
  ASSERT_TRUE(module.has_value());
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ((*module)->bytes.data(), view.data());
  module->reset();
  EXPECT_TRUE(watch.expired());
}

// Modules of one engine have the same types.
TEST(Front, SharesTypesBetweenModules) {
  TypeStore types;
  auto a = compile_module(types, testing::full_module().bytes);
  auto b = compile_module(types, testing::full_module().bytes);
  ASSERT_TRUE(a && b);
  EXPECT_EQ((*a)->types, (*b)->types);
  EXPECT_EQ(types.size(), 3u);
}

TEST(Front, PassesErrorsOn) {
  TypeStore types;
  auto module = compile_module(types, std::vector<u8>{0, 'a', 's'});
  ASSERT_FALSE(module.has_value());
  EXPECT_EQ(module.error().code(), ErrorCode::UnexpectedEnd);
  FrontOptions options;
  options.features.disable(Feature::BulkMemory);
  auto gated = compile_module(types, testing::full_module().bytes, options);
  ASSERT_FALSE(gated.has_value());
  EXPECT_EQ(gated.error().missing_feature(), Feature::BulkMemory);
}

}  // namespace
}  // namespace tenon::front
