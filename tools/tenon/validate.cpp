// tenon validate: checks a module, with wasm-tools' command line, messages and exit codes.
#include <optional>
#include <string>

#include <fmt/format.h>

#include "commands.h"
#include "tenon/binary/parser.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/type_store.h"
#include "tenon/text/wat.h"
#include "tenon/validate/validate.h"

namespace tenon::cli {
namespace {

constexpr std::string_view kUsage = "validate [OPTIONS] [INPUT]";

constexpr std::string_view kHelp = R"(Check that a WebAssembly module is valid. Prints nothing where it is.

Usage: {} validate [OPTIONS] [INPUT]

Arguments:
  [INPUT]  binary or text; standard input where absent or `-`

Options:
  -f, --features <FEATURES>          proposals to switch on, or off with a leading `-`: `gc,-simd`, `all`, `-all`, or a
                                     version of the language: mvp, wasm1, wasm2, wasm3, lime1
  -g                                 debugging information for text (without effect)
      --generate-dwarf <lines|full>  debugging information for text (without effect)
  -v, --verbose...                   accepted, without effect
      --color <COLOR>                auto, never, always or always-ansi; accepted, without effect
  -h, --help                         print this
)";

struct Arguments {
  std::string_view input;
  bool has_input = false;
  bool help = false;
  Features features = Features::defaults();
};

// Walks the arguments of one command line; a wrong one was reported when `read` answers false.
class ArgumentReader {
 public:
  explicit ArgumentReader(const CommandLine& line) : line_(line), usage_(fmt::format("{} {}", line.program, kUsage)) {}

  bool read(Arguments& out) {
    bool only_inputs = false;
    for (; at_ < line_.args.size(); ++at_) {
      std::string_view arg = line_.args[at_];
      if (!only_inputs && arg == "--") {
        only_inputs = true;
      } else if (only_inputs || arg == "-" || !arg.starts_with('-')) {
        if (out.has_input) return usage(fmt::format("unexpected argument '{}' found", arg));
        out.input = arg;
        out.has_input = true;
      } else if (!read_option(arg, out)) {
        return false;
      }
    }
    return true;
  }

 private:
  bool usage(std::string message) { return report_usage(message, usage_), false; }

  // The value behind `=`, behind a short option's letter, or in the next argument.
  bool take_value(std::string_view shown) {
    if (!value_ && at_ + 1 < line_.args.size()) value_ = line_.args[++at_];
    if (value_) return true;
    report_usage(fmt::format("a value is required for '{}' but none was supplied", shown), "");
    return false;
  }

  bool read_option(std::string_view arg, Arguments& out) {
    bool is_long = arg.starts_with("--");
    std::string_view name = is_long ? arg.substr(0, arg.find('=')) : arg.substr(0, 2);
    value_.reset();
    if (name.size() < arg.size()) {
      value_ = arg.substr(name.size());
      if (value_->starts_with('=')) value_->remove_prefix(1);
    }
    if (name == "-f" || name == "--features") {
      if (!take_value("--features <FEATURES>")) return false;
      if (auto applied = apply_features(out.features, *value_); !applied)
        return report_usage(fmt::format("invalid value '{}' for '--features <FEATURES>': {}", *value_, applied.error().message()), ""),
               false;
      return true;
    }
    if (name == "--generate-dwarf") {
      if (!take_value("--generate-dwarf <lines|full>")) return false;
      if (*value_ == "lines" || *value_ == "full") return true;
      return report_usage(fmt::format("invalid value '{0}' for '--generate-dwarf <lines|full>': unknown `--generate-dwarf` setting: {0}",
                                      *value_),
                          ""),
             false;
    }
    if (name == "--color") return take_value("--color <COLOR>");
    if (name == "-h" || name == "--help") out.help = true;
    if (out.help || name == "-g" || name == "-v" || name == "--verbose") return true;
    return usage(fmt::format("unexpected argument '{}' found", is_long ? name : arg));
  }

  const CommandLine& line_;
  std::string usage_;
  std::size_t at_ = 0;
  std::optional<std::string_view> value_;
};

}  // namespace

int command_validate(const CommandLine& line) {
  Arguments arguments;
  if (!ArgumentReader(line).read(arguments)) return kExitUsage;
  if (arguments.help) {
    fmt::print(fmt::runtime(kHelp), line.program);
    return kExitOk;
  }
  auto bytes = read_input(arguments.input);
  if (!bytes) return report(bytes.error());
  Bytes module = *bytes;
  std::vector<u8> from_text;
  if (!as_text(module).starts_with(std::string_view("\0asm", 4))) {
    auto parsed = text::parse_wat(as_text(module), {.file = input_name(arguments.input)});
    if (!parsed) return report(Error(parsed.error().first().code, parsed.error().render()));
    from_text = *std::move(parsed);
    module = from_text;
  }
  TypeStore types;
  validate::Options options;
  options.features = arguments.features;
  options.reading = Features::all();
  options.order = validate::ErrorOrder::SectionsFirst;
  auto valid = validate::validate_module(types, module, options);
  return valid ? kExitOk : report(valid.error());
}

}  // namespace tenon::cli
