// RUN: poll.wasm
// STDIN: input
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  struct pollfd both[2] = {{0, POLLIN, 0}, {1, POLLOUT, 0}};
  CHECK(poll(both, 2, 1000) >= 1);
  CHECK(both[1].revents & POLLOUT);
  struct pollfd in = {0, POLLIN, 0};
  CHECK(poll(&in, 1, 1000) == 1 && (in.revents & POLLIN));
  char buffer[16];
  CHECK(read(0, buffer, sizeof buffer) == 5);
  CHECK(read(0, buffer, sizeof buffer) == 0);
  CHECK(poll(NULL, 0, 10) == 0 || errno == ENOTSUP);
  CHECK_DONE();
}
