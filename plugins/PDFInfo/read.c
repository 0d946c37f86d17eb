/* read: the lines of one PDF. No object is decompressed; what stands in plain text counts, as in
 * SpamAssassin. */
#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "plugins/PDFInfo/pdfinfo.h"

enum { FUZZY_LINES = 70, URIS_MAX = 20, STRING_MAX = 256, TAG_MAX = 2048, DETAILS_MAX = 1000 };

/* Group 1: "(text)" or "<hex>" */
#define STRING "(\\(.*?(?<!\\\\)\\)|<[^>]*>)"

void pdf_regexes_make(struct arena *keep, struct pdf_regexes *regexes)
{
	static const char *const details[PDF_DETAILS] = {
		[PDF_AUTHOR] = "/Author\\s{0,2}" STRING,
		[PDF_CREATOR] = "/Creator\\s{0,2}" STRING,
		[PDF_PRODUCER] = "/Producer\\s{0,2}" STRING,
		[PDF_TITLE] = "/Title\\s{0,2}" STRING,
		[PDF_CREATED] = "/CreationDate\\s{0,2}\\(D:(\\d+)",
		[PDF_MODIFIED] = "/ModDate\\s{0,2}\\(D:(\\d+)",
	};

	regexes->magic = regex_must(keep, "^.{0,1024}%PDF-(\\d\\.\\d)", REGEX_DOTALL);
	regexes->fuzzy_skip = regex_must(keep,
					 "^%|^/(?:Height|Width|(?:(?:Media|Crop)Box))|"
					 "^\\d+\\s+\\d+\\s+\\d+\\s+\\d+\\s+\\d+\\s+\\d+\\s+cm$",
					 0);
	regexes->placed =
		regex_must(keep, "^(\\d+)\\s+\\d+\\s+\\d+\\s+(\\d+)\\s+\\d+\\s+\\d+\\s+cm$", 0);
	regexes->width = regex_must(keep, "^/Width\\s(\\d+)", 0);
	regexes->height = regex_must(keep, "^/Height\\s(\\d+)", 0);
	regexes->both = regex_must(keep, "/Width\\s(\\d+)/Height\\s(\\d+)", 0);
	regexes->tag = regex_must(keep, "^/([A-Za-z]+)", 0);
	regexes->uri = regex_must(keep,
				  "(?:/S\\s{0,2}/URI\\s{0,2}|^\\s*)/URI\\s{0,2}" STRING
				  "|\\((https?://.{8,256})\\)>>",
				  0);
	for (int i = 0; i < PDF_DETAILS; i++)
		regexes->detail[i] = regex_must(keep, details[i], 0);
}

/* --- strings --- */

static bool is_octal(char c, char max)
{
	return c >= '0' && c <= max;
}

/* UTF-16 loses its mark and its NULs. */
static struct str without_nuls(struct arena *arena, struct str text)
{
	struct buf out;

	if (!str_has_prefix(text, "\xfe\xff") && !str_has_prefix(text, "\xff\xfe"))
		return text;
	buf_init(&out, arena);
	for (size_t i = 2; i < text.len; i++)
		if (text.ptr[i])
			buf_add_char(&out, text.ptr[i]);
	return buf_str(&out);
}

static struct str hex_string(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i + 1 < text.len;) {
		uint64_t byte;

		if (number_hex(str_sub(text, i, 2), &byte)) {
			buf_add_char(&out, (char)byte);
			i += 2;
		} else {
			i++;
		}
	}
	return without_nuls(arena, buf_str(&out));
}

static struct str with_octals(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		bool escape = text.ptr[i] == '\\' && (i == 0 || text.ptr[i - 1] != '\\') &&
			      i + 3 < text.len && is_octal(text.ptr[i + 1], '3') &&
			      is_octal(text.ptr[i + 2], '7') && is_octal(text.ptr[i + 3], '7');

		if (escape) {
			buf_add_char(&out,
				     (char)((text.ptr[i + 1] - '0') * 64 +
					    (text.ptr[i + 2] - '0') * 8 + text.ptr[i + 3] - '0'));
			i += 3;
		} else {
			buf_add_char(&out, text.ptr[i]);
		}
	}
	return buf_str(&out);
}

static struct str plain_string(struct arena *arena, struct str text)
{
	struct buf out;

	if (text.len && text.ptr[0] == '(')
		text = str_from_at(text, 1);
	if (text.len && text.ptr[text.len - 1] == ')')
		text.len--;
	text = without_nuls(arena, with_octals(arena, text));
	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len &&
		    ascii_is_in(text.ptr[i + 1], "()\\") && text.ptr[i + 1])
			i++;
		buf_add_char(&out, text.ptr[i]);
	}
	return buf_str(&out);
}

static struct str read_string(struct arena *arena, struct str text)
{
	text = text.len && text.ptr[0] == '<' ? hex_string(arena, text) : plain_string(arena, text);
	return str_sub(text, 0, STRING_MAX);
}

/* --- one PDF --- */

struct reader {
	struct scan *scan;
	struct arena *arena;
	const struct pdf_regexes *regexes;
	struct pdf_facts *facts;
	struct buf fuzzy, tags;
	unsigned n_lines;
	bool fuzzy_done, image_seen;
	double height, width, area; /* sums */
	struct str_vec uris;
};

void pdf_tag(struct scan *scan, const char *tag, struct str value)
{
	const struct str_vec *old = scan_tag(scan, str_from(tag));

	if (!value.len)
		return;
	if (!old || !old->n)
		scan_tag_set(scan, tag, value);
	else if (old->items[0].len < TAG_MAX)
		scan_tag_set(scan, tag,
			     arena_printf(scan_arena(scan), "%.*s %.*s", STR_ARG(old->items[0]),
					  STR_ARG(value)));
}

static void add_once(struct arena *arena, struct str_vec *list, struct str text)
{
	if (list->n < DETAILS_MAX && !str_vec_has(list, text))
		vec_push(arena, list, text);
}

static struct str number_text(struct arena *arena, double value)
{
	char text[32];

	number_format_perl(value, text);
	return arena_str(arena, str_from(text));
}

/* The first lines, but for sizes and comments, make the fuzzy digest. */
static struct str read_fuzzy(struct reader *r, struct str line)
{
	if (r->fuzzy_done || ++r->n_lines >= FUZZY_LINES)
		return line;
	if (!regex_test(r->regexes->fuzzy_skip, line)) {
		line = str_trim_right(line);
		buf_add_str(&r->fuzzy, line);
	}
	r->fuzzy_done = str_contains(line, "stream");
	return line;
}

static void add_image(struct reader *r, struct str height, struct str width)
{
	struct pdf_dimension dimension = {height, width};
	double h = number_perl(height), w = number_perl(width);

	if (h == 0 || w == 0)
		return;
	r->fuzzy_done = true;
	r->image_seen = false;
	r->height += h;
	r->width += w;
	r->area += h * w;
	r->facts->n_images++;
	if (r->facts->dimensions.n < DETAILS_MAX)
		vec_push(r->arena, &r->facts->dimensions, dimension);
	pdf_tag(r->scan, "PDFIMGDIM",
		arena_printf(r->arena, "%.*sx%.*s", STR_ARG(height), STR_ARG(width)));
}

/* Of several ways to give a size the first that fits a line counts, even when it gives half of it.
 */
static void read_image(struct reader *r, struct str line)
{
	struct regex_match match;

	r->image_seen |= str_contains(line, "/Image");
	if (!r->image_seen)
		return;
	if (regex_exec(r->regexes->placed, line, 0, &match) == REGEX_MATCH)
		add_image(r, match.group[2], match.group[1]);
	else if (!regex_test(r->regexes->width, line) && !regex_test(r->regexes->height, line) &&
		 regex_exec(r->regexes->both, line, 0, &match) == REGEX_MATCH)
		add_image(r, match.group[2], match.group[1]);
}

static bool has_inner_dot(struct str text)
{
	size_t dot = str_find_char(text, '.');

	return dot != STR_NOT_FOUND && dot > 0;
}

/* False: SpamAssassin looks no further at this line. */
static bool read_uri(struct reader *r, struct str line)
{
	struct regex_match match;
	struct str place = STR_NONE;

	if (r->uris.n >= URIS_MAX || regex_exec(r->regexes->uri, line, 0, &match) != REGEX_MATCH)
		return true;
	if (match.group[1].ptr && has_inner_dot(match.group[1]))
		place = read_string(r->arena, match.group[1]);
	if (!has_inner_dot(place)) {
		if (match.n_groups < 3 || !match.group[2].ptr)
			return false;
		place = read_string(r->arena, match.group[2]);
	}
	if (!has_inner_dot(place) || str_find_char(place, '\0') != STR_NOT_FOUND)
		return false;
	if (!str_vec_has(&r->uris, place)) {
		vec_push(r->arena, &r->uris, place);
		scan_uri_add(r->scan, place);
	}
	return true;
}

static void read_details(struct reader *r, struct str line)
{
	static const char *const tags[PDF_DETAILS] = {
		[PDF_AUTHOR] = "PDFAUTHOR",
		[PDF_CREATOR] = "PDFCREATOR",
		[PDF_PRODUCER] = "PDFPRODUCER",
		[PDF_TITLE] = "PDFTITLE",
	};

	for (int i = 0; i < PDF_DETAILS; i++) {
		struct regex_match match;
		struct str value;

		if (regex_exec(r->regexes->detail[i], line, 0, &match) != REGEX_MATCH)
			continue;
		value = read_string(r->arena, match.group[1]);
		add_once(r->arena, &r->facts->details[i], value);
		if (tags[i])
			pdf_tag(r->scan, tags[i], value);
	}
}

static void read_line(struct reader *r, struct str line)
{
	struct regex_match match;

	line = read_fuzzy(r, line);
	r->facts->encrypted |= str_has_prefix(line, "/Encrypt");
	read_image(r, line);
	if (str_find_char(line, '/') == STR_NOT_FOUND)
		return;
	if (regex_exec(r->regexes->tag, line, 0, &match) == REGEX_MATCH)
		buf_add_str(&r->tags, match.group[1]);
	if (read_uri(r, line))
		read_details(r, line);
}

static struct str md5_of(struct arena *arena, struct str data)
{
	char hex[2 * DIGEST_MAX_BYTES + 1];

	digest_hex(DIGEST_MD5, data, hex);
	for (char *c = hex; *c; c++)
		*c = ascii_upper(*c);
	return arena_str(arena, str_from(hex));
}

static void add_digests(struct reader *r, struct str data)
{
	struct str fuzzy = STR_NONE;

	if (r->fuzzy.len)
		fuzzy = md5_of(r->arena, buf_str(&r->fuzzy));
	add_once(r->arena, &r->facts->md5, md5_of(r->arena, data));
	pdf_tag(r->scan, "PDFMD5", fuzzy); /* so it is in SpamAssassin */
	if (fuzzy.len)
		add_once(r->arena, &r->facts->fuzzy_md5, fuzzy);
	pdf_tag(r->scan, "PDFMD5FUZZY1", fuzzy);
	if (!r->tags.len)
		return;
	add_once(r->arena, &r->facts->fuzzy_md5, md5_of(r->arena, buf_str(&r->tags)));
	pdf_tag(r->scan, "PDFMD5FUZZY2", md5_of(r->arena, buf_str(&r->tags)));
}

static void add_sums(struct reader *r)
{
	struct pdf_dimension sum;

	if (r->area == 0)
		return;
	sum.height = number_text(r->arena, r->height);
	sum.width = number_text(r->arena, r->width);
	vec_push(r->arena, &r->facts->dimensions, sum);
	r->facts->pixels = r->area;
	pdf_tag(r->scan, "PDFIMGAREA", number_text(r->arena, r->area));
}

void pdf_read(struct scan *scan, const struct pdf_regexes *regexes, struct part *part,
	      struct pdf_facts *facts)
{
	struct reader r = {
		.scan = scan, .arena = scan_arena(scan), .regexes = regexes, .facts = facts};
	struct str data = part_decoded(r.arena, part), rest, line;
	struct regex_match match;

	if (str_has_prefix(data, "\xef\xbb\xbf"))
		data = str_from_at(data, 3);
	if (regex_exec(regexes->magic, data, 0, &match) != REGEX_MATCH)
		return;
	pdf_tag(scan, "PDFVERSION", match.group[1]);
	pdf_tag(scan, "PDFNAME", part->name);
	if (part->name.len)
		add_once(r.arena, &facts->names, part->name);
	buf_init(&r.fuzzy, r.arena);
	buf_init(&r.tags, r.arena);
	for (rest = data; str_split_next(&rest, '\n', &line);)
		if (line.len)
			read_line(&r, line);
	add_sums(&r);
	add_digests(&r, data);
}
