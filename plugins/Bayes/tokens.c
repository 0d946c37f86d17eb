/* tokens: lines → tokens. See tokens.h. */
#include "plugins/Bayes/tokens.h"

#include "lib/base/digest.h"
#include "lib/base/hash.h"

/* --- the set ---------------------------------------------------------------------------------- */

/* The slot of the table that holds the token or is free for it: by its text, so that a word that
 * comes again costs no digest, and by its key, which is what counts. */
static uint32_t *slot_of_text(struct token_set *set, struct str text)
{
	size_t at = (size_t)hash64(text.ptr, text.len, 0) & (set->n_slots - 1);

	while (set->by_text[at] && !str_eq(set->list.items[set->by_text[at] - 1].text, text))
		at = (at + 1) & (set->n_slots - 1);
	return &set->by_text[at];
}

static uint32_t *slot_of_key(struct token_set *set, const unsigned char *key)
{
	uint64_t hash = 0;
	size_t at;

	memcpy(&hash, key, TOKEN_KEY_BYTES);
	at = (size_t)((hash * 0x9e3779b97f4a7c15u) >> 20) & (set->n_slots - 1);
	while (set->by_key[at] &&
	       memcmp(set->list.items[set->by_key[at] - 1].key, key, TOKEN_KEY_BYTES) != 0)
		at = (at + 1) & (set->n_slots - 1);
	return &set->by_key[at];
}

static void grow_slots(struct arena *scan, struct token_set *set)
{
	set->n_slots = set->n_slots ? set->n_slots * 2 : 1024;
	set->by_text = ARENA_ARRAY(scan, uint32_t, set->n_slots);
	set->by_key = ARENA_ARRAY(scan, uint32_t, set->n_slots);
	for (size_t i = 0; i < set->list.n; i++) {
		*slot_of_text(set, set->list.items[i].text) = (uint32_t)i + 1;
		*slot_of_key(set, set->list.items[i].key) = (uint32_t)i + 1;
	}
}

void token_key(struct str text, unsigned char key[TOKEN_KEY_BYTES])
{
	unsigned char digest[DIGEST_MAX_BYTES];
	size_t n_bytes = digest_bytes(DIGEST_SHA1, text, digest);

	memcpy(key, digest + n_bytes - TOKEN_KEY_BYTES, TOKEN_KEY_BYTES);
}

void token_set_add(struct arena *scan, struct token_set *set, struct str text)
{
	struct token token = {.text = text};
	uint32_t *by_text, *by_key;

	if (!text.len)
		return;
	set->n_added++;
	if (set->list.n * 2 >= set->n_slots)
		grow_slots(scan, set);
	by_text = slot_of_text(set, text);
	if (*by_text)
		return;
	token_key(text, token.key);
	by_key = slot_of_key(set, token.key);
	if (*by_key)
		return;
	token.text = arena_str(scan, text);
	vec_push(scan, &set->list, token);
	*by_text = *by_key = (uint32_t)set->list.n;
}

/* --- a line made ready ------------------------------------------------------------------------ */

static bool is_kept(unsigned char c)
{
	return ascii_is_alnum(c) || (c && strchr(",@*!_'\"$. -", c));
}

static bool is_continuation(unsigned char c)
{
	return c >= 0x80 && c <= 0xbf;
}

/* Bytes of the UTF-8 character at the front of s; 1 when it is none. Overlong and surrogate forms
 * count as characters. */
static size_t character_bytes(struct str s)
{
	unsigned char c = (unsigned char)s.ptr[0];
	size_t n = c >= 0xc0 && c <= 0xdf   ? 2
		   : c >= 0xe0 && c <= 0xef ? 3
		   : c >= 0xf0 && c <= 0xf4 ? 4
					    : 1;

	for (size_t i = 1; i < n; i++)
		if (i >= s.len || !is_continuation((unsigned char)s.ptr[i]))
			return 1;
	return n;
}

/* What can be no part of a token becomes blank. */
static struct str blank_out(struct arena *scan, struct str line)
{
	char *out = arena_cstr(scan, line);

	for (size_t i = 0; i < line.len;) {
		unsigned char c = (unsigned char)out[i];
		size_t n = c < 0x80 ? 1 : character_bytes(str_from_at(line, i));

		if (n == 1 && !is_kept(c) && c < 0xa1)
			out[i] = ' ';
		i += n;
	}
	return str_make(out, line.len);
}

/* Of the characters of a wide URI those of Latin-1 count as their one byte, the rest as nothing.
 * Text that is no UTF-8 comes back as it is. */
static struct str characters_to_bytes(struct arena *scan, struct str text)
{
	char *out = arena_alloc(scan, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; n++) {
		unsigned char c = (unsigned char)text.ptr[i];
		size_t len = character_bytes(str_from_at(text, i));

		if (c >= 0x80 && len == 1)
			return text;
		out[n] = text.ptr[i];
		if (len == 2 && (c == 0xc2 || c == 0xc3))
			out[n] = (char)((c << 6) | (text.ptr[i + 1] & 0x3f));
		else if (len > 1)
			out[n] = ' ';
		i += len;
	}
	return str_make(out, n);
}

static bool is_word_at(struct str s, size_t at)
{
	return at < s.len && ascii_is_word((unsigned char)s.ptr[at]);
}

static size_t run_length(struct str s, size_t at, char c)
{
	size_t n = 0;

	while (at + n < s.len && s.ptr[at + n] == c)
		n++;
	return n;
}

/* "word...word": a run of min to 6 separators becomes a word of its own. The word character behind
 * a run is spent: it does not open the next one. */
static struct str set_apart(struct arena *scan, struct str line, char separator, size_t min)
{
	struct buf out;
	const char run[3] = {separator, separator, 0};

	if (!str_contains(line, run))
		return line;
	buf_init(&out, scan);
	for (size_t i = 0; i < line.len; i++) {
		size_t n = is_word_at(line, i) ? run_length(line, i + 1, separator) : 0;

		buf_add_char(&out, line.ptr[i]);
		if (n < min || n > 6 || !is_word_at(line, i + 1 + n))
			continue;
		buf_add_char(&out, ' ');
		buf_add(&out, line.ptr + i + 1, n);
		buf_add_char(&out, ' ');
		buf_add_char(&out, line.ptr[i + 1 + n]);
		i += 1 + n;
	}
	return buf_str(&out);
}

/* Where a sentence beginning at `at` may have its capital: behind a full stop and blanks, or at the
 * line's own beginning; STR_NOT_FOUND when it has none. */
static size_t capital_of(struct str line, size_t at)
{
	size_t capital = at;

	if (line.ptr[at] == '.') {
		size_t blanks = run_length(line, at + 1, ' ');
		capital = at + 1 + blanks;
		if (!blanks)
			return STR_NOT_FOUND;
	} else if (at != 0) {
		return STR_NOT_FOUND;
	}
	return capital < line.len && ascii_is_upper((unsigned char)line.ptr[capital])
		       ? capital
		       : STR_NOT_FOUND;
}

/* The end of the words behind a capital that have none: the last blank before the next capital, or
 * the end of the line; STR_NOT_FOUND when there is nothing. */
static size_t sentence_end(struct str line, size_t capital)
{
	size_t next = capital + 1;

	while (next < line.len && !ascii_is_upper((unsigned char)line.ptr[next]))
		next++;
	if (next == line.len)
		return next > capital + 1 ? next : STR_NOT_FOUND;
	for (size_t end = next - 1; end > capital + 1; end--)
		if (line.ptr[end] == ' ')
			return end;
	return STR_NOT_FOUND;
}

/* The first full stop from at on, or the end. */
static size_t next_stop(struct str line, size_t at)
{
	size_t stop = str_find_char(str_from_at(line, at), '.');

	return stop == STR_NOT_FOUND ? line.len : at + stop;
}

/* Title Case at the start of sentences. */
static struct str lower_titles(struct arena *scan, struct str line)
{
	struct buf out;

	buf_init(&out, scan);
	for (size_t i = 0; i < line.len; i++) {
		size_t capital = capital_of(line, i);
		size_t end = capital == STR_NOT_FOUND ? capital : sentence_end(line, capital);

		if (end == STR_NOT_FOUND) {
			size_t next = next_stop(line, i + 1);
			buf_add(&out, line.ptr + i, next - i);
			i = next - 1;
			continue;
		}
		buf_add_char(&out, ' ');
		buf_add_char(&out, ascii_lower(line.ptr[capital]));
		buf_add(&out, line.ptr + capital + 1, end - capital - 1);
		buf_add_char(&out, ' ');
		i = end;
	}
	return buf_str(&out);
}

/* --- one token -------------------------------------------------------------------------------- */

struct line_context {
	struct arena *scan;
	const struct token_options *options;
	const char *prefix;
	enum token_region region;
	struct token_set *out;
	struct buf scratch;
};

static bool is_uri(const struct line_context *line)
{
	return line->region == REGION_URI || line->region == REGION_WIDE_URI;
}

static void add(struct line_context *line, const char *prefix, struct str a)
{
	buf_clear(&line->scratch);
	buf_add_cstr(&line->scratch, prefix);
	buf_add_str(&line->scratch, a);
	token_set_add(line->scan, line->out, buf_str(&line->scratch));
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

static void add_with_parents(struct line_context *line, const char *prefix, struct str host)
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
		add(line, "U*", user);
		add_with_parents(line, "D*", host);
	} else if (has_dot_letter(token)) {
		add_with_parents(line, "UD:", token);
	}
}

/* Long words of scripts without blanks: characters of three and four bytes, one by one. */
static bool add_wide_characters(struct line_context *line, struct str token)
{
	bool found = false;

	for (size_t i = 0; i < token.len;) {
		size_t n = character_bytes(str_from_at(token, i));

		if (n >= 3) {
			char prefix[64];
			snprintf(prefix, sizeof prefix, "%su8:", line->prefix);
			add(line, prefix, str_sub(token, i, n));
			found = true;
		}
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
	n_bytes = character_bytes(str_from_at(token, at));
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
		if (regex_test(options->stopwords.items[i], token))
			return true;
	return false;
}

static void add_word(struct line_context *line, struct str token)
{
	const struct token_options *options = line->options;

	token = without_edges(token);
	if (token.len < TOKEN_SHORTEST_BYTES || is_stopword(options, token))
		return;
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
	add(line, line->prefix, token);
}

void tokens_of_line(struct arena *scan, const struct token_options *options, struct str text,
		    const char *prefix, enum token_region region, struct token_set *out)
{
	struct line_context line = {scan, options, prefix, region, out, {0}};
	struct str word;

	if (region == REGION_WIDE_URI)
		text = characters_to_bytes(scan, text);
	text = blank_out(scan, text);
	text = set_apart(scan, text, '.', 3);
	text = set_apart(scan, text, '-', 2);
	if (region != REGION_HEADER)
		text = lower_titles(scan, text);
	buf_init(&line.scratch, scan);
	while (str_word_next(&text, &word))
		add_word(&line, word);
}

/* --- the message ------------------------------------------------------------------------------ */

static void add_lines(struct arena *scan, const struct token_options *options,
		      const struct str_vec *lines, const char *prefix, struct token_set *out)
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
		tokens_of_line(scan, options, uris->cleaned.items[i], "",
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

	tokens_header_texts(scan, options, mail, scored, &texts);
	for (size_t i = 0; i < texts.n && out->n_added - before < TOKENS_HEADER_MAX; i++)
		tokens_of_line(scan, options, buf_str(&texts.items[i]->text),
			       arena_printf(scan, "H%.*s:", STR_ARG(texts.items[i]->name)).ptr,
			       REGION_HEADER, out);
}

void tokens_of_mail(struct arena *scan, const struct token_options *options,
		    const struct mail *mail, bool scored, struct token_set *out)
{
	*out = (struct token_set){0};
	if (options->sources & SOURCE_VISIBLE)
		add_lines(scan, options, views_body_visible(scan, mail->views), "", out);
	if (options->sources & SOURCE_URI)
		add_uris(scan, options, mail->uris, out);
	if (options->sources & SOURCE_INVISIBLE)
		add_lines(scan, options, views_body_invisible(scan, mail->views), "I*:", out);
	if (options->sources & SOURCE_MIMEPART)
		add_parts(scan, mail, out);
	if (options->sources & SOURCE_HEADER)
		add_headers(scan, options, mail, scored, out);
}
