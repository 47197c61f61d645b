// Bits128: sixteen bytes of a v128 value, little-endian lane order, no arithmetic of its own.
#pragma once

#include <array>
#include <cstring>

#include "tenon/base/types.h"

namespace tenon {

/// A 128-bit value as two little-endian halves; lane i of width w starts at byte i*w.
struct alignas(16) Bits128 {
  u64 lo = 0;
  u64 hi = 0;

  constexpr bool operator==(const Bits128&) const = default;

  /// Reads sixteen bytes; `from` needs no alignment.
  static Bits128 load(const void* from) {
    Bits128 value;
    std::memcpy(&value, from, 16);
    return value;
  }
  /// Writes sixteen bytes; `to` needs no alignment.
  void store(void* to) const { std::memcpy(to, this, 16); }

  /// All lanes of type `Lane` (u8, i16, f32, ...), copied out.
  template <class Lane>
  std::array<Lane, 16 / sizeof(Lane)> lanes() const {
    std::array<Lane, 16 / sizeof(Lane)> out;
    std::memcpy(out.data(), this, 16);
    return out;
  }
  /// Builds a value from all its lanes.
  template <class Lane>
  static Bits128 from_lanes(const std::array<Lane, 16 / sizeof(Lane)>& lanes) {
    return load(lanes.data());
  }
};

static_assert(sizeof(Bits128) == 16);

}  // namespace tenon
