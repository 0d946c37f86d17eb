/*
 * pdf: how a PDF is built and what it does. The names in its objects, in order, numbers and texts
 * left out, are its skeleton (it supports: one program makes many alike); its scripts, and what its
 * pages draw, unpacked, are properties of the campaign whatever the metadata say; addresses it
 * leads to join the links. Compressed objects are read too.
 */
#include "lib/base/hash.h"
#include "lib/base/inflate.h"
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

enum {
	NAMES_MIN = 40,
	NAMES_MAX = 20000,
	NAME_BYTES_MAX = 32,
	STREAMS_MAX = 200,
	UNPACKED_MAX = 2 << 20,     /* of one stream */
	ALL_UNPACKED_MAX = 8 << 20, /* of all */
	PAGE_MIN = 400,
	PAGES_MAX = 3,
	SCRIPT_MIN = 32,
	STRING_MAX = 64 * 1024,
	URIS_MAX = 20,
	HEAD_MAX = 2048, /* of an object before its stream */
};

struct pdf {
	struct fingerprint_run *run;
	unsigned part;
	struct buf names;
	size_t n_names, n_streams, n_pages, n_uris, unpacked;
	struct str last;
};

/* --- words --- */

static bool is_delimiter(char c)
{
	return ascii_is_space((unsigned char)c) || c == '\0' || ascii_is_in(c, "/<>()[]{}%");
}

/* Fonts and pictures are numbered: digits are one sign. What repeats is told once. */
static void add_name(struct pdf *pdf, struct str name)
{
	struct buf folded;

	if (pdf->n_names >= NAMES_MAX || name.len > NAME_BYTES_MAX)
		return;
	buf_init(&folded, pdf->run->scan);
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_digit((unsigned char)name.ptr[i]))
			buf_add_char(&folded, name.ptr[i]);
		else if (i == 0 || !ascii_is_digit((unsigned char)name.ptr[i - 1]))
			buf_add_char(&folded, '#');
	if (str_eq(buf_str(&folded), pdf->last))
		return;
	pdf->last = buf_str(&folded);
	buf_add_char(&pdf->names, '/');
	buf_add_str(&pdf->names, pdf->last);
	pdf->n_names++;
}

/* Length of "(text)" with its brackets, nested ones and escapes in it. */
static size_t string_length(struct str s)
{
	size_t depth = 0, i = 0;

	for (; i < s.len && i < STRING_MAX; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return i < s.len ? i : s.len;
}

/* Without brackets, escapes and the NULs of UTF-16. */
static struct str string_text(struct arena *scan, struct str s)
{
	struct buf out;

	buf_init(&out, scan);
	for (size_t i = 1; i + 1 < s.len; i++) {
		if (s.ptr[i] == '\\' && i + 2 < s.len)
			i++;
		if (s.ptr[i])
			buf_add_char(&out, s.ptr[i]);
	}
	return buf_str(&out);
}

/* --- what it does --- */

static void add_script(struct pdf *pdf, struct str script)
{
	struct buf code;

	buf_init(&code, pdf->run->scan);
	for (size_t i = 0; i < script.len; i++)
		if (!ascii_is_space((unsigned char)script.ptr[i]))
			buf_add_char(&code, script.ptr[i]);
	if (code.len >= SCRIPT_MIN)
		fingerprint_add(pdf->run, FINGERPRINT_ATT, pdf->part, (unsigned)(code.len / 1024),
				code.ptr, code.len);
}

/* A text behind a name. */
static void take_string(struct pdf *pdf, struct str string)
{
	if (str_eq_c(pdf->last, "JS"))
		add_script(pdf, string_text(pdf->run->scan, string));
	else if (str_eq_c(pdf->last, "URI") && pdf->n_uris++ < URIS_MAX)
		fingerprint_link(pdf->run, string_text(pdf->run->scan, string));
}

/* Names and texts of objects, outside of streams. */
static void read_words(struct pdf *pdf, struct str s)
{
	for (size_t i = 0; i < s.len;) {
		size_t length = 1;

		if (s.ptr[i] == '/') {
			while (i + length < s.len && !is_delimiter(s.ptr[i + length]))
				length++;
			add_name(pdf, str_sub(s, i + 1, length - 1));
		} else if (s.ptr[i] == '(') {
			length = string_length(str_from_at(s, i));
			take_string(pdf, str_sub(s, i, length));
		} else if (s.ptr[i] == '%') {
			while (i + length < s.len && s.ptr[i + length] != '\n' &&
			       s.ptr[i + length] != '\r')
				length++;
		}
		i += length ? length : 1;
	}
}

/* --- streams --- */

static struct str unpacked(struct pdf *pdf, struct str head, struct str bytes)
{
	struct buf out;

	if (!str_contains(head, "FlateDecode"))
		return bytes;
	if (pdf->unpacked >= ALL_UNPACKED_MAX || !fingerprint_may_unpack(pdf->run, UNPACKED_MAX))
		return STR_NONE;
	buf_init(&out, pdf->run->scan);
	/* what came out before a fault counts */
	zlib_inflate(bytes, UNPACKED_MAX, &out, NULL);
	pdf->unpacked += out.len;
	pdf->run->n_unpacked += out.len;
	return buf_str(&out);
}

/* Fonts, colour profiles, metadata and tables are other people's or change with every writing. */
static bool is_page(struct str head)
{
	static const char *const others[] = {"/Type",      "/Subtype", "/Length1",      "/Length2",
					     "/Alternate", "/N ",      "/FunctionType", "/W["};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (str_contains(head, others[i]))
			return false;
	return true;
}

/* Numbers of text and graphics are kept: they are what is drawn. */
static void add_page(struct pdf *pdf, struct str contents)
{
	if (contents.len < PAGE_MIN || pdf->n_pages >= PAGES_MAX)
		return;
	pdf->n_pages +=
		fingerprint_add(pdf->run, FINGERPRINT_ATT, pdf->part,
				(unsigned)(contents.len / 1024), contents.ptr, contents.len);
}

static void take_stream(struct pdf *pdf, struct str head, struct str bytes)
{
	pdf->n_streams++;
	if (str_contains(head, "/ObjStm"))
		read_words(pdf, unpacked(pdf, head, bytes));
	else if (str_eq_c(pdf->last, "JS") || str_contains(head, "/JavaScript"))
		add_script(pdf, unpacked(pdf, head, bytes));
	else if (is_page(head))
		add_page(pdf, unpacked(pdf, head, bytes));
}

/* The object that ends at the end of text. */
static struct str head_of(struct str text)
{
	size_t from = text.len > HEAD_MAX ? text.len - HEAD_MAX : 0;
	struct str head = str_from_at(text, from), rest = head;
	size_t at;

	while ((at = str_find(rest, STR_LIT("obj"))) != STR_NOT_FOUND)
		rest = str_from_at(rest, at + 3);
	return rest;
}

bool fingerprint_pdf(struct fingerprint_run *run, struct str data, unsigned part)
{
	struct pdf pdf = {.run = run, .part = part};
	size_t at;

	if (str_find(str_sub(data, 0, 1024), STR_LIT("%PDF-")) == STR_NOT_FOUND)
		return false;
	buf_init(&pdf.names, run->scan);
	while ((at = str_find(data, STR_LIT("stream"))) != STR_NOT_FOUND) {
		struct str head = head_of(str_sub(data, 0, at)), bytes;

		read_words(&pdf, str_sub(data, 0, at));
		bytes = str_from_at(data, at + 6);
		while (bytes.len && (bytes.ptr[0] == '\r' || bytes.ptr[0] == '\n'))
			bytes = str_from_at(bytes, 1);
		size_t end = str_find(bytes, STR_LIT("endstream"));
		bytes = str_sub(bytes, 0, end);
		take_stream(&pdf, head, str_trim_right(bytes));
		data = end == STR_NOT_FOUND
			       ? STR_NONE
			       : str_from_at(data, (size_t)(bytes.ptr - data.ptr) + bytes.len + 9);
		if (pdf.n_streams >= STREAMS_MAX)
			break;
	}
	read_words(&pdf, data);
	if (pdf.n_names >= NAMES_MIN)
		fingerprint_add(run, FINGERPRINT_PDF, part, (unsigned)pdf.n_names, pdf.names.ptr,
				pdf.names.len);
	else
		fingerprint_withhold(run, FINGERPRINT_PDF, part, "fewer than 40 names in the PDF");
	return true;
}
