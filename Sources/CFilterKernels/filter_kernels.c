// SPDX-License-Identifier: Apache-2.0
#include "filter_kernels.h"

#include <math.h>
#include <string.h>

// The linker calls the functions that choose a clone before the thread sanitizer can run in them.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

CLONES void martlet_sparse_times_dense(
    const uint64_t *starts, const uint32_t *columns, const float *row_scale,
    const float *column_scale, intptr_t first, intptr_t end, intptr_t width, const float *dense,
    intptr_t stride, float *out, intptr_t out_stride) {
  for (intptr_t r = first; r < end; r++) {
    float *to = out + r * out_stride;
    memset(to, 0, width * sizeof(float));
    for (uint64_t e = starts[r]; e < starts[r + 1]; e++) {
      const float *from = dense + columns[e] * stride;
      float weight = column_scale[columns[e]] * row_scale[r];
      for (intptr_t i = 0; i < width; i++) to[i] += weight * from[i];
    }
  }
}

void martlet_scatter_scaled(
    float *acc, const uint32_t *columns, const float *scale, intptr_t n, float weight) {
  for (intptr_t i = 0; i < n; i++) acc[columns[i]] += weight * scale[columns[i]];
}

CLONES void martlet_combine(
    float *out, const float *a, const float *scale, const float *b, float b_weight, const float *c,
    float c_weight, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) out[i] = a[i] * scale[i];
  if (b && b_weight != 0) {
    for (intptr_t i = 0; i < n; i++) out[i] += b_weight * b[i];
  }
  if (c && c_weight != 0) {
    for (intptr_t i = 0; i < n; i++) out[i] += c_weight * c[i];
  }
}

void martlet_scatter_codes(
    float *acc, const uint32_t *columns, const int16_t *codes, intptr_t n, float weight) {
  for (intptr_t i = 0; i < n; i++) acc[columns[i]] += weight * codes[i];
}

void martlet_scatter_slots(
    float *acc, const uint16_t *slots, const uint32_t *columns, const int16_t *codes, intptr_t n,
    float weight) {
  for (intptr_t i = 0; i < n; i++) {
    // Who is no candidate goes to one of 16 sums that nobody reads: one alone would be waited for, and
    // a branch would be foretold wrongly where many are candidates.
    intptr_t slot = slots[columns[i]];
    acc[slot ? slot : i & 15] += weight * codes[i];
  }
}

/// Whether entry (a, i) ranks below entry (b, j).
static inline int below(float a, uint32_t i, float b, uint32_t j) {
  return a < b || (a == b && i > j);
}

/// Moves the entry at `at` down until neither child ranks below it: the worst entry is at 0.
static void sift_down(float *heap, uint32_t *ids, intptr_t n, intptr_t at) {
  float score = heap[at];
  uint32_t id = ids[at];
  for (;;) {
    intptr_t child = 2 * at + 1;
    if (child >= n) break;
    if (child + 1 < n && below(heap[child + 1], ids[child + 1], heap[child], ids[child])) child++;
    if (!below(heap[child], ids[child], score, id)) break;
    heap[at] = heap[child];
    ids[at] = ids[child];
    at = child;
  }
  heap[at] = score;
  ids[at] = id;
}

intptr_t martlet_top(
    const float *scores, intptr_t n, intptr_t k, int magnitude, float *heap, uint32_t *out) {
  intptr_t held = 0;
  if (k <= 0) return 0;
  for (intptr_t i = 0; i < n; i++) {
    float score = magnitude ? fabsf(scores[i]) : scores[i];
    if (held == k) {
      // Equals rank below what is held, which has the lower index.
      if (!(score > heap[0])) continue;
      heap[0] = score;
      out[0] = (uint32_t)i;
      sift_down(heap, out, k, 0);
    } else if (score > -INFINITY) {
      heap[held] = score;
      out[held++] = (uint32_t)i;
      if (held == k) {
        for (intptr_t at = k / 2; at-- > 0;) sift_down(heap, out, k, at);
      }
    }
  }
  if (held < k) {
    for (intptr_t at = held / 2; at-- > 0;) sift_down(heap, out, held, at);
  }
  // Heap sort: the worst goes to the end.
  for (intptr_t last = held - 1; last > 0; last--) {
    float score = heap[0];
    uint32_t id = out[0];
    heap[0] = heap[last];
    out[0] = out[last];
    heap[last] = score;
    out[last] = id;
    sift_down(heap, out, last, 0);
  }
  return held;
}

static inline uint64_t mix(uint64_t lane, uint64_t word) {
  uint64_t product = (lane ^ word) * 0x9FB21C651E98DF25ull;
  return product << 31 | product >> 33;
}

uint64_t martlet_filter_checksum(uint64_t seed, const void *bytes, intptr_t n) {
  const uint8_t *p = bytes;
  // Four lanes hide the multiplication's latency; each step is a bijection of its lane.
  uint64_t lanes[4] = {
      seed ^ 0x9E3779B97F4A7C15ull, seed ^ 0xC2B2AE3D27D4EB4Full, seed ^ 0x165667B19E3779F9ull,
      seed ^ 0x85EBCA77C2B2AE63ull};
  intptr_t i = 0;
  for (; i + 32 <= n; i += 32) {
    uint64_t words[4];
    memcpy(words, p + i, 32);
    for (int l = 0; l < 4; l++) lanes[l] = mix(lanes[l], words[l]);
  }
  for (; i < n; i++) lanes[0] = mix(lanes[0], p[i] | 0x100);
  return mix(mix(mix(mix(lanes[0], lanes[1]), lanes[2]), lanes[3]), (uint64_t)n);
}
