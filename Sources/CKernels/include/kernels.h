// SPDX-License-Identifier: Apache-2.0
//
// The few loops that the compiler must turn into vector code. Each is plain C, compiled twice where
// the linker can choose at load time (AVX2 and the baseline), so one binary starts on any x86-64.
#pragma once
#include <stdint.h>

/// Packs 128 values of `width` bits (0...32): value i lies in lane i % 4, low bit first.
/// Writes 16 * width bytes to `out`.
void martlet_pack128(const uint32_t *values, uint32_t width, uint8_t *out);

/// Unpacks what `martlet_pack128` wrote; reads 16 * width bytes, writes 128 values.
void martlet_unpack128(const uint8_t *in, uint32_t width, uint32_t *out);

/// Turns 128 gaps (each less one) into ascending numbers that follow `previous`, in place.
void martlet_prefix128(uint32_t *values, uint32_t previous);

/// acc[i] += scale * x[i] / (k1 + x[i]), then x[i] = 0, for 128 values (BM25 saturation).
void martlet_saturate_add128(float *acc, float *x, float scale, float k1);

/// acc[i] = max(acc[i], scale * x[i] / (k1 + x[i])), then x[i] = 0, for 128 values.
void martlet_saturate_max128(float *acc, float *x, float scale, float k1);

/// acc[i] += x[i], then x[i] = 0, for 128 values.
void martlet_add128(float *acc, float *x);

/// Sets bit i of bits[0...1] where acc[i] >= threshold.
void martlet_at_least128(const float *acc, float threshold, uint64_t *bits);

/// total[i] += lut[codes[i]] for n codes.
void martlet_bound_add(uint16_t *total, const uint8_t *codes, const uint16_t *lut, intptr_t n);

/// total[i] = 0 where part[i] == 0, else total[i] + part[i]; then part[i] = 0 (intersections).
void martlet_bound_and(uint16_t *total, uint16_t *part, intptr_t n);

/// total[i] += part[i]; then part[i] = 0 (unions).
void martlet_bound_or(uint16_t *total, uint16_t *part, intptr_t n);

/// group[i] = max(group[i], part[i]); then part[i] = 0.
void martlet_bound_max(uint16_t *group, uint16_t *part, intptr_t n);

/// histogram[total[i] >> 8] += 1 for n bounds.
void martlet_bound_histogram(const uint16_t *total, intptr_t n, uint32_t *histogram);

/// Writes the indexes i in [0, n) with total[i] >= least, ascending; returns how many.
intptr_t martlet_bound_select(
    const uint16_t *total, intptr_t n, uint16_t least, uint32_t *indexes);

/// The place of the least value of at least `least` among n, the first of equals; n if there is none.
intptr_t martlet_least_from(const uint32_t *values, intptr_t n, uint32_t least);

/// Sets, in a bitmap of `limit` bits, the bit of each of the values `from` to `to` of an array packed
/// at `width` bits (1...32, low bit first); values from `limit` on are left out.
void martlet_mark_packed(
    const uint8_t *packed, uint32_t width, uint64_t from, uint64_t to, uint64_t *bitmap,
    uint32_t limit);

/// Asks for the bytes at `address`, which may be any, to be brought near.
static inline void martlet_prefetch(const void *address) { __builtin_prefetch(address); }
