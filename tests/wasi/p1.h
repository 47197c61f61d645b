// Raw calls of preview 1 for guests, and checks of their answers.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <wasi/api.h>

#include "check.h"
#include "p1_imports.h"

#define P(pointer) ((uint32_t)(uintptr_t)(pointer))
#define E(NAME) __WASI_ERRNO_##NAME
#define RIGHT(NAME) __WASI_RIGHTS_##NAME
#define ALL_RIGHTS ((uint64_t)0x3fffffff)

static const char* p1_errno_name(uint32_t code) {
  static const char* const names[] = {
      "success",        "2big",       "acces",       "addrinuse",      "addrnotavail", "afnosupport", "again",
      "already",        "badf",       "badmsg",      "busy",           "canceled",     "child",       "connaborted",
      "connrefused",    "connreset",  "deadlk",      "destaddrreq",    "dom",          "dquot",       "exist",
      "fault",          "fbig",       "hostunreach", "idrm",           "ilseq",        "inprogress",  "intr",
      "inval",          "io",         "isconn",      "isdir",          "loop",         "mfile",       "mlink",
      "msgsize",        "multihop",   "nametoolong", "netdown",        "netreset",     "netunreach",  "nfile",
      "nobufs",         "nodev",      "noent",       "noexec",         "nolck",        "nolink",      "nomem",
      "nomsg",          "noprotoopt", "nospc",       "nosys",          "notconn",      "notdir",      "notempty",
      "notrecoverable", "notsock",    "notsup",      "notty",          "nxio",         "overflow",    "ownerdead",
      "perm",           "pipe",       "proto",       "protonosupport", "prototype",    "range",       "rofs",
      "spipe",          "srch",       "stale",       "timedout",       "txtbsy",       "xdev",        "notcapable"};
  return code < sizeof names / sizeof *names ? names[code] : "?";
}

// The call answers this errno.
#define IS(code, call)                                                                                             \
  do {                                                                                                             \
    const uint32_t p1_result = (call);                                                                             \
    if (p1_result != (uint32_t)(code)) {                                                                           \
      printf("%s:%d: %s: %s, not %s\n", __FILE__, __LINE__, #call, p1_errno_name(p1_result), p1_errno_name(code)); \
      ++check_failures;                                                                                            \
    }                                                                                                              \
  } while (0)
#define OK(call) IS(E(SUCCESS), call)

static uint32_t p1_len(const char* text) {
  return (uint32_t)strlen(text);
}

// path_open with all rights; the descriptor, or -1 - errno.
static int p1_open(uint32_t dir, const char* path, uint32_t oflags, uint64_t rights, uint32_t fdflags) {
  uint32_t fd = 0;
  const uint32_t code =
      p1_path_open(dir, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, P(path), p1_len(path), oflags, rights, ALL_RIGHTS, fdflags, P(&fd));
  return code == 0 ? (int)fd : -1 - (int)code;
}
// The errno of an attempt to open; what was opened is closed again.
static uint32_t p1_try_open(uint32_t dir, const char* path, uint32_t oflags, uint64_t rights, uint32_t fdflags) {
  const int fd = p1_open(dir, path, oflags, rights, fdflags);
  if (fd < 0) return (uint32_t)(-1 - fd);
  p1_fd_close((uint32_t)fd);
  return 0;
}
#define READ RIGHT(FD_READ)
#define WRITE RIGHT(FD_WRITE)

static uint32_t p1_write_text(uint32_t fd, const char* text) {
  uint32_t iov[2] = {P(text), p1_len(text)}, count = 0;
  return p1_fd_write(fd, P(iov), 1, P(&count));
}
// What is read, or -1 - errno.
static int p1_read_some(uint32_t fd, void* buffer, uint32_t size) {
  uint32_t iov[2] = {P(buffer), size}, count = 0;
  const uint32_t code = p1_fd_read(fd, P(iov), 1, P(&count));
  return code == 0 ? (int)count : -1 - (int)code;
}
// Makes a file of the preopened directory 3 with this text.
static void p1_make_file(const char* path, const char* text) {
  const int fd = p1_open(3, path, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, WRITE, 0);
  CHECK(fd >= 0);
  OK(p1_write_text((uint32_t)fd, text));
  OK(p1_fd_close((uint32_t)fd));
}
