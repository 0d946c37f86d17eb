/* maintain: what the learning command asks of a store as a whole (sa-surface 4.9). See bayes.h. */
#include <stdlib.h>

#include "lib/base/file.h"
#include "lib/base/number.h"
#include "plugins/Bayes/bayes.h"

struct work {
	struct arena *scan;
	struct bayes_process *process;
	const struct bayes_options *options;
	const struct learner_request *request;
	struct bayes_store *store;
	struct bayes_totals totals;
	struct map *restored; /* keys of tokens */
	uint64_t n_done;
};

/* --- dump, backup ----------------------------------------------------------------------------- */

static void print_magic(const struct work *work, int64_t value, const char *name)
{
	fprintf(work->request->out, "%3.3f %10u %10llu %10u  non-token data: %s\n", 0.0, 0U,
		(unsigned long long)value, 0U, name);
}

static void print_totals(const struct work *work)
{
	const struct bayes_totals *totals = &work->totals;

	print_magic(work, BAYES_DB_VERSION, "bayes db version");
	print_magic(work, (int64_t)totals->spam, "nspam");
	print_magic(work, (int64_t)totals->ham, "nham");
	print_magic(work, (int64_t)totals->tokens, "ntokens");
	print_magic(work, totals->oldest_s, "oldest atime");
	print_magic(work, totals->newest_s, "newest atime");
	print_magic(work, totals->last_sync_s, "last journal sync atime");
	print_magic(work, totals->last_expire_s, "last expiry atime");
	print_magic(work, totals->last_delta_s, "last expire atime delta");
	print_magic(work, (int64_t)totals->last_reduction, "last expire reduction count");
}

static void key_hex(const unsigned char *key, char hex[2 * TOKEN_KEY_BYTES + 1])
{
	for (size_t i = 0; i < TOKEN_KEY_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
}

static bool dump_token(void *data, const unsigned char *key, const struct token_record *record)
{
	struct work *work = data;
	const struct regex *filter = work->request->token_filter;
	char hex[2 * TOKEN_KEY_BYTES + 1];
	double probability = 0.5;

	if (filter && !regex_test(filter, str_make((const char *)key, TOKEN_KEY_BYTES)))
		return true;
	token_probability(record, &work->totals, work->options->use_hapaxes, &probability);
	key_hex(key, hex);
	fprintf(work->request->out, "%3.3f %10u %10u %10lld  %s\n", probability, record->spam,
		record->ham, (long long)record->atime_s, hex);
	return true;
}

static enum status dump(struct work *work, struct why *why)
{
	if (work->request->dump_magic)
		print_totals(work);
	if (!work->request->dump_tokens)
		return STATUS_OK;
	return work->store->def->walk_tokens(work->store, NULL, dump_token, work, why);
}

static bool backup_token(void *data, const unsigned char *key, const struct token_record *record)
{
	struct work *work = data;
	char hex[2 * TOKEN_KEY_BYTES + 1];

	key_hex(key, hex);
	fprintf(work->request->out, "t\t%u\t%u\t%lld\t%s\n", record->spam, record->ham,
		(long long)record->atime_s, hex);
	return true;
}

static bool backup_seen(void *data, struct str id, char flag)
{
	struct work *work = data;

	fprintf(work->request->out, "s\t%c\t", flag);
	fwrite(id.ptr, 1, id.len, work->request->out);
	putc('\n', work->request->out);
	return true;
}

static void backup_totals(const struct work *work)
{
	fprintf(work->request->out,
		"v\t%d\tdb_version # this must be the first line!!!\nv\t%llu\tnum_spam\n"
		"v\t%llu\tnum_nonspam\n",
		BAYES_DB_VERSION, (unsigned long long)work->totals.spam,
		(unsigned long long)work->totals.ham);
}

static enum status backup(struct work *work, struct why *why)
{
	backup_totals(work);
	if (work->store->def->walk_tokens(work->store, NULL, backup_token, work, why) != STATUS_OK)
		return why->status;
	return work->store->def->walk_seen(work->store, backup_seen, work, why);
}

/* --- restoring -------------------------------------------------------------------------------- */

void bayes_totals_add(struct bayes_totals *totals, const struct token_record *record)
{
	totals->tokens++;
	if (record->atime_s > totals->newest_s)
		totals->newest_s = record->atime_s;
	if (!totals->oldest_s || record->atime_s < totals->oldest_s)
		totals->oldest_s = record->atime_s;
}

static void tell_progress(struct work *work)
{
	if (work->request->progress && ++work->n_done % 1000 == 0)
		work->request->progress(work->request->progress_data, work->n_done, 0);
}

static uint32_t count_of(struct str text)
{
	double value = number_perl(text);

	return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* sa-learn's backup of a database in SQLite has keys filled up with spaces to five characters,
 * where bytes of them happen to be characters of UTF-8 (BayesStore/SQL.pm _token_select_string). */
static struct str without_filling(struct str hex)
{
	while (hex.len > (size_t)2 * TOKEN_KEY_BYTES &&
	       str_eq_c(str_from_at(hex, hex.len - 2), "20"))
		hex.len -= 2;
	return hex;
}

/* Tokens of version 2 are words, of version 3 keys in hex. */
static bool key_of_text(struct str text, bool is_word, unsigned char key[TOKEN_KEY_BYTES])
{
	if (is_word) {
		token_key(text, key);
		return true;
	}
	text = without_filling(text);
	for (size_t i = 0; i < TOKEN_KEY_BYTES; i++) {
		uint64_t byte;
		if (text.len != 2 * TOKEN_KEY_BYTES || !number_hex(str_sub(text, 2 * i, 2), &byte))
			return false;
		key[i] = (unsigned char)byte;
	}
	return true;
}

static enum status restore_token(struct work *work, struct str rest, bool is_word, struct why *why)
{
	struct str spam, ham, atime;
	unsigned char key[TOKEN_KEY_BYTES];
	struct token_record record;
	int64_t now = clock_wall_s();

	if (!str_word_next(&rest, &spam) || !str_word_next(&rest, &ham) ||
	    !str_word_next(&rest, &atime) || !key_of_text(str_trim(rest), is_word, key))
		return STATUS_OK;
	record = (struct token_record){count_of(spam), count_of(ham), count_of(atime)};
	if (record.atime_s > now)
		record.atime_s = now;
	if (!record.spam && !record.ham)
		return STATUS_OK;
	if (map_put(work->restored, str_make((const char *)key, sizeof key), work))
		bayes_totals_add(&work->totals, &record);
	return work->store->def->token_put(work->store, key, &record, why);
}

static enum status restore_seen(struct work *work, struct str rest, struct why *why)
{
	struct str flag, id;

	if (!str_word_next(&rest, &flag) || (!str_eq_c(flag, "s") && !str_eq_c(flag, "h")))
		return STATUS_OK;
	id = str_trim_left(rest);
	return id.len ? work->store->def->seen_put(work->store, id, flag.ptr[0], why) : STATUS_OK;
}

struct restoring {
	bool is_word, has_spam, has_ham;
};

static void restore_total(struct work *work, struct str rest, struct restoring *state)
{
	struct str value, name;

	if (!str_word_next(&rest, &value) || !str_word_next(&rest, &name))
		return;
	if (str_eq_c(name, "num_spam")) {
		work->totals.spam = count_of(value);
		state->has_spam = true;
	} else if (str_eq_c(name, "num_nonspam")) {
		work->totals.ham = count_of(value);
		state->has_ham = true;
	}
}

static enum status restore_line(struct work *work, struct str line, struct restoring *state,
				struct why *why)
{
	struct str rest = line.len > 2 ? str_from_at(line, 2) : STR_NONE;

	if (line.len < 3 || !ascii_is_space((unsigned char)line.ptr[1]))
		return STATUS_OK;
	tell_progress(work);
	switch (line.ptr[0]) {
	case 'v':
		restore_total(work, rest, state);
		return STATUS_OK;
	case 't':
		return restore_token(work, rest, state->is_word, why);
	case 's':
		return restore_seen(work, rest, why);
	default:
		return STATUS_OK;
	}
}

/* "v 3 db_version ..."; versions 2 and 3 are known. */
static enum status restore_version(struct str line, struct restoring *state, struct why *why)
{
	struct str rest = line, word, version = STR_NONE, name = STR_NONE;

	if (!str_word_next(&rest, &word) || !str_eq_c(word, "v") ||
	    !str_word_next(&rest, &version) || !str_word_next(&rest, &name) ||
	    !str_has_prefix(name, "db_version"))
		return why_set(why, STATUS_INVALID,
			       "the first line of a backup must tell its db_version");
	if (!str_eq_c(version, "2") && !str_eq_c(version, "3"))
		return why_set(why, STATUS_UNSUPPORTED, "backups of version %.*s are not supported",
			       STR_ARG(version));
	state->is_word = str_eq_c(version, "2");
	return STATUS_OK;
}

static enum status restore_lines(struct work *work, FILE *file, struct why *why)
{
	struct restoring state = {false};
	enum status status = STATUS_OK;
	bool is_first = true;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (status == STATUS_OK && (len = getline(&line, &size, file)) >= 0) {
		struct str text = str_make(line, (size_t)len);
		if (text.len && text.ptr[text.len - 1] == '\n')
			text.len--;
		status = is_first ? restore_version(text, &state, why)
				  : restore_line(work, text, &state, why);
		is_first = false;
	}
	free(line);
	if (status == STATUS_OK && ferror(file))
		status = why_errno(why, STATUS_IO, "cannot read the backup");
	if (status == STATUS_OK && (!state.has_spam || !state.has_ham))
		status = why_set(why, STATUS_INVALID,
				 "the backup does not tell num_spam and num_nonspam");
	return status;
}

/* All or nothing: one transaction. */
static enum status restore(struct work *work, struct why *why)
{
	FILE *file = fopen(work->request->path, "r");
	enum status status;

	if (!file)
		return why_errno(why, STATUS_NOT_FOUND, "cannot open %s", work->request->path);
	work->totals = (struct bayes_totals){0};
	work->restored = map_new(work->scan);
	status = work->store->def->wipe(work->store, why);
	if (status == STATUS_OK)
		status = restore_lines(work, file, why);
	fclose(file);
	return status;
}

/* --- which ------------------------------------------------------------------------------------ */

static enum status import(struct work *work, struct why *why)
{
	struct str path = work->request->path ? str_from(work->request->path)
					      : bayes_path(work->scan, work->options, STR_NONE);

	work->totals = (struct bayes_totals){0};
	if (work->store->def->wipe(work->store, why) != STATUS_OK)
		return why->status;
	return bayes_import(work->scan, work->store, path, &work->totals, work->request->out, why);
}

static enum status clear(struct work *work, struct why *why)
{
	work->totals = (struct bayes_totals){0};
	return work->store->def->wipe(work->store, why);
}

static const struct task {
	enum learner_task task;
	bool writes;
	enum status (*run)(struct work *work, struct why *why);
} tasks[] = {
	{LEARNER_DUMP, false, dump},      {LEARNER_BACKUP, false, backup},
	{LEARNER_RESTORE, true, restore}, {LEARNER_IMPORT, true, import},
	{LEARNER_CLEAR, true, clear},
};

static enum status run_task(struct work *work, const struct task *task, struct why *why)
{
	const struct bayes_store_def *def = work->store->def;
	enum status status = def->begin(work->store, task->writes, why);

	if (status != STATUS_OK)
		return status;
	status = def->totals(work->store, &work->totals, why);
	if (status == STATUS_OK)
		status = task->run(work, why);
	if (status == STATUS_OK && task->writes)
		status = def->totals_put(work->store, &work->totals, why);
	if (status == STATUS_OK && task->writes)
		return def->commit(work->store, why);
	def->abort(work->store);
	return status;
}

/* Whether a store could be where there is none: a backup of it is empty, else it is a mistake. */
static bool has_place(const struct work *work)
{
	struct str path = bayes_path(work->scan, work->options, STR_NONE);
	size_t slash = str_rfind_char(path, '/');

	return work->options->sql_dsn.len || slash == STR_NOT_FOUND ||
	       file_is_dir(arena_cstr(work->scan, str_sub(path, 0, slash + 1)));
}

enum status bayes_maintain(struct arena *scan, const struct prefs *prefs, const void *plugin,
			   struct str user, const struct learner_request *request, struct why *why)
{
	struct work work = {.scan = scan,
			    .process = bayes_process_of(prefs, plugin),
			    .options = bayes_options_of(scan, prefs, plugin),
			    .request = request};
	bool creates = request->task == LEARNER_RESTORE || request->task == LEARNER_IMPORT;
	struct bayes_owner owner = {.user = user};
	enum status status =
		bayes_open(scan, work.process, work.options, owner, creates, &work.store, why);

	if (status == STATUS_NOT_FOUND && request->task == LEARNER_BACKUP && has_place(&work)) {
		backup_totals(&work);
		return STATUS_OK;
	}
	if (status == STATUS_NOT_FOUND &&
	    (request->task == LEARNER_SYNC || request->task == LEARNER_EXPIRE ||
	     request->task == LEARNER_CLEAR))
		return STATUS_OK;
	if (status != STATUS_OK || request->task == LEARNER_SYNC)
		return status;
	if (request->task == LEARNER_EXPIRE)
		return bayes_expire(work.store, work.options->max_tokens,
				    request->quiet ? NULL : request->out, why);
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		if (tasks[i].task == request->task)
			return run_task(&work, &tasks[i], why);
	return why_set(why, STATUS_UNSUPPORTED, "no such task");
}
