// v128: floating-point lanes and their conversions.
#include "interp/simd.h"

namespace tenon::interp {
namespace {

template <class To, class From>
TENON_INLINE Vec<To> truncated(Vec<From> x) {
  return map<To, From>(x, [](From lane) { return truncate_saturated<To>(lane); });
}
/// Two lanes of f64 in the lower half, zeros above.
template <class To>
TENON_INLINE Vec<To> truncated_low(Vec<f64> x) {
  return Vec<To>{truncate_saturated<To>(x[0]), truncate_saturated<To>(x[1]), 0, 0};
}

}  // namespace

// Sign operations work on bits and keep NaNs; so do the pseudo minimum and maximum, which return an operand.
#define SHAPE(P, F)                                                \
  SIMD_BINARY(P##Eq, F, x == y);                                   \
  SIMD_BINARY(P##Ne, F, x != y);                                   \
  SIMD_BINARY(P##Lt, F, x < y);                                    \
  SIMD_BINARY(P##Gt, F, x > y);                                    \
  SIMD_BINARY(P##Le, F, x <= y);                                   \
  SIMD_BINARY(P##Ge, F, x >= y);                                   \
  SIMD_UNARY(P##Abs, UnsignedLane<F>, x & ~FloatTraits<F>::kSign); \
  SIMD_UNARY(P##Neg, UnsignedLane<F>, x ^ FloatTraits<F>::kSign);  \
  SIMD_BINARY(P##Pmin, F, y < x ? y : x);                          \
  SIMD_BINARY(P##Pmax, F, x < y ? y : x);                          \
  SIMD_BINARY_NAN(P##Add, F, x + y);                               \
  SIMD_BINARY_NAN(P##Sub, F, x - y);                               \
  SIMD_BINARY_NAN(P##Mul, F, x* y);                                \
  SIMD_BINARY_NAN(P##Div, F, x / y);                               \
  SIMD_BINARY_NAN(P##Min, F, zip<F>(x, y, float_min<F>));          \
  SIMD_BINARY_NAN(P##Max, F, zip<F>(x, y, float_max<F>));          \
  SIMD_UNARY_NAN(P##Sqrt, F, F, map<F, F>(x, float_sqrt<F>));      \
  SIMD_UNARY_NAN(P##Ceil, F, F, map<F, F>(x, float_ceil<F>));      \
  SIMD_UNARY_NAN(P##Floor, F, F, map<F, F>(x, float_floor<F>));    \
  SIMD_UNARY_NAN(P##Trunc, F, F, map<F, F>(x, float_trunc<F>));    \
  SIMD_UNARY_NAN(P##Nearest, F, F, map<F, F>(x, float_nearest<F>))
SHAPE(F32x4, f32);
SHAPE(F64x2, f64);

SIMD_UNARY(I32x4TruncSatF32x4S, f32, truncated<i32, f32>(x));
SIMD_UNARY(I32x4TruncSatF32x4U, f32, truncated<u32, f32>(x));
SIMD_UNARY(I32x4TruncSatF64x2SZero, f64, truncated_low<i32>(x));
SIMD_UNARY(I32x4TruncSatF64x2UZero, f64, truncated_low<u32>(x));
SIMD_UNARY(F32x4ConvertI32x4S, i32, map<f32, i32>(x, [](i32 lane) { return static_cast<f32>(lane); }));
SIMD_UNARY(F32x4ConvertI32x4U, u32, map<f32, u32>(x, [](u32 lane) { return static_cast<f32>(lane); }));
SIMD_UNARY(F64x2ConvertLowI32x4S, i32, Vec<f64>{static_cast<f64>(x[0]), static_cast<f64>(x[1])});
SIMD_UNARY(F64x2ConvertLowI32x4U, u32, Vec<f64>{static_cast<f64>(x[0]), static_cast<f64>(x[1])});
SIMD_UNARY_NAN(F32x4DemoteF64x2Zero, f64, f32, Vec<f32>{static_cast<f32>(x[0]), static_cast<f32>(x[1]), 0, 0});
SIMD_UNARY_NAN(F64x2PromoteLowF32x4, f32, f64, Vec<f64>{static_cast<f64>(x[0]), static_cast<f64>(x[1])});

}  // namespace tenon::interp
