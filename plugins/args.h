/*
 * args: reading the arguments of eval functions, for plugins. Numbers are read as Perl reads them,
 * absent ones as told.
 */
#ifndef WHORL_PLUGINS_ARGS_H
#define WHORL_PLUGINS_ARGS_H

#include "lib/base/number.h"
#include "plugins/plugin.h"

/* Argument i (from 0), or ptr NULL. */
static inline struct str arg_text(const struct eval_call *call, size_t i)
{
	return i < call->args.n ? call->args.items[i] : STR_NONE;
}

static inline bool arg_is_set(const struct eval_call *call, size_t i)
{
	return i < call->args.n;
}

/* 'undef' as text, as date and ratio functions take it for "no bound". */
static inline bool arg_is_undef(const struct eval_call *call, size_t i)
{
	return arg_is_set(call, i) && str_eq_c(arg_text(call, i), "undef");
}

static inline double arg_number(const struct eval_call *call, size_t i)
{
	return arg_is_set(call, i) ? number_perl(arg_text(call, i)) : 0;
}

/* min < value <= max, argument i and the one behind it. */
static inline bool arg_in_range(const struct eval_call *call, size_t i, double value)
{
	return value > arg_number(call, i) && value <= arg_number(call, i + 1);
}

/* Argument i as a regex, with delimiters or without (Util.pm compile_regexp with "try strip"); NULL
 * when it is absent or wrong. */
static inline const struct regex *arg_regex(struct arena *keep, const struct eval_call *call,
					    size_t i, struct why *why)
{
	struct str text = arg_text(call, i);
	size_t prefix = str_has_prefix(text, "qr") ? 2 : str_has_prefix(text, "m") ? 1 : 0;
	bool delimited =
		text.len > prefix &&
		(prefix ? !ascii_is_word((unsigned char)text.ptr[prefix]) : text.ptr[0] == '/');
	struct pattern *pattern;
	struct regex *regex;

	if (!arg_is_set(call, i))
		return NULL;
	if (delimited)
		return pattern_parse(keep, text, false, &pattern, why) == STATUS_OK ? pattern->regex
										    : NULL;
	return pattern_compile_bare(keep, text, 0, &regex, why) == STATUS_OK ? regex : NULL;
}

#endif
