#include "tenon/text/wast.h"

#include <gtest/gtest.h>

#include "tenon/spec/errors.h"

namespace tenon::text {
namespace {

Script parse(std::string_view source) {
  auto script = parse_wast(source, {.allow_confusing_unicode = true});
  if (script) return std::move(*script);
  ADD_FAILURE() << script.error().render();
  return {};
}

std::string message(std::string_view source) {
  auto script = parse_wast(source);
  return script ? "accepted" : script.error().first().message;
}

TEST(Wast, TellsDirectivesApart) {
  Script script = parse(R"wast((module $a (func))
(module definition $b (memory 1))
(module instance $c $b)
(module instance)
(register "x" $a)
(invoke $a "f" (i32.const -1) (i64.const 2) (f32.const 1) (f64.const nan) (v128.const i64x2 1 2) (ref.null func) (ref.extern 3) (ref.host 4))
(assert_return (get "g") (i32.const 1))
(assert_trap (invoke "f") "out of bounds")
(assert_trap (module (start 0)) "unreachable")
(assert_exhaustion (invoke "f") "call stack exhausted")
(assert_exception (invoke "f"))
(assert_suspension (invoke "f") "unhandled")
(assert_malformed (module quote "(func" ")") "unexpected token")
(assert_malformed_custom (module quote "(@custom)") "@custom")
(assert_invalid (module (func)) "type mismatch")
(assert_invalid_custom (module (func)) "hint")
(assert_unlinkable (module binary "\00asm") "unknown import")
(thread $t (shared (module $a)) (invoke "f") (module))
(wait $t))wast");
  std::vector<std::size_t> kinds;
  for (const Directive& directive : script.directives) kinds.push_back(directive.what.index());
  EXPECT_EQ(kinds, (std::vector<std::size_t>{0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 10, 11, 11, 12, 13, 14}));
  for (std::size_t i = 0; i < script.directives.size(); ++i) EXPECT_EQ(script.directives[i].place.line, i + 1);
  EXPECT_EQ(script.directives[0].place.column, 2u);

  const auto& module = std::get<DefineAndInstantiate>(script.directives[0].what).module;
  EXPECT_EQ(module.id(), "a");
  EXPECT_TRUE(module.encode());
  const auto& instance = std::get<Instantiate>(script.directives[2].what);
  EXPECT_EQ(instance.instance, "c");
  EXPECT_EQ(instance.module, "b");
  const auto& invoke = std::get<Invoke>(script.directives[5].what);
  EXPECT_EQ(invoke.module, "a");
  EXPECT_EQ(invoke.name, "f");
  ASSERT_EQ(invoke.args.size(), 8u);
  EXPECT_EQ(invoke.args[0].bits, 0xffffffffu);
  EXPECT_EQ(invoke.args[3].bits, 0x7ff8000000000000u);
  EXPECT_EQ(invoke.args[4].v128, (Bits128{1, 2}));
  EXPECT_EQ(invoke.args[5].type, ValType::funcref());
  EXPECT_EQ(invoke.args[6].bits, 3u);
  const auto& quote = std::get<AssertMalformed>(script.directives[12].what);
  EXPECT_EQ(quote.module.form(), ScriptModule::Form::Quote);
  EXPECT_EQ(quote.module.contents(), "(func ) ");
  EXPECT_TRUE(std::get<AssertMalformed>(script.directives[13].what).custom);
  const auto& thread = std::get<Thread>(script.directives[17].what);
  EXPECT_EQ(thread.name, "t");
  EXPECT_EQ(thread.shared_module, "a");
  EXPECT_EQ(thread.directives.size(), 2u);
}

TEST(Wast, ReadsExpectedResults) {
  Script script = parse(R"wast((assert_return (invoke "f") (i32.const 1) (f32.const nan:canonical) (f64.const nan:arithmetic)
  (v128.const f32x4 1 nan:canonical nan:arithmetic inf) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1)
  (ref.null) (ref.null any) (ref.extern) (ref.extern 1) (ref.host 2) (ref.func) (ref.any) (ref.eq) (ref.array) (ref.struct) (ref.i31)
  (ref.i31_shared) (either (i32.const 1) (either (i64.const 2) (ref.null)))))wast");
  ASSERT_EQ(script.directives.size(), 1u);
  const auto& results = std::get<AssertReturn>(script.directives[0].what).results;
  ASSERT_EQ(results.size(), 18u);
  using Kind = Expected::Kind;
  EXPECT_EQ(results[1].nan, NanPattern::Canonical);
  EXPECT_EQ(results[2].nan, NanPattern::Arithmetic);
  EXPECT_EQ(results[3].shape, LaneShape::F32x4);
  EXPECT_EQ(results[3].lane_nan,
            (std::array{NanPattern::Value, NanPattern::Canonical, NanPattern::Arithmetic, NanPattern::Value}));
  EXPECT_EQ(results[3].v128.lanes<u32>(), (std::array<u32, 4>{0x3f800000, 0, 0, 0x7f800000}));
  EXPECT_EQ(results[4].v128.hi >> 56, 0xffu);
  EXPECT_EQ(results[5].kind, Kind::RefNull);
  EXPECT_TRUE(results[5].type.is_bottom());
  EXPECT_EQ(results[6].type, ValType::anyref());
  EXPECT_FALSE(results[7].has_number);
  EXPECT_TRUE(results[8].has_number);
  EXPECT_EQ(results[10].kind, Kind::RefFunc);
  EXPECT_EQ(results[15].kind, Kind::RefI31);
  EXPECT_EQ(results[16].kind, Kind::RefI31Shared);
  ASSERT_EQ(results[17].either.size(), 2u);
  EXPECT_EQ(results[17].either[1].either[0].bits, 2u);
}

TEST(Wast, FindsErrorsInModulesOnlyWhenAsked) {
  Script script = parse("(module)\n(module (func i32.cost))\n(module quote \"(func\\ni32.cost)\")");
  ASSERT_EQ(script.directives.size(), 3u);
  EXPECT_TRUE(std::get<DefineAndInstantiate>(script.directives[0].what).module.encode());
  auto text = std::get<DefineAndInstantiate>(script.directives[1].what).module.encode();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().first().place.line, 2u);
  EXPECT_EQ(text.error().first().place.column, 15u);
  auto quote = std::get<DefineAndInstantiate>(script.directives[2].what).module.encode();
  ASSERT_FALSE(quote);
  EXPECT_EQ(quote.error().first().place.line, 2u);
  EXPECT_EQ(quote.error().first().code, ErrorCode::UnknownOperator);
}

TEST(Wast, TakesABareModule) {
  Script script = parse("(func) (memory 1)");
  ASSERT_EQ(script.directives.size(), 1u);
  EXPECT_TRUE(std::get<DefineAndInstantiate>(script.directives[0].what).module.encode());
  EXPECT_EQ(parse("(@what)").directives.size(), 1u);
  // What is wrong with its syntax is wrong with the script.
  EXPECT_EQ(message(""), "expected at least one module field");
  EXPECT_EQ(message(" ;; nothing"), "expected at least one module field");
  EXPECT_EQ(message("(func) (what)"), "expected valid module field");
  EXPECT_EQ(message("func"), "expected `(`");
  EXPECT_EQ(message(std::string_view("\0asm\1\0\0\0", 8)), "unexpected character '\\u{0}'");
  EXPECT_EQ(message("(func (call $nothing))"), "accepted");
}

TEST(Wast, SurvivesMoves) {
  Script script = parse("(module $a (func (export \"f\")))");
  Script moved = std::move(script);
  EXPECT_TRUE(std::get<DefineAndInstantiate>(moved.directives[0].what).module.encode());
}

TEST(Wast, ReportsErrors) {
  EXPECT_EQ(message("(assert_return)"), "expected `(`");
  EXPECT_EQ(message("(assert_return (invoke \"f\") (i33.const 0))"), "expected a [type].const expression");
  EXPECT_EQ(message("(register)"), "expected a string");
  EXPECT_EQ(message("(module"), "expected `)`");
  EXPECT_EQ(message("(module))"), "extra tokens remaining after parse");
  EXPECT_EQ(message("\xff"), "input bytes aren't valid utf-8");
  EXPECT_TRUE(message("(assert_what)").starts_with("unexpected token, expected one of: `module`"));
  std::string deep, close;
  for (int i = 0; i < 1000; ++i) {
    deep += "(thread $t ";
    close += ")";
  }
  EXPECT_EQ(message(deep + close), "item nesting too deep");
  std::string either = "(assert_return (invoke \"f\") ";
  for (int i = 0; i < 1000; ++i) either += "(either ";
  EXPECT_EQ(message(either), "item nesting too deep");
  auto component = parse_wast("(component $c)");
  ASSERT_TRUE(component);
  auto bytes = std::get<DefineAndInstantiate>(component->directives[0].what).module.encode();
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().first().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace tenon::text
