// Sockets that the host made and gave to a guest: listening ones to accept from, connected ones to talk over.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>

#include "tenon/wasi/common/errno.h"
#include "tenon/wasi/common/unique_fd.h"

namespace tenon::wasi {

/// A stream socket. One thread at a time. All fail as the host's calls of the same names do. The host's descriptor never blocks:
/// calls answer Again instead, and who wants to wait polls it.
class Socket {
 public:
  /// Makes the descriptor non-blocking, for all who share it.
  explicit Socket(UniqueFd fd);
  int fd() const { return fd_.get(); }

  Sys<std::shared_ptr<Socket>> accept();
  struct Received {
    std::size_t size;
    bool truncated;
  };
  Sys<Received> receive(std::span<const iovec> buffers, bool peek);
  Sys<std::size_t> send(std::span<const iovec> buffers);
  Sys<> shutdown(bool read, bool write);
  /// Whether the guest wants Again instead of waiting.
  bool nonblock() const { return nonblock_; }
  void set_nonblock(bool on) { nonblock_ = on; }

 private:
  UniqueFd fd_;
  bool nonblock_ = false;
};

}  // namespace tenon::wasi
