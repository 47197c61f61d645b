// Names of functions as their languages wrote them, from the symbols that compilers made of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon::inspect {

/// What a symbol of Rust (v0 or the older form, with its hash) or C++ (Itanium) stands for; nothing where it is none. Nesting of
/// symbols is bounded. Thread-safe.
/// source: the Rust RFC 2603; the Itanium C++ ABI.
std::optional<std::string> demangle(std::string_view symbol);

/// A module whose name section holds demangled names; all else stays. Fails where the module or that section does not decode.
Result<std::vector<u8>> demangle_names(Bytes module);

}  // namespace tenon::inspect
