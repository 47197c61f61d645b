// Trap codes. A trap is not an Error: it is carried to the entry of the guest and becomes one only at the embedding API.
#pragma once

#include <array>
#include <string_view>

#include "tenon/base/types.h"

namespace tenon {

enum class TrapCode : u8 {
#define TRAP(Name, ...) Name,
#include "tenon/spec/traps.def"
};

/// One row of traps.def.
struct TrapInfo {
  std::string_view name;     ///< the enumerator's name
  std::string_view message;  ///< what users see
  std::string_view suite;    ///< what the core suite quotes; empty where it never does
};

inline constexpr auto kTraps = std::to_array<TrapInfo>({
#define TRAP(Name, message, suite) {#Name, message, suite},
#include "tenon/spec/traps.def"
});

/// The trap's row.
constexpr const TrapInfo& info(TrapCode code) {
  return kTraps[static_cast<u8>(code)];
}

}  // namespace tenon
