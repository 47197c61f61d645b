// Validation of everything in a module but its function bodies, for tools that look into bodies one by one, valid or not.
#pragma once

#include <memory>
#include <optional>

#include "tenon/abi/module.h"
#include "tenon/base/result.h"
#include "tenon/spec/type_store.h"
#include "tenon/validate/module_env.h"

namespace tenon::validate {

/// What validation knows after the sections of a module.
struct Sections {
  ModuleDesc desc;                 ///< views the module's bytes; complete up to the error
  std::unique_ptr<ModuleEnv> env;  ///< for BodyDecoder; never null
  std::optional<Error> error;      ///< the first error outside of bodies
  bool reported = false;           ///< for the caller's use
};

/// Validates the sections of the module in `bytes`; types are interned in `types`. Both must outlive `out`.
void validate_sections(TypeStore& types, Bytes bytes, Features features, Sections& out);

}  // namespace tenon::validate
