// Runs a module that was made to be run, and says what there was to see of it.
#pragma once

#include <string>
#include <vector>

#include "tenon/host/host.h"

namespace tenon::fuzz {

/// A call of an export [i64 i64] -> [i64], or of the digest d [] -> [i64].
struct CallPlan {
  std::string name;
  u64 a, b;
};

/// Instantiates a module as module_generator.h describes it in a store of its own, calls its entries and reads what it exports.
/// Where `calls` is empty it is filled in; otherwise it says what to call. With `fueled` the store has more fuel than the module
/// can burn. Returns one line: what each call returned or how it ended, memories, tables, globals and what host functions were
/// given; the same from every engine and in every mode.
std::string outcome_of(const Engine& engine, const std::vector<u8>& bytes, std::vector<CallPlan>& calls, bool fueled);

}  // namespace tenon::fuzz
