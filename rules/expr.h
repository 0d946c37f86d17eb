/*
 * expr: the expression of a meta rule (Conf/Parser.pm is_meta_valid and compile_meta_rules;
 * sa-surface 5.6). SpamAssassin lexes the text, drops what its lexer does not know and has Perl
 * evaluate the rest; so operators, precedence and numbers are Perl's.
 */
#ifndef WHORL_RULES_EXPR_H
#define WHORL_RULES_EXPR_H

#include "lib/base/map.h"
#include "rules/rule.h"

struct expr;

/* STATUS_INVALID with why worded for a diagnostic. Names are only noted, not looked up. */
enum status expr_parse(struct arena *keep, struct str text, struct expr **expr_out,
		       struct why *why);

/* The names as written, each once, in order of appearance; rules_matching() globs and
 * local_tests_only are not among them. */
const struct str_vec *expr_names(const struct expr *expr);
/* "meta X ()": never evaluated, hits only when a plugin or caller says so. */
bool expr_is_empty(const struct expr *expr);

/*
 * Look up all names and globs in by_name (name → struct rule *), once all rules are known and
 * numbered. self is left out of what globs find; so are names without a rule and a score.
 */
void expr_bind(struct arena *keep, struct expr *expr, const struct rule *self,
	       const struct map *by_name, bool local_tests_only);
/* After expr_bind: the rules it depends on, each once. */
const struct rule_vec *expr_dependencies(const struct expr *expr);
/* After expr_bind: it names a rule that does not exist (counts 0; the meta is evaluated at the end
 * only). */
bool expr_has_unknown(const struct expr *expr);

/* After expr_bind: values by rule id, 0 for rules without a hit. A division by zero makes it 0. */
double expr_value(const struct expr *expr, const double *values);

#endif
