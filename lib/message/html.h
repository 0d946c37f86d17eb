/*
 * html: HTML → text as SpamAssassin renders it (HTML.pm on HTML::Parser events; sa-surface 5.2), with the facts
 * that HTMLEval and URI rules ask for.
 */
#ifndef WHORL_MESSAGE_HTML_H
#define WHORL_MESSAGE_HTML_H

#include "lib/base/map.h"
#include "lib/base/vec.h"

struct html_uri {
	struct str raw;           /* resolved against <base> as SpamAssassin does */
	unsigned types;           /* enum uri_type bits (uri.h) */
	struct str_vec anchor_text;
};
VEC_OF(html_uri_vec, struct html_uri);

struct html_result {
	bool any_html;            /* html_test('html') */
	struct str text, visible, invisible;
	struct html_uri_vec uris;
	struct map *inside;       /* tag → size_t *: how often opened; the facts below are read by name */
	struct map *numbers;      /* fact name as html_test/html_range/html_eval use it → double * */
	struct str_vec anchor, comment, title, script; /* html_text_match() lists */
	struct map *tag_balance;  /* tag → long *: opened minus closed */
};

/* text: UTF-8 octets (or raw bytes when normalisation is off). */
struct html_result *html_render(struct arena *scan, struct str text, bool is_utf8);
/* 0 when the fact is unknown. */
double html_number(const struct html_result *html, const char *fact);

#endif
