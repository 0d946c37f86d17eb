/*
 * prefilter: which rules are worth trying on which lines. From a pattern's tree literals are taken
 * of which one must occur wherever the pattern matches; one pass of a multi-literal automaton over
 * the lines then names the candidates, and only those are run. A pattern that promises no literal
 * is tried everywhere, so hits are the same with and without.
 */
#ifndef WHORL_RULES_PREFILTER_H
#define WHORL_RULES_PREFILTER_H

#include "rules/perlre.h"
#include "rules/rule.h"

/* Literals in lower case (as literals.h folds), of which one occurs in every match; NULL: there is
 * no such promise. */
const struct str_vec *prefilter_literals(struct arena *keep, struct arena *scratch,
					 const struct re_tree *tree);

struct prefilter;
struct candidates;

/* For the rules of one view; rules without literals are left to be tried everywhere. n_rules: ids
 * are below it. */
struct prefilter *prefilter_make(struct arena *arena, const struct rule_vec *rules, size_t n_rules);

struct candidates *prefilter_scan(struct arena *scan, const struct prefilter *prefilter,
				  const struct str *lines, size_t n_lines);

struct line_list {
	bool all;              /* try every line */
	const uint32_t *lines; /* ascending */
	size_t n;
};
/* pattern: the rule's own, to be sure that it is still the one that the prefilter knows. */
struct line_list candidates_of(const struct candidates *candidates, unsigned rule_id,
			       const struct pattern *pattern);

#endif
