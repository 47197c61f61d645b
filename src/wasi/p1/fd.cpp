// The functions on open descriptors.
#include <limits.h>

#include <algorithm>

#include "tenon/spec/errors.h"
#include "wasi/p1/state.h"
#include "wasi/p1/try.h"

namespace tenon::wasi::p1 {
namespace {

/// Most bytes that are copied together so that a small write of several vectors reaches a stream whole.
constexpr std::size_t kGatherBytes = 64 << 10;

FileType type_of(bool terminal) {
  return terminal ? FileType::CharacterDevice : FileType::Unknown;
}

/// What a pipe takes at once when it says that it has room.
constexpr std::size_t kPipeBytes = PIPE_BUF;

/// The type of what is not a file or directory.
FileType type_of(const Descriptor& descriptor) {
  if (const auto* in = std::get_if<std::shared_ptr<InputStream>>(&descriptor.object)) return type_of((*in)->is_terminal());
  if (const auto* out = std::get_if<std::shared_ptr<OutputStream>>(&descriptor.object)) return type_of((*out)->is_terminal());
  return FileType::SocketStream;
}

/// Leaves out the first `count` bytes.
void advance(std::vector<iovec>& vectors, std::size_t count) {
  std::size_t whole = 0;
  while (whole < vectors.size() && count >= vectors[whole].iov_len) count -= vectors[whole++].iov_len;
  vectors.erase(vectors.begin(), vectors.begin() + static_cast<std::ptrdiff_t>(whole));
  if (count == 0 || vectors.empty()) return;
  vectors[0].iov_base = static_cast<u8*>(vectors[0].iov_base) + count;
  vectors[0].iov_len -= count;
}

std::size_t total_size(std::span<const iovec> vectors) {
  std::size_t total = 0;
  for (const iovec& vector : vectors) total += vector.iov_len;
  return total;
}

}  // namespace

Filestat filestat_of(const FileStat& stat) {
  Filestat out;
  out.dev = stat.device;
  out.ino = stat.inode;
  out.filetype = static_cast<u8>(stat.type);
  out.nlink = stat.links;
  out.size = stat.size;
  out.atim = stat.accessed;
  out.mtim = stat.modified;
  out.ctim = stat.changed;
  return out;
}

Sys<NewTime> new_time(u64 value, bool set, bool now) {
  if (set && now) return sys_fail(Errno::Inval);
  if (set) return NewTime{NewTime::Kind::At, value};
  return NewTime{now ? NewTime::Kind::Now : NewTime::Kind::Keep, 0};
}

// --------------------------------------------------------------------------------------------------- reading, writing

P1State::R P1State::gather(M memory, u32 iovs, u32 count) {
  vectors_.clear();
  u64 bytes = 0;
  for (u32 i = 0; i < count && vectors_.size() < IOV_MAX; ++i) {
    // Reading stops before it becomes work that the guest does not pay for.
    if ((u64{i} + 1) * 8 > config_.max_hostcall_bytes) return Errno::Nomem;
    TENON_TRY(const u32 at, GuestMemory::element(iovs, i, 8));
    TENON_TRY(const u32 start, memory.read<u32>(at));
    TENON_TRY(const u32 size_at, GuestMemory::element(at, 4, 1));
    TENON_TRY(const u32 size, memory.read<u32>(size_at));
    if (size == 0) continue;
    TENON_TRY(const std::span<u8> target, memory.range(start, size));
    bytes += size;
    if (bytes > config_.max_hostcall_bytes) {
      // A transfer may be shorter than what was asked for, but for its first vector.
      if (vectors_.empty()) return Errno::Nomem;
      break;
    }
    vectors_.push_back({target.data(), target.size()});
  }
  return Errno::Success;
}

Sys<WaitEnd> P1State::wait_outside(std::span<WaitItem> items, std::optional<u64> timeout) {
  const bool held = lock_.owns_lock();
  if (held) lock_.unlock();
  const auto end = wait(items, timeout, config_.interrupter.get());
  if (held) lock_.lock();
  return end;
}

Sys<> P1State::await(int host_fd, bool write, bool nonblock) {
  if (host_fd < 0) return {};
  WaitItem item{host_fd, write};
  // A thread that waits holds nothing up. What came meanwhile another one may have taken: then the wait goes on.
  const bool shared = common_->threaded && !nonblock;
  for (bool outside = shared;; outside = !outside) {
    const std::optional<u64> timeout = nonblock || (shared && !outside) ? std::optional<u64>(0) : std::nullopt;
    const auto end = outside ? wait_outside({&item, 1}, timeout) : wait({&item, 1}, timeout, config_.interrupter.get());
    if (!end) return sys_fail(end.error());
    if (*end == WaitEnd::Interrupted) {
      interrupted_ = wait_interrupted_ = true;
      return sys_fail(Errno::Intr);
    }
    if (*end == WaitEnd::Ready && !outside) return {};
    if (*end == WaitEnd::Timeout && nonblock) return sys_fail(Errno::Again);
  }
}

Sys<std::size_t> P1State::write_whole(int host_fd, bool nonblock, const std::function<Sys<std::size_t>()>& write) {
  std::size_t done = 0;
  do {
    const auto count = waiting(host_fd, true, nonblock, write);
    if (!count) return done > 0 && !interrupted_ ? Sys<std::size_t>(done) : count;
    done += *count;
    advance(vectors_, *count);
    if (*count == 0) break;
  } while (!vectors_.empty() && !nonblock);
  return done;
}

Sys<Socket::Received> P1State::receive_all(Socket& socket) {
  Socket::Received all{};
  do {
    const auto part = waiting(socket.fd(), false, false, [&] { return socket.receive(vectors_, false); });
    if (!part) return all.size > 0 && !interrupted_ ? Sys<Socket::Received>(all) : part;
    all.size += part->size;
    all.truncated |= part->truncated;
    advance(vectors_, part->size);
    if (part->size == 0) break;
  } while (!vectors_.empty());
  return all;
}

Sys<std::size_t> P1State::read_stream(InputStream& stream) {
  // One vector: a second read could wait although the first had something to give.
  if (vectors_.empty()) return 0;
  return stream.read({static_cast<u8*>(vectors_[0].iov_base), vectors_[0].iov_len});
}

Sys<std::size_t> P1State::write_stream(OutputStream& stream, bool nonblock) {
  auto bytes_of = [](const iovec& vector) { return Bytes(static_cast<const u8*>(vector.iov_base), vector.iov_len); };
  if (const int host_fd = stream.wait_fd(); host_fd >= 0 && (nonblock || config_.interrupter != nullptr)) {
    // The host's descriptor may block: it is given no more than it takes at once, so that the wait is ours.
    std::size_t done = 0;
    for (const iovec& vector : vectors_) {
      for (Bytes rest = bytes_of(vector); !rest.empty();) {
        const Bytes piece = rest.first(std::min(rest.size(), kPipeBytes));
        if (const auto ready = await(host_fd, true, nonblock); !ready)
          return done > 0 && !interrupted_ ? Sys<std::size_t>(done) : sys_fail(ready.error());
        const auto written = stream.write(piece);
        if (!written) return done > 0 ? Sys<std::size_t>(done) : written;
        done += *written;
        rest = rest.subspan(*written);
        if (*written < piece.size()) return done;
      }
    }
    return done;
  }
  const std::size_t total = total_size(vectors_);
  if (vectors_.size() > 1 && total <= kGatherBytes) {
    std::vector<u8> together;
    together.reserve(total);
    for (const iovec& vector : vectors_) {
      const Bytes bytes = bytes_of(vector);
      together.insert(together.end(), bytes.begin(), bytes.end());
    }
    return stream.write(together);
  }
  std::size_t done = 0;
  for (const iovec& vector : vectors_) {
    const auto written = stream.write(bytes_of(vector));
    if (!written) return done > 0 ? Sys<std::size_t>(done) : written;
    done += *written;
    if (*written < vector.iov_len) break;
  }
  return done;
}

P1State::R P1State::read_into(M memory, u32 fd, std::optional<u64> offset, u32 out) {
  P1_TRY(Descriptor * found, descriptor(fd));
  if (offset && !std::holds_alternative<std::shared_ptr<File>>(found->object) &&
      !std::holds_alternative<std::shared_ptr<Directory>>(found->object))
    return Errno::Spipe;
  P1_TRY(found, descriptor(fd, rights::kFdRead | (offset ? rights::kFdSeek : 0)));
  const auto pin = pinned(fd);
  std::size_t count = 0;
  if (const auto* in = std::get_if<std::shared_ptr<InputStream>>(&found->object)) {
    InputStream& stream = **in;
    if (!vectors_.empty() && (found->nonblock || config_.interrupter != nullptr))
      P1_CHECK(await(stream.wait_fd(), false, found->nonblock));
    P1_TRY(count, read_stream(stream));
  } else if (const auto* opened = std::get_if<std::shared_ptr<File>>(&found->object)) {
    File& file = **opened;
    P1_TRY(count, waiting(file.fd(), false, file.nonblock(),
                          [&] { return offset ? file.read_at(vectors_, *offset) : file.read(vectors_); }));
  } else if (const auto* connected = std::get_if<std::shared_ptr<Socket>>(&found->object)) {
    Socket& socket = **connected;
    P1_TRY(const Socket::Received received,
           waiting(socket.fd(), false, socket.nonblock(), [&] { return socket.receive(vectors_, false); }));
    count = received.size;
  } else {
    return Errno::Badf;
  }
  TENON_TRY_VOID(memory.write(out, static_cast<u32>(count)));
  return Errno::Success;
}

P1State::R P1State::write_from(M memory, u32 fd, std::optional<u64> offset, u32 out) {
  P1_TRY(Descriptor * found, descriptor(fd));
  if (offset && !std::holds_alternative<std::shared_ptr<File>>(found->object) &&
      !std::holds_alternative<std::shared_ptr<Directory>>(found->object))
    return Errno::Spipe;
  P1_TRY(found, descriptor(fd, rights::kFdWrite | (offset ? rights::kFdSeek : 0)));
  const auto pin = pinned(fd);
  std::size_t count = 0;
  if (const auto* stream = std::get_if<std::shared_ptr<OutputStream>>(&found->object)) {
    P1_TRY(count, write_stream(**stream, found->nonblock));
  } else if (const auto* opened = std::get_if<std::shared_ptr<File>>(&found->object)) {
    File& file = **opened;
    if (offset) {
      P1_TRY(count, file.write_at(vectors_, *offset));
    } else if (file.type() == FileType::RegularFile) {
      P1_TRY(count, file.write(vectors_));
    } else {
      P1_TRY(count, write_whole(file.fd(), file.nonblock(), [&] { return file.write(vectors_); }));
    }
  } else if (const auto* connected = std::get_if<std::shared_ptr<Socket>>(&found->object)) {
    Socket& socket = **connected;
    P1_TRY(count, write_whole(socket.fd(), socket.nonblock(), [&] { return socket.send(vectors_); }));
  } else {
    return Errno::Badf;
  }
  TENON_TRY_VOID(memory.write(out, static_cast<u32>(count)));
  return Errno::Success;
}

P1State::R P1State::fd_read(M memory, u32 fd, u32 iovs, u32 count, u32 out) {
  TENON_TRY(const Errno gathered, gather(memory, iovs, count));
  return gathered != Errno::Success ? R(gathered) : read_into(memory, fd, std::nullopt, out);
}

P1State::R P1State::fd_pread(M memory, u32 fd, u32 iovs, u32 count, u64 offset, u32 out) {
  TENON_TRY(const Errno gathered, gather(memory, iovs, count));
  return gathered != Errno::Success ? R(gathered) : read_into(memory, fd, offset, out);
}

P1State::R P1State::fd_write(M memory, u32 fd, u32 iovs, u32 count, u32 out) {
  TENON_TRY(const Errno gathered, gather(memory, iovs, count));
  return gathered != Errno::Success ? R(gathered) : write_from(memory, fd, std::nullopt, out);
}

P1State::R P1State::fd_pwrite(M memory, u32 fd, u32 iovs, u32 count, u64 offset, u32 out) {
  TENON_TRY(const Errno gathered, gather(memory, iovs, count));
  return gathered != Errno::Success ? R(gathered) : write_from(memory, fd, offset, out);
}

P1State::R P1State::fd_seek(M memory, u32 fd, u64 delta, u32 whence, u32 out) {
  if (whence > static_cast<u32>(Whence::End)) return Errno::Inval;
  const auto from = static_cast<Whence>(whence);
  const bool tells = delta == 0 && from == Whence::Cur;
  // Either right tells the position.
  auto found = seekable(fd, tells ? rights::kFdTell : rights::kFdSeek);
  if (!found && tells && found.error() == Errno::Notcapable) found = seekable(fd, rights::kFdSeek);
  if (!found) return found.error();
  P1_TRY(const u64 position, (*found)->seek(static_cast<i64>(delta), from));
  TENON_TRY_VOID(memory.write(out, position));
  return Errno::Success;
}

P1State::R P1State::fd_tell(M memory, u32 fd, u32 out) {
  return fd_seek(memory, fd, 0, static_cast<u32>(Whence::Cur), out);
}

// -------------------------------------------------------------------------------------------------- state of a descriptor

P1State::R P1State::fd_close(M, u32 fd) {
  P1_CHECK(descriptors_.remove(fd));
  return Errno::Success;
}

P1State::R P1State::fd_renumber(M, u32 from, u32 to) {
  P1_CHECK(descriptors_.renumber(from, to));
  return Errno::Success;
}

P1State::R P1State::fd_fdstat_get(M memory, u32 fd, u32 out) {
  P1_TRY(const Descriptor* found, descriptor(fd));
  Fdstat stat;
  stat.rights_base = found->base;
  stat.rights_inheriting = found->inheriting;
  if (const auto* file = std::get_if<std::shared_ptr<File>>(&found->object)) {
    const File& f = **file;
    stat.filetype = static_cast<u8>(f.type());
    stat.flags = static_cast<u16>((f.append() ? fdflags::kAppend : 0) | (f.dsync_flag() ? fdflags::kDsync : 0) |
                                  (f.nonblock() ? fdflags::kNonblock : 0) | (f.rsync_flag() ? fdflags::kRsync : 0) |
                                  (f.sync_flag() ? fdflags::kSync : 0));
  } else if (std::holds_alternative<std::shared_ptr<Directory>>(found->object)) {
    stat.filetype = static_cast<u8>(FileType::Directory);
  } else {
    stat.filetype = static_cast<u8>(type_of(*found));
    bool nonblock = found->nonblock;
    if (const auto* socket = std::get_if<std::shared_ptr<Socket>>(&found->object)) nonblock = (*socket)->nonblock();
    stat.flags = nonblock ? fdflags::kNonblock : 0;
  }
  TENON_TRY_VOID(memory.write(out, stat));
  return Errno::Success;
}

P1State::R P1State::fd_fdstat_set_flags(M, u32 fd, u32 flags) {
  if ((flags & ~u32{fdflags::kAll}) != 0) return Errno::Inval;
  P1_TRY(Descriptor * found, descriptor(fd));
  if (std::holds_alternative<std::shared_ptr<Directory>>(found->object)) return Errno::Badf;
  P1_TRY(found, descriptor(fd, rights::kFdFdstatSetFlags));
  const bool nonblock = (flags & fdflags::kNonblock) != 0;
  if (auto* file = std::get_if<std::shared_ptr<File>>(&found->object)) {
    File& f = **file;
    // How writes are synchronised is settled when a file is opened.
    if (((flags & fdflags::kDsync) != 0) != f.dsync_flag() || ((flags & fdflags::kRsync) != 0) != f.rsync_flag() ||
        ((flags & fdflags::kSync) != 0) != f.sync_flag())
      return Errno::Inval;
    P1_CHECK(f.set_append_nonblock((flags & fdflags::kAppend) != 0, nonblock));
    return Errno::Success;
  }
  // Appending is what streams do; there is nothing to synchronise.
  if ((flags & (fdflags::kDsync | fdflags::kRsync | fdflags::kSync)) != 0) return Errno::Inval;
  if (auto* socket = std::get_if<std::shared_ptr<Socket>>(&found->object)) {
    (*socket)->set_nonblock(nonblock);
  } else {
    found->nonblock = nonblock;
  }
  return Errno::Success;
}

P1State::R P1State::fd_fdstat_set_rights(M, u32 fd, u64 base, u64 inheriting) {
  P1_TRY(Descriptor * found, descriptor(fd));
  if ((base & ~found->base) != 0 || (inheriting & ~found->inheriting) != 0) return Errno::Notcapable;
  found->base = base;
  found->inheriting = inheriting;
  return Errno::Success;
}

Sys<Filestat> P1State::filestat_of_fd(u32 fd) {
  const auto found = descriptor(fd, rights::kFdFilestatGet);
  if (!found) return sys_fail(found.error());
  Sys<FileStat> of_host;
  if (const auto* file = std::get_if<std::shared_ptr<File>>(&(*found)->object)) {
    of_host = (*file)->stat();
  } else if (const auto* directory = std::get_if<std::shared_ptr<Directory>>(&(*found)->object)) {
    of_host = std::as_const(**directory).stat();
  } else {
    Filestat stat;
    stat.filetype = static_cast<u8>(type_of(**found));
    return stat;
  }
  if (!of_host) return sys_fail(of_host.error());
  return filestat_of(*of_host);
}

P1State::R P1State::fd_filestat_get(M memory, u32 fd, u32 out) {
  P1_TRY(const Filestat stat, filestat_of_fd(fd));
  TENON_TRY_VOID(memory.write(out, stat));
  return Errno::Success;
}

P1State::R P1State::fd_filestat_set_size(M, u32 fd, u64 size) {
  P1_TRY(File * found, file(fd, rights::kFdFilestatSetSize));
  P1_CHECK(found->set_size(size));
  return Errno::Success;
}

P1State::R P1State::fd_filestat_set_times(M, u32 fd, u64 atim, u64 mtim, u32 flags) {
  if ((flags & ~u32{fstflags::kAll}) != 0) return Errno::Inval;
  P1_TRY(const NewTime accessed, new_time(atim, (flags & fstflags::kAtim) != 0, (flags & fstflags::kAtimNow) != 0));
  P1_TRY(const NewTime modified, new_time(mtim, (flags & fstflags::kMtim) != 0, (flags & fstflags::kMtimNow) != 0));
  P1_TRY(Descriptor * found, descriptor(fd));
  if (std::holds_alternative<std::shared_ptr<Directory>>(found->object)) {
    P1_TRY(Directory * at, directory(fd, rights::kFdFilestatSetTimes));
    P1_CHECK(at->set_times(accessed, modified));
  } else {
    P1_TRY(File * at, file(fd, rights::kFdFilestatSetTimes));
    P1_CHECK(at->set_times(accessed, modified));
  }
  return Errno::Success;
}

P1State::R P1State::fd_advise(M, u32 fd, u64 offset, u64 size, u32 advice) {
  if (advice > static_cast<u32>(Advice::NoReuse)) return Errno::Inval;
  P1_TRY(File * found, file(fd, rights::kFdAdvise));
  P1_CHECK(found->advise(offset, size, static_cast<Advice>(advice)));
  return Errno::Success;
}

P1State::R P1State::fd_allocate(M, u32 fd, u64 offset, u64 size) {
  P1_TRY(File * found, file(fd, rights::kFdAllocate));
  P1_CHECK(found->allocate(offset, size));
  return Errno::Success;
}

P1State::R P1State::fd_sync(M, u32 fd) {
  P1_TRY(const Descriptor* found, descriptor(fd));
  if (std::holds_alternative<std::shared_ptr<Directory>>(found->object)) {
    P1_TRY(Directory * at, directory(fd, rights::kFdSync));
    P1_CHECK(at->sync());
  } else {
    P1_TRY(File * at, file(fd, rights::kFdSync));
    P1_CHECK(at->sync());
  }
  return Errno::Success;
}

P1State::R P1State::fd_datasync(M, u32 fd) {
  P1_TRY(const Descriptor* found, descriptor(fd));
  if (std::holds_alternative<std::shared_ptr<Directory>>(found->object)) {
    P1_TRY(Directory * at, directory(fd, rights::kFdDatasync));
    P1_CHECK(at->data_sync());
  } else {
    P1_TRY(File * at, file(fd, rights::kFdDatasync));
    P1_CHECK(at->data_sync());
  }
  return Errno::Success;
}

// ----------------------------------------------------------------------------------------------- directories as descriptors

P1State::R P1State::fd_prestat_get(M memory, u32 fd, u32 out) {
  P1_TRY(const Descriptor* found, descriptor(fd));
  if (!found->preopen_name) return Errno::Badf;
  Prestat stat;
  stat.name_len = static_cast<u32>(found->preopen_name->size());
  TENON_TRY_VOID(memory.write(out, stat));
  return Errno::Success;
}

P1State::R P1State::fd_prestat_dir_name(M memory, u32 fd, u32 path, u32 size) {
  P1_TRY(const Descriptor* found, descriptor(fd));
  if (!found->preopen_name) return Errno::Notdir;
  if (found->preopen_name->size() > size) return Errno::Nametoolong;
  TENON_TRY_VOID(memory.write_bytes(path, as_bytes(*found->preopen_name)));
  return Errno::Success;
}

P1State::R P1State::fd_readdir(M memory, u32 fd, u32 buf, u32 size, u64 cookie, u32 out) {
  P1_TRY(Directory * found, directory(fd, rights::kFdReaddir));
  // Checks the whole buffer before anything is written.
  TENON_TRY_VOID(memory.range(buf, size));
  struct Fill {
    GuestMemory& memory;
    u32 at;
    u32 left;
    Result<> result;
    bool put(Bytes bytes) {
      const u32 count = static_cast<u32>(std::min<u64>(bytes.size(), left));
      result = memory.write_bytes(at, bytes.first(count));
      at += count;
      left -= count;
      return result && left > 0;
    }
  } fill{memory, buf, size, {}};
  auto visit = [](void* state, const DirEntry& entry) {
    Fill& to = *static_cast<Fill*>(state);
    Dirent dirent;
    dirent.next = entry.next;
    dirent.ino = entry.inode;
    dirent.namlen = static_cast<u32>(entry.name.size());
    dirent.type = static_cast<u8>(entry.type);
    // SAFETY: a Dirent has no padding of its own, so that every byte of it is a value.
    return to.put({reinterpret_cast<const u8*>(&dirent), sizeof dirent}) && to.put(as_bytes(entry.name));
  };
  if (size > 0) P1_CHECK(found->read_entries(cookie, &fill, visit));
  TENON_TRY_VOID(std::move(fill.result));
  TENON_TRY_VOID(memory.write(out, size - fill.left));
  return Errno::Success;
}

}  // namespace tenon::wasi::p1
