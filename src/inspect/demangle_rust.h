// The two forms of Rust's symbols.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tenon::inspect {

/// The name behind a symbol of Rust, or nothing. What LLVM hangs on behind a period stays.
std::optional<std::string> demangle_rust(std::string_view symbol);

}  // namespace tenon::inspect
