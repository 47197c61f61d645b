// StackTracer: what is on the operand stack after each instruction of a function, as validation sees it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tenon/binary/parser.h"

namespace tenon::print {

/// What is said of one instruction.
struct StackNote {
  bool is_invalid = false;            ///< the instruction is not valid
  std::vector<std::string> operands;  ///< types of the block's operands
};

/// The notes of one function, one for each instruction up to the first that is not valid.
struct StackNotes {
  std::string locals_error;  ///< why the declarations of locals are not valid; then there are no notes
  std::vector<StackNote> notes;
  bool bad_end = false;  ///< everything but the function's own end is valid

  const StackNote* at(std::size_t number) const { return number < notes.size() ? &notes[number] : nullptr; }
};

class StackTracer {
 public:
  /// Validates the sections of the module in `bytes`, which must outlive the tracer.
  explicit StackTracer(Bytes bytes);
  ~StackTracer();

  /// The error that validation met between these offsets, outside of functions; null if there was none. Answers it once.
  const Error* section_error(u64 begin, u64 end);
  /// Validates a body.
  StackNotes trace(u32 func, const binary::CodeEntry& body);

 private:
  struct Module;
  std::unique_ptr<Module> module_;
};

}  // namespace tenon::print
