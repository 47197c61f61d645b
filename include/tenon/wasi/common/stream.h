// Byte streams between guests and the host: standard input, output and error, buffers, nothing. Not files: those have offsets.
//
// A write to a pipe or socket that nobody reads raises SIGPIPE unless the process ignores it; the library does not touch signal
// dispositions, the program does.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "tenon/wasi/common/errno.h"

namespace tenon::wasi {

/// Where bytes come from. Used by one thread at a time.
class InputStream {
 public:
  virtual ~InputStream() = default;
  /// Reads at least one byte, or returns 0 at the end; waits for them unless `wait_fd` says how to wait.
  virtual Sys<std::size_t> read(std::span<u8> out) = 0;
  /// Bytes that a read would give at once, as far as that is known.
  virtual u64 available() const { return 1; }
  /// A descriptor of the host to poll for input; -1 when a read never waits.
  virtual int wait_fd() const { return -1; }
  virtual bool is_terminal() const { return false; }
};

/// Where bytes go. Used by one thread at a time.
class OutputStream {
 public:
  virtual ~OutputStream() = default;
  /// Writes all of `bytes`, or as many as went out before an error; fails only when none did.
  virtual Sys<std::size_t> write(Bytes bytes) = 0;
  virtual Sys<> flush() { return {}; }
  /// A descriptor of the host to poll for room; -1 when a write never waits.
  virtual int wait_fd() const { return -1; }
  virtual bool is_terminal() const { return false; }
};

/// Whether bytes for a terminal pass a filter that shows control characters instead of obeying them.
enum class TerminalFilter : u8 { Off, On };

/// The process's own streams. The descriptor is borrowed and stays open.
std::shared_ptr<InputStream> inherit_stdin();
std::shared_ptr<OutputStream> inherit_stdout(TerminalFilter filter);
std::shared_ptr<OutputStream> inherit_stderr(TerminalFilter filter);

/// Streams over a borrowed descriptor of the host.
std::shared_ptr<InputStream> fd_input(int fd);
std::shared_ptr<OutputStream> fd_output(int fd, TerminalFilter filter);

/// Always at its end.
std::shared_ptr<InputStream> null_input();
/// Forgets what is written.
std::shared_ptr<OutputStream> null_output();

/// Gives `contents`, then ends.
std::shared_ptr<InputStream> buffer_input(std::string contents);

/// Keeps what is written, up to `limit` bytes; then writes fail with Nospc.
class BufferOutput final : public OutputStream {
 public:
  explicit BufferOutput(std::size_t limit = std::size_t{1} << 20) : limit_(limit) {}
  Sys<std::size_t> write(Bytes bytes) override;
  /// What has been written so far. Any thread.
  std::string contents() const;

 private:
  mutable std::mutex mutex_;
  std::string contents_;
  std::size_t limit_;
};

/// Makes control characters visible: C0 controls but tab, newline and carriage return, and delete, become the pictures of block
/// U+2400; C1 controls and malformed UTF-8 become U+FFFD. A sequence may be split over calls.
class TerminalText {
 public:
  /// Appends the visible form of `bytes` to `out`.
  void filter(Bytes bytes, std::string& out);
  /// Appends the form of a sequence that was left unfinished.
  void finish(std::string& out);

 private:
  u8 pending_[4] = {};
  std::size_t pending_size_ = 0;
};

}  // namespace tenon::wasi
