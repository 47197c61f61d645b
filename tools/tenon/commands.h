// What a subcommand is given and what subcommands share. A subcommand is one file, tools/tenon/<name>.cpp, with one function
// `int command_<name>(const CommandLine&)` whose row stands in commands.def; main.cpp only dispatches to them.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon::cli {

/// Whose grammar, defaults, messages and exit codes hold: decided by the name the program was called by, or `tenon as <tool>`.
enum class Tool : u8 { Tenon, Wasmtime, WasmTools };

/// One call of a subcommand. Views live as long as main's arguments.
struct CommandLine {
  Tool tool;                          ///< what the program was called as
  std::string_view program;           ///< for usage lines: "tenon", "wasmtime" or "wasm-tools"
  std::string_view word;              ///< the subcommand's word: "run"
  std::span<const std::string> args;  ///< what follows the word
};

/// Exit codes that every tool shares.
enum Exit : int { kExitOk = 0, kExitFailure = 1, kExitUsage = 2 };

// Weak, so that a program that leaves a subcommand out still links; main does not know its word then.
#define COMMAND(name, ...) [[gnu::weak]] int command_##name(const CommandLine& line);
#include "commands.def"

/// Reads a whole file; an empty `path` or "-" is standard input. Fails with Io: "failed to read from `path`", and the system's
/// reason as cause.
Result<std::vector<u8>> read_input(std::string_view path);

/// Hands a regular file over in pieces of up to `piece` bytes, until `take` answers false. Whether all of it was taken; false,
/// too, where the path is no regular file or reading fails.
bool stream_file(std::string_view path, std::size_t piece, const std::function<bool(Bytes)>& take);

/// What messages call an input: the path, or "<stdin>".
std::string_view input_name(std::string_view path);

/// Writes bytes to a file, or to standard output where `path` is empty. Fails with Io.
Result<> write_output(std::string_view path, Bytes bytes);
Result<> write_output(std::string_view path, std::string_view text);

/// Whether standard output (fd 1) or error (fd 2) is a terminal.
bool is_terminal(int fd);

/// Whether a terminal is at `fd` that colours may go to.
bool terminal_has_color(int fd);

/// Whether report() writes in colour; Auto: where standard error is a terminal.
enum class ErrorColor : u8 { Auto, Always, Never };
void set_error_color(ErrorColor color);

/// The system's reason as messages show it: "No such file or directory (os error 2)".
std::string os_error(int code);

/// An error and its context as wasm-tools prints them, to standard error:
///
///     error: outermost context
///
///     Caused by:
///         0: next context
///         1: message (at offset 0x1f)
///
/// Returns kExitFailure, so that a subcommand can end with `return report(error)`.
int report(const Error& error);

/// A wrong command line, in the words that all the tools share; `usage` is what follows "Usage: ", and may be empty. Returns
/// kExitUsage.
int report_usage(std::string_view message, std::string_view usage);

}  // namespace tenon::cli
