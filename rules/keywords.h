/* keywords: the tables of core directives, one a theme; private to rules/. Each ends with a NULL
 * name. */
#ifndef WHORL_RULES_KEYWORDS_H
#define WHORL_RULES_KEYWORDS_H

#include "rules/words.h"

extern const struct keyword_def keywords_report[];  /* verdict, headers, report texts */
extern const struct keyword_def keywords_lists[];   /* welcome and block lists, lists of hosts */
extern const struct keyword_def keywords_network[]; /* trust, DNS, registrars' domains */
extern const struct keyword_def keywords_learn[];   /* learning */
extern const struct keyword_def keywords_admin[];   /* plugins, databases, limits, compatibility */
extern const struct keyword_def keywords_rules[];   /* rule definitions (rule_def.c) */
extern const struct keyword_def keyword_reuse;      /* until the plugin Reuse brings its own */
extern const struct keyword_def keywords_scores[]; /* score, describe, tflags, priority (score.c) */

#endif
