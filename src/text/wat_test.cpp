// The text of modules: every abbreviation against its long form, what the name section holds, annotations, diagnostics, depth and
// garbage. Hexadecimal bytes are those that wasm-tools 1.257 writes for the same text.
#include "tenon/text/wat.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tenon/spec/errors.h"

namespace tenon::text {
namespace {

std::string hex(std::string_view source) {
  auto bytes = parse_wat(source);
  if (!bytes) return bytes.error().render();
  std::string out;
  for (std::size_t i = 8; i < bytes->size(); ++i) out += fmt::format("{:02x}", (*bytes)[i]);
  return out;
}

// The module without custom sections: identifiers in the text leave names behind.
std::string without_names(std::string_view source) {
  auto bytes = parse_wat(source);
  if (!bytes) return bytes.error().render();
  std::string out;
  for (std::size_t i = 8; i < bytes->size();) {
    std::size_t begin = i;
    u8 id = (*bytes)[i++];
    std::size_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
      u8 byte = (*bytes)[i++];
      size |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80)) break;
    }
    i += size;
    if (id == 0) continue;
    for (std::size_t j = begin; j < i; ++j) out += fmt::format("{:02x}", (*bytes)[j]);
  }
  return out;
}

std::string message(std::string_view source) {
  auto bytes = parse_wat(source);
  return bytes ? "accepted" : bytes.error().first().message;
}

ErrorCode code(std::string_view source) {
  auto bytes = parse_wat(source);
  return bytes ? ErrorCode::Unsupported : bytes.error().first().code;
}

TEST(Wat, PassesBinariesThrough) {
  std::string binary("\0asm whatever", 13);
  auto bytes = parse_wat(binary);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(std::string(bytes->begin(), bytes->end()), binary);
}

TEST(Wat, RefusesWhatIsNoText) {
  EXPECT_EQ(message("\xff"), "input bytes aren't valid utf-8");
  EXPECT_EQ(code("\xff"), ErrorCode::MalformedUtf8);
  EXPECT_EQ(message(""), "expected at least one module field");
  EXPECT_EQ(message(" ;; nothing"), "expected at least one module field");
  EXPECT_EQ(message("(component)"), "components are not supported yet");
  EXPECT_EQ(message("(module))"), "extra tokens remaining after parse");
  EXPECT_EQ(message("(module) (module)"), "extra tokens remaining after parse");
  EXPECT_EQ(message("module"), "expected `(`");
}

TEST(Wat, TakesModulesWithAndWithoutParentheses) {
  EXPECT_EQ(hex("(module)"), "");
  EXPECT_EQ(hex("(@x)"), "");
  EXPECT_EQ(hex("(func) (func)"), hex("(module (func) (func))"));
  auto binary = parse_wat("(module $m binary \"\\00asm\" \"\\01\\00\\00\\00\")");
  ASSERT_TRUE(binary);
  EXPECT_EQ(*binary, (std::vector<u8>{0, 'a', 's', 'm', 1, 0, 0, 0}));
}

struct Pair {
  const char* abbreviated;
  const char* full;
};

class Abbreviation : public testing::TestWithParam<Pair> {};

TEST_P(Abbreviation, MeansItsLongForm) {
  EXPECT_EQ(without_names(GetParam().abbreviated), without_names(GetParam().full)) << GetParam().abbreviated;
  EXPECT_TRUE(parse_wat(GetParam().full)) << GetParam().full;
}

INSTANTIATE_TEST_SUITE_P(
    Wat, Abbreviation,
    testing::Values(
        // types
        Pair{"(type (func (param i32 i64) (result f32 f64)))", "(type (func (param i32) (param i64) (result f32) (result f64)))"},
        Pair{"(type (func (param funcref externref)))", "(type (func (param (ref null func)) (param (ref null extern))))"},
        Pair{"(type (func (param anyref eqref i31ref structref arrayref nullref)))",
             "(type (func (param (ref null any) (ref null eq) (ref null i31) (ref null struct) (ref null array) (ref null "
             "none))))"},
        Pair{"(type (func (param nullfuncref nullexternref exnref nullexnref contref nullcontref)))",
             "(type (func (param (ref null nofunc) (ref null noextern) (ref null exn) (ref null noexn) (ref null cont) "
             "(ref null nocont))))"},
        Pair{"(type (struct (field i32 (mut i64) i8)))", "(type (struct (field i32) (field (mut i64)) (field i8)))"},
        Pair{"(type $a (struct (field $x i32) (field $y (ref $a))))", "(type (struct (field i32) (field (ref 0))))"},
        Pair{"(type (func))", "(type (sub final (func)))"},
        Pair{"(type (func (param)) ) (type (func (result)))", "(type (func)) (type (func))"},
        Pair{"(type (shared (struct)))", "(type (sub final (shared (struct))))"},
        // type uses
        Pair{"(func (param i32) (result i32) (local.get 0))",
             "(type (func (param i32) (result i32))) (func (type 0) (local.get 0))"},
        Pair{"(type $t (func (param i32))) (func (type $t) (param $x i32) (drop (local.get $x)))",
             "(type (func (param i32))) (func (type 0) (drop (local.get 0)))"},
        Pair{"(func (call_indirect (param i64) (i64.const 1) (i32.const 0))) (table 0 funcref)",
             "(type (func)) (type (func (param i64))) (table 0 funcref) (func (type 0) i64.const 1 i32.const 0 "
             "call_indirect 0 (type 1))"},
        Pair{"(func (block (result i32 i32) (unreachable)) (unreachable))",
             "(type (func)) (type (func (result i32 i32))) (func (type 0) block (type 1) unreachable end unreachable)"},
        // What is folded makes its type behind its operands' types.
        Pair{"(table 0 funcref) (func (call_indirect (param f32) (block (result f32) (block (param i64) (unreachable)) "
             "(unreachable)) (i32.const 0)))",
             "(type (func)) (type (func (param i64))) (type (func (param f32))) (table 0 funcref) (func (type 0) "
             "block (result f32) block (type 1) unreachable end unreachable end i32.const 0 call_indirect (type 2))"},
        Pair{"(func (if (result i32 i32) (block (result i32) (block (param i64) unreachable) unreachable) (then unreachable) "
             "(else unreachable)) unreachable)",
             "(type (func)) (type (func (param i64))) (type (func (result i32 i32))) (func (type 0) block (result i32) "
             "block (type 1) unreachable end unreachable end if (type 2) unreachable else unreachable end unreachable)"},
        // imports and exports
        Pair{"(func (import \"a\" \"b\") (param i32))", "(import \"a\" \"b\" (func (param i32)))"},
        Pair{"(table (import \"a\" \"b\") 1 2 funcref)", "(import \"a\" \"b\" (table 1 2 funcref))"},
        Pair{"(memory (import \"a\" \"b\") i64 1)", "(import \"a\" \"b\" (memory i64 1))"},
        Pair{"(global (import \"a\" \"b\") (mut i32))", "(import \"a\" \"b\" (global (mut i32)))"},
        Pair{"(tag (import \"a\" \"b\") (param i32))", "(import \"a\" \"b\" (tag (param i32)))"},
        Pair{"(func (export \"a\") (export \"b\"))", "(func) (export \"a\" (func 0)) (export \"b\" (func 0))"},
        Pair{"(memory (export \"m\") (import \"a\" \"b\") 1)", "(import \"a\" \"b\" (memory 1)) (export \"m\" (memory 0))"},
        Pair{"(global (export \"g\") i32 (i32.const 1))", "(global i32 (i32.const 1)) (export \"g\" (global 0))"},
        Pair{"(tag (export \"t\"))", "(tag) (export \"t\" (tag 0))"},
        Pair{"(table (export \"t\") 0 funcref)", "(table 0 funcref) (export \"t\" (table 0))"},
        // tables and their segments
        Pair{"(func $f) (table funcref (elem $f $f))",
             "(func) (table 2 2 funcref) (elem (table 0) (offset i32.const 0) func 0 0)"},
        Pair{"(func $f) (table i64 funcref (elem $f))", "(func) (table i64 1 1 funcref) (elem (table 0) (i64.const 0) func 0)"},
        Pair{"(func $f) (table (ref func) (elem $f))",
             "(func) (table 1 1 (ref func)) (elem (table 0) (i32.const 0) (ref func) (ref.func 0))"},
        Pair{"(table funcref (elem (ref.null func) (item ref.null func)))",
             "(table 2 2 funcref) (elem (table 0) (i32.const 0) funcref (item ref.null func) (item (ref.null func)))"},
        Pair{"(table 1 funcref) (func) (elem (i32.const 0) 0)", "(table 1 funcref) (func) (elem (offset (i32.const 0)) func 0)"},
        Pair{"(table 1 funcref) (func) (elem 0 (i32.const 0) 0)",
             "(table 1 funcref) (func) (elem (table 0) (i32.const 0) func 0)"},
        Pair{"(elem $e funcref (ref.null func))", "(elem funcref (item (ref.null func)))"},
        Pair{"(func) (elem declare func 0)", "(func) (elem $e declare func 0)"},
        Pair{"(table $t 1 funcref) (elem (table $t) (offset i32.const 0) funcref)",
             "(table 1 funcref) (elem (table 0) (i32.const 0) funcref)"},
        // memories and their segments
        Pair{"(memory (data \"abc\" \"d\"))", "(memory 1 1) (data (memory 0) (i32.const 0) \"abcd\")"},
        Pair{"(memory (data))", "(memory 0 0) (data (i32.const 0))"},
        Pair{"(memory i64 (data \"a\"))", "(memory i64 1 1) (data (i64.const 0) \"a\")"},
        Pair{"(memory (pagesize 1) (data \"abc\"))", "(memory 3 3 (pagesize 1)) (data (i32.const 0) \"abc\")"},
        Pair{"(memory 1) (data (i32.const 1) \"a\")", "(memory 1) (data (memory 0) (offset i32.const 1) \"a\")"},
        Pair{"(memory 1) (data 0 (i32.const 1))", "(memory $m 1) (data (memory $m) (offset (i32.const 1)))"},
        Pair{"(memory 1) (data (i32.add (i32.const 1) (i32.const 2)))",
             "(memory 1) (data (offset i32.const 1 i32.const 2 i32.add))"},
        Pair{
            "(data \"\" (i8 1 -1) (i16 0x102) (i32 3) (i64 -1) (f32 1) (f64 1) (v128 i32x4 1 2 3 4))",
            "(data \"\\01\\ff\\02\\01\\03\\00\\00\\00\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\00\\00\\80\\3f\\00\\00\\00\\00\\00\\00\\f0"
            "\\3f\\01\\00\\00\\00\\02\\00\\00\\00\\03\\00\\00\\00\\04\\00\\00\\00\")"},
        // functions
        Pair{"(func (local i32 i32) (local i64))", "(func (local i32) (local i32) (local $x i64))"},
        Pair{"(func (local))", "(func)"},
        // instructions
        Pair{"(func (drop (i32.add (i32.const 1) (i32.const 2))))", "(func i32.const 1 i32.const 2 i32.add drop)"},
        Pair{"(func (drop (i32.add i32.const 1 i32.const 2)))", "(func i32.const 1 i32.const 2 i32.add drop)"},
        Pair{"(func (block $a (loop $b (br $a) (br $b))))", "(func block loop br 1 br 0 end end)"},
        Pair{"(func (if (i32.const 1) (then (nop)) (else (nop))))", "(func i32.const 1 if nop else nop end)"},
        Pair{"(func (if $l (i32.const 1) (then (br $l))))", "(func i32.const 1 if br 0 end)"},
        Pair{"(func block $a br $a end $a)", "(func (block (br 0)))"},
        Pair{"(func i32.const 0 if $a else $a end $a)", "(func (if (i32.const 0) (then) (else)))"},
        Pair{"(func (block $a (block $a (br $a)) (br $a)))", "(func block block br 0 end br 0 end)"},
        Pair{"(func (select (result i32) (result) (unreachable)) drop)", "(func unreachable select (result i32) drop)"},
        Pair{"(memory 1) (func (drop (i32.load (i32.const 0))))",
             "(memory 1) (func i32.const 0 i32.load 0 offset=0 align=4 drop)"},
        Pair{"(memory 1) (func (memory.fill (unreachable)) (memory.copy) (drop (memory.size)) (drop (memory.grow)))",
             "(memory 1) (func unreachable memory.fill 0 memory.copy 0 0 memory.size 0 drop memory.grow 0 drop)"},
        Pair{"(memory 1) (data $d \"\") (func (memory.init $d))", "(memory 1) (data \"\") (func memory.init 0 0)"},
        Pair{"(table 1 funcref) (elem $e func) (func (table.init $e) (table.copy) (table.get) (table.set) (table.fill))",
             "(table 1 funcref) (elem func) (func table.init 0 0 table.copy 0 0 table.get 0 table.set 0 table.fill 0)"},
        Pair{"(memory 1) (func (v128.store8_lane 3 (unreachable)) (v128.store8_lane offset=1 3 (unreachable)))",
             "(memory 1) (func unreachable v128.store8_lane 0 offset=0 align=1 3 unreachable v128.store8_lane 0 offset=1 3)"},
        Pair{"(func (try_table (catch $e 0) (catch_all_ref 0)) (unreachable)) (tag $e)",
             "(tag) (func try_table (catch 0 0) (catch_all_ref 0) end unreachable)"},
        Pair{"(tag $e) (func (try $t (do (nop)) (catch $e (rethrow $t)) (catch_all)))",
             "(tag) (func try nop catch 0 rethrow 0 catch_all end)"},
        Pair{"(func (try $t (do (nop)) (delegate 0)))", "(func try nop delegate 0)"},
        Pair{"(func (block $l (try (do) (delegate $l))))", "(func block try delegate 0 end)"},
        Pair{"(func (ref.null func) (drop) (drop (ref.test (ref null func) (ref.null func))))",
             "(func ref.null func drop ref.null func ref.test funcref drop)"},
        // identifiers
        Pair{"(func $\"a\\62\" (call $ab))", "(func $ab (call $\"\\61b\"))"},
        // compact imports
        Pair{"(import \"m\" (item \"a\" (func)) (item \"b\" (global i32)))",
             "(import \"m\" (item \"a\" (func $f)) (item \"b\" (global $g i32)))"},
        // annotations nobody reads
        Pair{"((@a) func (@b (c)) (export (@\"d e\") \"f\"))", "(func (export \"f\"))"}));

TEST(Wat, MakesTypesInTheOrderOfTheText) {
  // Types in groups are never shared with type uses; identifiers and numbers are different spellings.
  EXPECT_EQ(hex("(rec (type (func))) (func)"), "0109024e01600000600000030201010a040102000b");
  EXPECT_EQ(hex("(type $s (struct)) (func (param (ref $s))) (func (param (ref 0)))"),
            "010d035f006001640000600164000003030201020a070202000b02000b000b046e616d65040401000173");
  EXPECT_EQ(hex("(type (func)) (func) (func (type 0))"), "01040160000003030200000a070202000b02000b");
}

TEST(Wat, WritesTheNameSection) {
  EXPECT_EQ(hex("(module $m (type $t (func)) (func $f (param $p i32) (local $l i64) (block $b)) (table $tb 0 funcref) "
                "(memory $me 0) (global $g i32 (i32.const 0)) (tag $tg) (elem $e func) (data $d) "
                "(type $s (struct (field $x i32))))"),
            "010c036000005f017f0060017f000302010204040170000005030100000d030100000606017f0041000b0904010100000a09"
            "010701017e02400b0b0b03010100005a046e616d650002016d010401000166020901000200017001016c0306010001000162"
            "0407020001740101730505010002746206050100026d650704010001670804010001650904010001640a060101010001780b"
            "050100027467");
}

TEST(Wat, NameAnnotationsReplaceIdentifiers) {
  EXPECT_EQ(hex("(module $a (@name \"b\"))"), hex("(module $b)"));
  EXPECT_EQ(hex("(func $a (@name \"b\") (param $x (@name \"y\") i32) (local (@name \"z\") i32))"),
            hex("(func $b (param $y i32) (local $z i32))"));
  EXPECT_EQ(hex("(func (block $a (@name \"b\")))"), hex("(func (block $b))"));
  EXPECT_EQ(code("(module (@name \"a\") (@name \"b\"))"), ErrorCode::NameMultipleModule);
  EXPECT_EQ(code("(func) (@name \"a\")"), ErrorCode::MisplacedName);
  EXPECT_EQ(message("(module (func (@name 2)))"), "expected a string");
}

TEST(Wat, PlacesCustomSections) {
  EXPECT_EQ(hex("(@custom \"a\" \"x\" \"y\") (@custom \"b\" (before first)) (@custom \"c\" (after type)) (type (func))"),
            "0002016201040160000000020163000401617879");
  for (const char* place :
       {"type", "import", "func", "table", "memory", "global", "export", "start", "elem", "code", "data", "tag"}) {
    EXPECT_EQ(hex(fmt::format("(@custom \"\" (before {}))", place)), "000100");
    EXPECT_EQ(hex(fmt::format("(@custom \"\" (after {}))", place)), "000100");
  }
  EXPECT_EQ(code("(@custom)"), ErrorCode::CustomMissingName);
  EXPECT_EQ(code("(@custom \"\\ff\")"), ErrorCode::CustomMalformedUtf8);
  EXPECT_EQ(code("(@custom \"\" here)"), ErrorCode::CustomUnexpectedToken);
  EXPECT_EQ(code("(@custom \"\" (aft type))"), ErrorCode::CustomMalformedPlacement);
  EXPECT_EQ(code("(@custom \"\" (after types))"), ErrorCode::CustomMalformedKind);
  EXPECT_EQ(code("(func (@custom \"\"))"), ErrorCode::MisplacedCustom);
}

TEST(Wat, WritesProducersAndDylink) {
  EXPECT_EQ(hex("(@producers (language \"C\" \"1\") (processed-by \"x\" \"\"))"),
            "002a0970726f64756365727302086c616e677561676501014301310c70726f6365737365642d627901017800");
  EXPECT_EQ(hex("(@dylink.0 (mem-info (memory 1 2)) (needed \"a\") (export-info \"b\" tls 1) (export-info \"c\") "
                "(import-info \"d\" \"e\" undefined) (runtime-path \"f\"))"),
            "002b0864796c696e6b2e3001040102000002030101610308020162810201630004060101640165100503010166");
}

TEST(Wat, WritesBranchHints) {
  std::string plain = hex("(func (param i32) local.get 0 (@metadata.code.branch_hint \"\\01\") if end)");
  EXPECT_EQ(plain,
            "01050160017f00030201000020196d657461646174612e636f64652e6272616e63685f68696e7401"
            "00010301010a09010700200004400b0b");
  EXPECT_EQ(hex("(func (param i32) (@metadata.code.branch_hint \"\\01\") (if (local.get 0) (then)))"), plain);
  EXPECT_EQ(code("(func (@metadata.code.branch_hint \"\\01\") (@metadata.code.branch_hint \"\\01\") if end)"),
            ErrorCode::BranchHintDuplicate);
  EXPECT_EQ(code("(@metadata.code.branch_hint \"\\01\")"), ErrorCode::BranchHintNotInFunction);
  EXPECT_EQ(message("(func nop (@metadata.code.branch_hint \"\\02\") nop)"), "invalid value for branch hint");
  EXPECT_EQ(message("(func nop (@metadata.code.branch_hint \"\\01\"))"),
            "@metadata.code.branch_hint annotation: must precede an instruction");
}

TEST(Wat, CountsDataOnlyWhereBodiesNeedIt) {
  EXPECT_EQ(hex("(data \"\")"), "0b03010100");
  EXPECT_NE(hex("(data $d \"\") (func (data.drop $d))").find("0c0101"), std::string::npos);
}

TEST(Wat, WantsFoldedOffsetsFolded) {
  EXPECT_EQ(message("(table 1 funcref) (elem (i32.const 0 i32.const 0 i32.add) funcref)"),
            "expected to continue a folded instruction");
  EXPECT_TRUE(parse_wat("(memory 1) (data (i32.add i32.const 0 i32.const 0))"));
  EXPECT_EQ(message("(memory 1) (data i32.const 0)"), "expected `(`");
}

TEST(Wat, WantsImportsFirst) {
  EXPECT_EQ(code("(func) (import \"\" \"\" (func))"), ErrorCode::ImportAfterFunction);
  EXPECT_EQ(code("(table 0 funcref) (import \"\" \"\" (func))"), ErrorCode::ImportAfterTable);
  EXPECT_EQ(code("(memory 0) (func (import \"\" \"\"))"), ErrorCode::ImportAfterMemory);
  EXPECT_EQ(code("(global i32 (i32.const 0)) (import \"\" \"\" (func))"), ErrorCode::ImportAfterGlobal);
  EXPECT_TRUE(parse_wat("(tag) (import \"\" \"\" (func))"));
  EXPECT_TRUE(parse_wat("(export \"a\" (func 0)) (elem func 0) (import \"\" \"\" (func))"));
}

TEST(Wat, ResolvesNames) {
  EXPECT_EQ(message("(func (call $x))"), "unknown func: failed to find name `$x`");
  EXPECT_EQ(code("(func (call $x))"), ErrorCode::UnknownFunction);
  EXPECT_EQ(code("(func (br $x))"), ErrorCode::UnknownLabel);
  EXPECT_EQ(code("(func (local.get $x))"), ErrorCode::UnknownLocal);
  EXPECT_EQ(code("(func (global.get $x))"), ErrorCode::UnknownGlobal);
  EXPECT_EQ(code("(func (type $x))"), ErrorCode::UnknownType);
  EXPECT_EQ(code("(func (table.get $x))"), ErrorCode::UnknownTable);
  EXPECT_EQ(code("(func (memory.size $x))"), ErrorCode::UnknownMemory);
  EXPECT_EQ(code("(func (throw $x))"), ErrorCode::UnknownTag);
  EXPECT_EQ(code("(func (elem.drop $x))"), ErrorCode::UnknownElemSegment);
  EXPECT_EQ(code("(func (data.drop $x))"), ErrorCode::UnknownDataSegment);
  EXPECT_EQ(code("(type $t (struct)) (func (struct.get $t $x))"), ErrorCode::UnknownField);
  EXPECT_EQ(code("(func $a) (func $a)"), ErrorCode::DuplicateFunc);
  EXPECT_EQ(code("(func (param $a i32) (local $a i32))"), ErrorCode::DuplicateLocal);
  EXPECT_EQ(code("(type (struct (field $a i32) (field $a i32)))"), ErrorCode::DuplicateField);
  EXPECT_EQ(code("(func block $a end $b)"), ErrorCode::MismatchingLabel);
  EXPECT_EQ(code("(type $t (func)) (func (type $t) (param i32))"), ErrorCode::InlineFunctionType);
  EXPECT_EQ(code("(func (block) (br $a)) (func (block $a))"), ErrorCode::UnknownLabel);
}

TEST(Wat, TakesInlineImportsAndExportsWhole) {
  for (std::string_view part :
       {"(export)", "(export x)", "(export \"x\" (func))", "(import \"m\")", "(import \"m\" \"f\" (param))"}) {
    std::string text(part);
    EXPECT_EQ(message("(func " + text + ")"), "unknown operator or unexpected token");
    EXPECT_EQ(message("(func (export \"a\") " + text + ")"), "unknown operator or unexpected token");
    EXPECT_EQ(message("(memory " + text + " 1)"), "expected keyword `data`");
    EXPECT_EQ(message("(global " + text + " i32)"), "unexpected token, expected `ref` or `shared`");
    EXPECT_EQ(message("(tag " + text + ")"), "expected `)`");
    EXPECT_EQ(message("(table " + text + " 1 funcref)"),
              "unexpected token, expected one of: `shared`, `i32`, `i64`, reftype, u64");
  }
  EXPECT_EQ(message("(func (export \"\\zz\"))"), "invalid string escape 'z'");
  EXPECT_EQ(message("(func (export \"a\"(;"), "unterminated block comment");
  EXPECT_EQ(message("(func (import \"a\" \"\\ff\"))"), "malformed UTF-8 encoding");
}

TEST(Wat, ChecksBlocks) {
  EXPECT_EQ(message("(func block)"), "control frames remain at end of function body or expression");
  EXPECT_EQ(message("(func end)"), "operators remaining after end of function body or expression");
  EXPECT_EQ(message("(func (block end))"), "operators remaining after end of function body or expression");
  EXPECT_EQ(message("(func else)"), "`else` found outside `If` block");
  EXPECT_EQ(message("(func block else end)"), "`else` found outside `If` block");
  EXPECT_EQ(message("(func i32.const 0 if else else end)"), "`else` found outside `If` block");
  EXPECT_EQ(message("(func (catch_all))"), "`catch_all` found outside `LegacyTry` block");
  EXPECT_EQ(message("(func try catch_all catch_all end)"), "`catch_all` found outside `LegacyTry` block");
  EXPECT_EQ(message("(func delegate 0)"), "`delegate` found outside `LegacyTry` block");
  EXPECT_EQ(message("(func (try (nop)))"), "expected keyword `do`");
  EXPECT_EQ(message("(func (try))"), "previous `try` had no `do`");
  EXPECT_EQ(message("(func (if (i32.const 0)))"), "previous `if` had no `then`");
  EXPECT_EQ(message("(func (if (then) (else) (nop)))"), "unexpected token: too many payloads inside of `(if)`");
  EXPECT_EQ(message("(func (if nop (then)))"), "expected `(`");
}

TEST(Wat, ReportsPlaces) {
  auto bytes = parse_wat("(module\n  (func\n    i32.cost 0))\n", {.file = "a.wat"});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().render(),
            "unknown operator or unexpected token\n     --> a.wat:3:5\n      |\n    3 |     i32.cost 0))\n      |     ^");
  EXPECT_EQ(bytes.error().first().code, ErrorCode::UnknownOperator);
  EXPECT_EQ(bytes.error().to_error().to_string(), "unknown operator or unexpected token (at offset 0x14)");
}

TEST(Wat, ReportsSeveralProblems) {
  constexpr std::string_view kSource = "(func (call $x))\n(func i32.cost)\n(table)\n(func $a) (func $a)\n(func (local.get $y))";
  auto bytes = parse_wat(kSource, {.max_diagnostics = 10});
  ASSERT_FALSE(bytes);
  std::vector<std::pair<u32, std::string>> seen;
  for (const Diagnostic& d : bytes.error().all()) seen.emplace_back(d.place.line, d.message);
  std::vector<std::pair<u32, std::string>> expected = {
      {1, "unknown func: failed to find name `$x`"},
      {2, "unknown operator or unexpected token"},
      {3, "unexpected token, expected one of: `shared`, `i32`, `i64`, reftype, u64"},
      {4, "duplicate func identifier"},
      {5, "unknown local: failed to find name `$y`"}};
  EXPECT_EQ(seen, expected);
  // Alone, the syntax counts first.
  EXPECT_EQ(message(kSource), "unknown operator or unexpected token");
  EXPECT_EQ(parse_wat(kSource, {.max_diagnostics = 2}).error().all().size(), 2u);
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Wat, NestsAsDeepAsMemoryAllows) {
  constexpr int kDepth = 100'000;
  auto nested = [&](std::string_view before, std::string_view open, std::string_view close, std::string_view after) {
    return fmt::format("{}{}{}{}", before, repeated(open, kDepth), repeated(close, kDepth), after);
  };
  EXPECT_TRUE(parse_wat(nested("(func ", "block ", "end ", ")")));
  EXPECT_TRUE(parse_wat(nested("(func ", "(block $a (br $a) ", ")", ")")));
  EXPECT_TRUE(parse_wat(nested("(func ", "(if (i32.const 0) (then ", "))", ")")));
  EXPECT_TRUE(parse_wat(nested("(func (drop ", "(i32.eqz ", ")", "))")));
  EXPECT_TRUE(parse_wat(nested("(func ", "(try (do ", ") (catch_all))", ")")));
  EXPECT_TRUE(parse_wat(nested("(global i32 ", "(i32.add ", ")", ")")));
  EXPECT_TRUE(parse_wat(nested("(module ", "(;", ";)", ")")));
  EXPECT_TRUE(parse_wat(nested("(module ", "(@x ", ")", ")")));
  EXPECT_FALSE(parse_wat(repeated("(", kDepth)));
  EXPECT_FALSE(parse_wat(nested("(func ", "(", ")", ")")));
}

// Every prefix of a module with something of everything, and the module with each byte changed, is answered without a crash.
TEST(Wat, SurvivesDamage) {
  const std::string source = R"((module $m (@name "n") (type $t (sub final (func (param $x i32) (result (ref null 0)))))
  (rec (type $r (struct (field $f (mut i8)) (field i16 i64))) (type (array (ref $r))))
  (import "a" "b" (func $i (@name "q") (type $t))) (import "a" (item "x" (func)) (item "y" (global i32)))
  (import "a" (item "x") (item "y") (memory i64 1 2 shared (pagesize 1)))
  (func $f (export "e") (type $t) (local $l i32 v128) (if (result i32) (local.get $l) (then (i32.const 0x1_0)) (else (i32.const -1)))
    block $b (br_table $b 0 $b (i32.const 0)) end $b (drop (v128.const f32x4 1 nan:0x1 -inf 0x1.8p-3)) (v128.store8_lane 1 offset=1 align=1 3)
    (try_table (catch $g 0) (catch_all 0)) (call_indirect $tb (param i64) (result f32 f64) (i64.const 0)) (select (result i32))
    (@metadata.code.branch_hint "\01") (br_if 0) (try (do) (catch $g) (catch_all)) (resume $t (on $g 0) (on $g switch)) (ref.test (ref $r)))
  (table $tb funcref (elem $f (item ref.func $f))) (memory $me (data "a\00\u{10ffff}" (i8 1 2) (f64 0x1p-1074)))
  (global $gl (mut i32) (i32.const 1)) (tag $g (param i32)) (start $f) (elem $el declare func $f) (data $d (memory $me) (offset i32.const 0) "")
  (@custom "c" (after func) "x") (@producers (sdk "a" "b")) (@dylink.0 (mem-info (memory 1 2)) (export-info "a" tls)) (; c (; d ;) ;) ;; e
  (@unknown "x" (y)) (export "z" (func $f))))";
  ASSERT_FALSE(parse_wat(source + ")"));
  for (std::size_t size = 0; size < source.size(); ++size) {
    std::string cut = source.substr(0, size);
    EXPECT_FALSE(parse_wat(cut, {.max_diagnostics = 5})) << size;
  }
  for (std::size_t at = 0; at < source.size(); ++at) {
    for (char c : {'(', ')', '"', '\\', ';', '$', '0', ' ', '@', '\xe2'}) {
      std::string damaged = source;
      damaged[at] = c;
      static_cast<void>(parse_wat(damaged, {.max_diagnostics = 5}));
    }
  }
}

}  // namespace
}  // namespace tenon::text
