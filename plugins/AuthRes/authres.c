/* AuthRes: what relays say of SPF, DKIM, DMARC and the like in Authentication-Results headers
 * (SpamAssassin's Plugin/AuthRes.pm). */
#include "plugins/AuthRes/authres.h"

#include "lib/base/map.h"

struct authres_conf {
	struct str networks; /* "internal", "trusted", "all" */
	struct map *trusted, *ignored;
	struct authres_regexes regexes;
};

static void conf_init(void *data, struct arena *keep)
{
	struct authres_conf *conf = data;

	conf->networks = STR_LIT("internal");
	conf->trusted = map_new(keep);
	conf->ignored = map_new(keep);
	authres_regexes_make(keep, &conf->regexes);
}

/* --- configuration --- */

static enum keyword_result networks(struct keyword_line *line)
{
	struct str value = arena_lower(line->arena, line->value);

	if (!value.len)
		return KEYWORD_MISSING_VALUE;
	if (!str_eq_c(value, "internal") && !str_eq_c(value, "trusted") && !str_eq_c(value, "all"))
		return KEYWORD_INVALID_VALUE;
	((struct authres_conf *)line->target)->networks = value;
	return KEYWORD_OK;
}

static enum keyword_result add_servers(struct keyword_line *line, struct map *set)
{
	struct str words = arena_lower(line->arena, line->value), word;

	if (!words.len)
		return KEYWORD_MISSING_VALUE;
	while (str_word_next(&words, &word))
		map_put(set, word, set);
	return KEYWORD_OK;
}

static enum keyword_result trusted_authserv(struct keyword_line *line)
{
	return add_servers(line, ((struct authres_conf *)line->target)->trusted);
}

static enum keyword_result ignored_authserv(struct keyword_line *line)
{
	return add_servers(line, ((struct authres_conf *)line->target)->ignored);
}

static const struct keyword_def keywords[] = {
	{"authres_networks", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, networks},
	{"authres_trusted_authserv", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, trusted_authserv},
	{"authres_ignored_authserv", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, ignored_authserv},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- a message --- */

/* Behind "Authentication-Results:" or "ARC-Authentication-Results:", empty for another header. */
static struct str value_of(struct str line, bool *is_arc)
{
	*is_arc = str_has_prefix_ci(line, "arc-");
	line = str_from_at(line, *is_arc ? 4 : 0);
	if (!str_has_prefix_ci(line, "authentication-results:"))
		return STR_NONE;
	return str_trim_left(str_from_at(line, sizeof "authentication-results:" - 1));
}

/* Of several results of one method the first counts, but "pass" before all. */
static struct map *results_of(struct scan *scan, const struct authres_conf *conf)
{
	const struct authres_filter filter = {conf->trusted, conf->ignored};
	struct authres_result_vec found = {0};
	struct map *results = map_new(scan_arena(scan));
	struct str rest = scan_header(scan, str_eq_c(conf->networks, "internal")  ? "ALL-INTERNAL"
					    : str_eq_c(conf->networks, "trusted") ? "ALL-TRUSTED"
										  : "ALL");
	struct str line;

	while (str_line_next(&rest, &line)) {
		bool is_arc;
		struct str value = value_of(line, &is_arc);

		if (value.len)
			authres_parse(scan_arena(scan), &conf->regexes, &filter, value, is_arc,
				      &found);
	}
	for (size_t i = 0; i < found.n; i++)
		if (!map_has(results, found.items[i].method) ||
		    str_eq_c(found.items[i].result, "pass"))
			map_put(results, found.items[i].method, &found.items[i].result);
	return results;
}

static int check_authres_result(struct scan *scan, const struct eval_call *call)
{
	void **slot = scan_plugin_slot(scan, call->plugin);
	const struct str *result;
	struct str wanted = arena_lower(scan_arena(scan), arg_text(call, 1));

	if (!*slot)
		*slot = results_of(scan, scan_plugin_conf(scan, call->plugin));
	result = map_find(*slot, arg_text(call, 0));
	if (str_eq_c(wanted, "missing"))
		return !result;
	return result && str_eq(*result, wanted);
}

static const struct eval_def evals[] = {
	{"check_authres_result", NULL, check_authres_result},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_authres = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::AuthRes",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct authres_conf),
	.conf_init = conf_init,
};
