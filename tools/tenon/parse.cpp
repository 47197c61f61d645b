// tenon parse: the text format to binary, with wasm-tools' command line, messages and exit codes.
#include "tenon/binary/parser.h"
#include "tenon/inspect/structure.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {{'t', "wat", "", "write text"}};

}  // namespace

int command_parse(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(line,
                                        {.summary = "Turn the text format of WebAssembly into binary. A binary passes through.",
                                         .positionals = "[INPUT]",
                                         .dwarf = true,
                                         .options = kOptions},
                                        exit);
  if (!arguments) return exit;
  auto module = arguments->read_module(line.tool != Tool::WasmTools);
  if (!module) return report(module.error());
  if (!binary::is_component(*module)) {
    if (auto sound = inspect::check_structure(*module); !sound) return report(sound.error());
  }
  return arguments->write_module(*module, arguments->has("wat"));
}

}  // namespace tenon::cli
