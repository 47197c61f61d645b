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

TEST(Features, SpacesAndWordsForComponentsChangeNothing) {
  Features set = Features::none(), spaced = Features::none();
  ASSERT_TRUE(apply_features(set, "gc,simd,-gc"));
  ASSERT_TRUE(apply_features(spaced, " gc ,\tsimd , , -gc\n"));
  EXPECT_EQ(spaced, set);
  ASSERT_TRUE(apply_features(spaced, "component-model,-cm64,cm-canon-names,-cm-gc"));
  EXPECT_EQ(spaced, set);
  // Listed there for its place only.
  ASSERT_TRUE(apply_features(spaced, "call-indirect-overlong"));
  EXPECT_TRUE(spaced.has(Feature::CallIndirectOverlong));
}

TEST(Features, GroupsCannotBeSwitchedOff) {
  for (std::string_view name : {"mvp", "wasm1", "wasm2", "wasm3", "lime1"}) {
    Features set;
    auto done = apply_features(set, "-" + std::string(name));
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error().message(), "cannot disable `" + std::string(name) + "`, it can only be enabled");
  }
}

TEST(Features, UnknownWordsNameTheValidOnes) {
  for (const char* list : {"bogus", "simd,bogus", "-bogus", "SIMD", "- simd", "-", "cm"}) {
    Features set;
    auto done = apply_features(set, list);
    ASSERT_FALSE(done) << list;
    EXPECT_EQ(done.error().code(), ErrorCode::Usage);
    EXPECT_NE(done.error().message().find("unknown feature `"), std::string::npos);
    // As wasm-tools has it.
    EXPECT_TRUE(done.error().message().ends_with(
        "\nValid features: mutable-global, saturating-float-to-int, sign-extension, reference-types, multi-value, bulk-memory, "
        "simd, relaxed-simd, threads, shared-everything-threads, tail-call, floats, multi-memory, exceptions, memory64, "
        "extended-const, component-model, function-references, memory-control, gc, custom-page-sizes, legacy-exceptions, "
        "gc-types, stack-switching, wide-arithmetic, cm-values, cm-nested-names, cm-async, cm-async-stackful, "
        "cm-more-async-builtins, cm-threading, cm-error-context, cm-fixed-length-lists, cm-gc, call-indirect-overlong, "
        "bulk-memory-opt, custom-descriptors, compact-imports, cm-map, cm64, cm-implements, cm-canon-names, mvp, wasm1, wasm2, "
        "wasm3, lime1, all"));
  }
}

}  // namespace
}  // namespace tenon
