/* keywords_network: directives about trust, DNS and the registrars' domains. */
#include "rules/conf.h"
#include "rules/keywords.h"

#include "lib/base/number.h"

#define AT(field) offsetof(struct settings, field)
#define TEXT      KEYWORD_IN_VALUES

/* --- networks
 * ---------------------------------------------------------------------------------------- */

struct network_slot {
	struct netset **set;
	bool *configured;
	const char *name;
	bool loopback;
};

/* Which of the three the keyword speaks of: "trusted_networks", "clear_trusted_networks", ... */
static struct network_slot network_slot(struct keyword_line *line)
{
	struct settings *s = line->target;
	if (str_contains(line->keyword, "trusted"))
		return (struct network_slot){&s->trusted_networks, &s->trusted_configured,
					     "trusted_networks", true};
	if (str_contains(line->keyword, "internal"))
		return (struct network_slot){&s->internal_networks, &s->internal_configured,
					     "internal_networks", true};
	return (struct network_slot){&s->msa_networks, &s->msa_configured, "msa_networks", false};
}

static enum keyword_result parse_networks(struct keyword_line *line)
{
	struct network_slot slot = network_slot(line);
	if (line->from_user)
		*slot.set = netset_copy(line->arena, *slot.set);
	conf_add_networks(line, *slot.set, line->value);
	*slot.configured = true;
	return KEYWORD_OK;
}

static enum keyword_result parse_clear_networks(struct keyword_line *line)
{
	struct network_slot slot = network_slot(line);
	*slot.set = netset_with_loopback(line->arena, slot.name, slot.loopback);
	*slot.configured = false;
	return KEYWORD_OK;
}

static bool has_word_ci(const struct str_vec *vec, struct str word)
{
	for (size_t i = 0; i < vec->n; i++)
		if (str_eq_ci(vec->items[i], word))
			return true;
	return false;
}

static enum keyword_result parse_originating_ip_headers(struct keyword_line *line)
{
	struct settings *settings = line->target;
	keyword_own_strings(line, &settings->originating_ip_headers);
	for (struct str rest = line->value, word; str_word_next(&rest, &word);)
		if (!has_word_ci(&settings->originating_ip_headers, word))
			vec_push(line->arena, &settings->originating_ip_headers,
				 arena_str(line->arena, word));
	return KEYWORD_OK;
}

static enum keyword_result parse_clear_originating_ip_headers(struct keyword_line *line)
{
	struct settings *settings = line->target;
	settings->originating_ip_headers = (struct str_vec){0};
	return KEYWORD_OK;
}

/* --- DNS
 * --------------------------------------------------------------------------------------------- */

/* yes|1, no|0, test, test:..., kept as yes, no or the text */
static enum keyword_result parse_dns_available(struct keyword_line *line)
{
	struct str v = line->value;
	if (str_eq_c(v, "yes") || str_eq_c(v, "1"))
		value_set(line, "dns_available", STR_LIT("yes"));
	else if (str_eq_c(v, "no") || str_eq_c(v, "0"))
		value_set(line, "dns_available", STR_LIT("no"));
	else if (str_eq_c(v, "test") ||
		 (str_has_prefix(v, "test:") && str_trim(str_from_at(v, 5)).len))
		value_set(line, "dns_available", v);
	else
		return KEYWORD_INVALID_VALUE;
	return KEYWORD_OK;
}

/* An IP address, with a zone when it is IPv6. */
static bool is_address(struct str address)
{
	size_t zone = str_rfind_char(address, '%');
	struct ip ip;
	return ip_parse(zone == STR_NOT_FOUND ? address : str_sub(address, 0, zone), &ip);
}

/* [addr]:port, v4:port, [addr], addr → "[addr]:port" */
static enum keyword_result parse_dns_server(struct keyword_line *line)
{
	struct str v = line->value, address = v, port = STR_LIT("53");
	size_t close = str_find_char(v, ']'), colon = str_rfind_char(v, ':');
	if (v.len && v.ptr[0] == '[' && close != STR_NOT_FOUND) {
		address = str_sub(v, 1, close - 1);
		struct str rest = str_from_at(v, close + 1);
		if (rest.len && rest.ptr[0] != ':')
			return KEYWORD_INVALID_VALUE;
		port = rest.len ? str_from_at(rest, 1) : port;
	} else if (colon != STR_NOT_FOUND && str_find_char(v, ':') == colon) {
		address = str_sub(v, 0, colon);
		port = str_from_at(v, colon + 1);
	}
	uint64_t number;
	if (!is_address(address) || !number_u64(port, &number) || number < 1 || number > 65535)
		return KEYWORD_INVALID_VALUE;
	value_append(line, "dns_server",
		     arena_printf(line->arena, "[%.*s]:%.*s", STR_ARG(address), STR_ARG(port)));
	return KEYWORD_OK;
}

static enum keyword_result parse_clear_dns_servers(struct keyword_line *line)
{
	value_clear(line, "dns_server");
	return KEYWORD_OK;
}

static bool is_port(struct str s, uint64_t lowest)
{
	uint64_t port;
	return s.len <= 5 && number_u64(s, &port) && port >= lowest && port <= 65535;
}

/* "N" and "N-M", by blanks or commas. SpamAssassin lets port 0 be avoided, not permitted. */
static bool are_port_ranges(struct str v, uint64_t lowest)
{
	while (v.len) {
		size_t n = 0;
		while (n < v.len && !strchr(" \t,", v.ptr[n]))
			n++;
		struct str range = str_sub(v, 0, n);
		size_t dash = str_find_char(range, '-');
		bool valid = dash == STR_NOT_FOUND
				     ? is_port(range, lowest)
				     : is_port(str_sub(range, 0, dash), lowest) &&
					       is_port(str_from_at(range, dash + 1), lowest);
		if (!valid)
			return false;
		while (n < v.len && strchr(" \t,", v.ptr[n]))
			n++;
		v = str_from_at(v, n);
	}
	return true;
}

/* The three port directives act one after the other: all lines are kept in one value, each with its
 * verb. */
static enum keyword_result parse_ports(struct keyword_line *line)
{
	bool permits = str_eq_c(line->keyword, "dns_local_ports_permit");
	if (!are_port_ranges(line->value, permits ? 1 : 0))
		return KEYWORD_INVALID_VALUE;
	value_append(line, "dns_local_ports",
		     arena_printf(line->arena, "%s %.*s", permits ? "permit" : "avoid",
				  STR_ARG(line->value)));
	return KEYWORD_OK;
}

static enum keyword_result parse_ports_none(struct keyword_line *line)
{
	value_set(line, "dns_local_ports", STR_LIT("none"));
	return KEYWORD_OK;
}

static bool is_dns_option(struct str word)
{
	static const char *const flags[] = {"rotate", "dns0x20", "v4", "v6", "edns", "edns0", NULL};
	struct str positive = str_has_prefix_ci(word, "no") ? str_from_at(word, 2) : word;
	for (const char *const *flag = flags; *flag; flag++)
		if (str_eq_ci_c(positive, *flag))
			return true;
	size_t equals = str_find_char(word, '=');
	if (equals == STR_NOT_FOUND)
		return false;
	struct str name = str_sub(word, 0, equals);
	struct str text = str_from_at(word, equals + 1);
	uint64_t size; /* a plain 0 means the default */
	return (str_eq_ci_c(name, "edns") || str_eq_ci_c(name, "edns0")) &&
	       number_u64(text, &size) && (size >= 512 || str_eq_c(text, "0"));
}

static enum keyword_result parse_dns_options(struct keyword_line *line)
{
	char *text = arena_cstr(line->arena, line->value);
	for (size_t i = 0; i < line->value.len; i++)
		if (text[i] == ',')
			text[i] = ' ';
	for (struct str rest = str_from(text), word; str_word_next(&rest, &word);)
		if (!is_dns_option(word))
			return KEYWORD_INVALID_VALUE;
	value_append(line, "dns_options", str_from(text));
	return KEYWORD_OK;
}

static enum keyword_result parse_query_restriction(struct keyword_line *line)
{
	struct str rest = line->value, verb;
	if (!str_word_next(&rest, &verb) || !rest.len ||
	    (!str_eq_ci_c(verb, "allow") && !str_eq_ci_c(verb, "deny")))
		return KEYWORD_INVALID_VALUE;
	value_append(line, "dns_query_restriction", line->value);
	return KEYWORD_OK;
}

static enum keyword_result parse_clear_query_restriction(struct keyword_line *line)
{
	value_clear(line, "dns_query_restriction");
	return KEYWORD_OK;
}

static bool is_domain_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_word((unsigned char)s.ptr[i]) && s.ptr[i] != '.' && s.ptr[i] != '-')
			return false;
	return s.len > 0;
}

static enum keyword_result parse_block_rule(struct keyword_line *line)
{
	struct str rest = line->value, rule, domain;
	if (!str_word_next(&rest, &rule) || !str_trim(rest).len)
		return KEYWORD_INVALID_VALUE;
	while (str_word_next(&rest, &domain))
		if (!is_domain_text(domain))
			return KEYWORD_INVALID_VALUE;
	value_append(line, "dns_block_rule", line->value);
	return KEYWORD_OK;
}

/* \+?\d+(\.\d*)?[smhdw]? */
static bool is_short_duration(struct str s)
{
	if (s.len && s.ptr[0] == '+')
		s = str_from_at(s, 1);
	if (s.len > 1 && strchr("smhdw", ascii_lower(s.ptr[s.len - 1])))
		s.len--;
	return s.len && s.ptr[0] != '-' && s.ptr[0] != '+' && text_is_number(s);
}

/* TIMEOUT [MIN] [ZONE] */
static enum keyword_result parse_rbl_timeout(struct keyword_line *line)
{
	struct str rest = line->value, word;
	str_word_next(&rest, &word);
	if (!is_short_duration(word))
		return KEYWORD_INVALID_VALUE;
	bool more = str_word_next(&rest, &word);
	if (more && is_short_duration(word))
		more = str_word_next(&rest, &word);
	if (more && (!ascii_is_alpha((unsigned char)word.ptr[word.len - 1]) || str_trim(rest).len))
		return KEYWORD_INVALID_VALUE;
	value_append(line, "rbl_timeout", line->value);
	return KEYWORD_OK;
}

/* --- registrars' domains
 * -------------------------------------------------------------------------------- */

/* Labels of a name, or 0 when one is empty. */
static unsigned label_count(struct str name)
{
	unsigned n = 0;
	if (!name.len || name.ptr[name.len - 1] == '.')
		return 0;
	for (struct str label; str_split_next(&name, '.', &label); n++)
		if (!label.len)
			return 0;
	return n;
}

static enum keyword_result parse_registry(struct keyword_line *line)
{
	unsigned level = str_eq_c(line->keyword, "util_rb_tld")    ? 1
			 : str_eq_c(line->keyword, "util_rb_2tld") ? 2
								   : 3;
	struct str word;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	for (struct str rest = line->value; str_word_next(&rest, &word);)
		if (label_count(word) != level)
			return KEYWORD_INVALID_VALUE;
	for (struct str rest = line->value; str_word_next(&rest, &word);)
		registry_add(line->conf->registry, level, arena_lower(line->arena, word));
	return KEYWORD_OK;
}

/* A user's is empty from then on: what would fill it again is the administrator's. */
static enum keyword_result parse_clear_registry(struct keyword_line *line)
{
	if (!line->from_user) {
		registry_clear(line->conf->registry);
		return KEYWORD_OK;
	}
	line->conf->registry = registry_new(line->arena);
	registry_use_idn(line->conf->registry, registry_uses_idn(line->conf->shared->registry));
	return KEYWORD_OK;
}

const struct keyword_def keywords_network[] = {
	{"trusted_networks", NULL, WHO_USER, KEYWORD_STRINGLIST, 0, parse_networks},
	{"clear_trusted_networks", NULL, WHO_USER, KEYWORD_NOARGS, 0, parse_clear_networks},
	{"internal_networks", NULL, WHO_USER, KEYWORD_STRINGLIST, 0, parse_networks},
	{"clear_internal_networks", NULL, WHO_USER, KEYWORD_NOARGS, 0, parse_clear_networks},
	{"msa_networks", NULL, WHO_USER, KEYWORD_STRINGLIST, 0, parse_networks},
	{"clear_msa_networks", NULL, WHO_USER, KEYWORD_NOARGS, 0, parse_clear_networks},
	{"originating_ip_headers", NULL, WHO_USER, KEYWORD_STRINGLIST, 0,
	 parse_originating_ip_headers},
	{"clear_originating_ip_headers", NULL, WHO_USER, KEYWORD_NOARGS, 0,
	 parse_clear_originating_ip_headers},
	{"always_trust_envelope_sender", NULL, WHO_USER, KEYWORD_BOOL,
	 AT(always_trust_envelope_sender), NULL},
	{"envelope_sender_header", NULL, WHO_USER, KEYWORD_STRING, AT(envelope_sender_header),
	 NULL},
	{"skip_rbl_checks", NULL, WHO_USER, KEYWORD_BOOL, AT(skip_rbl_checks), NULL},
	{"dns_available", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_dns_available},
	{"dns_server", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_dns_server},
	{"clear_dns_servers", NULL, WHO_USER, KEYWORD_NOARGS, 0, parse_clear_dns_servers},
	{"dns_local_ports_permit", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_ports},
	{"dns_local_ports_avoid", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_ports},
	{"dns_local_ports_none", NULL, WHO_ADMIN, KEYWORD_NOARGS, 0, parse_ports_none},
	{"dns_test_interval", NULL, WHO_USER, KEYWORD_DURATION, TEXT, NULL},
	{"dns_options", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_dns_options},
	{"dns_query_restriction", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_query_restriction},
	{"clear_dns_query_restriction", "clear_dns_query_restrictions", WHO_USER, KEYWORD_NOARGS, 0,
	 parse_clear_query_restriction},
	{"dns_block_rule", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_block_rule},
	{"dns_block_time", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"rbl_timeout", NULL, WHO_ADMIN, KEYWORD_STRING, 0, parse_rbl_timeout},
	{"util_rb_tld", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_registry},
	{"util_rb_2tld", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_registry},
	{"util_rb_3tld", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_registry},
	{"clear_util_rb", NULL, WHO_USER, KEYWORD_NOARGS, 0, parse_clear_registry},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};
