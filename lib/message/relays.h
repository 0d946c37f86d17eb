/*
 * relays: Received lines → relays, the trust boundary, and the envelope sender
 * (Message/Metadata/Received.pm, PerMsgStatus.pm get_envelope_from; sa-surface 8.1).
 */
#ifndef WHORL_MESSAGE_RELAYS_H
#define WHORL_MESSAGE_RELAYS_H

#include "lib/base/netset.h"
#include "lib/base/regex.h"
#include "lib/message/message.h"

/* The recognisers of Received lines, compiled once per process and shared read-only. */
struct received_parser;
struct received_parser *received_parser_new(struct arena *keep);
/* An IP address anywhere in a text, by SpamAssassin's notion (Constants.pm IP_ADDRESS); group 1 is
 * the address. */
const struct regex *received_parser_ip(const struct received_parser *parser);
/* The same where no dot and no word touches it (the :ip modifier). */
const struct regex *received_parser_lone_ip(const struct received_parser *parser);

struct trust_settings {
	/* Never NULL; may be empty. As in SpamAssassin, trusted and internal begin with 127.0.0.0/8
	 * and ::1, which whoever fills the sets puts there. */
	const struct netset *trusted, *internal, *msa;
	bool trusted_configured, internal_configured, msa_configured;
	struct str_vec originating_ip_headers;
	struct str envelope_sender_header; /* empty: unset */
	bool always_trust_envelope_sender;
	const struct received_parser *parser; /* never NULL; of the lifetime of the settings */
};

struct relay {
	struct str ip_text, rdns, helo, by, ident, id, auth; /* empty when absent */
	struct str envfrom; /* ptr NULL when the line had none; "" is the null sender */
	struct ip ip;       /* all zero when ip_text is no address (has_ip false) */
	bool has_ip;
	bool ip_private;
	bool internal, trusted, msa;
	bool no_reverse_dns;      /* the MTA looks names up, and this one has none */
	bool rdns_not_in_headers; /* no name, and nothing says that one was looked up */
	struct str as_text;       /* "[ ip=... rdns=... ]" */
	size_t received_index; /* which Received header; behind the last for originating_ip_headers
				*/
};
VEC_OF(relay_vec, const struct relay *);

struct relays {
	struct relay_vec all; /* newest first, those forgotten at a fetchmail mark too */
	struct relay_vec trusted, untrusted, internal,
		external; /* num_relays_* are their lengths */
	long last_trusted_index,
		last_internal_index; /* of Received headers, from the top; -1 none */
	unsigned n_unparseable;
	bool any_received; /* the message has a Received header at all */
	struct str trusted_text, untrusted_text, internal_text, external_text; /* X-Spam-Relays-* */
};

struct relays *relays_find(struct arena *scan, const struct message *message,
			   const struct trust_settings *settings);

/*
 * One Received value (decoded, unfolded), for relays_find() and tests. What one line leaves behind
 * for the next is in the state; begin with {.allow_fetch_marks = true}.
 */
struct received_state {
	bool allow_fetch_marks;     /* still inside of the trusted hops */
	bool fetch_mark_seen;       /* set by a line; the caller clears it */
	struct str scanner_envfrom; /* qmail-scanner: the next relay's envelope sender */
};
enum received_result { RECEIVED_UNPARSEABLE, RECEIVED_IGNORED, RECEIVED_RELAY };
enum received_result received_parse(struct arena *scan, const struct received_parser *parser,
				    struct str line, struct received_state *state,
				    struct relay *relay_out);

#endif
