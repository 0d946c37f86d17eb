/* rule_def: putting definitions in place; private to rules/. */
#ifndef WHORL_RULES_RULE_DEF_H
#define WHORL_RULES_RULE_DEF_H

#include "rules/conf.h"

/* Checks the name, then replaces what a rule of the name does; NULL when the name is refused. */
struct rule *rule_put(struct conf *conf, struct str name, const struct rule *definition);
/* The same for a name that was checked already (its diagnostics come first). */
struct rule *rule_put_checked(struct conf *conf, struct str name, const struct rule *definition);
/* User preferences: conf->ruleset becomes a copy that may be changed (prefs.c). */
void conf_own_ruleset(struct conf *conf);

#endif
