// tenon dump: each byte of a module with what it is, in wasm-tools' format.
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "tenon/inspect/dump.h"
#include "tenon/spec/errors.h"
#include "tool.h"

namespace tenon::cli {

int command_dump(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(line, {.summary = "Show what each byte of a module is.", .positionals = "[INPUT]"}, exit);
  if (!arguments) return exit;
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  bool color = arguments->color_output();
  return arguments->write_with([&](print::Sink& sink) { return inspect::dump(*module, color, sink); });
}

}  // namespace tenon::cli
