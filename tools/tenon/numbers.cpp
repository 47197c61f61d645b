#include "numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tenon/base/decimal.h"

namespace tenon::cli {
namespace {

std::unexpected<std::string> bad(std::string_view message) {
  return std::unexpected(std::string(message));
}

/// The magnitude of all of `digits`; nothing set aside for a sign.
Parsed<u64> magnitude(std::string_view digits, int base, u64 maximum, std::string_view too_large) {
  u64 value = 0;
  bool overflow = false;
  for (char c : digits) {
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
    if (digit >= base) return bad("invalid digit found in string");
    overflow |= __builtin_mul_overflow(value, static_cast<u64>(base), &value) ||
                __builtin_add_overflow(value, static_cast<u64>(digit), &value);
  }
  if (overflow || value > maximum) return bad(too_large);
  return value;
}

bool is_float(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (lower == "inf" || lower == "infinity" || lower == "nan") return true;
  std::size_t at = 0, digits = 0;
  auto skip = [&] {
    const std::size_t begin = at;
    while (at < lower.size() && lower[at] >= '0' && lower[at] <= '9') ++at;
    return at - begin;
  };
  digits += skip();
  if (at < lower.size() && lower[at] == '.') {
    ++at;
    digits += skip();
  }
  if (digits == 0) return false;
  if (at < lower.size() && lower[at] == 'e') {
    ++at;
    if (at < lower.size() && (lower[at] == '+' || lower[at] == '-')) ++at;
    if (skip() == 0) return false;
  }
  return at == lower.size();
}

template <class T>
Parsed<T> parse_float(std::string_view text, T (*convert)(const char*, char**)) {
  if (text.empty()) return bad("cannot parse float from empty string");
  if (!is_float(text)) return bad("invalid float literal");
  return convert(std::string(text).c_str(), nullptr);
}

template <class T>
std::string show_float(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return std::signbit(value) ? "-inf" : "inf";
  return shortest_decimal(value);
}

}  // namespace

Parsed<u64> parse_unsigned(std::string_view text, int base, u64 maximum) {
  if (text.empty()) return bad("cannot parse integer from empty string");
  if (text == "+" || text == "-") return bad("invalid digit found in string");
  if (text.starts_with('+')) text.remove_prefix(1);
  return magnitude(text, base, maximum, "number too large to fit in target type");
}

Parsed<i64> parse_signed(std::string_view text, int base, i64 maximum) {
  if (!text.starts_with('-') || text == "-") {
    const auto value = parse_unsigned(text, base, static_cast<u64>(maximum));
    if (!value) return std::unexpected(value.error());
    return static_cast<i64>(*value);
  }
  const auto value = magnitude(text.substr(1), base, static_cast<u64>(maximum) + 1, "number too small to fit in target type");
  if (!value) return std::unexpected(value.error());
  return static_cast<i64>(0 - *value);
}

Parsed<f32> parse_f32(std::string_view text) {
  return parse_float<f32>(text, std::strtof);
}
Parsed<f64> parse_f64(std::string_view text) {
  return parse_float<f64>(text, std::strtod);
}

std::string show(f32 value) {
  return show_float(value);
}
std::string show(f64 value) {
  return show_float(value);
}

std::string show_u128(u64 low, u64 high) {
  auto value = static_cast<unsigned __int128>(high) << 64 | low;
  std::string out;
  do {
    out += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace tenon::cli
