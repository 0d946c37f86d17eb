/* mimeeval: what MIMEEval's functions share: one walk over all parts a message. */
#ifndef WHORL_PLUGINS_MIMEEVAL_H
#define WHORL_PLUGINS_MIMEEVAL_H

#include "plugins/plugin.h"

/* Named as in check_for_mime(); counts, ratios, and 0 or 1. */
struct mime_facts {
	double ascii_text_illegal, attachment, bad_iso_charset, base64_count, base64_encoded_text,
		body_html_count, body_text_count, faraway_charset, missing_boundary,
		multipart_alternative, multipart_ratio, qp_bytes, qp_count, qp_long_line, qp_ratio,
		text_unicode_ratio;
	double base64_longest;   /* longest line of a base64 part, in bytes with its end */
	struct str_vec charsets; /* of all parts, in order */
	double uppercase;        /* percent; check_for_uppercase() fills it in */
	bool has_uppercase;
};

/* Made at the first call for a message. */
struct mime_facts *mime_facts_of(struct scan *scan, const void *plugin);
/* Is a charset foreign to all of ok_locales? Never when those hold "all" (Locales.pm
 * is_charset_ok_for_locales). */
bool mime_faraway(struct scan *scan, struct str charset);
/* At least half of the body's bytes are beyond ASCII, and more than `min`. */
bool mime_high_bits(struct scan *scan, size_t min);

#endif
