/*
 * uri: find URIs in rendered text and HTML results, canonicalise them the way SpamAssassin does
 * (PerMsgStatus.pm get_uri_detail_list, _get_parsed_uri_list; Util.pm uri_list_canonicalize,
 * uri_to_domain; RegistryBoundaries.pm), and give registrable domains.
 */
#ifndef WHORL_MESSAGE_URI_H
#define WHORL_MESSAGE_URI_H

#include "lib/base/clock.h"
#include "lib/base/regex.h"
#include "lib/message/views.h"

enum uri_type { /* bits: where a URI was seen */
		URI_TYPE_PARSED = 1 << 0,
		URI_TYPE_A = 1 << 1,
		URI_TYPE_AREA = 1 << 2,
		URI_TYPE_LINK = 1 << 3,
		URI_TYPE_IMG = 1 << 4,
		URI_TYPE_FRAME = 1 << 5,
		URI_TYPE_IFRAME = 1 << 6,
		URI_TYPE_EMBED = 1 << 7,
		URI_TYPE_SCRIPT = 1 << 8,
		URI_TYPE_BGSOUND = 1 << 9,
		URI_TYPE_FORM = 1 << 10,
		URI_TYPE_BASE = 1 << 11,
		URI_TYPE_BODY = 1 << 12,
		URI_TYPE_TABLE = 1 << 13,
		URI_TYPE_TR = 1 << 14,
		URI_TYPE_TD = 1 << 15,
		URI_TYPE_META = 1 << 16,
		URI_TYPE_DOMAINKEYS = 1 << 17,
		URI_TYPE_UNLINKED = 1 << 18,
		URI_TYPE_SCHEMELESS = 1 << 19,
};
/* "a", "img" ... for one bit; and back (0 when unknown). */
const char *uri_type_name(enum uri_type type);
unsigned uri_type_find(struct str name);

struct uri {
	struct str raw;
	bool is_wide; /* Perl would hold characters, not bytes */
	unsigned types;
	struct str_vec cleaned;     /* canonical forms, raw's own form among them */
	struct str_vec anchor_text; /* of links */
	struct str_vec domains;     /* registrable domains of the cleaned forms */
	struct str_vec hosts;       /* hosts[i] belongs to hosts_domain[i] */
	struct str_vec hosts_domain;
};
VEC_OF(uri_vec, struct uri);

VEC_OF(flag_vec, bool);

struct uri_list {
	struct uri_vec details; /* in order of first sight */
	bool truncated;         /* one was longer than LIMIT_URI_BYTES */
	bool is_cut;            /* time was up before all were found */
	/* Union of cleaned forms without duplicates: what `uri` rules see. */
	struct str_vec cleaned;
	struct flag_vec cleaned_is_wide; /* one each */
	/* Of uri_list_make() and uri_list_add(); [1]: of wide ones. */
	struct map *by_raw[2], *seen_cleaned[2];
};

/* Top-level and second/third-level registries; filled by util_rb_tld and family, shared read-only.
 */
struct registry;
struct registry *registry_new(struct arena *keep);
void registry_clear(struct registry *registry);
/* Host names get their ASCII form as by Perl's Net::LibIDN; else, and at first, they are only
 * lower-cased, as SpamAssassin does without that. */
void registry_use_idn(struct registry *registry, bool use);
bool registry_uses_idn(const struct registry *registry);
void registry_add(struct registry *registry, unsigned level /* 1, 2, 3 */, struct str name);
bool registry_has_tlds(const struct registry *registry);
bool registry_is_tld(const struct registry *registry, struct str label);
/* "www.example.co.uk" → "example.co.uk"; empty when the host has no valid TLD or is an IP. */
struct str registry_trim(const struct registry *registry, struct str host);
/* Host part of a canonical URI, and its registrable domain; false when there is none (Util.pm
 * uri_to_domain). */
bool uri_to_domain(struct arena *scan, const struct registry *registry, struct str uri,
		   struct str *domain_out, struct str *host_out);

/* A redirector_pattern. */
struct uri_redirector {
	struct regex *regex; /* group 1 is the target */
	/* In lower case, what is in every URI that it matches, in ASCII letters of either case;
	 * empty when nothing is known. */
	struct str needs;
};

/* Built once, at the end of configuration, for the text linkifier. */
struct uri_settings {
	const struct registry *registry;
	const struct uri_redirector *redirectors;
	size_t n_redirectors;
	bool parse_dkim_uris;
};

/* What is found before the deadline; it is for the caller to see that it has passed. */
struct uri_list *uri_list_make(struct arena *scan, const struct message *message,
			       const struct views *views, const struct uri_settings *settings,
			       struct deadline deadline);
/* One more that was found elsewhere, in an attachment (PerMsgStatus.pm add_uri_detail_list). raw
 * must live as long as the list. */
void uri_list_add(struct arena *scan, struct uri_list *list, const struct uri_settings *settings,
		  struct str raw);
/* All canonical forms of raw, itself included where SpamAssassin keeps it (Util.pm
 * uri_list_canonicalize). characters: Perl would hold characters, not bytes, which decides what is
 * escaped. */
void uri_canonicalize(struct arena *scan, const struct uri_settings *settings, struct str raw,
		      bool characters, struct str_vec *out);

#endif
