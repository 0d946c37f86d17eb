/* URIDetail: rules over what is known of each URI (SpamAssassin's Plugin/URIDetail.pm):
 *	uri_detail NAME key =~ /re/ key !~ /re/ ...
 * A rule hits when one URI meets all its criteria. */
#include "lib/base/map.h"
#include "plugins/plugin.h"

enum uri_key { KEY_RAW, KEY_TYPE, KEY_CLEANED, KEY_TEXT, KEY_DOMAIN, KEY_HOST, KEY_COUNT };

struct criterion {
	struct pattern *pattern; /* NULL: none for this key */
	bool negate;
};

struct criteria {
	struct criterion of[KEY_COUNT];
};

struct uridetail_conf {
	struct map *rules;             /* name → struct criteria *: lines of one name add up */
	const struct regex *criterion; /* 1: key, 2: operator, 3: pattern */
};

static void conf_init(void *data, struct arena *keep)
{
	struct uridetail_conf *conf = data;

	conf->rules = map_new(keep);
	conf->criterion = regex_must(
		keep, "\\b(\\w+)\\b\\s*([=!]~)\\s*((?:/.*?/|m(\\W).*?\\4)[imsx]*)(?=\\s|$)", 0);
}

/* --- matching --- */

static bool meets(const struct criterion *criterion, struct str text)
{
	return regex_test(criterion->pattern->regex, text) != criterion->negate;
}

static bool any_meets(const struct criterion *criterion, const struct str_vec *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		if (meets(criterion, texts->items[i]))
			return true;
	return false;
}

static bool any_type_meets(const struct criterion *criterion, unsigned types)
{
	for (unsigned bit = 1; bit <= URI_TYPE_SCHEMELESS; bit <<= 1)
		if (types & bit && meets(criterion, str_from(uri_type_name(bit))))
			return true;
	return false;
}

static bool uri_meets(const struct criteria *criteria, enum uri_key key, const struct uri *uri)
{
	const struct criterion *criterion = &criteria->of[key];

	switch (key) {
	case KEY_RAW:
		return meets(criterion, uri->raw);
	case KEY_TYPE:
		return any_type_meets(criterion, uri->types);
	case KEY_CLEANED:
		return any_meets(criterion, &uri->cleaned);
	case KEY_TEXT:
		return any_meets(criterion, &uri->anchor_text);
	case KEY_DOMAIN:
		return any_meets(criterion, &uri->domains);
	default:
		return any_meets(criterion, &uri->hosts);
	}
}

static int check_uri_detail(struct scan *scan, const struct eval_call *call)
{
	const struct uri_vec *uris = &mail_uris(scan_mail(scan))->details;
	const struct criteria *criteria = call->data;

	for (size_t i = 0; criteria && i < uris->n; i++) {
		int key = 0;

		while (key < KEY_COUNT &&
		       (!criteria->of[key].pattern || uri_meets(criteria, key, &uris->items[i])))
			key++;
		if (key == KEY_COUNT)
			return 1;
	}
	return 0;
}

static const struct eval_def eval = {"check_uri_detail", NULL, check_uri_detail};

/* --- the keyword --- */

static enum uri_key key_of(struct str name)
{
	static const char *const names[KEY_COUNT] = {"raw",  "type",   "cleaned",
						     "text", "domain", "host"};
	enum uri_key key = KEY_RAW;

	while (key < KEY_COUNT && !str_eq_c(name, names[key]))
		key++;
	return key;
}

static bool read_criteria(struct keyword_line *line, struct str text, struct criteria *criteria,
			  bool *any)
{
	const struct uridetail_conf *conf = line->target;
	struct regex_match match;

	for (size_t at = 0; regex_exec(conf->criterion, text, at, &match) == REGEX_MATCH;) {
		enum uri_key key = key_of(match.group[1]);
		struct criterion found = {.negate = match.group[2].ptr[0] == '!'};

		at = match.end;
		if (key == KEY_COUNT ||
		    pattern_parse_plain(line->arena, match.group[3], &found.pattern, &line->why) !=
			    STATUS_OK)
			return false;
		criteria->of[key] = found;
		*any = true;
	}
	return true;
}

static enum keyword_result uri_detail(struct keyword_line *line)
{
	struct uridetail_conf *conf = line->target;
	struct criteria *criteria = ARENA_NEW(line->arena, struct criteria);
	struct str rest = line->value, name;
	const struct criteria *before;
	bool any = false;

	if (!str_word_next(&rest, &name) || !str_trim(rest).len)
		return KEYWORD_INVALID_VALUE;
	before = map_find(conf->rules, name);
	if (before)
		*criteria = *before;
	if (!read_criteria(line, rest, criteria, &any) || !any)
		return KEYWORD_INVALID_VALUE;
	if (line->from_user)
		conf->rules = map_copy(line->arena, conf->rules);
	map_put(conf->rules, name, criteria);
	conf_add_eval_rule(line, name, VIEW_BODY, &eval, line->target, criteria);
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"uri_detail", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, uri_detail},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

static const char *const methods[] = {"has_host_key", NULL};

const struct plugin_def plugin_uridetail = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::URIDetail",
	.keywords = keywords,
	.methods = methods,
	.conf_bytes = sizeof(struct uridetail_conf),
	.conf_init = conf_init,
};
