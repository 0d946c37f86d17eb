/* records: see fold.h; keys, reporters and campaigns in memory, loaded when they are asked for. */
#include <string.h>

#include "reputation/fold.h"

struct trust *trust_new(struct arena *arena, const struct trust_constants *constants,
			const struct trust_backing *backing)
{
	struct trust *trust = ARENA_NEW(arena, struct trust);

	trust->arena = arena;
	trust->constants = constants;
	if (backing)
		trust->backing = *backing;
	trust->keys = map_new(arena);
	trust->reporters = map_new(arena);
	trust->campaigns = map_new(arena);
	return trust;
}

static struct str key_bytes(const struct trust_key_id *id, char out[9])
{
	out[0] = (char)id->algorithm;
	memcpy(out + 1, &id->key, sizeof id->key);
	return str_make(out, 9);
}

static struct str number_bytes(const uint32_t *number)
{
	return str_make((const char *)number, sizeof *number);
}

struct held_key *fold_key(struct trust *trust, struct trust_key_id id, bool create)
{
	char bytes[9];
	struct str name = key_bytes(&id, bytes);
	struct held_key *held = map_find(trust->keys, name);
	struct trust_key loaded = {.key = id.key, .algorithm = id.algorithm};

	if (held)
		return held;
	bool known = trust->backing.load_key &&
		     trust->backing.load_key(trust->backing.data, id, &loaded);
	if (!known && !create)
		return NULL;
	held = ARENA_NEW(trust->arena, struct held_key);
	held->record = loaded;
	map_put(trust->keys, name, held);
	return held;
}

static struct held_reporter *find_reporter(struct trust *trust, uint32_t id)
{
	struct held_reporter *held = map_find(trust->reporters, number_bytes(&id));

	if (held)
		return held;
	held = ARENA_NEW(trust->arena, struct held_reporter);
	held->record = (struct trust_reporter){.id = id,
					       .class = TRUST_USER,
					       .alpha = 1,
					       .beta = 1,
					       .revoke_alpha = 1,
					       .revoke_beta = 1};
	if (trust->backing.load_reporter)
		trust->backing.load_reporter(trust->backing.data, id, &held->record);
	map_put(trust->reporters, number_bytes(&id), held);
	return held;
}

/* Asked for each vote that is weighed. */
struct held_reporter *fold_reporter(struct trust *trust, uint32_t id)
{
	struct held_reporter **known = &trust->known[id % FOLD_KNOWN];

	if (!*known || (*known)->record.id != id)
		*known = find_reporter(trust, id);
	return *known;
}

struct held_campaign *fold_campaign(struct trust *trust, uint32_t id, bool create)
{
	struct held_campaign *held = map_find(trust->campaigns, number_bytes(&id));
	struct trust_campaign loaded = {.id = id};

	if (held || !id)
		return held;
	bool known = trust->backing.load_campaign &&
		     trust->backing.load_campaign(trust->backing.data, id, &loaded);
	if (!known && !create)
		return NULL;
	held = ARENA_NEW(trust->arena, struct held_campaign);
	held->record = loaded;
	map_put(trust->campaigns, number_bytes(&id), held);
	return held;
}

const struct trust_key *trust_find_key(struct trust *trust, struct trust_key_id id)
{
	struct held_key *held = fold_key(trust, id, false);

	return held ? &held->record : NULL;
}

const struct trust_reporter *trust_find_reporter(struct trust *trust, uint32_t id)
{
	return &fold_reporter(trust, id)->record;
}

const struct trust_campaign *trust_find_campaign(struct trust *trust, uint32_t id)
{
	struct held_campaign *held = fold_campaign(trust, id, false);

	return held ? &held->record : NULL;
}

/* --- what has changed --- */

void trust_changed(struct trust *trust, const struct trust_visitor *visitor)
{
	const struct map_entry *entry;

	for (size_t at = 0; visitor->key && (entry = map_next(trust->keys, &at));)
		if (((struct held_key *)entry->value)->is_changed)
			visitor->key(visitor->data, &((struct held_key *)entry->value)->record);
	for (size_t at = 0; visitor->reporter && (entry = map_next(trust->reporters, &at));)
		if (((struct held_reporter *)entry->value)->is_changed)
			visitor->reporter(visitor->data,
					  &((struct held_reporter *)entry->value)->record);
	for (size_t at = 0; visitor->campaign && (entry = map_next(trust->campaigns, &at));)
		if (((struct held_campaign *)entry->value)->is_changed)
			visitor->campaign(visitor->data,
					  &((struct held_campaign *)entry->value)->record);
}

void trust_clean(struct trust *trust)
{
	const struct map_entry *entry;

	for (size_t at = 0; (entry = map_next(trust->keys, &at));)
		((struct held_key *)entry->value)->is_changed = false;
	for (size_t at = 0; (entry = map_next(trust->reporters, &at));)
		((struct held_reporter *)entry->value)->is_changed = false;
	for (size_t at = 0; (entry = map_next(trust->campaigns, &at));)
		((struct held_campaign *)entry->value)->is_changed = false;
}
