/*
 * ReplaceTags: <TAG>s in rules become regexes, so that a rule for a word finds its many spellings
 * (SpamAssassin's Plugin/ReplaceTags.pm). All work is done when rules load.
 */
#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "plugins/plugin.h"

enum { PASSES_MAX = 6, EXPANDED_MAX_BYTES = 4 << 20 };

struct replace_conf {
	struct map *tags, *before, *between, *behind; /* name → struct str * */
	struct str_vec rules;
	struct str start, end;
};

static void conf_init(void *data, struct arena *keep)
{
	struct replace_conf *conf = data;

	conf->tags = map_new(keep);
	conf->before = map_new(keep);
	conf->between = map_new(keep);
	conf->behind = map_new(keep);
	conf->start = STR_LIT("<");
	conf->end = STR_LIT(">");
}

/* --- keywords --- */

/* "name the rest" */
static enum keyword_result put(struct keyword_line *line, struct map *map)
{
	struct str rest = line->value, name, *text;

	if (line->value.len == 0)
		return KEYWORD_MISSING_VALUE;
	if (!str_word_next(&rest, &name))
		return KEYWORD_INVALID_VALUE;
	rest = str_trim(rest);
	if (rest.len == 0)
		return KEYWORD_MISSING_VALUE;
	text = ARENA_NEW(line->arena, struct str);
	*text = arena_str(line->arena, rest);
	map_put(map, name, text);
	return KEYWORD_OK;
}

static enum keyword_result replace_tag(struct keyword_line *line)
{
	return put(line, ((struct replace_conf *)line->target)->tags);
}

static enum keyword_result replace_pre(struct keyword_line *line)
{
	return put(line, ((struct replace_conf *)line->target)->before);
}

static enum keyword_result replace_inter(struct keyword_line *line)
{
	return put(line, ((struct replace_conf *)line->target)->between);
}

static enum keyword_result replace_post(struct keyword_line *line)
{
	return put(line, ((struct replace_conf *)line->target)->behind);
}

static enum keyword_result replace_rules(struct keyword_line *line)
{
	struct replace_conf *conf = line->target;
	struct str rest = line->value, name;

	if (line->value.len == 0)
		return KEYWORD_MISSING_VALUE;
	while (str_word_next(&rest, &name))
		vec_push(line->arena, &conf->rules, arena_str(line->arena, name));
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"replace_tag", NULL, WHO_PRIVILEGED, KEYWORD_HASH, 0, replace_tag},
	{"replace_pre", NULL, WHO_PRIVILEGED, KEYWORD_HASH, 0, replace_pre},
	{"replace_inter", NULL, WHO_PRIVILEGED, KEYWORD_HASH, 0, replace_inter},
	{"replace_post", NULL, WHO_PRIVILEGED, KEYWORD_HASH, 0, replace_post},
	{"replace_rules", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, replace_rules},
	{"replace_start", NULL, WHO_PRIVILEGED, KEYWORD_STRING,
	 offsetof(struct replace_conf, start), NULL},
	{"replace_end", NULL, WHO_PRIVILEGED, KEYWORD_STRING, offsetof(struct replace_conf, end),
	 NULL},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- expansion --- */

/* One pass over one regex: its pieces, tags and what is between them in turn. */
struct expansion {
	struct arena *arena;
	const struct replace_conf *conf;
	struct str_vec pieces;
};

/* Takes the first "<KIND NAME>" out; the name, or ptr NULL. */
static struct str take_modifier(struct expansion *x, struct str *text, const char *kind)
{
	struct str marker = arena_printf(x->arena, "%.*s%s ", STR_ARG(x->conf->start), kind), rest,
		   name;
	size_t at = str_find(*text, marker), end;
	struct buf out;

	if (at == STR_NOT_FOUND)
		return STR_NONE;
	rest = str_from_at(*text, at + marker.len);
	end = rest.len ? str_find(str_from_at(rest, 1), x->conf->end) : STR_NOT_FOUND;
	if (end == STR_NOT_FOUND)
		return STR_NONE;
	name = str_sub(rest, 0, end + 1);
	buf_init(&out, x->arena);
	buf_add_str(&out, str_sub(*text, 0, at));
	buf_add_str(&out, str_from_at(rest, name.len + x->conf->end.len));
	*text = buf_str(&out);
	return name;
}

/* Length of "<...>" without further angle brackets at the start of s, or 0. */
static size_t tag_length(struct str s)
{
	if (s.len < 3 || s.ptr[0] != '<')
		return 0;
	for (size_t i = 1; i < s.len && s.ptr[i] != '<'; i++)
		if (s.ptr[i] == '>')
			return i > 1 ? i + 1 : 0;
	return 0;
}

/* Empty pieces stand between adjacent tags and in front of a leading one, none at the end. */
static void split_tags(struct expansion *x, struct str text)
{
	size_t from = 0, at = 0;

	x->pieces.n = 0;
	while (at < text.len) {
		size_t length = tag_length(str_from_at(text, at));

		if (!length) {
			at++;
			continue;
		}
		vec_push(x->arena, &x->pieces, str_sub(text, from, at - from));
		vec_push(x->arena, &x->pieces, str_sub(text, at, length));
		from = at += length;
	}
	if (from < text.len)
		vec_push(x->arena, &x->pieces, str_from_at(text, from));
}

/* The tag's name inside a piece: from the first start to the next end, something between; ptr NULL
 * without. */
static struct str tag_name(const struct expansion *x, struct str piece, size_t *start_out,
			   size_t *length_out)
{
	size_t start = str_find(piece, x->conf->start), end;
	struct str rest;

	if (start == STR_NOT_FOUND)
		return STR_NONE;
	rest = str_from_at(piece, start + x->conf->start.len);
	end = rest.len ? str_find(str_from_at(rest, 1), x->conf->end) : STR_NOT_FOUND;
	if (end == STR_NOT_FOUND)
		return STR_NONE;
	*start_out = start;
	*length_out = x->conf->start.len + end + 1 + x->conf->end.len;
	return str_sub(rest, 0, end + 1);
}

static void wrap_tags(struct expansion *x, const struct str *before, const struct str *behind)
{
	size_t start, length;

	for (size_t i = 0; i < x->pieces.n; i++) {
		struct str piece = x->pieces.items[i];
		struct buf out;

		if (!tag_name(x, piece, &start, &length).ptr)
			continue;
		buf_init(&out, x->arena);
		buf_add_str(&out, str_sub(piece, 0, start));
		if (before)
			buf_add_str(&out, *before);
		buf_add_str(&out, str_sub(piece, start, length));
		if (behind)
			buf_add_str(&out, *behind);
		buf_add_str(&out, str_from_at(piece, start + length));
		x->pieces.items[i] = buf_str(&out);
	}
}

static bool holds_tag(struct str text)
{
	size_t open = str_find_char(text, '<');

	return open != STR_NOT_FOUND && open + 2 < text.len &&
	       str_find_char(str_from_at(text, open + 2), '>') != STR_NOT_FOUND;
}

/* Every occurrence of the piece's first tag by its text. True when that text has tags again. */
static bool replace_piece(struct expansion *x, struct str *piece)
{
	size_t start, length, at;
	struct str name = tag_name(x, *piece, &start, &length), tag, rest = *piece;
	const struct str *text = name.ptr ? map_find(x->conf->tags, name) : NULL;
	struct buf out;

	if (!text || str_eq_c(*text, "0"))
		return false;
	tag = str_sub(*piece, start, length);
	buf_init(&out, x->arena);
	while ((at = str_find(rest, tag)) != STR_NOT_FOUND) {
		buf_add_str(&out, str_sub(rest, 0, at));
		buf_add_str(&out, *text);
		rest = str_from_at(rest, at + tag.len);
	}
	buf_add_str(&out, rest);
	*piece = buf_str(&out);
	return holds_tag(*text);
}

static bool expand_once(struct expansion *x, struct str *text)
{
	const struct replace_conf *conf = x->conf;
	struct str before = take_modifier(x, text, "pre"), behind = take_modifier(x, text, "post");
	struct str between = take_modifier(x, text, "inter");
	const struct str *filler = between.ptr ? map_find(conf->between, between) : NULL;
	bool again = false;

	split_tags(x, *text);
	wrap_tags(x, before.ptr ? map_find(conf->before, before) : NULL,
		  behind.ptr ? map_find(conf->behind, behind) : NULL);
	for (size_t i = 0; i < x->pieces.n; i++) {
		if (x->pieces.items[i].len == 0 && filler)
			x->pieces.items[i] = *filler;
		again |= replace_piece(x, &x->pieces.items[i]);
	}
	*text = str_vec_join(x->arena, &x->pieces, "");
	return again && text->len < EXPANDED_MAX_BYTES;
}

static void expand_rule(const struct replace_conf *conf, struct conf *reader, struct arena *keep,
			struct rule *rule)
{
	struct arena *work = arena_new("replace", 0);
	struct expansion x = {.arena = work, .conf = conf};
	struct str text = rule->pattern->perl;
	struct why why;

	for (int pass = 0; pass < PASSES_MAX && expand_once(&x, &text); pass++)
		;
	if (!str_eq(text, rule->pattern->perl) &&
	    pattern_replace(keep, rule->pattern, arena_str(keep, text), &why) != STATUS_OK)
		diag_add(conf_diags(reader), DIAG_INFO, rule->where,
			 "replacetags: regexp compilation failed for %.*s: %s", STR_ARG(rule->name),
			 why.text);
	arena_free(work);
}

static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	const struct replace_conf *conf = data;
	struct map *done = map_new(keep);

	(void)why;
	for (size_t i = 0; i < conf->rules.n; i++) {
		struct rule *rule = ruleset_find(ruleset, conf->rules.items[i]);

		if (rule && rule->pattern && map_put(done, conf->rules.items[i], done))
			expand_rule(conf, reader, keep, rule);
	}
	return STATUS_OK;
}

const struct plugin_def plugin_replacetags = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::ReplaceTags",
	.keywords = keywords,
	.conf_bytes = sizeof(struct replace_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
