/* request: what spamd 4.0.1 takes for a request's head (spamd: accept_a_conn, parse_headers). */
#include "tests/unit/unit.h"

#include "lib/wire/request.h"

static struct arena *arena;

/* Reads all of text as one stream; the rest is what the reader left. */
static enum wire_progress read_all(struct str text, bool at_end, struct wire_request_reader *reader,
				   struct str *rest_out)
{
	enum wire_progress progress;
	size_t used, at = 0;

	wire_request_reader_init(reader, arena);
	do {
		progress = wire_request_read(reader, str_from_at(text, at), at_end, &used);
		at += used;
	} while (progress == WIRE_GOT_LINE);
	if (rest_out)
		*rest_out = str_from_at(text, at);
	return progress;
}

static struct wire_request good(const char *text)
{
	struct wire_request_reader reader;

	assert_int_equal(read_all(str_from(text), true, &reader, NULL), WIRE_GOT_HEAD);
	return reader.request;
}

static struct str faulty(const char *text)
{
	struct wire_request_reader reader;

	assert_int_equal(read_all(str_from(text), true, &reader, NULL), WIRE_FAULT);
	return reader.fault;
}

static void the_verb_is_found_anywhere(void **state)
{
	(void)state;
	assert_int_equal(good("CHECK SPAMC/1.2\r\n\r\n").verb, WIRE_VERB_CHECK);
	assert_int_equal(good("xx CHECK SPAMC/1.2\r\n\r\n").verb, WIRE_VERB_CHECK);
	assert_int_equal(good("REPORT_IFSPAM SPAMC/1.2\r\n\r\n").verb, WIRE_VERB_REPORT_IFSPAM);
	assert_int_equal(good("REPORT SPAMC/1.2\r\n\r\n").verb, WIRE_VERB_REPORT);
	assert_int_equal(good("CHECK CHECK SPAMC/1.2\r\n\r\n").verb, WIRE_VERB_CHECK);
	/* scanning verbs win over others, of several the first in the line */
	assert_int_equal(good("PING SPAMC/1.5 CHECK SPAMC/1.5\r\n\r\n").verb, WIRE_VERB_CHECK);
	assert_int_equal(good("SYMBOLS SPAMC/1.5 CHECK SPAMC/1.5\r\n\r\n").verb, WIRE_VERB_SYMBOLS);
	assert_str(faulty("check SPAMC/1.2\r\n"), "check SPAMC/1.2");
	assert_str(faulty("CHECK  SPAMC/1.2\r\n"), "CHECK  SPAMC/1.2");
	assert_str(faulty("GET / HTTP/1.0\n"), "GET / HTTP/1.0");
	assert_str(faulty("\r\n"), "");
}

static void versions_are_numbers(void **state)
{
	(void)state;
	assert_true(good("CHECK SPAMC/1.2\r\n\r\n").version == 1.2);
	assert_true(good("CHECK SPAMC/1.2beta\r\n\r\n").version == 1.2);
	assert_true(good("CHECK SPAMC/x\r\n").version == 0);
	assert_true(good("CHECK SPAMC/\r\n").version == 0);
	assert_true(good("CHECK SPAMC/9\r\n\r\n").version == 9);
}

static void who_has_fields(void **state)
{
	struct wire_request_reader reader;
	struct str rest;

	(void)state;
	assert_int_equal(
		read_all(STR_LIT("CHECK SPAMC/1.0\r\nUser: x\r\n\r\n"), false, &reader, &rest),
		WIRE_GOT_HEAD);
	assert_str(rest, "User: x\r\n\r\n");
	assert_int_equal(read_all(STR_LIT("PING SPAMC/1.4\r\n"), false, &reader, &rest),
			 WIRE_GOT_HEAD);
	assert_int_equal(read_all(STR_LIT("PING SPAMC/1.5\r\n"), false, &reader, &rest), WIRE_MORE);
	assert_int_equal(read_all(STR_LIT("SKIP SPAMC/1.5\r\n\r\n"), false, &reader, &rest),
			 WIRE_GOT_HEAD);
	assert_int_equal(
		read_all(STR_LIT("TELL SPAMC/1.0\r\nSet: local\r\n\r\n"), false, &reader, &rest),
		WIRE_GOT_HEAD);
	assert_true(reader.request.set_local);
}

static void fields(void **state)
{
	struct wire_request request;

	(void)state;
	request = good("PROCESS SPAMC/1.5\r\nUser: joe\r\nContent-length: 0042\r\nCompress: ZLIB, "
		       "no\r\n\r\n");
	assert_str(request.user, "joe");
	assert_int_equal(request.length, 42);
	assert_str(request.length_text, "0042");
	assert_true(request.zlib);
	assert_false(good("CHECK SPAMC/1.5\r\nContent-Length: 5\r\n\r\n").has_length);
	assert_false(good("CHECK SPAMC/1.5\r\nuser: joe\r\n\r\n").has_user);
	assert_int_equal(good("CHECK SPAMC/1.5\r\nContent-length:7\r\n\r\n").length, 7);
	assert_int_equal(
		good("CHECK SPAMC/1.5\r\nContent-length: 7\r\nContent-length: 8\r\n\r\n").length,
		8);
	assert_true(good("CHECK SPAMC/1.5\r\nContent-length:\r\n\r\n").has_length);
	assert_true(
		good("CHECK SPAMC/1.5\r\nContent-length: 99999999999999999999999\r\n\r\n").length ==
		UINT64_MAX);
	/* one bare LF belongs to the value's line end */
	request = good("CHECK SPAMC/1.5\nUser: joe\nContent-length: 5\n\r\n");
	assert_str(request.user, "joe");
	assert_int_equal(request.length, 5);
}

static void tell_fields(void **state)
{
	struct wire_request request = good(
		"TELL SPAMC/1.5\r\nMessage-class: spam\r\nSet: Local, remote\r\nRemove: x\r\n\r\n");

	(void)state;
	assert_str(request.message_class, "spam");
	assert_true(request.set_local && request.set_remote);
	assert_false(request.remove_local || request.remove_remote);
}

static void faults(void **state)
{
	(void)state;
	assert_str(faulty(""), "(closed before headers)");
	assert_str(faulty("CHECK SPAMC/1.5\r\nUser: x\r\n"), "(EOF during headers)");
	assert_str(faulty("CHECK SPAMC/1.5\r\nUser x\r\n\r\n"),
		   "(header not in 'Name: value' format)");
	assert_str(faulty("CHECK SPAMC/1.5\r\n\n"), "(header not in 'Name: value' format)");
	assert_str(faulty("CHECK SPAMC/1.5\r\nContent-length: 7 \r\n\r\n"),
		   "(Content-Length contains non-numeric bytes)");
	assert_str(faulty("CHECK SPAMC/1.5\r\nContent-length: -7\r\n\r\n"),
		   "(Content-Length contains non-numeric bytes)");
	assert_str(faulty("CHECK SPAMC/1.5\r\nUser: a\tb\r\n\r\n"),
		   "(User header contains control chars)");
	assert_str(faulty("CHECK SPAMC/1.5\r\nCompress: gzip\r\n\r\n"),
		   "(compression type not supported: gzip)");
}

static void only_so_many_lines(void **state)
{
	struct buf text;

	(void)state;
	for (int n = 254; n <= 256; n++) {
		struct wire_request_reader reader;
		buf_init(&text, arena);
		buf_add_cstr(&text, "CHECK SPAMC/1.5\r\n");
		for (int i = 0; i < n; i++)
			buf_add_cstr(&text, "A: b\r\n");
		buf_add_cstr(&text, "\r\n");
		assert_int_equal(read_all(buf_str(&text), true, &reader, NULL),
				 n <= 255 ? WIRE_GOT_HEAD : WIRE_FAULT);
	}
}

static void a_line_has_an_end(void **state)
{
	struct wire_request_reader reader;
	struct buf text;

	(void)state;
	buf_init(&text, arena);
	for (int i = 0; i < WIRE_LINE_BYTES; i++)
		buf_add_char(&text, 'x');
	assert_int_equal(read_all(buf_str(&text), false, &reader, NULL), WIRE_FAULT);
	assert_str(reader.fault, "(header line too long)");
	assert_int_equal(
		read_all(str_sub(buf_str(&text), 0, WIRE_LINE_BYTES - 1), false, &reader, NULL),
		WIRE_MORE);
}

static void pieces_are_as_good_as_the_whole(void **state)
{
	struct str text =
		STR_LIT("PROCESS SPAMC/1.5\r\nUser: joe\r\nContent-length: 42\r\n\r\nbody");

	(void)state;
	for (size_t step = 1; step < text.len; step++) {
		struct wire_request_reader reader;
		enum wire_progress progress = WIRE_MORE;
		size_t at = 0, have = 0, used;
		wire_request_reader_init(&reader, arena);
		while (progress != WIRE_GOT_HEAD) {
			if (progress == WIRE_MORE)
				have = have + step < text.len ? have + step : text.len;
			progress = wire_request_read(&reader, str_sub(text, at, have - at), false,
						     &used);
			assert_int_not_equal(progress, WIRE_FAULT);
			at += used;
		}
		assert_int_equal(reader.request.length, 42);
		assert_str(str_from_at(text, at), "body");
	}
}

static void written_as_spamc_writes(void **state)
{
	struct buf out;
	struct wire_request request = {.verb = WIRE_VERB_PROCESS,
				       .has_user = true,
				       .user = STR_LIT("joe"),
				       .has_length = true,
				       .length = 7};
	struct wire_request told = {.verb = WIRE_VERB_TELL,
				    .message_class = STR_LIT("ham"),
				    .set_local = true,
				    .remove_remote = true};

	(void)state;
	buf_init(&out, arena);
	wire_request_write(&out, &request);
	assert_str(buf_str(&out), "PROCESS SPAMC/1.5\r\nUser: joe\r\nContent-length: 7\r\n\r\n");
	buf_clear(&out);
	wire_request_write(&out, &told);
	assert_str(buf_str(&out),
		   "TELL SPAMC/1.5\r\nMessage-class: ham\r\nSet: local\r\nRemove: remote\r\n\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verb_is_found_anywhere),
		cmocka_unit_test(versions_are_numbers),
		cmocka_unit_test(who_has_fields),
		cmocka_unit_test(fields),
		cmocka_unit_test(tell_fields),
		cmocka_unit_test(faults),
		cmocka_unit_test(only_so_many_lines),
		cmocka_unit_test(a_line_has_an_end),
		cmocka_unit_test(pieces_are_as_good_as_the_whole),
		cmocka_unit_test(written_as_spamc_writes),
	};

	arena = arena_new("test", 0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
