/*
 * lookup: what a look-up costs in a large table of keys, and whose memory it is. A table of N keys
 * is written; children that look keys up share it: the second figure of the memory table is what
 * the system counts for each of them when it divides shared pages among their users.
 * usage: lookup [-n KEYS] [-c CHILDREN]
 */
#include <config.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/must.h"
#include "lib/base/number.h"
#include "reputation/reputation.h"
#include "reputation/table.h"
#include "reputation/trust.h"

enum { MESSAGES = 20000, KEYS = 30, KNOWN = 5 /* of them are in the table */, CHILDREN_MAX = 64 };

struct bench {
	struct arena *keep, *scan;
	char folder[64];
	uint64_t n_keys, n_children;
	struct reputation *reputation;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t key_of(uint64_t n)
{
	return hash64(&n, sizeof n, 1);
}

static void fill(struct bench *bench)
{
	struct table *table;
	struct why why;
	struct table_value value = {.log_odds = 4.5,
				    .algorithm = FINGERPRINT_ANC,
				    .state = TRUST_PUBLISHED,
				    .groups = 3};
	const char *path = arena_printf(bench->keep, "%s/table", bench->folder).ptr;
	int64_t from_us = clock_mono_us();

	must(table_open(bench->keep, path, TABLE_WRITE, &table, &why) == STATUS_OK);
	for (uint64_t i = 0; i < bench->n_keys; i++)
		if (table_put(table, key_of(i), &value, &why) != STATUS_OK) {
			fprintf(stderr, "lookup: %s\n", why.text);
			exit(74);
		}
	printf("%-28s %12zu\n%-28s %12.1f s\n", "keys", table_count(table), "written in",
	       (double)(clock_mono_us() - from_us) / 1e6);
}

/* The keys of one message: some known, most not. */
static void make_keys(struct bench *bench, uint64_t message, struct reputation_key *keys)
{
	for (uint64_t k = 0; k < KEYS; k++) {
		uint64_t draw[2] = {message, k};
		uint64_t n = hash64(draw, sizeof draw, 2) % bench->n_keys;

		keys[k] = (struct reputation_key){FINGERPRINT_ANC,
						  key_of(k < KNOWN ? n : bench->n_keys + n)};
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void measure(struct bench *bench)
{
	double *us = ARENA_ARRAY(bench->keep, double, MESSAGES);
	size_t n_found = 0;

	for (uint64_t i = 0; i < MESSAGES; i++) {
		struct reputation_key keys[KEYS];

		arena_reset(bench->scan);
		make_keys(bench, i, keys);
		int64_t from_ns = now_ns();
		struct reputation_opinion *opinion =
			reputation_look_up(bench->scan, bench->reputation, keys, KEYS);
		us[i] = (double)(now_ns() - from_ns) / 1000;
		n_found += opinion->matches.n;
	}
	must(n_found == (size_t)MESSAGES * KNOWN);
	qsort(us, MESSAGES, sizeof *us, by_value);
	printf("%-28s %12.1f us median, %.1f us p95, %.1f us p99 (wanted: 30 us)\n",
	       "look-up of 30 keys", us[MESSAGES / 2], us[MESSAGES * 95 / 100],
	       us[MESSAGES * 99 / 100]);
}

/* --- memory --- */

/* Sum of a line of /proc/self/smaps over the table's mapping, in KiB. */
static void table_kib(double *resident_out, double *share_out)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512];
	bool is_table = false;

	*resident_out = *share_out = 0;
	while (file && fgets(line, sizeof line, file)) {
		uint64_t value;
		struct str text = str_from(line), word;

		if (strchr(line, '-') && strstr(line, "whorl-bench"))
			is_table = true;
		else if (str_find_char(text, '-') < 20 && !strchr(line, ':'))
			is_table = false;
		if (!is_table || (strncmp(line, "Rss:", 4) && strncmp(line, "Pss:", 4)))
			continue;
		str_word_next(&text, &word);
		if (str_word_next(&text, &word) && number_u64(word, &value))
			*(line[0] == 'R' ? resident_out : share_out) += (double)value;
	}
	if (file)
		fclose(file);
}

/* Touches the whole table, says so, and tells its memory when all others have done that too. */
static void be_child(struct bench *bench, int ready, int go, int result, int leave)
{
	struct reputation_key keys[KEYS];
	double kib[2];
	char byte = 0;

	for (uint64_t i = 0; i < bench->n_keys / KEYS; i++) {
		arena_reset(bench->scan);
		for (uint64_t k = 0; k < KEYS; k++)
			keys[k] = (struct reputation_key){FINGERPRINT_ANC, key_of(i * KEYS + k)};
		reputation_look_up(bench->scan, bench->reputation, keys, KEYS);
	}
	must(write(ready, &byte, 1) == 1);
	must(read(go, &byte, 1) == 1);
	table_kib(&kib[0], &kib[1]);
	must(write(result, kib, sizeof kib) == sizeof kib);
	must(read(leave, &byte, 1) == 1);
	_exit(0);
}

static void measure_memory(struct bench *bench)
{
	int ready[2], go[2], result[2], leave[2];
	char bytes[CHILDREN_MAX] = {0};
	double kib[2], resident = 0, share = 0;

	must(pipe(ready) == 0 && pipe(go) == 0 && pipe(result) == 0 && pipe(leave) == 0);
	fflush(stdout);
	for (uint64_t i = 0; i < bench->n_children; i++)
		if (fork() == 0)
			be_child(bench, ready[1], go[0], result[1], leave[0]);
	for (uint64_t i = 0; i < bench->n_children; i++)
		must(read(ready[0], bytes, 1) == 1);
	must(write(go[1], bytes, bench->n_children) == (ssize_t)bench->n_children);
	for (uint64_t i = 0; i < bench->n_children; i++) {
		must(read(result[0], kib, sizeof kib) == sizeof kib);
		resident += kib[0];
		share += kib[1];
	}
	must(write(leave[1], bytes, bench->n_children) == (ssize_t)bench->n_children);
	while (wait(NULL) > 0) {
	}
	printf("%-28s %12.1f MiB mapped by each, %.1f MiB their share of it\n", "table in a child",
	       resident / 1024 / (double)bench->n_children,
	       share / 1024 / (double)bench->n_children);
	printf("%-28s %12.1f MiB (mapped in all: %.1f MiB)\n", "table in all children",
	       share / 1024, resident / 1024);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	struct bench bench = {.n_keys = 10000000, .n_children = 4};
	struct why why;
	int option;

	while ((option = getopt(argc, argv, "c:n:")) != -1)
		number_u64(str_from(optarg), option == 'n' ? &bench.n_keys : &bench.n_children);
	if (!bench.n_keys || !bench.n_children || bench.n_children > CHILDREN_MAX) {
		fputs("usage: lookup [-n KEYS] [-c CHILDREN]\n", stderr);
		return 64;
	}
	bench.keep = arena_new("keep", 0);
	bench.scan = arena_new("scan", 0);
	snprintf(bench.folder, sizeof bench.folder, "/tmp/whorl-bench-XXXXXX");
	must(mkdtemp(bench.folder) != NULL);
	fill(&bench);
	int64_t from_us = clock_mono_us();
	must(reputation_open(bench.keep, bench.folder, &bench.reputation, &why) == STATUS_OK);
	printf("%-28s %12.3f ms\n", "opened in", (double)(clock_mono_us() - from_us) / 1000);
	measure(&bench);
	measure_memory(&bench);
	arena_free(bench.scan);
	arena_free(bench.keep);
	nftw(bench.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}
