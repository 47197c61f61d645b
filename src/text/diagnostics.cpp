#include "tenon/text/diagnostics.h"

#include <algorithm>

#include <fmt/format.h>

#include "tenon/base/utf8.h"
#include "text/lexer.h"

namespace tenon::text {

namespace {

// The columns that a character takes on a terminal: none for combining marks, two for wide characters.
std::size_t width(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  constexpr Range kZero[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},    {0x610, 0x61a},   {0x64b, 0x65f},
                             {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},  {0x20d0, 0x20f0}, {0xfe00, 0xfe0f},
                             {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};
  constexpr Range kWide[] = {{0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
                             {0xa000, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                             {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
  auto in = [c](const auto& ranges) {
    return std::any_of(std::begin(ranges), std::end(ranges), [c](const Range& r) { return c >= r.first && c <= r.last; });
  };
  return in(kZero) ? 0 : in(kWide) ? 2 : 1;
}

// The line as it is shown: tabs as four spaces, without the characters that turn text around, without its end.
std::string shown_line(std::string_view line) {
  std::string out;
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::size_t pos = 0;
  while (pos < line.size()) {
    std::size_t from = pos;
    auto scalar = decode_utf8(as_bytes(line), pos);
    if (!scalar) {
      ++pos;
      out += "\xef\xbf\xbd";
    } else if (*scalar == '\t') {
      out += "    ";
    } else if (!is_confusing(*scalar)) {
      out += line.substr(from, pos - from);
    }
  }
  return out;
}

// Columns up to byte `bytes` of a line as shown; the bytes themselves where that is no whole number of characters.
std::size_t columns(std::string_view line, std::size_t bytes) {
  if (bytes > line.size()) return bytes;
  std::size_t pos = 0, count = 0;
  while (pos < bytes) {
    auto scalar = decode_utf8(as_bytes(line), pos);
    if (!scalar) return bytes;
    count += width(*scalar);
  }
  return pos == bytes ? count : bytes;
}

struct Line {
  u32 number = 1;
  u64 begin = 0;
  std::string_view text;
};

Line line_of(std::string_view source, u64 offset) {
  Line line;
  offset = std::min<u64>(offset, source.size());
  for (;;) {
    std::size_t end = source.find('\n', line.begin);
    if (end == std::string_view::npos || end >= offset) {
      line.text = source.substr(line.begin, end == std::string_view::npos ? end : end - line.begin);
      return line;
    }
    ++line.number;
    line.begin = end + 1;
  }
}

// Beyond this column a line is not shown.
constexpr u32 kMaxColumn = 500;

}  // namespace

Place place_of(std::string_view source, u64 offset) {
  Line line = line_of(source, offset);
  u64 at = std::min<u64>(offset, source.size());
  std::size_t column = columns(shown_line(line.text), static_cast<std::size_t>(at - line.begin));
  return {offset, line.number, static_cast<u32>(column + 1)};
}

void Diagnostics::add(ErrorCode code, std::string message) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.message = std::move(message);
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::add(std::string_view source, ErrorCode code, u64 offset, std::string message) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.message = std::move(message);
  diagnostic.place = place_of(source, offset);
  diagnostic.has_place = true;
  if (diagnostic.place.column <= kMaxColumn) {
    diagnostic.has_line = true;
    diagnostic.source_line = shown_line(line_of(source, offset).text);
  }
  all_.push_back(std::move(diagnostic));
}

std::string Diagnostics::render(const Diagnostic& diagnostic) const {
  if (!diagnostic.has_place) return diagnostic.message;
  const Place& place = diagnostic.place;
  if (!diagnostic.has_line) return fmt::format("{} at {}:{}:{}", diagnostic.message, file_, place.line, place.column);
  return fmt::format("{}\n     --> {}:{}:{}\n      |\n {:4} | {}\n      | {:>{}}", diagnostic.message, file_, place.line,
                     place.column, place.line, diagnostic.source_line, "^", place.column);
}

std::string Diagnostics::render() const {
  std::string out;
  for (const Diagnostic& diagnostic : all_) {
    if (!out.empty()) out += "\n\n";
    out += render(diagnostic);
  }
  return out;
}

Error Diagnostics::to_error() const {
  const Diagnostic& diagnostic = first();
  return Error(diagnostic.code, diagnostic.place.offset, diagnostic.message).with_context(render(diagnostic));
}

}  // namespace tenon::text
