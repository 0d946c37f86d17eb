/* origin: what tells one message from another, and when it came in. */
#ifndef WHORL_MESSAGE_ORIGIN_H
#define WHORL_MESSAGE_ORIGIN_H

#include <stdint.h>
#include "lib/message/mail.h"

/* "DIGEST@sa_generated" of To, Date and the body: also of messages without a Message-Id (Message.pm
 * generate_msgid). */
struct str message_generated_id(struct arena *arena, const struct message *message);

/* Compiled once, shared read-only. */
struct origin_patterns;
const struct origin_patterns *origin_patterns_new(struct arena *keep);
/* The date of the newest Received line that is not of this machine itself, else of the next best,
 * else now (Util.pm receive_date). */
int64_t mail_received_at_s(struct arena *scan, const struct origin_patterns *patterns,
			   const struct mail *mail);

#endif
