/* tokens: what our Bayes makes of each message on standard input's list. For the scripts beside it.
 * Its tokens: FILE, then key:text in order of keys, tabs between, unprintable bytes as \xHH.
 * With --score: FILE, the probability (- for none), the BAYES rules that hit.
 * usage: tokens [--score] [CONFIGURATION LINE]... < LIST */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/file.h"
#include "plugins/Bayes/bayes.h"
#include "plugins/host.h"

enum { MAIL_BYTES_MAX = 64 << 20 };

static void print_text(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c > ' ' && c < 0x7f && c != '\\')
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct token *)a)->key, ((const struct token *)b)->key,
		      TOKEN_KEY_BYTES);
}

static void print_tokens(struct arena *scan, const struct ruleset *ruleset, const void *plugin,
			 struct str path, struct str bytes)
{
	const struct prefs *prefs = ruleset_prefs(ruleset);
	const struct scan_options options = {.deadline = DEADLINE_NEVER};
	const struct message_settings settings = learner_message_settings(prefs);
	const struct message *message = message_parse(scan, bytes, &settings);
	struct mail *mail = mail_make(scan, message, &settings, &ruleset->trust_settings,
				      &ruleset->uri_settings);
	struct token_set set;

	scan_prepare(scan, prefs, mail, &options);
	tokens_of_mail(scan, &bayes_options_of(scan, prefs, plugin)->tokens, mail, false, &set);
	if (set.list.n > 0)
		qsort(set.list.items, set.list.n, sizeof *set.list.items, by_key);
	printf("%.*s", STR_ARG(path));
	for (size_t i = 0; i < set.list.n; i++) {
		putchar('\t');
		for (size_t j = 0; j < TOKEN_KEY_BYTES; j++)
			printf("%02x", set.list.items[i].key[j]);
		putchar(':');
		print_text(set.list.items[i].text);
	}
	putchar('\n');
}

static void print_score(struct arena *scan, const struct ruleset *ruleset, struct str path,
			struct str bytes)
{
	const struct prefs *prefs = ruleset_prefs(ruleset);
	const struct scan_options options = {.deadline = DEADLINE_NEVER};
	const struct message *message = message_parse(scan, bytes, prefs->message_settings);
	struct mail *mail = mail_make(scan, message, prefs->message_settings, prefs->trust_settings,
				      prefs->uri_settings);
	struct scan *scanned = scan_run(scan, prefs, mail, &options);
	const struct hits *hits = scan_hits(scanned);
	const struct str_vec *score;

	scan_stage(scanned, STAGE_VERDICT, 0, false);
	score = scan_tag(scanned, STR_LIT("BAYES"));
	printf("%.*s\t%.*s\t", STR_ARG(path), score && score->n ? 6 : 1,
	       score && score->n ? score->items[0].ptr : "-");
	for (size_t i = 0; i < hits->list.n; i++)
		if (str_has_prefix(hits->list.items[i].rule->name, "BAYES_"))
			printf("%.*s ", STR_ARG(hits->list.items[i].rule->name));
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct arena *keep = arena_new("keep", 0), *scan = arena_new("scan", 0);
	struct load_options options = {.local_tests_only = true, .libidn = true};
	struct diag_sink diags = {.arena = keep};
	struct plugin_host *host = plugin_host_new(keep);
	struct ruleset *ruleset;
	const void *plugin;
	struct why why = {0};
	char line[4096];

	bool scores = argc > 1 && strcmp(argv[1], "--score") == 0;
	for (int i = scores ? 2 : 1; i < argc; i++)
		vec_push(keep, &options.cf, str_from(argv[i]));
	if (ruleset_load(keep, &options, plugin_host_extension(host), &diags, &ruleset, &why) !=
	    STATUS_OK) {
		fprintf(stderr, "tokens: %s\n", why.text);
		return 1;
	}
	if (!prefs_learner(ruleset_prefs(ruleset), &plugin)) {
		fprintf(stderr, "tokens: no learner is loaded\n");
		return 1;
	}
	while (fgets(line, sizeof line, stdin)) {
		struct str path = str_trim(str_from(line)), bytes;
		char *name = arena_cstr(scan, path);

		if (file_read(scan, name, MAIL_BYTES_MAX, &bytes, &why) != STATUS_OK)
			fprintf(stderr, "tokens: %s\n", why.text);
		else if (scores)
			print_score(scan, ruleset, path, bytes);
		else
			print_tokens(scan, ruleset, plugin, path, bytes);
		arena_reset(scan);
	}
	arena_free(scan);
	arena_free(keep);
	return 0;
}
