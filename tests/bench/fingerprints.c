/*
 * fingerprints: how well campaigns are known again. Of each campaign the first members are reported
 *by administrators of different groups, on the real ledger, fold and table; then its other members
 *and messages that nobody reported are looked up. usage: fingerprints [--reports N] [--rules DIR]
 *CAMPAIGNS HAM CAMPAIGNS: lines "CAMPAIGN TAB FILE"; HAM: lines "FILE"; paths as they are or below
 *the list's folder
 */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/must.h"
#include "lib/base/number.h"
#include "reputation/keeper.h"
#include "tests/bench/base.h"

enum { NOW_S = 1700000000, RANGES = 4, US_MAX = 100000 };

static const unsigned range_from[RANGES] = {95, 80, 50, 0};
static const char *const range_names[RANGES] = {"confirmed >= 95", "probable >= 80",
						"suspect >= 50", "nothing"};

struct bench {
	struct bench_base base;
	struct keeper *keeper;
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
	struct bench_base *base = &bench->base;

	arena_reset(base->scan);
	if (file_read(base->scan, arena_cstr(base->scan, path), BENCH_MESSAGE_BYTES_MAX, &raw,
		      &why) != STATUS_OK) {
		fprintf(stderr, "fingerprints: %s\n", why.text);
		return NULL;
	}
	struct mail *mail = bench_mail(base, raw);
	int64_t from_us = clock_mono_us();
	struct fingerprint_set *set =
		fingerprint_make(bench->base.scan, bench->base.settings, mail);
	vec_push(bench->base.keep, &bench->make_us, clock_mono_us() - from_us);
	return set;
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
	struct trust_key_id *keys =
		ARENA_ARRAY(bench->base.scan, struct trust_key_id, set->keys.n + 1);
	for (size_t i = 0; i < set->keys.n; i++)
		keys[i] =
			(struct trust_key_id){set->keys.items[i].algorithm, set->keys.items[i].key};
	entry.id = arena_printf(bench->base.scan, "%u %.*s", reporter, STR_ARG(path));
	entry.reporter = entry.group = arena_printf(bench->base.scan, "reporter %u", reporter);
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
	struct reputation_key *keys = bench_keys(&bench->base, set);
	int64_t from_us = clock_mono_us();
	struct reputation_opinion *opinion =
		reputation_look_up(bench->base.scan, bench->base.reputation, keys, set->keys.n);
	vec_push(bench->base.keep, &bench->look_us, clock_mono_us() - from_us);
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

/* Calls member() with each file and its place in its campaign. */
static void each_member(struct bench *bench, const char *list,
			void (*member)(struct bench *, struct str path, unsigned place, void *data),
			void *data)
{
	FILE *file = bench_open_list(list);
	struct str line, last = STR_NONE, campaign, path;
	unsigned place = 0;

	while ((line = bench_next_line(&bench->base, file)).len) {
		if (!bench_read_member(&bench->base, list, line, &campaign, &path))
			continue;
		place = str_eq(campaign, last) ? place + 1 : 0;
		last = campaign;
		member(bench, path, place, data);
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
	FILE *file = bench_open_list(list);
	struct str line, dir = path_dir(str_from(list));

	while ((line = bench_next_line(&bench->base, file)).len)
		look_up(bench, path_join(bench->base.keep, dir, line), tally, bench->show_from,
			101);
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

static void run(struct bench *bench, const char *campaigns, const char *ham)
{
	struct tally later = {0}, unreported = {0};
	struct why why = {0};

	must(keeper_open(bench->base.keep, bench->base.folder, &trust_constants_default,
			 &bench->keeper, &why) == STATUS_OK);
	each_member(bench, campaigns, report_first, NULL);
	must(keeper_work(bench->keeper, NOW_S, NULL, &why) == STATUS_OK);
	must(reputation_open(bench->base.keep, bench->base.folder, &bench->base.reputation, &why) ==
	     STATUS_OK);
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
	uint64_t key = 0;
	int option;

	while ((option = getopt(argc, argv, "aek:n:r:v")) != -1) {
		uint64_t n = 3;
		if (option == 'n' && number_u64(str_from(optarg), &n))
			bench.n_reports = (unsigned)n;
		if (option == 'a')
			bench.show_from = 11;
		if (option == 'k' && number_u64(str_from(optarg), &n))
			key = n;
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
	bench_open(&bench.base, "fingerprints", rules, key);
	run(&bench, argv[optind], argv[optind + 1]);
	bench_close(&bench.base);
	return 0;
}
