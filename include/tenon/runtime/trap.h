// How a guest's call that did not return becomes an Error: payloads with code and backtrace.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/runtime/module.h"
#include "tenon/spec/traps.h"

namespace tenon::runtime {

/// One guest function that was running.
struct BacktraceFrame {
  std::shared_ptr<const Module> module;
  u32 func_index = 0;  ///< in the module's function space
  u32 offset = 0;      ///< of the instruction, in the module's bytes; kNotBegun: the function did not fit on the stack

  static constexpr u32 kNotBegun = ~u32{0};

  /// The module's name, or an empty string.
  std::string_view module_name() const { return module->desc().names.module; }
  /// The function's name, or an empty string.
  std::string_view func_name() const { return module->desc().names.func(func_index); }
};

/// Innermost first; at most Tunables::backtrace_frames.
using Backtrace = std::vector<BacktraceFrame>;

/// "error while executing at wasm backtrace:" and a line for each frame.
std::string to_string(const Backtrace& backtrace);

/// Payload of ErrorCode::Trap, of exceptions, and of host errors that passed through guest code.
struct TrapInfoPayload : ErrorPayload {
  std::optional<TrapCode> code;  ///< nothing for errors of host functions
  bool has_backtrace = false;    ///< set once, where the error first leaves guest code
  Backtrace backtrace;
};

struct Root;

/// Payload of ErrorCode::Exception. Owns a count of the root, and so belongs to its store's thread.
struct ExceptionPayload : TrapInfoPayload {
  explicit ExceptionPayload(Root* root) : root(root) {}
  ~ExceptionPayload() override;
  ExceptionPayload(const ExceptionPayload&) = delete;
  ExceptionPayload& operator=(const ExceptionPayload&) = delete;
  Root* root;
};

}  // namespace tenon::runtime
