// v128: integer lanes.
#include "interp/simd.h"

namespace tenon::interp {
namespace {

template <class T>
TENON_INLINE T saturated(i64 value) {
  constexpr i64 kLeast = std::numeric_limits<T>::min(), kMost = std::numeric_limits<T>::max();
  return static_cast<T>(value < kLeast ? kLeast : value > kMost ? kMost : value);
}

template <class T>
TENON_INLINE T add_sat(T x, T y) {
  return saturated<T>(i64{x} + i64{y});
}
template <class T>
TENON_INLINE T sub_sat(T x, T y) {
  return saturated<T>(i64{x} - i64{y});
}
template <class T>
TENON_INLINE T average(T x, T y) {
  return static_cast<T>((u32{x} + u32{y} + 1) >> 1);
}

/// The sign bits of all lanes, lane 0 lowest.
template <class T>
TENON_INLINE u32 bitmask(Vec<T> x) {
  u32 mask = 0;
  for (u32 i = 0; i < kLanes<T>; ++i) mask |= static_cast<u32>(x[i] < 0) << i;
  return mask;
}
template <class T>
TENON_INLINE bool all_true(Vec<T> x) {
  bool all = true;
  for (u32 i = 0; i < kLanes<T>; ++i) all &= x[i] != 0;
  return all;
}

/// Half of the lanes (from lane `first`), widened.
template <class To, class From>
TENON_INLINE Vec<To> widened(Vec<From> x, u32 first) {
  Vec<To> result;
  for (u32 i = 0; i < kLanes<To>; ++i) result[i] = static_cast<To>(x[first + i]);
  return result;
}
template <class To, class From>
TENON_INLINE Vec<To> narrowed(Vec<From> x, Vec<From> y) {
  Vec<To> result;
  for (u32 i = 0; i < kLanes<From>; ++i) {
    result[i] = saturated<To>(x[i]);
    result[kLanes<From> + i] = saturated<To>(y[i]);
  }
  return result;
}
template <class To, class From>
TENON_INLINE Vec<To> add_pairs(Vec<From> x) {
  Vec<To> result;
  for (u32 i = 0; i < kLanes<To>; ++i) result[i] = static_cast<To>(static_cast<To>(x[2 * i]) + static_cast<To>(x[2 * i + 1]));
  return result;
}

TENON_INLINE Vec<u8> swizzled(Vec<u8> x, Vec<u8> indices) {
  Vec<u8> result;
  for (u32 i = 0; i < 16; ++i) result[i] = indices[i] < 16 ? x[indices[i] & 15] : u8{0};
  return result;
}

TENON_INLINE Vec<i32> dot_shorts(Vec<i16> x, Vec<i16> y) {
  Vec<i32> result;
  for (u32 i = 0; i < 4; ++i)
    result[i] = static_cast<i32>(static_cast<u32>(i32{x[2 * i]} * y[2 * i]) + static_cast<u32>(i32{x[2 * i + 1]} * y[2 * i + 1]));
  return result;
}
TENON_INLINE i16 q15mulr(i16 x, i16 y) {
  return saturated<i16>((i32{x} * y + 0x4000) >> 15);
}

TENON_INLINE u8 ones(u8 x) {
  return static_cast<u8>(std::popcount(x));
}

}  // namespace

// --- bits --------------------------------------------------------------------------------------------------------------------

SIMD_UNARY(V128Not, u64, ~x);
SIMD_BINARY(V128And, u64, x& y);
SIMD_BINARY(V128Andnot, u64, x & ~y);
SIMD_BINARY(V128Or, u64, x | y);
SIMD_BINARY(V128Xor, u64, x ^ y);
SIMD_TERNARY(V128Bitselect, u64, (x & z) | (y & ~z));
SIMD_TO_SCALAR(V128AnyTrue, u64, (x[0] | x[1]) != 0);

// --- every integer shape -----------------------------------------------------------------------------------------------------

#define SHAPE(P, U, S)                                                                                                        \
  SIMD_UNARY(P##Neg, U, -x);                                                                                                  \
  SIMD_UNARY(P##Abs, S, map<U, S>(x, [](S v) { return v < 0 ? static_cast<U>(0 - static_cast<U>(v)) : static_cast<U>(v); })); \
  SIMD_BINARY(P##Add, U, x + y);                                                                                              \
  SIMD_BINARY(P##Sub, U, x - y);                                                                                              \
  SIMD_BINARY(P##Eq, U, x == y);                                                                                              \
  SIMD_BINARY(P##Ne, U, x != y);                                                                                              \
  SIMD_BINARY(P##LtS, S, x < y);                                                                                              \
  SIMD_BINARY(P##GtS, S, x > y);                                                                                              \
  SIMD_BINARY(P##LeS, S, x <= y);                                                                                             \
  SIMD_BINARY(P##GeS, S, x >= y);                                                                                             \
  SIMD_SHIFT(P##Shl, U, x << static_cast<U>(n));                                                                              \
  SIMD_SHIFT(P##ShrU, U, x >> static_cast<U>(n));                                                                             \
  SIMD_SHIFT(P##ShrS, S, x >> static_cast<S>(n));                                                                             \
  SIMD_TO_SCALAR(P##AllTrue, U, all_true<U>(x));                                                                              \
  SIMD_TO_SCALAR(P##Bitmask, S, bitmask<S>(x))
SHAPE(I8x16, u8, i8);
SHAPE(I16x8, u16, i16);
SHAPE(I32x4, u32, i32);
SHAPE(I64x2, u64, i64);

#define SHAPE_TO_32(P, U, S)              \
  SIMD_BINARY(P##LtU, U, x < y);          \
  SIMD_BINARY(P##GtU, U, x > y);          \
  SIMD_BINARY(P##LeU, U, x <= y);         \
  SIMD_BINARY(P##GeU, U, x >= y);         \
  SIMD_BINARY(P##MinS, S, x < y ? x : y); \
  SIMD_BINARY(P##MinU, U, x < y ? x : y); \
  SIMD_BINARY(P##MaxS, S, x > y ? x : y); \
  SIMD_BINARY(P##MaxU, U, x > y ? x : y)
SHAPE_TO_32(I8x16, u8, i8);
SHAPE_TO_32(I16x8, u16, i16);
SHAPE_TO_32(I32x4, u32, i32);

#define SHAPE_TO_16(P, U, S)                            \
  SIMD_BINARY(P##AddSatS, S, zip<S>(x, y, add_sat<S>)); \
  SIMD_BINARY(P##AddSatU, U, zip<U>(x, y, add_sat<U>)); \
  SIMD_BINARY(P##SubSatS, S, zip<S>(x, y, sub_sat<S>)); \
  SIMD_BINARY(P##SubSatU, U, zip<U>(x, y, sub_sat<U>)); \
  SIMD_BINARY(P##AvgrU, U, zip<U>(x, y, average<U>))
SHAPE_TO_16(I8x16, u8, i8);
SHAPE_TO_16(I16x8, u16, i16);

SIMD_UNARY(I8x16Popcnt, u8, map<u8, u8>(x, ones));
SIMD_BINARY(I16x8Mul, u16, x* y);
SIMD_BINARY(I32x4Mul, u32, x* y);
SIMD_BINARY(I64x2Mul, u64, x* y);
SIMD_BINARY(I16x8Q15mulrSatS, i16, zip<i16>(x, y, q15mulr));
SIMD_BINARY(I32x4DotI16x8S, i16, dot_shorts(x, y));

// --- other widths ------------------------------------------------------------------------------------------------------------

#define WIDEN(P, N, To, From)                                                                              \
  SIMD_UNARY(P##ExtendLow##N##S, i##From, widened<i##To, i##From>(x, 0));                                  \
  SIMD_UNARY(P##ExtendHigh##N##S, i##From, widened<i##To, i##From>(x, kLanes<i##To>));                     \
  SIMD_UNARY(P##ExtendLow##N##U, u##From, widened<u##To, u##From>(x, 0));                                  \
  SIMD_UNARY(P##ExtendHigh##N##U, u##From, widened<u##To, u##From>(x, kLanes<u##To>));                     \
  SIMD_BINARY(P##ExtmulLow##N##S, i##From, widened<i##To, i##From>(x, 0) * widened<i##To, i##From>(y, 0)); \
  SIMD_BINARY(P##ExtmulHigh##N##S, i##From,                                                                \
              widened<i##To, i##From>(x, kLanes<i##To>) * widened<i##To, i##From>(y, kLanes<i##To>));      \
  SIMD_BINARY(P##ExtmulLow##N##U, u##From, widened<u##To, u##From>(x, 0) * widened<u##To, u##From>(y, 0)); \
  SIMD_BINARY(P##ExtmulHigh##N##U, u##From, widened<u##To, u##From>(x, kLanes<u##To>) * widened<u##To, u##From>(y, kLanes<u##To>))
WIDEN(I16x8, I8x16, 16, 8);
WIDEN(I32x4, I16x8, 32, 16);
WIDEN(I64x2, I32x4, 64, 32);

SIMD_UNARY(I16x8ExtaddPairwiseI8x16S, i8, add_pairs<i16, i8>(x));
SIMD_UNARY(I16x8ExtaddPairwiseI8x16U, u8, add_pairs<u16, u8>(x));
SIMD_UNARY(I32x4ExtaddPairwiseI16x8S, i16, add_pairs<i32, i16>(x));
SIMD_UNARY(I32x4ExtaddPairwiseI16x8U, u16, add_pairs<u32, u16>(x));
SIMD_BINARY(I8x16NarrowI16x8S, i16, narrowed<i8, i16>(x, y));
SIMD_BINARY(I8x16NarrowI16x8U, i16, narrowed<u8, i16>(x, y));
SIMD_BINARY(I16x8NarrowI32x4S, i32, narrowed<i16, i32>(x, y));
SIMD_BINARY(I16x8NarrowI32x4U, i32, narrowed<u16, i32>(x, y));

// --- lanes -------------------------------------------------------------------------------------------------------------------

SIMD_BINARY(I8x16Swizzle, u8, swizzled(x, y));

TENON_OP(I8x16Shuffle) {
  u8 both[32];
  spill(sp, tos, nos);
  std::memcpy(both, sp - 1, 32);
  --sp;
  nos = lo(sp - 1);
  Vec<u8> result;
  for (u32 i = 0; i < 16; ++i) result[i] = both[pc[1 + i] & 31];
  set_top(sp, tos, result);
  TENON_NEXT_AT(pc + 17);
}
TENON_OP_ONE(I8x16Shuffle);

TENON_OP(V128Const) {
  make_room(sp, tos, nos);
  std::memcpy(&tos, pc + 1, 8);
  std::memcpy(&hi(sp), pc + 9, 8);
  TENON_NEXT_AT(pc + 17);
}
TENON_OP_ONE(V128Const);

// Lanes of float shapes move as integers: their bits are kept.
#define SPLAT(Name, U)                 \
  TENON_OP(Name) {                     \
    U lane = static_cast<U>(tos);      \
    set_top(sp, tos, Vec<U>{} + lane); \
    TENON_NEXT_AT(pc + 1);             \
  }                                    \
  TENON_OP_ONE(Name)
SPLAT(I8x16Splat, u8);
SPLAT(I16x8Splat, u16);
SPLAT(I32x4Splat, u32);
SPLAT(I64x2Splat, u64);
SPLAT(F32x4Splat, u32);
SPLAT(F64x2Splat, u64);

#define EXTRACT(Name, T, To)                                                                            \
  TENON_OP(Name) {                                                                                      \
    lo(sp) = tos;                                                                                       \
    T lane;                                                                                             \
    /* SAFETY: lanes are bytes of the slot; the lane index was validated. */                            \
    std::memcpy(&lane, reinterpret_cast<const u8*>(sp) + (pc[1] % kLanes<T>)*sizeof lane, sizeof lane); \
    tos = bits(static_cast<To>(lane));                                                                  \
    TENON_NEXT_AT(pc + 2);                                                                              \
  }                                                                                                     \
  TENON_OP_ONE(Name)
EXTRACT(I8x16ExtractLaneS, i8, i32);
EXTRACT(I8x16ExtractLaneU, u8, u32);
EXTRACT(I16x8ExtractLaneS, i16, i32);
EXTRACT(I16x8ExtractLaneU, u16, u32);
EXTRACT(I32x4ExtractLane, u32, u32);
EXTRACT(I64x2ExtractLane, u64, u64);
EXTRACT(F32x4ExtractLane, u32, u32);
EXTRACT(F64x2ExtractLane, u64, u64);

#define REPLACE(Name, T)                                                                          \
  TENON_OP(Name) {                                                                                \
    T lane = static_cast<T>(tos);                                                                 \
    --sp;                                                                                         \
    lo(sp) = nos;                                                                                 \
    /* SAFETY: as for extraction. */                                                              \
    std::memcpy(reinterpret_cast<u8*>(sp) + (pc[1] % kLanes<T>)*sizeof lane, &lane, sizeof lane); \
    fill(sp, tos, nos);                                                                           \
    TENON_NEXT_AT(pc + 2);                                                                        \
  }                                                                                               \
  TENON_OP_ONE(Name)
REPLACE(I8x16ReplaceLane, u8);
REPLACE(I16x8ReplaceLane, u16);
REPLACE(I32x4ReplaceLane, u32);
REPLACE(I64x2ReplaceLane, u64);
REPLACE(F32x4ReplaceLane, u32);
REPLACE(F64x2ReplaceLane, u64);

}  // namespace tenon::interp
