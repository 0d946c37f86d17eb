/* trace: see trace.h. */
#include "tests/bench/trace.h"

#include <stdio.h>

#include "lib/base/buf.h"

static const char *const class_names[] = {"honeypot", "administrator", "user", "automatic"};
static const char *const key_names[] = {"?", "host", "shape", "text", "anchor"};
enum { KEY_NAMES = sizeof key_names / sizeof *key_names };

static double hours(int64_t from_s, int64_t to_s)
{
	return (double)(to_s - from_s) / 3600;
}

static void add_vote(struct buf *out, const struct trace_verdict *verdict,
		     const struct trust_vote *vote)
{
	const struct trust_reporter *reporter = trust_find_reporter(verdict->trust, vote->reporter);
	bool is_revoke = vote->kind == TRUST_REVOKE;

	buf_printf(out, "    %+7.2f h  %-8s %-13s %-8s group %-6u weight %.2f  %.1f : %.1f%s\n",
		   hours(verdict->first_s, vote->at_s), is_revoke ? "revoke" : "spam",
		   class_names[vote->class],
		   world_is_hostile(verdict->settings, vote->reporter) ? "attacker" : "honest",
		   vote->group, is_revoke ? 0 : trust_weight(verdict->trust, reporter, vote->at_s),
		   is_revoke ? reporter->revoke_alpha : reporter->alpha,
		   is_revoke ? reporter->revoke_beta : reporter->beta,
		   vote->is_echo ? "  echo" : "");
}

static void add_key(struct buf *out, const struct trace_verdict *verdict, struct trust_key_id id)
{
	const struct trust_key *key = trust_find_key(verdict->trust, id);

	if (!key || key->state != TRUST_PUBLISHED)
		return;
	buf_printf(out,
		   "  %s: log-odds %.2f; exposures %u, old %u, late %u, in good company %u, of %u "
		   "groups\n",
		   key_names[id.algorithm < KEY_NAMES ? id.algorithm : 0], key->log_odds,
		   key->seen.n, key->seen.n_old, key->seen.n_late, key->seen.n_context,
		   key->seen.n_groups);
	for (unsigned i = 0; i < key->n_votes; i++)
		add_vote(out, verdict, &key->votes[i]);
}

void trace_print(const struct trace_verdict *verdict)
{
	struct buf out;

	buf_init(&out, NULL);
	buf_printf(
		&out,
		"seed %llu, %.0f %% attackers, layout %d, tactic %d, sleep %d days: %s, published "
		"%.2f h after its first mail, day %.1f, %u delivered\n",
		(unsigned long long)verdict->settings->seed, 100 * verdict->settings->hostile_share,
		(int)verdict->settings->layout, (int)verdict->settings->tactic,
		verdict->settings->sleep_days, verdict->what,
		hours(verdict->first_s, verdict->now_s),
		hours(verdict->start_s, verdict->now_s) / 24, verdict->n_deliveries);
	for (size_t i = 0; i < verdict->n_keys; i++)
		add_key(&out, verdict, verdict->keys[i]);
	fwrite(out.ptr, 1, out.len, stdout);
	fflush(stdout);
	buf_free(&out);
}
