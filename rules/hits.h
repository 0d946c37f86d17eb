/* hits: what a scan found, in the order found. Append-only. */
#ifndef WHORL_RULES_HITS_H
#define WHORL_RULES_HITS_H

#include "rules/rule.h"

struct hit {
	const struct rule *rule;
	unsigned count;       /* `multiple` rules: matches; metas: the value, at least 1 */
	struct str area;      /* "BODY: ", "RAW: ", "URI: ", "" ... as SpamAssassin's report shows it */
	struct str note;      /* test_log text, lines */
	double points_override; /* scan-time score by a plugin (AWL, dynamic_score_set); NaN: the rule's own */
};
VEC_OF(hit_vec, struct hit);

struct hits {
	struct hit_vec list;      /* scored and sub-rules alike, each rule once */
};

#endif
