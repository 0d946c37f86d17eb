/*
 * whorl: the command line. A table of subcommands; called by the name of the SpamAssassin command
 * that one of them replaces, the program is that command.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "whorl/command.h"

static const struct command *const commands[] = {
	&command_awl,    &command_check,  &command_explain,  &command_fingerprint,
	&command_learn,  &command_lookup, &command_report,   &command_revoke,
	&command_top,    &command_trust,  &command_reporter, &command_stats,
	&command_export, &command_import, &command_rebuild,
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const struct command *find(const char *name)
{
	for (int i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static const struct command *find_compatible(const char *name)
{
	for (int i = 0; i < N_COMMANDS; i++)
		if (commands[i]->compatible_name && strcmp(commands[i]->compatible_name, name) == 0)
			return commands[i];
	return NULL;
}

static void print_usage(FILE *out)
{
	fputs("Usage: whorl COMMAND [options] ...\n\nCommands (\"whorl COMMAND --help\" tells "
	      "more):\n",
	      out);
	for (int i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
}

static int run_by_word(int argc, char *const *argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	const struct command *command = find(word);

	if (command)
		return command->run(argc - 1, argv + 1);
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		puts("whorl " PACKAGE_VERSION);
		return WIRE_OK;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		print_usage(stdout);
		return WIRE_OK;
	}
	if (*word)
		fprintf(stderr, "whorl: no command \"%s\"\n", word);
	print_usage(stderr);
	return WIRE_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *command = argc > 0 ? find_compatible(base_name(argv[0])) : NULL;

	return command ? command->run(argc, argv) : run_by_word(argc, argv);
}
