/* parse: structure as SpamAssassin sees it; what is expected was read off
 * Mail::SpamAssassin::Message 4.0.1. */
#include "lib/base/buf.h"
#include "lib/message/message.h"
#include "tests/unit/unit.h"

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

static struct message *parse(struct str raw)
{
	return message_parse(scan, raw, &message_settings_default);
}
#define PARSE(literal) parse(STR_LIT(literal))

static struct part *leaf(const struct message *message, size_t n)
{
	struct part_vec parts = {.n = 0};

	message_parts(scan, message, true, &parts);
	assert_true(n < parts.n);
	return parts.items[n];
}

static size_t count_leaves(const struct message *message)
{
	struct part_vec parts = {.n = 0};

	message_parts(scan, message, true, &parts);
	return parts.n;
}

static void head_and_body(void **state)
{
	(void)state;
	struct message *m =
		PARSE("From joe@example.com Mon Jan  1\nSubject: one\n two\nTo : you\n\nbody\n");

	assert_str(m->mbox_line, "From joe@example.com Mon Jan  1\n");
	assert_str(m->pristine_headers, "Subject: one\n two\nTo : you\n\n");
	assert_str(m->pristine_body, "body\n");
	assert_str(m->all_headers, "Subject: one\n two\nTo : you\n");
	assert_str(headers_last(m->headers, "subject"), "one two");
	assert_str(headers_last(m->headers, "TO"), "you");
	assert_str(m->headers->list.items[0].raw, " one\n two\n");
	assert_null(headers_last(m->headers, "cc").ptr);
	assert_int_equal(m->oddities, 0);
	assert_string_equal(m->line_end, "\n");
}

static void from_header_is_no_mbox_line(void **state)
{
	(void)state;
	assert_str(headers_last(PARSE("From: a\n\n")->headers, "from"), "a");
	assert_str(headers_last(PARSE("From : a\n\n")->headers, "from"), "a");
	assert_str(PARSE("From  : a\n\n")->mbox_line, "From  : a\n");
}

static void nothing_is_one_empty_line(void **state)
{
	(void)state;
	struct message *m = PARSE("");

	assert_str(m->pristine, "\n");
	assert_int_equal(m->headers->list.n, 0);
	assert_int_equal(m->oddities, 0);
	assert_str(leaf(m, 0)->type, "text/plain");
}

static void separator_may_be_missing(void **state)
{
	(void)state;
	assert_int_equal(PARSE("A: b\n")->oddities, ODDITY_MISSING_HEAD_BODY_SEPARATOR);
	struct message *m = PARSE("A: b\n--x\nC: d\n\n");
	assert_int_equal(m->oddities, ODDITY_MISSING_HEAD_BODY_SEPARATOR);
	assert_str(m->pristine_body, "--x\nC: d\n\n");
	/* Three lines that are no headers are let pass, the fourth starts the body. */
	m = PARSE("A: b\none\ntwo\nE: f\nthree\nfour\nG: h\n\n");
	assert_int_equal(m->oddities, ODDITY_MISSING_HEAD_BODY_SEPARATOR);
	assert_str(headers_last(m->headers, "e"), "f");
	assert_str(m->pristine_body, "four\nG: h\n\n");
}

static void crlf_is_squashed_but_kept_pristine(void **state)
{
	(void)state;
	struct message *m = PARSE("A: b\r\n c\r\nD: e\n\r\none\r\ntwo\n");

	assert_string_equal(m->line_end, "\r\n");
	assert_str(m->pristine_headers, "A: b\r\n c\r\nD: e\r\n\r\n"); /* bare LF mended */
	assert_str(m->pristine_body, "one\r\ntwo\n");
	assert_str(m->headers->list.items[0].raw, " b\n c\n");
	assert_str(part_decoded(scan, leaf(m, 0)), "one\ntwo\n");
}

static void long_headers_are_cut(void **state)
{
	(void)state;
	struct buf raw;

	buf_init(&raw, scan);
	for (int i = 0; i < 300; i++)
		buf_add_char(&raw, 'N');
	buf_add_cstr(&raw, ":");
	for (int i = 0; i < 9000; i++)
		buf_add_char(&raw, 'v');
	buf_add_cstr(&raw, "\n\n");
	struct message *m = parse(buf_str(&raw));
	assert_int_equal(m->oddities, ODDITY_TRUNCATED_HEADER);
	assert_int_equal(m->headers->list.items[0].name.len, 256);
	assert_int_equal(m->headers->list.items[0].raw.len, 8192);
}

static void upstream_markup_is_dropped(void **state)
{
	(void)state;
	struct message *m = PARSE("X-Spam-Status: Yes\nx-spam-flag: YES\nX-Spammer: me\n\n");

	assert_int_equal(m->headers->list.n, 1);
	assert_str(m->headers->list.items[0].name, "X-Spammer");
	assert_true(str_contains(m->all_headers, "X-Spam-Status"));
}

static void blank_lines_are_limited(void **state)
{
	(void)state;
	struct buf raw;

	buf_init(&raw, scan);
	buf_add_cstr(&raw, "A: b\n\nx\n");
	for (int i = 0; i < 50; i++)
		buf_add_cstr(&raw, " \n");
	buf_add_cstr(&raw, "y\n");
	struct message *m = parse(buf_str(&raw));
	assert_int_equal(part_decoded(scan, leaf(m, 0)).len, 2 + 20 * 2 + 2);
	assert_int_equal(m->pristine_body.len, 2 + 50 * 2 + 2);
}

static void multipart(void **state)
{
	(void)state;
	struct message *m =
		PARSE("Content-Type: multipart/mixed; boundary=\"x\"\n\npreamble\n--x\n"
		      "Content-Type: text/html; charset=koi8-r\n\n<p>\n\n--x \n"
		      "Content-Type: IMAGE/Gif; name=a.gif\n"
		      "Content-Disposition: attachment; filename=\"b.gif\"\n\nR0lG\n--x--\n");

	assert_int_equal(m->oddities, 0);
	assert_int_equal(m->n_parts, 3);
	assert_false(m->root->is_leaf);
	assert_str(leaf(m, 0)->type, "text/html");
	assert_str(leaf(m, 0)->charset, "koi8-r");
	assert_str(leaf(m, 0)->raw_body, "<p>\n"); /* one newline belongs to the boundary */
	assert_str(leaf(m, 1)->type, "image/gif");
	assert_str(leaf(m, 1)->name, "b.gif");
	assert_int_equal(leaf(m, 1)->number, 2);
}

static void multipart_oddities(void **state)
{
	(void)state;
	struct message *m = PARSE("Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n"
				  "Content-Type: text/plain\ntwo\n--x--\nepilogue\n");

	assert_int_equal(m->oddities, ODDITY_MISSING_MIME_HEADERS |
					      ODDITY_MISSING_MIME_HEAD_BODY_SEPARATOR |
					      ODDITY_MIME_EPILOGUE_EXISTS);
	m = PARSE("Content-Type: multipart/mixed; boundary=x\n\n--x\nA: b\n\nnever closed\n");
	assert_int_equal(m->oddities, ODDITY_MISSING_MIME_BOUNDARY);
	assert_str(leaf(m, 0)->raw_body, "never closed\n");
	m = PARSE("Content-Type: multipart/mixed\n\nno boundary\n");
	assert_str(leaf(m, 0)->type, "text/plain");
	m = PARSE("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: "
		  "text/html\n--x--\n");
	assert_str(leaf(m, 0)->type, "text/plain"); /* a header right before a boundary is lost */
}

static void nested_parts_inherit_boundaries(void **state)
{
	(void)state;
	struct message *m = PARSE("Content-Type: multipart/mixed; boundary=x\n\n--x\n"
				  "Content-Type: multipart/alternative; "
				  "boundary=y\n\n--y\n\na\n--y\n\nb\n--y--\n--x\n"
				  "Content-Type: multipart/digest; boundary=z\n\n--z\n\nSubject: "
				  "in\n\nc\n--z--\n--x--\n");

	assert_int_equal(count_leaves(m), 3);
	assert_str(leaf(m, 1)->raw_body, "b");
	struct part *embedded = leaf(m, 2);
	assert_str(embedded->parent->type, "message/rfc822");
	assert_ptr_equal(embedded->parent->embedded->root, embedded);
	assert_str(headers_last(&embedded->headers, "subject"), "in");
	assert_int_equal(embedded->depth, 3);
}

static void embedded_messages_are_decoded_first(void **state)
{
	(void)state;
	struct message *m =
		PARSE("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
		      "U3ViamVjdDogaGkKCmJvZHkK\n");

	assert_int_equal(m->n_parts, 2);
	assert_str(headers_last(m->root->embedded->headers, "subject"), "hi");
	assert_str(part_decoded(scan, leaf(m, 0)), "body\n");
	assert_str(leaf(PARSE("Content-Type: message/delivery-status\n\nA: b\n\n"), 0)->type,
		   "message/delivery-status");
}

static void depth_is_limited(void **state)
{
	(void)state;
	struct buf raw;

	buf_init(&raw, scan);
	for (int i = 0; i < 40; i++)
		buf_add_cstr(&raw, "Content-Type: message/rfc822\n\n");
	struct message *m = parse(buf_str(&raw));
	assert_int_equal(m->n_parts, 21);
	assert_str(leaf(m, 0)->type, "message/rfc822");
}

static void parts_are_limited(void **state)
{
	(void)state;
	struct buf raw;

	buf_init(&raw, scan);
	buf_add_cstr(&raw, "Content-Type: multipart/mixed; boundary=x\n\n");
	for (int i = 0; i < 1500; i++)
		buf_add_cstr(&raw, "--x\nA: b\n\nc\n");
	struct message *m = parse(buf_str(&raw));
	assert_int_equal(m->n_parts, 1001);
	assert_true(m->oddities & ODDITY_MIMEPART_LIMIT);
}

static void long_lines_of_parts_are_broken(void **state)
{
	(void)state;
	struct buf raw;

	buf_init(&raw, scan);
	buf_add_cstr(&raw, "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n");
	for (int i = 0; i < 2100; i++)
		buf_add_char(&raw, 'a');
	buf_add_cstr(&raw, "\n--x--\n");
	struct str body = leaf(parse(buf_str(&raw)), 0)->raw_body;
	assert_int_equal(body.len, 2101);
	assert_int_equal(body.ptr[2048], '\n');
}

static void content_types(void **state)
{
	(void)state;
	static const struct {
		const char *header, *type, *charset, *name;
	} cases[] = {
		{"text/enriched; charset=x", "text/plain", "x", NULL},
		{"TEXT/HTML;CHARSET='UTF-8'", "text/html", "UTF-8", NULL},
		{"text/plain charset=latin1", "text/plain", "latin1", NULL},
		{"text/x-vcard", "text/x-vcard", NULL, NULL},
		{"; charset=koi8-r", "text/plain", "koi8-r", NULL},
		{"image/(gif)", "image/gif", NULL, NULL},
		{"application/x; name*0=\"a.\"; name*1=\"exe\"", "application/x", NULL, "a.exe"},
		{"application/x; xname=no; filename = yes.doc ; a=b", "application/x", NULL,
		 "yes.doc "},
		{"", "text/plain", "us-ascii", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct message *m =
			parse(arena_printf(scan, "Content-Type: %s\n\nx\n", cases[i].header));
		struct part *part = leaf(m, 0);

		assert_true(str_eq_c(part->type, cases[i].type));
		assert_true(cases[i].charset ? str_eq_c(part->charset, cases[i].charset)
					     : !part->charset.ptr);
		assert_true(cases[i].name ? str_eq_c(part->name, cases[i].name) : !part->name.ptr);
	}
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(head_and_body, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(from_header_is_no_mbox_line, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(nothing_is_one_empty_line, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(separator_may_be_missing, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(crlf_is_squashed_but_kept_pristine, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(long_headers_are_cut, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(upstream_markup_is_dropped, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(blank_lines_are_limited, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(multipart, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(multipart_oddities, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(nested_parts_inherit_boundaries, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(embedded_messages_are_decoded_first, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(depth_is_limited, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(parts_are_limited, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(long_lines_of_parts_are_broken, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(content_types, set_up, tear_down))
