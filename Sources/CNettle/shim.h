// SPDX-License-Identifier: Apache-2.0
//
// Nettle renames its functions by macros and its digests' signatures differ between versions; these
// wrappers are what Swift sees.
#pragma once
#include <nettle/chacha-poly1305.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>
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

/// A 32-byte key of a password.
static inline void martlet_pbkdf2(
    const uint8_t *password, size_t length, const uint8_t *salt, size_t salt_length,
    unsigned iterations, uint8_t *key) {
  pbkdf2_hmac_sha256(length, password, iterations, salt_length, salt, 32, key);
}

/// Encrypts in place of `sealed` and authenticates it and the context: a 16-byte tag.
static inline void martlet_seal(
    const uint8_t *key, const uint8_t *nonce, const uint8_t *context, size_t context_length,
    const uint8_t *plain, size_t length, uint8_t *sealed, uint8_t *tag) {
  struct chacha_poly1305_ctx state;
  chacha_poly1305_set_key(&state, key);
  chacha_poly1305_set_nonce(&state, nonce);
  chacha_poly1305_update(&state, context_length, context);
  chacha_poly1305_encrypt(&state, length, sealed, plain);
  chacha_poly1305_digest(&state, CHACHA_POLY1305_DIGEST_SIZE, tag);
}

/// Decrypts to `plain`, and gives the tag that the sealed bytes should have.
static inline void martlet_open(
    const uint8_t *key, const uint8_t *nonce, const uint8_t *context, size_t context_length,
    const uint8_t *sealed, size_t length, uint8_t *plain, uint8_t *tag) {
  struct chacha_poly1305_ctx state;
  chacha_poly1305_set_key(&state, key);
  chacha_poly1305_set_nonce(&state, nonce);
  chacha_poly1305_update(&state, context_length, context);
  chacha_poly1305_decrypt(&state, length, plain, sealed);
  chacha_poly1305_digest(&state, CHACHA_POLY1305_DIGEST_SIZE, tag);
}
