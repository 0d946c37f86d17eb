/* why: see why.h */
#include "lib/base/why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum status why_set(struct why *why, enum status status, const char *format, ...)
{
	if (!why)
		return status;
	va_list args;
	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
	why->status = status;
	why->saved_errno = 0;
	return status;
}

enum status why_errno(struct why *why, enum status status, const char *format, ...)
{
	int saved = errno;
	if (!why)
		return status;
	va_list args;
	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);

	char reason[128];
	size_t len = strlen(why->text);
	snprintf(why->text + len, sizeof why->text - len, ": %s",
		 strerror_r(saved, reason, sizeof reason));
	why->status = status;
	why->saved_errno = saved;
	errno = saved;
	return status;
}

enum status why_context(struct why *why, const char *format, ...)
{
	if (!why)
		return STATUS_IO;
	char context[sizeof why->text], both[2 * sizeof why->text + 2];
	va_list args;
	va_start(args, format);
	vsnprintf(context, sizeof context, format, args);
	va_end(args);
	snprintf(both, sizeof both, "%s: %s", context, why->text);
	memcpy(why->text, both, sizeof why->text - 1);
	why->text[sizeof why->text - 1] = '\0';
	return why->status;
}

const char *status_name(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return "ok";
	case STATUS_INVALID:
		return "invalid";
	case STATUS_NOT_FOUND:
		return "not found";
	case STATUS_TOO_LARGE:
		return "too large";
	case STATUS_TIMEOUT:
		return "timeout";
	case STATUS_CLOSED:
		return "closed";
	case STATUS_REFUSED:
		return "refused";
	case STATUS_IO:
		return "input/output error";
	case STATUS_NO_MEMORY:
		return "out of memory";
	case STATUS_UNSUPPORTED:
		return "unsupported";
	}
	return "unknown status";
}
