// SPDX-License-Identifier: Apache-2.0
//
// ICU behind functions of our own. ICU's names are macros onto versioned symbols, which Swift cannot
// see, and its headers clash with those of the ICU inside Foundation; so none is included here.
#pragma once
#include <stdint.h>

typedef struct martlet_breaker martlet_breaker;
typedef struct martlet_normalizer martlet_normalizer;
typedef struct martlet_transliterator martlet_transliterator;

/// Opens a word breaker with ICU's root rules; NULL if ICU's data is missing.
martlet_breaker *martlet_breaker_open(void);
void martlet_breaker_close(martlet_breaker *breaker);
/// Sets the text, which must outlive the walk; returns 0 on success.
int martlet_breaker_set_text(martlet_breaker *breaker, const uint16_t *text, int32_t length);
/// The next boundary; negative at the end.
int32_t martlet_breaker_next(martlet_breaker *breaker);

/// Process-wide normalizers; NULL if ICU's data is missing.
const martlet_normalizer *martlet_nfkc_casefold(void);
const martlet_normalizer *martlet_nfd(void);
const martlet_normalizer *martlet_nfc(void);
/// Writes at most `capacity` units; returns the length needed, or -1 if that is not the reason.
int32_t martlet_normalize(
    const martlet_normalizer *form, const uint16_t *in, int32_t count, uint16_t *out,
    int32_t capacity);

int martlet_is_alphanumeric(int32_t scalar);
int martlet_is_mark(int32_t scalar);
/// Whether a letter's marks are accents, which searches ignore, rather than vowels or voicing.
int martlet_has_accents(int32_t scalar);
/// Whether a scalar is a picture such as an emoji, rather than a letter, digit or plain symbol.
int martlet_is_pictograph(int32_t scalar);
/// The value of a decimal digit of any script; negative if it is none.
int32_t martlet_digit(int32_t scalar);
/// Whether words of the scalar's script are found with a dictionary, not by spaces.
int martlet_needs_dictionary(int32_t scalar);
/// The kind of Latin spelling that a scalar's script gets: 0 none, 1 by sound, 2 by syllables (Han).
int martlet_latin_spelling(int32_t scalar);

/// Opens a transliterator by ICU's identifier; NULL if ICU does not have it.
martlet_transliterator *martlet_transliterator_open(const char *identifier);
void martlet_transliterator_close(martlet_transliterator *transliterator);
/// Rewrites `text`, `length` of `capacity` units, in place; returns the new length, or -1.
int32_t martlet_transliterate(
    const martlet_transliterator *transliterator, uint16_t *text, int32_t length,
    int32_t capacity);
