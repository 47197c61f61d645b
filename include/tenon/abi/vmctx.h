// The contract of the tiers and the runtime: what guest code sees of its instance and its store.
//
// Every structure here has a fixed layout that compiled code knows; vmctx.def lists the fields with their offsets and is checked
// against the structures below. The interpreter reads the same structures through their C++ names.
//
// One instance is one allocation:
//
//   VmCtx | MemoryDef* [memories] | TableDef* [tables] | Slot* [globals] | FuncRef* [funcs] | TagDef* [tags]
//         | own MemoryDefs | own TableDefs | own global Slots (16-aligned) | own FuncRefs | own TagDefs
//
// The pointer arrays cover whole index spaces, imports first, so that a consumer that does not care whose a thing is needs no
// branch; compiled code, which knows what is its own, reaches its own definitions at constant offsets (VmLayout).
// Shared memories are the exception: their definition is shared by threads and reached through the array only.
#pragma once

#include <atomic>

#include "tenon/abi/module.h"
#include "tenon/base/bits128.h"
#include "tenon/base/types.h"
#include "tenon/spec/limits.h"
#include "tenon/spec/traps.h"
#include "tenon/spec/types.h"

namespace tenon {

struct VmCtx;
struct StoreCtx;
struct FuncRef;
struct HeapLayout;
namespace runtime {
class Store;
class Instance;
class Tracer;
}  // namespace runtime

/// A reference in a frame, table, global or object: 0 is null; an odd value is an i31 (value << 1 | 1); funcref is a FuncRef*;
/// all others point to a heap object.
using Ref = u64;
inline constexpr Ref kNullRef = 0;

/// One value in a frame, in a global, and in argument arrays. Scalars use the low half; an i32 leaves the upper 32 bits of that
/// half undefined; the high half is meaningful for v128 only.
union alignas(16) Slot {
  i32 s32;
  u32 u32_;
  i64 s64;
  u64 u64_;
  f32 f32_;
  f64 f64_;
  Ref ref;
  Bits128 v128;
  Slot() : v128{} {}
};
static_assert(sizeof(Slot) == 16);

/// Enters a function with arguments in an array.
///
/// `args_results` holds the parameters, one Slot each, and room for the results, which replace them from the first Slot on.
/// `caller` is the instance that calls, or the host's context of the same store (its `instance` is null); never null, so that a
/// host function always learns its store. Returns false when the call did not return: the reason is then in the store
/// (`StoreCtx::pending`).
using ArrayEntry = bool (*)(const FuncRef* self, VmCtx* caller, Slot* args_results);

/// A function as guests call it. Tiers replace `native_entry` (and the interpreter's `array_entry`) in place: code never changes.
struct FuncRef {
  void* native_entry;          ///< compiled code in Tenon's own convention, or null while there is none
  ArrayEntry array_entry;      ///< never null
  VmCtx* vmctx;                ///< the instance it belongs to; for host functions the host's own context, cast
  u32 type;                    ///< TypeId
  u32 func_index;              ///< in its module's function space; of host functions, which have none, their Arity
  const FuncSummary* summary;  ///< for guest functions: what the interpreter runs; null for host functions
};

/// How many slots a call through ArrayEntry reads and writes; of host functions packed into FuncRef::func_index, so that calling
/// one needs no look at its type. limits.def keeps both below 2^16.
struct Arity {
  u32 params;
  u32 results;
  constexpr u32 pack() const { return params | results << 16; }
  static Arity of(const FuncRef& func) {
    if (func.summary) return {func.summary->param_count, func.summary->result_count};
    return {func.func_index & 0xffff, func.func_index >> 16};
  }
};
static_assert(limits::kFunctionParams < 0x10000 && limits::kFunctionResults < 0x10000);

/// A linear memory as guests see it. `length` is in bytes; for shared memories it only grows and is read atomically.
struct MemoryDef {
  u8* base;
  u64 length;
};

/// A table as guests see it: `length` references at `base`.
struct TableDef {
  Ref* base;
  u64 length;
};

/// An exception tag; tags are equal when they are the same object.
struct TagDef {
  u32 type;  ///< TypeId of its function type
};

/// Head of an instance. `layout` arrays follow; see the top of the file.
struct VmCtx {
  StoreCtx* store;
  const u8* code;               ///< ModuleDesc::bytes: function bodies in place
  const SideEntry* side_table;  ///< ModuleDesc::side_table
  MemoryDef** memories;
  TableDef** tables;
  Slot** globals;
  FuncRef** funcs;
  TagDef** tags;
  const u32* types;  ///< TypeIds of the module's type space
  const ModuleDesc* module;
  runtime::Instance* instance;
  const HeapLayout* const* layouts;  ///< of the module's type space; null for function types. Null where it has no other types
};

/// What ended a call that did not return.
struct Pending {
  enum class Kind : u8 { None, Trap, Exception, HostError } kind = Kind::None;
  TrapCode trap{};
  Ref exception = kNullRef;  ///< Kind::Exception; a root
};

/// What guest code sees of its store. One a store; a store is used by one thread at a time, except for `interrupt`.
struct StoreCtx {
  /// Lowest native stack address that guest code and host calls may reach.
  u64 native_stack_limit;
  /// Fuel left; counts down; a tier that meters traps OutOfFuel below zero.
  i64 fuel;
  /// The engine's epoch counter, and the value at which this store's deadline has passed.
  const std::atomic<u64>* epoch;
  u64 epoch_deadline;
  /// Nonzero: end or call back at the next function entry or loop turn. Set from any thread.
  std::atomic<u32> interrupt;
  /// Whether fuel or epochs are in use, so that a tier may choose code without checks.
  bool meters_fuel;
  bool checks_epoch;
  bool canonicalizes_nans;
  bool deterministic_relaxed_simd;
  Pending pending;
  /// Interpreter stack: [stack_begin, stack_end), and the first free Slot when no interpreter runs on it.
  Slot* stack_begin;
  Slot* stack_end;
  Slot* stack_top;
  /// Innermost activation of guest code, for backtraces and roots; tiers link their own.
  struct Activation* activation;
  /// Arguments and results beyond those in registers (compiled code).
  Slot* overflow;
  runtime::Store* owner;
  /// The heap: objects are allocated at heap_top while they end at heap_limit or below; otherwise libcall gc_reserve makes room.
  u8* heap_top;
  u8* heap_limit;
  /// Layouts by TypeId, for the types of objects that exist.
  const HeapLayout* const* layouts;
  /// Fuel as it was when guest code last called, returned, threw or met unreachable. What a block burned before an instruction
  /// that traps does not count, since tiers may count whole blocks; see docs/decisions/011-fuel.md.
  i64 fuel_settled;
};

/// One entry of guest code from the host. The tier that runs it keeps `frame` and `pc` current when it leaves guest code.
struct Activation {
  Activation* outer;
  void* frame;   ///< the tier's innermost frame
  const u8* pc;  ///< where it stands: for the interpreter the opcode's first byte
  /// Calls `visit` for each frame, innermost first, until it returns false.
  void (*walk)(const Activation&, void* state, bool (*visit)(void* state, const struct FrameInfo&));
  /// Shows the collector every reference in the activation's frames, which may change it. Exact: nothing else is shown.
  void (*trace)(const Activation&, runtime::Tracer& tracer);
};

/// One guest frame, as a walker sees it.
struct FrameInfo {
  VmCtx* vmctx;
  const FuncSummary* func;
  u32 offset;  ///< of the instruction in the module's bytes
};

}  // namespace tenon
