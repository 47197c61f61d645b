// Features: which proposals a module may use. One row of features.def each.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon {

enum class Feature : u8 {
#define FEATURE(name, Name, ...) Name,
#include "tenon/spec/features.def"
};

/// How far a feature has come.
enum class FeaturePhase : u8 { Shipped, Staged, Experimental };

/// One row of features.def.
struct FeatureInfo {
  std::string_view name;    ///< snake case, as other tables name it
  std::string_view option;  ///< the word on the command line
  FeaturePhase phase;
  bool on_by_default;
};

inline constexpr auto kFeatures = std::to_array<FeatureInfo>({
#define FEATURE(name, Name, option, phase, on, implies) {#name, option, FeaturePhase::phase, on != 0},
#include "tenon/spec/features.def"
});

namespace detail {
/// Features by the names that the rows of other tables use.
namespace feature_names {
#define FEATURE(name, Name, ...) inline constexpr Feature name = Feature::Name;
#include "tenon/spec/features.def"
}  // namespace feature_names

constexpr u64 feature_bit(Feature feature) {
  return u64{1} << static_cast<u8>(feature);
}
}  // namespace detail

/// A set of features. A small value; copy freely.
class Features {
 public:
  constexpr Features() = default;

  /// What the newest Wasmtime has on: all of WebAssembly 3.0 and threads.
  static constexpr Features defaults() {
    Features set;
    for (std::size_t i = 0; i < kFeatures.size(); ++i)
      if (kFeatures[i].on_by_default) set.bits_ |= u64{1} << i;
    return set;
  }
  /// Every feature there is.
  static constexpr Features all() {
    Features set;
    set.bits_ = (u64{1} << kFeatures.size()) - 1;
    return set;
  }
  /// The MVP alone.
  static constexpr Features none() { return Features().enable(Feature::Mvp).enable(Feature::Floats).enable(Feature::GcTypes); }

  constexpr bool has(Feature feature) const { return bits_ >> static_cast<u8>(feature) & 1; }
  /// Switches a feature on, and those that it implies.
  constexpr Features& enable(Feature feature) {
    bits_ |= detail::feature_bit(feature) | implied(feature);
    return *this;
  }
  /// Switches a feature off, with the part of it that has a name of its own, as wasm-tools does. Other features that it implies
  /// stay.
  constexpr Features& disable(Feature feature) {
    bits_ &= ~detail::feature_bit(feature);
    if (feature == Feature::BulkMemory) bits_ &= ~detail::feature_bit(Feature::BulkMemoryOpt);
    if (feature == Feature::ReferenceTypes) bits_ &= ~detail::feature_bit(Feature::CallIndirectOverlong);
    return *this;
  }
  constexpr Features& set(Feature feature, bool on) { return on ? enable(feature) : disable(feature); }
  constexpr bool operator==(const Features&) const = default;
  constexpr u64 bits() const { return bits_; }

 private:
  static constexpr u64 implied(Feature feature) {
    using detail::feature_bit;
    constexpr u64 kImplied[] = {
#define FEATURE(name, Name, option, phase, on, implies) implies,
#include "tenon/spec/features.def"
    };
    u64 all = kImplied[static_cast<u8>(feature)];
    // Implications are at most two steps deep: gc -> function-references -> reference-types.
    for (int step = 0; step < 2; ++step)
      for (std::size_t i = 0; i < kFeatures.size(); ++i)
        if (all >> i & 1) all |= kImplied[i];
    return all;
  }
  u64 bits_ = 0;
};

/// The feature's row.
constexpr const FeatureInfo& info(Feature feature) {
  return kFeatures[static_cast<u8>(feature)];
}

/// The feature whose option is `option`, if there is one.
std::optional<Feature> find_feature(std::string_view option);

/// Applies a list such as "gc,-threads" from left to right, as wasm-tools' --features does: a leading '-' switches off, the
/// groups mvp, wasm1, wasm2, wasm3, lime1 and all replace the set, "-all" empties it. Unknown words are an error that lists the
/// valid ones.
Result<> apply_features(Features& set, std::string_view list);

}  // namespace tenon
