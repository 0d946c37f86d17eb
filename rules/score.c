/* score: what is said about rules besides their definitions: score, describe, tflags, priority
 * (Conf.pm). */
#include "rules/conf.h"
#include "rules/keywords.h"

#include "lib/base/number.h"

/* -?\d+(\.\d+)? */
static bool is_score(struct str s)
{
	if (s.len && s.ptr[0] == '-')
		s = str_from_at(s, 1);
	size_t dot = str_find_char(s, '.');
	if (dot == STR_NOT_FOUND)
		return text_is_digits(s);
	return text_is_digits(str_sub(s, 0, dot)) && text_is_digits(str_from_at(s, dot + 1));
}

static bool is_relative(struct str word)
{
	return word.len > 2 && word.ptr[0] == '(' && word.ptr[word.len - 1] == ')' &&
	       is_score(str_sub(word, 1, word.len - 2));
}

struct score_line {
	struct str rule;
	double scores[4];
	unsigned n;
	bool relative; /* one in parentheses makes all of them so */
};

static enum keyword_result read_scores(struct keyword_line *line, struct str rest,
				       struct score_line *out)
{
	for (struct str word; str_word_next(&rest, &word); out->n++) {
		if (is_relative(word)) {
			out->relative = true;
			word = str_sub(word, 1, word.len - 2);
		}
		if (!is_score(word)) {
			keyword_diag(line, DIAG_INFO,
				     "config: score: the non-numeric score (%.*s) is not valid, a "
				     "numeric score is "
				     "required",
				     STR_ARG(word));
			return KEYWORD_INVALID_VALUE;
		}
		out->scores[out->n] = number_perl(word);
	}
	for (unsigned i = out->n; i < 4; i++)
		out->scores[i] = out->scores[0];
	return KEYWORD_OK;
}

static unsigned word_count(struct str s)
{
	unsigned n = 0;
	for (struct str word; str_word_next(&s, &word);)
		n++;
	return n;
}

static enum keyword_result parse_score(struct keyword_line *line)
{
	struct score_line score = {0};
	struct str rest = line->value;
	str_word_next(&rest, &score.rule);
	unsigned n = word_count(rest);
	if (n != 1 && n != 4) {
		keyword_diag(line, DIAG_INFO,
			     "config: score: requires a symbolic rule name and 1 or 4 scores");
		return KEYWORD_MISSING_VALUE;
	}
	enum keyword_result result = read_scores(line, rest, &score);
	if (result != KEYWORD_OK)
		return result;
	struct rule_notes *notes = conf_notes(line->conf, score.rule);
	if (score.relative && !notes->has_score) {
		keyword_diag(
			line, DIAG_INFO,
			"config: score: relative score without previous setting in configuration");
		return KEYWORD_INVALID_VALUE;
	}
	for (unsigned i = 0; i < 4; i++)
		notes->scores[i] = score.scores[i] + (score.relative ? notes->scores[i] : 0);
	notes->has_score = true;
	notes->score_where = conf_here(line->conf);
	notes->touched_by_user = line->from_user;
	return KEYWORD_OK;
}

/* NAME and the rest of a value that was checked to have both. */
static struct rule_notes *notes_and_rest(struct keyword_line *line, struct str *rest_out)
{
	struct str rest = line->value, name;
	str_word_next(&rest, &name);
	*rest_out = arena_str(line->arena, str_trim_left(rest));
	struct rule_notes *notes = conf_notes(line->conf, name);
	notes->touched_by_user = notes->touched_by_user || line->from_user;
	return notes;
}

static enum keyword_result parse_describe(struct keyword_line *line)
{
	struct str rest;
	struct rule_notes *notes = notes_and_rest(line, &rest);
	notes->describe = rest;
	return KEYWORD_OK;
}

static enum keyword_result parse_tflags(struct keyword_line *line)
{
	struct str rest;
	struct rule_notes *notes = notes_and_rest(line, &rest);
	notes->tflags = rest;
	return KEYWORD_OK;
}

void conf_add_tflags(struct conf *conf, struct str rule_name, const char *words)
{
	struct rule_notes *notes = conf_notes(conf, rule_name);
	notes->tflags = arena_printf(conf->arena, "%.*s%s%s", STR_ARG(notes->tflags),
				     notes->tflags.len ? " " : "", words);
	notes->touched_by_user |= conf->user_mode;
}

void conf_default_priority(struct conf *conf, struct str rule_name, int priority)
{
	if (conf_notes(conf, rule_name)->priority == 0)
		conf_set_priority(conf, rule_name, priority);
}

void conf_set_priority(struct conf *conf, struct str rule_name, int priority)
{
	struct rule_notes *notes = conf_notes(conf, rule_name);
	notes->priority = priority;
	notes->has_priority = true;
	notes->touched_by_user |= conf->user_mode;
}

static enum keyword_result parse_priority(struct keyword_line *line)
{
	struct str rest = line->value, name = STR_NONE;
	str_word_next(&rest, &name);
	rest = str_trim_left(rest);
	if (!rest.len)
		return KEYWORD_MISSING_VALUE;
	int64_t priority;
	if (!rule_name_is_valid(name) || rest.ptr[0] == '+' || !number_i64(rest, &priority))
		return KEYWORD_INVALID_VALUE;
	struct rule_notes *notes = conf_notes(line->conf, name);
	notes->priority = priority > 1000000    ? 1000000
			  : priority < -1000000 ? -1000000
						: (int)priority;
	notes->has_priority = true;
	notes->touched_by_user = line->from_user;
	return KEYWORD_OK;
}

const struct keyword_def keywords_scores[] = {
	{"score", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_score},
	{"describe", NULL, WHO_USER, KEYWORD_HASH, 0, parse_describe},
	{"tflags", NULL, WHO_PRIVILEGED, KEYWORD_HASH, 0, parse_tflags},
	{"priority", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_priority},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};
