// tenon json-from-wast: a test script as JSON and a file for each module, with wasm-tools' command line and output.
#include <fmt/format.h>

#include "tenon/inspect/script_json.h"
#include "tenon/spec/errors.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {
    {0, "wasm-dir", "WASM_DIR", "where the modules go; the current directory where absent"},
    {0, "pretty", "", "print JSON over several lines"},
    {0, "allow-confusing-unicode", "true|false", "accept characters that change how text is displayed; true where absent"},
};

}  // namespace

int command_json_from_wast(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(line,
                                        {.summary = "Turn a test script into JSON and files with its modules.",
                                         .positionals = "<WAST>",
                                         .min_positionals = 1,
                                         .options = kOptions},
                                        exit);
  if (!arguments) return exit;
  std::string_view confusing = arguments->value("allow-confusing-unicode");
  if (!confusing.empty() && confusing != "true" && confusing != "false")
    return report_usage(
        fmt::format("invalid value '{}' for '--allow-confusing-unicode <true|false>'\n  [possible values: true, false]",
                    confusing),
        "");
  std::string_view path = arguments->positional(0);
  auto source = read_input(path);
  if (!source) return report(source.error());
  auto script =
      text::parse_wast(as_text(*source), {.file = path, .allow_confusing_unicode = confusing != "false", .check_blocks = false});
  if (!script) return report(Error(script.error().first().code, script.error().render(script.error().first())));
  std::string_view stem = arguments->has("output") ? stem_of(arguments->value("output")) : stem_of(path);
  auto json = inspect::script_to_json(*script, path, stem, arguments->has("pretty"));
  if (!json) return report(json.error());
  for (const auto& file : json->files) {
    std::string to = file.name;
    if (arguments->has("wasm-dir")) to = fmt::format("{}/{}", arguments->value("wasm-dir"), to);
    if (auto done = write_output(to, Bytes(file.contents)); !done) return report(done.error());
  }
  auto done = write_output(arguments->value("output"), json->json);
  return done ? kExitOk : report(done.error());
}

}  // namespace tenon::cli
