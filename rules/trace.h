/*
 * trace: what a scan tells under -D: the lines that administrators and tests look for, in
 * SpamAssassin's words (Plugin/Check.pm, PerMsgStatus.pm). Private to the files that run rules.
 * Nothing is computed unless somebody listens.
 */
#ifndef WHORL_RULES_TRACE_H
#define WHORL_RULES_TRACE_H

#include "rules/scanning.h"

/* Asks the log which areas are wanted; once a scan. */
void trace_start(struct scan *scan);
/* After the message's metadata are known. */
void trace_metadata(struct scan *scan);
/* A tag has its value. */
void trace_tag(struct scan *scan, struct str tag, const struct str_vec *values);
void trace_priority(const struct scan *scan, int priority);
/* "head tests", "body_eval tests": the rules of a group begin. */
void trace_group(const struct scan *scan, enum rule_view view, bool is_eval, size_t n_rules);
/* A regex rule hit. text ptr NULL: nothing to show (exists:); negative: of "!~". */
void trace_match(const struct scan *scan, const struct rule *rule, struct str text, bool negative);
void trace_eval(const struct scan *scan, const struct rule *rule, int result);
void trace_meta(const struct scan *scan, const struct rule *rule, double value);

#endif
