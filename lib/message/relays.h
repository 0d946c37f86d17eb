/*
 * relays: Received lines → relays, the trust boundary, and the envelope sender
 * (Message/Metadata/Received.pm; sa-surface 8.1).
 */
#ifndef WHORL_MESSAGE_RELAYS_H
#define WHORL_MESSAGE_RELAYS_H

#include "lib/base/netset.h"
#include "lib/message/message.h"

struct trust_settings {
	const struct netset *trusted, *internal, *msa;   /* never NULL; may be empty */
	bool trusted_configured, internal_configured, msa_configured;
	struct str_vec originating_ip_headers;
	struct str envelope_sender_header;               /* empty: unset */
	bool always_trust_envelope_sender;
};

struct relay {
	struct str ip_text, rdns, helo, by, ident, envfrom, id, auth; /* empty when absent */
	struct ip ip;
	bool ip_private, ip_is_reserved, lc_helo_differs;
	bool internal, trusted, msa;
	bool no_reverse_dns;
	struct str as_text;      /* "[ ip=... rdns=... ]" */
	size_t received_index;   /* which Received header */
};
VEC_OF(relay_vec, const struct relay *);

struct relays {
	struct relay_vec all;                 /* newest first */
	struct relay_vec trusted, untrusted, internal, external;
	size_t last_trusted_received, last_internal_received; /* header index for ALL-TRUSTED ...; SIZE_MAX none */
	unsigned n_unparseable;
	bool any_received;                    /* SpamAssassin's num_relays_* facts beyond the vectors: add below */
	struct str trusted_text, untrusted_text, internal_text, external_text; /* X-Spam-Relays-* */
	struct str envelope_from;             /* EnvelopeFrom; ptr NULL when unknown */
};

struct relays *relays_find(struct arena *scan, const struct message *message, const struct trust_settings *settings);

#endif
