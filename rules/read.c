/*
 * read: files → lines → keywords. Matches the reading loop of SpamAssassin's Conf/Parser.pm
 * (parse): comments, `lang`, the "file start/end" markers, include, if/ifplugin/else/endif and
 * require_version; all else goes to keyword.c.
 */
#include "rules/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/log.h"

/* --- where we are -------------------------------------------------------------------------------
 */

static unsigned *line_counter(struct conf *conf)
{
	unsigned *counter = map_find(conf->line_numbers, conf->file);
	if (!counter) {
		counter = ARENA_NEW(conf->arena, unsigned);
		map_put(conf->line_numbers, conf->file, counter);
	}
	return counter;
}

struct conf_position conf_here(const struct conf *conf)
{
	const unsigned *counter = map_find(conf->line_numbers, conf->file);
	return (struct conf_position){conf->file_cstr, counter ? *counter : 0};
}

void conf_diag(struct conf *conf, enum diag_level level, const char *format, ...)
{
	char text[4096];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	diag_add(conf->diags, level, conf_here(conf), "%s", text);
}

static bool is_nowhere(const struct conf *conf)
{
	return str_eq_c(conf->file, "(no file)");
}

void conf_fail_line(struct conf *conf, const char *keyword, const char *message)
{
	enum diag_level level = DIAG_LINT;
	if (!message && keyword && strcmp(keyword, "ok_languages") == 0) {
		level = conf->lint ? DIAG_WARN : DIAG_INFO; /* moved into a plugin: no error */
		message = "config: failed to parse line, now a plugin";
	} else if (!message) {
		message = "config: failed to parse line";
	}
	struct buf text; /* not printf: the line may hold a NUL and be of any length */
	buf_init(&text, conf->arena);
	buf_printf(&text, "%s in %.*s", message, STR_ARG(conf->file));
	if (!is_nowhere(conf))
		buf_printf(&text, " (line %u)", conf_here(conf).line);
	buf_add_cstr(&text, ": ");
	buf_add_str(&text, conf->line_text);
	diag_add_text(conf->diags, level, conf_here(conf), buf_str(&text));
}

static void set_file(struct conf *conf, struct str name)
{
	conf->file = arena_str(conf->arena, name);
	conf->file_cstr = conf->file.ptr;
}

static void file_start(struct conf *conf, struct str name)
{
	vec_push(conf->arena, &conf->file_stack, conf->file);
	set_file(conf, name);
}

/* An open `if` ends with its file. */
static void file_end(struct conf *conf)
{
	for (size_t i = 0; i < conf->ifs.n; i++)
		conf_diag(conf, DIAG_LINT, "config: unclosed '%s' found in %.*s (line %u)",
			  conf->ifs.items[i].keyword, STR_ARG(conf->file), conf->ifs.items[i].line);
	conf->ifs.n = 0;
	conf->skipping = false;
	set_file(conf,
		 conf->file_stack.n ? conf->file_stack.items[--conf->file_stack.n] : STR_NONE);
}

/* --- files --------------------------------------------------------------------------------------
 */

static void read_line(struct conf *conf, struct str line);

static void read_lines(struct conf *conf, struct str text)
{
	for (struct str line; str_line_next(&text, &line);)
		read_line(conf, line);
}

void conf_read_named_text(struct conf *conf, struct str name, struct str text)
{
	log_debug("config", "parsing file %.*s", STR_ARG(name));
	file_start(conf, name);
	read_lines(conf, text);
	file_end(conf);
}

void conf_claim_files(struct conf *conf, struct str path, const char *suffix, struct str_vec *out)
{
	struct str_vec files = {0};
	find_files(conf, path, suffix, &files);
	for (size_t i = 0; i < files.n; i++)
		if (map_put(conf->files_read, files.items[i], conf))
			vec_push(conf->arena, out, files.items[i]);
}

void conf_read_file(struct conf *conf, struct str path)
{
	struct str text;
	struct why why;
	if (file_read(conf->arena, arena_cstr(conf->arena, path), CONF_FILE_BYTES_MAX, &text,
		      &why) != STATUS_OK) {
		conf_diag(conf, DIAG_WARN, "config: %s", why.text);
		return;
	}
	log_debug("config", "read file %.*s", STR_ARG(path));
	if (!conf->user_mode)
		vec_push(conf->arena, &conf->ruleset->files, arena_str(conf->arena, path));
	conf_read_named_text(conf, path, text);
}

void conf_read_path(struct conf *conf, struct str path, const char *suffix)
{
	struct str_vec files = {0};
	conf_claim_files(conf, path, suffix, &files);
	for (size_t i = 0; i < files.n; i++)
		conf_read_file(conf, files.items[i]);
}

struct str conf_relative_path(struct conf *conf, struct str path)
{
	path = find_expand(conf->arena, path);
	size_t slash = str_rfind_char(conf->file, '/');
	if (slash == STR_NOT_FOUND || (path.len && path.ptr[0] == '/'))
		return path;
	return path_join(conf->arena, str_sub(conf->file, 0, slash + 1), path);
}

/*
 * SpamAssassin puts the included lines between an "end" and a "start" of the file they stand in, so
 * an include closes every open `if` of that file; and it includes within a false `if`, too.
 */
static const char *read_include(struct conf *conf, struct str value)
{
	if (!value.len)
		return "config: missing 'include' value";
	if (conf->include_depth >= CONF_INCLUDE_DEPTH_MAX)
		return "config: too many nested includes";
	struct str path = conf_relative_path(conf, value);
	struct str here = conf->file;
	conf->include_depth++;
	file_end(conf);
	conf_read_path(conf, path, ".cf");
	file_start(conf, here);
	conf->include_depth--;
	return NULL;
}

/* --- words that the reader itself knows
 * ----------------------------------------------------------- */

static const char *read_endif(struct conf *conf, struct str value)
{
	if (value.len)
		return "config: 'endif' must be standalone";
	if (!conf->ifs.n)
		return "config: missing starting 'if' for 'endif'";
	conf->skipping = conf->ifs.items[--conf->ifs.n].skipped_before;
	return NULL;
}

static const char *read_else(struct conf *conf, struct str value)
{
	if (value.len)
		return "config: 'else' must be standalone";
	if (!conf->ifs.n)
		return "config: 'else' missing starting if";
	for (size_t i = 0; i < conf->ifs.n; i++)
		if (conf->ifs.items[i].skipped_before) {
			conf->skipping = true;
			return NULL;
		}
	conf->skipping = !conf->skipping;
	return NULL;
}

static const char *read_if(struct conf *conf, struct str value)
{
	if (!value.len)
		return "config: missing 'if' condition";
	cond_begin(conf, "if", value);
	return NULL;
}

static const char *read_ifplugin(struct conf *conf, struct str value)
{
	if (!value.len)
		return "config: missing 'ifplugin' condition";
	cond_begin(conf, "ifplugin", arena_printf(conf->arena, "plugin (%.*s)", STR_ARG(value)));
	return NULL;
}

/* A line "file start X" in a file is obeyed, as in SpamAssassin. */
static const char *read_file_marker(struct conf *conf, struct str value)
{
	struct str rest = value, word;
	str_word_next(&rest, &word);
	bool has_blank = rest.len > 0 && ascii_is_space((unsigned char)rest.ptr[0]);
	struct str name = str_trim_left(rest);
	if (str_eq_c(word, "start") && has_blank && name.len)
		file_start(conf, name);
	else if (str_eq_c(word, "end") && has_blank)
		file_end(conf);
	else
		return "config: missing 'file' value";
	return NULL;
}

static const char *read_require_version(struct conf *conf, struct str value)
{
	if (!value.len)
		return "config: missing 'require_version' value";
	if (str_eq_c(value, "@@VERSION@@") || str_eq_c(value, CONF_SPAMASSASSIN_VERSION))
		return NULL;
	conf_diag(conf, conf->lint ? DIAG_LINT : DIAG_WARN,
		  "config: configuration file '%.*s' requires version %.*s of SpamAssassin, but "
		  "this is code version " CONF_SPAMASSASSIN_VERSION
		  ". Maybe you need to use the -C switch, or remove the old config files? "
		  "Skipping this file.",
		  STR_ARG(conf->file), STR_ARG(value));
	conf->skipping = true;
	return NULL;
}

struct reader_word {
	const char *name;
	const char *(*read)(struct conf *conf,
			    struct str value); /* the message of a failed line, or NULL */
	bool obeys_skipping;
};

static const struct reader_word reader_words[] = {
	{"endif", read_endif, false},
	{"ifplugin", read_ifplugin, false},
	{"if", read_if, false},
	{"file", read_file_marker, false},
	{"include", read_include, false},
	{"else", read_else, false},
	{"require_version", read_require_version, true},
};

/* --- one line -----------------------------------------------------------------------------------
 */

/* From the first '#' without a backslash before it; then "\#" is '#'. */
static struct str without_comment(struct arena *arena, struct str line)
{
	if (str_find_char(line, '#') == STR_NOT_FOUND)
		return line;
	char *out = arena_alloc(arena, line.len + 1);
	size_t n = 0;
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] == '#' && n && i && line.ptr[i - 1] == '\\')
			out[n - 1] = '#';
		else if (line.ptr[i] == '#')
			break;
		else
			out[n++] = line.ptr[i];
	}
	out[n] = '\0';
	return str_make(out, n);
}

/* "# UPDATE version 123" of sa-update, for _RULESVERSION_. */
static void note_update_version(struct conf *conf, struct str line)
{
	static const char prefix[] = "# UPDATE version ";
	if (conf->user_mode || !str_has_prefix(line, prefix))
		return;
	struct str digits = str_from_at(line, sizeof prefix - 1);
	if (!text_is_digits(digits) || is_nowhere(conf))
		return;
	struct str *version = ARENA_NEW(conf->arena, struct str);
	*version = arena_str(conf->arena, digits);
	map_put(conf->dictionary->versions, conf->file, version);
}

static bool locale_matches(struct conf *conf, struct str wanted)
{
	bool is_plain = true;
	for (size_t i = 0; i < wanted.len; i++)
		is_plain = is_plain && ascii_is_word((unsigned char)wanted.ptr[i]);
	if (is_plain)
		return conf->lang.len >= wanted.len &&
		       str_eq_ci(str_sub(conf->lang, 0, wanted.len), wanted);
	struct regex *regex;
	struct str anchored = arena_printf(conf->arena, "^%.*s", STR_ARG(wanted));
	if (regex_compile(conf->arena, anchored, REGEX_ICASE | REGEX_NO_JIT, &regex, NULL) !=
	    STATUS_OK)
		return false;
	return regex_test(regex, conf->lang);
}

/* "lang XX rest": false when the line is for another language; otherwise *line is the rest. */
static bool for_our_language(struct conf *conf, struct str *line)
{
	if (!str_has_prefix(*line, "lang") || line->len == 4 ||
	    !ascii_is_space((unsigned char)line->ptr[4]))
		return true;
	struct str rest = str_from_at(*line, 4), wanted;
	if (!str_word_next(&rest, &wanted) || !str_trim_left(rest).len)
		return true; /* no "rest": an unknown keyword */
	*line = str_trim_left(rest);
	return locale_matches(conf, wanted);
}

static struct str canonical_keyword(struct arena *arena, struct str word)
{
	char *out = arena_cstr(arena, word);
	for (size_t i = 0; i < word.len; i++)
		out[i] = out[i] == '-' ? '_' : ascii_lower(out[i]);
	return str_make(out, word.len);
}

static const struct reader_word *find_reader_word(struct str key)
{
	for (size_t i = 0; i < sizeof reader_words / sizeof reader_words[0]; i++)
		if (str_eq_c(key, reader_words[i].name))
			return &reader_words[i];
	return NULL;
}

/* For whoever asks why a rule is not there. */
static void note_skipped(struct conf *conf, struct str key, struct str value)
{
	static const char *const words[] = {"header", "body",       "rawbody",    "full",  "uri",
					    "meta",   "mimeheader", "uri_detail", "askdns"};
	struct str name;
	bool defines = false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		defines = defines || str_eq_c(key, words[i]);
	if (!defines || conf->user_mode || !str_word_next(&value, &name))
		return;
	struct skipped_rule *skipped = ARENA_NEW(conf->arena, struct skipped_rule);
	skipped->where = conf_here(conf);
	for (size_t i = 0; i < conf->ifs.n; i++) {
		const struct if_frame *frame = &conf->ifs.items[i];
		if (frame->skipped_before)
			break;
		skipped->condition = arena_printf(conf->arena, "%s %.*s", frame->keyword,
						  STR_ARG(frame->condition));
		skipped->condition_line = frame->line;
	}
	map_put(conf->ruleset->skipped, arena_str(conf->arena, name), skipped);
}

static void read_trimmed_line(struct conf *conf, struct str line)
{
	struct str rest = line, word;
	if (!str_word_next(&rest, &word))
		return;
	struct str key = canonical_keyword(conf->arena, word), value = str_trim_left(rest);
	conf->line_text = line;
	const struct reader_word *own = find_reader_word(key);
	if (own && !(own->obeys_skipping && conf->skipping)) {
		const char *message = own->read(conf, value);
		if (message)
			conf_fail_line(conf, key.ptr, message);
		return;
	}
	if (conf->skipping)
		note_skipped(conf, key, value);
	else
		keyword_line(conf, key, value);
}

static void read_line(struct conf *conf, struct str line)
{
	if (!str_has_prefix(line, "file "))
		++*line_counter(conf);
	if (str_has_prefix(line, "# UPD"))
		note_update_version(conf, line);
	line = str_trim(without_comment(conf->arena, line));
	if (!line.len || str_eq_c(line, "0"))
		return;
	if (for_our_language(conf, &line))
		read_trimmed_line(conf, line);
}

/* --- locale
 * --------------------------------------------------------------------------------------- */

static const char *locale_from_environment(void)
{
	static const char *const names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);
		/* LANGUAGE is a list of which the first counts; when that is empty, the next
		 * variable does */
		if (value && *value && !(i == 0 && *value == ':') && strcmp(value, "0") != 0)
			return value;
	}
	return "C";
}

struct str conf_locale(struct arena *arena, const char *locale)
{
	struct str lang = str_from(locale ? locale : locale_from_environment());
	lang = str_sub(lang, 0, str_find_char(lang, ':'));
	if (!lang.len || str_eq_c(lang, "C") || str_eq_c(lang, "POSIX"))
		return STR_LIT("en_US");
	for (size_t i = 0; i < lang.len; i++)
		if (lang.ptr[i] && strchr("@.+,", lang.ptr[i]))
			lang.len = i;
	return arena_str(arena, lang);
}
