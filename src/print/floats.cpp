// Floats as the printer writes them: hexadecimal, exact, with the shortest decimal that reads back as the same number.
#include "floats.h"

#include <bit>
#include <charconv>

#include "tenon/base/decimal.h"

namespace tenon::print {
namespace {

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
  out.decimal += shortest_decimal(std::bit_cast<F>(bits));
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
