/* perlre_class: see perlre.h. Single characters behind backslashes, and bracketed classes as sets
 * of bytes. */
#include "rules/perlre.h"

enum { BYTE_MAX = 0xFF, CODEPOINT_MAX = 0x7FFFFFFF, UNICODE_MAX = 0x10FFFF };

/* --- sets ------------------------------------------------------------------------------------- */

static void add_above(struct re_set *set, unsigned from, unsigned to)
{
	if (set->above || from > UNICODE_MAX ||
	    set->n_ranges == sizeof set->ranges / sizeof *set->ranges)
		return;
	set->ranges[set->n_ranges].from = from;
	set->ranges[set->n_ranges++].to = to < UNICODE_MAX ? to : UNICODE_MAX;
}

void re_set_add(struct re_set *set, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to && c <= BYTE_MAX; c++)
		set->bits[c >> 3] |= (uint8_t)(1u << (c & 7));
	if (to > BYTE_MAX)
		add_above(set, from > BYTE_MAX ? from : BYTE_MAX + 1, to);
}

void re_set_invert(struct re_set *set)
{
	for (size_t i = 0; i < sizeof set->bits; i++)
		set->bits[i] = (uint8_t)~set->bits[i];
	set->above = !set->above;
}

static void set_unite(struct re_set *set, const struct re_set *other)
{
	for (size_t i = 0; i < sizeof set->bits; i++)
		set->bits[i] |= other->bits[i];
	if (other->above) {
		set->above = true;
		set->n_ranges = 0;
	}
	for (unsigned i = 0; i < other->n_ranges && !other->above; i++)
		add_above(set, other->ranges[i].from, other->ranges[i].to);
}

unsigned re_other_case(unsigned byte)
{
	if (ascii_is_alpha((unsigned char)byte))
		return byte ^ 0x20;
	if ((byte >= 0xC0 && byte <= 0xDE && byte != 0xD7) ||
	    (byte >= 0xE0 && byte <= 0xFE && byte != 0xF7))
		return byte ^ 0x20;
	return byte;
}

static void set_fold(struct re_set *set)
{
	for (unsigned c = re_set_next(set, 0); c <= BYTE_MAX; c = re_set_next(set, c + 1))
		re_set_add(set, re_other_case(c), re_other_case(c));
}

unsigned re_byte_folded_from(unsigned codepoint)
{
	switch (codepoint) {
	case 0x39C:
	case 0x3BC:
		return 0xB5;
	case 0x178:
		return 0xFF;
	case 0x1E9E:
		return 0xDF;
	default:
		return 0;
	}
}

bool re_set_of_escape(char letter, struct re_set *set_out)
{
	*set_out = (struct re_set){0};
	switch (ascii_lower(letter)) {
	case 'd':
		re_set_add(set_out, '0', '9');
		break;
	case 's':
		re_set_add(set_out, '\t', '\r');
		re_set_add(set_out, ' ', ' ');
		break;
	case 'w':
		re_set_add(set_out, '0', '9');
		re_set_add(set_out, 'A', 'Z');
		re_set_add(set_out, 'a', 'z');
		re_set_add(set_out, '_', '_');
		break;
	case 'h':
		re_set_add(set_out, '\t', '\t');
		re_set_add(set_out, ' ', ' ');
		re_set_add(set_out, 0xA0, 0xA0);
		break;
	case 'v':
		re_set_add(set_out, '\n', '\r');
		re_set_add(set_out, 0x85, 0x85);
		break;
	default:
		return false;
	}
	if (ascii_is_upper((unsigned char)letter))
		re_set_invert(set_out);
	return true;
}

static bool set_of_posix_name(struct str name, struct re_set *set)
{
	static const struct {
		const char *name;
		uint8_t ranges[8][2];
	} classes[] = {
		{"alpha", {{'A', 'Z'}, {'a', 'z'}}},
		{"digit", {{'0', '9'}}},
		{"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
		{"upper", {{'A', 'Z'}}},
		{"lower", {{'a', 'z'}}},
		{"space", {{'\t', '\r'}, {' ', ' '}}},
		{"blank", {{'\t', '\t'}, {' ', ' '}}},
		{"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
		{"print", {{' ', '~'}}},
		{"graph", {{'!', '~'}}},
		{"cntrl", {{0, 0x1F}, {0x7F, 0x7F}}},
		{"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
		{"word", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}}},
		{"ascii", {{0, 0x7F}}},
	};
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if (!str_eq_c(name, classes[i].name))
			continue;
		for (unsigned r = 0; set && r < 8 && (r == 0 || classes[i].ranges[r][1]); r++)
			re_set_add(set, classes[i].ranges[r][0], classes[i].ranges[r][1]);
		return true;
	}
	return false;
}

/* --- characters behind a backslash ------------------------------------------------------------ */

static int digit_value(char c, unsigned base)
{
	int value = -1;
	if (ascii_is_digit((unsigned char)c))
		value = c - '0';
	else if (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f')
		value = ascii_lower(c) - 'a' + 10;
	return value >= 0 && (unsigned)value < base ? value : -1;
}

/* "{ 41 }", parser->at on the brace. */
static bool braced_number(struct re_parser *parser, unsigned base, unsigned *codepoint_out)
{
	struct str rest = str_from_at(parser->text, parser->at + 1);
	size_t close = str_find_char(rest, '}');
	if (close == STR_NOT_FOUND)
		return re_fail(parser, "Missing right brace"), true;
	struct str digits = str_trim(str_sub(rest, 0, close));
	uint64_t value = 0;
	for (size_t i = 0; i < digits.len; i++) {
		int digit = digit_value(digits.ptr[i], base);
		if (digits.ptr[i] == '_')
			continue;
		if (digit < 0)
			return re_fail(parser, "Non-%s character terminates the number early",
				       base == 16 ? "hex" : "octal"),
			       true;
		value = value * base + (unsigned)digit;
		if (value > CODEPOINT_MAX)
			return re_fail(parser, "Code point is not Unicode"), true;
	}
	if (!digits.len && base == 8)
		return re_fail(parser, "Empty \\o{}"), true;
	parser->at += close + 2;
	*codepoint_out = (unsigned)value;
	return true;
}

/* \xHH; where less than two digits follow, the pattern must end. */
static bool short_hex(struct re_parser *parser, unsigned *codepoint_out)
{
	unsigned value = 0, n = 0;
	while (n < 2 && parser->at < parser->text.len &&
	       digit_value(parser->text.ptr[parser->at], 16) >= 0) {
		value = value * 16 + (unsigned)digit_value(parser->text.ptr[parser->at++], 16);
		n++;
	}
	if (n < 2 && parser->at < parser->text.len)
		re_fail(parser, "Non-hex character terminates \\x early");
	*codepoint_out = value;
	return true;
}

/* Up to three octal digits. Perl warns when an 8 or 9 cuts them short. */
static bool short_octal(struct re_parser *parser, unsigned *codepoint_out)
{
	unsigned value = 0, n = 0;
	while (n < 3 && parser->at < parser->text.len &&
	       digit_value(parser->text.ptr[parser->at], 8) >= 0) {
		value = value * 8 + (unsigned)digit_value(parser->text.ptr[parser->at++], 8);
		n++;
	}
	if (n < 3 && parser->at < parser->text.len &&
	    digit_value(parser->text.ptr[parser->at], 10) >= 8)
		re_fail(parser, "Non-octal character terminates the number early");
	*codepoint_out = value;
	return true;
}

static bool control_char(struct re_parser *parser, unsigned *codepoint_out)
{
	unsigned char c =
		parser->at < parser->text.len ? (unsigned char)parser->text.ptr[parser->at] : 0;
	if (c < ' ' || c > '~')
		return re_fail(parser, "Character following \"\\c\" must be printable ASCII"), true;
	parser->at++;
	*codepoint_out = (unsigned char)ascii_upper((char)c) ^ 0x40u;
	if (*codepoint_out >= ' ' && *codepoint_out <= '~')
		re_fail(parser, "\"\\c%c\" is more clearly written simply as the character", c);
	return true;
}

/* \N{U+41}; other \N are the caller's. */
static bool named_char(struct re_parser *parser, unsigned *codepoint_out)
{
	struct str rest = str_from_at(parser->text, parser->at);
	if (!str_has_prefix(rest, "{U+"))
		return false;
	parser->at += 2;
	size_t digit = parser->at + 1;
	if (digit >= parser->text.len || digit_value(parser->text.ptr[digit], 16) < 0)
		return re_fail(parser, "Invalid hexadecimal number in \\N{U+...}"), true;
	return braced_number(parser, 16, codepoint_out);
}

bool re_parse_escaped_char(struct re_parser *parser, bool in_class, unsigned *codepoint_out)
{
	static const char letters[] = "nrtfea", values[] = "\n\r\t\f\x1B\a";
	unsigned char c = (unsigned char)parser->text.ptr[parser->at];
	const char *letter = c ? strchr(letters, c) : NULL;
	bool braced = parser->at + 1 < parser->text.len && parser->text.ptr[parser->at + 1] == '{';
	if (!ascii_is_alnum(c) || letter || (in_class && c == 'b')) {
		parser->at++;
		*codepoint_out = letter     ? (unsigned char)values[letter - letters]
				 : c == 'b' ? '\b'
					    : c;
		return true;
	}
	if (c == '0' || (in_class && digit_value((char)c, 8) >= 0))
		return short_octal(parser, codepoint_out);
	if (!strchr("xocN", c))
		return false;
	parser->at++;
	switch (c) {
	case 'x':
		return braced ? braced_number(parser, 16, codepoint_out)
			      : short_hex(parser, codepoint_out);
	case 'c':
		return control_char(parser, codepoint_out);
	case 'o':
		if (!braced)
			return re_fail(parser, "Missing braces on \\o{}"), true;
		return braced_number(parser, 8, codepoint_out);
	default:
		if (named_char(parser, codepoint_out))
			return true;
		parser->at--;
		return false;
	}
}

void re_parse_property(struct re_parser *parser, struct re_set *set_out)
{
	bool inverted = parser->text.ptr[parser->at++] == 'P';
	struct str rest = str_from_at(parser->text, parser->at), name = str_sub(rest, 0, 1);
	*set_out = (struct re_set){0};
	if (str_eq_c(name, "{")) {
		size_t close = str_find_char(rest, '}');
		name = str_trim(str_sub(rest, 1, close == STR_NOT_FOUND ? 0 : close - 1));
		parser->at += close == STR_NOT_FOUND ? 0 : close + 1;
	} else if (name.len && ascii_is_alpha((unsigned char)name.ptr[0])) {
		parser->at++;
	} else {
		name.len = 0;
	}
	if (!name.len)
		re_fail(parser, "Empty \\p{} or missing right brace");
	else if (!re_set_of_property(name, parser->icase, set_out))
		re_fail(parser, "Can't find Unicode property definition \"%.*s\"", STR_ARG(name));
	if (inverted)
		re_set_invert(set_out);
}

/* --- classes ---------------------------------------------------------------------------------- */

/* "[:alpha:]" where it means nothing, and its relatives: Perl warns. rest is behind the '['. */
static bool looks_like_stray_posix(struct str rest)
{
	size_t at = rest.len && rest.ptr[0] == '^', from;
	char kind = at < rest.len ? rest.ptr[at] : 0;
	if (kind != ':' && kind != '.' && kind != '=')
		return false;
	from = ++at;
	while (at < rest.len && (ascii_is_word((unsigned char)rest.ptr[at]) || rest.ptr[at] == '-'))
		at++;
	bool closed = at + 1 < rest.len && rest.ptr[at] == kind && rest.ptr[at + 1] == ']';
	if (kind == ':')
		return set_of_posix_name(str_sub(rest, from, at - from), NULL);
	return at > from && closed;
}

/* Behind an inner '[': an almost right [:name:]. */
static bool looks_like_bad_posix(struct str rest)
{
	size_t at = 0;
	bool exact = at < rest.len && rest.ptr[at] == ':';
	if (at < rest.len && (rest.ptr[at] == ':' || rest.ptr[at] == ';'))
		at++;
	size_t blank_from = at;
	while (at < rest.len && (rest.ptr[at] == ' ' || rest.ptr[at] == '^'))
		at++;
	exact = exact && at == blank_from;
	size_t from = at;
	char name[8] = "";
	while (at < rest.len && at - from < sizeof name - 1 &&
	       ascii_is_alpha((unsigned char)rest.ptr[at])) {
		name[at - from] = ascii_lower(rest.ptr[at]);
		at++;
	}
	if (!set_of_posix_name(str_from(name), NULL))
		return false;
	bool ends = at < rest.len &&
		    (rest.ptr[at] == ']' || str_has_prefix(str_from_at(rest, at), ":]"));
	return ends || !exact;
}

/* "[:^alpha:]", parser->at behind its '['. False: the bracket is a bracket. */
static bool parse_posix(struct re_parser *parser, struct re_set *set)
{
	struct str rest = str_from_at(parser->text, parser->at);
	if (!rest.len || !strchr(":.=", rest.ptr[0]) || !rest.ptr[0])
		return looks_like_bad_posix(rest) &&
		       (re_fail(parser, "Assuming NOT a POSIX class"), true);
	size_t at = 1;
	bool inverted = at < rest.len && rest.ptr[at] == '^';
	size_t from = at += inverted;
	while (at < rest.len && ascii_is_lower((unsigned char)rest.ptr[at]))
		at++;
	struct str name = str_sub(rest, from, at - from);
	bool closed = at + 1 < rest.len && rest.ptr[at] == rest.ptr[0] && rest.ptr[at + 1] == ']';
	if (!name.len || !closed)
		return looks_like_bad_posix(rest) &&
		       (re_fail(parser, "Assuming NOT a POSIX class"), true);
	struct re_set posix = {0};
	if (rest.ptr[0] != ':')
		return re_fail(parser, "POSIX syntax [%c %c] is reserved", rest.ptr[0],
			       rest.ptr[0]),
		       true;
	bool is_case = str_eq_c(name, "upper") || str_eq_c(name, "lower");
	if (parser->icase && is_case) /* any letter that has cases, before [:^upper:] inverts it */
		name = STR_LIT("alpha");
	if (!set_of_posix_name(name, &posix))
		return re_fail(parser, "POSIX class [:%.*s:] unknown", STR_ARG(name)), true;
	if (inverted)
		re_set_invert(&posix);
	set_unite(set, &posix);
	parser->at += at + 2;
	return true;
}

/* One member: a character in *codepoint_out (true) or a set added to set (false). */
static bool parse_member(struct re_parser *parser, struct re_set *set, unsigned *codepoint_out)
{
	unsigned char c = (unsigned char)parser->text.ptr[parser->at++];
	*codepoint_out = c;
	if (c == '[')
		return !parse_posix(parser, set);
	if (c != '\\')
		return true;
	if (parser->at >= parser->text.len)
		return re_fail(parser, "Unmatched ["), true;
	struct re_set escape;
	if (re_set_of_escape(parser->text.ptr[parser->at], &escape)) {
		parser->at++;
		set_unite(set, &escape);
		return false;
	}
	if (ascii_lower(parser->text.ptr[parser->at]) == 'p') {
		re_parse_property(parser, &escape);
		set_unite(set, &escape);
		return false;
	}
	if (!re_parse_escaped_char(parser, true, codepoint_out))
		re_fail(parser, "Unrecognized escape \\%c in character class passed through",
			parser->text.ptr[parser->at]);
	return true;
}

static void add_range(struct re_parser *parser, struct re_set *set, unsigned from, unsigned to)
{
	static const unsigned folded[] = {0x39C, 0x3BC, 0x178, 0x1E9E};
	if (to < from) {
		re_fail(parser, "Invalid [] range");
		return;
	}
	re_set_add(set, from, to);
	for (size_t i = 0; parser->icase && i < sizeof folded / sizeof *folded; i++)
		if (from <= folded[i] && folded[i] <= to)
			re_set_add(set, re_byte_folded_from(folded[i]),
				   re_byte_folded_from(folded[i]));
}

static bool class_char_is(const struct re_parser *parser, size_t ahead, char c)
{
	return parser->at + ahead < parser->text.len && parser->text.ptr[parser->at + ahead] == c;
}

static void skip_class_blanks(struct re_parser *parser)
{
	while (parser->extra_extended &&
	       (class_char_is(parser, 0, ' ') || class_char_is(parser, 0, '\t')))
		parser->at++;
}

/* A member, or a range that starts with one. */
static void parse_item(struct re_parser *parser, struct re_set *set)
{
	unsigned from, to;
	bool is_char = parse_member(parser, set, &from);
	skip_class_blanks(parser);
	if (!class_char_is(parser, 0, '-') || class_char_is(parser, 1, ']')) {
		if (is_char)
			add_range(parser, set, from, from);
		return;
	}
	if (parser->failed || parser->at + 1 >= parser->text.len)
		return;
	parser->at++;
	skip_class_blanks(parser);
	if (!is_char || !parse_member(parser, set, &to))
		re_fail(parser, "False [] range");
	else
		add_range(parser, set, from, to);
}

struct re_node *re_parse_class(struct re_parser *parser)
{
	struct re_set set = {0};
	if (looks_like_stray_posix(str_from_at(parser->text, parser->at)))
		return re_fail(parser, "POSIX syntax [: :] belongs inside character classes");
	bool inverted = class_char_is(parser, 0, '^');
	parser->at += inverted;
	skip_class_blanks(parser);
	for (bool first = true; !parser->failed; first = false) {
		skip_class_blanks(parser);
		if (parser->at >= parser->text.len)
			return re_fail(parser, "Unmatched [");
		if (!first && class_char_is(parser, 0, ']'))
			break;
		parse_item(parser, &set);
	}
	parser->at++;
	if (parser->icase)
		set_fold(&set);
	if (inverted)
		re_set_invert(&set);
	return re_node_of_set(parser, &set);
}
