/* letters: what each character folds to; see normal.h. For normal.c. */
#ifndef WHORL_PLUGINS_FINGERPRINT_LETTERS_H
#define WHORL_PLUGINS_FINGERPRINT_LETTERS_H

#include "plugins/fingerprint/normal.h"

enum {
	PAGE = 256,
	PAGES = 0x20000 / PAGE,
	FORM_MAX = 4, /* letters of a folded form; longer ones are cut */
};

/* One character: its kind, and what it folds to. */
struct form {
	uint8_t kind, n;
	uint32_t letters[FORM_MAX];
};

struct normal_table {
	struct form ascii[128];
	/* of bytes: what an ASCII letter folds to; 0: something else */
	unsigned char letters[256];
	struct form *pages[PAGES]; /* NULL: worked out when met */
};

/* The form of a character beyond ASCII that no page has. */
struct form form_find(uint32_t codepoint);

#endif
