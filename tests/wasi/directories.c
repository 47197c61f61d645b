// RUN: --dir {dir}::/ directories.wasm
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static int count(const char* path) {
  DIR* dir = opendir(path);
  if (!dir) return -1;
  int entries = 0;
  while (readdir(dir)) ++entries;
  rewinddir(dir);
  int again = 0;
  while (readdir(dir)) ++again;
  closedir(dir);
  return entries == again ? entries : -2;
}

int main(void) {
  char buffer[100];
  struct stat info, other;
  CHECK(mkdir("/dir", 0700) == 0);
  CHECK_FAILS(EEXIST, mkdir("/dir", 0700));
  CHECK(mkdir("/dir/sub", 0700) == 0);
  CHECK_FAILS(ENOENT, mkdir("/none/sub", 0700));
  CHECK(stat("/dir", &info) == 0 && S_ISDIR(info.st_mode));
  CHECK(count("/dir") == 3);
  for (int i = 0; i < 300; ++i) {
    snprintf(buffer, sizeof buffer, "/dir/a rather long name to fill the buffer of readdir %d", i);
    close(open(buffer, O_CREAT | O_WRONLY, 0600));
  }
  CHECK(count("/dir") == 303);
  CHECK_FAILS(ENOTEMPTY, rmdir("/dir"));
  // Places in a directory fit into a long of 32 bits, and lead back to the same entry.
  DIR* dir = opendir("/dir");
  CHECK(strcmp(readdir(dir)->d_name, ".") == 0 && strcmp(readdir(dir)->d_name, "..") == 0);
  long places[301];
  static char names[301][80];
  for (int i = 0; i < 301; ++i) {
    places[i] = telldir(dir);
    strcpy(names[i], readdir(dir)->d_name);
  }
  for (int i = 300; i >= 0; i -= 50) {
    seekdir(dir, places[i]);
    CHECK(strcmp(readdir(dir)->d_name, names[i]) == 0);
  }
  closedir(dir);
  // Remove what is read, while it is read.
  dir = opendir("/dir");
  int removed = 0;
  for (struct dirent* entry; (entry = readdir(dir));) {
    if (entry->d_type != DT_REG) continue;
    snprintf(buffer, sizeof buffer, "/dir/%s", entry->d_name);
    CHECK(unlink(buffer) == 0);
    ++removed;
  }
  closedir(dir);
  CHECK(removed == 300 && count("/dir") == 3);

  close(open("/file", O_CREAT | O_WRONLY, 0600));
  CHECK(symlink("../file", "/dir/link") == 0);
  CHECK(readlink("/dir/link", buffer, sizeof buffer) == 7 && memcmp(buffer, "../file", 7) == 0);
  CHECK(lstat("/dir/link", &info) == 0 && S_ISLNK(info.st_mode));
  CHECK(stat("/dir/link", &info) == 0 && S_ISREG(info.st_mode));
  CHECK(link("/file", "/dir/hard") == 0);
  CHECK(stat("/dir/hard", &other) == 0 && other.st_ino == info.st_ino && other.st_nlink == 2);
  CHECK_FAILS(EISDIR, unlink("/dir"));
  CHECK_FAILS(ENOTDIR, rmdir("/file"));
  CHECK_FAILS(ENOTDIR, rmdir("/file/"));
  CHECK(rename("/dir/sub", "/moved") == 0 && rmdir("/moved/") == 0);
  CHECK(unlink("/dir/link") == 0 && unlink("/dir/hard") == 0 && unlink("/file") == 0 && rmdir("/dir") == 0);

  CHECK_FAILS(EISDIR, open("/", O_RDWR | O_DIRECTORY));
  int fd = open("/", O_RDONLY | O_DIRECTORY);
  CHECK(fd >= 0 && mkdirat(fd, "at", 0700) == 0 && unlinkat(fd, "at", AT_REMOVEDIR) == 0);
  CHECK(openat(fd, "..", O_RDONLY) == -1);
  close(fd);
  CHECK(count("/") == 2);
  CHECK_DONE();
}
