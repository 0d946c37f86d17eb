/* diag: see diag.h. A broken configuration of many lines must not fill memory with diagnostics:
 * past a bound only counted. */
#include "rules/diag.h"

#include <stdarg.h>
#include <stdio.h>

enum { DIAGS_KEPT = 10000, TEXT_BYTES_MAX = 4096 };

void diag_add(struct diag_sink *sink, enum diag_level level, struct conf_position where,
	      const char *format, ...)
{
	if (level == DIAG_LINT)
		sink->n_lint++;
	if (sink->list.n >= DIAGS_KEPT)
		return;
	char text[TEXT_BYTES_MAX];
	va_list args;
	va_start(args, format);
	int len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (len < 0)
		return;
	size_t kept = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
	struct diag diag = {level, where, arena_str(sink->arena, str_make(text, kept))};
	vec_push(sink->arena, &sink->list, diag);
}
