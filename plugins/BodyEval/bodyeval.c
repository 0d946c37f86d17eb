/* BodyEval: lengths and shapes of the text (SpamAssassin's Plugin/BodyEval.pm). */
#include "lib/base/encode.h"
#include "lib/base/map.h"
#include "lib/base/span.h"
#include "plugins/args.h"

enum { VERTICAL_MIN_BYTES = 6 };

/* What is computed once a message. */
struct body_facts {
	bool has_difference, has_vertical, has_stock, has_signature;
	double difference, difference_html, difference_text; /* percent; distinct words */
	double vertical;
	double stock;
	bool signature_known;
	double body_bytes, signature_bytes, signature_ratio;
};

static struct body_facts *facts_of(struct scan *scan, const struct eval_call *call)
{
	void **slot = scan_plugin_slot(scan, call->plugin);

	if (!*slot)
		*slot = ARENA_NEW(scan_arena(scan), struct body_facts);
	return *slot;
}

/* --- multipart/alternative: do the text and the HTML say the same? --- */

static bool is_wide_space(unsigned c)
{
	return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Letters and digits of any script; punctuation and symbols of the general blocks are none. */
static bool is_word_character(unsigned c)
{
	if (c < 0x80)
		return ascii_is_word((unsigned char)c);
	if (c < 0xc0)
		return c == 0xaa || c == 0xb5 || c == 0xba;
	return c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x206f) &&
	       !(c >= 0x20a0 && c <= 0x20cf) && !(c >= 0x2190 && c <= 0x245f) &&
	       !(c >= 0x2500 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x3004) &&
	       !(c >= 0x3008 && c <= 0x3020) && !(c >= 0xff01 && c <= 0xff0f) &&
	       !(c >= 0x1f000 && c <= 0x1faff) && !(c >= 0xe000 && c <= 0xf8ff) && c != 0xfeff &&
	       c != 0xfffd;
}

/* The next run of non-white-space; has_word: there is a letter or digit in it. */
static bool next_wide_token(struct str *rest, bool wide, struct str *token, bool *has_word)
{
	size_t start = STR_NOT_FOUND, at = 0;

	*has_word = false;
	while (at < rest->len) {
		unsigned c = (unsigned char)rest->ptr[at];
		unsigned length = wide && c >= 0x80 ? utf8_decode(str_from_at(*rest, at), &c) : 1;
		bool space = c < 0x80 ? ascii_is_space((unsigned char)c) : wide && is_wide_space(c);

		if (space && start != STR_NOT_FOUND)
			break;
		if (!space) {
			start = start == STR_NOT_FOUND ? at : start;
			*has_word |= wide || c < 0x80 ? is_word_character(c) : false;
		}
		at += length ? length : 1;
	}
	if (start == STR_NOT_FOUND)
		return false;
	*token = str_sub(*rest, start, at - start);
	*rest = str_from_at(*rest, at);
	return true;
}

/* In most texts a token is all ASCII. */
static bool next_token(struct str *rest, bool wide, struct str *token, bool *has_word)
{
	static const struct byteset spaces = {{BYTESET_SPACES}};
	size_t start = span_of(*rest, 0, &spaces), at = start;
	unsigned char c;

	*has_word = false;
	for (; at < rest->len && !spaces.has[c = (unsigned char)rest->ptr[at]]; at++) {
		if (c >= 0x80)
			return next_wide_token(rest, wide, token, has_word);
		*has_word |= ascii_is_word(c);
	}
	*token = str_sub(*rest, start, at - start);
	*rest = str_from_at(*rest, at);
	return at > start;
}

/* How often a word stands in the HTML and in the text. */
struct word_counts {
	size_t html, text;
};

struct words {
	struct arena *arena;
	struct map *counts;    /* word → struct word_counts * */
	size_t n_html, n_text; /* different ones */
};

static void count_word(struct words *words, struct str word, bool is_html)
{
	struct word_counts *counts = map_find(words->counts, word);

	if (!counts) {
		counts = ARENA_NEW(words->arena, struct word_counts);
		map_put_kept(words->counts, word, counts);
	}
	if (is_html)
		words->n_html += counts->html++ == 0;
	else
		words->n_text += counts->text++ == 0;
}

static void count_words(struct words *words, const struct rendered_part *part)
{
	struct str rest = part->text, token;
	bool has_word;

	while (next_token(&rest, part->is_wide, &token, &has_word))
		if (has_word)
			count_word(words, token, part->html != NULL);
}

/* The prefix, and no longer word in its place */
static bool has_word_prefix(struct str text, const char *prefix)
{
	size_t n = strlen(prefix);

	return str_has_prefix(text, prefix) &&
	       (text.len == n || !ascii_is_word((unsigned char)text.ptr[n]));
}

static bool is_inside(const struct part *part, const struct part *top)
{
	while (part && part != top)
		part = part->parent;
	return part != NULL;
}

/* Words of the HTML that the text does not have as often. */
static size_t count_left(const struct words *words)
{
	const struct map_entry *entry;
	size_t cursor = 0, left = 0;

	while ((entry = map_next(words->counts, &cursor))) {
		const struct word_counts *counts = entry->value;

		left += counts->html > counts->text;
	}
	return left;
}

static void compare_alternatives(struct scan *scan, struct body_facts *facts,
				 const struct part *top)
{
	struct arena *arena = scan_arena(scan);
	const struct rendered_part_vec *parts = &mail_views(scan_mail(scan))->rendered;
	struct words words = {.arena = arena, .counts = map_new(arena)};
	double percent;

	for (size_t i = 0; i < parts->n; i++) {
		const struct rendered_part *part = &parts->items[i];

		if (!is_inside(part->part, top) || !has_word_prefix(part->part->type, "text"))
			continue;
		count_words(&words, part);
		/* an image and no words: no text has this word */
		if (part->html && words.n_html == 0 && map_has(part->html->inside, STR_LIT("img")))
			count_word(&words, STR_LIT("\n"), true);
	}
	if (words.n_html == 0)
		return;
	facts->difference_html = (double)words.n_html;
	facts->difference_text = (double)words.n_text;
	percent = (double)count_left(&words) / (double)words.n_html * 100;
	if (percent > facts->difference)
		facts->difference = percent;
}

/* Exchange's meeting requests: HTML and a calendar, nothing else. */
static bool is_meeting_request(const struct message *message)
{
	const struct part *first = message->root->first_child, *second = first ? first->next : NULL;

	return str_eq_c(message->root->type, "multipart/alternative") && second && !second->next &&
	       str_eq_c(first->type, "text/html") && str_eq_c(second->type, "text/calendar") &&
	       !first->first_child && !second->first_child;
}

static const struct body_facts *difference_of(struct scan *scan, const struct eval_call *call)
{
	struct body_facts *facts = facts_of(scan, call);
	struct part_vec parts = {0};

	if (facts->has_difference)
		return facts;
	facts->has_difference = true;
	if (is_meeting_request(scan_mail(scan)->message))
		return facts;
	message_parts(scan_arena(scan), scan_mail(scan)->message, false, &parts);
	for (size_t i = 0; i < parts.n; i++)
		if (has_word_prefix(parts.items[i]->type, "multipart/alternative"))
			compare_alternatives(scan, facts, parts.items[i]);
	return facts;
}

static int multipart_alternative_difference(struct scan *scan, const struct eval_call *call)
{
	double difference = difference_of(scan, call)->difference;

	return (arg_number(call, 0) == 0 || difference > arg_number(call, 0)) &&
	       (str_eq_c(arg_text(call, 1), "undef") || difference <= arg_number(call, 1));
}

static int multipart_alternative_difference_count(struct scan *scan, const struct eval_call *call)
{
	const struct body_facts *facts = difference_of(scan, call);

	return facts->difference_html > arg_number(call, 1) &&
	       facts->difference_text / facts->difference_html > arg_number(call, 0);
}

/* --- lines --- */

static bool is_blank(struct str line)
{
	return str_trim(line).len == 0;
}

static void count_lines(struct str chunk, double *lines, double *blank)
{
	while (chunk.len) {
		size_t end = str_find_char(chunk, '\n');
		struct str line = str_sub(chunk, 0, end == STR_NOT_FOUND ? chunk.len : end + 1);

		++*lines;
		*blank += is_blank(line);
		chunk = str_from_at(chunk, line.len);
	}
}

static int check_blank_line_ratio(struct scan *scan, const struct eval_call *call)
{
	const struct str_vec *chunks = mail_rawbody(scan_mail(scan));
	double lines = 0, blank = 0, ratio, min_lines = arg_number(call, 2);

	for (size_t i = 0; i < chunks->n; i++)
		count_lines(chunks->items[i], &lines, &blank);
	ratio = lines < (min_lines < 1 ? 1 : min_lines) ? -1 : 100 * blank / lines;
	return (arg_number(call, 0) == 0 && ratio <= arg_number(call, 1)) ||
	       arg_in_range(call, 0, ratio);
}

static double spaces_percent(struct str line)
{
	size_t spaces = 0;

	for (size_t i = 0; i < line.len; i++)
		spaces += line.ptr[i] == ' ';
	if (spaces > line.len - spaces || spaces == line.len)
		return 100;
	return (double)(100 * spaces / (line.len - spaces));
}

static int tvd_vertical_words(struct scan *scan, const struct eval_call *call)
{
	struct body_facts *facts = facts_of(scan, call);
	const struct str_vec *body = &mail_views(scan_mail(scan))->body;
	double max = arg_number(call, 1) >= 100 ? 101 : arg_number(call, 1);

	if (!facts->has_vertical) {
		facts->has_vertical = true;
		facts->vertical = -1;
		for (size_t i = 0; i < body->n; i++) {
			double percent = body->items[i].len >= VERTICAL_MIN_BYTES
						 ? spaces_percent(body->items[i])
						 : -1;

			if (percent > facts->vertical)
				facts->vertical = percent;
		}
	}
	return facts->vertical >= arg_number(call, 0) && facts->vertical < max;
}

static int check_body_length(struct scan *scan, const struct eval_call *call)
{
	return (double)scan_mail(scan)->message->pristine_body.len <= arg_number(call, 0);
}

/* --- stock advice: "Target Price: ..." --- */

struct stock_regexes {
	struct regex *label, *word;
};

static enum status prepare_stock(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct stock_regexes *regexes = ARENA_NEW(keep, struct stock_regexes);

	(void)why;
	regexes->label =
		regex_must(keep, "^\\s*([^:\\s][^:\\n]{2,29})\\s*:\\s*\\S", REGEX_MULTILINE);
	regexes->word = regex_must(
		keep,
		"(^trad(?:e|ing)date|company(?:name)?|s\\w?(?:t\\w?o\\w?c\\w?k|y\\w?m(?:\\w?b\\w?"
		"o\\w?l)?)|"
		"t(?:arget|icker)|(?:opening|current)p(?:rice)?|p(?:rojected|osition)|expectations|"
		"weeks?high|"
		"marketperformance|(?:year|week|month|day|price)(?:target|estimates?)|sector|"
		"r(?:ecommendation|ating))$",
		0);
	call->data = regexes;
	return STATUS_OK;
}

static struct str letters_of(struct arena *arena, struct str label)
{
	char *out = arena_alloc(arena, label.len + 1);
	struct str letters = {out, 0};

	for (size_t i = 0; i < label.len; i++)
		if (ascii_is_alpha((unsigned char)label.ptr[i]))
			out[letters.len++] = ascii_lower(label.ptr[i]);
	return letters;
}

static void note_stock_words(struct arena *arena, const struct stock_regexes *regexes,
			     struct str text, struct map *found)
{
	struct regex_match match, word;
	size_t at = 0;

	while (at < text.len && regex_exec(regexes->label, text, at, &match) == REGEX_MATCH) {
		if (regex_exec(regexes->word, letters_of(arena, match.group[1]), 0, &word) ==
		    REGEX_MATCH)
			map_put(found, arena_str(arena, word.group[1]), found);
		at = match.end > at ? match.end : at + 1;
	}
}

static int check_stock_info(struct scan *scan, const struct eval_call *call)
{
	struct body_facts *facts = facts_of(scan, call);
	const struct rendered_part_vec *parts = &mail_views(scan_mail(scan))->rendered;
	struct map *found = map_new(scan_arena(scan));

	for (size_t i = 0; i < parts->n && !facts->has_stock; i++) {
		if (!str_eq_c(parts->items[i].part->type, "text/plain"))
			continue;
		note_stock_words(scan_arena(scan), call->data, parts->items[i].text, found);
		facts->stock = (double)map_count(found);
		facts->has_stock = true;
	}
	facts->has_stock = true;
	return arg_number(call, 0) == 0 || facts->stock >= arg_number(call, 0);
}

/* --- signature of the first plain part --- */

/* "--", "-- ", each perhaps with a CR, as a whole line at `at`: its length, or 0. */
static size_t delimiter_at(struct str text, size_t at)
{
	size_t end = at + 2;

	if (!str_has_prefix(str_from_at(text, at), "--"))
		return 0;
	end += end < text.len && text.ptr[end] == ' ';
	end += end < text.len && text.ptr[end] == '\r';
	return end == text.len || text.ptr[end] == '\n' ? end - at : 0;
}

static void measure_signature(struct str text, struct body_facts *facts)
{
	facts->signature_known = true;
	facts->body_bytes = (double)text.len;
	for (size_t at = 0; at < text.len;) {
		size_t length = delimiter_at(text, at),
		       next = str_find_char(str_from_at(text, at), '\n');

		if (length && text.len - at - length > 4) {
			facts->body_bytes = (double)at;
			facts->signature_bytes = (double)(text.len - at - length);
		}
		at = next == STR_NOT_FOUND ? text.len : at + next + 1;
	}
	facts->signature_ratio =
		facts->signature_bytes > 0 ? facts->body_bytes / facts->signature_bytes : 1e6;
}

static const struct body_facts *signature_of(struct scan *scan, const struct eval_call *call)
{
	struct body_facts *facts = facts_of(scan, call);
	struct part_vec parts = {0};

	if (facts->has_signature)
		return facts;
	facts->has_signature = true;
	message_parts(scan_arena(scan), scan_mail(scan)->message, false, &parts);
	for (size_t i = 0; i < parts.n; i++)
		if (str_has_prefix(parts.items[i]->type, "text/plain")) {
			measure_signature(part_decoded(scan_arena(scan), parts.items[i]), facts);
			break;
		}
	return facts;
}

static int in_bounds(const struct eval_call *call, const struct body_facts *facts, double value,
		     double max)
{
	return facts->signature_known && value >= arg_number(call, 0) &&
	       value <= (arg_is_set(call, 1) ? arg_number(call, 1) : max);
}

static int plaintext_body_length(struct scan *scan, const struct eval_call *call)
{
	const struct body_facts *facts = signature_of(scan, call);

	return in_bounds(call, facts, facts->body_bytes, 1e300);
}

static int plaintext_sig_length(struct scan *scan, const struct eval_call *call)
{
	const struct body_facts *facts = signature_of(scan, call);

	return in_bounds(call, facts, facts->signature_bytes, 1e300);
}

static int plaintext_body_sig_ratio(struct scan *scan, const struct eval_call *call)
{
	const struct body_facts *facts = signature_of(scan, call);

	return in_bounds(call, facts, facts->signature_ratio, 1e6);
}

static const struct eval_def evals[] = {
	{"check_blank_line_ratio", NULL, check_blank_line_ratio},
	{"check_body_length", NULL, check_body_length},
	{"check_stock_info", prepare_stock, check_stock_info},
	{"multipart_alternative_difference", NULL, multipart_alternative_difference},
	{"multipart_alternative_difference_count", NULL, multipart_alternative_difference_count},
	{"plaintext_body_length", NULL, plaintext_body_length},
	{"plaintext_body_sig_ratio", NULL, plaintext_body_sig_ratio},
	{"plaintext_sig_length", NULL, plaintext_sig_length},
	{"tvd_vertical_words", NULL, tvd_vertical_words},
	{NULL, NULL, NULL},
};

static const char *const methods[] = {"has_check_body_length", "has_plaintext_body_sig_ratio",
				      NULL};

static const struct eval_wait waits[] = {
	{"tvd_vertical_words", 1000},
	{NULL, 0},
};

const struct plugin_def plugin_bodyeval = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::BodyEval",
	.evals = evals,
	.methods = methods,
	.waits = waits,
};
