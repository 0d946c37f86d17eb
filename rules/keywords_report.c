/* keywords_report: directives about the verdict and what is written into the mail: scores needed,
 * headers, report texts. */
#include "rules/conf.h"
#include "rules/keywords.h"

#include "lib/base/buf.h"

#define AT(field) offsetof(struct settings, field)

/* --- add_header, remove_header, clear_headers
 * -------------------------------------------------------- */

enum template_kind { FOR_HAM = 1, FOR_SPAM = 2 };

static bool is_header_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_word((unsigned char)s.ptr[i]) && s.ptr[i] != '-')
			return false;
	return s.len > 0;
}

/* "ham|spam|all NAME rest"; false when it is not that. */
static bool split_header_line(struct str value, unsigned *kinds_out, struct str *name_out,
			      struct str *rest_out)
{
	struct str kind;
	if (!str_word_next(&value, &kind) || !str_word_next(&value, name_out) ||
	    !is_header_word(*name_out))
		return false;
	*rest_out = str_trim(value);
	*kinds_out = str_eq_c(kind, "ham") ? FOR_HAM : str_eq_c(kind, "spam") ? FOR_SPAM : 0;
	if (str_eq_c(kind, "all"))
		*kinds_out = FOR_HAM | FOR_SPAM;
	return *kinds_out != 0;
}

/* Without the header called name; a new array, since a user's lines must not change the shared one.
 */
static struct header_template_vec
without_header(struct arena *arena, const struct header_template_vec *headers, struct str name)
{
	struct header_template_vec kept = {0};
	for (size_t i = 0; i < headers->n; i++)
		if (!str_eq_ci(headers->items[i].name, name))
			vec_push(arena, &kept, headers->items[i]);
	return kept;
}

static void replace_header(struct keyword_line *line, struct header_template_vec *headers,
			   const struct header_template *header)
{
	*headers = without_header(line->arena, headers, header->name);
	vec_push(line->arena, headers, *header);
}

/* \t and \n are what they say, \\ is a backslash, any other escape vanishes with its character. */
static struct str unescape_header(struct arena *arena, struct str text)
{
	struct buf out;
	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
		if (text.ptr[i] != '\\' || i + 1 >= text.len) {
			buf_add_char(&out, text.ptr[i]);
			continue;
		}
		i++;
		if (next == '\\')
			buf_add_char(&out, '\\');
		else if (next == 't')
			buf_add_char(&out, '\t');
		else if (next == 'n')
			buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

static enum keyword_result parse_add_header(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct str name, text;
	unsigned kinds;
	if (!split_header_line(line->value, &kinds, &name, &text) || !text.len)
		return KEYWORD_INVALID_VALUE;
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		text = str_sub(text, 1, text.len - 2);
	struct header_template header = {arena_str(line->arena, name),
					 unescape_header(line->arena, text)};
	if (kinds & FOR_HAM)
		replace_header(line, &settings->headers_ham, &header);
	if (kinds & FOR_SPAM)
		replace_header(line, &settings->headers_spam, &header);
	return KEYWORD_OK;
}

static enum keyword_result parse_remove_header(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct str name, rest;
	unsigned kinds;
	if (!split_header_line(line->value, &kinds, &name, &rest) || rest.len)
		return KEYWORD_INVALID_VALUE;
	if (str_eq_c(name, "Checker-Version"))
		return KEYWORD_OK;
	if (kinds & FOR_HAM)
		settings->headers_ham = without_header(line->arena, &settings->headers_ham, name);
	if (kinds & FOR_SPAM)
		settings->headers_spam = without_header(line->arena, &settings->headers_spam, name);
	return KEYWORD_OK;
}

/* All but the first Checker-Version of the ham headers, which both kinds keep. */
static enum keyword_result parse_clear_headers(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct header_template_vec kept = {0};
	for (size_t i = 0; i < settings->headers_ham.n && !kept.n; i++)
		if (str_eq_ci_c(settings->headers_ham.items[i].name, "checker-version"))
			vec_push(line->arena, &kept, settings->headers_ham.items[i]);
	settings->headers_ham = settings->headers_spam = kept;
	settings->headers_ham.cap = settings->headers_spam.cap = kept.n;
	return KEYWORD_OK;
}

/* --- others
 * ------------------------------------------------------------------------------------------ */

static struct str brackets_for_parentheses(struct arena *arena, struct str s)
{
	char *out = arena_cstr(arena, s);
	for (size_t i = 0; i < s.len; i++)
		out[i] = out[i] == '(' ? '[' : out[i] == ')' ? ']' : out[i];
	return str_make(out, s.len);
}

/* An address header gets brackets for parentheses, which would make a comment. No text: off again.
 */
static enum keyword_result parse_rewrite_header(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct str rest = line->value, name;
	if (!str_word_next(&rest, &name))
		return KEYWORD_MISSING_VALUE;
	rest = arena_str(line->arena, str_trim_left(rest));
	if (str_eq_ci_c(name, "subject")) {
		settings->rewrite_subject = rest;
	} else if (str_eq_ci_c(name, "from")) {
		settings->rewrite_from = brackets_for_parentheses(line->arena, rest);
	} else if (str_eq_ci_c(name, "to")) {
		settings->rewrite_to = brackets_for_parentheses(line->arena, rest);
	} else {
		struct str lower = arena_lower(line->arena, name);
		keyword_diag(line, DIAG_INFO,
			     "config: rewrite_header: ignoring %c%.*s, not From, Subject, or To",
			     ascii_upper(lower.ptr[0]), STR_ARG(str_from_at(lower, 1)));
		return KEYWORD_INVALID_VALUE;
	}
	return KEYWORD_OK;
}

static bool has_header(const struct header_template_vec *headers, const char *name)
{
	for (size_t i = 0; i < headers->n; i++)
		if (str_eq_ci_c(headers->items[i].name, name))
			return true;
	return false;
}

/* With report_safe 0 the report goes into a header, if there is none yet. */
static enum keyword_result parse_report_safe(struct keyword_line *line)
{
	struct settings *settings = line->target;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (line->value.len != 1 || line->value.ptr[0] < '0' || line->value.ptr[0] > '2')
		return KEYWORD_INVALID_VALUE;
	settings->report_safe = line->value.ptr[0] - '0';
	if (settings->report_safe == 0 && !has_header(&settings->headers_spam, "report")) {
		struct header_template report = {STR_LIT("Report"), STR_LIT("_REPORT_")};
		replace_header(line, &settings->headers_spam, &report);
	}
	return KEYWORD_OK;
}

static enum keyword_result parse_subjprefix(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct str rest = line->value, rule;
	str_word_next(&rest, &rule);
	struct str *prefix = ARENA_NEW(line->arena, struct str);
	*prefix = arena_str(line->arena, str_trim_left(rest));
	map_put(keyword_own_map(line, &settings->subjprefix), rule, prefix);
	return KEYWORD_OK;
}

static enum keyword_result parse_clear_report(struct keyword_line *line)
{
	struct settings *settings = line->target;
	settings->report_template = STR_LIT("");
	return KEYWORD_OK;
}

static enum keyword_result parse_clear_unsafe_report(struct keyword_line *line)
{
	struct settings *settings = line->target;
	settings->unsafe_report_template = STR_LIT("");
	return KEYWORD_OK;
}

const struct keyword_def keywords_report[] = {
	{"required_score", "required_hits", WHO_USER, KEYWORD_NUMBER, AT(required_score), NULL},
	{"rewrite_header", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_rewrite_header},
	{"subjprefix", NULL, WHO_USER, KEYWORD_HASH, 0, parse_subjprefix},
	{"add_header", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_add_header},
	{"remove_header", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_remove_header},
	{"clear_headers", NULL, WHO_USER, KEYWORD_NOARGS, 0, parse_clear_headers},
	{"report_safe", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_report_safe},
	{"report_wrap_width", NULL, WHO_USER, KEYWORD_NUMBER, AT(report_wrap_width), NULL},
	{"fold_headers", NULL, WHO_USER, KEYWORD_BOOL, AT(fold_headers), NULL},
	{"report_safe_copy_headers", NULL, WHO_USER, KEYWORD_STRINGLIST,
	 AT(report_safe_copy_headers), NULL},
	{"report_charset", NULL, WHO_USER, KEYWORD_STRING, AT(report_charset), NULL},
	{"report", NULL, WHO_USER, KEYWORD_TEMPLATE, AT(report_template), NULL},
	{"clear_report_template", NULL, WHO_USER, KEYWORD_NOARGS, 0, parse_clear_report},
	{"report_contact", NULL, WHO_USER, KEYWORD_STRING, AT(report_contact), NULL},
	{"report_hostname", NULL, WHO_USER, KEYWORD_STRING, AT(report_hostname), NULL},
	{"unsafe_report", NULL, WHO_USER, KEYWORD_TEMPLATE, AT(unsafe_report_template), NULL},
	{"clear_unsafe_report_template", NULL, WHO_USER, KEYWORD_NOARGS, 0,
	 parse_clear_unsafe_report},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};
