// Blocks, branches, locals, globals, constants and what else moves values about.
#include "interp/machine.h"

namespace tenon::interp {
namespace {

/// Where an opcode byte's immediates begin, behind one block type.
TENON_INLINE const u8* behind_block_type(const u8* pc) {
  ++pc;
  skip(pc);
  return pc;
}

/// Moves the operands that a taken branch keeps over those that it removes.
template <bool kBoth>
TENON_INLINE void keep_operands(u32 keep, u32 drop, Slot*& sp, u64& tos) {
  if (drop == 0) return;
  if (keep == 1) {
    if (kBoth) hi(sp - drop) = hi(sp);
    sp -= drop;
    return;
  }
  lo(sp) = tos;
  Slot* from = sp + 1 - keep;
  Slot* to = from - drop;
  for (u32 i = 0; i < keep; ++i) {
    if (kBoth)
      to[i] = from[i];
    else
      lo(to + i) = lo(from + i);
  }
  sp -= drop;
  tos = lo(sp);
}

/// Goes on at `pc` after a turn that may have to end.
TENON_SLOW(poll_and_go_on) {
  leave(frame, pc);
  if (!poll(frame->vmctx)) return Exit::Failed;
  TENON_NEXT;
}

/// A taken branch that moves operands.
template <unsigned V>
[[gnu::noinline]] TENON_CC Exit branch_and_move(TENON_PARAMS) {
  keep_operands<V == 1>(stp->keep, stp->drop, sp, tos);
  i32 delta = stp->pc_delta;
  pc += delta;
  stp += stp->entry_delta;
  if (delta <= 0 && wants_poll(frame->store)) TENON_JUMP(poll_and_go_on);
  TENON_NEXT;
}

}  // namespace

/// Takes the branch of the current side entry.
#define TENON_BRANCH                                                            \
  do {                                                                          \
    if (stp->drop != 0) [[unlikely]]                                            \
      TENON_JUMP(branch_and_move<V>);                                           \
    i32 delta = stp->pc_delta;                                                  \
    pc += delta;                                                                \
    stp += stp->entry_delta;                                                    \
    if (delta <= 0 && wants_poll(frame->store)) [[unlikely]]                    \
      TENON_JUMP(poll_and_go_on);                                               \
    TENON_NEXT;                                                                 \
  } while (0)
/// The same where the branch always goes forward and moves nothing.
#define TENON_SKIP_AHEAD      \
  do {                        \
    pc += stp->pc_delta;      \
    stp += stp->entry_delta;  \
    TENON_NEXT;               \
  } while (0)

TENON_OP(Unreachable) { TENON_TRAP(Unreachable); }
TENON_OP_BOTH(Unreachable);

TENON_OP(Nop) { TENON_NEXT_AT(pc + 1); }
TENON_OP_ONE(Nop);

TENON_OP(Block) { TENON_NEXT_AT(behind_block_type(pc)); }
TENON_OP_BOTH(Block);

TENON_OP(Loop) { TENON_NEXT_AT(behind_block_type(pc)); }
TENON_OP_BOTH(Loop);

TENON_OP(Try) { TENON_NEXT_AT(behind_block_type(pc)); }
TENON_OP_BOTH(Try);

TENON_OP(If) {
  u32 condition = static_cast<u32>(pop(sp, tos));
  if (condition) {
    ++stp;
    TENON_NEXT_AT(behind_block_type(pc));
  }
  TENON_SKIP_AHEAD;
}
TENON_OP_BOTH(If);

TENON_OP(Else) { TENON_SKIP_AHEAD; }
TENON_OP_BOTH(Else);
TENON_OP(Catch) { TENON_SKIP_AHEAD; }
TENON_OP_BOTH(Catch);
TENON_OP(CatchAll) { TENON_SKIP_AHEAD; }
TENON_OP_BOTH(CatchAll);
TENON_OP(Delegate) { TENON_SKIP_AHEAD; }
TENON_OP_BOTH(Delegate);

TENON_OP(TryTable) {
  const u8* p = behind_block_type(pc);
  u32 count = read_u32(p);
  stp += count;
  for (u32 i = 0; i < count; ++i) {
    if (*p++ < 2) skip(p);  // catch, catch_ref name a tag
    skip(p);
  }
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TryTable);

TENON_OP(End) {
  if (pc == frame->end) TENON_JUMP(on_Return<V>);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(End);

TENON_OP(Br) { TENON_BRANCH; }
TENON_OP_BOTH(Br);

TENON_OP(BrIf) {
  u32 condition = static_cast<u32>(pop(sp, tos));
  if (condition) TENON_BRANCH;
  ++stp;
  ++pc;
  skip(pc);
  TENON_NEXT;
}
TENON_OP_BOTH(BrIf);

TENON_OP(BrTable) {
  const u8* p = pc + 1;
  u32 count = read_u32(p);
  u32 index = static_cast<u32>(pop(sp, tos));
  stp += index < count ? index : count;
  TENON_BRANCH;
}
TENON_OP_BOTH(BrTable);

TENON_OP(BrOnNull) {
  if (tos == kNullRef) {
    pop(sp, tos);
    TENON_BRANCH;
  }
  ++stp;
  ++pc;
  skip(pc);
  TENON_NEXT;
}
TENON_OP_BOTH(BrOnNull);

TENON_OP(BrOnNonNull) {
  if (tos != kNullRef) TENON_BRANCH;
  pop(sp, tos);
  ++stp;
  ++pc;
  skip(pc);
  TENON_NEXT;
}
TENON_OP_BOTH(BrOnNonNull);

// --- values ------------------------------------------------------------------------------------------------------------------

TENON_OP(Drop) {
  pop(sp, tos);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(Drop);

namespace {

/// Leaves the second or the first of two values; `V` as for handlers.
template <unsigned V>
TENON_INLINE void select(Slot*& sp, u64& tos) {
  bool second = static_cast<u32>(tos) == 0;
  u64 a = lo(sp - 2), b = lo(sp - 1);
  if constexpr (V == 1) {
    u64 high_a = hi(sp - 2), high_b = hi(sp - 1);
    hi(sp - 2) = second ? high_b : high_a;
  }
  tos = second ? b : a;
  sp -= 2;
}

}  // namespace

TENON_OP(Select) {
  select<V>(sp, tos);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(Select);

TENON_OP(SelectT) {
  select<V>(sp, tos);
  const u8* p = pc + 1;
  for (u32 count = read_u32(p); count != 0; --count) {
    // A value type is one s33, behind one byte for the two forms of a concrete reference.
    if (*p == 0x63 || *p == 0x64) ++p;
    skip(p);
  }
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(SelectT);

TENON_OP(LocalGet) {
  const u8* p = pc + 1;
  u32 index = read_u32(p);
  lo(sp) = tos;
  ++sp;
  tos = lo(fp + index);
  if constexpr (V == 1) hi(sp) = hi(fp + index);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(LocalGet);

TENON_OP(LocalSet) {
  const u8* p = pc + 1;
  u32 index = read_u32(p);
  lo(fp + index) = tos;
  if constexpr (V == 1) hi(fp + index) = hi(sp);
  --sp;
  tos = lo(sp);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(LocalSet);

TENON_OP(LocalTee) {
  const u8* p = pc + 1;
  u32 index = read_u32(p);
  lo(fp + index) = tos;
  if constexpr (V == 1) hi(fp + index) = hi(sp);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(LocalTee);

TENON_OP(GlobalGet) {
  const u8* p = pc + 1;
  Slot* global = frame->vmctx->globals[read_u32(p)];
  push(sp, tos, lo(global));
  if constexpr (V == 1) hi(sp) = hi(global);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(GlobalGet);

TENON_OP(GlobalSet) {
  const u8* p = pc + 1;
  Slot* global = frame->vmctx->globals[read_u32(p)];
  if constexpr (V == 1) hi(global) = hi(sp);
  lo(global) = pop(sp, tos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(GlobalSet);

TENON_OP(I32Const) {
  const u8* p = pc + 1;
  i32 value = static_cast<i8>(*p << 1) >> 1;
  if (*p++ < 0x80) [[likely]] {
    push(sp, tos, bits(value));
    TENON_NEXT_AT(p);
  }
  --p;
  push(sp, tos, bits(decode_sleb<i32>(p)));
  TENON_NEXT_AT(p);
}
TENON_OP_ONE(I32Const);

TENON_OP(I64Const) {
  const u8* p = pc + 1;
  i64 value = static_cast<i8>(*p << 1) >> 1;
  if (*p++ < 0x80) [[likely]] {
    push(sp, tos, bits(value));
    TENON_NEXT_AT(p);
  }
  --p;
  push(sp, tos, bits(decode_sleb<i64>(p)));
  TENON_NEXT_AT(p);
}
TENON_OP_ONE(I64Const);

TENON_OP(F32Const) {
  u32 value;
  std::memcpy(&value, pc + 1, 4);
  push(sp, tos, value);
  TENON_NEXT_AT(pc + 5);
}
TENON_OP_ONE(F32Const);

TENON_OP(F64Const) {
  u64 value;
  std::memcpy(&value, pc + 1, 8);
  push(sp, tos, value);
  TENON_NEXT_AT(pc + 9);
}
TENON_OP_ONE(F64Const);

}  // namespace tenon::interp
