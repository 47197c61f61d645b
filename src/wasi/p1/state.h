// P1State: the handlers of preview 1 and the descriptors they work on. One handler for each row of p1.def, with the core
// parameters as u32 and u64; an errno is the answer, an Error ends the guest's call.
#pragma once

#include <sys/uio.h>

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <variant>
#include <vector>

#include "tenon/wasi/common/config.h"
#include "tenon/wasi/common/guest_memory.h"
#include "tenon/wasi/p1/types.h"

namespace tenon::wasi::p1 {

/// What a guest's number stands for.
struct Descriptor {
  using Object = std::variant<std::shared_ptr<InputStream>, std::shared_ptr<OutputStream>, std::shared_ptr<File>,
                              std::shared_ptr<Directory>, std::shared_ptr<Socket>>;
  Object object;
  Rights base = 0;
  Rights inheriting = 0;
  bool nonblock = false;                    ///< streams only: the host's descriptor is shared and stays as it is
  std::optional<std::string> preopen_name;  ///< directories that were granted
};

/// Descriptors by number; a new one takes the lowest number that is free.
class DescriptorTable {
 public:
  explicit DescriptorTable(u64 limit) : limit_(limit) {}
  Descriptor* find(u32 fd) { return fd < slots_.size() && slots_[fd] ? &*slots_[fd] : nullptr; }
  /// Mfile when the table is full.
  Sys<u32> insert(Descriptor descriptor);
  /// Badf where there is none.
  Sys<Descriptor> remove(u32 fd);
  /// Puts what is at `from` in the place of what is at `to`; both must be there.
  Sys<> renumber(u32 from, u32 to);
  std::size_t size() const { return slots_.size() - free_.size(); }

 private:
  std::vector<std::optional<Descriptor>> slots_;
  std::set<u32> free_;
  u64 limit_;
};

/// A subscription of poll_oneoff that is waited for.
struct Waiting {
  Subscription subscription;
  Errno error = Errno::Success;
  bool is_clock = false;
  u64 left = 0;          ///< clocks: nanoseconds from the start of the wait
  std::size_t item = 0;  ///< others: index into the WaitItems
};

/// What all threads of a guest have in common.
struct Common {
  explicit Common(Config given);
  Config config;
  std::vector<std::string> environ;
  DescriptorTable descriptors;
  /// Held during each call, but not while one waits, once there are several threads.
  std::mutex mutex;
  bool threaded = false;
};

/// One thread's view of a guest's world.
class P1State {
  friend struct Preview0;

 public:
  explicit P1State(Config config) : P1State(std::make_shared<Common>(std::move(config))) {}
  /// Of another thread, over the same descriptors. From now on calls exclude each other, so that no call may be under way.
  std::unique_ptr<P1State> for_thread() {
    if (!common_->threaded) common_->threaded = true;  // others may be reading it, but only once it is set
    return std::unique_ptr<P1State>(new P1State(common_));
  }
  Sys<> add_grants();
  /// Around each call.
  void enter() {
    if (common_->threaded) lock_.lock();
  }
  void leave() {
    if (lock_.owns_lock()) lock_.unlock();
  }
  void flush();
  void interrupt() {
    if (config_.interrupter) config_.interrupter->interrupt();
  }
  /// Whether a wait of the last call was called off; asking clears it.
  bool take_interrupted() { return std::exchange(interrupted_, false); }
  /// Config::trace, or null.
  const std::function<void(std::string_view)>* tracer() const { return config_.trace ? &config_.trace : nullptr; }
  /// Whether any wait was.
  bool wait_interrupted() const { return wait_interrupted_; }

  using R = Result<Errno>;
  using M = GuestMemory&;
  R args_get(M, u32 argv, u32 argv_buf);
  R args_sizes_get(M, u32 count, u32 size);
  R environ_get(M, u32 environ, u32 environ_buf);
  R environ_sizes_get(M, u32 count, u32 size);
  R clock_res_get(M, u32 id, u32 out);
  R clock_time_get(M, u32 id, u64 precision, u32 out);
  R fd_advise(M, u32 fd, u64 offset, u64 size, u32 advice);
  R fd_allocate(M, u32 fd, u64 offset, u64 size);
  R fd_close(M, u32 fd);
  R fd_datasync(M, u32 fd);
  R fd_fdstat_get(M, u32 fd, u32 out);
  R fd_fdstat_set_flags(M, u32 fd, u32 flags);
  R fd_fdstat_set_rights(M, u32 fd, u64 base, u64 inheriting);
  R fd_filestat_get(M, u32 fd, u32 out);
  R fd_filestat_set_size(M, u32 fd, u64 size);
  R fd_filestat_set_times(M, u32 fd, u64 atim, u64 mtim, u32 flags);
  R fd_pread(M, u32 fd, u32 iovs, u32 count, u64 offset, u32 out);
  R fd_prestat_get(M, u32 fd, u32 out);
  R fd_prestat_dir_name(M, u32 fd, u32 path, u32 size);
  R fd_pwrite(M, u32 fd, u32 iovs, u32 count, u64 offset, u32 out);
  R fd_read(M, u32 fd, u32 iovs, u32 count, u32 out);
  R fd_readdir(M, u32 fd, u32 buf, u32 size, u64 cookie, u32 out);
  R fd_renumber(M, u32 from, u32 to);
  R fd_seek(M, u32 fd, u64 delta, u32 whence, u32 out);
  R fd_sync(M, u32 fd);
  R fd_tell(M, u32 fd, u32 out);
  R fd_write(M, u32 fd, u32 iovs, u32 count, u32 out);
  R path_create_directory(M, u32 fd, u32 path, u32 size);
  R path_filestat_get(M, u32 fd, u32 flags, u32 path, u32 size, u32 out);
  R path_filestat_set_times(M, u32 fd, u32 flags, u32 path, u32 size, u64 atim, u64 mtim, u32 fst_flags);
  R path_link(M, u32 old_fd, u32 old_flags, u32 old_path, u32 old_size, u32 new_fd, u32 new_path, u32 new_size);
  R path_open(M, u32 fd, u32 dirflags, u32 path, u32 size, u32 oflags, u64 base, u64 inheriting, u32 fdflags, u32 out);
  R path_readlink(M, u32 fd, u32 path, u32 size, u32 buf, u32 buf_size, u32 out);
  R path_remove_directory(M, u32 fd, u32 path, u32 size);
  R path_rename(M, u32 fd, u32 old_path, u32 old_size, u32 new_fd, u32 new_path, u32 new_size);
  R path_symlink(M, u32 old_path, u32 old_size, u32 fd, u32 new_path, u32 new_size);
  R path_unlink_file(M, u32 fd, u32 path, u32 size);
  R poll_oneoff(M, u32 in, u32 out, u32 count, u32 stored);
  R proc_exit(M, u32 status);
  R proc_raise(M, u32 signal);
  R sched_yield(M);
  R random_get(M, u32 buf, u32 size);
  R sock_accept(M, u32 fd, u32 flags, u32 out);
  R sock_recv(M, u32 fd, u32 iovs, u32 count, u32 flags, u32 out, u32 out_flags);
  R sock_send(M, u32 fd, u32 iovs, u32 count, u32 flags, u32 out);
  R sock_shutdown(M, u32 fd, u32 how);

 private:
  Sys<Filestat> filestat_of_fd(u32 fd);
  /// What path_filestat_get finds; an error ends the call.
  Result<Sys<Filestat>> filestat_of_path(M, u32 fd, u32 flags, u32 path, u32 size);

  // Descriptors by kind, with the rights that the call needs. Badf where `fd` is not of that kind, Notcapable where the guest
  // has given a right up.
  Sys<Descriptor*> descriptor(u32 fd, Rights needed = 0);
  Sys<File*> file(u32 fd, Rights needed);
  Sys<Directory*> directory(u32 fd, Rights needed);
  Sys<Socket*> socket(u32 fd, Rights needed);
  /// As file, but Spipe for streams and sockets.
  Sys<File*> seekable(u32 fd, Rights needed);

  /// Puts the guest's vectors into `vectors_`, empty ones left out, at most IOV_MAX of them.
  Result<Errno> gather(M, u32 iovs, u32 count);
  R read_into(M, u32 fd, std::optional<u64> offset, u32 out);
  R write_from(M, u32 fd, std::optional<u64> offset, u32 out);
  Sys<std::size_t> read_stream(InputStream& stream);
  Sys<std::size_t> write_stream(OutputStream& stream, bool nonblock);
  /// wasi::wait, while other threads may call.
  Sys<WaitEnd> wait_outside(std::span<WaitItem> items, std::optional<u64> timeout);
  /// Keeps what `fd` stands for while a call on it waits and other threads may close it.
  std::optional<Descriptor::Object> pinned(u32 fd) {
    const Descriptor* found = common_->threaded ? descriptors_.find(fd) : nullptr;
    return found != nullptr ? std::optional(found->object) : std::nullopt;
  }
  /// Waits until a descriptor of the host is ready, so that an interrupt can end the wait; Again when `nonblock`.
  Sys<> await(int host_fd, bool write, bool nonblock);
  /// Does `call` on a descriptor that does not block; while it answers Again, and the guest wants to wait, waits.
  template <class Call>
  std::invoke_result_t<const Call&> waiting(int host_fd, bool write, bool nonblock, const Call& call) {
    for (;;) {
      auto done = call();
      if (done || done.error() != Errno::Again || nonblock) return done;
      if (const auto ready = await(host_fd, write, false); !ready) return sys_fail(ready.error());
    }
  }
  /// Writes all of `vectors_`, as far as it does not fail in between; only once when `nonblock`.
  Sys<std::size_t> write_whole(int host_fd, bool nonblock, const std::function<Sys<std::size_t>()>& write);
  /// Receives until `vectors_` are full, or the stream ends.
  Sys<Socket::Received> receive_all(Socket& socket);

  /// poll_oneoff on subscriptions that have been read; the events' layout is the same in preview 0.
  R poll(M, std::span<const Subscription> subscriptions, u32 out, u32 stored);
  Sys<Waiting> subscribe(const Subscription& subscription, std::vector<WaitItem>& items);
  Event event_of(const Waiting& waiting, const WaitItem* item);

  R strings_get(M, const std::vector<std::string>& strings, u32 pointers, u32 buffer);
  R strings_sizes_get(M, const std::vector<std::string>& strings, u32 count, u32 size);

  explicit P1State(std::shared_ptr<Common> common)
      : common_(std::move(common)),
        config_(common_->config),
        environ_(common_->environ),
        descriptors_(common_->descriptors),
        lock_(common_->mutex, std::defer_lock) {}

  std::shared_ptr<Common> common_;
  Config& config_;
  const std::vector<std::string>& environ_;
  DescriptorTable& descriptors_;
  std::unique_lock<std::mutex> lock_;
  std::vector<iovec> vectors_;
  /// Set when a wait was called off; the handler's errno then does not reach the guest.
  bool interrupted_ = false;
  bool wait_interrupted_ = false;
};

/// The handlers of preview 0 (wasi_unstable): those that differ, by their own functions; all others are P1State's, found under
/// the same name.
struct Preview0 : P1State {
  static R fd_seek(P1State&, M, u32 fd, u64 delta, u32 whence, u32 out);
  static R fd_filestat_get(P1State&, M, u32 fd, u32 out);
  static R path_filestat_get(P1State&, M, u32 fd, u32 flags, u32 path, u32 size, u32 out);
  static R poll_oneoff(P1State&, M, u32 in, u32 out, u32 count, u32 stored);
};

/// A path as a guest gave it, copied; Ilseq, Nametoolong.
Result<Sys<std::string>> read_path(GuestMemory& memory, u32 at, u32 size);

/// The fields of a filestat.
Filestat filestat_of(const FileStat& stat);

/// What the fstflags make of one time; Inval where both ways are asked for.
Sys<NewTime> new_time(u64 value, bool set, bool now);

}  // namespace tenon::wasi::p1
