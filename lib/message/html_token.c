#include "lib/message/html_token.h"

#include <stdint.h>

#include "lib/base/encode.h"
#include "lib/base/map.h"
#include "lib/base/span.h"

enum { CLOSERS_MAX = 4, SECTIONS_MAX = 64, ATTRS_MAX = 10000, ATTRS_FEW = 16 };

enum literal {
	LITERAL_NONE,
	LITERAL_SCRIPT,
	LITERAL_STYLE,
	LITERAL_XMP,
	LITERAL_IFRAME,
	LITERAL_PLAINTEXT,
	LITERAL_TITLE,
	LITERAL_TEXTAREA
};
static const char *const literal_names[] = {"",       "script",    "style", "xmp",
					    "iframe", "plaintext", "title", "textarea"};
enum { N_LITERALS = sizeof literal_names / sizeof *literal_names, LITERAL_MIN_BYTES = 3 };

enum section { SECTION_INCLUDE, SECTION_CDATA, SECTION_RCDATA, SECTION_IGNORE };

struct tokenizer {
	struct arena *scan;
	const struct html_events *events;
	enum literal literal; /* inside an element whose content is no markup */
	bool cdata; /* nor has it references; stays when the document ends inside of one */
	enum literal pending_end; /* its end tag is still to be told */
	bool any_gt_ends_comment; /* the document has ended inside a comment */
	enum section sections[SECTIONS_MAX];
	size_t n_sections;
	bool octets;
	struct html_attr_vec attrs; /* of the tag being read */
	struct map *attr_names;     /* of those, when there are many */
	struct str s;
};

static bool is_hspace(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool starts_name(unsigned char c)
{
	return ascii_is_alpha(c) || c == '_' || c == ':';
}

static const struct byteset behind_word = {{BYTESET_SPACES, ['>'] = true}};
static const struct byteset behind_attr_name = {{BYTESET_SPACES, ['>'] = true, ['='] = true}};

static size_t skip_space(struct str s, size_t at)
{
	while (at < s.len && is_hspace(s.ptr[at]))
		at++;
	return at;
}

static size_t skip_word(struct str s, size_t at)
{
	return span_until(s, at, &behind_word);
}

/* --- events --- */

static bool is_ignoring(const struct tokenizer *t)
{
	for (size_t i = 0; i < t->n_sections; i++)
		if (t->sections[i] == SECTION_IGNORE)
			return true;
	return false;
}

static void tell_pending_end(struct tokenizer *t)
{
	enum literal ended = t->pending_end;

	t->pending_end = LITERAL_NONE;
	if (ended)
		t->events->end(t->events->user, str_from(literal_names[ended]));
}

static bool is_cdata(const struct tokenizer *t)
{
	return t->cdata || (t->n_sections && t->sections[t->n_sections - 1] == SECTION_CDATA);
}

struct str html_from_latin1(struct arena *scan, struct str text)
{
	struct buf out;

	buf_init(&out, scan);
	buf_reserve(&out, text.len);
	for (size_t at = 0; at < text.len; at++) {
		size_t beyond = span_ascii(text, at);

		buf_add_str(&out, str_sub(text, at, beyond - at));
		if ((at = beyond) < text.len)
			buf_add_utf8(&out, (unsigned char)text.ptr[at]);
	}
	return buf_str(&out);
}

static struct str readable(const struct tokenizer *t, struct str text)
{
	return t->octets && !utf8_is_valid(text) ? html_from_latin1(t->scan, text) : text;
}

static void tell_text(struct tokenizer *t, size_t from, size_t to)
{
	struct str text = str_sub(t->s, from, to - from);
	bool wide = false;

	if (to <= from || is_ignoring(t))
		return;
	if (!is_cdata(t))
		text = html_decode(t->scan, readable(t, text), true, &wide);
	t->events->text(t->events->user, text, wide);
}

static void tell_comment(struct tokenizer *t, size_t from, size_t to)
{
	if (!is_ignoring(t))
		t->events->comment(t->events->user, str_sub(t->s, from, to - from));
}

/* In lower case, which most names are. */
static struct str lowered(struct arena *scan, struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (ascii_is_upper((unsigned char)name.ptr[i]))
			return arena_lower(scan, name);
	return name;
}

static void tell_end(struct tokenizer *t, struct str name)
{
	if (is_ignoring(t))
		return;
	tell_pending_end(t);
	t->events->end(t->events->user, lowered(t->scan, name));
}

/* --- tags: each returns the offset behind, NOT_ONE, or `at` for "more input needed" --- */

#define NOT_ONE SIZE_MAX

/* Value behind "=" at `at`; SIZE_MAX when the input ends. */
static size_t attr_value(struct tokenizer *t, size_t at, struct str *value)
{
	char quote = t->s.ptr[at];
	size_t end;

	if (quote == '"' || quote == '\'') {
		end = str_find_char(str_from_at(t->s, at + 1), quote);
		if (end == STR_NOT_FOUND)
			return SIZE_MAX;
		*value = str_sub(t->s, at + 1, end);
		return at + end + 2;
	}
	end = skip_word(t->s, at);
	*value = str_sub(t->s, at, end - at);
	return end < t->s.len ? end : SIZE_MAX;
}

/* The first of several with one name counts. */
static void attr_add(struct tokenizer *t, struct html_attr_vec *attrs, struct str name,
		     struct str value)
{
	if (attrs->n >= ATTRS_MAX || (attrs->n > ATTRS_FEW && map_has(t->attr_names, name)))
		return;
	for (size_t i = 0; attrs->n <= ATTRS_FEW && i < attrs->n; i++)
		if (str_eq(attrs->items[i].name, name))
			return;
	vec_push(t->scan, attrs, ((struct html_attr){name, value}));
	if (attrs->n <= ATTRS_FEW)
		return;
	if (attrs->n == ATTRS_FEW + 1)
		t->attr_names = map_new(t->scan);
	for (size_t i = attrs->n == ATTRS_FEW + 1 ? 0 : attrs->n - 1; i < attrs->n; i++)
		map_put(t->attr_names, attrs->items[i].name, t);
}

/* One attribute at `at`; the offset behind it and blanks, SIZE_MAX when the input ends. */
static size_t attr_read(struct tokenizer *t, size_t at, struct html_attr_vec *attrs)
{
	size_t from = at++;
	struct str name, value;

	at = span_until(t->s, at, &behind_attr_name);
	name = lowered(t->scan, str_sub(t->s, from, at - from));
	value = name;
	at = skip_space(t->s, at);
	if (at < t->s.len && t->s.ptr[at] == '=') {
		at = skip_space(t->s, at + 1);
		if (at >= t->s.len)
			return SIZE_MAX;
		value = STR_LIT("");
		if (t->s.ptr[at] != '>')
			at = attr_value(t, at, &value);
		if (at == SIZE_MAX)
			return SIZE_MAX;
		value = html_decode(t->scan, readable(t, value), false, NULL);
		at = skip_space(t->s, at);
	}
	if (at >= t->s.len)
		return SIZE_MAX;
	attr_add(t, attrs, name, value);
	return at;
}

/* What begins behind the start tag. */
static enum literal literal_of(struct str tag)
{
	if (tag.len < LITERAL_MIN_BYTES || !ascii_is_in(tag.ptr[0], "sxipt"))
		return LITERAL_NONE; /* most of them */
	for (int i = 1; i < N_LITERALS; i++)
		if (str_eq_c(tag, literal_names[i]))
			return (enum literal)i;
	return LITERAL_NONE;
}

static size_t parse_start(struct tokenizer *t, size_t from)
{
	size_t at = skip_word(t->s, from + 1);
	struct str tag = str_sub(t->s, from + 1, at - from - 1);

	t->attrs.n = 0;
	at = skip_space(t->s, at);
	if (at >= t->s.len)
		return from;
	while (t->s.ptr[at] != '>') {
		at = attr_read(t, at, &t->attrs);
		if (at == SIZE_MAX)
			return from;
	}
	tag = lowered(t->scan, tag);
	if (!is_ignoring(t)) {
		tell_pending_end(t);
		t->events->start(t->events->user, tag, &t->attrs);
	}
	t->literal = literal_of(tag);
	if (t->literal)
		t->cdata = t->literal <= LITERAL_PLAINTEXT;
	return at + 1;
}

/* ">" outside of quotes, which begin behind a blank or "=". */
static size_t find_gt(struct str s, size_t at)
{
	char quote = 0, before = ' ';

	for (; at < s.len; before = s.ptr[at++]) {
		char c = s.ptr[at];

		if (!quote && c == '>')
			return at;
		if (c != '"' && c != '\'')
			continue;
		if (c == quote)
			quote = 0;
		else if (!quote && (before == ' ' || before == '='))
			quote = c;
	}
	return s.len;
}

static size_t parse_end(struct tokenizer *t, size_t from)
{
	size_t name = from + 2, at = skip_word(t->s, name), gt;

	if (name >= t->s.len)
		return from;
	gt = find_gt(t->s, at);
	if (gt >= t->s.len)
		return from;
	if (at > name)
		tell_end(t, str_sub(t->s, name, at - name));
	else
		tell_comment(t, from, gt + 1);
	return gt + 1;
}

static size_t parse_process(struct tokenizer *t, size_t from)
{
	size_t gt = str_find_char(str_from_at(t->s, from), '>');

	if (gt == STR_NOT_FOUND)
		return from;
	if (!is_ignoring(t))
		tell_pending_end(t);
	return from + gt + 1;
}

/* "<!--" ... "--" blanks ">" */
static size_t parse_comment(struct tokenizer *t, size_t from)
{
	size_t at = from + 4;

	if (t->any_gt_ends_comment) {
		size_t gt = str_find_char(str_from_at(t->s, at), '>');

		if (gt == STR_NOT_FOUND)
			return from;
		tell_comment(t, from, at + gt + 1);
		return at + gt + 1;
	}
	for (;;) {
		size_t dash = str_find_char(str_from_at(t->s, at), '-'), end;

		if (dash == STR_NOT_FOUND)
			return from;
		at += dash;
		end = at + 1;
		if (end < t->s.len && t->s.ptr[end] == '-') {
			end = skip_space(t->s, end + 1);
			if (end < t->s.len && t->s.ptr[end] == '>') {
				tell_comment(t, from, end + 1);
				return end + 1;
			}
		}
		at++;
	}
}

static bool is_name_char(char c)
{
	return ascii_is_alnum((unsigned char)c) || c == '.' || c == '-' || c == '_' || c == ':';
}

static enum section section_kind(struct str name)
{
	if (str_eq_ci_c(name, "cdata"))
		return SECTION_CDATA;
	if (str_eq_ci_c(name, "rcdata"))
		return SECTION_RCDATA;
	return str_eq_ci_c(name, "ignore") ? SECTION_IGNORE : SECTION_INCLUDE;
}

/* "<![" NAME... "[" */
static size_t parse_section(struct tokenizer *t, size_t from)
{
	enum section kind = SECTION_INCLUDE;
	size_t at = skip_space(t->s, from + 3);

	while (at < t->s.len && ascii_is_alpha((unsigned char)t->s.ptr[at])) {
		size_t name = at;

		while (at < t->s.len && is_name_char(t->s.ptr[at]))
			at++;
		if (section_kind(str_sub(t->s, name, at - name)) > kind)
			kind = section_kind(str_sub(t->s, name, at - name));
		at = skip_space(t->s, at);
		if (at >= t->s.len)
			return from;
	}
	if (at >= t->s.len || t->s.ptr[at] != '[' || t->n_sections == SECTIONS_MAX)
		return NOT_ONE;
	t->sections[t->n_sections++] = kind;
	return at + 1;
}

/* The rest of "<!DOCTYPE" or "<!ENTITY": words, quoted strings, comments; `from` when the input
 * ends. */
static size_t declaration_end(struct tokenizer *t, size_t from, size_t at)
{
	while ((at = skip_space(t->s, at)) < t->s.len && t->s.ptr[at] != '>') {
		char c = t->s.ptr[at];
		size_t end;

		if (c == '"' || c == '\'') {
			end = str_find_char(str_from_at(t->s, at + 1), c);
			if (end == STR_NOT_FOUND)
				return from;
			at += end + 2;
		} else if (c == '-' && at + 1 < t->s.len && t->s.ptr[at + 1] == '-') {
			end = str_find(str_from_at(t->s, at + 2), STR_LIT("--"));
			if (end == STR_NOT_FOUND)
				return from;
			at += end + 4;
		} else {
			at = skip_word(t->s, at + 1);
		}
	}
	return at < t->s.len ? at + 1 : from;
}

static size_t parse_declaration(struct tokenizer *t, size_t from)
{
	size_t at = from + 2, end;

	if (t->s.ptr[at] == '-' && at + 1 >= t->s.len)
		return from;
	if (t->s.ptr[at] == '-' && t->s.ptr[at + 1] == '-')
		return parse_comment(t, from);
	if (t->s.ptr[at] == '[') {
		end = parse_section(t, from);
		if (end != NOT_ONE)
			return end;
	} else if (ascii_is_alpha((unsigned char)t->s.ptr[at])) {
		while (at < t->s.len && is_name_char(t->s.ptr[at]))
			at++;
		if (at >= t->s.len)
			return from;
		if (str_eq_ci_c(str_sub(t->s, from + 2, at - from - 2), "DOCTYPE") ||
		    str_eq_ci_c(str_sub(t->s, from + 2, at - from - 2), "ENTITY")) {
			end = declaration_end(t, from, at);
			if (end != from && !is_ignoring(t)) {
				tell_pending_end(t);
				t->events->declaration(t->events->user,
						       str_sub(t->s, from, end - from));
			}
			return end;
		}
	}
	/* Anything else is a comment up to the next ">". */
	end = str_find_char(str_from_at(t->s, from + 2), '>');
	if (end == STR_NOT_FOUND)
		return from;
	tell_comment(t, from, from + 2 + end + 1);
	return from + 2 + end + 1;
}

static size_t parse_markup(struct tokenizer *t, size_t from)
{
	unsigned char c = (unsigned char)t->s.ptr[from + 1];

	if (c == '/')
		return parse_end(t, from);
	if (c == '!')
		return parse_declaration(t, from);
	if (c == '?')
		return parse_process(t, from);
	return starts_name(c) ? parse_start(t, from) : NOT_ONE;
}

/* --- content that is no markup --- */

/* Up to and with the end tag; `at` when it does not come. */
static size_t parse_literal(struct tokenizer *t, size_t at)
{
	const char *name = literal_names[t->literal];

	for (size_t lt = at; (lt = span_until_either(t->s, lt, '<', '<')) < t->s.len; lt++) {
		struct str rest = str_from_at(t->s, lt + 1);
		size_t end = lt + 2 + strlen(name);

		if (rest.len && rest.ptr[0] == '/' &&
		    str_has_prefix_ci(str_from_at(rest, 1), name) &&
		    t->literal != LITERAL_PLAINTEXT) {
			size_t gt = skip_space(t->s, end);

			if (gt < t->s.len && t->s.ptr[gt] == '>') {
				tell_text(t, at, lt);
				t->literal = LITERAL_NONE;
				t->cdata = false;
				tell_end(t, str_sub(t->s, lt + 2, strlen(name)));
				return gt + 1;
			}
		}
	}
	return at;
}

/* Inside <![CDATA[: up to "]]>". */
static size_t parse_cdata(struct tokenizer *t, size_t at)
{
	size_t end = str_find(str_from_at(t->s, at), STR_LIT("]]>"));

	if (end == STR_NOT_FOUND)
		return at;
	tell_text(t, at, at + end);
	t->n_sections--;
	return at + end + 3;
}

static bool in_cdata(const struct tokenizer *t)
{
	return t->n_sections && (t->sections[t->n_sections - 1] == SECTION_CDATA ||
				 t->sections[t->n_sections - 1] == SECTION_RCDATA);
}

/* --- text between tags --- */

/* The input ends in text: all but its last word is told, the word may go on. The offset of the
 * rest. */
static size_t hold_last_word(struct tokenizer *t, size_t from)
{
	size_t at = t->s.len;

	if (is_hspace(t->s.ptr[at - 1])) {
		while (at > from && is_hspace(t->s.ptr[at - 1]))
			at--;
	} else {
		while (at > from && !is_hspace(t->s.ptr[at - 1]))
			at--;
		while (at > from && is_hspace(t->s.ptr[at - 1]))
			at--;
	}
	tell_text(t, from, at);
	return at;
}

/* Where the text from `at` ends: at "<", at the end of a marked section, or at the end of the
 * input. */
static size_t text_end(const struct tokenizer *t, size_t at)
{
	if (!t->n_sections)
		return span_until_either(t->s, at, '<', '<');
	while ((at = span_until_either(t->s, at, '<', ']')) < t->s.len && t->s.ptr[at] != '<' &&
	       !str_has_prefix(str_from_at(t->s, at), "]]>"))
		at++;
	return at;
}

/* As far as it goes; the offset of what must wait for more input. */
static size_t parse(struct tokenizer *t, size_t from)
{
	size_t at = from;

	while (from < t->s.len) {
		size_t end;

		if (t->literal || in_cdata(t)) {
			end = t->literal ? parse_literal(t, from) : parse_cdata(t, from);
			if (end == from)
				return from;
			at = from = end;
			continue;
		}
		at = text_end(t, at);
		if (at >= t->s.len)
			return at > from ? hold_last_word(t, from) : from;
		if (t->s.ptr[at] == ']') {
			tell_text(t, from, at);
			t->n_sections--;
			at = from = at + 3;
			continue;
		}
		tell_text(t, from, at);
		from = at;
		if (t->s.len - at < 3)
			return from;
		end = parse_markup(t, at);
		if (end == from)
			return from;
		if (end != NOT_ONE)
			at = from = end;
		else
			at++; /* the "<" is text */
	}
	return from;
}

static bool starts_markup(struct str s, size_t at)
{
	return s.ptr[at] == '<' && (at + 1 == s.len || starts_name((unsigned char)s.ptr[at + 1]) ||
				    ascii_is_in(s.ptr[at + 1], "/!?"));
}

/* The document is over: what is left becomes text or a comment. */
static void finish(struct tokenizer *t, size_t from)
{
	while (from < t->s.len) {
		if (t->literal >= LITERAL_XMP && t->literal != LITERAL_TITLE)
			break;
		if (t->literal) {
			if (t->literal == LITERAL_TITLE)
				t->pending_end = LITERAL_TITLE;
			else
				t->events->end(t->events->user,
					       str_from(literal_names[t->literal]));
			t->literal = LITERAL_NONE;
			from = parse(t, from);
		} else if (t->s.ptr[from] == '<' && !t->any_gt_ends_comment) {
			t->any_gt_ends_comment = true;
			from = parse(t, from);
		} else if (starts_markup(t->s, from)) {
			tell_comment(t, from, t->s.len);
			return;
		} else {
			break;
		}
	}
	tell_text(t, from, t->s.len);
}

void html_tokenize(struct arena *scan, struct str text, bool octets,
		   const struct html_events *events)
{
	struct tokenizer t = {.scan = scan, .events = events, .octets = octets, .s = text};
	size_t from = parse(&t, 0);
	const char *closer;

	for (int n = 0; n < CLOSERS_MAX && (closer = events->closing(events->user)); n++) {
		struct buf rest;

		buf_init(&rest, scan);
		buf_add_str(&rest, str_from_at(t.s, from));
		buf_add_cstr(&rest, closer);
		t.s = buf_str(&rest);
		from = parse(&t, 0);
	}
	finish(&t, from);
	tell_pending_end(&t);
}
