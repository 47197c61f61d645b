// Arithmetic as the specification defines it, where C++ or the processor differ. Pure functions; private.
//
// Floating-point rules: results of arithmetic are quiet NaNs, never signalling ones; nothing here may be folded away
// (no fast-math, no contraction). spec: core/exec/numerics.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

#include "tenon/base/types.h"

namespace tenon::interp {

template <class F>
struct FloatTraits;
template <>
struct FloatTraits<f32> {
  using Bits = u32;
  static constexpr Bits kSign = 0x8000'0000, kQuiet = 0x0040'0000, kCanonical = 0x7fc0'0000;
  static constexpr f32 kWhole = 8388608.0f;  ///< 2^23: from here on every value is an integer
  using Whole = i32;
};
template <>
struct FloatTraits<f64> {
  using Bits = u64;
  static constexpr Bits kSign = 0x8000'0000'0000'0000, kQuiet = 0x0008'0000'0000'0000, kCanonical = 0x7ff8'0000'0000'0000;
  static constexpr f64 kWhole = 4503599627370496.0;  ///< 2^52
  using Whole = i64;
};

template <std::floating_point F>
constexpr auto to_bits(F x) {
  return std::bit_cast<typename FloatTraits<F>::Bits>(x);
}
template <std::floating_point F>
constexpr F from_bits(typename FloatTraits<F>::Bits x) {
  return std::bit_cast<F>(x);
}

/// A NaN with its quiet bit set.
template <std::floating_point F>
constexpr F quieted(F nan) {
  return from_bits<F>(to_bits(nan) | FloatTraits<F>::kQuiet);
}
template <std::floating_point F>
constexpr F canonical(F x) {
  return x != x ? from_bits<F>(FloatTraits<F>::kCanonical) : x;
}
template <std::floating_point F>
constexpr F with_sign_of(F magnitude, F sign) {
  using T = FloatTraits<F>;
  return from_bits<F>((to_bits(magnitude) & ~T::kSign) | (to_bits(sign) & T::kSign));
}
template <std::floating_point F>
constexpr F magnitude(F x) {
  return from_bits<F>(to_bits(x) & ~FloatTraits<F>::kSign);
}

template <std::floating_point F>
constexpr F float_min(F a, F b) {
  if (a < b) return a;
  if (b < a) return b;
  if (a == b) return from_bits<F>(to_bits(a) | to_bits(b));  // -0 wins
  return quieted(a != a ? a : b);
}
template <std::floating_point F>
constexpr F float_max(F a, F b) {
  if (a > b) return a;
  if (b > a) return b;
  if (a == b) return from_bits<F>(to_bits(a) & to_bits(b));  // +0 wins
  return quieted(a != a ? a : b);
}

/// Rounding to an integral value; `how` maps a value of magnitude below 2^(mantissa bits) that is not negative zero's business:
/// the sign is put back afterwards.
template <std::floating_point F, class How>
constexpr F rounded(F x, How how) {
  if (x != x) return quieted(x);
  if (!(magnitude(x) < FloatTraits<F>::kWhole)) return x;
  return with_sign_of(how(x), x);
}
template <std::floating_point F>
constexpr F float_trunc(F x) {
  return rounded(x, [](F v) { return static_cast<F>(static_cast<typename FloatTraits<F>::Whole>(v)); });
}
template <std::floating_point F>
constexpr F float_floor(F x) {
  return rounded(x, [](F v) {
    F whole = static_cast<F>(static_cast<typename FloatTraits<F>::Whole>(v));
    return whole > v ? whole - 1 : whole;
  });
}
template <std::floating_point F>
constexpr F float_ceil(F x) {
  return rounded(x, [](F v) {
    F whole = static_cast<F>(static_cast<typename FloatTraits<F>::Whole>(v));
    return whole < v ? whole + 1 : whole;
  });
}
template <std::floating_point F>
constexpr F float_nearest(F x) {
  return rounded(x, [](F v) {
    // Adding 2^(mantissa bits) rounds to an integer, ties to even, as the processor's default rounding does.
    F shift = with_sign_of(FloatTraits<F>::kWhole, v);
    return (v + shift) - shift;
  });
}
template <std::floating_point F>
inline F float_sqrt(F x) {
  return std::sqrt(x);
}

/// Whether the integer part of `x` fits I; NaN does not.
template <std::integral I, std::floating_point F>
constexpr bool truncates_to(F x) {
  // 2^bits is exact in either type. Below, I's minimum is exact except for i32 in f32, where values below it are integers
  // themselves, so that `>= min` and `> min - 1` agree; in f64 min - 1 is exact.
  constexpr F kAbove = static_cast<F>(u64{1} << (std::numeric_limits<I>::digits - 1)) * 2;
  if constexpr (std::is_unsigned_v<I>) return x > F{-1} && x < kAbove;
  if constexpr (sizeof(I) == 4 && std::is_same_v<F, f64>) return x > F{-2147483649.0} && x < kAbove;
  return x >= -kAbove && x < kAbove;
}
/// Truncation with saturation; NaN becomes 0.
template <std::integral I, std::floating_point F>
constexpr I truncate_saturated(F x) {
  if (truncates_to<I>(x)) return static_cast<I>(x);
  if (x != x) return 0;
  return x < 0 ? std::numeric_limits<I>::min() : std::numeric_limits<I>::max();
}

/// Shift and rotate counts are taken modulo the width.
template <std::unsigned_integral U>
constexpr U shift_left(U x, U n) {
  return static_cast<U>(x << (n % (8 * sizeof(U))));
}
template <std::unsigned_integral U>
constexpr U shift_right(U x, U n) {
  return static_cast<U>(x >> (n % (8 * sizeof(U))));
}
template <std::unsigned_integral U>
constexpr U shift_right_signed(U x, U n) {
  return static_cast<U>(static_cast<std::make_signed_t<U>>(x) >> (n % (8 * sizeof(U))));
}

}  // namespace tenon::interp
