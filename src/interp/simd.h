// v128 values in handlers: how they are read from and written to operands, and the vector types to compute with. Private.
//
// The low halves of the two topmost operands are in `tos` and `nos`; everything else is in slots.
#pragma once

#include "interp/machine.h"
#include "interp/memory_access.h"
#include "interp/numerics.h"

namespace tenon::interp {

/// Sixteen bytes as lanes of T. Arithmetic on them is elementwise; comparisons give lanes of all ones or zeros.
template <class T>
struct VecOf {
  typedef T Type __attribute__((vector_size(16)));
};
template <class T>
using Vec = typename VecOf<T>::Type;

template <class T>
inline constexpr u32 kLanes = 16 / sizeof(T);

/// The integer types of a lane's width.
template <class T>
using UnsignedLane =
    std::conditional_t<sizeof(T) == 1, u8, std::conditional_t<sizeof(T) == 2, u16, std::conditional_t<sizeof(T) == 4, u32, u64>>>;
template <class T>
using SignedLane = std::make_signed_t<UnsignedLane<T>>;

using V64 = Vec<u64>;

template <class T>
TENON_INLINE Vec<T> vec(u64 low, u64 high) {
  V64 halves = {low, high};
  return std::bit_cast<Vec<T>>(halves);
}
/// The operand at `slot`, whose low half is in a register.
template <class T>
TENON_INLINE Vec<T> operand(Slot* slot, u64 low) {
  return vec<T>(low, hi(slot));
}
/// An operand below the two topmost.
template <class T>
TENON_INLINE Vec<T> operand(Slot* slot) {
  Vec<T> value;
  std::memcpy(&value, slot, 16);
  return value;
}
/// Makes `value` the topmost operand, at `sp`.
template <class V>
TENON_INLINE void set_top(Slot* sp, u64& tos, V value) {
  static_assert(sizeof(V) == 16);
  V64 halves = std::bit_cast<V64>(value);
  tos = halves[0];
  hi(sp) = halves[1];
}

/// Applies `f` to each lane.
template <class To, class From, class F>
TENON_INLINE Vec<To> map(Vec<From> x, F f) {
  Vec<To> result;
  for (u32 i = 0; i < kLanes<To>; ++i) result[i] = f(x[i]);
  return result;
}
template <class T, class F>
TENON_INLINE Vec<T> zip(Vec<T> x, Vec<T> y, F f) {
  Vec<T> result;
  for (u32 i = 0; i < kLanes<T>; ++i) result[i] = f(x[i], y[i]);
  return result;
}

// Handlers by shape. `T` is the lane type of operands x, y, z in stack order; the expression is the result, a Vec of any lanes.
#define SIMD_UNARY(Name, T, ...)     \
  TENON_OP(Name) {                   \
    Vec<T> x = operand<T>(sp, tos);  \
    set_top(sp, tos, (__VA_ARGS__)); \
    TENON_NEXT_AT(pc + 1);           \
  }                                  \
  TENON_OP_ONE(Name)
#define SIMD_BINARY(Name, T, ...)    \
  TENON_OP(Name) {                   \
    Vec<T> y = operand<T>(sp, tos);  \
    --sp;                            \
    Vec<T> x = operand<T>(sp, nos);  \
    nos = lo(sp - 1);                \
    set_top(sp, tos, (__VA_ARGS__)); \
    TENON_NEXT_AT(pc + 1);           \
  }                                  \
  TENON_OP_ONE(Name)
#define SIMD_TERNARY(Name, T, ...)                          \
  TENON_OP(Name) {                                          \
    Vec<T> z = operand<T>(sp, tos);                         \
    sp -= 2;                                                \
    Vec<T> x = operand<T>(sp), y = operand<T>(sp + 1, nos); \
    nos = lo(sp - 1);                                       \
    set_top(sp, tos, (__VA_ARGS__));                        \
    TENON_NEXT_AT(pc + 1);                                  \
  }                                                         \
  TENON_OP_ONE(Name)
/// A vector and a 32-bit count `n`, taken modulo the lane's width.
#define SIMD_SHIFT(Name, T, ...)                     \
  TENON_OP(Name) {                                   \
    u32 n = static_cast<u32>(tos) % (8 * sizeof(T)); \
    --sp;                                            \
    Vec<T> x = operand<T>(sp, nos);                  \
    nos = lo(sp - 1);                                \
    set_top(sp, tos, (__VA_ARGS__));                 \
    TENON_NEXT_AT(pc + 1);                           \
  }                                                  \
  TENON_OP_ONE(Name)
/// A vector to a scalar.
#define SIMD_TO_SCALAR(Name, T, ...) \
  TENON_OP(Name) {                   \
    Vec<T> x = operand<T>(sp, tos);  \
    tos = bits(__VA_ARGS__);         \
    TENON_NEXT_AT(pc + 1);           \
  }                                  \
  TENON_OP_ONE(Name)

// The same for floating point, with the variant that makes NaNs canonical; `F` is the result's lane type.
template <unsigned V, class F>
TENON_INLINE Vec<F> finished(Vec<F> x) {
  if constexpr (V == 1) return map<F, F>(x, [](F lane) { return canonical(lane); });
  return x;
}
#define SIMD_UNARY_NAN(Name, T, F, ...)            \
  TENON_OP(Name) {                                 \
    Vec<T> x = operand<T>(sp, tos);                \
    set_top(sp, tos, finished<V, F>(__VA_ARGS__)); \
    TENON_NEXT_AT(pc + 1);                         \
  }                                                \
  TENON_OP_BOTH(Name)
#define SIMD_BINARY_NAN(Name, F, ...)              \
  TENON_OP(Name) {                                 \
    Vec<F> y = operand<F>(sp, tos);                \
    --sp;                                          \
    Vec<F> x = operand<F>(sp, nos);                \
    nos = lo(sp - 1);                              \
    set_top(sp, tos, finished<V, F>(__VA_ARGS__)); \
    TENON_NEXT_AT(pc + 1);                         \
  }                                                \
  TENON_OP_BOTH(Name)
#define SIMD_TERNARY_NAN(Name, F, ...)                      \
  TENON_OP(Name) {                                          \
    Vec<F> z = operand<F>(sp, tos);                         \
    sp -= 2;                                                \
    Vec<F> x = operand<F>(sp), y = operand<F>(sp + 1, nos); \
    nos = lo(sp - 1);                                       \
    set_top(sp, tos, finished<V, F>(__VA_ARGS__));          \
    TENON_NEXT_AT(pc + 1);                                  \
  }                                                         \
  TENON_OP_BOTH(Name)

}  // namespace tenon::interp
