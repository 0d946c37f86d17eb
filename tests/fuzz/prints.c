/* prints: see prints.h. */
#include "tests/fuzz/prints.h"

#include "lib/base/buf.h"

/* What outlives a message: made once. */
static struct fuzz_state {
	struct arena *keep;
	struct fingerprint_settings *settings;
	struct registry *registry;
	struct uri_settings uri;
	struct trust_settings trust;
} state;

static void set_up(void)
{
	static const unsigned char key[KEYED_HASH_KEY_BYTES] = "fuzzing";
	struct netset *none;

	if (state.keep)
		return;
	state.keep = arena_new("keep", 0);
	none = netset_new(state.keep, "none");
	state.settings = fingerprint_settings_new(state.keep, key);
	state.settings->day = 20000;
	map_put(state.settings->popular, STR_LIT("popular.com"), &state);
	map_put(state.settings->freemail, STR_LIT("free.com"), &state);
	state.registry = registry_new(state.keep);
	registry_add(state.registry, 1, STR_LIT("com"));
	registry_add(state.registry, 1, STR_LIT("example"));
	state.uri = (struct uri_settings){.registry = state.registry, .parse_dkim_uris = true};
	state.trust = (struct trust_settings){.parser = received_parser_new(state.keep),
					      .trusted = none,
					      .internal = none,
					      .msa = none};
}

void fuzz_prints(const char *head, const unsigned char *data, size_t size)
{
	struct arena *scan = arena_new("scan", 0);
	struct buf raw;

	set_up();
	buf_init(&raw, scan);
	if (head)
		buf_printf(&raw, "From: a@b.example\nTo: C D <c@d.example>\n%s\n\n", head);
	buf_add(&raw, data, size);
	const struct message *message =
		message_parse(scan, buf_str(&raw), &message_settings_default);
	struct mail *mail =
		mail_make(scan, message, &message_settings_default, &state.trust, &state.uri);
	fingerprint_make(scan, state.settings, mail);
	arena_free(scan);
}
