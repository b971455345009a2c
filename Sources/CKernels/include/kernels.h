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

/// Writes the 128 documents of a full block (PostingsFormat.swift), which follow `previous`; returns 0,
/// and writes nothing, if its `size` bytes are no block.
int martlet_block_documents(
    const uint8_t *block, intptr_t size, uint32_t previous, uint32_t *documents);

/// Writes the 128 frequencies of a block that `martlet_block_documents` has found to be one.
void martlet_block_frequencies(const uint8_t *block, uint32_t *frequencies);

/// The first of n blocks, from number `hint` on, whose last document is `document` or later; n if there
/// is none. `last` holds the last documents, ascending, at any address.
intptr_t martlet_block_from(const void *last, intptr_t n, intptr_t hint, uint32_t document);

/// The place of the first of n ascending documents, at most 128, that is `low` or later.
intptr_t martlet_place_from(const uint32_t *documents, intptr_t n, uint32_t low);

/// Sets the bit of each of the ascending documents `from` to `n` that lies in low ..< low + 128, where
/// none before does, in 128 bits; `low` is a multiple of 128. Returns where the others start.
intptr_t martlet_mark_run(
    const uint32_t *documents, intptr_t from, intptr_t n, uint32_t low, uint64_t *bits);

/// acc[i] += scale * x[i] / (k1 + x[i]), then x[i] = 0, for 128 values (BM25 saturation).
void martlet_saturate_add128(float *acc, float *x, float scale, float k1);

/// acc[i] = max(acc[i], scale * x[i] / (k1 + x[i])), then x[i] = 0, for 128 values.
void martlet_saturate_max128(float *acc, float *x, float scale, float k1);

/// acc[i] += x[i], then x[i] = 0, for 128 values.
void martlet_add128(float *acc, float *x);

/// Sets bit i of bits[0...1] where acc[i] >= threshold.
void martlet_at_least128(const float *acc, float threshold, uint64_t *bits);

/// Turns n postings' frequencies, in place, into floats: what they count by their document's length,
/// frequency * weights[lengths[document]]; documents are kept ascending and below `limit`.
/// Returns the greatest.
float martlet_weigh(
    uint32_t *documents, uint32_t *frequencies, intptr_t n, uint32_t limit, const uint8_t *lengths,
    const float *weights);

/// For each run of ascending documents in one range of 128: total[range] += the greatest of
/// factor * x / (k1 + x) + 2 of its values x. Lists the ranges and returns how many; `ranges` has room
/// for one more than there are.
intptr_t martlet_bound_runs(
    const uint32_t *documents, const float *values, intptr_t n, float factor, float k1,
    uint16_t *total, uint32_t *ranges);

/// The bound of each impact code: factor * x / (k1 + x) + 2, where x is `occurrences` times what
/// saturates to code / 255 * maximum; 0 for code 0.
void martlet_bound_table(
    float maximum, float occurrences, float factor, float k1, uint16_t *table);

/// total[i] += table[codes[i]] for n codes.
void martlet_bound_add(uint16_t *total, const uint8_t *codes, const uint16_t *table, intptr_t n);

/// Writes 128 bits for each of `count` ascending ranges, 1 or more: which of the n ascending documents,
/// all of them in these ranges, lie there.
void martlet_range_bits(
    const uint32_t *documents, intptr_t n, const uint32_t *ranges, intptr_t count, uint64_t *bits);

/// Keeps of n ranges, each with 128 bits, those whose code is not 0 and that share a bit with `bitmap`
/// if there is one: adds table[code], not 0, to their total, and leaves the shared bits. Sets the total
/// of the others to 0. Returns how many are kept.
intptr_t martlet_bound_keep(
    uint32_t *ranges, uint64_t *bits, intptr_t n, const uint8_t *codes, const uint16_t *table,
    const uint64_t *bitmap, uint16_t *total);

/// Keeps of n ranges, each with 128 bits, those whose part is not 0, and adds it to their total; sets
/// that of the others to 0. Returns how many are kept.
intptr_t martlet_bound_keep_parts(
    uint32_t *ranges, uint64_t *bits, intptr_t n, const uint16_t *part, uint16_t *total);

/// total[i] += part[i]; then part[i] = 0 (unions).
void martlet_bound_or(uint16_t *total, uint16_t *part, intptr_t n);

/// group[i] = max(group[i], part[i]); then part[i] = 0.
void martlet_bound_max(uint16_t *group, uint16_t *part, intptr_t n);

/// histogram[total[range] >> 8] += 1 for n ranges.
void martlet_bound_histogram(
    const uint16_t *total, const uint32_t *ranges, intptr_t n, uint32_t *histogram);

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
