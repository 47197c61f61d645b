// RUN: arguments.wasm
// STDOUT: [arguments.wasm]
// RUN: arguments.wasm one -x --help "" -- last
// STDOUT: [arguments.wasm][one][-x][--help][][--][last]
// RUN: --argv0 other arguments.wasm café
// STDOUT: [other][café]
#include <stdio.h>

int main(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) printf("[%s]", argv[i]);
  puts("");
  return argv[argc] == NULL ? 0 : 1;
}
