/* URILocalBL: links whose host is an IP address, by country, continent, provider or network
 * (SpamAssassin's Plugin/URILocalBL.pm). Hosts with a name need the DNS, which this build does not
 * ask. */
#include "lib/base/geodb.h"
#include "plugins/args.h"

enum { RULE_PRIORITY = -100 };

/* What the lines of one rule's name add up to. Keys of maps are what is listed. */
struct block {
	struct map *countries, *continents, *isps, *excluded; /* NULL: no such line */
	bool countries_negated, continents_negated;
	struct str_vec cidrs;
	struct netset *networks;
};

struct urilocalbl_conf {
	struct map *blocks; /* rule name → struct block * */
	const struct geodb *db;
	const struct regex *isp_name;
};

static void conf_init(void *data, struct arena *keep)
{
	struct urilocalbl_conf *conf = data;

	conf->blocks = map_new(keep);
	conf->isp_name = regex_must(keep, "\"[^\"]*\"|(?<!\")\\S+(?!\")", 0);
}

static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	struct urilocalbl_conf *conf = data;

	(void)ruleset;
	(void)why;
	conf->db = settings_geodb_open(keep, conf_settings(reader),
				       1u << GEODB_COUNTRY | 1u << GEODB_ISP);
	return STATUS_OK;
}

/* --- matching --- */

static bool hit(struct scan *scan, const struct eval_call *call, struct str host, const char *what,
		struct str value)
{
	scan_note(scan, call->rule,
		  arena_printf(scan_arena(scan), "Host: %.*s in %s%s%.*s", STR_ARG(host), what,
			       value.len ? " " : "", STR_ARG(value)));
	scan_hit_plain(scan, call->rule);
	return true;
}

static bool place_matches(const struct map *places, bool is_negated, struct str place)
{
	return places && map_has(places, place) != is_negated;
}

static struct str isp_key(struct arena *arena, struct str isp)
{
	struct buf key;

	buf_init(&key, arena);
	for (size_t i = 0; i < isp.len; i++)
		if (!ascii_is_space((unsigned char)isp.ptr[i]))
			buf_add_char(&key, ascii_upper(isp.ptr[i]));
	return buf_str(&key);
}

/* True: the rule is done with this message, it has hit or the address is excluded. */
static bool check_address(struct scan *scan, const struct eval_call *call,
			  const struct block *block, const struct geodb *db, struct str host,
			  const struct ip *ip)
{
	struct str country = geodb_country(db, host), continent = geodb_continent(db, host);
	struct str isp = geodb_isp(db, host);

	if (block->excluded && map_has(block->excluded, host))
		return true;
	if (place_matches(block->countries, block->countries_negated, country))
		return hit(scan, call, host, "country", country);
	if (place_matches(block->continents, block->continents_negated, continent))
		return hit(scan, call, host, "continent", continent);
	if (block->isps && isp.ptr && map_has(block->isps, isp_key(scan_arena(scan), isp)))
		return hit(scan, call, host, "isp", isp);
	if (block->networks && netset_contains(block->networks, ip))
		return hit(scan, call, host, "cidr", STR_NONE);
	return false;
}

static bool check_uri(struct scan *scan, const struct eval_call *call, const struct block *block,
		      const struct geodb *db, const struct uri *uri)
{
	struct ip ip;

	for (size_t i = 0; i < uri->hosts.n; i++) {
		struct str domain = arena_lower(scan_arena(scan), uri->hosts_domain.items[i]);

		if (block->excluded && map_has(block->excluded, domain))
			continue;
		if (ip_parse(uri->hosts.items[i], &ip) &&
		    check_address(scan, call, block, db, uri->hosts.items[i], &ip))
			return true;
	}
	return false;
}

static int check_uri_local_bl(struct scan *scan, const struct eval_call *call)
{
	const struct urilocalbl_conf *conf = scan_plugin_conf(scan, call->plugin);
	const struct uri_vec *uris = &mail_uris(scan_mail(scan))->details;
	const struct block *block = map_find(conf->blocks, call->rule->name);

	if (!block || (!geodb_has_country(conf->db) && !geodb_has_isp(conf->db)))
		return 0;
	for (size_t i = 0; i < uris->n; i++)
		if (uris->items[i].types & (URI_TYPE_A | URI_TYPE_PARSED) &&
		    check_uri(scan, call, block, conf->db, &uris->items[i]))
			break;
	return 0;
}

static const struct eval_def evals[] = {
	{"check_uri_local_bl", NULL, check_uri_local_bl},
	{NULL, NULL, NULL},
};

/* --- keywords --- */

static struct map *own_copy(struct arena *arena, const struct map *map)
{
	return map ? map_copy(arena, map) : NULL;
}

/* The block of the rule the line names, made when it is new; in user preferences a copy. */
static struct block *block_of(struct keyword_line *line, struct str name)
{
	struct urilocalbl_conf *conf = line->target;
	const struct block *before = map_find(conf->blocks, name);
	struct block *block = ARENA_NEW(line->arena, struct block);

	if (before && !line->from_user)
		return map_find(conf->blocks, name);
	if (before) {
		*block = *before;
		block->countries = own_copy(line->arena, before->countries);
		block->continents = own_copy(line->arena, before->continents);
		block->isps = own_copy(line->arena, before->isps);
		block->excluded = own_copy(line->arena, before->excluded);
		if (before->networks)
			block->networks = netset_copy(line->arena, before->networks);
	}
	map_put(keyword_own_map(line, &conf->blocks), name, block);
	return block;
}

static void list(struct keyword_line *line, struct map **map, struct str key)
{
	if (!*map)
		*map = map_new(line->arena);
	map_put(*map, key, line->conf);
}

static bool add_place(struct keyword_line *line, struct map **places, bool *is_negated,
		      struct str word, bool digits_allowed)
{
	bool negated = word.len == 3 && word.ptr[0] == '!';
	struct str code = str_from_at(word, negated);
	char upper[2];

	if (code.len != 2 || !ascii_is_alpha((unsigned char)code.ptr[0]) ||
	    !(ascii_is_alpha((unsigned char)code.ptr[1]) ||
	      (digits_allowed && ascii_is_digit((unsigned char)code.ptr[1]))))
		return false;
	/* Names and their negations don't mix. */
	if (*places && map_count(*places) && *is_negated != negated)
		return false;
	*is_negated = negated;
	upper[0] = ascii_upper(code.ptr[0]);
	upper[1] = ascii_upper(code.ptr[1]);
	list(line, places, str_make(upper, 2));
	return true;
}

static bool add_cc(struct keyword_line *line, struct block *block, struct str word)
{
	return add_place(line, &block->countries, &block->countries_negated, word, true);
}

static bool add_cont(struct keyword_line *line, struct block *block, struct str word)
{
	return add_place(line, &block->continents, &block->continents_negated, word, false);
}

/* An address, with a length of prefix or without; a length that does not fit is told of, no more.
 */
static bool add_cidr(struct keyword_line *line, struct block *block, struct str word)
{
	size_t slash = str_find_char(word, '/');
	struct str length = slash == STR_NOT_FOUND ? STR_LIT("0") : str_from_at(word, slash + 1);
	struct why why;
	struct ip ip;

	for (size_t i = 0; i < length.len; i++)
		if (!ascii_is_digit((unsigned char)length.ptr[i]))
			return false;
	if (!ip_parse(str_sub(word, 0, slash), &ip) || length.len < 1 || length.len > 3)
		return false;
	if (!block->networks)
		block->networks = netset_new(line->arena, "uri_block_cidr");
	if (netset_add(block->networks, word, &why) != STATUS_OK)
		keyword_diag(line, DIAG_WARN, "netset: illegal IP address given: '%.*s'",
			     STR_ARG(word));
	return true;
}

static bool add_exclude(struct keyword_line *line, struct block *block, struct str word)
{
	list(line, &block->excluded, arena_lower(line->arena, word));
	return true;
}

/* NAME of a rule; the rest must not be empty. */
static bool take_name(struct str *rest, struct str *name_out)
{
	if (!str_word_next(rest, name_out) || !str_trim(*rest).len)
		return false;
	for (size_t i = 0; i < name_out->len; i++)
		if (!ascii_is_word((unsigned char)name_out->ptr[i]))
			return false;
	return !ascii_is_digit((unsigned char)name_out->ptr[0]);
}

static enum keyword_result define(struct keyword_line *line, struct str name)
{
	conf_define_eval_rule(line, name, VIEW_BODY, evals[0].name);
	conf_set_priority(line->conf, name, RULE_PRIORITY);
	return KEYWORD_OK;
}

static enum keyword_result block_words(struct keyword_line *line,
				       bool (*add)(struct keyword_line *, struct block *,
						   struct str))
{
	struct str rest = line->value, name;
	struct block *block;

	if (!take_name(&rest, &name))
		return KEYWORD_INVALID_VALUE;
	block = block_of(line, name);
	for (struct str word; str_word_next(&rest, &word);)
		if (!add(line, block, word))
			return KEYWORD_INVALID_VALUE;
	return define(line, name);
}

static enum keyword_result uri_block_cc(struct keyword_line *line)
{
	return block_words(line, add_cc);
}

static enum keyword_result uri_block_cont(struct keyword_line *line)
{
	return block_words(line, add_cont);
}

static enum keyword_result uri_block_cidr(struct keyword_line *line)
{
	return block_words(line, add_cidr);
}

static enum keyword_result uri_block_exclude(struct keyword_line *line)
{
	return block_words(line, add_exclude);
}

/* Names of providers, in quotes when there are blanks in them. */
static enum keyword_result uri_block_isp(struct keyword_line *line)
{
	const struct urilocalbl_conf *conf = line->target;
	struct str rest = line->value, name;
	struct regex_match match;
	struct block *block;

	if (!take_name(&rest, &name))
		return KEYWORD_INVALID_VALUE;
	block = block_of(line, name);
	rest = str_trim(rest);
	for (size_t at = 0; regex_exec(conf->isp_name, rest, at, &match) == REGEX_MATCH;) {
		struct str isp = match.group[0];

		at = match.end;
		if (isp.ptr[0] == '"' && isp.len > 1)
			isp = str_sub(isp, 1, isp.len - 2);
		list(line, &block->isps, isp_key(line->arena, isp));
	}
	return block->isps ? define(line, name) : KEYWORD_INVALID_VALUE;
}

static const struct keyword_def keywords[] = {
	{"uri_block_cc", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, uri_block_cc},
	{"uri_block_cidr", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, uri_block_cidr},
	{"uri_block_cont", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, uri_block_cont},
	{"uri_block_exclude", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, uri_block_exclude},
	{"uri_block_isp", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, uri_block_isp},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

const struct plugin_def plugin_urilocalbl = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::URILocalBL",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct urilocalbl_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
