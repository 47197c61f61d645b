// Every row of the opcode table: accepted with the right operands, refused with a wrong one and with none, and refused, naming
// the feature, where its feature is off.
#include <map>

#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/spec/errors.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

using testing::body;
using testing::Build;
using testing::ByteVector;
using testing::TestModule;

Result<ModuleDesc> validate(const ByteVector& bytes, Features features = Features::all()) {
  static TypeStore types;
  return validate_module(types, bytes, {.features = features});
}

// Types of the module that the bodies below stand in.
enum Types {
  kVoid,
  kIntToInt,
  kStruct,
  kIntArray,
  kByteArray,
  kFuncArray,
  kTakesInt,
  kCont,
  kContInt,
  kSwitched,
  kSwitchedCont,
  kDescribed,
  kDescriptor,
};

// The module around a body; its function has type kVoid.
TestModule around(const ByteVector& code) {
  TestModule module;
  module.items(1, {{0x60, 0, 0},                          // kVoid
                   {0x60, 1, 0x7f, 1, 0x7f},              // kIntToInt
                   {0x5f, 2, 0x7f, 1, 0x78, 1},           // kStruct: mutable i32, i8
                   {0x5e, 0x7f, 1},                       // kIntArray
                   {0x5e, 0x78, 1},                       // kByteArray
                   {0x5e, 0x70, 1},                       // kFuncArray
                   {0x60, 1, 0x7f, 0},                    // kTakesInt
                   {0x5d, kVoid},                         // kCont
                   {0x5d, kTakesInt},                     // kContInt
                   {0x60, 1, 0x63, kCont, 0},             // kSwitched: takes a continuation
                   {0x5d, kSwitched},                     // kSwitchedCont
                   {0x4e, 2,                              // kDescribed: mutable i32, and its kDescriptor
                    0x4d, kDescriptor, 0x5f, 1, 0x7f, 1,  //
                    0x4c, kDescribed, 0x5f, 0}});
  module.items(3, {{kVoid}, {kVoid}, {kIntToInt}});
  module.items(4, {{0x70, 0, 10}, {0x70, 0, 10}, {0x63, 0x65, 0x6d, 0, 10}});
  module.items(5, {{0, 1}, {4, 1}});
  module.items(13, {{0, kTakesInt}, {0, kVoid}});
  module.items(6, {{0x7f, 1, 0x41, 0, 0x0b}});
  module.items(9, {{5, 0x70, 1, 0xd2, 1, 0x0b}, {3, 0, 2, 1, 2}});
  module.section(12, {1});
  module.items(10, {body(code, {1, 1, 0x7f}), body({}), body({0x20, 0x00})});
  module.items(11, {{1, 1, 'x'}});
  return module;
}

// Code that leaves an operand: letters of signatures, and of references:
//   r funcref, e externref, a anyref, q eqref, 3 i31ref, s (ref kStruct), A (ref kIntArray), B (ref kByteArray), F (ref
//   kFuncArray), x exnref, v1..: (ref kVoid) is "t", (ref null kCont) "c", (ref null kContInt) "C", (ref null kSwitchedCont) "S",
//   D (ref null (exact kDescriptor)), d would be a number: g (ref null kDescribed), Q (ref null (shared eq))
ByteVector operand(char letter) {
  switch (letter) {
    case 'i':
      return {0x41, 0};
    case 'l':
      return {0x42, 0};
    case 'f':
      return {0x43, 0, 0, 0, 0};
    case 'd':
      return {0x44, 0, 0, 0, 0, 0, 0, 0, 0};
    case 'v':
      return Build().op(Op::V128Const).append(ByteVector(16));
    case 'r':
      return {0xd0, 0x70};
    case 'e':
      return {0xd0, 0x6f};
    case 'a':
      return {0xd0, 0x6e};
    case 'q':
      return {0xd0, 0x6d};
    case '3':
      return {0xd0, 0x6c};
    case 'x':
      return {0xd0, 0x69};
    case 's':
      return {0xd0, kStruct};
    case 'A':
      return {0xd0, kIntArray};
    case 'B':
      return {0xd0, kByteArray};
    case 'F':
      return {0xd0, kFuncArray};
    case 't':
      return {0xd0, kVoid};
    case 'T':
      return {0xd0, kIntToInt};
    case 'c':
      return {0xd0, kCont};
    case 'C':
      return {0xd0, kContInt};
    case 'S':
      return {0xd0, kSwitchedCont};
    case 'D':
      return {0xd0, 0x62, kDescriptor};
    case 'g':
      return {0xd0, kDescribed};
    case 'Q':
      return {0xd0, 0x65, 0x6d};
    default:
      return {};
  }
}

// An instruction in a body: its operands, what follows the opcode (immediates and, for blocks, the rest), and how many values it
// leaves.
struct Use {
  std::string operands;
  ByteVector rest;
  int results = 0;
  ByteVector before;  // code before the operands: opens blocks that `after` closes
  ByteVector after;
};

// Uses of the instructions that the table has no signature for.
const std::map<Op, Use>& special_uses() {
  static const std::map<Op, Use> uses = [] {
    using enum Op;
    const ByteVector block_i = {0x02, 0x7f}, block = {0x02, 0x40}, end = {0x0b};
    auto with = [](ByteVector first, ByteVector second) { return ByteVector(Build().append(first).append(second)); };
    std::map<Op, Use> out;
    out[Unreachable] = {"", {}, 0};
    out[Block] = {"i", {kTakesInt, 0x1a, 0x0b}, 0};
    out[Loop] = {"i", {kTakesInt, 0x1a, 0x0b}, 0};
    out[If] = {"i", {0x40, 0x0b}, 0};
    out[Else] = {"i", with({}, operand('i')), 0, {0x41, 0, 0x04, 0x7f}, {0x0b, 0x1a}};
    out[Try] = {"i", {kTakesInt, 0x1a, 0x0b}, 0};
    out[Catch] = {"i", {0}, 0, {0x06, 0x7f}, {0x0b, 0x1a}};
    out[CatchAll] = {"i", {0x41, 0}, 0, {0x06, 0x7f}, {0x0b, 0x1a}};
    out[Delegate] = {"i", {0, 0x1a}, 0, {0x06, 0x7f}, {}};
    out[Rethrow] = {"", {0}, 0, {0x06, 0x40, 0x19}, end};
    out[Throw] = {"i", {0}, 0};
    out[ThrowRef] = {"x", {}, 0};
    out[End] = {"i", {0x1a}, 0, block_i, {}};
    out[Br] = {"i", {0}, 0, block_i, {0x0b, 0x1a}};
    out[BrIf] = {"ii", {0}, 0, block_i, {0x0b, 0x1a}};
    out[BrTable] = {"ii", {1, 0, 0}, 0, block_i, {0x0b, 0x1a}};
    out[Return] = {"", {}, 0};
    out[Call] = {"i", {2}, 1};
    out[CallIndirect] = {"ii", {kIntToInt, 0}, 1};
    out[CallRef] = {"iT", {kIntToInt}, 1};
    out[ReturnCall] = {"", {1}, 0};
    out[ReturnCallIndirect] = {"i", {kVoid, 0}, 0};
    out[ReturnCallRef] = {"t", {kVoid}, 0};
    out[Drop] = {"f", {}, 0};
    out[Select] = {"ffi", {}, 1};
    out[SelectT] = {"rri", {1, 0x70}, 1};
    out[TryTable] = {"i", {kTakesInt, 1, 2, 0, 0x1a, 0x0b}, 0};
    out[LocalGet] = {"", {0}, 1};
    out[LocalSet] = {"i", {0}, 0};
    out[LocalTee] = {"i", {0}, 1};
    out[GlobalGet] = {"", {0}, 1};
    out[GlobalSet] = {"i", {0}, 0};
    out[TableGet] = {"i", {0}, 1};
    out[TableSet] = {"ir", {0}, 0};
    out[MemorySize] = {"", {0}, 1};
    out[MemoryGrow] = {"i", {0}, 1};
    out[RefNull] = {"", {0x70}, 1};
    out[RefIsNull] = {"r", {}, 1};
    out[RefFunc] = {"", {1}, 1};
    out[RefEq] = {"qq", {}, 1};
    out[RefAsNonNull] = {"r", {}, 1};
    out[BrOnNull] = {"r", {0}, 0, block, {0x1a, 0x0b}};
    out[BrOnNonNull] = {"r", {0}, 0, {0x02, 0x70}, with(operand('r'), {0x0b, 0x1a})};
    out[ContNew] = {"t", {kCont}, 1};
    out[ContBind] = {"iC", {kContInt, kCont}, 1};
    out[Suspend] = {"i", {0}, 0};
    out[Resume] = {"c", {kCont, 0}, 0};
    out[ResumeThrow] = {"ic", {kCont, 0, 0}, 0};
    out[ResumeThrowRef] = {"xc", {kCont, 0}, 0};
    out[Switch] = {"S", {kSwitchedCont, 1}, 0};
    out[StructNew] = {"ii", {kStruct}, 1};
    out[StructNewDefault] = {"", {kStruct}, 1};
    out[StructGet] = {"s", {kStruct, 0}, 1};
    out[StructGetS] = {"s", {kStruct, 1}, 1};
    out[StructGetU] = {"s", {kStruct, 1}, 1};
    out[StructSet] = {"si", {kStruct, 0}, 0};
    out[ArrayNew] = {"ii", {kIntArray}, 1};
    out[ArrayNewDefault] = {"i", {kIntArray}, 1};
    out[ArrayNewFixed] = {"iii", {kIntArray, 3}, 1};
    out[ArrayNewData] = {"ii", {kIntArray, 0}, 1};
    out[ArrayNewElem] = {"ii", {kFuncArray, 0}, 1};
    out[ArrayGet] = {"Ai", {kIntArray}, 1};
    out[ArrayGetS] = {"Bi", {kByteArray}, 1};
    out[ArrayGetU] = {"Bi", {kByteArray}, 1};
    out[ArraySet] = {"Aii", {kIntArray}, 0};
    out[ArrayLen] = {"A", {}, 1};
    out[ArrayFill] = {"Aiii", {kIntArray}, 0};
    out[ArrayCopy] = {"AiAii", {kIntArray, kIntArray}, 0};
    out[ArrayInitData] = {"Aiii", {kIntArray, 0}, 0};
    out[ArrayInitElem] = {"Fiii", {kFuncArray, 0}, 0};
    out[RefTest] = {"a", {0x6b}, 1};
    out[RefTestNull] = {"a", {0x6b}, 1};
    out[RefCast] = {"a", {0x6b}, 1};
    out[RefCastNull] = {"a", {0x6b}, 1};
    out[BrOnCast] = {"a", {3, 0, 0x6e, 0x6b}, 0, {0x02, 0x6b}, with({0x1a}, with({0xd0, 0x6b}, {0x0b, 0x1a}))};
    out[BrOnCastFail] = {"a", {3, 0, 0x6e, 0x6b}, 0, {0x02, 0x6e}, {0x0b, 0x1a}};
    out[StructNewDesc] = {"iD", {kDescribed}, 1};
    out[StructNewDefaultDesc] = {"D", {kDescribed}, 1};
    out[RefGetDesc] = {"g", {kDescribed}, 1};
    out[RefCastDescEq] = {"aD", {kDescribed}, 1};
    out[RefCastDescEqNull] = {"aD", {0x62, kDescribed}, 1};
    out[BrOnCastDescEq] = {"aD", {3, 0, 0x6e, kDescribed}, 0, {0x02, 0x6e}, {0x0b, 0x1a}};
    out[BrOnCastDescEqFail] = {"aD", {3, 0, 0x6e, kDescribed}, 0, {0x02, 0x6e}, {0x0b, 0x1a}};
    out[MemoryDiscard] = {"ii", {0}, 0};
    out[GlobalAtomicGet] = {"", {0, 0}, 1};
    out[GlobalAtomicSet] = {"i", {1, 0}, 0};
    out[TableAtomicGet] = {"i", {0, 2}, 1};
    out[TableAtomicSet] = {"iQ", {0, 2}, 0};
    out[TableAtomicRmwXchg] = {"iQ", {0, 2}, 1};
    out[TableAtomicRmwCmpxchg] = {"iQQ", {1, 2}, 1};
    for (Op op :
         {GlobalAtomicRmwAdd, GlobalAtomicRmwSub, GlobalAtomicRmwAnd, GlobalAtomicRmwOr, GlobalAtomicRmwXor, GlobalAtomicRmwXchg})
      out[op] = {"i", {0, 0}, 1};
    out[GlobalAtomicRmwCmpxchg] = {"ii", {0, 0}, 1};
    out[StructAtomicGet] = {"s", {0, kStruct, 0}, 1};
    out[StructAtomicGetS] = {"s", {0, kStruct, 1}, 1};
    out[StructAtomicGetU] = {"s", {0, kStruct, 1}, 1};
    out[StructAtomicSet] = {"si", {0, kStruct, 1}, 0};
    for (Op op :
         {StructAtomicRmwAdd, StructAtomicRmwSub, StructAtomicRmwAnd, StructAtomicRmwOr, StructAtomicRmwXor, StructAtomicRmwXchg})
      out[op] = {"si", {1, kStruct, 0}, 1};
    out[StructAtomicRmwCmpxchg] = {"sii", {0, kStruct, 0}, 1};
    out[ArrayAtomicGet] = {"Ai", {0, kIntArray}, 1};
    out[ArrayAtomicGetS] = {"Bi", {0, kByteArray}, 1};
    out[ArrayAtomicGetU] = {"Bi", {0, kByteArray}, 1};
    out[ArrayAtomicSet] = {"Aii", {0, kIntArray}, 0};
    for (Op op :
         {ArrayAtomicRmwAdd, ArrayAtomicRmwSub, ArrayAtomicRmwAnd, ArrayAtomicRmwOr, ArrayAtomicRmwXor, ArrayAtomicRmwXchg})
      out[op] = {"Aii", {1, kIntArray}, 1};
    out[ArrayAtomicRmwCmpxchg] = {"Aiii", {0, kIntArray}, 1};
    out[RefI31Shared] = {"i", {}, 1};
    out[AnyConvertExtern] = {"e", {}, 1};
    out[ExternConvertAny] = {"a", {}, 1};
    out[RefI31] = {"i", {}, 1};
    out[I31GetS] = {"3", {}, 1};
    out[I31GetU] = {"3", {}, 1};
    out[MemoryInit] = {"iii", {0, 0}, 0};
    out[MemoryCopy] = {"iii", {0, 0}, 0};
    out[MemoryFill] = {"iii", {0}, 0};
    out[TableInit] = {"iii", {0, 0}, 0};
    out[TableCopy] = {"iii", {0, 1}, 0};
    out[TableGrow] = {"ri", {0}, 1};
    out[TableSize] = {"", {0}, 1};
    out[TableFill] = {"iri", {0}, 0};
    return out;
  }();
  return uses;
}

ByteVector simple_immediates(Op op) {
  Build build;
  for (ImmField field : kImmFields[static_cast<u8>(info(op).imm)]) {
    switch (field) {
      case ImmField::None:
        return build;
      case ImmField::MemArg:
        build.byte(info(op).has(op_flags::Atomic) ? std::countr_zero(info(op).mem) : 0).byte(0);
        break;
      case ImmField::F32:
        build.append(ByteVector(4));
        break;
      case ImmField::F64:
        build.append(ByteVector(8));
        break;
      case ImmField::V128:
      case ImmField::Lanes16:
        build.append(ByteVector(16));
        break;
      default:
        build.byte(0);
        break;
    }
  }
  return build;
}

Use use_of(Op op) {
  if (auto found = special_uses().find(op); found != special_uses().end()) return found->second;
  Use use;
  for (char letter : info(op).params()) use.operands += letter == 'm' ? 'i' : letter;
  use.rest = simple_immediates(op);
  use.results = static_cast<int>(info(op).results().size());
  return use;
}

ByteVector code_of(Op op, const Use& use) {
  Build build;
  build.append(use.before);
  for (char letter : use.operands) build.append(operand(letter));
  build.op(op).append(use.rest);
  for (int i = 0; i < use.results; ++i) build.byte(0x1a);
  return build.append(use.after);
}

template <class Check>
void for_every_op(Check check) {
  for (std::size_t i = 0; i < kOpCount; ++i) {
    SCOPED_TRACE(kOps[i].text);
    check(static_cast<Op>(i));
  }
}

TEST(EveryOpcode, IsAcceptedWithItsOperands) {
  for_every_op([](Op op) {
    EXPECT_TRUE(info(op).has_fixed_signature() || special_uses().contains(op));
    auto result = validate(around(code_of(op, use_of(op))).bytes);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().to_string());
  });
}

TEST(EveryOpcode, IsRefusedWithAWrongOperand) {
  for_every_op([](Op op) {
    Use use = use_of(op);
    if (op == Op::Drop) return;  // takes anything
    for (std::size_t i = 0; i < use.operands.size(); ++i) {
      Use wrong = use;
      wrong.operands[i] = use.operands[i] == 'd' ? 'l' : 'd';
      // Two operands that only have to agree are both still good.
      auto result = validate(around(code_of(op, wrong)).bytes);
      ASSERT_FALSE(result.has_value()) << i;
      EXPECT_EQ(result.error().code(), ErrorCode::TypeMismatch) << result.error().to_string();
      EXPECT_TRUE(result.error().message().starts_with("type mismatch")) << result.error().to_string();
      EXPECT_TRUE(result.error().offset().has_value());
    }
  });
}

TEST(EveryOpcode, IsRefusedWithoutItsOperands) {
  for_every_op([](Op op) {
    Use use = use_of(op);
    if (use.operands.empty()) return;
    use.operands.erase(0, 1);
    auto result = validate(around(code_of(op, use)).bytes);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), ErrorCode::TypeMismatch) << result.error().to_string();
  });
}

// In code that is never reached, operands may be missing but not wrong.
TEST(EveryOpcode, IsPolymorphicAfterUnreachable) {
  for_every_op([](Op op) {
    Use use = use_of(op);
    use.operands.clear();
    use.before.push_back(0x00);
    auto result = validate(around(code_of(op, use)).bytes);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().to_string());
  });
}

TEST(EveryOpcode, IsGatedByItsFeature) {
  for_every_op([](Op op) {
    Feature feature = info(op).feature;
    if (op == Op::Catch || op == Op::CatchAll || op == Op::Delegate || op == Op::Else || op == Op::End) return;
    if (feature == Feature::Mvp) return;
    TestModule module;
    module.items(1, {{0x60, 0, 0}}).items(3, {{0}});
    module.items(10, {body(Build().op(op).append(use_of(op).rest))});
    auto result = validate(module.bytes, Features::all().disable(feature));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), ErrorCode::FeatureDisabled) << result.error().to_string();
    EXPECT_EQ(result.error().missing_feature(), feature) << result.error().to_string();
  });
}

}  // namespace
}  // namespace tenon::validate
