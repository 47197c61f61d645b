// Opens and closes 10,000 files of a directory.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char** argv) {
  char name[100];
  for (int i = 0; i < 10000; ++i) {
    snprintf(name, sizeof name, "%s/file %05d", argv[1], i);
    const int fd = open(name, O_RDONLY);
    if (fd < 0) return 1;
    close(fd);
  }
  return 0;
}
