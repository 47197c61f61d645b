// Attempts to leave a granted directory, or to do in it what was not granted. `escape.py` builds the world around it and looks at
// what is outside before and after. Numbers are those of the list in escape.py.
//
//     escape.wasm MODE ATTEMPT...      MODE is rw or ro: what descriptor 3 allows
//
// 3 is the granted directory, 4 another one with the opposite rights, 5 (where it is) one on another file system, 6 /proc.
#include "p1.h"

static bool rw;
#define FOLLOW __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW
#define CREAT __WASI_OFLAGS_CREAT
#define DIRECTORY __WASI_OFLAGS_DIRECTORY
#define TRUNC __WASI_OFLAGS_TRUNC

static __wasi_filestat_t stat;
static char text[4096];
static uint32_t count;

static uint32_t stat_of(const char* p, uint32_t flags) { return p1_path_filestat_get(3, flags, P(p), p1_len(p), P(&stat)); }
static uint32_t set_times(const char* p, uint32_t flags) {
  return p1_path_filestat_set_times(3, flags, P(p), p1_len(p), 1, 1, 5);
}
static uint32_t make_dir(const char* p) { return p1_path_create_directory(3, P(p), p1_len(p)); }
static uint32_t remove_dir(const char* p) { return p1_path_remove_directory(3, P(p), p1_len(p)); }
static uint32_t unlink_file(const char* p) { return p1_path_unlink_file(3, P(p), p1_len(p)); }
static uint32_t read_link(const char* p) { return p1_path_readlink(3, P(p), p1_len(p), P(text), sizeof text, P(&count)); }
static uint32_t make_link(const char* t, const char* p) { return p1_path_symlink(P(t), p1_len(t), 3, P(p), p1_len(p)); }
static uint32_t rename_in(uint32_t a, const char* from, uint32_t b, const char* to) {
  return p1_path_rename(a, P(from), p1_len(from), b, P(to), p1_len(to));
}
static uint32_t link_in(uint32_t a, const char* from, uint32_t b, const char* to) {
  return p1_path_link(a, 0, P(from), p1_len(from), b, P(to), p1_len(to));
}

// Every call that takes a path refuses this one.
static void refused(const char* p) {
  IS(E(PERM), p1_try_open(3, p, 0, READ, 0));
  IS(E(PERM), p1_try_open(3, p, DIRECTORY, READ, 0));
  IS(E(PERM), p1_try_open(3, p, CREAT, READ | WRITE, 0));
  IS(E(PERM), p1_try_open(3, p, CREAT | TRUNC, WRITE, 0));
  IS(E(PERM), p1_try_open(3, p, 0, READ | WRITE, 0));
  IS(E(PERM), stat_of(p, 0));
  IS(E(PERM), stat_of(p, FOLLOW));
  IS(E(PERM), set_times(p, 0));
  IS(E(PERM), set_times(p, FOLLOW));
  IS(E(PERM), make_dir(p));
  IS(E(PERM), remove_dir(p));
  IS(E(PERM), unlink_file(p));
  IS(E(PERM), read_link(p));
  IS(E(PERM), make_link("x", p));
  IS(E(PERM), rename_in(3, p, 3, "new"));
  IS(E(PERM), rename_in(3, "inside.txt", 3, p));
  IS(E(PERM), link_in(3, p, 3, "new"));
  IS(E(PERM), link_in(3, "inside.txt", 3, p));
}

// The same for a link whose target lies outside: what follows it is refused; the link itself is looked at and stays.
static void refused_link(const char* p, bool slash) {
  char below[300];
  IS(E(PERM), p1_try_open(3, p, 0, READ, 0));
  // A target that ends in a slash cannot be made, wherever it lies.
  const uint32_t made = p1_try_open(3, p, CREAT, READ | WRITE, 0);
  IS(slash && made == E(ISDIR) ? E(ISDIR) : E(PERM), made);
  IS(E(PERM), p1_try_open(3, p, TRUNC, WRITE, 0));
  IS(E(PERM), p1_try_open(3, p, DIRECTORY, READ, 0));
  IS(E(PERM), stat_of(p, FOLLOW));
  IS(E(PERM), set_times(p, FOLLOW));
  OK(stat_of(p, 0));
  snprintf(below, sizeof below, "%s/secret", p);
  refused(below);
  snprintf(below, sizeof below, "%s/dir/..", p);
  refused(below);
  snprintf(below, sizeof below, "%s/", p);
  IS(E(PERM), p1_try_open(3, below, 0, READ, 0));
  IS(E(PERM), p1_try_open(3, below, DIRECTORY, READ, 0));
  IS(E(PERM), stat_of(below, FOLLOW));
  IS(E(PERM), stat_of(below, 0));
  CHECK(p1_try_open(3, below, CREAT, WRITE, 0) != 0);
  CHECK(make_dir(below) != 0 && remove_dir(below) != 0 && unlink_file(below) != 0 && read_link(below) != 0);
  CHECK(make_link("x", below) != 0 && set_times(below, FOLLOW) != 0 && set_times(below, 0) != 0);
  CHECK(rename_in(3, "dir", 3, below) != 0 && rename_in(3, "inside.txt", 3, below) != 0);
  CHECK(rename_in(3, below, 3, "new") != 0 && link_in(3, below, 3, "new") != 0 && link_in(3, "inside.txt", 3, below) != 0);
}

static void dots(int n) {
  switch (n) {
    case 1:
      refused("..");
      refused("../");
      return;
    case 2:
      refused("a/../..");
      refused("a/../../root/inside.txt");
      return;
    case 3:
      refused("a/b/../../..");
      refused("a/b/../../../outside/secret");
      return;
    case 4:
      refused("./../x");
      refused("././.././x");
      return;
    case 5:
      refused("a/../../");
      refused("a/b/../../../.");
      refused("../root/..");
      return;
    default: {
      char path[1200] = "";
      for (int i = 0; i < 300; ++i) strcat(path, "../");
      refused(path);
      strcat(path, "etc/passwd");
      refused(path);
      refused("../root/inside.txt");
      // As many in as out stays inside.
      OK(p1_try_open(3, "a/b/../../inside.txt", 0, READ, 0));
    }
  }
}

static void odd_paths(void) {
  static char path[100001];
  uint32_t fd;
  IS(E(NOENT), stat_of("", 0));
  const char* here[] = {".", "./", "././.", ".//", "a/..", "a/b/../..", "a/../a/.."};
  for (int i = 0; i < 7; ++i) {
    OK(p1_try_open(3, here[i], 0, READ, 0));
    OK(stat_of(here[i], 0));
  }
  IS(E(INVAL), p1_path_open(3, FOLLOW, P("inside.txt\0x"), 12, 0, READ, 0, 0, P(&fd)));
  IS(E(INVAL), p1_path_open(3, FOLLOW, P("..\0"), 3, 0, READ, 0, 0, P(&fd)));
  IS(E(ILSEQ), stat_of("\xff", 0));
  memset(path, 'a', 100000);
  IS(E(NAMETOOLONG), p1_path_filestat_get(3, 0, P(path), 256, P(&stat)));
  IS(E(NAMETOOLONG), p1_path_filestat_get(3, 0, P(path), 5000, P(&stat)));
  IS(E(NAMETOOLONG), p1_path_filestat_get(3, 0, P(path), 100000, P(&stat)));
}

static void own_links(int n) {
  if (!rw) {
    IS(E(PERM), make_link("x", "made"));
    return;
  }
  char name[16], target[16];
  switch (n) {
    case 10:
      IS(E(PERM), make_link("/etc/passwd", "made"));
      IS(E(PERM), make_link("//", "made"));
      IS(E(NOENT), stat_of("made", 0));
      return;
    case 11:
      OK(make_link("../..", "made"));
      OK(read_link("made"));
      CHECK(count == 5);
      refused_link("made", false);
      OK(rename_in(3, "made", 3, "made2"));
      OK(link_in(3, "made2", 3, "made3"));
      refused_link("made3", false);
      OK(unlink_file("made2"));
      OK(unlink_file("made3"));
      OK(make_link("../outside/secret", "made"));
      IS(E(PERM), p1_try_open(3, "made", 0, READ, 0));
      IS(E(PERM), p1_try_open(3, "made", CREAT | TRUNC, WRITE, 0));
      IS(E(PERM), set_times("made", FOLLOW));
      OK(unlink_file("made"));
      // Deeper ones count from where they are.
      OK(make_link("../..", "a/b/up2"));
      OK(p1_try_open(3, "a/b/up2/inside.txt", 0, READ, 0));
      refused("a/b/up2/../outside");
      OK(unlink_file("a/b/up2"));
      return;
    case 12:
      for (int i = 0; i < 42; ++i) {
        snprintf(name, sizeof name, "c%d", i);
        snprintf(target, sizeof target, i == 0 ? "inside.txt" : "c%d", i - 1);
        OK(make_link(target, name));
      }
      OK(p1_try_open(3, "c39", 0, READ, 0));
      IS(E(LOOP), p1_try_open(3, "c40", 0, READ, 0));
      IS(E(LOOP), stat_of("c41", FOLLOW));
      for (int i = 0; i < 42; ++i) {
        snprintf(name, sizeof name, "c%d", i);
        OK(unlink_file(name));
      }
      return;
    default:
      OK(make_link("loop", "loop"));
      IS(E(LOOP), p1_try_open(3, "loop", 0, READ, 0));
      IS(E(LOOP), p1_try_open(3, "loop/x", CREAT, WRITE, 0));
      IS(E(LOOP), stat_of("loop", FOLLOW));
      OK(stat_of("loop", 0));
      IS(E(LOOP), make_dir("loop/x"));
      OK(unlink_file("loop"));
  }
}

// The host swaps what lies at `swap` (18) or moves the directory `mover` in and out (20) all the time. Whatever is found, it is
// never what lies outside.
static void races(int n, int rounds) {
  const char* const paths18[] = {"swap", "swap/secret", "swap/", "swap/dir/../secret"};
  const char* const paths20[] = {"mover/../secret", "mover/deep/../../secret", "mover/deep/../../../outside/secret", "mover/../../outside/secret"};
  const char* const* paths = n == 18 ? paths18 : paths20;
  for (int i = 0; i < rounds; ++i) {
    const char* path = paths[i % 4];
    const int fd = p1_open(3, path, 0, READ, 0);
    if (fd < 0) continue;
    char buffer[8] = "";
    if (p1_read_some((uint32_t)fd, buffer, 6) > 0 && memcmp(buffer, "secret", 6) == 0) {
      printf("%s: out\n", path);
      ++check_failures;
    }
    p1_fd_close((uint32_t)fd);
    if (rw && i % 8 == 0) {
      p1_try_open(3, n == 18 ? "swap/new" : "mover/../new", CREAT, WRITE, 0);
      make_dir(n == 18 ? "swap/newdir" : "mover/../newdir");
      unlink_file(n == 18 ? "swap/secret" : "mover/../secret");
    }
  }
}

static uint32_t proc_open(const char* path, uint64_t rights) { return p1_try_open(6, path, 0, rights, 0); }
static void proc(void) {
  const char* magic[] = {"self/root", "self/root/etc/passwd", "self/cwd", "self/cwd/x", "self/exe", "self/fd/0", "self/fd/1", "self/fd/3", "thread-self/root"};
  for (unsigned i = 0; i < sizeof magic / sizeof *magic; ++i) {
    const uint32_t code = proc_open(magic[i], READ);
    CHECK(code == E(PERM) || code == E(LOOP) || code == E(NOENT));
  }
  IS(E(PERM), proc_open("self/mem", READ));
  IS(E(PERM), proc_open("self/mem", READ | WRITE));
  IS(E(PERM), proc_open("self/task/../mem", READ));
  IS(E(PERM), proc_open("self/oom_score_adj", WRITE));
  OK(proc_open("version", READ));
}

static void two_grants(int n) {
  const uint32_t code = n == 21 ? E(PERM) : E(XDEV);
  const uint32_t other = n == 21 ? 4 : 5;
  IS(code, rename_in(3, "inside.txt", other, "gone"));
  IS(code, rename_in(other, "theirs.txt", 3, "taken"));
  IS(code, link_in(3, "inside.txt", other, "gone"));
  IS(code, link_in(other, "theirs.txt", 3, "taken"));
}

static void read_only(int n) {
  if (rw) return;
  switch (n) {
    case 23:
      IS(E(PERM), p1_try_open(3, "inside.txt", TRUNC, READ, 0));
      IS(E(PERM), p1_try_open(3, "inside.txt", TRUNC, WRITE, 0));
      IS(E(PERM), p1_try_open(3, "new", CREAT, READ, 0));
      IS(E(PERM), p1_try_open(3, "new", CREAT | __WASI_OFLAGS_EXCL, WRITE, 0));
      IS(E(PERM), p1_try_open(3, "inside.txt", 0, WRITE, __WASI_FDFLAGS_APPEND));
      IS(E(PERM), p1_try_open(3, "inside.txt", 0, READ | WRITE, 0));
      return;
    case 24: {
      const int fd = p1_open(3, "inside.txt", 0, READ, 0);
      CHECK(fd >= 0);
      CHECK(p1_fd_filestat_set_size((uint32_t)fd, 0) != 0);
      CHECK(p1_fd_allocate((uint32_t)fd, 0, 1000) != 0);
      CHECK(p1_fd_filestat_set_times((uint32_t)fd, 0, 0, 5) != 0);
      CHECK(p1_fd_filestat_set_times(3, 0, 0, 5) != 0);
      IS(E(PERM), set_times("inside.txt", 0));
      // Appending asks for writing, which it has not.
      p1_fd_fdstat_set_flags((uint32_t)fd, __WASI_FDFLAGS_APPEND);
      CHECK(p1_write_text((uint32_t)fd, "x") != 0);
      OK(p1_fd_close((uint32_t)fd));
      return;
    }
    case 25:
      IS(E(PERM), link_in(3, "inside.txt", 3, "hard"));
      IS(E(PERM), link_in(3, "inside.txt", 4, "hard"));
      IS(E(PERM), link_in(4, "theirs.txt", 3, "hard"));
      return;
    case 26:
      IS(E(PERM), make_dir("new"));
      IS(E(PERM), remove_dir("empty"));
      IS(E(PERM), unlink_file("inside.txt"));
      IS(E(PERM), make_link("x", "new"));
      IS(E(PERM), rename_in(3, "inside.txt", 3, "new"));
      return;
    default: {
      // A writable file's number, and a read-only file put in its place, and the other way.
      const int ours = p1_open(3, "inside.txt", 0, READ, 0), theirs = p1_open(4, "theirs.txt", 0, READ | WRITE, 0);
      CHECK(ours >= 0 && theirs >= 0);
      OK(p1_fd_renumber((uint32_t)ours, (uint32_t)theirs));
      CHECK(p1_write_text((uint32_t)theirs, "x") != 0);
      OK(p1_fd_close((uint32_t)theirs));
      // A directory opened below allows no more.
      const int dir = p1_open(3, "a", DIRECTORY, READ, 0);
      IS(E(PERM), p1_try_open((uint32_t)dir, "new", CREAT, WRITE, 0));
      IS(E(PERM), p1_path_create_directory((uint32_t)dir, P("new"), 3));
      OK(p1_fd_close((uint32_t)dir));
    }
  }
}

static void numbers(int n, int rounds) {
  __wasi_fdstat_t fdstat;
  if (n == 29) {
    // A directory that was given back is gone, whatever takes its number.
    OK(p1_fd_close(4));
    IS(E(BADF), p1_try_open(4, "theirs.txt", 0, READ, 0));
    const int fd = p1_open(3, "inside.txt", 0, READ, 0);
    CHECK(fd == 4);
    IS(E(NOTDIR), p1_try_open(4, "theirs.txt", 0, READ, 0));
    IS(E(BADF), p1_fd_prestat_get(4, P(text)));
    return;
  }
  if (n == 30) {
    OK(p1_fd_fdstat_get(3, P(&fdstat)));
    IS(E(NOTCAPABLE), p1_fd_fdstat_set_rights(3, UINT64_MAX, UINT64_MAX));
    OK(p1_fd_fdstat_set_rights(3, 0, 0));
    IS(E(NOTCAPABLE), p1_fd_fdstat_set_rights(3, fdstat.fs_rights_base, fdstat.fs_rights_inheriting));
    IS(E(NOTCAPABLE), p1_try_open(3, "inside.txt", 0, READ, 0));
    return;
  }
  for (int i = 0; i < rounds; ++i) {
    const int a = p1_open(3, "inside.txt", 0, READ, 0), b = p1_open(3, "a", DIRECTORY, READ, 0);
    if (a < 0 || b < 0) {
      printf("round %d: %s\n", i, p1_errno_name((uint32_t)(-1 - (a < 0 ? a : b))));
      ++check_failures;
      return;
    }
    const uint32_t to[] = {0, (uint32_t)b, 4, 1000};
    const uint32_t code = p1_fd_renumber((uint32_t)a, to[i % 4]);
    if (code != (i % 4 == 3 ? E(BADF) : 0)) ++check_failures;
    if (i % 4 == 3) p1_fd_close((uint32_t)a);
    if (i % 4 != 1) p1_fd_close((uint32_t)b);
    if (i % 4 == 1) p1_fd_close((uint32_t)b);
    if (p1_fd_renumber((uint32_t)a, 0) != E(BADF)) ++check_failures;
  }
  // How many the host has open is counted from outside, while this waits.
  fputs("now\n", stderr);
  __wasi_subscription_t wait = {.u = {.tag = __WASI_EVENTTYPE_CLOCK, .u.clock = {.id = 1, .timeout = 1000000000}}};
  __wasi_event_t event;
  OK(p1_poll_oneoff(P(&wait), P(&event), 1, P(&count)));
}

static void kinds(void) {
  uint32_t fd = 0;
  // A FIFO nobody writes to, a device, a socket: opened without waiting, or refused.
  const int fifo = p1_open(3, "fifo", 0, READ, 0);
  CHECK(fifo >= 0);
  OK(p1_fd_filestat_get((uint32_t)fifo, P(&stat)));
  CHECK(stat.filetype == __WASI_FILETYPE_UNKNOWN);
  OK(p1_fd_close((uint32_t)fifo));
  if (rw) IS(E(NXIO), p1_try_open(3, "fifo", 0, WRITE, 0));
  IS(E(NXIO), p1_try_open(3, "socket", 0, READ, 0));
  OK(stat_of("socket", 0));
  CHECK(stat.filetype == __WASI_FILETYPE_SOCKET_STREAM);
  const int dir = p1_open(3, "a", 0, READ, 0);
  CHECK(dir >= 0 && p1_read_some((uint32_t)dir, text, 10) == -1 - E(BADF));
  IS(E(BADF), p1_fd_filestat_set_size((uint32_t)dir, 0));
  OK(p1_fd_close((uint32_t)dir));
  IS(E(NOTDIR), p1_try_open(3, "inside.txt", DIRECTORY, READ, 0));
  IS(E(NOTDIR), p1_try_open(3, "inside.txt/", 0, READ, 0));
  IS(E(NOTDIR), stat_of("inside.txt/..", 0));
  const int file = p1_open(3, "inside.txt", 0, READ, 0);
  IS(E(NOTDIR), p1_path_open((uint32_t)file, 0, P("x"), 1, 0, READ, 0, 0, P(&fd)));
  IS(E(BADF), p1_fd_readdir((uint32_t)file, P(text), 100, 0, P(&count)));
  OK(p1_fd_close((uint32_t)file));
}

static void sockets(void) {
  for (uint32_t fd = 0; fd < 4; ++fd) {
    uint32_t got = 0;
    IS(E(NOTSOCK), p1_sock_accept(fd, 0, P(&got)));
    IS(E(NOTSOCK), p1_sock_recv(fd, P(text), 0, 0, P(&got), P(&count)));
    IS(E(NOTSOCK), p1_sock_send(fd, P(text), 0, 0, P(&got)));
    IS(E(NOTSOCK), p1_sock_shutdown(fd, 3));
  }
  IS(E(BADF), p1_sock_accept(1000, 0, P(&count)));
  IS(E(BADF), p1_sock_shutdown(1000, 1));
}

static void environment(int argc) {
  uint32_t size = 1;
  OK(p1_environ_sizes_get(P(&count), P(&size)));
  CHECK(count == 0 && size == 0);
  OK(p1_args_sizes_get(P(&count), P(&size)));
  CHECK((int)count == argc);
  const char* names[] = {"PATH", "HOME", "USER", "TENON_SECRET", "LD_PRELOAD"};
  for (int i = 0; i < 5; ++i) CHECK(getenv(names[i]) == NULL);
}

// Fork-bomb shapes: all the descriptors there are, a thousand times over; the host and the guest live on.
static void bombs(void) {
  for (int round = 0; round < 3; ++round) {
    uint32_t last = 0, fd = 0, code;
    while ((code = p1_path_open(3, 0, P("."), 1, DIRECTORY, READ, 0, 0, P(&fd))) == 0) last = fd;
    CHECK(code == E(MFILE) || code == E(NFILE));
    CHECK(last > 50);
    IS(code, p1_try_open(3, "inside.txt", 0, READ, 0));
    for (; last > 6; --last) p1_fd_close(last);
    OK(p1_try_open(3, "inside.txt", 0, READ, 0));
  }
  static __wasi_subscription_t many[5000];
  static __wasi_event_t events[5000];
  IS(E(NOMEM), p1_poll_oneoff(P(many), P(events), 5000, P(&count)));
  void* volatile taken;
  while ((taken = malloc(1 << 20)) != NULL) {
  }
  OK(p1_try_open(3, "inside.txt", 0, READ, 0));
}

int main(int argc, char** argv) {
  rw = strcmp(argv[1], "rw") == 0;
  for (int i = 2; i < argc; ++i) {
    const int n = atoi(argv[i]);
    const char* colon = strchr(argv[i], ':');
    const int times = colon ? atoi(colon + 1) : 1000;
    const int before = check_failures;
    if (n <= 6) dots(n);
    if (n == 7) refused("/etc/passwd");
    if (n == 8) refused("//etc/passwd");
    if (n == 9) odd_paths();
    if (n >= 10 && n <= 13) own_links(n);
    if (n == 14) {
      refused_link("out", false);
      IS(E(PERM), read_link("absolute"));
      refused_link("absolute", false);
      IS(E(PERM), p1_try_open(3, "file-out", 0, READ, 0));
      IS(E(PERM), p1_try_open(3, "file-out", TRUNC, WRITE, 0));
      IS(E(PERM), set_times("file-out", FOLLOW));
    }
    if (n == 15) refused_link("out-slash", true), refused_link("link-slash", true);
    if (n == 16) refused_link("out-dot", false), refused_link("link-dot", false);
    if (n == 17) refused_link("out-slashes", true), refused_link("link-slashes", true);
    if (n == 18 || n == 20) races(n, times);
    if (n == 19) proc();
    if (n == 21 || n == 22) two_grants(n);
    if (n >= 23 && n <= 27) read_only(n);
    if (n >= 28 && n <= 30) numbers(n, times);
    if (n == 31) kinds();
    if (n == 32) sockets();
    if (n == 36) environment(argc);
    if (n == 39) fputs("\x1b[31mred\x1b]0;title\x07 \x9b" "2J\x7f\n", stdout);
    if (n == 45) bombs();
    if (check_failures != before) printf("attempt %d: %d checks fail\n", n, check_failures - before);
  }
  CHECK_DONE();
}
