/*
 * prefilter: which rules are worth trying on which texts of a view. One pass over all texts finds
 * the factors (rules/factor.h) of all rules; only those that have theirs in a text are tried on it,
 * and only from where a match with what was found can begin. A rule without factors is tried
 * everywhere, so hits are the same with and without.
 *
 * WHORL_PREFILTER in the environment: "off" tries every rule everywhere; "check" does, too, and
 * logs an error for each hit that the prefilter would have missed.
 */
#ifndef WHORL_RULES_PREFILTER_H
#define WHORL_RULES_PREFILTER_H

#include "rules/factor.h"
#include "rules/rule.h"

enum prefilter_mode { PREFILTER_ON, PREFILTER_OFF, PREFILTER_CHECK };
enum prefilter_mode prefilter_mode(void);

struct prefilter;
struct candidates;

/* For the rules of one view. n_rules: ids are below it. Of headers: line_of: rule id → the only
 * line it is for; empty_is_miss: by rule id, no hit where the line is missing. Both NULL elsewhere:
 * all lines are for all. */
struct prefilter *prefilter_make(struct arena *arena, const struct rule_vec *rules, size_t n_rules,
				 const uint32_t *line_of, const bool *empty_is_miss);

struct candidates *prefilter_scan(struct arena *scan, const struct prefilter *prefilter,
				  const struct str *lines, size_t n_lines);

/* A match in the line begins from `from` to `to`. */
struct place {
	uint32_t line, from, to;
};

struct place_list {
	bool all;                   /* try every line, in full */
	const struct place *places; /* lines ascending, each once */
	size_t n;
};
/* pattern: the rule's own, to be sure that it is still the one that the prefilter knows. */
struct place_list candidates_of(const struct candidates *candidates, unsigned rule_id,
				const struct pattern *pattern);
/* A match at `start` of the line was to be expected. */
/* By rule id: 1 for those of which this says that they cannot match anywhere; NULL: for none. Not
 * for those that hit where they do not match, nor those that other rules' captures are put into. */
const uint8_t *candidates_excluded(const struct candidates *candidates);
bool place_list_has(const struct place_list *list, size_t line, size_t start);

#endif
