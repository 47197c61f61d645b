// Linker: names for what modules import, and the rules by which imports are met.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/host/instance.h"

namespace tenon {

/// A table of definitions by module and name. Host functions belong to the engine, so that one linker serves many stores; all
/// other definitions belong to a store. Not thread-safe while it is changed. A copy is cheap for its functions, which are shared.
class Linker {
 public:
  explicit Linker(const Engine& engine);
  Linker(const Linker&);
  Linker(Linker&&) noexcept;
  Linker& operator=(Linker);
  ~Linker();

  const Engine& engine() const;
  /// Whether a later definition replaces an earlier one; otherwise it fails (the default).
  Linker& allow_shadowing(bool allow);

  /// Whether a command that define_module takes may export more than functions, a memory "memory", a table and what linkers
  /// leave (`__heap_base` and so on); otherwise it fails (the default).
  Linker& allow_unknown_exports(bool allow);

  Result<> define(std::string_view module, std::string_view name, const Extern& item);
  Result<> define(std::string_view module, std::string_view name, const SharedMemory& memory);
  /// A host function from a callable; see func.h.
  template <class F>
  Result<> func_wrap(std::string_view module, std::string_view name, F f) {
    TENON_TRY(auto function, detail::make_typed(*engine().raw(), std::move(f)));
    return define_host(module, name, std::move(function));
  }
  Result<> func_new(std::string_view module, std::string_view name, const FuncType& type, HostCallback callback);
  /// All exports of an instance, under its name.
  Result<> define_instance(std::string_view module, const Instance& instance);
  /// Defines a module's exports under a name. A reactor (and any module without `_start`) is instantiated once and its
  /// `_initialize` called; of a command each call of its functions runs in a new instance.
  Result<> define_module(StoreRef store, std::string_view name, const Module& module);
  /// Gives a definition a second name.
  Result<> alias(std::string_view module, std::string_view name, std::string_view as_module, std::string_view as_name);
  Result<> alias_module(std::string_view module, std::string_view as_module);
  /// Functions that `module` imports and nobody defines: they trap when called. Other kinds fail.
  Result<> define_unknown_imports_as_traps(const Module& module);
  /// All that `module` imports and nobody defines: functions that return zeros and nulls, empty memories and so on.
  Result<> define_unknown_imports_as_default_values(StoreRef store, const Module& module);

  Result<Instance> instantiate(StoreRef store, const Module& module) const;
  Result<InstancePre> instantiate_pre(const Module& module) const;

  std::optional<Extern> get(StoreRef store, std::string_view module, std::string_view name) const;
  /// What running a module by name means: its function "", else "_start", else a function that does nothing.
  Result<Func> get_default(StoreRef store, std::string_view module) const;
  /// Names of all definitions, in the order in which they were made.
  std::vector<std::pair<std::string_view, std::string_view>> names() const;

 private:
  Result<> define_host(std::string_view module, std::string_view name, std::shared_ptr<detail::HostFunction> function);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenon
