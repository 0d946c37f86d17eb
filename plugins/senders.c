/* senders: see senders.h. */
#include "plugins/senders.h"

#include "lib/base/number.h"

static const char TXREP_CLASS[] = "Mail::SpamAssassin::Plugin::TxRep";

struct list_owner list_owner_of(struct scan *scan)
{
	return (struct list_owner){
		.arena = scan_arena(scan),
		.prefs = scan_prefs(scan),
		.user = scan_user(scan),
		.state_dir = scan_state_dir(scan),
	};
}

double list_number(const struct list_owner *owner, const char *directive, double fallback)
{
	struct str value = settings_value(owner->prefs->settings, directive);

	return value.ptr ? number_perl(value) : fallback;
}

bool list_flag(const struct list_owner *owner, const char *directive, bool fallback)
{
	return list_number(owner, directive, fallback) != 0;
}

struct str list_text(const struct list_owner *owner, const char *directive, const char *fallback)
{
	struct str value = settings_value(owner->prefs->settings, directive);

	return value.ptr ? value : str_from(fallback);
}

static unsigned file_mode(const struct list_owner *owner)
{
	uint64_t mode = 0700;

	number_octal(list_text(owner, "auto_welcomelist_file_mode", "0700"), &mode);
	return (unsigned)mode;
}

/* TxRep's file comes after AWL's in a site's configuration, so its defaults count where both are
 * loaded. */
enum status list_options(const struct list_owner *owner, const char *factory,
			 struct senders_options *options_out, struct why *why)
{
	bool has_txrep = ruleset_has_class(owner->prefs->ruleset, TXREP_CLASS);
	struct str override = list_text(owner, "user_awl_sql_override_username", "");

	*options_out = (struct senders_options){
		.path = find_expand_for(owner->arena,
					list_text(owner, "auto_welcomelist_path",
						  has_txrep ? "__userstate__/tx-reputation"
							    : "__userstate__/auto-welcomelist"),
					owner->state_dir),
		.mode = file_mode(owner),
		.sql_user = list_text(owner, "user_awl_sql_username", ""),
		.sql_password = list_text(owner, "user_awl_sql_password", ""),
		.table = list_text(owner, "user_awl_sql_table", has_txrep ? "txrep" : "awl"),
		.user = override.len ? override : owner->user,
		.tells_signers = list_flag(owner, "auto_welcomelist_distinguish_signed", has_txrep),
		.prefers_outgoing =
			has_txrep && list_number(owner, "txrep_welcomelist_out", 10) != 0,
	};
	if (!str_contains(list_text(owner, factory, ""), "SQLBasedAddrList"))
		return STATUS_OK;
	options_out->dsn = list_text(owner, "user_awl_dsn", "");
	return options_out->dsn.len ? STATUS_OK
				    : why_set(why, STATUS_INVALID, "user_awl_dsn is not set");
}

void list_options_move(const struct list_owner *owner, struct senders_options *options,
		       const char *path, const char *user)
{
	options->path = find_expand_for(owner->arena, str_from(path), owner->state_dir);
	options->user = *user ? str_from(user) : owner->user;
}

struct deadline list_deadline(struct scan *scan)
{
	return deadline_earlier(scan_until(scan), deadline_in_ms(SENDERS_WAIT_MS));
}
