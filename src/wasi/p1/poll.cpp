// poll_oneoff.
#include <sys/ioctl.h>
#include <time.h>

#include <algorithm>

#include "tenon/spec/errors.h"
#include "wasi/p1/state.h"
#include "wasi/p1/try.h"

namespace tenon::wasi::p1 {
namespace {

u64 host_nanos() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<u64>(time.tv_sec) * 1'000'000'000 + static_cast<u64>(time.tv_nsec);
}

}  // namespace

/// What there is to wait for. The error ends poll_oneoff; what is wrong with one descriptor is an event.
Sys<Waiting> P1State::subscribe(const Subscription& subscription, std::vector<WaitItem>& items) {
  Waiting waiting{subscription};
  if (subscription.tag > static_cast<u8>(EventType::FdWrite)) return sys_fail(Errno::Inval);
  if (static_cast<EventType>(subscription.tag) == EventType::Clock) {
    waiting.is_clock = true;
    const auto id = static_cast<ClockId>(subscription.id_or_fd);
    // Time that is spent waiting is not spent by the processor.
    if (subscription.id_or_fd > static_cast<u32>(ClockId::Monotonic) || (subscription.flags & ~subclockflags::kAll) != 0)
      return sys_fail(Errno::Inval);
    waiting.left = subscription.timeout;
    if ((subscription.flags & subclockflags::kAbstime) != 0) {
      const auto now = config_.clocks->now(id);
      if (!now) return sys_fail(now.error());
      waiting.left = *now < subscription.timeout ? subscription.timeout - *now : 0;
    }
    return waiting;
  }

  const bool write = static_cast<EventType>(subscription.tag) == EventType::FdWrite;
  waiting.item = items.size();
  const auto found = descriptor(subscription.id_or_fd, rights::kPollFdReadwrite);
  if (!found) {
    waiting.error = found.error();
    items.push_back({});
    return waiting;
  }
  const Descriptor& target = **found;
  int fd = -1;
  if (const auto* in = std::get_if<std::shared_ptr<InputStream>>(&target.object)) {
    fd = (*in)->wait_fd();
    if (write) waiting.error = Errno::Badf;
  } else if (const auto* out = std::get_if<std::shared_ptr<OutputStream>>(&target.object)) {
    fd = (*out)->wait_fd();
    if (!write) waiting.error = Errno::Badf;
  } else if (const auto* file = std::get_if<std::shared_ptr<File>>(&target.object)) {
    if ((*file)->type() != FileType::RegularFile) fd = (*file)->fd();
  } else if (const auto* socket = std::get_if<std::shared_ptr<Socket>>(&target.object)) {
    fd = (*socket)->fd();
  } else {
    waiting.error = Errno::Badf;
  }
  items.push_back({waiting.error == Errno::Success ? fd : -1, write});
  return waiting;
}

Event P1State::event_of(const Waiting& waiting, const WaitItem* item) {
  Event event;
  event.userdata = waiting.subscription.userdata;
  event.error = static_cast<u16>(waiting.error);
  event.type = waiting.subscription.tag;
  if (waiting.is_clock || waiting.error != Errno::Success) return event;
  event.nbytes = 1;
  if (item->hangup) event.flags = eventrwflags::kHangup;
  if (event.type == static_cast<u8>(EventType::FdWrite)) return event;
  const Descriptor* target = descriptors_.find(waiting.subscription.id_or_fd);
  if (target == nullptr) return event;
  if (const auto* in = std::get_if<std::shared_ptr<InputStream>>(&target->object)) {
    event.nbytes = (*in)->available();
  } else if (int waiting = 0; item->fd >= 0 && ioctl(item->fd, FIONREAD, &waiting) == 0 && waiting >= 0) {
    event.nbytes = static_cast<u64>(waiting);
  } else if (const auto* file = std::get_if<std::shared_ptr<File>>(&target->object); file != nullptr && item->fd < 0) {
    const auto stat = (*file)->stat();
    const auto position = (*file)->position();
    if (stat && position) event.nbytes = *position < stat->size ? stat->size - *position : 0;
    if (event.nbytes == 0) event.flags = eventrwflags::kHangup;
  }
  return event;
}

P1State::R P1State::poll_oneoff(M memory, u32 in, u32 out, u32 count, u32 stored) {
  if (count == 0) return Errno::Inval;
  TENON_TRY(const std::span<u8> subscriptions, memory.range(in, u64{count} * sizeof(Subscription), alignof(Subscription)));
  TENON_TRY_VOID(memory.range(out, u64{count} * sizeof(Event), alignof(Event)));
  TENON_TRY_VOID(memory.range(stored, sizeof(u32), alignof(u32)));
  if (count > limits::kWasiSubscriptions) return Errno::Nomem;
  std::vector<Subscription> copied(count);
  // SAFETY: of the cast: the bytes of objects of a trivial type.
  racy_copy(reinterpret_cast<u8*>(copied.data()), subscriptions.data(), subscriptions.size());
  return poll(memory, copied, out, stored);
}

P1State::R P1State::poll(M memory, std::span<const Subscription> subscriptions, u32 out, u32 stored) {
  std::vector<Waiting> waiting;
  std::vector<WaitItem> items;
  waiting.reserve(subscriptions.size());
  items.reserve(subscriptions.size());
  std::optional<u64> timeout;
  std::vector<std::optional<Descriptor::Object>> pins;
  for (const Subscription& subscription : subscriptions) {
    P1_TRY(const Waiting one, subscribe(subscription, items));
    if (one.is_clock) {
      timeout = std::min(timeout.value_or(one.left), one.left);
    } else if (common_->threaded) {
      pins.push_back(pinned(subscription.id_or_fd));
    }
    waiting.push_back(one);
  }

  const u64 begin = host_nanos();
  P1_TRY(const WaitEnd end, wait_outside(items, timeout));
  if (end == WaitEnd::Interrupted) {
    interrupted_ = wait_interrupted_ = true;
    return Errno::Intr;
  }
  u64 passed = host_nanos() - begin;
  if (end == WaitEnd::Timeout) passed = std::max(passed, *timeout);

  u32 events = 0;
  for (const Waiting& one : waiting) {
    const WaitItem* item = one.is_clock ? nullptr : &items[one.item];
    if (one.is_clock ? one.left > passed : !item->ready) continue;
    TENON_TRY_VOID(memory.write(out + events * static_cast<u32>(sizeof(Event)), event_of(one, item)));
    ++events;
  }
  TENON_TRY_VOID(memory.write(stored, events));
  return Errno::Success;
}

}  // namespace tenon::wasi::p1
