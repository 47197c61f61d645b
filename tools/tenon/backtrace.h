// How `run` shows the backtrace of a trap.
#pragma once

#include <string>

#include "tenon/host/trap.h"

namespace tenon::cli {

/// The frames in Wasmtime's form, functions' names demangled. Where a module has debugging information: the places in the source
/// if the environment says WASMTIME_BACKTRACE_DETAILS=1, else a note that it may.
std::string show_backtrace(const Backtrace& frames);

}  // namespace tenon::cli
