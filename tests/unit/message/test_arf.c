/* arf: reports as RFC 5965 describes them, and what providers make of it. */
#include "tests/unit/unit.h"

#include "lib/message/arf.h"

static struct arena *scan;

static int set_up(void **state)
{
	(void)state;
	scan = arena_new("scan", 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(scan);
	return 0;
}

#define HEAD                                                                                       \
	"From: <abusedesk@provider.invalid>\nSubject: FW: tea\nMIME-Version: 1.0\n"                \
	"Content-Type: multipart/report; report-type=feedback-report;\n\tboundary=\"b\"\n\n"       \
	"--b\nContent-Type: text/plain\n\nThis is an abuse report for a message from "             \
	"192.0.2.1.\n\n"
#define REPORT(type)                                                                               \
	"--b\nContent-Type: message/feedback-report\n\n" type                                      \
	"User-Agent: SomeGenerator/1.0\nVersion: 1\n\n"
#define INNER "From: <shop@spam.invalid>\nSubject: tea\n\nBuy our tea leaves.\n"

static bool read(const char *text, struct arf *out)
{
	return arf_read(scan, message_parse(scan, str_from(text), &message_settings_default), out);
}

static void whole(void **state)
{
	struct arf arf;

	(void)state;
	assert_true(read(HEAD REPORT("Feedback-Type: abuse\n") "--b\nContent-Type: message/rfc822\n"
							       "\n" INNER "\n--b--\n",
			 &arf));
	assert_int_equal(arf.kind, ARF_SPAM);
	assert_str(arf.type, "abuse");
	assert_false(arf.is_header_only);
	assert_true(str_has_prefix(arf.message, "From: <shop@spam.invalid>\n"));
	assert_true(str_contains(arf.message, "Buy our tea leaves.\n"));
	assert_false(str_contains(arf.message, "--b"));
}

static void header_only(void **state)
{
	struct arf arf;

	(void)state;
	assert_true(read(
		HEAD REPORT(
			"FEEDBACK-TYPE : Not-Spam (mistake)\n") "--b\nContent-Type: "
								"text/rfc822-headers\n\nSubject: "
								"tea\n\n--b--\n",
		&arf));
	assert_int_equal(arf.kind, ARF_NOT_SPAM);
	assert_true(arf.is_header_only);
	assert_true(str_has_prefix(arf.message, "Subject: tea\n"));
}

static void encoded(void **state)
{
	struct arf arf;

	(void)state;
	/* RFC 2046 forbids it, and it is done */
	assert_true(read(
		HEAD REPORT("Feedback-Type: fraud\n") "--b\nContent-Type: "
						      "message/rfc822\nContent-Transfer-Encoding: "
						      "base64\n\n"
						      "U3ViamVjdDogdGVhCgpCdXkgb3VyIHRlYSBsZWF2ZXMu"
						      "Cg==\n--b--\n",
		&arf));
	assert_int_equal(arf.kind, ARF_SPAM);
	assert_str(arf.message, "Subject: tea\n\nBuy our tea leaves.\n");
}

static void others(void **state)
{
	struct arf arf;

	(void)state;
	assert_true(read(HEAD REPORT("Feedback-Type: auth-failure\n") "--b--\n", &arf));
	assert_int_equal(arf.kind, ARF_OTHER);
	assert_int_equal(arf.message.len, 0);
	assert_true(read(HEAD REPORT("") "--b--\n", &arf));
	assert_int_equal(arf.kind, ARF_OTHER);
	/* a bounce has the same outer type */
	assert_false(read(HEAD "--b\nContent-Type: message/delivery-status\n\nAction: failed\n\n"
			       "--b\nContent-Type: message/rfc822\n\n" INNER "\n--b--\n",
			  &arf));
	/* somebody forwards a report */
	assert_false(read("Subject: see\nContent-Type: message/rfc822\n\n" HEAD REPORT(
				  "Feedback-Type: abuse\n") "--b--\n",
			  &arf));
	assert_false(read(INNER, &arf));
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(whole, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(header_only, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(encoded, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(others, set_up, tear_down))
