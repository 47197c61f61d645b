#include "tenon/base/reader.h"

#include <gtest/gtest.h>

#include "tenon/base/leb128.h"

namespace tenon {
namespace {

TEST(Reader, ReadsFixedNumbers) {
  const u8 bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  Reader reader(bytes, 100);
  EXPECT_EQ(reader.read_u8(), 1);
  EXPECT_EQ(reader.read_u32(), 0x05040302u);
  EXPECT_EQ(reader.read_u64(), 0x0d0c0b0a09080706u);
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.offset(), 113u);
}

TEST(Reader, KeepsTheFirstFaultAndAnswersZero) {
  const u8 bytes[] = {7, 1, 2};
  Reader reader(bytes, 10);
  EXPECT_EQ(reader.read_u8(), 7);
  EXPECT_EQ(reader.read_u64(), 0u);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.fault()->kind, ReadError::UnexpectedEnd);
  EXPECT_EQ(reader.fault()->offset, 11u);
  EXPECT_EQ(reader.fault()->needed, 6u);
  EXPECT_EQ(reader.read_u8(), 0);
  EXPECT_EQ(reader.read_uleb32(), 0u);
  EXPECT_EQ(reader.fault()->offset, 11u);
}

struct LebCase {
  std::vector<u8> bytes;
  std::optional<i64> value;
  ReadError error = ReadError::None;
  u64 offset = 0;
};

template <class Read>
void check(const std::vector<LebCase>& cases, Read read) {
  for (const LebCase& test : cases) {
    Reader reader(test.bytes);
    i64 value = static_cast<i64>(read(reader));
    if (test.value) {
      EXPECT_TRUE(reader.ok());
      EXPECT_EQ(value, *test.value);
      EXPECT_TRUE(reader.at_end());
    } else {
      ASSERT_FALSE(reader.ok());
      EXPECT_EQ(reader.fault()->kind, test.error);
      EXPECT_EQ(reader.fault()->offset, test.offset);
      EXPECT_EQ(value, 0);
    }
  }
}

TEST(Reader, ChecksUnsigned32) {
  using enum ReadError;
  check({{{0x00}, 0},
         {{0x7f}, 127},
         {{0x80, 0x00}, 0},
         {{0x80, 0x80, 0x80, 0x80, 0x00}, 0},
         {{0xff, 0xff, 0xff, 0xff, 0x0f}, 0xffffffff},
         {{0xff, 0xff, 0xff, 0xff, 0x1f}, {}, IntegerTooLarge, 4},
         {{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, {}, IntegerTooLong, 4},
         {{0x80, 0x80}, {}, UnexpectedEnd, 2},
         {{}, {}, UnexpectedEnd, 0}},
        [](Reader& reader) { return reader.read_uleb32(); });
}

TEST(Reader, ChecksUnsigned64) {
  using enum ReadError;
  check({{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, -1},
         {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, {}, IntegerTooLarge, 9},
         {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, {}, IntegerTooLong, 9}},
        [](Reader& reader) { return reader.read_uleb64(); });
}

TEST(Reader, ChecksSigned32) {
  using enum ReadError;
  check({{{0x7f}, -1},
         {{0x3f}, 63},
         {{0x40}, -64},
         {{0xff, 0x7f}, -1},
         {{0x80, 0x80, 0x80, 0x80, 0x78}, -2147483648LL},
         {{0xff, 0xff, 0xff, 0xff, 0x07}, 2147483647},
         {{0xff, 0xff, 0xff, 0xff, 0x0f}, {}, IntegerTooLarge, 4},
         {{0x80, 0x80, 0x80, 0x80, 0x70}, {}, IntegerTooLarge, 4},
         {{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, {}, IntegerTooLong, 4}},
        [](Reader& reader) { return reader.read_sleb32(); });
}

TEST(Reader, ChecksSigned33And64) {
  using enum ReadError;
  check({{{0x40}, -64},
         {{0xff, 0xff, 0xff, 0xff, 0x0f}, 0xffffffff},
         {{0x80, 0x80, 0x80, 0x80, 0x70}, -4294967296LL},
         {{0xff, 0xff, 0xff, 0xff, 0x1f}, {}, IntegerTooLong, 4}},
        [](Reader& reader) { return reader.read_sleb33(); });
  check({{{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}, INT64_MIN},
         {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00}, INT64_MAX},
         {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, {}, IntegerTooLarge, 9},
         {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, {}, IntegerTooLong, 9}},
        [](Reader& reader) { return reader.read_sleb64(); });
}

// Checked and unchecked reading agree with encoding, at every power of two and its neighbours.
TEST(Reader, AgreesWithEncoding) {
  for (int bit = 0; bit < 64; ++bit) {
    for (i64 nudge : {-1, 0, 1}) {
      u64 number = (u64{1} << bit) + static_cast<u64>(nudge);
      std::vector<u8> bytes;
      append_uleb(bytes, number);
      Reader reader(bytes);
      EXPECT_EQ(reader.read_uleb64(), number);
      const u8* at = bytes.data();
      EXPECT_EQ(decode_uleb<u64>(at), number);
      for (i64 signed_number : {static_cast<i64>(number), static_cast<i64>(0 - number)}) {
        bytes.clear();
        append_sleb(bytes, signed_number);
        Reader again(bytes);
        EXPECT_EQ(again.read_sleb64(), signed_number);
        EXPECT_TRUE(again.at_end());
        if (signed_number != static_cast<i32>(signed_number)) continue;
        Reader narrow(bytes);
        EXPECT_EQ(narrow.read_sleb32(), signed_number);
      }
    }
  }
}

TEST(Reader, ChecksNames) {
  const u8 good[] = {3, 'a', 0xc3, 0xa4};
  Reader reader(good);
  EXPECT_EQ(reader.read_name(10), "a\xc3\xa4");

  const u8 bad[] = {2, 'a', 0xff};
  Reader malformed(bad);
  EXPECT_EQ(malformed.read_name(10), "");
  EXPECT_EQ(malformed.fault()->kind, ReadError::MalformedUtf8);
  EXPECT_EQ(malformed.fault()->offset, 2u);

  Reader long_name(good);
  long_name.read_name(2);
  EXPECT_EQ(long_name.fault()->kind, ReadError::NameTooLong);
  EXPECT_EQ(long_name.fault()->offset, 0u);

  const u8 cut[] = {3, 'a'};
  Reader short_name(cut);
  short_name.read_name(10);
  EXPECT_EQ(short_name.fault()->kind, ReadError::UnexpectedEnd);
  EXPECT_EQ(short_name.fault()->needed, 2u);
}

}  // namespace
}  // namespace tenon
