// Logging, off unless the environment asks for it: TENON_LOG or WASMTIME_LOG, as `LEVEL` or `TARGET=LEVEL` with commas between.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tenon/base/types.h"

namespace tenon::cli {

enum class LogLevel : u8 { Off, Error, Warn, Info, Debug, Trace };

/// What is logged, and where to.
class Logging {
 public:
  /// From the environment. With `to_files` lines go to `tenon.dbg.main` in the working directory.
  Logging(bool enabled, bool to_files);
  ~Logging();
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;

  bool wants(std::string_view target, LogLevel level) const;
  void write(std::string_view target, LogLevel level, std::string_view text);
  /// A function that writes lines, or none where they are not wanted.
  std::function<void(std::string_view)> writer(std::string_view target, LogLevel level);

 private:
  std::string directives_;
  bool to_files_;
  int file_ = -1;
};

}  // namespace tenon::cli
