// Exceptions: throwing, and finding the handler. Nothing of it is on the path of code that does not throw: where handlers are
// stands in tables that validation wrote (abi/module.h, HandlerRange), and frames hold what is needed to enter one.
//
// spec: core/exec/instructions "throw_ref"; proposal exception-handling, legacy.
#include <algorithm>

#include "interp/calls.h"
#include "tenon/runtime/heap.h"

namespace tenon::interp {
namespace {

using runtime::ExceptionObject;

TENON_INLINE ExceptionObject* exception_of(Ref ref) {
  return static_cast<ExceptionObject*>(runtime::object_of(ref));
}

/// A clause that takes an exception, and the range that it belongs to.
struct Catcher {
  const HandlerRange* range = nullptr;
  const CatchClause* clause = nullptr;
};

bool takes(const CatchClause& clause, const TagDef* tag, const VmCtx* vmctx) {
  bool every = clause.kind == CatchClause::Kind::CatchAll || clause.kind == CatchClause::Kind::CatchAllRef;
  return every || vmctx->tags[clause.tag.value()] == tag;
}

/// Who takes an exception with this tag that comes out of the instruction at `at`; nobody: a null clause.
Catcher find_catcher(const Frame* frame, const u8* at, const TagDef* tag) {
  const VmCtx* vmctx = frame->vmctx;
  const ModuleDesc& module = *vmctx->module;
  const FuncSummary& func = *frame->summary;
  if (func.handler_count == 0) return {};
  u32 offset = static_cast<u32>(at - vmctx->code);
  const HandlerRange* first = module.handlers.data() + func.first_handler;
  const HandlerRange* last = first + func.handler_count;
  // The innermost range around the instruction is the last one that begins before it, or one around that.
  const HandlerRange* behind =
      std::upper_bound(first, last, offset, [](u32 where, const HandlerRange& range) { return where < range.begin; });
  u32 index = behind == first ? kNoIndex : static_cast<u32>(behind - first) - 1;
  while (index != kNoIndex && offset >= first[index].end) index = first[index].outer;
  for (; index != kNoIndex; index = first[index].next) {
    const HandlerRange& range = first[index];
    for (u32 i = 0; i < range.catch_count; ++i) {
      const CatchClause& clause = module.catches[range.first_catch + i];
      if (takes(clause, tag, vmctx)) return {&range, &clause};
    }
  }
  return {};
}

/// Pushes an exception's arguments above `sp`; the new `sp`.
Slot* push_payload(const StoreCtx* store, const ExceptionObject& exception, Slot* sp) {
  const u64* word = exception.payload();
  for (ValType param : runtime::types_of(store).func(TypeId(exception.type)).params) {
    ++sp;
    lo(sp) = *word++;
    if (runtime::payload_words(param) == 2) hi(sp) = *word++;
  }
  return sp;
}

/// Makes an exception of the operands on top, which are spilled. Null: the reason to end is in the store.
Ref make_exception(VmCtx* vmctx, u32 tag, const Slot* sp) {
  Ref made;
  if (!libcalls::exception_new(vmctx, tag, &made)) return kNullRef;
  ExceptionObject& exception = *exception_of(made);
  const FuncType& type = runtime::types_of(vmctx->store).func(TypeId(exception.type));
  const Slot* from = sp + 1 - type.params.size();
  u64* word = exception.payload();
  for (ValType param : type.params) {
    *word++ = from->u64_;
    if (runtime::payload_words(param) == 2) *word++ = from->v128.hi;
    ++from;
  }
  return made;
}

/// Goes on in a handler that lies before its try.
TENON_SLOW(poll_in_handler) {
  leave(frame, pc);
  if (!poll(frame->vmctx)) return Exit::Failed;
  fill(sp, tos, nos);  // objects may have moved
  TENON_NEXT;
}

/// Nobody in this run handles the exception in `tos`, which comes from `pc`.
TENON_SLOW(leave_with_exception) {
  StoreCtx* store = frame->store;
  if (store->pending.kind == Pending::Kind::Exception) return Exit::Failed;  // it came from below, and goes on
  leave(frame, pc);
  libcalls::throw_exception(frame->vmctx, tos);
  return Exit::Failed;
}

/// Makes an exception with the tag in `tos`; the operands are spilled.
TENON_SLOW(throw_new) {
  leave(frame, pc);
  tos = make_exception(frame->vmctx, static_cast<u32>(tos), sp);
  if (tos == kNullRef) return Exit::Failed;
  TENON_JUMP(unwind);
}

}  // namespace

TENON_CC Exit unwind(TENON_PARAMS) {
  const TagDef* tag = exception_of(tos)->tag;
  const u8* at = pc;
  Frame* to = frame;
  Catcher catcher;
  for (; to->summary != nullptr; to = to->prev) {
    catcher = find_catcher(to, at, tag);
    if (catcher.clause != nullptr) break;
    at = to->prev->call_pc;
  }
  if (catcher.clause == nullptr) TENON_JUMP(leave_with_exception);

  frame = to;
  StoreCtx* store = frame->store;
  if (store->pending.kind == Pending::Kind::Exception) runtime::forget_exception(store);
  const SideEntry* side = frame->vmctx->side_table + catcher.clause->side_entry;
  pc = frame->vmctx->code + catcher.clause->owner + side->pc_delta;
  stp = side + side->entry_delta;
  fp = frame->fp;
  table = frame->table;
  mem_len = load_length(frame->mem0);
  mem = frame->mem0->base;
  sp = operands_of(frame) + side->drop;
  CatchClause::Kind kind = catcher.clause->kind;
  if (kind == CatchClause::Kind::Catch || kind == CatchClause::Kind::CatchRef) sp = push_payload(store, *exception_of(tos), sp);
  if (kind == CatchClause::Kind::CatchRef || kind == CatchClause::Kind::CatchAllRef) lo(++sp) = tos;
  if (catcher.range->exn_local != kNoIndex) lo(fp + catcher.range->exn_local) = tos;
  fill(sp, tos, nos);
  if (side->pc_delta <= 0 && wants_poll(store)) TENON_JUMP(poll_in_handler);
  TENON_NEXT;
}

TENON_CC Exit unwind_from_call(TENON_PARAMS) {
  const Pending& pending = frame->store->pending;
  if (pending.kind != Pending::Kind::Exception) return Exit::Failed;
  tos = pending.exception;
  TENON_JUMP(unwind);
}

TENON_OP(Throw) {
  const u8* p = pc + 1;
  u64 tag = read_u32(p);
  spill(sp, tos, nos);
  tos = tag;
  TENON_JUMP(throw_new);
}
TENON_OP_BOTH(Throw);

TENON_OP(ThrowRef) {
  if (tos == kNullRef) TENON_TRAP(NullReference);
  TENON_JUMP(unwind);
}
TENON_OP_BOTH(ThrowRef);

TENON_OP(Rethrow) {
  tos = lo(fp + stp->keep);
  TENON_JUMP(unwind);
}
TENON_OP_BOTH(Rethrow);

}  // namespace tenon::interp
