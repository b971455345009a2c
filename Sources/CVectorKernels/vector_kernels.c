// SPDX-License-Identifier: Apache-2.0
#include "vector_kernels.h"

// The linker calls the functions that choose a clone before the thread sanitizer can run in them.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

CLONES int32_t martlet_dot_int8(const int8_t *a, const int8_t *b, intptr_t n) {
  int32_t sum = 0;
  for (intptr_t i = 0; i < n; i++) sum += (int16_t)a[i] * (int16_t)b[i];
  return sum;
}

CLONES void martlet_widen_int8(const int8_t *in, float scale, float *out, intptr_t n) {
  for (intptr_t i = 0; i < n; i++) out[i] = scale * in[i];
}
