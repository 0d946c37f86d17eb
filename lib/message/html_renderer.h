/*
 * html_renderer: what the renderer knows while it reads. html_render.c has the tokenizer's events
 * and what comes before and after; pieces of text, addresses, styles and facts of elements have
 * their own files. For the files of this folder.
 */
#ifndef WHORL_MESSAGE_HTML_RENDERER_H
#define WHORL_MESSAGE_HTML_RENDERER_H

#include "lib/base/buf.h"
#include "lib/message/html.h"
#include "lib/message/html_elements.h"
#include "lib/message/html_style.h"
#include "lib/message/html_token.h"

enum { BACKHAIR_MAX = 7 };

/* A stretch of output. */
struct piece {
	struct str text;
	bool whitespace, invisible;
	bool unseen; /* by people */
	bool wide;   /* Perl would hold characters, not bytes */
};

/* Elements whose content counts. */
enum watched { WATCHED_A, WATCHED_SCRIPT, WATCHED_STYLE, WATCHED_TITLE, N_WATCHED };

/* Strings that grow at their end: anchor texts, titles. */
VEC_OF(buf_vec, struct buf *);

struct entry {
	struct str raw;
	unsigned types;
	struct buf_vec anchors;
};

struct renderer {
	struct arena *scan;
	struct html_result *result;
	VEC_OF(, struct piece) pieces;
	VEC_OF(, struct html_style) styles; /* the stack; [0] is the default */
	size_t styled[HTML_ELEMENTS_MAX];   /* how many each element has there */
	VEC_OF(, struct entry *) entries;
	struct map *entry_by_raw;
	struct buf_vec anchors, titles;
	struct entry *anchor_last;
	struct str base_href;
	double basefont, min_size, max_size, image_area;
	unsigned long tags, tags_seen, elements, elements_seen, closed_extra, obfuscation;
	bool backhair[BACKHAIR_MAX + 1][BACKHAIR_MAX + 1];
	enum html_input input;
	size_t length;                     /* of the input, in characters */
	size_t *counts[HTML_ELEMENTS_MAX]; /* by number of the element: in result->inside */
	struct map *sheet;                 /* what style sheets name; NULL before the first */
	struct buf *styling;               /* the sheet that is being read */
	bool sheet_hides;                  /* any of it */
	bool shrinks;                      /* it makes the element that begins tiny */
	const size_t *gone; /* counter of the outermost element that is hidden; NULL: none is */
	size_t gone_level;  /* what it stood at inside */
	const size_t *open[N_WATCHED]; /* likewise, of those asked about again and again */
};

static inline size_t html_inside(const struct renderer *r, enum watched watched)
{
	return r->open[watched] ? *r->open[watched] : 0;
}

/* ptr NULL when there is none. */
static inline struct str html_attr_find(const struct html_attr_vec *attrs, const char *name)
{
	for (size_t i = 0; i < attrs->n; i++)
		if (str_eq_c(attrs->items[i].name, name))
			return attrs->items[i].value;
	return STR_NONE;
}

/* --- html_pieces.c --- */

/* What an element puts between texts: " ", "\n" or "\n\n"; text is a constant. */
void html_put_whitespace(struct renderer *r, const char *text);
/* A text in the style of the moment; wide: Perl would hold characters. Text is kept. */
void html_put_text(struct renderer *r, struct str text, bool wide);

/* --- html_addresses.c --- */

/* What is known of an address; made when it is new. Raw is kept. */
struct entry *html_entry(struct renderer *r, struct str raw);
/* Without the blanks around it. */
struct str html_trim_uri(struct renderer *r, struct str uri);
/* The addresses in an element's attributes; sets the base of those that follow. */
void html_collect_uris(struct renderer *r, const struct html_element *element,
		       struct html_attr_vec *attrs);

/* --- html_looks.c --- */

/* Whether SpamAssassin reads the element's style attribute. */
bool html_takes_style(struct str tag);
/* An element that changes how text looks begins or ends. */
void html_change_style(struct renderer *r, const struct html_element *element,
		       const struct html_attr_vec *attrs, bool opens);

/* --- html_sheet.c --- */

/* What a style element holds. */
void html_sheet_read(struct renderer *r, struct str text);
/* An element begins; count: how many of its name are open, with it. */
void html_sheet_open(struct renderer *r, struct str tag, const struct html_attr_vec *attrs,
		     const size_t *count);
/* One has ended. */
void html_sheet_close(struct renderer *r, const size_t *count);

/* --- html_facts.c --- */

/* 1 for the name, unless it has a number. */
void html_fact(struct renderer *r, const char *name);
/* Text inside of a link. */
void html_add_to_anchor(struct renderer *r, struct str text);
/* What the rules ask about single elements, of one that begins. */
void html_look_at(struct renderer *r, const char *tag, const struct html_attr_vec *attrs);

#endif
