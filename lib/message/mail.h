/*
 * mail: all that is known of one message, as rules and plugins see it, and header access by
 * SpamAssassin's names (PerMsgStatus.pm get): real headers, pseudo-headers, modifiers.
 */
#ifndef WHORL_MESSAGE_MAIL_H
#define WHORL_MESSAGE_MAIL_H

#include <stdint.h>

#include "lib/message/message.h"
#include "lib/message/relays.h"
#include "lib/message/uri.h"
#include "lib/message/views.h"

struct mail {
	const struct message *message;
	const struct relays *relays;
	struct mail_texts *texts; /* private: mail_views() and the others */
	const struct registry *registry;
	const struct message_settings *settings;
	const struct trust_settings *trust;
	struct map *metadata; /* X-Languages and the like, put by plugins: lower-case name → struct
				 str * */
	struct header_cache *header_cache; /* used by mail_header() */
	struct str envelope_from; /* EnvelopeFrom; ptr NULL when unknown, "" is the null sender */
};

enum header_mod {
	HEADER_RAW = 1 << 0,
	HEADER_ADDR = 1 << 1,
	HEADER_NAME = 1 << 2,
	HEADER_HOST = 1 << 3,
	HEADER_DOMAIN = 1 << 4,
	HEADER_IP = 1 << 5,
	HEADER_REVIP = 1 << 6,
	HEADER_FIRST = 1 << 7,
	HEADER_LAST = 1 << 8,
};

/* Which of get()'s branches a name takes. ALL* and MESSAGEID are known in upper case only, the rest
 * in any. */
enum header_kind {
	HEADER_KIND_PLAIN, /* a header of the message, or else plugin metadata */
	HEADER_KIND_ALL,
	HEADER_KIND_ALL_TRUSTED,
	HEADER_KIND_ALL_INTERNAL,
	HEADER_KIND_ALL_UNTRUSTED,
	HEADER_KIND_ALL_EXTERNAL,
	HEADER_KIND_ENVELOPE_FROM,
	HEADER_KIND_RELAYS_TRUSTED,
	HEADER_KIND_RELAYS_UNTRUSTED,
	HEADER_KIND_RELAYS_INTERNAL,
	HEADER_KIND_RELAYS_EXTERNAL,
	HEADER_KIND_TO_CC,
	HEADER_KIND_MESSAGE_ID,
};

struct header_cache;

/* What mail_header() keeps of its answers. Clear: whatever made an answer is no longer so. */
struct header_cache *header_cache_new(struct arena *scan);
void header_cache_clear(struct header_cache *cache);
uint32_t header_name_hash(struct str name);

/* Made by header_spec_parse() and header_spec_of_text() only. */
struct header_spec {
	struct str name;    /* lower case */
	uint32_t name_hash; /* header_name_hash() of it */
	enum header_kind kind;
	unsigned mods;
};

/* "From:addr", "ALL:raw", "ToCc", ... A lone colon behind the name means nothing. STATUS_INVALID
 * for an unknown modifier. */
enum status header_spec_parse(struct arena *arena, struct str text, struct header_spec *spec_out,
			      struct why *why);
/* The same for texts that no one has checked: unknown modifiers count for nothing, as in get(). */
struct header_spec header_spec_of_text(struct arena *arena, struct str text);

/*
 * The value as a header rule matches it (Plugin/Check.pm do_head_tests): all results joined, by
 * nothing when the first ends in "\n" (plain headers do), else by "\n"; false when SpamAssassin's
 * get() would give nothing. Cached for the scan.
 */
bool mail_header(struct arena *scan, const struct mail *mail, const struct header_spec *spec,
		 struct str *value_out);
/* Every result apart (get in list context). The vector belongs to the cache. */
const struct str_vec *mail_header_all(struct arena *scan, const struct mail *mail,
				      const struct header_spec *spec);
/* get() in scalar context, for plugins and tags: of :addr :name :host :domain :ip :revip and of
 * EnvelopeFrom the first result without its line end, else all joined; empty when there is none. */
struct str mail_header_scalar(struct arena *scan, const struct mail *mail,
			      const struct header_spec *spec);
/* The two by text ("From:addr"); a wrong text is our bug. */
struct str mail_header_c(struct arena *scan, const struct mail *mail, const char *spec);
const struct str_vec *mail_header_all_c(struct arena *scan, const struct mail *mail,
					const char *spec);

/* PerMsgStatus.pm all_from_addrs, all_to_addrs: without duplicates, in order of first sight; and
 * the registrable domains of the former as "dummy@domain" (all_from_addrs_domains). */
void mail_from_addresses(struct arena *scan, const struct mail *mail, struct str_vec *out);
void mail_from_domains(struct arena *scan, const struct mail *mail, struct str_vec *out);
void mail_to_addresses(struct arena *scan, const struct mail *mail, struct str_vec *out);

/* PerMsgStatus.pm get_envelope_from; mail_make() keeps it in the mail. False when nobody says. */
bool envelope_from_find(struct arena *scan, const struct mail *mail, struct str *address_out);

/* "4.3.2.1", or 32 nibbles with dots for IPv6; empty when the text is no address (Util.pm
 * reverse_ip_address). */
struct str ip_reversed(struct arena *arena, struct str ip_text);

/* What rules read, each made when somebody first asks for it, and then kept. That may change lines
 * of the body (scan_body_line_set()). */
struct views *mail_views(const struct mail *mail);
const struct str_vec *mail_rawbody(const struct mail *mail);
struct uri_list *mail_uris(const struct mail *mail);
/* Time was over when the views or the raw body had been made; false when nobody has asked. */
bool mail_views_are_late(const struct mail *mail);
/* Time was over before all URIs were found; false when nobody has asked for them. */
bool mail_uris_are_cut(const struct mail *mail);
/* The same mail, whose URIs are looked for anew, in the texts as they are now. */
struct mail *mail_without_uris(struct arena *scan, const struct mail *mail);

/* Message → mail, with relays and the sender; texts and URIs come when they are asked for. */
struct mail *mail_make(struct arena *scan, const struct message *message,
		       const struct message_settings *settings, const struct trust_settings *trust,
		       const struct uri_settings *uri);
/* The same; URIs are looked for until the deadline. Message and settings must live as long as the
 * mail. */
struct mail *mail_make_until(struct arena *scan, const struct message *message,
			     const struct message_settings *settings,
			     const struct trust_settings *trust, const struct uri_settings *uri,
			     struct deadline deadline);

#endif
