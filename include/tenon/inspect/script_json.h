// Test scripts as JSON, in the form that wast2json made common: a list of commands, with each module in a file of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/text/wast.h"

namespace tenon::inspect {

/// A script's JSON and the modules that it names.
struct ScriptJson {
  struct File {
    std::string name;
    std::vector<u8> contents;
  };
  std::string json;
  std::vector<File> files;
};

/// Turns a script into JSON. `source` is how the JSON calls the script; files are `<stem>.<number>.wasm` or `.wat`. Fails where a
/// module that is not expected to be malformed does not parse, with the line as context.
Result<ScriptJson> script_to_json(const text::Script& script, std::string_view source, std::string_view stem, bool pretty);

}  // namespace tenon::inspect
