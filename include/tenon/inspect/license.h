// SPDX license expressions: "MIT OR (Apache-2.0 WITH LLVM-exception)".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tenon::inspect {

/// What is wrong with an expression, as the expression and a line that points into it; nothing where it is right. Identifiers
/// that the SPDX list calls deprecated are refused. Thread-safe. source: SPDX 2.3, annex D; the license list.
std::optional<std::string> license_fault(std::string_view expression);

}  // namespace tenon::inspect
