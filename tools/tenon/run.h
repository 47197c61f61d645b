// What `tenon run` was asked for, and the grants that follow from it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "options.h"
#include "tenon/wasi/common/config.h"

namespace tenon::cli {

struct RunRequest {
  struct Dir {
    std::string host, guest;
    wasi::FsPerms perms;
  };
  struct Profile {
    std::string path = "wasmtime-guest-profile.json";
    std::chrono::nanoseconds interval = std::chrono::milliseconds(10);
  };
  Options options;
  std::string config;  ///< of --config, or empty
  bool allow_precompiled = false;
  std::optional<Profile> profile;
  std::vector<Dir> dirs;
  std::vector<std::pair<std::string, std::optional<std::string>>> env;
  std::optional<std::string> invoke;
  std::vector<std::pair<std::string, std::string>> preloads;  ///< name, path
  std::optional<std::string> argv0;
  std::vector<std::string> program;  ///< the module and its arguments
  std::string answer;                ///< what to print instead of running
  Tool tool = Tool::Tenon;
};

/// What the guest is given of the system. Fails with Usage or Io, in the words that scripts know.
Result<wasi::Config> make_wasi(const RunRequest& request);

}  // namespace tenon::cli
