// RUN: clocks.wasm
#include <time.h>
#include <unistd.h>

#include "check.h"

static long long nanos(clockid_t clock) {
  struct timespec time;
  CHECK(clock_gettime(clock, &time) == 0);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(void) {
  struct timespec resolution;
  CHECK(clock_getres(CLOCK_REALTIME, &resolution) == 0 && resolution.tv_nsec > 0);
  CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_nsec > 0);
  CHECK(time(NULL) > 1600000000);
  const long long before = nanos(CLOCK_MONOTONIC);
  const struct timespec wait = {0, 20000000};
  CHECK(nanosleep(&wait, NULL) == 0);
  const long long passed = nanos(CLOCK_MONOTONIC) - before;
  CHECK(passed >= 20000000 && passed < 5000000000LL);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec -= 10;
  CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == 0);
  CHECK(nanos(CLOCK_REALTIME) / 1000000000 >= time(NULL) - 1);
  CHECK_DONE();
}
