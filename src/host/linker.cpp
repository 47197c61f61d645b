// Instances and the linker.
#include "tenon/host/linker.h"

#include <fmt/format.h>

#include <unordered_map>

#include "tenon/spec/errors.h"

namespace tenon {

// --- instances

Result<Instance> Instance::create(StoreRef store, const Module& module, std::span<const Extern> imports) {
  std::vector<runtime::Item> items;
  items.reserve(imports.size());
  for (const Extern& item : imports) {
    if (item.store() != store.raw()) return fail(ErrorCode::Usage, "cross-store instantiation is not supported");
    items.push_back(item.raw());
  }
  if (!module.engine().same(store.engine())) return fail(ErrorCode::Usage, "cross-engine instantiation is not supported");
  TENON_TRY(runtime::Instance * instance, runtime::instantiate(*store.raw(), module.raw(), items));
  return Instance(instance);
}

Module Instance::module() const { return Module(store().engine(), instance_->module()); }

std::optional<Extern> Instance::get_export(std::string_view name) const {
  std::optional<runtime::Item> item = instance_->find_export(name);
  if (!item) return std::nullopt;
  return Extern(&instance_->store(), *item);
}

std::optional<Func> Instance::get_func(std::string_view name) const {
  std::optional<Extern> item = get_export(name);
  return item ? item->func() : std::nullopt;
}
std::optional<Memory> Instance::get_memory(std::string_view name) const {
  std::optional<Extern> item = get_export(name);
  return item ? item->memory() : std::nullopt;
}
std::optional<Table> Instance::get_table(std::string_view name) const {
  std::optional<Extern> item = get_export(name);
  return item ? item->table() : std::nullopt;
}
std::optional<Global> Instance::get_global(std::string_view name) const {
  std::optional<Extern> item = get_export(name);
  return item ? item->global() : std::nullopt;
}
std::optional<Tag> Instance::get_tag(std::string_view name) const {
  std::optional<Extern> item = get_export(name);
  return item ? item->tag() : std::nullopt;
}

std::vector<std::pair<std::string_view, Extern>> Instance::exports() const {
  std::vector<std::pair<std::string_view, Extern>> out;
  for (const ExportDesc& item : instance_->module()->desc().exports)
    out.emplace_back(item.name, Extern(&instance_->store(), instance_->item(item.kind, item.index)));
  return out;
}

std::unexpected<Error> Instance::no_func(std::string_view name) {
  return fail(ErrorCode::NoSuchExport, fmt::format("failed to find function export `{}`", name));
}

// --- definitions

namespace {

using HostPtr = std::shared_ptr<detail::HostFunction>;
using Target = std::variant<Extern, HostPtr, SharedMemory>;

struct Definition {
  std::string module;
  std::string name;
  Target target;
};

/// The item that a definition stands for in a store.
Result<runtime::Item> resolve(const Target& target, StoreRef store) {
  if (const auto* item = std::get_if<Extern>(&target)) {
    if (item->store() != store.raw()) return fail(ErrorCode::Usage, "cross-store instantiation is not supported");
    return item->raw();
  }
  if (const auto* function = std::get_if<HostPtr>(&target)) {
    store.raw()->keep(*function);
    return &(*function)->ref;
  }
  TENON_TRY(runtime::Memory * memory, store.raw()->new_memory(std::get<SharedMemory>(target).raw()));
  return memory;
}

ExternType type_of(const Target& target) {
  if (const auto* item = std::get_if<Extern>(&target)) return item->type();
  if (const auto* function = std::get_if<HostPtr>(&target)) return FuncExtern{TypeId((*function)->ref.type)};
  const SharedMemory& shared = std::get<SharedMemory>(target);
  MemoryType type = shared.type();
  type.limits.min = shared.byte_size() >> type.page_size_log2;
  return type;
}

std::string key(std::string_view module, std::string_view name) { return fmt::format("{}:{}{}", module.size(), module, name); }

Error unknown_import(const ImportDesc& import) {
  return Error(ErrorCode::UnknownImport, fmt::format("unknown import: `{}::{}` has not been defined", import.module, import.name));
}

}  // namespace

struct InstancePre::Imports {
  std::vector<Target> targets;
};

Result<Instance> InstancePre::instantiate(StoreRef store) const {
  if (!module_.engine().same(store.engine())) return fail(ErrorCode::Usage, "cross-engine instantiation is not supported");
  std::vector<runtime::Item> items;
  items.reserve(imports_->targets.size());
  for (const Target& target : imports_->targets) {
    TENON_TRY(runtime::Item item, resolve(target, store));
    items.push_back(item);
  }
  TENON_TRY(runtime::Instance * instance, runtime::instantiate(*store.raw(), module_.raw(), items));
  return Instance(instance);
}

// --- the linker

struct Linker::Impl {
  Engine engine;
  bool shadowing = false;
  std::vector<Definition> definitions;
  std::unordered_map<std::string, u32> by_name;

  const Definition* find(std::string_view module, std::string_view name) const {
    auto found = by_name.find(key(module, name));
    return found == by_name.end() ? nullptr : &definitions[found->second];
  }
  Result<> insert(std::string_view module, std::string_view name, Target target) {
    auto [at, fresh] = by_name.emplace(key(module, name), static_cast<u32>(definitions.size()));
    if (fresh) {
      definitions.push_back({std::string(module), std::string(name), std::move(target)});
      return {};
    }
    if (!shadowing) return fail(ErrorCode::Usage, fmt::format("import of `{}::{}` defined twice", module, name));
    definitions[at->second].target = std::move(target);
    return {};
  }
};

Linker::Linker(const Engine& engine) : impl_(new Impl{engine, false, {}, {}}) {}
Linker::Linker(const Linker& other) : impl_(new Impl(*other.impl_)) {}
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker other) {
  impl_ = std::move(other.impl_);
  return *this;
}
Linker::~Linker() = default;

const Engine& Linker::engine() const { return impl_->engine; }

Linker& Linker::allow_shadowing(bool allow) {
  impl_->shadowing = allow;
  return *this;
}

Result<> Linker::define(std::string_view module, std::string_view name, const Extern& item) {
  return impl_->insert(module, name, item);
}
Result<> Linker::define(std::string_view module, std::string_view name, const SharedMemory& memory) {
  return impl_->insert(module, name, memory);
}
Result<> Linker::define_host(std::string_view module, std::string_view name, HostPtr function) {
  return impl_->insert(module, name, std::move(function));
}
Result<> Linker::func_new(std::string_view module, std::string_view name, const FuncType& type, HostCallback callback) {
  TENON_TRY(HostPtr function, detail::make_untyped(*engine().raw(), type, std::move(callback)));
  return define_host(module, name, std::move(function));
}

Result<> Linker::define_instance(std::string_view module, const Instance& instance) {
  for (const auto& [name, item] : instance.exports()) TENON_TRY_VOID(define(module, name, item));
  return {};
}

Result<> Linker::define_module(StoreRef store, std::string_view name, const Module& module) {
  auto has_func = [&](std::string_view which) {
    std::optional<ExternType> type = module.find_export(which);
    return type && kind_of(*type) == ExternKind::Func;
  };
  bool command = has_func("_start"), reactor = has_func("_initialize");
  if (command && reactor) return fail(ErrorCode::Usage, "module cannot be both a command and a reactor");
  if (!command) {
    TENON_TRY(Instance instance, instantiate(store, module));
    if (reactor) {
      TENON_TRY(auto initialize, instance.get_typed_func<void()>("_initialize"));
      TENON_TRY_VOID(initialize.call());
    }
    return define_instance(name, instance);
  }
  TENON_TRY(InstancePre pre, instantiate_pre(module));
  for (const ExportInfo& item : module.exports()) {
    // Each call runs in an instance of its own, so that only functions make sense to others.
    if (kind_of(item.type) != ExternKind::Func) continue;
    const FuncType& type = engine().types().func(std::get<FuncExtern>(item.type).type);
    TENON_TRY_VOID(func_new(name, item.name, type,
                            [pre, name = std::string(item.name)](Caller& caller, std::span<const Val> args,
                                                                 std::span<Val> results) -> Result<> {
                              TENON_TRY(Instance instance, pre.instantiate(caller));
                              return instance.get_func(name)->call(args, results);
                            }));
  }
  return {};
}

Result<> Linker::alias(std::string_view module, std::string_view name, std::string_view as_module, std::string_view as_name) {
  const Definition* found = impl_->find(module, name);
  if (!found) return fail(ErrorCode::UnknownImport, fmt::format("unknown import: `{}::{}` has not been defined", module, name));
  return impl_->insert(as_module, as_name, Target(found->target));
}

Result<> Linker::alias_module(std::string_view module, std::string_view as_module) {
  std::vector<Definition> found;
  for (const Definition& definition : impl_->definitions)
    if (definition.module == module) found.push_back(definition);
  for (Definition& definition : found) TENON_TRY_VOID(impl_->insert(as_module, definition.name, std::move(definition.target)));
  return {};
}

Result<> Linker::define_unknown_imports_as_traps(const Module& module) {
  for (const ImportDesc& import : module.imports()) {
    const auto* func = std::get_if<FuncExtern>(&import.type);
    if (!func || impl_->find(import.module, import.name)) continue;
    TENON_TRY_VOID(func_new(import.module, import.name, engine().types().func(func->type),
                            [import = ImportDesc{import.module, import.name, import.type}](
                                Caller&, std::span<const Val>, std::span<Val>) -> Result<> {
                              return std::unexpected(unknown_import(import));
                            }));
  }
  return {};
}

Result<> Linker::define_unknown_imports_as_default_values(StoreRef store, const Module& module) {
  const TypeStore& types = engine().types();
  auto default_of = [&](ValType type, const ImportDesc& import) -> Result<Val> {
    if (std::optional<Val> value = Val::default_of(types, type)) return *value;
    return fail(ErrorCode::Usage, fmt::format("no default value exists for `{}::{}`", import.module, import.name));
  };
  for (const ImportDesc& import : module.imports()) {
    if (impl_->find(import.module, import.name)) continue;
    if (const auto* func = std::get_if<FuncExtern>(&import.type)) {
      const FuncType& type = types.func(func->type);
      for (ValType result : type.results) TENON_TRY_VOID(default_of(result, import));
      // Results are set to their defaults before the callback sees them.
      TENON_TRY_VOID(func_new(import.module, import.name, type,
                              [](Caller&, std::span<const Val>, std::span<Val>) -> Result<> { return {}; }));
    } else if (const auto* table = std::get_if<TableType>(&import.type)) {
      TENON_TRY(Val init, default_of(table->element, import));
      TENON_TRY(Table made, Table::create(store, *table, init));
      TENON_TRY_VOID(define(import.module, import.name, made));
    } else if (const auto* memory = std::get_if<MemoryType>(&import.type)) {
      TENON_TRY(Memory made, Memory::create(store, *memory));
      TENON_TRY_VOID(define(import.module, import.name, made));
    } else if (const auto* global = std::get_if<GlobalType>(&import.type)) {
      TENON_TRY(Val init, default_of(global->content, import));
      TENON_TRY(Global made, Global::create(store, *global, init));
      TENON_TRY_VOID(define(import.module, import.name, made));
    } else {
      TENON_TRY(Tag made, Tag::create(store, types.func(std::get<TagExtern>(import.type).type)));
      TENON_TRY_VOID(define(import.module, import.name, made));
    }
  }
  return {};
}

Result<InstancePre> Linker::instantiate_pre(const Module& module) const {
  if (!module.engine().same(engine())) return fail(ErrorCode::Usage, "cross-engine instantiation is not supported");
  auto imports = std::make_shared<InstancePre::Imports>();
  imports->targets.reserve(module.imports().size());
  for (const ImportDesc& import : module.imports()) {
    const Definition* found = impl_->find(import.module, import.name);
    if (!found) return std::unexpected(unknown_import(import));
    ExternType actual = type_of(found->target);
    if (!runtime::matches(engine().types(), actual, import.type))
      return std::unexpected(runtime::incompatible_import(engine().types(), import, actual));
    imports->targets.push_back(found->target);
  }
  return InstancePre(module, std::move(imports));
}

Result<Instance> Linker::instantiate(StoreRef store, const Module& module) const {
  TENON_TRY(InstancePre pre, instantiate_pre(module));
  return pre.instantiate(store);
}

std::optional<Extern> Linker::get(StoreRef store, std::string_view module, std::string_view name) const {
  const Definition* found = impl_->find(module, name);
  if (!found) return std::nullopt;
  Result<runtime::Item> item = resolve(found->target, store);
  if (!item) return std::nullopt;
  return Extern(store.raw(), *item);
}

Result<Func> Linker::get_default(StoreRef store, std::string_view module) const {
  for (std::string_view name : {"", "_start"})
    if (std::optional<Extern> item = get(store, module, name))
      if (std::optional<Func> func = item->func()) return *func;
  return Func::wrap(store, [] {});
}

std::vector<std::pair<std::string_view, std::string_view>> Linker::names() const {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  out.reserve(impl_->definitions.size());
  for (const Definition& definition : impl_->definitions) out.emplace_back(definition.module, definition.name);
  return out;
}

}  // namespace tenon
