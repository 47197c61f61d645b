#include "tenon/wasi/common/errno.h"

#include <cerrno>

namespace tenon::wasi {

Errno errno_of_host(int host) {
  static constexpr int kHost[] = {
#define ERRNO(Name, name, host) host,
#include "tenon/wasi/common/wasi_errno.def"
  };
  if (host != 0)
    for (std::size_t i = 0; i < std::size(kHost); ++i)
      if (kHost[i] == host) return static_cast<Errno>(i);
  return Errno::Io;
}

Errno last_errno() {
  return errno_of_host(errno);
}

}  // namespace tenon::wasi
