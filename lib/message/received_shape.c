/*
 * received_shape: shapes (see received.h) → patterns, and matching them. A literal that every match
 * must contain is looked for first, which rules out most shapes without running a pattern.
 */
#include "lib/base/buf.h"
#include "lib/base/must.h"
#include "lib/message/received.h"

enum { SHAPE_GROUPS_MAX = 8 };

struct shape {
	const struct regex *regex; /* NULL: needle is the whole shape */
	struct str needle;         /* must be in the text; may be empty */
	enum field first[SHAPE_GROUPS_MAX], second[SHAPE_GROUPS_MAX]; /* by group number */
	unsigned n_groups;
};

/* --- addresses --------------------------------------------------------------------------- */

#define OCTET    "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)"
#define QUAD     OCTET "\\." OCTET "\\." OCTET "\\." OCTET
#define GROUP    "[a-f0-9]{1,4}"
#define V6_START "(?:IPv6:|(?<![a-f0-9:]))"
#define V6_END   "(?![a-f0-9:])"
/* Not when N groups with a colon each, single or double, follow one another. */
#define NOT_GROUPS(n) "(?!:{0,2}(?:[a-f0-9]+:{1,2}){" n "}"

/*
 * Constants.pm IP_ADDRESS: a dotted quad that stands free, or an IPv6 address (with a quad for its
 * last 32 bits or without), perhaps with "IPv6:" in front.
 */
const char received_ip_pattern[] =
	"(?i:\\b(?<!:)" QUAD "\\b"
	"|" V6_START "(?:"
	"(?:(?:" GROUP
	":){6}|" NOT_GROUPS("6") ")(?:(?:" GROUP ":){1,5}:|::)(?:" GROUP ":){0,5})" QUAD
				 "|(?:" GROUP ":){7}" GROUP
				 "|" NOT_GROUPS("7") "[a-f0-9])(?:" GROUP "(?::" GROUP
						     "){0,6})?::(?:" GROUP "(?::" GROUP "){0,6})?"
						     ")" V6_END ")";

#define ZERO "0{1,4}:"

/* Constants.pm LOCALHOST */
const char received_local_pattern[] =
	"(?i:localhost(?:\\.localdomain)?"
	"|\\b(?<!:)127\\.0\\.0\\.1\\b"
	"|" V6_START "(?:"
	"(?:(?:" ZERO "){5}|(?:(?:" ZERO "){1,4}|:):(?:" ZERO "){0,4})ffff:127\\.0\\.0\\.1"
	"|(?:(?:" ZERO "){7}|(?:(?:" ZERO "){1,6}|:):(?:" ZERO "){0,6})0{0,3}1"
	")" V6_END ")";

/* --- compiling --------------------------------------------------------------------------- */

struct compiler {
	struct buf pattern, literal; /* literal: the run of plain characters being read */
	struct shape *shape;
	struct arena *keep;
	unsigned depth; /* of groups; what is inside of one need not be in the text */
	bool has_holes;
	bool folds; /* "{-:(?i)}": literals are no longer what must be in the text */
};

/* The longest literal becomes the needle. */
static void end_literal(struct compiler *compiler)
{
	if (compiler->depth == 0 && !compiler->folds &&
	    compiler->literal.len > compiler->shape->needle.len)
		compiler->shape->needle = arena_str(compiler->keep, buf_str(&compiler->literal));
	buf_clear(&compiler->literal);
}

static enum field field_named(struct str name)
{
	static const char *const names[FIELD_COUNT] = {
		[FIELD_IP] = "ip",   [FIELD_HELO] = "helo",   [FIELD_RDNS] = "rdns",
		[FIELD_BY] = "by",   [FIELD_IDENT] = "ident", [FIELD_ENVFROM] = "envfrom",
		[FIELD_ID] = "id",   [FIELD_AUTH] = "auth",   [FIELD_ONE] = "one",
		[FIELD_TWO] = "two",
	};

	for (unsigned i = FIELD_NONE + 1; i < FIELD_COUNT; i++)
		if (str_eq_c(name, names[i]))
			return (enum field)i;
	must(!"a shape names a field that there is");
	return FIELD_NONE;
}

/* "name", "name?", "name:RE", "name=name"; "-" for no field. */
static void compile_field(struct compiler *compiler, struct str hole)
{
	struct str name = str_sub(hole, 0, strcspn(hole.ptr, "?:=}"));
	struct str rest = str_from_at(hole, name.len);
	bool keeps = name.ptr[0] != '-';
	const char *pattern = "\\S+";

	if (str_eq_c(name, "ip") || str_eq_c(name, "-ip"))
		pattern = received_ip_pattern;
	else if (str_eq_c(name, "-local"))
		pattern = received_local_pattern;
	else if (str_eq_c(rest, "?"))
		pattern = "\\S*";
	else if (rest.len && rest.ptr[0] == ':')
		pattern = arena_cstr(compiler->keep, str_from_at(rest, 1));
	buf_printf(&compiler->pattern, "(%s%s)", keeps ? "" : "?:", pattern);
	if (!keeps)
		return;
	unsigned group = ++compiler->shape->n_groups;
	must(group < SHAPE_GROUPS_MAX);
	compiler->shape->first[group] = field_named(name);
	if (rest.len && rest.ptr[0] == '=')
		compiler->shape->second[group] = field_named(str_from_at(rest, 1));
}

static void compile_hole(struct compiler *compiler, struct str hole)
{
	struct buf *pattern = &compiler->pattern;

	end_literal(compiler);
	compiler->has_holes = true;
	compiler->folds |= str_eq_c(hole, "-:(?i)");
	if (str_eq_c(hole, "(")) {
		buf_add_cstr(pattern, "(?:");
		compiler->depth++;
	} else if (str_eq_c(hole, "|") || str_eq_c(hole, "$")) {
		buf_add_str(pattern, hole);
	} else if (hole.ptr[0] == ')') {
		buf_add_str(pattern, hole);
		compiler->depth--;
	} else if (str_has_prefix(hole, "-:")) { /* bare, so that lookarounds and flags work */
		buf_add_str(pattern, str_from_at(hole, 2));
	} else {
		compile_field(compiler, hole);
	}
}

/* Index of the brace that ends the hole beginning at s (behind its opening brace). */
static size_t hole_length(const char *s)
{
	size_t i = 0;

	for (unsigned depth = 1; s[i]; i++) {
		depth += s[i] == '{';
		depth -= s[i] == '}';
		if (depth == 0)
			return i;
	}
	must(!"a shape closes its holes");
	return 0;
}

struct shape *shape_compile(struct arena *keep, const char *text, bool anywhere)
{
	struct shape *shape = ARENA_NEW(keep, struct shape);
	struct compiler compiler = {.shape = shape, .keep = keep};

	buf_init(&compiler.pattern, keep);
	buf_init(&compiler.literal, keep);
	if (strncmp(text, "{..}", 4) == 0) {
		text += 4;
		anywhere = true;
	}
	if (!anywhere)
		buf_add_char(&compiler.pattern, '^');
	for (; *text; text++) {
		if (*text == '{') {
			size_t len = hole_length(text + 1);
			compile_hole(&compiler, str_make(text + 1, len));
			text += len + 1;
		} else {
			buf_add_char(&compiler.literal, *text);
			regex_quote(&compiler.pattern, str_make(text, 1));
		}
	}
	end_literal(&compiler);
	if (compiler.has_holes || !anywhere)
		shape->regex = regex_must(keep, buf_cstr(&compiler.pattern), 0);
	return shape;
}

/* --- matching ---------------------------------------------------------------------------- */

static void put(struct str field[FIELD_COUNT], enum field which, struct str value)
{
	if (which != FIELD_NONE)
		field[which] = value.ptr ? value : STR_LIT("");
}

bool shape_match(const struct shape *shape, struct str text, struct str field[FIELD_COUNT])
{
	struct regex_match match;

	if (shape->needle.len && str_find(text, shape->needle) == STR_NOT_FOUND)
		return false;
	if (!shape->regex)
		return true;
	if (!field || shape->n_groups == 0)
		return regex_test(shape->regex, text);
	if (regex_exec(shape->regex, text, 0, &match) != REGEX_MATCH)
		return false;
	for (unsigned i = 1; i <= shape->n_groups; i++) {
		struct str value = i < match.n_groups ? match.group[i] : STR_NONE;
		put(field, shape->first[i], value);
		put(field, shape->second[i], value);
	}
	return true;
}
