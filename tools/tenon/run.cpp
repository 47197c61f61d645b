// tenon run: a module as a program, with Wasmtime's command line, messages and exit codes.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "arguments.h"
#include "backtrace.h"
#include "commands.h"
#include "config_file.h"
#include "coredump.h"
#include "guest_profile.h"
#include "logging.h"
#include "numbers.h"
#include "run.h"
#include "tenon/base/utf8.h"
#include "tenon/host/host.h"
#include "tenon/interp/engine.h"
#include "tenon/spec/errors.h"
#include "tenon/text/wat.h"
#include "tenon/wasi/p1.h"
#include "tenon/wasi/threads.h"
#include "threads.h"

namespace tenon::cli {
namespace {

/// What a process that died of SIGABRT leaves in the shell; a guest's trap ends the program with it.
constexpr int kExitTrap = 134;

constexpr std::string_view kHelp = R"(Run a WebAssembly module as a program.

Usage: {} [OPTIONS] <WASM>...

Arguments:
  <WASM>...  the module, binary or text, `-` for standard input; then the program's arguments

Options:
  -O, --optimize <KEY[=VAL[,..]]>    speed and memory; `-O help` lists the keys
  -C, --codegen <KEY[=VAL[,..]]>     compilers; `-C help` lists the keys
  -D, --debug <KEY[=VAL[,..]]>       debugging; `-D help` lists the keys
  -W, --wasm <KEY[=VAL[,..]]>        features and limits of WebAssembly; `-W help` lists the keys
  -S, --wasi <KEY[=VAL[,..]]>        what WASI gives to the program; `-S help` lists the keys
  -R, --record <KEY[=VAL[,..]]>      recording; `-R help` lists the keys
      --target <TARGET>              the machine to compile for (not supported yet)
      --config <FILE>                read options from a TOML file
      --allow-precompiled            accept precompiled modules
      --profile <STRATEGY>           profile the program: `guest[,PATH[,INTERVAL]]`, for profiler.firefox.com
      --dir <HOST_DIR[::GUEST_DIR]>  give the program a directory, under another name where one is given; a third part `::ro`
                                     lets it only read
      --env <NAME[=VAL]>             give the program an environment variable, the host's own where no value is given
      --invoke <FUNCTION>            call this export; its arguments follow the module
      --preload <NAME=MODULE_PATH>   load another module first, for imports from NAME
      --argv0 <ARGV0>                what the program is told as its own name
  -h, --help                         print this
)";

enum Argument : std::size_t {
  kOptimize,
  kCodegen,
  kDebug,
  kWasm,
  kWasi,
  kRecord,
  kTarget,
  kConfig,
  kAllow,
  kProfile,
  kDir,
  kEnv,
  kInvoke,
  kPreload,
  kArgv0,
  kHelpSwitch
};

constexpr ArgumentSpec kArguments[] = {
    {'O', "optimize", "KEY[=VAL[,..]]", true},
    {'C', "codegen", "KEY[=VAL[,..]]", true},
    {'D', "debug", "KEY[=VAL[,..]]", true},
    {'W', "wasm", "KEY[=VAL[,..]]", true},
    {'S', "wasi", "KEY[=VAL[,..]]", true},
    {'R', "record", "KEY[=VAL[,..]]", true},
    {0, "target", "TARGET", false},
    {0, "config", "FILE", false},
    {0, "allow-precompiled", "", false},
    {0, "profile", "STRATEGY", false},
    {0, "dir", "HOST_DIR[::GUEST_DIR]", true},
    {0, "env", "NAME[=VAL]", true},
    {0, "invoke", "FUNCTION", false},
    {0, "preload", "NAME=MODULE_PATH", true},
    {0, "argv0", "ARGV0", false},
    {'h', "help", "", false},
};

std::pair<std::string, std::string> split(std::string_view text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  const std::string_view rest = at == std::string_view::npos ? std::string_view() : text.substr(at + separator.size());
  return {std::string(text.substr(0, at)), std::string(rest)};
}

/// "HOST", "HOST::GUEST" or "HOST::GUEST::ro".
std::expected<RunRequest::Dir, std::string> parse_dir(std::string_view value, Tool tool) {
  const auto [host, rest] = split(value, "::");
  if (value.find("::") == std::string_view::npos) return RunRequest::Dir{host, host, wasi::FsPerms::ReadWrite};
  const auto [guest, perms] = split(rest, "::");
  // Wasmtime ignores a third part; a grant that says "read only" is taken at its word all the same.
  if (perms == "ro") return RunRequest::Dir{host, guest, wasi::FsPerms::ReadOnly};
  if (!perms.empty() && perms != "rw" && tool != Tool::Wasmtime)
    return std::unexpected(fmt::format("unknown permissions `{}`, only ro and rw accepted", perms));
  return RunRequest::Dir{host, guest, wasi::FsPerms::ReadWrite};
}

/// `--profile guest[,PATH[,INTERVAL]]`.
std::expected<RunRequest::Profile, std::string> parse_profile(std::string_view value) {
  static constexpr std::string_view kLater[] = {"perfmap", "jitdump", "vtune", "pulley"};
  for (std::string_view known : kLater) {
    if (value != known) continue;
    if (known == "pulley") return std::unexpected("pulley profiling support disabled at compile time");
    return std::unexpected(fmt::format("there is no compiled code to profile with {}", known));
  }
  RunRequest::Profile profile;
  const auto [strategy, rest] = split(value, ",");
  if (strategy != "guest") return std::unexpected(fmt::format("unknown profiling strategy: {}", value));
  const auto [path, interval] = split(rest, ",");
  if (!path.empty()) profile.path = path;
  if (!interval.empty()) {
    const auto nanos = parse_duration(interval);
    if (!nanos) return std::unexpected(nanos.error());
    profile.interval = std::chrono::nanoseconds(std::clamp<u64>(*nanos, 1, u64{1} << 61));
  }
  return profile;
}

std::expected<Taken, std::string> take_option(RunRequest& request, std::string_view command, std::size_t option,
                                              std::string_view value) {
  switch (option) {
    case kOptimize:
    case kCodegen:
    case kDebug:
    case kWasm:
    case kWasi:
    case kRecord: {
      const auto group = static_cast<OptionGroup>(option - kOptimize);
      if (value == "help" || value == "help-long") {
        request.answer = option_help(group, value == "help-long");
        return Taken::Stop;
      }
      if (auto parsed = request.options.parse(group, value); !parsed) return std::unexpected(parsed.error());
      break;
    }
    case kTarget:
      return std::unexpected(fmt::format("`--{}` is not supported yet: there is no compiler", kArguments[option].name));
    case kConfig:
      request.config = value;
      break;
    case kAllow:
      request.allow_precompiled = true;
      break;
    case kProfile: {
      auto profile = parse_profile(value);
      if (!profile) return invalid_value(kArguments[option], value, profile.error());
      request.profile = *std::move(profile);
      break;
    }
    case kDir: {
      auto dir = parse_dir(value, request.tool);
      if (!dir) return invalid_value(kArguments[option], value, dir.error());
      request.dirs.push_back(*std::move(dir));
      break;
    }
    case kEnv: {
      const auto [name, text] = split(value, "=");
      request.env.emplace_back(name, value.find('=') == std::string_view::npos ? std::nullopt : std::optional(text));
      break;
    }
    case kInvoke:
      request.invoke = value;
      break;
    case kPreload:
      if (value.find('=') == std::string_view::npos)
        return invalid_value(kArguments[option], value, "must contain exactly one equals character ('=')");
      request.preloads.push_back(split(value, "="));
      break;
    case kArgv0:
      request.argv0 = value;
      break;
    case kHelpSwitch:
      request.answer = fmt::format(fmt::runtime(kHelp), command);
      return Taken::Stop;
  }
  return Taken::Go;
}

std::unexpected<Error> usage_error(std::string message) {
  return fail(ErrorCode::Usage, std::move(message));
}

/// Adds what was being done to a failure; whatever it wraps passes unchanged.
template <class T>
Result<T> in_context(Result<T> result, auto what) {
  if (result) return result;
  return std::unexpected<Error>(std::move(result).error().with_context(what()));
}

// ------------------------------------------------------------------------------------------------------------- loading

Result<std::vector<u8>> read_module(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return std::unexpected<Error>(
        Error(ErrorCode::Io, os_error(errno)).with_context(fmt::format("failed to open wasm module \"{}\"", path)));
  const wasi::UniqueFd owned(fd);
  struct stat info{};
  const bool sized = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
  std::vector<u8> bytes(sized ? static_cast<std::size_t>(info.st_size) + 1 : 64 << 10);  // one more: its end needs no growth
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(used * 2);
    const ssize_t got = ::read(fd, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return std::unexpected<Error>(
          Error(ErrorCode::Io, os_error(errno)).with_context(fmt::format("failed to read file: {}", path)));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

/// Why a module was refused, in the form that scripts know: functions are told apart from the rest of the module.
Error compile_error(Error error) {
  if (error.code() == ErrorCode::ResourceLimit) return error;  // the module is well, and too large for the pool
  unsigned func = 0;
  for (const std::string& context : error.context()) {
    if (std::sscanf(context.c_str(), "func %u failed to validate", &func) != 1 || !error.offset()) continue;
    return Error(error.code(), fmt::format("Invalid input WebAssembly code at offset {}: {}", *error.offset(), error.message()))
        .with_context("WebAssembly translation error")
        .with_context(fmt::format("failed to compile: wasm[0]::function[{}]", func));
  }
  return std::move(error).with_context("failed to parse WebAssembly module");
}

Result<Module> load_module(const Engine& engine, const RunRequest& request, const std::string& given) {
  const std::string path = given == "-" ? "/dev/stdin" : given;
  TENON_TRY(std::vector<u8> bytes, read_module(path));
  const std::string_view text = as_text(bytes);
  if (text.starts_with("\x7f"
                       "ELF")) {
    if (!request.allow_precompiled) return usage_error("running a precompiled module requires the `--allow-precompiled` flag");
    return fail(ErrorCode::Unsupported, "precompiled modules are not supported yet");
  }
  using namespace std::string_view_literals;
  if (text.starts_with("\0asm"sv)) {
    if (bytes.size() >= 8 && bytes[6] == 1) {
      if (request.options.flag(Opt::Wasm_component_model) == false)
        return usage_error("cannot execute a component without `--wasm component-model`");
      return fail(ErrorCode::Unsupported, "components are not supported yet");
    }
  } else {
    if (!is_utf8(bytes))
      return fail(ErrorCode::MalformedUtf8Text, fmt::format("failed to parse `{}`: input bytes aren't valid utf-8", path));
    auto parsed = text::parse_wat(text, {.file = path});
    if (!parsed) return fail(parsed.error().first().code, parsed.error().render());
    bytes = *std::move(parsed);
  }
  auto module = Module::compile(engine, std::move(bytes));
  if (!module) return std::unexpected(compile_error(std::move(module).error()));
  return module;
}

// ---------------------------------------------------------------------------------------------------------- preparation

/// Bounds of the pool, where one is asked for.
std::optional<PoolLimits> pool_limits(const Options& options) {
  if (!options.flag_or(Opt::Optimize_pooling_allocator, false)) return std::nullopt;
  PoolLimits pool;
  auto take = [&](auto& field, auto... choices) {
    for (Opt choice : {choices...})
      if (const auto value = options.number(choice)) {
        field = static_cast<std::remove_reference_t<decltype(field)>>(*value);
        return;
      }
  };
  take(pool.core_instances, Opt::Optimize_pooling_total_core_instances);
  take(pool.memories, Opt::Optimize_pooling_total_memories);
  take(pool.tables, Opt::Optimize_pooling_total_tables);
  take(pool.stacks, Opt::Optimize_pooling_total_stacks);
  take(pool.gc_heaps, Opt::Optimize_pooling_total_gc_heaps);
  take(pool.memory_bytes, Opt::Optimize_pooling_max_memory_size, Opt::Wasm_max_memory_size);
  take(pool.table_elements, Opt::Optimize_pooling_table_elements, Opt::Wasm_max_table_elements);
  take(pool.core_instance_bytes, Opt::Optimize_pooling_max_core_instance_size);
  take(pool.memories_per_module, Opt::Optimize_pooling_max_memories_per_module);
  take(pool.tables_per_module, Opt::Optimize_pooling_max_tables_per_module);
  return pool;
}

Result<Engine> make_engine(const Options& options, bool profiled, Executor& threads) {
  Config config;
  config.features = options.features();
  if (!config.features.has(Feature::Simd) && config.features.has(Feature::RelaxedSimd))
    return usage_error("cannot disable the simd proposal but enable the relaxed simd proposal");
  config.consume_fuel = options.given(Opt::Wasm_fuel);
  config.epoch_interruption = options.flag_or(Opt::Wasm_epoch_interruption, false) || profiled;
  config.canonicalize_nans = options.flag_or(Opt::Wasm_nan_canonicalization, false);
  config.deterministic_relaxed_simd = options.flag_or(Opt::Wasm_relaxed_simd_deterministic, false);
  if (const auto stack = options.number(Opt::Wasm_max_wasm_stack)) {
    if (*stack == 0) return usage_error("max_wasm_stack size cannot be zero");
    config.max_wasm_stack = *stack;
  }
  if (const auto reserve = options.number(Opt::Optimize_memory_reservation)) config.memory_reservation = *reserve;
  if (const auto guard = options.number(Opt::Optimize_memory_guard_size)) config.memory_guard = *guard;
  config.pool = pool_limits(options);
  if (const auto limit = options.number(Opt::Wasm_max_gc_heap_size)) config.gc_heap_limit = *limit;
  if (const auto initial = options.number(Opt::Optimize_gc_heap_initial_size)) config.gc_heap_initial = *initial;
  if (const auto every = options.number(Opt::Optimize_gc_zeal_alloc_counter)) config.gc_zeal = static_cast<u32>(*every);
  if (const auto frames = options.number(Opt::Debug_max_backtrace))
    config.backtrace_frames = static_cast<u32>(std::min<u64>(*frames, UINT32_MAX));
  return Engine::create(config, interp::engine_parts(&threads));
}

/// Options that `run` refuses for core modules, in words that scripts know.
Result<> check_options(const Options& options) {
  for (const std::string& path : options.texts(Opt::Debug_coredump))
    if (path.find('%') != std::string::npos) return usage_error("the coredump-on-trap path does not support patterns yet.");
  if (options.flag(Opt::Wasm_wmemcheck) == true)
    return usage_error("wmemcheck (memory checker) was requested but is not enabled in this build");
  if (options.given(Opt::Record_path)) return usage_error("support for rr disabled at compile time");
  if (options.given(Opt::Wasi_common) && options.given(Opt::Wasi_cli))
    return usage_error("The -Scommon option should not be use with -Scli as it is a deprecated alias");
  for (const auto& [option, name] : {std::pair(Opt::Wasi_config, "wasi-config"), std::pair(Opt::Wasi_keyvalue, "wasi-keyvalue"),
                                     std::pair(Opt::Wasi_http, "wasi-http"), std::pair(Opt::Wasi_tls, "wasi-tls")})
    if (options.flag(option) == true) return usage_error(fmt::format("Cannot enable {} for core wasm modules", name));
  return {};
}

void set_limits(StoreLimits& limits, const Options& options) {
  if (const auto value = options.number(Opt::Wasm_max_memory_size)) limits.memory_size(*value);
  if (const auto value = options.number(Opt::Wasm_max_table_elements)) limits.table_elements(*value);
  if (const auto value = options.number(Opt::Wasm_max_instances)) limits.instances(*value);
  if (const auto value = options.number(Opt::Wasm_max_tables)) limits.tables(*value);
  if (const auto value = options.number(Opt::Wasm_max_memories)) limits.memories(*value);
  if (const auto value = options.flag(Opt::Wasm_trap_on_grow_failure)) limits.trap_on_grow_failure(*value);
}

/// Lets the guest start threads, each with limits and fuel as the first has them.
Result<std::shared_ptr<wasi::ThreadGroup>> allow_threads(const RunRequest& request, Logging& logging, Linker& linker,
                                                         StoreRef first, const Module& module, std::shared_ptr<wasi::P1Ctx> ctx) {
  wasi::ThreadGroup::Setup setup;
  setup.ctx = std::move(ctx);
  setup.log = logging.writer("tenon::wasi", LogLevel::Error);
  setup.prepare = [&request](StoreRef store) -> Result<> {
    auto& limits = store.emplace_data<StoreLimits>();
    set_limits(limits, request.options);
    store.set_limiter(&limits);
    // Only the first thread is profiled; epochs that nobody asked for must not end the others.
    if (request.profile) store.set_epoch_deadline(UINT64_MAX >> 1);
    if (const auto fuel = request.options.number(Opt::Wasm_fuel)) return store.set_fuel(*fuel);
    return {};
  };
  return wasi::ThreadGroup::create(linker, first, module, std::move(setup));
}

/// Ends the guest when its time is up, whether it runs or waits.
class Deadline {
 public:
  Deadline(u64 nanos, InterruptHandle handle, std::shared_ptr<wasi::Interrupter> interrupter)
      : thread_([this, nanos, handle = std::move(handle), interrupter = std::move(interrupter)] {
          std::unique_lock lock(mutex_);
          const auto limit = std::chrono::nanoseconds(std::min<u64>(nanos, u64{1} << 61));
          if (condition_.wait_for(lock, limit, [this] { return over_; })) return;
          handle.interrupt();
          if (interrupter) interrupter->interrupt();
        }) {}
  ~Deadline() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    condition_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool over_ = false;
  std::thread thread_;
};

// -------------------------------------------------------------------------------------------------------------- calling

/// A type as Wasmtime names it: "(ref null extern)" where others say "externref".
std::string type_name(ValType type) {
  if (!type.is_abstract()) return to_string(type);
  return fmt::format("(ref {}{})", type.nullable() ? "null " : "", info(type.abstract_heap()).text);
}

Result<Val> parse_argument(std::string_view text, ValType type) {
  auto hex = [&] { return text.starts_with("0x") || text.starts_with("0X"); };
  auto value_of = [](auto parsed) -> Result<Val> {
    if (!parsed) return usage_error(parsed.error());
    return Val(*parsed);
  };
  if (!is_utf8(as_bytes(text))) return usage_error(fmt::format("argument is not valid utf-8: \"{}\"", text));
  if (type == ValType::i32()) {
    auto parsed = parse_signed(hex() ? text.substr(2) : text, hex() ? 16 : 10, INT32_MAX);
    if (!parsed) return usage_error(parsed.error());
    return Val(static_cast<i32>(*parsed));
  }
  if (type == ValType::i64()) return value_of(parse_signed(hex() ? text.substr(2) : text, hex() ? 16 : 10, INT64_MAX));
  if (type == ValType::f32()) return value_of(parse_f32(text));
  if (type == ValType::f64()) return value_of(parse_f64(text));
  return usage_error(fmt::format("unsupported argument type {}", type_name(type)));
}

std::string show_result(const Val& value) {
  const ValType type = value.type();
  if (type == ValType::i32()) return fmt::format("{}", value.as_i32());
  if (type == ValType::i64()) return fmt::format("{}", value.as_i64());
  if (type == ValType::f32()) return show(value.as_f32());
  if (type == ValType::f64()) return show(value.as_f64());
  if (type == ValType::v128()) return show_u128(value.as_v128().lo, value.as_v128().hi);
  std::string_view kind = "anyref";
  if (type == ValType::funcref()) kind = "funcref";
  if (type == ValType::externref()) kind = "externref";
  if (type == ValType::exnref()) kind = "exnref";
  return value.is_null() ? fmt::format("<null {}>", kind) : fmt::format("<{}>", kind);
}

void warn(std::string_view what) {
  fmt::print(stderr, "warning: using `--invoke` with a function that {} is experimental and may break in the future\n", what);
}

std::string invocation_failed(const RunRequest& request) {
  return request.invoke ? fmt::format("failed to invoke `{}`", *request.invoke) : "failed to invoke command default";
}
std::string main_failed(const RunRequest& request) {
  return fmt::format("failed to run main module `{}`", request.program[0]);
}

Result<> invoke(const RunRequest& request, const Func& func) {
  const FuncType& type = func.type();
  if (!type.params.empty()) warn("takes arguments");
  std::vector<Val> args;
  for (std::size_t i = 0; i < type.params.size(); ++i) {
    if (i + 1 >= request.program.size()) {
      return usage_error(request.invoke ? fmt::format("not enough arguments for `{}`", *request.invoke)
                                        : "not enough arguments for command default");
    }
    TENON_TRY(Val value, parse_argument(request.program[i + 1], type.params[i]));
    args.push_back(std::move(value));
  }
  auto called = in_context(func.call(args), [&] { return invocation_failed(request); });
  TENON_TRY(const std::vector<Val> results, std::move(called));
  if (!results.empty()) warn("returns values");
  for (const Val& result : results) {
    const std::string line = show_result(result) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  return {};
}

Result<> check_empty(std::string_view what, std::size_t count) {
  if (count == 0) return {};
  return std::unexpected<Error>(Error(ErrorCode::WrongType, fmt::format("expected 0 types, found {}", count))
                                    .with_context(fmt::format("type mismatch with {}", what)));
}

Result<> run_main(const RunRequest& request, StoreRef store, Linker& linker, const Module& module) {
  if (request.options.flag_or(Opt::Wasm_unknown_imports_trap, false))
    TENON_TRY_VOID(linker.define_unknown_imports_as_traps(module));
  if (request.options.flag_or(Opt::Wasm_unknown_imports_default, false))
    TENON_TRY_VOID(linker.define_unknown_imports_as_default_values(store, module));
  TENON_TRY(const Instance instance, in_context(linker.instantiate(store, module),
                                                [&] { return fmt::format("failed to instantiate \"{}\"", request.program[0]); }));
  // A reactor is set up before anything of it is called.
  if (const auto initialize = instance.get_func("_initialize")) {
    TENON_TRY_VOID(check_empty("parameters", initialize->type().params.size()));
    TENON_TRY_VOID(check_empty("results", initialize->type().results.size()));
    TENON_TRY_VOID(initialize->call({}, {}));
  }
  std::optional<Func> func;
  if (request.invoke) {
    func = instance.get_func(*request.invoke);
    if (!func) return usage_error(fmt::format("no func export named `{}` found", *request.invoke));
  } else {
    func = instance.get_func("");
    if (!func) func = instance.get_func("_start");
  }
  return func ? invoke(request, *func) : Result<>();
}

// --------------------------------------------------------------------------------------------------------------- the end

/// "Error: ..." with its causes, outermost first.
void print_error(const Error& error) {
  std::vector<std::string> chain(error.context().rbegin(), error.context().rend());
  if (const Backtrace* frames = backtrace_of(error)) std::ranges::replace(chain, to_string(*frames), show_backtrace(*frames));
  chain.push_back(error.to_string());
  std::string out = "Error: " + chain.front() + "\n";
  if (chain.size() > 1) {
    out += "\nCaused by:\n";
    for (std::size_t i = 1; i < chain.size(); ++i)
      out += chain.size() == 2 ? fmt::format("    {}\n", chain[i]) : fmt::format("{:>5}: {}\n", i - 1, chain[i]);
    out += "\n";
  }
  std::fwrite(out.data(), 1, out.size(), stderr);
}

/// What was printed is out, or the program has failed.
int finish() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return kExitOk;
  print_error(Error(ErrorCode::Io, os_error(errno)).with_context("failed to write to standard output"));
  return kExitFailure;
}

/// The program's exit code for how the guest ended.
int finish(const Error& error) {
  std::fflush(stdout);
  if (const auto status = exit_status(error)) return *status;
  print_error(error);
  return trap_code(error) ? kExitTrap : kExitFailure;
}

/// Writes the core dump that was asked for, and says so in the error of the trap.
Error dump_core(const RunRequest& request, StoreRef store, Error error) {
  const auto paths = request.options.texts(Opt::Debug_coredump);
  const Backtrace* frames = backtrace_of(error);
  if (paths.empty() || !trap_code(error) || frames == nullptr) return error;
  if (auto written = write_coredump(paths.back(), request.program[0], store, *frames); !written) {
    fmt::print(stderr, "warning: coredump failed to generate: {}\n", written.error().message());
    return error;
  }
  return std::move(error).with_context(fmt::format("core dumped at {}", paths.back()));
}

Result<> run_all(const RunRequest& request, StoreRef store, Linker& linker, const Module& module) {
  for (const auto& [name, path] : request.preloads) {
    TENON_TRY(const Module preload, load_module(store.engine(), request, path));
    TENON_TRY_VOID(in_context(linker.define_module(store, name, preload),
                              [&] { return fmt::format("failed to process preload `{}` at `{}`", name, path); }));
  }
  auto ran = run_main(request, store, linker, module);
  if (!ran) ran = std::unexpected(dump_core(request, store, std::move(ran).error()));
  return in_context(std::move(ran), [&] { return main_failed(request); });
}

/// Writes the profile and says where it is. As Wasmtime has it, a profile that cannot be written is no failure of the run.
void write_profile(GuestProfile& profile, const std::string& path) {
  if (auto written = profile.finish(path); !written) {
    fmt::print(stderr, "failed writing profile at {}: {}\n", path, written.error().message());
  } else {
    fmt::print(stderr, "\nProfile written to: {}\nView this profile at https://profiler.firefox.com/.\n", path);
  }
}

int run(RunRequest& request) {
  if (!request.config.empty()) {
    auto options = read_config_file(request.config);
    if (!options) return finish(options.error());
    options->override_with(request.options);
    request.options = *std::move(options);
  }
  const Options& options = request.options;
  Logging logging(options.flag_or(Opt::Debug_logging, true), options.flag_or(Opt::Debug_log_to_files, false));
  if (const auto why = options.unsupported()) return finish(Error(ErrorCode::Unsupported, *why));
  Threads threads;
  auto engine = make_engine(options, request.profile.has_value(), threads);
  if (!engine) return finish(engine.error());
  auto module = load_module(*engine, request, request.program[0]);
  if (!module) return finish(module.error());
  if (auto checked = check_options(options); !checked) return finish(checked.error());

  StoreLimits limits;
  set_limits(limits, options);
  auto store = Store::create(*engine);
  if (!store) return finish(std::move(store).error().with_context(invocation_failed(request)).with_context(main_failed(request)));
  Linker linker(*engine);
  linker.allow_unknown_exports(options.flag_or(Opt::Wasm_unknown_exports_allow, false));
  const bool threaded = options.flag_or(Opt::Wasi_threads, false);
  std::shared_ptr<wasi::P1Ctx> ctx;
  std::shared_ptr<wasi::Interrupter> interrupter;
  if (options.flag_or(Opt::Wasi_cli, options.flag_or(Opt::Wasi_common, true))) {
    auto config = make_wasi(request);
    if (!config) return finish(config.error());
    config->trace = logging.writer("tenon::wasi", LogLevel::Trace);
    interrupter = config->interrupter;
    auto made = wasi::P1Ctx::create(*std::move(config));
    if (!made) return finish(made.error());
    ctx = *std::move(made);
    wasi::set_p1(*store, ctx);
    if (auto added = wasi::add_p1_to_linker(linker); !added) return finish(added.error());
    if (options.flag_or(Opt::Wasi_preview0, true))
      if (auto added = wasi::add_p0_to_linker(linker); !added) return finish(added.error());
  }
  std::shared_ptr<wasi::ThreadGroup> group;
  if (threaded) {
    if (!ctx) ctx = *wasi::P1Ctx::create({});
    auto made = allow_threads(request, logging, linker, *store, *module, ctx);
    if (!made) return finish(made.error());
    group = *std::move(made);
  }
  store->set_limiter(&limits);
  if (const auto fuel = options.number(Opt::Wasm_fuel))
    if (auto set = store->set_fuel(*fuel); !set) return finish(set.error());

  std::optional<Deadline> deadline;
  if (const auto timeout = options.number(Opt::Wasm_timeout)) {
    // The epoch that ends the run is the one in which its time is over.
    if (options.flag_or(Opt::Wasm_epoch_interruption, false)) store->set_epoch_deadline(1);
    deadline.emplace(*timeout, store->interrupt_handle(), interrupter);
  }
  std::optional<GuestProfile> profile;
  if (request.profile) profile.emplace(*store, request.program[0], request.profile->interval);
  auto ran = run_all(request, *store, linker, *module);
  // The end of the first thread ends all; so does a trap or an exit in another one, which then is how the program ended.
  const auto ended = group ? group->finish() : std::nullopt;
  if (profile) write_profile(*profile, request.profile->path);
  if (ctx) ctx->flush();
  if (ended) return finish(*ended);
  if (ran) return finish();
  if (ctx && ctx->wait_interrupted()) {
    print_error(Error(ErrorCode::Trap, "wasm trap: interrupt").with_context("timed out after deadline has elapsed"));
    return kExitTrap;
  }
  return finish(ran.error());
}

}  // namespace

int command_run(const CommandLine& line) {
  // A reader of our output that goes away is an error of the write, for us and for the guest, not the end.
  std::signal(SIGPIPE, SIG_IGN);
  // Nor does a file that may not grow end the program.
  std::signal(SIGXFSZ, SIG_IGN);
  RunRequest request;
  request.tool = line.tool;
  const std::string command = fmt::format("{} {}", line.program, line.word);
  auto positionals =
      parse_arguments({command, "<WASM>...", kArguments}, line.args,
                      [&](std::size_t option, std::string_view value) { return take_option(request, command, option, value); });
  if (!positionals) {
    std::fwrite(positionals.error().data(), 1, positionals.error().size(), stderr);
    return kExitUsage;
  }
  if (!request.answer.empty()) {
    std::fwrite(request.answer.data(), 1, request.answer.size(), stdout);
    return kExitOk;
  }
  request.program = *std::move(positionals);
  return run(request);
}

}  // namespace tenon::cli
