// CRC-32 (polynomial 0xedb88320) of a buffer, one table look-up a byte: loads, shifts and a tight loop.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t table[256];
static uint8_t buffer[1 << 20];

static uint32_t crc(const uint8_t* data, size_t size, uint32_t state) {
  for (size_t i = 0; i < size; ++i) state = table[(state ^ data[i]) & 0xff] ^ (state >> 8);
  return state;
}

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 20;
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? 0xedb88320u ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  uint32_t seed = 12345;
  for (size_t i = 0; i < sizeof buffer; ++i) {
    seed = seed * 1664525u + 1013904223u;
    buffer[i] = (uint8_t)(seed >> 24);
  }
  uint32_t state = 0xffffffffu;
  for (int i = 0; i < rounds; ++i) state = crc(buffer, sizeof buffer, state);
  printf("crc of %d MiB: %08x\n", rounds, ~state);
}
