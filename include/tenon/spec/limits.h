// Implementation limits as constants: limits::kFunctionLocals and so on. One row of limits.def each.
#pragma once

#include <array>
#include <string_view>

#include "tenon/base/types.h"

namespace tenon {

namespace limits {
#define LIMIT(Name, value, what, source) inline constexpr u64 k##Name = value;
#include "tenon/spec/limits.def"
}  // namespace limits

/// One row of limits.def.
struct LimitInfo {
  std::string_view name;
  u64 value;
  std::string_view what;
  std::string_view source;
};

inline constexpr auto kLimits = std::to_array<LimitInfo>({
#define LIMIT(Name, value, what, source) {#Name, value, what, source},
#include "tenon/spec/limits.def"
});

}  // namespace tenon
