/* accounts: the same answers as those of the password database, from the second time on without it.
 */
#include "lib/server/accounts.h"

#include <pwd.h>
#include <unistd.h>

#include "lib/base/vec.h"
#include "tests/unit/unit.h"

static void what_is_found_is_what_the_system_says(void **state)
{
	struct arena *worker = arena_new("worker", 0);
	struct accounts *accounts = accounts_new(worker);
	const struct passwd *self = getpwuid(geteuid());
	struct privileges found;
	struct why why;

	(void)state;
	if (!self)
		skip();
	const char *name = arena_cstr(worker, str_from(self->pw_name));
	for (int i = 0; i < 2; i++) {
		memset(&found, 0, sizeof found);
		assert_int_equal(accounts_find(accounts, name, &found, &why), STATUS_OK);
		assert_string_equal(found.user, name);
		assert_int_equal(found.uid, geteuid());
		assert_true(found.n_groups > 0);
		assert_int_equal(found.groups[0], found.gid);
		assert_true(str_eq_c(accounts_own_name(accounts, worker), name));
	}
	arena_free(worker);
}

static void nobody_is_kept_who_is_not_there(void **state)
{
	struct arena *worker = arena_new("worker", 0);
	struct accounts *accounts = accounts_new(worker);
	struct privileges found;
	struct why why;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(accounts_find(accounts, "no-such-user", &found, &why),
				 STATUS_NOT_FOUND);
	assert_int_equal(accounts_find(accounts, "", &found, &why), STATUS_NOT_FOUND);
	arena_free(worker);
}

/* More users than are kept: each has his own. */
static void many_users(void **state)
{
	struct arena *worker = arena_new("worker", 0);
	struct accounts *accounts = accounts_new(worker);
	struct privileges found;
	const struct passwd *entry;
	struct why why;
	struct str_vec names = {0};

	(void)state;
	for (setpwent(); (entry = getpwent()) && names.n < 40;)
		vec_push(worker, &names, arena_str(worker, str_from(entry->pw_name)));
	endpwent();
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < names.n; i++) {
			assert_int_equal(accounts_find(accounts, names.items[i].ptr, &found, &why),
					 STATUS_OK);
			assert_string_equal(found.user, names.items[i].ptr);
		}
	arena_free(worker);
}

UNIT_MAIN(cmocka_unit_test(what_is_found_is_what_the_system_says),
	  cmocka_unit_test(nobody_is_kept_who_is_not_there), cmocka_unit_test(many_users))
