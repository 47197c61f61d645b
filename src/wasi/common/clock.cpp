#include "tenon/wasi/common/clock.h"

#include <time.h>

#include <array>

namespace tenon::wasi {
namespace {

constexpr u64 kNanos = 1'000'000'000;

clockid_t host_id(ClockId id) {
  switch (id) {
    case ClockId::Realtime:
      return CLOCK_REALTIME;
    case ClockId::Monotonic:
      return CLOCK_MONOTONIC;
    case ClockId::ProcessCpu:
      return CLOCK_PROCESS_CPUTIME_ID;
    case ClockId::ThreadCpu:
      return CLOCK_THREAD_CPUTIME_ID;
  }
  return CLOCK_MONOTONIC;
}

Sys<u64> nanos(const timespec& time) {
  // A host clock set before 1970, or beyond the year 2554, has no value that a guest could be given.
  if (time.tv_sec < 0) return sys_fail(Errno::Overflow);
  u64 value;
  if (__builtin_mul_overflow(static_cast<u64>(time.tv_sec), kNanos, &value) ||
      __builtin_add_overflow(value, static_cast<u64>(time.tv_nsec), &value))
    return sys_fail(Errno::Overflow);
  return value;
}

class HostClocks final : public Clocks {
 public:
  HostClocks() : start_(read(ClockId::Monotonic).value_or(0)) {}

  Sys<u64> now(ClockId id) override {
    auto time = read(id);
    if (time && id == ClockId::Monotonic) return *time - start_;
    return time;
  }

  Sys<u64> resolution(ClockId id) override {
    timespec time;
    if (clock_getres(host_id(id), &time) != 0) return sys_fail(last_errno());
    auto value = nanos(time);
    return value && *value == 0 ? Sys<u64>(1) : value;
  }

 private:
  static Sys<u64> read(ClockId id) {
    timespec time;
    if (clock_gettime(host_id(id), &time) != 0) return sys_fail(last_errno());
    return nanos(time);
  }
  u64 start_;
};

class FixedClocks final : public Clocks {
 public:
  FixedClocks(u64 realtime, u64 step) : step_(step) { times_[0] = realtime; }

  Sys<u64> now(ClockId id) override {
    u64& time = times_[static_cast<u8>(id)];
    const u64 value = time;
    time += step_;
    return value;
  }
  Sys<u64> resolution(ClockId) override { return step_ == 0 ? 1 : step_; }

 private:
  std::array<u64, kClockCount> times_{};
  u64 step_;
};

}  // namespace

std::unique_ptr<Clocks> host_clocks() {
  return std::make_unique<HostClocks>();
}
std::unique_ptr<Clocks> fixed_clocks(u64 realtime, u64 step) {
  return std::make_unique<FixedClocks>(realtime, step);
}

}  // namespace tenon::wasi
