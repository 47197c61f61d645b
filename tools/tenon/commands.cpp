// What subcommands share: reading input, writing output, and errors in the forms that scripts match.
#include "commands.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tenon/spec/errors.h"

namespace tenon::cli {
namespace {

ErrorColor error_color = ErrorColor::Auto;

// Closes a descriptor that it owns.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd > 2) ::close(fd);
  }
};

// Large files are read into large pages, which saves most of the time that touching fresh memory takes.
void advise_large_pages(u8* begin, std::size_t size) {
  constexpr std::size_t kLarge = std::size_t{2} << 20;
  std::size_t skip = (kLarge - std::bit_cast<std::size_t>(begin) % kLarge) % kLarge;
  if (size >= skip + kLarge) ::madvise(begin + skip, (size - skip) / kLarge * kLarge, MADV_HUGEPAGE);
}

/// What there is to read, at most as much as fits; 0 at the end.
Result<std::size_t> read_some(int fd, std::span<u8> into) {
  for (;;) {
    const ssize_t got = ::read(fd, into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(ErrorCode::Io, os_error(errno));
  }
}

Result<std::vector<u8>> read_all(int fd) {
  constexpr std::size_t kPiece = 256 << 10;  // cleared and read while it is in the cache
  std::vector<u8> bytes;
  struct stat status;
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    bytes.reserve(static_cast<std::size_t>(status.st_size) + 1);  // one more, so that finding the end needs no growth
    advise_large_pages(bytes.data(), bytes.capacity());
  }
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) {
      std::size_t room = bytes.capacity() - used;
      bytes.resize(used + (room ? std::min(room, kPiece) : std::max(used, kPiece)));
    }
    TENON_TRY(const std::size_t got, read_some(fd, std::span(bytes).subspan(used)));
    if (got == 0) break;
    used += got;
  }
  bytes.resize(used);
  return bytes;
}

Result<> write_all(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(ErrorCode::Io, os_error(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

bool is_standard(std::string_view path) {
  return path.empty() || path == "-";
}

std::unexpected<Error> with_cause(Error cause, std::string what) {
  return std::unexpected<Error>(std::move(cause).with_context(std::move(what)));
}

}  // namespace

std::string os_error(int code) {
  return fmt::format("{} (os error {})", std::strerror(code), code);
}

std::string_view input_name(std::string_view path) {
  return is_standard(path) ? "<stdin>" : path;
}

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

Result<std::vector<u8>> read_input(std::string_view path) {
  if (is_standard(path)) {
    auto bytes = read_all(STDIN_FILENO);
    if (!bytes) return with_cause(std::move(bytes).error(), "failed to read from `<stdin>`");
    return bytes;
  }
  std::string what = fmt::format("failed to read from `{}`", path);
  Descriptor file{::open(std::string(path).c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return with_cause(Error(ErrorCode::Io, os_error(errno)), std::move(what));
  auto bytes = read_all(file.fd);
  if (!bytes) return with_cause(std::move(bytes).error(), std::move(what));
  return bytes;
}

bool stream_file(std::string_view path, std::size_t piece, const std::function<bool(Bytes)>& take) {
  if (is_standard(path)) return false;
  const std::string name(path);
  struct stat status;
  // A FIFO that is opened and closed again would break its writer.
  if (::stat(name.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  Descriptor file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return false;
  std::vector<u8> buffer(std::min(piece, static_cast<std::size_t>(status.st_size) + 1));
  for (;;) {
    auto got = read_some(file.fd, buffer);
    if (!got) return false;
    if (*got == 0) return true;
    if (!take(Bytes(buffer).first(*got))) return false;
  }
}

Result<> write_output(std::string_view path, Bytes bytes) {
  if (path.empty()) {
    if (auto done = write_all(STDOUT_FILENO, bytes); !done)
      return with_cause(std::move(done).error(), "failed to write to stdout");
    return {};
  }
  std::string what = fmt::format("failed to write `{}`", path);
  Descriptor file{::open(std::string(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  if (file.fd < 0) return with_cause(Error(ErrorCode::Io, os_error(errno)), std::move(what));
  if (auto done = write_all(file.fd, bytes); !done) return with_cause(std::move(done).error(), std::move(what));
  return {};
}

Result<> write_output(std::string_view path, std::string_view text) {
  return write_output(path, as_bytes(text));
}

bool terminal_has_color(int fd) {
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal(fd) && term && std::string_view(term) != "dumb" && !no_color;
}

void set_error_color(ErrorColor color) {
  error_color = color;
}

int report(const Error& error) {
  const auto& context = error.context();
  bool color = error_color == ErrorColor::Always || (error_color == ErrorColor::Auto && terminal_has_color(2));
  std::string out = color ? "\x1b[0m\x1b[1m\x1b[31merror\x1b[0m\x1b[1m: " : "error: ";
  std::string first = context.empty() ? error.to_string() : context.back();
  // Only the first line is bold.
  std::size_t end_of_line = std::min(first.find('\n'), first.size());
  out += first.substr(0, end_of_line) + "\n";
  if (color) out += "\x1b[0m";
  if (end_of_line < first.size()) out += first.substr(end_of_line + 1) + "\n";
  if (!context.empty()) {
    out += "\nCaused by:\n";
    std::size_t number = 0;
    auto cause = [&](std::string_view text) {
      fmt::format_to(std::back_inserter(out), "{:>5}: ", number++);
      for (char c : text) {
        out += c;
        if (c == '\n') out.append(7, ' ');
      }
      out += '\n';
    };
    for (std::size_t i = context.size() - 1; i-- > 0;) cause(context[i]);
    cause(error.to_string());
  }
  std::fwrite(out.data(), 1, out.size(), stderr);
  return kExitFailure;
}

int report_usage(std::string_view message, std::string_view usage) {
  std::string out = fmt::format("error: {}\n\n", message);
  if (!usage.empty()) out += fmt::format("Usage: {}\n\n", usage);
  out += "For more information, try '--help'.\n";
  std::fwrite(out.data(), 1, out.size(), stderr);
  return kExitUsage;
}

}  // namespace tenon::cli
