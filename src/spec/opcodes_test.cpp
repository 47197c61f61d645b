// opcodes.def and immediates.def against the specification's own list of instructions (spec_instructions.txt, extracted from it).
#include "tenon/spec/opcodes.h"

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace tenon {
namespace {

/// One line of spec_instructions.txt.
struct SpecRow {
  std::string version;
  std::vector<u8> bytes;
  std::string name;        ///< letters and digits of the keyword
  std::string immediates;  ///< the specification's words for them
  std::string signature;   ///< as in opcodes.def; "*" where it is not fixed, "?" where the source does not say
};

std::vector<SpecRow> read_spec() {
  std::ifstream file(TENON_SOURCE_DIR "/src/spec/spec_instructions.txt");
  std::vector<SpecRow> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    SpecRow row;
    std::string hex;
    std::getline(fields, row.version, '|');
    std::getline(fields, hex, '|');
    std::getline(fields, row.name, '|');
    std::getline(fields, row.immediates, '|');
    std::getline(fields, row.signature, '|');
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
      row.bytes.push_back(static_cast<u8>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::optional<Op> decode(const std::vector<u8>& bytes) {
  if (bytes.size() == 1) return find_op(0, bytes[0]);
  u32 code = 0;
  for (std::size_t i = 1; i < bytes.size(); ++i) code |= static_cast<u32>(bytes[i] & 0x7f) << (7 * (i - 1));
  return find_op(bytes[0], code);
}

std::string squash(std::string_view text) {
  std::string out;
  for (char c : text)
    if (std::isalnum(static_cast<unsigned char>(c))) out += c;
  return out;
}

// The specification's words for the fields of an instruction.
std::string words(Imm imm) {
  static constexpr std::string_view kIndices[] = {"x", "y"};
  std::string out;
  std::size_t indices = 0;
  for (ImmField field : kImmFields[static_cast<std::size_t>(imm)]) {
    std::string_view word;
    switch (field) {
      using enum ImmField;
      case None:
        continue;
      case BlockType:
        word = "bt";
        break;
      case Label:
        word = "l";
        break;
      case Labels:
        word = "labels";
        break;
      case MemArg:
        word = "memarg";
        break;
      case Count:
        word = "n";
        break;
      case ValTypes:
        word = "t";
        break;
      case HeapType:
        word = "ht";
        break;
      case I32:
        word = "i32";
        break;
      case I64:
        word = "i64";
        break;
      case F32:
        word = "f32";
        break;
      case F64:
        word = "f64";
        break;
      case V128:
        word = "i128";
        break;
      case Lane:
        word = "laneidx";
        break;
      case Lanes16:
        word = "lanes";
        break;
      case Zero:
        word = "zero";
        break;
      case Ordering:
        word = "ordering";
        break;
      case CastFlags:
        word = "casts";
        break;
      case Catches:
        word = "catches";
        break;
      case Handlers:
        word = "handlers";
        break;
      default:
        word = kIndices[indices++];
        break;
    }
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

TEST(Opcodes, EveryInstructionOfTheSpecificationHasItsRow) {
  auto spec = read_spec();
  ASSERT_EQ(spec.size(), 612u);
  std::set<Op> seen;
  for (const SpecRow& row : spec) {
    SCOPED_TRACE(row.name);
    auto op = decode(row.bytes);
    ASSERT_TRUE(op);
    EXPECT_TRUE(seen.insert(*op).second) << "two instructions with one encoding";
    std::string name = squash(info(*op).text);
    // The index leaves the suffix away that the text format has.
    if (name != row.name) EXPECT_EQ(name, row.name + "zero");
    if (row.signature != "?") EXPECT_EQ(info(*op).sig, row.signature);
  }
  // What no list of the specification holds: the legacy half of exception handling, custom descriptors, memory.discard, and
  // ref.i31_shared, whose encoding the proposal and the tools do not agree on.
  std::size_t legacy = 0, descriptors = 0;
  for (std::size_t i = 0; i < kOpCount; ++i) {
    if (seen.contains(static_cast<Op>(i))) continue;
    legacy += kOps[i].feature == Feature::LegacyExceptions;
    descriptors += kOps[i].feature == Feature::CustomDescriptors;
  }
  EXPECT_EQ(legacy, 5u);
  EXPECT_EQ(descriptors, 7u);
  EXPECT_EQ(kOpCount - seen.size(), legacy + descriptors + 2);
}

TEST(Opcodes, ImmediatesAreThoseOfTheSpecification) {
  for (const SpecRow& row : read_spec()) {
    if (row.immediates == "?") continue;
    auto op = decode(row.bytes);
    ASSERT_TRUE(op);
    std::string expected = row.immediates;
    // Where the index abbreviates: clauses and casts are written out there or left away, a lone second index is still one.
    if (*op == Op::TryTable) expected += " catches";
    if (*op == Op::BrOnCast || *op == Op::BrOnCastFail) expected = "casts l ht ht";
    if (*op == Op::MemoryFill) expected = "x";
    if (*op == Op::AtomicFence) expected = "zero";
    EXPECT_EQ(words(info(*op).imm), expected) << row.name;
  }
}

TEST(Opcodes, FeaturesFollowTheVersionThatBroughtThem) {
  Features wasm1 = Features::none();
  Features wasm2, wasm3;
  ASSERT_TRUE(apply_features(wasm2, "wasm2"));
  ASSERT_TRUE(apply_features(wasm3, "wasm3"));
  for (const SpecRow& row : read_spec()) {
    Feature feature = info(*decode(row.bytes)).feature;
    SCOPED_TRACE(row.name);
    if (row.version == "1.0") EXPECT_EQ(feature, Feature::Mvp);
    if (row.version == "2.0") EXPECT_TRUE(wasm2.has(feature) && !wasm1.has(feature));
    if (row.version == "3.0") EXPECT_TRUE(wasm3.has(feature) && !wasm2.has(feature));
    if (row.version == "threads") EXPECT_EQ(feature, Feature::Threads);
    if (row.version == "wide-arithmetic") EXPECT_EQ(feature, Feature::WideArithmetic);
    if (row.version == "stack-switching") EXPECT_EQ(feature, Feature::StackSwitching);
    if (row.version == "shared-everything-threads") EXPECT_EQ(feature, Feature::SharedEverythingThreads);
  }
}

// The number in the keyword is the width: "8x8" is eight bytes, "32" four; without one it is that of the type.
unsigned width_by_name(std::string_view text) {
  std::size_t dot = text.find('.');
  std::string_view type = text.substr(0, dot), rest = text.substr(dot + 1);
  std::size_t digit = rest.find_first_of("0123456789");
  if (digit == std::string_view::npos) return type == "v128" ? 16 : type.ends_with("64") ? 8 : 4;
  unsigned bits = 0;
  std::size_t at = digit;
  for (; at < rest.size() && std::isdigit(static_cast<unsigned char>(rest[at])); ++at)
    bits = bits * 10 + static_cast<unsigned>(rest[at] - '0');
  if (at < rest.size() && rest[at] == 'x') return 8;
  return bits / 8;
}

TEST(Opcodes, AccessWidths) {
  for (const OpInfo& op : kOps) {
    bool accesses = op.imm == Imm::MemArg || op.imm == Imm::MemArgLane;
    EXPECT_EQ(op.mem != 0, accesses) << op.name;
    if (accesses && op.name != "MemoryAtomicNotify") EXPECT_EQ(op.mem, width_by_name(op.text)) << op.name;
    if (accesses) EXPECT_TRUE(op.has(op_flags::Traps)) << op.name;
    EXPECT_EQ(op.has(op_flags::Atomic), op.prefix == 0xfe && op.name != "RefI31Shared") << op.name;
  }
  EXPECT_EQ(info(Op::MemoryAtomicNotify).mem, 4);
}

// spec: core/valid/instructions "Constant Expressions".
TEST(Opcodes, ConstantExpressions) {
  std::set<std::string_view> constant, extended;
  for (const OpInfo& op : kOps) {
    if (op.has(op_flags::Const)) constant.insert(op.text);
    if (op.has(op_flags::ExtendedConst)) extended.insert(op.text);
  }
  EXPECT_EQ(constant,
            (std::set<std::string_view>{"i32.const", "i64.const", "f32.const", "f64.const", "v128.const", "ref.null", "ref.func",
                                        "ref.i31", "struct.new", "struct.new_default", "array.new", "array.new_default",
                                        "array.new_fixed", "any.convert_extern", "extern.convert_any", "global.get",
                                        "struct.new_desc", "struct.new_default_desc", "ref.i31_shared"}));
  EXPECT_EQ(extended, (std::set<std::string_view>{"i32.add", "i32.sub", "i32.mul", "i64.add", "i64.sub", "i64.mul"}));
}

TEST(Opcodes, LookUps) {
  for (std::size_t i = 0; i < kOpCount; ++i) {
    Op op = static_cast<Op>(i);
    EXPECT_EQ(find_op(kOps[i].prefix, kOps[i].code), op);
    auto by_text = find_op(kOps[i].text);
    ASSERT_TRUE(by_text);
    EXPECT_EQ(info(*by_text).text, kOps[i].text);
    std::vector<u8> bytes;
    append_op(bytes, op);
    EXPECT_EQ(decode(bytes), op);
  }
  EXPECT_EQ(find_op("select"), Op::Select);
  EXPECT_EQ(find_op("ref.test"), Op::RefTest);
  EXPECT_EQ(find_op("i32.lods"), std::nullopt);
  EXPECT_EQ(find_op(""), std::nullopt);
  EXPECT_EQ(find_op(0, 0xff), std::nullopt);
  EXPECT_EQ(find_op(0, 0x1'0000), std::nullopt);
  EXPECT_EQ(find_op(0xfd, 0x9a), std::nullopt);
  EXPECT_EQ(find_op(0xfd, 0xffff'ffff), std::nullopt);
  EXPECT_EQ(find_op(0xfa, 0), std::nullopt);
  EXPECT_EQ(find_op(0xff, 0), std::nullopt);
}

}  // namespace
}  // namespace tenon
