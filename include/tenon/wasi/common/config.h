// Config: everything that a guest is given. What is not granted here the guest does not have.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tenon/spec/limits.h"
#include "tenon/wasi/common/clock.h"
#include "tenon/wasi/common/filesystem.h"
#include "tenon/wasi/common/poll.h"
#include "tenon/wasi/common/random.h"
#include "tenon/wasi/common/socket.h"
#include "tenon/wasi/common/stream.h"

namespace tenon::wasi {

/// Grants. The defaults: no arguments, no environment, streams that are empty and forget, no directories, the host's clocks,
/// secure random bytes.
struct Config {
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::shared_ptr<InputStream> in = null_input();
  std::shared_ptr<OutputStream> out = null_output();
  std::shared_ptr<OutputStream> err = null_output();

  struct Preopen {
    std::shared_ptr<Directory> directory;
    std::string guest_name;  ///< what the guest calls it; need not be the host's name
  };
  std::vector<Preopen> preopens;
  std::vector<std::shared_ptr<Socket>> sockets;

  std::unique_ptr<Clocks> clocks = host_clocks();
  std::unique_ptr<Random> random = secure_random();
  /// Ends waits from other threads; may be null.
  std::shared_ptr<Interrupter> interrupter;

  /// Told of every call and how it ended, if set: "fd_close(3) -> badf".
  std::function<void(std::string_view)> trace;

  u64 max_random_bytes = limits::kRandomBytes;
  u64 max_hostcall_bytes = limits::kHostcallBytes;
  u64 max_descriptors = limits::kWasiDescriptors;
};

}  // namespace tenon::wasi
