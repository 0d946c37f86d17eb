#include "spamd/verdict.h"

#include <math.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/number.h"

double verdict_hit_points(const struct prefs *prefs, const struct hit *hit)
{
	return isnan(hit->points_override) ? prefs_points(prefs, hit->rule) : hit->points_override;
}

static void count_hits(struct arena *arena, struct verdict *verdict)
{
	const struct hits *hits = scan_hits(verdict->scan);

	for (size_t i = 0; i < hits->list.n; i++) {
		const struct hit *hit = &hits->list.items[i];
		bool is_sub = hit->rule->flags & RULE_IS_SUBRULE;

		for (unsigned n = 0; n < hit->copies; n++) {
			if (is_sub)
				continue;
			vec_push(arena, &verdict->tests, hit->rule->name);
			verdict->points += verdict_hit_points(verdict->prefs, hit);
		}
	}
	/* as SpamAssassin rounds: sums of decimal scores must compare equal to the threshold */
	verdict->points = number_round(verdict->points, 3);
}

struct str_vec verdict_subtests(struct arena *arena, const struct verdict *verdict)
{
	struct scan *scan = (struct scan *)verdict->scan; /* that it is tried is not to be seen */
	const struct hits *hits = scan_hits(scan);
	struct str_vec names = {0};

	scan_settle(scan);
	for (size_t i = 0; i < hits->list.n; i++)
		for (unsigned n = 0; n < hits->list.items[i].copies; n++)
			if (hits->list.items[i].rule->flags & RULE_IS_SUBRULE)
				vec_push(arena, &names, hits->list.items[i].rule->name);
	return names;
}

/* "A,__B(3)": each name once. */
static struct str subtests_text(struct arena *arena, const struct str_vec *sorted,
				size_t *n_different_out)
{
	struct str_vec words = {0};

	for (size_t i = 0, n; i < sorted->n; i += n) {
		for (n = 1; i + n < sorted->n && str_eq(sorted->items[i + n], sorted->items[i]);)
			n++;
		vec_push(arena, &words,
			 n == 1 ? sorted->items[i]
				: arena_printf(arena, "%.*s(%zu)", STR_ARG(sorted->items[i]), n));
	}
	*n_different_out = words.n;
	return str_vec_join(arena, &words, ",");
}

/* Under -D (PerMsgStatus.pm check_timed). */
static void trace(struct arena *arena, const struct verdict *verdict)
{
	size_t n_different = 0;

	if (!log_debug_wanted("check"))
		return;
	log_debug("check", "is spam? score=%.15g required=%.15g", verdict->points,
		  verdict->required);
	log_debug("check", "tests=%.*s", STR_ARG(verdict_tests(arena, verdict, ",")));
	struct str_vec subtests = verdict_subtests(arena, verdict);
	str_vec_sort(&subtests);
	struct str text = subtests_text(arena, &subtests, &n_different);
	if (subtests.n)
		log_debug("check",
			  "subtests=%.*s (Total Subtest Hits: %zu / Deduplicated Total Hits: %zu)",
			  STR_ARG(text), subtests.n, n_different);
	else
		log_debug("check", "subtests=");
}

struct verdict *verdict_make(struct arena *arena, struct scan *scan, const struct verdict_env *env)
{
	struct verdict *verdict = ARENA_NEW(arena, struct verdict);

	verdict->scan = scan;
	verdict->prefs = scan_prefs(scan);
	verdict->env = *env;
	verdict->required = verdict->prefs->settings->required_score;
	count_hits(arena, verdict);
	verdict->is_spam = verdict->points >= verdict->required;
	trace(arena, verdict);
	scan_stage(scan, STAGE_VERDICT, verdict->points, verdict->is_spam);
	autolearn_decide(arena, verdict, scan);
	return verdict;
}

static struct str one_decimal(struct arena *arena, double points)
{
	char text[NUMBER_FIXED_BYTES];
	int len = number_format_fixed(points, 1, text);

	return arena_str(arena, str_make(text, (size_t)len));
}

struct str verdict_required_text(struct arena *arena, const struct verdict *verdict)
{
	return one_decimal(arena, verdict->required);
}

struct str verdict_score_text(struct arena *arena, const struct verdict *verdict)
{
	struct str text = one_decimal(arena, verdict->points);
	double shown = verdict->points, required = verdict->required;
	char floored[32];

	number_decimal(text, &shown);
	number_decimal(verdict_required_text(arena, verdict), &required);
	if (verdict->is_spam || shown < required)
		return text;
	number_format_perl(required - 0.1, floored);
	return arena_str(arena, str_from(floored));
}

struct str verdict_tests(struct arena *arena, const struct verdict *verdict, const char *separator)
{
	struct str_vec sorted = {0};

	for (size_t i = 0; i < verdict->tests.n; i++)
		vec_push(arena, &sorted, verdict->tests.items[i]);
	str_vec_sort(&sorted);
	return str_vec_join(arena, &sorted, separator);
}

/* Only with rewrite_header subject does SpamAssassin collect prefixes at all. */
struct str verdict_subjprefix(struct arena *arena, const struct verdict *verdict)
{
	const struct settings *settings = verdict->prefs->settings;
	const struct hits *hits = scan_hits(verdict->scan);
	struct buf out;

	buf_init(&out, arena);
	if (settings->rewrite_subject.len == 0 || !settings->subjprefix)
		return STR_NONE;
	for (size_t i = 0; i < hits->list.n; i++) {
		const struct str *prefix =
			map_find(settings->subjprefix, hits->list.items[i].rule->name);

		if (!prefix || str_find(buf_str(&out), *prefix) != STR_NOT_FOUND)
			continue;
		buf_add_str(&out, *prefix);
		buf_add_char(&out, ' ');
	}
	return buf_str(&out);
}

struct str host_name(struct arena *keep)
{
	struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_family = AF_UNSPEC}, *list = NULL;
	char name[256] = "localhost";
	struct str result;

	if (gethostname(name, sizeof name - 1) != 0)
		return STR_LIT("localhost");
	result = arena_lower(keep, str_from(name));
	if (str_find_char(result, '.') != STR_NOT_FOUND ||
	    getaddrinfo(name, NULL, &hints, &list) != 0)
		return result;
	if (list && list->ai_canonname && strchr(list->ai_canonname, '.'))
		result = arena_lower(keep, str_from(list->ai_canonname));
	freeaddrinfo(list);
	return result;
}
