/*
 * fingerprints: how well campaigns are known again. Of each campaign the first members are reported
 *by administrators of different groups, on the real ledger, fold and table; then its other members
 *and messages that nobody reported are looked up. usage: fingerprints [--reports N] [--rules DIR]
 *CAMPAIGNS HAM CAMPAIGNS: lines "CAMPAIGN TAB FILE"; HAM: lines "FILE"; paths as they are or below
 *the list's folder
 */
#include <config.h>

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/must.h"
#include "lib/base/number.h"
#include "plugins/fingerprint/plugin.h"
#include "plugins/host.h"
#include "reputation/keeper.h"

enum { NOW_S = 1700000000, MESSAGE_BYTES_MAX = 64 << 20, RANGES = 4, US_MAX = 100000 };

static const unsigned range_from[RANGES] = {95, 80, 50, 0};
static const char *const range_names[RANGES] = {"confirmed >= 95", "probable >= 80",
						"suspect >= 50", "nothing"};

struct bench {
	struct arena *keep, *scan;
	struct ruleset *ruleset;
	unsigned char key[KEYED_HASH_KEY_BYTES]; /* of the network: it draws what is looked at */
	const struct fingerprint_settings *settings;
	char folder[64];
	struct keeper *keeper;
	struct reputation *reputation;
	unsigned n_reports; /* of each campaign */
	bool report_every;  /* each member by so many reporters: what can go wrong with ham */
	unsigned show_from, show_below; /* ham to show, campaign members to show */
	VEC_OF(, int64_t) make_us, look_us;
};

struct tally {
	size_t n, ranges[RANGES], algorithms[FINGERPRINT_ALGORITHMS], none;
};

/* --- messages --- */

static struct fingerprint_set *prints_of(struct bench *bench, struct str path)
{
	struct str raw;
	struct why why;
	const struct ruleset *rules = bench->ruleset;

	arena_reset(bench->scan);
	if (file_read(bench->scan, arena_cstr(bench->scan, path), MESSAGE_BYTES_MAX, &raw, &why) !=
	    STATUS_OK) {
		fprintf(stderr, "fingerprints: %s\n", why.text);
		return NULL;
	}
	const struct message *message = message_parse(bench->scan, raw, &rules->message_settings);
	struct mail *mail = mail_make(bench->scan, message, &rules->message_settings,
				      &rules->trust_settings, &rules->uri_settings);
	int64_t from_us = clock_mono_us();
	struct fingerprint_set *set = fingerprint_make(bench->scan, bench->settings, mail);
	vec_push(bench->keep, &bench->make_us, clock_mono_us() - from_us);
	return set;
}

static struct reputation_key *keys_of(struct bench *bench, const struct fingerprint_set *set)
{
	struct reputation_key *keys =
		ARENA_ARRAY(bench->scan, struct reputation_key, set->keys.n + 1);

	for (size_t i = 0; i < set->keys.n; i++)
		keys[i] = (struct reputation_key){set->keys.items[i].algorithm,
						  set->keys.items[i].key};
	return keys;
}

static void report(struct bench *bench, struct str path, unsigned reporter)
{
	struct fingerprint_set *set = prints_of(bench, path);
	struct ledger_report entry = {.at_s = NOW_S, .class = TRUST_ADMIN, .kind = TRUST_SPAM};
	uint64_t sequence;
	bool is_new;
	struct why why;

	if (!set)
		return;
	struct trust_key_id *keys = ARENA_ARRAY(bench->scan, struct trust_key_id, set->keys.n + 1);
	for (size_t i = 0; i < set->keys.n; i++)
		keys[i] =
			(struct trust_key_id){set->keys.items[i].algorithm, set->keys.items[i].key};
	entry.id = arena_printf(bench->scan, "%u %.*s", reporter, STR_ARG(path));
	entry.reporter = entry.group = arena_printf(bench->scan, "reporter %u", reporter);
	entry.keys = keys;
	entry.n_keys = set->keys.n;
	must(ledger_append(keeper_ledger(bench->keeper), &entry, &sequence, &is_new, &why) ==
	     STATUS_OK);
}

/* " HOST 1/2": so many of the message's keys count, or "(1/2)": are known and don't. */
static void print_matches(const struct reputation_key *keys, size_t n,
			  const struct reputation_opinion *opinion)
{
	unsigned all[FINGERPRINT_ALGORITHMS] = {0}, known[FINGERPRINT_ALGORITHMS] = {0};
	bool counts[FINGERPRINT_ALGORITHMS] = {false};

	for (size_t i = 0; i < n; i++)
		all[keys[i].algorithm]++;
	for (size_t i = 0; i < opinion->matches.n; i++) {
		uint8_t algorithm = keys[opinion->matches.items[i].index].algorithm;

		known[algorithm]++;
		counts[algorithm] |= opinion->matches.items[i].counts;
	}
	for (uint8_t i = 0; i < FINGERPRINT_ALGORITHMS; i++)
		if (known[i])
			printf(counts[i] ? " %s %u/%u" : " (%s %u/%u)", fingerprint_name(i),
			       known[i], all[i]);
	putchar('\n');
}

static void look_up(struct bench *bench, struct str path, struct tally *tally, unsigned show_from,
		    unsigned show_below)
{
	struct fingerprint_set *set = prints_of(bench, path);
	bool seen[FINGERPRINT_ALGORITHMS] = {false};

	if (!set)
		return;
	struct reputation_key *keys = keys_of(bench, set);
	int64_t from_us = clock_mono_us();
	struct reputation_opinion *opinion =
		reputation_look_up(bench->scan, bench->reputation, keys, set->keys.n);
	vec_push(bench->keep, &bench->look_us, clock_mono_us() - from_us);
	tally->n++;
	for (int i = 0; i < RANGES; i++)
		if (opinion->confidence >= range_from[i]) {
			tally->ranges[i]++;
			break;
		}
	for (size_t i = 0; i < opinion->matches.n; i++)
		if (opinion->matches.items[i].counts)
			seen[keys[opinion->matches.items[i].index].algorithm] = true;
	for (int i = 0; i < FINGERPRINT_ALGORITHMS; i++)
		tally->algorithms[i] += seen[i];
	tally->none += opinion->matches.n == 0;
	if (opinion->confidence >= show_from && opinion->confidence < show_below) {
		printf("%u %.*s", opinion->confidence, STR_ARG(path));
		print_matches(keys, set->keys.n, opinion);
	}
}

/* --- lists --- */

static struct str next_line(struct bench *bench, FILE *file, const char *list)
{
	char line[4096];
	struct str text;

	if (!fgets(line, sizeof line, file))
		return STR_NONE;
	text = str_trim(str_from(line));
	(void)list;
	return arena_str(bench->keep, text);
}

static FILE *open_list(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file) {
		perror(path);
		exit(66);
	}
	return file;
}

/* Calls member() with each file and its place in its campaign. */
static void each_member(struct bench *bench, const char *list,
			void (*member)(struct bench *, struct str path, unsigned place, void *data),
			void *data)
{
	FILE *file = open_list(list);
	struct str line, last = STR_NONE, dir = path_dir(str_from(list));
	unsigned place = 0;

	while ((line = next_line(bench, file, list)).len) {
		struct str rest = line, campaign, name;

		if (!str_split_next(&rest, '\t', &campaign) ||
		    !str_split_next(&rest, '\t', &name) || str_eq_c(campaign, "campaign"))
			continue;
		place = str_eq(campaign, last) ? place + 1 : 0;
		last = campaign;
		member(bench, path_join(bench->keep, dir, name), place, data);
	}
	fclose(file);
}

static void report_first(struct bench *bench, struct str path, unsigned place, void *data)
{
	(void)data;
	for (unsigned i = 0; bench->report_every && i < bench->n_reports; i++)
		report(bench, path, i);
	if (!bench->report_every && place < bench->n_reports)
		report(bench, path, place);
}

static void look_up_later(struct bench *bench, struct str path, unsigned place, void *data)
{
	if (place >= bench->n_reports)
		look_up(bench, path, data, 0, bench->show_below);
}

static void look_up_ham(struct bench *bench, const char *list, struct tally *tally)
{
	FILE *file = open_list(list);
	struct str line, dir = path_dir(str_from(list));

	while ((line = next_line(bench, file, list)).len)
		look_up(bench, path_join(bench->keep, dir, line), tally, bench->show_from, 101);
	fclose(file);
}

/* --- output --- */

static void print_tally(const char *title, const struct tally *tally)
{
	printf("\n%s: %zu messages\n", title, tally->n);
	for (int i = 0; i < RANGES; i++)
		printf("  %-18s %6zu  %6.2f %%\n", range_names[i], tally->ranges[i],
		       tally->n ? 100.0 * (double)tally->ranges[i] / (double)tally->n : 0);
	printf("  by algorithm:");
	for (int i = 1; i < FINGERPRINT_ALGORITHMS; i++)
		printf(" %s %.1f", fingerprint_name((uint8_t)i),
		       tally->n ? 100.0 * (double)tally->algorithms[i] / (double)tally->n : 0);
	puts(" (%)");
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void print_times(const char *title, int64_t *us, size_t n)
{
	if (!n)
		return;
	qsort(us, n, sizeof *us, by_value);
	printf("%-12s median %lld us, p95 %lld us, p99 %lld us, max %lld us\n", title,
	       (long long)us[n / 2], (long long)us[n * 95 / 100], (long long)us[n * 99 / 100],
	       (long long)us[n - 1]);
}

/* --- */

static void load_rules(struct bench *bench, const char *rules)
{
	struct plugin_host *host = plugin_host_new(bench->keep);
	struct diag_sink diags = {0};
	struct load_options options = {.local_tests_only = true};
	struct why why;

	vec_push(bench->keep, &options.pre, STR_LIT("loadplugin Whorl::Plugin::Fingerprint"));
	if (rules)
		vec_push(bench->keep, &options.cf, arena_printf(bench->keep, "include %s", rules));
	if (ruleset_load(bench->keep, &options, plugin_host_extension(host), &diags,
			 &bench->ruleset, &why) != STATUS_OK) {
		fprintf(stderr, "fingerprints: %s\n", why.text);
		exit(78);
	}
	struct fingerprint_settings *settings = ARENA_NEW(bench->keep, struct fingerprint_settings);
	must(fingerprint_plugin_settings(bench->ruleset) != NULL);
	*settings = *fingerprint_plugin_settings(bench->ruleset);
	settings->hash = keyed_hash_new(bench->keep, bench->key);
	settings->seed = keyed_hash(settings->hash, "seed", 4);
	bench->settings = settings;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

static void run(struct bench *bench, const char *campaigns, const char *ham)
{
	struct tally later = {0}, unreported = {0};
	struct why why = {0};

	snprintf(bench->folder, sizeof bench->folder, "/tmp/whorl-bench-XXXXXX");
	must(mkdtemp(bench->folder) != NULL);
	must(keeper_open(bench->keep, bench->folder, &trust_constants_default, &bench->keeper,
			 &why) == STATUS_OK);
	each_member(bench, campaigns, report_first, NULL);
	must(keeper_work(bench->keeper, NOW_S, NULL, &why) == STATUS_OK);
	must(reputation_open(bench->keep, bench->folder, &bench->reputation, &why) == STATUS_OK);
	each_member(bench, campaigns, look_up_later, &later);
	look_up_ham(bench, ham, &unreported);
	print_tally("Later members of reported campaigns", &later);
	print_tally("Ham that nobody reported", &unreported);
	putchar('\n');
	print_times("make keys", bench->make_us.items, bench->make_us.n);
	print_times("look up", bench->look_us.items, bench->look_us.n);
}

int main(int argc, char **argv)
{
	struct bench bench = {.n_reports = 3, .show_from = 50};
	const char *rules = NULL;
	int option;

	while ((option = getopt(argc, argv, "aek:n:r:v")) != -1) {
		uint64_t n = 3;
		if (option == 'n' && number_u64(str_from(optarg), &n))
			bench.n_reports = (unsigned)n;
		if (option == 'a')
			bench.show_from = 11;
		if (option == 'k' && number_u64(str_from(optarg), &n))
			memcpy(bench.key, &n, sizeof n);
		if (option == 'e')
			bench.report_every = true;
		if (option == 'v')
			bench.show_below = 95;
		if (option == 'r')
			rules = optarg;
	}
	if (argc - optind != 2) {
		fputs("usage: fingerprints [-n REPORTS] [-r RULES.cf] [-aev] [-k KEY] CAMPAIGNS "
		      "HAM\n",
		      stderr);
		return 64;
	}
	bench.keep = arena_new("bench", 0);
	bench.scan = arena_new("scan", 0);
	load_rules(&bench, rules);
	run(&bench, argv[optind], argv[optind + 1]);
	arena_free(bench.scan);
	arena_free(bench.keep);
	nftw(bench.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}
