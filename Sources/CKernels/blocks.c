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

void martlet_unpack128(const uint8_t *in, uint32_t width, uint32_t *out) {
  if (width == 0) {
    memset(out, 0, 128 * sizeof(uint32_t));
    return;
  }
  if (width >= 32) {
    memcpy(out, in, 128 * sizeof(uint32_t));
    return;
  }
  const uint32_t mask = (1u << width) - 1;
  v4 word = load4(in);
  in += 16;
  uint32_t used = 0;
  for (int row = 0; row < 32; row++) {
    v4 v = word >> used;
    used += width;
    if (used >= 32) {
      used -= 32;
      if (row < 31) {
        word = load4(in);
        in += 16;
        if (used) v |= word << (width - used);
      }
    }
    store4(out + 4 * row, v & mask);
  }
}

void martlet_prefix128(uint32_t *values, uint32_t previous) {
  const v4 zero = {0, 0, 0, 0};
  v4 carry = {previous, previous, previous, previous};
  for (int row = 0; row < 32; row++) {
    v4 v = load4(values + 4 * row) + 1;
    v += __builtin_shufflevector(zero, v, 0, 4, 5, 6);
    v += __builtin_shufflevector(zero, v, 0, 1, 4, 5);
    v += carry;
    store4(values + 4 * row, v);
    carry = __builtin_shufflevector(v, v, 3, 3, 3, 3);
  }
}
