// CHECK for guests: what does not hold is printed, and the exit code says so.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failures = 0;

#define CHECK(condition)                                                                            \
  do {                                                                                              \
    if (!(condition)) {                                                                             \
      printf("%s:%d: %s (errno %d: %s)\n", __FILE__, __LINE__, #condition, errno, strerror(errno)); \
      ++check_failures;                                                                             \
    }                                                                                               \
  } while (0)

// The call fails with this errno.
#define CHECK_FAILS(code, call)                                                                                  \
  do {                                                                                                           \
    errno = 0;                                                                                                   \
    long check_result = (long)(call);                                                                            \
    if (check_result != -1 || errno != (code)) {                                                                 \
      printf("%s:%d: %s: %ld, errno %d: %s\n", __FILE__, __LINE__, #call, check_result, errno, strerror(errno)); \
      ++check_failures;                                                                                          \
    }                                                                                                            \
  } while (0)

#define CHECK_DONE() return check_failures == 0 ? 0 : 1
