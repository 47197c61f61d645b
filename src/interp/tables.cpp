// References, tables, and bulk operations on memories and tables.
#include "interp/calls.h"
#include "interp/machine.h"

namespace tenon::interp {
namespace {

TENON_INLINE bool memory_is_64(Frame* frame, u32 memory) {
  return frame->vmctx->module->memories[memory].is_64;
}
TENON_INLINE bool table_is_64(Frame* frame, u32 index) {
  return frame->vmctx->module->table_types[index].is_64;
}
/// An operand of an address type: all of it, or its low 32 bits.
TENON_INLINE u64 address(bool is_64, u64 raw) {
  return is_64 ? raw : static_cast<u32>(raw);
}

}  // namespace

// --- references --------------------------------------------------------------------------------------------------------------

TENON_OP(RefNull) {
  const u8* p = pc + 1;
  skip_heap_type(p);
  push(sp, tos, nos, kNullRef);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(RefNull);

TENON_OP(RefIsNull) {
  tos = tos == kNullRef;
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(RefIsNull);

TENON_OP(RefFunc) {
  const u8* p = pc + 1;
  push(sp, tos, nos, bits_of(frame->vmctx->funcs[read_u32(p)]));
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(RefFunc);

TENON_OP(RefEq) {
  u64 y = pop(sp, tos, nos);
  tos = tos == y;
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(RefEq);

TENON_OP(RefAsNonNull) {
  if (tos == kNullRef) [[unlikely]]
    TENON_TRAP(NullReference);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(RefAsNonNull);

// Both directions keep the bits: a value is the same object on either side.
TENON_OP(AnyConvertExtern) {
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(AnyConvertExtern);
TENON_OP(ExternConvertAny) {
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(ExternConvertAny);

TENON_OP(RefI31) {
  tos = u64{static_cast<u32>(tos) << 1 | 1};
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(RefI31);

TENON_OP(I31GetS) {
  if (tos == kNullRef) [[unlikely]]
    TENON_TRAP_OF(I31GetS, NullReference);
  tos = bits(as<i32>(tos) >> 1);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(I31GetS);

TENON_OP(I31GetU) {
  if (tos == kNullRef) [[unlikely]]
    TENON_TRAP_OF(I31GetU, NullReference);
  tos = bits(as<u32>(tos) >> 1);
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(I31GetU);

// --- tables ------------------------------------------------------------------------------------------------------------------

TENON_OP(TableGet) {
  const u8* p = pc + 1;
  u32 index = static_cast<u32>(read_u32(p));
  const TableDef* def = frame->vmctx->tables[index];
  u64 element = address(table_is_64(frame, index), tos);
  if (element >= def->length) [[unlikely]]
    TENON_TRAP(TableOutOfBounds);
  tos = def->base[element];
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TableGet);

TENON_OP(TableSet) {
  const u8* p = pc + 1;
  u32 index = static_cast<u32>(read_u32(p));
  const TableDef* def = frame->vmctx->tables[index];
  u64 element = address(table_is_64(frame, index), nos);
  if (element >= def->length) [[unlikely]]
    TENON_TRAP(TableOutOfBounds);
  def->base[element] = tos;
  drop(2, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TableSet);

TENON_OP(TableSize) {
  const u8* p = pc + 1;
  push(sp, tos, nos, frame->vmctx->tables[read_u32(p)]->length);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TableSize);

TENON_OP(TableGrow) {
  const u8* p = pc + 1;
  u32 index = static_cast<u32>(read_u32(p));
  leave(frame, frame->call_pc);
  u64 old_size;
  spill(sp, tos, nos);  // a limiter may collect
  if (!libcalls::table_grow(frame->vmctx, index, nos, address(table_is_64(frame, index), tos), &old_size)) return Exit::Failed;
  drop(1, sp, tos, nos);
  tos = old_size;
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TableGrow);

TENON_OP(TableFill) {
  const u8* p = pc + 1;
  u32 index = static_cast<u32>(read_u32(p));
  bool is_64 = table_is_64(frame, index);
  leave(frame, frame->call_pc);
  if (!libcalls::table_fill(frame->vmctx, index, address(is_64, lo(sp - 2)), nos, address(is_64, tos))) return Exit::Failed;
  drop(3, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TableFill);

TENON_OP(TableCopy) {
  const u8* p = pc + 1;
  u32 to = static_cast<u32>(read_u32(p)), from = static_cast<u32>(read_u32(p));
  bool to_64 = table_is_64(frame, to), from_64 = table_is_64(frame, from);
  leave(frame, frame->call_pc);
  if (!libcalls::table_copy(frame->vmctx, to, from, address(to_64, lo(sp - 2)), address(from_64, nos),
                            address(to_64 && from_64, tos)))
    return Exit::Failed;
  drop(3, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TableCopy);

TENON_OP(TableInit) {
  const u8* p = pc + 1;
  u32 elem = static_cast<u32>(read_u32(p)), to = static_cast<u32>(read_u32(p));
  leave(frame, frame->call_pc);
  if (!libcalls::table_init(frame->vmctx, to, elem, address(table_is_64(frame, to), lo(sp - 2)), static_cast<u32>(nos),
                            static_cast<u32>(tos)))
    return Exit::Failed;
  drop(3, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(TableInit);

TENON_OP(ElemDrop) {
  const u8* p = pc + 1;
  libcalls::elem_drop(frame->vmctx, static_cast<u32>(read_u32(p)));
  TENON_NEXT_AT(p);
}
TENON_OP_ONE(ElemDrop);

// --- memories ----------------------------------------------------------------------------------------------------------------

TENON_OP(MemoryFill) {
  const u8* p = pc + 1;
  u32 memory = static_cast<u32>(read_u32(p));
  bool is_64 = memory_is_64(frame, memory);
  leave(frame, frame->call_pc);
  if (!libcalls::memory_fill(frame->vmctx, memory, address(is_64, lo(sp - 2)), static_cast<u32>(nos), address(is_64, tos)))
    return Exit::Failed;
  drop(3, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(MemoryFill);

TENON_OP(MemoryCopy) {
  const u8* p = pc + 1;
  u32 to = static_cast<u32>(read_u32(p)), from = static_cast<u32>(read_u32(p));
  bool to_64 = memory_is_64(frame, to), from_64 = memory_is_64(frame, from);
  leave(frame, frame->call_pc);
  if (!libcalls::memory_copy(frame->vmctx, to, from, address(to_64, lo(sp - 2)), address(from_64, nos),
                             address(to_64 && from_64, tos)))
    return Exit::Failed;
  drop(3, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(MemoryCopy);

TENON_OP(MemoryInit) {
  const u8* p = pc + 1;
  u32 data = static_cast<u32>(read_u32(p)), memory = static_cast<u32>(read_u32(p));
  leave(frame, frame->call_pc);
  if (!libcalls::memory_init(frame->vmctx, memory, data, address(memory_is_64(frame, memory), lo(sp - 2)), static_cast<u32>(nos),
                             static_cast<u32>(tos)))
    return Exit::Failed;
  drop(3, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(MemoryInit);

TENON_OP(DataDrop) {
  const u8* p = pc + 1;
  libcalls::data_drop(frame->vmctx, static_cast<u32>(read_u32(p)));
  TENON_NEXT_AT(p);
}
TENON_OP_ONE(DataDrop);

}  // namespace tenon::interp
