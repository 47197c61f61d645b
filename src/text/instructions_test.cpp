// Every instruction of opcodes.def, plain and folded, from a text made of its row; what the bytes must be is put together from
// the same row's fields, independently of the parser.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tenon/base/leb128.h"
#include "tenon/spec/opcodes.h"
#include "tenon/text/wat.h"

namespace tenon::text {
namespace {

// One value for each field, in text and in bytes.
struct Immediates {
  std::string text;
  std::vector<u8> bytes;
};

std::vector<u8> opcode(Op op) {
  std::vector<u8> out;
  append_op(out, op);
  return out;
}

// The text order is the binary one but for the rows named here.
Immediates immediates(const OpInfo& row) {
  auto align = [&] {
    u8 log2 = 0;
    for (u32 n = row.mem; n > 1; n >>= 1) ++log2;
    return log2;
  };
  switch (row.imm) {
    case Imm::None:
      return {"", {}};
    case Imm::Block:
      return {"(result i32)", {0x7f}};
    case Imm::BrOnCast:
      return {"$label anyref (ref eq)", {1, 0, 0x6e, 0x6d}};
    case Imm::Data:
      return {"$data", {1}};
    case Imm::DataMemory:
      return {"$memory $data", {1, 1}};
    case Imm::Elem:
      return {"$elem", {1}};
    case Imm::ElemTable:
      return {"$table $elem", {1, 1}};
    case Imm::F32:
      return {"0x1p1", {0, 0, 0, 0x40}};
    case Imm::F64:
      return {"-2", {0, 0, 0, 0, 0, 0, 0, 0xc0}};
    case Imm::Fence:
      return {"", {0}};
    case Imm::Func:
      return {"$func", {1}};
    case Imm::Global:
      return {"$global", {1}};
    case Imm::HeapType:
      if (row.name == "RefTestNull" || row.name == "RefCastNull" || row.name == "RefCastDescEqNull")
        return {"(ref null any)", {0x6e}};
      return row.name == "RefNull" ? Immediates{"any", {0x6e}} : Immediates{"(ref any)", {0x6e}};
    case Imm::I32:
      return {"-0x80000000", {0x80, 0x80, 0x80, 0x80, 0x78}};
    case Imm::I64:
      return {"0xffffffffffffffff", {0x7f}};
    case Imm::Label:
      return {"$label", {0}};
    case Imm::LabelTable:
      return {"$label 1 $label", {2, 0, 1, 0}};
    case Imm::Lane:
      return {"0", {0}};
    case Imm::Local:
      return {"$local", {1}};
    case Imm::MemArg:
      return {"$memory offset=128 align=1", {0x40, 1, 0x80, 1}};
    case Imm::MemArgLane:
      return {"1 0", {static_cast<u8>(align() | 0x40), 1, 0, 0}};
    case Imm::Memory:
      return {"$memory", {1}};
    case Imm::MemoryMemory:
      return {"1 0", {1, 0}};
    case Imm::OrderedGlobal:
      return {"acq_rel $global", {1, 1}};
    case Imm::OrderedTable:
      return {"seq_cst $table", {0, 1}};
    case Imm::OrderedType:
      return {"acq_rel $type", {1, 1}};
    case Imm::OrderedTypeField:
      return {"seq_cst $struct $field", {0, 2, 1}};
    case Imm::Resume:
      return {"$type (on $tag $label) (on 0 switch)", {1, 2, 0, 1, 0, 1, 0}};
    case Imm::ResumeThrow:
      return {"$type $tag (on $tag $label)", {1, 1, 1, 0, 1, 0}};
    case Imm::Shuffle:
      return {"0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31}};
    case Imm::Table:
      return {"$table", {1}};
    case Imm::TableTable:
      return {"1 0", {1, 0}};
    case Imm::Tag:
      return {"$tag", {1}};
    case Imm::TryTable:
      return {"(catch $tag 0) (catch_ref 0 0) (catch_all $label) (catch_all_ref 0)", {0x40, 4, 0, 1, 0, 1, 0, 0, 2, 0, 3, 0}};
    case Imm::Type:
      return {"$type", {1}};
    case Imm::TypeCount:
      return {"$type 3", {1, 3}};
    case Imm::TypeData:
      return {"$type $data", {1, 1}};
    case Imm::TypeElem:
      return {"$type $elem", {1, 1}};
    case Imm::TypeField:
      return {"$struct $field", {2, 1}};
    case Imm::TypeTable:
      return {"$table (type $type)", {1, 1}};
    case Imm::TypeTag:
      return {"$type $tag", {1, 1}};
    case Imm::TypeType:
      return {"$type 0", {1, 0}};
    case Imm::V128:
      return {"i64x2 1 -1", {1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    case Imm::ValTypes:
      return {"(result i32)", {1, 0x7f}};
  }
  return {};
}

// A module whose spaces have two entries each, with the body in the second function.
std::string module(std::string_view body) {
  return fmt::format(
      R"((module (type (func)) (type $type (func)) (type $struct (struct (field i32) (field $field i32)))
  (func) (func $func (type 0) (local i32) (local $local i32) block $label {} end)
  (table 0 funcref) (table $table 0 funcref) (memory 0) (memory $memory 0) (global i32 (i32.const 0)) (global $global i32 (i32.const 0))
  (tag) (tag $tag) (elem func) (elem $elem func) (data) (data $data)))",
      body);
}

// The bytes between `block` and its `end` in the second body; empty where the text was refused.
std::vector<u8> body_bytes(std::string_view body) {
  auto bytes = parse_wat(module(body));
  if (!bytes) {
    ADD_FAILURE() << bytes.error().render();
    return {};
  }
  std::size_t at = 8;
  auto uleb = [&] {
    const u8* p = bytes->data() + at;
    u64 value = decode_uleb<u64>(p);
    at = static_cast<std::size_t>(p - bytes->data());
    return value;
  };
  while (at < bytes->size()) {
    u8 id = (*bytes)[at++];
    u64 size = uleb();
    if (id != 10) {
      at += size;
      continue;
    }
    uleb();        // bodies
    at += uleb();  // the first
    u64 length = uleb();
    std::vector<u8> second(bytes->begin() + static_cast<std::ptrdiff_t>(at),
                           bytes->begin() + static_cast<std::ptrdiff_t>(at + length));
    // one group of locals, block, ..., end, end
    return {second.begin() + 5, second.end() - 2};
  }
  return {};
}

class Instruction : public testing::TestWithParam<std::size_t> {};

TEST_P(Instruction, IsWrittenAsItsRowSays) {
  auto op = static_cast<Op>(GetParam());
  const OpInfo& row = info(op);
  Immediates imm = immediates(row);
  std::vector<u8> expected = opcode(op);
  expected.insert(expected.end(), imm.bytes.begin(), imm.bytes.end());
  std::string text = fmt::format("{} {}", row.text, imm.text);
  constexpr u8 kEnd = 0x0b;
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::Try:
    case Op::TryTable:
    case Op::If:
      expected.push_back(kEnd);
      EXPECT_EQ(body_bytes(text + " end"), expected);
      if (op == Op::If) text += " (then)";
      if (op == Op::Try) text += " (do)";
      EXPECT_EQ(body_bytes("(" + text + ")"), expected);
      return;
    case Op::End:
      EXPECT_EQ(body_bytes("block end"), (std::vector<u8>{0x02, 0x40, kEnd}));
      return;
    case Op::Else:
      EXPECT_EQ(body_bytes("if else end"), (std::vector<u8>{0x04, 0x40, 0x05, kEnd}));
      return;
    case Op::Catch:
      EXPECT_EQ(body_bytes("try catch $tag end"), (std::vector<u8>{0x06, 0x40, 0x07, 1, kEnd}));
      return;
    case Op::CatchAll:
      EXPECT_EQ(body_bytes("try catch_all end"), (std::vector<u8>{0x06, 0x40, 0x19, kEnd}));
      return;
    case Op::Delegate:
      EXPECT_EQ(body_bytes("try delegate $label"), (std::vector<u8>{0x06, 0x40, 0x18, 0}));
      return;
    default:
      break;
  }
  EXPECT_EQ(body_bytes(text), expected) << text;
  EXPECT_EQ(body_bytes("(" + text + ")"), expected) << text;
  std::vector<u8> folded = {0x00};
  folded.insert(folded.end(), expected.begin(), expected.end());
  EXPECT_EQ(body_bytes("(" + text + " (unreachable))"), folded) << text;
}

INSTANTIATE_TEST_SUITE_P(OpcodesDef, Instruction, testing::Range(std::size_t{0}, kOpCount),
                         [](const auto& parameter) { return std::string(kOps[parameter.param].name); });

TEST(Instructions, RefuseOddImmediates) {
  auto message = [](std::string_view body) {
    auto bytes = parse_wat(module(body));
    return bytes ? "accepted" : bytes.error().first().message;
  };
  EXPECT_EQ(message("i32.const"), "expected a i32");
  EXPECT_EQ(message("i32.const 4294967296"), "invalid i32 number: constant out of range");
  EXPECT_EQ(message("f32.const 1e40"), "invalid float value: constant out of range");
  EXPECT_EQ(message("i32.load offset=18446744073709551616"), "u64 constant out of range");
  EXPECT_EQ(message("i32.load align=3"), "alignment must be a power of two");
  EXPECT_EQ(message("i32.load align=0"), "alignment must be a power of two");
  EXPECT_EQ(message("i32.load align=x"), "expected u64 integer constant");
  EXPECT_EQ(message("i8x16.extract_lane_s 256"), "malformed lane index");
  EXPECT_EQ(message("i8x16.extract_lane_s +1"), "unexpected token");
  EXPECT_EQ(message("i8x16.shuffle 0"), "expected a u8");
  EXPECT_EQ(message("v128.const i32x5"),
            "unexpected token, expected one of: `i8x16`, `i16x8`, `i32x4`, `i64x2`, `f32x4`, `f64x2`");
  EXPECT_EQ(message("call"), "unexpected token, expected an index or an identifier");
  EXPECT_EQ(message("call 4294967296"), "invalid u32 number: constant out of range");
  EXPECT_EQ(message("nan"), "expected an instruction");
  EXPECT_EQ(message("global.atomic.get 0"), "expected a memory ordering: `seq_cst` or `acq_rel`");
  EXPECT_EQ(message("ref.null i32"), "unexpected token, expected one of: an index, left paren, absheaptype");
}

}  // namespace
}  // namespace tenon::text
