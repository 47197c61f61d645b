// References in the interpreter's frames. Private.
#pragma once

#include "tenon/abi/vmctx.h"

namespace tenon::interp {

/// Activation::trace of the interpreter. The frames' operands must be in memory (spilled).
void trace_frames(const Activation& activation, runtime::Tracer& tracer);

}  // namespace tenon::interp
