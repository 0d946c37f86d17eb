/* ExtractText: attachments become text for the rules through programs that the administrator names
 * (SpamAssassin's Plugin/ExtractText.pm). */
#include "plugins/ExtractText/extracttext.h"

#include "lib/base/number.h"

enum { TOTAL_LEAST_S = 10, TIMEOUT_MAX_S = 3600 };

/* extracttext_use: TOOL for parts whose type or name matches. */
struct use {
	bool by_type;
	const struct regex *regex;
	struct str tool;
};
VEC_OF(use_vec, struct use);

struct extracttext_conf {
	double max_parts;
	double timeout_s, total_s; /* total_s 0: none given */
	struct use_vec uses;
	struct map *tools; /* name → struct extract_tool * */
	const struct regex *html_tool, *variable, *extension, *link, *qr_code;
};

static void conf_init(void *data, struct arena *keep)
{
	struct extracttext_conf *conf = data;

	conf->max_parts = 10;
	conf->timeout_s = 5;
	conf->tools = map_new(keep);
	conf->html_tool = regex_must(keep, "(?:to|2)html\\b", 0);
	conf->variable = regex_must(keep, "\\{(.+?)\\}", 0);
	conf->extension = regex_must(keep, "\\.([^.\\\\/]+)$", 0);
	conf->link = regex_must(keep, "<a(?:\\s+[^>]+)?\\s+href=\"[^\">]*\"", 0);
	conf->qr_code = regex_must(keep, "QR-Code:(\\S*)", 0);
}

/* --- keywords --- */

static enum keyword_result extracttext_timeout(struct keyword_line *line)
{
	struct extracttext_conf *conf = line->target;
	struct str rest = line->value, word;
	uint64_t numbers[2] = {0, 0};
	size_t n = 0;

	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	for (; str_word_next(&rest, &word); n++)
		if (n == 2 || !number_u64(word, &numbers[n]))
			return KEYWORD_INVALID_VALUE;
	conf->timeout_s = (double)numbers[0];
	conf->total_s = (double)numbers[1];
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"extracttext_maxparts", NULL, WHO_ADMIN, KEYWORD_NUMBER,
	 offsetof(struct extracttext_conf, max_parts), NULL},
	{"extracttext_timeout", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, extracttext_timeout},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* Doubled backslashes were needed once. */
static struct str single_backslashes(struct keyword_line *line, struct str value)
{
	struct buf out;

	if (!str_contains(value, "\\\\"))
		return value;
	keyword_diag(line, DIAG_WARN,
		     "extracttext: doubled backslashes are of an old format, taken as single ones");
	buf_init(&out, line->arena);
	for (size_t i = 0; i < value.len; i++) {
		buf_add_char(&out, value.ptr[i]);
		if (value.ptr[i] == '\\' && i + 1 < value.len && value.ptr[i + 1] == '\\')
			i++;
	}
	return buf_str(&out);
}

/* Words as Perl splits them: a blank at the beginning makes an empty first one. */
static void split_words(struct keyword_line *line, struct str value, struct str_vec *out)
{
	if (value.len && ascii_is_space((unsigned char)value.ptr[0]))
		vec_push(line->arena, out, STR_LIT(""));
	for (struct str word; str_word_next(&value, &word);)
		vec_push(line->arena, out, arena_str(line->arena, word));
}

static bool is_extension(struct str word)
{
	for (size_t i = 1; i < word.len; i++)
		if (!ascii_is_alnum((unsigned char)word.ptr[i]))
			return false;
	return word.len > 1 && word.ptr[0] == '.';
}

/* TOOL pattern...: with a slash it is for types, else for names; ".ext" means all names with it. */
static enum keyword_result use_tool(struct keyword_line *line, struct str value)
{
	struct extracttext_conf *conf = line->target;
	struct str_vec words = {0};

	split_words(line, value, &words);
	if (words.n < 2)
		return KEYWORD_NOT_MINE;
	for (size_t i = 1; i < words.n; i++) {
		struct use use = {.tool = arena_lower(line->arena, words.items[0])};
		struct str what = words.items[i];
		struct regex *regex;

		use.by_type = str_find_char(what, '/') != STR_NOT_FOUND;
		if (!use.by_type && is_extension(what))
			what = arena_printf(line->arena, ".*\\%.*s", STR_ARG(what));
		what = arena_printf(line->arena, "^(?i)%.*s$", STR_ARG(what));
		if (pattern_compile_bare(line->arena, what, 0, &regex, &line->why) != STATUS_OK) {
			keyword_diag(line, DIAG_WARN, "invalid regexp '%.*s': %s", STR_ARG(what),
				     line->why.text);
			return KEYWORD_NOT_MINE;
		}
		use.regex = regex;
		vec_push(line->arena, &conf->uses, use);
	}
	return KEYWORD_OK;
}

/* Takes "{NAME=value}" out of the line. */
static struct str take_variables(struct keyword_line *line, struct str value, struct str_vec *env)
{
	const struct extracttext_conf *conf = line->target;
	struct regex_match match;

	while (regex_exec(conf->variable, value, 0, &match) == REGEX_MATCH) {
		struct str variable = match.group[1];
		bool has_value = str_find_char(variable, '=') != STR_NOT_FOUND;

		vec_push(line->arena, env,
			 arena_printf(line->arena, "%.*s%s", STR_ARG(variable),
				      has_value ? "" : "="));
		value = arena_printf(line->arena, "%.*s %.*s",
				     STR_ARG(str_sub(value, 0, match.start)),
				     STR_ARG(str_from_at(value, match.end)));
	}
	return value;
}

/* NAME [{VARIABLE=value}] /path/to/program argument... */
static enum keyword_result define_tool(struct keyword_line *line, struct str value)
{
	struct extracttext_conf *conf = line->target;
	struct extract_tool *tool = ARENA_NEW(line->arena, struct extract_tool);
	struct str_vec words = {0};

	value = take_variables(line, value, &tool->env);
	split_words(line, value, &words);
	if (words.n < 3)
		return KEYWORD_NOT_MINE;
	tool->name = arena_lower(line->arena, words.items[0]);
	for (size_t i = 1; i < words.n; i++)
		vec_push(line->arena, &tool->command, words.items[i]);
	if (map_has(conf->tools, tool->name)) {
		keyword_diag(line, DIAG_WARN, "extracttext: duplicate tool defined: %.*s",
			     STR_ARG(tool->name));
		return KEYWORD_NOT_MINE;
	}
	map_put(conf->tools, tool->name, tool);
	return KEYWORD_OK;
}

static enum keyword_result parse_line(struct keyword_line *line)
{
	const struct extracttext_conf *conf = line->target;
	bool is_use = str_eq_c(line->keyword, "extracttext_use");
	struct str value;

	if (line->from_user || (!is_use && !str_eq_c(line->keyword, "extracttext_external")))
		return KEYWORD_NOT_MINE;
	value = single_backslashes(line, line->value);
	if (regex_test(conf->html_tool, value)) {
		keyword_diag(line, DIAG_WARN,
			     "extracttext: tools must print plain text; one for HTML is left out");
		return KEYWORD_OK;
	}
	return is_use ? use_tool(line, value) : define_tool(line, value);
}

/* --- what was found in a message --- */

struct findings {
	struct arena *arena;
	double words, chars;
	struct str_vec tools, types, extensions, flags, uris;
};

static void note(struct findings *findings, struct str_vec *list, struct str value)
{
	if (!str_vec_has(list, value))
		vec_push(findings->arena, list, value);
}

/* Fields between runs of other characters than words', less one, as Perl's split() counts. */
static double count_words(struct str text)
{
	bool in_word = false, any = false;
	double n = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool is_word = ascii_is_word((unsigned char)text.ptr[i]);

		n += is_word && !in_word;
		any |= is_word;
		in_word = is_word;
	}
	if (any && !ascii_is_word((unsigned char)text.ptr[0]))
		n++;
	return n - 1;
}

static void note_text(const struct extracttext_conf *conf, struct findings *findings,
		      struct str text)
{
	struct regex_match match;

	if (!text.len) {
		note(findings, &findings->flags, STR_LIT("NoText"));
		return;
	}
	if (regex_test(conf->link, text)) {
		/* SpamAssassin looks for the target in the wrong group and keeps none. */
		note(findings, &findings->flags, STR_LIT("ActionURI"));
		note(findings, &findings->uris, STR_LIT(""));
	} else if (regex_exec(conf->qr_code, text, 0, &match) == REGEX_MATCH) {
		note(findings, &findings->flags, STR_LIT("QR-Code"));
		note(findings, &findings->uris, match.group[1]);
	}
	if (str_contains(text, "NoText"))
		note(findings, &findings->flags, STR_LIT("NoText"));
	findings->chars += (double)text.len;
	findings->words += count_words(text);
}

static void note_part(const struct extracttext_conf *conf, struct findings *findings,
		      const struct extract_tool *tool, const struct part *part)
{
	struct regex_match match;

	if (part->type.len)
		note(findings, &findings->types, part->type);
	if (part->name.len && regex_exec(conf->extension, part->name, 0, &match) == REGEX_MATCH &&
	    !str_eq_c(match.group[1], "0"))
		note(findings, &findings->extensions, match.group[1]);
	note(findings, &findings->tools, tool->name);
}

static void publish(struct findings *f, struct message *message)
{
	const struct {
		const char *name;
		const struct str_vec *list;
	} lists[] = {
		{"X-ExtractText-Tools", &f->tools},
		{"X-ExtractText-Types", &f->types},
		{"X-ExtractText-Extensions", &f->extensions},
		{"X-ExtractText-Flags", &f->flags},
		{"X-ExtractText-Uris", &f->uris},
	};

	message_metadata_set(f->arena, message, "X-ExtractText-Words",
			     arena_printf(f->arena, "%.0f", f->words));
	message_metadata_set(f->arena, message, "X-ExtractText-Chars",
			     arena_printf(f->arena, "%.0f", f->chars));
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		message_metadata_set(f->arena, message, lists[i].name,
				     str_vec_join(f->arena, lists[i].list, " "));
}

/* --- a message --- */

static struct deadline soon(double seconds, struct deadline latest)
{
	int64_t ms = (int64_t)(seconds < TIMEOUT_MAX_S ? seconds * 1000 : TIMEOUT_MAX_S * 1000.0);

	return deadline_earlier(deadline_in_ms(ms), latest);
}

static void run_tool(const struct extracttext_conf *conf, struct findings *findings,
		     const struct extract_tool *tool, struct part *part, struct deadline latest)
{
	struct str text;

	if (!extract_run(findings->arena, tool, part_decoded(findings->arena, part),
			 soon(conf->timeout_s, latest), &text))
		return;
	if (!str_trim(text).len)
		text = STR_NONE;
	note_text(conf, findings, text);
	note_part(conf, findings, tool, part);
	if (text.len)
		part_render_as(findings->arena, part, text);
}

static bool fits(const struct use *use, const struct part *part)
{
	struct str value = use->by_type ? part->type : part->name;

	return value.ptr && regex_test(use->regex, value);
}

/* Every tool that is meant for the part runs, once. */
static void extract(const struct extracttext_conf *conf, struct findings *findings,
		    struct part *part, struct deadline latest)
{
	struct map *done = map_new(findings->arena);

	for (size_t i = 0; i < conf->uses.n; i++) {
		const struct use *use = &conf->uses.items[i];
		const struct extract_tool *tool = map_find(conf->tools, use->tool);

		if (tool && !map_has(done, use->tool) && fits(use, part)) {
			map_put(done, use->tool, part);
			run_tool(conf, findings, tool, part, latest);
		}
	}
}

/* No part is begun later than this. */
static struct deadline last_start(const struct extracttext_conf *conf, struct deadline latest)
{
	bool is_own = conf->total_s > 0 || conf->timeout_s > TOTAL_LEAST_S;

	return soon(is_own ? conf->timeout_s : TOTAL_LEAST_S, latest);
}

static void parsed(const void *data, struct arena *scan, struct message *message,
		   struct deadline deadline)
{
	const struct extracttext_conf *conf = data;
	struct findings findings = {.arena = scan};
	struct deadline last = last_start(conf, deadline);
	struct part_vec leaves = {0};

	if (!conf->uses.n)
		return;
	message_parts(scan, message, true, &leaves);
	for (size_t i = 0; i < leaves.n; i++) {
		if ((conf->max_parts > 0 && (double)i >= conf->max_parts) || deadline_passed(last))
			break;
		if (!part_is_rendered(leaves.items[i]))
			extract(conf, &findings, leaves.items[i], deadline);
	}
	if (findings.tools.n)
		publish(&findings, message);
}

static void enrich(struct scan *scan, const void *plugin)
{
	static const char *const names[] = {"Words",      "Chars", "Tools", "Types",
					    "Extensions", "Flags", "Uris"};

	(void)plugin;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct arena *arena = scan_arena(scan);
		struct str header = arena_printf(arena, "X-ExtractText-%s", names[i]);
		const struct str *value =
			map_find(scan_mail(scan)->metadata, arena_lower(arena, header));

		if (value)
			scan_tag_set(scan, arena_printf(arena, "ExtractText%s", names[i]).ptr,
				     *value);
	}
}

const struct plugin_def plugin_extracttext = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::ExtractText",
	.keywords = keywords,
	.conf_bytes = sizeof(struct extracttext_conf),
	.conf_init = conf_init,
	.parse_line = parse_line,
	.enrich = enrich,
	.parsed = parsed,
	.runs_programs = true,
};
