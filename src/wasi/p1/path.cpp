// The functions on paths.
#include <algorithm>

#include "tenon/spec/errors.h"
#include "wasi/p1/state.h"
#include "wasi/p1/try.h"

// P1_PATH(name, at, size): copies a guest's path, or ends the call, or answers why it is none.
#define P1_PATH(name, at, size)                             \
  TENON_TRY(auto name##_read, read_path(memory, at, size)); \
  P1_TRY(const std::string name, std::move(name##_read))

namespace tenon::wasi::p1 {

P1State::R P1State::path_create_directory(M memory, u32 fd, u32 path, u32 size) {
  P1_TRY(Directory * at, directory(fd, rights::kPathCreateDirectory));
  P1_PATH(text, path, size);
  P1_CHECK(at->create_directory(text));
  return Errno::Success;
}

Result<Sys<Filestat>> P1State::filestat_of_path(M memory, u32 fd, u32 flags, u32 path, u32 size) {
  if ((flags & ~lookupflags::kAll) != 0) return Sys<Filestat>(sys_fail(Errno::Inval));
  const auto at = directory(fd, rights::kPathFilestatGet);
  if (!at) return Sys<Filestat>(sys_fail(at.error()));
  TENON_TRY(const Sys<std::string> text, read_path(memory, path, size));
  if (!text) return Sys<Filestat>(sys_fail(text.error()));
  const auto stat = (*at)->stat(*text, (flags & lookupflags::kSymlinkFollow) != 0);
  return stat ? Sys<Filestat>(filestat_of(*stat)) : Sys<Filestat>(sys_fail(stat.error()));
}

P1State::R P1State::path_filestat_get(M memory, u32 fd, u32 flags, u32 path, u32 size, u32 out) {
  TENON_TRY(const Sys<Filestat> found, filestat_of_path(memory, fd, flags, path, size));
  P1_TRY(const Filestat stat, found);
  TENON_TRY_VOID(memory.write(out, stat));
  return Errno::Success;
}

P1State::R P1State::path_filestat_set_times(M memory, u32 fd, u32 flags, u32 path, u32 size, u64 atim, u64 mtim, u32 fst_flags) {
  if ((flags & ~lookupflags::kAll) != 0 || (fst_flags & ~u32{fstflags::kAll}) != 0) return Errno::Inval;
  P1_TRY(const NewTime accessed, new_time(atim, (fst_flags & fstflags::kAtim) != 0, (fst_flags & fstflags::kAtimNow) != 0));
  P1_TRY(const NewTime modified, new_time(mtim, (fst_flags & fstflags::kMtim) != 0, (fst_flags & fstflags::kMtimNow) != 0));
  P1_TRY(Directory * at, directory(fd, rights::kPathFilestatSetTimes));
  P1_PATH(text, path, size);
  P1_CHECK(at->set_times(text, (flags & lookupflags::kSymlinkFollow) != 0, accessed, modified));
  return Errno::Success;
}

P1State::R P1State::path_link(M memory, u32 old_fd, u32 old_flags, u32 old_path, u32 old_size, u32 new_fd, u32 new_path,
                              u32 new_size) {
  if ((old_flags & ~lookupflags::kAll) != 0) return Errno::Inval;
  P1_TRY(Directory * from, directory(old_fd, rights::kPathLinkSource));
  P1_TRY(Directory * to, directory(new_fd, rights::kPathLinkTarget));
  P1_PATH(old_text, old_path, old_size);
  P1_PATH(new_text, new_path, new_size);
  // The host's linkat would follow after our checks; what the link leads to can be linked by its own path.
  if ((old_flags & lookupflags::kSymlinkFollow) != 0) return Errno::Inval;
  P1_CHECK(from->link(old_text, *to, new_text));
  return Errno::Success;
}

P1State::R P1State::path_open(M memory, u32 fd, u32 dirflags, u32 path, u32 size, u32 oflags, u64 base, u64 inheriting,
                              u32 fdflags, u32 out) {
  (void)inheriting;
  if ((dirflags & ~lookupflags::kAll) != 0 || (oflags & ~u32{oflags::kAll}) != 0 || (fdflags & ~u32{fdflags::kAll}) != 0)
    return Errno::Inval;
  P1_PATH(text, path, size);
  P1_TRY(const Descriptor* parent, descriptor(fd));
  if (std::holds_alternative<std::shared_ptr<File>>(parent->object)) return Errno::Notdir;
  OpenRequest request;
  request.follow = (dirflags & lookupflags::kSymlinkFollow) != 0;
  request.create = (oflags & oflags::kCreat) != 0;
  request.directory = (oflags & oflags::kDirectory) != 0;
  request.exclusive = (oflags & oflags::kExcl) != 0;
  request.truncate = (oflags & oflags::kTrunc) != 0;
  request.write = (base & rights::kFdWrite) != 0;
  // Who asks for neither may read.
  request.read = (base & rights::kFdRead) != 0 || !request.write;
  request.append = (fdflags & fdflags::kAppend) != 0;
  request.dsync = (fdflags & fdflags::kDsync) != 0;
  request.nonblock = (fdflags & fdflags::kNonblock) != 0;
  request.rsync = (fdflags & fdflags::kRsync) != 0;
  request.sync = (fdflags & fdflags::kSync) != 0;
  P1_TRY(Directory * at, directory(fd, rights::kPathOpen | (request.create ? rights::kPathCreateFile : 0) |
                                           (request.truncate ? rights::kPathFilestatSetSize : 0)));
  const Rights passed_on = parent->inheriting;
  if ((base & (rights::kFdRead | rights::kFdWrite) & ~passed_on) != 0) return Errno::Notcapable;

  P1_TRY(Opened opened, at->open(text, request));
  Descriptor descriptor;
  if (auto* file = std::get_if<std::shared_ptr<File>>(&opened)) {
    descriptor.base = rights::kAllFile & passed_on;
    if (!request.read) descriptor.base &= ~rights::kFdRead;
    if (!request.write) descriptor.base &= ~(rights::kFdWrite | rights::kFdAllocate | rights::kFdFilestatSetSize);
    descriptor.inheriting = descriptor.base;
    descriptor.object = std::move(*file);
  } else {
    descriptor.base = rights::kAllDir & passed_on;
    descriptor.inheriting = passed_on;
    descriptor.object = std::move(std::get<std::shared_ptr<Directory>>(opened));
  }
  P1_TRY(const u32 number, descriptors_.insert(std::move(descriptor)));
  if (auto written = memory.write(out, number); !written) {
    (void)descriptors_.remove(number);
    return std::unexpected(std::move(written).error());
  }
  return Errno::Success;
}

P1State::R P1State::path_readlink(M memory, u32 fd, u32 path, u32 size, u32 buf, u32 buf_size, u32 out) {
  P1_TRY(Directory * at, directory(fd, rights::kPathReadlink));
  P1_PATH(text, path, size);
  P1_TRY(const std::string target, at->readlink(text));
  const u32 count = static_cast<u32>(std::min<u64>(target.size(), buf_size));
  TENON_TRY_VOID(memory.write_bytes(buf, as_bytes(target).first(count)));
  TENON_TRY_VOID(memory.write(out, count));
  return Errno::Success;
}

P1State::R P1State::path_remove_directory(M memory, u32 fd, u32 path, u32 size) {
  P1_TRY(Directory * at, directory(fd, rights::kPathRemoveDirectory));
  P1_PATH(text, path, size);
  P1_CHECK(at->remove_directory(text));
  return Errno::Success;
}

P1State::R P1State::path_rename(M memory, u32 fd, u32 old_path, u32 old_size, u32 new_fd, u32 new_path, u32 new_size) {
  P1_TRY(Directory * from, directory(fd, rights::kPathRenameSource));
  P1_TRY(Directory * to, directory(new_fd, rights::kPathRenameTarget));
  P1_PATH(old_text, old_path, old_size);
  P1_PATH(new_text, new_path, new_size);
  P1_CHECK(from->rename(old_text, *to, new_text));
  return Errno::Success;
}

P1State::R P1State::path_symlink(M memory, u32 old_path, u32 old_size, u32 fd, u32 new_path, u32 new_size) {
  P1_TRY(Directory * at, directory(fd, rights::kPathSymlink));
  P1_PATH(old_text, old_path, old_size);
  P1_PATH(new_text, new_path, new_size);
  P1_CHECK(at->symlink(old_text, new_text));
  return Errno::Success;
}

P1State::R P1State::path_unlink_file(M memory, u32 fd, u32 path, u32 size) {
  P1_TRY(Directory * at, directory(fd, rights::kPathUnlinkFile));
  P1_PATH(text, path, size);
  P1_CHECK(at->unlink_file(text));
  return Errno::Success;
}

}  // namespace tenon::wasi::p1

#undef P1_PATH
