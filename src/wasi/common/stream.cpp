#include "tenon/wasi/common/stream.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tenon/base/utf8.h"

namespace tenon::wasi {
namespace {

/// Most bytes that pass the terminal filter at a time.
constexpr std::size_t kFilterChunk = 16 << 10;

/// Whether reads and writes of a descriptor may have to wait.
bool may_wait(int fd) {
  struct stat info;
  return fstat(fd, &info) != 0 || !S_ISREG(info.st_mode);
}

class FdInput final : public InputStream {
 public:
  explicit FdInput(int fd) : fd_(fd), terminal_(isatty(fd) == 1), waits_(may_wait(fd)) {}

  Sys<std::size_t> read(std::span<u8> out) override {
    if (out.empty()) return 0;
    for (;;) {
      const ssize_t got = ::read(fd_, out.data(), std::min<std::size_t>(out.size(), 1 << 30));
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EAGAIN) {
        pollfd waiting{fd_, POLLIN, 0};
        poll(&waiting, 1, -1);
      } else if (errno != EINTR) {
        return sys_fail(last_errno());
      }
    }
  }
  u64 available() const override {
    int count = 0;
    return ioctl(fd_, FIONREAD, &count) == 0 && count > 0 ? static_cast<u64>(count) : 1;
  }
  int wait_fd() const override { return waits_ ? fd_ : -1; }
  bool is_terminal() const override { return terminal_; }

 private:
  int fd_;
  bool terminal_;
  bool waits_;
};

class FdOutput final : public OutputStream {
 public:
  FdOutput(int fd, TerminalFilter filter)
      : fd_(fd), terminal_(isatty(fd) == 1), waits_(may_wait(fd)), filters_(terminal_ && filter == TerminalFilter::On) {}
  ~FdOutput() override {
    std::string rest;
    text_.finish(rest);
    if (!rest.empty()) (void)write_all(as_bytes(rest));
  }

  Sys<std::size_t> write(Bytes bytes) override {
    if (!filters_) return write_all(bytes);
    std::size_t done = 0;
    std::string visible;
    while (done < bytes.size()) {
      const Bytes chunk = bytes.subspan(done, std::min(bytes.size() - done, kFilterChunk));
      visible.clear();
      text_.filter(chunk, visible);
      if (auto written = write_all(as_bytes(visible)); !written) return done > 0 ? Sys<std::size_t>(done) : written;
      done += chunk.size();
    }
    return done;
  }
  int wait_fd() const override { return waits_ ? fd_ : -1; }
  bool is_terminal() const override { return terminal_; }

 private:
  Sys<std::size_t> write_all(Bytes bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t put = ::write(fd_, bytes.data() + done, std::min<std::size_t>(bytes.size() - done, 1 << 30));
      if (put >= 0) {
        done += static_cast<std::size_t>(put);
      } else if (errno == EAGAIN) {
        pollfd waiting{fd_, POLLOUT, 0};
        poll(&waiting, 1, -1);
      } else if (errno != EINTR) {
        if (done > 0) break;
        return sys_fail(last_errno());
      }
    }
    return done;
  }
  int fd_;
  bool terminal_;
  bool waits_;
  bool filters_;
  TerminalText text_;
};

class NullInput final : public InputStream {
 public:
  Sys<std::size_t> read(std::span<u8>) override { return 0; }
  u64 available() const override { return 0; }
};

class NullOutput final : public OutputStream {
 public:
  Sys<std::size_t> write(Bytes bytes) override { return bytes.size(); }
};

class BufferInput final : public InputStream {
 public:
  explicit BufferInput(std::string contents) : contents_(std::move(contents)) {}
  Sys<std::size_t> read(std::span<u8> out) override {
    const std::size_t count = std::min(out.size(), contents_.size() - position_);
    if (count > 0) std::memcpy(out.data(), contents_.data() + position_, count);
    position_ += count;
    return count;
  }
  u64 available() const override { return contents_.size() - position_; }

 private:
  std::string contents_;
  std::size_t position_ = 0;
};

/// Bytes that the sequence beginning with `lead` has; 1 for what cannot begin one.
std::size_t sequence_length(u8 lead) {
  return lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? (lead < 0xf0 ? 3 : 1) : lead >= 0xc2 ? 2 : 1;
}

void append_visible(char32_t scalar, std::string& out) {
  const bool passes = scalar == '\n' || scalar == '\t' || scalar == '\r';
  if (scalar < 0x20 && !passes) {
    scalar += 0x2400;
  } else if (scalar == 0x7f) {
    scalar = 0x2421;
  } else if (scalar >= 0x80 && scalar < 0xa0) {
    scalar = 0xfffd;
  }
  append_utf8(out, scalar);
}

}  // namespace

void TerminalText::filter(Bytes bytes, std::string& out) {
  for (std::size_t i = 0; i < bytes.size();) {
    if (pending_size_ == 0 && bytes[i] < 0x80) {
      append_visible(bytes[i++], out);
      continue;
    }
    pending_[pending_size_++] = bytes[i++];
    const std::size_t wanted = sequence_length(pending_[0]);
    const bool continues = pending_size_ == 1 || (pending_[pending_size_ - 1] & 0xc0) == 0x80;
    if (continues && pending_size_ < wanted) continue;
    std::size_t pos = 0;
    const auto scalar = continues ? decode_utf8(Bytes(pending_, pending_size_), pos) : std::nullopt;
    if (scalar) {
      append_visible(*scalar, out);
    } else {
      append_utf8(out, 0xfffd);
      // What broke the sequence may begin the next one.
      if (!continues) --i;
    }
    pending_size_ = 0;
  }
}

void TerminalText::finish(std::string& out) {
  if (pending_size_ > 0) append_utf8(out, 0xfffd);
  pending_size_ = 0;
}

Sys<std::size_t> BufferOutput::write(Bytes bytes) {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min(bytes.size(), limit_ - contents_.size());
  if (count == 0 && !bytes.empty()) return sys_fail(Errno::Nospc);
  contents_.append(as_text(bytes.first(count)));
  return count;
}

std::string BufferOutput::contents() const {
  const std::lock_guard lock(mutex_);
  return contents_;
}

std::shared_ptr<InputStream> inherit_stdin() {
  return fd_input(STDIN_FILENO);
}
std::shared_ptr<OutputStream> inherit_stdout(TerminalFilter filter) {
  return fd_output(STDOUT_FILENO, filter);
}
std::shared_ptr<OutputStream> inherit_stderr(TerminalFilter filter) {
  return fd_output(STDERR_FILENO, filter);
}
std::shared_ptr<InputStream> fd_input(int fd) {
  return std::make_shared<FdInput>(fd);
}
std::shared_ptr<OutputStream> fd_output(int fd, TerminalFilter filter) {
  return std::make_shared<FdOutput>(fd, filter);
}
std::shared_ptr<InputStream> null_input() {
  return std::make_shared<NullInput>();
}
std::shared_ptr<OutputStream> null_output() {
  return std::make_shared<NullOutput>();
}
std::shared_ptr<InputStream> buffer_input(std::string contents) {
  return std::make_shared<BufferInput>(std::move(contents));
}

}  // namespace tenon::wasi
