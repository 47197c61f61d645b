// How branches are taken, for the handlers of branches and for those that run the br_if behind them. Private.
#pragma once

#include "interp/calls.h"
#include "interp/machine.h"

namespace tenon::interp {

/// Goes on at `pc` after a turn that may have to end.
[[gnu::noinline]] TENON_CC Exit poll_and_go_on(TENON_PARAMS);
/// A taken branch that moves operands.
template <unsigned V>
[[gnu::noinline]] TENON_CC Exit branch_and_move(TENON_PARAMS);
/// Goes on behind a br_if that is not taken and whose label takes more than a byte.
[[gnu::noinline]] TENON_CC Exit long_label(TENON_PARAMS);

/// Takes the branch of the current side entry.
#define TENON_BRANCH                                         \
  do {                                                       \
    if (stp->drop != 0) [[unlikely]]                         \
      TENON_JUMP(branch_and_move<V>);                        \
    i32 delta = stp->pc_delta;                               \
    pc += delta;                                             \
    stp += stp->entry_delta;                                 \
    if (delta <= 0 && wants_poll(frame->store)) [[unlikely]] \
      TENON_JUMP(poll_and_go_on);                            \
    TENON_NEXT;                                              \
  } while (0)
/// The br_if at `pc`, its condition popped.
#define TENON_BRANCH_IF(condition)  \
  do {                              \
    if (condition) TENON_BRANCH;    \
    ++stp;                          \
    if (pc[1] >= 0x80) [[unlikely]] \
      TENON_JUMP(long_label);       \
    TENON_NEXT_AT(pc + 2);          \
  } while (0)
/// In the handler of an instruction of one byte whose result is the condition of a br_if behind it: that, if there is one.
/// `remove` takes the instruction's operands away.
#define TENON_FUSE_BRANCH_IF(condition, remove) \
  if constexpr (V == 0)                         \
    if (pc[1] == info(Op::BrIf).code) {         \
      bool taken = (condition);                 \
      remove;                                   \
      ++pc;                                     \
      TENON_BRANCH_IF(taken);                   \
    }

}  // namespace tenon::interp
