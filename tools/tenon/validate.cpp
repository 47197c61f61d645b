// tenon validate: checks a module, with wasm-tools' command line, messages and exit codes.
#include <fmt/format.h>

#include "tenon/inspect/debug_info.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/type_store.h"
#include "tenon/validate/validate.h"
#include "threads.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {
    {'f', "features", "FEATURES",
     "proposals to switch on, or off with a leading `-`: `gc,-simd`, `all`, `-all`, or a version of the language: mvp, wasm1, "
     "wasm2, "
     "wasm3, lime1",
     true},
};

constexpr std::size_t kPiece = 1 << 20;  // of a file, for each thread

// Says where in the source the fault is, if the module's debugging information does.
Error with_source(Bytes module, Error error) {
  auto info = inspect::DebugInfo::read(module);
  if (!info || info->empty() || !info->code_offset() || !error.offset() || *error.offset() < *info->code_offset()) return error;
  auto frames = info->find(*error.offset() - *info->code_offset());
  if (!frames || frames->empty()) return error;
  const inspect::SourceFrame& frame = frames->front();
  if (!frame.file) return error;
  std::string place = *frame.file;
  if (frame.line) place += fmt::format(":{}", frame.line);
  if (frame.column) place += fmt::format(":{}", *frame.column);
  if (frame.function) place += fmt::format(" function `{}`", *frame.function);
  return std::move(error).with_context(place + " failed to validate");
}

// Whether a file is a valid module, without ever holding all of it. Where it is not, or is no file, the usual way finds out why.
bool is_valid_file(std::string_view path, const validate::Options& options) {
  TypeStore types;
  validate::StreamChecker checker(types, options);
  return stream_file(path, kPiece * options.executor->concurrency(),
                     [&](Bytes piece) { return checker.feed(piece).has_value(); }) &&
         checker.finish();
}

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
  Threads threads;
  validate::Options options;
  options.features = features;
  options.reading = Features::all();
  options.executor = &threads;
  options.order = validate::ErrorOrder::SectionsFirst;
  if (is_valid_file(arguments->positional(0), options)) return kExitOk;
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  TypeStore types;
  auto valid = validate::validate_module(types, *module, options);
  return valid ? kExitOk : report(with_source(*module, std::move(valid).error()));
}

}  // namespace tenon::cli
