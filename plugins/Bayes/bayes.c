/* bayes: the plugin as rules, tags and the learner's callers see it. See bayes.h, bayes.md. */
#include "plugins/Bayes/bayes.h"

#include "plugins/args.h"

/* --- rules ------------------------------------------------------------------------------------ */

static int check_bayes(struct scan *scan, const struct eval_call *call)
{
	const struct settings *settings = scan_prefs(scan)->settings;
	double score, min = arg_number(call, 0);

	if (!settings->use_learner || !settings->use_bayes || !settings->use_bayes_rules ||
	    !bayes_score(scan, call->plugin, &score))
		return 0;
	if ((min != 0 && !(score > min)) ||
	    (!str_eq_c(arg_text(call, 1), "undef") && score > arg_number(call, 1)))
		return 0;
	scan_note(scan, call->rule, arena_printf(scan_arena(scan), "score: %3.4f", score));
	return 1;
}

static const struct eval_def evals[] = {
	{"check_bayes", NULL, check_bayes},
	{NULL, NULL, NULL},
};

/* --- tags ------------------------------------------------------------------------------------- */

/* _HAMMYTOKENS(5,long)_: "$" names a part, as in SpamAssassin's own formats. */
static const struct {
	const char *name, *format;
} token_formats[] = {
	{"short", "$t"},
	{"Short", "Token: \"$t\""},
	{"compact", "$p-$D--$t"},
	{"Compact",
	 "Probability $p -declassification distance $D (\"+\" means > 9) --token: \"$t\""},
	{"medium", "$p-$D-$N--$t"},
	{"long", "$p-$d--$hh-$ss--$ad--$t"},
	{"Long", "Probability $p -declassification distance $D --in $h ham messages -and $s spam "
		 "messages --$a days old--token:\"$t\""},
};

static const char *token_format(struct str name)
{
	if (!name.len || str_eq_c(name, "0"))
		return "$p-$D--$t";
	for (size_t i = 0; i < sizeof token_formats / sizeof *token_formats; i++)
		if (str_eq_c(name, token_formats[i].name))
			return token_formats[i].format;
	return NULL;
}

static void add_digit(struct buf *out, long value)
{
	if (value > 9)
		buf_add_char(out, '+');
	else
		buf_printf(out, "%ld", value);
}

static void add_token(struct buf *out, const char *format, const struct significant *token,
		      const struct bayes_scan *state)
{
	const struct token_record *record = &token->record;
	long distance = declassification_distance(&state->totals, record, token->probability, true);

	for (; *format; format++) {
		if (*format != '$' || !format[1]) {
			buf_add_char(out, *format);
			continue;
		}
		switch (*++format) {
		case 'p':
			buf_printf(out, "%.3f", token->probability);
			break;
		case 'd':
			buf_printf(out, "%ld", distance);
			break;
		case 'D':
			add_digit(out, distance);
			break;
		case 'N':
			add_digit(out, (long)record->spam + record->ham);
			break;
		case 'h':
			buf_printf(out, "%u", record->ham);
			break;
		case 's':
			buf_printf(out, "%u", record->spam);
			break;
		case 'a':
			buf_printf(out, "%lld",
				   (long long)(clock_wall_s() - record->atime_s) / 86400);
			break;
		default:
			buf_add_str(out, token->token.text);
		}
	}
}

static struct str token_list(struct scan *scan, const struct bayes_scan *state,
			     const struct significant_vec *tokens, struct str argument)
{
	struct str rest = argument.len ? argument : STR_LIT("5"), limit_text = STR_NONE,
		   name = STR_NONE;
	const char *format;
	double limit;
	struct buf out;

	if (!tokens)
		return STR_LIT("Tokens not available.");
	str_split_next(&rest, ',', &limit_text);
	str_split_next(&rest, ',', &name);
	limit = number_perl(limit_text);
	format = token_format(name);
	if (!format)
		return STR_LIT("Invalid format, must be one of: short,Short,compact,Compact,medium,"
			       "long,Long");
	buf_init(&out, scan_arena(scan));
	for (size_t i = 0; i < tokens->n && (double)i < limit; i++) {
		if (i > 0)
			buf_add_cstr(&out, ", ");
		add_token(&out, format, &tokens->items[i], state);
	}
	return buf_str(&out);
}

static struct str hammy_tokens(struct scan *scan, const void *plugin, struct str argument)
{
	const struct bayes_scan *state = bayes_scan_of(scan, plugin);

	return token_list(scan, state, state->hammy, argument);
}

static struct str spammy_tokens(struct scan *scan, const void *plugin, struct str argument)
{
	const struct bayes_scan *state = bayes_scan_of(scan, plugin);

	return token_list(scan, state, state->spammy, argument);
}

static struct str token_summary(struct scan *scan, const void *plugin, struct str argument)
{
	const struct bayes_scan *state = bayes_scan_of(scan, plugin);

	(void)argument;
	if (!state->n_tokens)
		return STR_LIT("Bayes not run.");
	return arena_printf(
		scan_arena(scan), "Tokens: new, %zu; hammy, %zu; neutral, %zu; spammy, %zu.",
		state->n_tokens - state->n_learned, state->hammy->n,
		state->n_learned - state->hammy->n - state->spammy->n, state->spammy->n);
}

static void set_count(struct scan *scan, const char *tag, size_t n)
{
	scan_tag_set(scan, tag, arena_printf(scan_arena(scan), "%zu", n));
}

/* Only of messages that rules asked about: tags stay as they are elsewhere. */
static void set_tags(struct scan *scan, const void *plugin, double points, bool is_spam)
{
	const struct bayes_scan *state = bayes_scan_of(scan, plugin);

	(void)points;
	(void)is_spam;
	if (!state->scored)
		return;
	if (state->has_score)
		scan_tag_set(scan, "BAYES", arena_printf(scan_arena(scan), "%3.4f", state->score));
	set_count(scan, "BAYESTCHAMMY", state->hammy->n);
	set_count(scan, "BAYESTCSPAMMY", state->spammy->n);
	if (state->n_tokens) {
		set_count(scan, "BAYESTC", state->n_tokens);
		set_count(scan, "BAYESTCLEARNED", state->n_learned);
	}
	scan_tag_function(scan, "HAMMYTOKENS", plugin, hammy_tokens);
	scan_tag_function(scan, "SPAMMYTOKENS", plugin, spammy_tokens);
	scan_tag_function(scan, "TOKENSUMMARY", plugin, token_summary);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct learner learner = {
	.is_usable = bayes_is_usable,
	.would_learn = bayes_would_learn,
	.learn = bayes_learn,
	.forget = bayes_forget,
	.batch_begin = bayes_batch_begin,
	.batch_end = bayes_batch_end,
	.maintain = bayes_maintain,
};

const struct plugin_def plugin_bayes = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::Bayes",
	.evals = evals,
	.keywords = bayes_keywords,
	.conf_bytes = sizeof(struct bayes_conf),
	.conf_init = bayes_conf_init,
	.parse_line = bayes_parse_line,
	.config_read = bayes_config_read,
	.verdict = set_tags,
	.after = bayes_after,
	.idle = bayes_idle,
	.learner = &learner,
};
