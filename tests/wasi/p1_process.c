// Arguments, environment, clocks, random bytes, the process: each function of preview 1, what it does and how it fails.
// RUN: --env A=1 --env B=x=y p1_process.wasm first "" "third one"
// RUN: --argv0 other p1_process.wasm argv0
// RUN: p1_process.wasm trap random
// EXIT: 1
// STDERR: requested len 67108865 exceeds limit 67108864
// RUN: p1_process.wasm trap args
// EXIT: 1
// STDERR: Pointer out of bounds: Region { start: 4294967292, len: 4 }
// RUN: p1_process.wasm trap misaligned
// EXIT: 1
// STDERR: Pointer not aligned to 8: Region
// RUN: p1_process.wasm exit 0
// RUN: p1_process.wasm exit 1
// EXIT: 1
// RUN: p1_process.wasm exit 125
// EXIT: 125
// RUN: p1_process.wasm exit 126
// EXIT: 1
// STDERR: exit with invalid exit status outside of [0..126)
// RUN: p1_process.wasm exit 4294967295
// EXIT: 1
// STDERR: exit with invalid exit status outside of [0..126)
#include "p1.h"

static void arguments(void) {
  uint32_t count = 0, size = 0;
  OK(p1_args_sizes_get(P(&count), P(&size)));
  CHECK(count == 4 && size == sizeof "p1_process.wasm" + sizeof "first" + sizeof "" + sizeof "third one");
  uint32_t pointers[5] = {0, 0, 0, 0, 0xabcdabcd};
  char text[64];
  memset(text, 'X', sizeof text);
  OK(p1_args_get(P(pointers), P(text)));
  CHECK(pointers[0] == P(text) && pointers[4] == 0xabcdabcd && text[size] == 'X');
  CHECK(memcmp(text, "p1_process.wasm\0first\0\0third one", size) == 0);

  OK(p1_environ_sizes_get(P(&count), P(&size)));
  CHECK(count == 2 && size == 10);
  memset(text, 'X', sizeof text);
  OK(p1_environ_get(P(pointers), P(text)));
  CHECK(memcmp(text, "A=1\0B=x=y\0X", 11) == 0 && pointers[1] == P(text + 4));
}

static void clocks(void) {
  uint64_t value = 0, again = 0;
  for (uint32_t id = 0; id < 4; ++id) {
    value = 0;
    OK(p1_clock_res_get(id, P(&value)));
    CHECK(value > 0 && value < 1000000000);
    OK(p1_clock_time_get(id, 0, P(&value)));
    OK(p1_clock_time_get(id, UINT64_MAX, P(&again)));
    CHECK(again >= value);
  }
  OK(p1_clock_time_get(0, 1, P(&value)));
  CHECK(value > 1600000000000000000u);
  const uint32_t bad[] = {4, 0x7fffffff, 0x80000000, UINT32_MAX};
  for (int i = 0; i < 4; ++i) {
    IS(E(INVAL), p1_clock_res_get(bad[i], P(&value)));
    IS(E(INVAL), p1_clock_time_get(bad[i], 0, P(&value)));
  }
}

static void random_bytes(void) {
  unsigned char bytes[256] = {0}, zero[256] = {0};
  OK(p1_random_get(P(bytes), 0));
  CHECK(memcmp(bytes, zero, 256) == 0);
  OK(p1_random_get(P(bytes) + 1, 254));
  CHECK(bytes[0] == 0 && bytes[255] == 0 && memcmp(bytes, zero, 256) != 0);
}

int main(int argc, char** argv) {
  uint64_t words[2];
  if (argc > 2 && strcmp(argv[1], "trap") == 0) {
    if (strcmp(argv[2], "random") == 0) p1_random_get(0, (64u << 20) + 1);
    if (strcmp(argv[2], "args") == 0) p1_args_get(0xfffffffc, 0);
    if (strcmp(argv[2], "misaligned") == 0) p1_clock_time_get(0, 0, P(words) + 4);
    return 0;
  }
  if (argc > 2 && strcmp(argv[1], "exit") == 0) p1_proc_exit((uint32_t)strtoul(argv[2], NULL, 10));
  if (argc == 2) {
    CHECK(strcmp(argv[0], "other") == 0);
    CHECK_DONE();
  }
  arguments();
  clocks();
  random_bytes();
  OK(p1_sched_yield());
  for (uint32_t signal = 0; signal < 31; ++signal) IS(E(NOTSUP), p1_proc_raise(signal));
  IS(E(INVAL), p1_proc_raise(31));
  IS(E(INVAL), p1_proc_raise(UINT32_MAX));
  CHECK_DONE();
}
