/* TextCat: the language of a message, by its most frequent n-grams against models of languages
 * (SpamAssassin's Plugin/TextCat.pm; Cavnar and Trenkle 1994). */
#include "plugins/TextCat/textcat.h"

#include "lib/base/buf.h"

enum { TEXT_MAX = 10000, TEXT_MIN = 256, RESULTS_SHOWN = 20, MODEL_BYTES_MAX = 16 << 20 };

/* What is taken out of the text before it is looked at. */
static const struct strip {
	const char *pattern;
	unsigned flags;
	bool with_blank;
} strips[] = {
	{"^(?:[a-z]{2,12}:\\s*){1,10}", REGEX_ICASE, false},
	{"https?(?:://|:&#x2F;&#x2F;|%3A%2F%2F)\\S{1,1024}", 0, true},
	{"\\S{1,64}?@[a-zA-Z]\\S{1,128}", 0, true},
	{"\\bwww\\.\\S{1,128}", 0, true},
};

static void conf_init(void *data, struct arena *keep)
{
	struct textcat_conf *conf = data;

	conf->ok_languages = STR_LIT("all");
	conf->inactive_languages = STR_LIT("bs cy eo et eu fy ga gd is la lt lv rm sa sco sl yi");
	conf->max_languages = 3;
	conf->max_ngrams = 400;
	conf->acceptable_score = 1.02;
	for (size_t i = 0; i < TEXTCAT_STRIPS; i++)
		conf->strip[i] = regex_must(keep, strips[i].pattern, strips[i].flags);
	conf->high = regex_must(keep, "[\\x80-\\xff]{8}", 0);
}

#define WORD(type, name, field)                                                                    \
	{                                                                                          \
		name, NULL, WHO_USER, type, offsetof(struct textcat_conf, field), NULL             \
	}

static const struct keyword_def keywords[] = {
	WORD(KEYWORD_STRING, "ok_languages", ok_languages),
	WORD(KEYWORD_STRING, "inactive_languages", inactive_languages),
	WORD(KEYWORD_NUMBER, "textcat_max_languages", max_languages),
	WORD(KEYWORD_NUMBER, "textcat_optimal_ngrams", optimal_ngrams),
	WORD(KEYWORD_NUMBER, "textcat_max_ngrams", max_ngrams),
	WORD(KEYWORD_NUMBER, "textcat_acceptable_score", acceptable_score),
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

static bool has_word(struct str words, struct str wanted)
{
	struct str word;

	while (str_word_next(&words, &word))
		if (str_eq(word, wanted))
			return true;
	return false;
}

/* --- models: where, and reading them --- */

static bool read_models(struct textcat_conf *conf, struct arena *keep, struct str dir)
{
	struct str path = path_join(keep, dir, STR_LIT("languages")), text;

	if (!dir.len || !file_exists(arena_cstr(keep, path)) ||
	    file_read(keep, arena_cstr(keep, path), MODEL_BYTES_MAX, &text, NULL) != STATUS_OK)
		return false;
	conf->models = textcat_models_make(keep, text);
	return true;
}

static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	const struct str dirs[] = {
		ruleset->site_path,
		ruleset->rules_path,
		STR_LIT("/var/lib/spamassassin/4.000001"),
		STR_LIT("/usr/local/share/spamassassin"),
		STR_LIT("/usr/share/spamassassin"),
	};

	(void)reader;
	(void)why;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (read_models(data, keep, dirs[i]))
			return STATUS_OK;
	log_warn("textcat: languages filename not defined");
	return STATUS_OK;
}

/* --- the text --- */

static struct str strip(struct arena *arena, const struct regex *regex, bool once, struct str text)
{
	struct regex_match match;
	size_t from = 0;
	struct buf out;

	buf_init(&out, arena);
	while (regex_exec(regex, text, from, &match) == REGEX_MATCH) {
		if (once)
			return str_from_at(text, match.end);
		buf_add_str(&out, str_sub(text, from, match.start - from));
		buf_add_char(&out, ' ');
		from = match.end;
	}
	if (from == 0)
		return text;
	buf_add_str(&out, str_from_at(text, from));
	return buf_str(&out);
}

static struct str text_of(struct scan *scan, const struct textcat_conf *conf)
{
	struct str text = str_vec_join(scan_arena(scan), &mail_views(scan_mail(scan))->body, "\n");

	for (size_t i = 0; i < TEXTCAT_STRIPS; i++)
		text = strip(scan_arena(scan), conf->strip[i], !strips[i].with_blank, text);
	return str_sub(text, 0, TEXT_MAX);
}

/* --- classification --- */

static bool is_skipped(const struct textcat_conf *conf, struct str language)
{
	size_t dot = str_find_char(language, '.');
	struct str name = str_sub(language, 0, dot);

	return has_word(conf->inactive_languages, name) && !has_word(conf->ok_languages, name);
}

static void tell_results(struct scan *scan, const struct textcat_result_vec *results)
{
	double best = results->n ? results->items[0].distance : 0;
	struct str_vec shown = {0};

	for (size_t i = 0; i < results->n && i < RESULTS_SHOWN; i++) {
		const struct textcat_result *result = &results->items[i];

		vec_push(scan_arena(scan), &shown,
			 best != 0 ? arena_printf(scan_arena(scan), "%.*s:%.0f(%.02f)",
						  STR_ARG(result->language), result->distance,
						  result->distance / best)
				   : arena_printf(scan_arena(scan), "%.*s:%.0f(unknown)",
						  STR_ARG(result->language), result->distance));
	}
	scan_tag_set(scan, "TEXTCATRESULTS", str_vec_join(scan_arena(scan), &shown, " "));
}

static struct str classify(struct scan *scan, const struct textcat_conf *conf, struct str text)
{
	struct textcat_limits limits = {conf->optimal_ngrams, conf->max_ngrams};
	struct textcat_result_vec results = {0};
	struct str_vec answers = {0};
	struct str_vec skipped = {0};

	for (size_t i = 0; i < textcat_language_count(conf->models); i++)
		if (is_skipped(conf, textcat_language(conf->models, i)))
			vec_push(scan_arena(scan), &skipped, textcat_language(conf->models, i));
	textcat_compare(scan_arena(scan), conf->models, text, &limits, &skipped, &results);
	tell_results(scan, &results);
	for (size_t i = 0; i < results.n; i++)
		if (i == 0 ||
		    results.items[i].distance < conf->acceptable_score * results.items[0].distance)
			vec_push(scan_arena(scan), &answers, results.items[i].language);
	if ((double)answers.n > conf->max_languages)
		return STR_LIT("");
	return str_vec_join(scan_arena(scan), &answers, " ");
}

static void enrich(struct scan *scan, const void *plugin)
{
	const struct textcat_conf *conf = scan_plugin_conf(scan, plugin);
	struct str languages = STR_LIT(""), text;

	if (!conf->models)
		return;
	text = text_of(scan, conf);
	if (text.len >= TEXT_MIN)
		languages = classify(scan, conf, text);
	scan_metadata_set(scan, "X-Languages-Length",
			  arena_printf(scan_arena(scan), "%zu", text.len));
	scan_metadata_set(scan, "X-Languages", languages);
	scan_tag_set(scan, "LANGUAGES", languages);
}

/* --- eval functions --- */

/* Scots is taken for English in short texts. */
static struct str mistaken(struct str language, bool short_text)
{
	return short_text && str_eq_c(language, "sco") ? STR_LIT("en") : language;
}

static bool is_ok(const struct textcat_conf *conf, struct str language, bool short_text)
{
	struct str words = conf->ok_languages, word;

	language = mistaken(str_sub(language, 0, str_find_char(language, '.')), short_text);
	while (str_word_next(&words, &word))
		if (str_eq(language, mistaken(word, short_text)))
			return true;
	return false;
}

static int check_language(struct scan *scan, const struct eval_call *call)
{
	const struct textcat_conf *conf = scan_plugin_conf(scan, call->plugin);
	struct str languages = str_trim(scan_header(scan, "X-Languages")), rest = languages, word;
	double n = 0;

	if (!conf->models || has_word(conf->ok_languages, STR_LIT("all")))
		return 0;
	while (str_word_next(&rest, &word))
		n++;
	for (rest = languages; str_word_next(&rest, &word);)
		if (is_ok(conf, word,
			  number_perl(scan_header(scan, "X-Languages-Length")) < 1024 * n))
			return 0;
	if (n == 0)
		return 0;
	scan_note(scan, call->rule,
		  arena_printf(scan_arena(scan), "Languages detected: %.*s", STR_ARG(languages)));
	return 1;
}

/* Languages in which eight bytes beyond ASCII in a row are nothing strange. */
static bool is_eight_bit(struct str language)
{
	static const char names[] =
		"am ar be bg cs el et fa fi he hi hy is ja ka ko mr pt ru ta th tr "
		"uk vi yi zh all";

	return has_word(str_from(names), language);
}

static int check_body_8bits(struct scan *scan, const struct eval_call *call)
{
	const struct textcat_conf *conf = scan_plugin_conf(scan, call->plugin);
	const struct views *views = mail_views(scan_mail(scan));
	struct str words = conf->ok_languages, word;

	if (!conf->models)
		return 0;
	while (str_word_next(&words, &word))
		if (is_eight_bit(word))
			return 0;
	for (size_t i = 0; i < views->body.n; i++)
		if (regex_test(conf->high, views->body.items[i]))
			return 1;
	return 0;
}

static const struct eval_def evals[] = {
	{"check_body_8bits", NULL, check_body_8bits},
	{"check_language", NULL, check_language},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_textcat = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::TextCat",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct textcat_conf),
	.conf_init = conf_init,
	.config_read = config_read,
	.enrich = enrich,
};
