// front: from bytes to a validated, immutable module description that runtime and tiers share.
#pragma once

#include <memory>
#include <vector>

#include "tenon/abi/module.h"
#include "tenon/base/executor.h"
#include "tenon/base/result.h"
#include "tenon/spec/features.h"
#include "tenon/spec/type_store.h"

namespace tenon::front {

/// How a module is read.
struct FrontOptions {
  Features features = Features::defaults();
  Executor* executor = nullptr;  ///< validates function bodies in parallel; null: on the caller's thread
};

/// Validates `bytes` and describes the module; the description owns the bytes. Types are canonical in `types`, which must
/// outlive every use of the description. Errors carry code, offset, missing feature and wasm-tools' text. Thread-safe.
Result<std::shared_ptr<const ModuleDesc>> compile_module(TypeStore& types, std::vector<u8> bytes,
                                                         const FrontOptions& options = {});

/// As above, over bytes that somebody else owns: `keep_alive` holds them for as long as the description lives (it may be null
/// where the bytes outlive the description anyway).
Result<std::shared_ptr<const ModuleDesc>> compile_module(TypeStore& types, Bytes bytes, std::shared_ptr<void> keep_alive,
                                                         const FrontOptions& options = {});

}  // namespace tenon::front
