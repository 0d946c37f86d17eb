/*
 * sql: the list as a table of SpamAssassin's, statement for statement what SQLBasedAddrList.pm
 * asks, so that both may work on one table: also where that is surprising (an insert beside an
 * entry found elsewhere counts 1; the last row found is the entry). See senders.h.
 */
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/number.h"
#include "lib/query/query.h"
#include "lib/senders/senders.h"

#define OUTGOING_IP "WELCOMELIST_OUT"

enum dialect { DIALECT_OTHER, DIALECT_CONFLICT /* PostgreSQL, SQLite */, DIALECT_MYSQL };

struct sql_senders {
	struct senders senders;
	struct query_link *link;
	struct str table, user;
	enum dialect dialect;
	bool is_pg;
	bool has_transaction; /* SQLite: one, made durable once */
	bool tells_signers, prefers_outgoing;
};

static struct sql_senders *sql_of(struct senders *senders)
{
	return (struct sql_senders *)senders;
}

static void bind(struct sql_senders *sql, struct str_vec *values, struct str value)
{
	vec_push(sql->senders.arena, values, value.ptr ? value : STR_LIT(""));
}

static void bind_number(struct sql_senders *sql, struct str_vec *values, double number)
{
	char text[32];

	number_format_perl(number, text);
	bind(sql, values, arena_str(sql->senders.arena, str_from(text)));
}

static void bind_count(struct sql_senders *sql, struct str_vec *values, int64_t count)
{
	bind(sql, values, arena_printf(sql->senders.arena, "%lld", (long long)count));
}

/* PostgreSQL must be told that a text is a number. */
static const char *real_mark(const struct sql_senders *sql)
{
	return sql->is_pg ? "CAST(? AS double precision)" : "?";
}

static const char *count_mark(const struct sql_senders *sql)
{
	return sql->is_pg ? "CAST(? AS bigint)" : "?";
}

/* More "@" than one are fine; blanks are not. */
static bool is_mail_address(struct str text)
{
	for (size_t at = 1; at + 1 < text.len; at++) {
		char before = text.ptr[at - 1], behind = text.ptr[at + 1];

		if (text.ptr[at] == '@' && !ascii_is_space((unsigned char)before) &&
		    before != '@' && !ascii_is_space((unsigned char)behind) && behind != '@')
			return true;
	}
	return false;
}

static bool is_by_spf(const struct sender_key *key)
{
	return str_has_prefix(key->signed_by, "spf-");
}

static struct str_vec signers_of(struct arena *arena, const struct sender_key *key)
{
	struct str rest = arena_lower(arena, key->signed_by), word;
	struct str_vec signers = {0};

	while (str_word_next(&rest, &word))
		vec_push(arena, &signers, word);
	return signers;
}

/* "AND signedby IN (?,?)" for as many as there are. */
static void add_signers(struct sql_senders *sql, const struct str_vec *signers, struct buf *text,
			struct str_vec *values)
{
	if (signers->n == 1)
		buf_add_cstr(text, " AND signedby = ?");
	else if (signers->n > 1)
		buf_add_cstr(text, " AND signedby IN (");
	for (size_t i = 0; i < signers->n; i++) {
		if (signers->n > 1)
			buf_add_cstr(text, i ? ",?" : "?");
		bind(sql, values, signers->items[i]);
	}
	if (signers->n > 1)
		buf_add_char(text, ')');
}

/* --- asking ----------------------------------------------------------------------------------- */

static void begin_select(struct sql_senders *sql, const struct sender_key *key, struct buf *text,
			 struct str_vec *values)
{
	buf_init(text, sql->senders.arena);
	buf_printf(text, "SELECT msgcount, totscore FROM %.*s WHERE username = ? AND email = ?",
		   STR_ARG(sql->table));
	bind(sql, values, sql->user);
	bind(sql, values, key->address);
}

static enum status ask(struct sql_senders *sql, const struct buf *text,
		       const struct str_vec *values, struct sender_entry *entry_out,
		       struct why *why)
{
	struct query_row_vec rows;
	enum status status = query_run(sql->link, buf_str(text), values, &rows, why);

	if (status != STATUS_OK) {
		log_info("auto-welcomelist: sql-based get_addr_entry %.*s: SQL error: %s",
			 STR_ARG(values->items[1]), why->text);
		return status;
	}
	for (size_t i = 0; i < rows.n; i++) {
		if (!rows.items[i].second.ptr)
			continue;
		entry_out->count = (int64_t)number_perl(rows.items[i].first);
		entry_out->total = number_perl(rows.items[i].second);
	}
	log_debug("auto-welcomelist", "sql-based %.*s scores %.1f, msgcount %lld",
		  STR_ARG(values->items[1]), entry_out->total, (long long)entry_out->count);
	return STATUS_OK;
}

/* What SpamAssassin looks at first for addresses, and then at nothing else. */
static enum status ask_outgoing(struct sql_senders *sql, const struct sender_key *key,
				struct sender_entry *entry_out, struct why *why)
{
	struct str_vec values = {0};
	struct buf text;

	begin_select(sql, key, &text, &values);
	buf_add_cstr(&text, " AND ip = '" OUTGOING_IP "'");
	return ask(sql, &text, &values, entry_out, why);
}

static enum status get(struct senders *senders, const struct sender_key *key,
		       struct sender_entry *entry_out, struct why *why)
{
	struct sql_senders *sql = sql_of(senders);
	struct str_vec values = {0}, signers = signers_of(senders->arena, key);
	struct buf text;

	if (!key->address.len)
		return STATUS_OK;
	if (sql->prefers_outgoing && is_mail_address(key->address))
		return ask_outgoing(sql, key, entry_out, why);
	begin_select(sql, key, &text, &values);
	if (sql->tells_signers && signers.n) {
		add_signers(sql, &signers, &text, &values);
	} else {
		buf_add_cstr(&text,
			     sql->tells_signers ? " AND signedby = '' AND ip = ?" : " AND ip = ?");
		bind(sql, &values, key->ip);
	}
	buf_add_cstr(&text, " ORDER BY last_hit");
	return ask(sql, &text, &values, entry_out, why);
}

/* --- adding ----------------------------------------------------------------------------------- */

static void add_conflict(struct sql_senders *sql, double points, const struct sender_entry *entry,
			 struct buf *text, struct str_vec *values)
{
	if (sql->dialect == DIALECT_OTHER)
		return;
	if (sql->dialect == DIALECT_CONFLICT)
		buf_printf(text,
			   " ON CONFLICT (username, email, signedby, ip) DO UPDATE SET msgcount = "
			   "%s, totscore = %.*s.totscore + %s",
			   count_mark(sql), STR_ARG(sql->table), real_mark(sql));
	else
		buf_add_cstr(text, " ON DUPLICATE KEY UPDATE msgcount = ?, totscore = totscore + "
				   "?");
	bind_count(sql, values, entry->count);
	bind_number(sql, values, points);
}

/* signer ptr NULL: the column has its default. */
static enum status insert(struct sql_senders *sql, const struct sender_key *key, double points,
			  const struct sender_entry *entry, struct str signer, struct why *why)
{
	struct str_vec values = {0};
	struct buf text;

	buf_init(&text, sql->senders.arena);
	buf_printf(&text,
		   "INSERT INTO %.*s (username, email, ip, msgcount, totscore%s) VALUES "
		   "(?, ?, ?, %s, %s%s)",
		   STR_ARG(sql->table), signer.ptr ? ", signedby" : "", count_mark(sql),
		   real_mark(sql), signer.ptr ? ", ?" : "");
	bind(sql, &values, sql->user);
	bind(sql, &values, key->address);
	bind(sql, &values, key->ip);
	bind_count(sql, &values, 1);
	bind_number(sql, &values, points);
	if (signer.ptr)
		bind(sql, &values, signer);
	add_conflict(sql, points, entry, &text, &values);
	return query_run(sql->link, buf_str(&text), &values, NULL, why);
}

/* Of databases that cannot do both in one statement. */
static enum status update(struct sql_senders *sql, const struct sender_key *key, double points,
			  const struct sender_entry *entry, struct why *why)
{
	struct str_vec values = {0}, signers = signers_of(sql->senders.arena, key);
	struct buf text;

	buf_init(&text, sql->senders.arena);
	buf_printf(&text,
		   "UPDATE %.*s SET msgcount = ?, totscore = totscore + ? WHERE username = "
		   "? AND email = ?",
		   STR_ARG(sql->table));
	bind_count(sql, &values, entry->count);
	bind_number(sql, &values, points);
	bind(sql, &values, sql->user);
	bind(sql, &values, key->address);
	if (sql->tells_signers && !signers.n)
		buf_add_cstr(&text, " AND signedby = ''");
	else if (sql->tells_signers)
		add_signers(sql, &signers, &text, &values);
	buf_add_cstr(&text, " AND ip = ?");
	bind(sql, &values, key->ip);
	return query_run(sql->link, buf_str(&text), &values, NULL, why);
}

/* The rows that are to be made: one for each signer. Of an address with mail sent to it none is,
 * when SPF alone vouches for it and signers are not told apart. */
static struct str_vec rows_to_make(struct sql_senders *sql, const struct sender_key *key)
{
	struct str_vec rows = signers_of(sql->senders.arena, key);
	bool is_outgoing = sql->prefers_outgoing && is_mail_address(key->address);

	if (sql->tells_signers || is_by_spf(key)) {
		if (!sql->tells_signers && is_outgoing)
			rows.n = 0;
		else if (!rows.n)
			vec_push(sql->senders.arena, &rows, STR_LIT(""));
		return rows;
	}
	rows.n = 0;
	vec_push(sql->senders.arena, &rows, STR_NONE);
	return rows;
}

static enum status add(struct senders *senders, const struct sender_key *key, double points,
		       const struct sender_entry *entry, struct why *why)
{
	struct sql_senders *sql = sql_of(senders);
	struct str_vec rows = rows_to_make(sql, key);
	enum status status = STATUS_OK;
	bool inserted = false;

	if (!key->address.len)
		return STATUS_OK;
	for (size_t i = 0; i < rows.n; i++) {
		status = insert(sql, key, points, entry, rows.items[i], why);
		inserted = inserted || status == STATUS_OK;
	}
	if (inserted || sql->dialect != DIALECT_OTHER)
		return inserted ? STATUS_OK : status;
	return update(sql, key, points, entry, why);
}

/* --- removing --------------------------------------------------------------------------------- */

static enum status remove_entry(struct senders *senders, const struct sender_key *key,
				struct why *why)
{
	struct sql_senders *sql = sql_of(senders);
	struct str_vec values = {0}, signers = signers_of(senders->arena, key);
	struct buf text;

	if (!key->address.len)
		return STATUS_OK;
	buf_init(&text, senders->arena);
	buf_printf(&text, "DELETE FROM %.*s WHERE username = ? AND email = ?", STR_ARG(sql->table));
	bind(sql, &values, sql->user);
	bind(sql, &values, key->address);
	if (!str_eq_c(key->ip, SENDERS_NO_IP)) {
		buf_add_cstr(&text, " AND ip = ?");
		bind(sql, &values, key->ip);
	}
	if (sql->tells_signers)
		add_signers(sql, &signers, &text, &values);
	return query_run(sql->link, buf_str(&text), &values, NULL, why);
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum status close_sql(struct senders *senders, struct why *why)
{
	struct sql_senders *sql = sql_of(senders);
	enum status status = STATUS_OK;

	if (sql->has_transaction)
		status = query_run(sql->link, STR_LIT("COMMIT"), NULL, NULL, why);
	query_close(sql->link);
	return status;
}

static void abort_sql(struct senders *senders)
{
	query_close(sql_of(senders)->link);
}

static const struct senders_def sql_def = {
	.get = get,
	.add = add,
	.remove = remove_entry,
	.close = close_sql,
	.abort = abort_sql,
};

static bool has_driver(struct str dsn, const char *driver)
{
	return str_has_prefix_ci(dsn, "DBI:") && str_has_prefix_ci(str_from_at(dsn, 4), driver);
}

static void tell_dialect(struct sql_senders *sql, struct str dsn)
{
	sql->is_pg = has_driver(dsn, "pg");
	if (sql->is_pg || has_driver(dsn, "sqlite"))
		sql->dialect = DIALECT_CONFLICT;
	else if (has_driver(dsn, "mysql") || has_driver(dsn, "mariadb"))
		sql->dialect = DIALECT_MYSQL;
}

/* The table's name is part of the statements. */
static bool is_table_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_word((unsigned char)name.ptr[i]) && name.ptr[i] != '.')
			return false;
	return name.len > 0;
}

enum status senders_open_sql(struct arena *arena, const struct senders_options *options,
			     bool writable, struct deadline deadline, struct senders **senders_out,
			     struct why *why)
{
	struct sql_senders *sql = ARENA_NEW(arena, struct sql_senders);

	if (!is_table_name(options->table))
		return why_set(why, STATUS_INVALID, "user_awl_sql_table: not a name: %.*s",
			       STR_ARG(options->table));
	sql->senders = (struct senders){&sql_def, arena, writable};
	sql->table = options->table;
	sql->user = options->user.len ? options->user : STR_LIT("GLOBAL");
	sql->tells_signers = options->tells_signers;
	sql->prefers_outgoing = options->prefers_outgoing;
	tell_dialect(sql, options->dsn);
	if (query_open(arena, options->dsn, options->sql_user, options->sql_password, deadline,
		       &sql->link, why) != STATUS_OK)
		return why_context(why, "%.*s", STR_ARG(options->dsn));
	sql->has_transaction = has_driver(options->dsn, "sqlite") && !options->no_transaction;
	if (sql->has_transaction &&
	    query_run(sql->link, writable ? STR_LIT("BEGIN IMMEDIATE") : STR_LIT("BEGIN"), NULL,
		      NULL, why) != STATUS_OK) {
		query_close(sql->link);
		return why_context(why, "%.*s", STR_ARG(options->dsn));
	}
	*senders_out = &sql->senders;
	return STATUS_OK;
}
