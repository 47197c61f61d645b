// RUN: --dir {dir}::/data files.wasm
// RUN: --dir {dir}::. files.wasm .
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char path[256];
static const char* root = "/data";
static const char* at(const char* name) {
  snprintf(path, sizeof path, "%s/%s", root, name);
  return path;
}

int main(int argc, char** argv) {
  if (argc > 1) root = argv[1];
  char buffer[100];
  struct stat info;

  FILE* file = fopen(at("text"), "w");
  CHECK(file != NULL);
  CHECK(fprintf(file, "line %d\nline %d\n", 1, 2) == 14);
  CHECK(fclose(file) == 0);
  file = fopen(at("text"), "r");
  CHECK(fgets(buffer, sizeof buffer, file) && strcmp(buffer, "line 1\n") == 0);
  CHECK(ftell(file) == 7);
  CHECK(fseek(file, -2, SEEK_END) == 0 && fgetc(file) == '2');
  fclose(file);
  file = fopen(at("text"), "a");
  fputs("line 3\n", file);
  fclose(file);
  CHECK(stat(at("text"), &info) == 0 && info.st_size == 21 && S_ISREG(info.st_mode));

  int fd = open(at("text"), O_RDWR);
  CHECK(fd >= 4);
  CHECK(pread(fd, buffer, 6, 7) == 6 && memcmp(buffer, "line 2", 6) == 0);
  CHECK(pwrite(fd, "LINE", 4, 14) == 4);
  CHECK(lseek(fd, 0, SEEK_CUR) == 0);
  CHECK(lseek(fd, 14, SEEK_SET) == 14 && read(fd, buffer, 100) == 7 && memcmp(buffer, "LINE 3\n", 7) == 0);
  CHECK(ftruncate(fd, 3) == 0 && fstat(fd, &info) == 0 && info.st_size == 3);
  CHECK(lseek(fd, -1, SEEK_END) == 2);
  CHECK_FAILS(EINVAL, lseek(fd, -100, SEEK_SET));
  CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
  CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) == 0);
  CHECK((fcntl(fd, F_GETFL) & O_APPEND) == 0 && fcntl(fd, F_SETFL, O_APPEND) == 0 && (fcntl(fd, F_GETFL) & O_APPEND) != 0);
  CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "!", 1) == 1);
  const struct timespec times[2] = {{1000, 5}, {2000, 6}};
  CHECK(futimens(fd, times) == 0 && fstat(fd, &info) == 0 && info.st_atim.tv_sec == 1000 && info.st_mtim.tv_nsec == 6);
  CHECK(close(fd) == 0);
  CHECK_FAILS(EBADF, close(fd));
  CHECK_FAILS(EBADF, read(fd, buffer, 1));

  CHECK_FAILS(EEXIST, open(at("text"), O_CREAT | O_EXCL | O_RDWR, 0600));
  CHECK_FAILS(ENOENT, open(at("none"), O_RDONLY));
  CHECK_FAILS(ENOTDIR, open(at("text/x"), O_RDONLY));
  CHECK_FAILS(ENOTDIR, open(at("text"), O_RDONLY | O_DIRECTORY));
  fd = open(at("text"), O_RDONLY);
  CHECK(read(fd, buffer, 100) == 4 && memcmp(buffer, "lin!", 4) == 0);
  CHECK_FAILS(EBADF, write(fd, "x", 1));
  close(fd);
  fd = open(at("text"), O_WRONLY | O_TRUNC);
  CHECK_FAILS(EBADF, read(fd, buffer, 1));
  close(fd);
  CHECK(stat(at("text"), &info) == 0 && info.st_size == 0);

  // A large file, in pieces that are no power of two.
  fd = open(at("large"), O_CREAT | O_RDWR, 0600);
  static unsigned char block[100003];
  unsigned long sum = 0;
  for (int i = 0; i < 20; ++i) {
    for (size_t j = 0; j < sizeof block; ++j) sum += block[j] = (unsigned char)(i * 7 + j);
    CHECK(write(fd, block, sizeof block) == sizeof block);
  }
  CHECK(lseek(fd, 0, SEEK_SET) == 0);
  for (ssize_t got; (got = read(fd, block, 65537)) > 0;)
    for (ssize_t j = 0; j < got; ++j) sum -= block[j];
  CHECK(sum == 0);
  close(fd);

  char old[256];
  strcpy(old, at("large"));
  CHECK(rename(old, at("moved")) == 0);
  CHECK_FAILS(ENOENT, stat(old, &info));
  CHECK(unlink(at("moved")) == 0);
  CHECK_FAILS(ENOENT, unlink(at("moved")));
  CHECK(unlink(at("text")) == 0);
  CHECK_DONE();
}
