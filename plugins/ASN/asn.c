/* ASN: the autonomous system of the first external relay, from a local database (SpamAssassin's
 * Plugin/ASN.pm). Asking DNS zones is not part of this build. */
#include "lib/base/geodb.h"
#include "plugins/args.h"

struct asn_conf {
	struct str prefix;
	bool use_geodb;
	struct str_vec
		lookup_tags; /* of asn_lookup lines: exist, empty, when a database is there */
	const struct regex *lookup; /* 1, 2: tags, when given */
	const struct geodb *db;
};

static void conf_init(void *data, struct arena *keep)
{
	struct asn_conf *conf = data;

	conf->prefix = STR_LIT("AS");
	conf->use_geodb = true;
	conf->lookup = regex_must(keep, "^\\S+?\\.?(?:\\s+_(\\S+)_\\s+_(\\S+)_)?$", 0);
}

/* --- keywords --- */

/* ZONE [_ASNTAG_ _CIDRTAG_] */
static enum keyword_result asn_lookup(struct keyword_line *line)
{
	struct asn_conf *conf = line->target;
	struct regex_match match;
	bool has_tags;

	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (regex_exec(conf->lookup, line->value, 0, &match) != REGEX_MATCH)
		return KEYWORD_INVALID_VALUE;
	has_tags = match.n_groups > 2;
	keyword_own_strings(line, &conf->lookup_tags);
	vec_push(line->arena, &conf->lookup_tags,
		 has_tags ? arena_str(line->arena, match.group[1]) : STR_LIT("ASN"));
	vec_push(line->arena, &conf->lookup_tags,
		 has_tags ? arena_str(line->arena, match.group[2]) : STR_LIT("ASNCIDR"));
	return KEYWORD_OK;
}

static enum keyword_result clear_asn_lookups(struct keyword_line *line)
{
	struct asn_conf *conf = line->target;

	conf->lookup_tags = (struct str_vec){0};
	return KEYWORD_OK;
}

/* The text, or what stands between its quotes. */
static enum keyword_result asn_prefix(struct keyword_line *line)
{
	struct asn_conf *conf = line->target;
	struct str v = line->value;

	if (v.len >= 2 && (v.ptr[0] == '\'' || v.ptr[0] == '"') && v.ptr[v.len - 1] == v.ptr[0])
		v = str_sub(v, 1, v.len - 2);
	conf->prefix = arena_str(line->arena, v);
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"asn_lookup", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, asn_lookup},
	{"asn_lookup_ipv6", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, asn_lookup},
	{"asn_prefix", NULL, WHO_USER, KEYWORD_CUSTOM, 0, asn_prefix},
	{"asn_use_geodb", NULL, WHO_ADMIN, KEYWORD_BOOL, offsetof(struct asn_conf, use_geodb),
	 NULL},
	{"clear_asn_lookups", NULL, WHO_USER, KEYWORD_NOARGS, 0, clear_asn_lookups},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	struct asn_conf *conf = data;

	(void)ruleset;
	(void)why;
	conf->db = settings_geodb_open(keep, conf_settings(reader), 1u << GEODB_ASN);
	return STATUS_OK;
}

/* --- a message --- */

static void publish(struct scan *scan, const struct asn_conf *conf, struct str asn, struct str org)
{
	struct buf value;

	buf_init(&value, scan_arena(scan));
	buf_add_str(&value, conf->prefix);
	if (str_sub(asn, 0, conf->prefix.len).len == conf->prefix.len &&
	    str_eq(str_sub(asn, 0, conf->prefix.len), conf->prefix))
		buf_clear(&value);
	buf_add_str(&value, asn);
	if (org.len)
		buf_printf(&value, " %.*s", STR_ARG(org));
	scan_tag_set(scan, "ASN", buf_str(&value));
	scan_metadata_set(scan, "X-ASN", asn);
}

static void enrich(struct scan *scan, const void *plugin)
{
	const struct asn_conf *conf = scan_plugin_conf(scan, plugin);
	const struct relay_vec *external = &scan_mail(scan)->relays->external;
	struct str asn;

	if (!conf->use_geodb || !geodb_has_asn(conf->db))
		return;
	for (size_t i = 0; i < conf->lookup_tags.n; i++)
		scan_tag_set(scan, arena_cstr(scan_arena(scan), conf->lookup_tags.items[i]),
			     STR_LIT(""));
	if (!external->n || external->items[0]->ip_private)
		return;
	asn = geodb_asn(scan_arena(scan), conf->db, external->items[0]->ip_text);
	if (asn.ptr)
		publish(scan, conf, asn, geodb_asn_org(conf->db, external->items[0]->ip_text));
}

/* --- the eval function --- */

struct asn_rule {
	const struct regex *regex;
	struct str tag;
};

static struct str upper(struct arena *keep, struct str text)
{
	char *copy = arena_cstr(keep, text);

	for (size_t i = 0; i < text.len; i++)
		copy[i] = ascii_upper(copy[i]);
	return str_make(copy, text.len);
}

static enum status prepare(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct asn_rule *rule = ARENA_NEW(keep, struct asn_rule);

	if (!arg_is_set(call, 0))
		return why_set(why, STATUS_INVALID, "check_asn needs a regex");
	rule->regex = arg_regex(keep, call, 0, why);
	rule->tag = arg_is_set(call, 1) ? upper(keep, arg_text(call, 1)) : STR_LIT("ASN");
	call->data = rule;
	return rule->regex ? STATUS_OK : why_context(why, "check_asn");
}

/* Waits while the tag is unset or empty: then the rule is as if it had not run. */
static int check_asn(struct scan *scan, const struct eval_call *call)
{
	const struct asn_rule *rule = call->data;
	const struct str_vec *values = scan_tag(scan, rule->tag);
	struct str value;

	value = values ? str_vec_join(scan_arena(scan), values, " ") : STR_NONE;
	if (!value.len)
		return EVAL_NOT_READY;
	if (!regex_test(rule->regex, value))
		return 0;
	scan_note(scan, call->rule,
		  arena_printf(scan_arena(scan), "%.*s: %.*s", STR_ARG(rule->tag), STR_ARG(value)));
	scan_hit_plain(scan, call->rule);
	return 0;
}

static const struct eval_def evals[] = {
	{"check_asn", prepare, check_asn},
	{NULL, NULL, NULL},
};

static const char *const methods[] = {"has_asn_geodb", "has_asn_lookup_ipv6", "has_check_asn",
				      "has_check_asn_tag", NULL};

const struct plugin_def plugin_asn = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::ASN",
	.evals = evals,
	.keywords = keywords,
	.methods = methods,
	.conf_bytes = sizeof(struct asn_conf),
	.conf_init = conf_init,
	.config_read = config_read,
	.enrich = enrich,
};
