#include "text/numbers.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tenon::text {
namespace {

TEST(Numbers, AreClassified) {
  for (const char* text : {"0", "+0", "-12", "1_000", "0x0", "0xaF_f", "-0x1", "00"})
    EXPECT_EQ(classify_number(text), NumberClass::Integer) << text;
  for (const char* text : {"0.", "1.5", "1e5", "1E+5", "1.5e-1_0", "0x1.8", "0x1p3", "0x1.p-3", "inf", "-inf", "+nan", "nan:0x1",
                           "0x1P+1_0", "1_0.5_0"})
    EXPECT_EQ(classify_number(text), NumberClass::Float) << text;
  for (const char* text :
       {"",    "+",    "_1",     "1_",    "1__0",          "0x",   "0x_1",   "0xg", "1a",       ".5",       "1._5", "1.5_", "1e",
        "1e+", "1e5.", "nan:0x", "nan:1", "nan:canonical", "0x1p", "0x1e5p", "--1", "0x1.8e5q", "infinity", "1e5_"})
    EXPECT_EQ(classify_number(text), NumberClass::None) << text;
}

TEST(Numbers, IntegersOfAnyWidth) {
  EXPECT_EQ(parse_int("-1", 32), 0xffffffffu);
  EXPECT_EQ(parse_int("0xffff_ffff", 32), 0xffffffffu);
  EXPECT_EQ(parse_int("-0x8000_0000", 32), 0x80000000u);
  EXPECT_EQ(parse_int("-2147483649", 32), std::nullopt);
  EXPECT_EQ(parse_int("4294967296", 32), std::nullopt);
  EXPECT_EQ(parse_int("-128", 8), 0x80u);
  EXPECT_EQ(parse_int("-129", 8), std::nullopt);
  EXPECT_EQ(parse_int("255", 8), 255u);
  EXPECT_EQ(parse_int("256", 8), std::nullopt);
  EXPECT_EQ(parse_int("-9223372036854775808", 64), u64{1} << 63);
  EXPECT_EQ(parse_int("-9223372036854775809", 64), std::nullopt);
  EXPECT_EQ(parse_int("18446744073709551615", 64), ~u64{0});
  EXPECT_EQ(parse_int("18446744073709551616", 64), std::nullopt);
  EXPECT_EQ(parse_int("0x1_0000_0000_0000_0000", 64), std::nullopt);
  EXPECT_EQ(parse_uint("+7", 32), 7u);
  EXPECT_EQ(parse_uint("-7", 32), std::nullopt);
  EXPECT_EQ(parse_uint("0x1_0000_0000", 32), std::nullopt);
}

TEST(Numbers, DecimalFloats) {
  EXPECT_EQ(parse_f32("1"), 0x3f800000u);
  EXPECT_EQ(parse_f32("-0.0"), 0x80000000u);
  EXPECT_EQ(parse_f64("1_0.2_5e1_0"), std::bit_cast<u64>(10.25e10));
  EXPECT_EQ(parse_f64("1."), std::bit_cast<u64>(1.0));
  EXPECT_EQ(parse_f64("+1.e+2"), std::bit_cast<u64>(100.0));
  EXPECT_EQ(parse_f64("4.9406564584124654e-324"), 1u);
  EXPECT_EQ(parse_f64("2.4703282292062327e-324"), 0u);  // rounds to even
  EXPECT_EQ(parse_f64("2.4703282292062329e-324"), 1u);
  EXPECT_EQ(parse_f64("1e-400"), 0u);
  EXPECT_EQ(parse_f64("-1e-99999999999999999999"), u64{1} << 63);
  EXPECT_EQ(parse_f64("0e99999999999999999999"), 0u);
  EXPECT_EQ(parse_f64("0.000e400"), 0u);
  EXPECT_EQ(parse_f64("1e400"), std::nullopt);
  EXPECT_EQ(parse_f64("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_f64("1.7976931348623157e308"), 0x7fefffffffffffffu);
  EXPECT_EQ(parse_f64("1.797693134862316e308"), std::nullopt);
  EXPECT_EQ(parse_f32("340282356779733661637539395458142568447"), 0x7f7fffffu);
  EXPECT_EQ(parse_f32("340282356779733661637539395458142568448"), std::nullopt);
  EXPECT_EQ(parse_f32("1.1754942e-38"), 0x007fffffu);  // the largest subnormal is nearer
  EXPECT_EQ(parse_f32("16777217"), 0x4b800000u);       // a tie, to even
  EXPECT_EQ(parse_f32("16777219"), 0x4b800002u);
  // Rounding to f64 first would be wrong.
  EXPECT_EQ(parse_f32("1.00000017881393432617187499"), 0x3f800001u);
  EXPECT_EQ(parse_f32("1.00000017881393432617187500000000000001"), 0x3f800002u);
  std::string long_zero = "0." + std::string(400, '0') + "1e400";
  EXPECT_EQ(parse_f64(long_zero), std::bit_cast<u64>(std::strtod(long_zero.c_str(), nullptr)));
}

TEST(Numbers, HexFloats) {
  EXPECT_EQ(parse_f32("0x1.8p1"), 0x40400000u);
  EXPECT_EQ(parse_f32("-0x0p+5"), 0x80000000u);
  EXPECT_EQ(parse_f32("0x1.fffffep127"), 0x7f7fffffu);
  EXPECT_EQ(parse_f32("0x1.fffffeffp127"), 0x7f7fffffu);
  EXPECT_EQ(parse_f32("0x1.ffffffp127"), std::nullopt);  // rounds to infinity
  EXPECT_EQ(parse_f32("0x1p128"), std::nullopt);
  EXPECT_EQ(parse_f32("0x1p-149"), 1u);
  EXPECT_EQ(parse_f32("0x1p-150"), 0u);  // a tie, to even
  EXPECT_EQ(parse_f32("0x1.000002p-150"), 1u);
  EXPECT_EQ(parse_f32("0x0.fffffffp-126"), 0x00800000u);  // rounds up to the least normal
  EXPECT_EQ(parse_f32("0x1.000001p0"), 0x3f800000u);
  EXPECT_EQ(parse_f32("0x1.000003p0"), 0x3f800002u);
  EXPECT_EQ(parse_f32("0x1.000001000000000000000000000001p0"), 0x3f800001u);
  EXPECT_EQ(parse_f64("0x1.00000000000008p0"), 0x3ff0000000000000u);
  EXPECT_EQ(parse_f64("0x1.000000000000080000000000000000000000000001p0"), 0x3ff0000000000001u);
  // The last digit that still fits the mantissa is lost by some parsers.
  EXPECT_EQ(parse_f64("0x1.000000000000080001p0"), 0x3ff0000000000001u);
  EXPECT_EQ(parse_f64("0x0.0000000000000000000000000000000001p+136"), std::bit_cast<u64>(1.0));
  EXPECT_EQ(parse_f64("0x1p99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_f64("0x1p-99999999999999999999"), 0u);
  EXPECT_EQ(parse_f64("0xffff_ffff_ffff_ffff_ffff"), std::bit_cast<u64>(std::ldexp(1.0, 80)));
}

TEST(Numbers, InfinitiesAndNans) {
  EXPECT_EQ(parse_f32("inf"), 0x7f800000u);
  EXPECT_EQ(parse_f32("-inf"), 0xff800000u);
  EXPECT_EQ(parse_f32("nan"), 0x7fc00000u);
  EXPECT_EQ(parse_f32("-nan:0x1"), 0xff800001u);
  EXPECT_EQ(parse_f32("nan:0x7f_ffff"), 0x7fffffffu);
  EXPECT_EQ(parse_f32("nan:0x80_0000"), std::nullopt);
  EXPECT_EQ(parse_f32("nan:0x0"), std::nullopt);
  EXPECT_EQ(parse_f64("nan:0x8_0000_0000_0000"), 0x7ff8000000000000u);
  EXPECT_EQ(parse_f64("nan:0x10_0000_0000_0000"), std::nullopt);
  EXPECT_EQ(parse_f64("nan:0x1_0000_0000_0000_0000"), std::nullopt);
}

// Against the C library, whose hexadecimal and decimal conversions round correctly.
TEST(Numbers, AgreeWithTheCLibrary) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    u64 mantissa = random() >> random() % 60;
    int exponent = static_cast<int>(random() % 2200) - 1150;
    std::string hex = fmt::format("0x{:x}.{:x}p{}", mantissa, random() >> random() % 64, exponent);
    double d = std::strtod(hex.c_str(), nullptr);
    auto bits = parse_f64(hex);
    if (std::isinf(d))
      EXPECT_EQ(bits, std::nullopt) << hex;
    else
      EXPECT_EQ(bits, std::bit_cast<u64>(d)) << hex;
    float f = std::strtof(hex.c_str(), nullptr);
    auto bits32 = parse_f32(hex);
    if (std::isinf(f))
      EXPECT_EQ(bits32, std::nullopt) << hex;
    else
      EXPECT_EQ(bits32, std::bit_cast<u32>(f)) << hex;
    std::string decimal = fmt::format("{}.{}e{}", mantissa, random(), static_cast<int>(random() % 700) - 360);
    d = std::strtod(decimal.c_str(), nullptr);
    bits = parse_f64(decimal);
    if (std::isinf(d))
      EXPECT_EQ(bits, std::nullopt) << decimal;
    else
      EXPECT_EQ(bits, std::bit_cast<u64>(d)) << decimal;
    f = std::strtof(decimal.c_str(), nullptr);
    bits32 = parse_f32(decimal);
    if (std::isinf(f))
      EXPECT_EQ(bits32, std::nullopt) << decimal;
    else
      EXPECT_EQ(bits32, std::bit_cast<u32>(f)) << decimal;
  }
}

}  // namespace
}  // namespace tenon::text
