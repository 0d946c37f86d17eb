/* keywords_lists: lists of addresses and of hosts in URIs. */
#include "rules/conf.h"
#include "rules/keywords.h"

#define AT(field) offsetof(struct settings, field)

/* --- addresses
 * --------------------------------------------------------------------------------------- */

static enum keyword_result remove_words(struct keyword_line *line, struct addr_list **list)
{
	struct addr_list *own = keyword_own_addr_list(line, list);
	for (struct str rest = line->value, word; str_word_next(&rest, &word);)
		addr_list_remove(own, word);
	return KEYWORD_OK;
}

static enum keyword_result parse_unwelcomelist_from(struct keyword_line *line)
{
	return remove_words(line, &((struct settings *)line->target)->welcomelist_from);
}

static enum keyword_result parse_unblocklist_from(struct keyword_line *line)
{
	return remove_words(line, &((struct settings *)line->target)->blocklist_from);
}

static enum keyword_result parse_unwelcomelist_auth(struct keyword_line *line)
{
	struct settings *settings = line->target;
	remove_words(line, &settings->welcomelist_auth);
	return remove_words(line, &settings->def_welcomelist_auth);
}

/* Exactly two words: address and domain. */
static enum keyword_result add_rcvd(struct keyword_line *line, struct addr_rcvd_list **list)
{
	struct str rest = line->value, glob, domain, more;
	if (!str_word_next(&rest, &glob) || !str_word_next(&rest, &domain) ||
	    str_word_next(&rest, &more))
		return KEYWORD_INVALID_VALUE;
	addr_rcvd_list_add(keyword_own_rcvd_list(line, list), glob, domain);
	return KEYWORD_OK;
}

static enum keyword_result parse_welcomelist_from_rcvd(struct keyword_line *line)
{
	return add_rcvd(line, &((struct settings *)line->target)->welcomelist_from_rcvd);
}

static enum keyword_result parse_def_welcomelist_from_rcvd(struct keyword_line *line)
{
	return add_rcvd(line, &((struct settings *)line->target)->def_welcomelist_from_rcvd);
}

static enum keyword_result parse_unwelcomelist_from_rcvd(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct addr_rcvd_list *own = keyword_own_rcvd_list(line, &settings->welcomelist_from_rcvd);
	struct addr_rcvd_list *def =
		keyword_own_rcvd_list(line, &settings->def_welcomelist_from_rcvd);
	for (struct str rest = line->value, word; str_word_next(&rest, &word);) {
		addr_rcvd_list_remove(own, word);
		addr_rcvd_list_remove(def, word);
	}
	return KEYWORD_OK;
}

/* "(NAME) rest": the shortest NAME that leaves a rest behind ") ". */
static bool split_list_name(struct str value, struct str *name_out, struct str *rest_out)
{
	if (!value.len || value.ptr[0] != '(')
		return false;
	for (size_t i = 2; i + 1 < value.len; i++) {
		if (value.ptr[i] != ')' || !ascii_is_space((unsigned char)value.ptr[i + 1]))
			continue;
		*name_out = str_sub(value, 1, i - 1);
		*rest_out = str_trim_left(str_from_at(value, i + 1));
		return rest_out->len > 0;
	}
	return false;
}

/* Where the list called name is kept: the core's own lists can be named, too. */
static struct addr_list **list_slot(struct keyword_line *line, struct str name)
{
	struct settings *s = line->target;
	struct {
		const char *name;
		struct addr_list **slot;
	} own[] = {
		{"welcomelist_from", &s->welcomelist_from},
		{"blocklist_from", &s->blocklist_from},
		{"welcomelist_to", &s->welcomelist_to},
		{"more_spam_to", &s->more_spam_to},
		{"all_spam_to", &s->all_spam_to},
		{"blocklist_to", &s->blocklist_to},
		{"welcomelist_auth", &s->welcomelist_auth},
		{"def_welcomelist_auth", &s->def_welcomelist_auth},
	};
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (str_eq_c(name, own[i].name))
			return own[i].slot;
	return NULL;
}

static struct addr_list *list_called(struct keyword_line *line, struct str name)
{
	struct settings *settings = line->target;
	struct addr_list **slot = list_slot(line, name);
	if (slot)
		return keyword_own_addr_list(line, slot);
	struct map *lists = keyword_own_map(line, &settings->addr_lists);
	struct addr_list *list = map_find(lists, name);
	/* a user's lists are few: copied for every line, never shared */
	if (!list || line->from_user) {
		list = list ? addr_list_copy(line->arena, list) : addr_list_new(line->arena);
		map_put(lists, name, list);
	}
	return list;
}

static enum keyword_result parse_enlist_addrlist(struct keyword_line *line)
{
	struct str name, rest;
	if (!split_list_name(line->value, &name, &rest))
		return KEYWORD_MISSING_VALUE;
	struct addr_list *list = list_called(line, name);
	for (struct str word; str_word_next(&rest, &word);)
		addr_list_add(list, word);
	return KEYWORD_OK;
}

/* --- hosts
 * ------------------------------------------------------------------------------------------- */

static struct map *hosts_called(struct keyword_line *line, struct str name)
{
	struct settings *settings = line->target;
	struct map *lists = keyword_own_map(line, &settings->uri_host_lists);
	struct map *hosts = map_find(lists, name);
	if (!hosts || line->from_user) {
		hosts = hosts ? map_copy(line->arena, hosts) : map_new(line->arena);
		map_put(lists, name, hosts);
	}
	return hosts;
}

/* "!host" stands for an exception. */
static enum keyword_result add_hosts(struct keyword_line *line, struct str name, struct str words)
{
	static char listed[] = "1", excepted[] = "0";
	struct map *hosts = hosts_called(line, name);
	for (struct str word; str_word_next(&words, &word);) {
		bool is_exception = word.ptr[0] == '!';
		struct str host = arena_lower(line->arena, str_from_at(word, is_exception));
		map_put(hosts, host, is_exception ? excepted : listed);
	}
	return KEYWORD_OK;
}

static enum keyword_result parse_enlist_uri_host(struct keyword_line *line)
{
	struct str name, rest;
	if (!split_list_name(line->value, &name, &rest))
		return KEYWORD_MISSING_VALUE;
	return add_hosts(line, name, rest);
}

static enum keyword_result parse_blocklist_uri_host(struct keyword_line *line)
{
	return add_hosts(line, STR_LIT("BLOCK"), line->value);
}

static enum keyword_result parse_welcomelist_uri_host(struct keyword_line *line)
{
	return add_hosts(line, STR_LIT("WELCOME"), line->value);
}

static void remove_hosts(struct keyword_line *line, struct str name, struct str words)
{
	struct map *hosts = hosts_called(line, name);
	for (struct str word; str_word_next(&words, &word);)
		map_remove(hosts, arena_lower(line->arena, str_from_at(word, word.ptr[0] == '!')));
}

/* Without a name: from all lists. */
static enum keyword_result parse_delist_uri_host(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct str name, rest;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (split_list_name(line->value, &name, &rest)) {
		remove_hosts(line, name, rest);
		return KEYWORD_OK;
	}
	struct str_vec names = {0};
	size_t cursor = 0;
	for (const struct map_entry *e; (e = map_next(settings->uri_host_lists, &cursor));)
		vec_push(line->arena, &names, e->key);
	for (size_t i = 0; i < names.n; i++)
		remove_hosts(line, names.items[i], line->value);
	return KEYWORD_OK;
}

const struct keyword_def keywords_lists[] = {
	{"welcomelist_from", "whitelist_from", WHO_USER, KEYWORD_ADDRLIST, AT(welcomelist_from),
	 NULL},
	{"unwelcomelist_from", "unwhitelist_from", WHO_USER, KEYWORD_ADDRLIST, 0,
	 parse_unwelcomelist_from},
	{"welcomelist_from_rcvd", "whitelist_from_rcvd", WHO_USER, KEYWORD_ADDRLIST, 0,
	 parse_welcomelist_from_rcvd},
	{"def_welcomelist_from_rcvd", "def_whitelist_from_rcvd", WHO_USER, KEYWORD_ADDRLIST, 0,
	 parse_def_welcomelist_from_rcvd},
	{"welcomelist_allows_relays", "whitelist_allows_relays", WHO_USER, KEYWORD_ADDRLIST,
	 AT(welcomelist_allows_relays), NULL},
	{"unwelcomelist_from_rcvd", "unwhitelist_from_rcvd", WHO_USER, KEYWORD_ADDRLIST, 0,
	 parse_unwelcomelist_from_rcvd},
	{"blocklist_from", "blacklist_from", WHO_USER, KEYWORD_ADDRLIST, AT(blocklist_from), NULL},
	{"unblocklist_from", "unblacklist_from", WHO_USER, KEYWORD_ADDRLIST, 0,
	 parse_unblocklist_from},
	{"welcomelist_to", "whitelist_to", WHO_USER, KEYWORD_ADDRLIST, AT(welcomelist_to), NULL},
	{"more_spam_to", NULL, WHO_USER, KEYWORD_ADDRLIST, AT(more_spam_to), NULL},
	{"all_spam_to", NULL, WHO_USER, KEYWORD_ADDRLIST, AT(all_spam_to), NULL},
	{"blocklist_to", "blacklist_to", WHO_USER, KEYWORD_ADDRLIST, AT(blocklist_to), NULL},
	{"welcomelist_auth", "whitelist_auth", WHO_USER, KEYWORD_ADDRLIST, AT(welcomelist_auth),
	 NULL},
	{"def_welcomelist_auth", "def_whitelist_auth", WHO_USER, KEYWORD_ADDRLIST,
	 AT(def_welcomelist_auth), NULL},
	{"unwelcomelist_auth", "unwhitelist_auth", WHO_USER, KEYWORD_ADDRLIST, 0,
	 parse_unwelcomelist_auth},
	{"enlist_uri_host", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_enlist_uri_host},
	{"delist_uri_host", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_delist_uri_host},
	{"enlist_addrlist", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_enlist_addrlist},
	{"blocklist_uri_host", "blacklist_uri_host", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_blocklist_uri_host},
	{"welcomelist_uri_host", "whitelist_uri_host", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_welcomelist_uri_host},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};
