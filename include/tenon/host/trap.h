// What a failed call's Error says beyond its message: trap code, backtrace, exit code, exception.
//
// A trap is an Error with code Trap and message "wasm trap: ..."; its context is the backtrace as text. A host function's own
// error comes out as it went in, with the backtrace added to its context. exit() of a guest is an Error with code Exit. An
// exception that no guest handles is an Error with code Exception; a host function that returns it lets it go on to its callers.
#pragma once

#include "tenon/runtime/trap.h"

namespace tenon {

using runtime::Backtrace;
using runtime::BacktraceFrame;

/// The trap's code, if the error is one.
std::optional<TrapCode> trap_code(const Error& error);
/// Where the guest was, innermost first; null where the error has no backtrace. Lives as long as the error.
const Backtrace* backtrace_of(const Error& error);

/// Ends the guest from a host function, as proc_exit does.
Error exit_error(i32 status);
/// The status, if the error is a guest's exit.
std::optional<i32> exit_status(const Error& error);

class ExnRef;
/// An error that a host function returns to throw an exception of its caller's store, which is not null.
Error throw_error(const ExnRef& exception);
/// The exception, if the error is one. Use on the store's thread.
std::optional<ExnRef> exception_of(const Error& error);

/// An error that a host function returns to trap with a code of traps.def.
Error trap_error(TrapCode code);

}  // namespace tenon
