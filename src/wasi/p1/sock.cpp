// The functions on sockets. Guests cannot make any: they accept from those that they were given.
#include "tenon/spec/errors.h"
#include "wasi/p1/state.h"
#include "wasi/p1/try.h"

namespace tenon::wasi::p1 {

P1State::R P1State::sock_accept(M memory, u32 fd, u32 flags, u32 out) {
  if ((flags & ~u32{fdflags::kAll}) != 0) return Errno::Inval;
  P1_TRY(Socket * listener, socket(fd, rights::kSockAccept));
  if ((flags & ~u32{fdflags::kNonblock}) != 0) return Errno::Inval;
  const auto pin = pinned(fd);
  P1_TRY(std::shared_ptr<Socket> accepted,
         waiting(listener->fd(), false, listener->nonblock(), [&] { return listener->accept(); }));
  accepted->set_nonblock((flags & fdflags::kNonblock) != 0);
  P1_TRY(const u32 number, descriptors_.insert({std::move(accepted), rights::kAllSocket & ~rights::kSockAccept, 0, false, {}}));
  if (auto written = memory.write(out, number); !written) {
    (void)descriptors_.remove(number);
    return std::unexpected(std::move(written).error());
  }
  return Errno::Success;
}

P1State::R P1State::sock_recv(M memory, u32 fd, u32 iovs, u32 count, u32 flags, u32 out, u32 out_flags) {
  if ((flags & ~u32{riflags::kAll}) != 0) return Errno::Inval;
  P1_TRY(Socket * from, socket(fd, rights::kFdRead));
  TENON_TRY(const Errno gathered, gather(memory, iovs, count));
  if (gathered != Errno::Success) return gathered;
  const auto pin = pinned(fd);
  const bool peek = (flags & riflags::kPeek) != 0;
  const bool all = (flags & riflags::kWaitall) != 0 && !peek && !from->nonblock();
  P1_TRY(const Socket::Received received,
         all ? receive_all(*from) : waiting(from->fd(), false, from->nonblock(), [&] { return from->receive(vectors_, peek); }));
  TENON_TRY_VOID(memory.write(out, static_cast<u32>(received.size)));
  TENON_TRY_VOID(memory.write(out_flags, received.truncated ? roflags::kDataTruncated : u16{0}));
  return Errno::Success;
}

P1State::R P1State::sock_send(M memory, u32 fd, u32 iovs, u32 count, u32 flags, u32 out) {
  P1_TRY(Socket * to, socket(fd, rights::kFdWrite));
  if (flags != 0) return Errno::Inval;
  TENON_TRY(const Errno gathered, gather(memory, iovs, count));
  if (gathered != Errno::Success) return gathered;
  const auto pin = pinned(fd);
  P1_TRY(const std::size_t sent, write_whole(to->fd(), to->nonblock(), [&] { return to->send(vectors_); }));
  TENON_TRY_VOID(memory.write(out, static_cast<u32>(sent)));
  return Errno::Success;
}

P1State::R P1State::sock_shutdown(M, u32 fd, u32 how) {
  if ((how & ~u32{sdflags::kAll}) != 0) return Errno::Inval;
  P1_TRY(Socket * found, socket(fd, rights::kSockShutdown));
  P1_CHECK(found->shutdown((how & sdflags::kRd) != 0, (how & sdflags::kWr) != 0));
  return Errno::Success;
}

}  // namespace tenon::wasi::p1
