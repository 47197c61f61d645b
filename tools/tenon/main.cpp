// The program: finds out whose grammar holds (its own, or that of the tool whose name it was called by) and hands the rest of
// the command line to a subcommand. Nothing else happens here.
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>

#include <fmt/format.h>

#include "commands.h"

namespace tenon::cli {
namespace {

/// A tool whose command line Tenon takes.
struct ToolInfo {
  Tool tool;
  std::string_view name;     ///< the link's name, and the word after `tenon as`
  std::string_view version;  ///< what --version prints: for other tools the release whose interface is kept
};

constexpr ToolInfo kTools[] = {
    {Tool::Tenon, "tenon", "tenon " TENON_VERSION},
    {Tool::Wasmtime, "wasmtime", "wasmtime 43.0.2"},
    {Tool::WasmTools, "wasm-tools", "wasm-tools 1.257.1"},
};

/// One row of commands.def.
struct Command {
  std::string_view word;
  Tool owner;
  int (*run)(const CommandLine&);
  std::string_view help;  ///< empty: another word for a command that the help names
};

constexpr Command kCommands[] = {
#define COMMAND(name, word, owner, help) {word, Tool::owner, command_##name, help},
#define ALIAS(name, word, owner) {word, Tool::owner, command_##name, ""},
#include "commands.def"
};

const ToolInfo* find_tool(std::string_view name) {
  for (const ToolInfo& tool : kTools)
    if (tool.name == name) return &tool;
  return nullptr;
}

// Under its own name every word has one owner, whose row comes first; under another tool's name only that tool's words are known.
const Command* find_command(Tool tool, std::string_view word) {
  for (const Command& command : kCommands)
    if (command.run && command.word == word && (tool == Tool::Tenon || tool == command.owner)) return &command;
  return nullptr;
}

void print_help(const ToolInfo& tool, std::FILE* to) {
  std::string out = fmt::format("Usage: {} <COMMAND>\n\nCommands:\n", tool.name);
  for (const Command& command : kCommands)
    if (command.run && !command.help.empty() && find_command(tool.tool, command.word) == &command)
      out += fmt::format("  {:<12} {}\n", command.word, command.help);
  out += fmt::format("  {:<12} {}\n", "help", "print this, or the help of a command");
  if (tool.tool == Tool::Tenon)
    out += fmt::format("  {:<12} {}\n", "as <TOOL>", "take the command line of wasmtime or wasm-tools");
  out += "\nOptions:\n  -h, --help     print help\n  -V, --version  print version\n";
  std::fwrite(out.data(), 1, out.size(), to);
}

int dispatch(const ToolInfo& tool, std::span<const std::string> args) {
  auto call = [&](const Command& command, std::span<const std::string> rest) {
    return command.run(CommandLine{tool.tool, tool.name, command.word, rest});
  };
  // `wasmtime [options] program.wasm` is `wasmtime run ...`.
  const Command* run = tool.tool == Tool::Wasmtime ? find_command(tool.tool, "run") : nullptr;
  if (args.empty()) {
    if (run) return call(*run, args);
    print_help(tool, stderr);
    return kExitUsage;
  }
  std::string_view word = args.front();
  if (word == "-V" || word == "--version") {
    fmt::print("{}\n", tool.version);
    return kExitOk;
  }
  if (word == "-h" || word == "--help" || (word == "help" && args.size() == 1)) {
    print_help(tool, stdout);
    return kExitOk;
  }
  if (word == "help") {
    const std::string help[] = {"--help"};
    if (const Command* command = find_command(tool.tool, args[1])) return call(*command, help);
    return report_usage(fmt::format("unrecognized subcommand '{}'", args[1]), fmt::format("{} <COMMAND>", tool.name));
  }
  if (word == "as" && tool.tool == Tool::Tenon) {
    const ToolInfo* other = args.size() > 1 ? find_tool(args[1]) : nullptr;
    if (!other) return report_usage("'as' needs the name of a tool: wasmtime or wasm-tools", "tenon as <TOOL> ...");
    return dispatch(*other, args.subspan(2));
  }
  if (const Command* command = find_command(tool.tool, word)) return call(*command, args.subspan(1));
  if (run) return call(*run, args);
  return report_usage(fmt::format("unrecognized subcommand '{}'", word), fmt::format("{} <COMMAND>", tool.name));
}

/// Puts /dev/null where a standard stream is closed: the next file that is opened would take its number, and what is printed
/// would go there.
void keep_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd)
    while (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) >= 0) {
    }
}

}  // namespace
}  // namespace tenon::cli

int main(int argc, char** argv) {
  using namespace tenon::cli;
  keep_standard_streams();
  std::string_view called = argc > 0 ? argv[0] : "tenon";
  called.remove_prefix(called.rfind('/') == std::string_view::npos ? 0 : called.rfind('/') + 1);
  const ToolInfo* tool = find_tool(called);
  std::vector<std::string> args(argv + (argc > 0), argv + argc);
  return dispatch(tool ? *tool : kTools[0], args);
}
