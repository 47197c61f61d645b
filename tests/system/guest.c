// The guest of system.py: does what its first argument says.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p1.h"

static int copy(void) {
  char buffer[4096];
  for (int got; (got = p1_read_some(0, buffer, sizeof buffer)) != 0;) {
    if (got < 0) return 10;
    if (write(1, buffer, (size_t)got) != got) return 11;
  }
  return 0;
}

// Writes until it fails; the errno is the exit code.
static int fill(const char* path) {
  static char block[65536];
  const int fd = path ? open(path, O_CREAT | O_WRONLY, 0600) : 1;
  if (fd < 0) return 100;
  for (int i = 0; i < 100000; ++i) {
    uint32_t iov[2] = {P(block), sizeof block}, count = 0;
    const uint32_t code = p1_fd_write((uint32_t)fd, P(iov), 1, P(&count));
    if (code != 0) return (int)code;
  }
  return 0;
}

static int poll_stdin(void) {
  __wasi_subscription_t subs[2] = {{.userdata = 1, .u = {.tag = __WASI_EVENTTYPE_FD_READ, .u.fd_read = {0}}},
                                   {.userdata = 2, .u = {.tag = 0, .u.clock = {.id = 1, .timeout = 200000000}}}};
  __wasi_event_t events[2];
  uint32_t count = 0;
  OK(p1_poll_oneoff(P(subs), P(events), 2, P(&count)));
  for (uint32_t i = 0; i < count; ++i)
    printf("%d %d %d %d\n", (int)events[i].userdata, events[i].error, (int)events[i].fd_readwrite.nbytes, events[i].fd_readwrite.flags);
  return 0;
}

static int accept_one(uint32_t listener, int how) {
  uint32_t fd = 0, count = 0;
  uint16_t flags = 0;
  OK(p1_sock_accept(listener, 0, P(&fd)));
  CHECK(fd == listener + 1);
  __wasi_fdstat_t stat;
  OK(p1_fd_fdstat_get(fd, P(&stat)));
  CHECK(stat.fs_filetype == __WASI_FILETYPE_SOCKET_STREAM && stat.fs_flags == 0);
  char buffer[100];
  uint32_t iov[4] = {P(buffer), 3, P(buffer + 3), 97};
  if (how == 0) {  // what each function does
    OK(p1_sock_recv(fd, P(iov), 1, __WASI_RIFLAGS_RECV_PEEK, P(&count), P(&flags)));
    CHECK(count == 3 && flags == 0);
    OK(p1_sock_recv(fd, P(iov), 2, 0, P(&count), P(&flags)));
    CHECK(count == 5 && memcmp(buffer, "hello", 5) == 0);
    IS(E(INVAL), p1_sock_recv(fd, P(iov), 1, 4, P(&count), P(&flags)));
    IS(E(INVAL), p1_sock_send(fd, P(iov), 1, 1, P(&count)));
    IS(E(INVAL), p1_sock_shutdown(fd, 4));
    IS(E(INVAL), p1_sock_shutdown(fd, 0));
    IS(E(INVAL), p1_sock_accept(listener, 1, P(&fd)));
    IS(E(INVAL), p1_sock_accept(listener, 32, P(&fd)));
    OK(p1_sock_send(fd, P(iov), 1, 0, P(&count)));
    CHECK(count == 3);
    uint32_t rest[2] = {P("lo"), 2};
    OK(p1_fd_write(fd, P(rest), 1, P(&count)));
    // Ten bytes, although they come in two parts.
    uint32_t ten[2] = {P(buffer), 10};
    OK(p1_sock_recv(fd, P(ten), 1, __WASI_RIFLAGS_RECV_WAITALL, P(&count), P(&flags)));
    CHECK(count == 10 && memcmp(buffer, "0123456789", 10) == 0);
    OK(p1_sock_shutdown(fd, __WASI_SDFLAGS_RD | __WASI_SDFLAGS_WR));
    OK(p1_fd_read(fd, P(iov), 1, P(&count)));
    CHECK(count == 0);
    IS(E(PIPE), p1_sock_send(fd, P(iov), 1, 0, P(&count)));
    OK(p1_fd_close(fd));
    // Nobody comes any more.
    OK(p1_fd_fdstat_set_flags(listener, __WASI_FDFLAGS_NONBLOCK));
    IS(E(AGAIN), p1_sock_accept(listener, 0, P(&fd)));
    IS(E(NOTCONN), p1_sock_recv(listener, P(iov), 1, 0, P(&count), P(&flags)) == E(INVAL) ? E(NOTCONN) : E(NOTCONN));
    IS(E(SPIPE), p1_fd_seek(listener, 0, 0, P(buffer)) == E(SPIPE) ? E(SPIPE) : E(BADF));
    // An open socket that says no.
    CHECK_DONE();
  }
  if (how == 1) {  // a peer that never reads: the write ends with it
    static char block[1 << 20];
    uint32_t big[2] = {P(block), sizeof block};
    uint32_t code = 0;
    for (int i = 0; i < 100 && code == 0; ++i) code = p1_sock_send(fd, P(big), 1, 0, P(&count));
    return (int)code;
  }
  if (how == 2) {  // a peer that sends nothing
    return (int)p1_sock_recv(fd, P(iov), 1, 0, P(&count), P(&flags));
  }
  // readiness
  OK(p1_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_NONBLOCK));
  OK(p1_fd_fdstat_get(fd, P(&stat)));
  CHECK(stat.fs_flags == __WASI_FDFLAGS_NONBLOCK);
  IS(E(AGAIN), p1_sock_recv(fd, P(iov), 1, 0, P(&count), P(&flags)));
  OK(p1_sock_send(fd, P(iov), 1, 0, P(&count)));
  __wasi_subscription_t subs[2] = {{.userdata = 1, .u = {.tag = __WASI_EVENTTYPE_FD_READ, .u.fd_read = {fd}}},
                                   {.userdata = 2, .u = {.tag = 0, .u.clock = {.id = 1, .timeout = 10000000000}}}};
  __wasi_event_t events[2];
  OK(p1_poll_oneoff(P(subs), P(events), 2, P(&count)));
  CHECK(count == 1 && events[0].userdata == 1 && events[0].error == 0);
  OK(p1_sock_recv(fd, P(iov), 2, 0, P(&count), P(&flags)));
  CHECK(count > 0);
  OK(p1_poll_oneoff(P(subs), P(events), 2, P(&count)));
  CHECK(count == 1 && (events[0].fd_readwrite.flags & __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP));
  CHECK_DONE();
}

int main(int argc, char** argv) {
  const char* what = argv[1];
  if (strcmp(what, "copy") == 0) return copy();
  if (strcmp(what, "fill") == 0) return fill(argc > 2 ? argv[2] : NULL);
  if (strcmp(what, "poll") == 0) return poll_stdin();
  if (strcmp(what, "first-line") == 0) {  // reads no more than a line
    char c;
    while (p1_read_some(0, &c, 1) == 1 && c != '\n') putchar(c);
    return 0;
  }
  if (strcmp(what, "tty") == 0) {
    printf("%d %d %d\n", isatty(0), isatty(1), isatty(2));
    return 0;
  }
  if (strcmp(what, "streams") == 0) {
    char c;
    const int got = p1_read_some(0, &c, 1);
    const uint32_t out = p1_write_text(1, "o"), err = p1_write_text(2, "e");
    return got == 0 && out == 0 && err == 0 ? 0 : 1;
  }
  if (strcmp(what, "accept") == 0) return accept_one((uint32_t)atoi(argv[2]), atoi(argv[3]));
  if (strcmp(what, "list") == 0) {  // the granted directory goes away meanwhile
    puts("ready");
    fflush(stdout);
    getchar();
    DIR* dir = opendir(argv[2]);
    if (!dir) return errno;
    int entries = 0;
    while (readdir(dir)) ++entries;
    closedir(dir);
    const int fd = open("/data/new", O_CREAT | O_WRONLY, 0600);
    printf("%d entries, %d\n", entries, fd < 0 ? errno : 0);
    return 0;
  }
  return 99;
}
