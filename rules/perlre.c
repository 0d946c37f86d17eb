/* perlre: see perlre.h. The parser: one function for each thing that may stand at a place. */
#include "rules/perlre.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	NESTING_MAX = 200,  /* of groups; PCRE2's own limit is 250 */
	REPEAT_MAX = 65534, /* Perl's REG_INFTY - 1 */
	LOOK_BEHIND_MAX = 255,
	NUMBER_MAX = 1000000000,
};

static struct re_node *parse_alternatives(struct re_parser *parser);
static bool is_quantifier_ahead(struct re_parser *parser);

/* --- nodes and text --------------------------------------------------------------------------- */

struct re_node *re_node_new(struct re_parser *parser, enum re_op op, const char *text)
{
	struct re_node *node = ARENA_NEW(parser->arena, struct re_node);
	node->op = op;
	node->text = str_from(text);
	node->has_width = op == RE_LITERAL || op == RE_SET || op == RE_WIDE || op == RE_BACKREF ||
			  op == RE_CALL;
	return node;
}

struct re_node *re_fail(struct re_parser *parser, const char *format, ...)
{
	if (!parser->failed) {
		char text[256];
		va_list args;
		va_start(args, format);
		vsnprintf(text, sizeof text, format, args);
		va_end(args);
		why_set(parser->why, STATUS_INVALID, "%s in regex, near offset %zu", text,
			parser->at);
		parser->failed = true;
	}
	return re_node_new(parser, RE_EMPTY, "");
}

static bool at_end(const struct re_parser *parser)
{
	return parser->failed || parser->at >= parser->text.len;
}

static char peek(const struct re_parser *parser)
{
	return at_end(parser) ? '\0' : parser->text.ptr[parser->at];
}

static bool looking_at(const struct re_parser *parser, const char *text)
{
	return !parser->failed && str_has_prefix(str_from_at(parser->text, parser->at), text);
}

static bool take(struct re_parser *parser, const char *text)
{
	if (!looking_at(parser, text))
		return false;
	parser->at += strlen(text);
	return true;
}

static struct str taken_since(const struct re_parser *parser, size_t from)
{
	return str_sub(parser->text, from, parser->at - from);
}

static void skip_comment_group(struct re_parser *parser)
{
	size_t close = str_find_char(str_from_at(parser->text, parser->at), ')');
	if (close == STR_NOT_FOUND)
		re_fail(parser, "Sequence (?#... not terminated");
	else
		parser->at += close + 1;
}

/* Comments, and white space where /x allows it. */
static void skip_ignored(struct re_parser *parser)
{
	while (!at_end(parser)) {
		unsigned char c = (unsigned char)peek(parser);
		if (take(parser, "(?#")) {
			skip_comment_group(parser);
		} else if (parser->extended && (ascii_is_space(c) || c == 0x85)) {
			parser->at++;
		} else if (parser->extended && c == '#') {
			size_t line_end =
				str_find_char(str_from_at(parser->text, parser->at), '\n');
			parser->at = line_end == STR_NOT_FOUND ? parser->text.len
							       : parser->at + line_end + 1;
		} else {
			return;
		}
	}
}

/* --- sets and literals ------------------------------------------------------------------------ */

static struct re_node *literal(struct re_parser *parser, unsigned byte)
{
	struct re_node *node = re_node_new(parser, RE_LITERAL, "");
	node->byte = (uint8_t)byte;
	node->icase = parser->icase && re_other_case(byte) != byte;
	return node;
}

static bool has_above(const struct re_set *set)
{
	return set->above || set->n_ranges;
}

struct re_node *re_node_of_set(struct re_parser *parser, const struct re_set *set)
{
	unsigned n = 0, last = 0, first = 0;
	for (unsigned c = re_set_next(set, 0); c < 256; c = re_set_next(set, c + 1)) {
		first = n++ ? first : c;
		last = c;
	}
	if (n == 1 && !has_above(set) && (!parser->icase || re_other_case(last) == last))
		return literal(parser, last);
	if (n == 2 && !has_above(set) && parser->icase && re_other_case(first) == last)
		return literal(parser, first);
	struct re_node *node = re_node_new(parser, RE_SET, "");
	struct re_set *copy = ARENA_NEW(parser->arena, struct re_set);
	*copy = *set;
	node->set = copy;
	return node;
}

static struct re_node *named_set(struct re_parser *parser, const struct re_set *set,
				 const char *text)
{
	struct re_node *node = re_node_new(parser, RE_SET, text);
	struct re_set *copy = ARENA_NEW(parser->arena, struct re_set);
	*copy = *set;
	node->set = copy;
	return node;
}

/* A character of any code point; those beyond a byte match nothing in octets, but for a few under
 * /i. */
static struct re_node *character(struct re_parser *parser, unsigned codepoint)
{
	if (codepoint > 0xFF && parser->icase && re_byte_folded_from(codepoint))
		codepoint = re_byte_folded_from(codepoint);
	if (codepoint <= 0xFF)
		return literal(parser, codepoint);
	struct re_set set = {0};
	re_set_add(&set, codepoint, codepoint);
	return named_set(parser, &set, "");
}

static struct re_node *dot(struct re_parser *parser, bool with_newline)
{
	struct re_set set = {.above = true};
	re_set_add(&set, 0, 0xFF);
	if (!with_newline)
		set.bits['\n' >> 3] &= (uint8_t) ~(1u << ('\n' & 7));
	return named_set(parser, &set, with_newline ? "(?s:.)" : "\\N");
}

/* --- references ------------------------------------------------------------------------------- */

static bool read_number(struct re_parser *parser, unsigned *number_out)
{
	unsigned number = 0;
	size_t from = parser->at;
	while (ascii_is_digit((unsigned char)peek(parser)) && number < NUMBER_MAX / 10)
		number = number * 10 + (unsigned)(parser->text.ptr[parser->at++] - '0');
	*number_out = number;
	return parser->at > from && !(parser->text.ptr[from] == '0' && parser->at > from + 1);
}

static bool read_name(struct re_parser *parser, struct str *name_out)
{
	size_t from = parser->at;
	if (!ascii_is_digit((unsigned char)peek(parser)))
		while (ascii_is_word((unsigned char)peek(parser)))
			parser->at++;
	*name_out = taken_since(parser, from);
	if (!name_out->len)
		re_fail(parser, "Group name must start with a non-digit word character");
	return name_out->len > 0;
}

static struct re_node *reference(struct re_parser *parser, enum re_op op, const char *format,
				 struct str name)
{
	parser->tree->has_references = true;
	struct re_node *node = re_node_new(parser, op, "");
	node->text = arena_printf(parser->arena, format, STR_ARG(name));
	vec_push(parser->arena, &parser->name_references, name);
	return node;
}

static struct re_node *numbered(struct re_parser *parser, enum re_op op, const char *format,
				unsigned number)
{
	parser->tree->has_references = true;
	if (number > parser->highest_reference)
		parser->highest_reference = number;
	struct re_node *node = re_node_new(parser, op, "");
	node->text =
		arena_printf(parser->arena, format, number); /* formats are ours: see callers */
	return node;
}

/* sign: '-' and '+' count from here. */
static bool resolve_number(struct re_parser *parser, char sign, unsigned *number)
{
	if (sign == '-') {
		if (*number == 0 || *number > parser->n_groups)
			return re_fail(parser, "Reference to nonexistent group"), false;
		*number = parser->n_groups + 1 - *number;
	} else if (sign == '+') {
		*number += parser->n_groups;
	}
	return true;
}

static void skip_blanks(struct re_parser *parser)
{
	while (peek(parser) == ' ' || peek(parser) == '\t')
		parser->at++;
}

/* \g1 \g-1 \g{1} \g{-1} \g{name}, behind the g. */
static struct re_node *parse_g_reference(struct re_parser *parser)
{
	bool braced = take(parser, "{");
	if (braced)
		skip_blanks(parser);
	char sign = take(parser, "-") ? '-' : 0;
	unsigned number;
	struct str name = STR_NONE;
	struct re_node *node;
	if (ascii_is_digit((unsigned char)peek(parser)) || sign || !braced) {
		if (!read_number(parser, &number) || number == 0)
			return re_fail(parser, "Reference to invalid group or unterminated \\g");
		if (!resolve_number(parser, sign, &number))
			return re_fail(parser, "Reference to nonexistent group");
		node = numbered(parser, RE_BACKREF, "\\g{%u}", number);
	} else {
		if (!read_name(parser, &name))
			return re_fail(parser, "Unterminated \\g{...} pattern");
		node = reference(parser, RE_BACKREF, "\\k{%.*s}", name);
	}
	if (braced) {
		skip_blanks(parser);
		if (!take(parser, "}"))
			return re_fail(parser, "Unterminated \\g{...} pattern");
	}
	return node;
}

/* \k<name> \k'name' \k{name}, behind the k. */
static struct re_node *parse_k_reference(struct re_parser *parser)
{
	static const char *const pairs[][2] = {{"<", ">"}, {"'", "'"}, {"{", "}"}};
	struct str name = STR_NONE;
	for (size_t i = 0; i < 3; i++) {
		if (!take(parser, pairs[i][0]))
			continue;
		if (i == 2)
			skip_blanks(parser);
		bool ok = read_name(parser, &name);
		if (i == 2)
			skip_blanks(parser);
		if (!ok || !take(parser, pairs[i][1]))
			break;
		return reference(parser, RE_BACKREF, "\\k{%.*s}", name);
	}
	return re_fail(parser, "Sequence \\k... not terminated");
}

/* --- escapes ---------------------------------------------------------------------------------- */

static struct re_node *parse_property(struct re_parser *parser)
{
	struct re_set set;
	re_parse_property(parser, &set);
	return named_set(parser, &set, "");
}

/* \1 ... \99: a reference, or octal when there are not that many groups yet. */
static struct re_node *parse_digits_escape(struct re_parser *parser)
{
	size_t from = parser->at;
	unsigned number, codepoint;
	read_number(parser, &number);
	if (number <= 9 || number <= parser->n_groups || parser->text.ptr[from] >= '8')
		return numbered(parser, RE_BACKREF, "\\g{%u}", number);
	parser->at = from;
	unsigned value = 0, n = 0;
	while (n < 3 && peek(parser) >= '0' && peek(parser) <= '7') {
		value = value * 8 + (unsigned)(parser->text.ptr[parser->at++] - '0');
		n++;
	}
	codepoint = value;
	if (n < 3 && ascii_is_digit((unsigned char)peek(parser)))
		return re_fail(parser, "Non-octal character terminates the number early");
	return character(parser, codepoint);
}

static struct re_node *parse_assertion_escape(struct re_parser *parser, char c)
{
	char text[3] = {'\\', c, '\0'};
	parser->at++;
	if ((c == 'b' || c == 'B') && peek(parser) == '{')
		return re_fail(parser, "Bound type of \\%c{} is not supported", c);
	if (c == 'K' && parser->in_look)
		return re_fail(parser, "\\K not permitted in lookahead/lookbehind");
	struct re_node *node = re_node_new(parser, RE_ASSERT, "");
	node->text = arena_str(parser->arena, str_from(text));
	return node;
}

static struct re_node *parse_set_escape(struct re_parser *parser, char c)
{
	struct re_set set;
	char text[3] = {'\\', c, '\0'};
	re_set_of_escape(c, &set);
	parser->at++;
	struct re_node *node = named_set(parser, &set, "");
	node->text = arena_str(parser->arena, str_from(text));
	return node;
}

/* Behind the backslash. */
static struct re_node *parse_escape(struct re_parser *parser)
{
	if (at_end(parser))
		return re_fail(parser, "Trailing \\");
	char c = peek(parser);
	unsigned codepoint;
	struct re_set set;
	if (c >= '1' && c <= '9')
		return parse_digits_escape(parser);
	if (c && strchr("AzZGKbB", c))
		return parse_assertion_escape(parser, c);
	if (re_set_of_escape(c, &set))
		return parse_set_escape(parser, c);
	if (re_parse_escaped_char(parser, false, &codepoint))
		return character(parser, codepoint);
	parser->at++;
	switch (c) {
	case 'N':
		if (peek(parser) == '{' && !is_quantifier_ahead(parser))
			return re_fail(parser, "Character names are not supported");
		return dot(parser, false);
	case 'R':
		return re_node_new(parser, RE_WIDE, "\\R");
	case 'X':
		return re_node_new(parser, RE_WIDE, "\\X");
	case 'p':
	case 'P':
		return parser->at--, parse_property(parser);
	case 'g':
		return parse_g_reference(parser);
	case 'k':
		return parse_k_reference(parser);
	default:
		return re_fail(parser, "Unrecognized escape \\%c passed through", c);
	}
}

/* --- groups ----------------------------------------------------------------------------------- */

/* The body and the closing parenthesis; options set inside end with it. */
static struct re_node *parse_body(struct re_parser *parser)
{
	struct re_parser before = *parser;
	if (++parser->depth > NESTING_MAX)
		return re_fail(parser, "Too many nested open parens");
	struct re_node *body = parse_alternatives(parser);
	if (!take(parser, ")"))
		return re_fail(parser, "Unmatched (");
	parser->depth--;
	parser->icase = before.icase;
	parser->extended = before.extended;
	parser->extra_extended = before.extra_extended;
	parser->no_capture = before.no_capture;
	parser->dotall = before.dotall;
	return body;
}

static struct re_node *group(struct re_parser *parser, struct str head)
{
	struct re_node *node = re_node_new(parser, RE_GROUP, "");
	node->text = head;
	node->first = parse_body(parser);
	node->has_width = node->first->has_width;
	return node;
}

static struct re_node *capture_group(struct re_parser *parser, struct str head)
{
	parser->n_groups++;
	struct re_node *node = group(parser, head);
	node->is_capture = true;
	return node;
}

/* Behind "(?<", "(?P<" or "(?'". */
static struct re_node *named_group(struct re_parser *parser, const char *close)
{
	struct str name;
	if (!read_name(parser, &name))
		return re_fail(parser, "Group name must start with a non-digit word character");
	if (!take(parser, close))
		return re_fail(parser, "Sequence (?<... not terminated");
	vec_push(parser->arena, &parser->names, name);
	parser->tree->has_names = true;
	return capture_group(parser, arena_printf(parser->arena, "(?<%.*s>", STR_ARG(name)));
}

static struct re_node *look(struct re_parser *parser, bool behind, bool negative)
{
	static const char *const heads[2][2] = {{"(?=", "(?!"}, {"(?<=", "(?<!"}};
	struct re_node *node = re_node_new(parser, RE_LOOK, heads[behind][negative]);
	node->is_behind = behind;
	node->is_negative = negative;
	parser->in_look++;
	node->first = parse_body(parser);
	parser->in_look--;
	return node;
}

struct option_bits {
	bool i, m, s, x, xx, n;
};

static bool read_option(struct re_parser *parser, char c, bool on, struct option_bits *set,
			unsigned *n_ascii)
{
	switch (c) {
	case 'i':
		set->i = true;
		return true;
	case 'm':
		set->m = true;
		return true;
	case 's':
		set->s = true;
		return true;
	case 'n':
		set->n = true;
		return true;
	case 'x':
		set->xx = set->xx || (on && take(parser, "x"));
		set->x = true;
		return true;
	case 'p':
		if (!on)
			re_fail(parser, "Useless use of (?-p)");
		return true;
	case 'a':
		if (!on || ++*n_ascii > 2)
			re_fail(parser, "Regexp modifier \"a\" may appear a maximum of twice");
		return true;
	case 'd':
	case 'l':
	case 'u':
		return re_fail(parser, "Regexp modifier \"%c\" is not supported", c), true;
	case 'g':
	case 'o':
	case 'c':
		return re_fail(parser, "Useless (?%c) - use /%c modifier", c, c), true;
	default:
		return false;
	}
}

static void apply_options(struct re_parser *parser, const struct option_bits *bits, bool on)
{
	parser->icase = bits->i ? on : parser->icase;
	parser->dotall = bits->s ? on : parser->dotall;
	parser->no_capture = bits->n ? on : parser->no_capture;
	parser->extended = bits->x ? on : parser->extended;
	parser->extra_extended = bits->x ? on && bits->xx : parser->extra_extended;
}

/* White space, dots and plain groups are resolved by us: PCRE2 needs to know of i and m only. */
static struct str options_head(struct re_parser *parser, bool caret, const struct option_bits *on,
			       const struct option_bits *off)
{
	bool clears_i = off->i || (caret && !on->i), clears_m = off->m || (caret && !on->m);
	return arena_printf(parser->arena, "(?%s%s%s%s%s", on->i && !off->i ? "i" : "",
			    on->m && !off->m ? "m" : "", clears_i || clears_m ? "-" : "",
			    clears_i ? "i" : "", clears_m ? "m" : "");
}

/* "(?i-s)", "(?i:...)", "(?^x)", behind the "(?". */
static struct re_node *parse_options(struct re_parser *parser)
{
	struct option_bits bits[2] = {{0}}; /* switched on, switched off */
	struct re_parser before = *parser;
	unsigned n_ascii = 0;
	size_t from = parser->at;
	bool on = true, caret = take(parser, "^");
	while (!at_end(parser) && peek(parser) != ')' && peek(parser) != ':') {
		char c = parser->text.ptr[parser->at++];
		if (c == '-' && on && !caret)
			on = false;
		else if (!read_option(parser, c, on, &bits[!on], &n_ascii))
			return re_fail(parser, "Sequence (?%.*s...) not recognized",
				       STR_ARG(taken_since(parser, from)));
	}
	if (at_end(parser))
		return re_fail(parser, "Sequence (?... not terminated");
	if (caret)
		apply_options(parser, &(struct option_bits){true, true, true, true, true, true},
			      false);
	apply_options(parser, &bits[0], true);
	apply_options(parser, &bits[1], false);
	struct str head = options_head(parser, caret, &bits[0], &bits[1]);
	if (take(parser, ")")) {
		struct re_node *node = re_node_new(parser, RE_OPTIONS, "");
		node->text = arena_printf(parser->arena, "%.*s)", STR_ARG(head));
		return node;
	}
	parser->at++;
	struct re_node *node = group(parser, arena_printf(parser->arena, "%.*s:", STR_ARG(head)));
	parser->icase = before.icase;
	parser->dotall = before.dotall;
	parser->no_capture = before.no_capture;
	parser->extended = before.extended;
	parser->extra_extended = before.extra_extended;
	return node;
}

/* (?1) (?-1) (?+1) (?R) (?0), behind the "(?". */
static struct re_node *parse_call(struct re_parser *parser)
{
	unsigned number = 0;
	char sign = peek(parser) == '-' || peek(parser) == '+' ? parser->text.ptr[parser->at++] : 0;
	if (!take(parser, "R") && !read_number(parser, &number))
		return re_fail(parser, "Sequence (?R) not terminated");
	if (!resolve_number(parser, sign, &number))
		return re_fail(parser, "Reference to nonexistent group");
	if (!take(parser, ")"))
		return re_fail(parser, "Expecting close bracket");
	return numbered(parser, RE_CALL, "(?%u)", number);
}

static struct re_node *parse_named_call(struct re_parser *parser)
{
	struct str name;
	if (!read_name(parser, &name) || !take(parser, ")"))
		return re_fail(parser, "Expecting close bracket");
	return reference(parser, RE_CALL, "(?&%.*s)", name);
}

static struct re_node *parse_named_backref_group(struct re_parser *parser)
{
	struct str name;
	if (!read_name(parser, &name) || !take(parser, ")"))
		return re_fail(parser, "Expecting close bracket");
	return reference(parser, RE_BACKREF, "\\k{%.*s}", name);
}

/* The condition up to its ")" as PCRE2 text, or a look as first child; behind "(?(". */
static bool parse_condition(struct re_parser *parser, struct re_node *node,
			    struct re_node **look_out)
{
	static const struct {
		const char *text;
		bool behind, negative;
	} looks[] = {{"?=", false, false},
		     {"?!", false, true},
		     {"?<=", true, false},
		     {"?<!", true, true}};
	size_t from = parser->at;
	unsigned number;
	struct str name = STR_NONE;
	*look_out = NULL;
	for (size_t i = 0; i < 4; i++)
		if (take(parser, looks[i].text)) {
			*look_out = look(parser, looks[i].behind, looks[i].negative);
			node->text = str_from("(?");
			return true;
		}
	if (take(parser, "DEFINE"))
		node->is_define = true;
	else if (ascii_is_digit((unsigned char)peek(parser)))
		read_number(parser, &number);
	else if (take(parser, "R&"))
		read_name(parser, &name);
	else if (take(parser, "R"))
		read_number(parser, &number);
	else if (take(parser, "<"))
		read_name(parser, &name),
			take(parser, ">") || re_fail(parser, "Unknown switch condition");
	else if (take(parser, "'"))
		read_name(parser, &name),
			take(parser, "'") || re_fail(parser, "Unknown switch condition");
	else
		return false;
	if (name.len)
		vec_push(parser->arena, &parser->name_references, name);
	node->text = arena_printf(parser->arena, "(?(%.*s)", STR_ARG(taken_since(parser, from)));
	return take(parser, ")");
}

static struct re_node *parse_conditional(struct re_parser *parser)
{
	struct re_node *node = re_node_new(parser, RE_COND, ""), *look_node;
	parser->tree->has_references = true;
	if (!parse_condition(parser, node, &look_node))
		return re_fail(parser, "Unknown switch condition (?(...))");
	struct re_node *body = parse_body(parser);
	unsigned n = 0;
	if (body->op == RE_ALT)
		for (const struct re_node *branch = body->first; branch; branch = branch->next)
			n++;
	if (n > 2 || (n && node->is_define))
		return re_fail(parser, "Switch (?(condition)... contains too many branches");
	node->has_width = body->has_width;
	node->first = look_node ? look_node : body;
	if (look_node)
		look_node->next = body;
	return node;
}

/* Behind "(?". */
static struct re_node *parse_special_group(struct re_parser *parser)
{
	static const struct {
		const char *text;
		struct re_node *(*parse)(struct re_parser *parser);
	} others[] = {{"&", parse_named_call},
		      {"P>", parse_named_call},
		      {"P=", parse_named_backref_group},
		      {"(", parse_conditional}};
	if (take(parser, ":"))
		return group(parser, str_from("(?:"));
	if (take(parser, ">"))
		return group(parser, str_from("(?>"));
	if (take(parser, "|"))
		return group(parser, str_from("(?|"));
	if (take(parser, "="))
		return look(parser, false, false);
	if (take(parser, "!"))
		return look(parser, false, true);
	if (take(parser, "<="))
		return look(parser, true, false);
	if (take(parser, "<!"))
		return look(parser, true, true);
	if (take(parser, "<") || take(parser, "P<"))
		return named_group(parser, ">");
	if (take(parser, "'"))
		return named_group(parser, "'");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (take(parser, others[i].text))
			return others[i].parse(parser);
	char c = peek(parser), c2 = str_from_at(parser->text, parser->at + 1).len
					    ? parser->text.ptr[parser->at + 1]
					    : 0;
	if (ascii_is_digit((unsigned char)c) || c == 'R' ||
	    ((c == '+' || c == '-') && ascii_is_digit((unsigned char)c2)))
		return parse_call(parser);
	return parse_options(parser);
}

/* (*VERB), (*pla:...), behind "(*". */
static struct re_node *parse_verb(struct re_parser *parser)
{
	static const struct {
		const char *name, *other;
		bool behind, negative;
	} looks[] = {{"pla:", "positive_lookahead:", false, false},
		     {"nla:", "negative_lookahead:", false, true},
		     {"plb:", "positive_lookbehind:", true, false},
		     {"nlb:", "negative_lookbehind:", true, true}};
	static const char *const verbs[] = {"ACCEPT", "FAIL", "F",    "COMMIT", "PRUNE",
					    "SKIP",   "THEN", "MARK", ""};
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		if (take(parser, looks[i].name) || take(parser, looks[i].other))
			return look(parser, looks[i].behind, looks[i].negative);
	if (take(parser, "atomic:"))
		return group(parser, str_from("(?>"));
	size_t from = parser->at, close = str_find_char(str_from_at(parser->text, from), ')');
	struct str verb = str_sub(parser->text, from, close == STR_NOT_FOUND ? 0 : close);
	size_t colon = str_find_char(verb, ':');
	struct str name = str_sub(verb, 0, colon);
	bool needs_argument = !name.len || str_eq_c(name, "MARK");
	bool has_argument = colon != STR_NOT_FOUND && colon + 1 < verb.len;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (!str_eq_c(name, verbs[i]) || close == STR_NOT_FOUND ||
		    (needs_argument && !has_argument))
			continue;
		parser->at += close + 1;
		parser->tree->has_references = true;
		struct re_node *node = re_node_new(parser, RE_VERB, "");
		node->text =
			arena_printf(parser->arena, "(*%.*s)", STR_ARG(has_argument ? verb : name));
		return node;
	}
	return re_fail(parser, "Unknown verb pattern or '(*...)' construct");
}

/* Behind "(". */
static struct re_node *parse_group(struct re_parser *parser)
{
	if (take(parser, "?"))
		return parse_special_group(parser);
	if (take(parser, "*"))
		return parse_verb(parser);
	size_t at = parser->at;
	skip_ignored(parser);
	if (parser->at > at && looking_at(parser, "?"))
		return re_fail(parser, "In '(?...)', the '(' and '?' must be adjacent");
	if (parser->no_capture)
		return group(parser, str_from("(?:"));
	return capture_group(parser, str_from("("));
}

/* --- quantifiers ------------------------------------------------------------------------------ */

static void skip_quantifier_blanks(struct str s, size_t *at)
{
	while (*at < s.len && (s.ptr[*at] == ' ' || s.ptr[*at] == '\t'))
		(*at)++;
}

/* Digits at *at; false when there are none. Too large ones stay large. */
static bool quantifier_number(struct str s, size_t *at, uint32_t *number_out, bool *bad)
{
	size_t from = *at;
	uint32_t number = 0;
	while (*at < s.len && ascii_is_digit((unsigned char)s.ptr[*at])) {
		if (number <= REPEAT_MAX)
			number = number * 10 + (uint32_t)(s.ptr[*at] - '0');
		(*at)++;
	}
	*bad = *bad || (*at > from + 1 && s.ptr[from] == '0') || number > REPEAT_MAX;
	*number_out = number;
	return *at > from;
}

/* "{n,m}" at the start of s: its length, or 0 when the brace is a brace. */
static size_t brace_quantifier(struct str s, uint32_t *min_out, uint32_t *max_out, bool *bad_out)
{
	size_t at = 1;
	*bad_out = false;
	skip_quantifier_blanks(s, &at);
	bool has_min = quantifier_number(s, &at, min_out, bad_out), has_max = false;
	skip_quantifier_blanks(s, &at);
	*max_out = *min_out;
	bool comma = at < s.len && s.ptr[at] == ',';
	if (comma) {
		at++;
		skip_quantifier_blanks(s, &at);
		has_max = quantifier_number(s, &at, max_out, bad_out);
		skip_quantifier_blanks(s, &at);
		if (!has_max)
			*max_out = RE_INFINITE;
	}
	return (has_min || has_max) && at < s.len && s.ptr[at] == '}' ? at + 1 : 0;
}

static bool read_quantifier(struct re_parser *parser, uint32_t *min_out, uint32_t *max_out)
{
	bool bad = false;
	size_t n = 1;
	*min_out = 0;
	*max_out = RE_INFINITE;
	switch (peek(parser)) {
	case '*':
		break;
	case '+':
		*min_out = 1;
		break;
	case '?':
		*max_out = 1;
		break;
	case '{':
		n = brace_quantifier(str_from_at(parser->text, parser->at), min_out, max_out, &bad);
		break;
	default:
		n = 0;
	}
	if (bad && n)
		re_fail(parser, "Invalid quantifier or one bigger than %d in {,}", REPEAT_MAX);
	parser->at += n;
	return n > 0;
}

static bool is_quantifier_ahead(struct re_parser *parser)
{
	struct re_parser copy = *parser;
	uint32_t min, max;
	struct why ignored;
	copy.why = &ignored;
	return read_quantifier(&copy, &min, &max);
}

/* What Perl warns about, and SpamAssassin therefore refuses. */
static void check_repeat(struct re_parser *parser, const struct re_node *node)
{
	if (node->max < node->min)
		re_fail(parser, "Quantifier {n,m} with n > m can't match");
	else if (node->min == node->max && node->suffix == '?')
		re_fail(parser, "Useless use of greediness modifier '?'");
	else if (!node->first->has_width && node->max == RE_INFINITE)
		re_fail(parser, "a piece matches null string many times");
	else if (is_quantifier_ahead(parser))
		re_fail(parser, "Nested quantifiers");
}

static struct re_node *parse_repeat(struct re_parser *parser, struct re_node *atom)
{
	uint32_t min, max;
	struct re_node *node = re_node_new(parser, RE_REPEAT, "");
	if (!read_quantifier(parser, &min, &max))
		return atom;
	skip_ignored(parser);
	node->min = min;
	node->max = max;
	node->first = atom;
	node->has_width = atom->has_width && max > 0;
	if (peek(parser) == '?' || peek(parser) == '+')
		node->suffix = parser->text.ptr[parser->at++];
	skip_ignored(parser);
	check_repeat(parser, node);
	return node;
}

/* --- atoms, branches, alternatives ------------------------------------------------------------ */

static struct re_node *parse_atom(struct re_parser *parser)
{
	char c = parser->text.ptr[parser->at++];
	switch (c) {
	case '(':
		return parse_group(parser);
	case '[':
		return re_parse_class(parser);
	case '\\':
		return parse_escape(parser);
	case '.':
		return dot(parser, parser->dotall);
	case '^':
		return re_node_new(parser, RE_ASSERT, "^");
	case '$':
		return re_node_new(parser, RE_ASSERT, "$");
	case '*':
	case '+':
	case '?':
		return re_fail(parser, "Quantifier follows nothing");
	default:
		return literal(parser, (unsigned char)c);
	}
}

/* An atom with its quantifier. */
static struct re_node *parse_piece(struct re_parser *parser)
{
	bool is_caret = peek(parser) == '^';
	struct re_node *atom = parse_atom(parser);
	size_t at = parser->at;
	if (atom->op == RE_OPTIONS)
		return atom;
	skip_ignored(parser);
	struct re_node *piece = parser->failed ? atom : parse_repeat(parser, atom);
	if (piece == atom && !is_caret && parser->at >= at && looking_at(parser, "{"))
		return re_fail(parser, "Unescaped left brace in regex is passed through");
	return piece;
}

static struct re_node *parse_branch(struct re_parser *parser)
{
	struct re_node *branch = re_node_new(parser, RE_CONCAT, ""), **tail = &branch->first;
	for (;;) {
		skip_ignored(parser);
		if (at_end(parser) || peek(parser) == '|' || peek(parser) == ')')
			break;
		*tail = parse_piece(parser);
		branch->has_width = branch->has_width || (*tail)->has_width;
		tail = &(*tail)->next;
	}
	if (branch->first && !branch->first->next)
		return branch->first;
	branch->op = branch->first ? RE_CONCAT : RE_EMPTY;
	return branch;
}

static struct re_node *parse_alternatives(struct re_parser *parser)
{
	struct re_node *first = parse_branch(parser);
	if (peek(parser) != '|')
		return first;
	struct re_node *node = re_node_new(parser, RE_ALT, ""), **tail = &first->next;
	node->first = first;
	node->has_width = first->has_width;
	while (take(parser, "|")) {
		*tail = parse_branch(parser);
		node->has_width = node->has_width || (*tail)->has_width;
		tail = &(*tail)->next;
	}
	return node;
}

static void check_references(struct re_parser *parser)
{
	if (parser->highest_reference > parser->n_groups)
		re_fail(parser, "Reference to nonexistent group");
	for (size_t i = 0; i < parser->name_references.n; i++)
		if (!str_vec_has(&parser->names, parser->name_references.items[i]))
			re_fail(parser, "Reference to nonexistent named group");
}

static bool holds_captures(const struct re_node *node)
{
	if (node->op == RE_GROUP && node->is_capture)
		return true;
	for (const struct re_node *child = node->first; child; child = child->next)
		if (holds_captures(child))
			return true;
	return false;
}

/*
 * Perl's optimizer warns of {n,m} on what has no width, but only where it collects substrings: not
 * in alternatives, looks, conditions and what may be left out; and not about what captures.
 */
static void check_zero_width(struct re_parser *parser, const struct re_node *node)
{
	if (node->op == RE_ALT || node->op == RE_LOOK || node->op == RE_COND)
		return;
	bool is_optional = node->op == RE_REPEAT && node->min == 0;
	if (node->op == RE_REPEAT && !node->first->has_width && (node->min > 0 || node->max == 0) &&
	    !holds_captures(node->first))
		re_fail(parser, "Quantifier unexpected on zero-length expression");
	for (const struct re_node *child = node->first; child && !is_optional; child = child->next)
		check_zero_width(parser, child);
}

enum status perlre_parse(struct arena *arena, struct str text, struct re_tree **tree_out,
			 struct why *why)
{
	struct re_tree *tree = ARENA_NEW(arena, struct re_tree);
	struct re_parser parser = {.arena = arena, .text = text, .tree = tree, .why = why};
	tree->root = parse_alternatives(&parser);
	if (!parser.failed && parser.at < text.len)
		re_fail(&parser, "Unmatched )");
	check_references(&parser);
	check_zero_width(&parser, tree->root);
	tree->n_groups = parser.n_groups;
	*tree_out = tree;
	return parser.failed ? STATUS_INVALID : STATUS_OK;
}
