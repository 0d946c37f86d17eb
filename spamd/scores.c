/* scores: see scores.h. */
#include "spamd/scores.h"

#include "lib/base/log.h"
#include "lib/query/query.h"

enum { ASK_MS = 20 * 1000 };

#define TABLE "userpref"

/* --- the query ---------------------------------------------------------------------------------
 */

/* "mailbox@domain": what is in front of the first "@", and between it and the second; NULL without.
 */
static void split_address(const char *user, struct str *mailbox_out, struct str *domain_out)
{
	struct str rest = str_from(user);

	*mailbox_out = *domain_out = STR_NONE;
	if (rest.len > 0 && str_split_next(&rest, '@', mailbox_out))
		str_split_next(&rest, '@', domain_out);
}

struct str scores_query(struct arena *arena, struct str custom, const char *user,
			struct str_vec *values_out)
{
	struct str mailbox, domain, rest = custom;
	struct buf out;

	*values_out = (struct str_vec){0};
	if (rest.len == 0)
		rest = STR_LIT("select preference, value from _TABLE_ where username = _USERNAME_ "
			       "or username = '@GLOBAL' order by username asc");
	split_address(user, &mailbox, &domain);
	const struct {
		const char *macro;
		struct str value;
	} macros[] = {{"_USERNAME_", str_from(user)}, {"_MAILBOX_", mailbox}, {"_DOMAIN_", domain}};
	buf_init(&out, arena);
	while (rest.len > 0) {
		size_t used = 0;
		for (size_t i = 0; i < 3 && used == 0; i++) {
			if (!str_has_prefix(rest, macros[i].macro))
				continue;
			buf_add_char(&out, '?');
			vec_push(arena, values_out, macros[i].value);
			used = strlen(macros[i].macro);
		}
		if (used == 0 && str_has_prefix(rest, "_TABLE_")) {
			buf_add_cstr(&out, TABLE);
			used = strlen("_TABLE_");
		}
		if (used == 0)
			buf_add_char(&out, rest.ptr[used++]);
		rest = str_from_at(rest, used);
	}
	return buf_str(&out);
}

/* --- asking ------------------------------------------------------------------------------------
 */

static struct str setting(const struct session *session, const char *name)
{
	return settings_value(session->prefs->settings, name);
}

static struct deadline ask_deadline(const struct session *session)
{
	return deadline_earlier(session->deadline, deadline_in_ms(ASK_MS));
}

/* Each row is a line of preferences. */
static void take_rows(struct session *session, const struct query_row_vec *rows, const char *name)
{
	struct buf text;

	buf_init(&text, session->scan);
	for (size_t i = 0; i < rows->n; i++)
		buf_printf(&text, "%.*s\t%.*s\n", STR_ARG(rows->items[i].first),
			   STR_ARG(rows->items[i].second));
	if (text.len > 0)
		session->prefs = prefs_read(session->scan, session->prefs, buf_str(&text), name);
}

bool scores_read_sql(struct session *session, const char *user)
{
	struct str dsn = setting(session, "user_scores_dsn");
	struct query_row_vec rows;
	struct str_vec values;
	struct why why;

	if (dsn.len == 0) {
		log_debug("config", "no DSN defined; skipping sql");
		return true;
	}
	struct str sql = scores_query(
		session->scan, setting(session, "user_scores_sql_custom_query"), user, &values);
	log_flush(); /* a database may take its time */
	log_debug("config", "Conf::SQL: executing SQL: %.*s", STR_ARG(sql));
	if (query_sql(session->scan, dsn, setting(session, "user_scores_sql_username"),
		      setting(session, "user_scores_sql_password"), sql, &values,
		      ask_deadline(session), &rows, &why) != STATUS_OK) {
		log_warn("config: failed to load user (%s) scores from SQL database: %s", user,
			 why.text);
		return false;
	}
	take_rows(session, &rows, "(sql config)");
	return true;
}

bool scores_read_ldap(struct session *session, const char *user)
{
	struct str url = setting(session, "user_scores_dsn");
	struct query_row_vec rows;
	struct why why;

	if (url.len == 0) {
		log_debug("ldap", "No URL defined; skipping LDAP");
		return true;
	}
	log_flush();
	if (query_ldap(session->scan, url, str_from(user),
		       setting(session, "user_scores_ldap_username"),
		       setting(session, "user_scores_ldap_password"), ask_deadline(session), &rows,
		       &why) != STATUS_OK) {
		log_warn("ldap: failed to load user (%s) scores from LDAP server: %s", user,
			 why.text);
		return false;
	}
	take_rows(session, &rows, "(ldap config)");
	return true;
}
