// RUN: exit_codes.wasm return 0
// RUN: exit_codes.wasm return 7
// EXIT: 7
// RUN: exit_codes.wasm exit 125
// EXIT: 125
// RUN: exit_codes.wasm exit 126
// EXIT: 1
// STDERR: exit with invalid exit status outside of [0..126)
// RUN: exit_codes.wasm abort
// EXIT: 134
// STDERR: wasm trap: wasm `unreachable` instruction executed
// RUN: exit_codes.wasm atexit 3
// EXIT: 3
// STDOUT: at exit
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void at_exit(void) { puts("at exit"); }

int main(int argc, char** argv) {
  const char* how = argc > 1 ? argv[1] : "return";
  const int code = argc > 2 ? atoi(argv[2]) : 0;
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "atexit") == 0) {
    atexit(at_exit);
    exit(code);
  }
  if (strcmp(how, "exit") == 0) _Exit(code);
  return code;
}
