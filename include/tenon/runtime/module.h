// runtime::Module: a validated description with what instantiation and export look-up derive from it once. Immutable; shared by
// threads.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "tenon/abi/vm_layout.h"
#include "tenon/abi/vmctx.h"

namespace tenon::runtime {

class Module {
 public:
  explicit Module(std::shared_ptr<const ModuleDesc> desc);

  const ModuleDesc& desc() const { return *desc_; }
  const VmLayout& layout() const { return layout_; }
  /// The export of that name, or null.
  const ExportDesc* find_export(std::string_view name) const;
  /// The exported memory "memory", which host functions use of their caller: its index, or -1.
  i32 default_memory() const { return default_memory_; }

 private:
  std::shared_ptr<const ModuleDesc> desc_;
  VmLayout layout_;
  std::unordered_map<std::string_view, u32> exports_;
  i32 default_memory_ = -1;
};

/// The type of an index space's entry, as exports have it.
ExternType extern_type(const ModuleDesc& module, ExternKind kind, u32 index);

}  // namespace tenon::runtime
