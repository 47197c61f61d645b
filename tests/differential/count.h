// How often each instruction was executed in metered mode, where dispatch.cpp is compiled with TENON_COUNT_OPCODES.
#pragma once

#include "tenon/base/types.h"
#include "tenon/spec/opcodes.h"

namespace tenon::differ {

/// By Op. Only what ran in a metered store.
extern u64 counts[kOpCount];

/// Counts the instruction at `pc`.
void count(const u8* pc);

}  // namespace tenon::differ
