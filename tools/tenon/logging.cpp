#include "logging.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace tenon::cli {
namespace {

constexpr std::string_view kLevels[] = {"off", "error", "warn", "info", "debug", "trace"};
constexpr std::string_view kShown[] = {"OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"};

LogLevel level_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kLevels); ++i)
    if (word == kLevels[i]) return static_cast<LogLevel>(i);
  return LogLevel::Off;
}

}  // namespace

Logging::Logging(bool enabled, bool to_files) : to_files_(to_files) {
  if (!enabled) return;
  for (const char* variable : {"TENON_LOG", "WASMTIME_LOG"}) {
    if (const char* value = std::getenv(variable); value != nullptr) {
      directives_ = value;
      return;
    }
  }
}

Logging::~Logging() {
  if (file_ >= 0) ::close(file_);
}

bool Logging::wants(std::string_view target, LogLevel level) const {
  std::string_view rest = directives_;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos) {
      if (level_of(one) >= level) return true;
      // A target alone means all of it.
      if (one == target) return true;
    } else if (target.starts_with(one.substr(0, equals)) && level_of(one.substr(equals + 1)) >= level) {
      return true;
    }
  }
  return false;
}

void Logging::write(std::string_view target, LogLevel level, std::string_view text) {
  const auto now = std::chrono::system_clock::now();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1'000'000;
  std::string line;
  if (std::getenv("WASMTIME_LOG_NO_CONTEXT") == nullptr) {
    line = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z {:>5} {}: ", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), micros,
                       kShown[static_cast<u8>(level)], target);
  }
  line += text;
  line += '\n';
  if (to_files_ && file_ < 0) file_ = ::open("tenon.dbg.main", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  [[maybe_unused]] const auto written = ::write(to_files_ && file_ >= 0 ? file_ : STDERR_FILENO, line.data(), line.size());
}

std::function<void(std::string_view)> Logging::writer(std::string_view target, LogLevel level) {
  if (!wants(target, level)) return nullptr;
  return [this, target, level](std::string_view text) { write(target, level, text); };
}

}  // namespace tenon::cli
