/*
 * html_token: HTML into events, as tolerant and in the same pieces as HTML::Parser 3.x in
 * SpamAssassin's set-up (marked sections on, strict modes off). For the files of this folder.
 */
#ifndef WHORL_MESSAGE_HTML_TOKEN_H
#define WHORL_MESSAGE_HTML_TOKEN_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"

struct html_attr {
	struct str name;  /* lower case */
	struct str value; /* references decoded; of an attribute without one: its name */
};
VEC_OF(html_attr_vec, struct html_attr);

/* What the tokenizer tells; user is passed on. */
struct html_events {
	void *user;
	void (*start)(void *user, struct str tag, struct html_attr_vec *attrs);
	void (*end)(void *user, struct str tag);
	/* references decoded but in script and the like; wide: a reference above U+00FF was among
	 * them */
	void (*text)(void *user, struct str text, bool wide);
	void (*comment)(void *user, struct str whole);
	void (*declaration)(void *user, struct str whole);
	/* All input is read: an end tag to feed before the end ("</style>"), or NULL. Asked until
	 * it says NULL, a few times at most. */
	const char *(*closing)(void *user);
};

/* octets: text is bytes of an undecoded charset; stretches of text and values of attributes that
 * are no UTF-8 are then taken for Latin-1 and become it. */
void html_tokenize(struct arena *scan, struct str text, bool octets,
		   const struct html_events *events);
/* Latin-1 as UTF-8. */
struct str html_from_latin1(struct arena *scan, struct str text);

/* References replaced by UTF-8. prefix: also names without ";" that begin a longer word (text, not
 * attributes). */
struct str html_decode(struct arena *arena, struct str text, bool prefix, bool *wide_out);

#endif
