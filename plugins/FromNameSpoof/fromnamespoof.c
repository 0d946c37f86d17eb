/* FromNameSpoof: display names of From that pretend to be another address (SpamAssassin's
 * Plugin/FromNameSpoof.pm). */
#include "lib/base/map.h"
#include "plugins/args.h"

struct spoof_conf {
	struct map *owners;                       /* list name, lower case → struct addr_list * */
	struct map *ignore_dkim, *ignore_headers; /* sets */
	double extra_chars, check;
	const struct regex *address;
};

struct spoof_facts {
	bool contains_email, address_differs, domain_differs, owner_differs, equals_to,
		equals_reply_to;
};

static void conf_init(void *data, struct arena *keep)
{
	struct spoof_conf *conf = data;

	conf->owners = map_new(keep);
	conf->ignore_dkim = map_new(keep);
	conf->ignore_headers = map_new(keep);
	conf->extra_chars = 50;
	conf->check = 1;
	conf->address = regex_must(
		keep, "\\b([\\w.!#$%&'*+/=?^_`{|}~-]+@\\w[\\w-]*\\.\\w[\\w.-]++)\\b", REGEX_ICASE);
}

/* --- configuration --- */

/* "(NAME) words" */
static bool split_list(struct keyword_line *line, struct str *name_out, struct str *words_out)
{
	struct str value = arena_lower(line->arena, line->value);
	size_t close = str_find_char(str_from_at(value, 1), ')');

	if (value.len < 4 || value.ptr[0] != '(' || close == STR_NOT_FOUND || close == 0)
		return false;
	*name_out = str_sub(value, 1, close);
	*words_out = str_from_at(value, close + 2);
	return words_out->len && ascii_is_space((unsigned char)words_out->ptr[0]);
}

/* A list of a user's own where the line is a user's. */
static struct addr_list *list_called(struct keyword_line *line, struct str name)
{
	struct spoof_conf *conf = line->target;
	struct map *owners = keyword_own_map(line, &conf->owners);
	struct addr_list *list = map_find(owners, name);

	if (list && !line->from_user)
		return list;
	list = list ? addr_list_copy(line->arena, list) : addr_list_new(line->arena);
	map_put(owners, name, list);
	return list;
}

static enum keyword_result add_addrlist(struct keyword_line *line)
{
	struct str name, words, word;

	if (!split_list(line, &name, &words))
		return KEYWORD_MISSING_VALUE;
	while (str_word_next(&words, &word))
		addr_list_add(list_called(line, name), word);
	return KEYWORD_OK;
}

static enum keyword_result remove_addrlist(struct keyword_line *line)
{
	struct str name, words, word;

	if (!split_list(line, &name, &words))
		return KEYWORD_MISSING_VALUE;
	while (str_word_next(&words, &word))
		addr_list_remove(list_called(line, name), word);
	return KEYWORD_OK;
}

static enum keyword_result add_words(struct keyword_line *line, struct map **set, bool lower)
{
	struct str words = lower ? arena_lower(line->arena, line->value) : line->value, word;

	if (!words.len)
		return KEYWORD_MISSING_VALUE;
	keyword_own_map(line, set);
	while (str_word_next(&words, &word))
		map_put(*set, word, line->conf);
	return KEYWORD_OK;
}

static enum keyword_result ignore_dkim(struct keyword_line *line)
{
	return add_words(line, &((struct spoof_conf *)line->target)->ignore_dkim, true);
}

static enum keyword_result ignore_headers(struct keyword_line *line)
{
	return add_words(line, &((struct spoof_conf *)line->target)->ignore_headers, false);
}

static enum keyword_result set_check(struct keyword_line *line)
{
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (line->value.len != 1 || line->value.ptr[0] < '0' || line->value.ptr[0] > '2')
		return KEYWORD_INVALID_VALUE;
	((struct spoof_conf *)line->target)->check = line->value.ptr[0] - '0';
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"fns_add_addrlist", NULL, WHO_USER, KEYWORD_CUSTOM, 0, add_addrlist},
	{"fns_remove_addrlist", NULL, WHO_USER, KEYWORD_CUSTOM, 0, remove_addrlist},
	{"fns_extrachars", NULL, WHO_USER, KEYWORD_NUMBER, offsetof(struct spoof_conf, extra_chars),
	 NULL},
	{"fns_ignore_dkim", NULL, WHO_USER, KEYWORD_CUSTOM, 0, ignore_dkim},
	{"fns_ignore_headers", NULL, WHO_USER, KEYWORD_CUSTOM, 0, ignore_headers},
	{"fns_check", NULL, WHO_USER, KEYWORD_CUSTOM, 0, set_check},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- what is known of a message --- */

struct identity {
	struct str address, domain, owner;
};

static bool domain_of(struct scan *scan, struct identity *id)
{
	struct str host;

	return uri_to_domain(scan_arena(scan), scan_mail(scan)->registry,
			     arena_printf(scan_arena(scan), "mailto:%.*s", STR_ARG(id->address)),
			     &id->domain, &host);
}

static struct str listed_owner(const struct spoof_conf *conf, struct str address)
{
	const struct map_entry *entry;
	size_t cursor = 0;

	while ((entry = map_next(conf->owners, &cursor)))
		if (addr_list_match(entry->value, address).ptr)
			return entry->key;
	return STR_NONE;
}

/* The list an address or its domain is in, else the first label of the domain. */
static struct str owner_of(struct scan *scan, const struct spoof_conf *conf,
			   const struct identity *id)
{
	struct str owner = listed_owner(conf, id->address);
	size_t at = str_find_char(id->address, '@'), dot;

	if (!owner.ptr && at != STR_NOT_FOUND &&
	    !str_eq(str_from_at(id->address, at + 1), id->domain))
		owner = listed_owner(conf, arena_printf(scan_arena(scan), "%.*s@%.*s",
							STR_ARG(str_sub(id->address, 0, at)),
							STR_ARG(id->domain)));
	if (owner.ptr)
		return owner;
	dot = str_find_char(id->domain, '.');
	return dot == STR_NOT_FOUND || dot == 0 ? id->domain : str_sub(id->domain, 0, dot);
}

static double count_others(struct str text)
{
	double n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += !ascii_is_lower((unsigned char)text.ptr[i]) &&
		     !ascii_is_digit((unsigned char)text.ptr[i]);
	return n;
}

/* Little else stands beside the address. */
static bool is_close(const struct spoof_conf *conf, struct str name, struct str address)
{
	double others = count_others(name) - count_others(address);

	return (double)name.len + others - (double)address.len <= conf->extra_chars;
}

static bool is_ignored(struct scan *scan, const struct spoof_conf *conf)
{
	const struct str_vec *signers = scan_tag(scan, STR_LIT("DKIMDOMAIN"));
	const struct map_entry *entry;
	size_t cursor = 0;

	for (size_t i = 0; signers && i < signers->n; i++)
		if (map_has(conf->ignore_dkim, arena_lower(scan_arena(scan), signers->items[i])))
			return true;
	while ((entry = map_next(conf->ignore_headers, &cursor))) {
		struct str value = scan_header_named(scan, entry->key);

		if (value.len && !str_eq_c(value, "0"))
			return true;
	}
	return false;
}

static void tell_tags(struct scan *scan, const struct identity *name, const struct identity *from)
{
	scan_tag_set(scan, "FNSFNAMEADDR", name->address);
	scan_tag_set(scan, "FNSFNAMEDOMAIN", name->domain);
	scan_tag_set(scan, "FNSFNAMEOWNER", name->owner);
	scan_tag_set(scan, "FNSFADDRADDR", from->address);
	scan_tag_set(scan, "FNSFADDRDOMAIN", from->domain);
	scan_tag_set(scan, "FNSFADDROWNER", from->owner);
}

static void compare(struct scan *scan, const struct identity *name, const struct identity *from,
		    struct spoof_facts *facts)
{
	struct str_vec recipients = {0};

	facts->address_differs = !str_eq(name->address, from->address);
	facts->domain_differs = !str_eq(name->domain, from->domain);
	facts->owner_differs = !str_eq(name->owner, from->owner);
	facts->equals_reply_to = str_eq(
		name->address, arena_lower(scan_arena(scan), scan_header(scan, "Reply-To:addr")));
	mail_to_addresses(scan_arena(scan), scan_mail(scan), &recipients);
	facts->equals_to = str_vec_has(&recipients, name->address);
	if (facts->address_differs || facts->owner_differs)
		tell_tags(scan, name, from);
}

static void inspect(struct scan *scan, const struct spoof_conf *conf, struct spoof_facts *facts)
{
	struct arena *arena = scan_arena(scan);
	struct identity from = {.address = arena_lower(arena, scan_header(scan, "From:addr"))};
	struct identity name = {.address = STR_NONE};
	struct str text = arena_lower(arena, scan_header(scan, "From:name"));
	struct regex_match match;

	if (is_ignored(scan, conf) || !domain_of(scan, &from) ||
	    regex_exec(conf->address, text, 0, &match) != REGEX_MATCH)
		return;
	name.address = match.group[1];
	if (!domain_of(scan, &name))
		return;
	facts->contains_email = true;
	if (!is_close(conf, text, name.address))
		return;
	name.owner = owner_of(scan, conf, &name);
	from.owner = owner_of(scan, conf, &from);
	compare(scan, &name, &from, facts);
}

static const struct spoof_facts *facts_of(struct scan *scan, const struct eval_call *call)
{
	void **slot = scan_plugin_slot(scan, call->plugin);

	if (!*slot) {
		*slot = ARENA_NEW(scan_arena(scan), struct spoof_facts);
		inspect(scan, scan_plugin_conf(scan, call->plugin), *slot);
	}
	return *slot;
}

/* --- eval functions --- */

static int check_fromname_spoof(struct scan *scan, const struct eval_call *call)
{
	const struct spoof_conf *conf = scan_plugin_conf(scan, call->plugin);
	const struct spoof_facts *facts = facts_of(scan, call);
	struct str level = arg_text(call, 0);
	bool given = level.len == 1 && level.ptr[0] >= '0' && level.ptr[0] <= '2';
	double check = given ? level.ptr[0] - '0' : conf->check;

	return facts->address_differs &&
	       (check == 0 || (check == 1 ? facts->owner_differs : facts->domain_differs));
}

#define FACT(function, field)                                                                      \
	static int function(struct scan *scan, const struct eval_call *call)                       \
	{                                                                                          \
		return facts_of(scan, call)->field;                                                \
	}

FACT(check_fromname_different, address_differs)
FACT(check_fromname_domain_differ, domain_differs)
FACT(check_fromname_contains_email, contains_email)
FACT(check_fromname_equals_to, equals_to)
FACT(check_fromname_owners_differ, owner_differs)
FACT(check_fromname_equals_replyto, equals_reply_to)

static const struct eval_def evals[] = {
	{"check_fromname_contains_email", NULL, check_fromname_contains_email},
	{"check_fromname_different", NULL, check_fromname_different},
	{"check_fromname_domain_differ", NULL, check_fromname_domain_differ},
	{"check_fromname_equals_replyto", NULL, check_fromname_equals_replyto},
	{"check_fromname_equals_to", NULL, check_fromname_equals_to},
	{"check_fromname_owners_differ", NULL, check_fromname_owners_differ},
	{"check_fromname_spoof", NULL, check_fromname_spoof},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_fromnamespoof = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::FromNameSpoof",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct spoof_conf),
	.conf_init = conf_init,
};
