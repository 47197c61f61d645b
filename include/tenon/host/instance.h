// Instance: a module that runs in a store.
#pragma once

#include "tenon/host/extern.h"
#include "tenon/host/module.h"
#include "tenon/runtime/instance.h"

namespace tenon {

/// A handle; valid as long as its store.
class Instance {
 public:
  /// `imports` in the module's order, all of `store`. Runs the start function.
  static Result<Instance> create(StoreRef store, const Module& module, std::span<const Extern> imports);
  explicit Instance(runtime::Instance* instance) : instance_(instance) {}

  StoreRef store() const { return StoreRef(&instance_->store()); }
  Module module() const;
  std::optional<Extern> get_export(std::string_view name) const;
  std::optional<Func> get_func(std::string_view name) const;
  std::optional<Memory> get_memory(std::string_view name) const;
  std::optional<Table> get_table(std::string_view name) const;
  std::optional<Global> get_global(std::string_view name) const;
  std::optional<Tag> get_tag(std::string_view name) const;
  /// A function by name and C++ type: `instance.get_typed_func<i32(i32)>("fib")`.
  template <class Sig>
  Result<TypedFunc<Sig>> get_typed_func(std::string_view name) const {
    std::optional<Func> func = get_func(name);
    if (!func) return no_func(name);
    return func->template typed<Sig>();
  }
  /// All exports in the module's order.
  std::vector<std::pair<std::string_view, Extern>> exports() const;

  bool operator==(const Instance&) const = default;
  runtime::Instance* raw() const { return instance_; }

 private:
  static std::unexpected<Error> no_func(std::string_view name);
  runtime::Instance* instance_;
};

/// A module whose imports were looked up and checked: instantiating it again and again costs no look-up. Thread-safe. Imports
/// that belong to a store bind it to that store.
class InstancePre {
 public:
  Result<Instance> instantiate(StoreRef store) const;
  const Module& module() const { return module_; }

 private:
  friend class Linker;
  struct Imports;
  InstancePre(Module module, std::shared_ptr<const Imports> imports) : module_(std::move(module)), imports_(std::move(imports)) {}
  Module module_;
  std::shared_ptr<const Imports> imports_;
};

}  // namespace tenon
