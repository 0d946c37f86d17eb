/* diag: see diag.h. A broken configuration of many lines must not fill memory with diagnostics:
 * past a bound only counted. */
#include "rules/diag.h"

#include <stdarg.h>
#include <stdio.h>

enum { DIAGS_KEPT = 10000, TEXT_BYTES_MAX = 4096 };

void diag_add_text(struct diag_sink *sink, enum diag_level level, struct conf_position where,
		   struct str text)
{
	if (level == DIAG_LINT)
		sink->n_lint++;
	if (sink->list.n >= DIAGS_KEPT)
		return;
	struct diag diag = {level, where, arena_str(sink->arena, text)};
	vec_push(sink->arena, &sink->list, diag);
}

void diag_add(struct diag_sink *sink, enum diag_level level, struct conf_position where,
	      const char *format, ...)
{
	char text[TEXT_BYTES_MAX];
	va_list args;
	va_start(args, format);
	int len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (len < 0)
		return;
	size_t kept = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
	diag_add_text(sink, level, where, str_make(text, kept));
}
