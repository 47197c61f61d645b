// What the subcommands with wasm-tools' grammar share: `[OPTIONS] [INPUT]...`, input that is text or binary, output to a file or
// to standard output, colours.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"
#include "tenon/print/print.h"
#include "tenon/text/wat.h"

namespace tenon::cli {

/// An option of a subcommand.
struct ToolOption {
  char letter = 0;         ///< of the short form, or 0
  std::string_view name;   ///< of the long form; may be empty
  std::string_view value;  ///< what usage calls its value; empty for a switch
  std::string_view help;
  bool repeats = false;  ///< may be given several times
};

/// What a subcommand takes beside -v, --color and -h.
struct ToolGrammar {
  std::string_view summary;      ///< first line of the help
  std::string_view positionals;  ///< as usage shows them: "[INPUT]"
  std::size_t max_positionals = 1;
  std::size_t min_positionals = 0;
  bool output = true;  ///< has -o
  bool dwarf = false;  ///< has -g and --generate-dwarf
  std::span<const ToolOption> options = {};
  std::string_view more = {};  ///< more help, behind the options
};

/// A command line that fits its grammar.
class ToolArguments {
 public:
  /// Parses; where that answers nothing, `exit` is the exit code: the help or an error was printed.
  static std::optional<ToolArguments> parse(const CommandLine& line, const ToolGrammar& grammar, int& exit);

  /// Whether the option with this long name (or short one, if it has no other) was given.
  bool has(std::string_view name) const;
  /// Its last value; empty where it was not given.
  std::string_view value(std::string_view name) const;
  std::vector<std::string_view> values(std::string_view name) const;
  std::string_view positional(std::size_t at) const { return at < positionals_.size() ? positionals_[at] : std::string_view(); }
  const std::vector<std::string_view>& positionals() const { return positionals_; }

  /// Debugging information for text: nothing, lines or full.
  text::Dwarf dwarf() const;
  u32 verbosity() const { return verbosity_; }
  Tool tool() const { return tool_; }

  /// The module of the first positional (or standard input): text is parsed. `check_blocks`: blocks that
  /// do not fit are errors of the text, not left to whoever reads the binary.
  Result<std::vector<u8>> read_module(bool check_blocks = false) const;
  /// Writes a module to the output, as text with `wat`.
  int write_module(Bytes module, bool wat) const;
  /// Lets `make` write to the output; what was written before a failure stays.
  int write_with(const std::function<Result<>(print::Sink&)>& make) const;
  /// Prints a module to the output.
  int write_text(Bytes module, print::Options options) const;
  /// Writes text to the output.
  int write(std::string_view text) const;
  /// Whether what goes to the output is coloured.
  bool color_output() const;

 private:
  struct Given {
    std::string_view name;
    std::string_view value;
  };
  Tool tool_ = Tool::Tenon;
  std::vector<Given> given_;
  std::vector<std::string_view> positionals_;
  u32 verbosity_ = 0;
  friend class ToolParser;
};

/// While a visitor is set, ToolArguments::parse hands it the options of the grammar and answers nothing: so that a list of what
/// subcommands take needs no second copy. An empty function ends it.
void set_grammar_visitor(std::function<void(const ToolOption&)> visitor);

/// A path's last part without its extension.
std::string_view stem_of(std::string_view path);

/// A sink over a file descriptor.
class FdSink final : public print::Sink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  bool write(std::string_view text) override;
  int error() const { return error_; }

 private:
  int fd_;
  int error_ = 0;
};

/// Parses text, or passes a binary through; diagnostics as errors, several of them where `tool` is Tenon's own.
/// `check_blocks`: see text::ParseOptions.
Result<std::vector<u8>> to_binary(std::vector<u8> source, std::string_view name, Tool tool, bool check_blocks,
                                  text::Dwarf dwarf = text::Dwarf::None);

}  // namespace tenon::cli
