/* parse: the grammar of Authentication-Results as SpamAssassin reads it: a header with anything
 * unknown in it does not count at all. */
#include "lib/base/map.h"
#include "plugins/AuthRes/authres.h"

/* Results and properties of RFC 8601 and its registry, as SpamAssassin 4.0.1 knows them. */
static const struct method {
	const char *name;
	const char *results;
	const char *properties; /* "ptype.property"; "*" for any */
} methods[] = {
	{"arc", "fail none pass permerror temperror",
	 "smtp.remote-ip header.oldest-pass arc.chain"},
	{"auth", "fail none pass permerror temperror", "smtp.auth smtp.mailfrom"},
	{"dkim", "fail neutral none pass permerror policy temperror",
	 "header.d header.i header.b header.a header.s"},
	{"dkim-adsp", "discard fail none nxdomain pass permerror temperror unknown", "header.from"},
	{"dkim-atps", "fail none pass permerror temperror neutral", "header.from"},
	{"dmarc", "bestguesspass fail none pass permerror temperror", "header.from policy.dmarc"},
	{"dnswl", "none pass permerror temperror", "dns.zone dns.sec policy.ip policy.txt"},
	{"domainkeys", "fail neutral none permerror policy pass temperror",
	 "header.d header.from header.sender"},
	{"iprev", "fail pass permerror temperror", "policy.iprev"},
	{"rrvs", "fail none pass permerror temperror unknown", "smtp.rcptto"},
	{"sender-id", "fail hardfail neutral none pass permerror policy softfail temperror",
	 "header.*"},
	{"smime", "fail neutral none pass permerror policy temperror",
	 "body.smime-part body.smime-identifer body.smime-serial body.smime-issuer"},
	{"spf", "fail hardfail neutral none pass permerror policy softfail temperror",
	 "smtp.mailfrom smtp.mfrom smtp.helo smtp.rcpttodomain"},
	{"vbr", "fail none pass permerror temperror", "header.md header.mv"},
};

void authres_regexes_make(struct arena *keep, struct authres_regexes *regexes)
{
#define TOKEN  "[^\\s\\x00-\\x1f\\x80-\\xff()<>@,;:/\\[\\]?=\"]+"
#define ATOM   "[a-zA-Z0-9@!#$%&\\\\'*+\\-/=?^_`{|}~]+"
#define QUOTED "\\G\"(?:[^\"\\\\]++|\\\\.)*+\"?"
	regexes->token = regex_must(keep, "\\G" TOKEN, 0);
	regexes->word = regex_must(keep, "\\G\\w+", 0);
	regexes->name = regex_must(keep, "\\G[\\w-]+", 0);
	regexes->digits = regex_must(keep, "\\G\\d+", 0);
	/* Without quotes a value may begin further on; so SpamAssassin's patterns say. */
	regexes->quoted_or_token = regex_must(keep, QUOTED "|" TOKEN, 0);
	regexes->quoted_or_value =
		regex_must(keep, QUOTED "|(?:" ATOM "(?:\\." ATOM ")*|" TOKEN ")(?=[\\s;]|$)", 0);
#undef TOKEN
#undef ATOM
#undef QUOTED
}

struct cursor {
	struct arena *arena;
	const struct authres_regexes *regexes;
	struct str text;
	size_t at;
};

static bool at_end(const struct cursor *c)
{
	return c->at >= c->text.len;
}

/* Blanks and one comment, which may nest. False: it does not end. */
static bool skip_blanks(struct cursor *c)
{
	int depth = 0;

	while (!at_end(c) && ascii_is_space((unsigned char)c->text.ptr[c->at]))
		c->at++;
	if (at_end(c) || c->text.ptr[c->at] != '(')
		return true;
	do {
		if (at_end(c))
			return false;
		depth += c->text.ptr[c->at] == '(' ? 1 : c->text.ptr[c->at] == ')' ? -1 : 0;
		c->at++;
	} while (depth > 0);
	while (!at_end(c) && ascii_is_space((unsigned char)c->text.ptr[c->at]))
		c->at++;
	return true;
}

static bool take(struct cursor *c, const struct regex *regex, struct str *out)
{
	struct regex_match match;

	if (regex_exec(regex, c->text, c->at, &match) != REGEX_MATCH)
		return false;
	*out = str_sub(c->text, match.start, match.end - match.start);
	c->at = match.end;
	return true;
}

/* A character and the blanks behind it. */
static bool take_char(struct cursor *c, char wanted)
{
	if (at_end(c) || c->text.ptr[c->at] != wanted)
		return false;
	c->at++;
	return skip_blanks(c);
}

/* A word in any case that no word character follows. */
static bool take_word(struct cursor *c, const char *wanted)
{
	struct str rest = str_from_at(c->text, c->at);
	size_t length = strlen(wanted);

	if (!str_has_prefix_ci(rest, wanted) ||
	    (rest.len > length && ascii_is_word((unsigned char)rest.ptr[length])))
		return false;
	c->at += length;
	return true;
}

static bool has_word(const char *words, struct str wanted)
{
	struct str rest = str_from(words), word;

	while (str_word_next(&rest, &word))
		if (str_eq(word, wanted))
			return true;
	return false;
}

static bool begins_a_property(const char *properties, struct str ptype)
{
	struct str rest = str_from(properties), word;

	while (str_word_next(&rest, &word))
		if (str_eq(str_sub(word, 0, str_find_char(word, '.')), ptype))
			return true;
	return false;
}

static const struct method *find_method(struct str name)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (str_eq_c(name, methods[i].name))
			return &methods[i];
	return NULL;
}

/* --- parts of the grammar; false: the header does not count --- */

static bool parse_instance(struct cursor *c)
{
	struct str digits;
	uint64_t number = 0;

	return take_word(c, "i") && skip_blanks(c) && take_char(c, '=') &&
	       take(c, c->regexes->digits, &digits) && number_u64(digits, &number) && number >= 1 &&
	       number <= 50 && skip_blanks(c) && take_char(c, ';');
}

static bool parse_server(struct cursor *c, const struct authres_filter *filter, struct str *id)
{
	struct str version;

	if (!take(c, c->regexes->token, id) || (!at_end(c) && c->text.ptr[c->at] == '='))
		return false;
	*id = arena_lower(c->arena, *id);
	if (map_count(filter->trusted) && !map_has(filter->trusted, *id))
		return false;
	if (map_has(filter->ignored, *id) || !skip_blanks(c))
		return false;
	if (take(c, c->regexes->digits, &version) && !skip_blanks(c))
		return false;
	return take_char(c, ';');
}

/* "reason=..." or "action=...", which may be absent */
static bool parse_remark(struct cursor *c, const char *name)
{
	struct str value;

	if (!take_word(c, name))
		return true;
	return skip_blanks(c) && take_char(c, '=') &&
	       take(c, c->regexes->quoted_or_token, &value) && skip_blanks(c);
}

static bool parse_property(struct cursor *c, const struct method *method)
{
	struct str ptype, property, value;

	if (!take(c, c->regexes->name, &ptype))
		return false;
	ptype = arena_lower(c->arena, ptype);
	if (!begins_a_property(method->properties, ptype) || !skip_blanks(c) ||
	    !take_char(c, '.') || !take(c, c->regexes->name, &property))
		return false;
	property = arena_printf(c->arena, "%.*s.%.*s", STR_ARG(ptype),
				STR_ARG(arena_lower(c->arena, property)));
	if (!has_word(method->properties, property) &&
	    !has_word(method->properties, arena_printf(c->arena, "%.*s.*", STR_ARG(ptype))))
		return false;
	return skip_blanks(c) && take_char(c, '=') &&
	       take(c, c->regexes->quoted_or_value, &value) && skip_blanks(c);
}

static bool parse_result(struct cursor *c, struct authres_result *out)
{
	const struct method *method;
	struct str digits;

	if (take_word(c, "none") || !take(c, c->regexes->name, &out->method))
		return false;
	out->method = arena_lower(c->arena, out->method);
	method = find_method(out->method);
	if (!method || !skip_blanks(c))
		return false;
	if (!at_end(c) && c->text.ptr[c->at] == '/' &&
	    (!take_char(c, '/') || !take(c, c->regexes->digits, &digits) || !skip_blanks(c)))
		return false;
	if (!take_char(c, '=') || !take(c, c->regexes->word, &out->result) ||
	    !has_word(method->results, out->result) || !skip_blanks(c) ||
	    !parse_remark(c, "reason") || !parse_remark(c, "action"))
		return false;
	while (!at_end(c)) {
		if (c->text.ptr[c->at] == ';')
			return take_char(c, ';');
		if (!parse_property(c, method))
			return false;
	}
	return true;
}

bool authres_parse(struct arena *scan, const struct authres_regexes *regexes,
		   const struct authres_filter *filter, struct str value, bool is_arc,
		   struct authres_result_vec *out)
{
	struct cursor c = {scan, regexes, value, 0};
	size_t n_before = out->n;
	struct str id;
	bool good = (!is_arc || parse_instance(&c)) && parse_server(&c, filter, &id);

	while (good && !at_end(&c)) {
		struct authres_result result;
		size_t before = c.at;

		/* The server's name may stand in front of each result. */
		if (str_has_prefix(str_from_at(c.text, c.at), arena_cstr(scan, id))) {
			c.at += id.len;
			while (!at_end(&c) && ascii_is_space((unsigned char)c.text.ptr[c.at]))
				c.at++;
			if (!take_char(&c, ';'))
				c.at = before;
		}
		good = parse_result(&c, &result);
		if (good)
			vec_push(scan, out, result);
	}
	if (!good)
		out->n = n_before;
	return good;
}
