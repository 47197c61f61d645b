// The parts of an engine that reads modules with `front` and runs them with the interpreter.
#pragma once

#include "tenon/base/executor.h"
#include "tenon/runtime/engine.h"

namespace tenon::interp {

/// For `Engine::create(config, interp::engine_parts())`. `executor` validates function bodies in parallel and must outlive the
/// engine; null: modules are validated on the thread that compiles them.
runtime::EngineParts engine_parts(Executor* executor = nullptr);

}  // namespace tenon::interp
