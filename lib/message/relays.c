/*
 * relays: the walk from the newest Received line to the oldest, and where trust ends on the way
 * (Message/Metadata/Received.pm parse_received_headers).
 */
#include "lib/base/buf.h"
#include "lib/base/must.h"
#include "lib/message/relays.h"

struct walk {
	struct arena *scan;
	const struct trust_settings *settings;
	const struct netset *trusted, *internal;
	bool in_trusted, in_internal, found_msa;
	struct received_state state;
	struct relays *relays;
};

/* --- the text of a relay ----------------------------------------------------------------- */

static void add_field(struct buf *out, const char *name, struct str value)
{
	buf_add_cstr(out, name);
	buf_add_str(out, value);
}

/* The digit behind the first " name=D " becomes value. In a copy of its own, hence the cast. */
static void set_digit(struct str text, const char *name, bool value)
{
	size_t from = 0, len = strlen(name);

	for (;;) {
		size_t at = str_find(str_from_at(text, from), str_make(name, len));
		if (at == STR_NOT_FOUND)
			return;
		from += at + len;
		if (from + 1 < text.len && ascii_is_digit((unsigned char)text.ptr[from]) &&
		    text.ptr[from + 1] == ' ') {
			((char *)text.ptr)[from] = value ? '1' : '0';
			return;
		}
	}
}

static struct str relay_text(struct arena *scan, const struct relay *relay)
{
	struct buf out;

	buf_init(&out, scan);
	add_field(&out, "[ ip=", relay->ip_text);
	add_field(&out, " rdns=", relay->rdns);
	add_field(&out, " helo=", relay->helo);
	add_field(&out, " by=", relay->by);
	add_field(&out, " ident=", relay->ident);
	add_field(&out, " envfrom=", str_eq_c(relay->envfrom, "0") ? STR_NONE : relay->envfrom);
	add_field(&out, " intl=0 id=", relay->id);
	add_field(&out, " auth=", relay->auth);
	buf_add_cstr(&out, " msa=0 ]");
	/* Set by searching, as SpamAssassin does: an auth field may hold such a text itself. */
	set_digit(buf_str(&out), " intl=", relay->internal);
	set_digit(buf_str(&out), " msa=", relay->msa);
	return buf_str(&out);
}

static struct str list_text(struct arena *scan, const struct relay_vec *list)
{
	struct str_vec texts = {0};

	for (size_t i = 0; i < list->n; i++)
		vec_push(scan, &texts, list->items[i]->as_text);
	return str_vec_join(scan, &texts, " ");
}

/* --- trust ------------------------------------------------------------------------------- */

static bool contains(const struct netset *set, const struct relay *relay)
{
	return relay->has_ip && netset_contains(set, &relay->ip);
}

/* Nothing is configured: what cannot come from outside is trusted. */
static void infer_trust(struct walk *walk, const struct relay *relay)
{
	if (!relay->ip_private && relay->auth.len == 0)
		walk->in_trusted = walk->in_internal = false;
}

static void configured_trust(struct walk *walk, struct relay *relay)
{
	bool has_auth = relay->auth.len > 0;

	if (!has_auth && !contains(walk->trusted, relay)) {
		walk->in_trusted = walk->in_internal = false;
		return;
	}
	if (walk->in_internal && !has_auth && !contains(walk->internal, relay))
		walk->in_internal = false;
	if (contains(walk->settings->msa,
		     relay)) { /* it knows its clients: all behind it is trusted */
		walk->found_msa = true;
		relay->msa = true;
	}
}

static void place_relay(struct walk *walk, struct relay *relay)
{
	struct relays *relays = walk->relays;

	if (walk->in_trusted && !walk->found_msa) {
		if (walk->settings->trusted_configured || walk->settings->internal_configured)
			configured_trust(walk, relay);
		else
			infer_trust(walk, relay);
	}
	relay->trusted = walk->in_trusted;
	relay->internal = walk->in_internal;
	relay->as_text = relay_text(walk->scan, relay);
	vec_push(walk->scan, &relays->all, relay);
	if (walk->in_trusted) {
		vec_push(walk->scan, &relays->trusted, relay);
		relays->last_trusted_index++;
	} else {
		vec_push(walk->scan, &relays->untrusted, relay);
	}
	walk->state.allow_fetch_marks = walk->in_trusted;
	if (walk->in_internal) {
		vec_push(walk->scan, &relays->internal, relay);
		relays->last_internal_index++;
	} else {
		vec_push(walk->scan, &relays->external, relay);
	}
}

/* --- the walk ---------------------------------------------------------------------------- */

/* Mail was fetched from a mailbox: the chain begins with what that mailbox got. */
static void forget_relays(struct walk *walk)
{
	walk->relays->trusted.n = 0;
	walk->relays->internal.n = 0;
	walk->relays->external.n = 0;
	walk->state.fetch_mark_seen = false;
}

static void walk_line(struct walk *walk, struct str line, size_t received_index)
{
	struct str scanner_envfrom = walk->state.scanner_envfrom;
	struct relay *relay = ARENA_NEW(walk->scan, struct relay);
	enum received_result result;

	walk->state.scanner_envfrom = STR_NONE;
	result = received_parse(walk->scan, walk->settings->parser, line, &walk->state, relay);
	if (walk->state.fetch_mark_seen)
		forget_relays(walk);
	if (result != RECEIVED_RELAY) {
		walk->relays->n_unparseable += result == RECEIVED_UNPARSEABLE;
		walk->relays->last_trusted_index += walk->in_trusted;
		walk->relays->last_internal_index += walk->in_internal;
		return;
	}
	if (scanner_envfrom.len && !str_eq_c(scanner_envfrom, "0"))
		relay->envfrom = scanner_envfrom;
	relay->received_index = received_index;
	place_relay(walk, relay);
}

/* X-Originating-IP and the like say where the mail was before the oldest Received line. */
static void walk_originating_ips(struct walk *walk, const struct message *message,
				 size_t received_index)
{
	const struct str_vec *names = &walk->settings->originating_ip_headers;
	struct regex_match match;

	for (size_t i = 0; i < names->n; i++) {
		struct str value =
			headers_last(message->headers, arena_cstr(walk->scan, names->items[i]));
		if (regex_exec(received_parser_ip(walk->settings->parser), value, 0, &match) !=
		    REGEX_MATCH)
			continue;
		walk_line(walk,
			  arena_printf(walk->scan, "from X-Originating-IP: %.*s",
				       STR_ARG(match.group[0])),
			  received_index);
	}
}

struct relays *relays_find(struct arena *scan, const struct message *message,
			   const struct trust_settings *settings)
{
	const struct header_index *received = headers_find(message->headers, STR_LIT("received"));
	struct relays *relays = ARENA_NEW(scan, struct relays);
	struct walk walk = {
		.scan = scan,
		.settings = settings,
		.trusted = settings->trusted_configured ? settings->trusted : settings->internal,
		.internal = settings->internal_configured ? settings->internal : settings->trusted,
		.in_trusted = true,
		.in_internal = true,
		.state = {.allow_fetch_marks = true},
		.relays = relays,
	};
	size_t n = received ? received->at.n : 0;

	must(settings->parser);
	relays->last_trusted_index = relays->last_internal_index = -1;
	relays->any_received = n > 0;
	for (size_t i = 0; i < n; i++)
		walk_line(&walk, message->headers->list.items[received->at.items[i]].decoded, i);
	walk_originating_ips(&walk, message, n);
	relays->trusted_text = list_text(scan, &relays->trusted);
	relays->untrusted_text = list_text(scan, &relays->untrusted);
	relays->internal_text = list_text(scan, &relays->internal);
	relays->external_text = list_text(scan, &relays->external);
	return relays;
}
