// The least that a program can do: for the time and memory of a whole process.
#include <stdio.h>

int main(void) { puts("hello"); }
