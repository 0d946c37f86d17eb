/* MIMEEval: facts of MIME structure and encodings (SpamAssassin's Plugin/MIMEEval.pm). */
#include "lib/base/buf.h"
#include "lib/base/span.h"
#include "plugins/MIMEEval/mimeeval.h"
#include "plugins/args.h"

enum { UPPERCASE_MIN_BYTES = 200, HIGH_BITS_MIN = 3 };

/* --- facts by name --- */

/* The offset of the fact in struct mime_facts, or STR_NOT_FOUND. */
static size_t find_fact(struct str name)
{
	static const struct {
		const char *name;
		size_t offset;
	} table[] = {
		{"mime_ascii_text_illegal", offsetof(struct mime_facts, ascii_text_illegal)},
		{"mime_attachment", offsetof(struct mime_facts, attachment)},
		{"mime_bad_iso_charset", offsetof(struct mime_facts, bad_iso_charset)},
		{"mime_base64_count", offsetof(struct mime_facts, base64_count)},
		{"mime_base64_encoded_text", offsetof(struct mime_facts, base64_encoded_text)},
		{"mime_body_html_count", offsetof(struct mime_facts, body_html_count)},
		{"mime_body_text_count", offsetof(struct mime_facts, body_text_count)},
		{"mime_faraway_charset", offsetof(struct mime_facts, faraway_charset)},
		{"mime_missing_boundary", offsetof(struct mime_facts, missing_boundary)},
		{"mime_multipart_alternative", offsetof(struct mime_facts, multipart_alternative)},
		{"mime_multipart_ratio", offsetof(struct mime_facts, multipart_ratio)},
		{"mime_qp_bytes", offsetof(struct mime_facts, qp_bytes)},
		{"mime_qp_count", offsetof(struct mime_facts, qp_count)},
		{"mime_qp_long_line", offsetof(struct mime_facts, qp_long_line)},
		{"mime_qp_ratio", offsetof(struct mime_facts, qp_ratio)},
		{"mime_text_unicode_ratio", offsetof(struct mime_facts, text_unicode_ratio)},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(name, table[i].name))
			return table[i].offset;
	return STR_NOT_FOUND;
}

static enum status prepare_fact(struct arena *keep, struct eval_call *call, struct why *why)
{
	size_t *offset = ARENA_NEW(keep, size_t);

	(void)why;
	*offset = find_fact(arg_text(call, 0));
	call->data = offset;
	return STATUS_OK;
}

static int check_for_mime(struct scan *scan, const struct eval_call *call)
{
	const char *facts = (const char *)mime_facts_of(scan, call->plugin);
	const size_t *offset = call->data;

	return *offset != STR_NOT_FOUND && *(const double *)(const void *)(facts + *offset) != 0;
}

static bool is_html_message(struct scan *scan)
{
	return str_has_prefix_ci(scan_header(scan, "Content-Type"), "text/html");
}

static int check_for_mime_html(struct scan *scan, const struct eval_call *call)
{
	return is_html_message(scan) || mime_facts_of(scan, call->plugin)->body_html_count > 0;
}

static int check_for_mime_html_only(struct scan *scan, const struct eval_call *call)
{
	const struct mime_facts *facts;

	if (is_html_message(scan))
		return 1;
	facts = mime_facts_of(scan, call->plugin);
	return facts->body_html_count > 0 && facts->body_text_count == 0;
}

static int check_mime_multipart_ratio(struct scan *scan, const struct eval_call *call)
{
	double ratio = mime_facts_of(scan, call->plugin)->multipart_ratio;

	return ratio >= arg_number(call, 0) && ratio < arg_number(call, 1);
}

static int check_for_ascii_text_illegal(struct scan *scan, const struct eval_call *call)
{
	return mime_facts_of(scan, call->plugin)->ascii_text_illegal > 0;
}

/* "0.05": up to three digits on either side of the point */
static bool is_ratio(struct str text)
{
	size_t dot = str_find_char(text, '.');

	if (dot == STR_NOT_FOUND || dot > 3 || text.len - dot < 2 || text.len - dot > 4)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (i != dot && !ascii_is_digit((unsigned char)text.ptr[i]))
			return false;
	return true;
}

static int check_abundant_unicode_ratio(struct scan *scan, const struct eval_call *call)
{
	if (!is_ratio(arg_text(call, 0)))
		return 0;
	return mime_facts_of(scan, call->plugin)->text_unicode_ratio >= arg_number(call, 0);
}

static int check_qp_ratio(struct scan *scan, const struct eval_call *call)
{
	return mime_facts_of(scan, call->plugin)->qp_ratio >= arg_number(call, 0);
}

static int check_base64_length(struct scan *scan, const struct eval_call *call)
{
	double longest = mime_facts_of(scan, call->plugin)->base64_longest;

	return !(arg_is_set(call, 1) && longest > arg_number(call, 1)) &&
	       longest >= arg_number(call, 0);
}

static int check_msg_parse_flags(struct scan *scan, const struct eval_call *call)
{
	static const struct {
		const char *name;
		enum oddity oddity;
	} table[] = {
		{"truncated_header", ODDITY_TRUNCATED_HEADER},
		{"missing_head_body_separator", ODDITY_MISSING_HEAD_BODY_SEPARATOR},
		{"missing_mime_head_body_separator", ODDITY_MISSING_MIME_HEAD_BODY_SEPARATOR},
		{"missing_mime_headers", ODDITY_MISSING_MIME_HEADERS},
		{"mime_epilogue_exists", ODDITY_MIME_EPILOGUE_EXISTS},
		{"mimepart_limit_exceeded", ODDITY_MIMEPART_LIMIT},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(arg_text(call, 0), table[i].name))
			return (scan_mail(scan)->message->oddities & table[i].oddity) != 0;
	return 0;
}

/* --- charsets --- */

/* charset="x", charset='x', charset=x, the first spelling that there is; ptr NULL without. */
static struct str declared_charset(struct str type)
{
	static const char *const spellings[] = {"charset=\"", "charset='", "charset="};

	for (size_t i = 0; i < 3; i++) {
		size_t at = str_find_ci(type, str_from(spellings[i])), end;
		struct str rest;

		if (at == STR_NOT_FOUND)
			continue;
		rest = str_from_at(type, at + strlen(spellings[i]));
		if (i < 2) {
			end = str_find_char(rest, i ? '\'' : '"');
			if (end == STR_NOT_FOUND || end == 0)
				continue;
		} else {
			for (end = 0;
			     end < rest.len && !ascii_is_space((unsigned char)rest.ptr[end]); end++)
				;
			if (end == 0)
				continue;
		}
		return str_sub(rest, 0, end);
	}
	return STR_NONE;
}

static bool looks_like_capitals(struct str charset)
{
	static const char *const parts[] = {"koi",          "jp",         "jis",   "euc",
					    "gb",           "big5",       "isoir", "cp1251",
					    "windows-1251", "georgianps", "pt154", "tis"};

	if (charset.len && charset.ptr[charset.len - 1] == '\n')
		charset.len--;
	for (size_t i = 0; i < charset.len; i++)
		if (!ascii_is_word((unsigned char)charset.ptr[i]) && charset.ptr[i] != '-')
			return false;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (str_contains_ci(charset, parts[i]))
			return true;
	return false;
}

/* Some encodings put capitals into 7-bit text. */
static bool charset_shouts(struct scan *scan, const struct mime_facts *facts)
{
	struct str type = scan_header(scan, "Content-Type");

	if (looks_like_capitals(declared_charset(type)))
		return true;
	for (size_t i = 0; i < facts->charsets.n; i++) {
		struct str rest = facts->charsets.items[i], word;

		while (str_word_next(&rest, &word))
			if (looks_like_capitals(word))
				return true;
	}
	return false;
}

/* --- capitals --- */

/* Two words at least. */
static bool has_inner_space(struct str line)
{
	static const struct byteset spaces = {{BYTESET_SPACES}};

	line = str_trim(line);
	return span_until(line, 0, &spaces) < line.len;
}

static size_t base64_run(struct str line)
{
	size_t n = 0;

	while (n < line.len && n <= 76 &&
	       (ascii_is_alnum((unsigned char)line.ptr[n]) ||
		strchr("+/=", line.ptr[n] ? line.ptr[n] : ' ')))
		n++;
	return n >= 60 && n <= 76 && n < line.len && line.ptr[n] == ' ' ? n + 1 : 0;
}

static bool is_base64_residue(struct str line)
{
	size_t first = base64_run(line);

	return first && base64_run(str_from_at(line, first));
}

/* From the first shift into JIS X 0208 to the last shift back. */
static void cut_shifted(struct str line, struct str *head, struct str *tail)
{
	size_t in = str_find(line, STR_LIT("\x1b$B")), out = STR_NOT_FOUND, at;

	*head = line;
	*tail = STR_NONE;
	if (in == STR_NOT_FOUND)
		return;
	for (at = in; (at = str_find(str_from_at(line, at), STR_LIT("\x1b(B"))) != STR_NOT_FOUND;) {
		at += out == STR_NOT_FOUND ? in : out + 1;
		out = at++;
	}
	if (out == STR_NOT_FOUND)
		return;
	*head = str_sub(line, 0, in);
	*tail = str_from_at(line, out + 3);
}

static void count_letters(struct str text, double *lower, double *upper)
{
	*lower += (double)(span_count_range(text, 'a', 'z') + span_count_range(text, '0', '9'));
	*upper += (double)span_count_range(text, 'A', 'Z');
}

static double uppercase_percent(struct scan *scan, const struct mime_facts *facts)
{
	const struct str_vec *body = &mail_views(scan_mail(scan))->body;
	double length = 0, lower = 0, upper = 0;

	if (charset_shouts(scan, facts))
		return 0;
	for (size_t i = 0; i < body->n; i++) {
		struct str head, tail;

		if (!has_inner_space(body->items[i]) || is_base64_residue(body->items[i]))
			continue;
		cut_shifted(body->items[i], &head, &tail);
		length += (double)(head.len + tail.len);
		count_letters(head, &lower, &upper);
		count_letters(tail, &lower, &upper);
	}
	if (length < UPPERCASE_MIN_BYTES || upper + lower == 0)
		return 0;
	return upper / (upper + lower) * 100;
}

static int check_for_uppercase(struct scan *scan, const struct eval_call *call)
{
	struct mime_facts *facts = mime_facts_of(scan, call->plugin);

	if (!facts->has_uppercase) {
		facts->uppercase = uppercase_percent(scan, facts);
		facts->has_uppercase = true;
	}
	return arg_in_range(call, 0, facts->uppercase);
}

/* --- structure --- */

/* A leaf below multipart/alternative that is neither text nor one of the usual companions. */
static int check_ma_non_text(struct scan *scan, const struct eval_call *call)
{
	struct part_vec parts = {0};

	(void)call;
	message_parts(scan_arena(scan), scan_mail(scan)->message, false, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		if (!str_eq_c(parts.items[i]->type, "multipart/alternative"))
			continue;
		for (const struct part *child = parts.items[i]->first_child; child;
		     child = child->next)
			if (child->is_leaf && !str_eq_ci_c(child->type, "multipart/related") &&
			    !str_eq_ci_c(child->type, "application/rtf") &&
			    !str_has_prefix_ci(child->type, "text/"))
				return 1;
	}
	return 0;
}

/* Without languages to compare with, a charset is never far away. */
static int check_for_faraway_charset(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return mime_faraway(scan, declared_charset(scan_header(scan, "Content-Type"))) &&
	       mime_high_bits(scan, HIGH_BITS_MIN);
}

static const struct eval_def evals[] = {
	{"check_abundant_unicode_ratio", NULL, check_abundant_unicode_ratio},
	{"check_base64_length", NULL, check_base64_length},
	{"check_for_ascii_text_illegal", NULL, check_for_ascii_text_illegal},
	{"check_for_faraway_charset", NULL, check_for_faraway_charset},
	{"check_for_mime", prepare_fact, check_for_mime},
	{"check_for_mime_html", NULL, check_for_mime_html},
	{"check_for_mime_html_only", NULL, check_for_mime_html_only},
	{"check_for_uppercase", NULL, check_for_uppercase},
	{"check_ma_non_text", NULL, check_ma_non_text},
	{"check_mime_multipart_ratio", NULL, check_mime_multipart_ratio},
	{"check_msg_parse_flags", NULL, check_msg_parse_flags},
	{"check_qp_ratio", NULL, check_qp_ratio},
	{NULL, NULL, NULL},
};

static const char *const methods[] = {"has_check_for_ascii_text_illegal",
				      "has_check_abundant_unicode_ratio", "has_check_qp_ratio",
				      NULL};

const struct plugin_def plugin_mimeeval = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::MIMEEval",
	.evals = evals,
	.methods = methods,
};
