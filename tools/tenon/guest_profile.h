// Profiles of guests for profiler.firefox.com: the guest's stack, sampled while it runs. Time spent in the host (waiting,
// reading files) shows as gaps.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tenon/host/host.h"

namespace tenon::cli {

class GuestProfile {
 public:
  /// Samples `store` every `interval` from now on. The engine must look at the epoch (Config::epoch_interruption); the store's
  /// epoch callback and deadline belong to the profile.
  GuestProfile(StoreRef store, std::string program, std::chrono::nanoseconds interval);
  ~GuestProfile();
  GuestProfile(const GuestProfile&) = delete;
  GuestProfile& operator=(const GuestProfile&) = delete;

  /// Ends the sampling and writes the profile. Fails with Io: the system's reason.
  Result<> finish(const std::string& path);

 private:
  void sample(StoreRef store);
  u32 string(std::string_view text);
  std::string json() const;
  void stop();

  struct Func {
    u32 name;
  };
  struct Frame {
    u32 func;
    u32 address;
  };
  struct Stack {
    i64 prefix;  ///< the caller's stack, or -1
    u32 frame;
  };
  struct Sample {
    i64 stack;
    f64 millis;
  };
  std::string program_;
  f64 interval_millis_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::system_clock::time_point begin_wall_ = std::chrono::system_clock::now();
  std::vector<std::string> strings_;
  std::map<std::string, u32, std::less<>> string_of_;
  std::vector<Func> funcs_;
  std::map<std::pair<const runtime::Module*, u32>, u32> func_of_;
  std::vector<Frame> frames_;
  std::map<std::pair<u32, u32>, u32> frame_of_;
  std::vector<Stack> stacks_;
  std::map<std::pair<i64, u32>, i64> stack_of_;
  std::vector<Sample> samples_;
  std::vector<std::shared_ptr<const runtime::Module>> modules_;  ///< so that addresses in func_of_ stay theirs

  std::mutex mutex_;
  std::condition_variable condition_;
  bool over_ = false;
  std::thread clock_;
};

}  // namespace tenon::cli
