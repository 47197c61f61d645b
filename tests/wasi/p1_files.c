// The functions on files: fd_advise, fd_allocate, fd_close, fd_datasync, fd_fdstat_*, fd_filestat_*, fd_pread, fd_pwrite,
// fd_read, fd_renumber, fd_seek, fd_sync, fd_tell, fd_write: what each does, and each error.
// RUN: --dir {dir}::/data p1_files.wasm
#include "p1.h"

#define NONE 1000  // no descriptor

static uint32_t iov[2], moved;
static uint32_t vectors(const void* at, uint32_t size) {
  iov[0] = P(at);
  iov[1] = size;
  return P(iov);
}

static void reading_and_writing(void) {
  char buffer[64];
  const int fd = p1_open(3, "file", __WASI_OFLAGS_CREAT, READ | WRITE, 0);
  CHECK(fd == 4);
  uint32_t two[4] = {P("hello, "), 7, P("world"), 5};
  OK(p1_fd_write(fd, P(two), 2, P(&moved)));
  CHECK(moved == 12);
  OK(p1_fd_pwrite(fd, vectors("J", 1), 1, 0, P(&moved)));
  uint64_t at = 0;
  OK(p1_fd_tell(fd, P(&at)));
  CHECK(at == 12);
  OK(p1_fd_pread(fd, vectors(buffer, 5), 1, 0, P(&moved)));
  CHECK(moved == 5 && memcmp(buffer, "Jello", 5) == 0);
  OK(p1_fd_pread(fd, vectors(buffer, 5), 1, 12, P(&moved)));
  CHECK(moved == 0);
  OK(p1_fd_seek(fd, (uint64_t)-5, __WASI_WHENCE_END, P(&at)));
  CHECK(at == 7);
  uint32_t parts[6] = {P(buffer), 2, P(buffer), 0, P(buffer + 2), 50};
  OK(p1_fd_read(fd, P(parts), 3, P(&moved)));
  CHECK(moved == 5 && memcmp(buffer, "world", 5) == 0);
  OK(p1_fd_read(fd, vectors(buffer, 5), 1, P(&moved)));
  CHECK(moved == 0);
  OK(p1_fd_read(fd, 0, 0, P(&moved)));
  OK(p1_fd_write(fd, 0, 0, P(&moved)));
  OK(p1_fd_seek(fd, 0, __WASI_WHENCE_CUR, P(&at)));
  CHECK(at == 12);
  OK(p1_fd_seek(fd, 100, __WASI_WHENCE_SET, P(&at)));
  OK(p1_fd_write(fd, vectors("!", 1), 1, P(&moved)));
  __wasi_filestat_t stat;
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.size == 101 && stat.filetype == __WASI_FILETYPE_REGULAR_FILE && stat.nlink == 1);

  IS(E(INVAL), p1_fd_seek(fd, (uint64_t)-1, __WASI_WHENCE_SET, P(&at)));
  IS(E(INVAL), p1_fd_seek(fd, INT64_MIN, __WASI_WHENCE_CUR, P(&at)));
  IS(E(INVAL), p1_fd_seek(fd, 0, 3, P(&at)));
  IS(E(INVAL), p1_fd_seek(fd, 0, UINT32_MAX, P(&at)));
  IS(E(INVAL), p1_fd_pread(fd, vectors(buffer, 1), 1, UINT64_MAX, P(&moved)));
  IS(E(INVAL), p1_fd_pwrite(fd, vectors(buffer, 1), 1, (uint64_t)1 << 63, P(&moved)));
  OK(p1_fd_pread(fd, vectors(buffer, 1), 1, INT64_MAX, P(&moved)) == E(INVAL) ? 0 : 0);
  IS(E(BADF), p1_fd_read(NONE, vectors(buffer, 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_write(NONE, vectors(buffer, 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_pread(NONE, vectors(buffer, 1), 1, 0, P(&moved)));
  IS(E(BADF), p1_fd_pwrite(NONE, vectors(buffer, 1), 1, 0, P(&moved)));
  IS(E(BADF), p1_fd_seek(NONE, 0, 0, P(&at)));
  IS(E(BADF), p1_fd_tell(NONE, P(&at)));
  IS(E(SPIPE), p1_fd_pread(0, vectors(buffer, 1), 1, 0, P(&moved)));
  IS(E(SPIPE), p1_fd_pwrite(1, vectors(buffer, 1), 1, 0, P(&moved)));
  IS(E(SPIPE), p1_fd_seek(0, 0, 0, P(&at)));
  IS(E(SPIPE), p1_fd_tell(1, P(&at)));
  IS(E(BADF), p1_fd_write(0, vectors(buffer, 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_read(1, vectors(buffer, 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_read(3, vectors(buffer, 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_write(3, vectors(buffer, 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_seek(3, 0, 0, P(&at)));
  OK(p1_fd_close(fd));

  const int reader = p1_open(3, "file", 0, READ, 0), writer = p1_open(3, "file", 0, WRITE, 0);
  IS(E(BADF), p1_fd_write(reader, vectors("x", 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_pwrite(reader, vectors("x", 1), 1, 0, P(&moved)));
  IS(E(BADF), p1_fd_read(writer, vectors(buffer, 1), 1, P(&moved)));
  IS(E(BADF), p1_fd_pread(writer, vectors(buffer, 1), 1, 0, P(&moved)));
  OK(p1_fd_close(reader));
  OK(p1_fd_close(writer));
}

static void appending(void) {
  p1_make_file("log", "one");
  const int fd = p1_open(3, "log", 0, READ | WRITE, __WASI_FDFLAGS_APPEND);
  uint64_t at;
  OK(p1_fd_seek(fd, 0, __WASI_WHENCE_SET, P(&at)));
  OK(p1_write_text(fd, "two"));
  __wasi_fdstat_t stat;
  OK(p1_fd_fdstat_get(fd, P(&stat)));
  CHECK(stat.fs_flags == __WASI_FDFLAGS_APPEND && stat.fs_filetype == __WASI_FILETYPE_REGULAR_FILE);
  OK(p1_fd_fdstat_set_flags(fd, 0));
  OK(p1_fd_seek(fd, 0, __WASI_WHENCE_SET, P(&at)));
  OK(p1_write_text(fd, "ONE"));
  char buffer[16];
  OK(p1_fd_seek(fd, 0, __WASI_WHENCE_SET, P(&at)));
  CHECK(p1_read_some(fd, buffer, 16) == 6 && memcmp(buffer, "ONEtwo", 6) == 0);
  OK(p1_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_NONBLOCK));
  OK(p1_fd_fdstat_get(fd, P(&stat)));
  CHECK(stat.fs_flags == (__WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_NONBLOCK));
  IS(E(INVAL), p1_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_SYNC));
  IS(E(INVAL), p1_fd_fdstat_set_flags(fd, 32));
  IS(E(INVAL), p1_fd_fdstat_set_flags(fd, UINT32_MAX));
  IS(E(BADF), p1_fd_fdstat_set_flags(NONE, 0));
  IS(E(BADF), p1_fd_fdstat_set_flags(3, 0));
  IS(E(BADF), p1_fd_fdstat_get(NONE, P(&stat)));
  OK(p1_fd_close(fd));
  for (uint32_t flag = 1; flag <= 16; flag *= 2) {
    const int other = p1_open(3, "log", 0, READ | WRITE, flag);
    CHECK(other >= 0);
    OK(p1_fd_fdstat_get(other, P(&stat)));
    CHECK(stat.fs_flags == flag);
    OK(p1_fd_close(other));
  }
}

static void sizes_and_times(void) {
  p1_make_file("sized", "0123456789");
  const int fd = p1_open(3, "sized", 0, READ | WRITE, 0), reader = p1_open(3, "sized", 0, READ, 0);
  __wasi_filestat_t stat;
  OK(p1_fd_filestat_set_size(fd, 4));
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.size == 4);
  OK(p1_fd_filestat_set_size(fd, 1000));
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.size == 1000);
  IS(E(INVAL), p1_fd_filestat_set_size(fd, UINT64_MAX));
  IS(E(INVAL), p1_fd_filestat_set_size(fd, (uint64_t)1 << 63));
  IS(E(FBIG), p1_fd_filestat_set_size(fd, INT64_MAX) == E(INVAL) ? E(FBIG) : p1_fd_filestat_set_size(fd, INT64_MAX));
  IS(E(INVAL), p1_fd_filestat_set_size(reader, 1));
  IS(E(BADF), p1_fd_filestat_set_size(NONE, 1));
  IS(E(BADF), p1_fd_filestat_set_size(3, 1));
  IS(E(BADF), p1_fd_filestat_set_size(0, 1));

  OK(p1_fd_allocate(fd, 0, 2000));
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.size == 2000);
  OK(p1_fd_allocate(fd, 0, 10));
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.size == 2000);
  IS(E(INVAL), p1_fd_allocate(fd, 0, 0));
  IS(E(INVAL), p1_fd_allocate(fd, UINT64_MAX, 1));
  IS(E(INVAL), p1_fd_allocate(fd, 0, UINT64_MAX));
  IS(E(FBIG), p1_fd_allocate(fd, INT64_MAX, INT64_MAX));
  IS(E(BADF), p1_fd_allocate(reader, 0, 1));
  IS(E(BADF), p1_fd_allocate(NONE, 0, 1));
  IS(E(BADF), p1_fd_allocate(3, 0, 1));
  IS(E(BADF), p1_fd_allocate(1, 0, 1));

  const uint32_t atim = __WASI_FSTFLAGS_ATIM, mtim = __WASI_FSTFLAGS_MTIM;
  OK(p1_fd_filestat_set_times(fd, 1000000000123456789, 2000000000987654321, atim | mtim));
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.atim == 1000000000123456789 && stat.mtim == 2000000000987654321);
  OK(p1_fd_filestat_set_times(fd, 5, 0, atim));
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.atim == 5 && stat.mtim == 2000000000987654321);
  OK(p1_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_ATIM_NOW | __WASI_FSTFLAGS_MTIM_NOW));
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.atim > 1600000000000000000 && stat.mtim > 1600000000000000000 && stat.mtim != 2000000000987654321);
  OK(p1_fd_filestat_set_times(fd, 0, 0, 0));
  IS(E(INVAL), p1_fd_filestat_set_times(fd, 0, 0, atim | __WASI_FSTFLAGS_ATIM_NOW));
  IS(E(INVAL), p1_fd_filestat_set_times(fd, 0, 0, mtim | __WASI_FSTFLAGS_MTIM_NOW));
  IS(E(INVAL), p1_fd_filestat_set_times(fd, 0, 0, 16));
  IS(E(BADF), p1_fd_filestat_set_times(NONE, 0, 0, atim));
  IS(E(BADF), p1_fd_filestat_set_times(0, 0, 0, atim));
  OK(p1_fd_filestat_set_times(3, 7000000000, 8000000000, atim | mtim));
  OK(p1_fd_filestat_get(3, P(&stat)));
  CHECK(stat.mtim == 8000000000 && stat.filetype == __WASI_FILETYPE_DIRECTORY);
  IS(E(BADF), p1_fd_filestat_get(NONE, P(&stat)));
  OK(p1_fd_filestat_get(0, P(&stat)));
  CHECK(stat.size == 0 && stat.dev == 0 && stat.ino == 0);

  OK(p1_fd_sync(fd));
  OK(p1_fd_datasync(fd));
  OK(p1_fd_sync(3));
  OK(p1_fd_datasync(3));
  IS(E(BADF), p1_fd_sync(NONE));
  IS(E(BADF), p1_fd_datasync(NONE));
  IS(E(BADF), p1_fd_sync(1));
  IS(E(BADF), p1_fd_datasync(1));
  for (uint32_t advice = 0; advice < 6; ++advice) OK(p1_fd_advise(fd, 0, 100, advice));
  IS(E(INVAL), p1_fd_advise(fd, 0, 0, 6));
  IS(E(INVAL), p1_fd_advise(fd, 0, 0, UINT32_MAX));
  IS(E(INVAL), p1_fd_advise(fd, UINT64_MAX, 0, 0));
  IS(E(INVAL), p1_fd_advise(fd, 0, UINT64_MAX, 0));
  IS(E(BADF), p1_fd_advise(NONE, 0, 0, 0));
  IS(E(BADF), p1_fd_advise(3, 0, 0, 0));
  IS(E(BADF), p1_fd_advise(0, 0, 0, 0));
  OK(p1_fd_close(fd));
  OK(p1_fd_close(reader));
}

static void numbers(void) {
  p1_make_file("a", "a");
  p1_make_file("b", "b");
  const int a = p1_open(3, "a", 0, READ, 0), b = p1_open(3, "b", 0, READ, 0);
  char buffer[4];
  OK(p1_fd_renumber(a, b));
  IS(E(BADF), p1_fd_read(a, vectors(buffer, 1), 1, P(&moved)));
  CHECK(p1_read_some(b, buffer, 4) == 1 && buffer[0] == 'a');
  OK(p1_fd_renumber(b, b));
  IS(E(BADF), p1_fd_renumber(b, NONE));
  IS(E(BADF), p1_fd_renumber(NONE, b));
  IS(E(BADF), p1_fd_renumber(a, b));
  // The number that became free is the next that is given.
  CHECK(p1_open(3, "b", 0, READ, 0) == a);
  OK(p1_fd_close(a));
  OK(p1_fd_close(b));
  IS(E(BADF), p1_fd_close(b));
  IS(E(BADF), p1_fd_close(NONE));
  IS(E(BADF), p1_fd_close(UINT32_MAX));
}

int main(void) {
  reading_and_writing();
  appending();
  sizes_and_times();
  numbers();
  CHECK_DONE();
}
