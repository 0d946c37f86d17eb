/* The run over all engines; see fingerprint.h. */
#include "plugins/fingerprint/fingerprint.h"

enum {
	HEAD_BYTES = 2,
	FEW_BYTES = 62, /* of data that need no memory */
	SLOTS_FIRST = 256,
};

static const char *const names[FINGERPRINT_ALGORITHMS_MAX] = {
	[FINGERPRINT_TXT] = "TXT",   [FINGERPRINT_TXS] = "TXS", [FINGERPRINT_ANC] = "ANC",
	[FINGERPRINT_HOST] = "HOST", [FINGERPRINT_URL] = "URL", [FINGERPRINT_DOM] = "DOM",
	[FINGERPRINT_ATT] = "ATT",   [FINGERPRINT_IMG] = "IMG", [FINGERPRINT_CTK] = "CTK",
	[FINGERPRINT_EPH] = "EPH",   [FINGERPRINT_HDR] = "HDR", [FINGERPRINT_SUB] = "SUB",
	[FINGERPRINT_ANS] = "ANS",   [FINGERPRINT_PTH] = "PTH", [FINGERPRINT_SND] = "SND",
	[FINGERPRINT_ANT] = "ANT",   [FINGERPRINT_TEL] = "TEL", [FINGERPRINT_PDF] = "PDF",
	[FINGERPRINT_X28] = "X28",   [FINGERPRINT_X29] = "X29", [FINGERPRINT_X30] = "X30",
	[FINGERPRINT_X31] = "X31",
};

/* Raised when an engine answers otherwise than before. */
static const uint8_t versions[FINGERPRINT_ALGORITHMS] = {
	[FINGERPRINT_TXT] = 3, [FINGERPRINT_TXS] = 3, [FINGERPRINT_ANC] = 3, [FINGERPRINT_HOST] = 1,
	[FINGERPRINT_URL] = 1, [FINGERPRINT_DOM] = 1, [FINGERPRINT_ATT] = 3, [FINGERPRINT_IMG] = 2,
	[FINGERPRINT_CTK] = 2, [FINGERPRINT_EPH] = 3, [FINGERPRINT_HDR] = 1, [FINGERPRINT_SUB] = 2,
	[FINGERPRINT_ANS] = 3, [FINGERPRINT_PTH] = 1, [FINGERPRINT_SND] = 1, [FINGERPRINT_ANT] = 2,
	[FINGERPRINT_TEL] = 1, [FINGERPRINT_PDF] = 1,
};

struct fingerprint_settings *fingerprint_settings_new(struct arena *keep,
						      const unsigned char key[KEYED_HASH_KEY_BYTES])
{
	struct fingerprint_settings *settings = ARENA_NEW(keep, struct fingerprint_settings);

	settings->table = normal_table_make(keep);
	settings->hash = keyed_hash_of(key);
	settings->seed = keyed_hash(&settings->hash, "seed", 4);
	settings->popular = map_new_ci(keep);
	settings->freemail = map_new_ci(keep);
	return settings;
}

const char *fingerprint_name(uint8_t algorithm)
{
	return algorithm < FINGERPRINT_ALGORITHMS_MAX && names[algorithm] ? names[algorithm] : "?";
}

/* --- the set of keys --- */

/* Algorithm and version go in front of the data. */
static uint64_t key_of(const struct fingerprint_run *run, const struct fingerprint *print,
		       const void *data, size_t len)
{
	unsigned char few[HEAD_BYTES + FEW_BYTES], *bytes = few;

	if (len > FEW_BYTES)
		bytes = arena_alloc(run->scan, HEAD_BYTES + len);
	bytes[0] = print->algorithm;
	bytes[1] = print->version;
	if (len)
		memcpy(bytes + HEAD_BYTES, data, len);
	return keyed_hash(&run->settings->hash, bytes, HEAD_BYTES + len);
}

/* Where the key's number stands, or belongs. */
static uint32_t *slot_of(const struct fingerprint_run *run, uint64_t key)
{
	size_t mask = run->index.n_slots - 1, at = key & mask;
	uint32_t *slots = run->index.slots;

	while (slots[at] && run->set->keys.items[slots[at] - 1].key != key)
		at = (at + 1) & mask;
	return &slots[at];
}

static void make_room(struct fingerprint_run *run)
{
	size_t n = run->set->keys.n;

	if (2 * (n + 1) < run->index.n_slots)
		return;
	run->index.n_slots = run->index.n_slots ? 2 * run->index.n_slots : SLOTS_FIRST;
	run->index.slots = ARENA_ARRAY(run->scan, uint32_t, run->index.n_slots);
	for (size_t i = 0; i < n; i++)
		*slot_of(run, run->set->keys.items[i].key) = (uint32_t)(i + 1);
}

bool fingerprint_add(struct fingerprint_run *run, enum fingerprint_algorithm algorithm,
		     unsigned part, unsigned strength, const void *data, size_t len)
{
	struct fingerprint print = {(uint8_t)algorithm, 0, 0, part, strength};

	print.version = algorithm < FINGERPRINT_ALGORITHMS ? versions[algorithm] : run->version;
	print.key = key_of(run, &print, data, len);
	make_room(run);
	uint32_t *slot = slot_of(run, print.key);
	if (*slot)
		return false;
	vec_push(run->scan, &run->set->keys, print);
	*slot = (uint32_t)run->set->keys.n;
	return true;
}

void fingerprint_withhold(struct fingerprint_run *run, enum fingerprint_algorithm algorithm,
			  unsigned part, const char *why)
{
	struct fingerprint_withheld withheld = {(uint8_t)algorithm, part, why};

	vec_push(run->scan, &run->set->withheld, withheld);
}

bool fingerprint_is_recipient(const struct fingerprint_run *run, struct str address)
{
	for (size_t i = 0; i < run->recipients.n; i++)
		if (str_eq_ci(run->recipients.items[i], address))
			return true;
	return false;
}

/* The words of the recipients' names and local parts. */
static void collect_names(struct fingerprint_run *run)
{
	static const char *const headers[] = {"To:name", "Cc:name"};

	mail_to_addresses(run->scan, run->mail, &run->recipients);
	for (size_t i = 0; i < run->recipients.n && i < 20; i++) {
		struct str address = run->recipients.items[i];

		normal_names(run->scan, run->settings->table,
			     str_sub(address, 0, str_rfind_char(address, '@')), run->names);
	}
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		normal_names(run->scan, run->settings->table,
			     mail_header_c(run->scan, run->mail, headers[i]), run->names);
}

struct fingerprint_set *fingerprint_make(struct arena *scan,
					 const struct fingerprint_settings *settings,
					 const struct mail *mail)
{
	struct fingerprint_run run = {
		.scan = scan,
		.settings = settings,
		.mail = mail,
		.names = map_new(scan),
		.hosts = map_new(scan),
		.set = ARENA_NEW(scan, struct fingerprint_set),
	};

	collect_names(&run);
	fingerprint_links(&run);
	fingerprint_contacts(&run);
	fingerprint_paths(&run);
	fingerprint_sender(&run);
	fingerprint_texts(&run);
	fingerprint_shapes(&run);
	fingerprint_objects(&run);
	for (size_t i = 0; i < settings->engines.n; i++) {
		const struct fingerprint_engine *engine = &settings->engines.items[i];

		run.version = engine->version;
		engine->make(&run, engine->data);
	}
	return run.set;
}
