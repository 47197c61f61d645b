#include "threads.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace tenon::cli {

std::size_t Threads::concurrency() const {
  return std::max(1u, std::thread::hardware_concurrency());
}

void Threads::run(std::size_t count, WorkRef work) {
  std::atomic<std::size_t> next{0};
  auto take = [&] {
    for (std::size_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(index);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < std::min(concurrency(), count); ++i) {
    try {
      others.emplace_back(take);
    } catch (const std::system_error&) {
      break;  // the threads that there are do all the work
    }
  }
  take();
  for (std::thread& other : others) other.join();
}

}  // namespace tenon::cli
