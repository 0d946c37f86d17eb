/* explanation: what is known of a rule's run over one message; text and JSON of it. */
#ifndef WHORL_WHORL_EXPLANATION_H
#define WHORL_WHORL_EXPLANATION_H

#include "lib/base/buf.h"
#include "whorl/engine.h"

enum explain_state {
	EXPLAIN_HIT,
	EXPLAIN_MISS,    /* it ran and did not hit */
	EXPLAIN_NOT_RUN, /* reason says why */
	EXPLAIN_UNKNOWN, /* there is no such rule; reason may say more */
};

struct explain_match {
	size_t line; /* of the view, from 1; 0: a header */
	struct str before, text, after;
};
VEC_OF(explain_match_vec, struct explain_match);

struct explanation;
VEC_OF(explanation_vec, const struct explanation *);

struct explanation {
	struct str name;
	const struct rule *rule; /* NULL: unknown */
	enum explain_state state;
	struct str reason;
	double value; /* what metas read */
	double points;
	int score_set;
	bool score_is_users;   /* the line stands in the user's preferences */
	struct str definition; /* "header Subject =~ /x/i" */
	struct str expression; /* of a meta: with the values of what it names, "A{1} && !B{0}" */
	struct str looked_at;  /* what the regex was tried on */
	struct explain_match_vec matches;
	struct explanation_vec operands;
};

/* In the engine's scan arena. */
const struct explanation *explanation_make(const struct engine *engine,
					   const struct verdict *verdict, struct str name);
void explanation_text(struct buf *out, const struct explanation *explanation, unsigned indent);
struct json;
void explanation_json(struct json *json, const struct explanation *explanation);

/* The hits, heaviest first, and how the verdict came of them. */
void explain_verdict_text(struct buf *out, const struct engine *engine,
			  const struct verdict *verdict);
void explain_verdict_json(struct json *json, const struct engine *engine,
			  const struct verdict *verdict);

#endif
