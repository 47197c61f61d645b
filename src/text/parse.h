// What wat.cpp and wast.cpp share: one module's text to bytes or diagnostics.
#pragma once

#include <expected>

#include "tenon/text/wat.h"
#include "text/tokens.h"

namespace tenon::text {

/// Problems as diagnostics: with `max` 1 the one that counts first, else in the order of the text.
Diagnostics to_diagnostics(std::string_view source, const ParseOptions& options, std::vector<Problem>& problems);

/// The module whose text behind its keywords begins at byte `at` of `source`, which is UTF-8.
std::expected<std::vector<u8>, Diagnostics> parse_module_at(std::string_view source, u64 at, const ParseOptions& options);

}  // namespace tenon::text
