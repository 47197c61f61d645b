// What an oracle does when it is contradicted: says what, and ends the process so that the fuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tenon::fuzz {

/// Ends the process unless `good`.
inline void check(bool good, const std::string& what) {
  if (good) return;
  std::fprintf(stderr, "oracle: %s\n", what.c_str());
  std::abort();
}

}  // namespace tenon::fuzz
