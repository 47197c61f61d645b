#include "tenon/text/wast.h"

#include <fmt/format.h>

#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"
#include "text/expressions.h"
#include "text/keywords.h"
#include "text/module_parser.h"
#include "text/parse.h"

namespace tenon::text {

std::expected<std::vector<u8>, Diagnostics> ScriptModule::encode() const {
  ParseOptions options{.file = file_, .allow_confusing_unicode = allow_confusing_unicode_, .check_blocks = check_blocks_};
  switch (form_) {
    case Form::Text:
      break;
    case Form::Binary: {
      Bytes bytes = as_bytes(contents_);
      return std::vector<u8>(bytes.begin(), bytes.end());
    }
    case Form::Quote:
      return parse_wat(contents_, options);
  }
  if (component_) {
    Diagnostics out{std::string(file_)};
    out.add(script_, ErrorCode::Unsupported, place_.offset, "components are not supported yet");
    return std::unexpected(std::move(out));
  }
  return parse_module_at(script_, body_, options);
}

// Parses directives over one Tokens. Modules are only skipped here.
class ScriptParser {
 public:
  ScriptParser(const std::string& text, const std::string& file, const ParseOptions& options)
      : t_(text, options.allow_confusing_unicode),
        text_(text),
        file_(file),
        allow_(options.allow_confusing_unicode),
        check_blocks_(options.check_blocks) {}

  void parse(std::vector<Directive>& out);
  std::vector<Problem>& problems() { return t_.problems(); }

 private:
  // Nested threads and alternatives are parsed by recursion; no script needs more.
  static constexpr u32 kMaxDepth = 50;

  static bool starts_directive(const Token& token);
  void directives(std::vector<Directive>& out, u32 depth);
  bool directive(std::vector<Directive>& out, u32 depth);
  bool module_directive(Directive& out);
  ScriptModule module();
  Execute execute();
  Invoke invoke();
  std::vector<Arg> args();
  Arg arg();
  Expected expected(u32 depth);
  void expect_reference(Expected& out);
  void expect_v128(Expected& out);
  NanPattern nan_pattern();
  ValType null_type();
  std::optional<std::string> optional_id();
  std::string name() { return std::string(t_.take_name()); }
  Place place(u64 offset);

  Tokens t_;
  std::string_view text_;
  std::string_view file_;
  bool allow_;
  bool check_blocks_;
  // Places are asked for in rising order; counting goes on where it stopped.
  u64 line_begin_ = 0;
  u32 line_ = 1;
};

Place ScriptParser::place(u64 offset) {
  for (;;) {
    std::size_t end = text_.find('\n', line_begin_);
    if (end == std::string_view::npos || end >= offset) break;
    ++line_;
    line_begin_ = end + 1;
  }
  Place in_line = place_of(text_.substr(line_begin_, offset - line_begin_), offset - line_begin_);
  return {offset, line_, in_line.column};
}

bool ScriptParser::starts_directive(const Token& token) {
  if (!token.is(TokenKind::Keyword)) return false;
  std::string_view word = token.text();
  for (std::string_view known : {"module", "component", "register", "invoke", "thread", "wait"})
    if (word == known) return true;
  return word.starts_with("assert_");
}

void ScriptParser::parse(std::vector<Directive>& out) {
  t_.seek(text_.data());
  if (!starts_directive(t_.peek())) {
    // A module without its parentheses. Its syntax is the script's; what else is wrong with it shows when it is encoded.
    ModuleParser parser(text_, allow_);
    parser.parse_source();
    for (Problem& problem : parser.problems())
      if (problem.phase == Phase::Syntax) t_.problems().push_back(std::move(problem));
    ScriptModule whole;
    whole.form_ = ScriptModule::Form::Quote;
    whole.allow_confusing_unicode_ = allow_;
    whole.check_blocks_ = check_blocks_;
    whole.script_ = text_;
    whole.file_ = file_;
    whole.place_ = place(t_.offset());
    whole.contents_ = std::string(text_);
    out.push_back({whole.place_, DefineAndInstantiate{std::move(whole)}});
    return;
  }
  directives(out, 0);
  if (!t_.failed() && !t_.at(TokenKind::Eof)) t_.fail("extra tokens remaining after parse");
}

void ScriptParser::directives(std::vector<Directive>& out, u32 depth) {
  while (!t_.at_end()) {
    if (!t_.take_lparen() || !directive(out, depth)) return;
    t_.take_rparen();
  }
}

// Behind the opening parenthesis; false after a syntax error.
bool ScriptParser::directive(std::vector<Directive>& out, u32 depth) {
  Directive result;
  u64 offset = t_.offset();
  result.place = place(offset);
  std::string_view word = t_.at(TokenKind::Keyword) ? t_.tok().text() : std::string_view();
  if (word == "module" || word == "component") {
    if (!module_directive(result)) return false;
    out.push_back(std::move(result));
    return !t_.failed();
  }
  auto parenthesised_module = [&] {
    t_.take_lparen();
    ScriptModule inner = module();
    t_.take_rparen();
    return inner;
  };
  auto parenthesised_execute = [&] {
    t_.take_lparen();
    Execute inner = execute();
    t_.take_rparen();
    return inner;
  };
  if (word == "invoke") {
    result.what = invoke();
  } else if (word == "register") {
    t_.advance();
    Register what;
    what.name = name();
    what.module = optional_id();
    result.what = std::move(what);
  } else if (word == "assert_return") {
    t_.advance();
    AssertReturn what;
    what.execute = parenthesised_execute();
    while (!t_.at_end()) {
      t_.take_lparen();
      what.results.push_back(expected(0));
      t_.take_rparen();
    }
    result.what = std::move(what);
  } else if (word == "assert_trap") {
    t_.advance();
    AssertTrap what;
    what.execute = parenthesised_execute();
    what.message = name();
    result.what = std::move(what);
  } else if (word == "assert_exhaustion") {
    t_.advance();
    AssertExhaustion what;
    t_.take_lparen();
    what.call = invoke();
    t_.take_rparen();
    what.message = name();
    result.what = std::move(what);
  } else if (word == "assert_exception") {
    t_.advance();
    result.what = AssertException{parenthesised_execute()};
  } else if (word == "assert_suspension") {
    t_.advance();
    AssertSuspension what;
    what.execute = parenthesised_execute();
    what.message = name();
    result.what = std::move(what);
  } else if (word == "assert_malformed" || word == "assert_malformed_custom") {
    t_.advance();
    AssertMalformed what;
    what.custom = word.ends_with("custom");
    what.module = parenthesised_module();
    what.message = name();
    result.what = std::move(what);
  } else if (word == "assert_invalid" || word == "assert_invalid_custom") {
    t_.advance();
    AssertInvalid what;
    what.custom = word.ends_with("custom");
    what.module = parenthesised_module();
    what.message = name();
    result.what = std::move(what);
  } else if (word == "assert_unlinkable") {
    t_.advance();
    AssertUnlinkable what;
    what.module = parenthesised_module();
    what.message = name();
    result.what = std::move(what);
  } else if (word == "thread") {
    if (depth >= kMaxDepth) {
      t_.fail("item nesting too deep");
      return false;
    }
    t_.advance();
    Thread what;
    what.name = optional_id().value_or("");
    if (t_.try_paren("shared")) {
      t_.take_lparen();
      t_.expect_keyword("module");
      what.shared_module = optional_id();
      t_.take_rparen();
      t_.take_rparen();
    }
    directives(what.directives, depth + 1);
    result.what = std::move(what);
  } else if (word == "wait") {
    t_.advance();
    result.what = Wait{optional_id().value_or("")};
  } else {
    t_.fail(
        "unexpected token, expected one of: `module`, `component`, `assert_malformed`, `assert_malformed_custom`, "
        "`assert_invalid`, `assert_invalid_custom`, `register`, `invoke`, `assert_trap`, `assert_return`, "
        "`assert_exhaustion`, `assert_unlinkable`, `assert_exception`, `assert_suspension`, `thread`, `wait`");
  }
  if (t_.failed()) return false;
  out.push_back(std::move(result));
  return true;
}

// At the keyword `module` or `component` of a directive.
bool ScriptParser::module_directive(Directive& out) {
  if (t_.peek().is_keyword("instance")) {
    t_.advance();
    t_.advance();
    Instantiate what;
    what.instance = optional_id();
    what.module = optional_id();
    out.what = std::move(what);
    return !t_.failed();
  }
  bool definition = t_.peek().is_keyword("definition");
  ScriptModule what = module();
  if (definition) {
    out.what = Define{std::move(what)};
  } else {
    out.what = DefineAndInstantiate{std::move(what)};
  }
  return !t_.failed();
}

// At the keyword `module` or `component`; stops at the closing parenthesis.
ScriptModule ScriptParser::module() {
  ScriptModule out;
  out.script_ = text_;
  out.file_ = file_;
  out.allow_confusing_unicode_ = allow_;
  out.check_blocks_ = check_blocks_;
  out.place_ = place(t_.offset());
  if (!t_.at_keyword("module") && !t_.at_keyword("component")) {
    t_.fail("unexpected token, expected `module` or `component`");
    return out;
  }
  out.component_ = t_.at_keyword("component");
  t_.advance();
  if (t_.at_keyword("definition")) t_.advance();
  out.body_ = t_.offset();
  out.id_ = optional_id();
  if (t_.at_annotation("name")) {
    t_.advance();
    t_.advance();
    t_.take_name();
    t_.take_rparen();
  }
  if (t_.at_keyword("binary") && !out.component_) {
    out.form_ = ScriptModule::Form::Binary;
    t_.advance();
    while (!t_.at_end()) out.contents_ += t_.take_bytes();
  } else if (t_.at_keyword("quote")) {
    out.form_ = ScriptModule::Form::Quote;
    t_.advance();
    while (!t_.at_end()) {
      out.contents_ += t_.take_bytes();
      out.contents_ += ' ';
    }
    if (out.component_) out.contents_ = fmt::format("(component{})", out.contents_);
  } else if (!t_.failed()) {
    // To the closing parenthesis.
    const char* end = t_.lexer().skip_to_close(t_.tok().begin);
    bool closed = end > text_.data() && end[-1] == ')';
    t_.seek(closed ? end - 1 : end);
  }
  return out;
}

std::optional<std::string> ScriptParser::optional_id() {
  std::string_view id;
  if (!t_.try_id(id)) return std::nullopt;
  return std::string(id);
}

Execute ScriptParser::execute() {
  if (t_.at_keyword("invoke")) return invoke();
  if (t_.at_keyword("module") || t_.at_keyword("component")) return module();
  if (t_.at_keyword("get")) {
    Get out;
    out.place = place(t_.offset());
    t_.advance();
    out.module = optional_id();
    out.name = name();
    return out;
  }
  t_.fail("unexpected token, expected one of: `invoke`, `module`, `component`, `get`");
  return Invoke{};
}

Invoke ScriptParser::invoke() {
  Invoke out;
  out.place = place(t_.offset());
  if (!t_.expect_keyword("invoke")) return out;
  out.module = optional_id();
  out.name = name();
  while (!t_.at_end()) {
    t_.take_lparen();
    out.args.push_back(arg());
    t_.take_rparen();
  }
  return out;
}

Arg ScriptParser::arg() {
  Arg out;
  if (t_.try_keyword("i32.const")) {
    out.kind = Arg::Kind::I32;
    out.bits = t_.take_int(32, "i32");
  } else if (t_.try_keyword("i64.const")) {
    out.kind = Arg::Kind::I64;
    out.bits = t_.take_int(64, "i64");
  } else if (t_.try_keyword("f32.const")) {
    out.kind = Arg::Kind::F32;
    out.bits = t_.take_f32();
  } else if (t_.try_keyword("f64.const")) {
    out.kind = Arg::Kind::F64;
    out.bits = t_.take_f64();
  } else if (t_.try_keyword("v128.const")) {
    out.kind = Arg::Kind::V128;
    u8 shape = 0;
    out.v128 = take_v128(t_, &shape);
    out.shape = static_cast<LaneShape>(shape);
  } else if (t_.try_keyword("ref.null")) {
    out.kind = Arg::Kind::RefNull;
    out.type = null_type();
  } else if (t_.try_keyword("ref.extern")) {
    out.kind = Arg::Kind::RefExtern;
    out.bits = t_.take_u32();
  } else if (t_.try_keyword("ref.host")) {
    out.kind = Arg::Kind::RefHost;
    out.bits = t_.take_u32();
  } else {
    t_.fail("expected a [type].const expression");
  }
  return out;
}

// The heap type of a null. One that is not abstract means nothing outside of its module and is Bottom.
ValType ScriptParser::null_type() {
  if (t_.at_index()) {
    t_.advance();
    return ValType::bottom();
  }
  bool shared = t_.try_paren("shared");
  auto heap = t_.at(TokenKind::Keyword) ? find_heap_type(t_.tok().text()) : std::nullopt;
  if (!heap) {
    t_.fail("unexpected token, expected one of: an index, left paren, absheaptype");
    return ValType::bottom();
  }
  t_.advance();
  if (shared) t_.take_rparen();
  return ValType::ref(*heap).with_shared(shared);
}

NanPattern ScriptParser::nan_pattern() {
  if (t_.try_keyword("nan:canonical")) return NanPattern::Canonical;
  if (t_.try_keyword("nan:arithmetic")) return NanPattern::Arithmetic;
  return NanPattern::Value;
}

Expected ScriptParser::expected(u32 depth) {
  using Kind = Expected::Kind;
  Expected out;
  if (t_.try_keyword("i32.const")) {
    out.kind = Kind::I32;
    out.bits = t_.take_int(32, "i32");
  } else if (t_.try_keyword("i64.const")) {
    out.kind = Kind::I64;
    out.bits = t_.take_int(64, "i64");
  } else if (t_.try_keyword("f32.const")) {
    out.kind = Kind::F32;
    out.nan = nan_pattern();
    if (out.nan == NanPattern::Value) out.bits = t_.take_f32();
  } else if (t_.try_keyword("f64.const")) {
    out.kind = Kind::F64;
    out.nan = nan_pattern();
    if (out.nan == NanPattern::Value) out.bits = t_.take_f64();
  } else if (t_.try_keyword("v128.const")) {
    expect_v128(out);
  } else if (t_.try_keyword("either")) {
    out.kind = Kind::Either;
    if (depth >= kMaxDepth) t_.fail("item nesting too deep");
    while (!t_.at_end()) {
      t_.take_lparen();
      out.either.push_back(expected(depth + 1));
      t_.take_rparen();
    }
  } else {
    expect_reference(out);
  }
  return out;
}

void ScriptParser::expect_v128(Expected& out) {
  out.kind = Expected::Kind::V128;
  u8 shape = 0;
  std::array<u8, 4> nan{};
  out.v128 = take_v128(t_, &shape, &nan);
  out.shape = static_cast<LaneShape>(shape);
  for (std::size_t i = 0; i < nan.size(); ++i) out.lane_nan[i] = static_cast<NanPattern>(nan[i]);
}

void ScriptParser::expect_reference(Expected& out) {
  using Kind = Expected::Kind;
  auto number = [&] {
    if (t_.at(TokenKind::Id)) {  // a function by name: its number is not known here
      t_.advance();
      return;
    }
    if (!t_.at_index()) return;
    out.has_number = true;
    out.bits = t_.take_u32();
  };
  if (t_.try_keyword("ref.null")) {
    out.kind = Kind::RefNull;
    if (!t_.at_end()) out.type = null_type();
  } else if (t_.try_keyword("ref.extern")) {
    out.kind = Kind::RefExtern;
    number();
  } else if (t_.try_keyword("ref.host")) {
    out.kind = Kind::RefHost;
    out.has_number = true;
    out.bits = t_.take_u32();
  } else if (t_.try_keyword("ref.func")) {
    out.kind = Kind::RefFunc;
    number();
  } else {
    constexpr std::pair<std::string_view, Kind> kKinds[] = {
        {"ref.any", Kind::RefAny},       {"ref.eq", Kind::RefEq},   {"ref.array", Kind::RefArray},
        {"ref.struct", Kind::RefStruct}, {"ref.i31", Kind::RefI31}, {"ref.i31_shared", Kind::RefI31Shared},
    };
    for (const auto& [word, kind] : kKinds) {
      if (!t_.try_keyword(word)) continue;
      out.kind = kind;
      return;
    }
    t_.fail("expected a [type].const expression");
  }
}

std::expected<Script, Diagnostics> parse_wast(std::string_view source, const ParseOptions& options) {
  Script script;
  script.text = std::make_unique<const std::string>(source);
  script.file = std::make_unique<const std::string>(options.file);
  if (!is_utf8(as_bytes(source))) {
    Diagnostics out{std::string(options.file)};
    out.add(ErrorCode::MalformedUtf8, "input bytes aren't valid utf-8");
    return std::unexpected(std::move(out));
  }
  ScriptParser parser(*script.text, *script.file, options);
  parser.parse(script.directives);
  if (!parser.problems().empty()) return std::unexpected(to_diagnostics(source, options, parser.problems()));
  return script;
}

}  // namespace tenon::text
