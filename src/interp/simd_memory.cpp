// v128: loads and stores.
#include "interp/simd.h"

namespace tenon::interp {
namespace {

/// Eight bytes as lanes of From, each widened to To.
template <class To, class From>
TENON_INLINE Vec<To> load_widened(const u8* from) {
  Vec<To> result;
  for (u32 i = 0; i < kLanes<To>; ++i) result[i] = static_cast<To>(load_as<From>(from + i * sizeof(From)));
  return result;
}

}  // namespace

#define LOAD(Name, size, ...) TENON_LOAD_OP(Name, size, set_top(sp, tos, (__VA_ARGS__)))
LOAD(V128Load, 16, load_as<V64>(address));
LOAD(V128Load8x8S, 8, load_widened<i16, i8>(address));
LOAD(V128Load8x8U, 8, load_widened<u16, u8>(address));
LOAD(V128Load16x4S, 8, load_widened<i32, i16>(address));
LOAD(V128Load16x4U, 8, load_widened<u32, u16>(address));
LOAD(V128Load32x2S, 8, load_widened<i64, i32>(address));
LOAD(V128Load32x2U, 8, load_widened<u64, u32>(address));
LOAD(V128Load8Splat, 1, Vec<u8>{} + load_as<u8>(address));
LOAD(V128Load16Splat, 2, Vec<u16>{} + load_as<u16>(address));
LOAD(V128Load32Splat, 4, Vec<u32>{} + load_as<u32>(address));
LOAD(V128Load64Splat, 8, Vec<u64>{} + load_as<u64>(address));
LOAD(V128Load32Zero, 4, V64{load_as<u32>(address), 0});
LOAD(V128Load64Zero, 8, V64{load_as<u64>(address), 0});
TENON_STORE_OP(V128Store, 16, store_as<V64>(address, operand<u64>(sp, tos)));

// The lane byte follows the memory operand. A load leaves the vector where the address was.
#define LANE_OP(Name, T, body)                          \
  TENON_SLOW(slow_##Name) {                             \
    const u8* at = pc + 1;                              \
    TENON_SLOW_ACCESS(Name, at, nos, sizeof(T));        \
    u32 lane = *at % kLanes<T>;                         \
    body(T);                                            \
    TENON_NEXT_AT(at + 1);                              \
  }                                                     \
  TENON_OP(Name) {                                      \
    static_assert(info(Op::Name).mem == sizeof(T));     \
    const u8* at = pc + 1;                              \
    TENON_FAST_ACCESS(at, nos, sizeof(T), slow_##Name); \
    u32 lane = *at % kLanes<T>;                         \
    body(T);                                            \
    TENON_NEXT_AT(at + 1);                              \
  }                                                     \
  TENON_OP_ONE(Name)
#define LOAD_LANE(T)                                                           \
  lo(sp) = tos;                                                                \
  sp[-1] = sp[0];                                                              \
  --sp;                                                                        \
  /* SAFETY: lanes are bytes of the slot. */                                   \
  racy_copy(reinterpret_cast<u8*>(sp) + lane * sizeof(T), address, sizeof(T)); \
  fill(sp, tos, nos)
#define STORE_LANE(T)                                                                \
  lo(sp) = tos;                                                                      \
  /* SAFETY: lanes are bytes of the slot. */                                         \
  racy_copy(address, reinterpret_cast<const u8*>(sp) + lane * sizeof(T), sizeof(T)); \
  drop(2, sp, tos, nos)
LANE_OP(V128Load8Lane, u8, LOAD_LANE);
LANE_OP(V128Load16Lane, u16, LOAD_LANE);
LANE_OP(V128Load32Lane, u32, LOAD_LANE);
LANE_OP(V128Load64Lane, u64, LOAD_LANE);
LANE_OP(V128Store8Lane, u8, STORE_LANE);
LANE_OP(V128Store16Lane, u16, STORE_LANE);
LANE_OP(V128Store32Lane, u32, STORE_LANE);
LANE_OP(V128Store64Lane, u64, STORE_LANE);

}  // namespace tenon::interp
