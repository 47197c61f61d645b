#include "tenon/base/decimal.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace tenon {
namespace {

/// The digits that to_chars wrote as d.ddde+xx, without the point, and the exponent.
struct Digits {
  std::string text;
  int exponent = 0;
};

Digits digits_of(const char* begin, const char* end) {
  const char* e = std::find(begin, end, 'e');
  Digits digits{std::string(1, *begin)};
  if (e != begin + 1) digits.text.append(begin + 2, e);
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, digits.exponent);
  return digits;
}

/// Of two decimals that are equally near, to_chars gives the one whose last digit is even: makes it the larger one.
template <class F>
void break_tie_upwards(F value, std::string& digits) {
  // A number with so many bits behind the point has more digits than lie between two shortest decimals.
  constexpr int kFractionBits = 26, kBits = 53;
  int power;
  const auto bits = static_cast<u64>(std::ldexp(std::frexp(static_cast<f64>(value), &power), kBits));
  if (kBits - std::countr_zero(bits) - power > kFractionBits) return;
  auto exact = [&](std::size_t more) {
    char text[400];
    const int precision = static_cast<int>(digits.size() - 1 + more);
    return digits_of(text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, precision).ptr).text;
  };
  const std::string tie = digits + "5";
  if (exact(1) != tie) return;
  constexpr std::size_t kAllDigits = 330;
  const std::string all = exact(kAllDigits);
  if (all.starts_with(tie) && all.find_first_not_of('0', tie.size()) == std::string::npos) ++digits.back();
}

template <class F>
std::string shortest(F value) {
  std::string out = std::signbit(value) ? "-" : "";
  value = std::fabs(value);
  if (value == 0) return out + "0";
  char text[40];
  Digits digits = digits_of(text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr);
  break_tie_upwards(value, digits.text);
  const int whole = digits.exponent + 1;  // digits before the point
  if (whole <= 0) return out.append("0.").append(static_cast<std::size_t>(-whole), '0').append(digits.text);
  const auto count = static_cast<std::size_t>(whole);
  if (count >= digits.text.size()) return out.append(digits.text).append(count - digits.text.size(), '0');
  return out.append(digits.text, 0, count).append(".").append(digits.text, count);
}

}  // namespace

std::string shortest_decimal(f32 value) {
  return shortest(value);
}
std::string shortest_decimal(f64 value) {
  return shortest(value);
}

}  // namespace tenon
