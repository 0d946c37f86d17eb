/* tokens: lines → tokens. See tokens.h. */
#include "plugins/Bayes/tokens.h"

#include "lib/base/digest.h"

/* --- one token -------------------------------------------------------------------------------- */

struct line_context {
	struct arena *scan;
	const struct token_options *options;
	struct str prefix;
	enum token_region region;
	struct token_set *out;
	struct buf scratch;
};

static bool is_uri(const struct line_context *line)
{
	return line->region == REGION_URI || line->region == REGION_WIDE_URI;
}

static struct str joined(struct arena *scan, struct str head, const char *tail)
{
	struct buf out;

	buf_init(&out, scan);
	buf_add_str(&out, head);
	buf_add_cstr(&out, tail);
	return buf_str(&out);
}

static struct str prefixed(struct line_context *line, struct str prefix, struct str a)
{
	if (!prefix.len)
		return a;
	buf_clear(&line->scratch);
	buf_add_str(&line->scratch, prefix);
	buf_add_str(&line->scratch, a);
	return buf_str(&line->scratch);
}

static struct token *add(struct line_context *line, struct str prefix, struct str a)
{
	return token_set_add(line->scan, line->out, prefixed(line, prefix, a));
}

bool token_split_address(struct str text, struct str *user_out, struct str *host_out)
{
	for (size_t at = text.len < 2 ? 0 : text.len - 2; at > 0; at--) {
		if (text.ptr[at] != '@')
			continue;
		*user_out = str_sub(text, 0, at);
		*host_out = str_from_at(text, at + 1);
		return true;
	}
	return false;
}

bool token_parent_domain(struct str host, struct str *parent_out)
{
	size_t dot = str_find_char(host, '.');

	if (dot == STR_NOT_FOUND || dot == 0 || dot + 1 >= host.len)
		return false;
	*parent_out = str_from_at(host, dot + 1);
	return true;
}

static void add_with_parents(struct line_context *line, struct str prefix, struct str host)
{
	do
		add(line, prefix, host);
	while (token_parent_domain(host, &host));
}

static bool has_dot_letter(struct str token)
{
	for (size_t i = 1; i + 1 < token.len; i++)
		if (token.ptr[i] == '.' && ascii_is_alpha((unsigned char)token.ptr[i + 1]))
			return true;
	return false;
}

static void add_addresses_and_hosts(struct line_context *line, struct str token)
{
	struct str user, host;

	if (token_split_address(token, &user, &host)) {
		add(line, STR_LIT("U*"), user);
		add_with_parents(line, STR_LIT("D*"), host);
	} else if (has_dot_letter(token)) {
		add_with_parents(line, STR_LIT("UD:"), token);
	}
}

/* Long words of scripts without blanks: characters of three and four bytes, one by one. */
static bool add_wide_characters(struct line_context *line, struct str token)
{
	struct str prefix = joined(line->scan, line->prefix, "u8:");
	bool found = false;

	for (size_t i = 0; i < token.len;) {
		size_t n = token_character_bytes(str_from_at(token, i));

		if (n >= 3)
			add(line, prefix, str_sub(token, i, n));
		found = found || n >= 3;
		i += n;
	}
	return found;
}

/* Offset behind n characters from at on, where a character of several bytes may also be taken byte
 * by byte when there are not enough; STR_NOT_FOUND: there are not. */
static size_t skip_characters(struct str token, size_t at, unsigned n)
{
	size_t n_bytes, end;

	if (n == 0)
		return at;
	if (at >= token.len)
		return STR_NOT_FOUND;
	n_bytes = token_character_bytes(str_from_at(token, at));
	end = skip_characters(token, at + n_bytes, n - 1);
	return end == STR_NOT_FOUND && n_bytes > 1 ? skip_characters(token, at + 1, n - 1) : end;
}

/* "sk:" and the first seven characters. */
static struct str shortened(struct arena *scan, struct str token)
{
	size_t end = skip_characters(token, 0, 7);

	if (end == STR_NOT_FOUND || end + 2 > token.len)
		return token;
	return arena_printf(scan, "sk:%.*s", (int)end, token.ptr);
}

static bool is_latin1_letter(unsigned char c)
{
	return (c >= 0xc0 && c != 0xd7 && c != 0xf7) || c == 0xaa || c == 0xb5 || c == 0xba;
}

static bool is_plain(const struct line_context *line, unsigned char c)
{
	return ascii_is_word(c) || c == ':' || c == '*' ||
	       (line->region == REGION_WIDE_URI && is_latin1_letter(c));
}

static struct str lowered(const struct line_context *line, struct str token)
{
	struct str lower = arena_lower(line->scan, token);

	for (size_t i = 0; line->region == REGION_WIDE_URI && i < lower.len; i++) {
		unsigned char c = (unsigned char)lower.ptr[i];
		if (c >= 0xc0 && c <= 0xde && c != 0xd7)
			((char *)lower.ptr)[i] = (char)(c + 0x20);
	}
	return lower;
}

static struct str plain_only(const struct line_context *line, struct str token)
{
	char *out = arena_cstr(line->scan, token);
	size_t n = 0;

	for (size_t i = 0; i < token.len; i++)
		if (is_plain(line, (unsigned char)token.ptr[i]))
			out[n++] = token.ptr[i];
	return str_make(out, n);
}

static bool has_upper(struct str token)
{
	for (size_t i = 0; i < token.len; i++)
		if (ascii_is_upper((unsigned char)token.ptr[i]))
			return true;
	return false;
}

/* Copies without punctuation, in lower case, and both. */
static void add_copies(struct line_context *line, struct str token)
{
	struct str plain = plain_only(line, token);

	if (plain.len != token.len)
		add(line, line->prefix, plain);
	if (!has_upper(token))
		return;
	add(line, line->prefix, lowered(line, token));
	if (plain.len != token.len)
		add(line, line->prefix, lowered(line, plain));
}

static bool is_edge(char c)
{
	return c && strchr("-'\".,", c);
}

static struct str without_edges(struct str token)
{
	while (token.len && is_edge(token.ptr[0]))
		token = str_from_at(token, 1);
	while (token.len && is_edge(token.ptr[token.len - 1]))
		token.len--;
	return token;
}

static bool is_stopword(const struct token_options *options, struct str token)
{
	for (size_t i = 0; i < options->stopwords.n; i++)
		if (stopwords_have(options->stopwords.items[i], token))
			return true;
	return false;
}

/* The same word came before, in the same kind of place: all its tokens are there. */
static bool is_repeated(struct line_context *line, struct str word)
{
	const struct token *known = token_set_find(line->out, prefixed(line, line->prefix, word));

	if (!known || !known->n_of_word || known->region != line->region)
		return false;
	line->out->n_added += known->n_of_word;
	return true;
}

static void add_new_word(struct line_context *line, struct str word)
{
	const struct token_options *options = line->options;
	size_t before = line->out->n_added;
	struct str token = word;

	if (line->region != REGION_HEADER)
		add_addresses_and_hosts(line, token);
	if ((double)token.len > options->longest_bytes &&
	    str_find_char(token, '*') == STR_NOT_FOUND) {
		if (add_wide_characters(line, token))
			return;
		if (!is_uri(line))
			token = shortened(line->scan, token);
	}
	if (line->region != REGION_HEADER)
		add_copies(line, token);
	struct token *added = add(line, line->prefix, token);
	size_t n = line->out->n_added - before;
	if (added && token.ptr == word.ptr && n <= UINT8_MAX) {
		added->region = (uint8_t)line->region;
		added->n_of_word = (uint8_t)n;
	}
}

static void add_word(struct line_context *line, struct str word)
{
	word = without_edges(word);
	if (word.len < TOKEN_SHORTEST_BYTES || is_repeated(line, word) ||
	    is_stopword(line->options, word))
		return;
	add_new_word(line, word);
}

void tokens_of_line(struct arena *scan, const struct token_options *options, struct str text,
		    struct str prefix, enum token_region region, struct token_set *out)
{
	struct line_context line = {scan, options, prefix, region, out, {0}};
	struct str word;

	text = token_line_ready(scan, text, region);
	buf_init(&line.scratch, scan);
	while (str_word_next(&text, &word))
		add_word(&line, word);
}

/* --- the message ------------------------------------------------------------------------------ */

static void add_lines(struct arena *scan, const struct token_options *options,
		      const struct str_vec *lines, struct str prefix, struct token_set *out)
{
	size_t before = out->n_added;

	for (size_t i = 0; i < lines->n && out->n_added - before < TOKENS_BODY_MAX; i++)
		tokens_of_line(scan, options, lines->items[i], prefix, REGION_BODY, out);
}

static void add_uris(struct arena *scan, const struct token_options *options,
		     const struct uri_list *uris, struct token_set *out)
{
	size_t before = out->n_added;

	for (size_t i = 0; i < uris->cleaned.n && out->n_added - before < TOKENS_URI_MAX; i++)
		tokens_of_line(scan, options, uris->cleaned.items[i], STR_LIT(""),
			       uris->cleaned_is_wide.items[i] ? REGION_WIDE_URI : REGION_URI, out);
}

/* Names of contents that are everywhere. */
static const struct {
	const char *digest, *type, *name;
} common_parts[] = {
	{"da39a3ee5e6b4b0d3255bfef95601890afd80709", "text/plain", "Empty-Plaintext"},
	{"da39a3ee5e6b4b0d3255bfef95601890afd80709", "text/html", "Empty-HTML"},
	{"da39a3ee5e6b4b0d3255bfef95601890afd80709", "text/xml", "Empty-XML"},
	{"adc83b19e793491b1c6ea0fd8b46cd9f32e592fc", "text/plain", "OneNL-Plaintext"},
	{"adc83b19e793491b1c6ea0fd8b46cd9f32e592fc", "text/html", "OneNL-HTML"},
	{"71853c6197a6a7f222db0f1978c7cb232b87c5ee", "text/plain", "TwoNL-Plaintext"},
	{"71853c6197a6a7f222db0f1978c7cb232b87c5ee", "text/html", "TwoNL-HTML"},
};

static void add_part(struct arena *scan, struct part *part, struct token_set *out)
{
	char digest[2 * DIGEST_MAX_BYTES + 1];

	digest_hex(DIGEST_SHA1, part_decoded(scan, part), digest);
	for (size_t i = 0; i < sizeof common_parts / sizeof *common_parts; i++)
		if (strcmp(common_parts[i].digest, digest) == 0 &&
		    str_eq_c(part->type, common_parts[i].type)) {
			token_set_add(scan, out,
				      arena_printf(scan, "MIME:%s", common_parts[i].name));
			return;
		}
	token_set_add(scan, out, arena_printf(scan, "MIME:%s:%.*s", digest, STR_ARG(part->type)));
}

static void add_parts(struct arena *scan, const struct mail *mail, struct token_set *out)
{
	struct part_vec parts = {0};

	message_parts(scan, mail->message, true, &parts);
	for (size_t i = 0; i < parts.n; i++)
		add_part(scan, parts.items[i], out);
}

static void add_headers(struct arena *scan, const struct token_options *options,
			const struct mail *mail, bool scored, struct token_set *out)
{
	struct header_text_vec texts = {0};
	size_t before = out->n_added;
	struct buf prefix;

	buf_init(&prefix, scan);
	tokens_header_texts(scan, options, mail, scored, &texts);
	for (size_t i = 0; i < texts.n && out->n_added - before < TOKENS_HEADER_MAX; i++) {
		struct str name = texts.items[i]->name;

		buf_clear(&prefix);
		buf_add_char(&prefix, 'H');
		buf_add_str(&prefix, name);
		buf_add_char(&prefix, ':');
		tokens_of_line(scan, options, buf_str(&texts.items[i]->text), buf_str(&prefix),
			       REGION_HEADER, out);
	}
}

void tokens_of_mail(struct arena *scan, const struct token_options *options,
		    const struct mail *mail, bool scored, struct token_set *out)
{
	*out = (struct token_set){0};
	if (options->sources & SOURCE_VISIBLE)
		add_lines(scan, options, views_body_visible(scan, mail_views(mail)), STR_LIT(""),
			  out);
	if (options->sources & SOURCE_URI)
		add_uris(scan, options, mail_uris(mail), out);
	if (options->sources & SOURCE_INVISIBLE)
		add_lines(scan, options, views_body_invisible(scan, mail_views(mail)),
			  STR_LIT("I*:"), out);
	if (options->sources & SOURCE_MIMEPART)
		add_parts(scan, mail, out);
	if (options->sources & SOURCE_HEADER)
		add_headers(scan, options, mail, scored, out);
}
