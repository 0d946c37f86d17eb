/* HTMLEval: what the HTML renderer noted of a message's parts (SpamAssassin's Plugin/HTMLEval.pm).
 */
#include "plugins/args.h"

#include "lib/base/encode.h"
#include "lib/base/span.h"

/* All HTML parts in order; each function hits when one of them does. */
static const struct html_result *html_part(const struct scan *scan, size_t *at)
{
	const struct rendered_part_vec *parts = &mail_views(scan_mail(scan))->rendered;

	while (*at < parts->n)
		if (parts->items[(*at)++].html)
			return parts->items[*at - 1].html;
	return NULL;
}

#define FOR_EACH_HTML(html, scan)                                                                  \
	for (size_t at_ = 0, once_ = 1; once_; once_ = 0)                                          \
		for (const struct html_result *html; ((html) = html_part((scan), &at_)) != NULL;)

/* "!= 0", "< 384": what Perl would evaluate behind a number; only comparisons make sense. */
static bool compares(double value, struct str expr)
{
	static const char *const operators[] = {"==", "!=", "<=", ">=", "<", ">"};
	size_t i = 0;
	double number;

	expr = str_trim(expr);
	while (i < 6 && !str_has_prefix(expr, operators[i]))
		i++;
	if (i == 6)
		return false;
	number = number_perl(str_trim(str_from_at(expr, strlen(operators[i]))));
	switch (i) {
	case 0:
		return value == number;
	case 1:
		return value != number;
	case 2:
		return value <= number;
	case 3:
		return value >= number;
	case 4:
		return value < number;
	default:
		return value > number;
	}
}

static bool is_comparison(struct str expr)
{
	for (size_t i = 0; i < expr.len; i++)
		if (!expr.ptr[i] || !strchr("<>=!-+ 0123456789", expr.ptr[i]))
			return false;
	return expr.len > 0;
}

static int html_tag_balance(struct scan *scan, const struct eval_call *call)
{
	if (!is_comparison(arg_text(call, 1)))
		return 0;
	FOR_EACH_HTML(html, scan)
	{
		const size_t *count = map_find(html->inside, arg_text(call, 0));

		if (count && compares((double)*count, arg_text(call, 1)))
			return 1;
	}
	return 0;
}

static int html_tag_exists(struct scan *scan, const struct eval_call *call)
{
	FOR_EACH_HTML(html, scan)
	if (map_has(html->inside, arg_text(call, 0)))
		return 1;
	return 0;
}

static int html_image_only(struct scan *scan, const struct eval_call *call)
{
	FOR_EACH_HTML(html, scan)
	if (map_has(html->inside, STR_LIT("img")) &&
	    arg_in_range(call, 0, html_number(html, "length")))
		return 1;
	return 0;
}

static int html_image_ratio(struct scan *scan, const struct eval_call *call)
{
	FOR_EACH_HTML(html, scan)
	{
		double area = html_number(html, "image_area");

		if (area > 0 && arg_in_range(call, 0, html_number(html, "non_space_len") / area))
			return 1;
	}
	return 0;
}

/* SpamAssassin never fills in the charsets this would look at, so it never hits there. */
static int html_charset_faraway(struct scan *scan, const struct eval_call *call)
{
	(void)scan;
	(void)call;
	return 0;
}

static const struct str_vec *text_list(const struct html_result *html, struct str name)
{
	if (str_eq_c(name, "anchor"))
		return &html->anchor;
	if (str_eq_c(name, "comment"))
		return &html->comment;
	if (str_eq_c(name, "title"))
		return &html->title;
	return str_eq_c(name, "script") ? &html->script : NULL;
}

/* Lists that SpamAssassin has for every HTML part, be they empty. */
static bool is_always_there(struct str name)
{
	return str_eq_c(name, "uri") || str_eq_c(name, "inside");
}

static int html_test(struct scan *scan, const struct eval_call *call)
{
	bool is_true = is_always_there(arg_text(call, 0));

	FOR_EACH_HTML(html, scan)
	{
		const double *number = map_find(html->numbers, arg_text(call, 0));
		const struct str_vec *list = text_list(html, arg_text(call, 0));

		if (is_true || (number && *number != 0) || (list && list->n))
			return 1;
	}
	return 0;
}

static int html_eval(struct scan *scan, const struct eval_call *call)
{
	if (!is_comparison(arg_text(call, 1)))
		return 0;
	FOR_EACH_HTML(html, scan)
	{
		const double *number = map_find(html->numbers, arg_text(call, 0));

		if (number && compares(*number, arg_text(call, 1)))
			return 1;
	}
	return 0;
}

static int html_range(struct scan *scan, const struct eval_call *call)
{
	bool no_max = !arg_is_set(call, 2) || str_eq_c(arg_text(call, 2), "inf");

	FOR_EACH_HTML(html, scan)
	{
		const double *number = map_find(html->numbers, arg_text(call, 0));

		if (number && *number > arg_number(call, 1) &&
		    (no_max || *number <= arg_number(call, 2)))
			return 1;
	}
	return 0;
}

/* --- texts: characters where Perl holds characters, bytes otherwise --- */

struct text_regex {
	struct regex *bytes, *characters; /* the latter may be NULL */
};

static enum status prepare_text(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct text_regex *regex = ARENA_NEW(keep, struct text_regex);
	enum status status = pattern_compile_bare(keep, arg_text(call, 1), 0, &regex->bytes, why);

	if (status != STATUS_OK)
		return status;
	if (regex_compile(keep, arg_text(call, 1), REGEX_UTF, &regex->characters, NULL) !=
	    STATUS_OK)
		regex->characters = NULL;
	call->data = regex;
	return STATUS_OK;
}

static bool text_matches(const struct text_regex *regex, struct str text)
{
	if (regex->characters && !str_is_ascii(text) && utf8_is_valid(text))
		return regex_test(regex->characters, text);
	return regex_test(regex->bytes, text);
}

/* Is there a text that matches, or (wanted false) one that does not? */
static int any_text(struct scan *scan, const struct eval_call *call, bool wanted)
{
	FOR_EACH_HTML(html, scan)
	{
		const struct str_vec *list = text_list(html, arg_text(call, 0));

		for (size_t i = 0; list && i < list->n; i++)
			if (text_matches(call->data, list->items[i]) == wanted)
				return 1;
	}
	return 0;
}

static int html_text_match(struct scan *scan, const struct eval_call *call)
{
	return any_text(scan, call, true);
}

static int html_text_not_match(struct scan *scan, const struct eval_call *call)
{
	return any_text(scan, call, false);
}

static double length_of(struct str text, bool wide)
{
	return (double)(wide ? span_count_characters(text) : text.len);
}

static int html_title_subject_ratio(struct scan *scan, const struct eval_call *call)
{
	struct str subject = scan_header(scan, "Subject");

	if (subject.len == 0)
		return 0;
	FOR_EACH_HTML(html, scan)
	for (size_t i = 0; i < html->title.n; i++)
		if (length_of(html->title.items[i], html->is_wide) / (double)subject.len >
		    arg_number(call, 0))
			return 1;
	return 0;
}

static int check_iframe_src(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	FOR_EACH_HTML(html, scan)
	for (size_t i = 0; i < html->uris.n; i++)
		if (html->uris.items[i].types & URI_TYPE_IFRAME)
			return 1;
	return 0;
}

static const struct eval_def evals[] = {
	{"check_iframe_src", NULL, check_iframe_src},
	{"html_charset_faraway", NULL, html_charset_faraway},
	{"html_eval", NULL, html_eval},
	{"html_image_only", NULL, html_image_only},
	{"html_image_ratio", NULL, html_image_ratio},
	{"html_range", NULL, html_range},
	{"html_tag_balance", NULL, html_tag_balance},
	{"html_tag_exists", NULL, html_tag_exists},
	{"html_test", NULL, html_test},
	{"html_text_match", prepare_text, html_text_match},
	{"html_text_not_match", prepare_text, html_text_not_match},
	{"html_title_subject_ratio", NULL, html_title_subject_ratio},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_htmleval = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::HTMLEval",
	.evals = evals,
};
