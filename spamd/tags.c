#include "spamd/tags.h"

#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/number.h"
#include "spamd/report.h"
#include "spamd/rewrite.h"

enum { STARS_MAX = 50 };

/* One use of a tag. arg.ptr is NULL without parentheses. */
struct tag_call {
	struct arena *arena;
	const struct verdict *verdict;
	struct str name, arg;
};

struct tag_def {
	const char *name;
	struct str (*value)(const struct tag_call *call);
};

/* --- values --- */

static struct str arg_or(const struct tag_call *call, const char *fallback)
{
	/* Perl's "||": an empty argument and "0" count as none. */
	if (call->arg.len == 0 || str_eq_c(call->arg, "0"))
		return str_from(fallback);
	return call->arg;
}

static struct str yesno(const struct tag_call *call)
{
	struct str rest = call->arg, spam = STR_LIT("Yes"), ham = STR_LIT("No");
	size_t comma = str_find_char(rest, ',');

	if (rest.len > 0)
		spam = str_sub(rest, 0, comma == STR_NOT_FOUND ? rest.len : comma);
	if (rest.len > 0 && comma != STR_NOT_FOUND)
		ham = str_from_at(rest, comma + 1);
	return call->verdict->is_spam ? spam : ham;
}

static struct str yesno_caps(const struct tag_call *call)
{
	struct str text = arena_str(call->arena, yesno(call));
	char *upper = arena_alloc(call->arena, text.len + 1);

	for (size_t i = 0; i < text.len; i++)
		upper[i] = ascii_upper(text.ptr[i]);
	return str_make(upper, text.len);
}

/* SCORE(PAD): the pad's own characters in front, up to three more than it has. */
static struct str score(const struct tag_call *call)
{
	struct str text = verdict_score_text(call->arena, call->verdict), pad = call->arg;
	size_t room = pad.len + 3;

	if (pad.len == 0 || (pad.ptr[0] != '0' && pad.ptr[0] != ' '))
		return text;
	for (size_t i = 1; i < pad.len; i++)
		if (pad.ptr[i] != pad.ptr[0])
			return text;
	if (room <= text.len)
		return text;
	pad = str_sub(pad, 0, room - text.len);
	return arena_printf(call->arena, "%.*s%.*s", STR_ARG(pad), STR_ARG(text));
}

static struct str required(const struct tag_call *call)
{
	return verdict_required_text(call->arena, call->verdict);
}

struct str tags_version(struct arena *arena, const struct settings *settings)
{
	struct str tag = settings_value(settings, "version_tag");

	return arena_printf(arena, "%s%.*s", COMPAT_VERSION, STR_ARG(tag));
}

static struct str version(const struct tag_call *call)
{
	return tags_version(call->arena, call->verdict->prefs->settings);
}

static struct str subversion(const struct tag_call *call)
{
	(void)call;
	return STR_LIT(COMPAT_SUBVERSION);
}

static struct str rules_version(const struct tag_call *call)
{
	return call->verdict->prefs->ruleset->rules_version;
}

static struct str hostname(const struct tag_call *call)
{
	struct str configured = call->verdict->prefs->settings->report_hostname;

	return configured.len ? configured : call->verdict->env.hostname;
}

static struct str remote_host(const struct tag_call *call)
{
	struct str host = call->verdict->env.client_host;

	return host.len ? host : STR_LIT("localhost");
}

static struct str remote_addr(const struct tag_call *call)
{
	struct str ip = call->verdict->env.client_ip;

	return ip.len ? ip : STR_LIT("127.0.0.1");
}

static const struct relay *first_trusted(const struct tag_call *call)
{
	const struct relay_vec *trusted = &scan_mail(call->verdict->scan)->relays->trusted;

	return trusted->n ? trusted->items[trusted->n - 1] : NULL;
}

static const struct relay *last_external(const struct tag_call *call)
{
	const struct relay_vec *external = &scan_mail(call->verdict->scan)->relays->external;

	return external->n ? external->items[0] : NULL;
}

/* "4.3.2.1"; IPv6 as reversed nibbles with dots. */
static struct str reverse_ip(struct arena *arena, const struct relay *relay)
{
	struct buf out;

	if (!relay || relay->ip_text.len == 0)
		return STR_NONE;
	if (relay->ip.is_v4)
		return arena_printf(arena, "%u.%u.%u.%u", relay->ip.bytes[15], relay->ip.bytes[14],
				    relay->ip.bytes[13], relay->ip.bytes[12]);
	buf_init(&out, arena);
	for (int i = 15; i >= 0; i--)
		buf_printf(&out, "%s%x.%x", i == 15 ? "" : ".", relay->ip.bytes[i] & 15u,
			   relay->ip.bytes[i] >> 4u);
	return buf_str(&out);
}

static struct str first_trusted_ip(const struct tag_call *call)
{
	const struct relay *relay = first_trusted(call);

	return relay ? relay->ip_text : STR_NONE;
}

static struct str first_trusted_revip(const struct tag_call *call)
{
	return reverse_ip(call->arena, first_trusted(call));
}

static struct str last_external_ip(const struct tag_call *call)
{
	const struct relay *relay = last_external(call);

	return relay ? relay->ip_text : STR_NONE;
}

static struct str last_external_revip(const struct tag_call *call)
{
	return reverse_ip(call->arena, last_external(call));
}

static struct str last_external_rdns(const struct tag_call *call)
{
	const struct relay *relay = last_external(call);

	return relay ? relay->rdns : STR_NONE;
}

static struct str last_external_helo(const struct tag_call *call)
{
	const struct relay *relay = last_external(call);

	return relay ? relay->helo : STR_NONE;
}

static struct str contact(const struct tag_call *call)
{
	return call->verdict->prefs->settings->report_contact;
}

static struct str bayes(const struct tag_call *call)
{
	const struct str_vec *score = scan_tag(call->verdict->scan, STR_LIT("BAYES"));

	return score && score->n ? score->items[0]
				 : STR_LIT("0.5"); /* what SpamAssassin says without a score */
}

static struct str date(const struct tag_call *call)
{
	char text[64];

	clock_rfc5322(clock_wall_s(), text, sizeof text);
	return arena_str(call->arena, str_from(text));
}

static struct str stars(const struct tag_call *call)
{
	struct str star = arg_or(call, "*");
	int n = call->verdict->points > STARS_MAX ? STARS_MAX : (int)call->verdict->points;
	struct buf out;

	buf_init(&out, call->arena);
	for (int i = 0; i < n; i++)
		buf_add_str(&out, star);
	return buf_str(&out);
}

static struct str autolearn(const struct tag_call *call)
{
	return call->verdict->autolearn;
}

static struct str autolearn_score(const struct tag_call *call)
{
	char text[32];

	number_format_perl(call->verdict->autolearn_points, text);
	return arena_str(call->arena, str_from(text));
}

static struct str or_none(struct str s)
{
	return s.len ? s : STR_LIT("none");
}

static struct str separator(const struct tag_call *call)
{
	return str_from(arena_cstr(call->arena, arg_or(call, ",")));
}

static struct str_vec sorted(const struct tag_call *call, const struct str_vec *names)
{
	struct str_vec copy = {0};

	for (size_t i = 0; i < names->n; i++)
		vec_push(call->arena, &copy, names->items[i]);
	str_vec_sort(&copy);
	return copy;
}

static struct str tests(const struct tag_call *call)
{
	return or_none(verdict_tests(call->arena, call->verdict, separator(call).ptr));
}

static struct str subtests(const struct tag_call *call)
{
	struct str_vec names = verdict_subtests(call->arena, call->verdict);

	str_vec_sort(&names);
	return or_none(str_vec_join(call->arena, &names, separator(call).ptr));
}

static struct str subtests_collapsed(const struct tag_call *call)
{
	struct str_vec names = verdict_subtests(call->arena, call->verdict), out = {0};

	str_vec_sort(&names);
	for (size_t i = 0, n; i < names.n; i += n) {
		for (n = 1; i + n < names.n && str_eq(names.items[i], names.items[i + n]); n++)
			;
		vec_push(call->arena, &out,
			 n == 1 ? names.items[i]
				: arena_printf(call->arena, "%.*s(%zu)", STR_ARG(names.items[i]),
					       n));
	}
	return or_none(str_vec_join(call->arena, &out, ","));
}

/* What a hit of name is worth: its own points where a plugin gave some. */
static struct str points_of(struct arena *arena, const struct verdict *verdict, struct str name)
{
	const struct hits *hits = scan_hits(verdict->scan);
	double points = 0;
	char text[32];

	for (size_t i = 0; i < hits->list.n; i++) {
		const struct hit *hit = &hits->list.items[i];

		if (!str_eq(hit->rule->name, name))
			continue;
		points = verdict_hit_points(verdict->prefs, hit);
		if (hit->is_adjustment)
			return arena_printf(arena, "%.3f", points);
		break;
	}
	number_format_perl(points, text);
	return arena_str(arena, str_from(text));
}

static struct str tests_scores(const struct tag_call *call)
{
	struct str_vec names = sorted(call, &call->verdict->tests), out = {0};

	for (size_t i = 0; i < names.n; i++) {
		struct str points = points_of(call->arena, call->verdict, names.items[i]);

		vec_push(call->arena, &out,
			 arena_printf(call->arena, "%.*s=%.*s", STR_ARG(names.items[i]),
				      STR_ARG(points)));
	}
	return or_none(str_vec_join(call->arena, &out, separator(call).ptr));
}

static struct str preview(const struct tag_call *call)
{
	return report_preview(call->arena, call->verdict);
}

static struct str report(const struct tag_call *call)
{
	struct buf out;

	buf_init(&out, call->arena);
	buf_add_char(&out, '\n');
	buf_add_str(&out, report_rows(call->arena, call->verdict, true));
	return buf_str(&out);
}

static struct str summary(const struct tag_call *call)
{
	return report_rows(call->arena, call->verdict, false);
}

static struct str header(const struct tag_call *call)
{
	struct header_spec spec;

	if (call->arg.len == 0 || str_eq_c(call->arg, "0"))
		return STR_NONE;
	spec = header_spec_of_text(call->arena, call->arg);
	return mail_header_scalar(call->arena, scan_mail(call->verdict->scan), &spec);
}

static struct str subjprefix(const struct tag_call *call)
{
	return verdict_subjprefix(call->arena, call->verdict);
}

static struct str timing(const struct tag_call *call)
{
	return timing_text(call->arena, call->verdict->env.timing);
}

static const struct tag_def tag_defs[] = {
	{"AUTOLEARN", autolearn},
	{"AUTOLEARNSCORE", autolearn_score},
	{"BAYES", bayes},
	{"CONTACTADDRESS", contact},
	{"DATE", date},
	{"FIRSTTRUSTEDIP", first_trusted_ip},
	{"FIRSTTRUSTEDREVIP", first_trusted_revip},
	{"HEADER", header},
	{"HITS", score},
	{"HOSTNAME", hostname},
	{"LASTEXTERNALHELO", last_external_helo},
	{"LASTEXTERNALIP", last_external_ip},
	{"LASTEXTERNALRDNS", last_external_rdns},
	{"LASTEXTERNALREVIP", last_external_revip},
	{"PREVIEW", preview},
	{"REMOTEHOSTADDR", remote_addr},
	{"REMOTEHOSTNAME", remote_host},
	{"REPORT", report},
	{"REQD", required},
	{"RULESVERSION", rules_version},
	{"SCORE", score},
	{"STARS", stars},
	{"SUBJPREFIX", subjprefix},
	{"SUBTESTS", subtests},
	{"SUBTESTSCOLLAPSED", subtests_collapsed},
	{"SUBVERSION", subversion},
	{"SUMMARY", summary},
	{"TESTS", tests},
	{"TESTSSCORES", tests_scores},
	{"TIMING", timing},
	{"VERSION", version},
	{"YESNO", yesno},
	{"YESNOCAPS", yesno_caps},
};

/* --- finding them --- */

/* False: no such tag, the text stays. */
static bool tag_value(const struct tag_call *call, struct str *value_out)
{
	const struct str_vec *set;

	for (size_t i = 0; i < sizeof tag_defs / sizeof *tag_defs; i++)
		if (str_eq_c(call->name, tag_defs[i].name)) {
			*value_out = tag_defs[i].value(call);
			return true;
		}
	if (scan_tag_call(call->verdict->scan, call->name, call->arg, value_out))
		return true;
	set = scan_tag(call->verdict->scan, call->name);
	if (!set)
		return false;
	*value_out = str_vec_join(call->arena, set, " ");
	return true;
}

static bool is_name_char(char c)
{
	return ascii_is_upper((unsigned char)c) || ascii_is_digit((unsigned char)c);
}

/* Length of "(...)_" at the start of s without the "_", or 0: shortest, on one line. */
static size_t argument_length(struct str s)
{
	if (s.len == 0 || s.ptr[0] != '(')
		return 0;
	for (size_t i = 1; i + 1 < s.len && s.ptr[i] != '\n'; i++)
		if (s.ptr[i] == ')' && s.ptr[i + 1] == '_')
			return i + 1;
	return 0;
}

/*
 * The tag that begins behind the "_" in front of s: name parts joined by "_", the longest name that
 * is followed by "_" or an argument. False when there is none. *used_out counts up to and with the
 * closing "_".
 */
static bool tag_parse(struct str s, struct tag_call *call, size_t *used_out)
{
	size_t end = 0, found = 0, arg_len = 0, length;

	if (s.len == 0 || !ascii_is_upper((unsigned char)s.ptr[0]))
		return false;
	for (;;) {
		while (end < s.len && is_name_char(s.ptr[end]))
			end++;
		length = argument_length(str_from_at(s, end));
		if (length) {
			found = end;
			arg_len = length;
		} else if (end < s.len && s.ptr[end] == '_') {
			found = end;
			arg_len = 0;
		}
		if (end + 1 >= s.len || s.ptr[end] != '_' || !is_name_char(s.ptr[end + 1]))
			break;
		end++;
	}
	if (!found)
		return false;
	call->name = str_sub(s, 0, found);
	call->arg = arg_len ? str_sub(s, found + 1, arg_len - 2) : STR_NONE;
	*used_out = found + arg_len + 1;
	return true;
}

/* Inside an add_header template these would call themselves for ever. */
static bool is_forbidden(struct str name)
{
	return str_eq_c(name, "ADDEDHEADER") || str_eq_c(name, "ADDEDHEADERHAM") ||
	       str_eq_c(name, "ADDEDHEADERSPAM");
}

struct str tags_replace(struct arena *arena, const struct verdict *verdict, struct str text)
{
	struct tag_call call = {.arena = arena, .verdict = verdict};
	struct buf out;
	size_t used;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len;) {
		struct str value;

		if (text.ptr[i] != '_' || !tag_parse(str_from_at(text, i + 1), &call, &used)) {
			buf_add_char(&out, text.ptr[i++]);
			continue;
		}
		if (!is_forbidden(call.name) && tag_value(&call, &value))
			buf_add_str(&out, value);
		else
			buf_add_str(&out, str_sub(text, i, used + 1));
		i += used + 1;
	}
	return buf_str(&out);
}
