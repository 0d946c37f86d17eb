/*
 * cond: the conditions of `if` and `ifplugin`. SpamAssassin hands a checked token list to Perl's
 * eval (Conf/Parser.pm handle_conditional); here the same tokens are evaluated by precedence
 * climbing, with Perl's notion of truth and number. Each condition's outcome is remembered by its
 * text for the rest of the reading, also when a plugin it asks for is loaded later: so does
 * SpamAssassin.
 */
#include "rules/conf.h"

#include <math.h>
#include "lib/base/number.h"

enum { DEPTH_MAX = 100 };

#define PERL_VERSION 5.036 /* what perl_version says: the dialect that rules are read in */

/* --- tokens -------------------------------------------------------------------------------------
 */

static size_t run_length(struct str s, bool (*belongs)(unsigned char c))
{
	size_t n = 0;
	while (n < s.len && belongs((unsigned char)s.ptr[n]))
		n++;
	return n;
}

static bool in_number(unsigned char c)
{
	return c == '-' || c == '+' || c == '.' || ascii_is_digit(c);
}

static bool in_name(unsigned char c)
{
	return ascii_is_word(c) || c == ':';
}

static size_t operator_length(struct str s)
{
	char c = s.ptr[0], next = s.len > 1 ? s.ptr[1] : '\0';
	switch (c) {
	case '|':
	case '&':
	case '=':
		return next == c ? 2 : 0;
	case '!':
	case '<':
	case '>':
		return next == '=' ? 2 : 1;
	default:
		return c && strchr("()^*/?:", c) ? 1 : 0;
	}
}

bool cond_token_next(struct str *rest, struct str *token_out)
{
	while (rest->len) {
		size_t len = run_length(*rest, in_number);
		if (!len && ascii_is_word((unsigned char)rest->ptr[0]))
			len = run_length(*rest, in_name);
		if (!len)
			len = operator_length(*rest);
		*token_out = str_sub(*rest, 0, len);
		*rest = str_from_at(*rest, len ? len : 1);
		if (len)
			return true;
	}
	return false;
}

static bool is_plain_number(struct str s)
{
	size_t i = s.len && (s.ptr[0] == '+' || s.ptr[0] == '-');
	size_t dot = str_find_char(s, '.');
	if (dot == STR_NOT_FOUND)
		return text_is_digits(str_from_at(s, i));
	return text_is_digits(str_sub(s, i, dot - i)) && text_is_digits(str_from_at(s, dot + 1));
}

/* \W{1,5} */
static bool is_punctuation(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (ascii_is_word((unsigned char)s.ptr[i]))
			return false;
	return s.len >= 1 && s.len <= 5;
}

/* (?:\w+::){0,10}\w+ */
static bool is_class_name(struct str s)
{
	size_t n_parts = 0;
	for (;;) {
		size_t n = run_length(s, ascii_is_word);
		s = str_from_at(s, n);
		if (!n || ++n_parts > 11)
			return false;
		if (!s.len)
			return true;
		if (!str_has_prefix(s, "::"))
			return false;
		s = str_from_at(s, 2);
	}
}

struct str conf_class_alias(struct str class_name)
{
	if (str_eq_c(class_name, "Mail::SpamAssassin::Plugin::Dmarc"))
		return STR_LIT("Mail::SpamAssassin::Plugin::DMARC");
	if (str_eq_c(class_name, "Mail::SpamAssassin::Plugin::WhiteListSubject"))
		return STR_LIT("Mail::SpamAssassin::Plugin::WelcomeListSubject");
	return class_name;
}

/* --- values
 * --------------------------------------------------------------------------------------- */

struct value {
	bool is_text; /* a quoted class name, or undefined (empty) */
	struct str text;
	double number;
};

static struct value number_value(double number)
{
	return (struct value){.number = number};
}

static struct value text_value(struct str text)
{
	return (struct value){.is_text = true, .text = text};
}

static struct value truth_value(bool truth)
{
	return truth ? number_value(1) : text_value(STR_NONE);
}

static double as_number(struct value value)
{
	return value.is_text ? number_perl(value.text) : value.number;
}

static bool is_true(struct value value)
{
	if (!value.is_text)
		return value.number != 0;
	return value.text.len && !str_eq_c(value.text, "0");
}

/* --- evaluation
 * ----------------------------------------------------------------------------------- */

struct evaluation {
	struct conf *conf;
	struct str_vec tokens;
	size_t at;
	unsigned depth;
	unsigned silent; /* not 0: in a part that Perl would not come to; ask, but say nothing */
	bool failed;
};

static struct value evaluate(struct evaluation *e, unsigned min_level);

static struct str peek(const struct evaluation *e)
{
	return e->at < e->tokens.n ? e->tokens.items[e->at] : STR_NONE;
}

static bool take(struct evaluation *e, const char *token)
{
	if (!str_eq_c(peek(e), token) || e->at >= e->tokens.n)
		return false;
	e->at++;
	return true;
}

static struct value fail(struct evaluation *e)
{
	e->failed = true;
	return text_value(STR_NONE);
}

bool conf_class_is_loaded(const struct conf *conf, struct str class_name)
{
	if (str_eq_c(class_name, "Mail::SpamAssassin::Plugin::RaciallyCharged"))
		return true; /* removed, but asked for */
	if (map_has(conf->dictionary->classes, class_name))
		return true;
	const struct extension *x = conf->extension;
	return x && x->is_loaded && x->is_loaded(x->host, class_name);
}

/* Feature tests of the core (Conf.pm feature_*, has_*, perl_min_version_5010000). */
static bool core_has_method(const struct conf *conf, struct str method)
{
	static const char *const names[] = {
		"feature_originating_ip_headers",
		"feature_dns_local_ports_permit_avoid",
		"feature_bayes_auto_learn_on_error",
		"feature_uri_host_listed",
		"feature_yesno_takes_args",
		"feature_bug6558_free",
		"feature_edns",
		"feature_dns_query_restriction",
		"feature_registryboundaries",
		"feature_geodb",
		"feature_dns_block_rule",
		"feature_compile_regexp",
		"feature_meta_rules_matching",
		"feature_subjprefix",
		"feature_bayes_stopwords",
		"feature_get_host",
		"feature_blocklist_welcomelist",
		"feature_welcomelist_blocklist",
		"feature_header_address_parser",
		"feature_local_tests_only",
		"feature_header_first_last",
		"feature_header_match_many",
		"feature_capture_rules",
		"has_tflags_nosubject",
		"has_tflags_nolog",
		"perl_min_version_5010000",
		NULL,
	};
	for (const char *const *name = names; *name; name++)
		if (str_eq_c(method, *name))
			return true;
	return str_has_prefix(method, "compat_") &&
	       map_has(conf->dictionary->compat, str_from_at(method, 7));
}

static bool method_exists(const struct conf *conf, struct str class_name, struct str method)
{
	if (str_eq_c(class_name, "Mail::SpamAssassin::Conf"))
		return core_has_method(conf, method);
	if (!conf_class_is_loaded(conf, class_name))
		return false;
	const struct extension *x = conf->extension;
	if (x && x->has_method && x->has_method(x->host, class_name, method))
		return true;
	return shipped_has_method(class_name, method);
}

static void complain(struct evaluation *e, const char *what, const char *function, struct str arg)
{
	struct conf *conf = e->conf;
	if (!e->silent)
		conf_diag(conf, DIAG_LINT, "config: bad 'if' line, %s %s(%.*s) in %.*s (line %u)",
			  what, function, STR_ARG(arg), STR_ARG(conf->file), conf_here(conf).line);
}

static struct value ask_method(struct evaluation *e, const char *function, struct value arg,
			       bool has_arg)
{
	struct conf *conf = e->conf;
	char number[32];
	if (!arg.is_text)
		arg.text = str_make(number, (size_t)number_format_perl(arg.number, number));
	size_t colon = arg.is_text ? str_rfind_char(arg.text, ':') : STR_NOT_FOUND;
	if (strcmp(function, "can") == 0 && str_has_suffix_ci(conf->file, "user_prefs")) {
		if (!e->silent)
			conf_diag(conf, DIAG_WARN,
				  "config: 'if can %.*s' not available in user_prefs",
				  STR_ARG(arg.text));
		return number_value(0);
	}
	if (!has_arg)
		complain(e, "no argument to", function, STR_NONE);
	else if (colon == STR_NOT_FOUND || colon == 0)
		complain(e, "cannot find '::' in", function, arg.text);
	else
		return truth_value(method_exists(conf, str_sub(arg.text, 0, colon - 1),
						 str_from_at(arg.text, colon + 1)));
	return text_value(STR_NONE);
}

/* plugin(X), can(X), has(X); without parentheses they are called without an argument. */
static struct value call_function(struct evaluation *e, const char *function)
{
	struct value arg = text_value(STR_NONE);
	bool has_arg = false;
	if (take(e, "(") && !take(e, ")")) {
		arg = evaluate(e, 0);
		has_arg = true;
		if (!take(e, ")"))
			return fail(e);
	}
	if (e->failed)
		return arg;
	if (strcmp(function, "plugin") == 0)
		return truth_value(arg.is_text && conf_class_is_loaded(e->conf, arg.text));
	return ask_method(e, function, arg, has_arg);
}

/* Perl reads 010 as octal. */
static struct value literal(struct evaluation *e, struct str token)
{
	uint64_t octal;
	if (token.len > 1 && token.ptr[0] == '0' && text_is_digits(token))
		return number_octal(token, &octal) ? number_value((double)octal) : fail(e);
	return number_value(number_perl(token));
}

static struct value evaluate_word(struct evaluation *e, struct str token)
{
	static const char *const functions[] = {"plugin", "can", "has"};
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (str_eq_c(token, functions[i]))
			return call_function(e, functions[i]);
	if (str_eq_c(token, "version"))
		return number_value(number_perl(STR_LIT(CONF_SPAMASSASSIN_VERSION)));
	if (str_eq_c(token, "perl_version"))
		return number_value(PERL_VERSION);
	if (str_eq_c(token, "local_tests_only"))
		return number_value(conf_local_tests_only(e->conf));
	if (is_plain_number(token))
		return literal(e, token);
	return text_value(conf_class_alias(token));
}

static struct value evaluate_operand(struct evaluation *e)
{
	struct str token = peek(e);
	if (!token.len || e->depth >= DEPTH_MAX)
		return fail(e);
	e->at++;
	e->depth++;
	struct value value;
	if (str_eq_c(token, "(")) {
		value = str_eq_c(peek(e), ")") ? text_value(STR_NONE) : evaluate(e, 0);
		if (!take(e, ")"))
			value = fail(e);
	} else if (str_eq_c(token, "!")) {
		value = truth_value(!is_true(evaluate_operand(e)));
	} else if (str_eq_c(token, "-")) {
		value = number_value(-as_number(evaluate_operand(e)));
	} else if (str_eq_c(token, "+")) {
		value = evaluate_operand(e);
	} else if (is_punctuation(token)) {
		value = fail(e);
	} else {
		value = evaluate_word(e, token);
	}
	e->depth--;
	return value;
}

struct binary {
	const char *token;
	unsigned level; /* higher binds closer */
};

static const struct binary binaries[] = {
	{"||", 1}, {"&&", 2}, {"^", 3}, {"==", 4}, {"!=", 4}, {"<", 5}, {">", 5},
	{"<=", 5}, {">=", 5}, {"+", 6}, {"-", 6},  {"*", 7},  {"/", 7},
};

static const struct binary *find_binary(struct str token)
{
	for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++)
		if (str_eq_c(token, binaries[i].token))
			return &binaries[i];
	return NULL;
}

static struct value calculate(struct evaluation *e, const char *token, double a, double b)
{
	switch (token[0]) {
	case '^':
		if (fabs(a) > 1e18 || fabs(b) > 1e18)
			return fail(e);
		return number_value((double)((uint64_t)(int64_t)a ^ (uint64_t)(int64_t)b));
	case '=':
		return truth_value(a == b);
	case '!':
		return truth_value(a != b);
	case '<':
		return truth_value(token[1] ? a <= b : a < b);
	case '>':
		return truth_value(token[1] ? a >= b : a > b);
	case '+':
		return number_value(a + b);
	case '-':
		return number_value(a - b);
	case '*':
		return number_value(a * b);
	default:
		if (b == 0 && !e->silent)
			return fail(e);
		return number_value(b != 0 ? a / b : 0);
	}
}

/* Does the left side decide alone? */
static bool is_decided(const struct binary *op, struct value left)
{
	return strcmp(op->token, "||") == 0 ? is_true(left)
					    : strcmp(op->token, "&&") == 0 && !is_true(left);
}

static struct value combine(struct evaluation *e, const struct binary *op, struct value left,
			    struct value right)
{
	if (strcmp(op->token, "||") == 0)
		return is_true(left) ? left : right;
	if (strcmp(op->token, "&&") == 0)
		return is_true(left) ? right : left;
	return calculate(e, op->token, as_number(left), as_number(right));
}

static struct value evaluate_ternary(struct evaluation *e, struct value condition)
{
	bool truth = is_true(condition);
	e->silent += !truth;
	struct value yes = evaluate(e, 0);
	e->silent -= !truth;
	if (!take(e, ":"))
		return fail(e);
	e->silent += truth;
	struct value no = evaluate(e, 0);
	e->silent -= truth;
	return truth ? yes : no;
}

/* a < b < c is a < b && b < c; equalities chain likewise. */
static bool is_comparison(const struct binary *op)
{
	return op->level == 4 || op->level == 5;
}

static struct value evaluate_binaries(struct evaluation *e, struct value left, unsigned min_level)
{
	const struct binary *op, *before = NULL;
	struct value middle = left;
	while (!e->failed && (op = find_binary(peek(e))) && op->level > min_level) {
		e->at++;
		bool decided = is_decided(op, left);
		e->silent += decided;
		struct value right = evaluate(e, op->level);
		e->silent -= decided;
		bool chained = before && is_comparison(op) && before->level == op->level;
		if (!chained)
			left = combine(e, op, left, right);
		else if (is_true(left))
			left = combine(e, op, middle, right);
		middle = right;
		before = op;
	}
	return left;
}

static struct value evaluate(struct evaluation *e, unsigned min_level)
{
	if (++e->depth > DEPTH_MAX)
		return fail(e);
	struct value left = evaluate_binaries(e, evaluate_operand(e), min_level);
	if (!e->failed && min_level == 0 && take(e, "?"))
		left = evaluate_ternary(e, left);
	e->depth--;
	return left;
}

/* --- if
 * ------------------------------------------------------------------------------------------- */

/* SpamAssassin refuses a condition with such a token as a whole, without opening an `if`. */
static bool tokens_are_allowed(struct conf *conf, const struct str_vec *tokens)
{
	for (size_t i = 0; i < tokens->n; i++) {
		struct str token = tokens->items[i];
		if (is_punctuation(token) || is_plain_number(token))
			continue;
		bool may_be_class = token.len >= 2 && run_length(token, in_name) == token.len;
		if (may_be_class && is_class_name(token))
			continue;
		conf_diag(conf, DIAG_LINT, "config: %s value '%.*s' in %.*s (line %u)",
			  may_be_class ? "not allowed" : "unparseable", STR_ARG(token),
			  STR_ARG(conf->file), conf_here(conf).line);
		return false;
	}
	return true;
}

static bool condition_holds(struct conf *conf, struct str condition, const struct str_vec *tokens)
{
	if (!tokens->n)
		return false;
	/* first for its syntax alone: Perl compiles before it runs */
	struct evaluation trial = {.conf = conf, .tokens = *tokens, .silent = 1};
	struct evaluation e = {.conf = conf, .tokens = *tokens};
	evaluate(&trial, 0);
	if (!trial.failed && trial.at == tokens->n) {
		struct value value = evaluate(&e, 0);
		if (!e.failed)
			return is_true(value);
	}
	conf_diag(conf, DIAG_WARN, "config: error parsing conditional in %.*s (line %u): %.*s",
		  STR_ARG(conf->file), conf_here(conf).line, STR_ARG(condition));
	return false;
}

static void push_frame(struct conf *conf, const char *keyword, struct str condition)
{
	struct if_frame frame = {keyword, conf->skipping, conf_here(conf).line,
				 arena_str(conf->arena, condition)};
	vec_push(conf->arena, &conf->ifs, frame);
}

void cond_begin(struct conf *conf, const char *keyword, struct str condition)
{
	static char yes, no;
	struct str key = arena_printf(conf->arena, "%s %.*s", keyword, STR_ARG(condition));
	const char *known = map_find(conf->condition_cache, key);
	if (!known) {
		struct str_vec tokens = {0};
		for (struct str rest = condition, token; cond_token_next(&rest, &token);)
			vec_push(conf->arena, &tokens, token);
		if (!tokens_are_allowed(conf, &tokens))
			return;
		known = condition_holds(conf, condition, &tokens) ? &yes : &no;
		map_put(conf->condition_cache, key, (void *)(size_t)known);
	}
	push_frame(conf, keyword, condition);
	if (known == &no)
		conf->skipping = true;
}
