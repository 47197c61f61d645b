// What the printer writes, construct by construct. The expected texts are wasm-tools'.
#include "tenon/print/print.h"

#include <gtest/gtest.h>

#include "tenon/base/leb128.h"

namespace tenon::print {
namespace {

std::vector<u8> module(std::initializer_list<std::vector<u8>> sections) {
  std::vector<u8> out{0, 'a', 's', 'm', 1, 0, 0, 0};
  for (const auto& section : sections) {
    out.push_back(section[0]);
    append_uleb(out, section.size() - 1);
    out.insert(out.end(), section.begin() + 1, section.end());
  }
  return out;
}

std::string text(const std::vector<u8>& bytes, const Options& options = {}) {
  StringSink sink;
  Result<> done = print_module(bytes, options, sink);
  return sink.text() + (done ? "" : "error: " + done.error().to_string());
}

// One function of type [] -> [] with this code; its end is added.
std::vector<u8> with_code(std::vector<u8> code) {
  code.insert(code.begin(), 0);
  code.push_back(0x0b);
  std::vector<u8> section{10, 1};
  append_uleb(section, code.size());
  section.insert(section.end(), code.begin(), code.end());
  return module({{1, 1, 0x60, 0, 0}, {3, 1, 0}, section});
}

constexpr std::string_view kHead = "(module\n  (type (;0;) (func))\n  (func (;0;) (type 0)\n";

TEST(Print, EmptyModule) {
  EXPECT_EQ(text(module({})), "(module)\n");
}

TEST(Print, Floats) {
  EXPECT_EQ(float_text(0x3fc00000), "0x1.8p+0 (;=1.5;)");
  EXPECT_EQ(float_text(0x80000000), "-0x0p+0 (;=-0;)");
  EXPECT_EQ(float_text(1), "0x1.p-149 (;=0.000000000000000000000000000000000000000000001;)");
  EXPECT_EQ(float_text(0xff800000), "-inf (;=-inf;)");
  EXPECT_EQ(float_text(0x7fc00000), "nan (;=NaN;)");
  EXPECT_EQ(float_text(0x7f800001), "nan:0x1 (;=NaN;)");
  EXPECT_EQ(double_text(0x44b52d02c7e14af6), "0x1.52d02c7e14af6p+76 (;=100000000000000000000000;)");
  EXPECT_EQ(double_text(0x3fb999999999999a), "0x1.999999999999ap-4 (;=0.1;)");
}

TEST(Print, BlocksAndLabels) {
  EXPECT_EQ(
      text(with_code({0x02, 0x40, 0x0c, 0, 0x0c, 1, 0x0c, 7, 0x0b})),
      std::string(kHead) + "    block ;; label = @1\n      br 0 (;@1;)\n      br 1\n      br 7 (; INVALID ;)\n    end\n  )\n)\n");
}

TEST(Print, Folded) {
  Options options;
  options.fold_instructions = true;
  EXPECT_EQ(text(with_code({0x41, 1, 0x41, 2, 0x6a, 0x1a}), options),
            std::string(kHead) + "    (drop\n      (i32.add\n        (i32.const 1)\n        (i32.const 2)))\n  )\n)\n");
}

TEST(Print, FoldedStaysFlatWhereResultsDoNotFit) {
  Options options;
  options.fold_instructions = true;
  EXPECT_EQ(text(with_code({0x1a, 0x00}), options), std::string(kHead) + "    (drop)\n    (unreachable)\n  )\n)\n");
}

TEST(Print, DeepNestingIsNoDepthOfTheStack) {
  std::vector<u8> code;
  for (int i = 0; i < 100000; ++i) code.insert(code.end(), {0x02, 0x40});
  code.insert(code.end(), 100000, 0x0b);
  for (bool folded : {false, true}) {
    Options options;
    options.fold_instructions = folded;
    std::string out = text(with_code(code), options);
    EXPECT_TRUE(out.ends_with(")\n")) << folded;
  }
}

TEST(Print, SkeletonAndOffsets) {
  Options skeleton;
  skeleton.skeleton = true;
  EXPECT_EQ(text(with_code({0x01}), skeleton), "(module\n  (type (;0;) (func))\n  (func (;0;) (type 0) ...)\n)\n");
  Options offsets;
  offsets.offsets = true;
  EXPECT_EQ(text(with_code({0x01}), offsets),
            "(module\n(;@b     ;)  (type (;0;) (func))\n(;@16    ;)  (func (;0;) (type 0)\n(;@17    ;)    nop\n(;@18    ;)  "
            ")\n(;@19    ;))\n");
}

TEST(Print, IndentAndNames) {
  Options options;
  options.indent = "\t";
  options.name_unnamed = true;
  EXPECT_EQ(
      text(with_code({0x02, 0x40, 0x0b}), options),
      "(module\n\t(type $#type0 (;0;) (func))\n\t(func $#func0 (;0;) (type $#type0)\n\t\tblock $#label0\n\t\tend\n\t)\n)\n");
}

TEST(Print, OperandStack) {
  Options options;
  options.operand_stack = true;
  EXPECT_EQ(text(with_code({0x41, 0, 0x1a}), options),
            std::string(kHead) + "    i32.const 0\n    ;; [i32]\n    drop\n    ;; []\n  )\n)\n");
}

TEST(Print, OperandStackBehindAnInvalidSection) {
  Options options;
  options.operand_stack = true;
  // A global of type i32 that starts as an i64; then a body that refers to a function.
  std::string out =
      text(module({{1, 1, 0x60, 0, 0}, {3, 1, 0}, {6, 1, 0x7f, 0, 0x42, 0, 0x0b}, {10, 1, 5, 0, 0xd2, 0, 0x1a, 0x0b}}), options);
  EXPECT_NE(out.find("ref.func 0\n"), std::string::npos) << out;
}

TEST(Print, Colors) {
  Options options;
  options.color = true;
  EXPECT_EQ(text(module({}), options), "(\x1b[0m\x1b[1m\x1b[38;5;11mmodule\x1b[0m)\n");
}

TEST(Print, SyntheticNames) {
  // Functions called "", "a", "a" and "x y".
  std::vector<u8> names{0, 4, 'n', 'a', 'm', 'e', 1, 14, 4, 0, 0, 1, 1, 'a', 2, 1, 'a', 3, 3, 'x', ' ', 'y'};
  std::string out = text(module({{1, 1, 0x60, 0, 0}, {2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, names}));
  EXPECT_NE(out.find("(func $\"#func0 \" (@name \"\") (;0;)"), std::string::npos) << out;
  EXPECT_NE(out.find("(func $a (;1;)"), std::string::npos) << out;
  EXPECT_NE(out.find("(func $\"#func2 a\" (@name \"a\") (;2;)"), std::string::npos) << out;
  EXPECT_NE(out.find("(func $\"x y\" (;3;)"), std::string::npos) << out;
}

// The text of this one parses: names are made up where labels begin, and used without their annotation.
TEST(Print, SyntheticLabels) {
  std::vector<u8> names{0, 4, 'n', 'a', 'm', 'e', 3, 5, 1, 0, 1, 0, 0};
  std::string out = text(module({{1, 1, 0x60, 0, 0}, {3, 1, 0}, {10, 1, 7, 0, 0x02, 0x40, 0x0c, 0, 0x0b, 0x0b}, names}));
  EXPECT_NE(out.find("block $\"#label0 \" (@name \"\")\n      br $\"#label0 \"\n"), std::string::npos) << out;
}

TEST(Print, CustomSections) {
  EXPECT_EQ(text(module({{0, 1, 'x', 'a', '"', 0}})), "(module\n  (@custom \"x\" (before first) \"a\\22\\00\")\n)\n");
  std::vector<u8> producers{0, 9, 'p', 'r', 'o', 'd', 'u', 'c', 'e', 'r', 's', 1, 3, 's', 'd', 'k', 1, 1, 'a', 1, '1'};
  EXPECT_EQ(text(module({producers})), "(module\n  (@producers\n    (sdk \"a\" \"1\")\n  )\n)\n");
}

TEST(Print, WhatWasPrintedBeforeAFaultStays) {
  std::vector<u8> bytes = with_code({0x01, 0xff});
  EXPECT_EQ(text(bytes), std::string(kHead) + "    noperror: illegal opcode: 0xff (at offset 0x18)");
}

TEST(Print, ARefusingSinkEndsIt) {
  struct Refuse final : Sink {
    bool write(std::string_view) override { return false; }
  } sink;
  EXPECT_FALSE(print_module(module({}), {}, sink));
}

}  // namespace
}  // namespace tenon::print
