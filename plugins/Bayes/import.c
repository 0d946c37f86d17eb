/*
 * import: SpamAssassin's own files, PATH_toks, PATH_seen and PATH_journal, read into a store
 * (BayesStore/DBM.pm). See bayes.h.
 */
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/store/bdb.h"
#include "plugins/Bayes/bayes.h"

static const char magic[] = "\015\001\007\011\003";
enum { MAGIC_BYTES = sizeof magic - 1, JOURNAL_BYTES_MAX = 1 << 28 };

struct import {
	struct bayes_store *store;
	struct bayes_totals *totals;
	unsigned version;
	size_t n_seen, n_tokens, n_journal, n_strange;
	enum status status;
	struct why *why;
};

static uint32_t little(struct str s, size_t at)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++)
		value |= (uint32_t)(unsigned char)s.ptr[at + i] << (8 * i);
	return value;
}

/* Two small counts in a byte, or two of four bytes; then the access time. */
static bool unpack(struct str value, struct token_record *out)
{
	unsigned char form = value.len ? (unsigned char)value.ptr[0] : 0xff;

	if ((form & 0xc0) == 0xc0 && value.len == 5) {
		*out = (struct token_record){(form >> 3) & 7U, form & 7U, little(value, 1)};
		return true;
	}
	if ((form & 0xc0) == 0 && value.len == 13) {
		*out = (struct token_record){little(value, 1), little(value, 5), little(value, 9)};
		return true;
	}
	return false;
}

static void take_magic(struct import *import, struct str name, struct str text)
{
	struct bayes_totals *totals = import->totals;
	double value = number_perl(text);

	if (str_eq_c(name, "NSPAM"))
		totals->spam = (uint64_t)value;
	else if (str_eq_c(name, "NHAM"))
		totals->ham = (uint64_t)value;
	else if (str_eq_c(name, "DBVERSION"))
		import->version = (unsigned)value;
	else if (str_eq_c(name, "LASTEXPIRE"))
		totals->last_expire_s = (int64_t)value;
	else if (str_eq_c(name, "LASTATIMEDELTA"))
		totals->last_delta_s = (int64_t)value;
	else if (str_eq_c(name, "LASTEXPIREREDUCE"))
		totals->last_reduction = (uint64_t)value;
	else if (str_eq_c(name, "LASTJOURNALSYNC"))
		totals->last_sync_s = (int64_t)value;
}

static bool visit_magic(void *data, struct str key, struct str value)
{
	if (key.len > MAGIC_BYTES && memcmp(key.ptr, magic, MAGIC_BYTES) == 0)
		take_magic(data, str_from_at(key, MAGIC_BYTES), value);
	return true;
}

static bool visit_token(void *data, struct str key, struct str value)
{
	struct import *import = data;
	unsigned char bytes[TOKEN_KEY_BYTES];
	struct token_record record;

	if (key.len > MAGIC_BYTES && memcmp(key.ptr, magic, MAGIC_BYTES) == 0)
		return true;
	if (!unpack(value, &record) || (import->version >= 3 && key.len != TOKEN_KEY_BYTES)) {
		import->n_strange++;
		return true;
	}
	if (import->version >= 3)
		memcpy(bytes, key.ptr, sizeof bytes);
	else
		token_key(key, bytes);
	if (!record.spam && !record.ham)
		return true;
	import->n_tokens++;
	bayes_totals_add(import->totals, &record);
	import->status = import->store->def->token_put(import->store, bytes, &record, import->why);
	return import->status == STATUS_OK;
}

static bool visit_seen(void *data, struct str key, struct str value)
{
	struct import *import = data;

	if (!key.len || (!str_eq_c(value, "s") && !str_eq_c(value, "h"))) {
		import->n_strange++;
		return true;
	}
	import->n_seen++;
	import->status =
		import->store->def->seen_put(import->store, key, value.ptr[0], import->why);
	return import->status == STATUS_OK;
}

/* --- the journal ------------------------------------------------------------------------------ */

static bool next_number(struct str *rest, int64_t *out)
{
	struct str word;

	return str_word_next(rest, &word) && number_i64(word, out);
}

static bool next_key(struct str rest, struct token *out)
{
	struct str hex = str_trim(rest);

	for (size_t i = 0; i < TOKEN_KEY_BYTES; i++) {
		uint64_t byte;
		if (hex.len != 2 * TOKEN_KEY_BYTES || !number_hex(str_sub(hex, 2 * i, 2), &byte))
			return false;
		out->key[i] = (unsigned char)byte;
	}
	return true;
}

static uint64_t moved(uint64_t count, int64_t by)
{
	return by < 0 && count < (uint64_t)-by ? 0 : count + (uint64_t)by;
}

static void journal_line(struct import *import, struct str line)
{
	const struct bayes_store_def *def = import->store->def;
	struct str rest = line, kind, flag;
	int64_t spam = 0, ham = 0, atime = 0;
	struct token token = {.text = STR_NONE};

	if (!str_word_next(&rest, &kind))
		return;
	import->n_journal++;
	if (str_eq_c(kind, "n") && next_number(&rest, &spam) && next_number(&rest, &ham)) {
		import->totals->spam = moved(import->totals->spam, spam);
		import->totals->ham = moved(import->totals->ham, ham);
	} else if (str_eq_c(kind, "c") && next_number(&rest, &spam) && next_number(&rest, &ham) &&
		   next_number(&rest, &atime) && next_key(rest, &token)) {
		import->status = def->change(import->store, &token, 1, (int)spam, (int)ham, atime,
					     import->totals, import->why);
	} else if (str_eq_c(kind, "t") && next_number(&rest, &atime) && next_key(rest, &token)) {
		import->status = def->change(import->store, &token, 1, 0, 0, atime, import->totals,
					     import->why);
	} else if (str_eq_c(kind, "m") && str_word_next(&rest, &flag)) {
		import->status = def->seen_put(import->store, str_trim(rest),
					       str_eq_c(flag, "f") ? 0 : flag.ptr[0], import->why);
	} else {
		import->n_strange++;
	}
}

static enum status read_journal(struct arena *arena, struct import *import, const char *path)
{
	struct str text, line;

	if (!file_exists(path))
		return STATUS_OK;
	if (file_read(arena, path, JOURNAL_BYTES_MAX, &text, import->why) != STATUS_OK)
		return import->why->status;
	while (import->status == STATUS_OK && str_line_next(&text, &line))
		journal_line(import, line);
	return import->status;
}

static enum status read_tokens(struct arena *arena, struct import *import, const char *path)
{
	size_t n_damaged;

	if (bdb_read(arena, path, visit_magic, import, &n_damaged, import->why) != STATUS_OK)
		return import->why->status;
	if (import->version != 2 && import->version != BAYES_DB_VERSION)
		return why_set(import->why, STATUS_UNSUPPORTED,
			       "%s: databases of version %u are not supported", path,
			       import->version);
	if (bdb_read(arena, path, visit_token, import, &n_damaged, import->why) != STATUS_OK)
		return import->why->status;
	import->n_strange += n_damaged;
	return import->status;
}

enum status bayes_import(struct arena *arena, struct bayes_store *store, struct str path,
			 struct bayes_totals *totals, FILE *out, struct why *why)
{
	struct import import = {.store = store, .totals = totals, .why = why};
	const char *seen = arena_printf(arena, "%.*s_seen", STR_ARG(path)).ptr;
	size_t n_damaged;

	if (read_tokens(arena, &import, arena_printf(arena, "%.*s_toks", STR_ARG(path)).ptr) !=
	    STATUS_OK)
		return why->status;
	if (file_exists(seen) &&
	    bdb_read(arena, seen, visit_seen, &import, &n_damaged, why) != STATUS_OK)
		return why->status;
	if (import.status != STATUS_OK ||
	    read_journal(arena, &import, arena_printf(arena, "%.*s_journal", STR_ARG(path)).ptr) !=
		    STATUS_OK)
		return why->status;
	if (out)
		fprintf(out, "imported %zu tokens, %zu messages, %zu journal entries%s\n",
			import.n_tokens, import.n_seen, import.n_journal,
			import.n_strange ? " (some entries could not be read)" : "");
	return STATUS_OK;
}
