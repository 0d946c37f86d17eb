/* Bayes: lines → tokens, as SpamAssassin 4.0.1's own tokeniser gives them for the same lines;
 * records, expiry; the combination. */
#include <config.h>

#include <unistd.h>

#include "plugins/Bayes/bayes.h"
#include "plugins/Bayes/redis_link.h"
#include "tests/unit/unit.h"

static struct arena *arena;
static struct token_options options;

static int start(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	options = (struct token_options){.patterns = token_patterns_new(arena),
					 .sources = SOURCE_ALL,
					 .longest_bytes = TOKEN_LONGEST_BYTES};
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* The tokens in order, blanks between. */
static void tokens(const char *line, enum token_region region, const char *expected)
{
	struct token_set set = {0};
	struct str_vec texts = {0};

	tokens_of_line(arena, &options, str_from(line), STR_LIT(""), region, &set);
	for (size_t i = 0; i < set.list.n; i++)
		vec_push(arena, &texts, set.list.items[i].text);
	unit_assert_str(str_vec_join(arena, &texts, " "), str_from(expected), __FILE__, __LINE__);
}

static void words(void **state)
{
	(void)state;
	tokens("the cat's \"paw\" it", REGION_BODY, "the cats cat's paw");
	tokens("one...two--three four", REGION_BODY, "one two three four");
	tokens("Dear friend. Buy NOW", REGION_BODY, "dear friend buy Buy now NOW");
	tokens("free! f*ck $31,000,000", REGION_BODY, "free free! f*ck 31000000 $31,000,000");
}

static void long_words(void **state)
{
	(void)state;
	tokens("antidisestablishmentarian", REGION_BODY, "sk:antidis");
	tokens("antidisestablishmentarian", REGION_HEADER, "sk:antidis");
	tokens("antidisestablishmentarian", REGION_URI, "antidisestablishmentarian");
	tokens("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	       REGION_BODY, "u8:\xe6\x97\xa5 u8:\xe6\x9c\xac u8:\xe8\xaa\x9e");
}

static void addresses(void **state)
{
	(void)state;
	tokens("joe@mail.example.org", REGION_BODY,
	       "U*joe D*mail.example.org D*example.org D*org sk:joemai sk:joe@mai");
	tokens("www.a.com", REGION_BODY, "UD:www.a.com UD:a.com UD:com wwwacom www.a.com");
}

/* Of bytes, and of characters, which come back as those of Latin-1. */
static void uris(void **state)
{
	(void)state;
	tokens("osp-rewards.\xef\xbb\xbf", REGION_URI, "osprewards osp-rewards.\xef\xbb\xbf");
	tokens("osp-rewards.\xef\xbb\xbf", REGION_WIDE_URI, "osprewards osp-rewards");
	tokens("\xc3\x85M\xc3\x85", REGION_URI, "M \xc3\x85m\xc3\x85 m \xc3\x85M\xc3\x85");
	tokens("\xc3\x85M\xc3\x85", REGION_WIDE_URI, "\xe5m\xe5 \xc5M\xc5");
	tokens("\xd0\xb0"
	       "bc\xc3\xa4.com",
	       REGION_WIDE_URI,
	       "UD:bc\xe4.com UD:com bc\xe4"
	       "com bc\xe4.com");
}

static void keys(void **state)
{
	unsigned char key[TOKEN_KEY_BYTES];

	(void)state;
	token_key(STR_LIT("abc"), key); /* SHA-1 ends in ...9cd0d89d */
	assert_memory_equal(key, "\x6c\x9c\xd0\xd8\x9d", sizeof key);
}

static void records(void **state)
{
	struct token_record record = {.spam = 1, .atime_s = 100};

	(void)state;
	assert_true(token_record_change(&record, 1, 0, 50));
	assert_int_equal(record.spam, 2);
	assert_int_equal(record.atime_s, 100);
	assert_true(token_record_change(&record, 0, 3, 200));
	assert_int_equal(record.atime_s, 200);
	assert_true(token_record_change(&record, -5, 0, 0));
	assert_int_equal(record.spam, 0);
	assert_false(token_record_change(&record, 0, -3, 0));
}

static void probabilities(void **state)
{
	struct bayes_totals totals = {.spam = 200, .ham = 400};
	struct token_record once = {.spam = 1}, none = {0};
	double p, score, all[3];

	(void)state;
	assert_false(token_probability(&none, &totals, true, &p));
	assert_false(token_probability(&once, &totals, false, &p));
	assert_true(token_probability(&once, &totals, true, &p));
	assert_true(p > 0.9865436 && p < 0.9865437); /* (0.01614 + 1) / 1.03 */
	all[0] = all[1] = all[2] = p;
	assert_true(probabilities_combine(&totals, all, 3, &score));
	assert_true(score > 0.99 && score < 1);
	assert_false(probabilities_combine(&totals, all, 0, &score));
}

static void fill(struct bayes_store *store, unsigned n, int64_t now)
{
	struct bayes_totals totals = {.spam = 300, .ham = 300};
	struct why why;

	assert_int_equal(store->def->begin(store, true, &why), STATUS_OK);
	for (unsigned i = 0; i < n; i++) {
		struct token_record record = {1, 2, now - (int64_t)i * 190};
		unsigned char key[TOKEN_KEY_BYTES] = {(unsigned char)(i >> 16),
						      (unsigned char)(i >> 8), (unsigned char)i};
		bayes_totals_add(&totals, &record);
		assert_int_equal(store->def->token_put(store, key, &record, &why), STATUS_OK);
	}
	assert_int_equal(store->def->totals_put(store, &totals, &why), STATUS_OK);
	assert_int_equal(store->def->commit(store, &why), STATUS_OK);
}

/* 120,000 tokens, one used every 190 seconds, 112,500 shall stay: of those unused for 2^8 half days
 * there are too many, so those unused for 2^9 go. */
static void expiry(void **state)
{
	char path[] = "/tmp/whorl-expiry-XXXXXX", lock[64];
	int64_t now = clock_wall_s();
	struct bayes_totals totals;
	struct bayes_store *store;
	struct why why;

	(void)state;
	close(mkstemp(path));
	unlink(path);
	assert_int_equal(bayes_store_open_lmdb(path, 0600, true, &store, &why), STATUS_OK);
	fill(store, 120000, now);
	assert_int_equal(bayes_expire(store, 150000, NULL, &why), STATUS_OK);
	assert_int_equal(store->def->begin(store, false, &why), STATUS_OK);
	assert_int_equal(store->def->totals(store, &totals, &why), STATUS_OK);
	store->def->abort(store);
	assert_int_equal(totals.tokens, 116413);
	assert_int_equal(totals.last_reduction, 120000 - 116413);
	assert_int_equal(totals.last_delta_s, 512 * 43200);
	assert_int_equal(totals.newest_s - totals.oldest_s, 116412 * 190);
	assert_false(bayes_expiry_is_due(&totals, 150000, now));
	store->def->close(store);
	snprintf(lock, sizeof lock, "%s-lock", path);
	unlink(path);
	unlink(lock);
}

static int64_t time_of(struct bayes_store *store, const struct token *token)
{
	struct token_record record;
	struct why why;

	assert_int_equal(store->def->begin(store, false, &why), STATUS_OK);
	assert_int_equal(store->def->lookup(store, token, 1, &record, &why), STATUS_OK);
	store->def->abort(store);
	return record.atime_s;
}

/* Noted uses come into the store when they are written, forward only, and never too many. */
static void uses_of_tokens(void **state)
{
	struct bayes_store *store = bayes_store_open_memory();
	struct token tokens[2] = {{.key = "aaaaa"}, {.key = "bbbbb"}};
	struct uses *uses = uses_new();
	struct bayes_totals totals = {0};
	struct why why;

	(void)state;
	assert_int_equal(store->def->begin(store, true, &why), STATUS_OK);
	assert_int_equal(store->def->change(store, tokens, 2, 1, 0, 1000, &totals, &why),
			 STATUS_OK);
	assert_int_equal(store->def->commit(store, &why), STATUS_OK);
	assert_false(uses_are_due(uses));
	uses_note(uses, tokens, 1, 2000);
	uses_note(uses, tokens + 1, 1, 500);
	assert_true(uses_are_due(uses));
	assert_int_equal(time_of(store, tokens), 1000);
	uses_write(uses, store);
	assert_int_equal(time_of(store, tokens), 2000);
	assert_int_equal(time_of(store, tokens + 1), 1000);
	uses_note(uses, tokens + 1, 1, 3000);
	assert_false(uses_are_due(uses)); /* so soon */
	for (size_t i = 0; i < USES_MAX; i++)
		uses_note(uses, tokens, 2, 4000);
	assert_true(uses_are_due(uses));
	uses_write(uses, store);
	assert_int_equal(time_of(store, tokens + 1), 4000);
	uses_note(uses, tokens, 1, 9000);
	uses_forget(uses);
	uses_write(uses, store);
	assert_int_equal(time_of(store, tokens), 4000);
	uses_free(uses);
	store->def->close(store);
}

#ifdef WITH_REDIS
/* Names of servers as bayes_sql_dsn of SpamAssassin's store in Redis has them. */
static void redis_names(void **state)
{
	static const char *const wrong[] = {"server=localhost", "server=a:b", "server=::1:6379",
					    "server=x:70000",   "server=:1",  "nonsense"};
	struct redis_link link;
	struct why why;

	(void)state;
	assert_int_equal(redis_link_parse(arena, STR_LIT(""), &link, &why), STATUS_OK);
	assert_string_equal(link.server.host, "127.0.0.1");
	assert_int_equal(link.server.port, 6379);
	assert_true(str_eq_c(link.database, "0"));
	assert_null(link.password.ptr);
	assert_int_equal(redis_link_parse(arena,
					  STR_LIT("server=[::1]:7000;password=a=b;database=2;x=y"),
					  &link, &why),
			 STATUS_OK);
	assert_string_equal(link.server.host, "::1");
	assert_int_equal(link.server.port, 7000);
	assert_true(str_eq_c(link.password, "a=b"));
	assert_true(str_eq_c(link.database, "2"));
	assert_int_equal(redis_link_parse(arena, STR_LIT("server=/run/redis"), &link, &why),
			 STATUS_OK);
	assert_string_equal(link.server.path, "/run/redis");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(redis_link_parse(arena, str_from(wrong[i]), &link, &why),
				 STATUS_INVALID);
}
#else
static void redis_names(void **state)
{
	(void)state;
	skip();
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

UNIT_MAIN(TEST(words), TEST(long_words), TEST(addresses), TEST(uris), TEST(keys), TEST(records),
	  TEST(probabilities), TEST(expiry), TEST(uses_of_tokens), TEST(redis_names))
