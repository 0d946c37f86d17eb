/*
 * content_type: Content-Type and Content-Disposition as SpamAssassin takes them apart
 * (Util.pm parse_content_type, Message.pm _parse_normal), which is not how RFC 2045 would.
 */
#include "lib/base/number.h"
#include "lib/message/limits.h"
#include "lib/message/parse.h"

static bool is_space_at(struct str s, size_t i)
{
	return i < s.len && ascii_is_space((unsigned char)s.ptr[i]);
}

static bool is_quote_at(struct str s, size_t i)
{
	return i < s.len && (s.ptr[i] == '"' || s.ptr[i] == '\'');
}

static size_t skip_space(struct str s, size_t i)
{
	while (is_space_at(s, i))
		i++;
	return i;
}

/* The next offset >= from where word stands behind a non-word character. */
static size_t find_word(struct str s, const char *word, size_t from)
{
	while (from < s.len) {
		size_t at = str_find_ci(str_from_at(s, from), str_from(word));

		if (at == STR_NOT_FOUND)
			return STR_NOT_FOUND;
		at += from;
		if (at == 0 || !ascii_is_word((unsigned char)s.ptr[at - 1]))
			return at;
		from = at + 1;
	}
	return STR_NOT_FOUND;
}

/* Behind "\s*=" at i, or STR_NOT_FOUND. */
static size_t behind_equals(struct str s, size_t i)
{
	i = skip_space(s, i);
	return i < s.len && s.ptr[i] == '=' ? i + 1 : STR_NOT_FOUND;
}

static bool ends_value(struct str s, size_t i)
{
	return i >= s.len || s.ptr[i] == ';' || (i + 1 == s.len && s.ptr[i] == '\n');
}

/* The shortest run from start up to an optional quote before ";" or the end; it does not cross a
 * newline. */
static bool value_run(struct str s, size_t start, struct str *value_out, size_t *end_out)
{
	for (size_t e = start;; e++) {
		bool quoted = is_quote_at(s, e) && ends_value(s, e + 1);

		if (quoted || ends_value(s, e)) {
			*value_out = str_make(s.ptr + start, e - start);
			*end_out = e + quoted;
			return true;
		}
		if (s.ptr[e] == '\n')
			return false;
	}
}

/* Value at i (behind the "="): a leading quote is dropped, and one before the end. */
static bool value_at(struct str s, size_t i, struct str *value_out, size_t *end_out)
{
	i = skip_space(s, i);
	if (is_quote_at(s, i) && value_run(s, i + 1, value_out, end_out))
		return true;
	return value_run(s, i, value_out, end_out);
}

static struct str find_boundary(struct arena *scan, struct str s)
{
	size_t at = 0;

	while ((at = find_word(s, "boundary", at)) != STR_NOT_FOUND) {
		size_t i = behind_equals(s, at + 8);

		at++;
		if (i == STR_NOT_FOUND)
			continue;
		i = skip_space(s, i);
		if (i < s.len && s.ptr[i] == '"') {
			struct str rest = str_from_at(s, i + 1);
			size_t end = str_find_char(rest, '"');

			rest = str_sub(rest, 0, end == STR_NOT_FOUND ? rest.len : end);
			if (rest.len)
				return arena_str(scan, rest);
			continue;
		}
		size_t e = i;
		while (e < s.len && !is_space_at(s, e) && s.ptr[e] != '"' && s.ptr[e] != ';')
			e++;
		if (e > i && (e == s.len || s.ptr[e] != '"'))
			return str_make(s.ptr + i, e - i);
	}
	return STR_NONE;
}

static struct str find_charset(struct str s)
{
	struct str value;
	size_t at = 0, end;

	while ((at = find_word(s, "charset", at)) != STR_NOT_FOUND) {
		size_t i = behind_equals(s, at + 7);

		if (i != STR_NOT_FOUND && value_at(s, i, &value, &end))
			return value;
		at++;
	}
	return STR_NONE;
}

/* Whether the word that ends in the "name" at offset at begins behind a non-word character. */
static bool starts_word(struct str s, size_t at)
{
	if (at >= 4 && str_eq_ci_c(str_sub(s, at - 4, 4), "file"))
		at -= 4;
	return at == 0 || !ascii_is_word((unsigned char)s.ptr[at - 1]);
}

/* The next "name" or "filename" at or behind *pos; *pos goes behind the word. */
static bool next_name_word(struct str s, size_t *pos)
{
	size_t at;

	while ((at = str_find_ci(str_from_at(s, *pos), STR_LIT("name"))) != STR_NOT_FOUND) {
		at += *pos;
		*pos = at + 4;
		if (starts_word(s, at))
			return true;
	}
	return false;
}

static struct str find_name(struct str s)
{
	struct str value;
	size_t pos = 0, end;

	while (next_name_word(s, &pos)) {
		size_t i = behind_equals(s, pos);

		if (i != STR_NOT_FOUND && value_at(s, i, &value, &end))
			return value;
	}
	return STR_NONE;
}

/* "*N" at i: N and the offset behind; false when there is none. */
static bool piece_number(struct str s, size_t i, uint64_t *n_out, size_t *end_out)
{
	size_t e = i + 1;

	if (i >= s.len || s.ptr[i] != '*')
		return false;
	while (e < s.len && ascii_is_digit((unsigned char)s.ptr[e]))
		e++;
	*end_out = e;
	return number_u64(str_make(s.ptr + i + 1, e - i - 1), n_out);
}

static bool has_first_piece(struct str s)
{
	size_t pos = 0;

	while (next_name_word(s, &pos))
		if (pos + 1 < s.len && s.ptr[pos] == '*' && s.ptr[pos + 1] == '0' &&
		    behind_equals(s, pos + 2) != STR_NOT_FOUND)
			return true;
	return false;
}

/* name*0="a"; name*1="b" (RFC 2231 section 3, without its character sets, like SpamAssassin). */
static struct str join_name_pieces(struct arena *scan, struct str s)
{
	struct str *pieces = ARENA_ARRAY(scan, struct str, LIMIT_PARAMETER_PIECES);
	struct buf joined;
	size_t pos = 0, end;
	uint64_t n;

	while (next_name_word(s, &pos)) {
		struct str value;

		if (!piece_number(s, pos, &n, &end))
			continue;
		end = behind_equals(s, end);
		if (end == STR_NOT_FOUND || !value_at(s, end, &value, &end))
			continue;
		if (n < LIMIT_PARAMETER_PIECES)
			pieces[n] = value;
		pos = end;
	}
	buf_init(&joined, scan);
	for (n = 0; n < LIMIT_PARAMETER_PIECES; n++)
		buf_add_str(&joined, pieces[n]);
	return str_make(buf_cstr(&joined), joined.len);
}

static bool is_false(struct str s) /* as Perl sees it */
{
	return s.len == 0 || str_eq_c(s, "0");
}

static bool is_type_junk(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || strchr("\"(),:;<=>?@[\\]", c);
}

/* What stands before the first ";", cut behind "something/something". */
static struct str bare_type(struct str value)
{
	struct str s = str_trim_left(value);
	size_t end = str_find_char(s, ';');

	s = str_sub(s, 0, end);
	size_t slash = str_find_char(s, '/');
	if (slash == STR_NOT_FOUND || slash == 0)
		return s;
	for (end = slash + 1; end < s.len && s.ptr[end] != '/' && !is_space_at(s, end);)
		end++;
	return str_sub(s, 0, end);
}

/* text/anything renders as text/plain but for a few. */
static bool is_plain_text(struct str type)
{
	return str_has_prefix(type, "text") &&
	       (type.len == 4 || !ascii_is_word((unsigned char)type.ptr[4])) &&
	       !str_eq_c(type, "text/x-vcard") && !str_eq_c(type, "text/calendar") &&
	       !str_eq_c(type, "text/html");
}

static struct str clean_type(struct arena *scan, struct str type)
{
	char *out = arena_alloc(scan, type.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < type.len; i++)
		if (!is_type_junk((unsigned char)type.ptr[i]))
			out[n++] = type.ptr[i];
	return str_make(out, n);
}

struct content_type content_type_parse(struct arena *scan, struct str value)
{
	struct content_type ct = {.missing = is_false(value)};

	if (ct.missing)
		value = STR_LIT("text/plain; charset=us-ascii");
	value = str_sub(value, 0, LIMIT_CONTENT_TYPE_BYTES);
	ct.boundary = find_boundary(scan, value);
	ct.charset = find_charset(value);
	ct.name = find_name(value);
	if (is_false(ct.name) && has_first_piece(value))
		ct.name = join_name_pieces(scan, value);

	struct str type = arena_lower(scan, bare_type(value));
	if (is_false(type))
		ct.missing = true;
	ct.type =
		ct.missing || is_plain_text(type) ? STR_LIT("text/plain") : clean_type(scan, type);
	return ct;
}

static bool ends_disposition(struct str s, size_t i)
{
	return i >= s.len || s.ptr[i] == '"' || s.ptr[i] == ';';
}

struct str disposition_name(struct str s)
{
	size_t at = 0, hit;

	while ((hit = str_find_ci(str_from_at(s, at), STR_LIT("name="))) != STR_NOT_FOUND) {
		size_t blank = at += hit + 5, start;

		start = skip_space(s, blank);
		if (start < s.len && s.ptr[start] == '"' && !ends_disposition(s, start + 1))
			start++;
		else if (ends_disposition(s, start) && start > blank)
			start--; /* nothing but blanks: the last one is the name */
		size_t end = start;
		while (!ends_disposition(s, end))
			end++;
		if (end > start)
			return str_make(s.ptr + start, end - start);
	}
	return STR_NONE;
}
