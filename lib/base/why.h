/*
 * why: the world failed, and how. A function that can fail for a reason outside the program returns
 * an enum status and takes a struct why last. Each level may put context in front; it is logged
 * once, by whoever handles it.
 */
#ifndef WHORL_BASE_WHY_H
#define WHORL_BASE_WHY_H

#include <stdbool.h>

enum status {
	STATUS_OK,
	STATUS_INVALID, /* the input is not what the format allows */
	STATUS_NOT_FOUND,
	STATUS_TOO_LARGE, /* a limit was reached */
	STATUS_TIMEOUT,   /* a deadline passed */
	STATUS_CLOSED,    /* the peer went away */
	STATUS_REFUSED,   /* not allowed, or connection refused */
	STATUS_IO,        /* errno-like failure; why has the text */
	STATUS_NO_MEMORY,
	STATUS_UNSUPPORTED,
};

struct why {
	enum status status;
	int saved_errno; /* 0 when the failure has none */
	char text[512];
};

/* Fills *why (may be NULL) and returns status, so that callers write: return why_set(...). */
enum status why_set(struct why *why, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with ": strerror(errno)" behind. */
enum status why_errno(struct why *why, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Puts "context: " in front of the text; returns why->status. */
enum status why_context(struct why *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *status_name(enum status status);

#endif
