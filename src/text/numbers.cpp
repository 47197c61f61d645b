#include "text/numbers.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <string>
#include <type_traits>

#include "text/lexer.h"

namespace tenon::text {

namespace {

// Moves past digits with single underscores between them; false where there are none or an underscore stands alone.
template <class Good>
bool digits(const char*& p, const char* end, Good good) {
  if (p == end || !good(*p)) return false;
  bool underscore = false;
  for (; p != end; ++p) {
    if (*p == '_') {
      if (underscore) return false;
      underscore = true;
    } else if (good(*p)) {
      underscore = false;
    } else {
      break;
    }
  }
  return !underscore;
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return text;
}

bool is_negative(std::string_view text) {
  return !text.empty() && text[0] == '-';
}

}  // namespace

NumberClass classify_number(std::string_view text) {
  text = without_sign(text);
  if (text.empty()) return NumberClass::None;
  if (text == "inf" || text == "nan") return NumberClass::Float;
  const char* p = text.data();
  const char* end = p + text.size();
  if (text.starts_with("nan:0x")) {
    p += 6;
    return digits(p, end, chars::is_hex) && p == end ? NumberClass::Float : NumberClass::None;
  }
  bool hex = text.starts_with("0x");
  if (hex) p += 2;
  auto good = hex ? chars::is_hex : chars::is_digit;
  if (!digits(p, end, good)) return NumberClass::None;
  if (p == end) return NumberClass::Integer;
  if (*p == '.') {
    ++p;
    if (p != end && good(*p) && !digits(p, end, good)) return NumberClass::None;
  }
  if (p == end) return NumberClass::Float;
  if ((*p | 0x20) != (hex ? 'p' : 'e')) return NumberClass::None;
  ++p;
  if (p != end && (*p == '+' || *p == '-')) ++p;
  return digits(p, end, chars::is_digit) && p == end ? NumberClass::Float : NumberClass::None;
}

std::optional<Integer> parse_integer(std::string_view text) {
  Integer out;
  out.negative = is_negative(text);
  std::string_view rest = without_sign(text);
  out.has_sign = rest.size() != text.size();
  bool hex = rest.starts_with("0x");
  if (hex) {
    u64 value = 0;
    for (char c : rest.substr(2)) {
      if (c == '_') continue;
      if (value >> 60 != 0) return std::nullopt;
      value = value << 4 | chars::hex_value(c);
    }
    out.magnitude = value;
    return out;
  }
  u64 value = 0;
  for (char c : rest) {
    if (c == '_') continue;
    u64 next;
    if (__builtin_mul_overflow(value, u64{10}, &next) || __builtin_add_overflow(next, static_cast<u64>(c - '0'), &next))
      return std::nullopt;
    value = next;
  }
  out.magnitude = value;
  return out;
}

std::optional<u64> parse_int(std::string_view text, unsigned bits) {
  auto integer = parse_integer(text);
  if (!integer) return std::nullopt;
  u64 mask = bits == 64 ? ~u64{0} : (u64{1} << bits) - 1;
  if (!integer->negative) return integer->magnitude <= mask ? std::optional(integer->magnitude) : std::nullopt;
  if (integer->magnitude > u64{1} << (bits - 1)) return std::nullopt;
  return (~integer->magnitude + 1) & mask;
}

std::optional<u64> parse_uint(std::string_view text, unsigned bits) {
  auto integer = parse_integer(text);
  if (!integer || integer->negative) return std::nullopt;
  if (bits < 64 && integer->magnitude >> bits != 0) return std::nullopt;
  return integer->magnitude;
}

namespace {

// A binary interchange format: f32 or f64.
template <class Float>
struct Format;
template <>
struct Format<f32> {
  using Bits = u32;
  static constexpr int kMantissa = 23, kMaxExponent = 127;
};
template <>
struct Format<f64> {
  using Bits = u64;
  static constexpr int kMantissa = 52, kMaxExponent = 1023;
};

// The decimal number at `text`, saturated far beyond what any exponent can mean.
i64 saturated(std::string_view text) {
  bool negative = is_negative(text);
  i64 value = 0;
  for (char c : without_sign(text)) {
    if (c == '_') continue;
    if (value < i64{1} << 40) value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

// Rounds mantissa * 2^exponent to the nearest float, ties to even. `sticky` says that bits below the mantissa were lost.
template <class Float>
std::optional<typename Format<Float>::Bits> round(u64 mantissa, i64 exponent, bool sticky) {
  using F = Format<Float>;
  using Bits = typename F::Bits;
  if (mantissa == 0) return Bits{0};
  // Put the leading one into bit 63; the value is 1.xxx * 2^scale.
  int shift = std::countl_zero(mantissa);
  mantissa <<= shift;
  i64 scale = exponent - shift + 63;
  constexpr i64 kMin = 1 - F::kMaxExponent;
  if (scale > F::kMaxExponent) return std::nullopt;
  // How many low bits of the mantissa do not fit.
  i64 drop = 63 - F::kMantissa;
  if (scale < kMin) drop += kMin - scale;
  if (drop > 64) return Bits{0};  // below half of the least subnormal
  u64 kept = drop == 64 ? 0 : mantissa >> drop;
  u64 half = u64{1} << (drop - 1);
  bool above = (mantissa & (half - 1)) != 0 || sticky;
  bool at_half = (mantissa & half) != 0;
  if (at_half && (above || (kept & 1))) ++kept;
  // A subnormal that rounds up to 2^mantissa becomes the least normal by itself; a normal loses its leading one.
  u64 bits = scale < kMin ? kept : (static_cast<u64>(scale + F::kMaxExponent - 1) << F::kMantissa) + kept;
  constexpr u64 kInfinity = static_cast<u64>(2 * F::kMaxExponent + 1) << F::kMantissa;
  if (bits >= kInfinity) return std::nullopt;
  return static_cast<Bits>(bits);
}

template <class Float>
std::optional<typename Format<Float>::Bits> parse_hex_float(std::string_view text) {
  text.remove_prefix(2);
  u64 mantissa = 0;
  i64 exponent = 0;
  bool sticky = false;
  bool fraction = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (c == '_') continue;
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (!chars::is_hex(c)) break;
    u32 digit = chars::hex_value(c);
    if (mantissa >> 60 == 0) {
      mantissa = mantissa << 4 | digit;
      if (fraction) exponent -= 4;
    } else {
      sticky |= digit != 0;
      if (!fraction) exponent += 4;
    }
  }
  if (i < text.size()) exponent += saturated(text.substr(i + 1));
  return round<Float>(mantissa, exponent, sticky);
}

template <class Float>
std::optional<typename Format<Float>::Bits> parse_decimal(std::string_view text) {
  using Bits = typename Format<Float>::Bits;
  std::string copy;
  if (text.find('_') != std::string_view::npos) {
    for (char c : text)
      if (c != '_') copy.push_back(c);
    text = copy;
  }
  Float value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // Too small is zero, too large is refused. Which of both it is shows in where the first digit that is not zero stands,
    // counted from the decimal point: far from the exponents of either format, so that roughly is enough.
    i64 point = 0, place = 0;
    bool seen_point = false, seen_digit = false;
    std::size_t i = 0;
    for (; i < text.size() && (text[i] | 0x20) != 'e'; ++i) {
      if (text[i] == '.') {
        seen_point = true;
        continue;
      }
      if (!seen_point) ++point;
      if (!seen_digit) {
        if (text[i] != '0')
          seen_digit = true;
        else
          ++place;
      }
    }
    if (!seen_digit) return Bits{0};
    i64 magnitude = point - place;
    if (i < text.size()) magnitude += saturated(text.substr(i + 1));
    if (magnitude > 0) return std::nullopt;
    return Bits{0};
  }
  auto bits = std::bit_cast<Bits>(value);
  constexpr u64 kInfinity = static_cast<u64>(2 * Format<Float>::kMaxExponent + 1) << Format<Float>::kMantissa;
  if (bits == static_cast<Bits>(kInfinity)) return std::nullopt;
  return bits;
}

template <class Float>
std::optional<typename Format<Float>::Bits> parse_float(std::string_view text) {
  using F = Format<Float>;
  using Bits = typename F::Bits;
  constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
  constexpr Bits kInfinity = static_cast<Bits>(2 * F::kMaxExponent + 1) << F::kMantissa;
  Bits sign = is_negative(text) ? kSign : 0;
  text = without_sign(text);
  if (text == "inf") return kInfinity | sign;
  if (text == "nan") return kInfinity | Bits{1} << (F::kMantissa - 1) | sign;
  if (text.starts_with("nan:0x")) {
    auto payload = parse_integer(text.substr(4));
    if (!payload || payload->magnitude == 0 || payload->magnitude >> F::kMantissa != 0) return std::nullopt;
    return kInfinity | static_cast<Bits>(payload->magnitude) | sign;
  }
  auto bits = text.starts_with("0x") ? parse_hex_float<Float>(text) : parse_decimal<Float>(text);
  if (!bits) return std::nullopt;
  return *bits | sign;
}

}  // namespace

std::optional<u32> parse_f32(std::string_view text) {
  return parse_float<f32>(text);
}
std::optional<u64> parse_f64(std::string_view text) {
  return parse_float<f64>(text);
}

}  // namespace tenon::text
