/*
 * pattern: Perl regular expressions as rules write them → PCRE2 (sa-surface 5.8, 6; Util.pm
 * compile_regexp).
 */
#ifndef WHORL_RULES_PATTERN_H
#define WHORL_RULES_PATTERN_H

#include "rules/rule.h"

/*
 * text: "/re/mods", "m{re}mods", "qr!re!mods". Splits delimiters, checks modifiers, translates,
 * compiles. STATUS_INVALID: why is worded for a diagnostic. lint: also refuse always-matching
 * patterns, as SpamAssassin does.
 */
enum status pattern_parse(struct arena *keep, struct str text, bool lint,
			  struct pattern **pattern_out, struct why *why);
/* Of plugins' own rules and of redirector_pattern: %{TAG} is no template there, but a brace that
 * must be escaped. The regex is always there. */
enum status pattern_parse_plain(struct arena *keep, struct str text, struct pattern **pattern_out,
				struct why *why);
/* The pattern without delimiters, as eval arguments and plugin regexes come. flags as REGEX_* bits.
 */
enum status pattern_compile_bare(struct arena *keep, struct str perl, unsigned flags,
				 struct regex **regex_out, struct why *why);
/* Recompile with another text between the delimiters (ReplaceTags). */
enum status pattern_replace(struct arena *keep, struct pattern *pattern, struct str perl,
			    struct why *why);
/* In lower case, what is in every text that it matches, in ASCII letters of either case; empty when
 * nothing is known. Good as long as pattern->factors are the same. */
struct str pattern_literal(struct arena *keep, const struct pattern *pattern);
/* Also makes pattern->wide, now and after replacements; none when PCRE2 cannot. */
void pattern_match_characters(struct arena *keep, struct pattern *pattern);
/* %{TAG}s filled from values (tag → struct str_vec *): a regex for this message, or NULL when a tag
 * is unset. */
struct regex *pattern_with_tags(struct arena *scan, const struct pattern *pattern,
				const struct map *values);

#endif
