/*
 * views: the texts that rules read, made once per message from the parsed structure
 * (Message.pm get_rendered_body_text_array, get_decoded_body_text_array;
 * sa-surface 5.2, 5.3).
 */
#ifndef WHORL_MESSAGE_VIEWS_H
#define WHORL_MESSAGE_VIEWS_H

#include "lib/message/html.h"
#include "lib/message/message.h"

struct rendered_part {
	struct part *part;
	struct str type;                /* effective: text/html by file name too */
	struct str text;                /* as rendered, before the scan-size cut */
	struct str visible, invisible;  /* HTML only split; plain text is all visible */
	const struct html_result *html; /* NULL for text/plain */
	bool is_wide; /* characters beyond ASCII: Perl would hold characters, not bytes */
	bool invisible_is_wide;
};
VEC_OF(rendered_part_vec, struct rendered_part);

struct views {
	struct str_vec body; /* [0] the Subject line, then paragraphs; elements keep their "\n" */
	struct rendered_part_vec rendered;
	const struct html_result *html; /* what SpamAssassin's pms->{html} is: results merged as it
					   does; never NULL */
	struct views_source *source;    /* private */
};

/* ENRICH plugins may have replaced part texts before this. Never fails. */
struct views *views_make(struct arena *scan, const struct message *message,
			 const struct message_settings *settings);

/* What `rawbody` rules read: chunks of decoded parts. */
const struct str_vec *rawbody_make(struct arena *scan, const struct message *message,
				   const struct message_settings *settings);

/* Like body, from text that can be seen, and from the rest, without the Subject line (Bayes). Made
 * when first asked for. */
const struct str_vec *views_body_visible(struct arena *scan, const struct views *views);
const struct str_vec *views_body_invisible(struct arena *scan, const struct views *views);

#endif
