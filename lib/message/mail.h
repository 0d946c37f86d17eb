/*
 * mail: all that is known of one message, as rules and plugins see it, and header access by
 * SpamAssassin's names (PerMsgStatus.pm get): real headers, pseudo-headers, modifiers.
 */
#ifndef WHORL_MESSAGE_MAIL_H
#define WHORL_MESSAGE_MAIL_H

#include "lib/message/message.h"
#include "lib/message/relays.h"
#include "lib/message/uri.h"
#include "lib/message/views.h"

struct mail {
	const struct message *message;
	const struct relays *relays;
	const struct views *views;
	const struct uri_list *uris;
	const struct registry *registry;
	const struct message_settings *settings;
	const struct trust_settings *trust;
	struct map *metadata;      /* X-Languages and the like, put by plugins: lower-case name → struct str * */
	struct map *header_cache;  /* used by mail_header() */
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

struct header_spec {
	struct str name;   /* lower case */
	unsigned mods;
};

/* "From:addr", "ALL:raw", "ToCc", ... STATUS_INVALID for an unknown modifier. */
enum status header_spec_parse(struct arena *arena, struct str text, struct header_spec *spec_out, struct why *why);

/*
 * The value as rules see it (non-raw headers end in "\n"); false when SpamAssassin's get() would be undefined.
 * All pseudo-headers: ALL, ALL-TRUSTED, ALL-UNTRUSTED, ALL-INTERNAL, ALL-EXTERNAL, ToCc, EnvelopeFrom, MESSAGEID,
 * X-Spam-Relays-*. Cached for the scan.
 */
bool mail_header(struct arena *scan, const struct mail *mail, const struct header_spec *spec, struct str *value_out);
/* The same by text, for plugins; empty when undefined. */
struct str mail_header_c(struct arena *scan, const struct mail *mail, const char *spec);
/* Every instance apart (get in list context). */
void mail_header_all(struct arena *scan, const struct mail *mail, const struct header_spec *spec, struct str_vec *out);

/* Message → mail: views, URIs, relays in one call, in SpamAssassin's order. */
struct mail *mail_make(struct arena *scan, const struct message *message, const struct message_settings *settings,
		       const struct trust_settings *trust, const struct uri_settings *uri);

#endif
