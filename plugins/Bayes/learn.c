/*
 * learn: one message → one transaction: the counts of its tokens, the number of messages, and its
 * id, which keeps it from counting twice (Plugin/Bayes.pm _learn_trapped, _forget_trapped). Tokens
 * are made before the store is locked. Of many messages in a row those that nobody knows yet are
 * gathered (batch.h). See bayes.h.
 */
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/must.h"
#include "plugins/Bayes/bayes.h"

/* For another who writes: a scan hardly waits, for what it learns by itself is not asked for; a
 * request waits as long as SpamAssassin's (BayesStore/DBM.pm tie_db_writable), and so does a
 * command that learns many. Learners hold the store for a tenth of a second. */
enum { TRIES = 5, SCAN_WAIT_MS = 1000, REQUEST_WAIT_MS = 10 * 1000, COMMAND_WAIT_MS = 300 * 1000 };

/* What learning and forgetting work with. */
struct lesson {
	struct arena *arena;
	const struct mail *mail;
	const struct bayes_options *options;
	struct bayes_process *process;
	struct bayes_store *store;
	struct str ids[2]; /* by contents, and by Message-Id (ptr NULL: none) */
	struct token_set tokens;
	struct bayes_owner owner;
	bool relearned; /* the message was known as the opposite */
	bool scored;    /* the message is one that rules ran over */
	bool raced;     /* another learner was faster with it */
};

/* --- ids -------------------------------------------------------------------------------------- */

static struct str id_by_header(const struct message *message)
{
	struct str value = str_trim(headers_last(message->headers, "Message-Id"));

	if (value.len < 3 || value.ptr[0] != '<' || value.ptr[value.len - 1] != '>')
		return STR_NONE;
	return str_sub(value, 1, value.len - 2);
}

/* The flag of the first id that is known, and which; 0 when none is. */
static enum status find_seen(struct lesson *lesson, char *flag_out, struct str *id_out,
			     struct why *why)
{
	for (size_t i = 0; i < 2; i++) {
		enum status status;

		*flag_out = 0;
		if (!lesson->ids[i].ptr)
			continue;
		*id_out = lesson->ids[i];
		if (lesson->process->batch)
			*flag_out = batch_seen(lesson->process->batch, lesson->ids[i]);
		if (*flag_out)
			return STATUS_OK;
		status = lesson->store->def->seen(lesson->store, lesson->ids[i], flag_out, why);
		if (status != STATUS_OK || *flag_out)
			return status;
	}
	return STATUS_OK;
}

/* --- transactions ----------------------------------------------------------------------------- */

static int wait_ms(const struct lesson *lesson)
{
	if (lesson->process->batch)
		return COMMAND_WAIT_MS;
	return lesson->scored ? SCAN_WAIT_MS : REQUEST_WAIT_MS;
}

static enum status open_store(struct lesson *lesson, bool create, struct why *why)
{
	if (bayes_open(lesson->arena, lesson->process, lesson->options, lesson->owner, create,
		       &lesson->store, why) != STATUS_OK)
		return why->status;
	lesson->store->write_wait_ms = wait_ms(lesson);
	return STATUS_OK;
}

static enum status begin_writing(struct lesson *lesson, struct why *why)
{
	if (open_store(lesson, true, why) != STATUS_OK)
		return why->status;
	if (lesson->process->writable)
		return STATUS_OK;
	if (lesson->store->def->begin(lesson->store, true, why) != STATUS_OK)
		return why->status;
	lesson->process->writable = true;
	return STATUS_OK;
}

static enum status end_writing(struct lesson *lesson, struct why *why)
{
	enum status status = lesson->store->def->commit(lesson->store, why);

	lesson->process->writable = false;
	lesson->raced = status == STATUS_REFUSED;
	return status;
}

static void give_up(struct lesson *lesson)
{
	if (!lesson->process->writable)
		return;
	lesson->process->writable = false;
	lesson->store->def->abort(lesson->store);
}

static enum status write_batch(struct bayes_process *process, struct why *why)
{
	return process->batch && process->store ? batch_write(process->batch, process->store, why)
						: STATUS_OK;
}

enum status bayes_batch_begin(const struct prefs *prefs, const void *plugin, struct str user,
			      struct why *why)
{
	struct bayes_process *process = bayes_process_of(prefs, plugin);

	(void)user;
	(void)why;
	if (!process->batch)
		process->batch = batch_new();
	return STATUS_OK;
}

enum status bayes_batch_end(const struct prefs *prefs, const void *plugin, struct why *why)
{
	struct bayes_process *process = bayes_process_of(prefs, plugin);
	enum status status = write_batch(process, why);

	batch_free(process->batch);
	process->batch = NULL;
	return status;
}

/* --- counts ----------------------------------------------------------------------------------- */

static uint64_t moved(uint64_t count, int by)
{
	return by < 0 && count == 0 ? 0 : count + (uint64_t)(int64_t)by;
}

static enum status count(struct lesson *lesson, char flag, int by, int64_t atime_s, struct why *why)
{
	struct bayes_store *store = lesson->store;
	struct bayes_totals totals;
	int spam = flag == 's' ? by : 0, ham = flag == 'h' ? by : 0;

	if (store->def->totals(store, &totals, why) != STATUS_OK)
		return why->status;
	totals.spam = moved(totals.spam, spam);
	totals.ham = moved(totals.ham, ham);
	if (store->def->change(store, lesson->tokens.list.items, lesson->tokens.list.n, spam, ham,
			       atime_s, &totals, why) != STATUS_OK)
		return why->status;
	return store->def->totals_put(store, &totals, why);
}

static enum status forget_as(struct lesson *lesson, char flag, struct str id, struct why *why)
{
	if (count(lesson, flag, -1, 0, why) != STATUS_OK)
		return why->status;
	return lesson->store->def->seen_put(lesson->store, id, 0, why);
}

static int64_t atime_of(const struct lesson *lesson)
{
	int64_t now = clock_wall_s(),
		atime = mail_received_at_s(lesson->arena, lesson->options->tokens.patterns->origin,
					   lesson->mail);

	return atime - now > FUTURE_MAX_S ? now : atime;
}

static enum status learn_as(struct lesson *lesson, char flag, struct why *why)
{
	if (count(lesson, flag, 1, atime_of(lesson), why) != STATUS_OK)
		return why->status;
	return lesson->store->def->seen_put(lesson->store, lesson->ids[0], flag, why);
}

/* --- the learner ------------------------------------------------------------------------------ */

static bool prepare(struct lesson *lesson, struct scan *scan, const void *plugin, struct why *why)
{
	const struct prefs *prefs = scan_prefs(scan);

	*lesson = (struct lesson){
		.arena = scan_arena(scan),
		.mail = scan_mail(scan),
		.options = bayes_options_of(scan_arena(scan), prefs, plugin),
		.process = bayes_process_of(prefs, plugin),
		.owner = bayes_owner_of(scan),
		.scored = scan_runs_rules(scan),
	};
	if (!prefs->settings->use_bayes || !prefs->settings->use_learner) {
		why_set(why, STATUS_REFUSED, "use_bayes is off");
		return false;
	}
	lesson->ids[0] = message_generated_id(lesson->arena, lesson->mail->message);
	lesson->ids[1] = id_by_header(lesson->mail->message);
	return true;
}

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct token *)a)->key, ((const struct token *)b)->key,
		      TOKEN_KEY_BYTES);
}

/* The message as it is now, when rules have run over it: URIs are looked for anew, in lines that
 * plugins may have changed, and without the URIs that they added (Bayes.pm get_body_from_msg). */
static const struct mail *mail_to_learn(struct lesson *lesson)
{
	return lesson->scored ? mail_without_uris(lesson->arena, lesson->mail) : lesson->mail;
}

static void tokenise(struct lesson *lesson)
{
	tokens_of_mail(lesson->arena, &lesson->options->tokens, mail_to_learn(lesson),
		       lesson->scored, &lesson->tokens);
}

/* In the order of keys, which is that of a store's pages. */
static void sort_tokens(struct lesson *lesson)
{
	if (lesson->tokens.list.n)
		qsort(lesson->tokens.list.items, lesson->tokens.list.n,
		      sizeof *lesson->tokens.list.items, by_key);
}

static bool is_learnable(char seen, char flag, unsigned flags)
{
	return !seen || (seen != flag && !(flags & LEARN_NO_RELEARN));
}

bool bayes_would_learn(struct scan *scan, const void *plugin, enum learn_class as, unsigned flags)
{
	struct lesson lesson;
	struct why why = {0};
	struct str id;
	char seen = 0;
	enum status status;

	if (!prepare(&lesson, scan, plugin, &why) ||
	    (flags & LEARN_USE_IGNORES && bayes_is_ignored(scan, lesson.options)))
		return false;
	status = open_store(&lesson, true, &why);
	if (status == STATUS_OK)
		status = lesson.store->def->begin(lesson.store, false, &why);
	if (status != STATUS_OK) {
		log_warn("bayes: cannot learn: %s", why.text);
		return false;
	}
	status = find_seen(&lesson, &seen, &id, &why);
	lesson.store->def->abort(lesson.store);
	return status == STATUS_OK && is_learnable(seen, as == LEARN_SPAM ? 's' : 'h', flags);
}

static enum learn_result failed(struct lesson *lesson, const struct why *why)
{
	lesson->raced =
		lesson->raced || (lesson->process->writable && why->status == STATUS_REFUSED);
	give_up(lesson);
	return LEARN_FAILED;
}

static enum learn_result nothing(struct lesson *lesson)
{
	give_up(lesson);
	return LEARN_NOTHING;
}

/* The store is open for writing; *seen_out: what the message was learnt as, under *id_out, or 0. */
static enum status open_lesson(struct lesson *lesson, char *seen_out, struct str *id_out,
			       struct why *why)
{
	sort_tokens(lesson);
	enum status status = begin_writing(lesson, why);
	return status == STATUS_OK ? find_seen(lesson, seen_out, id_out, why) : status;
}

static enum learn_result learn_once(struct lesson *lesson, char flag, unsigned flags,
				    struct why *why)
{
	struct str id = STR_NONE;
	char seen;

	if (open_lesson(lesson, &seen, &id, why) != STATUS_OK)
		return failed(lesson, why);
	if (!is_learnable(seen, flag, flags))
		return nothing(lesson);
	if (seen && forget_as(lesson, seen, id, why) != STATUS_OK)
		return failed(lesson, why);
	if (learn_as(lesson, flag, why) != STATUS_OK || end_writing(lesson, why) != STATUS_OK)
		return failed(lesson, why);
	log_debug("bayes", "learned '%.*s'", STR_ARG(lesson->ids[0]));
	lesson->relearned = seen != 0;
	return LEARN_DONE;
}

static enum status look_up(struct lesson *lesson, char *seen_out, struct why *why)
{
	struct str id = STR_NONE;
	enum status status = lesson->store->def->begin(lesson->store, false, why);

	if (status != STATUS_OK)
		return status;
	status = find_seen(lesson, seen_out, &id, why);
	lesson->store->def->abort(lesson->store);
	return status;
}

/* What is known as the opposite is forgotten first, so what is gathered has to be in the store. */
static enum learn_result learn_later(struct lesson *lesson, char flag, unsigned flags,
				     struct why *why)
{
	struct batch *batch = lesson->process->batch;
	char seen;

	if (look_up(lesson, &seen, why) != STATUS_OK)
		return LEARN_FAILED;
	if (!is_learnable(seen, flag, flags))
		return LEARN_NOTHING;
	if (seen) {
		if (write_batch(lesson->process, why) != STATUS_OK)
			return LEARN_FAILED;
		return learn_once(lesson, flag, flags, why);
	}
	batch_add(batch, lesson->ids[0], flag, lesson->tokens.list.items, lesson->tokens.list.n,
		  atime_of(lesson));
	if (batch_is_full(batch) && write_batch(lesson->process, why) != STATUS_OK)
		return LEARN_FAILED;
	return LEARN_DONE;
}

/* Not so where others share the store from afar. */
static bool gathers(const struct lesson *lesson)
{
	return lesson->process->batch && !lesson->store->def->commits_each;
}

enum learn_result bayes_learn(struct scan *scan, const void *plugin, enum learn_class as,
			      unsigned flags, struct why *why)
{
	char flag = as == LEARN_SPAM ? 's' : 'h';
	struct lesson lesson;
	enum learn_result result;
	int tries = 0;

	if (!prepare(&lesson, scan, plugin, why))
		return LEARN_FAILED;
	if (flags & LEARN_USE_IGNORES && bayes_is_ignored(scan, lesson.options))
		return LEARN_NOTHING;
	tokenise(&lesson);
	if (open_store(&lesson, true, why) != STATUS_OK)
		return LEARN_FAILED;
	if (gathers(&lesson))
		result = learn_later(&lesson, flag, flags, why);
	else
		do {
			lesson.raced = false;
			result = learn_once(&lesson, flag, flags, why);
		} while (lesson.raced && ++tries < TRIES);
	if (lesson.relearned)
		scan_forget_elsewhere(scan, plugin);
	return result;
}

static enum learn_result forget_once(struct lesson *lesson, struct why *why)
{
	struct str id = STR_NONE;
	char seen;

	if (open_lesson(lesson, &seen, &id, why) != STATUS_OK)
		return failed(lesson, why);
	if (!seen)
		return nothing(lesson);
	if (forget_as(lesson, seen, id, why) != STATUS_OK || end_writing(lesson, why) != STATUS_OK)
		return failed(lesson, why);
	return LEARN_DONE;
}

enum learn_result bayes_forget(struct scan *scan, const void *plugin, struct why *why)
{
	struct lesson lesson;
	enum learn_result result = LEARN_FAILED;

	if (!prepare(&lesson, scan, plugin, why))
		return LEARN_FAILED;
	tokenise(&lesson);
	if (write_batch(lesson.process, why) != STATUS_OK)
		return LEARN_FAILED;
	for (int i = 0; i == 0 || (lesson.raced && i < TRIES); i++) {
		lesson.raced = false;
		result = forget_once(&lesson, why);
	}
	return result;
}
