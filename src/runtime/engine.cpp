#include "tenon/runtime/engine.h"

#include "tenon/runtime/module.h"

namespace tenon::runtime {

Engine::Engine(Tunables tunables, EngineParts parts, std::shared_ptr<MemoryAllocator> memories)
    : tunables_(tunables),
      parts_(std::move(parts)),
      memories_(memories ? std::move(memories) : system_memory_allocator()),
      pool_(tunables.pool ? std::make_unique<Pool>(*tunables.pool) : nullptr) {}

Module::Module(std::shared_ptr<const ModuleDesc> desc) : desc_(std::move(desc)), layout_(*desc_) {
  exports_.reserve(desc_->exports.size());
  for (u32 i = 0; i < desc_->exports.size(); ++i) {
    const ExportDesc& item = desc_->exports[i];
    exports_.emplace(item.name, i);
    if (item.kind == ExternKind::Memory && item.name == "memory") default_memory_ = static_cast<i32>(item.index);
  }
}

const ExportDesc* Module::find_export(std::string_view name) const {
  auto found = exports_.find(name);
  return found == exports_.end() ? nullptr : &desc_->exports[found->second];
}

ExternType extern_type(const ModuleDesc& module, ExternKind kind, u32 index) {
  switch (kind) {
    case ExternKind::Func:
      return FuncExtern{module.funcs[index]};
    case ExternKind::Table:
      return module.table_types[index];
    case ExternKind::Memory:
      return module.memories[index];
    case ExternKind::Global:
      return module.global_types[index];
    case ExternKind::Tag:
      break;
  }
  return TagExtern{module.tags[index]};
}

}  // namespace tenon::runtime
