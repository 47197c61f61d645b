// Types of the binary format. Indices in what is read are the module's own (IndexSpace::Module); nothing is validated beyond
// what the format itself demands.
//
// spec: core/binary/types. Every function reads at the reader's position and leaves faults in it.
#pragma once

#include "tenon/base/reader.h"
#include "tenon/spec/features.h"
#include "tenon/spec/types.h"

namespace tenon::binary {

/// Type indices at or beyond this are refused when read.
inline constexpr u32 kTypeIndexLimit = 1u << 20;

/// The type of a block: nothing, one value, or a function type of the module.
struct BlockType {
  enum class Kind : u8 { Empty, Value, Func };
  Kind kind = Kind::Empty;
  ValType value;    ///< Value
  TypeIndex index;  ///< Func
};

ValType read_val_type(Reader& reader);
ValType read_ref_type(Reader& reader);
/// A heap type, as the nullable or non-null reference to it.
ValType read_heap_type(Reader& reader, bool nullable);
/// A value type or a packed type.
ValType read_storage_type(Reader& reader);
BlockType read_block_type(Reader& reader);
GlobalType read_global_type(Reader& reader);
/// Sizes are 64-bit LEB128 where the feature memory64 is on, whatever the flags say.
MemoryType read_memory_type(Reader& reader, Features features, bool& custom_page_size);
TableType read_table_type(Reader& reader, Features features);

SubType read_sub_type(Reader& reader);

/// A recursion group: one type by itself, or an explicit list.
struct RecGroup {
  bool is_explicit = false;
  std::vector<SubType> types;
  std::vector<u64> offsets;  ///< of `types` in the input
};
void read_rec_group(Reader& reader, RecGroup& out);

}  // namespace tenon::binary
