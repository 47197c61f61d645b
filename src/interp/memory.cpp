// Scalar loads and stores, memory.size and memory.grow.
#include "interp/calls.h"
#include "interp/memory_access.h"

namespace tenon::interp {

void note_fault(Frame* frame, u64 memory, u64 index, u64 offset, u64 size) {
  const MemoryType& type = frame->vmctx->module->memories[memory];
  if (type.page_size_log2 != 16 || type.limits.max == 0) return;
  constexpr u64 kGuard = 32 << 20, kReserved = u64{4} << 30;
  const bool guarded = !type.is_64 && offset <= kGuard - size;
  const bool reserved = index <= kReserved && offset <= kReserved - index && size <= kReserved - index - offset;
  if (!guarded && !reserved) return;
  const u64 length = load_length(frame->vmctx->memories[memory]);
  libcalls::note_memory_fault(frame->vmctx, std::max(index + offset, length), length);
}

u8* find_access(Frame* frame, const u8*& at, u64 index, u64 size, u8*& mem, u64& mem_len) {
  u64 flags = read_u32(at);
  u64 memory = flags & 0x40 ? read_u32(at) : 0;
  u64 offset = decode_uleb<u64>(at);
  const VmCtx* vmctx = frame->vmctx;
  bool is_64 = vmctx->module->memories[memory].is_64;
  if (!is_64) index = static_cast<u32>(index);
  const MemoryDef* def = vmctx->memories[memory];
  u64 length = load_length(def);
  u8* base = def->base;
  if (memory == 0 && !is_64) {
    mem = base;
    mem_len = length;
  }
  if (offset > length || index > length - offset || size > length - offset - index) {
    note_fault(frame, memory, index, offset, size);
    return nullptr;
  }
  return base + offset + index;
}

#define LOAD(Name, Stored, Result) TENON_LOAD_OP(Name, sizeof(Stored), tos = bits(static_cast<Result>(load_as<Stored>(address))))
#define STORE(Name, Stored) TENON_STORE_OP(Name, sizeof(Stored), store_as<Stored>(address, static_cast<Stored>(tos)))

// Floats move as integers: their bits are kept, signalling NaNs too.
LOAD(I32Load, u32, u32);
LOAD(I64Load, u64, u64);
LOAD(F32Load, u32, u32);
LOAD(F64Load, u64, u64);
LOAD(I32Load8S, i8, i32);
LOAD(I32Load8U, u8, u32);
LOAD(I32Load16S, i16, i32);
LOAD(I32Load16U, u16, u32);
LOAD(I64Load8S, i8, i64);
LOAD(I64Load8U, u8, u64);
LOAD(I64Load16S, i16, i64);
LOAD(I64Load16U, u16, u64);
LOAD(I64Load32S, i32, i64);
LOAD(I64Load32U, u32, u64);
STORE(I32Store, u32);
STORE(I64Store, u64);
STORE(F32Store, u32);
STORE(F64Store, u64);
STORE(I32Store8, u8);
STORE(I32Store16, u16);
STORE(I64Store8, u8);
STORE(I64Store16, u16);
STORE(I64Store32, u32);

TENON_OP(MemorySize) {
  const u8* p = pc + 1;
  u64 memory = read_u32(p);
  const VmCtx* vmctx = frame->vmctx;
  push(sp, tos, nos, load_length(vmctx->memories[memory]) >> vmctx->module->memories[memory].page_size_log2);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(MemorySize);

TENON_OP(MemoryGrow) {
  const u8* p = pc + 1;
  u64 memory = read_u32(p);
  leave(frame, pc);
  u64 delta = frame->vmctx->module->memories[memory].is_64 ? tos : static_cast<u32>(tos);
  u64 old_size;
  spill(sp, tos, nos);  // a limiter may collect
  if (!libcalls::memory_grow(frame->vmctx, static_cast<u32>(memory), delta, &old_size)) return Exit::Failed;
  fill(sp, tos, nos);
  tos = old_size;
  mem_len = load_length(frame->mem0);
  mem = frame->mem0->base;
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(MemoryGrow);

}  // namespace tenon::interp
