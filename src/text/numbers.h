// Numbers of the text format: what a token's characters stand for. Integers of any width with sign and underscores, floats
// rounded to nearest, ties to even, and the payloads of NaNs.
//
// spec: core/text/values "Integers", "Floating-Point".
#pragma once

#include <optional>

#include "tenon/base/types.h"

namespace tenon::text {

/// What characters are, as numbers go.
enum class NumberClass : u8 { None, Integer, Float };

/// Decides by the grammar alone; values are not looked at. inf, nan and nan:0x... are floats.
NumberClass classify_number(std::string_view text);

/// An integer's sign and magnitude; nothing where the magnitude needs more than 64 bits. `text` must be an Integer.
struct Integer {
  bool negative = false;
  bool has_sign = false;
  u64 magnitude = 0;
};
std::optional<Integer> parse_integer(std::string_view text);

/// An integer of `bits` bits (8 to 64), unsigned or two's complement, as its low bits; nothing where it is out of range.
/// `text` must be an Integer.
std::optional<u64> parse_int(std::string_view text, unsigned bits);
/// An unsigned integer of `bits` bits; a plus sign is accepted, a minus sign is not, as in wasm-tools.
std::optional<u64> parse_uint(std::string_view text, unsigned bits);

/// The bits of a float; nothing where it rounds to infinity or its NaN payload does not fit. `text` must be a number.
std::optional<u32> parse_f32(std::string_view text);
std::optional<u64> parse_f64(std::string_view text);

}  // namespace tenon::text
