// Loads and stores: the inlined access and the general one behind it. Private.
//
// The inlined access answers what almost all code does: memory 0, 32-bit, an offset below 128. A handler's second function
// answers longer offsets; everything else (other memories, 64-bit ones, stale lengths of shared ones, and what is out of
// bounds) goes through find_access. Additions cannot overflow: index and offset stay below 2^32 in the first two, and the
// last one subtracts.
#pragma once

#include "interp/machine.h"
#include "tenon/base/racy.h"

namespace tenon::interp {

/// Reads T from guest memory, of any alignment.
template <class T>
TENON_INLINE T load_as(const u8* from) {
  return racy_load<T>(from);
}
template <class T>
TENON_INLINE void store_as(u8* to, T value) {
  racy_store<T>(to, value);
}

/// The general access: the address of `size` bytes, or null if they are out of bounds. Moves `at` from the memory operand
/// behind it, and brings memory 0's registers up to date.
u8* find_access(Frame* frame, const u8*& at, u64 index, u64 size, u8*& mem, u64& mem_len);

/// An access of `size` bytes is out of bounds: where Wasmtime's guard pages would catch it, the trap tells the address that
/// faults. There are 4 GiB reserved for each memory of 64-KiB pages that may have any, and 32 MiB behind those of 32-bit
/// memories.
void note_fault(Frame* frame, u64 memory, u64 index, u64 offset, u64 size);

/// The body of an access of `size` bytes whose address operand is `index_expr`; `finish` uses `address` (u8*) and ends with
/// `at` behind the memory operand. `slow` is the second function.
#define TENON_FAST_ACCESS(at, index_expr, size, slow)          \
  u16 head = load_as<u16>(at);                                 \
  u64 where = u64{static_cast<u32>(index_expr)} + (head >> 8); \
  if ((head & 0x80c0) != 0) [[unlikely]]                       \
    TENON_JUMP(slow);                                          \
  if (where + (size) > mem_len) [[unlikely]]                   \
    TENON_JUMP(slow);                                          \
  u8* address = mem + where;                                   \
  at += 2

#define TENON_SLOW_ACCESS(Name, at, index_expr, size)                    \
  u8* address;                                                           \
  u64 raw_index = (index_expr);                                          \
  if (const u8* p = at + 1; (*at & 0xc0) == 0) {                         \
    u64 offset = decode_uleb<u64>(p);                                    \
    u64 where = u64{static_cast<u32>(raw_index)} + offset;               \
    if (offset >> 32 == 0 && where + (size) <= mem_len) [[likely]] {     \
      address = mem + where;                                             \
      at = p;                                                            \
    } else {                                                             \
      address = find_access(frame, at, raw_index, (size), mem, mem_len); \
    }                                                                    \
  } else {                                                               \
    address = find_access(frame, at, raw_index, (size), mem, mem_len);   \
  }                                                                      \
  if (address == nullptr) [[unlikely]]                                   \
  TENON_TRAP_OF(Name, MemoryOutOfBounds)

/// A load: one address operand becomes the result of `body`, which may use `address` and must set `tos` (and hi(sp)).
#define TENON_LOAD_OP(Name, size, ...)             \
  TENON_SLOW(slow_##Name) {                        \
    const u8* at = pc + 1;                         \
    TENON_SLOW_ACCESS(Name, at, tos, size);        \
    __VA_ARGS__;                                   \
    TENON_NEXT_AT(at);                             \
  }                                                \
  TENON_OP(Name) {                                 \
    static_assert(info(Op::Name).mem == (size));   \
    const u8* at = pc + 1;                         \
    TENON_FAST_ACCESS(at, tos, size, slow_##Name); \
    __VA_ARGS__;                                   \
    TENON_NEXT_AT(at);                             \
  }                                                \
  TENON_OP_ONE(Name)

/// A store: `tos` and hi(sp) hold the value, `nos` the address; `body` writes to `address`.
#define TENON_STORE_OP(Name, size, ...)            \
  TENON_SLOW(slow_##Name) {                        \
    const u8* at = pc + 1;                         \
    TENON_SLOW_ACCESS(Name, at, nos, size);        \
    __VA_ARGS__;                                   \
    drop(2, sp, tos, nos);                         \
    TENON_NEXT_AT(at);                             \
  }                                                \
  TENON_OP(Name) {                                 \
    static_assert(info(Op::Name).mem == (size));   \
    const u8* at = pc + 1;                         \
    TENON_FAST_ACCESS(at, nos, size, slow_##Name); \
    __VA_ARGS__;                                   \
    drop(2, sp, tos, nos);                         \
    TENON_NEXT_AT(at);                             \
  }                                                \
  TENON_OP_ONE(Name)

}  // namespace tenon::interp
