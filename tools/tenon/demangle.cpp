// tenon demangle: the name section in the words of the source, with wasm-tools' command line.
#include "tenon/inspect/demangle.h"
#include "tenon/binary/parser.h"
#include "tenon/spec/errors.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {{'t', "wat", "", "write text"}};

}  // namespace

int command_demangle(const CommandLine& line) {
  int exit = 0;
  auto arguments =
      ToolArguments::parse(line,
                           {.summary = "Replace symbols of Rust and C++ in the name section by the names they stand for.",
                            .positionals = "[INPUT]",
                            .options = kOptions},
                           exit);
  if (!arguments) return exit;
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  if (binary::is_component(*module)) return report(Error(ErrorCode::Unsupported, "demangling components is not supported"));
  auto demangled = inspect::demangle_names(*module);
  if (!demangled) return report(demangled.error());
  return arguments->write_module(*demangled, arguments->has("wat"));
}

}  // namespace tenon::cli
