#include "tenon/base/decimal.h"

#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace tenon {
namespace {

TEST(Decimal, Shortest) {
  EXPECT_EQ(shortest_decimal(0.0), "0");
  EXPECT_EQ(shortest_decimal(-0.0f), "-0");
  EXPECT_EQ(shortest_decimal(0.5), "0.5");
  EXPECT_EQ(shortest_decimal(-100000.0f), "-100000");
  EXPECT_EQ(shortest_decimal(0.1), "0.1");
  EXPECT_EQ(shortest_decimal(0.1f), "0.1");
  EXPECT_EQ(shortest_decimal(12.75), "12.75");
  EXPECT_EQ(shortest_decimal(1e21), "1000000000000000000000");
  EXPECT_EQ(shortest_decimal(5e-324), "0." + std::string(323, '0') + "5");
  EXPECT_EQ(shortest_decimal(0x1.fffffep127f), "340282350000000000000000000000000000000");
}

TEST(Decimal, TiesGoUp) {
  // 2^-12 is 0.000244140625 exactly: eight digits suffice for an f32.
  EXPECT_EQ(shortest_decimal(0x1p-12f), "0.00024414063");
  EXPECT_EQ(shortest_decimal(0x1p-25), "0.000000029802322387695313");
  EXPECT_EQ(shortest_decimal(-0x1p-25), "-0.000000029802322387695313");
  // Not ties: the exact value goes on.
  EXPECT_EQ(shortest_decimal(0x1p-24), "0.00000005960464477539063");
  EXPECT_EQ(shortest_decimal(0x1.8p-12f), "0.00036621094");
}

TEST(Decimal, ReadsBack) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    const f64 wide = std::bit_cast<f64>(random() & ~(u64{1} << 62));
    EXPECT_EQ(std::strtod(shortest_decimal(wide).c_str(), nullptr), wide);
    const f32 narrow = std::bit_cast<f32>(static_cast<u32>(random()) & ~(u32{1} << 30));
    EXPECT_EQ(std::strtof(shortest_decimal(narrow).c_str(), nullptr), narrow);
    // Few bits: where ties are.
    const f64 few = std::ldexp(static_cast<f64>(random() & 0xfff), static_cast<int>(random() % 120) - 60);
    EXPECT_EQ(std::strtod(shortest_decimal(few).c_str(), nullptr), few);
  }
}

}  // namespace
}  // namespace tenon
