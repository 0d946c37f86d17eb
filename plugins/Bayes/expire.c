/*
 * expire: tokens that were not used for long go, so that a store keeps its size (BayesStore.pm
 * expire_old_tokens_trapped). Deleting is done in many small transactions, between which others
 * learn; never within a scan. See bayes.h.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "plugins/Bayes/bayes.h"

enum {
	PERIOD_S = 43200, /* the shortest time unused that is looked at; doubled up to */
	EXPONENT_MAX = 9, /* 2^9 times that */
	KEEP_MIN = 100000,
	REDUCTION_MIN = 1000,
	STEP_TOKENS = 1000,
};

bool bayes_expiry_is_due(const struct bayes_totals *totals, double max_tokens, int64_t now_s)
{
	return now_s - totals->last_expire_s >= PERIOD_S && totals->tokens > KEEP_MIN &&
	       (double)totals->tokens >= max_tokens &&
	       totals->newest_s - totals->oldest_s >= PERIOD_S;
}

/* How many tokens are unused for PERIOD_S * 2^i, by i. */
struct ages {
	int64_t newest_s;
	uint64_t n[EXPONENT_MAX + 1];
};

static bool count_age(void *data, const unsigned char *key, const struct token_record *record)
{
	struct ages *ages = data;
	int64_t age = ages->newest_s - record->atime_s;

	(void)key;
	for (int i = 0; i <= EXPONENT_MAX && age >= (int64_t)PERIOD_S << i; i++)
		ages->n[i]++;
	return true;
}

/* The age that brings about the reduction; 0 when none does. */
static int64_t choose_age(const struct ages *ages, uint64_t reduction)
{
	int chosen = 0;

	for (int i = EXPONENT_MAX; i >= 0; i--)
		if (ages->n[i] > reduction) {
			chosen = i + 1;
			break;
		}
	return chosen > EXPONENT_MAX || ages->n[chosen] < REDUCTION_MIN
		       ? 0
		       : (int64_t)PERIOD_S << chosen;
}

/* From what the last one did, when that is like what is wanted now. */
static int64_t estimate_age(const struct bayes_totals *totals, uint64_t reduction, int64_t now_s)
{
	double last = (double)totals->last_reduction, want = (double)reduction, age, ratio;

	if (last < REDUCTION_MIN || totals->last_delta_s < PERIOD_S ||
	    now_s - totals->last_expire_s > 86400 * 30)
		return 0;
	age = (double)totals->last_delta_s * last / want;
	ratio = last > want ? last / want : want / last;
	return age < PERIOD_S || ratio > 1.5 ? 0 : (int64_t)age;
}

struct step {
	int64_t before_s; /* tokens unused since then go */
	unsigned char keys[STEP_TOKENS][TOKEN_KEY_BYTES];
	size_t n_old, n_seen;
	unsigned char last[TOKEN_KEY_BYTES];
	bool is_first, at_end;
	uint64_t n_kept, n_deleted, n_once, n_rare;
	int64_t oldest_s;
};

static bool visit_step(void *data, const unsigned char *key, const struct token_record *record)
{
	struct step *step = data;

	if (!step->is_first && memcmp(key, step->last, TOKEN_KEY_BYTES) == 0)
		return true;
	memcpy(step->last, key, TOKEN_KEY_BYTES);
	step->n_seen++;
	if (record->atime_s < step->before_s) {
		memcpy(step->keys[step->n_old++], key, TOKEN_KEY_BYTES);
	} else {
		step->n_kept++;
		step->n_once += record->spam + record->ham == 1;
		step->n_rare +=
			record->spam + record->ham != 1 && record->spam < 8 && record->ham < 8;
		if (!step->oldest_s || record->atime_s < step->oldest_s)
			step->oldest_s = record->atime_s;
	}
	return step->n_seen < STEP_TOKENS;
}

static enum status finish_step(struct bayes_store *store, struct step *step, struct why *why)
{
	struct bayes_totals totals;

	for (size_t i = 0; i < step->n_old; i++)
		if (store->def->token_remove(store, step->keys[i], why) != STATUS_OK)
			return why->status;
	if (store->def->totals(store, &totals, why) != STATUS_OK)
		return why->status;
	totals.tokens -= step->n_old < totals.tokens ? step->n_old : totals.tokens;
	return store->def->totals_put(store, &totals, why);
}

static enum status run_step(struct bayes_store *store, struct step *step, struct why *why)
{
	enum status status = store->def->begin(store, true, why);

	if (status != STATUS_OK)
		return status;
	step->n_old = step->n_seen = 0;
	status = store->def->walk_tokens(store, step->is_first ? NULL : step->last, visit_step,
					 step, why);
	if (status == STATUS_OK)
		status = finish_step(store, step, why);
	if (status != STATUS_OK) {
		store->def->abort(store);
		return status;
	}
	step->at_end = step->n_seen < STEP_TOKENS;
	step->is_first = false;
	step->n_deleted += step->n_old;
	return store->def->commit(store, why);
}

static enum status note_expiry(struct bayes_store *store, const struct step *step, int64_t age_s,
			       struct why *why)
{
	struct bayes_totals totals;
	enum status status = store->def->begin(store, true, why);

	if (status != STATUS_OK)
		return status;
	status = store->def->totals(store, &totals, why);
	if (status == STATUS_OK) {
		totals.last_expire_s = clock_wall_s();
		if (step) {
			totals.last_delta_s = age_s;
			totals.last_reduction = step->n_deleted;
			totals.oldest_s = step->oldest_s;
		}
		status = store->def->totals_put(store, &totals, why);
	}
	if (status == STATUS_OK)
		return store->def->commit(store, why);
	store->def->abort(store);
	return status;
}

/* What to delete; 0: nothing is worth it. */
static enum status plan(struct bayes_store *store, double max_tokens, int64_t *age_out,
			int64_t *newest_out, struct why *why)
{
	struct bayes_totals totals;
	struct ages ages = {0};
	int64_t now = clock_wall_s();
	uint64_t keep = (uint64_t)(max_tokens * 0.75);
	enum status status = store->def->begin(store, false, why);

	*age_out = 0;
	if (status != STATUS_OK)
		return status;
	status = store->def->totals(store, &totals, why);
	*newest_out = ages.newest_s = totals.newest_s > now ? now : totals.newest_s;
	keep = keep < KEEP_MIN ? KEEP_MIN : keep;
	if (status == STATUS_OK && totals.tokens >= keep + REDUCTION_MIN) {
		*age_out = estimate_age(&totals, totals.tokens - keep, now);
		if (!*age_out)
			status = store->def->walk_tokens(store, NULL, count_age, &ages, why);
		if (!*age_out && status == STATUS_OK)
			*age_out = choose_age(&ages, totals.tokens - keep);
	}
	store->def->abort(store);
	return status;
}

static void print_result(FILE *out, const struct step *step, int64_t seconds)
{
	double kept = step->n_kept ? (double)step->n_kept : 1;

	fprintf(out,
		"expired old bayes database entries in %lld seconds\n"
		"%llu entries kept, %llu deleted\n",
		(long long)seconds, (unsigned long long)step->n_kept,
		(unsigned long long)step->n_deleted);
	fprintf(out, "token frequency: 1-occurrence tokens: %3.2f%%\n",
		(double)step->n_once * 100 / kept);
	fprintf(out, "token frequency: less than 8 occurrences: %3.2f%%\n",
		(double)step->n_rare * 100 / kept);
}

enum status bayes_expire(struct bayes_store *store, double max_tokens, FILE *out, struct why *why)
{
	struct step step = {.is_first = true};
	int64_t age, newest, began = clock_wall_s();
	enum status status = plan(store, max_tokens, &age, &newest, why);

	if (status != STATUS_OK)
		return status;
	if (!age)
		return note_expiry(store, NULL, 0, why);
	step.before_s = newest - age;
	while (status == STATUS_OK && !step.at_end)
		status = run_step(store, &step, why);
	if (status == STATUS_OK)
		status = note_expiry(store, &step, age, why);
	if (status == STATUS_OK && out)
		print_result(out, &step, clock_wall_s() - began);
	return status;
}

/* --- the helper ------------------------------------------------------------------------------- */

/* In a process of its own, with nothing of the server's but its memory. */
static void run_helper(const struct bayes_options *options, struct bayes_owner owner)
{
	struct arena *arena = arena_new("expire", 0);
	struct bayes_process process = {0};
	struct bayes_store *store;
	struct why why;

	(void)!nice(19);
	if (bayes_open(arena, &process, options, owner, false, &store, &why) == STATUS_OK)
		bayes_expire(store, options->max_tokens, NULL, &why);
	_exit(0);
}

void bayes_expire_aside(struct bayes_process *process, const struct bayes_options *options,
			struct bayes_owner owner)
{
	struct why why = {0};
	pid_t child;

	/* Marked first, so that no other process does the same. */
	if (note_expiry(process->store, NULL, 0, &why) != STATUS_OK)
		return;
	child = fork();
	if (child == 0) {
		if (fork() != 0)
			_exit(0);
		for (int fd = 0; fd < 1024; fd++)
			close(fd);
		run_helper(options, owner);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	else
		log_warn("bayes: cannot start the expiry");
}
