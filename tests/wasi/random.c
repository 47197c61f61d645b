// RUN: random.wasm
#include <unistd.h>

#include "check.h"

int main(void) {
  unsigned char first[256] = {0}, second[256] = {0};
  CHECK(getentropy(first, 256) == 0 && getentropy(second, 256) == 0);
  CHECK(memcmp(first, second, 256) != 0);
  CHECK_DONE();
}
