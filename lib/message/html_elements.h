/* html_elements: what the renderer knows of each element. For the files of this folder. */
#ifndef WHORL_MESSAGE_HTML_ELEMENTS_H
#define WHORL_MESSAGE_HTML_ELEMENTS_H

#include "lib/base/str.h"

enum html_element_flag {
	ELEMENT_KNOWN = 1,      /* of HTML 4.01, or tolerated */
	ELEMENT_TRICK = 2,      /* not in the standard, but it does something */
	ELEMENT_STYLE = 4,      /* changes how text looks */
	ELEMENT_BREAK = 8,      /* "\n" */
	ELEMENT_BLANK = 16,     /* " " */
	ELEMENT_PARAGRAPH = 32, /* "\n\n" */
	ELEMENT_URI = 64,       /* has addresses */
	ELEMENT_CSS = 128,      /* its style attribute counts */
	ELEMENT_FONT = 256,     /* color, size and face are attributes of it */
	ELEMENT_CELL = 512,     /* an unclosed one ends where the next begins */
};

struct html_element {
	const char *name;
	unsigned flags;
	unsigned uri_type; /* enum uri_type, of ELEMENT_URI */
};

/* NULL for a tag that nobody knows. */
const struct html_element *html_element_find(struct str tag);
enum { HTML_ELEMENTS_MAX = 160 };
/* Below HTML_ELEMENTS_MAX, another for each element. */
size_t html_element_number(const struct html_element *element);
/* "o:p", "st1:place": Office's name spaces. */
bool html_element_is_office(struct str tag);

#endif
