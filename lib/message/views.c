/* The texts that rules read, from the decoded and rendered parts (Message.pm
 * get_body_text_array_common and neighbours). */
#include "lib/message/views.h"

#include <stdint.h>

#include "lib/base/encode.h"
#include "lib/base/span.h"
#include "lib/message/html_token.h"
#include "lib/message/limits.h"
#include "lib/message/part.h"

/* What the views that few ask for are made from. */
struct views_source {
	struct part_vec leaves;
	struct str subject;
	size_t limit_bytes;
	bool has_visible, has_invisible;
	struct str_vec visible, invisible;
};

enum rendering { RENDERING_ALL, RENDERING_VISIBLE, RENDERING_INVISIBLE };

/* --- rendering the parts --- */

/* "text/html" also by the file name; otherwise the type as declared. */
static struct str effective_type(const struct part *part)
{
	static const char *const endings[] = {".htm", ".html", ".shtm", ".shtml"};

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_has_suffix_ci(part->name, endings[i]))
			return STR_LIT("text/html");
	return part->type;
}

bool part_is_rendered(const struct part *part)
{
	struct str type = effective_type(part);

	return str_eq_c(type, "text/html") || str_eq_c(type, "text/plain");
}

static bool is_wide_space(unsigned c)
{
	return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Length in bytes of the white space character at offset `at`, or 0. wide: Unicode's, else ASCII's.
 */
static size_t space_at(struct str text, size_t at, bool wide)
{
	unsigned char c = (unsigned char)text.ptr[at];
	unsigned codepoint, length;

	if (c < 0x80)
		return ascii_is_space(c);
	if (!wide || (c != 0xc2 && c != 0xe1 && c != 0xe2 && c != 0xe3))
		return 0;
	length = utf8_decode(str_from_at(text, at), &codepoint);
	return length && is_wide_space(codepoint) ? length : 0;
}

/* May begin white space, or is a NUL: [1] of Unicode, [0] of ASCII. */
static const struct byteset specials[] = {
	{{BYTESET_SPACES, [0] = true}},
	{{BYTESET_SPACES, [0] = true, [0xc2] = true, [0xe1] = true, [0xe2] = true, [0xe3] = true}},
};

static size_t count_spaces(struct str text, bool wide)
{
	size_t n = span_count_range(text, '\t', '\r') + span_count_range(text, ' ', ' ');

	if (!wide)
		return n - span_count_range(text, '\f', '\f');
	for (size_t at = 0; (at = span_ascii(text, at)) < text.len;)
		for (; at < text.len && (unsigned char)text.ptr[at] >= 0x80; at++)
			n += specials[true].has[(unsigned char)text.ptr[at]] &&
			     space_at(text, at, wide) > 0;
	return n;
}

static void add_text_facts(struct arena *scan, struct html_result *html, size_t decoded_bytes)
{
	size_t characters = html->is_octets ? html->text.len : span_count_characters(html->text);
	size_t spaces = count_spaces(html->text, html->is_wide);

	html_number_set(scan, html, "html_length", (double)characters);
	html_number_set(scan, html, "non_space_len", (double)(characters - spaces));
	if (decoded_bytes)
		html_number_set(scan, html, "ratio",
				((double)decoded_bytes - (double)characters) /
					(double)decoded_bytes);
}

/* What Perl makes of bytes once they meet characters. */
static struct str from_latin1(struct arena *scan, struct str text)
{
	return str_is_ascii(text) ? text : html_from_latin1(scan, text);
}

static struct rendered_part render_html(struct arena *scan, struct part *part, struct str text,
					enum html_input input)
{
	struct html_result *html = html_render(scan, text, input);

	add_text_facts(scan, html, part_decoded(scan, part).len);
	return (struct rendered_part){part,          STR_LIT("text/html"),   html->text,
				      html->visible, html->invisible,        html,
				      html->is_wide, html->invisible_is_wide};
}

static void render_part(struct arena *scan, struct part *part,
			const struct message_settings *settings, struct rendered_part_vec *out)
{
	struct str type = effective_type(part), text;
	struct rendered_part rendered;
	bool is_unicode;

	if (part->cache && part->cache->has_rendering) {
		text = part->cache->rendering;
		rendered = (struct rendered_part){
			.part = part, .type = STR_LIT("text/plain"), .text = text, .visible = text};
		vec_push(scan, out, rendered);
		return;
	}
	if (!str_eq_c(type, "text/html") && !str_eq_c(type, "text/plain"))
		return;
	text = part_text(scan, part, settings);
	is_unicode = part_text_is_unicode(scan, part, settings);
	if (str_eq_c(type, "text/html") && part_decoded(scan, part).len)
		rendered = render_html(
			scan, part,
			is_unicode || !settings->normalize_charset ? text : from_latin1(scan, text),
			is_unicode                    ? HTML_INPUT_WIDE
			: settings->normalize_charset ? HTML_INPUT_LATIN1
						      : HTML_INPUT_OCTETS);
	else
		rendered = (struct rendered_part){.part = part,
						  .type = type,
						  .text = text,
						  .visible = text,
						  .is_wide = is_unicode};
	vec_push(scan, out, rendered);
}

/* --- cutting --- */

/* Offset where byte-or-character limit `limit` falls in UTF-8 text; the length when it is shorter.
 */
static size_t character_offset(struct str text, size_t limit, bool wide)
{
	size_t at = 0;

	if (limit >= text.len)
		return text.len;
	if (!wide)
		return limit;
	while (at < text.len && limit) {
		at++;
		while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
			at++;
		limit--;
	}
	return at;
}

/* Behind the first c in the window behind limit, or 0. */
static size_t cut_behind(struct str text, size_t limit, char c, bool wide)
{
	struct str rest = str_from_at(text, limit);
	size_t at = str_find_char(
		str_sub(rest, 0, character_offset(rest, LIMIT_SCAN_CUT_WINDOW_BYTES + 1, wide)), c);

	return at == STR_NOT_FOUND ? 0 : limit + at + 1;
}

/* Behind a nice place within 1 kB of the limit, tried in the order of `places`, else at the limit.
 */
static struct str cut(struct str text, size_t limit, const char *places, bool wide)
{
	size_t at = limit ? character_offset(text, limit, wide) : text.len;

	if (at >= text.len)
		return text;
	for (; *places; places++) {
		size_t end = cut_behind(text, at, *places, wide);

		if (end)
			return str_sub(text, 0, end);
	}
	return str_sub(text, 0, at);
}

/* --- body --- */

static struct str rendering_of(const struct rendered_part *part, enum rendering rendering)
{
	switch (rendering) {
	case RENDERING_VISIBLE:
		return part->visible;
	case RENDERING_INVISIBLE:
		return part->invisible;
	default:
		return part->text;
	}
}

static bool rendering_is_wide(const struct rendered_part *part, enum rendering rendering)
{
	if (!part->html)
		return part->is_wide && rendering != RENDERING_INVISIBLE;
	switch (rendering) {
	case RENDERING_VISIBLE:
		return part->html->visible_is_wide;
	case RENDERING_INVISIBLE:
		return part->html->invisible_is_wide;
	default:
		return part->is_wide;
	}
}

/* All leaves in order, an empty line between them, whether they are rendered or not. */
static struct str join_parts(struct arena *scan, const struct part_vec *leaves,
			     const struct rendered_part_vec *rendered, size_t limit,
			     enum rendering rendering, bool *wide_out)
{
	struct buf out;
	size_t next = 0;

	buf_init(&out, scan);
	*wide_out = false;
	for (size_t i = 0; i < rendered->n; i++)
		*wide_out |= rendering_is_wide(&rendered->items[i], rendering);
	for (size_t i = 0; i < leaves->n; i++) {
		const struct rendered_part *part;
		struct str text;
		bool wide;

		if (out.len)
			buf_add_char(&out, '\n');
		if (next >= rendered->n || rendered->items[next].part != leaves->items[i])
			continue;
		part = &rendered->items[next++];
		wide = rendering_is_wide(part, rendering);
		text = rendering_of(part, rendering);
		if (!wide && part->html && !part->html->is_octets)
			text = html_latin1(scan, text);
		text = cut(text, limit, "\n ", wide);
		buf_add_str(&out, *wide_out && !wide ? from_latin1(scan, text) : text);
	}
	return buf_str(&out);
}

/* The white space at the offset: its length in bytes and its line ends. */
struct space_run {
	size_t bytes, n_lines, first_line, last_line; /* the latter two as offsets */
};

static struct space_run space_run_at(struct str text, size_t at, bool wide)
{
	struct space_run run = {.first_line = STR_NOT_FOUND};
	size_t length;

	while (at + run.bytes < text.len && (length = space_at(text, at + run.bytes, wide))) {
		if (text.ptr[at + run.bytes] == '\n') {
			run.n_lines++;
			run.first_line =
				run.first_line == STR_NOT_FOUND ? run.bytes : run.first_line;
			run.last_line = run.bytes;
		}
		run.bytes += length;
	}
	return run;
}

/* "a \n \n b": the blanks outside of the line ends stay as one blank each. Never more than there
 * was. */
static char *put_space(char *to, const struct space_run *run)
{
	if (run->n_lines < 2) {
		*to++ = ' ';
		return to;
	}
	if (run->first_line > 0)
		*to++ = ' ';
	*to++ = '\n';
	if (run->last_line + 1 < run->bytes)
		*to++ = ' ';
	return to;
}

/* Where something begins that is neither plain text nor a single blank. */
static size_t next_irregular(struct str text, size_t at, const struct byteset *special)
{
	while ((at = span_until(text, at, special)) < text.len && text.ptr[at] == ' ' &&
	       at + 1 < text.len && !special->has[(unsigned char)text.ptr[at + 1]])
		at += 2;
	return at;
}

/* White space to single blanks, empty lines (and NULs) to line ends; the first line before it. */
static struct str squeeze(struct arena *scan, struct str first_line, struct str text, bool wide)
{
	char *out = arena_alloc(scan, first_line.len + text.len + 1), *to = out;
	size_t told = 0, at; /* all before is in out */

	if (first_line.len)
		to = mempcpy(to, first_line.ptr, first_line.len);
	while ((at = next_irregular(text, told, &specials[wide])) < text.len) {
		const struct space_run run = space_run_at(text, at, wide);

		to = mempcpy(to, text.ptr + told, at - told);
		if (run.bytes)
			to = put_space(to, &run);
		else
			*to++ = text.ptr[at] ? text.ptr[at] : '\n';
		told = at + (run.bytes ? run.bytes : 1);
	}
	if (told < text.len)
		to = mempcpy(to, text.ptr + told, text.len - told);
	*to = '\0';
	return str_make(out, (size_t)(to - out));
}

/* Lines with their ends, none over 2,048 bytes: broken behind the last blank in reach. */
static void split_lines(struct arena *scan, struct str text, struct str_vec *out)
{
	while (text.len) {
		size_t end = str_find_char(text, '\n');
		struct str line = str_sub(text, 0, end == STR_NOT_FOUND ? text.len : end + 1);

		text = str_from_at(text, line.len);
		while (line.len > LIMIT_BODY_LINE_BYTES) {
			size_t at =
				str_rfind_char(str_sub(line, 0, LIMIT_BODY_LINE_BYTES + 1), ' ');

			at = at == STR_NOT_FOUND ? LIMIT_BODY_LINE_BYTES : at + 1;
			vec_push(scan, out, str_sub(line, 0, at));
			line = str_from_at(line, at);
		}
		vec_push(scan, out, line); /* empty when it was broken at its very end */
	}
}

static void make_body(struct arena *scan, const struct part_vec *leaves, const struct views *views,
		      struct str subject, size_t limit, enum rendering rendering,
		      struct str_vec *out)
{
	bool wide;
	struct str text;

	if (leaves->n == 0) /* then there is no Subject line either */
		return;
	text = join_parts(scan, leaves, &views->rendered, limit, rendering, &wide);
	split_lines(scan, squeeze(scan, subject, text, wide), out);
}

/* --- rawbody --- */

/* Where a chunk that starts at `from` ends: at or behind 2,048 bytes, before 4,096. */
static size_t chunk_end(struct str text, size_t from)
{
	static const char places[] = "\n> ";

	for (const char *place = places; *place; place++) {
		struct str window =
			str_sub(text, from + LIMIT_BODY_LINE_BYTES, LIMIT_BODY_LINE_BYTES);
		size_t at = str_find_char(window, *place);

		if (at != STR_NOT_FOUND)
			return from + LIMIT_BODY_LINE_BYTES + at + 1;
	}
	return from + LIMIT_BODY_LINE_BYTES + 1;
}

static void split_chunks(struct arena *scan, struct str text, struct str_vec *out)
{
	size_t from = 0;

	if (text.len > LIMIT_BODY_LINE_BYTES)
		while (text.len - from > 2 * LIMIT_BODY_LINE_BYTES) {
			size_t end = chunk_end(text, from);

			vec_push(scan, out, str_sub(text, from, end - from));
			from = end;
		}
	if (from < text.len || text.len == 0)
		vec_push(scan, out, str_from_at(text, from));
}

static void make_rawbody(struct arena *scan, const struct part_vec *leaves, size_t limit,
			 struct str_vec *out)
{
	for (size_t i = 0; i < leaves->n; i++) {
		struct part *part = leaves->items[i];
		struct str type = effective_type(part);
		size_t slash = str_find_char(type, '/');
		struct str kind = str_sub(type, 0, slash);

		if ((!str_eq_c(kind, "text") && !str_eq_c(kind, "message")) ||
		    str_eq_c(part->type, "text/calendar"))
			continue;
		split_chunks(scan, cut(part_decoded(scan, part), limit, "\n> ", false), out);
	}
}

/* --- all of them --- */

static struct html_result *no_html(struct arena *scan)
{
	struct html_result *html = ARENA_NEW(scan, struct html_result);

	html->inside = map_new(scan);
	html->numbers = map_new(scan);
	return html;
}

static struct str subject_line(struct arena *scan, const struct message *message)
{
	struct str subject = headers_last(message->headers, "Subject");
	struct buf line;

	if (!subject.ptr)
		return STR_LIT("\n");
	buf_init(&line, scan);
	buf_add_str(&line, subject);
	buf_add_char(&line, '\n');
	return buf_str(&line);
}

/* A part whose type is empty is no part to the texts. */
static void drop_typeless(struct part_vec *leaves)
{
	size_t kept = 0;

	for (size_t i = 0; i < leaves->n; i++)
		if (leaves->items[i]->type.len > 0)
			leaves->items[kept++] = leaves->items[i];
	leaves->n = kept;
}

const struct str_vec *views_body_visible(struct arena *scan, const struct views *views)
{
	struct views_source *source = views->source;

	if (!source->has_visible)
		make_body(scan, &source->leaves, views, source->subject, source->limit_bytes,
			  RENDERING_VISIBLE, &source->visible);
	source->has_visible = true;
	return &source->visible;
}

const struct str_vec *views_body_invisible(struct arena *scan, const struct views *views)
{
	struct views_source *source = views->source;

	if (!source->has_invisible)
		make_body(scan, &source->leaves, views, STR_NONE, source->limit_bytes,
			  RENDERING_INVISIBLE, &source->invisible);
	source->has_invisible = true;
	return &source->invisible;
}

const struct str_vec *rawbody_make(struct arena *scan, const struct message *message,
				   const struct message_settings *settings)
{
	struct str_vec *chunks = ARENA_NEW(scan, struct str_vec);
	struct part_vec leaves = {0};

	message_parts(scan, message, true, &leaves);
	drop_typeless(&leaves);
	make_rawbody(scan, &leaves, settings->rawbody_part_scan_bytes, chunks);
	return chunks;
}

struct views *views_make(struct arena *scan, const struct message *message,
			 const struct message_settings *settings)
{
	struct views *views = ARENA_NEW(scan, struct views);
	struct part_vec leaves = {0};
	struct str subject = subject_line(scan, message);
	size_t limit = settings->body_part_scan_bytes;

	message_parts(scan, message, true, &leaves);
	drop_typeless(&leaves);
	for (size_t i = 0; i < leaves.n; i++)
		render_part(scan, leaves.items[i], settings, &views->rendered);
	for (size_t i = views->rendered.n; i > 0 && !views->html; i--)
		views->html = views->rendered.items[i - 1].html;
	if (!views->html)
		views->html = no_html(scan);
	make_body(scan, &leaves, views, subject, limit, RENDERING_ALL, &views->body);
	views->source = ARENA_NEW(scan, struct views_source);
	*views->source =
		(struct views_source){.leaves = leaves, .subject = subject, .limit_bytes = limit};
	return views;
}
