// What handlers ask of the store: traps, types, polling. Private.
#pragma once

#include "interp/machine.h"
#include "tenon/runtime/libcalls.h"
#include "tenon/spec/type_store.h"

namespace tenon::interp {

namespace libcalls = runtime::libcalls;

TENON_INLINE const FuncRef* func_of(Ref ref) {
  // SAFETY: a funcref's bits are a FuncRef's address (vmctx.h, Ref), and the validator has seen to it that this is one.
  return reinterpret_cast<const FuncRef*>(ref);
}
TENON_INLINE Ref bits_of(const FuncRef* func) {
  // SAFETY: the address is only carried; func_of turns it back.
  return reinterpret_cast<Ref>(func);
}

/// Makes the frame current, records the trap and returns Failed.
[[gnu::cold]] Exit end_with_trap(Frame* frame, const u8* pc, TrapCode code);

/// Takes the exception in `tos`, thrown by the instruction at `pc` of `frame`, to its handler, in this run or beyond.
TENON_CC Exit unwind(TENON_PARAMS);
/// A call at `pc` of `frame` did not return: the same where an exception is the reason, otherwise the end of the run.
TENON_CC Exit unwind_from_call(TENON_PARAMS);

}  // namespace tenon::interp
