// Payloads of errors that end calls.
#include "tenon/host/trap.h"

#include <fmt/format.h>

#include "tenon/host/val.h"
#include "tenon/spec/errors.h"

namespace tenon {
namespace {

/// Payload of ErrorCode::Exit. It has no place for a backtrace: an exit is no failure.
struct ExitPayload : ErrorPayload {
  explicit ExitPayload(i32 status) : status(status) {}
  i32 status;
};

const runtime::TrapInfoPayload* trap_payload(const Error& error) {
  return dynamic_cast<const runtime::TrapInfoPayload*>(error.payload());
}

}  // namespace

std::optional<TrapCode> trap_code(const Error& error) {
  auto* payload = trap_payload(error);
  return payload != nullptr ? payload->code : std::nullopt;
}

const Backtrace* backtrace_of(const Error& error) {
  auto* payload = trap_payload(error);
  return payload != nullptr && payload->has_backtrace ? &payload->backtrace : nullptr;
}

Error exit_error(i32 status) {
  return Error(ErrorCode::Exit, fmt::format("Exited with i32 exit status {}", status))
      .with_payload(std::make_shared<ExitPayload>(status));
}

std::optional<i32> exit_status(const Error& error) {
  auto* payload = dynamic_cast<const ExitPayload*>(error.payload());
  return payload != nullptr ? std::optional(payload->status) : std::nullopt;
}

Error throw_error(const ExnRef& exception) {
  if (exception.store() == nullptr) return trap_error(TrapCode::NullReference);
  return Error(ErrorCode::Exception, std::string(info(TrapCode::UncaughtException).message))
      .with_payload(std::make_shared<runtime::ExceptionPayload>(exception.store()->new_root(exception.ref())));
}

std::optional<ExnRef> exception_of(const Error& error) {
  auto* payload = dynamic_cast<const runtime::ExceptionPayload*>(error.payload());
  if (payload == nullptr || payload->root->store == nullptr) return std::nullopt;
  return ExnRef(Rooted(StoreRef(payload->root->store), payload->root->ref));
}

Error trap_error(TrapCode code) {
  auto payload = std::make_shared<runtime::TrapInfoPayload>();
  payload->code = code;
  return Error(ErrorCode::Trap, fmt::format("wasm trap: {}", info(code).message)).with_payload(std::move(payload));
}

}  // namespace tenon
