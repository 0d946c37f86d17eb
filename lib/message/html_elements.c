#include "lib/message/html_elements.h"

#include <stdlib.h>

#include "lib/message/uri.h"

/* Sorted bytewise. HTML 4.01 and XHTML 1.0, strict and loose, and what mail programs made up
 * (HTML.pm). */
static const struct html_element elements[] = {
	{"a", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_CSS | ELEMENT_URI, URI_TYPE_A},
	{"abbr", ELEMENT_KNOWN, 0},
	{"acronym", ELEMENT_KNOWN, 0},
	{"address", ELEMENT_KNOWN, 0},
	{"applet", ELEMENT_KNOWN, 0},
	{"area", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_AREA},
	{"b", ELEMENT_KNOWN, 0},
	{"base", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_BASE},
	{"basefont", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_FONT, 0},
	{"bdo", ELEMENT_KNOWN, 0},
	{"bgsound", ELEMENT_TRICK | ELEMENT_URI, URI_TYPE_BGSOUND},
	{"big", ELEMENT_KNOWN | ELEMENT_STYLE, 0},
	{"blockquote", ELEMENT_KNOWN | ELEMENT_PARAGRAPH, 0},
	{"body", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_URI, URI_TYPE_BODY},
	{"br", ELEMENT_KNOWN | ELEMENT_BREAK, 0},
	{"button", ELEMENT_KNOWN, 0},
	{"caption", ELEMENT_KNOWN, 0},
	{"center", ELEMENT_KNOWN, 0},
	{"cite", ELEMENT_KNOWN, 0},
	{"code", ELEMENT_KNOWN, 0},
	{"col", ELEMENT_KNOWN, 0},
	{"colgroup", ELEMENT_KNOWN, 0},
	{"dd", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"del", ELEMENT_KNOWN, 0},
	{"dfn", ELEMENT_KNOWN, 0},
	{"dir", ELEMENT_KNOWN, 0},
	{"div", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_CSS | ELEMENT_BREAK, 0},
	{"dl", ELEMENT_KNOWN, 0},
	{"dt", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"em", ELEMENT_KNOWN, 0},
	{"embed", ELEMENT_TRICK | ELEMENT_BLANK | ELEMENT_URI, URI_TYPE_EMBED},
	{"fieldset", ELEMENT_KNOWN, 0},
	{"font", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_FONT, 0},
	{"form", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_FORM},
	{"frame", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_FRAME},
	{"frameset", ELEMENT_KNOWN, 0},
	{"h1", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"h2", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"h3", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"h4", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"h5", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"h6", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"head", ELEMENT_KNOWN, 0},
	{"hr", ELEMENT_KNOWN | ELEMENT_PARAGRAPH, 0},
	{"html", ELEMENT_KNOWN, 0},
	{"i", ELEMENT_KNOWN, 0},
	{"iframe", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_IFRAME},
	{"img", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_IMG},
	{"input", ELEMENT_KNOWN, 0},
	{"ins", ELEMENT_KNOWN, 0},
	{"isindex", ELEMENT_KNOWN, 0},
	{"kbd", ELEMENT_KNOWN, 0},
	{"label", ELEMENT_KNOWN, 0},
	{"legend", ELEMENT_KNOWN, 0},
	{"li", ELEMENT_KNOWN | ELEMENT_BLANK, 0},
	{"link", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_LINK},
	{"listing", ELEMENT_TRICK | ELEMENT_PARAGRAPH, 0},
	{"map", ELEMENT_KNOWN, 0},
	{"marquee", ELEMENT_STYLE, 0},
	{"menu", ELEMENT_KNOWN, 0},
	{"meta", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_META},
	{"nobr", ELEMENT_KNOWN, 0},
	{"noframes", ELEMENT_KNOWN, 0},
	{"noscript", ELEMENT_KNOWN, 0},
	{"object", ELEMENT_KNOWN, 0},
	{"ol", ELEMENT_KNOWN, 0},
	{"optgroup", ELEMENT_KNOWN, 0},
	{"option", ELEMENT_KNOWN, 0},
	{"p", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_CSS | ELEMENT_PARAGRAPH, 0},
	{"param", ELEMENT_KNOWN, 0},
	{"plaintext", ELEMENT_TRICK | ELEMENT_PARAGRAPH, 0},
	{"pre", ELEMENT_KNOWN | ELEMENT_PARAGRAPH, 0},
	{"q", ELEMENT_KNOWN, 0},
	{"s", ELEMENT_KNOWN, 0},
	{"samp", ELEMENT_KNOWN, 0},
	{"script", ELEMENT_KNOWN | ELEMENT_URI, URI_TYPE_SCRIPT},
	{"select", ELEMENT_KNOWN, 0},
	{"small", ELEMENT_KNOWN | ELEMENT_STYLE, 0},
	{"span", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_CSS, 0},
	{"strike", ELEMENT_KNOWN, 0},
	{"strong", ELEMENT_KNOWN, 0},
	{"style", ELEMENT_KNOWN, 0},
	{"sub", ELEMENT_KNOWN, 0},
	{"sup", ELEMENT_KNOWN, 0},
	{"table", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_CSS | ELEMENT_URI, URI_TYPE_TABLE},
	{"tbody", ELEMENT_KNOWN, 0},
	{"td",
	 ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_CELL | ELEMENT_CSS | ELEMENT_BLANK | ELEMENT_URI,
	 URI_TYPE_TD},
	{"textarea", ELEMENT_KNOWN, 0},
	{"tfoot", ELEMENT_KNOWN, 0},
	{"th", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_BLANK, 0},
	{"thead", ELEMENT_KNOWN, 0},
	{"title", ELEMENT_KNOWN | ELEMENT_PARAGRAPH, 0},
	{"tr", ELEMENT_KNOWN | ELEMENT_STYLE | ELEMENT_CELL | ELEMENT_CSS | ELEMENT_URI,
	 URI_TYPE_TR},
	{"tt", ELEMENT_KNOWN, 0},
	{"u", ELEMENT_KNOWN, 0},
	{"ul", ELEMENT_KNOWN, 0},
	{"var", ELEMENT_KNOWN, 0},
	{"x-sigsep", ELEMENT_KNOWN, 0},
	{"x-tab", ELEMENT_KNOWN, 0},
	{"xmp", ELEMENT_TRICK | ELEMENT_PARAGRAPH, 0},
};

/* As str_cmp() does, of names of some three bytes. */
static int compare(const void *key, const void *item)
{
	const struct str *tag = key;
	const char *name = ((const struct html_element *)item)->name;
	size_t i = 0;

	while (i < tag->len && name[i] && tag->ptr[i] == name[i])
		i++;
	if (i == tag->len)
		return name[i] ? -1 : 0;
	if (!name[i]) /* also where the tag goes on with a zero byte */
		return 1;
	return (unsigned char)tag->ptr[i] - (unsigned char)name[i];
}

const struct html_element *html_element_find(struct str tag)
{
	return bsearch(&tag, elements, sizeof elements / sizeof *elements, sizeof *elements,
		       compare);
}

size_t html_element_number(const struct html_element *element)
{
	_Static_assert(sizeof elements / sizeof *elements <= HTML_ELEMENTS_MAX, "room for all");
	return (size_t)(element - elements);
}

bool html_element_is_office(struct str tag)
{
	size_t at = str_has_prefix(tag, "o:") ? 2 : 4;

	if (at == 4 && !(str_has_prefix(tag, "st") && tag.len > 4 &&
			 ascii_is_digit((unsigned char)tag.ptr[2]) && tag.ptr[3] == ':'))
		return false;
	if (tag.len > at + 1 && tag.ptr[tag.len - 1] == '/')
		tag.len--;
	if (tag.len == at)
		return false;
	for (; at < tag.len; at++)
		if (!ascii_is_word((unsigned char)tag.ptr[at]) && tag.ptr[at] != '-')
			return false;
	return true;
}
