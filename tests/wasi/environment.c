// RUN: environment.wasm
// RUN: --env A=1 --env B= --env C=x=y --env TENON_NOT_SET environment.wasm
// STDOUT: A=1
// STDOUT: B=
// STDOUT: C=x=y
// RUN: --env TENON_TEST_INHERITED environment.wasm
// STDOUT: TENON_TEST_INHERITED=from the host
#include <stdio.h>

extern char** environ;

int main(void) {
  for (char** entry = environ; *entry; ++entry) puts(*entry);
  return 0;
}
