// A generator of core modules, driven by the tables: every instruction of opcodes.def, every kind of definition, any set of
// features. Used to compare validators, to fuzz, and to feed differential runs. Nothing here runs a module.
//
// A module that is made to be run ends, and mostly without a trap. It imports from "m" at most: functions h0 [i32] -> [i32] and
// h1 [i32 i64] -> [i64], globals gi (i32) and gl (mutable i64), a memory mem of 1 to 4 pages, a table tab of 10 to 30 funcref.
// It exports functions c0, c1, ... [i64 i64] -> [i64], which call its functions and answer with a sum of all that happened so
// far; d [] -> [i64], the sum with all globals and tables; all memories m<n>, tables t<n> and those globals g<n> that are
// integers.
//
// A module is a function of the configuration: the same on every machine.
#pragma once

#include <vector>

#include "tenon/base/types.h"
#include "tenon/spec/features.h"
#include "tenon/spec/opcodes.h"

namespace tenon::fuzz {

/// What to generate.
struct GeneratorConfig {
  Features features = Features::all();
  u64 seed = 0;
  /// What to choose as long as it lasts; the seed decides from then on. Only read while a module is made.
  Bytes choices = {};
  /// Chance in percent that a module which is valid by construction is damaged: an immediate, an operand or a byte.
  u32 damage_percent = 50;
  /// Greatest number of instructions in a function, roughly.
  u32 body_size = 60;
  /// Makes a module that can be run (see above).
  bool run = false;
  /// For those: NaNs that arithmetic makes are canonical in any engine.
  bool canonical_nans = false;
};

/// All features but those that no tier runs.
Features runnable_features();

/// A module, and how it came about.
struct GeneratedModule {
  std::vector<u8> bytes;
  bool damaged = false;       ///< no longer valid by construction (it may still be valid)
  std::vector<bool> opcodes;  ///< by Op: whether a body or constant expression has it
};

GeneratedModule generate_module(const GeneratorConfig& config);

}  // namespace tenon::fuzz
