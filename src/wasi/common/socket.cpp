#include "tenon/wasi/common/socket.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tenon::wasi {
namespace {

msghdr message(std::span<const iovec> buffers) {
  msghdr out{};
  // SAFETY: sendmsg and recvmsg do not write to the vectors themselves; msghdr only lacks the const.
  out.msg_iov = const_cast<iovec*>(buffers.data());
  out.msg_iovlen = std::min<std::size_t>(buffers.size(), IOV_MAX);
  return out;
}

}  // namespace

Sys<std::shared_ptr<Socket>> Socket::accept(bool nonblock) {
  int fd;
  do {
    fd = accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0));
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return sys_fail(last_errno());
  return std::make_shared<Socket>(UniqueFd(fd));
}

Sys<Socket::Received> Socket::receive(std::span<const iovec> buffers, bool peek, bool wait_all) {
  msghdr header = message(buffers);
  ssize_t count;
  do {
    count = recvmsg(fd_.get(), &header, (peek ? MSG_PEEK : 0) | (wait_all ? MSG_WAITALL : 0));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return sys_fail(last_errno());
  return Received{static_cast<std::size_t>(count), (header.msg_flags & MSG_TRUNC) != 0};
}

Sys<std::size_t> Socket::send(std::span<const iovec> buffers) {
  const msghdr header = message(buffers);
  ssize_t count;
  do {
    count = sendmsg(fd_.get(), &header, MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return sys_fail(last_errno());
  return static_cast<std::size_t>(count);
}

Sys<> Socket::shutdown(bool read, bool write) {
  if (!read && !write) return sys_fail(Errno::Inval);
  if (::shutdown(fd_.get(), read && write ? SHUT_RDWR : read ? SHUT_RD : SHUT_WR) != 0) return sys_fail(last_errno());
  return {};
}

Sys<bool> Socket::nonblock() const {
  const int flags = fcntl(fd_.get(), F_GETFL);
  if (flags < 0) return sys_fail(last_errno());
  return (flags & O_NONBLOCK) != 0;
}

Sys<> Socket::set_nonblock(bool on) {
  const int flags = fcntl(fd_.get(), F_GETFL);
  if (flags < 0 || fcntl(fd_.get(), F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != 0) return sys_fail(last_errno());
  return {};
}

}  // namespace tenon::wasi
