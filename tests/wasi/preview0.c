// wasi_unstable: preview 0 with its own layouts and order of whence, beside preview 1 on the same descriptors.
// RUN: --dir {dir}::/data preview0.wasm arg
// RUN: -S preview0=n preview0.wasm
// EXIT: 1
// STDERR: unknown import: `wasi_unstable::
#include "p1.h"

typedef struct {
  uint64_t dev, ino;
  uint8_t filetype;
  uint32_t nlink;
  uint64_t size, atim, mtim, ctim;
} filestat0;
_Static_assert(sizeof(filestat0) == 56, "layout of preview 0");
typedef struct {
  uint64_t userdata;
  uint8_t type;
  uint64_t identifier_or_fd;
  uint32_t id;
  uint64_t timeout, precision;
  uint16_t flags;
} subscription0;
_Static_assert(sizeof(subscription0) == 56, "layout of preview 0");
enum { kCur, kEnd, kSet };

int main(void) {
  uint32_t count = 0, size = 0;
  OK(p0_args_sizes_get(P(&count), P(&size)));
  CHECK(count == 2);
  p1_make_file("file", "0123456789");
  uint32_t fd = 0;
  OK(p0_path_open(3, 1, P("file"), 4, 0, READ | WRITE, ALL_RIGHTS, 0, P(&fd)));
  uint64_t at = 0;
  OK(p0_fd_seek(fd, 4, kSet, P(&at)));
  CHECK(at == 4);
  OK(p0_fd_seek(fd, 2, kCur, P(&at)));
  CHECK(at == 6);
  OK(p0_fd_seek(fd, (uint64_t)-1, kEnd, P(&at)));
  CHECK(at == 9);
  OK(p0_fd_tell(fd, P(&at)));
  CHECK(at == 9);
  IS(E(INVAL), p0_fd_seek(fd, 0, 3, P(&at)));
  IS(E(INVAL), p0_fd_seek(fd, (uint64_t)-100, kSet, P(&at)));

  filestat0 stat;
  __wasi_filestat_t newer;
  OK(p0_fd_filestat_get(fd, P(&stat)));
  OK(p1_fd_filestat_get(fd, P(&newer)));
  CHECK(stat.size == 10 && stat.nlink == 1 && stat.filetype == __WASI_FILETYPE_REGULAR_FILE);
  CHECK(stat.ino == newer.ino && stat.mtim == newer.mtim && stat.ctim == newer.ctim && stat.dev == newer.dev);
  memset(&stat, 0, sizeof stat);
  OK(p0_path_filestat_get(3, 0, P("file"), 4, P(&stat)));
  CHECK(stat.size == 10 && stat.ino == newer.ino);
  IS(E(NOENT), p0_path_filestat_get(3, 0, P("none"), 4, P(&stat)));
  IS(E(INVAL), p0_path_filestat_get(3, 2, P("file"), 4, P(&stat)));
  IS(E(BADF), p0_fd_filestat_get(1000, P(&stat)));

  subscription0 two[2] = {{.userdata = 1, .type = 0, .identifier_or_fd = UINT64_MAX, .id = 1, .timeout = 1000000},
                          {.userdata = 2, .type = 1, .identifier_or_fd = fd}};
  __wasi_event_t events[2];
  OK(p0_poll_oneoff(P(two), P(events), 1, P(&count)));
  CHECK(count == 1 && events[0].userdata == 1 && events[0].error == 0);
  OK(p0_poll_oneoff(P(two), P(events), 2, P(&count)));
  CHECK(count >= 1 && events[count - 1].userdata == 2 && events[count - 1].fd_readwrite.nbytes == 1);
  two[0].id = 7;
  IS(E(INVAL), p0_poll_oneoff(P(two), P(events), 1, P(&count)));
  IS(E(INVAL), p0_poll_oneoff(P(two), P(events), 0, P(&count)));
  OK(p0_fd_close(fd));
  // Those that are the same in both.
  OK(p0_path_create_directory(3, P("dir"), 3));
  OK(p0_path_rename(3, P("dir"), 3, 3, P("moved"), 5));
  OK(p0_path_remove_directory(3, P("moved"), 5));
  OK(p0_path_unlink_file(3, P("file"), 4));
  OK(p0_sched_yield());
  OK(p0_random_get(P(&at), 8));
  OK(p0_clock_time_get(1, 0, P(&at)));
  IS(E(NOTSOCK), p0_sock_recv(0, P(&at), 0, 0, P(&count), P(&size)));
  CHECK_DONE();
}
