/*
 * AWL: the mean of what a sender's messages scored draws the next one's points towards it
 * (SpamAssassin's Plugin/AWL.pm, AutoWelcomelist.pm). See awl.md.
 */
#include <math.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/number.h"
#include "plugins/senders.h"

enum { LISTED_POINTS = 100 };

struct awl_conf {
	struct senders_process *process;
};

static void conf_init(void *data, struct arena *keep)
{
	((struct awl_conf *)data)->process = senders_process_new(keep);
}

/* --- the message ------------------------------------------------------------------------------ */

/* Where the message has come from, of what is not private. */
static struct str first_public_ip(const struct relays *relays)
{
	const struct relay_vec *const lists[] = {&relays->untrusted, &relays->trusted};

	for (int list = 0; list < 2; list++)
		for (size_t i = lists[list]->n; i-- > 0;) {
			const struct relay *relay = lists[list]->items[i];
			if (!relay->ip_private && relay->ip_text.len)
				return relay->ip_text;
		}
	return STR_NONE;
}

static double three_decimals(double value)
{
	char text[64];

	snprintf(text, sizeof text, "%.3f", value);
	return number_perl(str_from(text));
}

static double hit_points(const struct prefs *prefs, const struct hit *hit)
{
	return isnan(hit->points_override) ? prefs_points(prefs, hit->rule) : hit->points_override;
}

/* Points of the message without rules of flag noautolearn; false when a rule says that it is not to
 * be judged. */
static bool points_of(struct scan *scan, double *points_out)
{
	const struct hits *hits = scan_hits(scan);
	double sum = 0;

	for (size_t i = 0; i < hits->list.n; i++) {
		const struct hit *hit = &hits->list.items[i];
		double points = hit_points(scan_prefs(scan), hit);

		if (hit->rule->flags & (RULE_IS_SUBRULE | RULE_NOAUTOLEARN) || points == 0)
			continue;
		if (hit->rule->flags & RULE_NOAWL)
			return false;
		for (unsigned n = 0; n < hit->copies; n++)
			sum += points;
	}
	*points_out = three_decimals(sum);
	return true;
}

/* --- its sender ------------------------------------------------------------------------------- */

struct judgement {
	struct scan *scan;
	struct list_owner owner;
	struct senders *senders;
	struct sender_key key;
	struct sender_entry entry;
	struct str ip; /* as it stands in the message; empty: none */
	double points;
};

static struct sender_key key_of(const struct list_owner *owner, struct str address, struct str ip,
				struct str signed_by)
{
	struct sender_key key = {
		.address = sender_address(owner->arena, address),
		.signed_by = signed_by,
	};
	if (ip.len)
		key.ip = sender_network(
			owner->arena, ip,
			(unsigned)list_number(owner, "auto_welcomelist_ipv4_mask_len", 16),
			(unsigned)list_number(owner, "auto_welcomelist_ipv6_mask_len", 48));
	if (!key.ip.ptr)
		key.ip = STR_LIT(SENDERS_NO_IP);
	return key;
}

/* An entry without a network, as commands make it, becomes that of the network the sender is first
 * seen in. */
static enum status take_over(struct judgement *judgement, struct why *why)
{
	struct sender_key key = {.address = judgement->key.address, .ip = STR_LIT(SENDERS_NO_IP)};
	struct sender_entry entry;

	if (senders_get(judgement->senders, &key, &entry, why) != STATUS_OK)
		return why->status;
	if (entry.count <= 0)
		return STATUS_OK;
	log_debug("auto-welcomelist", "found entry w/o IP address for %.*s: replacing with %.*s",
		  STR_ARG(key.address), STR_ARG(judgement->ip));
	judgement->entry = entry;
	return senders_remove(judgement->senders, &key, why);
}

static enum status find_entry(struct judgement *judgement, struct why *why)
{
	struct sender_entry *entry = &judgement->entry;

	if (senders_get(judgement->senders, &judgement->key, entry, why) != STATUS_OK)
		return why->status;
	if (!entry->count && judgement->ip.len && take_over(judgement, why) != STATUS_OK)
		return why->status;
	if (entry->count < 0 || isnan(entry->total)) {
		log_warn("auto-welcomelist: resetting bad data for (%.*s, %.*s), count: %lld, "
			 "totscore: %g",
			 STR_ARG(judgement->key.address), STR_ARG(judgement->ip),
			 (long long)entry->count, entry->total);
		*entry = (struct sender_entry){0};
	}
	return STATUS_OK;
}

/* --- the answer ------------------------------------------------------------------------------- */

static void set_tag(struct scan *scan, const char *name, double value)
{
	scan_tag_set(scan, name, arena_printf(scan_arena(scan), "%2.1f", value));
}

static double correction(struct judgement *judgement)
{
	struct scan *scan = judgement->scan;
	double mean, delta;

	if (!judgement->entry.count)
		return 0;
	mean = judgement->entry.total / (double)judgement->entry.count;
	delta = (mean - judgement->points) *
		list_number(&judgement->owner, "auto_welcomelist_factor", 0.5);
	set_tag(scan, "AWL", delta);
	set_tag(scan, "AWLMEAN", mean);
	set_tag(scan, "AWLCOUNT", (double)judgement->entry.count);
	set_tag(scan, "AWLPRESCORE", scan_points(scan));
	return delta;
}

static void tell(const struct judgement *judgement)
{
	const struct sender_entry *entry = &judgement->entry;
	struct str signer = judgement->key.signed_by;
	char mean[32] = "undef", so_far[32], points[32];

	if (!log_debug_wanted("auto-welcomelist"))
		return;
	if (entry->count)
		snprintf(mean, sizeof mean, "%.3f", entry->total / (double)entry->count);
	number_format_perl(scan_points(judgement->scan), so_far);
	number_format_perl(judgement->points, points);
	log_debug("auto-welcomelist",
		  "AWL active, pre-score: %s, autolearn score: %s, mean: %s, IP: %.*s, address: "
		  "%.*s %s%.*s",
		  so_far, points, mean,
		  STR_ARG(judgement->ip.len ? judgement->ip : STR_LIT("undef")),
		  STR_ARG(judgement->key.address), signer.len ? "signed by " : "(not signed)",
		  STR_ARG(signer));
}

/* The message counts for those that follow, not for itself. */
static enum status judge(struct judgement *judgement, struct why *why)
{
	struct scan *scan = judgement->scan;
	enum status status = find_entry(judgement, why);
	double delta;

	if (status != STATUS_OK)
		return status;
	tell(judgement);
	delta = correction(judgement);
	status = senders_add(judgement->senders, &judgement->key, judgement->points,
			     &judgement->entry, why);
	if (delta != 0)
		scan_hit_adjusted(scan, "AWL", three_decimals(delta), "AWL: ");
	return status;
}

static enum status open_list(const struct list_owner *owner, const void *plugin, bool writable,
			     struct deadline deadline, struct senders **senders_out,
			     struct why *why)
{
	const struct extension *extension = owner->prefs->ruleset->extension;
	const struct awl_conf *conf =
		extension->plugin_conf(extension->host, owner->prefs->plugin_confs, plugin);
	struct senders_options options;

	if (list_options(owner, "auto_welcomelist_factory", &options, why) != STATUS_OK)
		return why->status;
	return senders_open(owner->arena, &options, conf->process, writable, deadline, senders_out,
			    why);
}

static int check_from_in_auto_welcomelist(struct scan *scan, const struct eval_call *call)
{
	struct judgement judgement = {.scan = scan, .owner = list_owner_of(scan)};
	struct str from = arena_lower(scan_arena(scan), scan_header(scan, "From:addr"));
	struct why why = {.text = ""};
	enum status status;

	if (!list_flag(&judgement.owner, "use_auto_welcomelist", true) || !str_trim(from).len ||
	    !points_of(scan, &judgement.points))
		return 0;
	judgement.ip = first_public_ip(scan_mail(scan)->relays);
	judgement.key =
		key_of(&judgement.owner, from, judgement.ip, scan_tag_text(scan, "DKIMDOMAIN"));
	status = open_list(&judgement.owner, call->plugin, true, list_deadline(scan),
			   &judgement.senders, &why);
	if (status == STATUS_OK) {
		struct why closing = {.text = ""};

		status = judge(&judgement, &why);
		if (senders_close(judgement.senders, &closing) != STATUS_OK &&
		    status == STATUS_OK) {
			status = closing.status;
			why = closing;
		}
	}
	if (status != STATUS_OK)
		log_warn("auto-welcomelist: open of auto-welcomelist file failed: %s", why.text);
	log_debug("auto-welcomelist", "post auto-welcomelist score: %.3f", scan_points(scan));
	return 0;
}

/* --- commands --------------------------------------------------------------------------------- */

/* What SpamAssassin says of each. */
static const char *const doing[] = {
	[LIST_WELCOME] = "adding address to welcomelist",
	[LIST_BLOCK] = "adding address to blocklist",
	[LIST_REMOVE] = "removing address",
};

static enum status change_list(struct senders *senders, const struct sender_key *key,
			       enum list_change change, struct why *why)
{
	struct sender_entry entry = {0};
	double points = change == LIST_WELCOME ? -LISTED_POINTS : LISTED_POINTS;
	enum status status = senders_remove(senders, key, why);

	if (status == STATUS_OK && change != LIST_REMOVE)
		status = senders_add(senders, key, points, &entry, why);
	return status;
}

static enum status list_address(struct arena *scan, const struct prefs *prefs, const void *plugin,
				const struct list_request *request, struct why *why)
{
	struct list_owner owner = {scan, prefs, request->user, request->state_dir};
	struct sender_key key = key_of(&owner, request->address, STR_NONE, STR_NONE);
	struct senders *senders;
	struct why closing;
	enum status status;

	if (!list_flag(&owner, "use_auto_welcomelist", true))
		return why_set(why, STATUS_REFUSED, "use_auto_welcomelist is off");
	status = open_list(&owner, plugin, true, deadline_in_ms(SENDERS_WAIT_MS), &senders, why);
	if (status != STATUS_OK)
		return why_context(why, "open of auto-welcomelist file failed");
	if (!senders_is_writable(senders))
		status = why_set(why, STATUS_TIMEOUT, "another process is writing");
	else
		status = change_list(senders, &key, request->change, why);
	if (senders_close(senders, &closing) != STATUS_OK && status == STATUS_OK) {
		*why = closing;
		status = closing.status;
	}
	if (status == STATUS_OK && request->out)
		fprintf(request->out, "SpamAssassin auto-welcomelist: %s: %.*s\n",
			doing[request->change], STR_ARG(request->address));
	return status;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct eval_def evals[] = {
	{"check_from_in_auto_welcomelist", NULL, check_from_in_auto_welcomelist},
	{"check_from_in_auto_whitelist", NULL, check_from_in_auto_welcomelist},
	{NULL, NULL, NULL},
};

static const struct learner learner = {.list_address = list_address};

const struct plugin_def plugin_awl = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::AWL",
	.evals = evals,
	.conf_bytes = sizeof(struct awl_conf),
	.conf_init = conf_init,
	.learner = &learner,
};
