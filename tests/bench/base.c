/* base: see base.h. */
#include "tests/bench/base.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/must.h"
#include "plugins/host.h"
#include "reputation/trust.h"

static void load_rules(struct bench_base *base, const char *program, const char *rules)
{
	struct plugin_host *host = plugin_host_new(base->keep);
	struct diag_sink diags = {0};
	struct load_options options = {.local_tests_only = true};
	struct why why;

	vec_push(base->keep, &options.pre, STR_LIT("loadplugin Whorl::Plugin::Fingerprint"));
	if (rules)
		vec_push(base->keep, &options.cf, arena_printf(base->keep, "include %s", rules));
	if (ruleset_load(base->keep, &options, plugin_host_extension(host), &diags, &base->ruleset,
			 &why) != STATUS_OK) {
		fprintf(stderr, "%s: %s\n", program, why.text);
		exit(78);
	}
}

/* The plugin's settings under another key. */
static void set_key(struct bench_base *base, uint64_t number)
{
	struct fingerprint_settings *settings = ARENA_NEW(base->keep, struct fingerprint_settings);
	unsigned char key[KEYED_HASH_KEY_BYTES] = {0};

	must(fingerprint_plugin_settings(base->ruleset) != NULL);
	*settings = *fingerprint_plugin_settings(base->ruleset);
	memcpy(key, &number, sizeof number);
	settings->hash = keyed_hash_of(key);
	settings->seed = keyed_hash(&settings->hash, "seed", 4);
	base->settings = settings;
}

void bench_open(struct bench_base *base, const char *program, const char *rules, uint64_t key)
{
	*base = (struct bench_base){.keep = arena_new("bench", 0), .scan = arena_new("scan", 0)};
	load_rules(base, program, rules);
	set_key(base, key);
	snprintf(base->folder, sizeof base->folder, "/tmp/whorl-bench-XXXXXX");
	must(mkdtemp(base->folder) != NULL);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

void bench_close(struct bench_base *base)
{
	arena_free(base->scan);
	arena_free(base->keep);
	nftw(base->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void bench_open_table(struct bench_base *base)
{
	const char *path = arena_printf(base->keep, "%s/table", base->folder).ptr;
	struct why why;

	must(table_open(base->keep, path, TABLE_WRITE, &base->table, &why) == STATUS_OK);
	must(reputation_open(base->keep, base->folder, &base->reputation, &why) == STATUS_OK);
}

struct mail *bench_mail(struct bench_base *base, struct str raw)
{
	const struct ruleset *rules = base->ruleset;
	const struct message *message = message_parse(base->scan, raw, &rules->message_settings);

	return mail_make(base->scan, message, &rules->message_settings, &rules->trust_settings,
			 &rules->uri_settings);
}

struct reputation_key *bench_keys(struct bench_base *base, const struct fingerprint_set *set)
{
	struct reputation_key *keys =
		ARENA_ARRAY(base->scan, struct reputation_key, set->keys.n + 1);

	for (size_t i = 0; i < set->keys.n; i++)
		keys[i] = (struct reputation_key){set->keys.items[i].algorithm,
						  set->keys.items[i].key};
	return keys;
}

/* What three administrators' reports come to. */
void bench_publish(struct bench_base *base, const struct fingerprint_set *set)
{
	struct table_value value = {.log_odds = 4.5, .state = TRUST_PUBLISHED, .groups = 3};
	struct why why;

	for (size_t i = 0; i < set->keys.n; i++) {
		value.algorithm = set->keys.items[i].algorithm;
		must(table_put(base->table, set->keys.items[i].key, &value, &why) == STATUS_OK);
	}
}

void bench_withdraw(struct bench_base *base, const struct fingerprint_set *set)
{
	for (size_t i = 0; i < set->keys.n; i++)
		table_remove(base->table, set->keys.items[i].key);
}

FILE *bench_open_list(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file) {
		perror(path);
		exit(66);
	}
	return file;
}

struct str bench_next_line(struct bench_base *base, FILE *file)
{
	char line[4096];

	if (!fgets(line, sizeof line, file))
		return STR_NONE;
	return arena_str(base->keep, str_trim(str_from(line)));
}

bool bench_read_member(struct bench_base *base, const char *list, struct str line,
		       struct str *campaign_out, struct str *path_out)
{
	struct str name;

	if (!str_split_next(&line, '\t', campaign_out) || !str_split_next(&line, '\t', &name) ||
	    str_eq_c(*campaign_out, "campaign"))
		return false;
	*path_out = path_join(base->keep, path_dir(str_from(list)), name);
	return true;
}
