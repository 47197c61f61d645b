// Scalar arithmetic, comparisons and conversions.
#include "interp/branches.h"
#include "interp/machine.h"
#include "interp/numerics.h"

namespace tenon::interp {

#define UNARY(Name, T, ...)      \
  TENON_OP(Name) {               \
    T x = as<T>(tos);            \
    auto result = (__VA_ARGS__); \
    tos = bits(result);          \
    TENON_NEXT_AT(pc + 1);       \
  }                              \
  TENON_OP_ONE(Name)
#define BINARY(Name, T, ...)          \
  TENON_OP(Name) {                    \
    T y = as<T>(tos), x = as<T>(nos); \
    auto result = (__VA_ARGS__);      \
    --sp;                             \
    nos = lo(sp - 1);                 \
    tos = bits(result);               \
    TENON_NEXT_AT(pc + 1);            \
  }                                   \
  TENON_OP_ONE(Name)
// Comparisons of integers, which look ahead for a br_if.
#define UNARY_TEST(Name, T, ...)                          \
  TENON_OP(Name) {                                        \
    T x = as<T>(tos);                                     \
    TENON_FUSE_BRANCH_IF(__VA_ARGS__, pop(sp, tos, nos)); \
    tos = bits(__VA_ARGS__);                              \
    TENON_NEXT_AT(pc + 1);                                \
  }                                                       \
  TENON_OP_BOTH(Name)
#define BINARY_TEST(Name, T, ...)                             \
  TENON_OP(Name) {                                            \
    T y = as<T>(tos), x = as<T>(nos);                         \
    TENON_FUSE_BRANCH_IF(__VA_ARGS__, drop(2, sp, tos, nos)); \
    --sp;                                                     \
    nos = lo(sp - 1);                                         \
    tos = bits(__VA_ARGS__);                                  \
    TENON_NEXT_AT(pc + 1);                                    \
  }                                                           \
  TENON_OP_BOTH(Name)
// The same with a variant that makes NaNs canonical.
#define UNARY_NAN(Name, T, ...)                       \
  TENON_OP(Name) {                                    \
    T x = as<T>(tos);                                 \
    auto result = (__VA_ARGS__);                      \
    if constexpr (V == 1) result = canonical(result); \
    tos = bits(result);                               \
    TENON_NEXT_AT(pc + 1);                            \
  }                                                   \
  TENON_OP_BOTH(Name)
#define BINARY_NAN(Name, T, ...)                      \
  TENON_OP(Name) {                                    \
    T y = as<T>(tos), x = as<T>(nos);                 \
    auto result = (__VA_ARGS__);                      \
    if constexpr (V == 1) result = canonical(result); \
    --sp;                                             \
    nos = lo(sp - 1);                                 \
    tos = bits(result);                               \
    TENON_NEXT_AT(pc + 1);                            \
  }                                                   \
  TENON_OP_BOTH(Name)

#define INTEGER(P, U, S)                                                     \
  UNARY_TEST(P##Eqz, U, x == 0);                                             \
  BINARY_TEST(P##Eq, U, x == y);                                             \
  BINARY_TEST(P##Ne, U, x != y);                                             \
  BINARY_TEST(P##LtS, S, x < y);                                             \
  BINARY_TEST(P##LtU, U, x < y);                                             \
  BINARY_TEST(P##GtS, S, x > y);                                             \
  BINARY_TEST(P##GtU, U, x > y);                                             \
  BINARY_TEST(P##LeS, S, x <= y);                                            \
  BINARY_TEST(P##LeU, U, x <= y);                                            \
  BINARY_TEST(P##GeS, S, x >= y);                                            \
  BINARY_TEST(P##GeU, U, x >= y);                                            \
  UNARY(P##Clz, U, static_cast<U>(std::countl_zero(x)));                     \
  UNARY(P##Ctz, U, static_cast<U>(std::countr_zero(x)));                     \
  UNARY(P##Popcnt, U, static_cast<U>(std::popcount(x)));                     \
  BINARY(P##Add, U, x + y);                                                  \
  BINARY(P##Sub, U, x - y);                                                  \
  BINARY(P##Mul, U, x* y);                                                   \
  BINARY(P##And, U, x& y);                                                   \
  BINARY(P##Or, U, x | y);                                                   \
  BINARY(P##Xor, U, x ^ y);                                                  \
  BINARY(P##Shl, U, shift_left(x, y));                                       \
  BINARY(P##ShrS, U, shift_right_signed(x, y));                              \
  BINARY(P##ShrU, U, shift_right(x, y));                                     \
  BINARY(P##Rotl, U, std::rotl(x, static_cast<int>(y % (8 * sizeof(U)))));   \
  BINARY(P##Rotr, U, std::rotr(x, static_cast<int>(y % (8 * sizeof(U)))));   \
  UNARY(P##Extend8S, U, static_cast<U>(static_cast<S>(static_cast<i8>(x)))); \
  UNARY(P##Extend16S, U, static_cast<U>(static_cast<S>(static_cast<i16>(x))))
INTEGER(I32, u32, i32);
INTEGER(I64, u64, i64);
UNARY(I64Extend32S, u64, static_cast<u64>(static_cast<i64>(static_cast<i32>(x))));
UNARY(I32WrapI64, u64, static_cast<u32>(x));
UNARY(I64ExtendI32S, i32, static_cast<i64>(x));
UNARY(I64ExtendI32U, u32, static_cast<u64>(x));

// Division: the zero divisor first, then the quotient that does not fit.
#define DIVISION(Name, T, overflow, ...)     \
  TENON_OP(Name) {                           \
    T y = as<T>(tos), x = as<T>(nos);        \
    if (y == 0) [[unlikely]]                 \
      TENON_TRAP(IntegerDivisionByZero);     \
    if (overflow) [[unlikely]]               \
      TENON_TRAP(IntegerOverflow);           \
    --sp;                                    \
    nos = lo(sp - 1);                        \
    tos = bits(static_cast<T>(__VA_ARGS__)); \
    TENON_NEXT_AT(pc + 1);                   \
  }                                          \
  TENON_OP_ONE(Name)
#define DIVISIONS(P, U, S)                                                    \
  DIVISION(P##DivS, S, y == -1 && x == std::numeric_limits<S>::min(), x / y); \
  DIVISION(P##DivU, U, false, x / y);                                         \
  DIVISION(P##RemS, S, false, y == -1 ? 0 : x % y);                           \
  DIVISION(P##RemU, U, false, x % y)
DIVISIONS(I32, u32, i32);
DIVISIONS(I64, u64, i64);

#define FLOATING(P, F)                        \
  BINARY(P##Eq, F, x == y);                   \
  BINARY(P##Ne, F, x != y);                   \
  BINARY(P##Lt, F, x < y);                    \
  BINARY(P##Gt, F, x > y);                    \
  BINARY(P##Le, F, x <= y);                   \
  BINARY(P##Ge, F, x >= y);                   \
  UNARY_NAN(P##Ceil, F, float_ceil(x));       \
  UNARY_NAN(P##Floor, F, float_floor(x));     \
  UNARY_NAN(P##Trunc, F, float_trunc(x));     \
  UNARY_NAN(P##Nearest, F, float_nearest(x)); \
  UNARY_NAN(P##Sqrt, F, float_sqrt(x));       \
  BINARY_NAN(P##Add, F, x + y);               \
  BINARY_NAN(P##Sub, F, x - y);               \
  BINARY_NAN(P##Mul, F, x* y);                \
  BINARY_NAN(P##Div, F, x / y);               \
  BINARY_NAN(P##Min, F, float_min(x, y));     \
  BINARY_NAN(P##Max, F, float_max(x, y))
FLOATING(F32, f32);
FLOATING(F64, f64);

// Sign operations work on bits: they keep NaNs as they are.
#define SIGNS(P, B, F)                                          \
  UNARY(P##Abs, B, static_cast<B>(x & ~FloatTraits<F>::kSign)); \
  UNARY(P##Neg, B, static_cast<B>(x ^ FloatTraits<F>::kSign));  \
  BINARY(P##Copysign, B, static_cast<B>((x & ~FloatTraits<F>::kSign) | (y & FloatTraits<F>::kSign)))
SIGNS(F32, u32, f32);
SIGNS(F64, u64, f64);
UNARY(I32ReinterpretF32, u32, x);
UNARY(I64ReinterpretF64, u64, x);
UNARY(F32ReinterpretI32, u32, x);
UNARY(F64ReinterpretI64, u64, x);

UNARY(F32ConvertI32S, i32, static_cast<f32>(x));
UNARY(F32ConvertI32U, u32, static_cast<f32>(x));
UNARY(F32ConvertI64S, i64, static_cast<f32>(x));
UNARY(F32ConvertI64U, u64, static_cast<f32>(x));
UNARY(F64ConvertI32S, i32, static_cast<f64>(x));
UNARY(F64ConvertI32U, u32, static_cast<f64>(x));
UNARY(F64ConvertI64S, i64, static_cast<f64>(x));
UNARY(F64ConvertI64U, u64, static_cast<f64>(x));
UNARY_NAN(F32DemoteF64, f64, static_cast<f32>(x));
UNARY_NAN(F64PromoteF32, f32, static_cast<f64>(x));

#define TRUNCATION(Name, I, F)                        \
  TENON_OP(Name) {                                    \
    F x = as<F>(tos);                                 \
    if (!truncates_to<I>(x)) [[unlikely]] {           \
      if (x != x) TENON_TRAP(BadConversionToInteger); \
      TENON_TRAP(IntegerOverflow);                    \
    }                                                 \
    tos = bits(static_cast<I>(x));                    \
    TENON_NEXT_AT(pc + 1);                            \
  }                                                   \
  TENON_OP_ONE(Name)
#define TRUNCATIONS(P, S, U)                             \
  TRUNCATION(P##TruncF32S, S, f32);                      \
  TRUNCATION(P##TruncF32U, U, f32);                      \
  TRUNCATION(P##TruncF64S, S, f64);                      \
  TRUNCATION(P##TruncF64U, U, f64);                      \
  UNARY(P##TruncSatF32S, f32, truncate_saturated<S>(x)); \
  UNARY(P##TruncSatF32U, f32, truncate_saturated<U>(x)); \
  UNARY(P##TruncSatF64S, f64, truncate_saturated<S>(x)); \
  UNARY(P##TruncSatF64U, f64, truncate_saturated<U>(x))
TRUNCATIONS(I32, i32, u32);
TRUNCATIONS(I64, i64, u64);

// --- wide arithmetic ---------------------------------------------------------------------------------------------------------

namespace {

using U128 = unsigned __int128;
TENON_INLINE U128 wide(u64 low, u64 high) {
  return U128{high} << 64 | low;
}

}  // namespace

#define WIDE_ADD(Name, op)                 \
  TENON_OP(Name) {                         \
    U128 y = wide(nos, tos);               \
    U128 x = wide(lo(sp - 3), lo(sp - 2)); \
    U128 result = x op y;                  \
    sp -= 2;                               \
    nos = static_cast<u64>(result);        \
    tos = static_cast<u64>(result >> 64);  \
    TENON_NEXT_AT(pc + 1);                 \
  }                                        \
  TENON_OP_ONE(Name)
WIDE_ADD(I64Add128, +);
WIDE_ADD(I64Sub128, -);

TENON_OP(I64MulWideS) {
  U128 result = static_cast<U128>(static_cast<__int128>(as<i64>(nos)) * as<i64>(tos));
  nos = static_cast<u64>(result);
  tos = static_cast<u64>(result >> 64);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_ONE(I64MulWideS);
TENON_OP(I64MulWideU) {
  U128 result = U128{nos} * tos;
  nos = static_cast<u64>(result);
  tos = static_cast<u64>(result >> 64);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_ONE(I64MulWideU);

}  // namespace tenon::interp
