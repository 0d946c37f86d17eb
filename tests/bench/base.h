/* base: what the benchmarks of fingerprints share: the plugin as rules load it, messages, a table
 * of keys that are published at will. */
#ifndef WHORL_TESTS_BENCH_BASE_H
#define WHORL_TESTS_BENCH_BASE_H

#include <stdio.h>

#include "plugins/fingerprint/plugin.h"
#include "reputation/reputation.h"
#include "reputation/table.h"

enum { BENCH_MESSAGE_BYTES_MAX = 64 << 20 };

struct bench_base {
	struct arena *keep, *scan;
	struct ruleset *ruleset;
	const struct fingerprint_settings *settings;
	char folder[64]; /* removed by bench_close() */
	struct table *table;
	struct reputation *reputation;
};

/* rules: a .cf file, or NULL; key: number of the network key. Ends the program when it can't. */
void bench_open(struct bench_base *base, const char *program, const char *rules, uint64_t key);
void bench_close(struct bench_base *base);
/* Makes base->table and base->reputation, which looks keys up in it. */
void bench_open_table(struct bench_base *base);

/* In base->scan. */
struct mail *bench_mail(struct bench_base *base, struct str raw);
struct reputation_key *bench_keys(struct bench_base *base, const struct fingerprint_set *set);
/* As if reporters of three groups had reported the keys; or as if nobody had. */
void bench_publish(struct bench_base *base, const struct fingerprint_set *set);
void bench_withdraw(struct bench_base *base, const struct fingerprint_set *set);

/* Ends the program when there is none. */
FILE *bench_open_list(const char *path);
/* Trimmed; empty at the end. */
struct str bench_next_line(struct bench_base *base, FILE *file);
/* "CAMPAIGN TAB FILE ..."; the file with the list's folder before it. False for another line. */
bool bench_read_member(struct bench_base *base, const char *list, struct str line,
		       struct str *campaign_out, struct str *path_out);

#endif
