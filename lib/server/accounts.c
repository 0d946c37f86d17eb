/* accounts: see accounts.h. */
#include "lib/server/accounts.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/account.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

enum { ENTRIES = 16, ASKED_BYTES = 128 /* longer names are asked for each time */ };

struct entry {
	char asked[ASKED_BYTES]; /* the name as the request has it */
	struct privileges privileges;
	int64_t until_ms;
};

struct accounts {
	struct entry entries[ENTRIES];
	/* the last id whose name was wanted */
	uid_t own_uid;
	char own_name[PRIVILEGES_NAME_BYTES];
	int64_t own_until_ms;
};

struct accounts *accounts_new(struct arena *worker)
{
	return ARENA_NEW(worker, struct accounts);
}

/* That of the name, or the one that is oldest. */
static struct entry *entry_for(struct accounts *accounts, const char *user)
{
	struct entry *oldest = &accounts->entries[0];

	for (int i = 0; i < ENTRIES; i++) {
		struct entry *entry = &accounts->entries[i];

		if (strcmp(entry->asked, user) == 0)
			return entry;
		if (entry->until_ms < oldest->until_ms)
			oldest = entry;
	}
	return oldest;
}

static bool is_fresh(const struct entry *entry, const char *user, int64_t now_ms)
{
	return entry->until_ms > now_ms && strcmp(entry->asked, user) == 0;
}

bool accounts_knows(struct accounts *accounts, const char *user)
{
	return is_fresh(entry_for(accounts, user), user, clock_mono_ms());
}

enum status accounts_find(struct accounts *accounts, const char *user, struct privileges *out,
			  struct why *why)
{
	struct entry *entry = entry_for(accounts, user);
	int64_t now_ms = clock_mono_ms();
	enum status status;

	if (is_fresh(entry, user, now_ms)) {
		*out = entry->privileges;
		return STATUS_OK;
	}
	log_flush(); /* the name service may take its time */
	status = privileges_find(user, NULL, out, why);
	if (status != STATUS_OK || strlen(user) >= sizeof entry->asked)
		return status;
	privileges_find_groups(out);
	snprintf(entry->asked, sizeof entry->asked, "%s", user);
	entry->privileges = *out;
	entry->until_ms = now_ms + ACCOUNTS_KEPT_MS;
	return STATUS_OK;
}

struct str accounts_own_name(struct accounts *accounts, struct arena *scan)
{
	int64_t now_ms = clock_mono_ms();
	struct str name;

	if (accounts->own_until_ms > now_ms && accounts->own_uid == geteuid())
		return arena_str(scan, str_from(accounts->own_name));
	log_flush();
	name = account_name(scan);
	accounts->own_until_ms = 0;
	if (name.len > 0 && name.len < sizeof accounts->own_name) {
		memcpy(accounts->own_name, name.ptr, name.len + 1);
		accounts->own_uid = geteuid();
		accounts->own_until_ms = now_ms + ACCOUNTS_KEPT_MS;
	}
	return name;
}
