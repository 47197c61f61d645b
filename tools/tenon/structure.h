// Whether a binary is well formed, without asking whether it is valid: what `parse` demands of binaries that pass through.
#pragma once

#include "tenon/base/result.h"

namespace tenon::cli {

/// Reads every item of every section and every instruction of a core module. The error is the first one in the order of the
/// bytes, with its offset.
Result<> check_structure(Bytes module);

}  // namespace tenon::cli
