// RUN: stdin.wasm
// STDIN: hello, world
// STDOUT: HELLO, WORLD
// RUN: stdin.wasm
// RUN: -S inherit-stdin=n stdin.wasm
// STDIN: not read
// RUN: -S inherit-stdout=n stdin.wasm
// STDIN: not shown
#include <ctype.h>
#include <stdio.h>

int main(void) {
  for (int c; (c = getchar()) != EOF;) putchar(toupper(c));
  return 0;
}
