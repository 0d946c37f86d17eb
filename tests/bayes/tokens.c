/* tokens: the tokens our tokeniser makes of each message on standard input's list: FILE, then
 * key:text in order of keys, tabs between, bytes that are not printable as \xHH. For
 * tests/bayes/compare-tokens. usage: tokens [CONFIGURATION LINE]... < LIST */
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

int main(int argc, char **argv)
{
	struct arena *keep = arena_new("keep", 0), *scan = arena_new("scan", 0);
	struct load_options options = {.local_tests_only = true};
	struct diag_sink diags = {.arena = keep};
	struct plugin_host *host = plugin_host_new(keep);
	struct ruleset *ruleset;
	const void *plugin;
	struct why why;
	char line[4096];

	for (int i = 1; i < argc; i++)
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

		if (file_read(scan, name, MAIL_BYTES_MAX, &bytes, &why) == STATUS_OK)
			print_tokens(scan, ruleset, plugin, path, bytes);
		else
			fprintf(stderr, "tokens: %s\n", why.text);
		arena_reset(scan);
	}
	arena_free(scan);
	arena_free(keep);
	return 0;
}
