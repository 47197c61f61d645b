// v128: relaxed instructions. Each has two forms: that of the deterministic profile, where the store asks for it, and otherwise
// what x86 processors do in one instruction. Both are among the results that the specification permits, and a store keeps to one.
//
// spec: proposals/relaxed-simd; core/exec/numerics.
#include "interp/simd.h"

namespace tenon::interp {
namespace {

/// Whether the results must be those of the deterministic profile.
TENON_INLINE bool fixed(const Frame* frame) {
  return frame->store->deterministic_relaxed_simd;
}

// --- the deterministic profile ---

TENON_INLINE Vec<u8> swizzled(Vec<u8> x, Vec<u8> indices) {
  Vec<u8> result;
  for (u32 i = 0; i < 16; ++i) result[i] = indices[i] < 16 ? x[indices[i] & 15] : u8{0};
  return result;
}
template <class To, class From>
TENON_INLINE Vec<To> truncated(Vec<From> x) {
  if constexpr (sizeof(From) == 8) {
    return Vec<To>{truncate_saturated<To>(x[0]), truncate_saturated<To>(x[1]), 0, 0};
  } else {
    return map<To, From>(x, [](From lane) { return truncate_saturated<To>(lane); });
  }
}
/// Fused, with one rounding.
template <class F>
TENON_INLINE Vec<F> multiply_add(Vec<F> x, Vec<F> y, Vec<F> z) {
  Vec<F> result;
  for (u32 i = 0; i < kLanes<F>; ++i) result[i] = std::fma(x[i], y[i], z[i]);
  return result;
}
TENON_INLINE V64 selected(V64 x, V64 y, V64 mask) {
  return (x & mask) | (y & ~mask);
}
TENON_INLINE i16 saturated(i32 value) {
  return static_cast<i16>(value < -0x8000 ? -0x8000 : value > 0x7fff ? 0x7fff : value);
}
TENON_INLINE Vec<i16> q15mulr(Vec<i16> x, Vec<i16> y) {
  return zip<i16>(x, y, [](i16 a, i16 b) { return saturated((i32{a} * b + 0x4000) >> 15); });
}
/// Products of neighbours, added: i8 to i16, saturating as the specification has it for operands that both are -128. `Second`
/// is how the second operand's bytes are read.
template <class Second>
TENON_INLINE Vec<i16> dot(Vec<i8> x, Vec<Second> y) {
  Vec<i16> result;
  for (u32 i = 0; i < 8; ++i) result[i] = saturated(i32{x[2 * i]} * y[2 * i] + i32{x[2 * i + 1]} * y[2 * i + 1]);
  return result;
}

// --- what processors do ---

/// pshufb: an index of 128 or more gives zero, others count modulo 16.
TENON_INLINE Vec<u8> shuffled(Vec<u8> x, Vec<u8> indices) {
  Vec<u8> result;
  for (u32 i = 0; i < 16; ++i) result[i] = indices[i] < 128 ? x[indices[i] & 15] : u8{0};
  return result;
}
/// cvttps2dq: what does not fit is the value with the top bit alone, or all bits where it is unsigned.
template <class To, class From>
TENON_INLINE Vec<To> converted(Vec<From> x) {
  constexpr To kOther = std::is_signed_v<To> ? std::numeric_limits<To>::min() : std::numeric_limits<To>::max();
  auto lane = [](From value) { return truncates_to<To>(value) ? static_cast<To>(value) : kOther; };
  if constexpr (sizeof(From) == 8) {
    return Vec<To>{lane(x[0]), lane(x[1]), 0, 0};
  } else {
    return map<To, From>(x, lane);
  }
}
/// blendv: by the top bit of each lane.
template <class S>
TENON_INLINE Vec<S> blended(Vec<S> x, Vec<S> y, Vec<S> mask) {
  return mask < 0 ? x : y;
}
/// pmulhrsw: wraps where both are the least.
TENON_INLINE Vec<i16> pmulhrsw(Vec<i16> x, Vec<i16> y) {
  return zip<i16>(x, y, [](i16 a, i16 b) { return static_cast<i16>((i32{a} * b + 0x4000) >> 15); });
}
/// pmaddubsw: the second operand is unsigned.
TENON_INLINE Vec<i16> pmaddubsw(Vec<i8> x, Vec<i8> y) {
  return dot<u8>(x, std::bit_cast<Vec<u8>>(y));
}

TENON_INLINE Vec<u32> pairs_added(Vec<i16> x) {
  Vec<u32> result;
  for (u32 i = 0; i < 4; ++i) result[i] = static_cast<u32>(i32{x[2 * i]} + x[2 * i + 1]);
  return result;
}

}  // namespace

SIMD_BINARY(I8x16RelaxedSwizzle, u8, fixed(frame) ? swizzled(x, y) : shuffled(x, y));

#define TRUNCATION(Name, To, From) SIMD_UNARY(Name, From, fixed(frame) ? truncated<To, From>(x) : converted<To, From>(x))
TRUNCATION(I32x4RelaxedTruncF32x4S, i32, f32);
TRUNCATION(I32x4RelaxedTruncF32x4U, u32, f32);
TRUNCATION(I32x4RelaxedTruncF64x2SZero, i32, f64);
TRUNCATION(I32x4RelaxedTruncF64x2UZero, u32, f64);

// minps and maxps give the second operand where neither is less; multiplying and adding round twice.
#define SHAPE(P, F)                                                                               \
  SIMD_BINARY_NAN(P##RelaxedMin, F, fixed(frame) ? zip<F>(x, y, float_min<F>) : (x < y ? x : y)); \
  SIMD_BINARY_NAN(P##RelaxedMax, F, fixed(frame) ? zip<F>(x, y, float_max<F>) : (x > y ? x : y)); \
  SIMD_TERNARY_NAN(P##RelaxedMadd, F, fixed(frame) ? multiply_add<F>(x, y, z) : x* y + z);        \
  SIMD_TERNARY_NAN(P##RelaxedNmadd, F, fixed(frame) ? multiply_add<F>(-x, y, z) : z - x * y)
SHAPE(F32x4, f32);
SHAPE(F64x2, f64);

#define LANESELECT(Name, S)                                                                                 \
  SIMD_TERNARY(Name, S,                                                                                     \
               fixed(frame) ? selected(std::bit_cast<V64>(x), std::bit_cast<V64>(y), std::bit_cast<V64>(z)) \
                            : std::bit_cast<V64>(blended<S>(x, y, z)))
LANESELECT(I8x16RelaxedLaneselect, i8);
LANESELECT(I16x8RelaxedLaneselect, i16);
LANESELECT(I32x4RelaxedLaneselect, i32);
LANESELECT(I64x2RelaxedLaneselect, i64);

SIMD_BINARY(I16x8RelaxedQ15mulrS, i16, fixed(frame) ? q15mulr(x, y) : pmulhrsw(x, y));
SIMD_BINARY(I16x8RelaxedDotI8x16I7x16S, i8, fixed(frame) ? dot<i8>(x, y) : pmaddubsw(x, y));
TENON_OP(I32x4RelaxedDotI8x16I7x16AddS) {
  Vec<u32> z = operand<u32>(sp, tos);
  sp -= 2;
  Vec<i8> x = operand<i8>(sp), y = operand<i8>(sp + 1, nos);
  nos = lo(sp - 1);
  set_top(sp, tos, pairs_added(fixed(frame) ? dot<i8>(x, y) : pmaddubsw(x, y)) + z);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_ONE(I32x4RelaxedDotI8x16I7x16AddS);

}  // namespace tenon::interp
