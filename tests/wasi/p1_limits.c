// Limits of preview 1, each at one below, at it, one beyond, and far beyond: a defined answer, and nothing of that size is taken.
// RUN: --dir {dir}::/data -S max-random-size=1000 p1_limits.wasm random 999 1000
// RUN: -S max-random-size=1000 p1_limits.wasm random 1001
// EXIT: 1
// STDERR: requested len 1001 exceeds limit 1000
// RUN: -S max-random-size=1000 p1_limits.wasm random 2147483648
// EXIT: 1
// STDERR: requested len 2147483648 exceeds limit 1000
// RUN: -S max-random-size=1000 p1_limits.wasm random 4294967295
// EXIT: 1
// STDERR: requested len 4294967295 exceeds limit 1000
// RUN: p1_limits.wasm random 67108863 67108864
// RUN: p1_limits.wasm random 67108865
// EXIT: 1
// STDERR: requested len 67108865 exceeds limit 67108864
// RUN: --dir {dir}::/data -S hostcall-fuel=1000 p1_limits.wasm transfer
// RUN: --dir {dir}::/data -S hostcall-fuel=160 p1_limits.wasm vectors
// RUN: --dir {dir}::/data -S max-resources=20 p1_limits.wasm descriptors 20
// RUN: --dir {dir}::/data -S max-resources=4 p1_limits.wasm descriptors 4
// RUN: --dir {dir}::/data p1_limits.wasm paths
// RUN: p1_limits.wasm polls
// RUN: --dir {dir}::/data p1_limits.wasm sizes
#include "p1.h"

static unsigned char* big(size_t size) {
  unsigned char* made = malloc(size);
  CHECK(made != NULL);
  return made;
}

static uint32_t moved;

// One transfer may copy 1,000 bytes: more is shortened, and what is too much in its first vector fails.
static void transfer(void) {
  const uint32_t fd = (uint32_t)p1_open(3, "file", __WASI_OFLAGS_CREAT, READ | WRITE, 0);
  unsigned char* data = big(100000);
  const uint32_t sizes[] = {999, 1000, 1001, 100000};
  for (int i = 0; i < 4; ++i) {
    uint32_t iov[2] = {P(data), sizes[i]};
    IS(sizes[i] <= 1000 ? E(SUCCESS) : E(NOMEM), p1_fd_pwrite(fd, P(iov), 1, 0, P(&moved)));
    IS(sizes[i] <= 1000 ? E(SUCCESS) : E(NOMEM), p1_fd_pread(fd, P(iov), 1, 0, P(&moved)));
    IS(sizes[i] <= 1000 ? E(SUCCESS) : E(NOMEM), p1_fd_write(fd, P(iov), 1, P(&moved)));
    IS(sizes[i] <= 1000 ? E(SUCCESS) : E(NOMEM), p1_fd_read(fd, P(iov), 1, P(&moved)));
  }
  uint32_t two[4] = {P(data), 600, P(data), 600};
  OK(p1_fd_write(fd, P(two), 2, P(&moved)));
  CHECK(moved == 600);
}

// Twenty vectors of eight bytes are all that 160 bytes allow.
static void vectors(void) {
  const uint32_t fd = (uint32_t)p1_open(3, "file", __WASI_OFLAGS_CREAT, READ | WRITE, 0);
  static uint32_t iov[2 * 100];
  for (int i = 0; i < 100; ++i) {
    iov[2 * i] = P(iov);
    iov[2 * i + 1] = 1;
  }
  OK(p1_fd_write(fd, P(iov), 19, P(&moved)));
  CHECK(moved == 19);
  OK(p1_fd_write(fd, P(iov), 20, P(&moved)));
  CHECK(moved == 20);
  IS(E(NOMEM), p1_fd_write(fd, P(iov), 21, P(&moved)));
  IS(E(NOMEM), p1_fd_write(fd, P(iov), 100, P(&moved)));
}

static void descriptors(uint32_t most) {
  // 0 to 3 are taken.
  for (int round = 0; round < 3; ++round) {
    uint32_t opened = 4, fd;
    while (opened < most + 5) {
      const uint32_t code = p1_path_open(3, 0, P("."), 1, __WASI_OFLAGS_DIRECTORY, READ, 0, 0, P(&fd));
      if (code != 0) {
        IS(E(MFILE), code);
        break;
      }
      CHECK(fd == opened);
      ++opened;
    }
    CHECK(opened == most);
    while (opened > 4) OK(p1_fd_close(--opened));
  }
}

static void paths(void) {
  static char path[200000];
  __wasi_filestat_t stat;
  // 4,095 bytes of "./" and so on are a path; a name has 255.
  for (int i = 0; i < 200000; ++i) path[i] = i % 2 ? '/' : '.';
  OK(p1_path_filestat_get(3, 0, P(path), 4094, P(&stat)));
  OK(p1_path_filestat_get(3, 0, P(path), 4095, P(&stat)));
  IS(E(NAMETOOLONG), p1_path_filestat_get(3, 0, P(path), 4096, P(&stat)));
  IS(E(NAMETOOLONG), p1_path_filestat_get(3, 0, P(path), 200000, P(&stat)));
  memset(path, 'n', sizeof path);
  IS(E(NOENT), p1_path_filestat_get(3, 0, P(path), 254, P(&stat)));
  IS(E(NOENT), p1_path_filestat_get(3, 0, P(path), 255, P(&stat)));
  IS(E(NAMETOOLONG), p1_path_filestat_get(3, 0, P(path), 256, P(&stat)));
  // Links: 40 are followed, no more.
  char name[16], target[16];
  p1_make_file("end", "");
  for (int i = 0; i < 42; ++i) {
    snprintf(name, sizeof name, "l%d", i);
    snprintf(target, sizeof target, i == 0 ? "end" : "l%d", i - 1);
    OK(p1_path_symlink(P(target), p1_len(target), 3, P(name), p1_len(name)));
  }
  OK(p1_path_filestat_get(3, 1, P("l38"), 3, P(&stat)));
  OK(p1_path_filestat_get(3, 1, P("l39"), 3, P(&stat)));
  IS(E(LOOP), p1_path_filestat_get(3, 1, P("l40"), 3, P(&stat)));
  IS(E(LOOP), p1_path_filestat_get(3, 1, P("l41"), 3, P(&stat)));
}

static void polls(void) {
  __wasi_subscription_t* in = (__wasi_subscription_t*)big(100000 * sizeof *in);
  __wasi_event_t* out = (__wasi_event_t*)big(100000 * sizeof *out);
  memset(in, 0, 100000 * sizeof *in);
  const uint32_t counts[] = {4095, 4096, 4097, 100000};
  for (int i = 0; i < 4; ++i) IS(counts[i] <= 4096 ? E(SUCCESS) : E(NOMEM), p1_poll_oneoff(P(in), P(out), counts[i], P(&moved)));
}

static void sizes(void) {
  const uint32_t fd = (uint32_t)p1_open(3, "file", __WASI_OFLAGS_CREAT, READ | WRITE, 0);
  const uint64_t far[] = {INT64_MAX, (uint64_t)1 << 63, UINT64_MAX};
  for (int i = 0; i < 3; ++i) {
    CHECK(p1_fd_filestat_set_size(fd, far[i]) != 0);
    CHECK(p1_fd_allocate(fd, far[i], 1) != 0);
    CHECK(p1_fd_allocate(fd, 0, far[i]) != 0);
    uint32_t iov[2] = {P("x"), 1};
    CHECK(p1_fd_pwrite(fd, P(iov), 1, far[i], P(&moved)) != 0);
  }
  __wasi_filestat_t stat;
  OK(p1_fd_filestat_get(fd, P(&stat)));
  CHECK(stat.size == 0);
}

int main(int argc, char** argv) {
  const char* what = argv[1];
  if (strcmp(what, "random") == 0) {
    for (int i = 2; i < argc; ++i) {
      const uint32_t size = (uint32_t)strtoul(argv[i], NULL, 10);
      OK(p1_random_get(P(size > (100u << 20) ? NULL : big(size)), size));
    }
  }
  if (strcmp(what, "transfer") == 0) transfer();
  if (strcmp(what, "vectors") == 0) vectors();
  if (strcmp(what, "descriptors") == 0) descriptors((uint32_t)atoi(argv[2]));
  if (strcmp(what, "paths") == 0) paths();
  if (strcmp(what, "polls") == 0) polls();
  if (strcmp(what, "sizes") == 0) sizes();
  CHECK_DONE();
}
