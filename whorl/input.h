/* input: the messages that a command line names. */
#ifndef WHORL_WHORL_INPUT_H
#define WHORL_WHORL_INPUT_H

#include "lib/message/mailbox.h"

/*
 * The messages of all targets: those of class 's' first. format is for targets that do not tell
 * theirs; "-" is stdin, once. In keep. *missing_out (or NULL): a target is not there, or not to be
 * read, which has been told as a warning.
 */
enum status input_find(struct arena *keep, const struct str_vec *targets, const char *format,
		       struct mail_source_vec *out, bool *missing_out, struct why *why);
/* All of stdin as one message. */
enum status input_stdin(struct arena *arena, struct str *text_out, struct why *why);

enum { INPUT_MESSAGE_BYTES_MAX = 1 << 30 };

#endif
