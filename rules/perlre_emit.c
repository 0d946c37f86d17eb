/*
 * perlre_emit: see perlre.h. The tree as PCRE2 text, in a form that needs no option but (?i) and
 * (?m): white space and comments are gone, classes are sets of bytes, dots say themselves whether
 * they match a newline.
 */
#include "lib/base/map.h"
#include "rules/perlre.h"
#include "rules/perlre_behind.h"

enum { FACTOR_MIN_BYTES = 48 };

struct emitter {
	struct arena *arena;
	const struct re_tree *tree;
	bool factor;
	struct map *texts;       /* pointer to a group → struct str * */
	struct map *counts;      /* text of a group → unsigned *: how often it occurs */
	struct map *subroutines; /* text of a group → its name (struct str *) */
	struct buf definitions;
	unsigned n_definitions;
	bool wide; /* for text of characters */
	struct why *why;
	enum status status;
};

static void emit(struct emitter *emitter, const struct re_node *node, struct buf *out);

static void emit_byte(struct buf *out, unsigned byte)
{
	if (ascii_is_alnum((unsigned char)byte) || byte >= 0x80 || byte == ' ' || byte == '_')
		buf_add_char(out, (char)byte);
	else if (byte < ' ' || byte == 0x7F)
		buf_printf(out, "\\x%02X", byte);
	else
		buf_printf(out, "\\%c", (int)byte);
}

static void emit_members(struct buf *out, const struct re_set *set, bool inverted, bool wide)
{
	buf_add_cstr(out, inverted ? "[^" : "[");
	for (unsigned c = 0; c < 256; c++) {
		if (re_set_has(set, c) == inverted) {
			if (!inverted)
				c = re_set_next(set, c) - 1;
			continue;
		}
		unsigned to = c;
		while (to < 255 && re_set_has(set, to + 1) != inverted)
			to++;
		emit_byte(out, c);
		if (to > c + 1)
			buf_add_char(out, '-');
		if (to > c)
			emit_byte(out, to);
		c = to;
	}
	for (unsigned i = 0; wide && i < set->n_ranges; i++)
		buf_printf(out, "\\x{%X}-\\x{%X}", set->ranges[i].from, set->ranges[i].to);
	buf_add_char(out, ']');
}

/* Of characters "[^...]" has those above U+00FF, and "[...]" has not. */
static void emit_set(struct buf *out, const struct re_set *set, bool wide)
{
	unsigned n = re_set_count(set->bits);
	if (n == 256 && (!wide || (set->above && !set->n_ranges))) {
		buf_add_cstr(out, "(?s:.)");
		return;
	}
	if (wide && n == 0 && !set->above && !set->n_ranges)
		buf_add_cstr(out, "[^\\x{0}-\\x{10FFFF}]");
	else
		emit_members(out, set, wide ? set->above : n > 128 || n == 0, wide);
}

static void emit_children(struct emitter *emitter, const struct re_node *node, const char *between,
			  struct buf *out)
{
	for (const struct re_node *child = node->first; child; child = child->next) {
		emit(emitter, child, out);
		if (child->next)
			buf_add_cstr(out, between);
	}
}

static void emit_repeat(struct emitter *emitter, const struct re_node *node, struct buf *out)
{
	bool wrap = node->first->op != RE_LITERAL && node->first->op != RE_SET &&
		    node->first->op != RE_WIDE && node->first->op != RE_GROUP &&
		    node->first->op != RE_BACKREF && node->first->op != RE_CALL;
	if (wrap)
		buf_add_cstr(out, "(?:");
	emit(emitter, node->first, out);
	if (wrap)
		buf_add_char(out, ')');
	if (node->max == RE_INFINITE && node->min <= 1)
		buf_add_char(out, node->min ? '+' : '*');
	else if (node->min == 0 && node->max == 1)
		buf_add_char(out, '?');
	else if (node->max == RE_INFINITE)
		buf_printf(out, "{%u,}", node->min);
	else if (node->max == node->min)
		buf_printf(out, "{%u}", node->min);
	else
		buf_printf(out, "{%u,%u}", node->min, node->max);
	if (node->suffix)
		buf_add_char(out, node->suffix);
}

/* --- repeated groups as subroutines ----------------------------------------------------------- */

/* Same text, same meaning, wherever it stands. */
static bool is_movable(const struct re_node *node)
{
	if (node->op == RE_OPTIONS || node->op == RE_VERB || node->op == RE_LOOK ||
	    node->is_capture || (node->op == RE_ASSERT && node->text.ptr[0] != '\\') ||
	    (node->op == RE_GROUP && !str_eq_c(node->text, "(?:")))
		return false;
	for (const struct re_node *child = node->first; child; child = child->next)
		if (!is_movable(child))
			return false;
	return true;
}

static bool any_letter_folds(const struct re_node *node)
{
	if (node->op == RE_LITERAL && node->icase)
		return true;
	for (const struct re_node *child = node->first; child; child = child->next)
		if (any_letter_folds(child))
			return true;
	return false;
}

/* Asked for twice: when groups are counted, and when they are written. */
static struct str text_of(struct emitter *emitter, const struct re_node *group)
{
	struct emitter plain = *emitter;
	struct str key = str_make((const char *)&group, sizeof group);
	struct str *known = map_find(emitter->texts, key);
	struct buf text;
	if (known)
		return *known;
	plain.factor = false;
	buf_init(&text, emitter->arena);
	buf_add_cstr(&text, any_letter_folds(group) ? "(?i)" : "(?-i)");
	emit_children(&plain, group, "", &text);
	known = ARENA_NEW(emitter->arena, struct str);
	*known = buf_str(&text);
	map_put(emitter->texts, key, known);
	return *known;
}

/* times: how often PCRE2 writes the node down, which for x{5} is five times. */
static void count_groups(struct emitter *emitter, const struct re_node *node, unsigned times)
{
	if (node->op == RE_LOOK && node->is_behind)
		return;
	if (node->op == RE_GROUP && is_movable(node)) {
		struct str text = text_of(emitter, node);
		unsigned *count = map_find(emitter->counts, text);
		if (!count && text.len >= FACTOR_MIN_BYTES) {
			count = ARENA_NEW(emitter->arena, unsigned);
			map_put(emitter->counts, text, count);
		}
		if (count)
			*count += times;
	}
	unsigned written = 1;
	if (node->op == RE_REPEAT)
		written = node->max != RE_INFINITE ? node->max : node->min + 1;
	for (const struct re_node *child = node->first; child; child = child->next)
		count_groups(emitter, child, written);
}

/* "(?&w3)" for a group that occurs more than once; false for others. */
static bool emit_call(struct emitter *emitter, const struct re_node *group, struct buf *out)
{
	if (!emitter->factor || !is_movable(group))
		return false;
	struct str text = text_of(emitter, group);
	const unsigned *count = map_find(emitter->counts, text);
	if (!count || *count < 2)
		return false;
	struct str *name = map_find(emitter->subroutines, text);
	if (!name) {
		struct buf body;
		name = ARENA_NEW(emitter->arena, struct str);
		*name = arena_printf(emitter->arena, "w%u", emitter->n_definitions++);
		map_put(emitter->subroutines, text, name);
		buf_init(&body, emitter->arena);
		buf_printf(&body, "(?<%.*s>%s", STR_ARG(*name),
			   any_letter_folds(group) ? "(?i)" : "(?-i)");
		emit_children(emitter, group, "", &body);
		buf_add_char(&body, ')');
		buf_add_str(&emitter->definitions, buf_str(&body));
	}
	buf_printf(out, "(?&%.*s)", STR_ARG(*name));
	return true;
}

/* --- groups ----------------------------------------------------------------------------------- */

static void emit_group(struct emitter *emitter, const struct re_node *node, struct buf *out)
{
	if (emit_call(emitter, node, out))
		return;
	buf_add_str(out, node->text);
	emit_children(emitter, node, "", out);
	buf_add_char(out, ')');
}

static void emit_look(struct emitter *emitter, const struct re_node *node, struct buf *out)
{
	const struct re_node *body = node->first;
	bool factor = emitter->factor;
	if (node->is_behind && emitter->status == STATUS_OK)
		emitter->status = perlre_fix_behind(emitter->arena, node, &body, emitter->why);
	emitter->factor = factor && !node->is_behind;
	buf_add_str(out, node->text);
	if (body)
		emit(emitter, body, out);
	buf_add_char(out, ')');
	emitter->factor = factor;
}

static void emit(struct emitter *emitter, const struct re_node *node, struct buf *out)
{
	switch (node->op) {
	case RE_EMPTY:
		break;
	case RE_LITERAL:
		emit_byte(out, node->byte);
		break;
	case RE_SET:
		if (node->text.len)
			buf_add_str(out, node->text);
		else
			emit_set(out, node->set, emitter->wide);
		break;
	case RE_CONCAT:
		emit_children(emitter, node, "", out);
		break;
	case RE_ALT:
		emit_children(emitter, node, "|", out);
		break;
	case RE_REPEAT:
		emit_repeat(emitter, node, out);
		break;
	case RE_GROUP:
		emit_group(emitter, node, out);
		break;
	case RE_LOOK:
		emit_look(emitter, node, out);
		break;
	case RE_COND:
		buf_add_str(out, node->text);
		emit_children(emitter, node, "", out);
		buf_add_char(out, ')');
		break;
	case RE_OPTIONS:
		if (!str_eq_c(node->text, "(?)"))
			buf_add_str(out, node->text);
		break;
	default:
		buf_add_str(out, node->text);
	}
}

enum status perlre_emit(struct arena *arena, const struct re_tree *tree, bool factor,
			struct buf *out, struct why *why)
{
	struct emitter emitter = {.arena = arena, .tree = tree, .why = why};
	emitter.factor = factor && !tree->has_references;
	buf_init(&emitter.definitions, arena);
	if (!emitter.factor) {
		emit(&emitter, tree->root, out);
		return emitter.status;
	}
	emitter.counts = map_new(arena);
	emitter.texts = map_new(arena);
	emitter.subroutines = map_new(arena);
	count_groups(&emitter, tree->root, 1);
	buf_add_cstr(out, "(?:");
	emit(&emitter, tree->root, out);
	buf_add_char(out, ')');
	if (emitter.definitions.len) {
		buf_add_cstr(out, "(?(DEFINE)");
		buf_add_str(out, buf_str(&emitter.definitions));
		buf_add_char(out, ')');
	}
	return emitter.status;
}

/* What is not ASCII in PCRE2 text is a byte of the pattern: in UTF-8. */
enum status perlre_emit_wide(struct arena *arena, const struct re_tree *tree, struct buf *out,
			     struct why *why)
{
	struct emitter emitter = {.arena = arena, .tree = tree, .why = why, .wide = true};
	struct buf bytes;
	buf_init(&bytes, arena);
	emit(&emitter, tree->root, &bytes);
	struct str text = buf_str(&bytes);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c >= 0x80)
			buf_add_char(out, (char)(0xC0 | c >> 6));
		buf_add_char(out, (char)(c < 0x80 ? c : 0x80 | (c & 0x3F)));
	}
	return emitter.status;
}
