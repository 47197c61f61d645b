#include "wast_runner.h"

#include <fmt/format.h>

#include "tenon/front/front.h"
#include "tenon/interp/interp.h"
#include "tenon/spec/errors.h"
#include "tenon/validate/validate.h"

namespace tenon::cli {
namespace {

using runtime::Item;
using text::ScriptModule;

// Where the suites quote more, or other words, than our messages have.
bool trap_text_matches(const Error& error, std::string_view expected) {
  std::string_view message = error.message();
  if (message.find(expected) != std::string_view::npos) return true;
  auto* trap = dynamic_cast<const runtime::TrapInfoPayload*>(error.payload());
  if (trap == nullptr || !trap->code) return false;
  std::string_view suite = info(*trap->code).suite;
  // "uninitialized element 2", "null array reference"
  if (!suite.empty() && (expected.starts_with(suite) || suite.starts_with(expected))) return true;
  bool null = trap->code == TrapCode::NullReference;
  bool null_call = trap->code == TrapCode::IndirectCallToNull;
  return (null && expected.starts_with("null")) || ((null || null_call) && expected.starts_with("null function"));
}

/// A text of the suites that names an error which other readers of the format notice later than this one, and the beginning of
/// what this one says of it.
struct OtherWords {
  std::string_view quoted;
  std::string_view ours;
};
constexpr OtherWords kOtherWords[] = {
#define WORDS(quoted, ours, why) {quoted, ours},
#include "wast_words.def"
};

bool text_matches(const Error& error, std::string_view expected) {
  if (error.message().find(expected) != std::string::npos) return true;
  for (const std::string& context : error.context())
    if (context.find(expected) != std::string::npos) return true;
  std::string_view text = info(error.code()).text;
  if (!expected.empty() && (expected.starts_with(text) || text.starts_with(expected))) return true;
  for (const OtherWords& row : kOtherWords)
    if (expected.starts_with(row.quoted) && std::string_view(error.message()).starts_with(row.ours)) return true;
  return false;
}

std::string causes_of(const Error& error) {
  std::string out;
  for (std::size_t i = error.context().size(); i > 0; --i) out += error.context()[i - 1] + "\n";
  return out + error.to_string();
}

std::unexpected<Error> failed(std::string message) {
  return fail(ErrorCode::Host, std::move(message));
}

Error error_of(const text::Diagnostics& diagnostics) {
  return diagnostics.to_error();
}

std::string_view id_or(const std::optional<std::string>& id, std::string_view otherwise) {
  return id ? *id : otherwise;
}

// The keyword of a directive, for counts.
std::string_view keyword(const text::Directive& directive) {
  static constexpr std::string_view kNames[] = {
      "module",           "module definition", "module instance",   "register",         "invoke",
      "assert_return",    "assert_trap",       "assert_exhaustion", "assert_exception", "assert_suspension",
      "assert_malformed", "assert_invalid",    "assert_unlinkable", "thread",           "wait"};
  return kNames[directive.what.index()];
}

}  // namespace

/// A `thread` directive that is running.
struct WastRunner::RunningThread {
  std::unique_ptr<WastRunner> runner;
  std::thread thread;
};

WastRunner::~WastRunner() {
  for (auto& [name, running] : threads_)
    if (running->thread.joinable()) running->thread.join();
  for (auto& [number, root] : host_references_) runtime::Store::release_root(root);
}

Result<std::unique_ptr<WastRunner>> WastRunner::create(const WastOptions& options) {
  return create(options, std::make_shared<runtime::Engine>(options.tunables, runtime::EngineParts{nullptr, interp::tier()}));
}

Result<std::unique_ptr<WastRunner>> WastRunner::create(const WastOptions& options, std::shared_ptr<runtime::Engine> engine) {
  std::unique_ptr<WastRunner> runner(new WastRunner(options));
  runner->engine_ = std::move(engine);
  TENON_TRY(runner->store_, runtime::Store::create(runner->engine_));
  if (options.tunables.meters_fuel) runner->store_->set_fuel(options.fuel);
  if (options.tunables.checks_epoch) runner->store_->set_epoch_deadline(1);
  TENON_TRY(Exports spectest, make_spectest(*runner->store_));
  TENON_TRY(Exports host, make_wasmtime_host(*runner->store_));
  runner->registered_.emplace("spectest", std::make_shared<const Exports>(std::move(spectest)));
  runner->registered_.emplace("wasmtime", std::make_shared<const Exports>(std::move(host)));
  return runner;
}

void WastRunner::run(const std::vector<text::Directive>& directives) {
  for (const text::Directive& directive : directives) {
    WastCounts& counts = counts_[keyword(directive)];
    ++counts.run;
    auto done = run(directive);
    if (done) continue;
    ++counts.failed;
    failures_.push_back({directive.place, causes_of(done.error())});
    if (options_.stop_at_first) return;
  }
}

// ---- modules and instances

Result<std::shared_ptr<const runtime::Module>> WastRunner::compile(const ScriptModule& module) {
  if (module.is_component()) return fail(ErrorCode::Unsupported, "components are not supported");
  auto bytes = module.encode();
  if (!bytes) return std::unexpected(error_of(bytes.error()));
  TENON_TRY(auto desc, front::compile_module(engine_->types(), std::move(*bytes), {.features = options_.features}));
  return std::make_shared<const runtime::Module>(std::move(desc));
}

Result<Exports> WastRunner::instantiate(std::shared_ptr<const runtime::Module> module) {
  std::vector<Item> imports;
  for (const ImportDesc& import : module->desc().imports) {
    auto from = registered_.find(import.module);
    const Item* item = nullptr;
    if (from != registered_.end())
      if (auto at = from->second->find(import.name); at != from->second->end()) item = &at->second;
    if (item == nullptr)
      return fail(ErrorCode::UnknownImport,
                  fmt::format("unknown import: `{}::{}` has not been defined", import.module, import.name));
    imports.push_back(*item);
  }
  TENON_TRY(runtime::Instance * instance, runtime::instantiate(*store_, module, imports));
  Exports exports;
  for (const ExportDesc& row : module->desc().exports) exports.emplace(row.name, instance->item(row.kind, row.index));
  return exports;
}

Result<> WastRunner::define_instance(const std::optional<std::string>& id, std::shared_ptr<const runtime::Module> module) {
  last_instance_.reset();
  if (!options_.execute) return {};
  TENON_TRY(Exports exports, instantiate(std::move(module)));
  last_instance_ = std::make_shared<const Exports>(std::move(exports));
  if (id) {
    instances_[*id] = last_instance_;
    // As in Wasmtime, an instance with a name can be imported by it.
    registered_[*id] = last_instance_;
  }
  return {};
}

Result<const Exports*> WastRunner::find_instance(const std::optional<std::string>& id) const {
  if (!id) {
    if (!last_instance_) return failed("no module has been instantiated");
    return last_instance_.get();
  }
  auto at = instances_.find(*id);
  if (at == instances_.end()) return failed(fmt::format("no module named `{}`", *id));
  return at->second.get();
}

Result<Item> WastRunner::find_export(const std::optional<std::string>& id, std::string_view name) const {
  TENON_TRY(const Exports* exports, find_instance(id));
  auto at = exports->find(name);
  if (at == exports->end()) return failed(fmt::format("no export named `{}` in `{}`", name, id_or(id, "the current module")));
  return at->second;
}

// ---- execution

namespace {

bool arg_fits(const TypeStore& types, const text::Arg& arg, ValType type) {
  switch (arg.kind) {
    case text::Arg::Kind::I32:
      return type == ValType::i32();
    case text::Arg::Kind::I64:
      return type == ValType::i64();
    case text::Arg::Kind::F32:
      return type == ValType::f32();
    case text::Arg::Kind::F64:
      return type == ValType::f64();
    case text::Arg::Kind::V128:
      return type == ValType::v128();
    case text::Arg::Kind::RefNull:
      return type.is_ref() && type.nullable();
    case text::Arg::Kind::RefExtern:
      return type.is_ref() && types.is_subtype(ValType::ref(AbstractHeap::Extern, false), type);
    case text::Arg::Kind::RefHost:
      return type.is_ref() && types.is_subtype(ValType::ref(AbstractHeap::Any, false), type);
  }
  return false;
}

}  // namespace

Result<runtime::Root*> WastRunner::host_reference(u64 number) {
  auto at = host_references_.find(number);
  if (at != host_references_.end()) return at->second;
  TENON_TRY(Ref ref, store_->new_extern({std::make_shared<u64>(number), host_number_tag()}));
  return host_references_.emplace(number, store_->new_root(ref)).first->second;
}

Result<Slot> WastRunner::lower(const text::Arg& arg, ValType type) {
  if (!arg_fits(store_->types(), arg, type)) return failed(fmt::format("an argument is not of type {}", to_string(type)));
  Slot slot;
  switch (arg.kind) {
    case text::Arg::Kind::V128:
      slot.v128 = arg.v128;
      break;
    case text::Arg::Kind::RefNull:
      slot.ref = kNullRef;
      break;
    case text::Arg::Kind::RefExtern:
    case text::Arg::Kind::RefHost: {
      TENON_TRY(const runtime::Root* root, host_reference(arg.bits));
      slot.ref = root->ref;
      break;
    }
    default:
      slot.u64_ = arg.bits;
      break;
  }
  return slot;
}

Result<WastRunner::Outcome> WastRunner::invoke(const text::Invoke& invoke) {
  TENON_TRY(Item item, find_export(invoke.module, invoke.name));
  auto* func = std::get_if<FuncRef*>(&item);
  if (func == nullptr) return failed(fmt::format("export `{}` is not a function", invoke.name));
  const FuncType& type = store_->types().func(TypeId((*func)->type));
  if (type.params.size() != invoke.args.size())
    return failed(fmt::format("`{}` takes {} arguments and was given {}", invoke.name, type.params.size(), invoke.args.size()));
  Outcome outcome{Values(std::max(type.params.size(), type.results.size())), type.results, {}};
  // Making the host values among them may move those that are there: all are made before any is taken.
  for (const text::Arg& arg : invoke.args)
    if (arg.kind == text::Arg::Kind::RefExtern || arg.kind == text::Arg::Kind::RefHost) TENON_TRY_VOID(host_reference(arg.bits));
  for (std::size_t i = 0; i < invoke.args.size(); ++i) {
    TENON_TRY(outcome.values[i], lower(invoke.args[i], type.params[i]));
  }
  if (!store_->enter(*func, outcome.values.data())) outcome.error = store_->take_error();
  outcome.values.resize(outcome.error ? 0 : type.results.size());
  return outcome;
}

Result<WastRunner::Outcome> WastRunner::execute(const text::Execute& what) {
  if (auto* call = std::get_if<text::Invoke>(&what)) return invoke(*call);
  if (auto* get = std::get_if<text::Get>(&what)) {
    TENON_TRY(Item item, find_export(get->module, get->name));
    auto* global = std::get_if<runtime::GlobalItem>(&item);
    if (global == nullptr) return failed(fmt::format("export `{}` is not a global", get->name));
    return Outcome{{*global->slot}, {global->type.content}, {}};
  }
  TENON_TRY(auto module, compile(std::get<ScriptModule>(what)));
  auto instance = instantiate(std::move(module));
  Outcome outcome;
  if (!instance) outcome.error = std::move(instance.error());
  return outcome;
}

// ---- assertions

Result<> WastRunner::expect_failure(const Outcome& outcome, std::string_view message, std::string_view kind) {
  if (!outcome.error) return failed(fmt::format("expected {}, but the call returned", kind));
  if (outcome.error->code() != ErrorCode::Trap)
    return failed(fmt::format("expected {}, got: {}", kind, causes_of(*outcome.error)));
  if (options_.ignore_error_messages || trap_text_matches(*outcome.error, message)) return {};
  return failed(fmt::format("{}: expected \"{}\", got \"{}\"", kind, message, outcome.error->message()));
}

Result<> WastRunner::expect_refused(const ScriptModule& module, std::string_view message, std::string_view kind) {
  auto compiled = compile(module);
  // What custom sections mean is looked at only where a script is about them.
  if (compiled && kind == "assert_invalid_custom") {
    if (auto hints = validate::check_branch_hints((*compiled)->desc()); !hints)
      compiled = std::unexpected(std::move(hints).error());
  }
  if (compiled) return failed(fmt::format("{}: expected \"{}\", but the module is accepted", kind, message));
  if (compiled.error().code() == ErrorCode::Unsupported) return failed(causes_of(compiled.error()));
  if (options_.ignore_error_messages || text_matches(compiled.error(), message)) return {};
  return failed(fmt::format("{}: expected \"{}\", got \"{}\"", kind, message, compiled.error().to_string()));
}

Result<> WastRunner::match(const Outcome& outcome, const std::vector<text::Expected>& expected) {
  if (outcome.error) return failed(causes_of(*outcome.error));
  if (outcome.values.size() != expected.size())
    return failed(fmt::format("expected {} results, got {}", expected.size(), outcome.values.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    auto same = match_value(*store_, outcome.values[i], outcome.types[i], expected[i]);
    if (!same) return fail(std::move(same.error()).with_context(fmt::format("result {} didn't match", i)));
  }
  return {};
}

// ---- threads

Result<> WastRunner::start_thread(const text::Thread& thread) {
  auto running = std::make_shared<RunningThread>();
  TENON_TRY(running->runner, create(options_, engine_));
  if (thread.shared_module) {
    TENON_TRY(const Exports* shared, find_instance(thread.shared_module));
    // Only shared memories can be seen by two threads.
    Exports visible;
    for (const auto& [name, item] : *shared) {
      auto* memory = std::get_if<runtime::Memory*>(&item);
      if (memory == nullptr || (*memory)->shared() == nullptr) continue;
      TENON_TRY(runtime::Memory * mine, running->runner->store_->new_memory((*memory)->shared()));
      visible.emplace(name, mine);
    }
    running->runner->instances_[*thread.shared_module] = std::make_shared<const Exports>(std::move(visible));
  }
  WastRunner* runner = running->runner.get();
  running->thread = std::thread([runner, &thread] { runner->run(thread.directives); });
  threads_[thread.name] = std::move(running);
  return {};
}

Result<> WastRunner::wait(const std::string& thread) {
  auto at = threads_.find(thread);
  if (at == threads_.end()) return failed(fmt::format("no thread named `{}`", thread));
  at->second->thread.join();
  const WastRunner& runner = *at->second->runner;
  for (const auto& [name, counts] : runner.counts_) {
    counts_[name].run += counts.run;
    counts_[name].failed += counts.failed;
  }
  failures_.insert(failures_.end(), runner.failures_.begin(), runner.failures_.end());
  threads_.erase(at);
  return {};
}

// ---- directives

struct WastRunner::Visitor {
  WastRunner& runner;
  bool execute = runner.options_.execute;

  Result<> operator()(const text::DefineAndInstantiate& what) {
    runner.last_instance_.reset();
    TENON_TRY(auto module, runner.compile(what.module));
    runner.last_definition_ = module;
    if (what.module.id()) runner.definitions_[*what.module.id()] = module;
    return runner.define_instance(what.module.id(), std::move(module));
  }
  Result<> operator()(const text::Define& what) {
    TENON_TRY(auto module, runner.compile(what.module));
    if (what.module.id()) runner.definitions_[*what.module.id()] = module;
    runner.last_definition_ = std::move(module);
    return {};
  }
  Result<> operator()(const text::Instantiate& what) {
    auto module = runner.last_definition_;
    if (what.module) {
      auto at = runner.definitions_.find(*what.module);
      if (at == runner.definitions_.end()) return failed(fmt::format("no module named `{}`", *what.module));
      module = at->second;
    }
    if (!module) return failed("no module has been defined");
    return runner.define_instance(what.instance, std::move(module));
  }
  Result<> operator()(const text::Register& what) {
    if (!execute) return {};
    TENON_TRY_VOID(runner.find_instance(what.module));
    runner.registered_[what.name] = what.module ? runner.instances_.find(*what.module)->second : runner.last_instance_;
    return {};
  }
  Result<> operator()(const text::Invoke& what) {
    if (!execute) return {};
    TENON_TRY(Outcome outcome, runner.invoke(what));
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
  }
  Result<> operator()(const text::AssertReturn& what) {
    if (!execute) return {};
    TENON_TRY(Outcome outcome, runner.execute(what.execute));
    return runner.match(outcome, what.results);
  }
  Result<> operator()(const text::AssertTrap& what) {
    if (!execute) return {};
    TENON_TRY(Outcome outcome, runner.execute(what.execute));
    return runner.expect_failure(outcome, what.message, "a trap");
  }
  Result<> operator()(const text::AssertExhaustion& what) {
    if (!execute) return {};
    TENON_TRY(Outcome outcome, runner.invoke(what.call));
    return runner.expect_failure(outcome, what.message, "exhaustion");
  }
  Result<> operator()(const text::AssertException& what) {
    if (!execute) return {};
    TENON_TRY(Outcome outcome, runner.execute(what.execute));
    if (!outcome.error) return failed("expected an exception, but the call returned");
    if (outcome.error->code() == ErrorCode::Exception) return {};
    return failed(fmt::format("expected an exception, got: {}", causes_of(*outcome.error)));
  }
  Result<> operator()(const text::AssertSuspension& what) {
    if (!execute) return {};
    TENON_TRY(Outcome outcome, runner.execute(what.execute));
    return runner.expect_failure(outcome, what.message, "a suspension");
  }
  Result<> operator()(const text::AssertMalformed& what) {
    return runner.expect_refused(what.module, what.message, what.custom ? "assert_malformed_custom" : "assert_malformed");
  }
  Result<> operator()(const text::AssertInvalid& what) {
    return runner.expect_refused(what.module, what.message, what.custom ? "assert_invalid_custom" : "assert_invalid");
  }
  Result<> operator()(const text::AssertUnlinkable& what) {
    TENON_TRY(auto module, runner.compile(what.module));
    if (!execute) return {};
    auto instance = runner.instantiate(std::move(module));
    if (instance) return failed(fmt::format("assert_unlinkable: expected \"{}\", but the module links", what.message));
    if (runner.options_.ignore_error_messages || text_matches(instance.error(), what.message)) return {};
    return failed(fmt::format("assert_unlinkable: expected \"{}\", got \"{}\"", what.message, causes_of(instance.error())));
  }
  Result<> operator()(const text::Thread& what) { return execute ? runner.start_thread(what) : Result<>(); }
  Result<> operator()(const text::Wait& what) { return execute ? runner.wait(what.thread) : Result<>(); }
};

Result<> WastRunner::run(const text::Directive& directive) {
  return std::visit(Visitor{*this}, directive.what);
}

}  // namespace tenon::cli
