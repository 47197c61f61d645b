// The interpreter's abstract machine: its registers, its frames, and the macros in which handlers are written. Private.
//
// Every handler is one function. Under clang the machine's registers are the function's arguments, kept in machine registers
// by `preserve_none`, and a handler ends in a guaranteed tail call to the next one. Elsewhere the arguments are references to
// the locals of a loop (run.cpp) and a handler returns to it. Handlers are the same text for both; they must keep no local
// whose address is taken across TENON_NEXT or TENON_JUMP.
//
// Registers (arguments of every handler):
//   pc       the opcode: its first byte, but behind a prefix its last, so that immediates begin at pc + 1 everywhere; where
//            a prefixed instruction begins is then in frame->call_pc
//   sp       the slot of the topmost operand; for an empty stack the last slot of the frame header
//   tos      the low half of the topmost operand, whose place in memory (sp) is stale; the high half is valid there
//   nos      the same of the operand below (sp - 1), so that an operator and its operands rarely meet in memory
//   fp       the frame's locals
//   stp      the next entry of the side table
//   mem      memory 0: its first byte and its length; the length is 0 where there is none, and where it is 64-bit, so that the
//   mem_len  inlined accesses always fail and the general ones answer
//   frame    the frame header
//   table    dispatch table of the mode in force
//
// An i32 or f32 leaves the upper half of its 64 bits undefined.
//
// Fusion: variant 0 of some handlers looks at the next opcode and runs that, too, where it is the one that compilers mostly put
// there: a comparison runs the br_if behind it, i32.const the i32.add, local.get another local.get. A value then never
// reaches the stack, and a dispatch is saved. Metered modes count every instruction: they run on variant 1, which never looks
// ahead.
#pragma once

#include <bit>
#include <cstring>

#include "tenon/abi/vmctx.h"
#include "tenon/base/leb128.h"
#include "tenon/spec/opcodes.h"

#if defined(__clang__) && defined(__has_cpp_attribute) && defined(__has_attribute) && !defined(TENON_INTERP_LOOP)
#if __has_cpp_attribute(clang::musttail) && __has_attribute(preserve_none) && (defined(__x86_64__) || defined(__aarch64__))
#define TENON_INTERP_THREADED 1
#endif
#endif
#ifndef TENON_INTERP_THREADED
#define TENON_INTERP_THREADED 0
#endif

static_assert(std::endian::native == std::endian::little, "slots and memories are read in place");

namespace tenon::interp {

struct Dispatch;
struct Frame;

/// What a handler returns: to the loop (Next), or to the entry that started the machine.
enum class Exit : u32 { Next, Done, Failed };

#define TENON_INLINE [[gnu::always_inline]] inline
#if TENON_INTERP_THREADED
#define TENON_CC __attribute__((preserve_none))
#define TENON_REF
#define TENON_JUMP(...) [[clang::musttail]] return (__VA_ARGS__)(TENON_ARGS)
#define TENON_NEXT TENON_JUMP(table->one[*pc])
#else
#define TENON_CC
#define TENON_REF &
#define TENON_JUMP(...) return (__VA_ARGS__)(TENON_ARGS)
#define TENON_NEXT return Exit::Next
#endif

#define TENON_PARAMS                                                                                                            \
  [[maybe_unused]] const u8 *TENON_REF pc, [[maybe_unused]] Slot *TENON_REF sp, [[maybe_unused]] u64 TENON_REF tos,             \
      [[maybe_unused]] u64 TENON_REF nos, [[maybe_unused]] Slot *TENON_REF fp, [[maybe_unused]] const SideEntry *TENON_REF stp, \
      [[maybe_unused]] u8 *TENON_REF mem, [[maybe_unused]] u64 TENON_REF mem_len, [[maybe_unused]] Frame *TENON_REF frame,      \
      [[maybe_unused]] const Dispatch *TENON_REF table
#define TENON_ARGS pc, sp, tos, nos, fp, stp, mem, mem_len, frame, table
using Handler = TENON_CC Exit (*)(TENON_PARAMS);

/// A handler that other handlers jump to, local to its file.
#define TENON_SLOW(name) [[gnu::noinline]] static TENON_CC Exit name(TENON_PARAMS)
/// The handler of an instruction. `V` selects a variant: for instructions whose signature is "*", 1 copies both halves of
/// slots; for those with NanResult, 1 canonicalises; others have variant 0 only (see variant_of).
#define TENON_OP(Name)  \
  template <unsigned V> \
  TENON_CC Exit on_##Name(TENON_PARAMS)
#define TENON_OP_ONE(Name) template TENON_CC Exit on_##Name<0>(TENON_PARAMS)
#define TENON_OP_BOTH(Name) \
  TENON_OP_ONE(Name);       \
  template TENON_CC Exit on_##Name<1>(TENON_PARAMS)

#define OP(prefix, code, Name, ...) \
  template <unsigned V>             \
  TENON_CC Exit on_##Name(TENON_PARAMS);
#include "tenon/spec/opcodes.def"

/// Ends the run with a trap at `pc`.
template <TrapCode code>
[[gnu::noinline]] TENON_CC Exit trap_exit(TENON_PARAMS);
#define TENON_TRAP(Name) TENON_JUMP(trap_exit<TrapCode::Name>)
/// The same from the handler of an instruction that may have a prefix.
#define TENON_TRAP_OF(Instruction, Name)                                  \
  do {                                                                    \
    if constexpr (info(Op::Instruction).prefix != 0) pc = frame->call_pc; \
    TENON_TRAP(Name);                                                     \
  } while (0)

/// The handlers of kExitOpcode and of bytes that are no opcode.
TENON_CC Exit on_exit(TENON_PARAMS);
TENON_CC Exit on_invalid(TENON_PARAMS);

/// The variants in force; a mode is a row of dispatch tables.
enum Mode : u32 { kBothHalves = 1, kCanonicalNans = 2 };

/// Whether the handler, of an instruction with one signature, also runs the one behind it: see Fusion, above.
constexpr bool looks_ahead(Op op) {
  using enum Op;
  return op == I32Const || (op >= I32Eqz && op <= I64GeU);
}
constexpr unsigned variant_of(Op op, u32 mode) {
  if (info(op).sig == "*" || looks_ahead(op)) return mode & kBothHalves ? 1 : 0;
  return info(op).has(op_flags::NanResult) && mode & kCanonicalNans ? 1 : 0;
}

/// Pseudo opcode behind the pseudo call of a base frame: returns to the host. No instruction has this byte.
inline constexpr u8 kExitOpcode = 0xff;

/// Where opcodes lead in one mode. `base` serves the metered tables, whose entries count and then go through it;
/// `by_halves` are the tables of scalar and of v128 functions in otherwise the same mode.
struct Dispatch {
  Handler one[256];
  const Dispatch* by_halves[2];
  const Dispatch* base;
};

/// The tables for a store's settings, for functions with and without v128.
const Dispatch* tables_for(const StoreCtx& store, bool uses_v128);

/// What lies between a frame's locals and its operands. `prev` is the caller's; `call_pc`, `next_pc` and `stp` are valid while
/// the frame is not the innermost: its call, the instruction behind it, and the next side entry there. In the innermost frame
/// call_pc is the start of a prefixed instruction while that runs.
///
/// The lowest frame of a run is a pseudo frame without function (`summary` null), whose next_pc is kExitOpcode.
struct alignas(16) Frame {
  Frame* prev;
  Slot* fp;
  const u8* call_pc;
  const u8* next_pc;
  const SideEntry* stp;
  VmCtx* vmctx;
  const FuncSummary* summary;
  const Dispatch* table;
  const u8* end;    ///< the function's final end
  MemoryDef* mem0;  ///< memory 0 if it is 32-bit, else a memory of length 0
  u64 nos_place;    ///< where `nos` and `tos` spill while the stack has fewer operands: the low halves of two slots
  StoreCtx* store;
  u64 tos_place;
  u64 unused;
};
inline constexpr u32 kFrameSlots = 7;
static_assert(sizeof(Frame) == kFrameSlots * sizeof(Slot));
static_assert(offsetof(Frame, nos_place) == (kFrameSlots - 2) * sizeof(Slot));
static_assert(offsetof(Frame, tos_place) == (kFrameSlots - 1) * sizeof(Slot));

/// The slot below the frame's operands.
TENON_INLINE Slot* operands_of(Frame* frame) {
  // SAFETY: a frame header lies on the interpreter's stack, which is an array of Slots, and takes seven of them.
  return reinterpret_cast<Slot*>(frame) + (kFrameSlots - 1);
}
TENON_INLINE Frame* frame_at(Slot* slot) {
  // SAFETY: as above; Frame is trivial, aligned as Slot is, and is written as a whole before it is read.
  return reinterpret_cast<Frame*>(slot);
}

// --- registers and stack -----------------------------------------------------------------------------------------------------

TENON_INLINE u64& lo(Slot* slot) {
  return slot->u64_;
}
TENON_INLINE u64& hi(Slot* slot) {
  return slot->v128.hi;
}

/// Removes the topmost operand and returns its low half.
TENON_INLINE u64 pop(Slot*& sp, u64& tos, u64& nos) {
  u64 popped = tos;
  tos = nos;
  nos = lo(sp - 2);
  --sp;
  return popped;
}
/// Makes room for an operand; its value is to be put into `tos`.
TENON_INLINE void make_room(Slot*& sp, u64& tos, u64& nos) {
  lo(sp - 1) = nos;
  nos = tos;
  ++sp;
}
/// Pushes a scalar.
TENON_INLINE void push(Slot*& sp, u64& tos, u64& nos, u64 value) {
  make_room(sp, tos, nos);
  tos = value;
}
/// Writes the registers' operands where they belong, and reads them from there.
TENON_INLINE void spill(Slot* sp, u64 tos, u64 nos) {
  lo(sp) = tos;
  lo(sp - 1) = nos;
}
TENON_INLINE void fill(Slot* sp, u64& tos, u64& nos) {
  tos = lo(sp);
  nos = lo(sp - 1);
}
/// Removes `count` operands, two at least.
TENON_INLINE void drop(u32 count, Slot*& sp, u64& tos, u64& nos) {
  sp -= count;
  fill(sp, tos, nos);
}

TENON_INLINE u64 bits(u64 value) {
  return value;
}
TENON_INLINE u64 bits(i64 value) {
  return static_cast<u64>(value);
}
TENON_INLINE u64 bits(u32 value) {
  return value;
}
TENON_INLINE u64 bits(i32 value) {
  return static_cast<u32>(value);
}
TENON_INLINE u64 bits(bool value) {
  return value;
}
TENON_INLINE u64 bits(f32 value) {
  return std::bit_cast<u32>(value);
}
TENON_INLINE u64 bits(f64 value) {
  return std::bit_cast<u64>(value);
}

/// The low half of a slot as a value of type T.
template <class T>
TENON_INLINE T as(u64 raw) {
  if constexpr (std::is_same_v<T, f32>) {
    return std::bit_cast<f32>(static_cast<u32>(raw));
  } else if constexpr (std::is_same_v<T, f64>) {
    return std::bit_cast<f64>(raw);
  } else {
    return static_cast<T>(raw);
  }
}

// --- immediates --------------------------------------------------------------------------------------------------------------

/// Reads an unsigned LEB128 of 32 bits. Unrolled: with constant shifts it takes no more registers than its fast path.
TENON_INLINE u64 read_u32(const u8*& p) {
  u64 value = *p++;
  if (value < 0x80) [[likely]]
    return value;
  value += (u64{*p++} << 7) - 0x80;
  if (value < 0x4000) [[likely]]
    return value;
  value += (u64{*p++} << 14) - 0x4000;
  if (value < 0x20'0000) return value;
  value += (u64{*p++} << 21) - 0x20'0000;
  if (value < 0x1000'0000) return value;
  return value + (u64{*p++} << 28) - 0x1000'0000;
}

/// Reads a signed LEB128 of I's bits, modulo 2^bits. Unrolled as above.
template <std::unsigned_integral I>
TENON_INLINE I read_signed(const u8*& p) {
  u64 value = *p++;
  if (value < 0x80) [[likely]]
    return static_cast<I>((value ^ 0x40) - 0x40);
  value += (u64{*p++} << 7) - 0x80;
  if (value < 0x4000) return static_cast<I>((value ^ 0x2000) - 0x2000);
  value += (u64{*p++} << 14) - 0x4000;
  if (value < 0x20'0000) return static_cast<I>((value ^ 0x10'0000) - 0x10'0000);
  value += (u64{*p++} << 21) - 0x20'0000;
  if (value < 0x1000'0000) return static_cast<I>((value ^ 0x800'0000) - 0x800'0000);
  value += (u64{*p++} << 28) - 0x1000'0000;
  if constexpr (sizeof(I) == 4) return static_cast<I>(value);
  if (value < u64{1} << 35) return static_cast<I>((value ^ u64{1} << 34) - (u64{1} << 34));
  p -= 5;
  return static_cast<I>(decode_sleb<i64>(p));
}

/// Moves past a LEB128 of any kind.
TENON_INLINE void skip(const u8*& p) {
  if (*p++ < 0x80) [[likely]]
    return;
  while (*p++ & 0x80) {
  }
}

/// Moves past a heap type: one s33, behind a byte where the type is shared or exact.
TENON_INLINE void skip_heap_type(const u8*& p) {
  if (*p == 0x65 || *p == 0x62) ++p;
  skip(p);
}
/// Moves past a value type or block type: one s33, or a heap type behind a byte that tells nullability.
TENON_INLINE void skip_type(const u8*& p) {
  if (*p == 0x63 || *p == 0x64) [[unlikely]] {
    ++p;
    skip_heap_type(p);
    return;
  }
  skip(p);
}

/// Goes on with the instruction at `where`.
#define TENON_NEXT_AT(where) \
  do {                       \
    pc = (where);            \
    TENON_NEXT;              \
  } while (0)

// --- leaving the machine -----------------------------------------------------------------------------------------------------

/// The end of what a frame may use of the stack.
TENON_INLINE Slot* frame_limit(Frame* frame) {
  return operands_of(frame) + 1 + (frame->summary ? frame->summary->max_operands : 0);
}

/// Makes the store current before anything that may look at the guest's stack, enter guest code again, or trap.
TENON_INLINE void leave(Frame* frame, const u8* pc) {
  StoreCtx* store = frame->store;
  store->activation->frame = frame;
  store->activation->pc = pc;
  store->stack_top = frame_limit(frame);
}

TENON_INLINE u64 load_length(const MemoryDef* def) {
  return __atomic_load_n(&def->length, __ATOMIC_RELAXED);
}

/// Memory 0 of an instance as `mem0` in a frame.
MemoryDef* memory0_of(VmCtx* vmctx);

/// Whether one of fuel, epochs or interruption asks for a look: one load. Bits 0-31 interrupt, then meters_fuel and
/// checks_epoch; the two flags above them do not count.
TENON_INLINE bool wants_poll(StoreCtx* store) {
  static_assert(offsetof(StoreCtx, interrupt) % 8 == 0);
  static_assert(offsetof(StoreCtx, meters_fuel) == offsetof(StoreCtx, interrupt) + 4);
  static_assert(offsetof(StoreCtx, checks_epoch) == offsetof(StoreCtx, interrupt) + 5);
  static_assert(sizeof(StoreCtx) >= offsetof(StoreCtx, interrupt) + 8);
  // SAFETY: eight aligned bytes inside the structure (asserted above), read in one relaxed access; `interrupt` is a lock-free
  // atomic of four of them, the others change only while no guest code runs.
  return __atomic_load_n(reinterpret_cast<const u64*>(&store->interrupt), __ATOMIC_RELAXED) << 16 != 0;
}

/// Answers wants_poll at a function entry or loop turn. False: the store has a reason to end.
bool poll(VmCtx* vmctx);

}  // namespace tenon::interp
