// `wast`: runs test scripts.
//
// Under its own name it runs every directive of every script and names each that fails as `path:line:column: message`. Called as
// wasmtime it stops at the first one and reports it in that tool's form.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "commands.h"
#include "options.h"
#include "tenon/spec/errors.h"
#include "wast_runner.h"

namespace tenon::cli {
namespace {

constexpr std::string_view kUsage = "tenon wast [OPTIONS] <SCRIPT_FILE>...";

struct Arguments {
  std::vector<std::string> scripts;
  WastOptions options;
  bool summary = false;
};

std::optional<bool> parse_bool(std::string_view value) {
  if (value.empty() || value == "y" || value == "yes" || value == "true") return true;
  if (value == "n" || value == "no" || value == "false") return false;
  return std::nullopt;
}

// One `key[=value]` of -W. Keys that change nothing here are accepted, so that one command line serves every command.
Result<> apply_wasm_option(Arguments& arguments, std::string_view word) {
  std::string_view key = word.substr(0, word.find('='));
  std::string_view value = key.size() < word.size() ? word.substr(key.size() + 1) : std::string_view();
  runtime::Tunables& tunables = arguments.options.tunables;
  auto bad = [&] { return fail(ErrorCode::Usage, fmt::format("failed to parse -W option `{}`", word)); };
  auto number = [&](u64& to) -> Result<> {
    std::string digits(value);
    std::erase(digits, '_');
    char* end = nullptr;
    to = std::strtoull(digits.c_str(), &end, 0);
    if (digits.empty() || *end != 0) return bad();
    return {};
  };
  if (key == "fuel") {
    tunables.meters_fuel = true;
    return number(arguments.options.fuel);
  }
  if (key == "max-wasm-stack") {
    TENON_TRY_VOID(number(tunables.max_wasm_stack));
    tunables.interpreter_stack = tunables.max_wasm_stack * limits::kInterpreterStackFactor;
    return {};
  }
  if (key == "max-gc-heap-size") return number(tunables.gc_heap_limit);
  auto on = parse_bool(value);
  if (!on) return bad();
  if (key == "epoch-interruption") {
    tunables.checks_epoch = *on;
  } else if (key == "nan-canonicalization") {
    tunables.canonicalizes_nans = *on;
  } else if (key == "relaxed-simd-deterministic") {
    tunables.deterministic_relaxed_simd = *on;
  } else if (key == "all-proposals") {
    if (*on) arguments.options.features = Features::all();
  } else if (auto feature = find_feature(key)) {
    arguments.options.features.set(*feature, *on);
  } else if (!key.starts_with("component-model") && key != "shared-memory" && key != "gc-support" && key != "wmemcheck") {
    return fail(ErrorCode::Usage, fmt::format("unknown -W / --wasm option: {}", key));
  }
  return {};
}

Result<> apply_wasm_options(Arguments& arguments, std::string_view list) {
  while (!list.empty()) {
    std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    TENON_TRY_VOID(apply_wasm_option(arguments, word));
  }
  return {};
}

// Of -O what concerns memories and the collector makes a difference to scripts.
Result<> apply_optimize_options(Arguments& arguments, std::string_view list) {
  Options options;
  if (auto parsed = options.parse(OptionGroup::Optimize, list); !parsed) return fail(ErrorCode::Usage, parsed.error());
  runtime::Tunables& tunables = arguments.options.tunables;
  if (const auto reserve = options.number(Opt::Optimize_memory_reservation)) tunables.memory_reserve = *reserve;
  if (const auto guard = options.number(Opt::Optimize_memory_guard_size)) tunables.memory_guard = *guard;
  if (const auto every = options.number(Opt::Optimize_gc_zeal_alloc_counter)) tunables.gc_zeal = static_cast<u32>(*every);
  if (const auto initial = options.number(Opt::Optimize_gc_heap_initial_size)) tunables.gc_heap_initial = *initial;
  return {};
}

Result<Arguments> parse_arguments(const CommandLine& line) {
  Arguments arguments;
  std::span<const std::string> args = line.args;
  bool options_end = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::string_view arg = args[i];
    if (options_end || !arg.starts_with('-')) {
      arguments.scripts.emplace_back(arg);
      continue;
    }
    auto value = [&](std::string_view flag) -> Result<std::string_view> {
      if (arg.size() > flag.size()) return arg.substr(flag.size() + (arg[flag.size()] == '='));
      if (i + 1 == args.size())
        return fail(ErrorCode::Usage, fmt::format("a value is required for '{}' but none was supplied", flag));
      return std::string_view(args[++i]);
    };
    if (arg == "--") {
      options_end = true;
    } else if (arg == "--ignore-error-messages") {
      arguments.options.ignore_error_messages = true;
    } else if (arg == "--no-execute") {
      arguments.options.execute = false;
    } else if (arg == "--summary") {
      arguments.summary = true;
    } else if (arg.starts_with("-W") || arg.starts_with("--wasm")) {
      TENON_TRY(std::string_view list, value(arg.starts_with("--wasm") ? "--wasm" : "-W"));
      TENON_TRY_VOID(apply_wasm_options(arguments, list));
    } else if (arg.starts_with("--generate-dwarf") || arg.starts_with("--async")) {
      // Scripts run the same with and without.
    } else if (arg.starts_with("-O") || arg.starts_with("--optimize")) {
      TENON_TRY(std::string_view list, value(arg.starts_with("-O") ? "-O" : "--optimize"));
      TENON_TRY_VOID(apply_optimize_options(arguments, list));
    } else if (arg.starts_with("-C") || arg.starts_with("-D") || arg.starts_with("-S")) {
      TENON_TRY_VOID(value(arg.substr(0, 2)));
    } else {
      return fail(ErrorCode::Usage, fmt::format("unexpected argument '{}' found", arg));
    }
  }
  if (arguments.scripts.empty())
    return fail(ErrorCode::Usage, "the following required arguments were not provided:\n  <SCRIPT_FILE>...");
  arguments.options.stop_at_first = line.tool == Tool::Wasmtime;
  return arguments;
}

// Later lines of a message are indented, so that each failure begins a line.
std::string indented(std::string_view message, std::string_view indent) {
  std::string out;
  for (char c : message) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

// Wasmtime's form: nested causes, each on a numbered line.
void report_as_wasmtime(const std::string& path, const WastFailure& failure) {
  fmt::print(stderr, "Error: failed to run script file '{}'\n\nCaused by:\n    0: failed directive on {}:{}\n    1: {}\n", path,
             path, failure.place.line, indented(failure.message, "       "));
}

/// Runs one script; false where a directive failed.
Result<bool> run_script(const Arguments& arguments, const std::string& path, Tool tool) {
  TENON_TRY(std::vector<u8> bytes, read_input(path));
  auto script = text::parse_wast(as_text(bytes), {.file = path, .allow_confusing_unicode = true});
  if (!script) {
    const text::Diagnostic& first = script.error().first();
    if (tool == Tool::Wasmtime) {
      report_as_wasmtime(path, {first.place, script.error().render(first)});
    } else {
      fmt::print(stderr, "{}:{}:{}: {}\n", path, first.place.line, first.place.column, first.message);
    }
    return false;
  }
  TENON_TRY(auto runner, WastRunner::create(arguments.options));
  runner->run(script->directives);
  for (const WastFailure& failure : runner->failures()) {
    if (tool == Tool::Wasmtime) {
      report_as_wasmtime(path, failure);
    } else {
      fmt::print(stderr, "{}:{}:{}: {}\n", path, failure.place.line, failure.place.column, indented(failure.message, "    "));
    }
  }
  if (arguments.summary) {
    for (const auto& [kind, counts] : runner->counts())
      fmt::print("{}: {}: {} run, {} failed\n", path, kind, counts.run, counts.failed);
    runtime::HeapStatistics heap = runner->heap_statistics();
    if (heap.collections != 0)
      fmt::print("{}: collector: {} collections, {} objects moved\n", path, heap.collections, heap.objects_moved);
  }
  return runner->failures().empty();
}

}  // namespace

int command_wast(const CommandLine& line) {
  auto arguments = parse_arguments(line);
  if (!arguments) return report_usage(arguments.error().message(), kUsage);
  bool passed = true;
  for (const std::string& path : arguments->scripts) {
    auto done = run_script(*arguments, path, line.tool);
    if (!done) return report(done.error());
    passed &= *done;
    if (!passed && line.tool == Tool::Wasmtime) break;
  }
  std::fflush(stdout);
  return passed ? kExitOk : kExitFailure;
}

}  // namespace tenon::cli
