/* open: which store a request uses, and keeping it open from one to the next. See bayes.h. */
#include <config.h>

#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "plugins/Bayes/bayes.h"

struct str bayes_path(struct arena *arena, const struct bayes_options *options,
		      struct str state_dir)
{
	struct str path = options->path.len ? options->path : STR_LIT("__userstate__/bayes");

	return find_expand_for(arena, path, state_dir);
}

void bayes_close(struct bayes_process *process)
{
	if (process->store && process->pid == getpid()) {
		if (process->uses)
			uses_write(process->uses, process->store);
		process->store->def->close(process->store);
	}
	if (process->uses)
		uses_forget(process->uses);
	*process = (struct bayes_process){.batch = process->batch, .uses = process->uses};
}

/* The modules of SpamAssassin whose databases we read and write; those that keep a file, and none,
 * are our own store. */
static bool is_sql(const struct bayes_options *options)
{
	return str_has_prefix(options->store_module, "Mail::SpamAssassin::BayesStore::") &&
	       str_has_suffix_ci(options->store_module, "SQL");
}

static bool is_redis(const struct bayes_options *options)
{
	return str_has_prefix(options->store_module, "Mail::SpamAssassin::BayesStore::") &&
	       str_has_suffix_ci(options->store_module, "::Redis");
}

static bool is_file(const struct bayes_options *options)
{
	static const char *const names[] = {"", "Mail::SpamAssassin::BayesStore::DBM",
					    "Mail::SpamAssassin::BayesStore::BDB",
					    "Mail::SpamAssassin::BayesStore::SDBM"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_c(options->store_module, names[i]))
			return true;
	return false;
}

static bool is_open(const struct bayes_process *process, const char *name)
{
	return process->store && process->pid == getpid() && strcmp(process->name, name) == 0;
}

static struct str sql_user(const struct bayes_options *options, struct str user)
{
	return options->sql_override_username.len ? options->sql_override_username : user;
}

/* What is open is told apart by this. */
static struct str store_name(struct arena *scan, const struct bayes_options *options,
			     struct bayes_owner owner)
{
	if (is_redis(options))
		return arena_printf(scan, "redis %.*s", STR_ARG(options->sql_dsn));
	if (is_sql(options))
		return arena_printf(scan, "%.*s %.*s", STR_ARG(options->sql_dsn),
				    STR_ARG(sql_user(options, owner.user)));
	return arena_printf(scan, "%.*s.lmdb", STR_ARG(bayes_path(scan, options, owner.state_dir)));
}

static enum status open_redis(const struct bayes_options *options, struct bayes_store **store_out,
			      struct why *why)
{
#ifdef WITH_REDIS
	if (!options->auto_expire)
		log_warn("bayes: bayes_auto_expire is off: what is in Redis grows without end");
	return bayes_store_open_redis(options->sql_dsn, options->token_ttl_s, options->seen_ttl_s,
				      store_out, why);
#else
	(void)store_out;
	return why_set(why, STATUS_UNSUPPORTED, "bayes_store_module %.*s: this build has no Redis",
		       STR_ARG(options->store_module));
#endif
}

static enum status open_sql(const struct bayes_options *options, struct str user, bool create,
			    struct bayes_store **store_out, struct why *why)
{
	if (str_has_prefix_ci(options->sql_dsn, "DBI:SQLite:"))
		return bayes_store_open_sql(options->sql_dsn, user, options->file_mode, create,
					    store_out, why);
#ifdef WITH_ODBC
	*store_out = bayes_store_open_odbc(options->sql_dsn, options->sql_username,
					   options->sql_password, user);
	return STATUS_OK;
#else
	return why_set(why, STATUS_UNSUPPORTED,
		       "bayes_sql_dsn: this build knows DBI:SQLite: only, not %.*s",
		       STR_ARG(options->sql_dsn));
#endif
}

static enum status open_store(const struct bayes_options *options, const char *name,
			      struct str user, bool create, struct bayes_store **store_out,
			      struct why *why)
{
	if (is_redis(options))
		return open_redis(options, store_out, why);
	if (is_sql(options))
		return open_sql(options, sql_user(options, user), create, store_out, why);
	if (!is_file(options))
		return why_set(why, STATUS_UNSUPPORTED, "bayes_store_module %.*s is not known",
			       STR_ARG(options->store_module));
	if (create)
		file_make_parents(name, options->file_mode);
	return bayes_store_open_lmdb(name, options->file_mode, create, store_out, why);
}

struct bayes_owner bayes_owner_of(const struct scan *scan)
{
	return (struct bayes_owner){scan_user(scan), scan_state_dir(scan)};
}

enum status bayes_open(struct arena *scan, struct bayes_process *process,
		       const struct bayes_options *options, struct bayes_owner owner, bool create,
		       struct bayes_store **store_out, struct why *why)
{
	struct str name = store_name(scan, options, owner);
	struct bayes_store *store;

	if (is_open(process, name.ptr)) {
		*store_out = process->store;
		return STATUS_OK;
	}
	if (process->batch && process->store && process->pid == getpid() &&
	    batch_write(process->batch, process->store, why) != STATUS_OK)
		return why->status;
	bayes_close(process);
	if (name.len >= sizeof process->name)
		return why_set(why, STATUS_TOO_LARGE, "bayes_path is too long");
	if (open_store(options, name.ptr, owner.user, create, &store, why) != STATUS_OK)
		return why->status;
	process->store = store;
	process->pid = getpid();
	memcpy(process->name, name.ptr, name.len + 1);
	*store_out = store;
	return STATUS_OK;
}
