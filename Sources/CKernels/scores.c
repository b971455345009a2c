// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"

// The linker calls the functions that choose a clone before the thread sanitizer can run in them.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

CLONES void martlet_saturate_add128(float *acc, float *x, float scale, float k1) {
  for (int i = 0; i < 128; i++) {
    acc[i] += scale * x[i] / (k1 + x[i]);
    x[i] = 0;
  }
}

CLONES void martlet_saturate_max128(float *acc, float *x, float scale, float k1) {
  for (int i = 0; i < 128; i++) {
    float s = scale * x[i] / (k1 + x[i]);
    acc[i] = acc[i] > s ? acc[i] : s;
    x[i] = 0;
  }
}

CLONES void martlet_add128(float *acc, float *x) {
  for (int i = 0; i < 128; i++) {
    acc[i] += x[i];
    x[i] = 0;
  }
}

CLONES void martlet_at_least128(const float *acc, float threshold, uint64_t *bits) {
  uint8_t above[128];
  for (int i = 0; i < 128; i++) above[i] = acc[i] >= threshold;
  for (int w = 0; w < 2; w++) {
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) {
      uint64_t eight;
      __builtin_memcpy(&eight, above + 64 * w + 8 * i, 8);
      // Gathers the low bit of each of eight bytes into one byte.
      word |= ((eight * 0x0102040810204080ull) >> 56) << (8 * i);
    }
    bits[w] = word;
  }
}

void martlet_bound_add(uint16_t *total, const uint8_t *codes, const uint16_t *lut, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) total[i] += lut[codes[i]];
}

CLONES void martlet_bound_and(uint16_t *total, uint16_t *part, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) {
    total[i] = total[i] && part[i] ? (uint16_t)(total[i] + part[i]) : 0;
    part[i] = 0;
  }
}

CLONES void martlet_bound_or(uint16_t *total, uint16_t *part, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) {
    total[i] += part[i];
    part[i] = 0;
  }
}

CLONES void martlet_bound_max(uint16_t *group, uint16_t *part, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) {
    group[i] = group[i] > part[i] ? group[i] : part[i];
    part[i] = 0;
  }
}

void martlet_bound_histogram(const uint16_t *total, intptr_t n, uint32_t *histogram) {
  for (intptr_t i = 0; i < n; i++) histogram[total[i] >> 8]++;
}

CLONES static uint32_t any_at_least(const uint16_t *total, uint16_t least) {
  uint16_t any = 0;
  for (int i = 0; i < 32; i++) any |= (uint16_t)(total[i] >= least);
  return any;
}

intptr_t martlet_bound_select(
    const uint16_t *total, intptr_t n, uint16_t least, uint32_t *indexes) {
  intptr_t count = 0, i = 0;
  for (; i + 32 <= n; i += 32) {
    if (!any_at_least(total + i, least)) continue;
    for (int j = 0; j < 32; j++) {
      indexes[count] = (uint32_t)(i + j);
      count += total[i + j] >= least;
    }
  }
  for (; i < n; i++) {
    indexes[count] = (uint32_t)i;
    count += total[i] >= least;
  }
  return count;
}
