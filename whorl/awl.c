/*
 * awl: a list of senders is printed, thinned out, or taken over from SpamAssassin, in the manner of
 * sa-awl 4.0.1, which this is when called by that name. It reads no configuration: the list is
 * PATH.lmdb, or SpamAssassin's own Berkeley DB file PATH, which is only read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/options.h"
#include "lib/senders/senders.h"
#include "lib/wire/wire.h"
#include "whorl/command.h"

enum { MIN_DEFAULT = 2, EXIT_AWL_FAILED = 1, FILE_MODE = 0600 };

struct awl_args {
	bool clean, dry_run, import, dump, help;
	int min;
};

#define FIELD(name) offsetof(struct awl_args, name)

static const struct option_def option_defs[] = {
	{"clean", OPTION_SET, FIELD(clean), " delete entries of few messages"},
	{"dry-run", OPTION_SET, FIELD(dry_run), " only say what --clean would delete"},
	{"min", OPTION_MAY_INT, FIELD(min), "[N]  how many messages save an entry (2)"},
	{"dump", OPTION_SET, FIELD(dump),
	 " print entries in full: key, count, total, tabs between"},
	{"import", OPTION_SET, FIELD(import),
	 " take SpamAssassin's file over: the entries of FILE go to FILE.lmdb"},
	{"help|h", OPTION_SET, FIELD(help), " this text"},
};

static const struct option_table option_table = {option_defs,
						 sizeof option_defs / sizeof *option_defs, false};

struct awl {
	struct awl_args args;
	struct arena *keep;
	const char *path;     /* as SpamAssassin would name the file */
	bool is_ours;         /* PATH.lmdb is there */
	struct store *memory; /* holds SpamAssassin's file while it is looked at */
	struct senders *senders;
	VEC_OF(, struct sender_key) gone;
};

/* --- which list ------------------------------------------------------------------------------- */

static bool is_there(struct arena *keep, const char *path, const char *suffix)
{
	return file_exists(arena_printf(keep, "%s%s", path, suffix).ptr);
}

/* SpamAssassin's names, the newest first. */
static const char *default_path(struct arena *keep)
{
	static const char *const names[] = {"auto-welcomelist", "auto-whitelist", "tx-reputation"};
	const char *home = getenv("HOME"), *first = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *path =
			arena_printf(keep, "%s/.spamassassin/%s", home ? home : "", names[i]).ptr;
		if (is_there(keep, path, ".lmdb") || file_exists(path))
			return path;
		if (!first)
			first = path;
	}
	return first;
}

/* "PATH.lmdb" names the same list as "PATH". */
static void choose_path(struct awl *awl, const struct str_vec *words)
{
	struct str path = words->n ? words->items[0] : str_from(default_path(awl->keep));

	if (str_has_suffix_ci(path, ".lmdb"))
		path = str_sub(path, 0, path.len - (sizeof ".lmdb" - 1));
	awl->path = arena_cstr(awl->keep, path);
	awl->is_ours = is_there(awl->keep, awl->path, ".lmdb");
}

static int fail(const struct why *why)
{
	fprintf(stderr, "whorl awl: %s\n", why->text);
	return EXIT_AWL_FAILED;
}

static enum status open_ours(struct awl *awl, bool writable, unsigned mode, struct why *why)
{
	const struct senders_options options = {.path = str_from(awl->path), .mode = mode};

	return senders_open(awl->keep, &options, NULL, writable, deadline_in_ms(SENDERS_WAIT_MS),
			    &awl->senders, why);
}

/* SpamAssassin's file, in memory. */
static enum status open_theirs(struct awl *awl, struct why *why)
{
	size_t n;

	awl->memory = store_open_memory();
	if (senders_open_store(awl->keep, awl->memory, true, DEADLINE_NEVER, &awl->senders, why) !=
	    STATUS_OK)
		return why->status;
	return senders_import(awl->keep, awl->senders, awl->path, &n, why);
}

/* --- listing and cleaning --------------------------------------------------------------------- */

static void print_entry(const char *what, const struct sender_key *key,
			const struct sender_entry *entry)
{
	char sum[64];

	snprintf(sum, sizeof sum, "(%.1f/%lld)", entry->total, (long long)entry->count);
	printf("%s%8.1f %15s  --  %.*s|ip=%.*s\n", what, entry->total / (double)entry->count, sum,
	       STR_ARG(key->address), STR_ARG(key->ip));
}

static void dump_entry(const struct sender_key *key, const struct sender_entry *entry)
{
	char total[32];

	number_format_perl(entry->total, total);
	printf("%.*s|ip=%.*s\t%lld\t%s\n", STR_ARG(key->address), STR_ARG(key->ip),
	       (long long)entry->count, total);
}

static bool visit(void *data, const struct sender_key *key, const struct sender_entry *entry)
{
	struct awl *awl = data;
	const struct awl_args *args = &awl->args;
	const struct sender_key copy = {arena_str(awl->keep, key->address),
					arena_str(awl->keep, key->ip), STR_NONE};

	if (args->clean && entry->count >= args->min)
		return true;
	if (args->dump)
		dump_entry(key, entry);
	else
		print_entry(!args->clean    ? ""
			    : args->dry_run ? "cleaning [dry-run]: "
					    : "cleaning: ",
			    key, entry);
	if (args->clean && !args->dry_run)
		vec_push(awl->keep, &awl->gone, copy);
	return true;
}

/* Each by itself: an entry without a network says nothing of the others of its address here. */
static enum status remove_gone(struct awl *awl, struct why *why)
{
	for (size_t i = 0; i < awl->gone.n; i++)
		if (senders_remove_one(awl->senders, &awl->gone.items[i], why) != STATUS_OK)
			return why->status;
	return STATUS_OK;
}

static int list(struct awl *awl)
{
	bool changes = awl->args.clean && !awl->args.dry_run;
	struct why why, closing;
	enum status status =
		awl->is_ours ? open_ours(awl, changes, FILE_MODE, &why) : open_theirs(awl, &why);

	if (status == STATUS_OK && changes && !awl->is_ours)
		status = why_set(&why, STATUS_REFUSED,
				 "%s is SpamAssassin's own file and only read: take it over with "
				 "--import first",
				 awl->path);
	if (status == STATUS_OK && !senders_is_writable(awl->senders) && changes)
		status = why_set(&why, STATUS_TIMEOUT, "another process is writing");
	if (status == STATUS_OK)
		status = senders_walk(awl->senders, visit, awl, &why);
	if (status == STATUS_OK)
		status = remove_gone(awl, &why);
	if (awl->senders && senders_close(awl->senders, &closing) != STATUS_OK &&
	    status == STATUS_OK) {
		why = closing;
		status = closing.status;
	}
	return status == STATUS_OK ? WIRE_OK : fail(&why);
}

/* --- taking over ------------------------------------------------------------------------------ */

/* The new file belongs to whom the old one does. */
static enum status become_owner(const struct stat *st, struct why *why)
{
	if (geteuid() != 0 || st->st_uid == 0)
		return STATUS_OK;
	if (setegid(st->st_gid) != 0 || seteuid(st->st_uid) != 0)
		return why_errno(why, STATUS_IO, "cannot become the owner of the file");
	return STATUS_OK;
}

static int import(struct awl *awl)
{
	size_t n = 0;
	struct stat st;
	struct why why;
	enum status status = STATUS_OK;

	if (stat(awl->path, &st) != 0)
		status = why_errno(&why, STATUS_NOT_FOUND, "%s", awl->path);
	if (status == STATUS_OK)
		status = become_owner(&st, &why);
	if (status == STATUS_OK)
		status = open_ours(awl, true, st.st_mode & 0666, &why);
	if (status == STATUS_OK && !senders_is_writable(awl->senders))
		status = why_set(&why, STATUS_TIMEOUT, "another process is writing");
	if (status == STATUS_OK)
		status = senders_import(awl->keep, awl->senders, awl->path, &n, &why);
	if (awl->senders && status == STATUS_OK)
		status = senders_close(awl->senders, &why);
	else if (awl->senders)
		senders_abort(awl->senders);
	if (status != STATUS_OK)
		return fail(&why);
	printf("Took over %zu entries of %s\n", n, awl->path);
	return WIRE_OK;
}

/* --- the command ------------------------------------------------------------------------------ */

static int usage(FILE *out)
{
	fputs("usage: whorl awl [--clean] [--dry-run] [--min N] [--dump] [--import] [FILE]\n\n",
	      out);
	options_print(&option_table, out == stdout);
	return out == stdout ? WIRE_OK : WIRE_USAGE;
}

static int run(struct awl *awl, int argc, char *const *argv)
{
	struct str_vec words = {0};

	if (options_parse(awl->keep, &option_table, argc, argv, &awl->args, &words) != OPTIONS_OK ||
	    words.n > 1)
		return usage(stderr);
	if (awl->args.help)
		return usage(stdout);
	if (awl->args.min <= 0)
		awl->args.min = MIN_DEFAULT;
	choose_path(awl, &words);
	return awl->args.import ? import(awl) : list(awl);
}

static int awl(int argc, char *const *argv)
{
	struct awl awl = {.keep = arena_new("awl", 0)};
	int status = run(&awl, argc, argv);

	store_close(awl.memory);
	arena_free(awl.keep);
	return status;
}

const struct command command_awl = {
	.name = "awl",
	.summary = "print, thin out or take over a list of senders (AWL, TxRep)",
	.compatible_name = "sa-awl",
	.run = awl,
};
