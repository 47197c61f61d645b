// Core dumps of guests, as WebAssembly's tool conventions describe them ("Coredump"): a module whose custom sections say what
// ran, and whose memories and globals are the guest's.
#pragma once

#include <string>
#include <string_view>

#include "tenon/host/host.h"

namespace tenon::cli {

/// Writes the state of `store` and the stack of a trap to `path`. `program` is what the dump says was run. Locals and operands of
/// frames are not in it. Fails with Io: "failed to create file at `...`".
Result<> write_coredump(const std::string& path, std::string_view program, StoreRef store, const Backtrace& frames);

}  // namespace tenon::cli
