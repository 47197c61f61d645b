// RUN: --dir {dir}::/data sandbox.wasm
// RUN: sandbox.wasm nothing
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char** argv) {
  struct stat info;
  if (argc > 1) {
    // Nothing was granted: nothing is there.
    const char* paths[] = {".", "/", "/etc/passwd", "file", "/proc/self/environ"};
    for (int i = 0; i < 5; ++i) CHECK(open(paths[i], O_RDONLY) == -1 && stat(paths[i], &info) == -1);
    CHECK(fcntl(3, F_GETFL) == -1);
    CHECK(getenv("PATH") == NULL && getenv("HOME") == NULL);
    CHECK_DONE();
  }
  const char* out[] = {"/data/..", "/data/../", "/data/../etc/passwd", "/data/a/../../x", "/etc/passwd", "/data/./../x"};
  CHECK(mkdir("/data/a", 0700) == 0);
  for (int i = 0; i < 6; ++i) {
    errno = 0;
    const int fd = open(out[i], O_RDONLY);
    CHECK(fd == -1 && errno != 0);
    CHECK(open(out[i], O_WRONLY | O_CREAT, 0600) == -1);
    CHECK(stat(out[i], &info) == -1);
    CHECK(mkdir(out[i], 0700) == -1);
  }
  CHECK_FAILS(EPERM, symlink("/etc/passwd", "/data/link"));
  CHECK(symlink("../../etc/passwd", "/data/link") == 0);
  CHECK_FAILS(EPERM, open("/data/link", O_RDONLY));
  CHECK_FAILS(EPERM, open("/data/link", O_WRONLY | O_CREAT, 0600));
  CHECK(symlink("..", "/data/up") == 0);
  CHECK_FAILS(EPERM, open("/data/up/x", O_RDONLY));
  CHECK_FAILS(EPERM, rename("/data/a", "/data/up/a"));
  CHECK(symlink("loop", "/data/loop") == 0);
  CHECK_FAILS(ELOOP, open("/data/loop", O_RDONLY));
  CHECK(unlink("/data/link") == 0 && unlink("/data/up") == 0 && unlink("/data/loop") == 0 && rmdir("/data/a") == 0);
  CHECK_DONE();
}
