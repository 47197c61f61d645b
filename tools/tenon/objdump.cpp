// tenon objdump: the sections of a module, one a line, in wasm-tools' format.
#include "tenon/inspect/dump.h"
#include "tool.h"

namespace tenon::cli {

int command_objdump(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(
      line, {.summary = "List the sections of a module with their places, sizes and numbers of items.", .positionals = "[INPUT]"},
      exit);
  if (!arguments) return exit;
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  return arguments->write_with([&](print::Sink& sink) { return inspect::list_sections(*module, sink); });
}

}  // namespace tenon::cli
