/* letters: see letters.h. */
#include "plugins/fingerprint/letters.h"

#include "lib/base/unicode.h"

static const struct skeleton {
	uint32_t codepoint;
	const char *letters;
} skeletons[] = {
#include "plugins/fingerprint/skeletons.h"
};

/* Latin letters that the character looks like, or NULL. The list is sorted. */
static const char *find_skeleton(uint32_t codepoint)
{
	size_t low = 0, high = sizeof skeletons / sizeof *skeletons;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (skeletons[middle].codepoint == codepoint)
			return skeletons[middle].letters;
		if (skeletons[middle].codepoint < codepoint)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* "l" and the capital of "i" are one stroke in most fonts, and so is what looks like either. */
static void form_add(struct form *form, uint32_t letter)
{
	if (form->n < FORM_MAX)
		form->letters[form->n++] = letter == 'l' ? 'i' : letter;
}

/* Small capitals, which no folding and no list of confusables makes letters of the alphabet. */
static uint32_t small_capital(uint32_t codepoint)
{
	static const struct {
		uint16_t codepoint;
		char letter;
	} capitals[] = {
		{0x0262, 'g'}, {0x029c, 'h'}, {0x029f, 'l'}, {0x0274, 'n'}, {0x0299, 'b'},
		{0x1d00, 'a'}, {0x1d04, 'c'}, {0x1d05, 'd'}, {0x1d07, 'e'}, {0x1d0a, 'j'},
		{0x1d0b, 'k'}, {0x1d0d, 'm'}, {0x1d0f, 'o'}, {0x1d18, 'p'}, {0x1d1b, 't'},
		{0x1d1c, 'u'}, {0xa730, 'f'}, {0xa731, 's'},
	};

	for (size_t i = 0; i < sizeof capitals / sizeof *capitals; i++)
		if (capitals[i].codepoint == codepoint)
			return (unsigned char)capitals[i].letter;
	return 0;
}

/* Letters in brackets, circles and squares, which are symbols and read as letters; 0 for others. */
static uint32_t boxed_letter(uint32_t codepoint)
{
	static const uint32_t first[] = {0x249c, 0x1f110, 0x1f150, 0x1f170};
	unsigned folded[UNICODE_FOLD_MAX];

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (codepoint >= first[i] && codepoint < first[i] + 26)
			return 'a' + codepoint - first[i];
	if (codepoint >= 0x2100 && unicode_fold(codepoint, folded) == 1 &&
	    unicode_kind(folded[0]) == UNICODE_LETTER)
		return folded[0];
	return 0;
}

static bool form_add_look(struct form *form, uint32_t codepoint)
{
	const char *letters = find_skeleton(codepoint);

	for (const char *c = letters; c && *c; c++)
		form_add(form, (unsigned char)*c);
	return letters != NULL;
}

static struct form form_of(uint32_t codepoint)
{
	unsigned folded[UNICODE_FOLD_MAX];
	struct form form = {.kind = (uint8_t)unicode_kind(codepoint)};
	uint32_t letter = form.kind == UNICODE_SEPARATOR ? boxed_letter(codepoint)
			  : form.kind == UNICODE_LETTER  ? small_capital(codepoint)
							 : 0;

	if (letter) {
		form.kind = UNICODE_LETTER;
		form_add(&form, letter);
	}
	if (letter || (form.kind != UNICODE_LETTER && form.kind != UNICODE_IDEOGRAPH))
		return form;
	if (codepoint >= 128 && form_add_look(&form, codepoint))
		return form;
	size_t n = unicode_fold(codepoint, folded);
	for (size_t i = 0; i < n; i++)
		if (folded[i] < 128 || !form_add_look(&form, folded[i]))
			form_add(&form, folded[i]);
	if (!form.n)
		form.kind = UNICODE_IGNORABLE;
	return form;
}

static void make_pages(struct arena *keep, struct normal_table *table, uint32_t first,
		       uint32_t last)
{
	for (uint32_t page = first / PAGE; page <= last / PAGE; page++) {
		table->pages[page] = ARENA_ARRAY(keep, struct form, PAGE);
		for (uint32_t i = 0; i < PAGE; i++)
			table->pages[page][i] = form_of(page * PAGE + i);
	}
}

struct normal_table *normal_table_make(struct arena *keep)
{
	struct normal_table *table = ARENA_NEW(keep, struct normal_table);

	make_pages(keep, table, 0x0000, 0x06ff);   /* Latin to Arabic */
	make_pages(keep, table, 0x1e00, 0x20ff);   /* Latin with marks, Greek, punctuation */
	make_pages(keep, table, 0xff00, 0xffff);   /* full width */
	make_pages(keep, table, 0x1d400, 0x1d7ff); /* mathematical letters */
	memcpy(table->ascii, table->pages[0], sizeof table->ascii);
	for (unsigned c = 0; c < 128; c++) {
		const struct form *form = &table->ascii[c];

		if (form->kind == UNICODE_LETTER && form->n == 1 && form->letters[0] < 128)
			table->letters[c] = (unsigned char)form->letters[0];
	}
	return table;
}

struct form form_find(uint32_t codepoint)
{
	if ((codepoint >= 0x4e00 && codepoint <= 0x9fff) ||
	    (codepoint >= 0x3041 && codepoint <= 0x30ff))
		return (struct form){UNICODE_IDEOGRAPH, 1, {codepoint}};
	if (codepoint >= 0xac00 && codepoint <= 0xd7a3)
		return (struct form){UNICODE_LETTER, 1, {codepoint}};
	return form_of(codepoint);
}
