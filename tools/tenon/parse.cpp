// tenon parse: the text format to binary, with wasm-tools' command line, messages and exit codes.
#include <optional>
#include <string>

#include <fmt/format.h>

#include "commands.h"
#include "structure.h"
#include "tenon/binary/parser.h"
#include "tenon/spec/errors.h"
#include "tenon/text/wat.h"

namespace tenon::cli {
namespace {

constexpr std::string_view kUsage = "parse [OPTIONS] [INPUT]";

constexpr std::string_view kHelp = R"(Turn the text format of WebAssembly into binary.

Usage: {} parse [OPTIONS] [INPUT]

Arguments:
  [INPUT]  text, or a binary, which passes through; standard input where absent or `-`

Options:
  -o, --output <OUTPUT>              where the result goes; standard output where absent
  -t, --wat                          write text (not supported yet)
  -g                                 debugging information (not supported yet)
      --generate-dwarf <lines|full>  debugging information (not supported yet)
  -v, --verbose...                   accepted, without effect
      --color <COLOR>                auto, never, always or always-ansi; accepted, without effect
  -h, --help                         print this
)";

struct ParseArguments {
  std::string_view input;
  std::string_view output;
  bool has_input = false;
  bool text = false;
  bool dwarf_short = false;
  bool dwarf_long = false;
  bool help = false;
};

// The command line; nothing after a wrong one, which has been reported.
std::optional<ParseArguments> read_arguments(const CommandLine& line) {
  ParseArguments out;
  std::string usage = fmt::format("{} {}", line.program, kUsage);
  bool only_inputs = false;
  for (std::size_t i = 0; i < line.args.size(); ++i) {
    std::string_view arg = line.args[i];
    if (only_inputs || arg == "-" || !arg.starts_with('-')) {
      if (out.has_input) {
        report_usage(fmt::format("unexpected argument '{}' found", arg), usage);
        return std::nullopt;
      }
      out.input = arg;
      out.has_input = true;
      continue;
    }
    if (arg == "--") {
      only_inputs = true;
      continue;
    }
    std::string_view name = arg.starts_with("--") ? arg.substr(0, arg.find('=')) : arg.substr(0, 2);
    std::optional<std::string_view> value;
    if (name.size() < arg.size()) {
      value = arg.substr(name.size());
      if (value->starts_with('=')) value->remove_prefix(1);
    }
    auto take_value = [&](std::string_view shown) {
      if (!value && i + 1 < line.args.size()) value = line.args[++i];
      if (!value) report_usage(fmt::format("a value is required for '{}' but none was supplied", shown), "");
      return value.has_value();
    };
    if (name == "-o" || name == "--output") {
      if (!take_value("--output <OUTPUT>")) return std::nullopt;
      out.output = *value;
    } else if (name == "--generate-dwarf") {
      if (!take_value("--generate-dwarf <lines|full>")) return std::nullopt;
      if (*value != "lines" && *value != "full") {
        report_usage(
            fmt::format("invalid value '{0}' for '--generate-dwarf <lines|full>': unknown `--generate-dwarf` setting: {0}",
                        *value),
            "");
        return std::nullopt;
      }
      out.dwarf_long = true;
    } else if (name == "--color") {
      if (!take_value("--color <COLOR>")) return std::nullopt;
    } else if (name == "--wat" || name == "--help" || name == "--verbose") {
      out.text |= name == "--wat";
      out.help |= name == "--help";
    } else if (!arg.starts_with("--")) {
      // Single letters may stand together.
      for (char letter : arg.substr(1)) {
        if (letter == 't')
          out.text = true;
        else if (letter == 'g')
          out.dwarf_short = true;
        else if (letter == 'h')
          out.help = true;
        else if (letter != 'v') {
          report_usage(fmt::format("unexpected argument '-{}' found", letter), usage);
          return std::nullopt;
        }
      }
    } else {
      report_usage(fmt::format("unexpected argument '{0}' found\n\n  tip: to pass '{0}' as a value, use '-- {0}'", name), usage);
      return std::nullopt;
    }
  }
  if (out.dwarf_short && out.dwarf_long) {
    report_usage("the argument '-g' cannot be used with '--generate-dwarf <lines|full>'",
                 fmt::format("{} parse -g <INPUT>", line.program));
    return std::nullopt;
  }
  return out;
}

int fail_with(ErrorCode code, std::string message) {
  return report(Error(code, std::move(message)));
}

}  // namespace

int command_parse(const CommandLine& line) {
  auto arguments = read_arguments(line);
  if (!arguments) return kExitUsage;
  if (arguments->help) {
    fmt::print(fmt::runtime(kHelp), line.program);
    return kExitOk;
  }
  if (arguments->text) return fail_with(ErrorCode::Unsupported, "text output is not supported yet");
  auto source = read_input(arguments->input);
  if (!source) return report(source.error());
  bool is_binary = as_text(*source).starts_with(std::string_view("\0asm", 4));
  if ((arguments->dwarf_short || arguments->dwarf_long) && !is_binary)
    return fail_with(ErrorCode::Unsupported, "debugging information is not supported yet");

  // Scripts that call wasm-tools match one error; people want all that can be found in one go.
  text::ParseOptions options{.file = input_name(arguments->input), .max_diagnostics = line.tool == Tool::WasmTools ? 1u : 20u};
  auto bytes = text::parse_wat(as_text(*source), options);
  if (!bytes) {
    std::string message;
    for (const text::Diagnostic& diagnostic : bytes.error().all()) {
      if (!message.empty()) message += "\n\nerror: ";
      message += bytes.error().render(diagnostic);
    }
    return fail_with(bytes.error().first().code, std::move(message));
  }
  if (is_binary && !binary::is_component(Bytes(*bytes))) {
    if (auto sound = check_structure(Bytes(*bytes)); !sound) return report(sound.error());
  }
  if (arguments->output.empty() && is_terminal(1))
    return fail_with(ErrorCode::Usage,
                     "cannot print binary wasm output to a terminal, pass the `-t` flag to print the text format");
  if (auto done = write_output(arguments->output, Bytes(*bytes)); !done) return report(done.error());
  return kExitOk;
}

}  // namespace tenon::cli
