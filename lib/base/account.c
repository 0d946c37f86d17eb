/* account: see account.h. */
#include "lib/base/account.h"

#include <pwd.h>
#include <unistd.h>

struct str account_name(struct arena *arena)
{
	const struct passwd *entry = getpwuid(geteuid());

	return entry ? arena_str(arena, str_from(entry->pw_name)) : STR_NONE;
}
