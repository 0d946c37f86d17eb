/*
 * arf: reports in the Abuse Reporting Format (RFC 5965; types of the MARF registry, RFC 6430), as
 * feedback loops of mail providers send them: a multipart/report with a message/feedback-report and
 * the message that it is about, or that message's header (RFC 6522).
 */
#ifndef WHORL_MESSAGE_ARF_H
#define WHORL_MESSAGE_ARF_H

#include "lib/message/message.h"

enum arf_kind {
	ARF_SPAM,     /* abuse, fraud, virus */
	ARF_NOT_SPAM, /* not-spam: it was taken for spam, and is not */
	ARF_OTHER, /* auth-failure, other, opt-out, types to come: nothing is said of its contents
		    */
};

struct arf {
	enum arf_kind kind;
	struct str type;     /* Feedback-Type as written; empty when it is missing (ARF_OTHER) */
	struct str message;  /* what it is about, as text; empty when there is none */
	bool is_header_only; /* of that message only the header */
};

/* False: the message is no such report. Strings live in scan or are views of the message. */
bool arf_read(struct arena *scan, const struct message *message, struct arf *out);

#endif
