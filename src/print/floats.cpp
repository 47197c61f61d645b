// Floats as the printer writes them: hexadecimal, exact, with the shortest decimal that reads back as the same number.
#include "floats.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace tenon::print {
namespace {

// The shortest digits of a finite float, laid out without an exponent.
template <class F>
void append_decimal(std::string& out, F value) {
  if (std::signbit(value)) {
    out += '-';
    value = -value;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  char text[40];
  char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  char* e = std::find(text, end, 'e');
  std::string digits(1, text[0]);
  if (e != text + 1) digits.append(text + 2, e);
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  const int whole = exponent + 1;  // digits before the point
  if (whole <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-whole), '0');
    out += digits;
  } else if (const auto count = static_cast<std::size_t>(whole); count >= digits.size()) {
    out += digits;
    out.append(count - digits.size(), '0');
  } else {
    out.append(digits, 0, count);
    out += '.';
    out.append(digits, count);
  }
}

template <class F, class U>
FloatText make(U bits) {
  constexpr int kMantissa = sizeof(U) == 4 ? 23 : 52;
  constexpr int kExponentBits = sizeof(U) == 4 ? 8 : 11;
  constexpr int kBias = (1 << (kExponentBits - 1)) - 1;
  constexpr U kMantissaMask = (U{1} << kMantissa) - 1;
  FloatText out;
  out.negative = bits >> (sizeof(U) * 8 - 1);
  U mantissa = bits & kMantissaMask;
  int exponent = static_cast<int>(bits >> kMantissa & ((1u << kExponentBits) - 1));
  if (exponent == (1 << kExponentBits) - 1) {
    out.special = true;
    if (mantissa == 0) {
      out.literal = "inf";
      out.decimal = out.negative ? "-inf" : "inf";
    } else {
      out.literal = "nan";
      if (mantissa != U{1} << (kMantissa - 1)) {
        char hex[20];
        out.literal += ":0x";
        out.literal.append(hex, std::to_chars(hex, hex + sizeof hex, mantissa, 16).ptr);
      }
      out.decimal = "NaN";
    }
    return out;
  }
  append_decimal(out.decimal, std::bit_cast<F>(bits));
  if (exponent == 0 && mantissa == 0) {
    out.literal = "0x0p+0";
    return out;
  }
  int power = exponent - kBias;
  bool has_point = mantissa != 0;  // also where moving a subnormal up leaves nothing behind the point
  if (exponent == 0) {
    // Subnormal: moved up until its first bit stands before the point.
    int lead = std::countl_zero(mantissa) - (static_cast<int>(sizeof(U)) * 8 - 1 - kMantissa);
    mantissa = static_cast<U>(mantissa << lead) & kMantissaMask;
    power = 1 - kBias - lead;
  }
  out.literal = "0x1";
  if (has_point) {
    out.literal += '.';
    for (U rest = static_cast<U>(mantissa << (sizeof(U) * 8 - kMantissa)); rest != 0; rest = static_cast<U>(rest << 4))
      out.literal += "0123456789abcdef"[rest >> (sizeof(U) * 8 - 4)];
  }
  out.literal += 'p';
  if (power >= 0) out.literal += '+';
  char number[12];
  out.literal.append(number, std::to_chars(number, number + sizeof number, power).ptr);
  return out;
}

std::string plain(const FloatText& text) {
  std::string out;
  if (text.negative) out += '-';
  out += text.literal;
  out += " (;=";
  out += text.decimal;
  out += ";)";
  return out;
}

}  // namespace

FloatText float_parts(u32 bits) {
  return make<float>(bits);
}
FloatText double_parts(u64 bits) {
  return make<double>(bits);
}

std::string float_text(u32 bits) {
  return plain(float_parts(bits));
}
std::string double_text(u64 bits) {
  return plain(double_parts(bits));
}

}  // namespace tenon::print
