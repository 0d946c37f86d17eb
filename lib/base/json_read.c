/* json_read: see json_read.h. */
#include "lib/base/json_read.h"

#include "lib/base/encode.h"
#include "lib/base/number.h"

void json_read_init(struct json_reader *reader, struct arena *arena, struct str text)
{
	*reader = (struct json_reader){.arena = arena, .text = text};
}

static bool fail(struct json_reader *reader)
{
	reader->failed = true;
	return false;
}

/* The next byte that is no white space; 0 at the end. */
static char peek(struct json_reader *reader)
{
	while (reader->at < reader->text.len &&
	       ascii_is_in(reader->text.ptr[reader->at], " \t\n\r"))
		reader->at++;
	return reader->failed || reader->at == reader->text.len ? '\0'
								: reader->text.ptr[reader->at];
}

static bool take(struct json_reader *reader, char c)
{
	if (peek(reader) != c)
		return fail(reader);
	reader->at++;
	return true;
}

static bool take_word(struct json_reader *reader, const char *word)
{
	struct str rest = str_from_at(reader->text, reader->at);

	if (reader->failed || !str_has_prefix(rest, word))
		return fail(reader);
	reader->at += strlen(word);
	return true;
}

bool json_read_open(struct json_reader *reader, char bracket)
{
	if (!take(reader, bracket) || ++reader->depth > JSON_READ_DEPTH_MAX)
		return fail(reader);
	reader->is_first = true;
	return true;
}

/* Behind the comma in front of another item; false, behind the bracket, when there is none. */
static bool go_on(struct json_reader *reader, char bracket)
{
	bool is_first = reader->is_first;

	reader->is_first = false;
	if (peek(reader) == bracket) {
		reader->at++;
		reader->depth--;
		return false;
	}
	return is_first ? !reader->failed : take(reader, ',');
}

bool json_read_member(struct json_reader *reader, struct str *name_out)
{
	return go_on(reader, '}') && json_read_string(reader, name_out) && take(reader, ':');
}

bool json_read_item(struct json_reader *reader)
{
	return go_on(reader, ']');
}

/* --- strings --- */

static bool read_hex(struct json_reader *reader, unsigned *unit_out)
{
	struct str digits = str_sub(reader->text, reader->at, 4);
	uint64_t value;

	if (digits.len != 4 || !number_hex(digits, &value))
		return fail(reader);
	reader->at += 4;
	*unit_out = (unsigned)value;
	return true;
}

/* Behind "\u": a code unit, or the two of a surrogate pair. */
static bool read_code_point(struct json_reader *reader, struct buf *out)
{
	struct str rest;
	unsigned unit, low;

	if (!read_hex(reader, &unit))
		return false;
	rest = str_from_at(reader->text, reader->at);
	if (unit >= 0xd800 && unit < 0xdc00 && str_has_prefix(rest, "\\u")) {
		reader->at += 2;
		if (!read_hex(reader, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(reader);
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	buf_add_utf8(out, unit);
	return true;
}

static bool read_escape(struct json_reader *reader, struct buf *out)
{
	static const char escapes[] = "\"\\/bfnrt", letters[] = "\"\\/\b\f\n\r\t";
	char c = reader->at < reader->text.len ? reader->text.ptr[reader->at++] : '\0';
	const char *escape = c ? strchr(escapes, c) : NULL;

	if (c == 'u')
		return read_code_point(reader, out);
	if (!escape)
		return fail(reader);
	buf_add_char(out, letters[escape - escapes]);
	return true;
}

bool json_read_string(struct json_reader *reader, struct str *out)
{
	struct buf text;

	if (!take(reader, '"'))
		return false;
	buf_init(&text, reader->arena);
	while (reader->at < reader->text.len && reader->text.ptr[reader->at] != '"') {
		struct str rest = str_from_at(reader->text, reader->at);
		unsigned n = utf8_decode(rest, NULL);

		if (n == 0 || (unsigned char)*rest.ptr < ' ')
			return fail(reader);
		reader->at += n;
		if (*rest.ptr != '\\')
			buf_add_str(&text, str_sub(rest, 0, n));
		else if (!read_escape(reader, &text))
			return false;
	}
	*out = str_make(buf_cstr(&text), text.len);
	return take(reader, '"');
}

/* --- other values --- */

static struct str take_number(struct json_reader *reader)
{
	size_t from = reader->at;

	while (reader->at < reader->text.len &&
	       (ascii_is_digit((unsigned char)reader->text.ptr[reader->at]) ||
		ascii_is_in(reader->text.ptr[reader->at], "+-.eE")))
		reader->at++;
	return str_sub(reader->text, from, reader->at - from);
}

bool json_read_i64(struct json_reader *reader, int64_t *out)
{
	char c = peek(reader);

	if (c != '-' && !ascii_is_digit((unsigned char)c))
		return fail(reader);
	return number_i64(take_number(reader), out) || fail(reader);
}

bool json_read_bool(struct json_reader *reader, bool *out)
{
	*out = peek(reader) == 't';
	return take_word(reader, *out ? "true" : "false");
}

static bool skip_plain(struct json_reader *reader)
{
	struct str ignored;
	char c = peek(reader);

	if (c == '"')
		return json_read_string(reader, &ignored);
	if (c == '-' || ascii_is_digit((unsigned char)c))
		return take_number(reader).len > 0;
	return take_word(reader, c == 't' ? "true" : c == 'f' ? "false" : "null");
}

bool json_read_skip(struct json_reader *reader)
{
	char brackets[JSON_READ_DEPTH_MAX];
	unsigned n = 0;
	struct str name;

	do {
		char c = peek(reader);

		if (n == JSON_READ_DEPTH_MAX)
			return fail(reader);
		if (c != '{' && c != '[') {
			if (!skip_plain(reader))
				return false;
		} else {
			if (!json_read_open(reader, c))
				return false;
			brackets[n++] = c;
		}
		while (n > 0 && !reader->failed &&
		       !(brackets[n - 1] == '{' ? json_read_member(reader, &name)
						: json_read_item(reader)))
			n--;
	} while (n > 0 && !reader->failed);
	return !reader->failed;
}

bool json_read_end(struct json_reader *reader)
{
	return peek(reader) == '\0' && !reader->failed && reader->at == reader->text.len;
}
