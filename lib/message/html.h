/*
 * html: HTML → text as SpamAssassin renders it (HTML.pm on HTML::Parser events; sa-surface 5.2),
 * with the facts that HTMLEval and URI rules ask for.
 */
#ifndef WHORL_MESSAGE_HTML_H
#define WHORL_MESSAGE_HTML_H

#include "lib/base/map.h"
#include "lib/base/vec.h"

struct html_uri {
	struct str raw; /* resolved against <base> as SpamAssassin does; of an anchor also as
			   written, "" without href */
	unsigned types; /* enum uri_type bits (uri.h); 0 for an entry that only holds anchor text */
	bool is_wide; /* characters beyond Latin-1, or the input had them: raw is UTF-8, else bytes
		       */
	struct str_vec anchor_text;
};
VEC_OF(html_uri_vec, struct html_uri);

struct html_result {
	bool any_html;  /* html_test('html') */
	bool is_wide;   /* characters beyond Latin-1 or 8-bit input: Perl would hold characters, not
			   bytes */
	bool is_octets; /* the text is bytes of an undecoded charset */
	bool visible_is_wide, invisible_is_wide; /* the same of those texts alone */
	struct str text, visible,
		invisible; /* UTF-8; all pieces, those that can be seen, those that can't */
	struct str seen; /* those that people see: small print and misspelt colours too, but nothing
			    without size, room or place on the screen, and no title */
	struct html_uri_vec uris;
	struct map *inside; /* tag → size_t *: opened minus closed, never below 0; there once the
			       tag was seen */
	/* fact name → double *, only where SpamAssassin has the fact: html, image_area, length,
	 * min_size, max_size, closed_extra_ratio, bad_tag_ratio, non_element_ratio,
	 * obfuscation_ratio, backhair_count, font_low_contrast, font_invalid_color, font_face_bad,
	 * form_action_mailto, embeds; html_length, non_space_len, ratio (set by views) */
	struct map *numbers;
	struct str_vec anchor, comment, title, script; /* html_text_match() lists */
	bool uri_truncated;
};

/* What a text is to Perl, and what references like "&eacute;" add to it. */
enum html_input {
	HTML_INPUT_LATIN1, /* bytes that are characters; here it is UTF-8 all the same */
	HTML_INPUT_WIDE,   /* characters, UTF-8 here */
	HTML_INPUT_OCTETS, /* bytes of whatever charset; references add UTF-8 octets */
};
struct html_result *html_render(struct arena *scan, struct str text, enum html_input input);
/* UTF-8 without characters above U+00FF as bytes, as Perl holds it. */
struct str html_latin1(struct arena *scan, struct str text);
/* 0 when the fact is unknown. */
double html_number(const struct html_result *html, const char *fact);
void html_number_set(struct arena *scan, struct html_result *html, const char *fact, double value);

#endif
