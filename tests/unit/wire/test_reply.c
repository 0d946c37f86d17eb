/* reply: heads as spamd 4.0.1 writes them, and as spamc reads them. */
#include "tests/unit/unit.h"

#include "lib/wire/reply.h"

static enum wire_progress read_reply(struct arena *arena, const char *text,
				     struct wire_reply_reader *reader)
{
	struct str rest = str_from(text);
	enum wire_progress progress;
	size_t used;

	wire_reply_reader_init(reader, arena);
	do {
		progress = wire_reply_read(reader, rest, true, &used);
		rest = str_from_at(rest, used);
	} while (progress == WIRE_GOT_LINE);
	return progress;
}

static void fields_are_read(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct wire_reply_reader reader;
	const struct wire_reply *reply = &reader.reply;

	(void)state;
	assert_int_equal(read_reply(arena,
				    "SPAMD/1.1 0 EX_OK\r\nContent-length: 12\r\n"
				    "Spam: True ; 1000.0 / 5.0\r\n\r\n",
				    &reader),
			 WIRE_GOT_HEAD);
	assert_str(reply->version, "1.1");
	assert_int_equal(reply->code, 0);
	assert_str(reply->text, "EX_OK");
	assert_int_equal(reply->length, 12);
	assert_true(reply->has_spam && reply->is_spam);
	assert_str(reply->score_text, "1000.0");
	assert_true(reply->score == 1000.0 && reply->required == 5.0);
	assert_int_equal(
		read_reply(arena, "SPAMD/1.1 0 EX_OK\r\nSpam: No ; -0.1 / 5.0\r\n\r\n", &reader),
		WIRE_GOT_HEAD);
	assert_true(reply->has_spam && !reply->is_spam && !reply->has_length);
	assert_int_equal(read_reply(arena,
				    "SPAMD/1.1 0 EX_OK\r\nDidSet: local,remote\r\n"
				    "content-length: 5\r\n\r\n\r\n",
				    &reader),
			 WIRE_GOT_HEAD);
	assert_true(reply->did_set_local && reply->did_set_remote && !reply->did_remove_local);
	assert_false(reply->has_length);
	arena_free(arena);
}

static void strange_replies_are_faults(void **state)
{
	static const char *const strange[] = {
		"",
		"HTTP/1.0 200 OK\r\n\r\n",
		"SPAMD/1.1 x EX_OK\r\n\r\n",
		"SPAMD/1.1 0 EX_OK\r\n",
		"SPAMD/0.9 0 EX_OK\r\n\r\n",
		"SPAMD/x 0 EX_OK\r\n\r\n",
	};
	struct arena *arena = arena_new("test", 0);

	(void)state;
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		struct wire_reply_reader reader;
		assert_int_equal(read_reply(arena, strange[i], &reader), WIRE_FAULT);
	}
	arena_free(arena);
}

static void malformed_fields_are_ignored(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct wire_reply_reader reader;

	(void)state;
	assert_int_equal(read_reply(arena,
				    "SPAMD/1.1 0 EX_OK\r\nSpam: True; 1.0 / 5.0\r\n"
				    "Content-length: -1\r\nno colon\r\n\r\n",
				    &reader),
			 WIRE_GOT_HEAD);
	assert_false(reader.reply.has_spam);
	assert_false(reader.reply.has_length);
	assert_int_equal(
		read_reply(arena, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; much / 4.95\r\n\r\n", &reader),
		WIRE_GOT_HEAD);
	assert_true(reader.reply.is_spam);
	assert_true(reader.reply.score == 0.0);
	assert_true(reader.reply.required == (double)4.95f);
	arena_free(arena);
}

static void written_as_spamd_writes(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	wire_reply_ok(&out, "1.1");
	wire_reply_length(&out, 42);
	wire_reply_spam(&out, "True", STR_LIT("12.3"), STR_LIT("5.0"));
	wire_reply_end(&out);
	assert_str(buf_str(&out), "SPAMD/1.1 0 EX_OK\r\nContent-length: 42\r\n"
				  "Spam: True ; 12.3 / 5.0\r\n\r\n");
	buf_clear(&out);
	wire_reply_fault(&out, WIRE_PROTOCOL, STR_LIT("(too many headers)"));
	wire_reply_fault(&out, WIRE_UNAVAILABLE, STR_LIT("x"));
	wire_reply_fault(&out, WIRE_TIMEOUT, STR_LIT("(y)"));
	wire_reply_pong(&out);
	assert_str(buf_str(&out), "SPAMD/1.0 76 Bad header line: (too many headers)\r\n"
				  "SPAMD/1.0 69 Service Unavailable: x\r\n"
				  "SPAMD/1.0 79 Timeout: (y)\r\nSPAMD/1.5 0 PONG\r\n");
	buf_free(&out);
}

UNIT_MAIN(cmocka_unit_test(fields_are_read), cmocka_unit_test(strange_replies_are_faults),
	  cmocka_unit_test(malformed_fields_are_ignored), cmocka_unit_test(written_as_spamd_writes))
