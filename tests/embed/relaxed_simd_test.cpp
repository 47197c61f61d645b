// Relaxed SIMD in its two forms: what each gives is permitted, lane by lane, and the deterministic form is what its profile says.
// The permitted results are those of proposals/relaxed-simd, Overview.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <functional>
#include <random>

#include "embed.h"

namespace tenon::embed_test {
namespace {

template <class T>
using Lanes = std::array<T, 16 / sizeof(T)>;

template <class T>
Lanes<T> lanes(const Bits128& value) {
  return std::bit_cast<Lanes<T>>(value);
}

// The permitted values of one lane, that of the deterministic profile first.
template <class T>
using Permitted = std::vector<T>;

template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    // The bits of a NaN are not looked at.
    return (a != a && b != b) || std::memcmp(&a, &b, sizeof a) == 0;
  } else {
    return a == b;
  }
}

struct Operands {
  Bits128 a, b, c;
};

struct Case {
  const char* name;
  int arity;
  // What is wrong with a result of these operands; `fixed`: it must be the deterministic one.
  std::function<std::string(const Operands&, const Bits128& result, bool fixed)> problem;
};

// A rule for each lane of type T.
template <class T, class Rule>
Case by_lane(const char* name, int arity, Rule rule) {
  return {name, arity, [rule](const Operands& operands, const Bits128& result, bool fixed) -> std::string {
            Lanes<T> got = lanes<T>(result);
            for (u32 i = 0; i < got.size(); ++i) {
              Permitted<T> permitted = rule(operands, i);
              bool good = same(got[i], permitted[0]);
              for (std::size_t k = 1; k < permitted.size() && !fixed; ++k) good |= same(got[i], permitted[k]);
              if (!good) return fmt::format("lane {} is {}, not {}", i, got[i], permitted[0]);
            }
            return {};
          }};
}

template <class To, class From>
Case truncation(const char* name) {
  return by_lane<To>(name, 1, [](const Operands& o, u32 i) -> Permitted<To> {
    auto x = lanes<From>(o.a);
    if (i >= x.size()) return {0};
    constexpr To least = std::numeric_limits<To>::min(), most = std::numeric_limits<To>::max();
    constexpr To other = std::is_signed_v<To> ? least : most;
    if (x[i] != x[i]) return {0, other};
    double r = std::trunc(static_cast<double>(x[i]));
    if (r < static_cast<double>(least)) return {least, other};
    if (r > static_cast<double>(most)) return {most, other};
    return {static_cast<To>(r)};
  });
}

template <class F>
void add_floats(std::vector<Case>& cases, const char* madd, const char* nmadd, const char* min, const char* max) {
  cases.push_back(by_lane<F>(madd, 3, [](const Operands& o, u32 i) -> Permitted<F> {
    F a = lanes<F>(o.a)[i], b = lanes<F>(o.b)[i], c = lanes<F>(o.c)[i];
    volatile F product = a * b;  // rounded
    return {std::fma(a, b, c), product + c};
  }));
  cases.push_back(by_lane<F>(nmadd, 3, [](const Operands& o, u32 i) -> Permitted<F> {
    F a = lanes<F>(o.a)[i], b = lanes<F>(o.b)[i], c = lanes<F>(o.c)[i];
    volatile F product = a * b;
    return {std::fma(-a, b, c), c - product};
  }));
  for (bool is_min : {true, false}) {
    cases.push_back(by_lane<F>(is_min ? min : max, 2, [is_min](const Operands& o, u32 i) -> Permitted<F> {
      F a = lanes<F>(o.a)[i], b = lanes<F>(o.b)[i];
      if (a != a || b != b) return {std::numeric_limits<F>::quiet_NaN(), a, b};
      if (a == 0 && b == 0) return {std::signbit(a) == is_min ? a : b, a, b};
      return {is_min == (a < b) ? a : b};
    }));
  }
}

template <class U>
Case laneselect(const char* name) {
  return by_lane<U>(name, 3, [](const Operands& o, u32 i) -> Permitted<U> {
    U a = lanes<U>(o.a)[i], b = lanes<U>(o.b)[i], m = lanes<U>(o.c)[i];
    return {static_cast<U>((a & m) | (b & ~m)), m >> (8 * sizeof(U) - 1) ? a : b};
  });
}

// The pair of products that makes lane i of the 16-bit dot product: signed or unsigned second operand, wrapping or saturating.
Permitted<i16> dot(const Operands& o, u32 i) {
  auto a = lanes<i8>(o.a), b = lanes<i8>(o.b);
  Permitted<i16> out;
  for (bool is_unsigned : {false, true}) {
    auto second = [&](u32 at) { return is_unsigned ? static_cast<i32>(static_cast<u8>(b[at])) : i32{b[at]}; };
    i32 sum = a[2 * i] * second(2 * i) + a[2 * i + 1] * second(2 * i + 1);
    out.push_back(static_cast<i16>(std::clamp(sum, -0x8000, 0x7fff)));
    out.push_back(static_cast<i16>(sum));
  }
  return out;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  cases.push_back(by_lane<u8>("i8x16.relaxed_swizzle", 2, [](const Operands& o, u32 i) -> Permitted<u8> {
    auto a = lanes<u8>(o.a), s = lanes<u8>(o.b);
    if (s[i] < 16) return {a[s[i]]};
    if (s[i] < 128) return {0, a[s[i] % 16]};
    return {0};
  }));
  cases.push_back(truncation<i32, f32>("i32x4.relaxed_trunc_f32x4_s"));
  cases.push_back(truncation<u32, f32>("i32x4.relaxed_trunc_f32x4_u"));
  cases.push_back(truncation<i32, f64>("i32x4.relaxed_trunc_f64x2_s_zero"));
  cases.push_back(truncation<u32, f64>("i32x4.relaxed_trunc_f64x2_u_zero"));
  add_floats<f32>(cases, "f32x4.relaxed_madd", "f32x4.relaxed_nmadd", "f32x4.relaxed_min", "f32x4.relaxed_max");
  add_floats<f64>(cases, "f64x2.relaxed_madd", "f64x2.relaxed_nmadd", "f64x2.relaxed_min", "f64x2.relaxed_max");
  cases.push_back(laneselect<u8>("i8x16.relaxed_laneselect"));
  cases.push_back(laneselect<u16>("i16x8.relaxed_laneselect"));
  cases.push_back(laneselect<u32>("i32x4.relaxed_laneselect"));
  cases.push_back(laneselect<u64>("i64x2.relaxed_laneselect"));
  cases.push_back(by_lane<i16>("i16x8.relaxed_q15mulr_s", 2, [](const Operands& o, u32 i) -> Permitted<i16> {
    i32 a = lanes<i16>(o.a)[i], b = lanes<i16>(o.b)[i];
    if (a == -0x8000 && b == -0x8000) return {0x7fff, -0x8000};
    return {static_cast<i16>((a * b + 0x4000) >> 15)};
  }));
  cases.push_back(by_lane<i16>("i16x8.relaxed_dot_i8x16_i7x16_s", 2, dot));
  cases.push_back(by_lane<i32>("i32x4.relaxed_dot_i8x16_i7x16_add_s", 3, [](const Operands& o, u32 i) -> Permitted<i32> {
    Permitted<i16> low = dot(o, 2 * i), high = dot(o, 2 * i + 1);
    Permitted<i32> out;
    // An environment makes its choices once, for all lanes.
    for (std::size_t k = 0; k < low.size(); ++k)
      out.push_back(static_cast<i32>(static_cast<u32>(low[k] + high[k]) + static_cast<u32>(lanes<i32>(o.c)[i])));
    return out;
  }));
  return cases;
}

// Random bits, and often the values at which the permitted results part.
Bits128 operand(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0: {
      static constexpr f32 kValues[] = {0,     -0.0f,    1,         -1.5f, 2147483648.0f, -2147483904.0f, 4294967296.0f,
                                        1e30f, INFINITY, -INFINITY, NAN};
      Lanes<f32> out;
      for (f32& lane : out) lane = kValues[random() % std::size(kValues)];
      return std::bit_cast<Bits128>(out);
    }
    case 1: {
      static constexpr f64 kValues[] = {0,     -0.0,     1,         -2.5, 2147483647.5, -2147483649.0, 4294967295.5,
                                        1e300, INFINITY, -INFINITY, NAN};
      Lanes<f64> out;
      for (f64& lane : out) lane = kValues[random() % std::size(kValues)];
      return std::bit_cast<Bits128>(out);
    }
    case 2: {
      static constexpr u8 kValues[] = {0x80, 0x00, 0xff, 0x7f, 0x01, 0x0f, 0x10};
      Lanes<u8> out;
      for (u8& lane : out) lane = kValues[random() % std::size(kValues)];
      return std::bit_cast<Bits128>(out);
    }
    default:
      return {random(), random()};
  }
}

TEST(RelaxedSimd, BothFormsGiveWhatIsPermitted) {
  std::string wat = "(module";
  std::vector<Case> cases = all_cases();
  ASSERT_EQ(cases.size(), 20u);
  for (const Case& test : cases) {
    std::string gets;
    for (int i = 0; i < 3; ++i) gets += i < test.arity ? fmt::format("(local.get {})", i) : "";
    wat += fmt::format("(func (export \"{}\") (param v128 v128 v128) (result v128) ({} {}))", test.name, test.name, gets);
  }
  wat += ")";
  Config fixed = everything(), native = everything();
  fixed.deterministic_relaxed_simd = true;
  World worlds[] = {World(native), World(fixed)};
  Instance instances[] = {worlds[0].instantiate(wat), worlds[1].instantiate(wat)};
  int differing = 0;
  for (const Case& test : cases) {
    std::mt19937_64 random(7);
    auto relaxed = typed<Bits128(Bits128, Bits128, Bits128)>(instances[0], test.name);
    auto deterministic = typed<Bits128(Bits128, Bits128, Bits128)>(instances[1], test.name);
    bool differs = false;
    for (int i = 0; i < 4000; ++i) {
      Operands operands{operand(random), operand(random), operand(random)};
      Bits128 a = take(relaxed.call(operands.a, operands.b, operands.c));
      Bits128 b = take(deterministic.call(operands.a, operands.b, operands.c));
      ASSERT_EQ(test.problem(operands, a, false), "") << test.name;
      ASSERT_EQ(test.problem(operands, b, true), "") << test.name << ", deterministic";
      differs |= a != b;
    }
    differing += differs;
  }
  // The switch is no mere word: every instruction has two forms here.
  EXPECT_EQ(differing, 20);
}

}  // namespace
}  // namespace tenon::embed_test
