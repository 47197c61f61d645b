// The dispatch tables: one for each mode, built at compile time from opcodes.def. A missing handler does not link.
#include <array>
#include <utility>

#include "interp/calls.h"
#include "interp/machine.h"

// tests/differential compiles this file once more, to count what is executed.
#ifdef TENON_COUNT_OPCODES
#include "count.h"
#define TENON_COUNT(pc) differ::count(pc)
#else
#define TENON_COUNT(pc)
#endif

namespace tenon::interp {

#define MISSING(Name)                    \
  TENON_OP(Name) {                       \
    TENON_TRAP_OF(Name, NotImplemented); \
  }                                      \
  TENON_OP_BOTH(Name);
#include "interp/missing.def"

TENON_CC Exit on_invalid(TENON_PARAMS) {
  TENON_TRAP(NotImplemented);
}

namespace {

template <Op op, u32 mode>
struct HandlerOf;
#define OP(prefix, code, Name, ...)                                          \
  template <u32 mode>                                                        \
  struct HandlerOf<Op::Name, mode> {                                         \
    static constexpr Handler value = &on_##Name<variant_of(Op::Name, mode)>; \
  };
#include "tenon/spec/opcodes.def"

/// The handlers of one prefix in one mode, by code.
template <std::size_t kSize, u8 prefix, u32 mode>
constexpr std::array<Handler, kSize> handlers_of() {
  std::array<Handler, kSize> table;
  table.fill(&on_invalid);
#define OP(op_prefix, code, Name, ...) \
  if constexpr (op_prefix == prefix) table[code] = HandlerOf<Op::Name, mode>::value;
#include "tenon/spec/opcodes.def"
  return table;
}

/// One more than the greatest code behind a prefix.
constexpr std::size_t codes_of(u8 prefix) {
  std::size_t size = 0;
  for (const OpInfo& op : kOps)
    if (op.prefix == prefix && op.code + 1u > size) size = op.code + 1u;
  return size;
}

template <u8 prefix, u32 mode>
constexpr auto kHandlers = handlers_of<codes_of(prefix), prefix, mode>();

/// A prefix byte: reads the code and goes on with its handler, `pc` at the opcode's last byte. Codes are in range: the bytes
/// were validated, and the validator refuses the rest.
template <u8 prefix, u32 mode>
TENON_CC Exit on_prefix(TENON_PARAMS) {
  frame->call_pc = pc;
  ++pc;
  u64 code = read_u32(pc);
  --pc;
  TENON_JUMP(kHandlers<prefix, mode>[code]);
}

/// What an instruction costs when fuel is metered. (Wasmtime's prices; the legacy form of exceptions, which it does not run, as
/// else and end.)
constexpr std::array<u8, 256> kCosts = [] {
  std::array<u8, 256> costs;
  costs.fill(1);
  using enum Op;
  for (Op op : {Nop, Drop, Block, Loop, Unreachable, Return, Else, End, Catch, CatchAll, Delegate}) costs[info(op).code] = 0;
  costs[kExitOpcode] = 0;
  return costs;
}();
/// Behind which instructions fuel is settled (StoreCtx::fuel_settled).
constexpr std::array<bool, 256> kSettles = [] {
  std::array<bool, 256> settles{};
  using enum Op;
  for (Op op : {Call, CallIndirect, CallRef, ReturnCall, ReturnCallIndirect, ReturnCallRef, Return, Unreachable, Throw, ThrowRef,
                Rethrow})
    settles[info(op).code] = true;
  return settles;
}();

/// Asks for more fuel and goes on with the instruction that was counted.
TENON_SLOW(out_of_fuel) {
  leave(frame, pc);
  if (!libcalls::out_of_fuel(frame->vmctx)) return Exit::Failed;
  if (kSettles[*pc] || pc == frame->end) frame->store->fuel_settled = frame->store->fuel;
  TENON_JUMP(table->base->one[*pc]);
}
/// Counts an instruction and runs it.
TENON_CC Exit on_metered(TENON_PARAMS) {
  TENON_COUNT(pc);
  StoreCtx* store = frame->store;
  if ((store->fuel -= kCosts[*pc]) < 0) [[unlikely]]
    TENON_JUMP(out_of_fuel);
  if (kSettles[*pc] || pc == frame->end) store->fuel_settled = store->fuel;
  TENON_JUMP(table->base->one[*pc]);
}

constexpr u32 kModes = 4;
extern const std::array<Dispatch, kModes> kTables, kMeteredTables;

template <u32 mode>
constexpr Dispatch make_table() {
  Dispatch table;
  std::array<Handler, codes_of(0)> plain = handlers_of<codes_of(0), 0, mode>();
  for (Handler& handler : table.one) handler = &on_invalid;
  for (std::size_t i = 0; i < plain.size(); ++i) table.one[i] = plain[i];
  table.one[0xfb] = &on_prefix<0xfb, mode>;
  table.one[0xfc] = &on_prefix<0xfc, mode>;
  table.one[0xfd] = &on_prefix<0xfd, mode>;
  table.one[0xfe] = &on_prefix<0xfe, mode>;
  table.one[kExitOpcode] = &on_exit;
  table.by_halves[0] = &kTables[mode & ~kBothHalves];
  table.by_halves[1] = &kTables[mode | kBothHalves];
  table.base = nullptr;
  return table;
}

template <u32 mode>
constexpr Dispatch make_metered_table() {
  Dispatch table;
  for (Handler& handler : table.one) handler = &on_metered;
  table.by_halves[0] = table.by_halves[1] = &kMeteredTables[mode | kBothHalves];
  table.base = &kTables[mode | kBothHalves];
  return table;
}

constinit const std::array<Dispatch, kModes> kTables = {make_table<0>(), make_table<1>(), make_table<2>(), make_table<3>()};
constinit const std::array<Dispatch, kModes> kMeteredTables = {make_metered_table<0>(), make_metered_table<1>(),
                                                               make_metered_table<2>(), make_metered_table<3>()};

}  // namespace

const Dispatch* tables_for(const StoreCtx& store, bool uses_v128) {
  const auto& tables = store.meters_fuel ? kMeteredTables : kTables;
  return tables[store.canonicalizes_nans ? u32{kCanonicalNans} : 0].by_halves[uses_v128];
}

}  // namespace tenon::interp
