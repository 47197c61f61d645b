#include "tenon/inspect/license.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

namespace tenon::inspect {
namespace {

struct LicenseRow {
  std::string_view id;
  bool is_deprecated;
};
constexpr LicenseRow kLicenses[] = {
#define LICENSE(id, deprecated) {id, deprecated},
#include "inspect/spdx.def"
};
constexpr std::string_view kExceptions[] = {
#define EXCEPTION(id) id,
#include "inspect/spdx.def"
};

enum class Kind { License, Reference, Addition, And, Or, With, Plus, Open, Close, Unknown, Deprecated };

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

bool is_gnu(std::string_view id) {
  return id.starts_with("GPL-") || id.starts_with("LGPL-") || id.starts_with("AGPL-") || id.starts_with("GFDL-");
}

Kind classify(std::string_view word) {
  if (word == "AND" || word == "and") return Kind::And;
  if (word == "OR" || word == "or") return Kind::Or;
  if (word == "WITH" || word == "with") return Kind::With;
  auto license = std::find_if(std::begin(kLicenses), std::end(kLicenses), [&](const LicenseRow& row) { return row.id == word; });
  if (license != std::end(kLicenses)) return license->is_deprecated ? Kind::Deprecated : Kind::License;
  if (word == "NOASSERTION") return Kind::License;
  if (std::find(std::begin(kExceptions), std::end(kExceptions), word) != std::end(kExceptions)) return Kind::Addition;
  std::string_view name = word;
  if (name.starts_with("DocumentRef-")) {
    std::size_t colon = name.find(':');
    if (colon == name.npos) return Kind::Unknown;
    name.remove_prefix(colon + 1);
  }
  if (name.find(':') != name.npos) return Kind::Unknown;
  return name.starts_with("LicenseRef-") ? Kind::Reference : name.starts_with("AdditionRef-") ? Kind::Addition : Kind::Unknown;
}

// What may stand next.
enum class State { Start, License, Reference, Plus, With, Addition, Closed };

bool fits(State state, Kind kind) {
  switch (state) {
    case State::Start:
      return kind == Kind::License || kind == Kind::Reference || kind == Kind::Open;
    case State::With:
      return kind == Kind::Addition;
    case State::License:
      return kind == Kind::And || kind == Kind::Or || kind == Kind::With || kind == Kind::Close || kind == Kind::Plus;
    case State::Reference:
    case State::Plus:
      return kind == Kind::And || kind == Kind::Or || kind == Kind::With || kind == Kind::Close;
    case State::Addition:
      return kind == Kind::And || kind == Kind::Or || kind == Kind::Close;
    case State::Closed:
      return kind == Kind::And || kind == Kind::Or || kind == Kind::Close;
  }
  return false;
}

std::string_view wanted(State state) {
  switch (state) {
    case State::Start:
      return "one of `<license>`, `(`";
    case State::With:
      return "a `<addition>`";
    case State::License:
      return "one of `AND`, `OR`, `WITH`, `)`, `+`";
    case State::Reference:
    case State::Plus:
      return "one of `AND`, `OR`, `WITH`, `)`";
    case State::Addition:
      return "one of `AND`, `OR`, `)`";
    case State::Closed:
      return "one of `AND`, `OR`";
  }
  return "";
}

}  // namespace

std::optional<std::string> license_fault(std::string_view text) {
  auto fault = [&](std::size_t begin, std::size_t end, std::string_view why, char mark = '^') {
    return fmt::format("{}\n{}{} {}", text, std::string(begin, ' '), std::string(end - begin, mark), why);
  };
  State state = State::Start;
  std::vector<std::size_t> open;
  std::string_view last;
  bool is_empty = true;
  for (std::size_t at = 0; at < text.size();) {
    char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      continue;
    }
    is_empty = false;
    std::size_t end = at + 1;
    Kind kind;
    if (c == '(' || c == ')' || c == '+') {
      kind = c == '(' ? Kind::Open : c == ')' ? Kind::Close : Kind::Plus;
      if (kind == Kind::Plus && at > 0 && !is_word(text[at - 1]) && text[at - 1] != '+' && text[at - 1] != '(')
        return fault(at - 1, at, "`+` must not follow whitespace");
    } else {
      if (!is_word(c)) return fault(at, text.size(), "invalid character(s)");
      while (end < text.size() && is_word(text[end])) ++end;
      kind = classify(text.substr(at, end - at));
      if (kind == Kind::Unknown) return fault(at, end, "unknown term");
      if (kind == Kind::Deprecated) return fault(at, end, "a deprecated license identifier was used");
    }
    if (!fits(state, kind)) return fault(at, end, fmt::format("expected {} here", wanted(state)));
    switch (kind) {
      case Kind::License:
        last = text.substr(at, end - at);
        state = State::License;
        break;
      case Kind::Reference:
        state = State::Reference;
        break;
      case Kind::Addition:
        state = State::Addition;
        break;
      case Kind::And:
      case Kind::Or:
        state = State::Start;
        break;
      case Kind::With:
        state = State::With;
        break;
      case Kind::Plus:
        if (is_gnu(last)) return fault(at, end, "a GNU license was followed by a `+`");
        state = State::Plus;
        break;
      case Kind::Open:
        open.push_back(at);
        break;
      case Kind::Close:
        if (open.empty()) return fault(at, end, "unopened parens");
        open.pop_back();
        state = State::Closed;
        break;
      default:
        break;
    }
    at = end;
  }
  if (is_empty) return fault(0, 0, "empty expression");
  if (state == State::Start || state == State::With)
    return fault(text.size(), text.size(), fmt::format("expected {} here", wanted(state)));
  if (!open.empty()) return fault(open.back(), open.back() + 1, "unclosed parens", '-');
  return std::nullopt;
}

}  // namespace tenon::inspect
