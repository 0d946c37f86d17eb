/*
 * pattern: see pattern.h. Delimiters and modifiers as SpamAssassin splits them; the regex itself is
 * perlre's business.
 */
#include "rules/pattern.h"

#include "lib/base/log.h"
#include "rules/front.h"

enum { SCRATCH_CAP_BYTES = 1024 * 1024 * 1024, SHOWN_BYTES = 80 };

/* --- delimiters and modifiers ----------------------------------------------------------------- */

struct pieces {
	struct str perl, mods;
	char close; /* the closing delimiter */
};

static char closing_delimiter(char open)
{
	static const char pairs[] = "{}()<>[]";
	const char *pair = open ? strchr(pairs, open) : NULL;
	return pair && (pair - pairs) % 2 == 0 ? pair[1] : open;
}

/* "/", "m{", "qr!": how many bytes stand before the pattern; 0 when there is no delimiter. */
static size_t opening_length(struct str text)
{
	size_t n = 0;
	if (text.len && text.ptr[0] == '/')
		return 1;
	if (str_has_prefix(text, "qr"))
		n = 2;
	else if (str_has_prefix(text, "m"))
		n = 1;
	return n && n < text.len && !ascii_is_word((unsigned char)text.ptr[n]) ? n + 1 : 0;
}

static enum status split(struct str text, struct pieces *out, struct why *why)
{
	size_t opening = opening_length(text), end = text.len;
	if (!opening)
		return why_set(why, STATUS_INVALID, "missing regexp delimiters");
	out->close = closing_delimiter(text.ptr[opening - 1]);
	if (out->close == '\\')
		return why_set(why, STATUS_INVALID, "backslash delimiter not allowed");
	while (end > opening && ascii_is_lower((unsigned char)text.ptr[end - 1]) &&
	       text.ptr[end - 1] != 'e')
		end--;
	if (end <= opening || text.ptr[end - 1] != out->close)
		return why_set(why, STATUS_INVALID, "invalid end delimiter/mods");
	out->perl = str_sub(text, opening, end - 1 - opening);
	out->mods = str_from_at(text, end);
	return STATUS_OK;
}

/* The closing delimiter inside, not escaped. Of brackets only the angle is looked for. */
static bool has_stray_delimiter(const struct pieces *pieces)
{
	if (strchr("})]", pieces->close))
		return false;
	for (size_t i = 0; i < pieces->perl.len; i++) {
		if (pieces->perl.ptr[i] == '\\')
			i++;
		else if (pieces->perl.ptr[i] == pieces->close)
			return true;
	}
	return false;
}

static const char *always_matching(struct str perl)
{
	if (!perl.len)
		return "empty";
	for (size_t i = 0; i + 1 < perl.len; i++)
		if (perl.ptr[i] == '|' && perl.ptr[i + 1] == '|' &&
		    (i == 0 || perl.ptr[i - 1] != '\\'))
			return "contains '||'";
	bool ends =
		perl.ptr[perl.len - 1] == '|' && (perl.len < 2 || perl.ptr[perl.len - 2] != '\\');
	return perl.ptr[0] == '|' || ends ? "starts or ends with '|'" : NULL;
}

static bool has_code(struct str perl)
{
	for (size_t i = 0; i + 2 < perl.len; i++)
		if (str_has_prefix(str_from_at(perl, i), "(?{") ||
		    str_has_prefix(str_from_at(perl, i), "(\?\?{"))
			return true;
	return false;
}

static enum status check_pieces(const struct pieces *pieces, bool lint, struct why *why)
{
	if (has_code(pieces->perl))
		return why_set(why, STATUS_INVALID, "eval (?{}) found");
	if (has_stray_delimiter(pieces))
		return why_set(why, STATUS_INVALID, "unquoted delimiter '%c' found", pieces->close);
	const char *always = lint ? always_matching(pieces->perl) : NULL;
	return always ? why_set(why, STATUS_INVALID, "always matching regexp: %s", always)
		      : STATUS_OK;
}

/* --- compiling -------------------------------------------------------------------------------- */

static enum status emit_and_compile(struct arena *keep, struct arena *scratch,
				    const struct re_tree *tree, struct regex **regex_out,
				    struct why *why)
{
	enum status status = STATUS_OK;
	for (int factor = 0; factor <= 1; factor++) {
		struct buf pcre;
		buf_init(&pcre, scratch);
		status = perlre_emit(scratch, tree, factor, &pcre, why);
		if (status == STATUS_OK)
			status = regex_compile(keep, buf_str(&pcre), REGEX_BOUNDED, regex_out, why);
		if (status != STATUS_TOO_LARGE)
			break;
	}
	return status;
}

static enum status parse(struct arena *scratch, struct str mods, struct str perl,
			 struct re_tree **tree_out, struct why *why)
{
	struct str text = mods.len ? arena_printf(scratch, "(?%.*s)", STR_ARG(mods)) : STR_NONE;
	struct buf whole;
	buf_init(&whole, scratch);
	buf_add_str(&whole, text);
	buf_add_str(&whole, perl);
	return perlre_parse(scratch, buf_str(&whole), tree_out, why);
}

/* What makes trying it cheaper. */
static void measure(struct arena *keep, struct arena *scratch, const struct re_tree *tree,
		    const struct regex *regex, struct pattern *pattern)
{
	pattern->try_byte_ns = factors_try_byte_ns(tree);
	pattern->front = NULL;
	pattern->width_min = 0;
	if (factors_mind_start(tree))
		return;
	pattern->width_min = front_width_min(tree);
	if (!regex_is_anchored(regex))
		pattern->front = front_of(keep, scratch, tree, pattern->try_byte_ns,
					  pattern->factors ? pattern->factors->text_chance : 1);
}

static enum status compile(struct arena *keep, struct str mods, struct str perl,
			   struct regex **regex_out, struct pattern *pattern, struct why *why)
{
	struct arena *scratch = arena_new("pattern", SCRATCH_CAP_BYTES);
	struct re_tree *tree;
	enum status status = parse(scratch, mods, perl, &tree, why);
	if (status == STATUS_OK)
		status = emit_and_compile(keep, scratch, tree, regex_out, why);
	if (pattern)
		pattern->factors = status == STATUS_OK ? factors_of(keep, scratch, tree) : NULL;
	if (pattern && status == STATUS_OK)
		measure(keep, scratch, tree, *regex_out, pattern);
	arena_free(scratch);
	return status;
}

enum status pattern_compile_bare(struct arena *keep, struct str perl, unsigned flags,
				 struct regex **regex_out, struct why *why)
{
	static const struct {
		unsigned flag;
		char letter;
	} letters[] = {{REGEX_ICASE, 'i'},
		       {REGEX_MULTILINE, 'm'},
		       {REGEX_DOTALL, 's'},
		       {REGEX_EXTENDED, 'x'}};
	char mods[8];
	size_t n = 0;
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (flags & letters[i].flag)
			mods[n++] = letters[i].letter;
	if (has_code(perl))
		return why_set(why, STATUS_INVALID, "eval (?{}) found");
	return compile(keep, str_make(mods, n), perl, regex_out, NULL, why);
}

/* --- %{TAG} ----------------------------------------------------------------------------------- */

/* Capitals and digits in pieces joined by single underscores, the first with a letter first. */
static size_t tag_name_length(struct str s)
{
	size_t n = 0;
	if (!s.len || !ascii_is_upper((unsigned char)s.ptr[0]))
		return 0;
	while (n < s.len) {
		unsigned char c = (unsigned char)s.ptr[n];
		bool joins = c == '_' && n + 1 < s.len &&
			     (ascii_is_upper((unsigned char)s.ptr[n + 1]) ||
			      ascii_is_digit((unsigned char)s.ptr[n + 1]));
		if (!ascii_is_upper(c) && !ascii_is_digit(c) && !joins)
			break;
		n++;
	}
	return n;
}

/* "%{NAME}" or "%{NAME(argument)}" at the start of s: its length and the name with its argument, or
 * 0. */
static size_t template_length(struct str s, struct str *name_out)
{
	if (!str_has_prefix(s, "%{"))
		return 0;
	size_t n = tag_name_length(str_from_at(s, 2)), at = 2 + n;
	if (!n)
		return 0;
	if (at < s.len && s.ptr[at] == '(') {
		while (at < s.len && s.ptr[at] != ')' && s.ptr[at] != '}')
			at++;
		if (at >= s.len || s.ptr[at] != ')')
			return 0;
		at++;
	}
	*name_out = str_sub(s, 2, at - 2);
	return at < s.len && s.ptr[at] == '}' ? at + 1 : 0;
}

/* The next template at or behind *at, which must not have a backslash in front. */
static bool next_template(struct str perl, size_t *at, size_t *length_out, struct str *name_out)
{
	for (; *at < perl.len; (*at)++) {
		if (perl.ptr[*at] != '%' || (*at && perl.ptr[*at - 1] == '\\'))
			continue;
		*length_out = template_length(str_from_at(perl, *at), name_out);
		if (*length_out)
			return true;
	}
	return false;
}

/* perl with every template replaced: by its tag's values, or with values NULL by `unknown`; when
 * that is NULL, too, by its own text, quoted. */
static bool fill_templates(struct arena *arena, struct str perl, const struct map *values,
			   const char *unknown, struct buf *out, struct str_vec *names)
{
	size_t copied = 0, at = 0, length;
	struct str name;
	while (next_template(perl, &at, &length, &name)) {
		const struct str_vec *filling = values ? map_find(values, name) : NULL;
		unsigned n = 0;
		buf_add_str(out, str_sub(perl, copied, at - copied));
		if (names && !str_vec_has(names, name))
			vec_push(arena, names, arena_str(arena, name));
		if (unknown)
			buf_add_cstr(out, unknown);
		else if (!values)
			regex_quote(out, str_sub(perl, at, length));
		for (size_t i = 0; filling && i < filling->n; i++) {
			if (!filling->items[i].len)
				continue;
			buf_add_cstr(out, n++ ? "|" : "(?:");
			regex_quote(out, filling->items[i]);
		}
		if (values && !n)
			return false;
		buf_add_cstr(out, n ? ")" : "");
		copied = at += length;
	}
	buf_add_str(out, str_from_at(perl, copied));
	return true;
}

/* --- patterns of rules ------------------------------------------------------------------------ */

/* Of a pattern whose templates may stand for anything. In a class that cannot be said. */
static const struct factors *factors_with_templates(struct arena *keep,
						    const struct pattern *pattern)
{
	const struct factors *factors = NULL;
	struct re_tree *tree;
	struct buf text;
	struct why why;
	if (memchr(pattern->perl.ptr, '[', pattern->perl.len))
		return NULL;
	struct arena *scratch = arena_new("pattern", SCRATCH_CAP_BYTES);
	buf_init(&text, scratch);
	fill_templates(scratch, pattern->perl, NULL, "(?:\\X)*", &text, NULL);
	if (parse(scratch, pattern->flags, buf_str(&text), &tree, &why) == STATUS_OK)
		factors = factors_of(keep, scratch, tree);
	arena_free(scratch);
	return factors;
}

/* Compile perl into pattern; with templates only to see whether it is valid. */
static enum status set_perl(struct arena *keep, struct pattern *pattern, struct str perl,
			    struct why *why)
{
	struct buf text;
	struct regex *regex = NULL;
	pattern->needs = (struct str_vec){0};
	buf_init(&text, keep);
	fill_templates(keep, perl, NULL, NULL, &text, &pattern->needs);
	enum status status = compile(keep, pattern->flags, buf_str(&text), &regex,
				     pattern->needs.n ? NULL : pattern, why);
	if (status != STATUS_OK)
		return status;
	pattern->perl = arena_str(keep, perl);
	pattern->regex = pattern->needs.n ? NULL : regex;
	if (pattern->needs.n)
		pattern->factors = factors_with_templates(keep, pattern);
	return STATUS_OK;
}

static enum status pattern_begin(struct arena *keep, struct str text, bool lint,
				 struct pattern **pattern_out, struct str *perl_out,
				 struct why *why)
{
	struct pieces pieces = {0};
	enum status status = split(text, &pieces, why);
	if (status == STATUS_OK)
		status = check_pieces(&pieces, lint, why);
	if (status != STATUS_OK)
		return status;
	*pattern_out = ARENA_NEW(keep, struct pattern);
	(*pattern_out)->flags = arena_str(keep, pieces.mods);
	*perl_out = pieces.perl;
	return STATUS_OK;
}

enum status pattern_parse(struct arena *keep, struct str text, bool lint,
			  struct pattern **pattern_out, struct why *why)
{
	struct str perl;
	enum status status = pattern_begin(keep, text, lint, pattern_out, &perl, why);
	return status == STATUS_OK ? set_perl(keep, *pattern_out, perl, why) : status;
}

enum status pattern_parse_plain(struct arena *keep, struct str text, struct pattern **pattern_out,
				struct why *why)
{
	struct str perl;
	enum status status = pattern_begin(keep, text, false, pattern_out, &perl, why);
	if (status != STATUS_OK)
		return status;
	(*pattern_out)->perl = arena_str(keep, perl);
	return compile(keep, (*pattern_out)->flags, perl, &(*pattern_out)->regex, *pattern_out,
		       why);
}

enum status pattern_replace(struct arena *keep, struct pattern *pattern, struct str perl,
			    struct why *why)
{
	if (has_code(perl))
		return why_set(why, STATUS_INVALID, "eval (?{}) found");
	enum status status = set_perl(keep, pattern, perl, why);
	if (status == STATUS_OK && pattern->wide)
		pattern_match_characters(keep, pattern);
	return status;
}

void pattern_match_characters(struct arena *keep, struct pattern *pattern)
{
	struct arena *scratch = arena_new("pattern", SCRATCH_CAP_BYTES);
	struct re_tree *tree;
	struct buf pcre;
	struct why why;
	pattern->wide = NULL;
	buf_init(&pcre, scratch);
	if (!pattern->needs.n &&
	    parse(scratch, pattern->flags, pattern->perl, &tree, &why) == STATUS_OK &&
	    perlre_emit_wide(scratch, tree, &pcre, &why) == STATUS_OK &&
	    regex_compile(keep, buf_str(&pcre), REGEX_UTF | REGEX_NO_JIT | REGEX_BOUNDED,
			  &pattern->wide, &why) != STATUS_OK)
		pattern->wide = NULL;
	arena_free(scratch);
}

struct regex *pattern_with_tags(struct arena *scan, const struct pattern *pattern,
				const struct map *values)
{
	struct buf text;
	struct regex *regex;
	struct why why;
	buf_init(&text, scan);
	if (!fill_templates(scan, pattern->perl, values, NULL, &text, NULL))
		return NULL;
	if (compile(scan, pattern->flags, buf_str(&text), &regex, NULL, &why) == STATUS_OK)
		return regex;
	log_warn("rules: regex with captured values: %s: %.*s", why.text,
		 STR_ARG(str_sub(pattern->perl, 0, SHOWN_BYTES)));
	return NULL;
}

struct str pattern_literal(struct arena *keep, const struct pattern *pattern)
{
	return factors_literal(keep, pattern->factors);
}
