// Directories and files that a guest was granted. A Directory is a capability: whatever path it is given, nothing outside of
// it is opened, changed or looked at.
//
// Paths are resolved by the kernel (openat2 with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS) where it can, else by a walk that
// opens one component at a time and follows links itself (see PathResolver in src/wasi/common/path.h). Links to absolute paths
// are refused, `..` is never removed lexically. Operations block the calling thread.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "tenon/wasi/common/errno.h"
#include "tenon/wasi/common/unique_fd.h"

namespace tenon::wasi {

/// What a grant allows, beside looking and reading.
enum class FsPerms : u8 { ReadOnly, ReadWrite };

/// How paths are resolved. Auto takes the kernel's way and falls back where it is missing (ENOSYS) or forbidden (EPERM);
/// the others are for tests.
enum class ResolveMode : u8 { Auto, Kernel, Walk };

/// Values are those of preview 1; a FIFO has none and is Unknown.
enum class FileType : u8 {
  Unknown,
  BlockDevice,
  CharacterDevice,
  Directory,
  RegularFile,
  SocketDgram,
  SocketStream,
  SymbolicLink
};

/// Times are nanoseconds since 1970; earlier ones are reported as 0.
struct FileStat {
  u64 device = 0;
  u64 inode = 0;
  FileType type = FileType::Unknown;
  u64 links = 0;
  u64 size = 0;
  u64 accessed = 0;
  u64 modified = 0;
  u64 changed = 0;
};

/// What to do with one of a file's times.
struct NewTime {
  enum class Kind : u8 { Keep, Now, At } kind = Kind::Keep;
  u64 nanos = 0;  ///< Kind::At, since 1970
};

/// How to open a path.
struct OpenRequest {
  bool read = false;
  bool write = false;
  bool create = false;
  bool exclusive = false;
  bool truncate = false;
  bool directory = false;  ///< fail with Notdir where it is not one
  bool follow = false;     ///< follow a link in the last component
  bool append = false;
  bool nonblock = false;
  bool sync = false;
  bool dsync = false;
  bool rsync = false;
};

/// Access pattern; the values are those of preview 1.
enum class Advice : u8 { Normal, Sequential, Random, WillNeed, DontNeed, NoReuse };

/// Where a seek starts; the values are those of preview 1.
enum class Whence : u8 { Set, Cur, End };

/// An open file that is not a directory. Has a position of its own. One thread at a time. Its descriptor of the host does not
/// block: where a FIFO or device has nothing, calls answer Again, and who wants to wait polls `fd`.
class File {
 public:
  File(UniqueFd fd, FileType type, const OpenRequest& request, FsPerms perms);

  bool readable() const { return readable_; }
  bool writable() const { return writable_; }
  FileType type() const { return type_; }
  /// The host's descriptor, for polling; owned by the file.
  int fd() const { return fd_.get(); }

  /// Scatter and gather as readv and writev; at most IOV_MAX vectors are used. Badf where the access was not opened for.
  Sys<std::size_t> read(std::span<const iovec> buffers);
  Sys<std::size_t> write(std::span<const iovec> buffers);
  /// At an offset, leaving the position; an offset beyond the host's range is Inval. In append mode a write goes to the end.
  Sys<std::size_t> read_at(std::span<const iovec> buffers, u64 offset);
  Sys<std::size_t> write_at(std::span<const iovec> buffers, u64 offset);

  Sys<u64> seek(i64 delta, Whence whence);
  Sys<u64> position() { return seek(0, Whence::Cur); }
  Sys<FileStat> stat() const;
  Sys<> set_size(u64 size);
  Sys<> set_times(NewTime accessed, NewTime modified);
  Sys<> allocate(u64 offset, u64 size);
  Sys<> advise(u64 offset, u64 size, Advice advice);
  Sys<> sync();
  Sys<> data_sync();

  bool append() const { return append_; }
  /// Whether the guest wants Again instead of waiting.
  bool nonblock() const { return nonblock_; }
  bool sync_flag() const { return sync_; }
  bool dsync_flag() const { return dsync_; }
  bool rsync_flag() const { return rsync_; }
  Sys<> set_append_nonblock(bool append, bool nonblock);

 private:
  UniqueFd fd_;
  FileType type_;
  FsPerms perms_;
  bool readable_, writable_, append_, nonblock_, sync_, dsync_, rsync_;
};

/// One entry of a directory. `next` is the cookie to go on from.
struct DirEntry {
  u64 next = 0;
  u64 inode = 0;
  FileType type = FileType::Unknown;
  std::string_view name;  ///< valid until the visitor returns
};

class Directory;
using Opened = std::variant<std::shared_ptr<File>, std::shared_ptr<Directory>>;

/// The file system that an open directory is on. While the directory is open, no other has its device's number.
struct FileSystem {
  u64 device = 0;
  bool proc = false;  ///< /proc, of which not every file is for guests
};

/// An open directory and what it allows. Opened directories inherit the grant. One thread at a time.
class Directory {
 public:
  /// Opens a path of the host, with all rights of the process: the grant itself. Links in `host_path` are followed.
  static Sys<std::shared_ptr<Directory>> open_host(const std::string& host_path, FsPerms perms,
                                                   ResolveMode mode = ResolveMode::Auto);

  Directory(UniqueFd fd, FsPerms perms, ResolveMode mode, FileSystem system)
      : fd_(std::move(fd)), perms_(perms), mode_(mode), system_(system) {}

  FsPerms perms() const { return perms_; }
  int fd() const { return fd_.get(); }

  // Paths are relative to the directory. All: Noent for an empty path, Inval for one with a NUL, Nametoolong beyond 4,095
  // bytes, Perm for one that leads outside, Loop beyond 40 links; changes need ReadWrite, else Perm.
  Sys<Opened> open(std::string_view path, const OpenRequest& request);
  Sys<FileStat> stat(std::string_view path, bool follow);
  Sys<> set_times(std::string_view path, bool follow, NewTime accessed, NewTime modified);
  Sys<> create_directory(std::string_view path);
  Sys<> remove_directory(std::string_view path);
  Sys<> unlink_file(std::string_view path);
  /// Perm for a target that is absolute.
  Sys<> symlink(std::string_view target, std::string_view path);
  /// Perm for a target that is absolute, so that the host's layout stays the host's; Ilseq for one that is not UTF-8.
  Sys<std::string> readlink(std::string_view path);
  /// Both directories need ReadWrite. A link in the last component of `path` is linked itself, not followed.
  Sys<> link(std::string_view path, Directory& to, std::string_view to_path);
  Sys<> rename(std::string_view path, Directory& to, std::string_view to_path);

  // On the directory itself.
  Sys<FileStat> stat() const;
  Sys<> set_times(NewTime accessed, NewTime modified);
  Sys<> sync();
  Sys<> data_sync();
  /// Visits entries from `cookie` on (0: from the start) until `visit` returns false. A cookie counts the entries before it since
  /// the start; `.` and `..` are the first, both with the inode of the directory itself. Until the next start, cookies stay good
  /// while the directory changes, as far as the host's file system keeps its own so. A name that is not UTF-8 is Ilseq.
  Sys<> read_entries(u64 cookie, void* state, bool (*visit)(void* state, const DirEntry& entry));

 private:
  UniqueFd fd_;
  FsPerms perms_;
  ResolveMode mode_;
  FileSystem system_;
  std::vector<i64> offsets_;  ///< the host's cookies behind the entries that were read since the start
};

}  // namespace tenon::wasi
