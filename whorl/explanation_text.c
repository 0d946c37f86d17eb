/* explanation: see explanation.h. Here: for people. */
#include "whorl/explanation.h"

#include <stdlib.h>

static void pad(struct buf *out, unsigned indent)
{
	for (unsigned i = 0; i < indent; i++)
		buf_add_char(out, ' ');
}

static void field(struct buf *out, unsigned indent, const char *name)
{
	pad(out, indent + 2);
	buf_printf(out, "%-10s ", name);
}

/* Mail on a terminal: control bytes are shown, not sent. */
static void add_shown(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c == '\n')
			buf_add_cstr(out, "\\n");
		else if (c == '\t')
			buf_add_cstr(out, "\\t");
		else if (c < ' ' || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add_char(out, (char)c);
	}
}

static void add_place(struct buf *out, struct conf_position where)
{
	if (where.file)
		buf_printf(out, "%s:%u", where.file, where.line);
	else
		buf_add_cstr(out, "built in");
}

static void state_line(struct buf *out, const struct explanation *e, unsigned indent)
{
	static const char *const words[] = {
		[EXPLAIN_HIT] = "hit",
		[EXPLAIN_MISS] = "no hit",
		[EXPLAIN_NOT_RUN] = "not run",
		[EXPLAIN_UNKNOWN] = "unknown",
	};

	pad(out, indent);
	buf_printf(out, "%.*s: %s", STR_ARG(e->name), words[e->state]);
	if (e->state == EXPLAIN_HIT && !(e->rule->flags & RULE_IS_SUBRULE))
		buf_printf(out, ", %.3g points", e->points);
	if (e->value != 0 && e->value != 1)
		buf_printf(out, ", value %.15g", e->value);
	if (e->reason.len)
		buf_printf(out, ": %.*s", STR_ARG(e->reason));
	buf_add_char(out, '\n');
}

static void definition(struct buf *out, const struct explanation *e, unsigned indent)
{
	field(out, indent, "defined");
	add_place(out, e->rule->where);
	buf_add_char(out, '\n');
	field(out, indent, "rule");
	add_shown(out, e->definition);
	buf_add_char(out, '\n');
	if (e->rule->describe.len) {
		field(out, indent, "describe");
		add_shown(out, e->rule->describe);
		buf_add_char(out, '\n');
	}
}

static void score(struct buf *out, const struct explanation *e, unsigned indent)
{
	const double *scores = e->rule->scores;

	field(out, indent, "score");
	buf_printf(out, "%.3g in score set %d of %.3g %.3g %.3g %.3g, ", e->points, e->score_set,
		   scores[0], scores[1], scores[2], scores[3]);
	if (e->rule->score_where.file)
		add_place(out, e->rule->score_where);
	else
		buf_add_cstr(out, "by default");
	buf_printf(out, "%s\n", e->score_is_users ? " (user's preferences)" : "");
}

static void flags(struct buf *out, const struct explanation *e, unsigned indent)
{
	if (e->rule->priority != 0) {
		field(out, indent, "priority");
		buf_printf(out, "%d\n", e->rule->priority);
	}
	if (e->rule->tflags.len) {
		field(out, indent, "tflags");
		buf_printf(out, "%.*s\n", STR_ARG(e->rule->tflags));
	}
}

static void matches(struct buf *out, const struct explanation *e, unsigned indent)
{
	for (size_t i = 0; i < e->matches.n; i++) {
		const struct explain_match *match = &e->matches.items[i];
		field(out, indent, "matched");
		if (match->line)
			buf_printf(out, "%zu: ", match->line);
		add_shown(out, match->before);
		buf_add_cstr(out, ">>>");
		add_shown(out, match->text);
		buf_add_cstr(out, "<<<");
		add_shown(out, match->after);
		buf_add_char(out, '\n');
	}
	if (e->looked_at.len && (e->matches.n == 0 || e->rule->kind == RULE_HEADER)) {
		field(out, indent, "looked at");
		add_shown(out, e->looked_at);
		buf_add_char(out, '\n');
	}
}

void explanation_text(struct buf *out, const struct explanation *e, unsigned indent)
{
	state_line(out, e, indent);
	if (!e->rule)
		return;
	definition(out, e, indent);
	score(out, e, indent);
	flags(out, e, indent);
	matches(out, e, indent);
	if (e->expression.len) {
		field(out, indent, "values");
		buf_printf(out, "%.*s\n", STR_ARG(e->expression));
	}
	for (size_t i = 0; i < e->operands.n; i++)
		explanation_text(out, e->operands.items[i], indent + 4);
}

/* --- the verdict ------------------------------------------------------------------------------ */

struct row {
	const struct hit *hit;
	double points;
};

static int heavier_first(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	double x = left->points < 0 ? -left->points : left->points;
	double y = right->points < 0 ? -right->points : right->points;

	if (x != y)
		return x > y ? -1 : 1;
	return str_cmp(left->hit->rule->name, right->hit->rule->name);
}

static struct row *rows_of(struct arena *arena, const struct verdict *verdict, size_t *n_out)
{
	const struct hits *hits = scan_hits(verdict->scan);
	struct row *rows = ARENA_ARRAY(arena, struct row, hits->list.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < hits->list.n; i++) {
		const struct hit *hit = &hits->list.items[i];
		double points = verdict_hit_points(verdict->prefs, hit) * hit->copies;
		if (!(hit->rule->flags & RULE_IS_SUBRULE))
			rows[n++] = (struct row){hit, points};
	}
	qsort(rows, n, sizeof *rows, heavier_first);
	*n_out = n;
	return rows;
}

void explain_verdict_text(struct buf *out, const struct engine *engine,
			  const struct verdict *verdict)
{
	size_t n = 0;
	const struct row *rows = rows_of(engine->scan, verdict, &n);

	buf_printf(out, "%s: %.15g points of %.15g required; score set %d; autolearn %.*s\n",
		   verdict->is_spam ? "spam" : "not spam", verdict->points, verdict->required,
		   verdict->prefs->score_set, STR_ARG(verdict->autolearn));
	if (scan_was_stopped(verdict->scan))
		buf_add_cstr(out, "  the scan was stopped early (shortcircuit)\n");
	if (scan_timed_out(verdict->scan))
		buf_add_cstr(out, "  the time limit was reached\n");
	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = rows[i].hit->rule;
		buf_printf(out, "  %7.3f  %-28.*s ", rows[i].points, STR_ARG(rule->name));
		add_place(out, rule->where);
		if (rule->score_where.file) {
			buf_add_cstr(out, ", score at ");
			add_place(out, rule->score_where);
		}
		buf_add_char(out, '\n');
	}
	buf_printf(out, "  %zu rules, %zu sub-rules hit\n", n,
		   verdict_subtests(engine->scan, verdict).n);
}
