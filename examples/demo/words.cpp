// The demo's guest: counts what a file holds, and how often a word occurs in it; the exit code is that number.
#include <cstdio>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s FILE WORD\n", argc > 0 ? argv[0] : "words");
    return 100;
  }
  std::FILE* file = std::fopen(argv[1], "rb");
  if (!file) {
    std::perror(argv[1]);
    return 101;
  }
  std::vector<std::string> words;
  std::string word;
  int bytes = 0, lines = 0, found = 0;
  for (int c; (c = std::fgetc(file)) != EOF; ++bytes) {
    lines += c == '\n';
    if (c != ' ' && c != '\n') {
      word += static_cast<char>(c);
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  std::fclose(file);
  if (!word.empty()) words.push_back(word);
  for (const std::string& each : words) found += each == argv[2];
  std::printf("%s: %d lines, %zu words, %d bytes, %d times '%s'\n", argv[1], lines, words.size(), bytes, found, argv[2]);
  return found;
}
