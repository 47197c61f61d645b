// The functions on paths and directories: fd_prestat_*, fd_readdir, path_*: what each does, and each error.
// RUN: --dir {dir}::/data p1_paths.wasm
#include "p1.h"

#define NONE 1000
#define FOLLOW __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW
#define CREAT __WASI_OFLAGS_CREAT
#define DIRECTORY __WASI_OFLAGS_DIRECTORY
#define EXCL __WASI_OFLAGS_EXCL
#define TRUNC __WASI_OFLAGS_TRUNC

static uint32_t make_dir(const char* path) { return p1_path_create_directory(3, P(path), p1_len(path)); }
static uint32_t remove_dir(const char* path) { return p1_path_remove_directory(3, P(path), p1_len(path)); }
static uint32_t unlink_file(const char* path) { return p1_path_unlink_file(3, P(path), p1_len(path)); }
static uint32_t make_link(const char* target, const char* path) {
  return p1_path_symlink(P(target), p1_len(target), 3, P(path), p1_len(path));
}
static uint32_t rename_to(const char* from, const char* to) {
  return p1_path_rename(3, P(from), p1_len(from), 3, P(to), p1_len(to));
}
static uint32_t hard_link(const char* from, const char* to) {
  return p1_path_link(3, 0, P(from), p1_len(from), 3, P(to), p1_len(to));
}
static __wasi_filestat_t stat;
static uint32_t stat_of(const char* path, uint32_t flags) {
  return p1_path_filestat_get(3, flags, P(path), p1_len(path), P(&stat));
}

static void preopens(void) {
  uint32_t prestat[2] = {~0u, 0};
  char name[8] = "XXXXXXX";
  OK(p1_fd_prestat_get(3, P(prestat)));
  CHECK(prestat[0] == 0 && prestat[1] == 5);
  OK(p1_fd_prestat_dir_name(3, P(name), 5));
  CHECK(memcmp(name, "/dataXX", 7) == 0);
  IS(E(NAMETOOLONG), p1_fd_prestat_dir_name(3, P(name), 4));
  OK(p1_fd_prestat_dir_name(3, P(name), 6));
  IS(E(BADF), p1_fd_prestat_get(4, P(prestat)));
  IS(E(BADF), p1_fd_prestat_get(0, P(prestat)));
  IS(E(BADF), p1_fd_prestat_dir_name(NONE, P(name), 5));
  IS(E(NOTDIR), p1_fd_prestat_dir_name(0, P(name), 5));
}

static void opening(void) {
  IS(E(NOENT), p1_try_open(3, "file", 0, READ, 0));
  OK(p1_try_open(3, "file", CREAT, READ | WRITE, 0));
  OK(p1_try_open(3, "file", CREAT, READ | WRITE, 0));
  IS(E(EXIST), p1_try_open(3, "file", CREAT | EXCL, READ | WRITE, 0));
  IS(E(NOTDIR), p1_try_open(3, "file", DIRECTORY, READ, 0));
  IS(E(NOTDIR), p1_try_open(3, "file/", 0, READ, 0));
  IS(E(NOTDIR), p1_try_open(3, "file/x", 0, READ, 0));
  p1_make_file("file", "text");
  OK(p1_try_open(3, "file", TRUNC, WRITE, 0));
  OK(stat_of("file", 0));
  CHECK(stat.size == 0);
  OK(make_dir("dir"));
  OK(p1_try_open(3, "dir", 0, READ, 0));
  OK(p1_try_open(3, "dir", DIRECTORY, READ, 0));
  OK(p1_try_open(3, "dir/", 0, READ, 0));
  OK(p1_try_open(3, ".", 0, READ, 0));
  IS(E(ISDIR), p1_try_open(3, "dir", 0, READ | WRITE, 0));
  IS(E(ISDIR), p1_try_open(3, "dir", CREAT, READ | WRITE, 0));
  IS(E(INVAL), p1_try_open(3, "new", CREAT | DIRECTORY, READ, 0));
  IS(E(INVAL), p1_try_open(3, "dir", DIRECTORY | TRUNC, READ, 0));
  IS(E(INVAL), p1_try_open(3, "file", 16, READ, 0));
  IS(E(INVAL), p1_try_open(3, "file", UINT32_MAX, READ, 0));
  IS(E(INVAL), p1_try_open(3, "file", 0, READ, 32));
  uint32_t fd;
  IS(E(INVAL), p1_path_open(3, 2, P("file"), 4, 0, READ, 0, 0, P(&fd)));
  IS(E(BADF), p1_try_open(NONE, "file", 0, READ, 0));
  IS(E(BADF), p1_try_open(0, "file", 0, READ, 0));
  const int file = p1_open(3, "file", 0, READ, 0);
  IS(E(NOTDIR), p1_try_open(file, "x", 0, READ, 0));
  OK(p1_fd_close(file));
  OK(make_link("file", "link"));
  OK(p1_try_open(3, "link", 0, READ, 0));
  IS(E(LOOP), p1_path_open(3, 0, P("link"), 4, 0, READ, 0, 0, P(&fd)));
  OK(make_link("nothing", "dangling"));
  IS(E(NOENT), p1_try_open(3, "dangling", 0, READ, 0));
  IS(E(EXIST), p1_try_open(3, "dangling", CREAT | EXCL, WRITE, 0));
  OK(p1_try_open(3, "dangling", CREAT, WRITE, 0));
  OK(unlink_file("nothing"));
  // Through a directory that was opened.
  const int dir = p1_open(3, "dir", DIRECTORY, READ, 0);
  OK(p1_try_open(dir, "inner", CREAT, WRITE, 0));
  OK(stat_of("dir/inner", 0));
  IS(E(PERM), p1_try_open(dir, "../file", 0, READ, 0));
  OK(p1_fd_close(dir));
}

static void stating(void) {
  OK(stat_of("file", 0));
  CHECK(stat.filetype == __WASI_FILETYPE_REGULAR_FILE && stat.nlink == 1 && stat.ino != 0);
  OK(stat_of("dir/", 0));
  CHECK(stat.filetype == __WASI_FILETYPE_DIRECTORY);
  OK(stat_of("link", 0));
  CHECK(stat.filetype == __WASI_FILETYPE_SYMBOLIC_LINK && stat.size == 4);
  OK(stat_of("link", FOLLOW));
  CHECK(stat.filetype == __WASI_FILETYPE_REGULAR_FILE);
  IS(E(NOENT), stat_of("dangling", FOLLOW));
  OK(stat_of("dangling", 0));
  IS(E(NOENT), stat_of("none", 0));
  IS(E(NOTDIR), stat_of("file/", 0));
  IS(E(INVAL), stat_of("file", 2));
  IS(E(INVAL), stat_of("file", UINT32_MAX));
  IS(E(BADF), p1_path_filestat_get(NONE, 0, P("x"), 1, P(&stat)));
  IS(E(BADF), p1_path_filestat_get(0, 0, P("x"), 1, P(&stat)));
  const uint32_t both = __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM;
  OK(p1_path_filestat_set_times(3, 0, P("file"), 4, 1000, 2000, both));
  OK(stat_of("file", 0));
  CHECK(stat.atim == 1000 && stat.mtim == 2000);
  OK(p1_path_filestat_set_times(3, FOLLOW, P("link"), 4, 3000, 0, __WASI_FSTFLAGS_ATIM));
  OK(stat_of("file", 0));
  CHECK(stat.atim == 3000 && stat.mtim == 2000);
  OK(p1_path_filestat_set_times(3, 0, P("link"), 4, 0, 5000, __WASI_FSTFLAGS_MTIM));
  OK(stat_of("file", 0));
  CHECK(stat.mtim == 2000);
  OK(stat_of("link", 0));
  CHECK(stat.mtim == 5000);
  IS(E(NOENT), p1_path_filestat_set_times(3, 0, P("none"), 4, 0, 0, both));
  IS(E(INVAL), p1_path_filestat_set_times(3, 0, P("file"), 4, 0, 0, 3));
  IS(E(INVAL), p1_path_filestat_set_times(3, 0, P("file"), 4, 0, 0, 12));
  IS(E(INVAL), p1_path_filestat_set_times(3, 0, P("file"), 4, 0, 0, 16));
  IS(E(INVAL), p1_path_filestat_set_times(3, 2, P("file"), 4, 0, 0, both));
  IS(E(BADF), p1_path_filestat_set_times(NONE, 0, P("file"), 4, 0, 0, both));
}

static void making_and_removing(void) {
  IS(E(EXIST), make_dir("dir"));
  IS(E(EXIST), make_dir("file"));
  IS(E(EXIST), make_dir("link"));
  IS(E(EXIST), make_dir("."));
  IS(E(NOENT), make_dir("none/x"));
  IS(E(NOTDIR), make_dir("file/x"));
  IS(E(BADF), p1_path_create_directory(NONE, P("x"), 1));
  IS(E(BADF), p1_path_create_directory(1, P("x"), 1));
  OK(make_dir("sub/"));
  IS(E(NOTEMPTY), remove_dir("dir"));
  IS(E(NOTDIR), remove_dir("file"));
  IS(E(NOTDIR), remove_dir("link"));
  IS(E(NOENT), remove_dir("none"));
  IS(E(INVAL), remove_dir("."));
  IS(E(BADF), p1_path_remove_directory(NONE, P("x"), 1));
  OK(remove_dir("sub/"));
  IS(E(ISDIR), unlink_file("dir"));
  IS(E(ISDIR), unlink_file("dir/"));
  IS(E(NOTDIR), unlink_file("file/"));
  IS(E(NOENT), unlink_file("none"));
  IS(E(ISDIR), unlink_file("."));
  IS(E(BADF), p1_path_unlink_file(NONE, P("x"), 1));
}

static void linking(void) {
  OK(hard_link("file", "hard"));
  OK(stat_of("hard", 0));
  CHECK(stat.nlink == 2);
  IS(E(EXIST), hard_link("file", "hard"));
  IS(E(NOENT), hard_link("none", "x"));
  IS(E(PERM), hard_link("dir", "x"));
  IS(E(NOTDIR), hard_link("file/", "x"));
  IS(E(NOENT), hard_link("file", "x/"));
  IS(E(EXIST), hard_link("file", "dir/"));
  IS(E(INVAL), p1_path_link(3, FOLLOW, P("file"), 4, 3, P("x"), 1));
  IS(E(INVAL), p1_path_link(3, 2, P("file"), 4, 3, P("x"), 1));
  IS(E(BADF), p1_path_link(NONE, 0, P("file"), 4, 3, P("x"), 1));
  IS(E(BADF), p1_path_link(3, 0, P("file"), 4, NONE, P("x"), 1));
  // A link is linked itself.
  OK(hard_link("link", "link2"));
  OK(stat_of("link2", 0));
  CHECK(stat.filetype == __WASI_FILETYPE_SYMBOLIC_LINK);
  OK(unlink_file("link2"));
  OK(unlink_file("hard"));

  char text[16] = "XXXXXXXXXXXXXXX";
  uint32_t count = 0;
  OK(p1_path_readlink(3, P("link"), 4, P(text), 16, P(&count)));
  CHECK(count == 4 && memcmp(text, "fileX", 5) == 0);
  OK(p1_path_readlink(3, P("dangling"), 8, P(text), 3, P(&count)));
  CHECK(count == 3 && memcmp(text, "noteX", 3) == 0);
  OK(p1_path_readlink(3, P("link"), 4, P(text), 0, P(&count)));
  CHECK(count == 0);
  IS(E(INVAL), p1_path_readlink(3, P("file"), 4, P(text), 16, P(&count)));
  IS(E(INVAL), p1_path_readlink(3, P("dir"), 3, P(text), 16, P(&count)));
  IS(E(NOENT), p1_path_readlink(3, P("none"), 4, P(text), 16, P(&count)));
  IS(E(BADF), p1_path_readlink(NONE, P("link"), 4, P(text), 16, P(&count)));
  IS(E(EXIST), make_link("x", "file"));
  IS(E(EXIST), make_link("x", "link"));
  IS(E(NOENT), make_link("x", "none/x"));
  IS(E(NOENT), make_link("x", "new/"));
  IS(E(EXIST), make_link("x", "dir/"));
  IS(E(NOENT), make_link("", "new"));
  IS(E(PERM), make_link("/etc", "new"));
  IS(E(BADF), p1_path_symlink(P("x"), 1, NONE, P("y"), 1));
}

static void renaming(void) {
  OK(rename_to("file", "moved"));
  IS(E(NOENT), stat_of("file", 0));
  OK(rename_to("moved", "file"));
  p1_make_file("other", "other");
  OK(rename_to("other", "file"));
  OK(stat_of("file", 0));
  CHECK(stat.size == 5);
  OK(make_dir("empty"));
  IS(E(NOTEMPTY), rename_to("empty", "dir"));
  IS(E(NOTDIR), rename_to("empty", "file"));
  IS(E(ISDIR), rename_to("file", "empty"));
  OK(rename_to("empty", "empty2/"));
  OK(rename_to("empty2/", "empty"));
  IS(E(NOTDIR), rename_to("file/", "x"));
  IS(E(NOTDIR), rename_to("file", "x/"));
  IS(E(NOENT), rename_to("none", "x"));
  IS(E(INVAL), rename_to("empty", "empty/inside"));
  IS(E(BUSY), rename_to(".", "x"));
  IS(E(BUSY), rename_to("file", "."));
  IS(E(BADF), p1_path_rename(NONE, P("file"), 4, 3, P("x"), 1));
  IS(E(BADF), p1_path_rename(3, P("file"), 4, NONE, P("x"), 1));
  OK(rename_to("file", "file"));
  OK(remove_dir("empty"));
}

static void listing(void) {
  static char buffer[4096];
  uint32_t used = 0;
  OK(p1_path_create_directory(3, P("list"), 4));
  for (int i = 0; i < 50; ++i) {
    char name[32];
    snprintf(name, sizeof name, "list/entry %02d", i);
    p1_make_file(name, "");
  }
  const int fd = p1_open(3, "list", DIRECTORY, READ, 0);
  uint64_t cookie = 0;
  int seen = 0, dots = 0, rounds = 0;
  // A buffer that holds a few entries only, the last cut; each next call begins at the cookie of the last whole one. Half of the
  // entries vanish on the way: each that stays is seen once.
  for (bool more = true; more && rounds < 200; ++rounds) {
    OK(p1_fd_readdir(fd, P(buffer), 200, cookie, P(&used)));
    more = used == 200;
    for (uint32_t at = 0; at + sizeof(__wasi_dirent_t) <= used;) {
      __wasi_dirent_t entry;
      memcpy(&entry, buffer + at, sizeof entry);
      if (at + sizeof entry + entry.d_namlen > used) break;
      const char* name = buffer + at + sizeof entry;
      at += sizeof entry + entry.d_namlen;
      cookie = entry.d_next;
      if (entry.d_namlen <= 2) {
        ++dots;
        CHECK(entry.d_type == __WASI_FILETYPE_DIRECTORY);
        continue;
      }
      CHECK(entry.d_namlen == 8 && memcmp(name, "entry ", 6) == 0 && entry.d_type == __WASI_FILETYPE_REGULAR_FILE && entry.d_ino != 0);
      ++seen;
      char path[32];
      snprintf(path, sizeof path, "list/%.8s", name);
      if (seen % 2) OK(unlink_file(path));
    }
  }
  CHECK(seen == 50 && dots == 2);
  OK(p1_fd_readdir(fd, P(buffer), 4096, cookie, P(&used)));
  CHECK(used == 0);
  OK(p1_fd_readdir(fd, P(buffer), 0, 0, P(&used)));
  CHECK(used == 0);
  OK(p1_fd_readdir(fd, P(buffer), 10, 0, P(&used)));
  CHECK(used == 10);
  IS(E(INVAL), p1_fd_readdir(fd, P(buffer), 4096, UINT64_MAX, P(&used)));
  IS(E(BADF), p1_fd_readdir(NONE, P(buffer), 4096, 0, P(&used)));
  IS(E(BADF), p1_fd_readdir(0, P(buffer), 4096, 0, P(&used)));
  OK(p1_fd_close(fd));
}

static void odd_paths(void) {
  static char path[100001];
  memset(path, 'a', 100000);
  const struct {
    const char* text;
    uint32_t size;
    uint32_t code;
  } odd[] = {{"", 0, E(NOENT)},          {"a\0b", 3, E(INVAL)},        {"\xff\xfe", 2, E(ILSEQ)},    {"\xc3", 1, E(ILSEQ)},
             {path, 256, E(NAMETOOLONG)}, {path, 5000, E(NAMETOOLONG)}, {path, 100000, E(NAMETOOLONG)}, {"/x", 2, E(PERM)},
             {"..", 2, E(PERM)}};
  for (unsigned i = 0; i < sizeof odd / sizeof *odd; ++i) {
    const uint32_t at = P(odd[i].text), size = odd[i].size;
    uint32_t fd = 0, count = 0;
    char text[8];
    IS(odd[i].code, p1_path_open(3, FOLLOW, at, size, 0, READ, 0, 0, P(&fd)));
    IS(odd[i].code, p1_path_open(3, 0, at, size, CREAT, WRITE, 0, 0, P(&fd)));
    IS(odd[i].code, p1_path_filestat_get(3, 0, at, size, P(&stat)));
    IS(odd[i].code, p1_path_filestat_set_times(3, 0, at, size, 0, 0, __WASI_FSTFLAGS_ATIM));
    IS(odd[i].code, p1_path_create_directory(3, at, size));
    IS(odd[i].code, p1_path_remove_directory(3, at, size));
    IS(odd[i].code, p1_path_unlink_file(3, at, size));
    IS(odd[i].code, p1_path_readlink(3, at, size, P(text), 8, P(&count)));
    IS(odd[i].code, p1_path_symlink(P("x"), 1, 3, at, size));
    IS(odd[i].code, p1_path_rename(3, at, size, 3, P("new"), 3));
    IS(odd[i].code, p1_path_rename(3, P("file"), 4, 3, at, size));
    IS(odd[i].code, p1_path_link(3, 0, at, size, 3, P("new"), 3));
    IS(odd[i].code, p1_path_link(3, 0, P("file"), 4, 3, at, size));
  }
}

int main(void) {
  preopens();
  opening();
  stating();
  making_and_removing();
  linking();
  renaming();
  listing();
  odd_paths();
  CHECK_DONE();
}
