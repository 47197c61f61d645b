// Where a function's instructions come from: the DWARF sections of a module, read for the addresses that are asked for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon::inspect {

/// A function that is active at an address, and the place in it.
struct SourceFrame {
  std::optional<std::string> function;  ///< demangled
  std::optional<std::string> file;
  u64 line = 0;               ///< from 1; 0 where it is not known
  std::optional<u64> column;  ///< from 1; 0 is the whole line
};

/// The debugging information of one module, of DWARF 2 to 5 in the module itself. Nothing but the headers is read before it is
/// asked for. Not thread-safe: answers are kept.
/// source: DWARF 5; DWARF for WebAssembly (addresses count from the start of the code section's contents).
class DebugInfo {
 public:
  /// The module's bytes must outlive the result. Fails where the module does not decode; without sections for it, nothing is
  /// found.
  static Result<DebugInfo> read(Bytes module);
  DebugInfo(DebugInfo&&) noexcept;
  DebugInfo& operator=(DebugInfo&&) noexcept;
  ~DebugInfo();

  bool empty() const;
  /// Offset in the module of the code section's contents; nothing without a code section.
  std::optional<u64> code_offset() const;

  /// Who is active at `address`: the innermost function first, then those into which it was inlined. Empty where nothing is
  /// known. Fails where the sections are malformed.
  Result<std::vector<SourceFrame>> find(u64 address);

 private:
  struct Data;
  explicit DebugInfo(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

}  // namespace tenon::inspect
