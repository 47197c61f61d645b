// Keywords: which instruction a word is, and whether the format knows a word at all. Instructions come from spec/opcodes.def,
// types from spec/types.def.
#pragma once

#include <optional>

#include "tenon/spec/opcodes.h"
#include "tenon/spec/types.h"

namespace tenon::text {

/// The instruction with this keyword, if there is one. Of rows that share a keyword it is the first. Constant time.
std::optional<Op> find_instruction(std::string_view word);

/// Whether some part of the format, or of scripts, uses this word as a keyword.
bool is_known_keyword(std::string_view word);

/// The abstract heap type with this keyword ("func"), and the reference type with this one ("funcref").
std::optional<AbstractHeap> find_heap_type(std::string_view word);
std::optional<AbstractHeap> find_nullable_ref(std::string_view word);
/// The code of a number or vector type ("i32"), or 0.
u8 find_num_type(std::string_view word);

}  // namespace tenon::text
