// SPDX-License-Identifier: Apache-2.0
//
// Loops over vectors of small integers, compiled once for AVX2 and once for any processor.
#pragma once
#include <stdint.h>

/// The sum of products of two vectors; exact up to 130,000 elements.
int32_t martlet_dot_int8(const int8_t *a, const int8_t *b, intptr_t n);

/// out[i] = scale * in[i].
void martlet_widen_int8(const int8_t *in, float scale, float *out, intptr_t n);
