// Preview 0 (wasi_unstable): what differs from preview 1. Its functions are those of preview 1 but sock_accept; other layouts
// have whence, filestat and subscriptions.
#include <cstring>

#include "tenon/spec/errors.h"
#include "wasi/p1/state.h"
#include "wasi/p1/try.h"

namespace tenon::wasi::p1 {
namespace {

preview0::Filestat older(const Filestat& stat) {
  preview0::Filestat out;
  out.dev = stat.dev;
  out.ino = stat.ino;
  out.filetype = stat.filetype;
  out.nlink = static_cast<u32>(std::min<u64>(stat.nlink, UINT32_MAX));
  out.size = stat.size;
  out.atim = stat.atim;
  out.mtim = stat.mtim;
  out.ctim = stat.ctim;
  return out;
}

Subscription newer(const preview0::Subscription& subscription) {
  Subscription out{};
  out.userdata = subscription.userdata;
  out.tag = subscription.tag;
  const bool clock = subscription.tag == static_cast<u8>(EventType::Clock);
  out.id_or_fd = clock ? subscription.id : static_cast<u32>(subscription.identifier_or_fd);
  out.timeout = subscription.timeout;
  out.precision = subscription.precision;
  out.flags = subscription.flags;
  return out;
}

}  // namespace

P1State::R Preview0::fd_seek(P1State& state, M memory, u32 fd, u64 delta, u32 whence, u32 out) {
  if (whence > preview0::kWhenceSet) return Errno::Inval;
  const Whence from = whence == preview0::kWhenceCur ? Whence::Cur : whence == preview0::kWhenceEnd ? Whence::End : Whence::Set;
  return state.fd_seek(memory, fd, delta, static_cast<u32>(from), out);
}

P1State::R Preview0::fd_filestat_get(P1State& state, M memory, u32 fd, u32 out) {
  P1_TRY(const Filestat stat, state.filestat_of_fd(fd));
  TENON_TRY_VOID(memory.write(out, older(stat)));
  return Errno::Success;
}

P1State::R Preview0::path_filestat_get(P1State& state, M memory, u32 fd, u32 flags, u32 path, u32 size, u32 out) {
  TENON_TRY(const Sys<Filestat> found, state.filestat_of_path(memory, fd, flags, path, size));
  P1_TRY(const Filestat stat, found);
  TENON_TRY_VOID(memory.write(out, older(stat)));
  return Errno::Success;
}

P1State::R Preview0::poll_oneoff(P1State& state, M memory, u32 in, u32 out, u32 count, u32 stored) {
  if (count == 0) return Errno::Inval;
  using Older = preview0::Subscription;
  TENON_TRY(const std::span<u8> subscriptions, memory.range(in, u64{count} * sizeof(Older), alignof(Older)));
  TENON_TRY_VOID(memory.range(out, u64{count} * sizeof(Event), alignof(Event)));
  TENON_TRY_VOID(memory.range(stored, sizeof(u32), alignof(u32)));
  if (count > limits::kWasiSubscriptions) return Errno::Nomem;
  std::vector<Subscription> converted;
  converted.reserve(count);
  for (u32 i = 0; i < count; ++i) {
    converted.push_back(newer(racy_load<Older>(subscriptions.data() + u64{i} * sizeof(Older))));
  }
  return state.poll(memory, converted, out, stored);
}

}  // namespace tenon::wasi::p1
