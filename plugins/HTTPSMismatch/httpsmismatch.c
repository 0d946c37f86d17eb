/* HTTPSMismatch: links that show the https address of one domain and lead to another
 * (SpamAssassin's Plugin/HTTPSMismatch.pm). */
#include "lib/base/netset.h"
#include "plugins/args.h"

struct link_regexes {
	const struct regex *target, *shown; /* group 1: the host */
};

static enum status prepare(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct link_regexes *regexes = ARENA_NEW(keep, struct link_regexes);

	(void)why;
	regexes->target = regex_must(keep, "^https?://([^/:?#]+)", REGEX_ICASE);
	regexes->shown = regex_must(keep, "https://([^\\s/:?#]+)", REGEX_ICASE);
	call->data = regexes;
	return STATUS_OK;
}

static bool is_ip(struct str host)
{
	struct ip ip;

	return ip_parse(host, &ip);
}

static struct str domain_of(struct scan *scan, struct str host)
{
	const struct registry *registry = scan_mail(scan)->registry;
	struct str domain =
		registry_trim(registry, uri_host_ascii(scan_arena(scan), registry, host));

	return uri_host_has_tld(registry, domain) ? domain : STR_NONE;
}

/* The domain a link leads to; empty where it is no host name. */
static struct str target_domain(struct scan *scan, const struct link_regexes *regexes,
				struct str uri)
{
	struct regex_match match;
	struct str domain, host;

	if (regex_exec(regexes->target, uri, 0, &match) != REGEX_MATCH || is_ip(match.group[1]))
		return STR_NONE;
	domain = domain_of(scan, match.group[1]);
	if (!domain.len ||
	    !uri_to_domain(scan_arena(scan), scan_mail(scan)->registry, domain, &host, &host))
		return STR_NONE;
	return domain;
}

static bool shows_another(struct scan *scan, const struct link_regexes *regexes, struct str domain,
			  const struct str_vec *texts)
{
	struct regex_match match;

	for (size_t i = 0; i < texts->n; i++) {
		struct str shown;

		if (regex_exec(regexes->shown, texts->items[i], 0, &match) != REGEX_MATCH)
			continue;
		shown = is_ip(match.group[1]) ? match.group[1] : domain_of(scan, match.group[1]);
		if (shown.len && !str_eq(shown, domain))
			return true;
	}
	return false;
}

static bool check_part(struct scan *scan, const struct eval_call *call,
		       const struct html_result *html)
{
	double anchors = 0, min = arg_number(call, 0) != 0 ? arg_number(call, 0) : 1;
	bool hit = false;

	for (size_t i = 0; i < html->uris.n; i++) {
		const struct html_uri *uri = &html->uris.items[i];
		struct str domain;

		if (uri->anchor_text.n == 0)
			continue;
		domain = target_domain(scan, call->data, uri->raw);
		if (!domain.len)
			continue;
		anchors++;
		hit = hit || shows_another(scan, call->data, domain, &uri->anchor_text);
	}
	return hit && anchors >= min && (!arg_is_set(call, 1) || anchors < arg_number(call, 1));
}

static int check_https_http_mismatch(struct scan *scan, const struct eval_call *call)
{
	const struct rendered_part_vec *parts = &mail_views(scan_mail(scan))->rendered;

	for (size_t i = 0; i < parts->n; i++)
		if (parts->items[i].html && check_part(scan, call, parts->items[i].html))
			return 1;
	return 0;
}

static const struct eval_def evals[] = {
	{"check_https_http_mismatch", prepare, check_https_http_mismatch},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_httpsmismatch = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::HTTPSMismatch",
	.evals = evals,
};
