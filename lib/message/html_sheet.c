/*
 * html_sheet: what style sheets, and attributes that SpamAssassin does not look at, hide from
 * people. Of a sheet only rules are read that hide what one simple selector names (".a", "#a", "p",
 * "p.a"); rules for other media are passed by. Only the text that is seen changes, never what rules
 * read.
 */
#include "lib/message/html_renderer.h"

#include <stdint.h>

enum { RULES_MAX = 1000, SHEET_BYTES_MAX = 256 * 1024, NAME_BYTES_MAX = 64, CLASSES_MAX = 16 };

/* Values of renderer.sheet. */
static const char rule_hides, rule_shrinks, rule_shows;

/* --- style sheets --- */

/* One of the values, by what a text of the style looks like. */
static const char *effect_of(struct renderer *r, struct str declarations)
{
	struct html_style style = r->styles.items[0];

	html_style_apply(r->scan, &style, &r->styles.items[0], declarations);
	if (style.gone || style.invisible)
		return &rule_hides;
	return style.tiny ? &rule_shrinks : &rule_shows;
}

/* The letters of a name with at most one "." or "#" in it. */
static bool is_simple(struct str selector)
{
	size_t n_signs = 0;

	for (size_t i = 0; i < selector.len; i++) {
		char c = selector.ptr[i];

		if (ascii_is_in(c, ".#"))
			n_signs++;
		else if (!ascii_is_word((unsigned char)c) && c != '-')
			return false;
	}
	return selector.len > 0 && selector.len < NAME_BYTES_MAX && n_signs <= 1;
}

/* The last rule for a selector is in force. */
static void add_rule(struct renderer *r, struct str selectors, struct str declarations)
{
	const char *effect = effect_of(r, declarations);
	struct str selector;

	if (effect == &rule_shows && str_find_ci(declarations, STR_LIT("display")) == STR_NOT_FOUND)
		return;
	while (str_split_next(&selectors, ',', &selector)) {
		selector = str_trim(selector);
		if (!is_simple(selector) || map_count(r->sheet) >= RULES_MAX)
			continue;
		selector = arena_lower(r->scan, selector);
		map_put(r->sheet, selector, (void *)(uintptr_t)effect);
		r->sheet_hides |= effect != &rule_shows;
	}
}

/* Without comments, those of HTML too. */
static struct str without_comments(struct arena *scan, struct str css)
{
	struct buf out;

	buf_init(&out, scan);
	while (css.len) {
		size_t start = str_find(css, STR_LIT("/*"));

		buf_add_str(&out, str_sub(css, 0, start));
		css = start == STR_NOT_FOUND ? STR_NONE : str_from_at(css, start + 2);
		size_t end = str_find(css, STR_LIT("*/"));
		css = end == STR_NOT_FOUND ? STR_NONE : str_from_at(css, end + 2);
	}
	return buf_str(&out);
}

/* Behind the bracket that closes the one which was opened before css. */
static struct str skip_block(struct str css)
{
	size_t depth = 1, at = 0;

	for (; at < css.len && depth > 0; at++)
		depth += (size_t)(css.ptr[at] == '{') - (size_t)(css.ptr[at] == '}');
	return str_from_at(css, at);
}

void html_sheet_read(struct renderer *r, struct str text)
{
	struct str css = without_comments(r->scan, str_sub(text, 0, SHEET_BYTES_MAX));
	size_t open;

	if (!r->sheet)
		r->sheet = map_new(r->scan);
	while ((open = str_find_char(css, '{')) != STR_NOT_FOUND) {
		struct str selectors = str_sub(css, 0, open);
		size_t before = str_rfind_char(selectors, ';'); /* "@import ...;" */

		selectors = str_trim(before == STR_NOT_FOUND ? selectors
							     : str_from_at(selectors, before + 1));
		if (str_has_prefix(selectors, "<!--"))
			selectors = str_from_at(selectors, 4);
		css = str_from_at(css, open + 1);
		size_t close = str_find_char(css, '}');
		if (!str_has_prefix(selectors, "@"))
			add_rule(r, selectors, str_sub(css, 0, close));
		css = skip_block(css);
	}
}

/* --- elements --- */

/* What a sheet says of "PREFIX SIGN NAME", as ".a" and "p.a" are; NULL: nothing. */
static const char *rule_of(const struct renderer *r, struct str prefix, const char *sign,
			   struct str name)
{
	char key[2 * NAME_BYTES_MAX + 2];
	size_t len = prefix.len;

	if (prefix.len >= NAME_BYTES_MAX || name.len >= NAME_BYTES_MAX)
		return NULL;
	str_lower_into(key, prefix);
	if (*sign)
		key[len++] = *sign;
	str_lower_into(key + len, name);
	return map_find(r->sheet, str_make(key, len + name.len));
}

/* What hides it, or else makes it tiny, or else NULL. */
static const char *stronger(const char *effect, const char *other)
{
	return effect == &rule_hides || other == &rule_hides       ? &rule_hides
	       : effect == &rule_shrinks || other == &rule_shrinks ? &rule_shrinks
								   : NULL;
}

static const char *effect_by_sheet(const struct renderer *r, struct str tag,
				   const struct html_attr_vec *attrs)
{
	struct str classes = html_attr_find(attrs, "class"), class;
	struct str id = html_attr_find(attrs, "id");
	const char *effect = stronger(rule_of(r, tag, "", STR_NONE), NULL);

	for (size_t n = 0; n < CLASSES_MAX && str_word_next(&classes, &class); n++)
		effect = stronger(effect, stronger(rule_of(r, STR_NONE, ".", class),
						   rule_of(r, tag, ".", class)));
	if (id.len)
		effect = stronger(
			effect, stronger(rule_of(r, STR_NONE, "#", id), rule_of(r, tag, "#", id)));
	return effect;
}

static bool is_one_of(struct str tag, const char *const *names)
{
	for (; tag.len && *names; names++)
		if (tag.ptr[0] == **names && str_eq_c(tag, *names))
			return true;
	return false;
}

/* A style of its own speaks louder than a sheet. */
static const char *effect_on(struct renderer *r, struct str tag, const struct html_attr_vec *attrs)
{
	struct str style = html_attr_find(attrs, "style");
	const char *own = style.len && !html_takes_style(tag) ? effect_of(r, style) : NULL;

	if (html_attr_find(attrs, "hidden").ptr)
		return &rule_hides;
	if (!r->sheet_hides || str_find_ci(style, STR_LIT("display")) != STR_NOT_FOUND)
		return own;
	return stronger(own, effect_by_sheet(r, tag, attrs));
}

void html_sheet_open(struct renderer *r, struct str tag, const struct html_attr_vec *attrs,
		     const size_t *count)
{
	static const char *const empty[] = {"area", "base",  "br",   "col",  "embed", "hr",
					    "img",  "input", "link", "meta", "wbr",   NULL};
	static const char *const ended[] = {
		"p",  "li", "td",     "th", "tr",
		"dt", "dd", "option", NULL}; /* by the next of its kind */

	static const char *const inline_tags[] = {
		"b",   "i",   "u",    "em",   "tt",   "s",      "q",      "big",   "small",
		"sub", "sup", "code", "font", "cite", "strong", "strike", "label", NULL};
	const char *effect;

	r->shrinks = false;
	if (r->gone == count && is_one_of(tag, ended))
		r->gone = NULL;
	if (r->gone || (!attrs->n && !r->sheet_hides) || is_one_of(tag, empty))
		return;
	effect = effect_on(r, tag, attrs);
	/* what is in a tiny box may have a size of its own */
	r->shrinks = effect == &rule_shrinks;
	if (effect != &rule_hides && !(r->shrinks && is_one_of(tag, inline_tags)))
		return;
	r->gone = count;
	r->gone_level = *count;
}

void html_sheet_close(struct renderer *r, const size_t *count)
{
	if (r->gone == count && *count < r->gone_level)
		r->gone = NULL;
}
