/* DecodeShortURLs: links of URL shorteners (SpamAssassin's Plugin/DecodeShortURLs.pm). Following
 * them needs HTTP, which this build does not do: short_url() works, what tells of an answer never
 * hits. */
#include "lib/base/map.h"
#include "plugins/args.h"

struct shorturls_conf {
	struct map *hosts; /* lower case; ".example.com" stands for one level below */
	double max_urls;
	const struct regex *link; /* 1: host, 2: set when there is a path */
};

static void conf_init(void *data, struct arena *keep)
{
	struct shorturls_conf *conf = data;

	conf->hosts = map_new(keep);
	conf->max_urls = 10;
	conf->link = regex_must(keep, "^https?://(?:[^@/?#]*@)?([^/?#:]+)(?::\\d+)?(.*?\\w)?",
				REGEX_ICASE);
}

/* --- keywords --- */

static enum keyword_result url_shortener(struct keyword_line *line)
{
	struct shorturls_conf *conf = line->target;
	struct map *hosts;

	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	hosts = keyword_own_map(line, &conf->hosts);
	for (struct str rest = line->value, host; str_word_next(&rest, &host);)
		map_put(hosts, arena_lower(line->arena, host), hosts);
	return KEYWORD_OK;
}

static enum keyword_result clear_url_shortener(struct keyword_line *line)
{
	struct shorturls_conf *conf = line->target;
	struct map *hosts = keyword_own_map(line, &conf->hosts);

	if (!line->value.len)
		map_clear(hosts);
	for (struct str rest = line->value, host; str_word_next(&rest, &host);)
		map_remove(hosts, arena_lower(line->arena, host));
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"clear_url_shortener", NULL, WHO_USER, KEYWORD_CUSTOM, 0, clear_url_shortener},
	{"max_short_urls", NULL, WHO_ADMIN, KEYWORD_NUMBER,
	 offsetof(struct shorturls_conf, max_urls), NULL},
	{"url_shortener", NULL, WHO_USER, KEYWORD_CUSTOM, 0, url_shortener},
	{"url_shortener_get", NULL, WHO_USER, KEYWORD_CUSTOM, 0, url_shortener},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- matching --- */

static unsigned count_dots(struct str host)
{
	unsigned n = 0;

	for (size_t i = 0; i < host.len; i++)
		n += host.ptr[i] == '.';
	return n;
}

/* Of a host with two dots: "www.example.com" counts as "example.com", any other as ".example.com".
 */
static bool parent_is_listed(const struct map *hosts, struct str host)
{
	size_t dot = str_find_char(host, '.');

	if (count_dots(host) != 2 || dot == 0 || host.ptr[dot + 1] == '.' ||
	    host.ptr[host.len - 1] == '.')
		return false;
	if (str_has_prefix(host, "www."))
		return map_has(hosts, str_from_at(host, dot + 1));
	return !str_has_prefix(host, "www") && map_has(hosts, str_from_at(host, dot));
}

/* A bare domain needs a path to be a short link. */
static bool is_short(const struct shorturls_conf *conf, struct arena *arena, struct str uri)
{
	struct regex_match match;
	struct str host;

	if (regex_exec(conf->link, uri, 0, &match) != REGEX_MATCH)
		return false;
	host = arena_lower(arena, match.group[1]);
	if (count_dots(host) == 1 && (match.n_groups < 3 || !match.group[2].ptr))
		return false;
	return map_has(conf->hosts, host) || parent_is_listed(conf->hosts, host);
}

static struct str without_query(struct str uri)
{
	size_t at = 0;

	while (at < uri.len && uri.ptr[at] != '#' && uri.ptr[at] != '?')
		at++;
	return str_sub(uri, 0, at);
}

static int short_url(struct scan *scan, const struct eval_call *call)
{
	const struct shorturls_conf *conf = scan_plugin_conf(scan, call->plugin);
	const struct uri_vec *uris = &mail_uris(scan_mail(scan))->details;

	for (size_t i = 0; i < uris->n; i++) {
		const struct uri *uri = &uris->items[i];

		if (uri->domains.n && uri->cleaned.n &&
		    is_short(conf, scan_arena(scan), without_query(uri->raw)))
			return 1;
	}
	return 0;
}

/* What only the shortener's server could tell. */
static int unknown(struct scan *scan, const struct eval_call *call)
{
	(void)scan;
	(void)call;
	return 0;
}

static const struct eval_def evals[] = {
	{"short_url", NULL, short_url},        {"short_url_200", NULL, unknown},
	{"short_url_404", NULL, unknown},      {"short_url_chained", NULL, unknown},
	{"short_url_code", NULL, unknown},     {"short_url_loop", NULL, unknown},
	{"short_url_maxchain", NULL, unknown}, {"short_url_redir", NULL, unknown},
	{"short_url_tests", NULL, unknown},    {NULL, NULL, NULL},
};

/* The directives of version 3's third-party plugin are told apart by their eval function. */
static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	(void)data;
	(void)keep;
	(void)why;
	for (size_t i = 0; i < ruleset->rules.n; i++) {
		const struct rule *rule = ruleset->rules.items[i];

		if (rule->kind != RULE_EVAL || !str_eq_c(rule->eval->function, "short_url_tests"))
			continue;
		diag_add(conf_diags(reader), DIAG_WARN, rule->where,
			 "DecodeShortURLs: short_url_tests() is no longer supported; the rules of "
			 "today use short_url() and its kin");
		break;
	}
	return STATUS_OK;
}

const struct plugin_def plugin_decodeshorturls = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::DecodeShortURLs",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct shorturls_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
