#include "spamd/report.h"

#include <math.h>

#include "lib/base/buf.h"
#include "spamd/tags.h"
#include "spamd/wrap.h"

enum {
	PREVIEW_LINES = 3,
	PREVIEW_BYTES = 200,
	PREVIEW_WIDTH = 75,
	ROW_WIDTH = 77,
	ROW_WIDTH_MAX = 1000000,
	NOTE_WIDTH_MIN = 30, /* a note line is broken at white space between these */
	NOTE_WIDTH_MAX = 48,
	NOTE_WIDTH_INDENTED = 47,
};

/* --- preview --- */

/* The first lines, none longer than about 200 bytes. */
static void preview_collect(struct buf *out, const struct str_vec *body)
{
	size_t taken = 0;

	for (size_t i = 1; i < body->n && i <= PREVIEW_LINES && taken < PREVIEW_BYTES; i++) {
		taken += body->items[i].len;
		buf_add_str(out, body->items[i]);
	}
}

static void preview_cut(struct buf *out, struct str text)
{
	struct str line;
	bool first = true;

	while (str_line_next(&text, &line)) {
		if (!first)
			buf_add_char(out, '\n');
		first = false;
		buf_add_str(out, str_sub(line, 0, PREVIEW_BYTES));
		if (line.len > PREVIEW_BYTES)
			buf_add_cstr(out, " [...]");
	}
	buf_add_char(out, '\n');
}

static bool is_rule_char(char c)
{
	return c == '-' || c == '_' || c == '*' || c == '.';
}

/* Length of the noise at the start of s that a preview leaves out, or 0. */
static size_t preview_noise(struct str s)
{
	static const char quoted[] = "-----Original Message-----";
	static const char multipart[] = "This is a multi-part message in MIME format.";
	size_t n = 0;

	if (str_has_prefix(s, quoted)) {
		n = str_find_char(s, '\n');
		return n == STR_NOT_FOUND ? s.len : n;
	}
	if (str_has_prefix(s, multipart))
		return sizeof multipart - 1;
	return 0;
}

static size_t ruler_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_rule_char(s.ptr[n]))
		n++;
	return n >= 10 ? n : 0;
}

/* SpamAssassin takes the noise out in three passes, each over what the one before left. */
static struct str preview_tidy(struct arena *arena, struct str text)
{
	struct buf clean, out;

	buf_init(&clean, arena);
	buf_init(&out, arena);
	for (size_t i = 0; i < text.len;) {
		size_t noise = preview_noise(str_from_at(text, i));

		if (!noise)
			buf_add_char(&clean, text.ptr[i]);
		i += noise ? noise : 1;
	}
	for (size_t i = 0; i < clean.len;) {
		size_t ruler = ruler_length(str_from_at(buf_str(&clean), i));

		if (!ruler) {
			bool space = ascii_is_space((unsigned char)clean.ptr[i]);

			if (!space || out.len == 0 || out.ptr[out.len - 1] != ' ')
				buf_add_char(&out, space ? ' ' : clean.ptr[i]);
		}
		i += ruler ? ruler : 1;
	}
	return buf_str(&out);
}

struct str report_preview(struct arena *arena, const struct verdict *verdict)
{
	static const struct wrap_style style = {"Content preview:  ", "  ", PREVIEW_WIDTH, true,
						WRAP_AT_SPACE};
	struct buf raw, cut;
	struct str text;

	buf_init(&raw, arena);
	buf_init(&cut, arena);
	preview_collect(&raw, &mail_views(scan_mail(verdict->scan))->body);
	preview_cut(&cut, buf_str(&raw));
	text = wrap_text(arena, preview_tidy(arena, buf_str(&cut)), &style);
	return str_trim_left(str_from_at(text, sizeof "Content preview:" - 1));
}

/* --- rows --- */

static struct str points_text(struct arena *arena, double points)
{
	return arena_printf(arena, fabs(points) >= 10 ? "%4.0f" : "%4.1f", points);
}

/* 0 is what Util.pm's wrap() takes for "not said". */
static size_t row_width(const struct verdict *verdict)
{
	double width = verdict->prefs->settings->report_wrap_width;

	if (width == 0)
		return ROW_WIDTH;
	return width < 1 ? 1 : width > ROW_WIDTH_MAX ? ROW_WIDTH_MAX : (size_t)width;
}

static struct str describe(struct arena *arena, const struct verdict *verdict,
			   const struct rule *rule, size_t first_bytes, const char *prefix)
{
	struct wrap_style style = {
		.prefix = prefix, .width_bytes = row_width(verdict), .at = WRAP_AT_SPACE};
	char *first = arena_alloc(arena, first_bytes + 1);

	memset(first, ' ', first_bytes);
	first[first_bytes] = '\0';
	style.first = first;
	struct str text = prefs_describe(verdict->prefs, rule);
	return str_trim_left(
		wrap_text(arena, text.len ? text : STR_LIT("No description available."), &style));
}

static void note_line(struct buf *out, struct str line, bool terse)
{
	if (terse)
		buf_printf(out, "[%.*s]\n", STR_ARG(line));
	else if (line.len > NOTE_WIDTH_INDENTED)
		buf_printf(out, "%*s[%.*s]\n", (int)(line.len + 2 < 78 ? 78 - line.len - 2 : 0), "",
			   STR_ARG(line));
	else
		buf_printf(out, "%27s [%.*s]\n", "", STR_ARG(line));
}

/* Where to break: the last white space behind 30 to 48 bytes, or 0. */
static size_t note_break(struct str note)
{
	for (size_t at = NOTE_WIDTH_MAX; at >= NOTE_WIDTH_MIN; at--)
		if (at < note.len && ascii_is_space((unsigned char)note.ptr[at]) &&
		    str_find_char(str_sub(note, 0, at), '\n') == STR_NOT_FOUND)
			return at;
	return 0;
}

static struct str notes(struct arena *arena, const struct hit *hit, bool terse)
{
	struct str rest = hit->note, note;
	struct buf out;

	buf_init(&out, arena);
	while (str_line_next(&rest, &note)) {
		size_t at;

		if (hit->rule->flags & RULE_NOLOG) {
			note_line(&out, STR_LIT("*REDACTED*"), terse);
			break;
		}
		while ((at = note_break(note))) {
			note_line(&out, str_sub(note, 0, at), terse);
			note = str_from_at(note, at + 1);
		}
		note_line(&out, note, terse);
	}
	return buf_str(&out);
}

static void terse_row(struct arena *arena, struct buf *out, const struct verdict *verdict,
		      const struct hit *hit, struct str points)
{
	struct str name = hit->rule->name, extra = notes(arena, hit, true);
	size_t used = 4 + name.len + points.len + hit->area.len;
	struct str text = describe(arena, verdict, hit->rule, used, "*      ");

	buf_printf(out, "* %.*s %.*s %.*s%.*s\n", STR_ARG(points), STR_ARG(name),
		   STR_ARG(hit->area), STR_ARG(text));
	if (extra.len)
		buf_printf(out, "*      %.*s", STR_ARG(extra));
}

static void long_row(struct arena *arena, struct buf *out, const struct verdict *verdict,
		     const struct hit *hit, struct str points)
{
	static const char indent[] = "                            "; /* 28 */
	struct str name = hit->rule->name;
	size_t used = 3 + name.len + points.len + hit->area.len;
	struct str text = describe(arena, verdict, hit->rule, used, indent);
	struct str extra = notes(arena, hit, false);

	buf_printf(out, "%.*s %-22.*s %.*s%.*s\n%.*s", STR_ARG(points), STR_ARG(name),
		   STR_ARG(hit->area), STR_ARG(text), STR_ARG(extra));
}

struct str report_rows(struct arena *arena, const struct verdict *verdict, bool terse)
{
	const struct hits *hits = scan_hits(verdict->scan);
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < hits->list.n; i++) {
		const struct hit *hit = &hits->list.items[i];
		double points = isnan(hit->points_override)
					? prefs_points(verdict->prefs, hit->rule)
					: hit->points_override;

		if (hit->rule->flags & RULE_IS_SUBRULE)
			continue;
		struct str text = points_text(arena, points);
		for (unsigned n = 0; n < hit->copies; n++)
			(terse ? terse_row : long_row)(arena, &out, verdict, hit, text);
	}
	return buf_str(&out);
}

struct str report_make(struct arena *arena, const struct verdict *verdict)
{
	struct str template = verdict->prefs->settings->report_template, text;
	struct buf out;

	if (template.len == 0)
		template = STR_LIT("(no report template found)");
	text = tags_replace(arena, verdict, template);
	while (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	buf_init(&out, arena);
	buf_add_str(&out, text);
	buf_add_cstr(&out, "\n\n");
	return buf_str(&out);
}
