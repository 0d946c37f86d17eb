/* SPF: results that relays of one's own have written into Received-SPF (RFC 7208 9.1) and
 * Authentication-Results headers (SpamAssassin's Plugin/SPF.pm). Asking the DNS is not part of this
 * build: where no header tells, there is no result. */
#include "plugins/args.h"

enum spf_identity { SPF_MFROM, SPF_HELO, SPF_IDENTITIES };

struct spf_conf {
	bool ignore_header, use_newest;
	/* groups: result, identity */
	const struct regex *received_spf, *results_header, *result;
};

struct spf_facts {
	struct str results[SPF_IDENTITIES]; /* lower case; ptr NULL: not known */
};

static void conf_init(void *data, struct arena *keep)
{
	struct spf_conf *conf = data;

	conf->received_spf = regex_must(
		keep,
		"^received-spf:\\s*(pass|neutral|(?:soft)?fail|(?:temp|perm)error|none)\\b"
		"(?:.*\\bidentity=(\\S+?);?\\b)?",
		REGEX_ICASE);
	conf->results_header = regex_must(
		keep, "^(?:Arc-)?Authentication-Results:.*;\\s*SPF\\s*=\\s*([^;]*)", REGEX_ICASE);
	conf->result = regex_must(keep,
				  "^(pass|neutral|(?:hard|soft)?fail|(?:temp|perm)error|none)"
				  "(?:[^;]*?\\bsmtp\\.(\\S+)\\s*=[^;]+)?",
				  REGEX_ICASE);
}

#define BOOL(name, field)                                                                          \
	{                                                                                          \
		name, NULL, WHO_ADMIN, KEYWORD_BOOL, offsetof(struct spf_conf, field), NULL        \
	}

static const struct keyword_def keywords[] = {
	BOOL("ignore_received_spf_header", ignore_header),
	BOOL("use_newest_received_spf_header", use_newest),
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- headers --- */

/* A header that says no identity speaks of the envelope sender. False: one we don't know. */
static bool identity_of(struct str name, enum spf_identity *out)
{
	*out = SPF_MFROM;
	if (!name.ptr || str_eq_ci_c(name, "mfrom") || str_eq_ci_c(name, "mailfrom"))
		return true;
	*out = SPF_HELO;
	return str_eq_ci_c(name, "helo");
}

static void note(struct scan *scan, struct spf_facts *facts, const struct regex_match *match)
{
	struct str name = match->n_groups > 2 ? match->group[2] : STR_NONE;
	struct str result = arena_lower(scan_arena(scan), match->group[1]);
	enum spf_identity identity;

	if (!identity_of(name, &identity) || facts->results[identity].ptr)
		return;
	facts->results[identity] = str_eq_c(result, "hardfail") ? STR_LIT("fail") : result;
}

static void read_header(struct scan *scan, const struct spf_conf *conf, struct str header,
			struct spf_facts *facts)
{
	struct regex_match match;

	if (str_has_prefix_ci(header, "received-spf:")) {
		if (regex_exec(conf->received_spf, header, 0, &match) == REGEX_MATCH)
			note(scan, facts, &match);
	} else if (regex_exec(conf->results_header, header, 0, &match) == REGEX_MATCH) {
		struct str rest = match.group[1];

		if (regex_exec(conf->result, rest, 0, &match) == REGEX_MATCH)
			note(scan, facts, &match);
	}
}

/* The sender of the hand-over to our machines, or what the message says of it when nobody in
 * between may have changed that. */
static struct str envelope_sender(struct scan *scan)
{
	const struct mail *mail = scan_mail(scan);
	const struct relays *relays = mail->relays;
	struct str sender = relays->external.n ? relays->external.items[0]->envfrom : STR_NONE;

	if (!sender.ptr && (relays->trusted.n == 0 || mail->trust->always_trust_envelope_sender) &&
	    scan_header_is_set(scan, "EnvelopeFrom:addr"))
		sender = scan_header(scan, "EnvelopeFrom:addr");
	return sender.ptr ? arena_lower(scan_arena(scan), sender) : STR_NONE;
}

static const struct spf_facts *facts_of(struct scan *scan, const struct eval_call *call)
{
	const struct spf_conf *conf = scan_plugin_conf(scan, call->plugin);
	void **slot = scan_plugin_slot(scan, call->plugin);
	const struct str_vec *headers;
	struct spf_facts *facts = *slot;

	if (facts)
		return facts;
	*slot = facts = ARENA_NEW(scan_arena(scan), struct spf_facts);
	if (conf->ignore_header)
		return facts;
	headers = mail_header_all_c(scan_arena(scan), scan_mail(scan), "ALL-INTERNAL");
	for (size_t i = 0; i < headers->n; i++)
		read_header(scan, conf, headers->items[conf->use_newest ? i : headers->n - 1 - i],
			    facts);
	if (str_eq_c(facts->results[SPF_MFROM], "pass"))
		scan_spf_set(scan, envelope_sender(scan));
	return facts;
}

/* --- eval functions --- */

#define RESULT(function, identity, wanted)                                                         \
	static int function(struct scan *scan, const struct eval_call *call)                       \
	{                                                                                          \
		return str_eq_c(facts_of(scan, call)->results[identity], wanted);                  \
	}

RESULT(spf_pass, SPF_MFROM, "pass")
RESULT(spf_neutral, SPF_MFROM, "neutral")
RESULT(spf_none, SPF_MFROM, "none")
RESULT(spf_fail, SPF_MFROM, "fail")
RESULT(spf_softfail, SPF_MFROM, "softfail")
RESULT(spf_permerror, SPF_MFROM, "permerror")
RESULT(spf_temperror, SPF_MFROM, "temperror")
RESULT(spf_helo_pass, SPF_HELO, "pass")
RESULT(spf_helo_neutral, SPF_HELO, "neutral")
RESULT(spf_helo_none, SPF_HELO, "none")
RESULT(spf_helo_fail, SPF_HELO, "fail")
RESULT(spf_helo_softfail, SPF_HELO, "softfail")
RESULT(spf_helo_permerror, SPF_HELO, "permerror")
RESULT(spf_helo_temperror, SPF_HELO, "temperror")

/* The sender is only looked for when the DNS is asked, so without it SpamAssassin always says this.
 */
static int check_spf_skipped_noenvfrom(struct scan *scan, const struct eval_call *call)
{
	(void)scan;
	(void)call;
	return 1;
}

static const struct eval_def evals[] = {
	{"check_for_spf_fail", NULL, spf_fail},
	{"check_for_spf_helo_fail", NULL, spf_helo_fail},
	{"check_for_spf_helo_neutral", NULL, spf_helo_neutral},
	{"check_for_spf_helo_none", NULL, spf_helo_none},
	{"check_for_spf_helo_pass", NULL, spf_helo_pass},
	{"check_for_spf_helo_permerror", NULL, spf_helo_permerror},
	{"check_for_spf_helo_softfail", NULL, spf_helo_softfail},
	{"check_for_spf_helo_temperror", NULL, spf_helo_temperror},
	{"check_for_spf_neutral", NULL, spf_neutral},
	{"check_for_spf_none", NULL, spf_none},
	{"check_for_spf_pass", NULL, spf_pass},
	{"check_for_spf_permerror", NULL, spf_permerror},
	{"check_for_spf_softfail", NULL, spf_softfail},
	{"check_for_spf_temperror", NULL, spf_temperror},
	{"check_spf_skipped_noenvfrom", NULL, check_spf_skipped_noenvfrom},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_spf = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::SPF",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct spf_conf),
	.conf_init = conf_init,
};
