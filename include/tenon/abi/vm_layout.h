// VmLayout: where an instance's arrays and own definitions lie behind its VmCtx. One computation for the runtime, which builds
// instances, and for compilers, which address them.
#pragma once

#include "tenon/abi/vmctx.h"

namespace tenon {

/// Byte offsets from a VmCtx. Definitions that are imported, and shared memories, are reached through the pointer arrays only.
struct VmLayout {
  u32 memories = 0;      ///< MemoryDef*[all]
  u32 tables = 0;        ///< TableDef*[all]
  u32 globals = 0;       ///< Slot*[all]
  u32 funcs = 0;         ///< FuncRef*[all]
  u32 tags = 0;          ///< TagDef*[all]
  u32 own_memories = 0;  ///< MemoryDef[own]
  u32 own_tables = 0;    ///< TableDef[own]
  u32 own_globals = 0;   ///< Slot[own], 16-aligned
  u32 own_funcs = 0;     ///< FuncRef[own]
  u32 own_tags = 0;      ///< TagDef[own]
  u64 size = 0;          ///< of the whole allocation, a multiple of 16

  VmLayout() = default;
  /// The layout of instances of `module`. The limits of limits.def keep every offset below 2^32.
  explicit VmLayout(const ModuleDesc& module);
};

/// One row of vmctx.def: a field that compiled code knows.
struct VmField {
  std::string_view structure;
  std::string_view field;
  u32 offset;
  u32 size;
};

}  // namespace tenon
