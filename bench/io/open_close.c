// Opens and closes 10,000 files of a directory.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  char name[200];
  if (argc < 2 || strlen(argv[1]) > 100) return 2;
  strcpy(name, argv[1]);
  strcat(name, "/file 00000");
  for (int i = 0; i < 10000; ++i) {
    const int fd = open(name, O_RDONLY);
    if (fd < 0) return 1;
    close(fd);
    // The next name: formatting it would take longer than opening the file.
    char* digit = name + strlen(argv[1]) + 10;
    while (*digit == '9') *digit-- = '0';
    ++*digit;
  }
  return 0;
}
