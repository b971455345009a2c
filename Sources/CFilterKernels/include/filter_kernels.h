// SPDX-License-Identifier: Apache-2.0
//
// The inner loops of collaborative filtering. Callers promise that every number of a row or column
// is inside its matrix; nothing here allocates or fails.
#pragma once
#include <stdint.h>

/// Rows `first` up to `end` of a sparse matrix (compressed rows) times a dense matrix of `width` columns
/// whose rows begin `stride` floats apart: out[r] = row_scale[r] * sum of column_scale[c] * dense[c] over
/// the row's columns c.
void martlet_sparse_times_dense(
    const uint64_t *starts, const uint32_t *columns, const float *row_scale,
    const float *column_scale, intptr_t first, intptr_t end, intptr_t width, const float *dense,
    intptr_t stride, float *out, intptr_t out_stride);

/// acc[columns[i]] += weight * scale[columns[i]] for n columns.
void martlet_scatter_scaled(
    float *acc, const uint32_t *columns, const float *scale, intptr_t n, float weight);

/// out[i] = a[i] * scale[i] + b_weight * b[i] + c_weight * c[i] for n values; b and c may be null, which
/// counts as zeros.
void martlet_combine(
    float *out, const float *a, const float *scale, const float *b, float b_weight, const float *c,
    float c_weight, intptr_t n);

/// acc[columns[i]] += weight * codes[i] for n columns.
void martlet_scatter_codes(
    float *acc, const uint32_t *columns, const int16_t *codes, intptr_t n, float weight);

/// acc[slots[columns[i]]] += weight * codes[i] for those of n columns whose slot is not 0; other slots
/// are 16 or more, and acc[0...15] hold nothing of use afterwards.
void martlet_scatter_slots(
    float *acc, const uint16_t *slots, const uint32_t *columns, const int16_t *codes, intptr_t n,
    float weight);

/// The indexes of the `k` highest scores, best first, the lower index first among equals; scores of
/// -INFINITY are left out, and with `magnitude` scores count without their sign. Returns how many
/// were written to `out`, which holds k; `heap` holds k too.
intptr_t martlet_top(
    const float *scores, intptr_t n, intptr_t k, int magnitude, float *heap, uint32_t *out);

/// A 64-bit checksum of n bytes: finds damage, does not resist forgery.
uint64_t martlet_filter_checksum(uint64_t seed, const void *bytes, intptr_t n);
