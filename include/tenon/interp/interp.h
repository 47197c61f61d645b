// The in-place interpreter: the tier that runs function bodies where they lie, over the validator's side table.
//
// It is the reference for the other tiers: complete, without translation, with every check explicit and no signal handler.
#pragma once

#include <memory>

#include "tenon/abi/vmctx.h"
#include "tenon/runtime/engine.h"

namespace tenon::interp {

/// FuncRef::array_entry of every guest function that the interpreter runs. A function is the interpreter's exactly when its
/// array_entry is this one: calls to it push a frame on the interpreter's stack and use no native stack.
///
/// `self->summary` and `self->vmctx` must be set; StoreCtx::stack_begin, stack_end and stack_top describe the stack.
bool array_entry(const FuncRef* self, VmCtx* caller, Slot* args_results);

/// The interpreter as an engine's tier, named "interp". It has no state: one object may serve any number of engines.
std::shared_ptr<runtime::Tier> tier();

}  // namespace tenon::interp
