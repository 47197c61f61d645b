// Sockets that the host made and gave to a guest: listening ones to accept from, connected ones to talk over.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>

#include "tenon/wasi/common/errno.h"
#include "tenon/wasi/common/unique_fd.h"

namespace tenon::wasi {

/// A stream socket. One thread at a time. All fail as the host's calls of the same names do.
class Socket {
 public:
  explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}
  int fd() const { return fd_.get(); }

  Sys<std::shared_ptr<Socket>> accept(bool nonblock);
  struct Received {
    std::size_t size;
    bool truncated;
  };
  Sys<Received> receive(std::span<const iovec> buffers, bool peek, bool wait_all);
  Sys<std::size_t> send(std::span<const iovec> buffers);
  Sys<> shutdown(bool read, bool write);
  Sys<bool> nonblock() const;
  Sys<> set_nonblock(bool on);

 private:
  UniqueFd fd_;
};

}  // namespace tenon::wasi
