// SPDX-License-Identifier: Apache-2.0
//
// Nettle renames its functions by macros and its digests' signatures differ between versions; these
// wrappers are what Swift sees.
#pragma once
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <string.h>

/// The digest of salt and value together.
static inline void martlet_sha256(
    const uint8_t *salt, size_t salt_length, const uint8_t *value, size_t length, uint8_t *digest) {
  struct sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, salt_length, salt);
  sha256_update(&context, length, value);
  sha256_digest(&context, SHA256_DIGEST_SIZE, digest);
}

/// The states of both hashes after the padded key: 64 bytes that stand for the key in HMAC.
static inline void martlet_hmac_states(const uint8_t *key, size_t length, uint8_t *states) {
  struct hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, length, key);
  memcpy(states, context.inner.state, 32);
  memcpy(states + 32, context.outer.state, 32);
}

/// HMAC-SHA256 of a message by the states of a key.
static inline void martlet_hmac(
    const uint8_t *states, const uint8_t *message, size_t length, uint8_t *digest) {
  struct hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, 0, (const uint8_t *)"");
  memcpy(context.inner.state, states, 32);
  memcpy(context.outer.state, states + 32, 32);
  memcpy(context.state.state, states, 32);
  hmac_sha256_update(&context, length, message);
  hmac_sha256_digest(&context, SHA256_DIGEST_SIZE, digest);
}

/// 1 if equal, in a time that depends on the length only.
static inline int martlet_equal(const uint8_t *a, const uint8_t *b, size_t length) {
  return memeql_sec(a, b, length);
}
