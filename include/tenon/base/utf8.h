// UTF-8 as the specification's names need it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <optional>

#include "tenon/base/types.h"

namespace tenon {

/// Whether `bytes` are well-formed UTF-8. Source: spec core/binary/values, "Names".
bool is_utf8(Bytes bytes);

/// Decodes one scalar value at `pos` and moves past it; nothing (and no move) where the bytes are not well-formed.
std::optional<char32_t> decode_utf8(Bytes bytes, std::size_t& pos);

/// Appends `scalar` (a Unicode scalar value; anything else is the caller's bug) to `out`.
void append_utf8(std::string& out, char32_t scalar);

}  // namespace tenon
