// tenon print: a binary to the text format, with wasm-tools' command line, messages and exit codes.
#include <charconv>

#include <fmt/format.h>

#include "tenon/print/print.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {
    {'p', "print-offsets", "", "begin each line with its offset in the binary"},
    {0, "skeleton", "", "`...` instead of function bodies and the contents of segments"},
    {0, "name-unnamed", "", "give names to what has none"},
    {'f', "fold-instructions", "", "write instructions with their operands inside"},
    {0, "print-operand-stack", "", "show the types on the stack after each instruction"},
    {0, "indent-text", "INDENT_TEXT", "what to indent with, once for each level"},
    {0, "indent", "INDENT", "how many spaces to indent by; --indent-text comes first"},
};

constexpr std::size_t kMostSpaces = 4096;

}  // namespace

int command_print(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(
      line, {.summary = "Print a WebAssembly module as text.", .positionals = "[INPUT]", .dwarf = true, .options = kOptions},
      exit);
  if (!arguments) return exit;
  print::Options options;
  options.offsets = arguments->has("print-offsets");
  options.skeleton = arguments->has("skeleton");
  options.name_unnamed = arguments->has("name-unnamed");
  options.fold_instructions = arguments->has("fold-instructions");
  options.operand_stack = arguments->has("print-operand-stack");
  if (arguments->has("indent")) {
    std::string_view text = arguments->value("indent");
    std::size_t spaces = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), spaces);
    if (error != std::errc() || end != text.data() + text.size())
      return report_usage(fmt::format("invalid value '{}' for '--indent <INDENT>': invalid digit found in string", text), "");
    if (spaces > kMostSpaces)
      return report_usage(fmt::format("invalid value '{}' for '--indent <INDENT>': at most {}", text, kMostSpaces), "");
    options.indent.assign(spaces, ' ');
  }
  if (arguments->has("indent-text")) options.indent = arguments->value("indent-text");
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  return arguments->write_text(*module, options);
}

}  // namespace tenon::cli
