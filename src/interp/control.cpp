// Blocks, branches, locals, globals, constants and what else moves values about.
#include "interp/branches.h"
#include "interp/machine.h"

namespace tenon::interp {
namespace {

/// Where an opcode byte's immediates begin, behind one block type.
TENON_INLINE const u8* behind_block_type(const u8* pc) {
  ++pc;
  skip_type(pc);
  return pc;
}

/// Moves the operands that a taken branch keeps over those that it removes.
template <bool kBoth>
TENON_INLINE void keep_operands(u32 keep, u32 drop, Slot*& sp, u64& tos, u64& nos) {
  if (drop == 0) return;
  if (keep == 1) {
    if (kBoth) hi(sp - drop) = hi(sp);
    sp -= drop;
    nos = lo(sp - 1);
    return;
  }
  spill(sp, tos, nos);
  Slot* from = sp + 1 - keep;
  Slot* to = from - drop;
  for (u32 i = 0; i < keep; ++i) {
    if (kBoth)
      to[i] = from[i];
    else
      lo(to + i) = lo(from + i);
  }
  sp -= drop;
  fill(sp, tos, nos);
}

}  // namespace

TENON_CC Exit poll_and_go_on(TENON_PARAMS) {
  leave(frame, pc);
  // The callback of a passed deadline may collect, and objects then move.
  spill(sp, tos, nos);
  if (!poll(frame->vmctx)) return Exit::Failed;
  fill(sp, tos, nos);
  TENON_NEXT;
}

template <unsigned V>
TENON_CC Exit branch_and_move(TENON_PARAMS) {
  keep_operands<V == 1>(stp->keep, stp->drop, sp, tos, nos);
  i32 delta = stp->pc_delta;
  pc += delta;
  stp += stp->entry_delta;
  if (delta <= 0 && wants_poll(frame->store)) TENON_JUMP(poll_and_go_on);
  TENON_NEXT;
}
template TENON_CC Exit branch_and_move<0>(TENON_PARAMS);
template TENON_CC Exit branch_and_move<1>(TENON_PARAMS);

TENON_CC Exit long_label(TENON_PARAMS) {
  ++pc;
  skip(pc);
  TENON_NEXT;
}

/// Takes a branch that always goes forward and moves nothing.
#define TENON_SKIP_AHEAD     \
  do {                       \
    pc += stp->pc_delta;     \
    stp += stp->entry_delta; \
    TENON_NEXT;              \
  } while (0)

TENON_OP(Unreachable) {
  TENON_TRAP(Unreachable);
}
TENON_OP_BOTH(Unreachable);

TENON_OP(Nop) {
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_ONE(Nop);

TENON_OP(Block) {
  TENON_NEXT_AT(behind_block_type(pc));
}
TENON_OP_BOTH(Block);

TENON_OP(Loop) {
  TENON_NEXT_AT(behind_block_type(pc));
}
TENON_OP_BOTH(Loop);

TENON_OP(Try) {
  TENON_NEXT_AT(behind_block_type(pc));
}
TENON_OP_BOTH(Try);

TENON_OP(If) {
  u32 condition = static_cast<u32>(pop(sp, tos, nos));
  if (condition) {
    ++stp;
    TENON_NEXT_AT(behind_block_type(pc));
  }
  TENON_SKIP_AHEAD;
}
TENON_OP_BOTH(If);

TENON_OP(Else) {
  TENON_SKIP_AHEAD;
}
TENON_OP_BOTH(Else);
TENON_OP(Catch) {
  TENON_SKIP_AHEAD;
}
TENON_OP_BOTH(Catch);
TENON_OP(CatchAll) {
  TENON_SKIP_AHEAD;
}
TENON_OP_BOTH(CatchAll);
TENON_OP(Delegate) {
  TENON_SKIP_AHEAD;
}
TENON_OP_BOTH(Delegate);

TENON_OP(TryTable) {
  const u8* p = behind_block_type(pc);
  u64 count = read_u32(p);
  stp += count;
  for (u64 i = 0; i < count; ++i) {
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

TENON_OP(Br) {
  TENON_BRANCH;
}
TENON_OP_BOTH(Br);

TENON_OP(BrIf) {
  u32 condition = static_cast<u32>(pop(sp, tos, nos));
  TENON_BRANCH_IF(condition);
}
TENON_OP_BOTH(BrIf);

TENON_OP(BrTable) {
  const u8* p = pc + 1;
  u64 count = read_u32(p);
  u64 index = static_cast<u32>(pop(sp, tos, nos));
  stp += index < count ? index : count;
  TENON_BRANCH;
}
TENON_OP_BOTH(BrTable);

TENON_OP(BrOnNull) {
  if (tos == kNullRef) {
    pop(sp, tos, nos);
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
  pop(sp, tos, nos);
  ++stp;
  ++pc;
  skip(pc);
  TENON_NEXT;
}
TENON_OP_BOTH(BrOnNonNull);

// --- values ------------------------------------------------------------------------------------------------------------------

TENON_OP(Drop) {
  pop(sp, tos, nos);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(Drop);

namespace {

/// Leaves the second or the first of two values; `V` as for handlers. (The one below `nos` is in memory.)
template <unsigned V>
TENON_INLINE void select(Slot*& sp, u64& tos, u64& nos) {
  bool second = static_cast<u32>(tos) == 0;
  u64 a = lo(sp - 2), b = nos;
  if constexpr (V == 1) {
    u64 high_a = hi(sp - 2), high_b = hi(sp - 1);
    hi(sp - 2) = second ? high_b : high_a;
  }
  tos = second ? b : a;
  sp -= 2;
  nos = lo(sp - 1);
}

}  // namespace

TENON_OP(Select) {
  select<V>(sp, tos, nos);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(Select);

TENON_OP(SelectT) {
  select<V>(sp, tos, nos);
  const u8* p = pc + 1;
  for (u64 count = read_u32(p); count != 0; --count) skip_type(p);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(SelectT);

// Instructions whose immediate nearly always is one byte answer that themselves and leave the rest to a second function, so that
// the first needs few registers and no frame.
#define LOCAL_OP(Name, ...)                                   \
  template <unsigned>                                         \
  [[gnu::noinline]] TENON_CC Exit long_##Name(TENON_PARAMS) { \
    constexpr unsigned V = 1;                                 \
    const u8* p = pc + 1;                                     \
    u64 index = read_u32(p);                                  \
    __VA_ARGS__;                                              \
    TENON_NEXT_AT(p);                                         \
  }                                                           \
  TENON_OP(Name) {                                            \
    u64 index = pc[1];                                        \
    if (index >= 0x80) [[unlikely]]                           \
      TENON_JUMP(long_##Name<V>);                             \
    __VA_ARGS__;                                              \
    TENON_NEXT_AT(pc + 2);                                    \
  }                                                           \
  TENON_OP_BOTH(Name)
/// Runs the local.get behind an instruction on locals.
#define TENON_FUSE_LOCAL_GET                                          \
  if constexpr (V == 0)                                               \
    if (pc[2] == info(Op::LocalGet).code && (index = pc[3]) < 0x80) { \
      push(sp, tos, nos, lo(fp + index));                             \
      TENON_NEXT_AT(pc + 4);                                          \
    }
LOCAL_OP(LocalGet, {
  push(sp, tos, nos, lo(fp + index));
  if constexpr (V == 1) hi(sp) = hi(fp + index);
  TENON_FUSE_LOCAL_GET;
});
LOCAL_OP(LocalSet, {
  if constexpr (V == 1) hi(fp + index) = hi(sp);
  u64 value = pop(sp, tos, nos);
  lo(fp + index) = value;
  TENON_FUSE_LOCAL_GET;
});
LOCAL_OP(LocalTee, {
  if constexpr (V == 1) hi(fp + index) = hi(sp);
  lo(fp + index) = tos;
  TENON_FUSE_LOCAL_GET;
});

TENON_OP(GlobalGet) {
  const u8* p = pc + 1;
  Slot* global = frame->vmctx->globals[read_u32(p)];
  push(sp, tos, nos, lo(global));
  if constexpr (V == 1) hi(sp) = hi(global);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(GlobalGet);

TENON_OP(GlobalSet) {
  const u8* p = pc + 1;
  Slot* global = frame->vmctx->globals[read_u32(p)];
  if constexpr (V == 1) hi(global) = hi(sp);
  lo(global) = pop(sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(GlobalSet);

/// Pushes the constant in front of `at`, or adds it to the operand where that comes next.
#define TENON_CONST_OR_ADD(value, at)               \
  do {                                              \
    if (V == 0 && *(at) == info(Op::I32Add).code) { \
      tos = static_cast<u32>(tos) + (value);        \
      TENON_NEXT_AT((at) + 1);                      \
    }                                               \
    push(sp, tos, nos, (value));                    \
    TENON_NEXT_AT(at);                              \
  } while (0)
template <unsigned V>
[[gnu::noinline]] TENON_CC Exit long_I32Const(TENON_PARAMS) {
  // Two bytes at least, and another instruction behind them: reads of four bytes stay inside the function.
  u32 four;
  std::memcpy(&four, pc, 4);
  if (u32 two = four >> 8; (two & 0x8000) == 0) {
    two = (two & 0x7f) | (two >> 1 & 0x3f80);
    two = (two ^ 0x2000) - 0x2000;
    TENON_CONST_OR_ADD(two, pc + 3);
  }
  std::memcpy(&four, pc + 1, 4);
  u32 value = (four & 0x7f) | (four >> 1 & 0x3f80) | (four >> 2 & 0x1f'c000);
  if ((four & 0x80'0000) == 0) {
    value = (value ^ 0x10'0000) - 0x10'0000;
    TENON_CONST_OR_ADD(value, pc + 4);
  }
  value |= four >> 3 & 0xfe0'0000;
  if (four >> 31 == 0) {
    value = (value ^ 0x800'0000) - 0x800'0000;
    TENON_CONST_OR_ADD(value, pc + 5);
  }
  value |= u32{pc[5]} << 28;
  TENON_CONST_OR_ADD(value, pc + 6);
}
TENON_OP(I32Const) {
  u32 byte = pc[1];
  if (byte >= 0x80) [[unlikely]]
    TENON_JUMP(long_I32Const<V>);
  u32 value = (byte ^ 0x40) - 0x40;
  TENON_CONST_OR_ADD(value, pc + 2);
}
TENON_OP_BOTH(I32Const);

TENON_SLOW(long_I64Const) {
  const u8* p = pc + 1;
  push(sp, tos, nos, read_signed<u64>(p));
  TENON_NEXT_AT(p);
}
TENON_OP(I64Const) {
  u64 byte = pc[1];
  if (byte >= 0x80) [[unlikely]]
    TENON_JUMP(long_I64Const);
  push(sp, tos, nos, static_cast<u64>((byte ^ 0x40) - 0x40));
  TENON_NEXT_AT(pc + 2);
}
TENON_OP_ONE(I64Const);

TENON_OP(F32Const) {
  u32 value;
  std::memcpy(&value, pc + 1, 4);
  push(sp, tos, nos, value);
  TENON_NEXT_AT(pc + 5);
}
TENON_OP_ONE(F32Const);

TENON_OP(F64Const) {
  u64 value;
  std::memcpy(&value, pc + 1, 8);
  push(sp, tos, nos, value);
  TENON_NEXT_AT(pc + 9);
}
TENON_OP_ONE(F64Const);

}  // namespace tenon::interp
