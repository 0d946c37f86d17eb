/* options: directives → struct bayes_options. See bayes.h. */
#include "lib/base/number.h"
#include "plugins/Bayes/bayes.h"

#define STOPWORD_PREFIX "bayes_stopword_"

/* For sites whose rules bring no list of their own (Bayes.pm new); anchored nowhere, as there. */
static const char fallback_stopwords[] =
	"able|already|all|and|any|are|because|both|can|come|each|email|even|few|first|for|from|"
	"give|"
	"have|has|http|information|into|it's|just|know|like|long|look|made|mail(?:ing|to)?|make|"
	"many|"
	"more|most|much|need|not|now|number|off|only|one|out|own|people|place|right|same|see|such|"
	"that|the|this|through|time|using|web|where|why|with(?:out)?|world|work|years?|you(?:'re|r)"
	"?";

/* With the rule set goes the store. */
static void close_process(void *data)
{
	struct bayes_process *process = data;

	bayes_close(process);
	uses_free(process->uses);
	process->uses = NULL;
}

void bayes_conf_init(void *data, struct arena *keep)
{
	struct bayes_conf *conf = data;

	conf->longest_bytes = TOKEN_LONGEST_BYTES;
	vec_push(keep, &conf->languages, STR_LIT("en"));
	conf->stopwords = map_new(keep);
	map_put(conf->stopwords, STR_LIT("en"),
		stopwords_new(keep, regex_must(keep, fallback_stopwords, 0)));
	conf->patterns = token_patterns_new(keep);
	conf->process = ARENA_NEW(keep, struct bayes_process);
	arena_on_reset(keep, close_process, conf->process);
}

static bool is_language(struct str word)
{
	return word.len == 2 && ascii_is_lower((unsigned char)word.ptr[0]) &&
	       ascii_is_lower((unsigned char)word.ptr[1]);
}

/* Blanks and commas between. */
static enum keyword_result parse_languages(struct keyword_line *line)
{
	struct bayes_conf *conf = line->target;
	struct str_vec languages = {0};
	char *text = arena_lower(line->arena, line->value).len
			     ? arena_cstr(line->arena, arena_lower(line->arena, line->value))
			     : NULL;
	struct str rest = str_from(text), word;

	for (size_t i = 0; i < rest.len; i++)
		if (text[i] == ',')
			text[i] = ' ';
	if (str_eq_c(line->value, "disable")) {
		conf->languages = languages;
		return KEYWORD_OK;
	}
	while (str_word_next(&rest, &word)) {
		if (!is_language(word))
			return KEYWORD_INVALID_VALUE;
		vec_push(line->arena, &languages, word);
	}
	if (!languages.n)
		return KEYWORD_MISSING_VALUE;
	conf->languages = languages;
	return KEYWORD_OK;
}

const struct keyword_def bayes_keywords[] = {
	{"bayes_max_token_length", NULL, WHO_USER, KEYWORD_NUMBER,
	 offsetof(struct bayes_conf, longest_bytes), NULL},
	{"bayes_stopword_languages", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_languages},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* Of several words the last one counts, as in SpamAssassin. */
enum keyword_result bayes_parse_line(struct keyword_line *line)
{
	struct bayes_conf *conf = line->target;
	struct str rest = line->value, word;
	struct str language;

	if (!str_has_prefix(line->keyword, STOPWORD_PREFIX))
		return KEYWORD_NOT_MINE;
	language = arena_lower(line->arena, str_from_at(line->keyword, sizeof STOPWORD_PREFIX - 1));
	if (!is_language(language))
		return KEYWORD_NOT_MINE;
	while (str_word_next(&rest, &word)) {
		struct regex *regex;
		struct str anchored = arena_printf(line->arena, "^(?i)%.*s$", STR_ARG(word));
		if (pattern_compile_bare(line->arena, anchored, 0, &regex, &line->why) != STATUS_OK)
			return KEYWORD_NOT_MINE;
		map_put(conf->stopwords, language, stopwords_new(line->arena, regex));
	}
	return KEYWORD_OK;
}

/* --- values of the core's table --------------------------------------------------------------- */

static double number_of(const struct settings *settings, const char *name, double fallback)
{
	double value = fallback;

	number_decimal(settings_value(settings, name), &value);
	return value;
}

static bool flag_of(const struct settings *settings, const char *name, bool fallback)
{
	return number_of(settings, name, fallback) != 0;
}

static unsigned sources_of(const struct settings *settings)
{
	static const struct {
		const char *word;
		unsigned bits;
	} words[] = {
		{"header", SOURCE_HEADER},       {"visible", SOURCE_VISIBLE},
		{"invisible", SOURCE_INVISIBLE}, {"uri", SOURCE_URI},
		{"mimepart", SOURCE_MIMEPART},   {"all", SOURCE_ALL},
	};
	struct str rest = settings_value(settings, "bayes_token_sources"), word;
	unsigned sources = SOURCE_DEFAULT;

	while (str_word_next(&rest, &word)) {
		bool off = str_has_prefix_ci(word, "no");

		if (str_eq_ci_c(word, "none"))
			sources = 0;
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			if (str_eq_ci_c(word, words[i].word))
				sources |= words[i].bits;
			else if (off && str_eq_ci_c(str_from_at(word, 2), words[i].word))
				sources &= ~words[i].bits;
		}
	}
	return sources;
}

static const struct map *words_of(struct arena *arena, struct str text)
{
	struct map *map = text.len ? map_new_ci(arena) : NULL;
	struct str word;

	while (str_word_next(&text, &word))
		map_put(map, word, map);
	return map;
}

static struct addr_list *addresses_of(struct arena *arena, struct str text)
{
	struct addr_list *list = text.len ? addr_list_new(arena) : NULL;
	struct str word;

	while (str_word_next(&text, &word))
		addr_list_add(list, word);
	return list;
}

/* Nothing dies in Redis when expiry is switched off, or the time is not above 0. */
static int64_t ttl_of(const struct settings *settings, const char *name, double fallback)
{
	double ttl_s = fallback;

	number_duration_s(settings_value(settings, name), &ttl_s);
	return !flag_of(settings, "bayes_auto_expire", true) || !(ttl_s > 0) ? 0
	       : ttl_s > INT32_MAX                                           ? INT32_MAX
									     : (int64_t)ttl_s;
}

static unsigned mode_of(const struct settings *settings)
{
	uint64_t mode = 0700;

	number_octal(settings_value(settings, "bayes_file_mode"), &mode);
	return (unsigned)mode & 0666;
}

static void read_options(struct arena *arena, const struct settings *settings,
			 const struct bayes_conf *conf, struct bayes_options *out)
{
	*out = (struct bayes_options){
		.settings = settings,
		.tokens = {.patterns = conf->patterns,
			   .sources = sources_of(settings),
			   .longest_bytes = conf->longest_bytes,
			   .ignored_headers = words_of(
				   arena, settings_value(settings, "bayes_ignore_header"))},
		.use_hapaxes = flag_of(settings, "bayes_use_hapaxes", true),
		.auto_expire = flag_of(settings, "bayes_auto_expire", true),
		.min_ham = number_of(settings, "bayes_min_ham_num", 200),
		.min_spam = number_of(settings, "bayes_min_spam_num", 200),
		.max_tokens = number_of(settings, "bayes_expiry_max_db_size", 150000),
		.ignore_from = addresses_of(arena, settings_value(settings, "bayes_ignore_from")),
		.ignore_to = addresses_of(arena, settings_value(settings, "bayes_ignore_to")),
		.path = settings_value(settings, "bayes_path"),
		.store_module = settings_value(settings, "bayes_store_module"),
		.sql_dsn = settings_value(settings, "bayes_sql_dsn"),
		.sql_username = settings_value(settings, "bayes_sql_username"),
		.sql_password = settings_value(settings, "bayes_sql_password"),
		.sql_override_username = settings_value(settings, "bayes_sql_override_username"),
		.token_ttl_s = ttl_of(settings, "bayes_token_ttl", 21 * 86400),
		.seen_ttl_s = ttl_of(settings, "bayes_seen_ttl", 8 * 86400),
		.file_mode = mode_of(settings),
	};
	for (size_t i = 0; i < conf->languages.n; i++) {
		struct stopwords *words = map_find(conf->stopwords, conf->languages.items[i]);
		if (words)
			vec_push(arena, &out->tokens.stopwords, words);
	}
}

enum status bayes_config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			      struct arena *keep, struct why *why)
{
	struct bayes_conf *conf = data;

	(void)why;
	for (size_t i = 0; i < conf->languages.n; i++)
		if (!map_has(conf->stopwords, conf->languages.items[i]))
			diag_add(conf_diags(reader), DIAG_WARN, (struct conf_position){0},
				 "bayes: missing stopwords regexp for language '%.*s'",
				 STR_ARG(conf->languages.items[i]));
	read_options(keep, &ruleset->settings, conf, &conf->shared);
	return STATUS_OK;
}

static const struct bayes_conf *conf_of(const struct prefs *prefs, const void *plugin)
{
	const struct extension *extension = prefs->ruleset->extension;

	return extension->plugin_conf(extension->host, prefs->plugin_confs, plugin);
}

const struct bayes_options *bayes_options_of(struct arena *scan, const struct prefs *prefs,
					     const void *plugin)
{
	const struct bayes_conf *conf = conf_of(prefs, plugin);
	struct bayes_options *own;

	if (prefs->settings == conf->shared.settings && !prefs->plugin_confs)
		return &conf->shared;
	own = ARENA_NEW(scan, struct bayes_options);
	read_options(scan, prefs->settings, conf, own);
	return own;
}

struct bayes_process *bayes_process_of(const struct prefs *prefs, const void *plugin)
{
	return conf_of(prefs, plugin)->process;
}
