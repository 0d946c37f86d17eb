/* hits: what a scan found, in the order found. Append-only. */
#ifndef WHORL_RULES_HITS_H
#define WHORL_RULES_HITS_H

#include "rules/rule.h"

struct hit {
	const struct rule *rule;
	unsigned count;  /* value for metas: matches of a `multiple` rule, the value of a meta or
			    eval; at least 1 */
	unsigned copies; /* how often the name is listed and the score added: number of got_hit
			  * calls that counted; 1 but for `multiple` rules whose every match is a
			  * hit (SpamAssassin got_hit) */
	struct str area; /* "BODY: ", "RAW: ", "URI: ", "" ... as SpamAssassin's report shows it */
	struct str note; /* test_log text, lines */
	double points_override; /* scan-time score by a plugin (AWL, dynamic_score_set); NaN: the
				   rule's own */
	bool is_adjustment; /* the points are a correction (AWL, TxRep), shown with three decimals
			     */
};
VEC_OF(hit_vec, struct hit);

struct hits {
	struct hit_vec list; /* scored and sub-rules alike, each rule once */
};

#endif
