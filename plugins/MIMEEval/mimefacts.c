/* The walk over all parts: headers first, then the raw lines of leaves (MIMEEval.pm
 * _check_attachments). */
#include "lib/base/span.h"
#include "plugins/MIMEEval/mimeeval.h"

enum { QP_LINE_BYTES = 79 /* with its end: RFC 5322's 78, not RFC 2045's 76 */ };

struct walk {
	struct scan *scan;
	struct mime_facts *facts;
	double normal_bytes, unicode_entities;
	/* of the leaf in work, and the last text and HTML leaf that is no attachment */
	double bytes;
	bool has_text, has_html;
	double text_bytes, html_bytes;
};

struct leaf {
	struct str type, encoding, disposition, charset;
	/* what is looked at in its lines */
	bool is_plain, is_html, is_attached;
	bool counts_bytes, is_qp, is_base64, is_us_ascii, has_entities;
};

static struct str lower_header(struct scan *scan, const struct part *part, const char *name)
{
	struct str value = headers_last(&part->headers, name);

	return value.ptr ? arena_lower(scan_arena(scan), value) : STR_NONE;
}

/* --- headers --- */

static bool is_ascii_name(struct str charset)
{
	static const char *const names[] = {
		"us-ascii",         "ansi_x3.4-1968", "iso-ir-6",  "ansi_x3.4-1986",
		"iso_646.irv:1991", "ascii",          "iso646-us", "us",
		"ibm367",           "cp367",          "csascii"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_contains(charset, names[i]))
			return true;
	return false;
}

/* The offset of a number of one or two digits behind "iso-8859-" that ends there, or a known 2022
 */
static bool is_good_iso(struct str charset)
{
	for (size_t at = 0; at < charset.len; at++) {
		struct str rest = str_from_at(charset, at);
		size_t end = 9;

		if (str_has_prefix(rest, "iso-2022-jp") || str_has_prefix(rest, "iso-2022-kr")) {
			if (rest.len == 11 || !ascii_is_word((unsigned char)rest.ptr[11]))
				return true;
		} else if (str_has_prefix(rest, "iso-8859-")) {
			while (end < rest.len && end < 11 &&
			       ascii_is_digit((unsigned char)rest.ptr[end]))
				end++;
			if (end > 9 &&
			    (end >= rest.len || !ascii_is_word((unsigned char)rest.ptr[end])))
				return true;
		}
	}
	return false;
}

/* "iso-" something "-" something */
static bool looks_like_iso(struct str charset)
{
	size_t at = str_find(charset, STR_LIT("iso-")), dash;

	if (at == STR_NOT_FOUND)
		return false;
	charset = str_from_at(charset, at + 4);
	for (dash = 1; dash + 1 < charset.len && !ascii_is_space((unsigned char)charset.ptr[dash]);
	     dash++)
		if (charset.ptr[dash] == '-' && !ascii_is_space((unsigned char)charset.ptr[0]))
			return !ascii_is_space((unsigned char)charset.ptr[dash + 1]);
	return false;
}

static bool has_letter(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (ascii_is_alpha((unsigned char)text.ptr[i]))
			return true;
	return false;
}

static void look_at_headers(struct walk *w, const struct leaf *leaf)
{
	struct mime_facts *facts = w->facts;
	bool base64 = str_contains(leaf->encoding, "base64"),
	     text = str_has_prefix(leaf->type, "text");
	bool placed = str_has_prefix(leaf->disposition, "attachment") ||
		      str_has_prefix(leaf->disposition, "inline");

	if (str_eq_c(leaf->type, "text/html"))
		facts->body_html_count++;
	else if (text)
		facts->body_text_count++;
	if (base64)
		facts->base64_count++;
	else if (str_contains(leaf->encoding, "quoted-printable"))
		facts->qp_count++;
	if (str_contains(leaf->disposition, "attachment"))
		facts->attachment++;
	if (text && base64 && (leaf->charset.len == 0 || is_ascii_name(leaf->charset)) && !placed)
		facts->base64_encoded_text = 1;
	if (looks_like_iso(leaf->charset) && !is_good_iso(leaf->charset))
		facts->bad_iso_charset = 1;
	if (!has_letter(leaf->charset))
		return;
	vec_push(scan_arena(w->scan), &facts->charsets, leaf->charset);
	if (!facts->faraway_charset)
		facts->faraway_charset = mime_faraway(w->scan, leaf->charset);
}

/* --- lines of leaves --- */

/* From `at` on; the text's length when there is none. */
static size_t place_of(struct str text, size_t at, char c)
{
	size_t found = str_find_char(str_from_at(text, at), c);

	return found == STR_NOT_FOUND ? text.len : at + found;
}

static bool is_needless_escape(struct str line, size_t at)
{
	char high, low;

	if (at + 2 >= line.len || line.ptr[at] != '=')
		return false;
	high = line.ptr[at + 1];
	low = line.ptr[at + 2];
	if (!ascii_is_digit((unsigned char)low) && !(low >= 'A' && low <= 'F'))
		return false;
	switch (high) {
	case '0':
		return low == '9';
	case '2':
	case '4':
	case '5':
	case '6':
		return true;
	case '3':
		return low != 'D';
	case '7':
		return low != 'F';
	default:
		return false;
	}
}

/* Escapes of characters that need none, but for blanks at the end of the line. */
static double count_escapes(struct str line)
{
	double n = 0;
	size_t end = str_trim_right(line).len;

	for (size_t i = 0; (i = place_of(line, i, '=')) < line.len; i++)
		if (is_needless_escape(line, i)) {
			n++;
			i += 2;
		}
	while (end >= 3 && line.ptr[end - 3] == '=' &&
	       ((line.ptr[end - 2] == '0' && line.ptr[end - 1] == '9') ||
		(line.ptr[end - 2] == '2' && line.ptr[end - 1] == '0'))) {
		n--;
		end -= 3;
	}
	return n < 0 ? 0 : n;
}

static void look_at_qp(struct walk *w, struct str line, double *qp_count)
{
	if (str_has_prefix(line, "SPAM: "))
		return;
	if (line.len > QP_LINE_BYTES)
		w->facts->qp_long_line = 1;
	w->facts->qp_bytes += (double)line.len;
	if (str_find_char(line, '=') != STR_NOT_FOUND)
		*qp_count += count_escapes(line);
}

static bool has_illegal_byte(struct str line)
{
	return span_until_either(line, 0, '\0', '\r') < line.len || str_has_8bit(line);
}

/* "&#x4E2D;": four capital hex digits */
static bool is_unicode_entity(struct str s)
{
	if (s.len < 8 || !str_has_prefix(s, "&#x") || s.ptr[7] != ';')
		return false;
	for (size_t i = 3; i < 7; i++)
		if (!ascii_is_digit((unsigned char)s.ptr[i]) &&
		    !(s.ptr[i] >= 'A' && s.ptr[i] <= 'F'))
			return false;
	return true;
}

static void count_entities(struct walk *w, struct str body)
{
	double n = 0;

	for (size_t i = 0; (i = place_of(body, i, '&')) < body.len; i++)
		if (is_unicode_entity(str_from_at(body, i))) {
			n++;
			i += 7;
		}
	w->unicode_entities += n;
	w->normal_bytes += (double)body.len - 8 * n;
}

static bool is_unencoded(struct str encoding)
{
	return encoding.len == 0 || str_eq_c(encoding, "7bit") || str_eq_c(encoding, "8bit");
}

static void look_at_line(struct walk *w, const struct leaf *leaf, struct str line, double *qp_count)
{
	if (leaf->is_qp)
		look_at_qp(w, line, qp_count);
	if (leaf->is_us_ascii && has_illegal_byte(line))
		w->facts->ascii_text_illegal++;
	if (leaf->is_base64 && (double)line.len > w->facts->base64_longest)
		w->facts->base64_longest = (double)line.len;
}

static void look_at_lines(struct walk *w, const struct leaf *leaf, struct str body,
			  double *qp_count)
{
	while (body.len && (leaf->is_qp || leaf->is_us_ascii || leaf->is_base64)) {
		size_t end = str_find_char(body, '\n');
		struct str line = str_sub(body, 0, end == STR_NOT_FOUND ? body.len : end + 1);

		body = str_from_at(body, line.len);
		look_at_line(w, leaf, line, qp_count);
	}
}

static void prepare_leaf(const struct walk *w, struct leaf *leaf)
{
	leaf->is_plain = str_eq_c(leaf->type, "text/plain");
	leaf->is_html = str_eq_c(leaf->type, "text/html");
	leaf->is_attached = str_contains(leaf->disposition, "attachment");
	leaf->counts_bytes = w->facts->multipart_alternative && !leaf->is_attached &&
			     (leaf->is_plain || leaf->is_html);
	leaf->is_qp = str_eq_c(leaf->encoding, "quoted-printable");
	leaf->is_base64 =
		str_eq_c(leaf->encoding, "base64") && !str_eq_c(leaf->type, "application/ics");
	leaf->is_us_ascii =
		leaf->is_plain && (!leaf->charset.ptr || str_eq_c(leaf->charset, "us-ascii"));
	leaf->has_entities = leaf->is_plain && is_unencoded(leaf->encoding);
}

static void look_at_leaf(struct walk *w, const struct part *part, const struct leaf *leaf,
			 double *qp_count)
{
	struct str body = part->raw_body;
	struct leaf by_line = *leaf;

	w->bytes = leaf->counts_bytes ? (double)body.len : 0;
	if (leaf->has_entities)
		count_entities(w, body);
	by_line.is_us_ascii = leaf->is_us_ascii && has_illegal_byte(body);
	look_at_lines(w, &by_line, body, qp_count);
	if (leaf->is_attached)
		return;
	if (leaf->is_html) {
		w->has_html = true;
		w->html_bytes = w->bytes;
	} else if (leaf->is_plain) {
		w->has_text = true;
		w->text_bytes = w->bytes;
	}
}

/* --- all parts --- */

static struct leaf leaf_of(struct scan *scan, const struct part *part)
{
	struct content_type type =
		content_type_parse(scan_arena(scan), headers_last(&part->headers, "Content-Type"));

	return (struct leaf){
		.type = type.type,
		.encoding = lower_header(scan, part, "Content-Transfer-Encoding"),
		.disposition = lower_header(scan, part, "Content-Disposition"),
		.charset =
			type.charset.ptr ? arena_lower(scan_arena(scan), type.charset) : STR_NONE,
	};
}

static struct mime_facts *facts_make(struct scan *scan)
{
	struct walk w = {.scan = scan, .facts = ARENA_NEW(scan_arena(scan), struct mime_facts)};
	struct part_vec parts = {0};
	double qp_count = 0;

	w.facts->multipart_ratio = 1;
	message_parts(scan_arena(scan), scan_mail(scan)->message, false, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		struct leaf leaf = leaf_of(scan, parts.items[i]);

		if (str_eq_c(leaf.type, "multipart/alternative"))
			w.facts->multipart_alternative = 1;
		look_at_headers(&w, &leaf);
		prepare_leaf(&w, &leaf);
		if (parts.items[i]->is_leaf)
			look_at_leaf(&w, parts.items[i], &leaf, &qp_count);
	}
	if (w.facts->qp_bytes > 0) {
		w.facts->qp_ratio = qp_count / w.facts->qp_bytes;
		w.facts->qp_count = qp_count;
	}
	if (w.normal_bytes > 0)
		w.facts->text_unicode_ratio = w.unicode_entities / w.normal_bytes;
	if (w.facts->multipart_alternative && w.has_text && w.has_html && w.html_bytes > 0)
		w.facts->multipart_ratio = w.text_bytes / w.html_bytes;
	if (scan_mail(scan)->message->oddities & ODDITY_MISSING_MIME_BOUNDARY)
		w.facts->missing_boundary = 1;
	return w.facts;
}

struct mime_facts *mime_facts_of(struct scan *scan, const void *plugin)
{
	void **slot = scan_plugin_slot(scan, plugin);

	if (!*slot)
		*slot = facts_make(scan);
	return *slot;
}

bool mime_high_bits(struct scan *scan, size_t min)
{
	const struct str_vec *body = &mail_views(scan_mail(scan))->body;
	size_t high = 0, low = 0;

	for (size_t i = 0; i < body->n; i++)
		for (size_t n = 0; n < body->items[i].len; n++) {
			bool is_high = (unsigned char)body->items[i].ptr[n] >= 0x80;

			high += is_high;
			low += !is_high;
		}
	return low + (body->n ? body->n - 1 : 0) <= high && high > min;
}

bool mime_faraway(struct scan *scan, struct str charset)
{
	return charset.ptr &&
	       !locales_allow(scan_arena(scan), scan_prefs(scan)->settings->ok_locales, charset);
}
