// Lexer: the tokens of the text format, one at a time, from a position in the source. It knows characters, comments, strings and
// which annotations the parser reads; it does not know parentheses' balance, keywords or numbers' values.
//
// spec: core/text/lexical, core/text/values; custom annotations: core/text/lexical "Annotations".
#pragma once

#include <array>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "tenon/base/result.h"
#include "tenon/base/types.h"
#include "tenon/base/utf8.h"

namespace tenon::text {

enum class TokenKind : u8 {
  Eof,
  LParen,
  RParen,
  String,      ///< one string alone
  Id,          ///< $name or $"name"
  Keyword,     ///< begins with a small letter; inf, nan and nan:0x... are among them
  Number,      ///< begins with a digit or a sign; may turn out to be no number and thus reserved
  Annotation,  ///< @name or @"name"
  Reserved,
  Error,  ///< see Lexer::error()
};

/// A token is a view of the source.
struct Token {
  TokenKind kind = TokenKind::Eof;
  bool escapes = false;  ///< a string in the token has a backslash
  const char* begin = nullptr;
  const char* end = nullptr;

  std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
  bool is(TokenKind other) const { return kind == other; }
  bool is_keyword(std::string_view word) const { return kind == TokenKind::Keyword && text() == word; }
};

/// What the lexer stumbled over.
struct LexError {
  ErrorCode code{};
  u64 offset = 0;
  std::string message;
};

namespace chars {
inline constexpr u8 Id = 1, Space = 2, HexDigit = 4, Digit = 8;
inline constexpr auto kClass = [] {
  std::array<u8, 256> map{};
  for (int c = 0x21; c < 0x7f; ++c) map[static_cast<std::size_t>(c)] = Id;
  for (char c : std::string_view("\"(),;[]{}")) map[static_cast<u8>(c)] = 0;
  for (char c : std::string_view(" \t\n\r")) map[static_cast<u8>(c)] = Space;
  for (char c : std::string_view("0123456789abcdefABCDEF")) map[static_cast<u8>(c)] |= HexDigit;
  for (char c : std::string_view("0123456789")) map[static_cast<u8>(c)] |= Digit;
  return map;
}();
inline bool is(char c, u8 what) {
  return (kClass[static_cast<u8>(c)] & what) != 0;
}
inline bool is_id(char c) {
  return is(c, Id);
}
inline bool is_digit(char c) {
  return is(c, Digit);
}
inline bool is_hex(char c) {
  return is(c, HexDigit);
}
inline u32 hex_value(char c) {
  return static_cast<u32>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}
}  // namespace chars

#if defined(__SSE2__)
/// Moves past spaces, sixteen at a time; lines of deeply nested code begin with hundreds of them.
inline const char* skip_spaces(const char* p, const char* end) {
  const __m128i space = _mm_set1_epi8(' ');
  while (end - p >= 16) {
    // SAFETY: the sixteen bytes are within the text; the load needs no alignment.
    __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    auto others = static_cast<u32>(_mm_movemask_epi8(_mm_cmpeq_epi8(chunk, space))) ^ 0xffff;
    if (others != 0) return p + std::countr_zero(others);
    p += 16;
  }
  while (p != end && *p == ' ') ++p;
  return p;
}
/// The first parenthesis, quote or semicolon.
inline const char* find_bracket(const char* p, const char* end) {
  const __m128i low = _mm_set1_epi8(static_cast<char>(0xfe));
  const __m128i paren = _mm_set1_epi8('(');
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i semicolon = _mm_set1_epi8(';');
  while (end - p >= 16) {
    // SAFETY: as above.
    __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // '(' and ')' differ in the lowest bit only.
    __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(_mm_and_si128(chunk, low), paren),
                               _mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_cmpeq_epi8(chunk, semicolon)));
    auto mask = static_cast<u32>(_mm_movemask_epi8(hit));
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
  while (p != end && *p != '(' && *p != ')' && *p != '"' && *p != ';') ++p;
  return p;
}
#else
inline const char* skip_spaces(const char* p, const char* end) {
  while (p != end && *p == ' ') ++p;
  return p;
}
inline const char* find_bracket(const char* p, const char* end) {
  while (p != end && *p != '(' && *p != ')' && *p != '"' && *p != ';') ++p;
  return p;
}
#endif

/// Whether U+202A and its like are in comments or strings without being allowed is the lexer's to say.
bool is_confusing(char32_t scalar);

/// Tokens of one source, which must be UTF-8 and outlive the lexer. Never recurses.
class Lexer {
 public:
  Lexer(std::string_view source, bool allow_confusing)
      : begin_(source.data()), end_(source.data() + source.size()), at_(begin_), allow_confusing_(allow_confusing) {}

  /// The next token behind whitespace, comments and annotations that the parser does not read.
  Token next() {
    const char* p = at_;
    while (p != end_ && chars::is(*p, chars::Space)) {
      ++p;
      if (p != end_ && *p == ' ') p = skip_spaces(p, end_);
    }
    if (p == end_) return finish({TokenKind::Eof, false, p, p}, p);
    char c = *p;
    if (c == ')') return finish({TokenKind::RParen, false, p, p + 1}, p + 1);
    if (c == '(') {
      if (p + 1 != end_ && (p[1] == ';' || p[1] == '@')) [[unlikely]]
        return next_slow(p);
      return finish({TokenKind::LParen, false, p, p + 1}, p + 1);
    }
    if (chars::is_id(c)) [[likely]]
      return word(p);
    return next_slow(p);
  }

  /// Of the newest token of kind Error.
  const LexError& error() const { return error_; }
  std::string_view source() const { return {begin_, static_cast<std::size_t>(end_ - begin_)}; }
  u64 offset(const char* p) const { return static_cast<u64>(p - begin_); }
  const char* at() const { return at_; }
  /// Goes on at `p`, which must not be within a token.
  void seek(const char* p) { at_ = p; }
  /// Nothing but Eof from here.
  void stop() { at_ = end_; }
  const char* end() const { return end_; }

  /// Whether an annotation was skipped so far.
  bool skipped_annotation() const { return skipped_annotation_; }

  /// From behind an opening parenthesis to behind the one that closes it, without looking at tokens more than strings and
  /// comments ask for; the end of the source where there is none.
  const char* skip_to_close(const char* p) const;

 private:
  Token finish(Token token, const char* at) {
    at_ = at;
    return token;
  }
  Token word(const char* p) {
    const char* q = p + 1;
    while (q != end_ && chars::is_id(*q)) ++q;
    if (q != end_ && *q == '"') [[unlikely]]
      return word_with_strings(p, q);
    return finish({kind_of(*p), false, p, q}, q);
  }
  static TokenKind kind_of(char c) {
    if (c >= 'a' && c <= 'z') return TokenKind::Keyword;
    if (c == '$') return TokenKind::Id;
    if (chars::is_digit(c) || c == '+' || c == '-') return TokenKind::Number;
    if (c == '@') return TokenKind::Annotation;
    return TokenKind::Reserved;
  }
  Token next_slow(const char* p);
  Token word_with_strings(const char* p, const char* q);
  bool string(const char*& p, bool& escapes, bool named, char mark);
  bool string_escape(const char*& p, bool named, char mark);
  bool check_comment(const char* from, const char* to);
  const char* block_comment(const char* p);
  const char* annotation(const char* p);
  Token fail(ErrorCode code, const char* where, std::string message);
  bool fail_string(ErrorCode code, const char* where, bool named, char mark, std::string message);

  const char* begin_;
  const char* end_;
  const char* at_;
  bool allow_confusing_;
  bool skipped_annotation_ = false;
  LexError error_;
};

/// Hands the bytes that a String token (or the string of an Id or Annotation token) stands for to `append(const char*, size)`,
/// run by run. `text` is the token from its opening quote on; the lexer has checked it.
template <class Append>
void decode_string(std::string_view text, Append&& append) {
  const char* p = text.data() + 1;
  const char* end = text.data() + text.size() - 1;
  while (p < end) {
    const char* run = p;
    while (p < end && *p != '\\') ++p;
    if (p != run) append(run, static_cast<std::size_t>(p - run));
    if (p >= end) break;
    ++p;
    char c = *p++;
    char byte = c;
    switch (c) {
      case 't':
        byte = '\t';
        break;
      case 'n':
        byte = '\n';
        break;
      case 'r':
        byte = '\r';
        break;
      case 'u': {
        char32_t scalar = 0;
        for (++p; *p != '}'; ++p)
          if (*p != '_') scalar = scalar * 16 + chars::hex_value(*p);
        ++p;
        std::string bytes;
        append_utf8(bytes, scalar);
        append(bytes.data(), bytes.size());
        continue;
      }
      case '"':
      case '\'':
      case '\\':
        break;
      default:
        byte = static_cast<char>(chars::hex_value(c) << 4 | chars::hex_value(*p++));
        break;
    }
    append(&byte, 1);
  }
}

/// The same, into a std::string.
void append_string(std::string_view text, std::string& out);

}  // namespace tenon::text
