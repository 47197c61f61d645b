#include "text/tokens.h"

#include <fmt/format.h>

#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"
#include "text/keywords.h"

namespace tenon::text {

namespace {
// More problems than anybody reads are not kept.
constexpr std::size_t kMaxProblems = 1000;
}  // namespace

bool Tokens::is_annotation(const Token& token, std::string_view name) {
  if (!token.is(TokenKind::Annotation)) return false;
  std::string_view text = token.text().substr(1);
  if (!text.starts_with('"')) return text == name;
  std::string id;
  append_string(text, id);
  return id == name;
}

bool Tokens::at_paren_of_strings(std::string_view word, u32 count) {
  if (!at_paren(word)) return false;
  Lexer ahead = lexer_;
  ahead.seek(peek_.end);
  for (; count > 0; --count) {
    Token token = ahead.next();
    if (!token.is(TokenKind::String)) return token.is(TokenKind::Error);
  }
  Token last = ahead.next();
  return last.is(TokenKind::RParen) || last.is(TokenKind::Error);
}

u32 Tokens::count_numbers() const {
  if (!is_number(tok_)) return 0;
  Lexer ahead = lexer_;
  ahead.seek(tok_.end);
  u32 count = 1;
  while (is_number(ahead.next())) ++count;
  return count;
}

bool Tokens::take_lparen() {
  if (!at(TokenKind::LParen)) {
    fail("expected `(`");
    return false;
  }
  advance();
  return true;
}

bool Tokens::take_rparen() {
  if (!at(TokenKind::RParen)) {
    fail("expected `)`");
    return false;
  }
  advance();
  return true;
}

bool Tokens::expect_keyword(std::string_view word) {
  if (try_keyword(word)) return true;
  fail(fmt::format("expected keyword `{}`", word));
  return false;
}

std::string_view Tokens::take_bytes(ErrorCode missing) {
  if (!at(TokenKind::String)) {
    fail(missing == ErrorCode::UnexpectedToken ? code_for(tok_) : missing, "expected a string");
    return {};
  }
  std::string_view text = tok_.text();
  std::string_view bytes = text.substr(1, text.size() - 2);
  if (tok_.escapes) {
    std::string decoded;
    append_string(text, decoded);
    bytes = keep(std::move(decoded));
  }
  advance();
  return bytes;
}

std::string_view Tokens::take_name(ErrorCode missing, ErrorCode malformed) {
  Token token = tok_;
  std::string_view bytes = take_bytes(missing);
  if (token.escapes && !failed_ && !is_utf8(as_bytes(bytes))) {
    fail_at(lexer_.offset(token.end), malformed, "malformed UTF-8 encoding");
    return {};
  }
  return bytes;
}

std::string_view Tokens::id_name(const Token& token) {
  std::string_view text = token.text().substr(1);
  if (text.starts_with('"')) {
    std::string_view name = text.substr(1, text.size() - 2);
    if (token.escapes) {
      std::string decoded;
      append_string(text, decoded);
      name = keep(std::move(decoded));
      if (!is_utf8(as_bytes(name))) {
        fail_at(offset(token), ErrorCode::MalformedUtf8Text, "malformed UTF-8 encoding of string-based id");
        return {};
      }
    }
    text = name;
  }
  if (text.empty()) fail_at(offset(token), ErrorCode::EmptyIdentifier, "empty identifier");
  return text;
}

bool Tokens::try_id(std::string_view& name) {
  if (!at(TokenKind::Id)) return false;
  name = id_name(tok_);
  if (failed_) return false;
  advance();
  return true;
}

namespace {

// Nearly all numbers are short and decimal. False for others.
bool short_decimal(std::string_view digits, u64& value) {
  if (digits.empty() || digits.size() > 9) return false;
  value = 0;
  for (char c : digits) {
    if (!chars::is_digit(c)) return false;
    value = value * 10 + static_cast<u64>(c - '0');
  }
  return true;
}

}  // namespace

u64 Tokens::take_uint(unsigned bits, std::string_view what) {
  std::string_view text = tok_.text();
  u64 quick;
  if (at(TokenKind::Number) && short_decimal(text, quick) && (bits >= 32 || quick >> bits == 0)) {
    advance();
    return quick;
  }
  if (!is_integer(tok_)) {
    fail(fmt::format("expected a {}", what));
    return 0;
  }
  auto value = parse_uint(text, bits);
  if (!value) {
    fail(bits == 8    ? ErrorCode::I8OutOfRange
         : bits == 32 ? ErrorCode::I32OutOfRange
                      : ErrorCode::I64OutOfRange,
         fmt::format("invalid {} number: constant out of range", what));
    return 0;
  }
  advance();
  return *value;
}

u64 Tokens::take_int(unsigned bits, std::string_view what) {
  if (bits >= 32 && at(TokenKind::Number)) {
    std::string_view digits = tok_.text();
    bool negative = digits.front() == '-';
    if (negative) digits.remove_prefix(1);
    u64 quick;
    if (short_decimal(digits, quick)) {
      advance();
      return negative ? (~quick + 1) & (~u64{0} >> (64 - bits)) : quick;
    }
  }
  if (!is_integer(tok_)) {
    fail(fmt::format("expected a {}", what));
    return 0;
  }
  auto value = parse_int(tok_.text(), bits);
  if (!value) {
    fail(ErrorCode::ConstantOutOfRange, fmt::format("invalid {} number: constant out of range", what));
    return 0;
  }
  advance();
  return *value;
}

u32 Tokens::take_f32() {
  if (!is_number(tok_)) {
    fail("expected a float");
    return 0;
  }
  auto bits = parse_f32(tok_.text());
  if (!bits) {
    fail(ErrorCode::ConstantOutOfRange, "invalid float value: constant out of range");
    return 0;
  }
  advance();
  return *bits;
}

u64 Tokens::take_f64() {
  if (!is_number(tok_)) {
    fail("expected a float");
    return 0;
  }
  auto bits = parse_f64(tok_.text());
  if (!bits) {
    fail(ErrorCode::ConstantOutOfRange, "invalid float value: constant out of range");
    return 0;
  }
  advance();
  return *bits;
}

ErrorCode Tokens::code_for(const Token& token) {
  switch (token.kind) {
    case TokenKind::LParen:
      return peek().is(TokenKind::Annotation) ? code_for(Token(peek())) : ErrorCode::UnexpectedToken;
    case TokenKind::Annotation:
      if (is_annotation(token, "custom")) return ErrorCode::MisplacedCustom;
      if (is_annotation(token, "name")) return ErrorCode::MisplacedName;
      if (is_annotation(token, "metadata.code.branch_hint")) return ErrorCode::BranchHintNotInFunction;
      return ErrorCode::UnknownOperator;
    case TokenKind::Keyword:
      return is_known_keyword(token.text()) ? ErrorCode::UnexpectedToken : ErrorCode::UnknownOperator;
    case TokenKind::Number:
      return classify_number(token.text()) == NumberClass::None ? ErrorCode::UnknownOperator : ErrorCode::UnexpectedToken;
    case TokenKind::Reserved:
      return ErrorCode::UnknownOperator;
    default:
      return ErrorCode::UnexpectedToken;
  }
}

void Tokens::fail(ErrorCode code, std::string message) {
  if (failed_) return;
  // What was looked at ahead and is no token counts first, too.
  if (at(TokenKind::Error) || (has_peek_ && peek_.is(TokenKind::Error))) {
    const LexError& error = lexer_.error();
    fail_at(error.offset, error.code, error.message);
    return;
  }
  fail_at(offset(), code, std::move(message));
}

void Tokens::fail_at(u64 offset, ErrorCode code, std::string message) {
  if (failed_) return;
  if (!quiet_ && problems_.size() < kMaxProblems) problems_.push_back({Phase::Syntax, code, offset, std::move(message)});
  stop();
}

void Tokens::problem(Phase phase, ErrorCode code, u64 offset, std::string message) {
  if (failed_ || problems_.size() >= kMaxProblems) return;
  problems_.push_back({phase, code, offset, std::move(message)});
}

}  // namespace tenon::text
