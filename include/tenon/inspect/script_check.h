// Test scripts, checked as far as that goes without running anything: modules are valid or are not, as the script says, and
// survive being printed and parsed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/spec/features.h"
#include "tenon/text/wast.h"

namespace tenon::inspect {

/// What is asked beyond what the script says.
struct ScriptChecks {
  Features features = Features::defaults();
  bool ignore_messages = false;    ///< an error will do, whatever its text
  bool pretty_whitespace = false;  ///< printed text has single spaces only
  bool test_folded = false;        ///< folded text survives, too
  bool permissive = false;         ///< a few malformed modules may be invalid instead
  /// Compares a module's printed text with what is expected of directive `index` (a thread's directives: 1000 times its own, plus
  /// theirs); `folded` tells which text. Null: not asked.
  std::function<Result<>(u64 index, bool folded, const std::string& text)> snapshot;
  bool snapshot_folded = false;
};

/// One directive that did not do as it should.
struct ScriptFailure {
  text::Place place;
  Error error;
};

/// Checks every directive; failures in the order of the script.
std::vector<ScriptFailure> check_script(const text::Script& script, const ScriptChecks& checks);

}  // namespace tenon::inspect
