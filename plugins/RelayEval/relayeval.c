/* RelayEval: where a mail came through (SpamAssassin's Plugin/RelayEval.pm). */
#include "lib/base/netset.h"
#include "plugins/args.h"

static const struct relays *relays_of(const struct scan *scan)
{
	return scan_mail(scan)->relays;
}

static int check_all_trusted(struct scan *scan, const struct eval_call *call)
{
	const struct relays *relays = relays_of(scan);

	(void)call;
	return relays->trusted.n && !relays->untrusted.n && !relays->n_unparseable;
}

static int check_no_relays(struct scan *scan, const struct eval_call *call)
{
	const struct relays *relays = relays_of(scan);

	(void)call;
	return !relays->trusted.n && !relays->untrusted.n && !relays->n_unparseable;
}

static int check_relays_unparseable(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return relays_of(scan)->n_unparseable > 0;
}

static int check_for_sender_no_reverse(struct scan *scan, const struct eval_call *call)
{
	const struct relay_vec *untrusted = &relays_of(scan)->untrusted;
	const struct relay *first;

	(void)call;
	if (!untrusted->n)
		return 0;
	first = untrusted->items[untrusted->n - 1];
	return str_find_char(first->rdns, '.') != STR_NOT_FOUND && !first->ip_private;
}

/* Kept for old rules; it never hits in SpamAssassin either. */
static int check_for_illegal_ip(struct scan *scan, const struct eval_call *call)
{
	(void)scan;
	(void)call;
	return 0;
}

/* --- HELO --- */

static bool public_v4(struct str text, struct ip *ip)
{
	return ip_parse(text, ip) && ip->is_v4 && !ip_is_private(ip);
}

static bool ends_helo(struct str text, size_t at)
{
	return at >= text.len || (unsigned char)text.ptr[at] <= 0x20 ||
	       strchr(",;[()<>", text.ptr[at]);
}

/* SpamAssassin means to leave private addresses out, but 4.0.1 under Perl 5.36 never does. */
static int check_for_numeric_helo(struct scan *scan, const struct eval_call *call)
{
	struct str text = relays_of(scan)->untrusted_text;
	size_t from = 0, at;

	(void)call;
	while ((at = str_find_ci(str_from_at(text, from), STR_LIT("helo="))) != STR_NOT_FOUND) {
		size_t start = from + at + 5, end = start;
		struct ip ip;

		while (end < text.len &&
		       (ascii_is_digit((unsigned char)text.ptr[end]) || text.ptr[end] == '.'))
			end++;
		if ((start == 5 || !ascii_is_word((unsigned char)text.ptr[start - 6])) &&
		    ends_helo(text, end) && ip_parse(str_sub(text, start, end - start), &ip) &&
		    ip.is_v4)
			return 1;
		from = start;
	}
	return 0;
}

/* A HELO that is an address, and not one of the same /24. */
static int helo_ip_mismatch(struct scan *scan, const struct eval_call *call)
{
	const struct relay_vec *untrusted = &relays_of(scan)->untrusted;

	(void)call;
	for (size_t i = 0; i < untrusted->n; i++) {
		struct ip helo, ip;

		if (public_v4(untrusted->items[i]->helo, &helo) &&
		    public_v4(untrusted->items[i]->ip_text, &ip) &&
		    memcmp(helo.bytes, ip.bytes, 15) != 0)
			return 1;
	}
	return 0;
}

static bool is_dotcom(struct str helo)
{
	static const char *const names[] = {"lycos.com",     "lycos.co.uk", "hotmail.com",
					    "localhost.com", "excite.com",  "caramail.com",
					    "cs.com",        "aol.com",     "msn.com",
					    "yahoo.com",     "drizzle.com"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t length = strlen(names[i]);

		if (str_has_suffix_ci(helo, names[i]) &&
		    (helo.len == length || helo.ptr[helo.len - length - 1] == '.'))
			return true;
	}
	return false;
}

/* The last hop with a HELO decides. */
static int check_for_no_rdns_dotcom_helo(struct scan *scan, const struct eval_call *call)
{
	const struct relay_vec *untrusted = &relays_of(scan)->untrusted;
	bool found = false;

	(void)call;
	for (size_t i = 0; i < untrusted->n; i++)
		if (!untrusted->items[i]->ip_private)
			found = is_dotcom(untrusted->items[i]->helo) &&
				untrusted->items[i]->no_reverse_dns;
	return found;
}

/* --- forged trails: each hop should be called by the name the next one has --- */

/* "mail.example.com" → "example.com", "a.b.co.uk" → "b.co.uk"; addresses stay. */
static struct str domain_of(struct arena *arena, struct str host)
{
	size_t keep, n_dots = 0, start;
	struct str top;
	bool letters = false;

	for (size_t i = 0; i < host.len; i++) {
		letters |= ascii_is_alpha((unsigned char)host.ptr[i]);
		n_dots += host.ptr[i] == '.';
	}
	host = arena_lower(arena, host);
	if (!letters || !n_dots)
		return host;
	while (host.len && host.ptr[host.len - 1] == '.')
		host.len--;
	top = str_from_at(host, str_rfind_char(host, '.') + 1);
	keep = top.len >= 3 || str_eq_c(top, "ie") || str_eq_c(top, "fr") || str_eq_c(top, "de")
		       ? 2
		       : 3;
	for (start = host.len; start > 0; start--)
		if (host.ptr[start - 1] == '.' && --keep == 0)
			break;
	return str_from_at(host, start);
}

/* Word characters, "." and "-", with a dot inside and words at both ends. */
static bool is_name(struct str host)
{
	size_t dot = str_rfind_char(host, '.');

	if (dot == STR_NOT_FOUND || dot + 1 >= host.len || dot < 2 ||
	    !ascii_is_word((unsigned char)host.ptr[0]))
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (!ascii_is_word((unsigned char)host.ptr[i]) && host.ptr[i] != '.' &&
		    (host.ptr[i] != '-' || i > dot))
			return false;
	return true;
}

struct trail {
	unsigned names, addresses; /* mismatches */
};

/* Four numbers of any size; the first two into class_b_out, with their dot. */
static bool is_quad(struct str text, struct str *class_b_out)
{
	struct str rest = text, number;

	for (size_t i = 0; i < 4; i++) {
		size_t dot = i < 3 ? str_find_char(rest, '.') : rest.len;

		if (dot == STR_NOT_FOUND || dot == 0)
			return false;
		number = str_sub(rest, 0, dot);
		for (size_t n = 0; n < number.len; n++)
			if (!ascii_is_digit((unsigned char)number.ptr[n]))
				return false;
		rest = str_from_at(rest, dot + 1);
		if (i == 1)
			*class_b_out = str_sub(text, 0, text.len - rest.len - 1);
	}
	return true;
}

static bool is_private_class(struct arena *arena, struct str class_b)
{
	struct ip ip;

	return str_has_prefix(class_b, "10.") || str_has_prefix(class_b, "127.") ||
	       (ip_parse(arena_printf(arena, "%.*s.0.1", STR_ARG(class_b)), &ip) &&
		ip_is_private(&ip));
}

/* Compared as text: "300.1.2.3" and "01.2.3.4" are addresses here. */
static bool is_far_helo(struct arena *arena, const struct relay *relay)
{
	struct str helo, ip;

	return is_quad(relay->helo, &helo) && is_quad(relay->ip_text, &ip) && !str_eq(helo, ip) &&
	       !is_private_class(arena, helo);
}

/* A message that goes round inside of one machine. */
static bool is_loop(const struct relay *relay, struct str from)
{
	return (str_eq_c(from, "localhost") || str_eq_c(from, "localhost.localdomain")) &&
	       str_eq_c(relay->ip_text, "127.0.0.1");
}

static struct trail trail_of(struct scan *scan)
{
	const struct relay_vec *untrusted = &relays_of(scan)->untrusted;
	struct str previous = STR_NONE;
	struct trail trail = {0, 0};

	for (size_t i = 0; i < untrusted->n; i++) {
		const struct relay *relay = untrusted->items[i];
		struct str by = domain_of(scan_arena(scan), relay->by);
		struct str from = domain_of(scan_arena(scan), relay->rdns);

		if (is_name(by)) {
			trail.addresses += is_far_helo(scan_arena(scan), relay);
			if (i > 0 && is_name(previous) && !str_eq(by, previous) &&
			    !(str_eq_c(by, "msn.com") && str_eq_c(previous, "hotmail.com")))
				trail.names++;
			if (is_loop(relay, from))
				from = STR_NONE;
		}
		previous = from;
	}
	return trail;
}

static int check_for_forged_received_trail(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return trail_of(scan).names > 1;
}

static int check_for_forged_received_ip_helo(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return trail_of(scan).addresses > 0;
}

/* (DOMAIN, "true" or "false"): does a relay of the sender's domain stand in the trail? The first
 * pattern is for From, the second for the relays, where the domain is a pattern itself. */
struct domain_patterns {
	struct regex *from, *relays;
	bool wanted;
};

static enum status prepare_from_domain(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct domain_patterns *patterns = ARENA_NEW(keep, struct domain_patterns);
	struct str domain = arg_text(call, 0);
	struct buf from;

	buf_init(&from, keep);
	buf_add_cstr(&from, "\\b");
	regex_quote(&from, domain);
	patterns->wanted = str_eq_c(arg_text(call, 1), "true");
	call->data = patterns;
	if (regex_compile(keep, buf_str(&from), REGEX_ICASE, &patterns->from, why) != STATUS_OK)
		return STATUS_INVALID;
	return regex_compile(keep,
			     arena_printf(keep, " rdns=\\S*\\b%.*s [^\\]]*by=\\S*\\b%.*s ",
					  STR_ARG(domain), STR_ARG(domain)),
			     0, &patterns->relays, why);
}

static int check_for_from_domain_in_received_headers(struct scan *scan,
						     const struct eval_call *call)
{
	const struct domain_patterns *patterns = call->data;
	const struct relays *relays = relays_of(scan);

	if (!regex_test(patterns->from, scan_header(scan, "From:addr")))
		return 0;
	struct str trail =
		arena_printf(scan_arena(scan), "%.*s\n%.*s", STR_ARG(relays->trusted_text),
			     STR_ARG(relays->untrusted_text));
	return regex_test(patterns->relays, trail) == patterns->wanted;
}

static const struct eval_def evals[] = {
	{"check_all_trusted", NULL, check_all_trusted},
	{"check_for_forged_received_ip_helo", NULL, check_for_forged_received_ip_helo},
	{"check_for_forged_received_trail", NULL, check_for_forged_received_trail},
	{"check_for_from_domain_in_received_headers", prepare_from_domain,
	 check_for_from_domain_in_received_headers},
	{"check_for_illegal_ip", NULL, check_for_illegal_ip},
	{"check_for_no_rdns_dotcom_helo", NULL, check_for_no_rdns_dotcom_helo},
	{"check_for_numeric_helo", NULL, check_for_numeric_helo},
	{"check_for_sender_no_reverse", NULL, check_for_sender_no_reverse},
	{"check_no_relays", NULL, check_no_relays},
	{"check_relays_unparseable", NULL, check_relays_unparseable},
	{"helo_ip_mismatch", NULL, helo_ip_mismatch},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_relayeval = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::RelayEval",
	.evals = evals,
};
