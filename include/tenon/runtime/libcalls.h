// Libcalls: the runtime's functions that tiers call on behalf of guest code. One row of abi/libcalls.def each; the table has the
// conventions. They run on the guest's thread, between two instructions; they never run guest code, except `interrupted`, whose
// callback belongs to the embedder.
#pragma once

#include "tenon/abi/vmctx.h"
#include "tenon/spec/type_store.h"

namespace tenon::runtime {

namespace libcalls {
#define LIBCALL(name, parameters) bool name parameters;
#include "tenon/abi/libcalls.def"
}  // namespace libcalls

/// A libcall's number in artifacts.
enum class Libcall : u16 {
#define LIBCALL(name, parameters) name,
#include "tenon/abi/libcalls.def"
};

/// The table of entry points by number, for code that is not linked against the runtime.
const void* libcall_address(Libcall which);

/// Ends the running call with a trap: sets StoreCtx::pending, takes the backtrace, and returns false, for `return trap(...)`.
/// `store->activation` must be current (frame and pc), as before every libcall and host call.
[[gnu::cold]] bool trap(StoreCtx* store, TrapCode code);

/// The pending exception has found its handler.
void forget_exception(StoreCtx* store);

/// The engine's types, for tiers that look at a FuncRef's type.
const TypeStore& types_of(const StoreCtx* store);

/// Whether a function of type `actual` may be called where `expected` is asked: declared subtyping of canonical types, constant
/// time, lock-free.
bool is_func_subtype(const StoreCtx* store, u32 actual, u32 expected);

/// Whether a segment that was not dropped has these bytes, or elements.
bool data_has(const VmCtx* vmctx, u32 data, u64 from, u64 count);
bool elem_has(const VmCtx* vmctx, u32 elem, u64 from, u64 count);

}  // namespace tenon::runtime
