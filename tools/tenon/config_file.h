// Configuration files of `--config`: TOML with a table for each group of options.
#pragma once

#include <string>

#include "options.h"
#include "tenon/base/result.h"

namespace tenon::cli {

/// Reads options from a file: [optimize] [codegen] [debug] [wasm] [wasi] [record], each with the group's keys. Fails with Usage
/// or Io: "failed to parse TOML config file ...", with the place as cause.
Result<Options> read_config_file(const std::string& path);

}  // namespace tenon::cli
