// tenon validate: checks a module, with wasm-tools' command line, messages and exit codes.
#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "tenon/spec/type_store.h"
#include "tenon/validate/validate.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {
    {'f', "features", "FEATURES",
     "proposals to switch on, or off with a leading `-`: `gc,-simd`, `all`, `-all`, or a version of the language: mvp, wasm1, wasm2, "
     "wasm3, lime1",
     true},
};

}  // namespace

int command_validate(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(line,
                                        {.summary = "Check that a WebAssembly module is valid. Prints nothing where it is.",
                                         .positionals = "[INPUT]",
                                         .output = false,
                                         .dwarf = true,
                                         .options = kOptions},
                                        exit);
  if (!arguments) return exit;
  Features features = Features::defaults();
  for (std::string_view list : arguments->values("features")) {
    if (auto applied = apply_features(features, list); !applied)
      return report_usage(fmt::format("invalid value '{}' for '--features <FEATURES>': {}", list, applied.error().message()), "");
  }
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  TypeStore types;
  validate::Options options;
  options.features = features;
  options.order = validate::ErrorOrder::SectionsFirst;
  auto valid = validate::validate_module(types, *module, options);
  return valid ? kExitOk : report(valid.error());
}

}  // namespace tenon::cli
