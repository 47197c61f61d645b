// Random bytes for guests: from the operating system, or from a seed for runs that must repeat.
#pragma once

#include <memory>
#include <span>

#include "tenon/wasi/common/errno.h"

namespace tenon::wasi {

/// A source of bytes. Called only by the thread that runs the store.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills all of `out`, or fails.
  virtual Sys<> fill(std::span<u8> out) = 0;
};

/// Bytes fit for keys, from the operating system; waits until it has been seeded.
std::unique_ptr<Random> secure_random();

/// The same bytes for the same seed. Not for secrets.
std::unique_ptr<Random> seeded_random(u64 seed);

}  // namespace tenon::wasi
