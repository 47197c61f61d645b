// Tokens: the parser's view of the source, with one token of lookahead, and where what is wrong is written down.
//
// A syntax error is sticky: from then on every token is Eof until seek(), so that parsing functions need not ask after every
// step. Problems of later phases (order of imports, duplicate and unknown names) do not stop anything.
#pragma once

#include <deque>
#include <vector>

#include "tenon/spec/errors.h"
#include "tenon/text/diagnostics.h"
#include "text/lexer.h"
#include "text/numbers.h"

namespace tenon::text {

/// The order in which problems count: a text with a syntax error is not asked for unknown names.
enum class Phase : u8 { Syntax, ImportOrder, Duplicate, Resolve, Structure };

struct Problem {
  Phase phase;
  ErrorCode code;
  u64 offset;
  std::string message;
};

class Tokens {
 public:
  Tokens(std::string_view source, bool allow_confusing) : lexer_(source, allow_confusing) {}

  const Token& tok() const { return tok_; }
  /// The token behind tok().
  const Token& peek() {
    if (!has_peek_) {
      peek_ = lexer_.next();
      has_peek_ = true;
    }
    return peek_;
  }
  void advance() {
    if (has_peek_) {
      tok_ = peek_;
      has_peek_ = false;
    } else {
      tok_ = lexer_.next();
    }
  }

  bool at(TokenKind kind) const { return tok_.kind == kind; }
  bool at_keyword(std::string_view word) const { return tok_.is_keyword(word); }
  /// At `)` or the end of the text (or behind a syntax error): nothing more to parse in these parentheses.
  bool at_end() const { return tok_.kind == TokenKind::RParen || tok_.kind == TokenKind::Eof; }
  /// At `(word`.
  bool at_paren(std::string_view word) { return at(TokenKind::LParen) && peek().is_keyword(word); }
  /// At `(word` with just `count` strings up to its closing parenthesis, or what is no token among them.
  bool at_paren_of_strings(std::string_view word, u32 count);
  /// At `(@name`.
  bool at_annotation(std::string_view name) { return at(TokenKind::LParen) && is_annotation(peek(), name); }
  static bool is_annotation(const Token& token, std::string_view name);
  /// At an identifier or an integer.
  bool at_index() const { return is_index(tok_); }
  static bool is_index(const Token& token) { return token.is(TokenKind::Id) || is_integer(token); }
  static bool is_integer(const Token& token) {
    return token.is(TokenKind::Number) && classify_number(token.text()) == NumberClass::Integer;
  }

  /// At an integer or a float.
  static bool is_number(const Token& token) {
    return (token.is(TokenKind::Number) || token.is(TokenKind::Keyword)) && classify_number(token.text()) != NumberClass::None;
  }

  /// How many numbers stand in a row from here.
  u32 count_numbers() const;

  /// Moves past what is there, or fails.
  bool take_lparen();
  bool take_rparen();
  bool expect_keyword(std::string_view word);
  /// Moves past what may be there; says whether it was.
  bool try_keyword(std::string_view word) {
    if (!at_keyword(word)) return false;
    advance();
    return true;
  }
  bool try_paren(std::string_view word) {
    if (!at_paren(word)) return false;
    advance();
    advance();
    return true;
  }

  /// A string's bytes, in the source or kept here. The second form fails on what is no UTF-8.
  std::string_view take_bytes(ErrorCode missing = ErrorCode::UnexpectedToken);
  std::string_view take_name(ErrorCode missing = ErrorCode::UnexpectedToken, ErrorCode malformed = ErrorCode::MalformedUtf8);
  /// An identifier's name without its `$`, if one is there; views are as for take_bytes.
  bool try_id(std::string_view& name);
  /// The name that a token of kind Id stands for. Fails on one that is empty or no UTF-8.
  std::string_view id_name(const Token& token);

  /// Integers; `what` is the type in the message ("u32").
  u64 take_uint(unsigned bits, std::string_view what);
  u64 take_int(unsigned bits, std::string_view what);
  u32 take_u32() { return static_cast<u32>(take_uint(32, "u32")); }
  u32 take_f32();
  u64 take_f64();

  /// A syntax error at tok() (or where the lexer stumbled). The second form takes its code from the token: a word that the
  /// format does not know, or one that it knows elsewhere.
  void fail(ErrorCode code, std::string message);
  void fail(std::string message) { fail(code_for(tok_), std::move(message)); }
  void fail_at(u64 offset, ErrorCode code, std::string message);
  ErrorCode code_for(const Token& token);
  bool failed() const { return failed_; }
  /// Goes on at `p` after a syntax error, or just goes on there.
  void seek(const char* p) {
    failed_ = false;
    has_peek_ = false;
    lexer_.seek(p);
    advance();
  }

  /// Nothing but Eof from here, and no further syntax error.
  void stop() {
    failed_ = true;
    lexer_.stop();
    has_peek_ = false;
    tok_ = {TokenKind::Eof, false, lexer_.end(), lexer_.end()};
  }
  /// While quiet, syntax errors stop parsing but are not written down.
  void set_quiet(bool quiet) { quiet_ = quiet; }

  /// A problem that is no syntax error.
  void problem(Phase phase, ErrorCode code, u64 offset, std::string message);
  bool has_problems() const { return !problems_.empty(); }
  std::vector<Problem>& problems() { return problems_; }

  u64 offset(const Token& token) const { return lexer_.offset(token.begin); }
  u64 offset() const { return offset(tok_); }
  const Lexer& lexer() const { return lexer_; }
  std::string_view source() const { return lexer_.source(); }
  /// A string that lives as long as the tokens.
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

 private:
  Lexer lexer_;
  Token tok_;
  Token peek_;
  bool has_peek_ = false;
  bool failed_ = false;
  bool quiet_ = false;
  std::vector<Problem> problems_;
  std::deque<std::string> kept_;
};

}  // namespace tenon::text
