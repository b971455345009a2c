// SPDX-License-Identifier: Apache-2.0
#include "cicu.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

martlet_breaker *martlet_breaker_open(void) {
  UErrorCode status = U_ZERO_ERROR;
  UBreakIterator *iterator = ubrk_open(UBRK_WORD, "", NULL, 0, &status);
  return U_SUCCESS(status) ? (martlet_breaker *)iterator : NULL;
}

void martlet_breaker_close(martlet_breaker *breaker) { ubrk_close((UBreakIterator *)breaker); }

int martlet_breaker_set_text(martlet_breaker *breaker, const uint16_t *text, int32_t length) {
  UErrorCode status = U_ZERO_ERROR;
  ubrk_setText((UBreakIterator *)breaker, (const UChar *)text, length, &status);
  if (U_FAILURE(status)) return -1;
  ubrk_first((UBreakIterator *)breaker);
  return 0;
}

int32_t martlet_breaker_next(martlet_breaker *breaker) {
  int32_t boundary = ubrk_next((UBreakIterator *)breaker);
  return boundary == UBRK_DONE ? -1 : boundary;
}

const martlet_normalizer *martlet_nfkc_casefold(void) {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&status);
  return U_SUCCESS(status) ? (const martlet_normalizer *)form : NULL;
}

const martlet_normalizer *martlet_nfd(void) {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2 *form = unorm2_getNFDInstance(&status);
  return U_SUCCESS(status) ? (const martlet_normalizer *)form : NULL;
}

const martlet_normalizer *martlet_nfc(void) {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2 *form = unorm2_getNFCInstance(&status);
  return U_SUCCESS(status) ? (const martlet_normalizer *)form : NULL;
}

int32_t martlet_normalize(
    const martlet_normalizer *form, const uint16_t *in, int32_t count, uint16_t *out,
    int32_t capacity) {
  UErrorCode status = U_ZERO_ERROR;
  int32_t needed = unorm2_normalize(
      (const UNormalizer2 *)form, (const UChar *)in, count, (UChar *)out, capacity, &status);
  return U_SUCCESS(status) || status == U_BUFFER_OVERFLOW_ERROR ? needed : -1;
}

int martlet_is_alphanumeric(int32_t scalar) { return u_isalnum(scalar); }

int martlet_is_mark(int32_t scalar) {
  int8_t type = u_charType(scalar);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK || type == U_ENCLOSING_MARK;
}

int martlet_has_accents(int32_t scalar) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(scalar, &status)) {
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_ARABIC:
    case USCRIPT_HEBREW:
      return 1;
    default:
      return 0;
  }
}

int martlet_is_pictograph(int32_t scalar) {
  // Below lie (c), (R) and TM, which are pictures only by courtesy.
  return scalar >= 0x2190 && u_hasBinaryProperty(scalar, UCHAR_EXTENDED_PICTOGRAPHIC);
}

int32_t martlet_digit(int32_t scalar) { return u_charDigitValue(scalar); }

int martlet_needs_dictionary(int32_t scalar) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(scalar, &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return 1;
    default:
      return 0;
  }
}

int martlet_latin_spelling(int32_t scalar) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(scalar, &status)) {
    case USCRIPT_HAN:
      return 2;
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_CYRILLIC:
    case USCRIPT_GREEK:
    case USCRIPT_HANGUL:
      return 1;
    default:
      return 0;
  }
}

martlet_transliterator *martlet_transliterator_open(const char *identifier) {
  UErrorCode status = U_ZERO_ERROR;
  UChar name[256];
  int32_t length = 0;
  u_strFromUTF8(name, 256, &length, identifier, -1, &status);
  UTransliterator *made =
      utrans_openU(name, length, UTRANS_FORWARD, NULL, 0, NULL, &status);
  return U_SUCCESS(status) ? (martlet_transliterator *)made : NULL;
}

void martlet_transliterator_close(martlet_transliterator *transliterator) {
  utrans_close((UTransliterator *)transliterator);
}

int32_t martlet_transliterate(
    const martlet_transliterator *transliterator, uint16_t *text, int32_t length,
    int32_t capacity) {
  UErrorCode status = U_ZERO_ERROR;
  int32_t limit = length;
  utrans_transUChars(
      (const UTransliterator *)transliterator, (UChar *)text, &length, capacity, 0, &limit,
      &status);
  return U_SUCCESS(status) && length <= capacity ? length : -1;
}
