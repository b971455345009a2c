// SPDX-License-Identifier: Apache-2.0
// ICU renames its functions by version with macros, which Swift cannot see: wrap each one used.
#pragma once
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

static inline UBreakIterator *martlet_ubrk_open_word(UErrorCode *status) {
  return ubrk_open(UBRK_WORD, "", NULL, 0, status);
}
static inline void martlet_ubrk_close(UBreakIterator *it) { ubrk_close(it); }
static inline void martlet_ubrk_set_text(
    UBreakIterator *it, const UChar *text, int32_t length, UErrorCode *status) {
  ubrk_setText(it, text, length, status);
}
static inline int32_t martlet_ubrk_first(UBreakIterator *it) { return ubrk_first(it); }
static inline int32_t martlet_ubrk_next(UBreakIterator *it) { return ubrk_next(it); }
static inline const UNormalizer2 *martlet_nfkc_casefold(UErrorCode *status) {
  return unorm2_getNFKCCasefoldInstance(status);
}
static inline const UNormalizer2 *martlet_nfd(UErrorCode *status) {
  return unorm2_getNFDInstance(status);
}
static inline const UNormalizer2 *martlet_nfc(UErrorCode *status) {
  return unorm2_getNFCInstance(status);
}
static inline int32_t martlet_normalize(
    const UNormalizer2 *form, const UChar *in, int32_t count, UChar *out, int32_t capacity,
    UErrorCode *status) {
  return unorm2_normalize(form, in, count, out, capacity, status);
}
static inline int martlet_is_alphanumeric(UChar32 c) { return u_isalnum(c); }
static inline int martlet_is_mark(UChar32 c) {
  int8_t type = u_charType(c);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK || type == U_ENCLOSING_MARK;
}
/// Whether a letter's marks are accents, which searches ignore, rather than vowels or voicing.
static inline int martlet_has_accents(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(c, &status)) {
    case USCRIPT_LATIN: case USCRIPT_GREEK: case USCRIPT_CYRILLIC:
    case USCRIPT_ARABIC: case USCRIPT_HEBREW: return 1;
    default: return 0;
  }
}
