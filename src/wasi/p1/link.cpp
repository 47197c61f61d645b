// Preview 1, and preview 0 beside it, for guests of the embedding API. The only file of preview 1 that knows it.
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tenon/host/linker.h"
#include "tenon/host/trap.h"
#include "tenon/spec/errors.h"
#include "tenon/wasi/p1.h"
#include "wasi/p1/state.h"

namespace tenon::wasi {
namespace {

using p1::P1State;

constexpr std::string_view kModule = "wasi_snapshot_preview1";
constexpr std::string_view kModule0 = "wasi_unstable";

/// What a store keeps for its guest.
struct P1Datum {
  std::shared_ptr<P1Ctx> ctx;
};

std::span<u8> bytes_of(void* state) {
  const Memory& memory = *static_cast<const Memory*>(state);
  return memory.data();
}

/// The host's own errors for those ends of a call that it has a form for.
Error host_error(Error error) {
  if (auto* exit = dynamic_cast<ExitStatus*>(error.payload())) return exit_error(exit->code);
  return error;
}

/// One function: finds the caller's context and memory, calls the handler, turns what ends the call into the host's errors.
void trace_call(const P1State& state, std::string_view name, std::initializer_list<u64> args, const Result<Errno>& answer) {
  const auto* tracer = state.tracer();
  if (tracer == nullptr) return;
  std::string line = fmt::format("{}({}) -> ", name, fmt::join(args, ", "));
  line += answer ? kErrnoNames[static_cast<u16>(*answer)] : std::string_view(answer.error().message());
  (*tracer)(line);
}

template <auto Handler, bool kReturns, class... Args>
struct Bound {
  std::string_view name;
  using Return = std::conditional_t<kReturns, Result<u32>, Result<>>;
  Return operator()(Caller& caller, Args... args) const {
    std::optional<Memory> memory = caller.memory();
    if (!memory) return fail(ErrorCode::Host, "missing required memory export");
    const P1Datum* datum = caller.data<P1Datum>();
    if (datum == nullptr) return fail(ErrorCode::Host, "the store has no WASI context");
    P1State& state = datum->ctx->state();
    GuestMemory guest(&*memory, bytes_of);
    state.enter();
    Result<Errno> answer = std::invoke(Handler, state, guest, args...);
    state.leave();
    trace_call(state, name, {static_cast<u64>(args)...}, answer);
    if (state.take_interrupted()) return std::unexpected(trap_error(TrapCode::Interrupt));
    if (!answer) return std::unexpected(host_error(std::move(answer).error()));
    if constexpr (kReturns)
      return static_cast<u32>(*answer);
    else
      return {};
  }
};

template <auto Handler, bool kReturns, class... Args>
Result<> bind(Linker& linker, std::string_view module, std::string_view name, Result<Errno> (P1State::*)(GuestMemory&, Args...)) {
  return linker.func_wrap(module, name, Bound<Handler, kReturns, Args...>{name});
}

template <auto Handler, bool kReturns, class... Args>
Result<> bind(Linker& linker, std::string_view module, std::string_view name,
              Result<Errno> (*)(P1State&, GuestMemory&, Args...)) {
  return linker.func_wrap(module, name, Bound<Handler, kReturns, Args...>{name});
}

}  // namespace

Result<> add_p1_to_linker(Linker& linker) {
#define P1(name, params, results) \
  TENON_TRY_VOID(bind<&P1State::name, sizeof(results) != 1>(linker, kModule, #name, &P1State::name));
#include "tenon/wasi/p1/p1.def"
  return {};
}

Result<> add_p0_to_linker(Linker& linker) {
#define P1(name, params, results)                         \
  if constexpr (std::string_view(#name) != "sock_accept") \
    TENON_TRY_VOID(bind<&p1::Preview0::name, sizeof(results) != 1>(linker, kModule0, #name, &p1::Preview0::name));
#include "tenon/wasi/p1/p1.def"
  return {};
}

void set_p1(StoreRef store, std::shared_ptr<P1Ctx> ctx) {
  store.emplace_data<P1Datum>(std::move(ctx));
}

}  // namespace tenon::wasi
