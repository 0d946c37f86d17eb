/* AccessDB: the sender and the last untrusted relay in an access map of sendmail or Postfix
 * (SpamAssassin's Plugin/AccessDB.pm). */
#include "lib/base/log.h"
#include "lib/store/bdb.h"
#include "plugins/args.h"

/* --- what is looked up --- */

struct wanted {
	struct arena *arena;
	struct map *seen;
	struct str_vec keys;
};

static void want_one(struct wanted *wanted, struct str key)
{
	if (map_put(wanted->seen, key, wanted))
		vec_push(wanted->arena, &wanted->keys, key);
}

static void want(struct wanted *wanted, struct str key)
{
	want_one(wanted, arena_printf(wanted->arena, "From:%.*s", STR_ARG(key)));
	want_one(wanted, key);
}

/* mail.example.com, example.com, com */
static void want_parents(struct wanted *wanted, struct str name)
{
	size_t dot;

	want(wanted, name);
	while ((dot = str_find_char(name, '.')) != STR_NOT_FOUND) {
		name = str_from_at(name, dot + 1);
		want(wanted, name);
	}
}

/* 192.0.2.1, 192.0.2, 192.0, 192 */
static void want_networks(struct wanted *wanted, struct str ip)
{
	size_t dot;

	want(wanted, ip);
	while ((dot = str_rfind_char(ip, '.')) != STR_NOT_FOUND) {
		ip = str_sub(ip, 0, dot);
		want(wanted, ip);
	}
}

static bool is_true(struct str text)
{
	return text.len > 0 && !str_eq_c(text, "0");
}

static void want_address(struct wanted *wanted, struct str address)
{
	size_t at = str_find_char(address, '@');
	struct str user = str_sub(address, 0, at);
	struct str domain = at == STR_NOT_FOUND ? STR_NONE : str_from_at(address, at + 1);

	want(wanted, address);
	if (is_true(user))
		want(wanted, arena_printf(wanted->arena, "%.*s@", STR_ARG(user)));
	if (is_true(domain))
		want_parents(wanted, domain);
}

/* Of an address only digits and dots count, also of IPv6. */
static struct str digits_and_dots(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++)
		if (ascii_is_digit((unsigned char)text.ptr[i]) || text.ptr[i] == '.')
			buf_add_char(&out, text.ptr[i]);
	return buf_str(&out);
}

static void want_relay(struct wanted *wanted, const struct relay *relay)
{
	if (!relay->no_reverse_dns)
		want_parents(wanted, arena_lower(wanted->arena, relay->rdns));
	want_networks(wanted, digits_and_dots(wanted->arena, relay->ip_text));
}

static const struct str_vec *wanted_keys(struct scan *scan)
{
	struct arena *arena = scan_arena(scan);
	const struct relays *relays = scan_mail(scan)->relays;
	struct wanted *wanted = ARENA_NEW(arena, struct wanted);
	struct str_vec senders = {0};

	wanted->arena = arena;
	wanted->seen = map_new(arena);
	mail_from_addresses(arena, scan_mail(scan), &senders);
	for (size_t i = 0; i < senders.n; i++)
		want_address(wanted, senders.items[i]);
	if (relays->untrusted.n)
		want_relay(wanted, relays->untrusted.items[0]);
	return &wanted->keys;
}

/* --- what the map says --- */

/* The first word of an entry in capitals, empty when there is none. postmap's keys and values end
 * in a NUL. */
static struct str action_of(struct arena *arena, struct bdb *bdb, struct str key)
{
	struct str value = bdb_find(bdb, key), action;
	char *text;

	if (!is_true(value))
		value = bdb_find(bdb, str_make(arena_cstr(arena, key), key.len + 1));
	if (!is_true(value))
		return STR_NONE;
	text = arena_cstr(arena, value);
	for (action = str_make(text, 0); action.len < value.len; action.len++) {
		if (!ascii_is_word((unsigned char)text[action.len]))
			break;
		text[action.len] = ascii_upper(text[action.len]);
	}
	return action;
}

static bool is_good(struct str action)
{
	return str_eq_c(action, "OK") || str_eq_c(action, "SKIP");
}

static bool is_bad(struct str action)
{
	for (size_t i = 0; i < action.len; i++)
		if (!ascii_is_digit((unsigned char)action.ptr[i]))
			return str_eq_c(action, "REJECT") || str_eq_c(action, "ERROR") ||
			       str_eq_c(action, "DISCARD");
	return action.len > 0;
}

/* A good entry ends the search and forgives the bad ones before it. */
static int check_access_database(struct scan *scan, const struct eval_call *call)
{
	const struct str_vec *keys = wanted_keys(scan);
	struct why why;
	struct bdb bdb;
	int result = 0;

	if (bdb_open(scan_arena(scan), call->data, &bdb, &why) != STATUS_OK) {
		log_debug("accessdb", "%s", why.text);
		return 0;
	}
	for (size_t i = 0; i < keys->n; i++) {
		struct str action = action_of(scan_arena(scan), &bdb, keys->items[i]);

		if (is_good(action)) {
			result = 0;
			break;
		}
		if (is_bad(action))
			result = 1;
	}
	bdb_close(&bdb);
	return result;
}

static enum status prepare(struct arena *keep, struct eval_call *call, struct why *why)
{
	(void)why;
	call->data = arena_cstr(keep, find_expand(keep, arg_text(call, 0)));
	return STATUS_OK;
}

static const struct eval_def evals[] = {
	{"check_access_database", prepare, check_access_database},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_accessdb = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::AccessDB",
	.evals = evals,
};
