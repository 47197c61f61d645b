// Threads: what the program lends to libraries that can use more than one. Not a pool: threads live as long as one piece of work
// does, since commands need them once.
#pragma once

#include "tenon/base/executor.h"

namespace tenon::cli {

/// As many threads as the machine has processors, the caller's among them.
class Threads final : public Executor {
 public:
  std::size_t concurrency() const override;
  void run(std::size_t count, WorkRef work) override;
};

}  // namespace tenon::cli
