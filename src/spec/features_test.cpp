// features.def and the words of --features.
#include "tenon/spec/features.h"

#include <set>

#include <gtest/gtest.h>

#include "tenon/spec/errors.h"

namespace tenon {
namespace {

TEST(Features, OptionsAreTheNamesWithHyphensAndUnique) {
  std::set<std::string_view> options;
  for (const FeatureInfo& row : kFeatures) {
    std::string option(row.name);
    for (char& c : option)
      if (c == '_') c = '-';
    EXPECT_EQ(row.option, option);
    EXPECT_TRUE(options.insert(row.option).second) << row.option;
    EXPECT_EQ(find_feature(row.option), static_cast<Feature>(&row - kFeatures.data()));
  }
  EXPECT_LE(kFeatures.size(), 64u) << "a set of features is 64 bits";
  EXPECT_EQ(find_feature("no-such-feature"), std::nullopt);
}

TEST(Features, ShippedOnesAreOnAndExperimentalOnesAreOff) {
  for (const FeatureInfo& row : kFeatures) {
    if (row.phase == FeaturePhase::Shipped) EXPECT_TRUE(row.on_by_default) << row.option;
    if (row.phase == FeaturePhase::Experimental) EXPECT_FALSE(row.on_by_default) << row.option;
  }
}

TEST(Features, EnablingBringsWhatIsImplied) {
  Features set;
  set.enable(Feature::Gc);
  EXPECT_TRUE(set.has(Feature::FunctionReferences));
  EXPECT_TRUE(set.has(Feature::ReferenceTypes));
  EXPECT_TRUE(set.has(Feature::CallIndirectOverlong));
  EXPECT_FALSE(set.has(Feature::Simd));
  // What is implied stays when the cause goes.
  EXPECT_TRUE(set.disable(Feature::Gc).has(Feature::ReferenceTypes));
  // A part of the feature itself goes with it.
  EXPECT_FALSE(set.disable(Feature::ReferenceTypes).has(Feature::CallIndirectOverlong));
  EXPECT_FALSE(Features::all().disable(Feature::BulkMemory).has(Feature::BulkMemoryOpt));
}

TEST(Features, GroupsGrow) {
  Features set, mvp, wasm1, wasm2, wasm3;
  ASSERT_TRUE(apply_features(mvp, "mvp"));
  ASSERT_TRUE(apply_features(wasm1, "wasm1"));
  ASSERT_TRUE(apply_features(wasm2, "wasm2"));
  ASSERT_TRUE(apply_features(wasm3, "wasm3"));
  auto within = [](Features a, Features b) { return (a.bits() & ~b.bits()) == 0 && !(a == b); };
  EXPECT_TRUE(within(mvp, wasm1));
  EXPECT_TRUE(within(wasm1, wasm2));
  EXPECT_TRUE(within(wasm2, wasm3));
  EXPECT_TRUE(within(wasm3, Features::all()));
  ASSERT_TRUE(apply_features(set, "all"));
  EXPECT_EQ(set, Features::all());
  EXPECT_FALSE(wasm2.has(Feature::Gc));
  EXPECT_TRUE(wasm3.has(Feature::Gc));
}

TEST(Features, ListsApplyFromLeftToRight) {
  Features set = Features::defaults();
  ASSERT_TRUE(apply_features(set, "mvp,simd,-simd,relaxed-simd"));
  EXPECT_TRUE(set.has(Feature::Simd));
  EXPECT_TRUE(set.has(Feature::RelaxedSimd));
  EXPECT_FALSE(set.has(Feature::Gc));
  ASSERT_TRUE(apply_features(set, "-all"));
  EXPECT_FALSE(set.has(Feature::Simd));
  EXPECT_TRUE(set.has(Feature::Mvp));
  Features before = set;
  ASSERT_TRUE(apply_features(set, ""));
  EXPECT_EQ(set, before);
}

TEST(Features, UnknownWordsNameTheValidOnes) {
  for (const char* list : {"bogus", "simd,bogus", "-bogus", "SIMD", "-wasm2", "-mvp"}) {
    Features set;
    auto done = apply_features(set, list);
    ASSERT_FALSE(done) << list;
    EXPECT_EQ(done.error().code(), ErrorCode::Usage);
    EXPECT_NE(done.error().message().find("unknown feature `"), std::string::npos);
    EXPECT_NE(done.error().message().find("Valid features: mutable-global, "), std::string::npos);
  }
}

}  // namespace
}  // namespace tenon
