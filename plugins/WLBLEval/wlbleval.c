/* WLBLEval: welcome- and blocklists of addresses, relays and hosts (SpamAssassin's
 * Plugin/WLBLEval.pm). */
#include "lib/base/map.h"
#include "lib/base/netset.h"
#include "plugins/args.h"

enum { HOST_KEYS_MAX = 10 };

static const struct settings *settings_of(const struct scan *scan)
{
	return scan_prefs(scan)->settings;
}

static bool any_listed(const struct addr_list *list, const struct str_vec *addresses)
{
	for (size_t i = 0; list && i < addresses->n; i++)
		if (addr_list_match(list, addresses->items[i]).ptr)
			return true;
	return false;
}

static bool from_listed(struct scan *scan, const struct addr_list *list)
{
	struct str_vec addresses = {0};

	mail_from_addresses(scan_arena(scan), scan_mail(scan), &addresses);
	return any_listed(list, &addresses);
}

static bool to_listed(struct scan *scan, const struct addr_list *list)
{
	struct str_vec addresses = {0};

	mail_to_addresses(scan_arena(scan), scan_mail(scan), &addresses);
	return any_listed(list, &addresses);
}

#define LISTED(function, side, field)                                                              \
	static int function(struct scan *scan, const struct eval_call *call)                       \
	{                                                                                          \
		(void)call;                                                                        \
		return side##_listed(scan, settings_of(scan)->field);                              \
	}

LISTED(check_from_in_blocklist, from, blocklist_from)
LISTED(check_to_in_blocklist, to, blocklist_to)
LISTED(check_to_in_welcomelist, to, welcomelist_to)
LISTED(check_to_in_more_spam, to, more_spam_to)
LISTED(check_to_in_all_spam, to, all_spam_to)

static int check_from_in_list(struct scan *scan, const struct eval_call *call)
{
	return from_listed(scan, settings_addr_list(settings_of(scan), arg_text(call, 0)));
}

static int check_to_in_list(struct scan *scan, const struct eval_call *call)
{
	return to_listed(scan, settings_addr_list(settings_of(scan), arg_text(call, 0)));
}

static int check_replyto_in_list(struct scan *scan, const struct eval_call *call)
{
	const struct addr_list *list = settings_addr_list(settings_of(scan), arg_text(call, 0));
	struct str address = scan_header(scan, "Reply-To:addr");

	return address.len && list && addr_list_match(list, address).ptr;
}

/* --- relays --- */

/* The first untrusted relay, or all trusted ones when there is none. */
static void relays_that_count(struct scan *scan, struct relay_vec *out)
{
	const struct relays *relays = scan_mail(scan)->relays;

	if (relays->untrusted.n)
		vec_push(scan_arena(scan), out, relays->untrusted.items[0]);
	else
		for (size_t i = 0; i < relays->trusted.n; i++)
			vec_push(scan_arena(scan), out, relays->trusted.items[i]);
}

/* "[10.1.2.0]/24", "[10.1.]", or a name that the relay's ends with */
static bool relay_matches(struct scan *scan, const struct relay *relay, struct str domain)
{
	size_t close = str_rfind_char(domain, ']'), before;
	struct netset *set;
	struct str network;
	struct why why;

	if (domain.len > 2 && domain.ptr[0] == '[' && close != STR_NOT_FOUND) {
		if (!relay->has_ip)
			return false;
		network = arena_printf(scan_arena(scan), "%.*s%.*s",
				       STR_ARG(str_sub(domain, 1, close - 1)),
				       STR_ARG(str_from_at(domain, close + 1)));
		set = netset_new(scan_arena(scan), "welcomelist");
		return netset_add(set, network, &why) == STATUS_OK &&
		       netset_contains(set, &relay->ip);
	}
	if (relay->rdns.len < domain.len)
		return false;
	before = relay->rdns.len - domain.len;
	return str_eq_ci(str_from_at(relay->rdns, before), domain) &&
	       (before == 0 || relay->rdns.ptr[before - 1] == '.');
}

/* 1: listed and through one of its relays; -1: listed, but through others (forged?); 0: not listed.
 */
static int rcvd_listed(struct scan *scan, const struct addr_rcvd_list *list, struct str address)
{
	struct addr_rcvd_vec entries = {0};
	struct relay_vec relays = {0};

	relays_that_count(scan, &relays);
	if (!list || !relays.n)
		return 0;
	addr_rcvd_list_match(list, scan_arena(scan), address, &entries);
	for (size_t i = 0; i < entries.n; i++)
		for (size_t d = 0; d < entries.items[i]->domains.n; d++)
			for (size_t r = 0; r < relays.n; r++)
				if (relay_matches(scan, relays.items[r],
						  entries.items[i]->domains.items[d]))
					return 1;
	if (!entries.n)
		return 0;
	return settings_of(scan)->welcomelist_allows_relays &&
			       addr_list_match(settings_of(scan)->welcomelist_allows_relays,
					       address)
				       .ptr
		       ? 0
		       : -1;
}

static int from_welcome(struct scan *scan, const struct addr_list *plain,
			const struct addr_rcvd_list *rcvd)
{
	struct str_vec addresses = {0};
	int found = 0;

	mail_from_addresses(scan_arena(scan), scan_mail(scan), &addresses);
	for (size_t i = 0; i < addresses.n; i++) {
		int listed = plain && addr_list_match(plain, addresses.items[i]).ptr
				     ? 1
				     : rcvd_listed(scan, rcvd, addresses.items[i]);

		if (listed == 1)
			return 1;
		found = listed ? listed : found;
	}
	return found;
}

static int own_welcome(struct scan *scan)
{
	return from_welcome(scan, settings_of(scan)->welcomelist_from,
			    settings_of(scan)->welcomelist_from_rcvd);
}

static int default_welcome(struct scan *scan)
{
	return from_welcome(scan, NULL, settings_of(scan)->def_welcomelist_from_rcvd);
}

static int check_from_in_welcomelist(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return own_welcome(scan) > 0;
}

static int check_from_in_default_welcomelist(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return default_welcome(scan) > 0;
}

static int check_forged_in_welcomelist(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return own_welcome(scan) < 0 && default_welcome(scan) == 0;
}

static int check_forged_in_default_welcomelist(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return default_welcome(scan) < 0 && own_welcome(scan) == 0;
}

/* Does a relay's name have the sender's registrable domain? */
static int check_mailfrom_matches_rcvd(struct scan *scan, const struct eval_call *call)
{
	const struct registry *registry = scan_mail(scan)->registry;
	struct str sender = scan_header(scan, "EnvelopeFrom:addr"), domain;
	size_t at = str_rfind_char(sender, '@');
	struct relay_vec relays = {0};

	(void)call;
	if (at == STR_NOT_FOUND || str_find_char(str_from_at(sender, at), '.') == STR_NOT_FOUND)
		return 0;
	domain =
		registry_trim(registry, arena_lower(scan_arena(scan), str_from_at(sender, at + 1)));
	relays_that_count(scan, &relays);
	for (size_t i = 0; i < relays.n; i++)
		if (relays.items[i]->rdns.len &&
		    str_eq_ci(registry_trim(registry, relays.items[i]->rdns), domain))
			return 1;
	return 0;
}

/* --- hosts of URIs --- */

/* The host, then each domain above it, the last ten; false when there is no verdict. */
static bool host_verdict(const struct map *hosts, struct str host, bool *listed,
			 struct str *key_out)
{
	struct str keys[64];
	size_t n = 0, first;

	if (host.len > 2 && host.ptr[0] == '[')
		host = str_sub(host, 1, host.len - 2);
	while (n < 64 && host.len) {
		size_t dot = str_find_char(host, '.');

		keys[n++] = host;
		if (dot == STR_NOT_FOUND)
			break;
		host = str_from_at(host, dot + 1);
	}
	first = n > HOST_KEYS_MAX + 1 ? n - HOST_KEYS_MAX - 1 : 0;
	for (size_t i = first; i < n; i++)
		if (map_has(hosts, keys[i])) {
			const char *verdict = map_find(hosts, keys[i]);

			*listed = verdict && *verdict == '1';
			*key_out = keys[i];
			return true;
		}
	return false;
}

static int uri_host_listed(struct scan *scan, const struct eval_call *call, struct str name)
{
	const struct map *lists = settings_of(scan)->uri_host_lists,
			 *hosts = lists ? map_find(lists, name) : NULL;
	const struct uri_vec *uris = &mail_uris(scan_mail(scan))->details;
	struct str key;
	bool listed;

	if (!hosts)
		return 0;
	for (size_t i = 0; i < uris->n; i++)
		for (size_t n = 0; n < uris->items[i].hosts.n &&
				   !str_has_prefix_ci(uris->items[i].raw, "mailto:");
		     n++) {
			struct str host = uris->items[i].hosts.items[n];

			if (!host_verdict(hosts, host, &listed, &key) || !listed)
				continue;
			scan_note(
				scan, call->rule,
				str_eq(key, host)
					? arena_printf(scan_arena(scan), "URI: %.*s", STR_ARG(host))
					: arena_printf(scan_arena(scan), "URI: %.*s (%.*s)",
						       STR_ARG(host), STR_ARG(key)));
			return 1;
		}
	return 0;
}

static int check_uri_host_listed(struct scan *scan, const struct eval_call *call)
{
	return uri_host_listed(scan, call, arg_text(call, 0));
}

static int check_uri_host_in_blocklist(struct scan *scan, const struct eval_call *call)
{
	return uri_host_listed(scan, call, STR_LIT("BLOCK"));
}

static int check_uri_host_in_welcomelist(struct scan *scan, const struct eval_call *call)
{
	return uri_host_listed(scan, call, STR_LIT("WELCOME"));
}

/* Both spellings of each name. */
static const struct eval_def evals[] = {
	{"check_forged_in_default_welcomelist", NULL, check_forged_in_default_welcomelist},
	{"check_forged_in_default_whitelist", NULL, check_forged_in_default_welcomelist},
	{"check_forged_in_welcomelist", NULL, check_forged_in_welcomelist},
	{"check_forged_in_whitelist", NULL, check_forged_in_welcomelist},
	{"check_from_in_blacklist", NULL, check_from_in_blocklist},
	{"check_from_in_blocklist", NULL, check_from_in_blocklist},
	{"check_from_in_default_welcomelist", NULL, check_from_in_default_welcomelist},
	{"check_from_in_default_whitelist", NULL, check_from_in_default_welcomelist},
	{"check_from_in_list", NULL, check_from_in_list},
	{"check_from_in_welcomelist", NULL, check_from_in_welcomelist},
	{"check_from_in_whitelist", NULL, check_from_in_welcomelist},
	{"check_mailfrom_matches_rcvd", NULL, check_mailfrom_matches_rcvd},
	{"check_replyto_in_list", NULL, check_replyto_in_list},
	{"check_to_in_all_spam", NULL, check_to_in_all_spam},
	{"check_to_in_blacklist", NULL, check_to_in_blocklist},
	{"check_to_in_blocklist", NULL, check_to_in_blocklist},
	{"check_to_in_list", NULL, check_to_in_list},
	{"check_to_in_more_spam", NULL, check_to_in_more_spam},
	{"check_to_in_welcomelist", NULL, check_to_in_welcomelist},
	{"check_to_in_whitelist", NULL, check_to_in_welcomelist},
	{"check_uri_host_in_blacklist", NULL, check_uri_host_in_blocklist},
	{"check_uri_host_in_blocklist", NULL, check_uri_host_in_blocklist},
	{"check_uri_host_in_welcomelist", NULL, check_uri_host_in_welcomelist},
	{"check_uri_host_in_whitelist", NULL, check_uri_host_in_welcomelist},
	{"check_uri_host_listed", NULL, check_uri_host_listed},
	{NULL, NULL, NULL},
};

static const struct eval_wait waits[] = {
	{"check_from_in_list", 3000},
	{NULL, 0},
};

const struct plugin_def plugin_wlbleval = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::WLBLEval",
	.evals = evals,
	.waits = waits,
};
