// Validation of whole modules: from bytes to a ModuleDesc, or to the first error.
#pragma once

#include <memory>
#include <optional>

#include "tenon/abi/module.h"
#include "tenon/base/executor.h"
#include "tenon/base/result.h"
#include "tenon/spec/features.h"
#include "tenon/spec/type_store.h"

namespace tenon::validate {

/// Which error is reported where a module has several.
enum class ErrorOrder : u8 {
  Bytes,          ///< the one at the lowest offset
  SectionsFirst,  ///< errors outside function bodies come before errors in bodies, as wasm-tools reports them
};

/// How to validate.
struct Options {
  Features features = Features::defaults();
  /// Where encodings depend on features (compact imports, wider limits, indices where there was a zero byte): those by which the
  /// bytes are read. Null: `features`. `wasm-tools validate` reads by all of them.
  std::optional<Features> reading = {};
  Executor* executor = nullptr;  ///< for function bodies; null: everything runs on the caller's thread
  ErrorOrder order = ErrorOrder::Bytes;
  u32 piece_bytes = 256 << 10;  ///< function bodies of about this many bytes are one piece of work for the executor
};

/// Validates the module in `bytes` and describes it. The description's `bytes` views the argument and its `owned_bytes` is
/// empty: the caller keeps the bytes alive. Types are interned in `types`. Errors carry the offset in `bytes`, the missing
/// feature where there is one, and wasm-tools' text; an error in a function body has the context "func N failed to validate".
/// A malformed name section is not an error. Thread-safe. Source: spec core/binary, core/valid, core/appendix/algorithm.
Result<ModuleDesc> validate_module(TypeStore& types, Bytes bytes, const Options& options = {});

/// Checks a module whose bytes arrive in pieces, and keeps none of them: what is downloaded, or is larger than one wants to hold.
/// It agrees with validate_module on every module and every error, however the bytes are cut, but for the text where a module is
/// too large. Room is needed for the largest
/// section that is not code, the largest function body, and what the sections before the code say.
///
/// `Options::executor` shares the bodies of one piece, so that pieces should then be larger than `Options::piece_bytes`. With
/// ErrorOrder::SectionsFirst an error in a function body is told by finish(). After an error the checker may only be destroyed.
/// One thread at a time; different checkers are independent but for the type store, which must outlive them. Source: as
/// validate_module.
class StreamChecker {
 public:
  explicit StreamChecker(TypeStore& types, const Options& options = {});
  ~StreamChecker();
  StreamChecker(const StreamChecker&) = delete;
  StreamChecker& operator=(const StreamChecker&) = delete;

  /// The next bytes, of any number. Not kept beyond the call.
  Result<> feed(Bytes piece);
  /// No more bytes will come: whether they were a valid module.
  Result<> finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether the branch hints of a validated module name conditional branches, functions and offsets in order. A module with hints
/// that do not is valid all the same, so that only those ask who want to use or test them. Fails with BranchHintTarget, or with
/// what is malformed in the section. Thread-safe. Source: proposal branch-hinting.
Result<> check_branch_hints(const ModuleDesc& module);

/// Whether `bytes` begin as a core module does (magic and version 1), and as a component does.
bool is_module(Bytes bytes);
bool is_component(Bytes bytes);

}  // namespace tenon::validate
