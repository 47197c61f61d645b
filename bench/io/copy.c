// Copies standard input to standard output, or with two arguments one file to another.
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char** argv) {
  static char buffer[64 << 10];
  const int in = argc > 2 ? open(argv[1], O_RDONLY) : 0;
  const int out = argc > 2 ? open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600) : 1;
  if (in < 0 || out < 0) return 1;
  for (ssize_t got; (got = read(in, buffer, sizeof buffer)) != 0;)
    if (got < 0 || write(out, buffer, (size_t)got) != got) return 2;
  return 0;
}
