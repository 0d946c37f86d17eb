/*
 * calendar: an example of a plugin that is not part of Whorl. It brings
 *   - an engine: invitations to calendars (text/calendar, RFC 5545) are known again by their
 * summary and organizer, whatever their time, number and recipients;
 *   - a source of reputation: fingerprints that a list on the disk names, for rules.
 * doc/plugins.md says how it is built and loaded:
 *     loadplugin Example::Plugin::Calendar /usr/lib/whorl/calendar.so
 *     calendar_list /etc/whorl/bad-fingerprints
 *     body  LISTED_FINGERPRINT  eval:check_listed_fingerprints()
 */
#include "lib/base/file.h"
#include "plugins/fingerprint/plugin.h"

enum {
	ENGINE_VERSION = 1,
	PARTS_MAX = 8,
	WORDS_MIN = 3, /* of a summary: shorter ones are everybody's */
	LIST_BYTES_MAX = 16 << 20,
};

struct calendar_conf {
	struct str list;
	struct map *listed; /* "ALG:16 hex" → itself */
};

static void conf_init(void *data, struct arena *keep)
{
	((struct calendar_conf *)data)->listed = map_new(keep);
}

static const struct keyword_def keywords[] = {
	{"calendar_list", NULL, WHO_ADMIN, KEYWORD_STRING, offsetof(struct calendar_conf, list),
	 NULL},
	{NULL, NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, NULL},
};

/* --- the engine --- */

/* The value of an iCalendar property, without its parameters; empty when it is not there. */
static struct str property(struct str calendar, const char *name)
{
	struct str line;

	while (str_line_next(&calendar, &line)) {
		size_t colon = str_find_char(line, ':');

		if (str_has_prefix_ci(line, name) && colon != STR_NOT_FOUND &&
		    ascii_is_in(line.ptr[strlen(name)], ":;"))
			return str_trim(str_from_at(line, colon + 1));
	}
	return STR_NONE;
}

/* Letters in lower case, one blank for everything between them. Returns the number of words. */
static unsigned add_words(struct buf *out, struct str text)
{
	unsigned n = 0;
	bool in_word = false;

	for (size_t i = 0; i < text.len; i++) {
		bool is_letter = ascii_is_alpha((unsigned char)text.ptr[i]) || text.ptr[i] < 0;

		if (is_letter && !in_word) {
			n++;
			buf_add_char(out, ' ');
		}
		if (is_letter)
			buf_add_char(out, ascii_lower(text.ptr[i]));
		in_word = is_letter;
	}
	return n;
}

static void look_at(struct fingerprint_run *run, struct part *part)
{
	struct str calendar = part_decoded(run->scan, part);
	struct buf key;

	buf_init(&key, run->scan);
	unsigned n_words = add_words(&key, property(calendar, "SUMMARY"));
	if (n_words < WORDS_MIN) {
		fingerprint_withhold(run, FINGERPRINT_X30, part->number, "summary too short");
		return;
	}
	buf_add_char(&key, '\n');
	buf_add_str(&key, arena_lower(run->scan, property(calendar, "ORGANIZER")));
	fingerprint_add(run, FINGERPRINT_X30, part->number, n_words, key.ptr, key.len);
}

static void make(struct fingerprint_run *run, const void *data)
{
	struct part_vec parts = {.n = 0};
	size_t n = 0;

	(void)data;
	message_parts(run->scan, run->mail->message, true, &parts);
	for (size_t i = 0; i < parts.n && n < PARTS_MAX; i++)
		if (str_eq_c(parts.items[i]->type, "text/calendar")) {
			look_at(run, parts.items[i]);
			n++;
		}
}

/* --- the source --- */

static enum status read_list(struct calendar_conf *conf, struct arena *keep, struct why *why)
{
	struct str text, line;
	enum status status =
		file_read(keep, arena_cstr(keep, conf->list), LIST_BYTES_MAX, &text, why);

	if (status != STATUS_OK)
		return status;
	while (str_line_next(&text, &line)) {
		line = str_trim(line);
		if (line.len && *line.ptr != '#')
			map_put(conf->listed, line, conf->listed);
	}
	return STATUS_OK;
}

static int check_listed_fingerprints(struct scan *scan, const struct eval_call *call)
{
	const struct calendar_conf *conf = scan_plugin_conf(scan, call->plugin);
	const struct fingerprint_set *set = fingerprint_of(scan);

	for (size_t i = 0; set && i < set->keys.n; i++) {
		const struct fingerprint *print = &set->keys.items[i];
		struct str name = arena_printf(scan_arena(scan), "%s:%016llx",
					       fingerprint_name(print->algorithm),
					       (unsigned long long)print->key);

		if (map_has(conf->listed, name)) {
			scan_note(scan, call->rule, name);
			return 1;
		}
	}
	return 0;
}

static const struct eval_def evals[] = {
	{"check_listed_fingerprints", NULL, check_listed_fingerprints},
	{NULL, NULL, NULL},
};

/* --- the plugin --- */

static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	static const struct fingerprint_engine engine = {
		.algorithm = FINGERPRINT_X30,
		.version = ENGINE_VERSION,
		.make = make,
	};
	struct calendar_conf *conf = data;
	enum status status = fingerprint_register(ruleset, keep, &engine, why);

	(void)reader;
	/* without the fingerprint layer there is nothing to do, which is no fault */
	if (status == STATUS_UNSUPPORTED)
		return STATUS_OK;
	return status == STATUS_OK && conf->list.len ? read_list(conf, keep, why) : status;
}

const struct plugin_def whorl_plugin = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Example::Plugin::Calendar",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct calendar_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
