/* token_set: the tokens of one message, each once. See tokens.h. */
#include "lib/base/digest.h"
#include "lib/base/hash.h"
#include "plugins/Bayes/tokens.h"

/* The slot of the table that holds the token or is free for it: by its text, so that a word that
 * comes again costs no digest, and by its key, which is what counts. */
static uint32_t *slot_of_text(const struct token_set *set, struct str text)
{
	size_t at = (size_t)hash64_private(text) & (set->n_slots - 1);

	while (set->by_text[at] && !str_eq(set->list.items[set->by_text[at] - 1].text, text))
		at = (at + 1) & (set->n_slots - 1);
	return &set->by_text[at];
}

static uint32_t *slot_of_key(const struct token_set *set, const unsigned char *key)
{
	uint64_t hash = 0;
	size_t at;

	memcpy(&hash, key, TOKEN_KEY_BYTES);
	at = (size_t)((hash * 0x9e3779b97f4a7c15u) >> 20) & (set->n_slots - 1);
	while (set->by_key[at] &&
	       memcmp(set->list.items[set->by_key[at] - 1].key, key, TOKEN_KEY_BYTES) != 0)
		at = (at + 1) & (set->n_slots - 1);
	return &set->by_key[at];
}

static void grow_slots(struct arena *scan, struct token_set *set)
{
	set->n_slots = set->n_slots ? set->n_slots * 2 : 1024;
	set->by_text = ARENA_ARRAY(scan, uint32_t, set->n_slots);
	set->by_key = ARENA_ARRAY(scan, uint32_t, set->n_slots);
	for (size_t i = 0; i < set->list.n; i++) {
		*slot_of_text(set, set->list.items[i].text) = (uint32_t)i + 1;
		*slot_of_key(set, set->list.items[i].key) = (uint32_t)i + 1;
	}
}

void token_key(struct str text, unsigned char key[TOKEN_KEY_BYTES])
{
	unsigned char digest[DIGEST_MAX_BYTES];
	size_t n_bytes = digest_bytes(DIGEST_SHA1, text, digest);

	memcpy(key, digest + n_bytes - TOKEN_KEY_BYTES, TOKEN_KEY_BYTES);
}

struct token *token_set_add(struct arena *scan, struct token_set *set, struct str text)
{
	struct token token = {.text = text};
	uint32_t *by_text, *by_key;

	if (!text.len)
		return NULL;
	set->n_added++;
	if (set->list.n * 2 >= set->n_slots)
		grow_slots(scan, set);
	by_text = slot_of_text(set, text);
	if (*by_text)
		return &set->list.items[*by_text - 1];
	token_key(text, token.key);
	by_key = slot_of_key(set, token.key);
	if (*by_key)
		return NULL;
	token.text = arena_str(scan, text);
	vec_push(scan, &set->list, token);
	*by_text = *by_key = (uint32_t)set->list.n;
	return &set->list.items[set->list.n - 1];
}

struct token *token_set_find(const struct token_set *set, struct str text)
{
	uint32_t at = set->n_slots ? *slot_of_text(set, text) : 0;

	return at ? &set->list.items[at - 1] : NULL;
}
