/* The engines: what must not change a key, what must, and when they keep silent. Expectations are
 * those of doc/fingerprints.md. */
#include "tests/unit/unit.h"

#include "lib/base/encode.h"
#include "lib/base/inflate.h"
#include "plugins/fingerprint/checksums.h"
#include "plugins/fingerprint/fingerprint.h"

static const unsigned char network_key[KEYED_HASH_KEY_BYTES] = "unit test's key";

static const char lorem[] =
	"Your parcel could not be delivered because the customs fee was not paid in time. Please "
	"settle the open amount within two days, otherwise the parcel goes back to its sender and "
	"you lose the warranty that came with it. Our drivers cannot take cash at your door. After "
	"the fee has been "
	"settled a message with the new date of delivery will be sent, and you may choose another "
	"address or a neighbour who takes the parcel while you are not at home during the day.";

struct state {
	struct arena *keep;
	struct fingerprint_settings *settings;
	struct registry *registry;
	struct uri_settings uri;
	struct trust_settings trust;
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);

	state->keep = arena_new("keep", 0);
	state->settings = fingerprint_settings_new(state->keep, network_key);
	state->settings->day = 20000;
	state->registry = registry_new(state->keep);
	registry_add(state->registry, 1, STR_LIT("example"));
	registry_add(state->registry, 1, STR_LIT("test"));
	state->uri.registry = state->registry;
	state->trust.parser = received_parser_new(state->keep);
	map_put(state->settings->popular, STR_LIT("popular.example"), state);
	map_put(state->settings->freemail, STR_LIT("free.example"), state);
	*state_out = state;
	return 0;
}

static int tear_down(void **state_out)
{
	struct state *state = *state_out;

	arena_free(state->keep);
	free(state);
	return 0;
}

static struct fingerprint_set *print(struct state *state, const char *head, const char *body)
{
	struct str raw = arena_printf(state->keep, "%s\n\n%s\n", head, body);
	const struct message *message = message_parse(state->keep, raw, &message_settings_default);
	struct mail *mail = mail_make(state->keep, message, &message_settings_default,
				      &state->trust, &state->uri);

	return fingerprint_make(state->keep, state->settings, mail);
}

static size_t count(const struct fingerprint_set *set, enum fingerprint_algorithm algorithm)
{
	size_t n = 0;

	for (size_t i = 0; i < set->keys.n; i++)
		n += set->keys.items[i].algorithm == algorithm;
	return n;
}

static size_t shared(const struct fingerprint_set *a, const struct fingerprint_set *b,
		     enum fingerprint_algorithm algorithm)
{
	size_t n = 0;

	for (size_t i = 0; i < a->keys.n; i++)
		for (size_t k = 0; k < b->keys.n; k++)
			n += a->keys.items[i].algorithm == algorithm &&
			     a->keys.items[i].key == b->keys.items[k].key;
	return n;
}

static void same_text(struct state *state, const char *head, const char *body)
{
	struct fingerprint_set *plain = print(state, "Subject: x", lorem);
	struct fingerprint_set *other = print(state, head, body);

	assert_int_equal(shared(plain, other, FINGERPRINT_TXT), 1);
	assert_int_equal(shared(plain, other, FINGERPRINT_ANC), count(plain, FINGERPRINT_ANC));
	assert_int_equal(shared(plain, other, FINGERPRINT_EPH), 2);
}

/* lorem with from replaced by to wherever it stands. */
static const char *replaced(struct state *state, const char *from, const char *to)
{
	struct buf out;

	buf_init(&out, state->keep);
	for (const char *at = lorem; *at;) {
		if (!strncmp(at, from, strlen(from))) {
			buf_add_cstr(&out, to);
			at += strlen(from);
		} else {
			buf_add_char(&out, *at++);
		}
	}
	return buf_cstr(&out);
}

static void test_text_encodings(void **state_out)
{
	struct state *state = *state_out;

	same_text(state, "Subject: y\nContent-Type: text/html",
		  arena_printf(state->keep, "<html><body><p>%s</p></body></html>", lorem).ptr);
	same_text(state, "Content-Type: text/html", replaced(state, "e", "&#101;"));
	same_text(state,
		  "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
		  "quoted-printable",
		  replaced(state, "a", "=61"));
}

static void test_text_disguises(void **state_out)
{
	struct state *state = *state_out;
	const char *head = "Content-Type: text/plain; charset=utf-8";

	same_text(state, head, replaced(state, "o", "o\xe2\x80\x8b")); /* zero-width space */
	same_text(state, head, replaced(state, "o", "\xd0\xbe"));      /* Cyrillic */
	same_text(state, head, replaced(state, "e", "\xef\xbd\x85"));  /* full width */
	same_text(state, head, replaced(state, "a", "a\xcc\x81"));     /* combining accent */
	same_text(state, head, replaced(state, "P", "p"));
	same_text(state, head, replaced(state, "l", "I"));
	same_text(state, head, replaced(state, "i", "\u04cf"));     /* Cyrillic palochka */
	same_text(state, head, replaced(state, "h", "\u029c"));     /* small capital */
	same_text(state, head, replaced(state, "b", "\U0001f171")); /* in a black square */
	same_text(state, head, replaced(state, "m", "\u24a8"));     /* in brackets */
	same_text(state, head, arena_printf(state->keep, "Dear Mr Miller,\n\n%s", lorem).ptr);
	same_text(state, head, arena_printf(state->keep, "%s http://a.example/x?y=1", lorem).ptr);
	same_text(state, "To: Jane Roe <jroe@b.example>",
		  arena_printf(state->keep, "Jane Roe jroe@b.example %s", lorem).ptr);
}

/* In UTF-16 with a byte order mark, plain and HTML, as base64. */
static void test_utf16(void **state_out)
{
	static const char *const types[] = {"plain; charset=utf-16", "html; charset=UTF-16LE",
					    "plain; charset=us-ascii"};
	struct state *state = *state_out;
	struct buf wide, base64;

	buf_init(&wide, state->keep);
	buf_init(&base64, state->keep);
	buf_add(&wide, "\xff\xfe", 2);
	for (const char *c = lorem; *c; c++) {
		buf_add_char(&wide, *c);
		buf_add_char(&wide, '\0');
	}
	encode_base64(&base64, buf_str(&wide));
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		same_text(state,
			  arena_printf(state->keep,
				       "Content-Type: text/%s\nContent-Transfer-Encoding: base64",
				       types[i])
				  .ptr,
			  buf_cstr(&base64));
}

/* Whether rules read characters or the bytes of whatever charset. */
static void test_unnormalized(void **state_out)
{
	struct state *state = *state_out;
	struct message_settings plain = message_settings_default;
	struct fingerprint_set *sets[2];
	const char *text = replaced(state, "a", "\xe4");

	for (int i = 0; i < 2; i++) {
		struct str raw = arena_printf(state->keep,
					      "Content-Type: text/%s; charset=iso-8859-1\n\n%s\n",
					      i ? "html" : "plain", text);
		plain.normalize_charset = i;
		const struct message *message = message_parse(state->keep, raw, &plain);
		sets[i] = fingerprint_make(
			state->keep, state->settings,
			mail_make(state->keep, message, &plain, &state->trust, &state->uri));
	}
	assert_int_equal(shared(sets[0], sets[1], FINGERPRINT_TXT), 1);
}

/* No-break spaces do not make a whole text part of its link, nor do scripts without blanks. */
static void test_text_beside_link(void **state_out)
{
	struct state *state = *state_out;
	const char *head = "Content-Type: text/plain; charset=utf-8";
	struct buf chinese, linked;

	same_text(state, head,
		  arena_printf(state->keep, "%s\u00a0http://a.example/x",
			       replaced(state, " ", "\u00a0"))
			  .ptr);
	buf_init(&chinese, state->keep);
	buf_init(&linked, state->keep);
	for (unsigned i = 0; i < 60; i++) {
		char letter[] = {'\xe5', (char)(0x80 + i), (char)(0x80 + i * 7 % 64), 0};

		buf_add_cstr(&chinese, letter);
		buf_add_cstr(&linked, letter);
		if (i == 30)
			buf_add_cstr(&linked, "http://a.example/x");
	}
	assert_int_equal(shared(print(state, head, buf_cstr(&chinese)),
				print(state, head, buf_cstr(&linked)), FINGERPRINT_TXT),
			 1);
}

static void test_text_differs(void **state_out)
{
	struct state *state = *state_out;
	struct fingerprint_set *a = print(state, "Subject: x", lorem);
	struct fingerprint_set *b = print(state, "Subject: x", replaced(state, "parcel", "letter"));
	struct fingerprint_set *c =
		print(state, "Subject: x",
		      arena_printf(state->keep, "Words before.\n%s\nAnd behind it.", lorem).ptr);

	assert_int_equal(shared(a, b, FINGERPRINT_TXT), 0);
	assert_int_equal(shared(a, c, FINGERPRINT_TXT), 0);
	assert_true(shared(a, c, FINGERPRINT_ANC) >= 2);
}

static void test_short_text_is_bound(void **state_out)
{
	struct state *state = *state_out;
	struct fingerprint_set *alone =
		print(state, "Subject: x", "Are you at your desk now please");
	struct fingerprint_set *a =
		print(state, "Subject: x", "Are you at your desk now please http://a.example/");
	struct fingerprint_set *b =
		print(state, "Subject: x", "Are you at your desk now please http://b.example/");

	assert_int_equal(count(alone, FINGERPRINT_TXS), 0);
	assert_int_equal(count(alone, FINGERPRINT_TXT), 0);
	assert_int_equal(count(a, FINGERPRINT_TXS), 1);
	assert_int_equal(shared(a, b, FINGERPRINT_TXS), 0);
	assert_true(alone->withheld.n > 0);
}

static void test_links(void **state_out)
{
	struct state *state = *state_out;
	struct fingerprint_set *a =
		print(state, "Subject: x", "http://www.shop.example/offer/18273/go.html?id=7");
	struct fingerprint_set *b =
		print(state, "Subject: x", "http://www.shop.example/offer/993/go.html");
	struct fingerprint_set *c = print(state, "Subject: x", "http://popular.example/");

	assert_int_equal(shared(a, b, FINGERPRINT_URL), 1);
	assert_int_equal(shared(a, b, FINGERPRINT_HOST), 1);
	assert_int_equal(count(c, FINGERPRINT_HOST), 0);
}

static void test_contacts(void **state_out)
{
	struct state *state = *state_out;
	struct fingerprint_set *a = print(state, "Reply-To: j.doe+x@free.example",
					  "Call +44 20 7946 0958 or write jane@work.example");
	struct fingerprint_set *b =
		print(state, "Reply-To: jdoe@free.example", "Telephone: +44-20-7946-0958!");

	assert_int_equal(count(a, FINGERPRINT_CTK), 1);
	assert_int_equal(shared(a, b, FINGERPRINT_CTK), 1);
	assert_int_equal(count(a, FINGERPRINT_TEL), 1);
	assert_int_equal(shared(a, b, FINGERPRINT_TEL), 1);
	assert_int_equal(count(print(state, "From: jdoe@free.example\nReply-To: jdoe@free.example",
				     "Please answer"),
			       FINGERPRINT_CTK),
			 0);
	assert_int_equal(count(print(state, "Subject: x", "on 2026-11-25 at 10:30, no 12345678"),
			       FINGERPRINT_TEL),
			 0);
}

/* What stands behind a rule at the end is not the text's, unless nothing stands above it. */
static void test_trailer(void **state_out)
{
	struct state *state = *state_out;
	static const char trailer[] =
		"\n-- \nTo leave this list write to its keeper and ask politely, and please read "
		"the answers that others got before";
	static const char *const dashes[] = {"\u2014", "\u2500\u2500\u2500", "\u2013 \u2013"};
	struct fingerprint_set *plain = print(state, "Subject: x", lorem);
	struct fingerprint_set *a =
		print(state, "Subject: x", arena_printf(state->keep, "%s%s", lorem, trailer).ptr);
	struct fingerprint_set *b =
		print(state, "Subject: x",
		      arena_printf(state->keep, "No, I do not think so.%s", trailer).ptr);

	assert_int_equal(shared(plain, a, FINGERPRINT_TXT), 1);
	assert_int_equal(count(a, FINGERPRINT_ANC), count(plain, FINGERPRINT_ANC));
	assert_int_equal(shared(a, b, FINGERPRINT_ANC), 0);
	assert_int_equal(shared(a, b, FINGERPRINT_ANS), 0);
	assert_true(shared(a, b, FINGERPRINT_ANT) >= 2);
	for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++) {
		struct fingerprint_set *wide = print(
			state, "Content-Type: text/plain; charset=utf-8",
			arena_printf(state->keep, "%s\n%s\n%s", lorem, dashes[i], trailer + 5).ptr);
		assert_int_equal(shared(plain, wide, FINGERPRINT_TXT), 1);
		assert_true(shared(a, wide, FINGERPRINT_ANT) >= 2);
	}
	assert_int_equal(count(print(state, "Subject: x", trailer), FINGERPRINT_ANT), 0);
	assert_int_equal(count(print(state, "Subject: x", trailer), FINGERPRINT_TXT), 1);
}

/* Text counts when people see it, whatever SpamAssassin takes for hidden. */
static void test_small_print(void **state_out)
{
	struct state *state = *state_out;
	struct fingerprint_set *plain = print(state, "Subject: x", lorem);
	struct fingerprint_set *small = print(
		state, "Content-Type: text/html",
		arena_printf(state->keep, "<p></p><font size=1 color=111111>%s</font>", lorem).ptr);
	struct fingerprint_set *white =
		print(state, "Content-Type: text/html",
		      arena_printf(state->keep,
				   "<table bgcolor=black><td><font color=white>%s</font>", lorem)
			      .ptr);
	struct fingerprint_set *hidden = print(
		state, "Content-Type: text/html",
		arena_printf(state->keep,
			     "<title>A title</title><p>%s<span style='font-size:0'>no</span></p>"
			     "<div style='max-height: 0px; overflow:hidden'>few words</div>"
			     "<div style='position:absolute; left:-9999px'>off it</div>"
			     "<div style='display:none'><p style='display:block'>in</p></div>"
			     "<span style='opacity:0'>through</span>",
			     lorem)
			.ptr);

	assert_int_equal(shared(plain, small, FINGERPRINT_TXT), 1);
	assert_int_equal(shared(plain, white, FINGERPRINT_TXT), 1);
	assert_int_equal(shared(plain, hidden, FINGERPRINT_TXT), 1);
}

/* Salad in what people do not see, by whatever HTML and CSS hides it; and what they do see though
 * something like that is near it. */
static void test_hidden_salad(void **state_out)
{
	static const char salad[] = "walrus carpenter cabbage kings sealing wax ships pigs wings "
				    "boiling hot sea oysters "
				    "beach walk pleasant talk briny quantity sand maids mops";
	static const struct {
		const char *before, *open, *close;
	} hidden[] = {
		{"", "<b style='display:none'>", "</b>"},
		{"", "<section hidden>", "</section>"},
		{"", "<span style='font:0/0 a'>", "</span>"},
		{"", "<span style='color:rgba(9, 9, 9, 0)'>", "</span>"},
		{"", "<div style='position:absolute;clip:rect(0 0 0 0)'>", "</div>"},
		{"", "<div style='transform: scale(0)'>", "</div>"},
		{"<style>.a, i.b { display : none }</style>", "<p class='x a'>", "</p>"},
		{"<style>.a, i.b { display : none }</style>", "<i class=B>", "</i>"},
		{"<style><!-- /* .c{} */ #d{font-size:0px} --></style>", "<u id=d>", "</u>"},
		{"<style>tt{visibility:hidden}</style>", "<tt>a<tt>b</tt>", "</tt>"},
		{"<style>@media print { p{color:red} } em{display:none}</style>", "<em>", "</em>"},
	};
	static const struct {
		const char *before, *open, *close;
	} shown[] = {
		{"<style>@media print { p{display:none} }</style>", "<p>", "</p>"},
		{"<style>p{display:none} p{display:block}</style>", "<p>", "</p>"},
		{"<style>p.a{display:none}</style>", "<p class=ab>", "</p>"},
		{"<style>p{display:none}</style>", "<p style='display:block'>", "</p>"},
		{"<p style='display:none'>no", "<p>", "</p>"},
		{"", "<span style='font:0.9em/1.2 Arial'>", "</span>"},
		{"<table bgcolor=black><td>", "<font color=white>", "</font>"},
		{"<table background=x.png><td>", "<font color=white>", "</font>"},
	};
	struct state *state = *state_out;

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		same_text(state, "Content-Type: text/html",
			  arena_printf(state->keep, "<head>%s</head><body>%s%s%s%s",
				       hidden[i].before, hidden[i].open, salad, hidden[i].close,
				       lorem)
				  .ptr);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		same_text(state, "Content-Type: text/html",
			  arena_printf(state->keep,
				       "<p style='display:none'>%s</p><div hidden>%s</div>%s%s%s%s",
				       salad, salad, shown[i].before, shown[i].open, lorem,
				       shown[i].close)
				  .ptr);
}

static void test_paths(void **state_out)
{
	struct state *state = *state_out;
	const char *head = "Content-Type: text/html";
	struct fingerprint_set *a =
		print(state, head,
		      "<a href=\"http://one.example/offers/Spring-12/go.php?id=7&who=1\">x</a>"
		      "<img src=\"http://one.example/img/banner3.png\">");
	struct fingerprint_set *b =
		print(state, head,
		      "<img src=\"http://two.test/img/banner3.png\">"
		      "<a href=\"http://two.test/offers/spring-7/go.php?id=99&who=2\">x</a>");
	struct fingerprint_set *few =
		print(state, head, "<a href=\"http://one.example/unsubscribe\">x</a>");

	assert_int_equal(shared(a, b, FINGERPRINT_PTH), 1);
	assert_int_equal(shared(a, b, FINGERPRINT_HOST), 0);
	assert_int_equal(count(few, FINGERPRINT_PTH), 0);
}

static void test_sender(void **state_out)
{
	struct state *state = *state_out;
	struct fingerprint_set *a = print(state, "From: Shop <Offers@shop.example>", "Buy now");
	struct fingerprint_set *b = print(state, "From: \"Other\" <offers@Shop.example>", "No");

	assert_int_equal(shared(a, b, FINGERPRINT_SND), 1);
	assert_int_equal(
		count(print(state, "From: a@b.example\nTo: a@b.example", "Hi"), FINGERPRINT_SND),
		0);
	assert_int_equal(
		count(print(state, "From: \"J via L\" <l@b.example>\nList-Id: L <l.b.example>",
			    "Hi"),
		      FINGERPRINT_SND),
		0);
	assert_int_equal(
		count(print(state, "From: l@b.example\nList-Post: <mailto:l@b.example>", "Hi"),
		      FINGERPRINT_SND),
		0);
	/* what writes in everybody's name */
	assert_int_equal(count(print(state, "From: \"J\" <notes@mail.popular.example>", "Hi"),
			       FINGERPRINT_SND),
			 0);
	map_put(state->settings->popular, STR_LIT("free.example"), state);
	assert_int_equal(count(print(state, "From: jim@free.example", "Hi"), FINGERPRINT_SND), 1);
}

/* A PDF with names enough for a skeleton, one page and one script. */
static const char *pdf(struct state *state, const char *title, const char *page, const char *script)
{
	struct buf out;

	buf_init(&out, state->keep);
	buf_printf(&out, "%%PDF-1.4\n1 0 obj\n<</Title (%s) /Producer (x)>>\nendobj\n", title);
	for (char c = 'a'; c <= 'z'; c++)
		buf_printf(&out, "%d 0 obj\n<</Kind%c 7 /Other%c [1 2 R]>>\nendobj\n", c, c, c);
	buf_printf(&out, "90 0 obj\n<</S /JavaScript /JS (%s)>>\nendobj\n", script);
	buf_add_cstr(&out, "91 0 obj\n<</S /URI /URI (http://paid.example/now/go)>>\nendobj\n");
	buf_printf(&out, "92 0 obj\n<</Length 9>>\nstream\n%s\nendstream\nendobj\n%%%%EOF", page);
	return buf_cstr(&out);
}

static struct fingerprint_set *attached(struct state *state, const char *document)
{
	return print(state, "Content-Type: application/pdf", document);
}

static void test_pdf(void **state_out)
{
	struct state *state = *state_out;
	const char *script = "app.alert('you must pay today'); this.submitForm('x');";
	const char *page =
		arena_printf(state->keep, "BT /F1 12 Tf (%s) Tj ET %0900d", lorem, 0).ptr;
	const char *other = arena_printf(state->keep, "BT /F1 12 Tf (no) Tj ET %0900d", 7).ptr;
	struct fingerprint_set *a = attached(state, pdf(state, "One", page, script));
	struct fingerprint_set *b = attached(state, pdf(state, "Two, another", page, script));
	struct fingerprint_set *c = attached(state, pdf(state, "One", other, script));

	assert_int_equal(count(a, FINGERPRINT_ATT), 3); /* bytes, script, page */
	assert_int_equal(shared(a, b, FINGERPRINT_ATT), 2);
	assert_int_equal(shared(a, c, FINGERPRINT_ATT), 1);
	assert_int_equal(shared(a, b, FINGERPRINT_PDF), 1);
	assert_int_equal(shared(a, c, FINGERPRINT_PDF), 1);
	assert_int_equal(count(a, FINGERPRINT_URL), 1);
	/* cut anywhere, it is read to an end */
	for (size_t len = 0; len < 3000; len += 37)
		attached(state,
			 arena_printf(state->keep, "%.*s", (int)len, pdf(state, "x", page, script))
				 .ptr);
}

static void put(struct buf *out, unsigned bytes, size_t number)
{
	for (; bytes; bytes--, number >>= 8)
		buf_add_char(out, (char)(number & 255));
}

/* A ZIP archive (APPNOTE 6.3) of n files, as base64. */
static const char *zip(struct state *state, const struct str *files, size_t n, const char *names,
		       bool deflated)
{
	struct buf out, directory, text;

	buf_init(&out, state->keep);
	buf_init(&directory, state->keep);
	buf_init(&text, state->keep);
	for (size_t i = 0; i < n; i++) {
		struct str packed = files[i];
		struct buf zlib, fields;
		size_t at = out.len;

		buf_init(&zlib, state->keep);
		buf_init(&fields, state->keep);
		zlib_deflate(files[i], &zlib, NULL);
		if (deflated)
			packed = str_sub(buf_str(&zlib), 2, zlib.len - 6);
		put(&fields, 2, 20), put(&fields, 2, 0), put(&fields, 2, deflated ? 8 : 0);
		put(&fields, 4, 0x55555555), put(&fields, 4, data_crc(files[i]));
		put(&fields, 4, packed.len), put(&fields, 4, files[i].len);
		put(&fields, 2, 1), put(&fields, 2, 0);
		buf_add(&out, "PK\3\4", 4);
		buf_add_str(&out, buf_str(&fields));
		buf_add_char(&out, names[i]);
		buf_add_str(&out, packed);
		buf_add(&directory, "PK\1\2", 4);
		put(&directory, 2, 20);
		buf_add_str(&directory, buf_str(&fields));
		put(&directory, 10, 0), put(&directory, 4, at);
		buf_add_char(&directory, names[i]);
	}
	size_t start = out.len;
	buf_add_str(&out, buf_str(&directory));
	buf_add(&out, "PK\5\6", 4);
	put(&out, 4, 0), put(&out, 2, n), put(&out, 2, n);
	put(&out, 4, directory.len), put(&out, 4, start), put(&out, 2, 0);
	encode_base64(&text, buf_str(&out));
	return buf_cstr(&text);
}

static struct fingerprint_set *packed(struct state *state, const char *base64)
{
	return print(state,
		     "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64",
		     base64);
}

/* However it is packed, renamed or ordered; with another file beside it by the largest; also as it
 * is. Other files of the same length are others. */
static void test_archives(void **state_out)
{
	struct state *state = *state_out;
	struct str big = arena_printf(state->keep, "%05000d", 1),
		   other = arena_printf(state->keep, "%05000d", 2),
		   small = arena_printf(state->keep, "%01500d", 3);
	struct str files[] = {big, small}, turned[] = {small, big}, more[] = {small, other, big},
		   others[] = {other, small};
	struct buf bare;

	more[1] = STR_LIT("readme");
	buf_init(&bare, state->keep);
	encode_base64(&bare, big);
	struct fingerprint_set *a = packed(state, zip(state, files, 2, "ab", true));
	struct fingerprint_set *b = packed(state, zip(state, turned, 2, "xy", false));
	struct fingerprint_set *c = packed(state, zip(state, more, 3, "abc", true));
	struct fingerprint_set *d = packed(state, zip(state, others, 2, "ab", false));
	struct fingerprint_set *e = packed(state, buf_cstr(&bare));

	assert_int_equal(shared(a, b, FINGERPRINT_ATT), 2); /* all members, the largest */
	assert_int_equal(shared(a, c, FINGERPRINT_ATT), 1);
	assert_int_equal(shared(a, d, FINGERPRINT_ATT), 0);
	assert_int_equal(shared(a, e, FINGERPRINT_ATT), 1);
}

/* What is packed is not unpacked: a directory may name the same megabytes thousands of times. */
static void test_archive_bomb(void **state_out)
{
	struct state *state = *state_out;
	struct str zeros = {arena_alloc(state->keep, 8 << 20), 8 << 20};

	memset((char *)zeros.ptr, 0, zeros.len);
	struct str files[] = {zeros, zeros, str_sub(zeros, 0, 5000)};
	const char *bomb = zip(state, files, 3, "abc", true);
	struct arena *scan = arena_new("scan", 0), *keep = state->keep;
	state->keep = scan;
	struct fingerprint_set *set = packed(state, bomb);
	assert_true(count(set, FINGERPRINT_ATT) >= 2);
	assert_true(arena_used_bytes(scan) < 4 << 20);
	state->keep = keep;
	arena_free(scan);
}

static void add_gzip(struct buf *out, struct str data)
{
	struct buf zlib;

	buf_init(&zlib, NULL);
	assert_int_equal(zlib_deflate(data, &zlib, NULL), STATUS_OK);
	buf_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10); /* RFC 1952 */
	buf_add_str(out, str_sub(buf_str(&zlib), 2, zlib.len - 6));
	put(out, 4, data_crc(data)), put(out, 4, data.len);
	buf_free(&zlib);
}

/* A tar in gzip has to be unpacked: of many in one mail only some are. */
static void test_many_tars(void **state_out)
{
	enum { TARS = 20, BYTES = 15 << 20 };
	struct state *state = *state_out;
	struct buf gzip, mail;
	char *tar = arena_alloc(state->keep, BYTES);

	memset(tar, 0, BYTES);
	memcpy(tar + 124, "00070000000", 11);
	memcpy(tar + 257, "ustar", 5);
	buf_init(&gzip, state->keep);
	buf_init(&mail, state->keep);
	add_gzip(&gzip, str_make(tar, BYTES));
	for (int i = 0; i < TARS; i++) {
		buf_add_cstr(&mail, "--b\nContent-Type: application/gzip\n"
				    "Content-Transfer-Encoding: base64\n\n");
		encode_base64(&mail, buf_str(&gzip));
		buf_add_cstr(&mail, "\n");
	}
	struct arena *scan = arena_new("scan", 0), *keep = state->keep;
	state->keep = scan;
	struct fingerprint_set *set =
		print(state, "Content-Type: multipart/mixed; boundary=b", buf_cstr(&mail));
	assert_true(count(set, FINGERPRINT_ATT) >=
		    3); /* of the bytes, the tar, and what it holds */
	assert_true(arena_used_bytes(scan) < TARS * (size_t)BYTES / 2);
	state->keep = keep;
	arena_free(scan);
}

/* Examples of the standards: BIP 173, ISO 13616 as Wikipedia has it, the first Bitcoin address. */
static void test_checksums(void **state)
{
	(void)state;
	assert_true(checksum_bitcoin(STR_LIT("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")));
	assert_false(checksum_bitcoin(STR_LIT("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")));
	assert_true(checksum_bech32(STR_LIT("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")));
	assert_false(checksum_bech32(STR_LIT("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")));
	assert_true(checksum_iban(STR_LIT("GB82WEST12345698765432")));
	assert_false(checksum_iban(STR_LIT("GB82WEST12345698765433")));
}

static void test_key_is_the_networks(void **state_out)
{
	struct state *state = *state_out;
	struct fingerprint_set *a = print(state, "Subject: x", lorem), *b;
	unsigned char other[KEYED_HASH_KEY_BYTES] = "another network";

	state->settings = fingerprint_settings_new(state->keep, other);
	state->settings->day = 20000;
	b = print(state, "Subject: x", lorem);
	for (uint8_t i = 0; i < FINGERPRINT_ALGORITHMS; i++)
		assert_int_equal(shared(a, b, i), 0);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(test_text_encodings, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_text_disguises, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_text_differs, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_text_beside_link, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_utf16, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_unnormalized, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_short_text_is_bound, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_contacts, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_trailer, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_small_print, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_hidden_salad, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_sender, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_pdf, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_archives, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_archive_bomb, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_many_tars, set_up, tear_down),
	  cmocka_unit_test(test_checksums),
	  cmocka_unit_test_setup_teardown(test_key_is_the_networks, set_up, tear_down))
