// SPDX-License-Identifier: Apache-2.0
#include "kernels.h"
#include <string.h>

typedef uint32_t v4 __attribute__((vector_size(16)));

static inline v4 load4(const void *p) {
  v4 v;
  memcpy(&v, p, 16);
  return v;
}

static inline void store4(void *p, v4 v) { memcpy(p, &v, 16); }

void martlet_pack128(const uint32_t *values, uint32_t width, uint8_t *out) {
  if (width == 0) return;
  v4 word = {0, 0, 0, 0};
  uint32_t used = 0;
  for (int row = 0; row < 32; row++) {
    v4 v = load4(values + 4 * row);
    if (width < 32) v &= (1u << width) - 1;
    word |= v << used;
    used += width;
    if (used >= 32) {
      store4(out, word);
      out += 16;
      used -= 32;
      // What did not fit: the high `used` bits of the value.
      word = used ? v >> (width - used) : (v4){0, 0, 0, 0};
    }
  }
}

// Inlined once for each width, so that every shift is a constant and no step is a branch.
static inline __attribute__((always_inline)) void unpack(
    const uint8_t *in, const uint32_t width, uint32_t *out) {
  const uint32_t mask = (1u << width) - 1;
  v4 word = load4(in);
#pragma clang loop unroll(full)
  for (uint32_t row = 0; row < 32; row++) {
    const uint32_t bit = row * width % 32, at = row * width / 32;
    v4 v = word >> bit;
    if (bit + width >= 32 && row < 31) {
      word = load4(in + 16 * (at + 1));
      if (bit + width > 32) v |= word << (32 - bit);
    }
    store4(out + 4 * row, v & mask);
  }
}

#define WIDTH(w) case w: unpack(in, w, out); break;
#define WIDTHS(w) WIDTH(w) WIDTH(w + 1) WIDTH(w + 2) WIDTH(w + 3) WIDTH(w + 4)

void martlet_unpack128(const uint8_t *in, uint32_t width, uint32_t *out) {
  switch (width) {
    case 0: memset(out, 0, 128 * sizeof(uint32_t)); break;
    WIDTHS(1) WIDTHS(6) WIDTHS(11) WIDTHS(16) WIDTHS(21) WIDTHS(26) WIDTH(31)
    default: memcpy(out, in, 128 * sizeof(uint32_t)); break;
  }
}

static inline v4 prefix4(v4 v) {
  const v4 zero = {0, 0, 0, 0};
  v += __builtin_shufflevector(zero, v, 0, 4, 5, 6);
  return v + __builtin_shufflevector(zero, v, 0, 1, 4, 5);
}

void martlet_prefix128(uint32_t *values, uint32_t previous) {
  // Each row of four waits for the one before it, so the two halves are summed side by side.
  v4 low = {previous, previous, previous, previous}, high = {0, 0, 0, 0};
  for (int row = 0; row < 16; row++) {
    v4 a = prefix4(load4(values + 4 * row) + 1) + low;
    v4 b = prefix4(load4(values + 64 + 4 * row) + 1) + high;
    store4(values + 4 * row, a);
    store4(values + 64 + 4 * row, b);
    low = __builtin_shufflevector(a, a, 3, 3, 3, 3);
    high = __builtin_shufflevector(b, b, 3, 3, 3, 3);
  }
  for (int row = 16; row < 32; row++) store4(values + 4 * row, load4(values + 4 * row) + low);
}

enum { WIDE = 0x80, HEADER = 4 };

static inline uint32_t exception_bytes(uint8_t count) {
  return (uint32_t)(count & 127) * (count & WIDE ? 5 : 2);
}

static inline void patch(
    uint32_t *values, uint8_t count, uint32_t width, const uint8_t *exception) {
  for (int left = count & 127; left > 0; left--) {
    uint32_t high = exception[1];
    if (count & WIDE) memcpy(&high, exception + 1, 4);
    values[exception[0] & 127] |= high << width;
    exception += count & WIDE ? 5 : 2;
  }
}

int martlet_block_documents(
    const uint8_t *block, intptr_t size, uint32_t previous, uint32_t *documents) {
  if (size < HEADER || block[0] > 32 || block[1] > 32) return 0;
  const uint8_t *exceptions = block + HEADER + 16 * (block[0] + block[1]);
  if (exceptions - block + exception_bytes(block[2]) + exception_bytes(block[3]) > size) return 0;
  martlet_unpack128(block + HEADER, block[0], documents);
  if (block[0] < 32) patch(documents, block[2], block[0], exceptions);
  martlet_prefix128(documents, previous);
  return 1;
}

void martlet_block_frequencies(const uint8_t *block, uint32_t *frequencies) {
  const uint8_t *exceptions = block + HEADER + 16 * (block[0] + block[1]);
  martlet_unpack128(block + HEADER + 16 * block[0], block[1], frequencies);
  if (block[1] < 32) patch(frequencies, block[3], block[1], exceptions + exception_bytes(block[2]));
  for (int i = 0; i < 128; i++) frequencies[i]++;
}

// The linker calls the functions that choose a clone before the thread sanitizer can run in them.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

// A number at any address.
typedef uint32_t loose __attribute__((aligned(1)));

CLONES static uint32_t below16(const loose *values, uint32_t limit) {
  uint32_t count = 0;
  for (int i = 0; i < 16; i++) count += values[i] < limit;
  return count;
}

CLONES static uint32_t below128(const uint32_t *values, uint32_t limit) {
  uint32_t count = 0;
  for (int i = 0; i < 128; i++) count += values[i] < limit;
  return count;
}

intptr_t martlet_block_from(const void *last, intptr_t n, intptr_t hint, uint32_t document) {
  const loose *values = last;
  // Most steps are short; comparing sixteen at once costs less than one wrong guess of a branch.
  if (hint + 16 <= n) {
    uint32_t count = below16(values + hint, document);
    if (count < 16) return hint + count;
    hint += 16;
  }
  intptr_t step = 16;
  while (hint + step <= n && values[hint + step - 1] < document) {
    hint += step;
    step *= 2;
  }
  intptr_t rest = n - hint < step ? n - hint : step;
  while (rest > 1) {
    intptr_t half = rest / 2;
    hint += values[hint + half - 1] < document ? half : 0;
    rest -= half;
  }
  return rest == 1 ? hint + (values[hint] < document) : hint;
}

intptr_t martlet_place_from(const uint32_t *documents, intptr_t n, uint32_t low) {
  if (n == 128) return below128(documents, low);
  intptr_t at = 0;
  while (at < n && documents[at] < low) at++;
  return at;
}

intptr_t martlet_mark_run(
    const uint32_t *documents, intptr_t from, intptr_t n, uint32_t low, uint64_t *bits) {
  intptr_t at = from;
  for (int word = 0; word < 2; word++) {
    const uint32_t end = low + 64 * (word + 1);
    uint64_t set = 0;
    for (; at < n && documents[at] < end; at++) set |= 1ull << (documents[at] & 63);
    bits[word] |= set;
  }
  return at;
}
