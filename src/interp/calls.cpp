// Calls, returns, tail calls and traps: everything that pushes, replaces or removes a frame, and the entry from the host.
//
// A frame is [locals | header | operands] in slots. A call's arguments are the first locals of the callee where they lie, and
// its results are left where its first local was, so that nothing is copied but results that do not already lie there.
#include "interp/calls.h"

#include "interp/machine.h"
#include "interp/roots.h"
#include "tenon/interp/interp.h"

namespace tenon::interp {
namespace {

constexpr MemoryDef kNoMemory{nullptr, 0};
constexpr u8 kExitCode[1] = {kExitOpcode};

TENON_INLINE void load_memory(Frame* frame, u8*& mem, u64& mem_len) {
  mem_len = load_length(frame->mem0);
  mem = frame->mem0->base;
}

/// Whether a frame of `callee` fits with its first local at `locals`.
TENON_INLINE bool fits(const StoreCtx* store, const FuncSummary* callee, Slot* locals) {
  u64 need = u64{callee->local_count} + kFrameSlots + callee->max_operands;
  return need <= static_cast<u64>(store->stack_end - locals);
}

/// Makes a frame of `callee`, whose arguments are at `locals` and whose caller's frame is `prev`, and enters it. `tos` is
/// spilled. The caller has checked that it fits.
TENON_INLINE void push_frame(const FuncRef* callee, Slot* locals, Frame* prev, const u8*& pc, Slot*& sp, Slot*& fp,
                             const SideEntry*& stp, u8*& mem, u64& mem_len, Frame*& frame, const Dispatch*& table) {
  const FuncSummary* summary = callee->summary;
  VmCtx* vmctx = callee->vmctx;
  MemoryDef* mem0 = frame->mem0;
  StoreCtx* store = frame->store;
  bool same_instance = vmctx == frame->vmctx;
  Slot* end_of_locals = locals + summary->local_count;
  for (Slot* local = locals + summary->param_count; local != end_of_locals; ++local) {
    local->v128 = {};
    asm volatile("" : : : "memory");  // keeps this a loop: a call of memset would spill every register of the machine
  }
  Frame* next = frame_at(end_of_locals);
  table = table->by_halves[summary->uses_v128];
  stp = vmctx->side_table + summary->first_side_entry;
  pc = vmctx->code + summary->code_offset;
  if (!same_instance) [[unlikely]] {
    mem0 = memory0_of(vmctx);
    mem_len = load_length(mem0);
    mem = mem0->base;
  }
  next->prev = prev;
  next->fp = locals;
  next->vmctx = vmctx;
  next->summary = summary;
  next->table = table;
  next->end = vmctx->code + summary->code_end - 1;
  next->mem0 = mem0;
  next->store = store;
  fp = locals;
  frame = next;
  sp = operands_of(next);
}

/// Begins with the first instruction of a function that was just entered, whose store wants a look.
TENON_SLOW(poll_entry) {
  StoreCtx* store = frame->store;
  leave(frame, pc);
  if (store->meters_fuel && --store->fuel < 0 && !libcalls::out_of_fuel(frame->vmctx)) return Exit::Failed;
  if (!poll(frame->vmctx)) return Exit::Failed;
  TENON_NEXT;
}

#define TENON_START                            \
  do {                                         \
    if (wants_poll(frame->store)) [[unlikely]] \
      TENON_JUMP(poll_entry);                  \
    TENON_NEXT;                                \
  } while (0)

/// Calls a host function (or one that another tier runs) by its array entry; its arguments end at `sp`, spilled.
/// In: tos = the FuncRef, frame->next_pc = the instruction behind the call.
TENON_SLOW(call_out) {
  const FuncRef* callee = func_of(tos);
  auto [params, results] = Arity::of(*callee);
  Slot* args = sp + 1 - params;
  StoreCtx* store = frame->store;
  leave(frame, pc);
  if (static_cast<u64>(store->stack_end - args) < results) TENON_TRAP(StackOverflow);
  if (store->stack_top < args + results) store->stack_top = args + results;
  if (!callee->array_entry(callee, frame->vmctx, args)) TENON_JUMP(unwind_from_call);
  load_memory(frame, mem, mem_len);
  sp = args + results - 1;
  fill(sp, tos, nos);
  TENON_NEXT_AT(frame->next_pc);
}

/// The function in `tos` does not fit on the stack.
TENON_SLOW(stack_overflow) {
  leave(frame, pc);
  libcalls::raise_stack_overflow(frame->vmctx, func_of(tos));
  return Exit::Failed;
}

/// Calls a function whose arguments are spilled and end at `sp`; `behind` is the instruction behind the call.
#define TENON_CALL(callee_expr, behind)                                             \
  do {                                                                              \
    const FuncRef* callee = (callee_expr);                                          \
    const FuncSummary* summary = callee->summary;                                   \
    frame->next_pc = (behind);                                                      \
    if (callee->array_entry != &array_entry) [[unlikely]] {                         \
      tos = bits_of(callee);                                                        \
      TENON_JUMP(call_out);                                                         \
    }                                                                               \
    Slot* locals = sp + 1 - summary->param_count;                                   \
    if (!fits(frame->store, summary, locals)) [[unlikely]] {                        \
      tos = bits_of(callee);                                                        \
      TENON_JUMP(stack_overflow);                                                   \
    }                                                                               \
    frame->call_pc = pc;                                                            \
    frame->stp = stp;                                                               \
    push_frame(callee, locals, frame, pc, sp, fp, stp, mem, mem_len, frame, table); \
    TENON_START;                                                                    \
  } while (0)

/// Replaces the current frame by one of the function in `tos` (spilled), whose arguments end at `sp`.
TENON_SLOW(tail_call) {
  const FuncRef* callee = func_of(tos);
  // Arguments may be moved over the header: everything is read from it first.
  StoreCtx* store = frame->store;
  Frame* prev = frame->prev;
  VmCtx* vmctx = frame->vmctx;
  MemoryDef* mem0 = frame->mem0;
  if (callee->array_entry != &array_entry) {
    auto [params, results] = Arity::of(*callee);
    Slot* args = sp + 1 - params;
    for (u32 i = 0; i < params; ++i) fp[i] = args[i];
    leave(prev, prev->call_pc);
    if (static_cast<u64>(store->stack_end - fp) < results) TENON_TRAP(StackOverflow);
    Slot* top = fp + (params > results ? params : results);
    if (store->stack_top < top) store->stack_top = top;
    if (!callee->array_entry(callee, vmctx, fp)) {
      frame = prev;
      pc = prev->call_pc;
      TENON_JUMP(unwind_from_call);
    }
    // The caller goes on as after any return.
    sp = fp + results - 1;
    fill(sp, tos, nos);
    frame = prev;
    fp = prev->fp;
    stp = prev->stp;
    table = prev->table;
    load_memory(frame, mem, mem_len);
    TENON_NEXT_AT(prev->next_pc);
  }
  const FuncSummary* summary = callee->summary;
  if (!fits(store, summary, fp)) TENON_JUMP(stack_overflow);
  Slot* args = sp + 1 - summary->param_count;
  Frame old;  // what push_frame wants to know of the frame that makes the call
  old.vmctx = vmctx;
  old.mem0 = mem0;
  old.store = store;
  for (u32 i = 0; i < summary->param_count; ++i) fp[i] = args[i];
  Frame* current = &old;
  push_frame(callee, fp, prev, pc, sp, fp, stp, mem, mem_len, current, table);
  frame = current;
  TENON_START;
}

/// A table element as what call_indirect calls, or the trap that it is. Moves `p` behind the immediates.
TENON_INLINE const FuncRef* indirect_callee(Frame* frame, u64 index, const u8*& p, TrapCode& trap) {
  VmCtx* vmctx = frame->vmctx;
  u32 type = vmctx->types[read_u32(p)];
  u64 table_index = read_u32(p);
  const TableDef* def = vmctx->tables[table_index];
  if (!vmctx->module->table_types[table_index].is_64) index = static_cast<u32>(index);
  if (index >= def->length) [[unlikely]] {
    trap = TrapCode::TableOutOfBounds;
    return nullptr;
  }
  const FuncRef* callee = func_of(def->base[index]);
  if (callee == nullptr) [[unlikely]] {
    trap = TrapCode::IndirectCallToNull;
    return nullptr;
  }
  if (callee->type != type && !runtime::is_func_subtype(frame->store, callee->type, type)) [[unlikely]] {
    trap = TrapCode::BadSignature;
    return nullptr;
  }
  return callee;
}

/// Traps with the TrapCode in `tos`.
TENON_SLOW(trap_with_tos) {
  return end_with_trap(frame, pc, static_cast<TrapCode>(tos));
}

/// Takes results that are not where they belong: none, several, or both halves of one.
template <unsigned V>
[[gnu::noinline]] TENON_CC Exit return_values(TENON_PARAMS) {
  // The header may lie where results go: everything is read from it first.
  u32 count = frame->summary->result_count;
  Frame* caller = frame->prev;
  bool same_instance = caller->vmctx == frame->vmctx;
  spill(sp, tos, nos);
  Slot* from = sp + 1 - count;
  for (u32 i = 0; i < count; ++i) {
    if constexpr (V == 1)
      fp[i] = from[i];
    else
      lo(fp + i) = lo(from + i);
  }
  sp = fp + count - 1;
  fill(sp, tos, nos);
  frame = caller;
  fp = caller->fp;
  stp = caller->stp;
  table = caller->table;
  if (!same_instance) load_memory(frame, mem, mem_len);
  TENON_NEXT_AT(caller->next_pc);
}

}  // namespace

TENON_OP(Call) {
  const u8* p = pc + 1;
  const FuncRef* callee_ref = frame->vmctx->funcs[read_u32(p)];
  spill(sp, tos, nos);
  TENON_CALL(callee_ref, p);
}
TENON_OP_BOTH(Call);

TENON_OP(CallIndirect) {
  const u8* p = pc + 1;
  TrapCode trap;
  const FuncRef* callee_ref = indirect_callee(frame, tos, p, trap);
  if (callee_ref == nullptr) [[unlikely]] {
    tos = static_cast<u64>(trap);
    TENON_JUMP(trap_with_tos);
  }
  --sp;
  lo(sp) = nos;
  TENON_CALL(callee_ref, p);
}
TENON_OP_BOTH(CallIndirect);

TENON_OP(CallRef) {
  const u8* p = pc + 1;
  skip(p);
  const FuncRef* callee_ref = func_of(tos);
  if (callee_ref == nullptr) [[unlikely]]
    TENON_TRAP(NullReference);
  --sp;
  lo(sp) = nos;
  TENON_CALL(callee_ref, p);
}
TENON_OP_BOTH(CallRef);

TENON_OP(ReturnCall) {
  const u8* p = pc + 1;
  spill(sp, tos, nos);
  tos = bits_of(frame->vmctx->funcs[read_u32(p)]);
  TENON_JUMP(tail_call);
}
TENON_OP_BOTH(ReturnCall);

TENON_OP(ReturnCallIndirect) {
  const u8* p = pc + 1;
  TrapCode trap;
  const FuncRef* callee = indirect_callee(frame, tos, p, trap);
  if (callee == nullptr) {
    tos = static_cast<u64>(trap);
    TENON_JUMP(trap_with_tos);
  }
  --sp;
  lo(sp) = nos;
  tos = bits_of(callee);
  TENON_JUMP(tail_call);
}
TENON_OP_BOTH(ReturnCallIndirect);

TENON_OP(ReturnCallRef) {
  if (tos == kNullRef) TENON_TRAP(NullReference);
  --sp;
  lo(sp) = nos;
  TENON_JUMP(tail_call);
}
TENON_OP_BOTH(ReturnCallRef);

TENON_OP(Return) {
  Frame* caller = frame->prev;
  if (frame->summary->result_count != 1) [[unlikely]]
    TENON_JUMP(return_values<V>);
  if (caller->vmctx != frame->vmctx) [[unlikely]]
    TENON_JUMP(return_values<V>);
  if constexpr (V == 1) hi(fp) = hi(sp);
  pc = caller->next_pc;
  stp = caller->stp;
  table = caller->table;
  sp = fp;
  nos = lo(fp - 1);
  fp = caller->fp;
  frame = caller;
  TENON_NEXT;
}
TENON_OP_BOTH(Return);

// --- traps -------------------------------------------------------------------------------------------------------------------

Exit end_with_trap(Frame* frame, const u8* pc, TrapCode code) {
  leave(frame, pc);
  libcalls::raise_trap(frame->vmctx, code);
  return Exit::Failed;
}

template <TrapCode code>
[[gnu::cold, gnu::noinline]] TENON_CC Exit trap_exit(TENON_PARAMS) {
  return end_with_trap(frame, pc, code);
}
#define TRAP(Name, ...) template TENON_CC Exit trap_exit<TrapCode::Name>(TENON_PARAMS);
#include "tenon/spec/traps.def"

bool poll(VmCtx* vmctx) {
  StoreCtx* store = vmctx->store;
  bool due = store->interrupt.load(std::memory_order_relaxed) != 0 ||
             (store->checks_epoch && store->epoch->load(std::memory_order_relaxed) >= store->epoch_deadline);
  return !due || libcalls::interrupted(vmctx);
}

// --- entry and frames --------------------------------------------------------------------------------------------------------

MemoryDef* memory0_of(VmCtx* vmctx) {
  const std::vector<MemoryType>& memories = vmctx->module->memories;
  // SAFETY: the machine never writes through mem0, so that a shared constant may stand in for a memory.
  if (memories.empty() || memories[0].is_64) return const_cast<MemoryDef*>(&kNoMemory);
  return vmctx->memories[0];
}

TENON_CC Exit on_exit(TENON_PARAMS) {
  spill(sp, tos, nos);
  return Exit::Done;
}

namespace {

/// Reports the frames of one run of the machine.
void walk_frames(const Activation& activation, void* state, bool (*visit)(void* state, const FrameInfo&)) {
  const u8* pc = activation.pc;
  for (auto* frame = static_cast<const Frame*>(activation.frame); frame->summary != nullptr; frame = frame->prev) {
    if (!visit(state, {frame->vmctx, frame->summary, static_cast<u32>(pc - frame->vmctx->code)})) return;
    pc = frame->prev->call_pc;
  }
}

[[gnu::noinline]] Exit run(Frame* base, const FuncRef* callee, Slot* locals, const Dispatch* table) {
  const u8* pc = nullptr;
  Slot* sp = nullptr;
  u64 tos = 0, nos = 0;
  Slot* fp = nullptr;
  const SideEntry* stp = nullptr;
  u8* mem = nullptr;
  u64 mem_len = 0;
  Frame* frame = base;
  load_memory(frame, mem, mem_len);
  push_frame(callee, locals, base, pc, sp, fp, stp, mem, mem_len, frame, table);
  StoreCtx* store = base->store;
  if (wants_poll(store)) {
    leave(frame, pc);
    if (store->meters_fuel && --store->fuel < 0 && !libcalls::out_of_fuel(frame->vmctx)) return Exit::Failed;
    if (!poll(frame->vmctx)) return Exit::Failed;
  }
#if TENON_INTERP_THREADED
  return table->one[*pc](TENON_ARGS);
#else
  Exit exit;
  do exit = table->one[*pc](TENON_ARGS);
  while (exit == Exit::Next);
  return exit;
#endif
}

TENON_INLINE void copy_slot(Slot& to, const Slot& from, bool both) {
  if (both)
    to = from;
  else
    to.u64_ = from.u64_;
}

}  // namespace

bool array_entry(const FuncRef* self, VmCtx*, Slot* args_results) {
  const FuncSummary* summary = self->summary;
  StoreCtx* store = self->vmctx->store;
  Slot* bottom = store->stack_top;
  Slot* locals = bottom + kFrameSlots;
  u32 params = summary->param_count, results = summary->result_count;
  // What results need beyond the callee's own frame, in slots.
  u64 reserve = kFrameSlots + u64{results};
  // SAFETY: the address of a local tells how deep the native stack is; it is not dereferenced.
  bool native_left = reinterpret_cast<u64>(__builtin_frame_address(0)) > store->native_stack_limit;
  if (!native_left || reserve > static_cast<u64>(store->stack_end - bottom) || !fits(store, summary, locals)) {
    return libcalls::raise_stack_overflow(self->vmctx, self);
  }
  Frame* base = frame_at(bottom);
  base->prev = nullptr;
  base->fp = bottom;
  base->call_pc = kExitCode;
  base->next_pc = kExitCode;
  base->stp = nullptr;
  base->vmctx = self->vmctx;
  base->summary = nullptr;
  base->table = tables_for(*store, summary->uses_v128);
  base->end = nullptr;
  base->mem0 = memory0_of(self->vmctx);
  base->store = store;
  // Both halves only where they matter: the caller has just written one of them.
  bool both = summary->uses_v128;
  for (u32 i = 0; i < params; ++i) copy_slot(locals[i], args_results[i], both);
  Activation activation{store->activation, base, kExitCode, &walk_frames, &trace_frames};
  store->activation = &activation;
  Exit exit = run(base, self, locals, base->table);
  store->activation = activation.outer;
  store->stack_top = bottom;
  if (exit != Exit::Done) return false;
  for (u32 i = 0; i < results; ++i) copy_slot(args_results[i], locals[i], both);
  return true;
}

}  // namespace tenon::interp
