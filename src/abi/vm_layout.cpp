// Offsets of instances, and the proof that vmctx.def and vmctx.h agree.
#include "tenon/abi/vm_layout.h"

#include <cstddef>

#include "tenon/abi/heap.h"

namespace tenon {

#define FIELD(Structure, field, offset, bytes)                                                               \
  static_assert(offsetof(Structure, field) == offset, #Structure "." #field " is not where vmctx.def says"); \
  static_assert(sizeof(Structure::field) == bytes, #Structure "." #field " is not as large as vmctx.def says");
#include "tenon/abi/vmctx.def"

VmLayout::VmLayout(const ModuleDesc& module) {
  u64 at = sizeof(VmCtx);
  auto place = [&](u64 count, u64 bytes, u64 align) {
    at = (at + align - 1) & ~(align - 1);
    u64 begin = at;
    at += count * bytes;
    return static_cast<u32>(begin);
  };
  memories = place(module.memories.size(), sizeof(void*), 8);
  tables = place(module.table_types.size(), sizeof(void*), 8);
  globals = place(module.global_types.size(), sizeof(void*), 8);
  funcs = place(module.funcs.size(), sizeof(void*), 8);
  tags = place(module.tags.size(), sizeof(void*), 8);
  own_memories = place(module.memories.size() - module.imported_memories, sizeof(MemoryDef), 8);
  own_tables = place(module.table_types.size() - module.imported_tables, sizeof(TableDef), 8);
  own_globals = place(module.global_types.size() - module.imported_globals, sizeof(Slot), 16);
  own_funcs = place(module.funcs.size() - module.imported_funcs, sizeof(FuncRef), 8);
  own_tags = place(module.tags.size() - module.imported_tags, sizeof(TagDef), 8);
  size = (at + 15) & ~u64{15};
}

}  // namespace tenon
