/*
 * unicode: what a character is and what it folds to (libutf8proc; Unicode Standard Annexes 15, 44).
 */
#ifndef WHORL_BASE_UNICODE_H
#define WHORL_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>

enum unicode_kind {
	UNICODE_SEPARATOR, /* blanks, punctuation, symbols */
	UNICODE_LETTER,
	UNICODE_DIGIT,
	UNICODE_IGNORABLE, /* marks, format characters, variation selectors: nothing to see */
	UNICODE_IDEOGRAPH, /* letters of scripts that put no blanks between words */
};

enum { UNICODE_FOLD_MAX = 18 };

enum unicode_kind unicode_kind(unsigned codepoint);
/* Compatibility decomposition, case folded, marks and ignorable characters dropped (UAX 15 NFKD,
 * UAX 44 Case_Folding). Hangul syllables stay whole. Returns the number of code points. */
size_t unicode_fold(unsigned codepoint, unsigned out[UNICODE_FOLD_MAX]);

#endif
