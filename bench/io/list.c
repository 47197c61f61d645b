// Counts the entries of a directory and the letters of their names.
#include <dirent.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  DIR* dir = opendir(argv[1]);
  if (!dir) return 1;
  int entries = 0;
  size_t letters = 0;
  for (struct dirent* entry; (entry = readdir(dir));) {
    ++entries;
    letters += strlen(entry->d_name);
  }
  closedir(dir);
  printf("%d entries, %zu letters\n", entries, letters);
  return 0;
}
