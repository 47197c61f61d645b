#include "tenon/wasi/common/poll.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace tenon::wasi {
namespace {

constexpr u64 kNanos = 1'000'000'000;
/// Longest single wait; longer ones are made of several.
constexpr u64 kSlice = 3600 * kNanos;

u64 monotonic_nanos() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<u64>(time.tv_sec) * kNanos + static_cast<u64>(time.tv_nsec);
}

}  // namespace

Interrupter::Interrupter() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Interrupter::interrupt() {
  const u64 one = 1;
  if (write(fd_.get(), &one, sizeof one) < 0) return;  // full: it is readable already
}

Sys<WaitEnd> wait(std::span<WaitItem> items, std::optional<u64> timeout, const Interrupter* interrupter) {
  std::vector<pollfd> polled;
  polled.reserve(items.size() + 1);
  bool ready_now = false;
  for (WaitItem& item : items) {
    item.ready = item.fd < 0;
    item.hangup = false;
    ready_now |= item.ready;
    polled.push_back(
        {item.fd, static_cast<short>(item.write ? POLLOUT : POLLIN | POLLRDHUP), 0});  // poll skips negative descriptors
  }
  if (interrupter != nullptr) polled.push_back({interrupter->fd(), POLLIN, 0});

  const u64 begin = monotonic_nanos();
  for (;;) {
    u64 left = kSlice;
    bool last = false;
    if (ready_now) {
      left = 0;
      last = true;
    } else if (timeout) {
      const u64 passed = monotonic_nanos() - begin;
      const u64 rest = passed < *timeout ? *timeout - passed : 0;
      last = rest <= kSlice;
      left = std::min(rest, kSlice);
    }
    const timespec slice{static_cast<time_t>(left / kNanos), static_cast<long>(left % kNanos)};
    const int count = ppoll(polled.data(), polled.size(), &slice, nullptr);
    if (count < 0) {
      if (errno == EINTR) continue;
      return sys_fail(last_errno());
    }
    if (interrupter != nullptr && polled.back().revents != 0) return WaitEnd::Interrupted;
    bool any = ready_now;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (polled[i].revents == 0) continue;
      items[i].ready = any = true;
      items[i].hangup = (polled[i].revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0;
    }
    if (any) return WaitEnd::Ready;
    if (last) return WaitEnd::Timeout;
  }
}

}  // namespace tenon::wasi
