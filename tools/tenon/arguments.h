// Command lines of the form `[options] <POSITIONAL>...`, where everything from the first positional on is passed through. The
// grammar and the messages are those that scripts know from Wasmtime.
#pragma once

#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/base/types.h"

namespace tenon::cli {

/// An option of a subcommand.
struct ArgumentSpec {
  char letter = 0;         ///< of the short form, or 0
  std::string_view name;   ///< of the long form
  std::string_view value;  ///< what usage calls its value; empty for a switch
  bool repeats = false;    ///< may be given several times
};

/// What a subcommand takes.
struct ArgumentGrammar {
  std::string_view command;     ///< "wasmtime run"
  std::string_view positional;  ///< "<WASM>..."
  std::span<const ArgumentSpec> options;
};

/// What the receiver of an option decides.
enum class Taken : u8 { Go, Stop };

/// Takes an option as it is met: its index, its value (empty for switches). A failure is printed behind "error: ", and ends
/// the parse; Stop ends it, too (for options that answer at once).
using TakeOption = std::function<std::expected<Taken, std::string>(std::size_t option, std::string_view value)>;

/// The parsed positionals; empty only where an option stopped the parse. On failure the whole text to print.
std::expected<std::vector<std::string>, std::string> parse_arguments(const ArgumentGrammar& grammar,
                                                                     std::span<const std::string> args, const TakeOption& take);

/// "invalid value 'x' for '--preload <NAME=PATH>': why", as a failure of TakeOption.
std::unexpected<std::string> invalid_value(const ArgumentSpec& option, std::string_view value, std::string_view why);

}  // namespace tenon::cli
