/*
 * lists: which lists a message is looked up in: one, or with txrep_user2global_ratio the user's and
 * everybody's (TxRep.pm open_storages). See txrep.h.
 */
#include "plugins/TxRep/txrep.h"

static const struct txrep_conf *conf_of(const struct list_owner *owner, const void *plugin)
{
	const struct extension *extension = owner->prefs->ruleset->extension;

	return extension->plugin_conf(extension->host, owner->prefs->plugin_confs, plugin);
}

static bool is_same(const struct senders_options *a, const struct senders_options *b)
{
	return a->dsn.len ? false : str_eq(a->path, b->path);
}

/* What the directives name is one of the two, and which of them depends on what they name. */
static void name_lists(struct txrep *txrep, const struct senders_options *named,
		       struct senders_options lists[LISTS_MAX])
{
	const struct list_owner *owner = &txrep->owner;
	struct str path = list_text(owner, "auto_welcomelist_path", "__userstate__/tx-reputation");
	bool is_everybodys = named->dsn.len || !str_contains(path, "__userstate__");

	lists[0] = lists[1] = *named;
	txrep->n_lists = 1;
	if (txrep->options.ratio == 0 ||
	    (named->dsn.len && str_eq(named->user, owner->user) &&
	     list_text(owner, "user_awl_sql_override_username", "").len))
		return;
	if (is_everybodys)
		list_options_move(owner, &lists[0], "__userstate__/tx-reputation", "");
	else
		list_options_move(owner, &lists[1], "__local_state_dir__/tx-reputation", "GLOBAL");
	if (is_same(&lists[0], &lists[1]))
		return;
	lists[0].no_transaction = lists[1].no_transaction = true;
	txrep->n_lists = LISTS_MAX;
	txrep->main_list = is_everybodys ? 1 : 0;
}

enum status txrep_open(struct txrep *txrep, const struct list_owner *owner, const void *plugin,
		       struct deadline deadline, struct why *why)
{
	struct senders_options named, lists[LISTS_MAX];
	size_t n_wanted;

	txrep->owner = *owner;
	txrep->conf = conf_of(owner, plugin);
	if (list_options(owner, "txrep_factory", &named, why) != STATUS_OK)
		return why->status;
	name_lists(txrep, &named, lists);
	n_wanted = txrep->n_lists;
	for (txrep->n_lists = 0; txrep->n_lists < n_wanted; txrep->n_lists++) {
		size_t at = txrep->n_lists;
		struct why ignored;

		if (senders_open(owner->arena, &lists[at], txrep->conf->processes[at], true,
				 deadline, &txrep->lists[at], why) == STATUS_OK)
			continue;
		txrep_close(txrep, &ignored);
		return why->status;
	}
	return STATUS_OK;
}

enum status txrep_close(struct txrep *txrep, struct why *why)
{
	enum status result = txrep->status;
	struct why closing;

	*why = txrep->why;
	for (size_t i = 0; i < txrep->n_lists; i++) {
		enum status status = senders_close(txrep->lists[i], &closing);

		if (status == STATUS_OK || result != STATUS_OK)
			continue;
		result = status;
		*why = closing;
	}
	txrep->n_lists = 0;
	return result;
}
