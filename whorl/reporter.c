/* reporter: keys of reporters beyond the machine. */
#include <stdio.h>

#include "lib/wire/wire.h"
#include "reputation/exchange.h"
#include "reputation/names.h"
#include "whorl/command.h"
#include "whorl/state.h"

struct reporter_args {
	struct state_args args;
	const char *class, *group;
	int quota;
};

static const struct option_def options[] = {
	{"class", OPTION_STRING, offsetof(struct reporter_args, class),
	 "CLASS  honeypot, admin, user or automatic (user)"},
	{"group", OPTION_STRING, offsetof(struct reporter_args, group),
	 "NAME  who the reporter belongs to"},
	{"quota", OPTION_INT, offsetof(struct reporter_args, quota), "N  reports a day (1000)"},
	STATE_OPTIONS(struct reporter_args),
};
static const struct option_table table = {options, sizeof options / sizeof *options, false};

/* What the administrator who enrols the key puts into spamd.conf. */
static int print_section(const struct reporter_args *args, struct str name)
{
	enum trust_class class = TRUST_USER;

	if (args->class && !trust_class_find(str_from(args->class), &class)) {
		fprintf(stderr, "no class \"%s\"\n", args->class);
		return WIRE_USAGE;
	}
	printf("reporter \"%.*s\" { class = \"%s\" group = \"%s\" quota = %d }\n", STR_ARG(name),
	       trust_class_name((uint8_t) class), args->group ? args->group : "", args->quota);
	return WIRE_OK;
}

static int run_words(struct arena *keep, const struct reporter_args *args,
		     const struct str_vec *words)
{
	bool is_new = words->n == 2 && str_eq_c(words->items[0], "new");
	bool is_shown = words->n == 2 && str_eq_c(words->items[0], "show");
	struct sign_key *key = NULL;
	const char *path;
	struct why why;
	enum status status;

	if (!is_new && !is_shown) {
		fputs("whorl reporter new FILE, or whorl reporter show FILE\n", stderr);
		return WIRE_USAGE;
	}
	path = arena_cstr(keep, words->items[1]);
	if (is_new) {
		key = sign_key_new(keep);
		status = sign_key_write(key, path, &why);
	} else {
		status = sign_key_read(keep, path, &key, &why);
	}
	if (status == STATUS_OK)
		return print_section(args, exchange_key_name(keep, key));
	fprintf(stderr, "%s\n", why.text);
	return is_new ? WIRE_CANTCREAT : WIRE_NOINPUT;
}

static int run(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct reporter_args args = {.quota = 1000};
	struct str_vec words = {0};
	int status;

	if (state_args_parse(keep, &table, argc, argv, &args, &words,
			     "whorl reporter [options] new|show FILE", &status))
		status = run_words(keep, &args, &words);
	arena_free(keep);
	return status;
}

const struct command command_reporter = {"reporter", "keys of reporters beyond the machine", NULL,
					 run};
