// Runs a command on one processor: measure PROCESSOR RESULT COMMAND...
// The file RESULT then holds its wall time in nanoseconds, its peak resident KiB and its wait status. A process of its own for
// this, because what a process forked from counts towards its peak: the script that measures is larger than what it measures.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(atoi(argv[1]), &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) return perror("sched_setaffinity"), 2;
  const long long begin = now();
  const pid_t child = vfork();
  if (child == 0) {
    execvp(argv[3], argv + 3);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) return perror("measure"), 2;
  const long long end = now();
  FILE* out = fopen(argv[2], "w");
  if (!out) return perror(argv[2]), 2;
  fprintf(out, "%lld %ld %d\n", end - begin, usage.ru_maxrss, status);
  return fclose(out) != 0;
}
