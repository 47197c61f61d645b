// Whether a binary is well formed, without asking whether it is valid: what `parse` demands of binaries that pass through.
#pragma once

#include "tenon/base/result.h"
#include "tenon/spec/features.h"

namespace tenon::inspect {

/// Reads every item of every section and every instruction of a core module. The error is the first one in the order of the
/// bytes, with its offset. What `features` leave out of the
/// format (not of validity) is an error.
Result<> check_structure(Bytes module, Features features = Features::all());

}  // namespace tenon::inspect
