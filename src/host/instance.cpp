// Instances, and what prepared ones keep of their imports.
#include "tenon/host/instance.h"

#include <fmt/format.h>

#include "host/imports.h"
#include "tenon/spec/errors.h"

namespace tenon {

Result<Instance> Instance::create(StoreRef store, const Module& module, std::span<const Extern> imports) {
  if (!module.engine().same(store.engine())) return fail(ErrorCode::Usage, "a module of another engine");
  std::vector<runtime::Item> items;
  items.reserve(imports.size());
  for (const Extern& item : imports) {
    if (item.store() != store.raw()) return fail(ErrorCode::Usage, "an import of another store");
    items.push_back(item.raw());
  }
  TENON_TRY(runtime::Instance * instance, runtime::instantiate(*store.raw(), module.raw(), items));
  return Instance(instance);
}

Module Instance::module() const {
  return Module(store().engine(), instance_->module());
}

std::optional<Extern> Instance::get_export(std::string_view name) const {
  auto item = instance_->find_export(name);
  if (!item) return std::nullopt;
  return Extern(store().raw(), *item);
}

std::optional<Func> Instance::get_func(std::string_view name) const {
  auto item = get_export(name);
  return item ? item->func() : std::nullopt;
}

std::optional<Memory> Instance::get_memory(std::string_view name) const {
  auto item = get_export(name);
  return item ? item->memory() : std::nullopt;
}

std::optional<Table> Instance::get_table(std::string_view name) const {
  auto item = get_export(name);
  return item ? item->table() : std::nullopt;
}

std::optional<Global> Instance::get_global(std::string_view name) const {
  auto item = get_export(name);
  return item ? item->global() : std::nullopt;
}

std::optional<Tag> Instance::get_tag(std::string_view name) const {
  auto item = get_export(name);
  return item ? item->tag() : std::nullopt;
}

std::vector<std::pair<std::string_view, Extern>> Instance::exports() const {
  std::vector<std::pair<std::string_view, Extern>> out;
  const ModuleDesc& desc = instance_->module()->desc();
  out.reserve(desc.exports.size());
  for (const ExportDesc& row : desc.exports)
    out.emplace_back(row.name, Extern(store().raw(), instance_->item(row.kind, row.index)));
  return out;
}

std::unexpected<Error> Instance::no_func(std::string_view name) {
  return fail(ErrorCode::NoSuchExport, fmt::format("no func export named `{}` found", name));
}

// --- definitions and prepared instances

Result<runtime::Item> Definition::in(StoreRef store) const {
  if (auto* function = std::get_if<std::shared_ptr<detail::HostFunction>>(&what)) {
    store.raw()->keep(*function);
    return runtime::Item(&(*function)->ref);
  }
  if (auto* shared = std::get_if<SharedMemory>(&what)) {
    TENON_TRY(runtime::Memory * memory, store.raw()->new_memory(shared->raw()));
    return runtime::Item(memory);
  }
  const Extern& item = std::get<Extern>(what);
  if (item.store() != store.raw()) return fail(ErrorCode::Usage, "an import of another store");
  return item.raw();
}

ExternType Definition::type() const {
  if (auto* function = std::get_if<std::shared_ptr<detail::HostFunction>>(&what))
    return FuncExtern{TypeId((*function)->ref.type)};
  if (auto* shared = std::get_if<SharedMemory>(&what)) {
    MemoryType type = shared->type();
    type.limits.min = shared->byte_size() >> type.page_size_log2;
    return type;
  }
  return std::get<Extern>(what).type();
}

Result<Instance> InstancePre::instantiate(StoreRef store) const {
  if (!store.engine().same(module_.engine())) return fail(ErrorCode::Usage, "a store of another engine");
  std::vector<runtime::Item> items;
  items.reserve(imports_->definitions.size());
  for (const Definition& definition : imports_->definitions) {
    TENON_TRY(runtime::Item item, definition.in(store));
    items.push_back(item);
  }
  TENON_TRY(runtime::Instance * instance, runtime::instantiate(*store.raw(), module_.raw(), items));
  return Instance(instance);
}

}  // namespace tenon
