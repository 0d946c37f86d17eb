#include "lib/base/title.h"

#include <string.h>
#include <sys/prctl.h>

#include "lib/base/arena.h"

/* The arguments of a process lie behind one another, and the kernel shows this memory. */
static char *area;
static size_t area_bytes;

char **title_take(struct arena *keep, int argc, char **argv)
{
	char **copy = ARENA_ARRAY(keep, char *, (size_t)argc + 1);

	for (int i = 0; i < argc; i++)
		copy[i] = arena_cstr(keep, str_from(argv[i]));
	area = argc > 0 ? argv[0] : NULL;
	area_bytes = 0;
	for (int i = 0; i < argc && argv[i] == area + area_bytes; i++)
		area_bytes += strlen(argv[i]) + 1;
	return copy;
}

void title_set(const char *text)
{
	prctl(PR_SET_NAME, text);
	if (!area_bytes)
		return;
	size_t n = strnlen(text, area_bytes - 1);
	memcpy(area, text, n);
	memset(area + n, 0, area_bytes - n);
}
