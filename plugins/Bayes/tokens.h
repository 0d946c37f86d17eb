/*
 * tokens: a message → the set of its tokens, each by the last five bytes of its SHA-1, exactly as
 * SpamAssassin 4.0.1 makes them (Plugin/Bayes.pm tokenize; doc of the plugin: bayes.md), so that
 * databases can change hands in both directions.
 */
#ifndef WHORL_BAYES_TOKENS_H
#define WHORL_BAYES_TOKENS_H

#include "plugins/plugin.h"

enum { TOKEN_KEY_BYTES = 5 };

enum {
	TOKENS_BODY_MAX = 50000, /* of visible text, and again of invisible; doubles count */
	TOKENS_URI_MAX = 10000,
	TOKENS_HEADER_MAX = 10000,
	TOKEN_SHORTEST_BYTES = 3,
	TOKEN_LONGEST_BYTES = 15, /* bayes_max_token_length */
};

struct token {
	unsigned char key[TOKEN_KEY_BYTES];
	/* Of one that is a word as it stood: where, and how many tokens that word gave; else 0. */
	uint8_t region, n_of_word;
	struct str text;
};
VEC_OF(token_vec, struct token);

/* Tokens of one message, each once. */
struct token_set {
	struct token_vec list;
	uint32_t *by_text, *by_key; /* index in list + 1 */
	size_t n_slots;
	size_t n_added; /* with doubles */
};

/* Where tokens are taken from (bayes_token_sources). */
enum token_source {
	SOURCE_HEADER = 1 << 0,
	SOURCE_VISIBLE = 1 << 1,
	SOURCE_INVISIBLE = 1 << 2,
	SOURCE_URI = 1 << 3,
	SOURCE_MIMEPART = 1 << 4,
	SOURCE_DEFAULT = SOURCE_HEADER | SOURCE_VISIBLE | SOURCE_INVISIBLE | SOURCE_URI,
	SOURCE_ALL = SOURCE_DEFAULT | SOURCE_MIMEPART,
};

/* Patterns of header values and names of headers, made once. */
struct token_patterns {
	struct map *ignored;     /* names of fields that give no tokens */
	struct map *kinds;       /* name → enum value_kind */
	struct map *short_names; /* name → the name it is stored by, a C string */
	struct map *gathered;    /* name → the name its kind is gathered under */
	struct regex *boundary, *separators, *type_words;            /* Content-Type */
	struct regex *outlook_id, *exim_id, *sendmail_id;            /* Message-Id */
	struct regex *smtp_id, *esmtp_id, *queue_id, *exim_queue_id; /* Received */
	struct regex *date, *ip, *hop_words;
	struct regex *relay_word; /* X-Spam-Relays-* */
	const struct origin_patterns *origin;
};
const struct token_patterns *token_patterns_new(struct arena *keep);

/* The words that a language's regex matches. */
struct stopwords;
struct stopwords *stopwords_new(struct arena *keep, const struct regex *regex);
bool stopwords_have(struct stopwords *stopwords, struct str word);
VEC_OF(stopwords_vec, struct stopwords *);

struct token_options {
	const struct token_patterns *patterns;
	unsigned sources;
	double longest_bytes;
	const struct map *ignored_headers; /* bayes_ignore_header, case ignored; or NULL */
	struct stopwords_vec stopwords;    /* of each language */
};

/* All tokens of the message; the set and its texts live in scan. scored: rules run over it; the
 * domains of sender and author give tokens only then, as in SpamAssassin. */
void tokens_of_mail(struct arena *scan, const struct token_options *options,
		    const struct mail *mail, bool scored, struct token_set *out);

void token_key(struct str text, unsigned char key[TOKEN_KEY_BYTES]);

/* --- between the files of the tokeniser --- */

/* Where a text is from: what is done with titles, addresses and long words depends on it. */
enum token_region {
	REGION_HEADER,
	REGION_BODY,
	REGION_URI,
	REGION_WIDE_URI /* of characters, not bytes: the letters of Latin-1 are letters */
};

/* The token; NULL when there is none of its own: nothing in it, or another has the key. Good until
 * the next is added, as what token_set_find() gives, which may miss. */
struct token *token_set_add(struct arena *scan, struct token_set *set, struct str text);
struct token *token_set_find(const struct token_set *set, struct str text);
/* The line, to be split at blanks. */
struct str token_line_ready(struct arena *scan, struct str line, enum token_region region);
/* Bytes of the UTF-8 character at the front of s; 1 when it is none. Overlong and surrogate forms
 * count as characters. */
size_t token_character_bytes(struct str s);
void tokens_of_line(struct arena *scan, const struct token_options *options, struct str line,
		    struct str prefix, enum token_region region, struct token_set *out);

/* Header name (or short form) → the values that are split into tokens, in order of first sight. */
struct header_text {
	struct str name;
	struct buf text;
};
VEC_OF(header_text_vec, struct header_text *);
void tokens_header_texts(struct arena *scan, const struct token_options *options,
			 const struct mail *mail, bool scored, struct header_text_vec *out);

/* A view over "user@host": false when there is none; the host is what follows the last @. */
bool token_split_address(struct str text, struct str *user_out, struct str *host_out);
/* The part behind the first dot; false when there is none, or the text begins with it. */
bool token_parent_domain(struct str host, struct str *parent_out);

#endif
