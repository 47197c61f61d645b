// 100,000 writes of 16 bytes.
#include <unistd.h>

int main(void) {
  for (int i = 0; i < 100000; ++i)
    if (write(1, "0123456789abcde\n", 16) != 16) return 1;
  return 0;
}
