/* counting: see counting.h. */
#include "spamd/counting.h"

#include "reputation/reputation.h"

enum { AT_ONCE = 20000, AHEAD = 4 /* keys whose places are read beforehand */ };

static struct trust_key_id id_of(const struct glimpse *glimpse, size_t i)
{
	return (struct trust_key_id){glimpse->algorithms[i], glimpse->keys[i]};
}

static uint8_t state_of(struct counting *counting, struct trust_key_id id)
{
	struct table_value value;

	return table_find(counting->table, id.key, &value) && value.algorithm == id.algorithm
		       ? value.state
		       : TRUST_UNKNOWN;
}

static bool is_blocked(struct counting *counting, const struct glimpse *glimpse)
{
	for (size_t i = 0; i < glimpse->n_keys; i++)
		if (state_of(counting, id_of(glimpse, i)) == TRUST_PUBLISHED)
			return true;
	return false;
}

/* Received by several groups for days, and nobody of weight complains of it. */
static bool is_good_link(struct counting *counting, struct trust_key_id id, int64_t now_s)
{
	const struct trust_constants *constants = &trust_constants_default;
	struct seen seen = exposures_at(counting->exposures, id, now_s);
	uint8_t state = state_of(counting, id);

	return (state == TRUST_UNKNOWN || state == TRUST_LEGITIMATE) &&
	       seen_is_settled(&seen, (uint32_t)constants->legitimate_min, constants->groups_min);
}

/* The mail has links, and all of them are good. */
static bool is_in_good_company(struct counting *counting, const struct glimpse *glimpse,
			       int64_t now_s)
{
	size_t n = 0;

	for (size_t i = 0; i < glimpse->n_keys; i++) {
		if (glimpse->algorithms[i] != FINGERPRINT_HOST)
			continue;
		if (!is_good_link(counting, id_of(glimpse, i), now_s))
			return false;
		n++;
	}
	return n > 0;
}

static void count(struct counting *counting, const struct glimpse *glimpse, int64_t now_s)
{
	struct seen_mail mail = {.mark = glimpse->mark,
				 .at_s = now_s,
				 .late_s = (int64_t)trust_constants_default.late_s};
	bool in_context;

	if (is_blocked(counting, glimpse))
		return;
	in_context = is_in_good_company(counting, glimpse, now_s);
	for (size_t i = 0; i < glimpse->n_keys; i++) {
		if (i + AHEAD < glimpse->n_keys)
			exposures_expect(counting->exposures, id_of(glimpse, i + AHEAD));
		mail.in_context = in_context && glimpse->algorithms[i] != FINGERPRINT_HOST;
		exposures_add(counting->exposures, id_of(glimpse, i), &mail);
	}
}

void counting_run(struct counting *counting, int64_t now_s)
{
	struct glimpse glimpse;

	for (int i = 0; i < AT_ONCE && glimpses_take(counting->glimpses, &glimpse); i++)
		count(counting, &glimpse, now_s);
}
