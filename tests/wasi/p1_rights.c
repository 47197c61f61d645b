// Rights as current runtimes treat them: what was given up is gone (notcapable), what was not asked for is there.
// RUN: --dir {dir}::/data p1_rights.wasm
#include "p1.h"

static uint32_t iov[2], moved;
static uint32_t vectors(const void* at, uint32_t size) {
  iov[0] = P(at);
  iov[1] = size;
  return P(iov);
}
static __wasi_fdstat_t fdstat(uint32_t fd) {
  __wasi_fdstat_t stat;
  memset(&stat, 0xff, sizeof stat);
  OK(p1_fd_fdstat_get(fd, P(&stat)));
  return stat;
}

int main(void) {
  uint64_t at;
  __wasi_filestat_t stat;
  p1_make_file("file", "text");
  const uint64_t all = fdstat(3).fs_rights_base;
  CHECK((all & RIGHT(PATH_OPEN)) && (all & RIGHT(FD_READDIR)) && !(all & RIGHT(FD_READ)));
  CHECK(fdstat(3).fs_rights_inheriting & RIGHT(FD_READ));
  CHECK(fdstat(0).fs_rights_base & RIGHT(FD_READ));
  CHECK(!(fdstat(0).fs_rights_base & RIGHT(FD_WRITE)));
  CHECK(!(fdstat(0).fs_rights_base & RIGHT(FD_SEEK)) && !(fdstat(1).fs_rights_base & RIGHT(FD_SEEK)));

  // Who asks for little gets what the directory passes on, but for reading and writing.
  int fd = p1_open(3, "file", 0, READ, 0);
  CHECK(fdstat(fd).fs_rights_base & RIGHT(FD_SEEK));
  CHECK(!(fdstat(fd).fs_rights_base & RIGHT(FD_WRITE)));
  IS(E(NOTCAPABLE), p1_fd_fdstat_set_rights(fd, fdstat(fd).fs_rights_base | RIGHT(FD_WRITE), 0));
  IS(E(NOTCAPABLE), p1_fd_fdstat_set_rights(fd, 0, UINT64_MAX));
  IS(E(NOTCAPABLE), p1_fd_fdstat_set_rights(fd, UINT64_MAX, 0));
  IS(E(NOTCAPABLE), p1_fd_fdstat_set_rights(fd, (uint64_t)1 << 63, 0));
  IS(E(BADF), p1_fd_fdstat_set_rights(1000, 0, 0));
  OK(p1_fd_fdstat_set_rights(fd, RIGHT(FD_READ), 0));
  CHECK(fdstat(fd).fs_rights_base == RIGHT(FD_READ) && fdstat(fd).fs_rights_inheriting == 0);
  char buffer[4];
  OK(p1_fd_read(fd, vectors(buffer, 1), 1, P(&moved)));
  IS(E(NOTCAPABLE), p1_fd_seek(fd, 0, __WASI_WHENCE_SET, P(&at)));
  IS(E(NOTCAPABLE), p1_fd_tell(fd, P(&at)));
  IS(E(NOTCAPABLE), p1_fd_pread(fd, vectors(buffer, 1), 1, 0, P(&moved)));
  IS(E(NOTCAPABLE), p1_fd_filestat_get(fd, P(&stat)));
  IS(E(NOTCAPABLE), p1_fd_sync(fd));
  IS(E(NOTCAPABLE), p1_fd_datasync(fd));
  IS(E(NOTCAPABLE), p1_fd_advise(fd, 0, 0, 0));
  IS(E(NOTCAPABLE), p1_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_ATIM));
  IS(E(NOTCAPABLE), p1_fd_fdstat_set_flags(fd, 0));
  OK(p1_fd_fdstat_set_rights(fd, 0, 0));
  IS(E(NOTCAPABLE), p1_fd_read(fd, vectors(buffer, 1), 1, P(&moved)));
  IS(E(NOTCAPABLE), p1_fd_fdstat_set_rights(fd, RIGHT(FD_READ), 0));
  // Another number for it does not bring rights back.
  const int other = p1_open(3, "file", 0, READ, 0);
  OK(p1_fd_renumber(fd, other));
  IS(E(NOTCAPABLE), p1_fd_read(other, vectors(buffer, 1), 1, P(&moved)));
  OK(p1_fd_close(other));

  fd = p1_open(3, "file", 0, READ | WRITE, 0);
  OK(p1_fd_fdstat_set_rights(fd, RIGHT(FD_READ), 0));
  IS(E(NOTCAPABLE), p1_fd_write(fd, vectors("x", 1), 1, P(&moved)));
  IS(E(NOTCAPABLE), p1_fd_pwrite(fd, vectors("x", 1), 1, 0, P(&moved)));
  IS(E(NOTCAPABLE), p1_fd_filestat_set_size(fd, 0));
  IS(E(NOTCAPABLE), p1_fd_allocate(fd, 0, 1));
  OK(p1_fd_close(fd));

  // A directory that passes on no writing: what is opened through it cannot write, however it is asked for.
  OK(p1_path_create_directory(3, P("dir"), 3));
  fd = p1_open(3, "dir", __WASI_OFLAGS_DIRECTORY, READ, 0);
  OK(p1_fd_fdstat_set_rights(fd, fdstat(fd).fs_rights_base, fdstat(fd).fs_rights_inheriting & ~RIGHT(FD_WRITE)));
  IS(E(NOTCAPABLE), p1_try_open(fd, "new", __WASI_OFLAGS_CREAT, READ | WRITE, 0));
  const int inner = p1_open(fd, ".", __WASI_OFLAGS_DIRECTORY, READ, 0);
  IS(E(NOTCAPABLE), p1_try_open(inner, "new", __WASI_OFLAGS_CREAT, WRITE, 0));
  OK(p1_fd_close(inner));
  // One that gives up everything.
  OK(p1_fd_fdstat_set_rights(fd, 0, 0));
  IS(E(NOTCAPABLE), p1_try_open(fd, "x", 0, READ, 0));
  IS(E(NOTCAPABLE), p1_path_create_directory(fd, P("x"), 1));
  IS(E(NOTCAPABLE), p1_path_remove_directory(fd, P("x"), 1));
  IS(E(NOTCAPABLE), p1_path_unlink_file(fd, P("x"), 1));
  IS(E(NOTCAPABLE), p1_path_readlink(fd, P("x"), 1, P(buffer), 1, P(&moved)));
  IS(E(NOTCAPABLE), p1_path_symlink(P("x"), 1, fd, P("y"), 1));
  IS(E(NOTCAPABLE), p1_path_rename(fd, P("x"), 1, 3, P("y"), 1));
  IS(E(NOTCAPABLE), p1_path_rename(3, P("x"), 1, fd, P("y"), 1));
  IS(E(NOTCAPABLE), p1_path_link(fd, 0, P("x"), 1, 3, P("y"), 1));
  IS(E(NOTCAPABLE), p1_path_link(3, 0, P("x"), 1, fd, P("y"), 1));
  IS(E(NOTCAPABLE), p1_path_filestat_get(fd, 0, P("x"), 1, P(&stat)));
  IS(E(NOTCAPABLE), p1_path_filestat_set_times(fd, 0, P("x"), 1, 0, 0, __WASI_FSTFLAGS_ATIM));
  IS(E(NOTCAPABLE), p1_fd_readdir(fd, P(buffer), 4, 0, P(&moved)));
  IS(E(NOTCAPABLE), p1_fd_sync(fd));
  IS(E(NOTCAPABLE), p1_fd_datasync(fd));
  IS(E(NOTCAPABLE), p1_fd_filestat_get(fd, P(&stat)));
  IS(E(NOTCAPABLE), p1_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_ATIM));
  OK(p1_fd_close(fd));
  // Creating and truncating are rights of their own.
  fd = p1_open(3, "dir", __WASI_OFLAGS_DIRECTORY, READ, 0);
  OK(p1_fd_fdstat_set_rights(fd, RIGHT(PATH_OPEN), ALL_RIGHTS & fdstat(fd).fs_rights_inheriting));
  IS(E(NOTCAPABLE), p1_try_open(fd, "new", __WASI_OFLAGS_CREAT, WRITE, 0));
  IS(E(NOTCAPABLE), p1_try_open(fd, "new", __WASI_OFLAGS_TRUNC, WRITE, 0));
  IS(E(NOENT), p1_try_open(fd, "new", 0, WRITE, 0));
  OK(p1_fd_close(fd));

  // Streams.
  __wasi_subscription_t subscription = {.userdata = 1, .u = {.tag = __WASI_EVENTTYPE_FD_READ, .u.fd_read = {0}}};
  __wasi_event_t event;
  OK(p1_fd_fdstat_set_rights(0, RIGHT(FD_READ), 0));
  OK(p1_poll_oneoff(P(&subscription), P(&event), 1, P(&moved)));
  CHECK(moved == 1 && event.error == E(NOTCAPABLE));
  OK(p1_fd_fdstat_set_rights(0, 0, 0));
  IS(E(NOTCAPABLE), p1_fd_read(0, vectors(buffer, 1), 1, P(&moved)));
  CHECK_DONE();
}
