// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"
#include <string.h>

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

float martlet_weigh(
    uint32_t *documents, uint32_t *frequencies, intptr_t n, uint32_t limit, const uint8_t *lengths,
    const float *weights) {
  uint32_t least = 0;
  float greatest = 0;
  for (intptr_t i = 0; i < n; i++) {
    uint32_t document = documents[i] > least ? documents[i] : least;
    document = document < limit ? document : limit - 1;
    documents[i] = least = document;
    float value = (float)frequencies[i] * weights[lengths[document]];
    __builtin_memcpy(&frequencies[i], &value, 4);
    greatest = greatest > value ? greatest : value;
  }
  return greatest;
}

static inline uint16_t bound(float x, float factor, float k1) {
  float exact = factor * x / (k1 + x) + 2;
  return (uint16_t)(int32_t)(exact < 65000 ? exact : 65000);
}

CLONES static void bounds128(const float *values, float factor, float k1, uint16_t *bounds) {
  for (int i = 0; i < 128; i++) bounds[i] = bound(values[i], factor, k1);
}

intptr_t martlet_bound_runs(
    const uint32_t *documents, const float *values, intptr_t n, float factor, float k1,
    uint16_t *total, uint32_t *ranges) {
  uint16_t bounds[128];
  uint16_t best = 0;
  intptr_t count = 0;
  for (intptr_t first = 0; first < n; first += 128) {
    intptr_t end = n - first < 128 ? n - first : 128;
    if (end == 128) {
      bounds128(values + first, factor, k1, bounds);
    } else {
      for (intptr_t i = 0; i < end; i++) bounds[i] = bound(values[first + i], factor, k1);
    }
    for (intptr_t i = 0; i < end; i++) {
      // A run of documents in one range counts by its greatest bound; what a run does not end is
      // written again by the next document.
      uint32_t range = documents[first + i] >> 7;
      best = best > bounds[i] ? best : bounds[i];
      uint32_t next = first + i + 1 < n ? documents[first + i + 1] >> 7 : UINT32_MAX;
      ranges[count] = range;
      int ends = next != range;
      total[range] += ends ? best : 0;
      count += ends;
      best = ends ? 0 : best;
    }
  }
  return count;
}

CLONES void martlet_bound_table(
    float maximum, float occurrences, float factor, float k1, uint16_t *table) {
  for (int code = 0; code < 256; code++) {
    float saturation = (float)code / 255 * maximum;
    float rest = 1 - saturation;
    float x = k1 * saturation / (rest > 1e-6f ? rest : 1e-6f) * occurrences;
    table[code] = bound(x, factor, k1);
  }
  table[0] = 0;
}

void martlet_bound_add(uint16_t *total, const uint8_t *codes, const uint16_t *table, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) total[i] += table[codes[i]];
}

void martlet_range_bits(
    const uint32_t *documents, intptr_t n, const uint32_t *ranges, intptr_t count, uint64_t *bits) {
  memset(bits, 0, 16 * count);
  intptr_t at = 0;
  for (intptr_t i = 0; i < n; i++) {
    at += documents[i] >> 7 != ranges[at] && at + 1 < count;
    bits[2 * at + (documents[i] >> 6 & 1)] |= 1ull << (documents[i] & 63);
  }
}

// Inlined once for each of the cases, which the caller knows before the loop.
static inline __attribute__((always_inline)) intptr_t keep(
    uint32_t *ranges, uint64_t *bits, intptr_t n, const uint8_t *codes, const uint16_t *table,
    const uint16_t *part, const uint64_t *bitmap, uint16_t *total) {
  intptr_t count = 0;
  for (intptr_t i = 0; i < n; i++) {
    const uint32_t range = ranges[i];
    const uint16_t bound = part ? part[range] : table[codes[range]];
    const uint64_t low = bits[2 * i] & (bitmap ? bitmap[2 * range] : ~0ull);
    const uint64_t high = bits[2 * i + 1] & (bitmap ? bitmap[2 * range + 1] : ~0ull);
    const int kept = bound != 0 && (low | high) != 0;
    ranges[count] = range;
    bits[2 * count] = low;
    bits[2 * count + 1] = high;
    total[range] = kept ? total[range] + bound : 0;
    count += kept;
  }
  return count;
}

intptr_t martlet_bound_keep(
    uint32_t *ranges, uint64_t *bits, intptr_t n, const uint8_t *codes, const uint16_t *table,
    const uint64_t *bitmap, uint16_t *total) {
  return bitmap ? keep(ranges, bits, n, codes, table, 0, bitmap, total)
                : keep(ranges, bits, n, codes, table, 0, 0, total);
}

intptr_t martlet_bound_keep_parts(
    uint32_t *ranges, uint64_t *bits, intptr_t n, const uint16_t *part, uint16_t *total) {
  return keep(ranges, bits, n, 0, 0, part, 0, total);
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

void martlet_bound_histogram(
    const uint16_t *total, const uint32_t *ranges, intptr_t n, uint32_t *histogram) {
  for (intptr_t i = 0; i < n; i++) histogram[total[ranges[i]] >> 8]++;
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
