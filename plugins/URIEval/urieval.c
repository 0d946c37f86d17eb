/* URIEval: redirectors, https links to numbers, cut URIs (SpamAssassin's Plugin/URIEval.pm). */
#include "lib/base/regex.h"
#include "plugins/args.h"

enum { REDIRECTS_MAX = 100 };

/* --- http://a.example/?http://b.example/ --- */

static enum status prepare_redirector(struct arena *keep, struct eval_call *call, struct why *why)
{
	(void)why;
	call->data =
		regex_must(keep, "^https?://([^/:?]+).+?(https?:/{0,2}?([^/:?]+).*)$", REGEX_ICASE);
	return STATUS_OK;
}

static struct str domain_or_host(struct scan *scan, struct str host)
{
	struct str domain, full;

	return uri_to_domain(scan_arena(scan), scan_mail(scan)->registry, host, &domain, &full)
		       ? domain
		       : host;
}

static bool redirects(struct scan *scan, const struct regex *regex, struct str uri)
{
	struct regex_match match;

	for (int i = 0; i < REDIRECTS_MAX; i++) {
		if (regex_exec(regex, uri, 0, &match) != REGEX_MATCH)
			return false;
		if (!str_eq(domain_or_host(scan, match.group[1]),
			    domain_or_host(scan, match.group[3])))
			return true;
		uri = match.group[2];
	}
	return false;
}

static int check_for_http_redirector(struct scan *scan, const struct eval_call *call)
{
	const struct str_vec *uris = &mail_uris(scan_mail(scan))->cleaned;

	for (size_t i = 0; i < uris->n; i++)
		if (redirects(scan, call->data, uris->items[i]))
			return 1;
	return 0;
}

/* --- a link to an address, shown as https --- */

struct ip_link {
	const struct regex *target, *shown;
};

static enum status prepare_ip_link(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct ip_link *link = ARENA_NEW(keep, struct ip_link);

	(void)why;
	link->target =
		regex_must(keep, "^https?:/*(?:[^@/]+@)?\\d+\\.\\d+\\.\\d+\\.\\d+", REGEX_ICASE);
	link->shown =
		regex_must(keep, "^https:/*(?:[^@/]+@)?\\d+\\.\\d+\\.\\d+\\.\\d+", REGEX_ICASE);
	call->data = link;
	return STATUS_OK;
}

static bool hides_address(const struct ip_link *link, const struct html_uri *uri)
{
	if (uri->anchor_text.n == 0 || !regex_test(link->target, uri->raw))
		return false;
	for (size_t i = 0; i < uri->anchor_text.n; i++)
		if (!regex_test(link->shown, uri->anchor_text.items[i]) &&
		    str_contains_ci(uri->anchor_text.items[i], "https:"))
			return true;
	return false;
}

static int check_https_ip_mismatch(struct scan *scan, const struct eval_call *call)
{
	const struct rendered_part_vec *parts = &mail_views(scan_mail(scan))->rendered;

	for (size_t i = 0; i < parts->n; i++)
		for (size_t j = 0; parts->items[i].html && j < parts->items[i].html->uris.n; j++)
			if (hides_address(call->data, &parts->items[i].html->uris.items[j]))
				return 1;
	return 0;
}

static int check_uri_truncated(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return mail_uris(scan_mail(scan))->truncated;
}

static const struct eval_def evals[] = {
	{"check_for_http_redirector", prepare_redirector, check_for_http_redirector},
	{"check_https_ip_mismatch", prepare_ip_link, check_https_ip_mismatch},
	{"check_uri_truncated", NULL, check_uri_truncated},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_urieval = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::URIEval",
	.evals = evals,
};
