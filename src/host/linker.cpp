// The linker: a table of definitions by module and name.
#include "tenon/host/linker.h"

#include <fmt/format.h>

#include <unordered_map>

#include "host/imports.h"
#include "tenon/spec/errors.h"

namespace tenon {
namespace {

std::unexpected<Error> unknown_import(std::string_view module, std::string_view name) {
  return fail(ErrorCode::UnknownImport, fmt::format("unknown import: `{}::{}` has not been defined", module, name));
}

// Module and name in one key; names have no NUL that could make two pairs meet, but lengths settle it anyway.
std::string key_of(std::string_view module, std::string_view name) {
  return fmt::format("{}:{}{}", module.size(), module, name);
}

}  // namespace

struct Linker::Impl {
  explicit Impl(const Engine& engine) : engine(engine) {}

  struct Row {
    std::string module, name;
    Definition definition;
  };
  Engine engine;
  bool allow_shadowing = false;
  bool allow_unknown_exports = false;
  std::vector<Row> rows;
  std::unordered_map<std::string, std::size_t> by_name;

  const Definition* find(std::string_view module, std::string_view name) const {
    auto at = by_name.find(key_of(module, name));
    return at == by_name.end() ? nullptr : &rows[at->second].definition;
  }
  Result<> define(std::string_view module, std::string_view name, Definition definition) {
    auto [at, added] = by_name.try_emplace(key_of(module, name), rows.size());
    if (added) {
      rows.push_back({std::string(module), std::string(name), std::move(definition)});
      return {};
    }
    if (!allow_shadowing) return fail(ErrorCode::Usage, fmt::format("import of `{}::{}` defined twice", module, name));
    rows[at->second].definition = std::move(definition);
    return {};
  }
};

Linker::Linker(const Engine& engine) : impl_(std::make_unique<Impl>(engine)) {}
Linker::Linker(const Linker& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker other) {
  impl_ = std::move(other.impl_);
  return *this;
}
Linker::~Linker() = default;

const Engine& Linker::engine() const {
  return impl_->engine;
}

Linker& Linker::allow_shadowing(bool allow) {
  impl_->allow_shadowing = allow;
  return *this;
}

Linker& Linker::allow_unknown_exports(bool allow) {
  impl_->allow_unknown_exports = allow;
  return *this;
}

Result<> Linker::define(std::string_view module, std::string_view name, const Extern& item) {
  return impl_->define(module, name, Definition{item});
}

Result<> Linker::define(std::string_view module, std::string_view name, const SharedMemory& memory) {
  return impl_->define(module, name, Definition{memory});
}

Result<> Linker::define_host(std::string_view module, std::string_view name, std::shared_ptr<detail::HostFunction> function) {
  return impl_->define(module, name, Definition{std::move(function)});
}

Result<> Linker::func_new(std::string_view module, std::string_view name, const FuncType& type, HostCallback callback) {
  TENON_TRY(auto function, detail::make_untyped(*impl_->engine.raw(), type, std::move(callback)));
  return define_host(module, name, std::move(function));
}

Result<> Linker::define_instance(std::string_view module, const Instance& instance) {
  for (const auto& [name, item] : instance.exports()) TENON_TRY_VOID(define(module, name, item));
  return {};
}

namespace {

/// What compilers and linkers leave exported of a command, beside functions.
bool is_known_export(const ExportInfo& row) {
  if (std::holds_alternative<MemoryType>(row.type)) return row.name == "memory";
  if (std::holds_alternative<TableType>(row.type)) return row.name == "__indirect_function_table" || row.name == "table";
  if (!std::holds_alternative<GlobalType>(row.type)) return false;
  return row.name == "__data_end" || row.name == "__heap_base" || row.name == "__dso_handle" || row.name.starts_with("__rtti");
}

}  // namespace

Result<> Linker::define_module(StoreRef store, std::string_view name, const Module& module) {
  bool is_command = module.find_export("_start").has_value();
  if (is_command && module.find_export("_initialize"))
    return fail(ErrorCode::Usage, "Program cannot be both a Command and a Reactor");
  if (!is_command) {
    TENON_TRY(Instance instance, instantiate(store, module));
    if (auto initialize = instance.get_func("_initialize")) TENON_TRY_VOID(initialize->call({}));
    return define_instance(name, instance);
  }
  // Each call runs in an instance of its own, linked as things stand now.
  TENON_TRY(InstancePre pre, instantiate_pre(module));
  for (const ExportInfo& row : module.exports()) {
    auto* func = std::get_if<FuncExtern>(&row.type);
    if (func == nullptr) {
      if (!impl_->allow_unknown_exports && !is_known_export(row))
        return fail(ErrorCode::Usage, fmt::format("command export '{}' is not a function", row.name));
      continue;
    }
    const FuncType& type = impl_->engine.types().func(func->type);
    auto callback = [pre, export_name = std::string(row.name)](Caller& caller, std::span<const Val> args,
                                                               std::span<Val> results) -> Result<> {
      TENON_TRY(Instance instance, pre.instantiate(caller));
      return instance.get_func(export_name)->call(args, results);
    };
    TENON_TRY_VOID(func_new(name, row.name, type, callback));
  }
  return {};
}

Result<> Linker::alias(std::string_view module, std::string_view name, std::string_view as_module, std::string_view as_name) {
  const Definition* definition = impl_->find(module, name);
  if (definition == nullptr) return unknown_import(module, name);
  return impl_->define(as_module, as_name, Definition(*definition));
}

Result<> Linker::alias_module(std::string_view module, std::string_view as_module) {
  for (std::size_t i = 0, count = impl_->rows.size(); i < count; ++i) {
    if (impl_->rows[i].module != module) continue;
    // Copies: defining may move the rows.
    std::string name = impl_->rows[i].name;
    Definition definition = impl_->rows[i].definition;
    TENON_TRY_VOID(impl_->define(as_module, name, std::move(definition)));
  }
  return {};
}

Result<> Linker::define_unknown_imports_as_traps(const Module& module) {
  for (const ImportDesc& import : module.imports()) {
    auto* func = std::get_if<FuncExtern>(&import.type);
    if (func == nullptr || impl_->find(import.module, import.name) != nullptr) continue;
    auto callback = [module = import.module, name = import.name](Caller&, std::span<const Val>, std::span<Val>) -> Result<> {
      return unknown_import(module, name);
    };
    TENON_TRY_VOID(define_host(import.module, import.name, detail::make_untyped(*impl_->engine.raw(), func->type, callback)));
  }
  return {};
}

namespace {

Result<Extern> default_extern(StoreRef store, const ImportDesc& import) {
  const TypeStore& types = store.raw()->types();
  auto none = [&](ValType type) {
    return fail(ErrorCode::Unsupported,
                fmt::format("import `{}::{}`: type {} has no default value", import.module, import.name, to_string(type)));
  };
  if (auto* table = std::get_if<TableType>(&import.type)) {
    auto init = Val::default_of(types, table->element);
    if (!init) return none(table->element);
    TENON_TRY(Table made, Table::create(store, *table, *init));
    return Extern(made);
  }
  if (auto* memory = std::get_if<MemoryType>(&import.type)) {
    TENON_TRY(Memory made, Memory::create(store, *memory));
    return Extern(made);
  }
  if (auto* global = std::get_if<GlobalType>(&import.type)) {
    auto init = Val::default_of(types, global->content);
    if (!init) return none(global->content);
    TENON_TRY(Global made, Global::create(store, *global, *init));
    return Extern(made);
  }
  if (auto* tag = std::get_if<TagExtern>(&import.type)) return Extern(Tag(store.raw(), store.raw()->new_tag(tag->type)));
  const TypeId type = std::get<FuncExtern>(import.type).type;
  for (ValType result : types.func(type).results)
    if (!result.is_defaultable()) return none(result);
  // Results are preset to their defaults.
  auto host =
      detail::make_untyped(store.raw()->engine(), type, [](Caller&, std::span<const Val>, std::span<Val>) { return Result<>(); });
  FuncRef* ref = &host->ref;
  store.raw()->keep(std::move(host));
  return Extern(Func(store.raw(), ref));
}

}  // namespace

Result<> Linker::define_unknown_imports_as_default_values(StoreRef store, const Module& module) {
  for (const ImportDesc& import : module.imports()) {
    if (impl_->find(import.module, import.name) != nullptr) continue;
    TENON_TRY(Extern item, default_extern(store, import));
    TENON_TRY_VOID(define(import.module, import.name, item));
  }
  return {};
}

Result<InstancePre> Linker::instantiate_pre(const Module& module) const {
  if (!module.engine().same(impl_->engine)) return fail(ErrorCode::Usage, "a module of another engine");
  auto imports = std::make_shared<InstancePre::Imports>();
  imports->definitions.reserve(module.imports().size());
  for (const ImportDesc& import : module.imports()) {
    const Definition* definition = impl_->find(import.module, import.name);
    if (definition == nullptr) return unknown_import(import.module, import.name);
    ExternType actual = definition->type();
    if (!runtime::matches(impl_->engine.types(), actual, import.type))
      return std::unexpected(runtime::incompatible_import(impl_->engine.types(), import, actual));
    imports->definitions.push_back(*definition);
  }
  return InstancePre(module, std::move(imports));
}

Result<Instance> Linker::instantiate(StoreRef store, const Module& module) const {
  TENON_TRY(InstancePre pre, instantiate_pre(module));
  return pre.instantiate(store);
}

std::optional<Extern> Linker::get(StoreRef store, std::string_view module, std::string_view name) const {
  const Definition* definition = impl_->find(module, name);
  if (definition == nullptr) return std::nullopt;
  auto item = definition->in(store);
  if (!item) return std::nullopt;
  return Extern(store.raw(), *item);
}

Result<Func> Linker::get_default(StoreRef store, std::string_view module) const {
  for (std::string_view name : {std::string_view(), std::string_view("_start")}) {
    auto item = get(store, module, name);
    if (!item) continue;
    if (auto func = item->func()) return *func;
    return fail(ErrorCode::WrongType, fmt::format("default export in '{}' is not a function", module));
  }
  return Func::wrap(store, [] {});
}

std::vector<std::pair<std::string_view, std::string_view>> Linker::names() const {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  out.reserve(impl_->rows.size());
  for (const Impl::Row& row : impl_->rows) out.emplace_back(row.module, row.name);
  return out;
}

}  // namespace tenon
