/* unmark: see unmark.h. */
#include "spamd/unmark.h"

#include "lib/base/buf.h"
#include "lib/base/regex.h"

/* What encapsulated originals are called: the Content-Description that rewrite.c gives. */
#define ORIGINAL_DESCRIPTION "original message before SpamAssassin"

enum { REPLACEMENTS_MAX = 1000 }; /* of one kind in one header */

/* --- report_safe 1 and 2 ---------------------------------------------------------------------- */

static struct str mixed_boundary(struct arena *arena, const struct message *message)
{
	struct regex *regex = regex_must(
		arena, "^\\s*multipart/mixed;\\s+boundary\\s*=\\s*[\"']?(.+?)[\"']?(?:;|$)",
		REGEX_ICASE);
	struct regex_match match;

	if (regex_exec(regex, headers_last(message->headers, "Content-Type"), 0, &match) !=
	    REGEX_MATCH)
		return STR_NONE;
	return match.group[1];
}

/* With its line end. */
static bool full_line_next(struct str *rest, struct str *line_out)
{
	size_t end = str_find_char(*rest, '\n');

	if (!rest->len)
		return false;
	*line_out = str_sub(*rest, 0, end == STR_NOT_FOUND ? rest->len : end + 1);
	*rest = str_from_at(*rest, line_out->len);
	return true;
}

static bool begins_delimiter(struct str line, struct str boundary)
{
	return str_has_prefix(line, "--") && str_eq(str_sub(line, 2, boundary.len), boundary);
}

static bool is_delimiter(struct str line, struct str boundary)
{
	struct str end = str_from_at(line, boundary.len + 2);

	return begins_delimiter(line, boundary) &&
	       (!end.len || str_eq_c(end, "\n") || str_eq_c(end, "\r\n") || str_eq_c(end, "\r"));
}

/* Value of a field of a part's header, when the line is that field. */
static void note_field(struct str line, const char *name, struct str *value_out)
{
	if (!str_has_prefix_ci(line, name))
		return;
	struct str value = str_from_at(line, strlen(name));
	if (value.len && ascii_is_space((unsigned char)value.ptr[0]) && str_trim(value).len)
		*value_out = str_trim(value);
}

static bool is_original(struct str type, struct str description)
{
	struct str rest = STR_NONE;

	if (str_has_prefix(type, "message/rfc822;"))
		rest = str_from_at(type, strlen("message/rfc822;"));
	else if (str_has_prefix(type, "text/plain;"))
		rest = str_from_at(type, strlen("text/plain;"));
	if (rest.len && ascii_is_space((unsigned char)rest.ptr[0]) &&
	    str_has_prefix(str_trim_left(rest), "x-spam-type=original"))
		return true;
	return str_eq_c(type, "message/rfc822") && str_eq_c(description, ORIGINAL_DESCRIPTION);
}

/* Up to the closing delimiter, without the empty line in front of that. */
static struct str until_delimiter(struct str text, struct str boundary)
{
	struct str rest = text, line, before = STR_NONE;

	while (full_line_next(&rest, &line)) {
		if (begins_delimiter(line, boundary)) {
			size_t end = text.len - rest.len - line.len;
			bool is_empty = before.len && !str_trim(before).len;
			return str_sub(text, 0, is_empty ? end - before.len : end);
		}
		before = line;
	}
	return text;
}

static bool find_original(const struct message *message, struct str boundary,
			  struct str *original_out)
{
	struct str rest = message->pristine_body, line, type = STR_NONE, description = STR_NONE;
	bool in_head = false;

	while (full_line_next(&rest, &line)) {
		if (!in_head && !is_delimiter(line, boundary))
			continue;
		in_head = str_trim(line).len > 0;
		if (in_head) {
			note_field(line, "Content-Type:", &type);
			note_field(line, "Content-Description:", &description);
			continue;
		}
		if (is_original(type, description)) {
			*original_out = until_delimiter(rest, boundary);
			return true;
		}
		type = description = STR_NONE;
	}
	return false;
}

/* --- text with one line end ------------------------------------------------------------------- */

static struct str with_lf(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++)
		if (!(text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n'))
			buf_add_char(&out, text.ptr[i]);
	return buf_str(&out);
}

static struct str with_line_end(struct arena *arena, struct str text, const char *line_end)
{
	struct buf out;

	if (strcmp(line_end, "\n") == 0)
		return text;
	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\n')
			buf_add_cstr(&out, line_end);
		else
			buf_add_char(&out, text.ptr[i]);
	}
	return buf_str(&out);
}

/* Text with what matched replaced by three pieces. */
static struct str splice(struct arena *arena, struct str text, const struct regex_match *match,
			 struct str a, struct str b, struct str c)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_str(&out, str_sub(text, 0, match->start));
	buf_add_str(&out, a);
	buf_add_str(&out, b);
	buf_add_str(&out, c);
	buf_add_str(&out, str_from_at(text, match->end));
	return buf_str(&out);
}

static struct regex *compile(struct arena *arena, struct str pattern, unsigned flags)
{
	struct regex *regex = NULL;

	if (regex_compile(arena, pattern, flags | REGEX_NO_JIT, &regex, NULL) != STATUS_OK)
		return NULL;
	return regex;
}

/* Every match becomes its first group, between itself, until there is none. */
static struct str keep_group(struct arena *arena, struct str text, struct str pattern,
			     unsigned flags)
{
	struct regex *regex = compile(arena, pattern, flags);
	struct regex_match match;

	for (int i = 0; regex && i < REPLACEMENTS_MAX; i++) {
		if (regex_exec(regex, text, 0, &match) != REGEX_MATCH)
			break;
		text = splice(arena, text, &match, match.group[1], STR_NONE, STR_NONE);
	}
	return text;
}

/* --- report_safe 0 ---------------------------------------------------------------------------- */

/* Only fields of ours; those that hold what a field was before stay folded. */
static struct str unfold(struct arena *arena, struct str head)
{
	struct regex *regex = regex_must(arena, "((?:^|\\n)X-Spam-(?!Prev).+?)\\n[ \\t]+(\\S.*\\n)",
					 REGEX_NO_JIT);
	struct regex_match match;

	for (int i = 0; i < REPLACEMENTS_MAX; i++) {
		if (regex_exec(regex, head, 0, &match) != REGEX_MATCH)
			break;
		head = splice(arena, head, &match, match.group[1], STR_LIT(" "), match.group[2]);
	}
	return head;
}

/* A tag in front of the subject as old versions put it: scores became digits. */
static struct str tag_pattern(struct arena *arena, struct str tag)
{
	static const char *const scores[] = {"_HITS_", "_SCORE_", "_REQD_"};
	struct buf out;

	buf_init(&out, arena);
	buf_add_cstr(&out, "^(Subject: )");
	for (size_t i = 0; i < tag.len;) {
		size_t taken = 0;
		for (size_t s = 0; s < sizeof scores / sizeof *scores && !taken; s++)
			if (str_has_prefix(str_from_at(tag, i), scores[s]))
				taken = strlen(scores[s]);
		if (taken)
			buf_add_cstr(&out, "\\d{2}\\.\\d{2}");
		else
			regex_quote(&out, str_sub(tag, i, 1));
		i += taken ? taken : 1;
	}
	buf_add_char(&out, ' ');
	return buf_str(&out);
}

static bool has_previous(struct arena *arena, struct str head, const char *name)
{
	struct str pattern = arena_printf(arena, "^X-Spam-Prev-%s:", name);

	return regex_test(regex_must(arena, pattern.ptr, REGEX_ICASE | REGEX_MULTILINE), head);
}

/* rewrite_header of versions that did not keep the original: a tag before the subject, a comment
 * behind an address. */
static struct str remove_old_rewriting(struct arena *arena, struct str head,
				       const struct settings *settings)
{
	const struct {
		const char *name;
		struct str template;
	} fields[] = {{"From", settings->rewrite_from}, {"To", settings->rewrite_to}};

	if (settings->rewrite_subject.len && !has_previous(arena, head, "Subject"))
		head = keep_group(arena, head, tag_pattern(arena, settings->rewrite_subject),
				  REGEX_MULTILINE);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (!fields[i].template.len || has_previous(arena, head, fields[i].name))
			continue;
		struct str pattern =
			arena_printf(arena, "^(%s:[ \\t].*?)\\t\\([^)]*\\)$", fields[i].name);
		head = keep_group(arena, head, pattern, REGEX_MULTILINE);
	}
	return head;
}

/* Subject was made up, unless it speaks of "(nonexistent)" itself. */
static struct str remove_made_subject(struct arena *arena, struct str head)
{
	static const char before[] = "^X-Spam-Prev-Subject:\\s*\\(nonexistent\\)$";
	struct regex_match match;

	if (!regex_test(regex_must(arena, before, REGEX_MULTILINE), head) ||
	    regex_test(regex_must(arena, "^Subject:.*\\(nonexistent\\).*$", REGEX_MULTILINE), head))
		return head;
	static const char *const patterns[] = {
		"(^|\\n)X-Spam-Prev-Subject:\\s*\\(nonexistent\\)\\n",
		"(^|\\n)Subject:\\s*[ \\t]*.*\\n(?:\\s+\\S.*\\n)*",
	};
	for (int i = 0; i < 2; i++) {
		struct regex *regex = regex_must(arena, patterns[i], i ? REGEX_DOTALL : 0);
		if (regex_exec(regex, head, 0, &match) == REGEX_MATCH)
			head = splice(arena, head, &match, match.group[1], STR_LIT("\n"), STR_NONE);
	}
	return head;
}

/* field: the original as it was, with its name. It takes the place of the rewritten one, or stands
 * last. */
static struct str put_back(struct arena *arena, struct str head, struct str name, struct str field)
{
	struct buf pattern;
	struct regex_match match;

	buf_init(&pattern, arena);
	buf_add_char(&pattern, '^');
	regex_quote(&pattern, name);
	buf_add_cstr(&pattern, "[ \\t]*.*\\n(?:\\s+\\S.*\\n)*");
	struct regex *regex = compile(arena, buf_str(&pattern), REGEX_MULTILINE);
	if (regex && regex_exec(regex, head, 0, &match) == REGEX_MATCH)
		return splice(arena, head, &match, field, STR_NONE, STR_NONE);
	size_t end = str_find(head, STR_LIT("\n\n"));
	if (end == STR_NOT_FOUND)
		return head;
	match = (struct regex_match){.start = end, .end = end + 2};
	return splice(arena, head, &match, STR_LIT("\n"), field, STR_LIT("\n"));
}

static struct str put_back_all(struct arena *arena, struct str head)
{
	struct regex *regex = regex_must(
		arena, "^X-Spam-Prev-(([^:]+:)[ \\t]*.*\\n(?:\\s+\\S.*\\n)*)", REGEX_MULTILINE);
	struct regex_match match;

	for (int i = 0; i < REPLACEMENTS_MAX; i++) {
		if (regex_exec(regex, head, 0, &match) != REGEX_MATCH)
			break;
		struct str without = splice(arena, head, &match, STR_NONE, STR_NONE, STR_NONE);
		head = put_back(arena, without, match.group[2], match.group[1]);
	}
	return head;
}

/* Reports that version 2.4 wrote into the text. */
static struct str remove_old_report(struct arena *arena, struct str body)
{
	return str_contains(body, "SPAM: ----")
		       ? keep_group(
				 arena, body,
				 STR_LIT("^()\\n?SPAM: ----.+\\n(?:SPAM:.*\\n)*SPAM: ----.+\\n\\n"),
				 0)
		       : body;
}

static struct str remove_fields(struct arena *arena, const struct message *message,
				const struct settings *settings)
{
	struct str head = with_lf(arena, message->pristine_headers);
	struct str body = remove_old_report(arena, with_lf(arena, message->pristine_body));
	struct buf out;

	head = unfold(arena, head);
	head = remove_old_rewriting(arena, head, settings);
	head = remove_made_subject(arena, head);
	head = put_back_all(arena, head);
	head = keep_group(arena, head, STR_LIT("(^|\\n)X-Spam-.*\\n"), 0);
	buf_init(&out, arena);
	buf_add_str(&out, message->mbox_line);
	buf_add_str(&out, with_line_end(arena, head, message->line_end));
	buf_add_str(&out, with_line_end(arena, body, message->line_end));
	return buf_str(&out);
}

struct str unmark_message(struct arena *arena, const struct message *message,
			  const struct settings *settings)
{
	struct str boundary = mixed_boundary(arena, message), original;

	struct buf out;

	if (!boundary.len || !find_original(message, boundary, &original))
		return remove_fields(arena, message, settings);
	buf_init(&out, arena);
	buf_add_str(&out, message->mbox_line);
	buf_add_str(&out, original);
	return buf_str(&out);
}

/* By the bytes of the header: X-Spam-* may have been left out of the parsed one. */
static bool is_marked(const struct message *message)
{
	struct str rest = message->pristine_headers, line;

	while (str_line_next(&rest, &line))
		if (str_has_prefix_ci(line, "X-Spam-Checker-Version:"))
			return true;
	return false;
}

struct message *unmark_parse(struct arena *arena, struct str raw, const struct settings *settings,
			     const struct message_settings *message_settings)
{
	struct message *message = message_parse(arena, raw, message_settings);

	if (!is_marked(message))
		return message;
	return message_parse(arena, unmark_message(arena, message, settings), message_settings);
}
