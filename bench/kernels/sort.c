// Heap sort and quick sort of pseudo-random integers: branches that do not predict, loads and stores.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kCount = 400000 };
static uint32_t input[kCount], work[kCount];

static void sift_down(uint32_t* a, int root, int size) {
  for (;;) {
    int child = 2 * root + 1;
    if (child >= size) return;
    if (child + 1 < size && a[child] < a[child + 1]) ++child;
    if (a[root] >= a[child]) return;
    uint32_t swap = a[root];
    a[root] = a[child];
    a[child] = swap;
    root = child;
  }
}

static void heap_sort(uint32_t* a, int size) {
  for (int i = size / 2 - 1; i >= 0; --i) sift_down(a, i, size);
  for (int end = size - 1; end > 0; --end) {
    uint32_t swap = a[0];
    a[0] = a[end];
    a[end] = swap;
    sift_down(a, 0, end);
  }
}

static void quick_sort(uint32_t* a, int low, int high) {
  while (low < high) {
    uint32_t pivot = a[low + (high - low) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) ++i;
      while (a[j] > pivot) --j;
      if (i <= j) {
        uint32_t swap = a[i];
        a[i++] = a[j];
        a[j--] = swap;
      }
    }
    if (j - low < high - i) {
      quick_sort(a, low, j);
      low = i;
    } else {
      quick_sort(a, i, high);
      high = j;
    }
  }
}

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 2;
  uint32_t seed = 1, sum = 0;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < kCount; ++i) {
      seed = seed * 1664525u + 1013904223u;
      input[i] = seed;
    }
    memcpy(work, input, sizeof input);
    heap_sort(work, kCount);
    quick_sort(input, 0, kCount - 1);
    if (memcmp(work, input, sizeof input) != 0) return 1;
    for (int i = 0; i < kCount; i += 1000) sum = sum * 31 + work[i];
  }
  printf("%d rounds of %d: %08x\n", rounds, kCount, sum);
}
