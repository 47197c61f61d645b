// The table of functions: raw values in, the handler's types out. What p1.def says of a signature is checked against the
// handler's own parameters.
#include <array>
#include <utility>

#include "tenon/spec/errors.h"
#include "tenon/spec/traps.h"
#include "tenon/wasi/p1.h"
#include "wasi/p1/state.h"

namespace tenon::wasi {
namespace {

using p1::P1State;

template <class... Args>
consteval bool matches(std::string_view params, Result<Errno> (P1State::*)(GuestMemory&, Args...)) {
  constexpr std::array<char, sizeof...(Args)> kLetters = {(sizeof(Args) == 8 ? 'I' : 'i')...};
  return params == std::string_view(kLetters.data(), kLetters.size());
}

template <class... Args, std::size_t... I>
Result<Errno> apply(P1State& state, GuestMemory& memory, const u64* args,
                    Result<Errno> (P1State::*handler)(GuestMemory&, Args...), std::index_sequence<I...>) {
  return (state.*handler)(memory, static_cast<Args>(args[I])...);
}

template <class... Args>
Result<Errno> apply(P1State& state, GuestMemory& memory, const u64* args,
                    Result<Errno> (P1State::*handler)(GuestMemory&, Args...)) {
  return apply(state, memory, args, handler, std::index_sequence_for<Args...>());
}

/// A handler of preview 0 that is its own.
template <class... Args>
consteval bool matches(std::string_view params, Result<Errno> (*)(P1State&, GuestMemory&, Args...)) {
  return matches(params, static_cast<Result<Errno> (P1State::*)(GuestMemory&, Args...)>(nullptr));
}

template <class... Args, std::size_t... I>
Result<Errno> apply(P1State& state, GuestMemory& memory, const u64* args,
                    Result<Errno> (*handler)(P1State&, GuestMemory&, Args...), std::index_sequence<I...>) {
  return handler(state, memory, static_cast<Args>(args[I])...);
}

template <class... Args>
Result<Errno> apply(P1State& state, GuestMemory& memory, const u64* args,
                    Result<Errno> (*handler)(P1State&, GuestMemory&, Args...)) {
  return apply(state, memory, args, handler, std::index_sequence_for<Args...>());
}

template <auto Handler>
Result<u32> call(P1Ctx& ctx, GuestMemory& memory, const u64* args) {
  ctx.state().enter();
  auto answer = apply(ctx.state(), memory, args, Handler);
  ctx.state().leave();
  if (ctx.state().take_interrupted()) return fail(ErrorCode::Trap, std::string(info(TrapCode::Interrupt).message));
  if (!answer) return std::unexpected(std::move(answer).error());
  return static_cast<u32>(*answer);
}

constexpr auto kFunctions = std::to_array<P1Function>({
#define P1(name, params, results) {#name, params, results, &call<&P1State::name>},
#include "tenon/wasi/p1/p1.def"
});

#define P1(name, params, results) static_assert(matches(params, &P1State::name), #name);
#include "tenon/wasi/p1/p1.def"

constexpr auto kPreview0 = std::to_array<P1Function>({
#define P1(name, params, results) {#name, params, results, &call<&p1::Preview0::name>},
#include "tenon/wasi/p1/p1.def"
});

#define P1(name, params, results) static_assert(matches(params, &p1::Preview0::name), #name);
#include "tenon/wasi/p1/p1.def"

}  // namespace

std::span<const P1Function> p1_functions() {
  return kFunctions;
}
std::span<const P1Function> p0_functions() {
  return kPreview0;
}

P1Ctx::P1Ctx(std::unique_ptr<P1State> state) : state_(std::move(state)) {}
P1Ctx::~P1Ctx() = default;

Result<std::shared_ptr<P1Ctx>> P1Ctx::create(Config config) {
  auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  for (const std::string& arg : config.args)
    if (has_nul(arg)) return fail(ErrorCode::Usage, "an argument contains a zero byte");
  for (const auto& [name, value] : config.env)
    if (has_nul(name) || has_nul(value)) return fail(ErrorCode::Usage, "an environment variable contains a zero byte");
  auto state = std::make_unique<P1State>(std::move(config));
  if (!state->add_grants()) return fail(ErrorCode::LimitExceeded, "more grants than descriptors");
  return std::shared_ptr<P1Ctx>(new P1Ctx(std::move(state)));
}

std::shared_ptr<P1Ctx> P1Ctx::for_thread() {
  return std::shared_ptr<P1Ctx>(new P1Ctx(state_->for_thread()));
}

void P1Ctx::interrupt() {
  state_->interrupt();
}

void P1Ctx::flush() {
  state_->enter();
  state_->flush();
  state_->leave();
}
bool P1Ctx::wait_interrupted() const {
  return state_->wait_interrupted();
}

}  // namespace tenon::wasi
