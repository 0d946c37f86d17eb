/* options: see options.h. */
#include "lib/base/options.h"

#include <stdio.h>

#include "lib/base/number.h"

/* The command line while it is read. */
struct reader {
	struct arena *keep;
	const struct option_table *table;
	void *target;
	struct str_vec *words;
	int argc, at;
	char *const *argv;
	bool failed, removed;
};

static void complain(struct reader *reader, const char *before, struct str name, const char *after)
{
	fprintf(stderr, "%s%.*s%s\n", before, STR_ARG(name), after);
	reader->failed = true;
}

/* --- finding ---------------------------------------------------------------------------------- */

static const struct option_def *find_letter(const struct option_table *table, char letter)
{
	for (size_t i = 0; i < table->n; i++) {
		struct str rest = str_from(table->items[i].names), name;
		while (str_split_next(&rest, '|', &name)) {
			if (name.len == 1 && name.ptr[0] == letter)
				return &table->items[i];
		}
	}
	return NULL;
}

static bool same_name(const struct option_table *table, struct str a, struct str b)
{
	return table->abbreviations ? str_eq_ci(a, b) : str_eq(a, b);
}

static bool begins_name(const struct option_table *table, struct str wanted, struct str name)
{
	return table->abbreviations && wanted.len < name.len &&
	       str_eq_ci(str_sub(name, 0, wanted.len), wanted);
}

struct match {
	const struct option_def *option;
	bool negated, exact;
	int n;
};

static void note_match(struct match *best, const struct option_def *option, bool negated,
		       bool exact)
{
	if (best->exact)
		return;
	if (exact)
		best->n = 1;
	else if (best->option != option || best->negated != negated)
		best->n++;
	best->option = option;
	best->negated = negated;
	best->exact = exact;
}

/* "no" or "no-" in front of a switch. */
static void match_negation(const struct option_table *table, const struct option_def *option,
			   struct str wanted, struct str name, struct match *best)
{
	if (option->kind != OPTION_SWITCH || !str_has_prefix_ci(wanted, "no"))
		return;
	wanted = str_from_at(wanted, 2);
	if (wanted.len > 0 && wanted.ptr[0] == '-')
		wanted = str_from_at(wanted, 1);
	bool exact = same_name(table, wanted, name);
	if (exact || begins_name(table, wanted, name))
		note_match(best, option, true, exact);
}

/* An exact name wins, otherwise the name may be cut short as long as one option is meant. */
static struct match find_long(const struct option_table *table, struct str wanted)
{
	struct match best = {0};

	for (size_t i = 0; i < table->n; i++) {
		const struct option_def *option = &table->items[i];
		struct str rest = str_from(option->names), name;
		while (str_split_next(&rest, '|', &name)) {
			bool exact = same_name(table, name, wanted);
			if (name.len == 1 && !ascii_is_digit((unsigned char)name.ptr[0]))
				continue;
			if (exact || begins_name(table, wanted, name))
				note_match(&best, option, false, exact);
			match_negation(table, option, wanted, name, &best);
		}
	}
	return best;
}

/* --- values ----------------------------------------------------------------------------------- */

static bool takes_value(const struct option_def *option)
{
	return option->kind >= OPTION_STRING;
}

static bool value_is_optional(const struct option_def *option)
{
	return option->kind == OPTION_MAY_STRING || option->kind == OPTION_MAY_LIST ||
	       option->kind == OPTION_MAY_INT || option->kind == OPTION_MAY_IGNORED;
}

static bool is_number_kind(const struct option_def *option)
{
	return option->kind == OPTION_INT || option->kind == OPTION_MAY_INT;
}

/* [-+]?[0-9]+ at the beginning, underscores between digits as Perl allows; its length. */
static size_t number_length(struct str text)
{
	size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0, digits = 0;

	for (; at + digits < text.len; digits++) {
		char c = text.ptr[at + digits];
		if (!ascii_is_digit((unsigned char)c) && c != '_')
			break;
	}
	return digits > 0 ? at + digits : 0;
}

static bool parse_int(struct reader *reader, struct str text, int *out)
{
	char digits[32];
	size_t n = 0;
	int64_t value;

	for (size_t i = 0; i < text.len && n < sizeof digits; i++) {
		if (text.ptr[i] != '_')
			digits[n++] = text.ptr[i];
	}
	if (n == sizeof digits || !number_i64(str_make(digits, n), &value) || value < -1000000000 ||
	    value > 1000000000) {
		complain(reader, "Value \"", text, "\" invalid (number expected)");
		return false;
	}
	*out = (int)value;
	return true;
}

static void say(const struct option_def *option)
{
	fprintf(stderr, "%s\n", option->help);
}

static void store(struct reader *reader, const struct option_def *option, struct str value)
{
	void *field = (char *)reader->target + option->offset;

	switch (option->kind) {
	case OPTION_STRING:
	case OPTION_MAY_STRING:
		*(const char **)field = arena_cstr(reader->keep, value);
		break;
	case OPTION_LIST:
	case OPTION_MAY_LIST:
		vec_push(reader->keep, (struct str_vec *)field, arena_str(reader->keep, value));
		break;
	case OPTION_MAY_INT:
		*(int *)field = 0;
		if (!value.len)
			break;
		/* fall through */
	case OPTION_INT:
		parse_int(reader, value, field);
		break;
	case OPTION_MAY_IGNORED:
		say(option);
		break;
	default:
		break;
	}
}

static void set_flag(struct reader *reader, const struct option_def *option, bool negated)
{
	bool *field = (bool *)((char *)reader->target + option->offset);

	switch (option->kind) {
	case OPTION_SET:
	case OPTION_CLEAR:
		*field = option->kind == OPTION_SET;
		break;
	case OPTION_SWITCH:
		*field = !negated;
		break;
	case OPTION_LETTER:
		*((char *)reader->target + option->offset) = option->names[0];
		break;
	case OPTION_REMOVED:
		reader->removed = true;
		say(option);
		break;
	case OPTION_IGNORED:
		say(option);
		break;
	default:
		break;
	}
}

/* A word like an option, or one that is no number, is no value for an option that can do without.
 */
static bool can_do_without(const struct option_def *option, struct str word)
{
	if (!value_is_optional(option))
		return false;
	if (is_number_kind(option))
		return number_length(word) != word.len || word.len == 0;
	return word.len > 1 && word.ptr[0] == '-';
}

static void take_next_word(struct reader *reader, const struct option_def *option, struct str name)
{
	if (reader->at >= reader->argc) {
		if (value_is_optional(option))
			store(reader, option, STR_NONE);
		else
			complain(reader, "Option ", name, " requires an argument");
		return;
	}
	struct str word = str_from(reader->argv[reader->at]);
	if (can_do_without(option, word)) {
		store(reader, option, STR_NONE);
		return;
	}
	reader->at++;
	store(reader, option, word);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* What stands behind a number's letter: the digits are its value, the rest are letters again. */
static struct str take_number(struct reader *reader, const struct option_def *option,
			      struct str rest)
{
	size_t n = number_length(rest);

	if (n == 0 && value_is_optional(option)) {
		store(reader, option, STR_NONE);
		return rest;
	}
	store(reader, option, str_sub(rest, 0, n ? n : rest.len));
	return str_from_at(rest, n ? n : rest.len);
}

/* One letter of "-abc"; the letters left. */
static struct str take_letter(struct reader *reader, struct str letters)
{
	const struct option_def *option = find_letter(reader->table, letters.ptr[0]);
	struct str name = str_sub(letters, 0, 1), rest = str_from_at(letters, 1);

	if (!option) {
		complain(reader, "Unknown option: ", name, "");
		return rest;
	}
	if (!takes_value(option)) {
		set_flag(reader, option, false);
		return rest;
	}
	if (rest.len == 0) {
		take_next_word(reader, option, name);
		return STR_NONE;
	}
	if (is_number_kind(option))
		return take_number(reader, option, rest);
	store(reader, option, rest);
	return STR_NONE;
}

static void take_long(struct reader *reader, struct str word)
{
	size_t equals = word.len > 0 ? str_find_char(str_from_at(word, 1), '=') : STR_NOT_FOUND;
	struct str name = equals == STR_NOT_FOUND ? word : str_sub(word, 0, equals + 1);
	struct str value = equals == STR_NOT_FOUND ? STR_NONE : str_from_at(word, equals + 2);
	struct match match = find_long(reader->table, name);

	if (match.n == 0)
		complain(reader, "Unknown option: ", name, "");
	else if (match.n > 1)
		complain(reader, "Option ", name, " is ambiguous");
	else if (!takes_value(match.option) && equals != STR_NOT_FOUND)
		complain(reader, "Option ", name, " does not take an argument");
	else if (!takes_value(match.option))
		set_flag(reader, match.option, match.negated);
	else if (equals == STR_NOT_FOUND)
		take_next_word(reader, match.option, name);
	else if (value.len == 0 && !value_is_optional(match.option))
		complain(reader, "Option ", name, " requires an argument");
	else
		store(reader, match.option, value);
}

static void take_word(struct reader *reader, struct str word)
{
	if (reader->words)
		vec_push(reader->keep, reader->words, word);
}

enum options_result options_parse(struct arena *keep, const struct option_table *table, int argc,
				  char *const *argv, void *target, struct str_vec *words_out)
{
	struct reader reader = {.keep = keep,
				.table = table,
				.target = target,
				.words = words_out,
				.argc = argc,
				.at = 1,
				.argv = argv};
	bool only_words = false;

	while (reader.at < argc && !reader.removed) {
		struct str word = str_from(argv[reader.at++]);
		if (only_words || word.len < 2 || word.ptr[0] != '-') {
			take_word(&reader, word);
		} else if (str_eq_c(word, "--")) {
			only_words = true;
		} else if (str_has_prefix(word, "--")) {
			take_long(&reader, str_from_at(word, 2));
		} else {
			struct str letters = str_from_at(word, 1);
			while (letters.len > 0 && !reader.removed)
				letters = take_letter(&reader, letters);
		}
	}
	if (reader.removed)
		return OPTIONS_REMOVED;
	return reader.failed ? OPTIONS_USAGE : OPTIONS_OK;
}

/* --- help ------------------------------------------------------------------------------------- */

static bool is_listed(const struct option_def *option)
{
	return option->help && option->kind != OPTION_IGNORED && option->kind != OPTION_REMOVED &&
	       option->kind != OPTION_MAY_IGNORED;
}

void options_print(const struct option_table *table, bool to_stdout)
{
	FILE *out = to_stdout ? stdout : stderr;

	for (size_t i = 0; i < table->n; i++) {
		struct str rest = str_from(table->items[i].names), name;
		const char *blank = " ";
		if (!is_listed(&table->items[i]))
			continue;
		while (str_split_next(&rest, '|', &name)) {
			fprintf(out, "%s%s%.*s", blank, name.len == 1 ? "-" : "--", STR_ARG(name));
			blank = ", ";
		}
		fprintf(out, " %s\n", table->items[i].help);
	}
}
