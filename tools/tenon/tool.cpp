// Command lines, input and output of the subcommands with wasm-tools' grammar.
#include "tool.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tenon/binary/parser.h"
#include "tenon/spec/errors.h"
#include "tenon/text/wat.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kGeneral[] = {
    {'v', "verbose", "", "say more on standard error (-v, -vv, -vvv)", true},
    {0, "color", "COLOR", "auto, never, always or always-ansi"},
    {'h', "help", "", "print this"},
};
constexpr ToolOption kOutput[] = {{'o', "output", "OUTPUT", "where the result goes; standard output where absent"}};
constexpr ToolOption kDwarf[] = {
    {0, "generate-dwarf", "lines|full", "add debugging information to what is parsed from text"},
    {'g', "", "", "the same as --generate-dwarf full"},
};

std::string shown(const ToolOption& option) {
  std::string out = option.name.empty() ? fmt::format("-{}", option.letter) : fmt::format("--{}", option.name);
  if (!option.value.empty()) out += fmt::format(" <{}>", option.value);
  return out;
}

std::string key(const ToolOption& option) {
  return option.name.empty() ? std::string(1, option.letter) : std::string(option.name);
}

}  // namespace

/// One pass over a command line.
class ToolParser {
 public:
  ToolParser(const CommandLine& line, const ToolGrammar& grammar) : line_(line), grammar_(grammar) {
    for (const ToolOption& option : grammar.options) options_.push_back(&option);
    if (grammar.output)
      for (const ToolOption& option : kOutput) options_.push_back(&option);
    if (grammar.dwarf)
      for (const ToolOption& option : kDwarf) options_.push_back(&option);
    for (const ToolOption& option : kGeneral) options_.push_back(&option);
  }

  void each_option(const std::function<void(const ToolOption&)>& visit) const {
    for (const ToolOption* option : options_) visit(*option);
  }

  std::optional<ToolArguments> run(int& exit) {
    out_.tool_ = line_.tool;
    exit = kExitUsage;
    bool only_positionals = false;
    for (; at_ < line_.args.size(); ++at_) {
      std::string_view arg = line_.args[at_];
      if (only_positionals || arg == "-" || !arg.starts_with('-')) {
        if (out_.positionals_.size() == grammar_.max_positionals) {
          usage_error(fmt::format("unexpected argument '{}' found", arg));
          return std::nullopt;
        }
        out_.positionals_.push_back(arg);
      } else if (arg == "--") {
        only_positionals = true;
      } else if (!(arg.starts_with("--") ? long_option(arg) : short_options(arg))) {
        if (help_) {
          print_help();
          exit = kExitOk;
        }
        return std::nullopt;
      }
    }
    if (out_.positionals_.size() < grammar_.min_positionals) {
      report_usage(fmt::format("the following required arguments were not provided:\n  {}", grammar_.positionals),
                   fmt::format("{} {} {}", line_.program, line_.word, grammar_.positionals));
      return std::nullopt;
    }
    if (out_.has("g") && out_.has("generate-dwarf")) {
      report_usage("the argument '-g' cannot be used with '--generate-dwarf <lines|full>'",
                   fmt::format("{} {} -g <INPUT>", line_.program, line_.word));
      return std::nullopt;
    }
    return std::move(out_);
  }

 private:
  std::string usage() const { return fmt::format("{} {} [OPTIONS] {}", line_.program, line_.word, grammar_.positionals); }
  bool usage_error(std::string_view message) const { return report_usage(message, usage()), false; }

  bool take(const ToolOption& option, std::optional<std::string_view> value) {
    if (option.letter == 'h') {
      help_ = true;
      return false;
    }
    if (option.letter == 'v' && option.name == "verbose") {
      ++out_.verbosity_;
      return true;
    }
    if (option.value.empty()) {
      if (value)
        return usage_error(fmt::format("unexpected value '{}' for '{}' found; no more were expected", *value, shown(option)));
      value = std::string_view();
    } else if (!value) {
      // A value may look like an option only behind an equals sign.
      bool there = at_ + 1 < line_.args.size() && (line_.args[at_ + 1] == "-" || !line_.args[at_ + 1].starts_with('-'));
      if (!there && at_ + 1 < line_.args.size() && line_.args[at_ + 1] != "--" && !find_option(line_.args[at_ + 1]))
        return unknown(line_.args[at_ + 1]);
      if (!there)
        return report_usage(fmt::format("a value is required for '{}' but none was supplied", shown(option)), ""), false;
      value = line_.args[++at_];
    }
    std::string name = key(option);
    if (!option.repeats && out_.has(name))
      return usage_error(fmt::format("the argument '{}' cannot be used multiple times", shown(option)));
    if (name == "generate-dwarf" && *value != "lines" && *value != "full")
      return invalid(option, *value, fmt::format("unknown `--generate-dwarf` setting: {}", *value));
    if (name == "color" && *value != "auto" && *value != "never" && *value != "always" && *value != "always-ansi")
      return invalid(option, *value,
                     fmt::format("unrecognized color choice '{}': valid choices are: always, always-ansi, never, auto", *value));
    out_.given_.push_back({option.name.empty() ? std::string_view(&option.letter, 1) : option.name, *value});
    return true;
  }

  static bool invalid(const ToolOption& option, std::string_view value, std::string_view why) {
    return report_usage(fmt::format("invalid value '{}' for '{}': {}", value, shown(option), why), ""), false;
  }

  // The option that an argument begins with, by its word or by its first letter; null where there is none.
  const ToolOption* find_option(std::string_view arg) const {
    for (const ToolOption* option : options_) {
      if (arg.starts_with("--") ? !option->name.empty() && option->name == arg.substr(2, arg.find('=') - 2)
                                : option->letter == arg[1])
        return option;
    }
    return nullptr;
  }

  bool long_option(std::string_view arg) {
    std::size_t equals = arg.find('=');
    std::optional<std::string_view> value;
    if (equals != arg.npos) value = arg.substr(equals + 1);
    const ToolOption* option = find_option(arg);
    return option ? take(*option, value) : unknown(arg);
  }

  // Of an argument only the word or the first letter is named.
  bool unknown(std::string_view arg) const {
    std::string_view name = arg.starts_with("--") ? arg.substr(0, arg.find('=')) : arg.substr(0, 2);
    return usage_error(fmt::format("unexpected argument '{0}' found\n\n  tip: to pass '{0}' as a value, use '-- {0}'", name));
  }

  bool short_options(std::string_view arg) {
    for (std::size_t i = 1; i < arg.size(); ++i) {
      const ToolOption* found = nullptr;
      for (const ToolOption* option : options_)
        if (option->letter == arg[i]) found = option;
      if (!found) return unknown(std::string("-") + arg[i]);
      if (found->value.empty()) {
        if (!take(*found, std::nullopt)) return false;
        continue;
      }
      std::optional<std::string_view> value;
      if (i + 1 < arg.size()) {
        value = arg.substr(i + 1);
        if (value->starts_with('=')) value->remove_prefix(1);
      }
      return take(*found, value);
    }
    return true;
  }

  void print_help() const {
    std::string out = fmt::format("{}\n\nUsage: {}\n\nOptions:\n", grammar_.summary, usage());
    for (const ToolOption* option : options_) {
      std::string left = option->letter ? fmt::format("  -{}", option->letter) : "    ";
      if (!option->name.empty()) left += fmt::format("{} --{}", option->letter ? "," : " ", option->name);
      if (!option->value.empty()) left += fmt::format(" <{}>", option->value);
      out += left.size() < 34 ? fmt::format("{:<34} {}\n", left, option->help)
                              : fmt::format("{}\n{:<34} {}\n", left, "", option->help);
    }
    out += grammar_.more;
    std::fwrite(out.data(), 1, out.size(), stdout);
  }

  const CommandLine& line_;
  const ToolGrammar& grammar_;
  std::vector<const ToolOption*> options_;
  ToolArguments out_;
  std::size_t at_ = 0;
  bool help_ = false;
};

namespace {
std::function<void(const ToolOption&)> grammar_visitor;
}

void set_grammar_visitor(std::function<void(const ToolOption&)> visitor) {
  grammar_visitor = std::move(visitor);
}

std::optional<ToolArguments> ToolArguments::parse(const CommandLine& line, const ToolGrammar& grammar, int& exit) {
  if (grammar_visitor) {
    exit = kExitOk;
    ToolParser(line, grammar).each_option(grammar_visitor);
    return std::nullopt;
  }
  auto out = ToolParser(line, grammar).run(exit);
  if (out) {
    std::string_view color = out->value("color");
    set_error_color(color == "always" || color == "always-ansi" ? ErrorColor::Always
                    : color == "never"                          ? ErrorColor::Never
                                                                : ErrorColor::Auto);
  }
  return out;
}

bool ToolArguments::has(std::string_view name) const {
  return std::any_of(given_.begin(), given_.end(), [&](const Given& given) { return given.name == name; });
}

std::string_view ToolArguments::value(std::string_view name) const {
  for (std::size_t i = given_.size(); i-- > 0;)
    if (given_[i].name == name) return given_[i].value;
  return {};
}

std::vector<std::string_view> ToolArguments::values(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const Given& given : given_)
    if (given.name == name) out.push_back(given.value);
  return out;
}

text::Dwarf ToolArguments::dwarf() const {
  if (has("g") || value("generate-dwarf") == "full") return text::Dwarf::Full;
  return has("generate-dwarf") ? text::Dwarf::Lines : text::Dwarf::None;
}

bool ToolArguments::color_output() const {
  std::string_view mode = value("color");
  if (!value("output").empty()) return mode == "always-ansi";
  if (mode == "always" || mode == "always-ansi") return true;
  return mode != "never" && terminal_has_color(1);
}

Result<std::vector<u8>> to_binary(std::vector<u8> source, std::string_view name, Tool tool, bool check_blocks,
                                  text::Dwarf dwarf) {
  if (as_text(source).starts_with(std::string_view("\0asm", 4))) return source;
  // Scripts that call wasm-tools match one error; people want all that can be found in one go.
  text::ParseOptions options{
      .file = name, .check_blocks = check_blocks, .max_diagnostics = tool == Tool::WasmTools ? 1u : 20u, .dwarf = dwarf};
  if (tool == Tool::WasmTools) options.producer = "wast 257.0.1";
  auto parsed = text::parse_wat(as_text(source), options);
  if (parsed) return *std::move(parsed);
  std::string message;
  for (const text::Diagnostic& diagnostic : parsed.error().all()) {
    if (!message.empty()) message += "\n\nerror: ";
    message += parsed.error().render(diagnostic);
  }
  return fail(parsed.error().first().code, std::move(message));
}

Result<std::vector<u8>> ToolArguments::read_module(bool check_blocks) const {
  TENON_TRY(auto source, read_input(positional(0)));
  return to_binary(std::move(source), input_name(positional(0)), tool_, check_blocks, dwarf());
}

int ToolArguments::write_module(Bytes module, bool wat) const {
  if (wat) return write_text(module, {});
  if (value("output").empty() && is_terminal(1))
    return report(
        Error(ErrorCode::Usage, "cannot print binary wasm output to a terminal, pass the `-t` flag to print the text format"));
  auto done = write_output(value("output"), module);
  return done ? kExitOk : report(done.error());
}

int ToolArguments::write_text(Bytes module, print::Options options) const {
  options.color = color_output();
  return write_with([&](print::Sink& sink) { return print::print_module(module, options, sink); });
}

int ToolArguments::write_with(const std::function<Result<>(print::Sink&)>& make) const {
  int fd = 1;
  std::string path(value("output"));
  if (!path.empty()) fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return report(Error(ErrorCode::Io, os_error(errno)));
  FdSink sink(fd);
  Result<> done = make(sink);
  if (fd != 1) ::close(fd);
  if (done) return kExitOk;
  if (sink.error() == EPIPE) return kExitFailure;
  if (sink.error() != 0) return report(Error(ErrorCode::Io, os_error(sink.error())));
  return report(done.error());
}

int ToolArguments::write(std::string_view text) const {
  return write_with([&](print::Sink& sink) -> Result<> {
    if (!sink.write(text)) return fail(ErrorCode::Io, "the output was refused");
    return {};
  });
}

std::string_view stem_of(std::string_view path) {
  path.remove_prefix(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  std::size_t dot = path.rfind('.');
  return dot == path.npos || dot == 0 ? path : path.substr(0, dot);
}

bool FdSink::write(std::string_view text) {
  while (!text.empty()) {
    ssize_t put = ::write(fd_, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      error_ = errno;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace tenon::cli
