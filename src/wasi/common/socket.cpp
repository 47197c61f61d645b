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

Socket::Socket(UniqueFd fd) : fd_(std::move(fd)) {
  const int flags = fcntl(fd_.get(), F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
}

Sys<std::shared_ptr<Socket>> Socket::accept() {
  int fd;
  do {
    fd = accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return sys_fail(last_errno());
  return std::make_shared<Socket>(UniqueFd(fd));
}

Sys<Socket::Received> Socket::receive(std::span<const iovec> buffers, bool peek) {
  msghdr header = message(buffers);
  ssize_t count;
  do {
    count = recvmsg(fd_.get(), &header, MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return sys_fail(last_errno());
  return Received{static_cast<std::size_t>(count), (header.msg_flags & MSG_TRUNC) != 0};
}

Sys<std::size_t> Socket::send(std::span<const iovec> buffers) {
  const msghdr header = message(buffers);
  ssize_t count;
  do {
    count = sendmsg(fd_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return sys_fail(last_errno());
  return static_cast<std::size_t>(count);
}

Sys<> Socket::shutdown(bool read, bool write) {
  if (!read && !write) return sys_fail(Errno::Inval);
  if (::shutdown(fd_.get(), read && write ? SHUT_RDWR : read ? SHUT_RD : SHUT_WR) != 0) return sys_fail(last_errno());
  return {};
}

}  // namespace tenon::wasi
