// What the base library promises: integers, text, indices and errors.
#include <limits>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include "tenon/base/bits128.h"
#include "tenon/base/index.h"
#include "tenon/base/leb128.h"
#include "tenon/base/result.h"
#include "tenon/base/utf8.h"

namespace tenon {
namespace {

// Numbers at and around every power of two, where encodings change their length.
template <class T>
std::vector<T> edges() {
  std::vector<T> out = {0, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  for (unsigned bit = 0; bit < sizeof(T) * 8; ++bit)
    for (int delta = -1; delta <= 1; ++delta) {
      u64 value = (u64{1} << bit) + static_cast<u64>(i64{delta});
      out.push_back(static_cast<T>(value));
      out.push_back(static_cast<T>(~value));
    }
  return out;
}

TEST(Leb128, UnsignedComesBackInTheFewestBytes) {
  for (u64 value : edges<u64>()) {
    std::vector<u8> bytes;
    append_uleb(bytes, value);
    EXPECT_EQ(bytes.size(), value == 0 ? 1u : (64 - static_cast<unsigned>(__builtin_clzll(value)) + 6) / 7);
    const u8* p = bytes.data();
    EXPECT_EQ(decode_uleb<u64>(p), value);
    EXPECT_EQ(p, bytes.data() + bytes.size());
    p = bytes.data();
    skip_leb(p);
    EXPECT_EQ(p, bytes.data() + bytes.size());
  }
  for (u32 value : edges<u32>()) {
    std::vector<u8> bytes;
    append_uleb(bytes, value);
    const u8* p = bytes.data();
    EXPECT_EQ(decode_uleb<u32>(p), value);
  }
}

TEST(Leb128, SignedComesBackInTheFewestBytes) {
  for (i64 value : edges<i64>()) {
    std::vector<u8> bytes;
    append_sleb(bytes, value);
    u64 magnitude = static_cast<u64>(value < 0 ? ~value : value);
    unsigned bits = magnitude == 0 ? 1 : 65 - static_cast<unsigned>(__builtin_clzll(magnitude));
    EXPECT_EQ(bytes.size(), (bits + 6) / 7);
    const u8* p = bytes.data();
    EXPECT_EQ(decode_sleb<i64>(p), value);
    EXPECT_EQ(p, bytes.data() + bytes.size());
  }
  for (i32 value : edges<i32>()) {
    std::vector<u8> bytes;
    append_sleb(bytes, value);
    const u8* p = bytes.data();
    EXPECT_EQ(decode_sleb<i32>(p), value);
  }
}

TEST(Leb128, PaddedFormsDecode) {
  const u8 zero[] = {0x80, 0x80, 0x80, 0x80, 0x00};
  const u8* p = zero;
  EXPECT_EQ(decode_uleb<u32>(p), 0u);
  EXPECT_EQ(p, zero + 5);
  const u8 minus_one[] = {0xff, 0xff, 0xff, 0xff, 0x7f};
  p = minus_one;
  EXPECT_EQ(decode_sleb<i32>(p), -1);
  const u8 long_minus_one[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
  p = long_minus_one;
  EXPECT_EQ(decode_sleb<i64>(p), -1);
}

// A second opinion that knows no shortcut: is `bytes` one scalar value in its shortest form?
bool is_scalar(Bytes bytes) {
  static constexpr u32 kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned length = bytes[0] < 0x80 ? 1 : bytes[0] >> 5 == 6 ? 2 : bytes[0] >> 4 == 14 ? 3 : bytes[0] >> 3 == 30 ? 4 : 0;
  if (length == 0 || length != bytes.size()) return false;
  u32 value = length == 1 ? bytes[0] : bytes[0] & (0x7f >> length);
  for (unsigned i = 1; i < length; ++i) {
    if (bytes[i] >> 6 != 2) return false;
    value = value << 6 | (bytes[i] & 0x3f);
  }
  return value >= kLeast[length] && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff);
}

TEST(Utf8, EveryScalarValueComesBack) {
  for (char32_t scalar = 0; scalar <= 0x10ffff; ++scalar) {
    if (scalar == 0xd800) scalar = 0xe000;
    std::string text;
    append_utf8(text, scalar);
    ASSERT_TRUE(is_utf8(as_bytes(text)));
    std::size_t pos = 0;
    ASSERT_EQ(decode_utf8(as_bytes(text), pos), scalar);
    ASSERT_EQ(pos, text.size());
  }
}

TEST(Utf8, EverySequenceOfTwoAndAllLeadsOfThree) {
  for (unsigned a = 0; a < 256; ++a) {
    u8 bytes[4] = {static_cast<u8>(a)};
    EXPECT_EQ(is_utf8(Bytes(bytes, 1)), is_scalar(Bytes(bytes, 1)));
    for (unsigned b = 0; b < 256; ++b) {
      bytes[1] = static_cast<u8>(b);
      bool two = is_scalar(Bytes(bytes, 2)) || (a < 0x80 && b < 0x80);
      ASSERT_EQ(is_utf8(Bytes(bytes, 2)), two) << a << ' ' << b;
      for (unsigned c : {0x00u, 0x7fu, 0x80u, 0xbfu, 0xc0u, 0xffu}) {
        bytes[2] = static_cast<u8>(c);
        if (a < 0xc0) continue;
        bool three = is_scalar(Bytes(bytes, 3)) || (is_scalar(Bytes(bytes, 2)) && c < 0x80);
        ASSERT_EQ(is_utf8(Bytes(bytes, 3)), three) << a << ' ' << b << ' ' << c;
        bytes[3] = 0x80;
        bool four = is_scalar(Bytes(bytes, 4));
        ASSERT_EQ(is_utf8(Bytes(bytes, 4)), four) << a << ' ' << b << ' ' << c;
      }
    }
  }
}

TEST(Utf8, ABadByteDoesNotMoveThePosition) {
  for (std::string_view text : {"\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80"}) {
    std::size_t pos = 0;
    EXPECT_EQ(decode_utf8(as_bytes(text), pos), std::nullopt);
    EXPECT_EQ(pos, 0u);
  }
  std::size_t end = 0;
  EXPECT_EQ(decode_utf8({}, end), std::nullopt);
}

TEST(Utf8, BadBytesAreFoundAtEveryPlaceOfLongTexts) {
  // Fast paths look at several bytes at once: put the bad byte at each distance from the ends.
  for (std::size_t length : {1u, 7u, 8u, 15u, 16u, 17u, 31u, 32u, 33u, 64u, 65u})
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      EXPECT_TRUE(is_utf8(as_bytes(text)));
      text[at] = '\x80';
      EXPECT_FALSE(is_utf8(as_bytes(text))) << length << ' ' << at;
    }
}

TEST(Index, ComparesAndHashesWithItsKind) {
  using Place = Index<struct PlaceTag>;
  EXPECT_EQ(Place().value(), 0u);
  EXPECT_LT(Place(1), Place(2));
  EXPECT_EQ(std::unordered_set<Place>({Place(3), Place(3), Place(4)}).size(), 2u);
  static_assert(!std::is_convertible_v<u32, Place>);
  static_assert(!std::is_same_v<Place, Index<struct OtherTag>>);
}

TEST(Bits128, LanesLieInMemoryOrder) {
  auto value = Bits128::from_lanes<u8>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  EXPECT_EQ(value.lo, 0x0706050403020100u);
  EXPECT_EQ(value.hi, 0x0f0e0d0c0b0a0908u);
  EXPECT_EQ(value.lanes<u32>()[1], 0x07060504u);
  u8 bytes[17];
  value.store(bytes + 1);
  EXPECT_EQ(Bits128::load(bytes + 1), value);
}

struct Note : ErrorPayload {
  int number = 7;
};

Result<int> halve(int value) {
  if (value % 2) return fail(ErrorCode{}, u64{31}, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  TENON_TRY(int half, halve(value));
  TENON_TRY_VOID(halve(half));
  TENON_TRY(int result, halve(half));
  return result;
}

TEST(Result, TriesPassErrorsOn) {
  EXPECT_EQ(quarter(12).value(), 3);
  auto bad = quarter(6);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message(), "odd");
  EXPECT_EQ(bad.error().offset(), 31u);
}

TEST(Result, ErrorsCarryTheirFacts) {
  Error error =
      Error(ErrorCode{3}, "inner").with_offset(0x1f).with_missing(Feature{2}).with_context("outer").with_context("outermost");
  EXPECT_EQ(error.code(), ErrorCode{3});
  EXPECT_EQ(error.to_string(), "inner (at offset 0x1f)");
  EXPECT_EQ(error.missing_feature(), Feature{2});
  EXPECT_EQ(error.context(), (std::vector<std::string>{"outer", "outermost"}));
  EXPECT_EQ(error.payload(), nullptr);
  error = std::move(error).with_payload(std::make_shared<Note>());
  EXPECT_EQ(static_cast<Note*>(error.payload())->number, 7);
  EXPECT_EQ(Error(ErrorCode{}, "plain").to_string(), "plain");
}

}  // namespace
}  // namespace tenon
