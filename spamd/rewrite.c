#include "spamd/rewrite.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "spamd/markup.h"
#include "spamd/report.h"
#include "spamd/tags.h"

/* One rewriting: what it reads and the message it makes. */
struct rewriter {
	struct arena *arena;
	const struct verdict *verdict;
	const struct settings *settings;
	const struct message *message;
};

static struct rewriter rewriter_of(struct arena *arena, const struct verdict *verdict)
{
	return (struct rewriter){arena, verdict, verdict->prefs->settings,
				 scan_mail(verdict->scan)->message};
}

struct str rewrite_added_headers(struct arena *arena, const struct verdict *verdict, bool spam_set)
{
	const struct settings *settings = verdict->prefs->settings;
	const struct header_template_vec *list =
		spam_set ? &settings->headers_spam : &settings->headers_ham;
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < list->n; i++) {
		const struct header_template *header = &list->items[i];
		struct str value = markup_value(arena, verdict, header->name, header->template);

		buf_printf(&out, "X-Spam-%.*s: ", STR_ARG(header->name));
		buf_add_str(&out, markup_encode(arena, value));
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* Our own lines take the message's line end; its own lines had it before, and the body is never
 * touched. */
static struct str with_line_ends(const struct rewriter *r, struct str text)
{
	struct buf out;

	if (strcmp(r->message->line_end, "\n") == 0)
		return text;
	buf_init(&out, r->arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n')
			continue;
		if (text.ptr[i] == '\n')
			buf_add_cstr(&out, r->message->line_end);
		else
			buf_add_char(&out, text.ptr[i]);
	}
	return buf_str(&out);
}

/* A template with its tags, on one line. */
static struct str one_line_tag(const struct rewriter *r, struct str template, char newline_becomes)
{
	struct str text = tags_replace(r->arena, r->verdict, template);
	struct buf out;

	buf_init(&out, r->arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '\n')
			buf_add_char(&out, text.ptr[i]);
		else if (newline_becomes)
			buf_add_char(&out, newline_becomes);
	}
	return buf_str(&out);
}

/* --- fields of the pristine header --- */

/* Length of the field at the start of text: its line and the folded ones behind. */
static size_t field_length(struct str text)
{
	size_t at = 0;

	do {
		size_t end = str_find_char(str_from_at(text, at), '\n');

		if (end == STR_NOT_FOUND)
			return text.len;
		at += end + 1;
	} while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'));
	return at;
}

/* Value behind "NAME:" and blanks when this field has that name; ptr NULL otherwise. */
static struct str field_value(struct str field, const char *name)
{
	size_t at = strlen(name);

	if (!str_has_prefix_ci(field, name))
		return STR_NONE;
	while (at < field.len && (field.ptr[at] == ' ' || field.ptr[at] == '\t'))
		at++;
	if (at >= field.len || field.ptr[at] != ':')
		return STR_NONE;
	at++;
	while (at < field.len && (field.ptr[at] == ' ' || field.ptr[at] == '\t'))
		at++;
	return str_from_at(field, at);
}

/* Every instance as written, with its line end; the parsed header's last one when the text has none
 * (Message.pm get_pristine_header). */
static void pristine_fields(const struct rewriter *r, const char *name, struct str_vec *out)
{
	struct str rest = r->message->pristine_headers;

	while (rest.len > 0) {
		size_t length = field_length(rest);
		struct str value = field_value(str_sub(rest, 0, length), name);

		if (value.ptr && length > 0 && rest.ptr[length - 1] == '\n')
			vec_push(r->arena, out, value);
		rest = str_from_at(rest, length);
	}
	if (out->n == 0) {
		struct str parsed = headers_last(r->message->headers, name);
		struct buf line;

		if (!parsed.ptr)
			return;
		buf_init(&line, r->arena);
		buf_add_str(&line, parsed);
		buf_add_char(&line, '\n');
		vec_push(r->arena, out, buf_str(&line));
	}
}

/* The last instance, or ptr NULL. */
static struct str pristine_field(const struct rewriter *r, const char *name)
{
	struct str_vec all = {0};

	pristine_fields(r, name, &all);
	return all.n ? all.items[all.n - 1] : STR_NONE;
}

/* --- report_safe: a new message around the original --- */

static void add_field(struct buf *out, const char *name, struct str value)
{
	if (!value.ptr)
		return;
	buf_printf(out, "%s: ", name);
	buf_add_str(out, value);
}

static struct str tagged_subject(const struct rewriter *r, struct str subject)
{
	struct str prefix = verdict_subjprefix(r->arena, r->verdict), tag;
	struct buf out;

	if (r->settings->rewrite_subject.len == 0)
		return subject;
	if (!subject.ptr)
		subject = STR_LIT("\n");
	buf_init(&out, r->arena);
	tag = one_line_tag(r, r->settings->rewrite_subject, ' ');
	buf_add_str(&out, tag);
	buf_add_char(&out, ' ');
	if (prefix.len)
		buf_add_str(&out, one_line_tag(r, prefix, ' '));
	else if (str_has_prefix(subject, buf_cstr(&out)))
		subject = str_from_at(subject, out.len);
	buf_add_str(&out, subject);
	return buf_str(&out);
}

/* "address" → "address\t(tag)", once; the tag goes before the final line end. */
static struct str tagged_address(const struct rewriter *r, struct str value, struct str template,
				 char newline_becomes)
{
	struct str comment, head;
	bool line_end;
	struct buf out;

	if (template.len == 0)
		return value;
	if (!value.ptr)
		value = STR_LIT("\n");
	buf_init(&out, r->arena);
	buf_add_cstr(&out, "\t(");
	buf_add_str(&out, one_line_tag(r, template, newline_becomes));
	buf_add_char(&out, ')');
	comment = arena_str(r->arena, buf_str(&out));
	buf_clear(&out);
	line_end = value.len > 0 && value.ptr[value.len - 1] == '\n';
	head = str_sub(value, 0, value.len - line_end);
	buf_add_str(&out, head);
	if (head.len < comment.len || !str_eq(str_from_at(head, head.len - comment.len), comment))
		buf_add_str(&out, comment);
	if (line_end)
		buf_add_char(&out, '\n');
	return buf_str(&out);
}

static bool copied_already(struct str name, const struct str_vec *done)
{
	static const char *const always[] = {"from", "to", "cc", "subject", "date", "message-id"};

	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (str_eq_ci_c(name, always[i]))
			return true;
	for (size_t i = 0; i < done->n; i++)
		if (str_eq_ci(name, done->items[i]))
			return true;
	return false;
}

/* report_safe_copy_headers; Received goes to the top. */
static void copy_headers(const struct rewriter *r, struct buf *received, struct buf *others)
{
	const struct str_vec *names = &r->settings->report_safe_copy_headers;
	struct str_vec done = {0};

	for (size_t i = 0; i < names->n; i++) {
		const char *name = arena_cstr(r->arena, names->items[i]);
		struct str_vec values = {0};

		if (copied_already(names->items[i], &done))
			continue;
		vec_push(r->arena, &done, names->items[i]);
		pristine_fields(r, name, &values);
		for (size_t n = 0; n < values.n; n++)
			add_field(str_eq_ci_c(names->items[i], "received") ? received : others,
				  name, values.items[n]);
	}
}

static void safe_headers(const struct rewriter *r, struct buf *out)
{
	struct str version = tags_version(r->arena, r->settings);
	struct buf received, fields;
	char date[64];

	buf_init(&received, r->arena);
	buf_init(&fields, r->arena);
	clock_rfc5322(clock_wall_s(), date, sizeof date);
	add_field(&fields, "From",
		  tagged_address(r, pristine_field(r, "From"), r->settings->rewrite_from, 0));
	add_field(&fields, "To",
		  tagged_address(r, pristine_field(r, "To"), r->settings->rewrite_to, ' '));
	add_field(&fields, "Cc", pristine_field(r, "Cc"));
	add_field(&fields, "Subject", tagged_subject(r, pristine_field(r, "Subject")));
	add_field(&fields, "Date", pristine_field(r, "Date"));
	add_field(&fields, "Message-Id", pristine_field(r, "Message-Id"));
	buf_add_str(&fields, rewrite_added_headers(r->arena, r->verdict, true));
	copy_headers(r, &received, &fields);
	buf_printf(out,
		   "Received: from localhost by %.*s\n\twith SpamAssassin (version %.*s);\n\t%s\n",
		   STR_ARG(r->verdict->env.hostname), STR_ARG(version), date);
	buf_add_str(out, buf_str(&received));
	buf_add_str(out, buf_str(&fields));
}

static unsigned random_word(void)
{
	unsigned word = 0;

	if (getrandom(&word, sizeof word, 0) != (ssize_t)sizeof word)
		word = (unsigned)clock_mono_us();
	return word;
}

/* Does a line of text consist of "boundary" or "boundary--"? */
static bool has_boundary_line(struct str text, struct str boundary)
{
	struct str line;

	while (str_line_next(&text, &line)) {
		if (!str_has_prefix(line, boundary.ptr))
			continue;
		line = str_from_at(line, boundary.len);
		if (line.len == 0 || str_eq_c(line, "--"))
			return true;
	}
	return false;
}

/* Longer until the original has no such line, so that nobody can prepare a message against it. */
static struct str safe_boundary(const struct rewriter *r)
{
	struct str boundary = arena_printf(r->arena, "----------=_%08X.%08X",
					   (unsigned)clock_wall_s(), random_word());

	while (has_boundary_line(r->message->pristine, boundary))
		boundary = arena_printf(r->arena, "%s/%08X", boundary.ptr, random_word());
	return boundary;
}

/* Anything but plain text is offered as an attachment, with a warning behind the report. */
static bool is_unsafe(const struct rewriter *r)
{
	struct str type = headers_last(r->message->headers, "Content-Type");

	return type.len > 0 && !str_contains_ci(type, "text/plain");
}

static void safe_parts(const struct rewriter *r, struct buf *out, struct str boundary)
{
	struct str charset = r->settings->report_charset;
	bool unsafe = is_unsafe(r);

	if (charset.len == 0)
		charset = STR_LIT("UTF-8");
	buf_printf(out, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"%s\"\n\n",
		   boundary.ptr);
	buf_printf(out, "This is a multi-part message in MIME format.\n\n--%s\n", boundary.ptr);
	buf_printf(out, "Content-Type: text/plain; charset=%.*s\n", STR_ARG(charset));
	buf_add_cstr(out, "Content-Disposition: inline\nContent-Transfer-Encoding: 8bit\n\n");
	buf_add_str(out, report_make(r->arena, r->verdict));
	if (unsafe)
		buf_add_str(out, tags_replace(r->arena, r->verdict,
					      r->settings->unsafe_report_template));
	buf_printf(out, "\n\n--%s\nContent-Type: %s; x-spam-type=original\n", boundary.ptr,
		   r->settings->report_safe > 1 ? "text/plain" : "message/rfc822");
	buf_printf(out,
		   "Content-Description: original message before SpamAssassin\n"
		   "Content-Disposition: %s\nContent-Transfer-Encoding: 8bit\n\n",
		   unsafe ? "attachment" : "inline");
}

static void rewrite_safe(const struct rewriter *r, struct buf *out)
{
	struct str boundary = safe_boundary(r);
	struct buf head;

	buf_init(&head, r->arena);
	safe_headers(r, &head);
	safe_parts(r, &head, boundary);
	buf_add_str(out, with_line_ends(r, buf_str(&head)));
	buf_add_str(out, r->message->pristine);
	buf_add_str(out, with_line_ends(r, arena_printf(r->arena, "\n--%s--\n\n", boundary.ptr)));
}

/* --- headers only --- */

/* Lines of the header with older X-Spam-* fields left out (X-Spam-Prev-* stay). */
static void kept_lines(const struct rewriter *r, struct str_vec *lines)
{
	struct str rest = r->message->pristine_headers;
	bool dropping = false;

	while (rest.len > 0) {
		size_t length = str_find_char(rest, '\n');
		struct str line = str_sub(rest, 0, length == STR_NOT_FOUND ? rest.len : length + 1);

		rest = str_from_at(rest, line.len);
		if (str_has_prefix_ci(line, "X-Spam-") && !str_has_prefix_ci(line, "X-Spam-Prev-"))
			dropping = true;
		else if (line.ptr[0] != ' ' && line.ptr[0] != '\t')
			dropping = false;
		if (!dropping)
			vec_push(r->arena, lines, line);
	}
}

/* "Subject: x" → "Subject: tag x", unless the tag is there already. */
static struct str prefixed_line(const struct rewriter *r, struct str line, struct str tag)
{
	size_t colon = str_find_char(line, ':');
	struct str rest = str_from_at(line, colon + 1);
	struct buf out;

	while (rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t'))
		rest = str_from_at(rest, 1);
	if (rest.len > tag.len && str_eq_ci(str_sub(rest, 0, tag.len), tag) &&
	    rest.ptr[tag.len] == ' ')
		rest = str_from_at(rest, tag.len + 1);
	buf_init(&out, r->arena);
	buf_add_str(&out, str_sub(line, 0, colon + 1));
	buf_add_char(&out, ' ');
	buf_add_str(&out, tag);
	buf_add_char(&out, ' ');
	buf_add_str(&out, rest);
	return buf_str(&out);
}

/* The template that rewrites this line, or an empty view. */
static struct str line_template(const struct rewriter *r, struct str line, bool *comment_out)
{
	*comment_out = !str_has_prefix_ci(line, "Subject:");
	if (str_has_prefix_ci(line, "Subject:"))
		return r->settings->rewrite_subject;
	if (!r->verdict->is_spam)
		return STR_NONE;
	if (str_has_prefix_ci(line, "From:"))
		return r->settings->rewrite_from;
	if (str_has_prefix_ci(line, "To:"))
		return r->settings->rewrite_to;
	return STR_NONE;
}

static struct str subject_prefix(const struct rewriter *r)
{
	struct str prefix = verdict_subjprefix(r->arena, r->verdict);

	return prefix.len ? str_trim_right(one_line_tag(r, prefix, ' ')) : STR_NONE;
}

/* Spam: the old line is kept as X-Spam-Prev-*, then prefixes go in. Ham: only subjprefix. */
static void rewrite_line(const struct rewriter *r, struct str_vec *lines, size_t at,
			 bool subject_created)
{
	bool comment;
	struct str line = lines->items[at], template = line_template(r, line, &comment), tag;
	struct str prefix = subject_prefix(r);

	if (template.len == 0)
		return;
	if (r->verdict->is_spam) {
		struct buf old;

		buf_init(&old, r->arena);
		buf_add_cstr(&old, subject_created ? "X-Spam-Prev-Subject: (nonexistent)\n"
						   : "X-Spam-Prev-");
		if (!subject_created)
			buf_add_str(&old, line);
		vec_push(r->arena, lines, buf_str(&old));
	}
	if (prefix.len)
		line = prefixed_line(r, line, prefix);
	if (r->verdict->is_spam) {
		tag = one_line_tag(r, template, ' ');
		if (comment)
			tag = arena_printf(r->arena, "(%.*s)", STR_ARG(tag));
		line = prefixed_line(r, line, tag);
	}
	lines->items[at] = line;
}

static void rewrite_lines(const struct rewriter *r, struct str_vec *lines)
{
	bool created = false;
	size_t n;

	if (r->settings->rewrite_subject.len && !pristine_field(r, "Subject").ptr) {
		vec_push(r->arena, lines, STR_LIT("Subject: \n"));
		created = true;
	}
	n = lines->n;
	for (size_t i = 0; i < n; i++)
		rewrite_line(r, lines, i, created);
}

static bool is_blank(struct str line)
{
	return str_trim(line).len == 0;
}

static void rewrite_plain(const struct rewriter *r, struct buf *out)
{
	struct str_vec lines = {0};
	struct str separator = STR_NONE;
	struct buf head;
	size_t i = 0;

	kept_lines(r, &lines);
	if (lines.n && is_blank(lines.items[lines.n - 1]))
		separator = lines.items[--lines.n];
	rewrite_lines(r, &lines);
	buf_init(&head, r->arena);
	/* Return-Path stays on top: delivery agents look for it there. */
	if (lines.n && str_has_prefix_ci(lines.items[0], "Return-Path:"))
		do
			buf_add_str(&head, lines.items[i++]);
		while (i < lines.n &&
		       (lines.items[i].ptr[0] == ' ' || lines.items[i].ptr[0] == '\t'));
	buf_add_str(&head, rewrite_added_headers(r->arena, r->verdict, r->verdict->is_spam));
	for (; i < lines.n; i++)
		buf_add_str(&head, lines.items[i]);
	buf_add_str(&head, separator);
	buf_add_str(out, with_line_ends(r, buf_str(&head)));
	buf_add_str(out, r->message->pristine_body);
}

struct str rewrite_message(struct arena *arena, const struct verdict *verdict)
{
	struct rewriter r = rewriter_of(arena, verdict);
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, r.message->raw.len + 4096);
	buf_add_str(&out, r.message->mbox_line);
	if (verdict->is_spam && r.settings->report_safe != 0)
		rewrite_safe(&r, &out);
	else
		rewrite_plain(&r, &out);
	return buf_str(&out);
}

/* Length of "\n" or "\r\n" at offset, or 0. */
static size_t line_end_at(struct str text, size_t at)
{
	if (at < text.len && text.ptr[at] == '\n')
		return 1;
	return at + 1 < text.len && text.ptr[at] == '\r' && text.ptr[at + 1] == '\n' ? 2 : 0;
}

struct str rewrite_headers(struct arena *arena, const struct verdict *verdict)
{
	struct str text = rewrite_message(arena, verdict);

	for (size_t i = 0; i < text.len; i++) {
		size_t first = line_end_at(text, i),
		       second = first ? line_end_at(text, i + first) : 0;

		if (second)
			return str_sub(text, 0, i + first + second);
	}
	return text;
}
