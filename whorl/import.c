/* import: reports from text (doc/reports.md) into the ledger: a backup, or what others have signed.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "reputation/reputation.h"
#include "spamd/feedback.h"
#include "whorl/command.h"
#include "whorl/progress.h"
#include "whorl/state.h"

enum {
	BATCH = 1000,
	COMPLAINTS_MAX = 20,    /* that are said one by one */
	AGE_MAX_S = 30 * 86400, /* of a report from elsewhere */
	FUTURE_MAX_S = 600,     /* clocks differ */
};

struct import_args {
	struct state_args args;
	bool signed_only, any_network;
};

static const struct option_def options[] = {
	{"signed", OPTION_SET, offsetof(struct import_args, signed_only),
	 " from elsewhere: only what enrolled keys have signed, lately, within their quotas"},
	{"any-network", OPTION_SET, offsetof(struct import_args, any_network),
	 " also reports whose fingerprints were made with another network key"},
	STATE_OPTION_JSON(struct import_args),
	STATE_OPTIONS(struct import_args),
};
static const struct option_table table = {options, sizeof options / sizeof *options, false};

struct importing {
	struct state state;
	struct import_args args;
	struct arena *scratch; /* of one line */
	struct keeper *keeper; /* NULL: another process keeps the state */
	const char *name;      /* of the file */
	uint64_t n_line, n_seen, n_new, n_refused;
	size_t n_waiting; /* in the transaction */
	struct progress progress;
	bool shows;
	int64_t now_s;
};

/* --- one report --- */

static const struct reporter_config *find_enrolled(const struct reputation_config *config,
						   struct str name)
{
	for (size_t i = 0; i < config->reporters.n; i++)
		if (str_eq(config->reporters.items[i].name, name))
			return &config->reporters.items[i];
	return NULL;
}

static enum status check_age(const struct importing *importing, const struct ledger_report *report,
			     struct why *why)
{
	if (report->at_s > importing->now_s + FUTURE_MAX_S)
		return why_set(why, STATUS_REFUSED, "the report is of the future");
	if (report->at_s < importing->now_s - AGE_MAX_S)
		return why_set(why, STATUS_REFUSED, "the report is too old");
	return STATUS_OK;
}

/* What a file says of a key's class and group is what the key likes to be: we know better. */
static enum status admit(struct importing *importing, struct ledger_report *report, struct why *why)
{
	const struct reporter_config *enrolled =
		find_enrolled(&importing->state.config, report->reporter);
	enum status status = exchange_check(importing->scratch, report, why);

	if (status != STATUS_OK)
		return status;
	if (!exchange_is_key(report->reporter))
		return importing->args.signed_only ? why_set(why, STATUS_REFUSED, "not signed")
						   : STATUS_OK;
	if (!enrolled)
		return why_set(why, STATUS_REFUSED, "no reporter section for %.*s",
			       STR_ARG(report->reporter));
	report->class = enrolled->class;
	report->group = enrolled->group.len ? enrolled->group : report->reporter;
	if (!importing->args.signed_only)
		return STATUS_OK;
	report->seen = NULL; /* what comes by there is not what comes by here */
	if (report->kind == TRUST_SEEN)
		return why_set(why, STATUS_REFUSED, "neither a report nor a revoke");
	status = check_age(importing, report, why);
	return status == STATUS_OK ? feedback_check_quota(importing->state.ledger, enrolled,
							  importing->now_s, why)
				   : status;
}

static enum status commit(struct importing *importing, struct why *why)
{
	if (!importing->n_waiting)
		return STATUS_OK;
	importing->n_waiting = 0;
	return ledger_commit(importing->state.ledger, why);
}

static enum status add(struct importing *importing, const struct ledger_report *report,
		       struct why *why)
{
	enum status status = STATUS_OK;
	uint64_t sequence;
	bool is_new;

	if (!importing->n_waiting)
		status = ledger_begin(importing->state.ledger, why);
	if (status != STATUS_OK)
		return status;
	importing->n_waiting++;
	status = ledger_add(importing->state.ledger, report, &sequence, &is_new, why);
	if (status != STATUS_OK)
		return status;
	importing->n_new += is_new;
	return importing->n_waiting == BATCH ? commit(importing, why) : STATUS_OK;
}

static void complain(struct importing *importing, const struct why *why)
{
	importing->n_refused++;
	if (importing->n_refused <= COMPLAINTS_MAX)
		log_warn("%s:%llu: %s", importing->name, (unsigned long long)importing->n_line,
			 why->text);
	if (importing->n_refused == COMPLAINTS_MAX)
		log_warn("more of the kind is only counted");
}

/* Not STATUS_OK: the ledger has failed. */
static enum status take_line(struct importing *importing, struct str line, struct why *why)
{
	struct ledger_report report;
	enum status status;

	importing->n_seen++;
	if (exchange_read(importing->scratch, line, &report, why) != STATUS_OK) {
		complain(importing, why);
		return STATUS_OK;
	}
	status = admit(importing, &report, why);
	if (status == STATUS_REFUSED)
		complain(importing, why);
	else if (status == STATUS_OK)
		status = add(importing, &report, why);
	return status == STATUS_REFUSED ? STATUS_OK : status;
}

/* --- one file --- */

/* A state that has seen no report takes the key over: its own has made no fingerprint yet. */
static enum status adopt_network(struct importing *importing, const struct exchange_head *head,
				 struct why *why)
{
	struct ask_counts counts;
	enum status status = ask_counts(importing->state.ask, &counts, why);
	struct buf key;

	buf_init(&key, importing->scratch);
	if (status != STATUS_OK)
		return status;
	if (counts.reports + counts.revokes > 0 || !decode_hex(&key, head->network_key_hex) ||
	    key.len != REPUTATION_KEY_BYTES)
		return why_set(why, STATUS_REFUSED,
			       "these fingerprints were made with another network key (%.*s)",
			       STR_ARG(head->network_id));
	log_warn("the network key of the file is now that of %s: restart spamd",
		 importing->state.config.state);
	return reputation_adopt_key(importing->state.config.state, (const unsigned char *)key.ptr,
				    why);
}

static enum status check_head(struct importing *importing, struct str line, struct why *why)
{
	unsigned char key[REPUTATION_KEY_BYTES];
	char id[REPUTATION_NETWORK_ID_BYTES];
	struct exchange_head head;
	enum status status = exchange_read_head(importing->scratch, line, &head, why);

	if (status == STATUS_OK)
		status = reputation_read_key(importing->state.config.state, key, why);
	if (status != STATUS_OK)
		return status;
	reputation_network_id(key, id);
	if (importing->args.any_network || str_eq_c(head.network_id, id))
		return STATUS_OK;
	return adopt_network(importing, &head, why);
}

static bool next_line(FILE *file, char *line, struct str *line_out)
{
	if (!fgets(line, EXCHANGE_LINE_BYTES_MAX, file))
		return false;
	*line_out = str_from(line);
	return true;
}

/* A longer line than there may be comes in pieces, none of which is a report. */
static enum status take_lines(struct importing *importing, FILE *file, struct why *why)
{
	char *buffer = arena_alloc(importing->state.keep, EXCHANGE_LINE_BYTES_MAX);
	enum status status = STATUS_OK;
	struct str line;

	while (status == STATUS_OK && next_line(file, buffer, &line)) {
		arena_reset(importing->scratch);
		if (importing->n_line++ == 0)
			status = check_head(importing, line, why);
		else if (str_trim(line).len)
			status = take_line(importing, line, why);
		if (importing->shows)
			progress_update(&importing->progress, importing->n_seen);
	}
	if (status == STATUS_OK && ferror(file))
		status = why_errno(why, STATUS_IO, "error reading");
	if (status == STATUS_OK && importing->n_line == 0)
		status = why_set(why, STATUS_INVALID, "no file of reports");
	return status;
}

static enum status take_file(struct importing *importing, const char *path, struct why *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	enum status status;

	importing->name = is_stdin ? "standard input" : path;
	importing->n_line = 0;
	if (!file)
		return why_errno(why, STATUS_NOT_FOUND, "%s", path);
	status = take_lines(importing, file, why);
	if (!is_stdin)
		fclose(file);
	if (status == STATUS_OK)
		status = commit(importing, why);
	else if (importing->n_waiting)
		ledger_roll_back(importing->state.ledger);
	return status == STATUS_OK ? STATUS_OK : why_context(why, "%s", importing->name);
}

/* --- all of them --- */

/* Fold them, unless somebody else does. */
static enum status fold(struct importing *importing, struct why *why)
{
	enum status status = keeper_open(importing->state.keep, importing->state.config.state,
					 &trust_constants_default, &importing->keeper, why);

	if (status == STATUS_REFUSED)
		return STATUS_OK;
	return status == STATUS_OK ? keeper_work(importing->keeper, importing->now_s, NULL, why)
				   : status;
}

static int exit_code(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return WIRE_OK;
	case STATUS_INVALID:
	case STATUS_UNSUPPORTED:
	case STATUS_REFUSED:
		return WIRE_DATAERR;
	case STATUS_NOT_FOUND:
		return WIRE_NOINPUT;
	default:
		return WIRE_TEMPFAIL;
	}
}

static int import_all(struct importing *importing, const struct str_vec *files)
{
	enum status status = STATUS_OK;
	struct why why;

	if (importing->shows)
		progress_begin(&importing->progress, 0);
	for (size_t i = 0; i < files->n && status == STATUS_OK; i++)
		status = take_file(importing, arena_cstr(importing->state.keep, files->items[i]),
				   &why);
	if (!files->n)
		status = take_file(importing, "-", &why);
	if (importing->shows)
		progress_end(&importing->progress, importing->n_seen);
	if (status == STATUS_OK)
		status = fold(importing, &why);
	if (status != STATUS_OK)
		log_error("%s", why.text);
	else
		printf(importing->args.args.json
			       ? "{\"new\":%llu,\"reports\":%llu,\"known\":%llu,\"refused\":%llu}\n"
			       : "Imported %llu of %llu report(s), %llu known before, %llu "
				 "refused\n",
		       (unsigned long long)importing->n_new, (unsigned long long)importing->n_seen,
		       (unsigned long long)(importing->n_seen - importing->n_new -
					    importing->n_refused),
		       (unsigned long long)importing->n_refused);
	return status == STATUS_OK && importing->n_refused ? WIRE_DATAERR : exit_code(status);
}

static int run(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct importing importing = {.now_s = clock_wall_s()};
	struct str_vec files = {0};
	int status;

	importing.scratch = arena_new("line", 0);
	importing.shows = isatty(STDERR_FILENO);
	if (state_args_parse(keep, &table, argc, argv, &importing.args, &files,
			     "whorl import [options] [FILE...]", &status) &&
	    state_open(&importing.state, keep, &importing.args.args, true, &status))
		status = import_all(&importing, &files);
	arena_free(importing.scratch);
	arena_free(keep);
	log_close();
	return status;
}

const struct command command_import = {"import", "reports from text into the ledger", NULL, run};
