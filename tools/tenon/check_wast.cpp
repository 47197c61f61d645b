// wasm-tools wast: checks the modules of a test script without running them, with wasm-tools' command line and messages. Under
// Tenon's own name `wast` is another command, which runs scripts.
#include <cstdlib>

#include <fmt/format.h>

#include "tenon/inspect/script_check.h"
#include "tenon/inspect/script_json.h"
#include "tenon/spec/errors.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {
    {0, "ignore-error-messages", "", "accept any error where one is expected"},
    {'f', "features", "FEATURES", "proposals to switch on, or off with a leading `-`", true},
    {0, "allow-confusing-unicode", "", "accept characters that change how text is displayed"},
    {'a', "assert", "ASSERT",
     "more to check: default, pretty-whitespace, snapshot-print, snapshot-json, snapshot-folded,\n"
     "                                   test-folded, no-test-folded, permissive",
     true},
    {0, "snapshot", "SNAPSHOT", "the folder of snapshots; the variable BLESS rewrites them"},
};

constexpr std::string_view kAsserts[] = {"default",         "pretty-whitespace", "snapshot-print", "snapshot-json",
                                         "snapshot-folded", "test-folded",       "no-test-folded", "permissive"};

// The last word counts for what it names.
bool asks(const std::vector<std::string_view>& given, std::string_view what) {
  bool on = false;
  for (std::string_view word : given) {
    if (word == what) on = true;
    if (word == "default" && what != "snapshot-folded" && what != "permissive") on = true;
    if (word == "no-test-folded" && what == "test-folded") on = false;
  }
  return on;
}

// Where a script's snapshots are: its path behind the folder `tests`.
std::string snapshot_stem(std::string_view folder, std::string_view script) {
  std::string_view rest = script;
  if (std::size_t at = script.find("tests/"); at != script.npos && (at == 0 || script[at - 1] == '/')) rest.remove_prefix(at + 6);
  return fmt::format("{}/{}", folder, rest);
}

Result<> compare_snapshot(const std::string& path, const std::string& text) {
  if (std::getenv("BLESS")) return write_output(path, text);
  auto expected = read_input(path);
  if (!expected)
    return std::unexpected(std::move(expected).error().with_context("could not read the snapshot, try `env BLESS=1`"));
  if (as_text(*expected) == text) return {};
  return fail(ErrorCode::Usage, fmt::format("snapshot does not match the expected result {}, try `env BLESS=1`", path));
}

Error in_context(Error error, std::string what) {
  return std::move(error).with_context(std::move(what));
}

// An error with its causes, as one text.
std::string chain(const Error& error) {
  const auto& context = error.context();
  if (context.empty()) return error.to_string();
  std::string out = context.back() + "\n\nCaused by:";
  std::size_t number = 0;
  for (std::size_t i = context.size() - 1; i-- > 0;) out += fmt::format("\n    {}: {}", number++, context[i]);
  return out + fmt::format("\n    {}: {}", number, error.to_string());
}

}  // namespace

int command_check_wast(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(line,
                                        {.summary = "Check the modules of a test script. Nothing runs.",
                                         .positionals = "[INPUT]",
                                         .output = false,
                                         .options = kOptions},
                                        exit);
  if (!arguments) return exit;
  inspect::ScriptChecks checks;
  for (std::string_view list : arguments->values("features"))
    if (auto applied = apply_features(checks.features, list); !applied)
      return report_usage(fmt::format("invalid value '{}' for '--features <FEATURES>': {}", list, applied.error().message()), "");
  std::vector<std::string_view> asserts;
  for (std::string_view list : arguments->values("assert")) {
    while (!list.empty()) {
      std::string_view word = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), word.size() + 1));
      bool known = false;
      for (std::string_view one : kAsserts) known |= one == word;
      if (!known) return report_usage(fmt::format("invalid value '{}' for '--assert <ASSERT>'", word), "");
      asserts.push_back(word);
    }
  }
  checks.ignore_messages = arguments->has("ignore-error-messages");
  checks.pretty_whitespace = asks(asserts, "pretty-whitespace");
  checks.test_folded = asks(asserts, "test-folded");
  checks.permissive = asks(asserts, "permissive");
  checks.snapshot_folded = asks(asserts, "snapshot-folded");

  std::string_view path = arguments->positional(0);
  std::string_view name = input_name(path);
  auto source = read_input(path);
  if (!source) return report(source.error());
  auto script = text::parse_wast(
      as_text(*source),
      {.file = name, .allow_confusing_unicode = arguments->has("allow-confusing-unicode"), .check_blocks = false});
  if (!script) return report(Error(script.error().first().code, script.error().render(script.error().first())));

  bool any_snapshot = asks(asserts, "snapshot-print") || asks(asserts, "snapshot-json");
  if (any_snapshot && !arguments->has("snapshot"))
    return report(Error(ErrorCode::Usage, "must pass `--snapshot <dir>` to indicate where to place snapshots"));
  std::string stem = snapshot_stem(arguments->value("snapshot"), path);
  if (asks(asserts, "snapshot-json") && !path.empty()) {
    auto json = inspect::script_to_json(*script, path, stem_of(path), true);
    Result<> compared = json ? compare_snapshot(stem + ".json", json->json) : std::unexpected(std::move(json).error());
    if (!compared) return report(in_context(std::move(compared).error(), "failed to run `json-from-wast` cli subcommand"));
  }
  if (asks(asserts, "snapshot-print"))
    checks.snapshot = [&](u64 index, bool folded, const std::string& text) {
      return compare_snapshot(fmt::format("{}/{}.{}", stem, index, folded ? "print-folded" : "print"), text);
    };
  auto failures = inspect::check_script(*script, checks);
  if (failures.empty()) return kExitOk;
  std::string message = fmt::format("{} test failures in {}:", failures.size(), name);
  for (auto& failure : failures) {
    Error error = in_context(std::move(failure.error),
                             fmt::format("failed directive on {}:{}:{}", name, failure.place.line, failure.place.column));
    message += "\n\n--------------------------------\n\n" + chain(error);
  }
  return report(Error(ErrorCode::Usage, std::move(message)));
}

}  // namespace tenon::cli
