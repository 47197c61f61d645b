// Atomic accesses: sequentially consistent, of aligned addresses, on shared and unshared memories alike.
//
// spec: proposals/threads. An address that is both misaligned and out of bounds is misaligned.
#include "interp/calls.h"
#include "interp/memory_access.h"

namespace tenon::interp {
namespace {

/// Where an atomic access goes.
struct Place {
  u32 memory;
  u64 address;    ///< effective
  TrapCode trap;  ///< where `ok` is false
  bool ok;
};

/// The effective address of an aligned access of `size` bytes, in bounds. Moves `at` behind the memory operand.
Place find_place(Frame* frame, const u8*& at, u64 index, u64 size) {
  u64 flags = read_u32(at);
  u32 memory = static_cast<u32>(flags & 0x40 ? read_u32(at) : 0);
  u64 offset = decode_uleb<u64>(at);
  const VmCtx* vmctx = frame->vmctx;
  if (!vmctx->module->memories[memory].is_64) index = static_cast<u32>(index);
  u64 address = index + offset;
  u64 length = load_length(vmctx->memories[memory]);
  if ((address & (size - 1)) != 0) return {memory, address, TrapCode::HeapMisaligned, false};
  bool overflows = address < index;
  if (overflows || address > length || size > length - address) {
    note_fault(frame, memory, index, offset, size);
    return {memory, address, TrapCode::MemoryOutOfBounds, false};
  }
  return {memory, address, {}, true};
}

/// The guest's T at a place that was found.
template <class T>
TENON_INLINE T* object_at(Frame* frame, const Place& place) {
  // SAFETY: in bounds and aligned (find_place); memories are page-aligned. All concurrent access to shared memory that could
  // race with this is by these built-ins or by plain guest accesses, whose races the memory model allows.
  return reinterpret_cast<T*>(frame->vmctx->memories[place.memory]->base + place.address);
}

TENON_SLOW(trap_with_tos) {
  return end_with_trap(frame, frame->call_pc, static_cast<TrapCode>(tos));
}

}  // namespace

#define FIND_PLACE(index_expr, size)                         \
  const u8* at = pc + 1;                                     \
  Place place = find_place(frame, at, (index_expr), (size)); \
  if (!place.ok) [[unlikely]] {                              \
    tos = static_cast<u64>(place.trap);                      \
    TENON_JUMP(trap_with_tos);                               \
  }

#define LOAD(Name, T)                                                    \
  TENON_OP(Name) {                                                       \
    FIND_PLACE(tos, sizeof(T));                                          \
    tos = __atomic_load_n(object_at<T>(frame, place), __ATOMIC_SEQ_CST); \
    TENON_NEXT_AT(at);                                                   \
  }                                                                      \
  TENON_OP_ONE(Name)
#define STORE(Name, T)                                                                   \
  TENON_OP(Name) {                                                                       \
    FIND_PLACE(nos, sizeof(T));                                                          \
    __atomic_store_n(object_at<T>(frame, place), static_cast<T>(tos), __ATOMIC_SEQ_CST); \
    drop(2, sp, tos, nos);                                                               \
    TENON_NEXT_AT(at);                                                                   \
  }                                                                                      \
  TENON_OP_ONE(Name)
#define RMW(Name, T, builtin)                                                           \
  TENON_OP(Name) {                                                                      \
    FIND_PLACE(nos, sizeof(T));                                                         \
    T old = builtin(object_at<T>(frame, place), static_cast<T>(tos), __ATOMIC_SEQ_CST); \
    --sp;                                                                               \
    nos = lo(sp - 1);                                                                   \
    tos = old;                                                                          \
    TENON_NEXT_AT(at);                                                                  \
  }                                                                                     \
  TENON_OP_ONE(Name)
// The expected value is wrapped to the cell's width (proposal threads, "Compare exchange").
#define CMPXCHG(Name, T)                                                                                       \
  TENON_OP(Name) {                                                                                             \
    FIND_PLACE(lo(sp - 2), sizeof(T));                                                                         \
    T* object = object_at<T>(frame, place);                                                                    \
    T old = static_cast<T>(nos);                                                                               \
    __atomic_compare_exchange_n(object, &old, static_cast<T>(tos), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    sp -= 2;                                                                                                   \
    nos = lo(sp - 1);                                                                                          \
    tos = old;                                                                                                 \
    TENON_NEXT_AT(at);                                                                                         \
  }                                                                                                            \
  TENON_OP_ONE(Name)

LOAD(I32AtomicLoad, u32);
LOAD(I64AtomicLoad, u64);
LOAD(I32AtomicLoad8U, u8);
LOAD(I32AtomicLoad16U, u16);
LOAD(I64AtomicLoad8U, u8);
LOAD(I64AtomicLoad16U, u16);
LOAD(I64AtomicLoad32U, u32);
STORE(I32AtomicStore, u32);
STORE(I64AtomicStore, u64);
STORE(I32AtomicStore8, u8);
STORE(I32AtomicStore16, u16);
STORE(I64AtomicStore8, u8);
STORE(I64AtomicStore16, u16);
STORE(I64AtomicStore32, u32);

#define RMW_WIDTHS(Op, builtin)             \
  RMW(I32AtomicRmw##Op, u32, builtin);      \
  RMW(I64AtomicRmw##Op, u64, builtin);      \
  RMW(I32AtomicRmw8##Op##U, u8, builtin);   \
  RMW(I32AtomicRmw16##Op##U, u16, builtin); \
  RMW(I64AtomicRmw8##Op##U, u8, builtin);   \
  RMW(I64AtomicRmw16##Op##U, u16, builtin); \
  RMW(I64AtomicRmw32##Op##U, u32, builtin)
RMW_WIDTHS(Add, __atomic_fetch_add);
RMW_WIDTHS(Sub, __atomic_fetch_sub);
RMW_WIDTHS(And, __atomic_fetch_and);
RMW_WIDTHS(Or, __atomic_fetch_or);
RMW_WIDTHS(Xor, __atomic_fetch_xor);
RMW_WIDTHS(Xchg, __atomic_exchange_n);
CMPXCHG(I32AtomicRmwCmpxchg, u32);
CMPXCHG(I64AtomicRmwCmpxchg, u64);
CMPXCHG(I32AtomicRmw8CmpxchgU, u8);
CMPXCHG(I32AtomicRmw16CmpxchgU, u16);
CMPXCHG(I64AtomicRmw8CmpxchgU, u8);
CMPXCHG(I64AtomicRmw16CmpxchgU, u16);
CMPXCHG(I64AtomicRmw32CmpxchgU, u32);

TENON_OP(AtomicFence) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  TENON_NEXT_AT(pc + 2);
}
TENON_OP_ONE(AtomicFence);

TENON_OP(MemoryAtomicNotify) {
  FIND_PLACE(nos, 4);
  leave(frame, frame->call_pc);
  u32 woken;
  if (!libcalls::memory_atomic_notify(frame->vmctx, place.memory, place.address, static_cast<u32>(tos), &woken))
    return Exit::Failed;
  --sp;
  nos = lo(sp - 1);
  tos = woken;
  TENON_NEXT_AT(at);
}
TENON_OP_ONE(MemoryAtomicNotify);

#define WAIT(Name, T, libcall)                                                                                               \
  TENON_OP(Name) {                                                                                                           \
    FIND_PLACE(lo(sp - 2), sizeof(T));                                                                                       \
    leave(frame, frame->call_pc);                                                                                            \
    u32 outcome;                                                                                                             \
    if (!libcalls::libcall(frame->vmctx, place.memory, place.address, static_cast<T>(nos), static_cast<i64>(tos), &outcome)) \
      return Exit::Failed;                                                                                                   \
    sp -= 2;                                                                                                                 \
    nos = lo(sp - 1);                                                                                                        \
    tos = outcome;                                                                                                           \
    TENON_NEXT_AT(at);                                                                                                       \
  }                                                                                                                          \
  TENON_OP_ONE(Name)
WAIT(MemoryAtomicWait32, u32, memory_atomic_wait32);
WAIT(MemoryAtomicWait64, u64, memory_atomic_wait64);

}  // namespace tenon::interp
