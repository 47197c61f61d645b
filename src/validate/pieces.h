// Pieces: function bodies cut into pieces of work for an executor.
#pragma once

#include <atomic>
#include <span>
#include <utility>
#include <vector>

#include "tenon/base/executor.h"
#include "tenon/base/result.h"
#include "tenon/binary/parser.h"

namespace tenon::validate {

class Pieces {
 public:
  struct Piece {
    std::size_t begin = 0, end = 0;  ///< of the bodies
  };

  /// Pieces of `bytes` or a little more.
  Pieces(std::span<const binary::CodeEntry> bodies, std::size_t bytes) {
    std::size_t size = bytes;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      if (size >= bytes) {
        pieces_.push_back({i, i});
        size = 0;
      }
      size += bodies[i].bytes.size();
      pieces_.back().end = i + 1;
    }
  }

  std::size_t size() const { return pieces_.size(); }

  /// Calls `work(index, piece)` for the pieces, in parallel. The answer is that of the first piece that fails: nothing behind a
  /// fault need be looked at, everything before it is.
  template <class Work>
  Result<> run(Executor& executor, const Work& work) const {
    std::atomic<std::size_t> failed{pieces_.size()};
    std::vector<Result<>> results(pieces_.size());
    auto one = [&](std::size_t index) {
      if (index > failed.load(std::memory_order_relaxed)) return;
      results[index] = work(index, pieces_[index]);
      if (results[index]) return;
      std::size_t first = failed.load(std::memory_order_relaxed);
      while (index < first && !failed.compare_exchange_weak(first, index, std::memory_order_relaxed)) {
      }
    };
    executor.run(pieces_.size(), one);
    for (Result<>& result : results)
      if (!result) return std::move(result);
    return {};
  }

 private:
  std::vector<Piece> pieces_;
};

}  // namespace tenon::validate
