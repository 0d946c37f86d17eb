/* odbc_texts: statements that differ from one database to the other, and those with lists in them.
 * See odbc.h. */
#include "lib/base/buf.h"
#include "plugins/Bayes/odbc.h"

const size_t odbc_row_steps[ODBC_STEPS] = {64, 8, 1};

/* head, then n times item with commas between, then tail. */
static const char *listed(struct arena *arena, const char *head, const char *item, size_t n,
			  const char *tail)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_cstr(&out, head);
	for (size_t i = 0; i < n; i++) {
		buf_add_cstr(&out, i ? ", " : "");
		buf_add_cstr(&out, item);
	}
	buf_add_cstr(&out, tail);
	return buf_cstr(&out);
}

static const char add_head[] =
	"INSERT INTO bayes_token (id, token, spam_count, ham_count, atime) VALUES ";
static const char row_item[] = "(?, ?, ?, ?, ?)";

static void make_add_texts(struct arena *arena, struct odbc_texts *texts, const char *tail)
{
	for (size_t i = 0; i < ODBC_STEPS; i++)
		texts->add[i] = listed(arena, add_head, row_item, odbc_row_steps[i], tail);
}

void odbc_make_texts(struct arena *arena, enum sql_kind kind, struct odbc_texts *texts)
{
	texts->lookup = listed(arena,
			       "SELECT token, spam_count, ham_count, atime FROM bayes_token WHERE "
			       "id = ? AND token IN (",
			       "?", ODBC_IN_TOKENS, ")");
	texts->take = listed(arena,
			     "UPDATE bayes_token SET spam_count = GREATEST(spam_count + ?, 0), "
			     "ham_count = GREATEST(ham_count + ?, 0) WHERE id = ? AND token IN (",
			     "?", ODBC_IN_TOKENS, ")");
	texts->clean = listed(arena,
			      "DELETE FROM bayes_token WHERE spam_count <= 0 AND ham_count <= 0 "
			      "AND id = ? AND token IN (",
			      "?", ODBC_IN_TOKENS, ")");
	texts->touch = listed(arena,
			      "UPDATE bayes_token SET atime = ? WHERE atime < ? AND id = ? AND "
			      "token IN (",
			      "?", ODBC_IN_TOKENS, ")");
	if (kind == SQL_KIND_MYSQL) {
		make_add_texts(arena, texts,
			       " ON DUPLICATE KEY UPDATE spam_count = spam_count + "
			       "VALUES(spam_count), ham_count = ham_count + VALUES(ham_count), "
			       "atime = GREATEST(atime, VALUES(atime))");
		texts->put_token = "REPLACE INTO bayes_token (id, token, spam_count, ham_count, "
				   "atime) VALUES (?, ?, ?, ?, ?)";
		texts->put_seen = "REPLACE INTO bayes_seen (id, msgid, flag) VALUES (?, ?, ?)";
		return;
	}
	/* xmax is 0 in a row that this statement has made. */
	make_add_texts(arena, texts,
		       " ON CONFLICT (id, token) DO UPDATE SET spam_count = bayes_token.spam_count "
		       "+ excluded.spam_count, ham_count = bayes_token.ham_count + "
		       "excluded.ham_count, atime = GREATEST(bayes_token.atime, excluded.atime) "
		       "RETURNING CASE WHEN xmax = 0 THEN 1 ELSE 0 END");
	texts->put_token = "INSERT INTO bayes_token (id, token, spam_count, ham_count, atime) "
			   "VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, token) DO UPDATE SET "
			   "spam_count = excluded.spam_count, ham_count = excluded.ham_count, "
			   "atime = excluded.atime";
	texts->put_seen = "INSERT INTO bayes_seen (id, msgid, flag) VALUES (?, ?, ?) ON CONFLICT "
			  "(id, msgid) DO UPDATE SET flag = excluded.flag";
}
