// Numbers on the command line: read and shown as Rust does, whose words scripts match.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tenon/base/types.h"

namespace tenon::cli {

template <class T>
using Parsed = std::expected<T, std::string>;

/// Digits of `base` with an optional '+', up to `maximum`. "invalid digit found in string" and its like.
Parsed<u64> parse_unsigned(std::string_view text, int base, u64 maximum);
/// As above with an optional '-' too, within [-maximum - 1, maximum].
Parsed<i64> parse_signed(std::string_view text, int base, i64 maximum);
/// "invalid float literal" and its like.
Parsed<f32> parse_f32(std::string_view text);
Parsed<f64> parse_f64(std::string_view text);

/// The shortest decimal that reads back to the same value, without an exponent.
std::string show(f32 value);
std::string show(f64 value);
/// A 128-bit number in decimal.
std::string show_u128(u64 low, u64 high);

}  // namespace tenon::cli
