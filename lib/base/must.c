/* must: see must.h */
#include "lib/base/must.h"

#include <stdlib.h>
#include "lib/base/log.h"

_Noreturn void must_fail(const char *condition, const char *file, int line)
{
	/* log_error() allocates nothing, so this also works when memory is what failed. */
	log_error("bug: %s:%d: must(%s)", file, line, condition);
	abort();
}
