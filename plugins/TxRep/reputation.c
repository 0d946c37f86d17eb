/*
 * reputation: the history of one identity: asked, and written on (TxRep.pm check_reputation,
 * add_score, remove_score, modify_reputation). The numbers are SpamAssassin's also where they
 * surprise: txrep_dilution_factor has no effect there, and so has none here. See txrep.h.
 */
#include <math.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "plugins/TxRep/txrep.h"

/* In tags and reports. */
static const char *const kind_names[] = {
	[IDENTITY_EMAIL_IP] = "EMAILIP", [IDENTITY_EMAIL] = "EMAIL",
	[IDENTITY_DOMAIN] = "DOMAIN",    [IDENTITY_IP] = "IP",
	[IDENTITY_HELO] = "HELO",        [IDENTITY_MSG_ID] = "MSGID",
};

/* As SpamAssassin's "[^\s@]+@[^\s@]+". */
static bool is_mail_address(struct str text)
{
	for (size_t at = 1; at + 1 < text.len; at++)
		if (text.ptr[at] == '@' && text.ptr[at - 1] != '@' && text.ptr[at + 1] != '@' &&
		    !ascii_is_space((unsigned char)text.ptr[at - 1]) &&
		    !ascii_is_space((unsigned char)text.ptr[at + 1]))
			return true;
	return false;
}

struct sender_key txrep_key(const struct txrep *txrep, struct str id, struct str ip,
			    struct str signed_by)
{
	struct arena *arena = txrep->owner.arena;
	struct sender_key key = {.address = sender_address(arena, id), .signed_by = signed_by};

	if (txrep->is_outgoing && is_mail_address(key.address)) {
		key.ip = STR_LIT("WELCOMELIST_OUT");
		return key;
	}
	if (ip.len)
		key.ip = sender_network(arena, ip, txrep->options.v4_bits, txrep->options.v6_bits);
	if (!key.ip.ptr)
		key.ip = STR_LIT(SENDERS_NO_IP);
	return key;
}

static bool failed(struct txrep *txrep, enum status status)
{
	if (status != STATUS_OK && txrep->status == STATUS_OK)
		txrep->status = status;
	return txrep->status != STATUS_OK;
}

/* --- one list at a time ----------------------------------------------------------------------- */

struct visit {
	struct txrep *txrep;
	struct senders *list;
	const struct identity *identity;
	struct sender_key key;
	struct str tag; /* "TXREPEMAILIP", with two lists "TXREPEMAILIPU", "TXREPEMAILIPG" */
	bool has_mean;
	double mean;
};

static void set_tag(const struct visit *visit, const char *suffix, double value)
{
	struct scan *scan = visit->txrep->scan;
	struct str name =
		arena_printf(visit->txrep->owner.arena, "%.*s%s", STR_ARG(visit->tag), suffix);

	scan_tag_set(scan, name.ptr, arena_printf(scan_arena(scan), "%2.1f", value));
}

/* The distance to the mean that this message makes. Where that lies beyond zero although history
 * and message are of one sign, the message does not count. */
static double distance(const struct sender_entry *entry, double points)
{
	double n = 1 + (double)entry->count, delta = entry->total / n;

	if (!isnan(points)) {
		double with = (entry->total + points) / n - points;
		bool contradicts = (entry->total > 0 && points > 0 && with < 0) ||
				   (entry->total < 0 && points < 0 && with > 0);
		if (contradicts)
			log_debug("TxRep", "skipping msg score %g when calculating delta", points);
		else
			delta = with;
	}
	return delta;
}

static double ask(const struct visit *visit, double points)
{
	const struct sender_entry *entry = &visit->txrep->entry;
	double delta;

	if (visit->identity->kind == IDENTITY_MSG_ID && entry->count > 0) {
		delta = entry->total / (double)entry->count;
		set_tag(visit, "", delta);
		return delta;
	}
	delta = distance(entry, points);
	set_tag(visit, "", delta);
	if (visit->has_mean)
		set_tag(visit, "MEAN", visit->mean);
	set_tag(visit, "COUNT", (double)entry->count);
	set_tag(visit, "PRESCORE", scan_points(visit->txrep->scan));
	return delta;
}

/* Behind the rule's description in reports. */
static void note(const struct visit *visit)
{
	const struct txrep *txrep = visit->txrep;
	const struct identity *identity = visit->identity;
	struct buf text;

	if (!txrep->options.details || !visit->has_mean || identity->kind == IDENTITY_MSG_ID)
		return;
	buf_init(&text, txrep->owner.arena);
	buf_printf(&text, "%.*s: %.*s", STR_ARG(str_from_at(visit->tag, 5)), STR_ARG(identity->id));
	if (identity->ip.len)
		buf_printf(&text, "|%.*s",
			   STR_ARG(sender_network(txrep->owner.arena, identity->ip,
						  txrep->options.v4_bits, txrep->options.v6_bits)));
	if (txrep->options.details == 2)
		buf_printf(&text, ", rep: %.2f, count: %lld", visit->mean,
			   (long long)txrep->entry.count);
	scan_note_name(txrep->scan, "TXREP", buf_str(&text));
}

static void tell(const struct visit *visit, double weight, double delta)
{
	const struct txrep *txrep = visit->txrep;
	char mean[32] = "none";

	if (!log_debug_wanted("TxRep"))
		return;
	if (visit->has_mean)
		snprintf(mean, sizeof mean, "%.3f", visit->mean);
	if (txrep->task == TASK_LEARN)
		log_debug("TxRep", "reputation: %s, count: %lld, learning: %g, %.*s: %.*s", mean,
			  (long long)txrep->entry.count, txrep->lesson,
			  STR_ARG(str_from_at(visit->tag, 5)), STR_ARG(visit->identity->id));
	else
		log_debug("TxRep",
			  "reputation: %s, count: %lld, weight: %.1f, delta: %.3f, %.*s: %.*s",
			  mean, (long long)txrep->entry.count, weight, delta,
			  STR_ARG(str_from_at(visit->tag, 5)), STR_ARG(visit->identity->id));
}

static void find_entry(struct visit *visit)
{
	struct txrep *txrep = visit->txrep;
	struct sender_entry *entry = &txrep->entry;

	if (failed(txrep, senders_get(visit->list, &visit->key, entry, &txrep->why)))
		return;
	if (entry->count < 0 || isnan(entry->total)) {
		log_warn("TxRep: resetting bad data for (%.*s, %.*s), count: %lld, totscore: %g",
			 STR_ARG(visit->key.address), STR_ARG(visit->key.ip),
			 (long long)entry->count, entry->total);
		*entry = (struct sender_entry){0};
	}
	visit->has_mean = entry->count > 0;
	visit->mean = visit->has_mean ? entry->total / (double)entry->count : 0;
}

static void add(struct visit *visit, double points)
{
	struct txrep *txrep = visit->txrep;

	failed(txrep, senders_add(visit->list, &visit->key, points, &txrep->entry, &txrep->why));
}

static void forget_entry(struct visit *visit)
{
	failed(visit->txrep, senders_remove(visit->list, &visit->key, &visit->txrep->why));
}

/* Adding counts one more, so two are taken off before. */
static void take_off(struct visit *visit, double points)
{
	struct sender_entry *entry = &visit->txrep->entry;

	entry->count = entry->count > 2 ? entry->count - 2 : 0;
	add(visit, -points);
}

/* A message that was learnt counts twice: so it is told from one that was only looked at. */
static void write_on(struct visit *visit, double points)
{
	struct txrep *txrep = visit->txrep;
	bool is_message = visit->identity->kind == IDENTITY_MSG_ID;

	if (txrep->forgets) {
		if (!isnan(points))
			take_off(visit, points);
		if (is_message)
			forget_entry(visit);
	} else if (!isnan(points)) {
		add(visit, points);
		if (txrep->task == TASK_LEARN && is_message && txrep->entry.count == 1)
			add(visit, points);
	}
}

static double visit_list(struct txrep *txrep, size_t at, const struct identity *identity,
			 double points)
{
	double weight = txrep->options.weights[identity->kind], delta = 0;
	const char *whose = txrep->n_lists < 2 ? "" : at == 0 ? "U" : "G";
	struct visit visit = {
		.txrep = txrep,
		.list = txrep->lists[at],
		.identity = identity,
		.key = txrep_key(txrep, identity->id, identity->ip, identity->signed_by),
		.tag = arena_printf(txrep->owner.arena, "TXREP%s%s", kind_names[identity->kind],
				    whose),
	};

	find_entry(&visit);
	if (txrep->status != STATUS_OK)
		return 0;
	if (txrep->task == TASK_LEARN && !isnan(points)) {
		double sign = points > 0 ? 1 : points < 0 ? -1 : 0;
		points += visit.has_mean ? sign * fabs(visit.mean) : 0;
		tell(&visit, weight, 0);
	} else {
		txrep->total_weight += weight;
		delta = ask(&visit, points);
		tell(&visit, weight, delta);
		note(&visit);
	}
	write_on(&visit, points);
	return weight * delta;
}

/* --- all lists -------------------------------------------------------------------------------- */

double txrep_reputation(struct txrep *txrep, const struct identity *identity, double points)
{
	double users, everybodys;

	if (txrep->options.weights[identity->kind] == 0 || txrep->status != STATUS_OK)
		return 0;
	users = visit_list(txrep, 0, identity, points);
	if (txrep->n_lists < 2)
		return users;
	everybodys = visit_list(txrep, 1, identity, points);
	txrep->main_list = 1; /* also in SpamAssassin recipients then gain in everybody's list */
	return (txrep->options.ratio * users + everybodys) / (1 + txrep->options.ratio);
}

void txrep_reset(struct txrep *txrep, struct str id, struct str signed_by, double points)
{
	struct sender_key key = txrep_key(txrep, id, STR_NONE, signed_by);
	struct sender_entry entry;
	struct senders *list = txrep->lists[txrep->main_list];

	if (failed(txrep, senders_get(list, &key, &entry, &txrep->why)) ||
	    failed(txrep, senders_remove(list, &key, &txrep->why)) || isnan(points))
		return;
	if (!failed(txrep, senders_get(list, &key, &entry, &txrep->why)))
		failed(txrep, senders_add(list, &key, points, &entry, &txrep->why));
}
