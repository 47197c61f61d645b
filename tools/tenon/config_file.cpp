#include "config_file.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "commands.h"
#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"

namespace tenon::cli {
namespace {

/// Keys whose values have a form of their own on the command line and cannot be set here.
constexpr std::string_view kNotHere[] = {"nn-graph", "config-var", "keyvalue-in-memory-data"};

/// A complaint about a place of the file, with its line and a mark under it.
Error complaint(std::string_view text, const toml::source_region& where, std::string_view what) {
  const auto line_number = where.begin.line;
  const auto column = where.begin.column;
  std::string_view line = text;
  for (toml::source_index i = 1; i < line_number; ++i) {
    const std::size_t end = line.find('\n');
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  }
  line = line.substr(0, line.find('\n'));
  const std::size_t width = where.end.line == line_number && where.end.column > column ? where.end.column - column : 1;
  const std::string margin(fmt::formatted_size("{}", line_number), ' ');
  return Error(ErrorCode::Usage, fmt::format("TOML parse error at line {}, column {}\n{} |\n{} | {}\n{} | {}{}\n{}\n",
                                             line_number, column, margin, line_number, line, margin,
                                             std::string(column > 0 ? column - 1 : 0, ' '), std::string(width, '^'), what));
}

std::string one_of(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(fmt::format("`{}`", name));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

/// A value as the command line would have it.
std::optional<std::string> as_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto flag = node.value_exact<bool>()) return *flag ? "y" : "n";
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  return std::nullopt;
}

Result<> read_group(Options& options, OptionGroup group, std::string_view text, const toml::table& table) {
  std::vector<std::string> names = option_names(group);
  std::erase_if(names, [](const std::string& name) { return std::ranges::find(kNotHere, name) != std::end(kNotHere); });
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    const bool known = std::ranges::find(names, name) != names.end() || name.starts_with("cranelift-");
    if (!known) {
      return std::unexpected(
          complaint(text, key.source(), fmt::format("unknown field `{}`, expected one of {}", name, one_of(names))));
    }
    auto set = [&](const toml::node& value) -> Result<> {
      const auto words = as_text(value);
      if (!words) return std::unexpected(complaint(text, value.source(), "invalid type: expected a boolean, number or string"));
      if (auto done = options.set(group, name, *words); !done)
        return std::unexpected(complaint(text, value.source(), done.error()));
      return {};
    };
    if (const toml::array* values = node.as_array()) {
      for (const toml::node& value : *values) TENON_TRY_VOID(set(value));
    } else {
      TENON_TRY_VOID(set(node));
    }
  }
  return {};
}

Result<Options> read_text(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return std::unexpected(complaint(text, parsed.error().source(), parsed.error().description()));
  Options options;
  for (const auto& [key, node] : parsed.table()) {
    const auto group = std::ranges::find(kOptionGroups, key.str(), &OptionGroupInfo::word);
    const toml::table* table = node.as_table();
    if (group == kOptionGroups.end() || table == nullptr) {
      std::vector<std::string> names;
      for (const OptionGroupInfo& info : kOptionGroups) names.emplace_back(info.word);
      return std::unexpected(
          complaint(text, key.source(), fmt::format("unknown field `{}`, expected one of {}", key.str(), one_of(names))));
    }
    TENON_TRY_VOID(read_group(options, static_cast<OptionGroup>(group - kOptionGroups.begin()), text, *table));
  }
  return options;
}

}  // namespace

Result<Options> read_config_file(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) {
    return std::unexpected<Error>(
        Error(ErrorCode::Io, bytes.error().message()).with_context(fmt::format("failed to read config file: \"{}\"", path)));
  }
  const std::string what = fmt::format("failed to parse TOML config file \"{}\"", path);
  if (!is_utf8(*bytes))
    return std::unexpected<Error>(Error(ErrorCode::Usage, "stream did not contain valid UTF-8").with_context(what));
  auto options = read_text(tenon::as_text(*bytes));
  if (!options) return std::unexpected<Error>(std::move(options).error().with_context(what));
  return options;
}

}  // namespace tenon::cli
