#include "tenon/binary/ops.h"

#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/binary/errors.h"

namespace tenon::binary {
namespace {

using testing::Build;
using testing::ByteVector;

// Some bytes for the immediates of a row: what the fields' definitions say, with numbers that differ.
ByteVector immediates_of(Imm imm) {
  Build build;
  for (ImmField field : kImmFields[static_cast<u8>(imm)]) {
    switch (field) {
      case ImmField::None:
        break;
      case ImmField::BlockType:
        build.byte(0x40);
        break;
      case ImmField::Labels:
        build.bytes({2, 1, 2, 3});
        break;
      case ImmField::MemArg:
        build.bytes({0, 0x85, 0x01});
        break;
      case ImmField::ValTypes:
        build.bytes({1, 0x7f});
        break;
      case ImmField::HeapType:
        build.byte(0x70);
        break;
      case ImmField::CastFlags:
        build.byte(3);
        break;
      case ImmField::I32:
        build.sleb(-70000);
        break;
      case ImmField::I64:
        build.sleb(-(i64{1} << 40));
        break;
      case ImmField::F32:
        build.bytes({1, 2, 3, 4});
        break;
      case ImmField::F64:
        build.bytes({1, 2, 3, 4, 5, 6, 7, 8});
        break;
      case ImmField::V128:
      case ImmField::Lanes16:
        for (int i = 0; i < 16; ++i) build.byte(i);
        break;
      case ImmField::Lane:
        build.byte(1);
        break;
      case ImmField::Zero:
        build.byte(0);
        break;
      case ImmField::Ordering:
        build.byte(1);
        break;
      case ImmField::Catches:
        build.bytes({3, 0, 1, 2, 2, 1, 3, 0});
        break;
      case ImmField::Handlers:
        build.bytes({2, 0, 1, 2, 1, 3});
        break;
      default:
        build.uleb(300);
        break;
    }
  }
  return build;
}

// Every row's opcode and immediates are read to their last byte, and one byte less is a fault at the end.
TEST(Ops, ReadsTheImmediatesOfEveryRow) {
  for (std::size_t i = 0; i < kOpCount; ++i) {
    Op op = static_cast<Op>(i);
    ByteVector bytes = Build().op(op).append(immediates_of(info(op).imm));
    Reader reader(bytes);
    Immediates immediates;
    EXPECT_EQ(read_op(reader), op) << info(op).text;
    read_immediates(reader, op, 0, Features::all(), immediates);
    EXPECT_TRUE(reader.ok()) << info(op).text;
    EXPECT_TRUE(reader.at_end()) << info(op).text;
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      Reader cut(Bytes(bytes.data(), size));
      Op found = read_op(cut);
      if (cut.ok()) read_immediates(cut, found, 0, Features::all(), immediates);
      ASSERT_FALSE(cut.ok()) << info(op).text;
      EXPECT_EQ(cut.fault()->kind, ReadError::UnexpectedEnd);
      EXPECT_LE(cut.fault()->offset, size) << info(op).text;
    }
  }
}

TEST(Ops, KnowsTwoOrderings) {
  for (u8 ordering : {0, 1, 2, 255}) {
    ByteVector bytes = Build().op(Op::GlobalAtomicGet).uleb(ordering).uleb(7);
    Reader reader(bytes);
    Immediates immediates;
    Op op = read_op(reader);
    read_immediates(reader, op, 0, Features::all(), immediates);
    EXPECT_EQ(reader.ok(), ordering < 2);
    if (reader.ok()) EXPECT_EQ(immediates.ordering, ordering);
    if (reader.ok()) EXPECT_EQ(immediates.index[0], 7u);
  }
}

TEST(Ops, RefusesOpcodesWithoutARow) {
  for (u32 byte = 0; byte < 256; ++byte) {
    if (byte >= 0xfb && byte <= 0xfe) continue;
    u8 bytes[] = {static_cast<u8>(byte)};
    Reader reader(bytes);
    read_op(reader);
    EXPECT_EQ(reader.ok(), find_op(0, byte).has_value()) << byte;
  }
  ByteVector bytes = Build().byte(0xfd).uleb(0x1ff);
  Reader reader(bytes, 5);
  read_op(reader);
  auto result = check(reader);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_string(), "unknown 0xfd subopcode: 0x1ff (at offset 0x5)");
  EXPECT_EQ(result.error().code(), ErrorCode::IllegalOpcode);
}

TEST(Ops, SkipsConstantExpressions) {
  ByteVector bytes = {0x41, 0x0b, 0x6a, 0x0b, 0x41};
  Reader reader(bytes, 10);
  EXPECT_EQ(skip_const_expr(reader, Features::all()).size(), 4u);
  EXPECT_EQ(reader.offset(), 14u);

  ByteVector nested = {0x02, 0x40, 0x0b, 0x0b};
  Reader blocks(nested);
  skip_const_expr(blocks, Features::all());
  auto result = check(blocks);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_string(), "control frames remain at end of expression (at offset 0x3)");

  ByteVector lost = {0x05, 0x0b};
  Reader outside(lost);
  skip_const_expr(outside, Features::all());
  EXPECT_EQ(check(outside).error().to_string(), "`else` found outside `If` block (at offset 0x1)");
}

}  // namespace
}  // namespace tenon::binary
