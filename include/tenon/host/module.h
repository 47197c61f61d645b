// Module: a validated module, ready to be instantiated any number of times.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tenon/abi/module.h"
#include "tenon/host/engine.h"
#include "tenon/runtime/module.h"

namespace tenon {

/// An export as reflection shows it.
struct ExportInfo {
  std::string_view name;  ///< lives as long as the module
  ExternType type;
};

/// A counted handle; immutable, thread-safe.
class Module {
 public:
  /// Validates a binary with the engine's front end. Errors have code, offset and message.
  static Result<Module> compile(const Engine& engine, std::vector<u8> bytes);
  static Result<Module> compile(const Engine& engine, Bytes bytes) {
    return compile(engine, std::vector<u8>(bytes.begin(), bytes.end()));
  }
  /// Takes a description whose types are canonical in `engine.types()`. Fails where the engine's pool has no place for its
  /// memories and tables.
  static Result<Module> from_desc(const Engine& engine, std::shared_ptr<const ModuleDesc> desc);

  const Engine& engine() const { return engine_; }
  /// From the name section, or an empty string.
  std::string_view name() const { return module_->desc().names.module; }
  std::span<const ImportDesc> imports() const { return module_->desc().imports; }
  std::vector<ExportInfo> exports() const;
  std::optional<ExternType> find_export(std::string_view name) const;
  const ModuleDesc& desc() const { return module_->desc(); }

  const std::shared_ptr<const runtime::Module>& raw() const { return module_; }

 private:
  friend class Instance;
  Module(Engine engine, std::shared_ptr<const runtime::Module> module) : engine_(std::move(engine)), module_(std::move(module)) {}
  Engine engine_;
  std::shared_ptr<const runtime::Module> module_;
};

}  // namespace tenon
