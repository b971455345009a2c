// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"
#include <string.h>

// The linker calls the functions that choose a clone before the thread sanitizer can run in them.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

CLONES intptr_t martlet_least_from(const uint32_t *values, intptr_t n, uint32_t least) {
  uint32_t best = UINT32_MAX;
  for (intptr_t i = 0; i < n; i++) {
    // Values below `least` wrap round to the top and lose.
    uint32_t above = values[i] - least;
    uint32_t kept = values[i] >= least ? above : UINT32_MAX;
    best = best < kept ? best : kept;
  }
  if (best == UINT32_MAX) return n;
  for (intptr_t i = 0; i < n; i++) {
    if (values[i] == least + best) return i;
  }
  return n;
}

void martlet_mark_packed(
    const uint8_t *packed, uint32_t width, uint64_t from, uint64_t to, uint64_t *bitmap,
    uint32_t limit) {
  const uint64_t mask = (1ull << width) - 1;
  uint64_t bit = from * width;
  for (uint64_t i = from; i < to; i++, bit += width) {
    uint64_t word;
    memcpy(&word, packed + (bit >> 3), 8);
    uint32_t value = (uint32_t)(word >> (bit & 7) & mask);
    if (value < limit) bitmap[value >> 6] |= 1ull << (value & 63);
  }
}
