#include "options.h"

#include <fmt/format.h>

#include <algorithm>

#include "numbers.h"

namespace tenon::cli {
namespace {

struct Support {
  enum class Kind : u8 { Works, NoEffect, Later, Run } kind;
  std::string_view why;
};
constexpr Support kWorks{Support::Kind::Works, {}};
constexpr Support kNoEffect{Support::Kind::NoEffect, {}};
constexpr Support kLater(std::string_view why) {
  return {Support::Kind::Later, why};
}
constexpr Support kRun(std::string_view what) {
  return {Support::Kind::Run, what};
}

struct Row {
  OptionGroup group;
  std::string_view name;
  OptionType type;
  Support support;
  std::string_view help;
};

constexpr auto kRows = std::to_array<Row>({
#define OPTION(Group, name, Type, Support, help) {OptionGroup::Group, #name, OptionType::Type, k##Support, help},
#include "options.def"
});

/// How a value of the type is shown in help.
constexpr std::string_view value_help(OptionType type) {
  switch (type) {
    case OptionType::Bool:
      return "[=y|n]";
    case OptionType::U32:
    case OptionType::NonZeroU32:
    case OptionType::U64:
      return "=N";
    case OptionType::Duration:
      return "=N|Ns|Nms|..";
    case OptionType::String:
    case OptionType::Strings:
      return "=val";
    case OptionType::OptLevel:
      return "=0|1|2|s";
    case OptionType::Regalloc:
      return "=backtracking|single-pass";
    case OptionType::Strategy:
      return "=winch|cranelift";
    case OptionType::Collector:
      return "=drc|null|copying";
    case OptionType::Enabled:
      return "[=y|n|auto]";
    case OptionType::Inlining:
      return "[=y|n|gc|inter-module|intrinsics]";
    case OptionType::NnGraphs:
      return "=<format>::<dir>";
    case OptionType::KeyValues:
      return "=<name>=<val>";
    case OptionType::Prefixed:
      return "[=val]";
  }
  return {};
}

std::string dashed(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

std::string shown_name(const Row& row) {
  return dashed(row.name) + (row.type == OptionType::Prefixed ? "-<KEY>" : "");
}

using Number = std::expected<u64, std::string>;

std::unexpected<std::string> bad(std::string message) {
  return std::unexpected(std::move(message));
}

Number parse_bool(std::optional<std::string_view> text) {
  if (!text || text == "y" || text == "yes" || text == "true") return 1;
  if (text == "n" || text == "no" || text == "false") return 0;
  return bad(fmt::format("unknown boolean flag `{}`, only yes,no,<nothing> accepted", *text));
}

Number parse_number(std::string_view text, u64 maximum) {
  std::string digits;
  for (char c : text)
    if (c != '_') digits += c;
  if (digits.starts_with("0x")) return parse_unsigned(std::string_view(digits).substr(2), 16, maximum);
  return parse_unsigned(digits, 10, maximum);
}

}  // namespace

std::expected<u64, std::string> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    u64 nanos;
  };
  static constexpr Unit kUnits[] = {{"", 1'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000},
                                    {"us", 1'000},       {"μs", 1'000},        {"ns", 1}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto count = parse_unsigned(text.substr(0, text.size() - unit.suffix.size()), 10, UINT64_MAX);
    u64 nanos;
    // Longer than 584 years is for ever.
    if (count) return __builtin_mul_overflow(*count, unit.nanos, &nanos) ? UINT64_MAX : nanos;
  }
  return bad(fmt::format("failed to parse duration: {}", text));
}

namespace {

Number one_of(std::string_view text, std::initializer_list<std::string_view> words, std::string message) {
  u64 index = 0;
  for (std::string_view word : words) {
    if (text == word) return index;
    ++index;
  }
  return bad(std::move(message));
}

/// Parses a value of `type` into `text` (words) or a number.
Number parse_value(OptionType type, std::optional<std::string_view> given, std::string& text) {
  if (type == OptionType::Bool) return parse_bool(given);
  if (type == OptionType::Enabled) {
    if (given == "auto") return 2;
    if (auto flag = parse_bool(given)) return flag;
    return bad(fmt::format("unknown flag `{}`, only yes,no,auto,<nothing> accepted", *given));
  }
  if (type == OptionType::Inlining) {
    return one_of(
        given.value_or("yes"), {"yes", "y", "true", "no", "n", "false", "gc", "inter-module", "intrinsics"},
        fmt::format("invalid intra-module inlining option string: `{}`, only yes,no,gc,inter-module,intrinsics accepted",
                    given.value_or("")));
  }
  if (type == OptionType::Prefixed) {
    text = given.value_or("");
    return 0;
  }
  if (!given) return bad("value must be specified with `key=val` syntax");
  text = *given;
  switch (type) {
    case OptionType::U32:
      return parse_number(*given, UINT32_MAX);
    case OptionType::NonZeroU32: {
      auto value = parse_number(*given, UINT32_MAX);
      return value && *value == 0 ? bad("value must be non-zero") : value;
    }
    case OptionType::U64:
      return parse_number(*given, UINT64_MAX);
    case OptionType::Duration:
      return parse_duration(*given);
    case OptionType::OptLevel:
      return one_of(text, {"0", "1", "2", "s"}, fmt::format("unknown optimization level `{}`, only 0,1,2,s accepted", text));
    case OptionType::Regalloc:
      return one_of(text, {"backtracking", "single-pass"},
                    fmt::format("unknown regalloc algorithm`{}`, only backtracking,single-pass accepted", text));
    case OptionType::Strategy:
      return one_of(text, {"cranelift", "winch"},
                    fmt::format("unknown compiler `{}` only `cranelift` and `winch` accepted", text));
    case OptionType::Collector:
      return one_of(text, {"drc", "null", "copying"},
                    fmt::format("unknown collector `{}` only `drc`, `null`, and `copying` accepted", text));
    case OptionType::NnGraphs:
      if (text.find("::") == std::string::npos) return bad("graph does not contain `::` separator for directory");
      return 0;
    default:
      return 0;
  }
}

bool repeats(OptionType type) {
  return type == OptionType::Strings || type == OptionType::NnGraphs || type == OptionType::KeyValues ||
         type == OptionType::Prefixed;
}

}  // namespace

std::vector<std::string> option_names(OptionGroup group) {
  std::vector<std::string> out;
  for (const Row& row : kRows)
    if (row.group == group) out.push_back(dashed(row.name));
  return out;
}

std::expected<void, std::string> Options::set(OptionGroup group, std::string_view key, std::optional<std::string_view> value) {
  const OptionGroupInfo& info = kOptionGroups[static_cast<u8>(group)];
  std::size_t found = kRows.size();
  std::string prefix;
  for (std::size_t i = 0; i < kRows.size() && found == kRows.size(); ++i) {
    const Row& row = kRows[i];
    if (row.group != group) continue;
    const std::string name = dashed(row.name);
    if (row.type != OptionType::Prefixed) {
      if (name == key) found = i;
    } else if (key.starts_with(name + "-")) {
      found = i;
      prefix = std::string(key.substr(name.size() + 1)) + "=";
    }
  }
  if (found == kRows.size()) return bad(fmt::format("unknown -{} / --{} option: {}", info.letter, info.word, key));
  std::string words;
  const auto number = parse_value(kRows[found].type, value, words);
  if (!number) {
    return bad(fmt::format("failed to parse -{} option `{}{}{}`: {}", info.letter, key, value ? "=" : "", value.value_or(""),
                           number.error()));
  }
  if (!repeats(kRows[found].type)) values_[found].clear();
  values_[found].push_back({*number, prefix + words});
  return {};
}

void Options::override_with(const Options& other) {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (!other.values_[i].empty()) values_[i] = other.values_[i];
}

std::expected<void, std::string> Options::parse(OptionGroup group, std::string_view text) {
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const std::size_t equals = item.find('=');
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = item.substr(equals + 1);
    if (auto done = set(group, item.substr(0, equals), value); !done) return done;
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

std::optional<bool> Options::flag(Opt option) const {
  const auto value = number(option);
  return value ? std::optional<bool>(*value != 0) : std::nullopt;
}

std::optional<u64> Options::number(Opt option) const {
  const auto& values = values_[static_cast<u16>(option)];
  return values.empty() ? std::nullopt : std::optional<u64>(values.back().number);
}

std::vector<std::string> Options::texts(Opt option) const {
  std::vector<std::string> out;
  for (const Value& value : values_[static_cast<u16>(option)]) out.push_back(value.text);
  return out;
}

Features Options::features() const {
  Features out = Features::defaults();
  const auto all = flag(Opt::Wasm_all_proposals);
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].group != OptionGroup::Wasm || kRows[i].support.kind != Support::Kind::Works) continue;
    const auto feature = find_feature(dashed(kRows[i].name));
    if (!feature) continue;
    std::optional<bool> on = flag(static_cast<Opt>(i));
    if (!on && info(*feature).phase != FeaturePhase::Experimental) on = all;
    if (on) out.set(*feature, *on);
  }
  return out;
}

std::optional<std::string> Options::unsupported() const {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    const Row& row = kRows[i];
    if (row.support.kind != Support::Kind::Later || values_[i].empty()) continue;
    if (row.type == OptionType::Bool && values_[i].back().number == 0) continue;
    return fmt::format("`-{} {}` is not supported yet: {}", kOptionGroups[static_cast<u8>(row.group)].letter, dashed(row.name),
                       row.support.why);
  }
  return std::nullopt;
}

std::string option_help(OptionGroup group, bool longer) {
  const OptionGroupInfo& info = kOptionGroups[static_cast<u8>(group)];
  std::string out = fmt::format("Available {} options:\n\n", info.word);
  std::size_t widest = 0;
  for (const Row& row : kRows)
    if (row.group == group) widest = std::max(widest, shown_name(row).size() + value_help(row.type).size());
  for (const Row& row : kRows) {
    if (row.group != group) continue;
    const std::string_view value = value_help(row.type);
    std::string support;
    if (row.support.kind == Support::Kind::NoEffect) support = " (accepted, without effect)";
    if (row.support.kind == Support::Kind::Later) support = " (not supported yet)";
    if (longer) {
      out += fmt::format("  -{} {}{} --\n\n        {}{}\n", info.letter, shown_name(row), value, row.help, support);
    } else {
      out +=
          fmt::format("  -{} {:>{}}{} -- {}{}\n", info.letter, shown_name(row), widest - value.size(), value, row.help, support);
    }
  }
  if (!longer) out += fmt::format("\npass `-{} help-long` to see longer-form explanations\n", info.letter);
  return out;
}

}  // namespace tenon::cli
