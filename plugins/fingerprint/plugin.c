/*
 * Whorl::Plugin::Fingerprint: a message's keys are made and looked up once, when the first rule
 * asks; rules score the opinion, tags show it. See fingerprint.md for functions, settings and tags.
 */
#include "plugins/fingerprint/plugin.h"

#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/profile.h"
#include "plugins/args.h"

enum { ID_DIGITS = 8, CONFIDENCE_UNKNOWN = 10, CONFIDENCE_DENIED = 100, IDS_MAX = 12 };

struct fingerprint_conf {
	struct str state;
	struct str_vec popular, freemail;
	struct map *overrides; /* "ALG:16 hex" → denied or allowed */
	struct fingerprint_settings *settings;
	struct reputation *reputation; /* NULL: nothing known there yet */
};

/* Values of conf.overrides. */
static const char denied, allowed;

/* What is known of one message. */
struct facts {
	struct fingerprint_set *set;
	struct reputation_opinion *opinion; /* NULL: no state folder */
	unsigned confidence;
	bool is_allowed, is_denied;
};

/* --- configuration --- */

static void conf_init(void *data, struct arena *keep)
{
	struct fingerprint_conf *conf = data;

	conf->overrides = map_new(keep);
}

static enum keyword_result add_override(struct keyword_line *line, const char *verdict)
{
	struct fingerprint_conf *conf = line->target;
	struct str rest = line->value, word;
	bool any = false;

	while (str_word_next(&rest, &word)) {
		size_t colon = str_find_char(word, ':');
		uint64_t key;

		if (colon == STR_NOT_FOUND || !number_hex(str_from_at(word, colon + 1), &key))
			return KEYWORD_INVALID_VALUE;
		map_put(conf->overrides,
			arena_printf(line->arena, "%.*s:%016llx", STR_ARG(str_sub(word, 0, colon)),
				     (unsigned long long)key),
			(void *)(uintptr_t)verdict);
		any = true;
	}
	return any ? KEYWORD_OK : KEYWORD_MISSING_VALUE;
}

static enum keyword_result parse_allow(struct keyword_line *line)
{
	return add_override(line, &allowed);
}

static enum keyword_result parse_deny(struct keyword_line *line)
{
	return add_override(line, &denied);
}

static const struct keyword_def keywords[] = {
	{"whorl_state", NULL, WHO_ADMIN, KEYWORD_STRING, offsetof(struct fingerprint_conf, state),
	 NULL},
	{"whorl_popular_domains", NULL, WHO_ADMIN, KEYWORD_STRINGLIST,
	 offsetof(struct fingerprint_conf, popular), NULL},
	{"whorl_freemail_domains", NULL, WHO_ADMIN, KEYWORD_STRINGLIST,
	 offsetof(struct fingerprint_conf, freemail), NULL},
	{"whorl_allow", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_allow},
	{"whorl_deny", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_deny},
	{NULL, NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, NULL},
};

static void add_all(struct map *set, const struct str_vec *names)
{
	for (size_t i = 0; i < names->n; i++)
		map_put(set, names->items[i], set);
}

/* Without a state folder the engines work with a key of zeros: for looking at keys, not for
 * sharing. */
static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	struct fingerprint_conf *conf = data;
	unsigned char key[KEYED_HASH_KEY_BYTES] = {0};
	enum status status = STATUS_OK;

	(void)reader, (void)ruleset;
	if (conf->state.len) {
		const char *state = arena_cstr(keep, conf->state);

		status = reputation_read_key(state, key, why);
		if (status == STATUS_OK)
			status = reputation_open(keep, state, &conf->reputation, why);
	}
	if (status != STATUS_OK)
		return status;
	conf->settings = fingerprint_settings_new(keep, key);
	add_all(conf->settings->popular, &conf->popular);
	add_all(conf->settings->freemail, &conf->freemail);
	return STATUS_OK;
}

/* What identifies the plugin to the scan; NULL when it is not loaded. */
static const void *loaded_plugin(const struct ruleset *ruleset)
{
	const struct extension *extension = ruleset->extension;
	const void *plugin;

	if (!extension->is_loaded(extension->host, STR_LIT(FINGERPRINT_PLUGIN_CLASS)) ||
	    !extension->find_eval(extension->host, STR_LIT("check_whorl"), &plugin))
		return NULL;
	return plugin;
}

static struct fingerprint_settings *settings_of(const struct ruleset *ruleset)
{
	const struct extension *extension = ruleset->extension;
	const void *plugin = loaded_plugin(ruleset);

	if (!plugin)
		return NULL;
	const struct fingerprint_conf *conf = extension->plugin_conf(extension->host, NULL, plugin);
	return conf->settings;
}

const struct fingerprint_settings *fingerprint_plugin_settings(const struct ruleset *ruleset)
{
	return settings_of(ruleset);
}

enum status fingerprint_register(struct ruleset *ruleset, struct arena *keep,
				 const struct fingerprint_engine *engine, struct why *why)
{
	struct fingerprint_settings *settings = settings_of(ruleset);

	if (!settings)
		return why_set(why, STATUS_UNSUPPORTED, "the fingerprint layer is not loaded");
	if (engine->algorithm < FINGERPRINT_X28 || engine->algorithm > FINGERPRINT_X31)
		return why_set(why, STATUS_INVALID, "%d is no algorithm for third parties",
			       (int)engine->algorithm);
	for (size_t i = 0; i < settings->engines.n; i++)
		if (settings->engines.items[i].algorithm == engine->algorithm)
			return why_set(why, STATUS_INVALID, "algorithm %d is taken",
				       (int)engine->algorithm);
	vec_push(keep, &settings->engines, *engine);
	return STATUS_OK;
}

/* --- a message --- */

static const char *override_of(const struct fingerprint_conf *conf, const struct fingerprint *print)
{
	char name[32];
	int len = snprintf(name, sizeof name, "%s:%016llx", fingerprint_name(print->algorithm),
			   (unsigned long long)print->key);

	return map_find(conf->overrides, str_make(name, (size_t)len));
}

/* What the administrator has said of a key beats the network; a key that is allowed beats one
 * denied. */
static void apply_overrides(const struct fingerprint_conf *conf, struct facts *facts)
{
	if (!map_count(conf->overrides))
		return;
	for (size_t i = 0; i < facts->set->keys.n; i++) {
		const char *verdict = override_of(conf, &facts->set->keys.items[i]);

		facts->is_allowed |= verdict == &allowed;
		facts->is_denied |= verdict == &denied;
	}
	if (facts->is_allowed)
		facts->confidence = 0;
	else if (facts->is_denied)
		facts->confidence = CONFIDENCE_DENIED;
}

static void look_up(struct scan *scan, const struct fingerprint_conf *conf, struct facts *facts)
{
	size_t n = facts->set->keys.n;
	struct reputation_key *keys = ARENA_ARRAY(scan_arena(scan), struct reputation_key, n + 1);

	for (size_t i = 0; i < n; i++)
		keys[i] = (struct reputation_key){facts->set->keys.items[i].algorithm,
						  facts->set->keys.items[i].key};
	facts->opinion = reputation_look_up(scan_arena(scan), conf->reputation, keys, n);
	facts->confidence = facts->opinion->confidence;
}

/* "ANC:01234567": ids are cut, so that nobody can feed them back. */
static struct str short_id(struct arena *arena, const struct facts *facts,
			   const struct reputation_match *match)
{
	const struct fingerprint *print = &facts->set->keys.items[match->index];

	return arena_printf(arena, "%s:%0*llx", fingerprint_name(print->algorithm), ID_DIGITS,
			    (unsigned long long)(print->key >> (64 - 4 * ID_DIGITS)));
}

static struct str_vec ids_of(struct arena *arena, const struct facts *facts)
{
	struct str_vec ids = {0};

	for (size_t i = 0; facts->opinion && i < facts->opinion->matches.n && ids.n < IDS_MAX; i++)
		if (facts->opinion->matches.items[i].counts)
			vec_push(arena, &ids,
				 short_id(arena, facts, &facts->opinion->matches.items[i]));
	return ids;
}

static void set_tags(struct scan *scan, const struct facts *facts)
{
	struct str_vec ids = ids_of(scan_arena(scan), facts);

	scan_tag_set(scan, "WHORL", arena_printf(scan_arena(scan), "%u", facts->confidence));
	for (size_t i = 0; i < ids.n; i++)
		scan_tag_add(scan, "WHORLKEYS", ids.items[i]);
}

/* For reports and whorl explain: which keys spoke. */
static int noted(struct scan *scan, const struct eval_call *call, const struct facts *facts,
		 bool hits)
{
	struct str_vec ids = ids_of(scan_arena(scan), facts);
	struct str line = str_vec_join(scan_arena(scan), &ids, " ");

	if (hits && call->rule && ids.n)
		scan_note(scan, call->rule,
			  arena_printf(scan_arena(scan), "%u %%: %.*s", facts->confidence,
				       STR_ARG(line)));
	return hits;
}

static const struct facts *facts_by(struct scan *scan, const void *plugin)
{
	const struct fingerprint_conf *conf = scan_plugin_conf(scan, plugin);
	void **slot = scan_plugin_slot(scan, plugin);
	struct facts *facts = *slot;

	if (facts)
		return facts;
	struct profile_mark mark = profile_enter(PROFILE_FINGERPRINTS);
	*slot = facts = ARENA_NEW(scan_arena(scan), struct facts);
	facts->confidence = CONFIDENCE_UNKNOWN;
	facts->set = fingerprint_make(scan_arena(scan), conf->settings, scan_mail(scan));
	if (conf->reputation)
		look_up(scan, conf, facts);
	apply_overrides(conf, facts);
	set_tags(scan, facts);
	profile_leave(mark);
	return facts;
}

static const struct facts *facts_of(struct scan *scan, const struct eval_call *call)
{
	return facts_by(scan, call->plugin);
}

const struct fingerprint_set *fingerprint_of(struct scan *scan)
{
	const void *plugin = loaded_plugin(scan_prefs(scan)->ruleset);

	return plugin ? facts_by(scan, plugin)->set : NULL;
}

/* --- eval functions --- */

/* check_whorl(FROM, TO): the confidence is between them, both included. */
static int check_whorl(struct scan *scan, const struct eval_call *call)
{
	const struct facts *facts = facts_of(scan, call);

	return noted(scan, call, facts,
		     facts->confidence >= arg_number(call, 0) &&
			     facts->confidence <= arg_number(call, 1));
}

/* check_whorl_witnesses(N): keys of N families speak for spam, or a honeypot does. */
static int check_whorl_witnesses(struct scan *scan, const struct eval_call *call)
{
	const struct facts *facts = facts_of(scan, call);

	return facts->opinion &&
	       (facts->opinion->has_honeypot || facts->opinion->n_families >= arg_number(call, 0));
}

static int check_whorl_contested(struct scan *scan, const struct eval_call *call)
{
	const struct facts *facts = facts_of(scan, call);

	return facts->opinion && facts->opinion->is_contested;
}

static int check_whorl_legitimate(struct scan *scan, const struct eval_call *call)
{
	const struct facts *facts = facts_of(scan, call);

	return facts->is_allowed || (facts->opinion && facts->opinion->is_legitimate &&
				     facts->confidence < CONFIDENCE_UNKNOWN);
}

static enum status two_numbers(struct arena *keep, struct eval_call *call, struct why *why)
{
	(void)keep;
	if (call->args.n == 2)
		return STATUS_OK;
	return why_set(why, STATUS_INVALID, "two numbers are wanted, from and to");
}

static const struct eval_def evals[] = {
	{"check_whorl", two_numbers, check_whorl},
	{"check_whorl_contested", NULL, check_whorl_contested},
	{"check_whorl_legitimate", NULL, check_whorl_legitimate},
	{"check_whorl_witnesses", NULL, check_whorl_witnesses},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_fingerprint = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = FINGERPRINT_PLUGIN_CLASS,
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct fingerprint_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
