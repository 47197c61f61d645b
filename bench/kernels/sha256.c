// SHA-256 (FIPS 180-4) of a buffer: 32-bit rotates, adds and logic in long straight-line code.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t constants[64], state[8];

// The constants are the fractional parts of the cube and square roots of the first primes.
static uint32_t fraction(double root) { return (uint32_t)((root - (uint32_t)root) * 4294967296.0); }

static double root_of(unsigned n, int power) {
  double low = 1, high = n;
  for (int i = 0; i < 200; ++i) {
    double middle = (low + high) / 2;
    double value = power == 3 ? middle * middle * middle : middle * middle;
    if (value < n) low = middle;
    else high = middle;
  }
  return low;
}

static void set_up(void) {
  unsigned found = 0;
  for (unsigned n = 2; found < 64; ++n) {
    int prime = 1;
    for (unsigned d = 2; d * d <= n; ++d)
      if (n % d == 0) prime = 0;
    if (!prime) continue;
    constants[found] = fraction(root_of(n, 3));
    if (found < 8) state[found] = fraction(root_of(n, 2));
    ++found;
  }
}

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void block(const uint8_t* p) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; ++i)
    w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; ++i) {
    uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  memcpy(v, state, sizeof v);
  for (int i = 0; i < 64; ++i) {
    uint32_t big1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
    uint32_t t1 = v[7] + big1 + choose + constants[i] + w[i];
    uint32_t big0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    uint32_t major = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += t1;
    v[0] = t1 + big0 + major;
  }
  for (int i = 0; i < 8; ++i) state[i] += v[i];
}

static uint8_t buffer[1 << 20];

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 6;
  set_up();
  for (size_t i = 0; i < sizeof buffer; ++i) buffer[i] = (uint8_t)(i * 7 + (i >> 8));
  for (int r = 0; r < rounds; ++r)
    for (size_t i = 0; i < sizeof buffer; i += 64) block(buffer + i);
  // Padding: 0x80, zeros, the length in bits.
  uint8_t last[64] = {0x80};
  uint64_t bits = (uint64_t)rounds * sizeof buffer * 8;
  for (int i = 0; i < 8; ++i) last[63 - i] = (uint8_t)(bits >> (8 * i));
  block(last);
  for (int i = 0; i < 8; ++i) printf("%08x", state[i]);
  printf("  %d MiB\n", rounds);
}
