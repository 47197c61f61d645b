#include "text/lexer.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"

namespace tenon::text {

bool is_confusing(char32_t scalar) {
  switch (scalar) {
    case 0x202a:
    case 0x202b:
    case 0x202d:
    case 0x202e:
    case 0x2066:
    case 0x2067:
    case 0x2068:
    case 0x2069:
    case 0x206c:
      return true;
    default:
      return false;
  }
}

namespace {

// The annotations that the parser reads; all others are white space.
constexpr std::string_view kAnnotations[] = {"custom", "producers", "name", "dylink.0", "metadata.code.branch_hint"};

char32_t scalar_at(const char* p, const char* end) {
  std::size_t pos = 0;
  auto scalar = decode_utf8(as_bytes(std::string_view(p, static_cast<std::size_t>(std::min<std::ptrdiff_t>(end - p, 4)))), pos);
  return scalar.value_or(0xfffd);
}

std::size_t scalar_length(char lead) {
  auto byte = static_cast<u8>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

// A character as messages quote it.
std::string shown(char32_t scalar) {
  switch (scalar) {
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    case '\n':
      return "\\n";
    case '\\':
      return "\\\\";
    case '\'':
      return "\\'";
    default:
      if (scalar >= 0x20 && scalar <= 0x7e) return std::string(1, static_cast<char>(scalar));
      return fmt::format("\\u{{{:x}}}", static_cast<u32>(scalar));
  }
}

}  // namespace

Token Lexer::fail(ErrorCode code, const char* where, std::string message) {
  error_ = {code, offset(where), std::move(message)};
  return {TokenKind::Error, false, where, where};
}

// A string that is no string leaves its mark, `$` or `@`, without a name.
bool Lexer::fail_string(ErrorCode code, const char* where, bool named, char mark, std::string message) {
  if (named && code != ErrorCode::UnclosedString) code = mark == '$' ? ErrorCode::EmptyIdentifier : ErrorCode::EmptyAnnotationId;
  fail(code, where, std::move(message));
  return false;
}

Token Lexer::next_slow(const char* p) {
  for (;;) {
    while (p != end_ && chars::is(*p, chars::Space)) ++p;
    if (p == end_) return finish({TokenKind::Eof, false, p, p}, p);
    switch (*p) {
      case '(':
        if (p + 1 != end_ && p[1] == ';') {
          p = block_comment(p);
          if (p == nullptr) return {TokenKind::Error, false, at_, at_};
          continue;
        }
        if (p + 1 != end_ && p[1] == '@') {
          const char* q = annotation(p);
          if (q == nullptr) return {TokenKind::Error, false, p, p};
          if (q != p) {
            p = q;
            continue;
          }
        }
        return finish({TokenKind::LParen, false, p, p + 1}, p + 1);
      case ')':
        return finish({TokenKind::RParen, false, p, p + 1}, p + 1);
      case ';':
        if (p + 1 != end_ && p[1] == ';') {
          const char* q = p + 2;
          while (q != end_ && *q != '\n' && *q != '\r') ++q;
          if (!check_comment(p, q)) return {TokenKind::Error, false, p, p};
          p = q;
          continue;
        }
        return finish({TokenKind::Reserved, false, p, p + 1}, p + 1);
      case ',':
      case '[':
      case ']':
      case '{':
      case '}':
        return finish({TokenKind::Reserved, false, p, p + 1}, p + 1);
      case '"':
        return word_with_strings(p, p);
      default:
        if (chars::is_id(*p)) return word(p);
        return fail(ErrorCode::IllegalCharacter, p, fmt::format("unexpected character '{}'", shown(scalar_at(p, end_))));
    }
  }
}

// `q` stands at the first quote of a run of id characters and strings that began at `p`. One string alone is a String, one with a
// single mark before it a name, anything longer is reserved.
Token Lexer::word_with_strings(const char* p, const char* q) {
  std::size_t strings = 0;
  std::size_t others = static_cast<std::size_t>(q - p);
  bool escapes = false;
  while (q != end_) {
    if (*q == '"') {
      bool named = strings == 0 && others == 1 && (*p == '$' || *p == '@');
      ++q;
      if (!string(q, escapes, named, *p)) return {TokenKind::Error, false, p, p};
      ++strings;
    } else if (chars::is_id(*q)) {
      ++q;
      ++others;
    } else {
      break;
    }
  }
  TokenKind kind = TokenKind::Reserved;
  if (strings == 1 && others == 0) kind = TokenKind::String;
  if (strings == 1 && others == 1 && *p == '$') kind = TokenKind::Id;
  if (strings == 1 && others == 1 && *p == '@') kind = TokenKind::Annotation;
  return finish({kind, escapes, p, q}, q);
}

// Checks a string from behind its opening quote, and moves behind the closing one.
bool Lexer::string(const char*& p, bool& escapes, bool named, char mark) {
  for (;;) {
    while (p != end_) {
      auto c = static_cast<u8>(*p);
      if (c == '"' || c == '\\' || c < 0x20 || c == 0x7f || c == 0xe2) break;
      ++p;
    }
    if (p == end_) return fail_string(ErrorCode::UnclosedString, end_, named, mark, "unexpected end-of-file");
    switch (static_cast<u8>(*p)) {
      case '"':
        ++p;
        return true;
      case '\\':
        escapes = true;
        ++p;
        if (!string_escape(p, named, mark)) return false;
        break;
      case 0xe2: {
        char32_t scalar = scalar_at(p, end_);
        if (!allow_confusing_ && is_confusing(scalar)) {
          fail(ErrorCode::ConfusingUnicode, p,
               fmt::format("likely-confusing unicode character found '\\u{{{:x}}}'", static_cast<u32>(scalar)));
          return false;
        }
        p += scalar_length(*p);
        break;
      }
      default: {
        ErrorCode code = *p == '\n' ? ErrorCode::UnclosedString : ErrorCode::IllegalCharacter;
        if (named) code = ErrorCode::IllegalCharacter;
        return fail_string(code, p, named, mark, fmt::format("invalid character in string '{}'", shown(static_cast<u8>(*p))));
      }
    }
  }
}

// Checks an escape from behind its backslash, and moves behind it.
bool Lexer::string_escape(const char*& p, bool named, char mark) {
  auto fail_at = [&](const char* where, std::string message) {
    return fail_string(ErrorCode::UnknownOperator, where, named, mark, std::move(message));
  };
  auto at_end = [&] { return fail_string(ErrorCode::UnclosedString, end_, named, mark, "unexpected end-of-file"); };
  if (p == end_) return at_end();
  char c = *p;
  switch (c) {
    case '"':
    case '\'':
    case 't':
    case 'n':
    case 'r':
    case '\\':
      ++p;
      return true;
    case 'u':
      break;
    default:
      if (!chars::is_hex(c)) return fail_at(p, fmt::format("invalid string escape '{}'", shown(scalar_at(p, end_))));
      if (p + 1 == end_) return at_end();
      if (!chars::is_hex(p[1])) return fail_at(p + 1, fmt::format("invalid hex digit '{}'", shown(scalar_at(p + 1, end_))));
      p += 2;
      return true;
  }
  ++p;
  if (p == end_) return at_end();
  if (*p != '{') return fail_at(p, fmt::format("expected '{{' but found '{}'", shown(scalar_at(p, end_))));
  ++p;
  if (p == end_) return at_end();
  if (!chars::is_hex(*p)) return fail_at(p, fmt::format("invalid hex digit '{}'", shown(scalar_at(p, end_))));
  u64 value = 0;
  bool underscore = false;
  for (; p != end_ && (chars::is_hex(*p) || *p == '_'); ++p) {
    underscore = *p == '_';
    if (underscore) continue;
    value = value * 16 + chars::hex_value(*p);
    if (value > 0xffffffff) return fail_at(p, "number is too big to parse");
  }
  if (underscore) return fail_at(p - 1, "bare underscore in numeric literal");
  if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
    return fail_at(p - 1, fmt::format("invalid unicode scalar value {:#x}", value));
  if (p == end_) return at_end();
  if (*p != '}') return fail_at(p, fmt::format("expected '}}' but found '{}'", shown(scalar_at(p, end_))));
  ++p;
  return true;
}

bool Lexer::check_comment(const char* from, const char* to) {
  if (allow_confusing_) return true;
  while ((from = static_cast<const char*>(std::memchr(from, 0xe2, static_cast<std::size_t>(to - from)))) != nullptr) {
    char32_t scalar = scalar_at(from, to);
    if (is_confusing(scalar)) {
      fail(ErrorCode::ConfusingUnicode, from,
           fmt::format("likely-confusing unicode character found '\\u{{{:x}}}'", static_cast<u32>(scalar)));
      return false;
    }
    ++from;
  }
  return true;
}

namespace {

// From the start of a block comment to behind its end; null where it has none.
const char* find_comment_end(const char* p, const char* end) {
  u64 depth = 1;
  for (p += 2; p < end - 1; ++p) {
    if (p[0] == ';' && p[1] == ')') {
      ++p;
      if (--depth == 0) return p + 1;
    } else if (p[0] == '(' && p[1] == ';') {
      ++p;
      ++depth;
    }
  }
  return nullptr;
}

}  // namespace

const char* Lexer::block_comment(const char* p) {
  const char* q = find_comment_end(p, end_);
  if (q == nullptr) {
    fail(ErrorCode::UnclosedComment, p, "unterminated block comment");
    return nullptr;
  }
  return check_comment(p, q) ? q : nullptr;
}

// At "(@": `p` itself where the parser reads the annotation, the place behind it where it does not, null where it is malformed.
const char* Lexer::annotation(const char* p) {
  const char* q = p + 1;
  Token name = word(q);
  if (name.is(TokenKind::Error)) return nullptr;
  if (!name.is(TokenKind::Annotation)) return p;  // for example @a"b", which is reserved
  std::string id;
  if (name.end - name.begin > 1 && name.begin[1] == '"') {
    append_string({name.begin + 1, static_cast<std::size_t>(name.end - name.begin - 1)}, id);
    if (!is_utf8(as_bytes(id))) {
      fail(ErrorCode::MalformedUtf8Text, name.begin, "malformed UTF-8 encoding of string-based id");
      return nullptr;
    }
  } else {
    id.assign(name.begin + 1, name.end);
  }
  if (id.empty()) {
    fail(ErrorCode::EmptyAnnotationId, name.begin, "empty annotation id");
    return nullptr;
  }
  if (std::find(std::begin(kAnnotations), std::end(kAnnotations), id) != std::end(kAnnotations)) return p;

  // Skip it, token by token: what is in it must be well-formed text. Annotations within are skipped with it.
  u64 depth = 1;
  const char* open = q;
  q = name.end;
  for (;;) {
    while (q != end_ && chars::is(*q, chars::Space)) ++q;
    if (q == end_) {
      fail(ErrorCode::UnclosedAnnotation, open, "unclosed annotation");
      return nullptr;
    }
    if (*q == '(' && !(q + 1 != end_ && q[1] == ';')) {
      ++depth;
      ++q;
      continue;
    }
    if (*q == ')') {
      ++q;
      if (--depth == 0) {
        skipped_annotation_ = true;
        return q;
      }
      continue;
    }
    if (*q == '(') {
      q = block_comment(q);
      if (q == nullptr) return nullptr;
      continue;
    }
    if (*q == ';' && q + 1 != end_ && q[1] == ';') {
      const char* from = q;
      while (q != end_ && *q != '\n' && *q != '\r') ++q;
      if (!check_comment(from, q)) return nullptr;
      continue;
    }
    Token token = next_slow(q);
    if (token.is(TokenKind::Error)) return nullptr;
    q = token.end;
  }
}

const char* Lexer::skip_to_close(const char* p) const {
  u64 depth = 1;
  while ((p = find_bracket(p, end_)) != end_) {
    char c = *p++;
    if (c == '(') {
      if (p != end_ && *p == ';') {
        p = find_comment_end(p - 1, end_);
        if (p == nullptr) return end_;
        continue;
      }
      ++depth;
    } else if (c == ')') {
      if (--depth == 0) return p;
    } else if (c == ';') {
      if (p != end_ && *p == ';')
        while (p != end_ && *p != '\n' && *p != '\r') ++p;
    } else {
      while (p != end_ && *p != '"') p += *p == '\\' && p + 1 != end_ ? 2 : 1;
      if (p == end_) return end_;
      ++p;
    }
  }
  return end_;
}

void append_string(std::string_view text, std::string& out) {
  decode_string(text, [&](const char* bytes, std::size_t size) { out.append(bytes, size); });
}

}  // namespace tenon::text
