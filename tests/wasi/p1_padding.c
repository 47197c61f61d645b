// No byte of the host comes through: whatever a function writes is what it says, zero in every place that says nothing, and not
// a byte beyond. Memory is filled with another pattern before each call.
// RUN: --dir {dir}::/data --env A=1 p1_padding.wasm arg
// STDIN: input
#include "p1.h"

enum { kBefore = 64, kAfter = 256 };
static unsigned char area[4096] __attribute__((aligned(16)));
static unsigned char* const out = area + kBefore;
static unsigned char pattern;

// Fills the memory with a pattern; the first of three runs.
static void fill(void) { memset(area, pattern, sizeof area); }

// The bytes from `from` to `to` of what was written are `value`.
static bool are(unsigned from, unsigned to, unsigned char value) {
  for (unsigned i = from; i < to; ++i)
    if (out[i] != value) {
      printf("byte %u is %#x, not %#x\n", i, out[i], value);
      return false;
    }
  return true;
}
// Nothing outside of the first `size` bytes has changed.
static bool only(unsigned size) {
  for (unsigned i = 0; i < sizeof area; ++i)
    if ((i < kBefore || i >= kBefore + size) && area[i] != pattern) {
      printf("byte %d beside %u bytes was written\n", (int)i - kBefore, size);
      return false;
    }
  return true;
}

static void check_all(void) {
  fill();
  OK(p1_fd_fdstat_get(3, P(out)));
  CHECK(only(24) && out[0] == 3 && are(1, 2, 0) && are(4, 8, 0) && out[8 + 7] == 0);
  fill();
  OK(p1_fd_fdstat_get(1, P(out)));
  CHECK(only(24) && are(1, 2, 0) && are(4, 8, 0));
  fill();
  OK(p1_fd_filestat_get(3, P(out)));
  CHECK(only(64) && out[16] == 3 && are(17, 24, 0));
  fill();
  OK(p1_fd_filestat_get(0, P(out)));
  CHECK(only(64) && are(0, 16, 0) && are(17, 64, 0));
  fill();
  OK(p1_path_filestat_get(3, 0, P("file"), 4, P(out)));
  CHECK(only(64) && out[16] == 4 && are(17, 24, 0));
  fill();
  OK(p0_path_filestat_get(3, 0, P("file"), 4, P(out)));
  CHECK(only(56) && out[16] == 4 && are(17, 20, 0) && out[20] == 1 && are(21, 24, 0) && out[24] == 4);
  fill();
  OK(p0_fd_filestat_get(0, P(out)));
  CHECK(only(56) && are(0, 16, 0) && are(17, 56, 0));
  fill();
  OK(p1_fd_prestat_get(3, P(out)));
  CHECK(only(8) && are(0, 4, 0) && out[4] == 5 && are(5, 8, 0));
  fill();
  OK(p1_fd_prestat_dir_name(3, P(out), 5));
  CHECK(only(5));
  uint32_t used;
  for (uint32_t size = 0; size < 80; ++size) {
    fill();
    OK(p1_fd_readdir(3, P(out), size, 0, P(&used)));
    CHECK(used <= size && only(used));
    for (uint32_t at = 0; at + 24 <= used;) {
      uint32_t name;
      memcpy(&name, out + at + 16, 4);
      CHECK(are(at + 21, at + 24, 0) && name < 10);
      at += 24 + name;
    }
  }
  __wasi_subscription_t subscriptions[3];
  memset(subscriptions, pattern, sizeof subscriptions);
  for (int i = 0; i < 3; ++i) {
    subscriptions[i].userdata = 1;
    subscriptions[i].u.tag = (uint8_t)i;
  }
  subscriptions[0].u.u.clock = (__wasi_subscription_clock_t){.id = 1};
  subscriptions[1].u.u.fd_read.file_descriptor = 1000;
  subscriptions[2].u.u.fd_write.file_descriptor = 1;
  fill();
  OK(p1_poll_oneoff(P(subscriptions), P(out), 3, P(&used)));
  CHECK(used == 3 && only(96));
  for (unsigned i = 0; i < 3; ++i) {
    CHECK(are(32 * i + 1, 32 * i + 8, 0) && are(32 * i + 11, 32 * i + 16, 0) && are(32 * i + 26, 32 * i + 32, 0));
    if (i < 2) CHECK(are(32 * i + 16, 32 * i + 26, 0));
  }
  fill();
  OK(p1_args_sizes_get(P(out), P(out + 4)));
  CHECK(only(8));
  fill();
  OK(p1_args_get(P(out), P(out + 8)));
  CHECK(only(8 + sizeof "p1_padding.wasm" + sizeof "arg"));
  fill();
  OK(p1_environ_get(P(out), P(out + 8)));
  CHECK(only(8 + 4));
  fill();
  OK(p1_clock_time_get(0, 0, P(out)));
  CHECK(only(8));
  fill();
  OK(p1_clock_res_get(0, P(out)));
  CHECK(only(8));
  fill();
  OK(p1_random_get(P(out), 33));
  CHECK(only(33));
  fill();
  OK(p1_path_readlink(3, P("link"), 4, P(out), 100, P(&used)));
  CHECK(used == 4 && only(4));
  const uint32_t fd = (uint32_t)p1_open(3, "file", 0, READ | WRITE, 0);
  uint32_t iov[4] = {P(out), 3, P(out + 3), 100};
  fill();
  OK(p1_fd_pread(fd, P(iov), 2, 0, P(&used)));
  CHECK(used == 4 && only(4));
  fill();
  OK(p1_fd_read(fd, P(iov), 2, P(&used)));
  CHECK(used == 4 && only(4));
  fill();
  OK(p1_fd_seek(fd, 0, 0, P(out)));
  CHECK(only(8) && are(0, 8, 0));
  fill();
  OK(p1_fd_tell(fd, P(out)));
  CHECK(only(8) && are(0, 8, 0));
  fill();
  OK(p1_fd_write(fd, P(iov), 0, P(out)));
  CHECK(only(4) && are(0, 4, 0));
  OK(p1_fd_close(fd));
  fill();
  OK(p1_path_open(3, 0, P("file"), 4, 0, READ, 0, 0, P(out)));
  CHECK(only(4) && out[0] == fd);
  OK(p1_fd_close(fd));
  // Where a call fails nothing is written.
  fill();
  IS(E(NOENT), p1_path_filestat_get(3, 0, P("none"), 4, P(out)));
  IS(E(NOENT), p1_path_open(3, 0, P("none"), 4, 0, READ, 0, 0, P(out)));
  IS(E(BADF), p1_fd_fdstat_get(1000, P(out)));
  IS(E(INVAL), p1_path_readlink(3, P("file"), 4, P(out), 100, P(out + 200)));
  IS(E(INVAL), p1_clock_time_get(9, 0, P(out)));
  CHECK(only(0));
}

int main(void) {
  p1_make_file("file", "text");
  OK(p1_path_symlink(P("file"), 4, 3, P("link"), 4));
  static const unsigned char patterns[] = {0x00, 0xff, 0xa5};
  for (int i = 0; i < 3; ++i) {
    pattern = patterns[i];
    check_all();
  }
  CHECK_DONE();
}
