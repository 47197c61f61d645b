// A symbol of the v0 form is read twice: once in silence, to see that it is one, without following references back into it; then
// with output, where what is wrong in a reference shows in its place.
//
// source: Rust RFC 2603; for the older form the compiler's own escapes.
#include "inspect/demangle_rust.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "tenon/base/types.h"
#include "tenon/base/utf8.h"

namespace tenon::inspect {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_lower_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

void append_utf8(std::string& out, u32 c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

bool is_scalar(u64 c) {
  return c < 0xd800 || (c >= 0xe000 && c <= 0x10ffff);
}

// ---- The older form: _ZN, lengths and names, E ----

void append_old_element(std::string& out, std::string_view rest) {
  constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {{"SP", "@"}, {"BP", "*"}, {"RF", "&"}, {"LT", "<"},
                                                                        {"GT", ">"}, {"LP", "("}, {"RP", ")"}, {"C", ","}};
  if (rest.starts_with("_$")) rest.remove_prefix(1);
  while (!rest.empty()) {
    if (rest.starts_with("..")) {
      out += "::";
      rest.remove_prefix(2);
      continue;
    }
    if (rest[0] == '.') {
      out += '.';
      rest.remove_prefix(1);
      continue;
    }
    if (rest[0] != '$') {
      std::string_view plain = rest.substr(0, rest.find_first_of("$."));
      out += plain;
      rest.remove_prefix(plain.size());
      continue;
    }
    std::size_t end = rest.find('$', 1);
    if (end == rest.npos) break;
    std::string_view escape = rest.substr(1, end - 1);
    auto known = std::find_if(std::begin(kEscapes), std::end(kEscapes), [&](const auto& row) { return row.first == escape; });
    if (known != std::end(kEscapes)) {
      out += known->second;
    } else {
      if (escape.size() < 2 || escape.size() > 7 || escape[0] != 'u' ||
          !std::all_of(escape.begin() + 1, escape.end(), is_lower_hex))
        break;
      u32 c = 0;
      for (char digit : escape.substr(1)) c = c << 4 | static_cast<u32>(is_digit(digit) ? digit - '0' : digit - 'a' + 10);
      if (!is_scalar(c) || c < 0x20 || (c >= 0x7f && c < 0xa0)) break;
      append_utf8(out, c);
    }
    rest.remove_prefix(end + 1);
  }
  out += rest;
}

std::optional<std::string> demangle_old(std::string_view symbol, std::string_view& suffix) {
  std::string_view rest = symbol;
  for (std::string_view prefix : {"_ZN", "ZN", "__ZN"})
    if (symbol.starts_with(prefix)) rest.remove_prefix(prefix.size());
  if (rest.size() == symbol.size()) return std::nullopt;
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return (c & 0x80) != 0; })) return std::nullopt;
  std::string out;
  bool first = true;
  while (!rest.starts_with('E')) {
    if (rest.empty() || !is_digit(rest[0])) return std::nullopt;
    std::size_t length = 0;
    while (!rest.empty() && is_digit(rest[0])) {
      length = length * 10 + static_cast<std::size_t>(rest[0] - '0');
      if (length > symbol.size()) return std::nullopt;
      rest.remove_prefix(1);
    }
    if (length >= rest.size()) return std::nullopt;
    if (!first) out += "::";
    first = false;
    append_old_element(out, rest.substr(0, length));
    rest.remove_prefix(length);
  }
  suffix = rest.substr(1);
  return out;
}

// ---- v0 ----

constexpr std::string_view basic_type(char tag) {
  switch (tag) {
    case 'b':
      return "bool";
    case 'c':
      return "char";
    case 'e':
      return "str";
    case 'u':
      return "()";
    case 'a':
      return "i8";
    case 's':
      return "i16";
    case 'l':
      return "i32";
    case 'x':
      return "i64";
    case 'n':
      return "i128";
    case 'i':
      return "isize";
    case 'h':
      return "u8";
    case 't':
      return "u16";
    case 'm':
      return "u32";
    case 'y':
      return "u64";
    case 'o':
      return "u128";
    case 'j':
      return "usize";
    case 'f':
      return "f32";
    case 'd':
      return "f64";
    case 'z':
      return "!";
    case 'p':
      return "_";
    case 'v':
      return "...";
    default:
      return {};
  }
}

struct Identifier {
  std::string_view ascii, punycode;
  bool empty() const { return ascii.empty() && punycode.empty(); }
};

// The characters of an identifier in punycode; nothing where it is malformed or very long.
// source: RFC 3492.
std::optional<std::string> decode_punycode(const Identifier& name) {
  constexpr std::size_t kMost = 128;
  std::vector<u32> out;
  for (char c : name.ascii) out.push_back(static_cast<u8>(c));
  u64 bias = 72, n = 0x80, i = 0, damp = 700;
  std::string_view rest = name.punycode;
  while (!rest.empty()) {
    u64 delta = 0, weight = 1;
    for (u64 k = 36;; k += 36) {
      if (rest.empty()) return std::nullopt;
      char c = rest[0];
      rest.remove_prefix(1);
      if (!is_lower(c) && !is_digit(c)) return std::nullopt;
      u64 digit = static_cast<u64>(is_lower(c) ? c - 'a' : 26 + (c - '0'));
      u64 threshold = std::clamp<u64>(k > bias ? k - bias : 0, 1, 26);
      if (digit != 0 && weight > (u64{1} << 40) / digit) return std::nullopt;
      delta += digit * weight;
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > u64{1} << 40) return std::nullopt;
    }
    u64 size = out.size() + 1;
    i += delta;
    n += i / size;
    i %= size;
    if (!is_scalar(n) || size > kMost) return std::nullopt;
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(i), static_cast<u32>(n));
    ++i;
    delta /= damp;
    damp = 2;
    delta += delta / size;
    u64 k = 0;
    for (; delta > 35 * 26 / 2; k += 36) delta /= 35;
    bias = k + 36 * delta / (delta + 38);
  }
  if (out.size() > kMost) return std::nullopt;
  std::string text;
  for (u32 c : out) append_utf8(text, c);
  return text;
}

class V0 {
 public:
  explicit V0(std::string_view symbol) : symbol_(symbol) {}

  // Reads in silence; where it is a symbol, what stands behind it.
  std::optional<std::string_view> check() {
    silent_ = 1;
    path(false);
    if (!failed_ && at_ < symbol_.size() && is_upper(symbol_[at_])) path(false);
    silent_ = 0;
    if (failed_) return std::nullopt;
    return symbol_.substr(at_);
  }

  std::string print() {
    at_ = 0;
    path(true);
    if (full_) out_ += "{size limit reached}";
    return std::move(out_);
  }

 private:
  static constexpr u32 kDepth = 500;
  static constexpr std::size_t kSize = 1'000'000;

  // ---- Reading ----

  void invalid(std::string_view what = "{invalid syntax}") {
    if (failed_) return;
    print(what);
    failed_ = true;
  }
  char next() {
    if (failed_) return 0;
    if (at_ == symbol_.size()) return invalid(), '\0';
    return symbol_[at_++];
  }
  bool eat(char c) {
    if (failed_ || at_ == symbol_.size() || symbol_[at_] != c) return false;
    ++at_;
    return true;
  }
  u64 base62() {
    if (eat('_')) return 0;
    u64 value = 0;
    while (!eat('_')) {
      char c = next();
      if (failed_) return 0;
      u64 digit;
      if (is_digit(c))
        digit = static_cast<u64>(c - '0');
      else if (is_lower(c))
        digit = 10 + static_cast<u64>(c - 'a');
      else if (is_upper(c))
        digit = 36 + static_cast<u64>(c - 'A');
      else
        return invalid(), 0;
      if (value > (std::numeric_limits<u64>::max() - digit) / 62) return invalid(), 0;
      value = value * 62 + digit;
    }
    if (value == std::numeric_limits<u64>::max()) return invalid(), 0;
    return value + 1;
  }
  u64 optional_base62(char tag) {
    if (!eat(tag)) return 0;
    u64 value = base62();
    if (value == std::numeric_limits<u64>::max()) return invalid(), 0;
    return failed_ ? 0 : value + 1;
  }
  u64 disambiguator() { return optional_base62('s'); }

  Identifier identifier() {
    bool punycode = eat('u');
    char c = next();
    if (failed_) return {};
    if (!is_digit(c)) return invalid(), Identifier();
    std::size_t length = static_cast<std::size_t>(c - '0');
    if (length != 0)
      while (at_ < symbol_.size() && is_digit(symbol_[at_])) {
        length = length * 10 + static_cast<std::size_t>(symbol_[at_++] - '0');
        if (length > symbol_.size()) return invalid(), Identifier();
      }
    eat('_');
    if (length > symbol_.size() - at_) return invalid(), Identifier();
    std::string_view text = symbol_.substr(at_, length);
    at_ += length;
    if (!punycode) return {text, {}};
    std::size_t line = text.rfind('_');
    Identifier name = line == text.npos ? Identifier{{}, text} : Identifier{text.substr(0, line), text.substr(line + 1)};
    if (name.punycode.empty()) return invalid(), Identifier();
    return name;
  }
  std::string_view hex_nibbles() {
    std::size_t begin = at_;
    for (;;) {
      char c = next();
      if (failed_) return {};
      if (c == '_') return symbol_.substr(begin, at_ - begin - 1);
      if (!is_lower_hex(c)) return invalid(), std::string_view();
    }
  }
  static std::optional<u64> to_number(std::string_view nibbles) {
    nibbles.remove_prefix(std::min(nibbles.find_first_not_of('0'), nibbles.size()));
    if (nibbles.size() > 16) return std::nullopt;
    u64 value = 0;
    for (char c : nibbles) value = value << 4 | static_cast<u64>(is_digit(c) ? c - '0' : c - 'a' + 10);
    return value;
  }

  // Counts a level of nesting while it lives.
  struct Level {
    explicit Level(V0& owner) : owner(owner) {
      if (++owner.depth_ > kDepth) owner.invalid("{recursion limit reached}");
    }
    ~Level() { --owner.depth_; }
    V0& owner;
  };

  // ---- Printing ----

  void print(std::string_view text) {
    if (silent_) return;
    if (out_.size() + text.size() > kSize) full_ = failed_ = true;
    if (!full_) out_ += text;
  }
  void print(const Identifier& name) {
    if (silent_) return;
    if (name.punycode.empty()) return print(name.ascii);
    if (auto text = decode_punycode(name)) return print(*text);
    print("punycode{");
    if (!name.ascii.empty()) print(fmt::format("{}-", name.ascii));
    print(name.punycode);
    print("}");
  }
  // What is behind a fault shows as a question mark.
  bool lost() {
    if (failed_) print("?");
    return failed_;
  }

  template <class F>
  void backref(F&& go) {
    std::size_t tag = at_ - 1;
    u64 to = base62();
    if (failed_) return;
    if (to >= tag) return invalid();
    if (silent_) return;
    Level level(*this);
    std::size_t back = at_;
    at_ = to;
    if (!failed_) go();
    failed_ = full_;
    at_ = back;
  }
  template <class F>
  u64 list(F&& item, std::string_view separator = ", ") {
    u64 count = 0;
    for (; !failed_ && !eat('E'); ++count) {
      if (count) print(separator);
      item();
    }
    return count;
  }
  void lifetime(u64 index) {
    if (silent_) return;
    print("'");
    if (index == 0) return print("_");
    if (index > lifetimes_) return invalid();
    u64 depth = lifetimes_ - index;
    print(depth < 26 ? std::string(1, static_cast<char>('a' + depth)) : fmt::format("_{}", depth));
  }
  template <class F>
  void binder(F&& go) {
    u64 bound = optional_base62('G');
    if (failed_) return;
    if (silent_) return go();
    if (bound) print("for<");
    for (u64 i = 0; i < bound && !failed_; ++i) {
      if (i) print(", ");
      ++lifetimes_;
      lifetime(1);
    }
    if (bound) print("> ");
    u64 here = lifetimes_;
    go();
    lifetimes_ = here - std::min(here, bound);
  }

  void path(bool in_value) {
    if (lost()) return;
    Level level(*this);
    char tag = next();
    if (failed_) return;
    switch (tag) {
      case 'C': {
        u64 number = disambiguator();
        Identifier name = identifier();
        if (failed_) return;
        print(name);
        if (number) print(fmt::format("[{:x}]", number));
        return;
      }
      case 'N':
        return nested(in_value);
      case 'M':
      case 'X':
      case 'Y':
        if (tag != 'Y') {
          disambiguator();
          ++silent_;
          path(false);
          --silent_;
        }
        print("<");
        type();
        if (tag != 'M') {
          print(" as ");
          path(false);
        }
        print(">");
        return;
      case 'I':
        path(in_value);
        if (in_value) print("::");
        print("<");
        list([&] { generic_argument(); });
        print(">");
        return;
      case 'B':
        return backref([&] { path(in_value); });
      default:
        return invalid();
    }
  }

  void nested(bool in_value) {
    char space = next();
    if (failed_) return;
    if (!is_upper(space) && !is_lower(space)) return invalid();
    path(in_value);
    if (lost()) return;
    u64 number = disambiguator();
    Identifier name = identifier();
    if (failed_) return;
    if (is_upper(space)) {
      print("::{");
      print(space == 'C' ? std::string("closure") : space == 'S' ? std::string("shim") : std::string(1, space));
      if (!name.empty()) {
        print(":");
        print(name);
      }
      print(fmt::format("#{}}}", number));
    } else if (!name.empty()) {
      print("::");
      print(name);
    }
  }

  void generic_argument() {
    if (eat('L')) {
      u64 index = base62();
      if (!failed_) lifetime(index);
    } else if (eat('K')) {
      constant(false);
    } else {
      type();
    }
  }

  void type() {
    if (lost()) return;
    char tag = next();
    if (failed_) return;
    if (std::string_view basic = basic_type(tag); !basic.empty()) return print(basic);
    Level level(*this);
    if (failed_) return;
    switch (tag) {
      case 'R':
      case 'Q':
        print("&");
        if (eat('L')) {
          u64 index = base62();
          if (failed_) return;
          if (index != 0) {
            lifetime(index);
            print(" ");
          }
        }
        if (tag == 'Q') print("mut ");
        return type();
      case 'P':
      case 'O':
        print(tag == 'P' ? "*const " : "*mut ");
        return type();
      case 'A':
      case 'S':
        print("[");
        type();
        if (tag == 'A') {
          print("; ");
          constant(true);
        }
        return print("]");
      case 'T':
        return tuple([&] { type(); });
      case 'F':
        return binder([&] { function_type(); });
      case 'D': {
        print("dyn ");
        binder([&] { list([&] { dyn_trait(); }, " + "); });
        if (lost()) return;
        if (!eat('L')) return invalid();
        u64 index = base62();
        if (failed_ || index == 0) return;
        print(" + ");
        return lifetime(index);
      }
      case 'B':
        return backref([&] { type(); });
      default:
        --at_;
        return path(false);
    }
  }

  template <class F>
  void tuple(F&& item) {
    print("(");
    if (list(item) == 1) print(",");
    print(")");
  }

  void function_type() {
    bool is_unsafe = eat('U');
    std::string abi;
    if (eat('K')) {
      if (eat('C')) {
        abi = "C";
      } else {
        Identifier name = identifier();
        if (failed_) return;
        if (name.ascii.empty() || !name.punycode.empty()) return invalid();
        abi = name.ascii;
        std::replace(abi.begin(), abi.end(), '_', '-');
      }
    }
    if (is_unsafe) print("unsafe ");
    if (!abi.empty()) print(fmt::format("extern \"{}\" ", abi));
    print("fn(");
    list([&] { type(); });
    print(")");
    if (eat('u')) return;  // () is not written
    print(" -> ");
    type();
  }

  bool open_path() {
    bool open = false;
    if (eat('B')) {
      backref([&] { open = open_path(); });
    } else if (eat('I')) {
      path(false);
      print("<");
      list([&] { generic_argument(); });
      open = true;
    } else {
      path(false);
    }
    return open;
  }
  void dyn_trait() {
    bool open = open_path();
    while (eat('p')) {
      print(open ? ", " : "<");
      open = true;
      Identifier name = identifier();
      if (failed_) return;
      print(name);
      print(" = ");
      type();
    }
    if (open) print(">");
  }

  void constant(bool in_value) {
    if (lost()) return;
    char tag = next();
    if (failed_) return;
    Level level(*this);
    if (failed_) return;
    bool braces = !in_value && (tag == 'e' || tag == 'Q' || tag == 'A' || tag == 'T' || tag == 'V' ||
                                (tag == 'R' && at_ < symbol_.size() && symbol_[at_] != 'e'));
    if (braces) print("{");
    switch (tag) {
      case 'p':
        print("_");
        break;
      case 'a':
      case 's':
      case 'l':
      case 'x':
      case 'n':
      case 'i':
        if (eat('n')) print("-");
        number(tag);
        break;
      case 'h':
      case 't':
      case 'm':
      case 'y':
      case 'o':
      case 'j':
        number(tag);
        break;
      case 'b': {
        auto value = to_number(hex_nibbles());
        if (failed_) return;
        if (!value || *value > 1) return invalid();
        print(*value ? "true" : "false");
        break;
      }
      case 'c': {
        auto value = to_number(hex_nibbles());
        if (failed_) return;
        if (!value || !is_scalar(*value)) return invalid();
        std::string text;
        append_utf8(text, static_cast<u32>(*value));
        quoted(text, '\'');
        break;
      }
      case 'e':
        print("*");
        string();
        break;
      case 'R':
      case 'Q':
        if (tag == 'R' && eat('e')) {
          string();
        } else {
          print(tag == 'R' ? "&" : "&mut ");
          constant(true);
        }
        break;
      case 'A':
        print("[");
        list([&] { constant(true); });
        print("]");
        break;
      case 'T':
        tuple([&] { constant(true); });
        break;
      case 'V':
        value();
        break;
      case 'B':
        return backref([&] { constant(in_value); });
      default:
        return invalid();
    }
    if (braces) print("}");
  }

  // A struct's or variant's: nothing, fields in order, or fields by name.
  void value() {
    path(true);
    if (lost()) return;
    switch (next()) {
      case 'U':
        return;
      case 'T':
        print("(");
        list([&] { constant(true); });
        return print(")");
      case 'S':
        print(" { ");
        list([&] {
          disambiguator();
          Identifier name = identifier();
          if (failed_) return;
          print(name);
          print(": ");
          constant(true);
        });
        return print(" }");
      default:
        return invalid();
    }
  }

  void number(char tag) {
    std::string_view nibbles = hex_nibbles();
    if (failed_) return;
    auto value = to_number(nibbles);
    print(value ? fmt::format("{}", *value) : fmt::format("0x{}", nibbles));
    print(basic_type(tag));
  }

  void string() {
    std::string_view nibbles = hex_nibbles();
    if (failed_) return;
    std::string text;
    for (std::size_t i = 0; i + 1 < nibbles.size(); i += 2) text += static_cast<char>(*to_number(nibbles.substr(i, 2)));
    if (nibbles.size() % 2 != 0 || !is_utf8(as_bytes(text))) return invalid();
    quoted(text, '"');
  }

  void quoted(std::string_view text, char quote) {
    std::string out(1, quote);
    for (char c : text) {
      switch (c) {
        case '\0':
          out += "\\0";
          break;
        case '\t':
          out += "\\t";
          break;
        case '\r':
          out += "\\r";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\\':
          out += "\\\\";
          break;
        default:
          if (c == quote)
            (out += '\\') += c;
          else if (static_cast<u8>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\u{{{:x}}}", static_cast<u8>(c));
          else
            out += c;
      }
    }
    print(out + quote);
  }

  std::string_view symbol_;
  std::size_t at_ = 0;
  std::string out_;
  u32 silent_ = 0;
  u32 depth_ = 0;
  u64 lifetimes_ = 0;
  bool failed_ = false;
  bool full_ = false;
};

std::optional<std::string> demangle_v0(std::string_view symbol, std::string_view& suffix) {
  std::string_view rest = symbol;
  for (std::string_view prefix : {"_R", "R", "__R"})
    if (rest.size() == symbol.size() && symbol.starts_with(prefix) && symbol.size() > prefix.size())
      rest.remove_prefix(prefix.size());
  if (rest.size() == symbol.size() || !is_upper(rest[0])) return std::nullopt;
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return (c & 0x80) != 0; })) return std::nullopt;
  V0 v0(rest);
  auto behind = v0.check();
  if (!behind) return std::nullopt;
  suffix = *behind;
  return v0.print();
}

}  // namespace

std::optional<std::string> demangle_rust(std::string_view symbol) {
  if (std::size_t at = symbol.find(".llvm."); at != symbol.npos) {
    auto hex = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'F') || c == '@'; };
    if (std::all_of(symbol.begin() + static_cast<std::ptrdiff_t>(at + 6), symbol.end(), hex)) symbol = symbol.substr(0, at);
  }
  std::string_view suffix;
  auto name = demangle_old(symbol, suffix);
  if (!name) name = demangle_v0(symbol, suffix);
  if (!name || suffix.empty()) return name;
  if (suffix[0] != '.' || !std::all_of(suffix.begin(), suffix.end(), [](char c) { return c > ' ' && c < 0x7f; }))
    return std::nullopt;
  return *name + std::string(suffix);
}

}  // namespace tenon::inspect
