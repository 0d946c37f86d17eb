/* scan: the score of one message (Plugin/Bayes.pm scan). See bayes.h. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "plugins/Bayes/bayes.h"

struct bayes_scan *bayes_scan_of(struct scan *scan, const void *plugin)
{
	void **slot = scan_plugin_slot(scan, plugin);

	if (!*slot)
		*slot = ARENA_NEW(scan_arena(scan), struct bayes_scan);
	return *slot;
}

static const struct bayes_options *options_of(struct scan *scan, const void *plugin)
{
	return bayes_options_of(scan_arena(scan), scan_prefs(scan), plugin);
}

/* The store in a transaction that reads; NULL when there is none, which is said in the log unless
 * it was never made. */
static struct bayes_store *begin_reading(struct scan *scan, const void *plugin)
{
	struct why why = {0};
	struct bayes_store *store;
	enum status status =
		bayes_open(scan_arena(scan), bayes_process_of(scan_prefs(scan), plugin),
			   options_of(scan, plugin), bayes_owner_of(scan), false, &store, &why);

	if (status == STATUS_OK)
		status = store->def->begin(store, false, &why);
	if (status == STATUS_OK)
		return store;
	if (status != STATUS_NOT_FOUND)
		log_warn("bayes: cannot use bayes: %s", why.text);
	return NULL;
}

bool bayes_is_usable(struct scan *scan, const void *plugin)
{
	struct bayes_scan *state = bayes_scan_of(scan, plugin);
	const struct bayes_options *options = options_of(scan, plugin);
	const struct settings *settings = scan_prefs(scan)->settings;
	struct bayes_store *store;
	struct why why;

	if (state->asked)
		return state->usable;
	state->asked = true;
	if (!settings->use_bayes || !settings->use_learner)
		return false;
	store = begin_reading(scan, plugin);
	if (!store)
		return false;
	state->usable = store->def->totals(store, &state->totals, &why) == STATUS_OK &&
			(double)state->totals.spam >= options->min_spam &&
			(double)state->totals.ham >= options->min_ham;
	store->def->abort(store);
	log_debug("bayes", "corpus size: nspam = %llu, nham = %llu",
		  (unsigned long long)state->totals.spam, (unsigned long long)state->totals.ham);
	return state->usable;
}

static bool any_matches(const struct addr_list *list, const struct str_vec *addresses)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (addr_list_match(list, addresses->items[i]).ptr)
			return true;
	return false;
}

/* bayes_ignore_from, bayes_ignore_to */
bool bayes_is_ignored(struct scan *scan, const struct bayes_options *options)
{
	struct str_vec from = {0}, to = {0};

	if (options->ignore_from) {
		mail_from_addresses(scan_arena(scan), scan_mail(scan), &from);
		if (any_matches(options->ignore_from, &from))
			return true;
	}
	if (!options->ignore_to)
		return false;
	mail_to_addresses(scan_arena(scan), scan_mail(scan), &to);
	return any_matches(options->ignore_to, &to);
}

/* The strongest first; of equals the one with the lower key, so that a result does not depend on
 * the order of tokens. */
static int by_strength(const void *a, const void *b)
{
	const struct significant *x = a, *y = b;
	double difference = fabs(y->probability - 0.5) - fabs(x->probability - 0.5);

	return difference > 0   ? 1
	       : difference < 0 ? -1
				: memcmp(x->token.key, y->token.key, TOKEN_KEY_BYTES);
}

/* Tokens that say anything at all. */
static void known_tokens(struct arena *arena, const struct token_set *set,
			 const struct token_record *records, const struct bayes_totals *totals,
			 bool use_hapaxes, struct significant_vec *out)
{
	for (size_t i = 0; i < set->list.n; i++) {
		struct significant token = {.token = set->list.items[i], .record = records[i]};
		if (token_probability(&records[i], totals, use_hapaxes, &token.probability))
			vec_push(arena, out, token);
	}
}

static bool combine(struct arena *arena, struct bayes_scan *state,
		    const struct significant_vec *known)
{
	double probabilities[SIGNIFICANT_TOKENS];
	size_t n = 0;

	for (size_t i = 0; i < known->n && i < SIGNIFICANT_TOKENS; i++) {
		struct significant token = known->items[i];
		if (!token_is_significant(token.probability))
			break;
		probabilities[n++] = token.probability;
		vec_push(arena, token.probability < 0.5 ? state->hammy : state->spammy, token);
		vec_push(arena, &state->touched, token.token);
	}
	return probabilities_combine(&state->totals, probabilities, n, &state->score);
}

static bool compute(struct scan *scan, const void *plugin, struct bayes_scan *state)
{
	const struct bayes_options *options = options_of(scan, plugin);
	struct arena *arena = scan_arena(scan);
	struct significant_vec known = {0};
	struct token_set set;
	struct why why = {0};

	state->hammy = ARENA_NEW(arena, struct significant_vec);
	state->spammy = ARENA_NEW(arena, struct significant_vec);
	if (bayes_is_ignored(scan, options) || !bayes_is_usable(scan, plugin))
		return false;
	tokens_of_mail(arena, &options->tokens, scan_mail(scan), true, &set);
	struct token_record *records = ARENA_ARRAY(arena, struct token_record, set.list.n + 1);
	struct bayes_store *store = begin_reading(scan, plugin);
	if (!store)
		return false;
	enum status status = store->def->lookup(store, set.list.items, set.list.n, records, &why);
	store->def->abort(store);
	if (status != STATUS_OK) {
		log_warn("bayes: cannot use bayes: %s", why.text);
		return false;
	}
	known_tokens(arena, &set, records, &state->totals, options->use_hapaxes, &known);
	/* The tags for numbers of tokens tell of messages with a known one only. */
	if (!known.n)
		return false;
	state->n_tokens = set.list.n;
	state->n_learned = known.n;
	qsort(known.items, known.n, sizeof *known.items, by_strength);
	return combine(arena, state, &known);
}

bool bayes_score(struct scan *scan, const void *plugin, double *score_out)
{
	struct bayes_scan *state = bayes_scan_of(scan, plugin);

	if (!state->scored) {
		state->scored = true;
		state->has_score = compute(scan, plugin, state);
		if (state->has_score)
			log_debug("bayes", "score = %.15g", state->score);
	}
	*score_out = state->score;
	return state->has_score;
}

/* Stores that many share from afar are told at once. */
static void tell_uses(struct bayes_process *process, struct bayes_store *store,
		      const struct token_vec *tokens, int64_t atime_s)
{
	if (!process->uses)
		process->uses = uses_new();
	uses_note(process->uses, tokens->items, tokens->n, atime_s);
	if (!store->def->begin_if_free || uses_are_due(process->uses))
		uses_write(process->uses, store);
}

/* Tokens whose last use is long enough ago are marked as used, when the answer is out. That is
 * worth no waiting: while a learner writes, children that wait would be missed by the next scans.
 */
static void touch(struct scan *scan, const void *plugin)
{
	struct bayes_scan *state = bayes_scan_of(scan, plugin);
	const struct significant_vec *lists[2] = {state->hammy, state->spammy};
	struct bayes_process *process = bayes_process_of(scan_prefs(scan), plugin);
	struct token_vec old = {0};
	struct bayes_store *store;
	struct why why = {0};

	if (!state->has_score)
		return;
	int64_t now = clock_wall_s(),
		received = mail_received_at_s(scan_arena(scan),
					      options_of(scan, plugin)->tokens.patterns->origin,
					      scan_mail(scan)),
		atime = received > now ? now : received;
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < lists[i]->n; j++)
			if (lists[i]->items[j].record.atime_s + TOUCH_AGE_S < atime)
				vec_push(scan_arena(scan), &old, lists[i]->items[j].token);
	if (old.n && bayes_open(scan_arena(scan), process, options_of(scan, plugin),
				bayes_owner_of(scan), false, &store, &why) == STATUS_OK)
		tell_uses(process, store, &old, atime);
}

void bayes_idle(const void *data)
{
	const struct bayes_conf *conf = data;
	struct bayes_process *process = conf->process;

	if (process->store && process->pid == getpid() && process->uses)
		uses_write(process->uses, process->store);
}

static void expire_when_due(struct scan *scan, const void *plugin)
{
	const struct bayes_scan *state = bayes_scan_of(scan, plugin);
	const struct bayes_options *options = options_of(scan, plugin);
	struct bayes_store *store;
	struct why why;

	if (!state->scored || !options->auto_expire ||
	    !bayes_expiry_is_due(&state->totals, options->max_tokens, clock_wall_s()))
		return;
	if (bayes_open(scan_arena(scan), bayes_process_of(scan_prefs(scan), plugin), options,
		       bayes_owner_of(scan), false, &store, &why) == STATUS_OK)
		bayes_expire_aside(bayes_process_of(scan_prefs(scan), plugin), options,
				   bayes_owner_of(scan));
}

void bayes_after(struct scan *scan, const void *plugin)
{
	touch(scan, plugin);
	expire_when_due(scan, plugin);
}
