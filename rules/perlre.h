/*
 * perlre: a Perl 5.36 regular expression as a tree, and the tree as PCRE2 text.
 *
 * Rules' patterns are Perl's, with /aa and on bytes (Util.pm compile_regexp). The parser accepts
 * what Perl accepts without a warning, because SpamAssassin refuses a pattern on any warning; and
 * it knows what PCRE2 10.42 lacks: variable-length look-behind, code points beyond a byte, {,n}.
 * The tree is also what the prefilter reads its literals from.
 */
#ifndef WHORL_RULES_PERLRE_H
#define WHORL_RULES_PERLRE_H

#include <stdint.h>
#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/base/why.h"

enum re_op {
	RE_EMPTY,
	RE_LITERAL, /* byte */
	RE_SET,     /* one byte of a set: class, dot, \d ... */
	RE_WIDE,    /* one or more bytes that we know nothing of: \X, \R */
	RE_ASSERT,  /* ^ $ \b ...: no width */
	RE_CONCAT,
	RE_ALT,
	RE_REPEAT,
	RE_GROUP, /* (...), (?:...), (?>...), (?i:...), (?|...) */
	RE_LOOK,
	RE_OPTIONS, /* (?i) */
	RE_BACKREF,
	RE_CALL, /* (?1), (?&name), (?R) */
	RE_COND, /* first child: an assertion or none; the rest: one RE_ALT or branch */
	RE_VERB,
};

#define RE_INFINITE UINT32_MAX

struct re_set {
	uint8_t bits[32];
	/* Characters above U+00FF, which only text of characters has: all but these ranges, or only
	 * they. Of more ranges than there is room for the first ones. */
	bool above;
	unsigned n_ranges;
	struct {
		unsigned from, to;
	} ranges[8];
};

struct re_node {
	enum re_op op;
	bool icase;                  /* LITERAL: either case matches */
	bool has_width;              /* Perl's HASWIDTH: can match something */
	bool is_capture;             /* GROUP */
	bool is_negative, is_behind; /* LOOK */
	bool is_define;              /* COND */
	uint8_t byte;                /* LITERAL */
	char suffix;                 /* REPEAT: '?', '+' or 0 */
	uint32_t min, max;           /* REPEAT */
	struct str text; /* what PCRE2 reads for it: the head of groups, conditions and looks; all
			    of the leaves */
	const struct re_set *set; /* SET */
	struct re_node *first, *next;
};

struct re_tree {
	struct re_node *root;
	unsigned n_groups;
	bool has_references; /* back-references, calls or conditions: groups must keep their numbers
			      */
	bool has_names;
};

/* text: the pattern without delimiters, its modifiers in front as "(?i)". STATUS_INVALID: why says
 * what and where. */
enum status perlre_parse(struct arena *arena, struct str text, struct re_tree **tree_out,
			 struct why *why);

/* PCRE2 text. factor: long repeated pieces become subroutines, for patterns that PCRE2 finds too
 * large otherwise. */
enum status perlre_emit(struct arena *arena, const struct re_tree *tree, bool factor,
			struct buf *out, struct why *why);
/* The same for text of characters, in UTF-8: bytes of the pattern are characters up to U+00FF, as
 * in Perl. */
enum status perlre_emit_wide(struct arena *arena, const struct re_tree *tree, struct buf *out,
			     struct why *why);

/* --- shared by perlre*.c ---------------------------------------------------------------------- */

struct re_parser {
	struct arena *arena;
	struct str text;
	size_t at;
	unsigned depth;
	unsigned n_groups, highest_reference;
	struct str_vec names, name_references;
	bool icase, extended, extra_extended, no_capture, dotall;
	unsigned in_look;
	struct re_tree *tree;
	struct why *why;
	bool failed;
};

/* Notes the first failure; always returns an empty node. */
struct re_node *re_fail(struct re_parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct re_node *re_node_new(struct re_parser *parser, enum re_op op, const char *text);
/* A class, parser->at behind its '['. */
struct re_node *re_parse_class(struct re_parser *parser);
/* \d \w \s \h \v and their opposites; false for other letters. */
bool re_set_of_escape(char letter, struct re_set *set_out);
/* \p{NAME} among code points of a byte; false for an unknown name. */
bool re_set_of_property(struct str name, bool icase, struct re_set *set_out);
/* \p{NAME}, \PL, parser->at on the p; a malformed or unknown one fails the parser. */
void re_parse_property(struct re_parser *parser, struct re_set *set_out);
void re_set_add(struct re_set *set, unsigned from, unsigned to);
void re_set_invert(struct re_set *set);
static inline bool re_set_has(const struct re_set *set, unsigned byte)
{
	return set->bits[byte >> 3] >> (byte & 7) & 1;
}
/* The first member from `byte` on, or 256. */
static inline unsigned re_set_next(const struct re_set *set, unsigned byte)
{
	for (; byte < 256; byte = (byte | 7) + 1) {
		unsigned rest = set->bits[byte >> 3] >> (byte & 7);
		if (rest)
			return byte + (unsigned)__builtin_ctz(rest);
	}
	return 256;
}
/* How many members the bits have. */
static inline unsigned re_set_count(const uint8_t bits[32])
{
	uint64_t words[4];
	unsigned n = 0;

	memcpy(words, bits, sizeof words);
	for (unsigned i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(words[i]);
	return n;
}
/* The other case of a byte under Perl's rules for /i with /aa, or the byte itself. */
unsigned re_other_case(unsigned byte);
/* A set as one node: a literal when it has one member (or two of one letter). */
struct re_node *re_node_of_set(struct re_parser *parser, const struct re_set *set);
/*
 * An escape that stands for one character, parser->at behind the backslash: \n \x41 \o{101} \cA
 * \101 \. ... False when it is something else; a malformed one fails the parser.
 */
bool re_parse_escaped_char(struct re_parser *parser, bool in_class, unsigned *codepoint_out);
/* A byte with the same letter as a code point beyond a byte under /i (U+039C and the micro sign),
 * or 0. */
unsigned re_byte_folded_from(unsigned codepoint);

#endif
