#include "tenon/wasi/common/filesystem.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tenon/base/utf8.h"
#include "wasi/common/path.h"

namespace tenon::wasi {
namespace {

constexpr u64 kNanos = 1'000'000'000;
constexpr u64 kMaxOffset = static_cast<u64>(INT64_MAX);
/// Permissions of what guests create, before the process's umask.
constexpr mode_t kFileMode = 0666;
constexpr mode_t kDirectoryMode = 0777;

Sys<> checked(int result) {
  if (result < 0) return sys_fail(last_errno());
  return {};
}

FileType type_of_mode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK:
      return FileType::BlockDevice;
    case S_IFCHR:
      return FileType::CharacterDevice;
    case S_IFDIR:
      return FileType::Directory;
    case S_IFREG:
      return FileType::RegularFile;
    case S_IFLNK:
      return FileType::SymbolicLink;
    case S_IFSOCK:
      return FileType::SocketStream;
    default:
      return FileType::Unknown;
  }
}

FileType type_of_entry(int directory, const char* name, unsigned char type) {
  if (type != DT_UNKNOWN) return type_of_mode(DTTOIF(type));
  struct stat info;
  return fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 ? type_of_mode(info.st_mode) : FileType::Unknown;
}

Sys<u64> nanos(const timespec& time) {
  if (time.tv_sec < 0) return 0;
  u64 value;
  if (__builtin_mul_overflow(static_cast<u64>(time.tv_sec), kNanos, &value) ||
      __builtin_add_overflow(value, static_cast<u64>(time.tv_nsec), &value))
    return sys_fail(Errno::Overflow);
  return value;
}

Sys<FileStat> stat_of(const struct stat& info) {
  FileStat out;
  out.device = info.st_dev;
  out.inode = info.st_ino;
  out.type = type_of_mode(info.st_mode);
  out.links = info.st_nlink;
  out.size = static_cast<u64>(info.st_size);
  const auto accessed = nanos(info.st_atim), modified = nanos(info.st_mtim), changed = nanos(info.st_ctim);
  if (!accessed || !modified || !changed) return sys_fail(Errno::Overflow);
  out.accessed = *accessed;
  out.modified = *modified;
  out.changed = *changed;
  return out;
}

Sys<FileStat> stat_fd(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return sys_fail(last_errno());
  return stat_of(info);
}

timespec host_time(NewTime time) {
  switch (time.kind) {
    case NewTime::Kind::Keep:
      return {0, UTIME_OMIT};
    case NewTime::Kind::Now:
      return {0, UTIME_NOW};
    case NewTime::Kind::At:
      break;
  }
  return {static_cast<time_t>(time.nanos / kNanos), static_cast<long>(time.nanos % kNanos)};
}

Sys<> set_times_fd(int fd, NewTime accessed, NewTime modified) {
  const timespec times[2] = {host_time(accessed), host_time(modified)};
  return checked(futimens(fd, times));
}

int vector_count(std::span<const iovec> buffers) {
  return static_cast<int>(std::min<std::size_t>(buffers.size(), IOV_MAX));
}

Sys<std::size_t> transferred(ssize_t count) {
  if (count < 0) return sys_fail(last_errno());
  return static_cast<std::size_t>(count);
}

template <class Call>
Sys<std::size_t> retrying(Call call) {
  ssize_t count;
  do {
    count = call();
  } while (count < 0 && errno == EINTR);
  return transferred(count);
}

/// Whether `name` in `parent` is a directory; an error where it is not there.
Sys<bool> is_directory(int parent, const std::string& name) {
  struct stat info;
  if (fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return sys_fail(last_errno());
  return S_ISDIR(info.st_mode);
}

/// What is made at a path that ends in a slash and is not a directory: Exist where something is, else Noent.
std::unexpected<Errno> refuse_slash(int parent, const std::string& name) {
  const auto there = is_directory(parent, name);
  return sys_fail(there ? Errno::Exist : there.error());
}

/// What `fd`, of which fstat said `info`, is on; asked of the kernel only where it is not what its parent is on.
Sys<FileSystem> file_system(int fd, const struct stat& info, const FileSystem& parent) {
  if (info.st_dev == parent.device) return parent;
  struct statfs system;
  if (fstatfs(fd, &system) != 0) return sys_fail(last_errno());
  return FileSystem{info.st_dev, system.f_type == PROC_SUPER_MAGIC};
}

/// Whether a file that was opened is one of /proc through which a guest could reach the host itself: this process's memory, or
/// anything that changes the system. Those who mount /proc into a guest mean to let it look.
bool reaches_host(int fd, const struct stat& info, bool writes, const FileSystem& parent) {
  // Files of /proc are empty files of a file system without a device: all others are told apart by what fstat said.
  if (!S_ISREG(info.st_mode) || info.st_size != 0 || major(info.st_dev) != 0) return false;
  const auto system = file_system(fd, info, parent);
  if (!system) return true;
  if (!system->proc) return false;
  if (writes) return true;
  char name[PATH_MAX];
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), name, sizeof name);
  return size < 0 || std::string_view(name, static_cast<std::size_t>(size)).ends_with("/mem");
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------- File

File::File(UniqueFd fd, FileType type, const OpenRequest& request, FsPerms perms)
    : fd_(std::move(fd)),
      type_(type),
      perms_(perms),
      readable_(request.read),
      writable_(request.write),
      append_(request.append),
      nonblock_(request.nonblock),
      sync_(request.sync),
      dsync_(request.dsync),
      rsync_(request.rsync) {}

Sys<std::size_t> File::read(std::span<const iovec> buffers) {
  if (!readable_) return sys_fail(Errno::Badf);
  // Most transfers have one part, which costs the kernel less without a list.
  if (buffers.size() == 1) return retrying([&] { return ::read(fd_.get(), buffers[0].iov_base, buffers[0].iov_len); });
  return retrying([&] { return readv(fd_.get(), buffers.data(), vector_count(buffers)); });
}

Sys<std::size_t> File::write(std::span<const iovec> buffers) {
  if (!writable_) return sys_fail(Errno::Badf);
  if (buffers.size() == 1) return retrying([&] { return ::write(fd_.get(), buffers[0].iov_base, buffers[0].iov_len); });
  return retrying([&] { return writev(fd_.get(), buffers.data(), vector_count(buffers)); });
}

Sys<std::size_t> File::read_at(std::span<const iovec> buffers, u64 offset) {
  if (!readable_) return sys_fail(Errno::Badf);
  if (offset > kMaxOffset) return sys_fail(Errno::Inval);
  return retrying([&] { return preadv(fd_.get(), buffers.data(), vector_count(buffers), static_cast<off_t>(offset)); });
}

Sys<std::size_t> File::write_at(std::span<const iovec> buffers, u64 offset) {
  if (!writable_) return sys_fail(Errno::Badf);
  if (offset > kMaxOffset) return sys_fail(Errno::Inval);
  return retrying([&] { return pwritev(fd_.get(), buffers.data(), vector_count(buffers), static_cast<off_t>(offset)); });
}

Sys<u64> File::seek(i64 delta, Whence whence) {
  static constexpr int kHost[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  const off_t at = lseek(fd_.get(), delta, kHost[static_cast<u8>(whence)]);
  if (at < 0) return sys_fail(last_errno());
  return static_cast<u64>(at);
}

Sys<FileStat> File::stat() const {
  return stat_fd(fd_.get());
}

Sys<> File::set_size(u64 size) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  if (!writable_ || size > kMaxOffset) return sys_fail(Errno::Inval);
  return checked(ftruncate(fd_.get(), static_cast<off_t>(size)));
}

Sys<> File::set_times(NewTime accessed, NewTime modified) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  return set_times_fd(fd_.get(), accessed, modified);
}

Sys<> File::allocate(u64 offset, u64 size) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  if (!writable_) return sys_fail(Errno::Badf);
  if (offset > kMaxOffset || size > kMaxOffset) return sys_fail(Errno::Inval);
  if (offset + size > kMaxOffset) return sys_fail(Errno::Fbig);
  return checked(fallocate(fd_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(size)));
}

Sys<> File::advise(u64 offset, u64 size, Advice advice) {
  static constexpr int kHost[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  if (offset > kMaxOffset || size > kMaxOffset) return sys_fail(Errno::Inval);
  const int code = posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(size), kHost[static_cast<u8>(advice)]);
  if (code != 0) return sys_fail(errno_of_host(code));
  return {};
}

Sys<> File::sync() {
  return checked(fsync(fd_.get()));
}
Sys<> File::data_sync() {
  return checked(fdatasync(fd_.get()));
}

Sys<> File::set_append_nonblock(bool append, bool nonblock) {
  if (append != append_) {
    const int old = fcntl(fd_.get(), F_GETFL);
    if (old < 0) return sys_fail(last_errno());
    if (fcntl(fd_.get(), F_SETFL, append ? old | O_APPEND : old & ~O_APPEND) != 0) return sys_fail(last_errno());
  }
  append_ = append;
  nonblock_ = nonblock;
  return {};
}

// ----------------------------------------------------------------------------------------------------------- Directory

Sys<std::shared_ptr<Directory>> Directory::open_host(const std::string& host_path, FsPerms perms, ResolveMode mode) {
  UniqueFd fd(::open(host_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0) return sys_fail(last_errno());
  // No device has this number.
  const auto system = file_system(fd.get(), info, {.device = ~u64{0}});
  if (!system) return sys_fail(system.error());
  return std::make_shared<Directory>(std::move(fd), perms, mode, *system);
}

Sys<Opened> Directory::open(std::string_view path, const OpenRequest& request) {
  const bool changes = request.write || request.create || request.truncate;
  if (request.directory && (request.create || request.exclusive || request.truncate)) return sys_fail(Errno::Inval);
  if (changes && perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);

  // Truncating needs write access to the file, whether or not the guest gets it.
  const bool writes = request.write || request.truncate;
  // Non-blocking for good, so that no FIFO or device can hold the host up; whoever wants to wait polls.
  int flags = O_NOCTTY | O_NONBLOCK | (writes ? (request.read || !request.write ? O_RDWR : O_WRONLY) : O_RDONLY);
  if (request.create) flags |= O_CREAT;
  if (request.exclusive) flags |= O_EXCL;
  if (request.truncate) flags |= O_TRUNC;
  if (request.directory) flags |= O_DIRECTORY;
  if (!request.follow) flags |= O_NOFOLLOW;
  if (request.append) flags |= O_APPEND;
  if (request.sync) flags |= O_SYNC;
  if (request.dsync) flags |= O_DSYNC;
  if (request.rsync) flags |= O_RSYNC;
  // O_EXCL means nothing without O_CREAT, but to the kernel it does for devices.
  if (!request.create) flags &= ~O_EXCL;

  auto fd = open_beneath(fd_.get(), path, flags, kFileMode, mode_);
  if (!fd) return sys_fail(fd.error());
  struct stat info;
  if (fstat(fd->get(), &info) != 0) return sys_fail(last_errno());
  if (S_ISDIR(info.st_mode)) {
    const auto system = file_system(fd->get(), info, system_);
    if (!system) return sys_fail(system.error());
    return std::make_shared<Directory>(std::move(*fd), perms_, mode_, *system);
  }
  if (reaches_host(fd->get(), info, writes, system_)) return sys_fail(Errno::Perm);
  return std::make_shared<File>(std::move(*fd), type_of_mode(info.st_mode), request, perms_);
}

Sys<FileStat> Directory::stat(std::string_view path, bool follow) {
  auto fd = open_beneath(fd_.get(), path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0, mode_);
  if (!fd) return sys_fail(fd.error());
  return stat_fd(fd->get());
}

Sys<> Directory::set_times(std::string_view path, bool follow, NewTime accessed, NewTime modified) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  const timespec times[2] = {host_time(accessed), host_time(modified)};
  // The path is resolved to a descriptor first, so that the change hits what was found and nothing that is swapped in.
  auto fd = open_beneath(fd_.get(), path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0, mode_);
  if (!fd) return sys_fail(fd.error());
  if (utimensat(fd->get(), "", times, AT_EMPTY_PATH) == 0) return {};
  if (errno != EINVAL && errno != ENOENT) return sys_fail(last_errno());
  // Kernels before 5.8 have no AT_EMPTY_PATH here.
  auto parent = resolve_parent(fd_.get(), path, mode_);
  if (!parent) return sys_fail(parent.error());
  return checked(utimensat(parent->parent, parent->special ? "." : parent->name.c_str(), times, AT_SYMLINK_NOFOLLOW));
}

Sys<> Directory::create_directory(std::string_view path) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  auto at = resolve_parent(fd_.get(), path, mode_);
  if (!at) return sys_fail(at.error());
  if (at->special) return sys_fail(Errno::Exist);
  return checked(mkdirat(at->parent, at->name.c_str(), kDirectoryMode));
}

Sys<> Directory::remove_directory(std::string_view path) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  auto at = resolve_parent(fd_.get(), path, mode_);
  if (!at) return sys_fail(at.error());
  if (at->special) return sys_fail(at->name == "." ? Errno::Inval : Errno::Notempty);
  return checked(unlinkat(at->parent, at->name.c_str(), AT_REMOVEDIR));
}

Sys<> Directory::unlink_file(std::string_view path) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  auto at = resolve_parent(fd_.get(), path, mode_);
  if (!at) return sys_fail(at.error());
  if (at->special) return sys_fail(Errno::Isdir);
  if (at->slash) {
    const auto directory = is_directory(at->parent, at->name);
    return sys_fail(!directory ? directory.error() : *directory ? Errno::Isdir : Errno::Notdir);
  }
  return checked(unlinkat(at->parent, at->name.c_str(), 0));
}

Sys<> Directory::symlink(std::string_view target, std::string_view path) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  if (auto good = check_path(target); !good) return good;
  auto at = resolve_parent(fd_.get(), path, mode_);
  if (!at) return sys_fail(at.error());
  if (at->special) return sys_fail(Errno::Exist);
  if (at->slash) return refuse_slash(at->parent, at->name);
  return checked(symlinkat(std::string(target).c_str(), at->parent, at->name.c_str()));
}

Sys<std::string> Directory::readlink(std::string_view path) {
  auto fd = open_beneath(fd_.get(), path, O_PATH | O_NOFOLLOW, 0, mode_);
  if (!fd) return sys_fail(fd.error());
  struct stat info;
  if (fstat(fd->get(), &info) != 0) return sys_fail(last_errno());
  if (!S_ISLNK(info.st_mode)) return sys_fail(Errno::Inval);
  char text[kMaxPath + 1];
  const ssize_t size = readlinkat(fd->get(), "", text, sizeof text);
  if (size < 0) return sys_fail(last_errno());
  std::string target(text, static_cast<std::size_t>(size));
  if (target.starts_with('/')) return sys_fail(Errno::Perm);
  if (!is_utf8(as_bytes(target))) return sys_fail(Errno::Ilseq);
  return target;
}

Sys<> Directory::link(std::string_view path, Directory& to, std::string_view to_path) {
  if (perms_ == FsPerms::ReadOnly || to.perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  auto from = resolve_parent(fd_.get(), path, mode_);
  if (!from) return sys_fail(from.error());
  auto at = resolve_parent(to.fd_.get(), to_path, to.mode_);
  if (!at) return sys_fail(at.error());
  if (from->special) return sys_fail(Errno::Perm);
  if (from->slash) {
    const auto directory = is_directory(from->parent, from->name);
    return sys_fail(!directory ? directory.error() : *directory ? Errno::Perm : Errno::Notdir);
  }
  if (at->special) return sys_fail(Errno::Exist);
  if (at->slash) return refuse_slash(at->parent, at->name);
  return checked(linkat(from->parent, from->name.c_str(), at->parent, at->name.c_str(), 0));
}

Sys<> Directory::rename(std::string_view path, Directory& to, std::string_view to_path) {
  if (perms_ == FsPerms::ReadOnly || to.perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  auto from = resolve_parent(fd_.get(), path, mode_);
  if (!from) return sys_fail(from.error());
  auto at = resolve_parent(to.fd_.get(), to_path, to.mode_);
  if (!at) return sys_fail(at.error());
  if (from->special || at->special) return sys_fail(Errno::Busy);
  if (from->slash || at->slash) {
    const auto directory = is_directory(from->parent, from->name);
    if (!directory) return sys_fail(directory.error());
    if (!*directory) return sys_fail(Errno::Notdir);
  }
  return checked(renameat(from->parent, from->name.c_str(), at->parent, at->name.c_str()));
}

Sys<FileStat> Directory::stat() const {
  return stat_fd(fd_.get());
}

Sys<> Directory::set_times(NewTime accessed, NewTime modified) {
  if (perms_ == FsPerms::ReadOnly) return sys_fail(Errno::Perm);
  return set_times_fd(fd_.get(), accessed, modified);
}

Sys<> Directory::sync() {
  return checked(fsync(fd_.get()));
}
Sys<> Directory::data_sync() {
  return checked(fdatasync(fd_.get()));
}

Sys<> Directory::read_entries(u64 cookie, void* state, bool (*visit)(void* state, const DirEntry& entry)) {
  if (cookie > kMaxOffset) return sys_fail(Errno::Inval);
  auto self = stat();
  if (!self) return sys_fail(self.error());

  // The host's own cookies are numbers of 64 bits; a guest of 32 bits keeps them in less. Here they count entries.
  constexpr u64 kDots = 2;
  DirEntry entry;
  entry.inode = self->inode;
  entry.type = FileType::Directory;
  for (entry.next = cookie + 1; entry.next <= kDots; ++entry.next) {
    entry.name = entry.next == 1 ? "." : "..";
    if (!visit(state, entry)) return {};
  }
  if (cookie <= kDots) offsets_.clear();
  // How many of the host's entries are behind us: those before the cookie, as far as they were met.
  u64 passed = std::min<u64>(cookie <= kDots ? 0 : cookie - kDots, offsets_.size());
  if (lseek(fd_.get(), passed == 0 ? 0 : offsets_[passed - 1], SEEK_SET) < 0) return sys_fail(last_errno());

  // What getdents64 writes; glibc's readdir would hide the cookies behind its own buffer.
  struct HostEntry {
    u64 inode;
    i64 next;
    u16 size;
    u8 type;
    char name[1];
  };
  static_assert(offsetof(HostEntry, name) == 19);
  alignas(HostEntry) char buffer[16 << 10];
  for (;;) {
    const long got = syscall(SYS_getdents64, fd_.get(), buffer, sizeof buffer);
    if (got < 0) return sys_fail(last_errno());
    if (got == 0) return {};
    for (long at = 0; at < got;) {
      // SAFETY: the kernel wrote whole, aligned records into [buffer, buffer + got), each as long as its `size` says.
      const auto* host = reinterpret_cast<const HostEntry*>(buffer + at);
      at += host->size;
      entry.name = host->name;
      if (entry.name == "." || entry.name == "..") continue;
      if (passed == offsets_.size()) offsets_.push_back(host->next);
      offsets_[passed++] = host->next;
      entry.next = kDots + passed;
      if (entry.next <= cookie) continue;
      entry.inode = host->inode;
      entry.type = type_of_entry(fd_.get(), host->name, host->type);
      if (!is_utf8(as_bytes(entry.name))) return sys_fail(Errno::Ilseq);
      if (!visit(state, entry)) return {};
    }
  }
}

}  // namespace tenon::wasi
