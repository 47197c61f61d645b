// poll_oneoff on clocks, files, directories and streams.
// RUN: --dir {dir}::/data p1_poll.wasm
// STDIN: input
// RUN: -S inherit-stdin=n --dir {dir}::/data p1_poll.wasm empty
// RUN: -W timeout=100ms p1_poll.wasm forever
// EXIT: 134
// STDERR: wasm trap: interrupt
// RUN: p1_poll.wasm many
#include "p1.h"

static __wasi_subscription_t clock_sub(uint64_t userdata, uint32_t id, uint64_t timeout, uint16_t flags) {
  return (__wasi_subscription_t){
      .userdata = userdata, .u = {.tag = __WASI_EVENTTYPE_CLOCK, .u.clock = {.id = id, .timeout = timeout, .flags = flags}}};
}
static __wasi_subscription_t fd_sub(uint64_t userdata, uint8_t type, uint32_t fd) {
  return (__wasi_subscription_t){.userdata = userdata, .u = {.tag = type, .u.fd_read = {fd}}};
}
static __wasi_event_t events[8];
static uint32_t count;
static uint32_t poll(const __wasi_subscription_t* subscriptions, uint32_t n) {
  memset(events, 0x55, sizeof events);
  count = 0;
  return p1_poll_oneoff(P(subscriptions), P(events), n, P(&count));
}
static uint64_t now(uint32_t id) {
  uint64_t value = 0;
  OK(p1_clock_time_get(id, 0, P(&value)));
  return value;
}
#define MS 1000000ull

static void clocks(void) {
  const uint64_t begin = now(1);
  __wasi_subscription_t two[2] = {clock_sub(7, 1, 500 * MS, 0), clock_sub(8, 1, 20 * MS, 0)};
  OK(poll(two, 2));
  CHECK(count == 1 && events[0].userdata == 8 && events[0].type == __WASI_EVENTTYPE_CLOCK && events[0].error == 0);
  const uint64_t passed = now(1) - begin;
  CHECK(passed >= 20 * MS && passed < 450 * MS);
  for (uint32_t id = 0; id < 2; ++id) {
    const uint64_t before = now(id);
    __wasi_subscription_t until = clock_sub(1, id, before + 20 * MS, __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME);
    OK(poll(&until, 1));
    CHECK(count == 1 && now(id) >= before + 20 * MS);
    // A time that has passed, and no time at all, are there at once; so is one that comes long before another.
    __wasi_subscription_t past = clock_sub(1, id, 1, __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME);
    OK(poll(&past, 1));
    CHECK(count == 1);
    __wasi_subscription_t zero[2] = {clock_sub(1, id, UINT64_MAX, 0), clock_sub(2, id, 0, 0)};
    OK(poll(zero, 2));
    CHECK(count == 1 && events[0].userdata == 2);
  }
  for (uint32_t id = 2; id < 5; ++id) {
    __wasi_subscription_t bad = clock_sub(1, id, 0, 0);
    IS(E(INVAL), poll(&bad, 1));
  }
  __wasi_subscription_t flags = clock_sub(1, 1, 0, 2);
  IS(E(INVAL), poll(&flags, 1));
  IS(E(INVAL), poll(&flags, 0));
  __wasi_subscription_t tag = clock_sub(1, 1, 0, 0);
  tag.u.tag = 3;
  IS(E(INVAL), poll(&tag, 1));
  tag.u.tag = 255;
  IS(E(INVAL), poll(&tag, 1));
}

static void descriptors(bool empty) {
  p1_make_file("file", "0123456789");
  const uint32_t fd = (uint32_t)p1_open(3, "file", 0, READ | WRITE, 0);
  __wasi_subscription_t sub = fd_sub(1, __WASI_EVENTTYPE_FD_READ, fd);
  OK(poll(&sub, 1));
  CHECK(count == 1 && events[0].error == 0 && events[0].fd_readwrite.nbytes == 10 && events[0].fd_readwrite.flags == 0);
  uint64_t at;
  OK(p1_fd_seek(fd, 4, 0, P(&at)));
  OK(poll(&sub, 1));
  CHECK(events[0].fd_readwrite.nbytes == 6);
  OK(p1_fd_seek(fd, 0, __WASI_WHENCE_END, P(&at)));
  OK(poll(&sub, 1));
  CHECK(count == 1 && events[0].fd_readwrite.nbytes == 0);
  sub = fd_sub(2, __WASI_EVENTTYPE_FD_WRITE, fd);
  OK(poll(&sub, 1));
  CHECK(count == 1 && events[0].error == 0 && events[0].type == __WASI_EVENTTYPE_FD_WRITE);
  // What is wrong with one is its event, beside the others.
  __wasi_subscription_t mixed[5] = {fd_sub(1, __WASI_EVENTTYPE_FD_READ, 1000), fd_sub(2, __WASI_EVENTTYPE_FD_READ, 3),
                                    fd_sub(3, __WASI_EVENTTYPE_FD_WRITE, 0), fd_sub(4, __WASI_EVENTTYPE_FD_READ, fd),
                                    clock_sub(5, 1, 3600000 * MS, 0)};
  OK(poll(mixed, 5));
  CHECK(count == 4);
  CHECK(events[0].userdata == 1 && events[0].error == E(BADF));
  CHECK(events[1].userdata == 2 && events[1].error == E(BADF));
  CHECK(events[2].userdata == 3 && events[2].error == E(BADF));
  CHECK(events[3].userdata == 4 && events[3].error == 0);
  OK(p1_fd_close(fd));

  __wasi_subscription_t streams[2] = {fd_sub(1, __WASI_EVENTTYPE_FD_READ, 0), fd_sub(2, __WASI_EVENTTYPE_FD_WRITE, 1)};
  OK(poll(streams, 2));
  CHECK(count >= 1);
  OK(poll(streams, 1));
  CHECK(count == 1 && events[0].error == 0 && events[0].fd_readwrite.nbytes == (empty ? 0 : 5));
  char buffer[8];
  CHECK(p1_read_some(0, buffer, 8) == (empty ? 0 : 5));
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "forever") == 0) {
    __wasi_subscription_t forever = clock_sub(1, 1, UINT64_MAX, 0);
    return (int)poll(&forever, 1);
  }
  if (strcmp(what, "many") == 0) {
    // 4,096 subscriptions are the most.
    static __wasi_subscription_t many[4097];
    static __wasi_event_t out[4097];
    for (int i = 0; i < 4097; ++i) many[i] = clock_sub((uint64_t)i, 1, 0, 0);
    OK(p1_poll_oneoff(P(many), P(out), 4095, P(&count)));
    CHECK(count == 4095);
    OK(p1_poll_oneoff(P(many), P(out), 4096, P(&count)));
    CHECK(count == 4096 && out[4095].userdata == 4095);
    IS(E(NOMEM), p1_poll_oneoff(P(many), P(out), 4097, P(&count)));
    CHECK_DONE();
  }
  clocks();
  descriptors(strcmp(what, "empty") == 0);
  CHECK_DONE();
}
