/*
 * message: all that a message's sender is known by, one after the other (TxRep.pm
 * check_senders_reputation). See txrep.h.
 */
#include <math.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/number.h"
#include "plugins/TxRep/txrep.h"

struct sender {
	struct str from, domain;
	struct str ip, helo;  /* empty: none */
	struct str signed_by; /* domain of the signature, or "spf-DOMAIN"; empty */
	struct identity message;
};

/* --- where it comes from ---------------------------------------------------------------------- */

/* "[1.2.3.4]", the domain and the address are identities of their own. */
static bool is_name_of_its_own(const struct relay *relay, const struct sender *sender)
{
	struct str helo = relay->helo, inner = helo;

	if (helo.len && helo.ptr[0] == '[')
		inner = str_from_at(inner, 1);
	if (inner.len && inner.ptr[inner.len - 1] == ']')
		inner = str_sub(inner, 0, inner.len - 1);
	return !str_eq(inner, relay->ip_text) && !str_eq_ci(helo, sender->domain) &&
	       !str_eq_ci(helo, sender->from);
}

/* How far back a relay's word is believed: to the first one that is not trusted, of messages with
 * low points to the last. */
static void look_at_relay(const struct relay *relay, long n_trusted_left, double points,
			  struct sender *sender)
{
	if (is_name_of_its_own(relay, sender))
		sender->helo = relay->helo;
	if (!relay->ip_text.len)
		return;
	if (!relay->ip_private && (n_trusted_left >= -1 || points < 2))
		sender->ip = relay->ip_text;
	if (relay->ip_private && n_trusted_left >= 0 && !sender->ip.len)
		sender->ip = STR_LIT("127.0.0.1");
}

static void look_at_relays(const struct txrep *txrep, double points, struct sender *sender)
{
	const struct relays *relays = scan_mail(txrep->scan)->relays;
	const struct relay_vec *const lists[] = {&relays->trusted, &relays->untrusted};
	long n_trusted_left = (long)relays->trusted.n;

	for (int list = 0; list < 2; list++)
		for (size_t i = 0; i < lists[list]->n; i++)
			look_at_relay(lists[list]->items[i], --n_trusted_left, points, sender);
}

/* Forgetting goes without the relays, as in SpamAssassin. */
static bool find_sender(const struct txrep *txrep, double points, struct sender *out)
{
	struct arena *arena = txrep->owner.arena;
	const struct mail *mail = scan_mail(txrep->scan);
	size_t at;

	*out = (struct sender){.from = arena_lower(arena, scan_header(txrep->scan, "From:addr"))};
	if (!out->from.len || str_eq_c(out->from, "0"))
		out->from = scan_header(txrep->scan, "EnvelopeFrom:addr");
	if (!str_trim(out->from).len)
		return false;
	at = str_rfind_char(out->from, '@');
	out->domain = at == STR_NOT_FOUND || at == 0 ? out->from : str_from_at(out->from, at + 1);
	if (txrep->task != TASK_FORGET)
		look_at_relays(txrep, points, out);
	out->message = (struct identity){
		.kind = IDENTITY_MSG_ID,
		.id = message_generated_id(arena, mail->message),
		.signed_by = arena_printf(
			arena, "%lld",
			(long long)mail_received_at_s(arena, txrep->conf->patterns, mail)),
	};
	return true;
}

/* A signature or SPF vouches for the sender in the place of the address he writes from. */
static struct str find_voucher(const struct txrep *txrep, struct sender *sender)
{
	struct str signer =
		txrep->options.tells_signers ? scan_tag_text(txrep->scan, "DKIMDOMAIN") : STR_NONE;
	struct str spf_sender;

	sender->signed_by = signer;
	if (signer.len) {
		sender->domain = signer;
		return STR_NONE;
	}
	if (!txrep->options.by_spf || !scan_spf_pass(txrep->scan, &spf_sender))
		return sender->ip;
	sender->signed_by = STR_LIT("spf");
	if (spf_sender.ptr) {
		size_t at = str_rfind_char(spf_sender, '@');
		if (at != STR_NOT_FOUND && at > 0)
			spf_sender = str_from_at(spf_sender, at + 1);
		sender->signed_by =
			arena_printf(txrep->owner.arena, "spf-%.*s", STR_ARG(spf_sender));
	}
	return STR_NONE;
}

/* --- all of it -------------------------------------------------------------------------------- */

static void correct(const struct txrep *txrep, double delta)
{
	char text[64];

	if (delta == 0)
		return;
	snprintf(text, sizeof text, "%.3f", delta);
	scan_hit_adjusted(txrep->scan, "TXREP", number_perl(str_from(text)), "TXREP: ");
}

/* SpamAssassin has no list open here yet where messages are not tracked, and does nothing. */
static void give_recipients(struct txrep *txrep)
{
	struct str_vec recipients = {0};

	if (txrep->options.outgoing == 0 || !txrep->is_outgoing || !txrep->options.tracks)
		return;
	mail_to_addresses(txrep->owner.arena, scan_mail(txrep->scan), &recipients);
	for (size_t i = 0; i < recipients.n; i++) {
		if (!recipients.items[i].len)
			continue;
		log_debug("TxRep", "internal sender, welcomelisting recipient: %.*s",
			  STR_ARG(recipients.items[i]));
		txrep_reset(txrep, recipients.items[i], STR_NONE, -txrep->options.outgoing);
	}
}

static void tell(const struct txrep *txrep, const struct sender *sender, double points)
{
	char so_far[32], own[32];

	if (!log_debug_wanted("TxRep"))
		return;
	number_format_perl(scan_points(txrep->scan), so_far);
	number_format_perl(points, own);
	log_debug("TxRep",
		  "active, %.*s pre-score: %s, autolearn score: %s, IP: %.*s, address: %.*s "
		  "%s%.*s",
		  STR_ARG(sender->message.id), so_far, own,
		  STR_ARG(sender->ip.len ? sender->ip : STR_LIT("?")), STR_ARG(sender->from),
		  sender->signed_by.len ? "signed by " : "(unsigned)", STR_ARG(sender->signed_by));
}

static double ask_identities(struct txrep *txrep, struct sender *sender, double points)
{
	struct str ip = find_voucher(txrep, sender), signer = sender->signed_by;
	double sum;

	txrep->total_weight = 0;
	tell(txrep, sender, points);
	sum = txrep_reputation(
		txrep, &(struct identity){IDENTITY_EMAIL_IP, sender->from, ip, signer}, points);
	if (sender->domain.len)
		sum += txrep_reputation(
			txrep, &(struct identity){IDENTITY_DOMAIN, sender->domain, ip, signer},
			points);
	if (sender->helo.len)
		sum += txrep_reputation(
			txrep,
			&(struct identity){IDENTITY_HELO, sender->helo, STR_NONE, STR_LIT("HELO")},
			points);
	if (!sender->ip.len)
		return sum;
	if (!signer.len)
		sum += txrep_reputation(
			txrep, &(struct identity){IDENTITY_EMAIL, sender->from, STR_NONE, STR_NONE},
			points);
	return sum + txrep_reputation(
			     txrep, &(struct identity){IDENTITY_IP, sender->ip, STR_NONE, STR_NONE},
			     points);
}

/* The message itself is known by the points it had. */
static void judge(struct txrep *txrep, struct sender *sender, double points)
{
	give_recipients(txrep);
	double delta = ask_identities(txrep, sender, points);
	if (txrep->task != TASK_LEARN) {
		delta = txrep->total_weight != 0
				? txrep->options.factor * delta / txrep->total_weight
				: 0;
		if (txrep->task == TASK_SCAN)
			correct(txrep, delta);
		points += delta;
	}
	if (txrep->options.tracks)
		txrep_reputation(txrep, &sender->message, points);
}

/* What it was learnt as is taken back before it is learnt anew. */
static void take_back(struct txrep *txrep)
{
	struct sender sender;
	double points;

	if (!find_sender(txrep, txrep->lesson, &sender))
		return;
	txrep->forgets = true;
	points = txrep_reputation(txrep, &sender.message, NAN);
	judge(txrep, &sender, txrep->entry.count > 0 ? points : txrep->lesson);
	txrep->forgets = false;
}

/* One that was scanned before is not counted again. */
static void judge_again(struct txrep *txrep, double points, double stored)
{
	double factor = txrep->options.factor;

	correct(txrep, (points + factor * stored) / (1 + factor) - points);
	log_debug("TxRep", "message already scanned, using old data; post-TxRep score: %.3f",
		  scan_points(txrep->scan));
}

static double points_of(const struct txrep *txrep)
{
	if (txrep->task == TASK_LEARN)
		return txrep->lesson;
	return txrep->task == TASK_SCAN ? scan_learn_points(txrep->scan)->points : 0;
}

void txrep_message(struct txrep *txrep)
{
	double points = points_of(txrep), stored;
	struct sender sender;

	txrep->forgets = txrep->task == TASK_FORGET;
	if (!find_sender(txrep, points, &sender))
		return;
	if (!txrep->options.tracks) {
		judge(txrep, &sender, points);
		return;
	}
	stored = txrep_reputation(txrep, &sender.message, NAN);
	if (txrep->entry.count > 0) {
		if (txrep->task == TASK_SCAN) {
			judge_again(txrep, points, stored);
			return;
		}
		if (txrep->task == TASK_FORGET)
			points = stored;
		else if (txrep->entry.count > 1)
			take_back(txrep);
	}
	judge(txrep, &sender, points);
}
