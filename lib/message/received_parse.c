/*
 * received_parse: one Received value → a relay, by way of the tables in received_table.c
 * (Message/Metadata/Received.pm parse_received_line).
 */
#include "lib/base/buf.h"
#include "lib/base/must.h"
#include "lib/message/received.h"

/* A row and a list of them, compiled. */
struct row {
	const struct received_row *def;
	struct shape *shape, *only_if;
	struct rows *details;
};
struct rows {
	VEC_OF(, struct row) list;
};
struct family {
	struct shape *mark;
	struct rows *rows;
};

struct received_parser {
	struct rows *chatter, *hints, *helo, *auth, *envelope, *webmail, *common, *helo_guess,
		*upper, *paren;
	VEC_OF(, struct family) families;
	struct shape *address;    /* "[IP]" anywhere */
	const struct regex *date; /* what follows the hand-over */
	const struct regex *any_ip, *lone_ip;
};

/* --- made once --------------------------------------------------------------------------- */

static struct rows *compile_rows(struct arena *keep, const struct received_row *def)
{
	struct rows *rows = ARENA_NEW(keep, struct rows);

	for (; def->shape; def++) {
		struct row row = {.def = def, .shape = shape_compile(keep, def->shape, false)};
		if (def->only_if)
			row.only_if = shape_compile(keep, def->only_if, true);
		if (def->details)
			row.details = compile_rows(keep, def->details);
		vec_push(keep, &rows->list, row);
	}
	return rows;
}

static const struct regex *compile_date(struct arena *keep)
{
	return regex_must(keep,
			  "[\\s;]+(?:(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), )?"
			  "\\d+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \\d+ "
			  "\\d+:\\d+(?::\\d+)? \\S+$",
			  0);
}

struct received_parser *received_parser_new(struct arena *keep)
{
	struct received_parser *parser = ARENA_NEW(keep, struct received_parser);

	parser->chatter = compile_rows(keep, received_rows_chatter);
	parser->hints = compile_rows(keep, received_rows_hints);
	parser->helo = compile_rows(keep, received_rows_helo);
	parser->auth = compile_rows(keep, received_rows_auth);
	parser->envelope = compile_rows(keep, received_rows_envelope);
	parser->webmail = compile_rows(keep, received_rows_webmail);
	parser->common = compile_rows(keep, received_rows_common);
	parser->helo_guess = compile_rows(keep, received_rows_helo_guess);
	parser->upper = compile_rows(keep, received_rows_upper);
	parser->paren = compile_rows(keep, received_rows_paren);
	for (const struct received_family *def = received_families; def->mark; def++) {
		struct family family = {shape_compile(keep, def->mark, true),
					compile_rows(keep, def->rows)};
		vec_push(keep, &parser->families, family);
	}
	parser->address = shape_compile(keep, "[{ip}]", true);
	parser->date = compile_date(keep);
	parser->any_ip = regex_must(keep, arena_printf(keep, "(%s)", received_ip_pattern).ptr, 0);
	parser->lone_ip = regex_must(
		keep, arena_printf(keep, "(?<!\\.)\\b(%s)\\b(?!\\.)", received_ip_pattern).ptr, 0);
	return parser;
}

const struct regex *received_parser_ip(const struct received_parser *parser)
{
	return parser->any_ip;
}

const struct regex *received_parser_lone_ip(const struct received_parser *parser)
{
	return parser->lone_ip;
}

/* --- rows -------------------------------------------------------------------------------- */

/* Perl's truth of a text. */
static bool is_true(struct str s)
{
	return s.len > 1 || (s.len == 1 && s.ptr[0] != '0');
}

/* The auth value of a row: "{1}" and "{2}" stand for its own two fields. */
static struct str auth_value(const struct received_line *line, const char *format)
{
	struct buf out;

	buf_init(&out, line->scan);
	for (const char *p = format; *p; p++) {
		if (*p == '{') {
			buf_add_str(&out, line->field[p[1] == '1' ? FIELD_ONE : FIELD_TWO]);
			p += 2;
		} else {
			buf_add_char(&out, *p);
		}
	}
	return buf_str(&out);
}

static enum row_effect run_rows(const struct rows *rows, struct received_line *line,
				bool to_the_end);

static enum row_effect apply_row(const struct row *row, struct received_line *line)
{
	const struct received_row *def = row->def;

	if (row->details)
		run_rows(row->details, line, def->flags & ROW_ALL_DETAILS);
	if (def->flags & ROW_LOOKS_UP)
		line->looks_up_names = true;
	if (def->flags & ROW_NO_ID)
		line->field[FIELD_ID] = STR_NONE;
	if (def->auth)
		line->field[FIELD_AUTH] = auth_value(line, def->auth);
	if (def->after)
		def->after(line);
	if (def->flags & ROW_NEEDS_IP && !is_true(line->field[FIELD_IP]))
		return ROW_NOTE;
	return def->effect;
}

/* Rows in turn until one decides; ROW_NOTE when none does. Notes do not end the turn, unless in a
 * row's details, of which the first that fits is enough. */
static enum row_effect run_rows(const struct rows *rows, struct received_line *line,
				bool to_the_end)
{
	for (size_t i = 0; i < rows->list.n; i++) {
		const struct row *row = &rows->list.items[i];

		if (row->only_if && !shape_match(row->only_if, line->text, NULL))
			continue;
		if (!shape_match(row->shape, line->text, line->field))
			continue;
		enum row_effect effect = apply_row(row, line);
		if (effect != ROW_NOTE || !to_the_end)
			return effect;
	}
	return ROW_NOTE;
}

/* --- the line ---------------------------------------------------------------------------- */

/* Blanks collapsed, none at the ends, no lone semicolons behind. */
static struct str tidy(struct arena *scan, struct str raw)
{
	char *out = arena_alloc(scan, raw.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		bool is_blank = ascii_is_space((unsigned char)raw.ptr[i]);
		if (!is_blank)
			out[n++] = raw.ptr[i];
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	if (n > 0 && out[n - 1] == ' ')
		n--;
	while (n > 0 && out[n - 1] == ';') {
		n--;
		if (n > 0 && out[n - 1] == ' ')
			n--;
	}
	return str_make(out, n);
}

static struct str without_date(const struct received_parser *parser, struct str text)
{
	struct regex_match match;

	if (str_find_char(text, ':') == STR_NOT_FOUND ||
	    regex_exec(parser->date, text, 0, &match) != REGEX_MATCH)
		return text;
	return str_sub(text, 0, match.start);
}

/* ")by " is a fault of some programs. */
static struct str with_blank_before_by(struct arena *scan, struct str text)
{
	size_t at = str_find(text, STR_LIT(")by "));
	struct buf out;

	if (at == STR_NOT_FOUND)
		return text;
	buf_init(&out, scan);
	buf_add_str(&out, str_sub(text, 0, at + 1));
	buf_add_char(&out, ' ');
	buf_add_str(&out, str_from_at(text, at + 1));
	return buf_str(&out);
}

static enum row_effect run_from_line(const struct received_parser *parser,
				     struct received_line *line)
{
	enum row_effect effect;

	run_rows(parser->envelope, line, true);
	effect = run_rows(parser->webmail, line, true);
	if (effect != ROW_NOTE)
		return effect;
	for (size_t i = 0; i < parser->families.n; i++) {
		const struct family *family = &parser->families.items[i];
		if (!shape_match(family->mark, line->text, NULL))
			continue;
		effect = run_rows(family->rows, line, true);
		break;
	}
	if (effect == ROW_NOTE)
		effect = run_rows(parser->common, line, true);
	if (effect == ROW_NOTE && !is_true(line->field[FIELD_HELO]))
		run_rows(parser->helo_guess, line, true);
	return effect;
}

/* Takes the word off the front. */
static bool begins(struct received_line *line, const char *word)
{
	if (!str_has_prefix(line->text, word))
		return false;
	line->text = str_from_at(line->text, strlen(word));
	return true;
}

static enum row_effect run_by_beginning(const struct received_parser *parser,
					struct received_line *line)
{
	if (begins(line, "from "))
		return run_from_line(parser, line);
	if (begins(line, "FROM "))
		return run_rows(parser->upper, line, true);
	if (begins(line, "(from "))
		return run_rows(parser->paren, line, true);
	return ROW_NOTE;
}

/* --- the fields -------------------------------------------------------------------------- */

/* A copy in which what could be taken for the syntax of relay lists is "!". */
static struct str marked(struct arena *scan, struct str s)
{
	struct str copy = arena_str(scan, s);
	char *p = (char *)copy.ptr;

	for (size_t i = 0; i < copy.len; i++)
		if (p[i] == '\0' || ascii_is_space((unsigned char)p[i]) || strchr("#[]()<>|", p[i]))
			p[i] = '!';
	return copy;
}

/* "1.2.3.4" of an address whose first 80 bits are zero and the next 16 one, written with colons. */
static struct str unmapped(struct str ip)
{
	const struct str mark = STR_LIT("ffff:");
	size_t at = str_find_ci(ip, mark), colons = 0;

	if (at == STR_NOT_FOUND)
		return ip;
	for (size_t i = 0; i < at; i++) {
		if (ip.ptr[i] != '0' && ip.ptr[i] != ':')
			return ip;
		colons += ip.ptr[i] == ':';
	}
	if (colons < 2 || ip.ptr[at - 1] != ':')
		return ip;
	struct str quad = str_from_at(ip, at + mark.len);
	for (size_t i = 0; i < quad.len; i++)
		if (!ascii_is_digit((unsigned char)quad.ptr[i]) && quad.ptr[i] != '.')
			return ip;
	return str_find_char(quad, '.') == STR_NOT_FOUND ? ip : quad;
}

static struct str clean_ip(struct arena *scan, struct str ip)
{
	if (str_has_prefix_ci(ip, "IPv6:"))
		ip = str_from_at(ip, 5);
	return marked(scan, unmapped(ip));
}

static struct str clean_rdns(struct arena *scan, struct str rdns)
{
	while (rdns.len && rdns.ptr[rdns.len - 1] == '.')
		rdns.len--;
	if (str_eq_ci_c(rdns, "unknown") || str_has_prefix(rdns, "["))
		return STR_LIT("");
	return marked(scan, rdns);
}

static struct str clean_envfrom(struct arena *scan, struct str envfrom)
{
	if (!envfrom.ptr)
		return envfrom;
	envfrom = str_trim_left(envfrom);
	while (envfrom.len && envfrom.ptr[0] == '<')
		envfrom = str_from_at(envfrom, 1);
	envfrom = str_trim_right(envfrom);
	while (envfrom.len && envfrom.ptr[envfrom.len - 1] == '>')
		envfrom.len--;
	return marked(scan, envfrom);
}

/* Constants.pm IP_PRIVATE: IPv6 by its notation, so that ::ffff:a00:1 is not 10.0.0.1. */
static bool is_private(const struct relay *relay)
{
	bool has_quad = str_find_char(relay->ip_text, '.') != STR_NOT_FOUND;

	return relay->has_ip && (has_quad || !relay->ip.is_v4) && ip_is_private(&relay->ip);
}

static void fill_relay(struct received_line *line, struct relay *relay)
{
	struct arena *scan = line->scan;
	struct str by = line->field[FIELD_BY];

	if (by.len && by.ptr[by.len - 1] == ';')
		by.len--;
	*relay = (struct relay){
		.ip_text = clean_ip(scan, line->field[FIELD_IP]),
		.rdns = clean_rdns(scan, line->field[FIELD_RDNS]),
		.helo = marked(scan, line->field[FIELD_HELO]),
		.by = marked(scan, by),
		.ident = marked(scan, line->field[FIELD_IDENT]),
		.envfrom = clean_envfrom(scan, line->field[FIELD_ENVFROM]),
		.id = line->field[FIELD_ID],
		.auth = line->field[FIELD_AUTH],
	};
	relay->has_ip = ip_parse(relay->ip_text, &relay->ip);
	relay->ip_private = is_private(relay);
	relay->no_reverse_dns = relay->rdns.len == 0 && line->looks_up_names;
	relay->rdns_not_in_headers = relay->rdns.len == 0 && !line->looks_up_names;
}

enum received_result received_parse(struct arena *scan, const struct received_parser *parser,
				    struct str text, struct received_state *state,
				    struct relay *relay_out)
{
	struct received_line line = {.scan = scan, .text = tidy(scan, text), .state = state};
	struct str bare = str_has_prefix(line.text, "(") ? str_from_at(line.text, 1) : line.text;
	enum row_effect effect;

	if (!str_has_prefix_ci(bare, "from ") ||
	    run_rows(parser->chatter, &line, true) == ROW_IGNORE)
		return RECEIVED_IGNORED;
	line.text = with_blank_before_by(scan, without_date(parser, line.text));
	run_rows(parser->hints, &line, true);
	run_rows(parser->helo, &line, true);
	run_rows(parser->auth, &line, true);
	effect = run_by_beginning(parser, &line);
	state->scanner_envfrom = clean_envfrom(scan, state->scanner_envfrom);
	if (effect == ROW_IGNORE)
		return RECEIVED_IGNORED;
	if (effect == ROW_NOTE) { /* an address and the host that took the mail are enough */
		if (!is_true(line.field[FIELD_IP]))
			shape_match(parser->address, line.text, line.field);
		if (!is_true(line.field[FIELD_IP]) || !is_true(line.field[FIELD_BY]))
			return RECEIVED_UNPARSEABLE;
	}
	fill_relay(&line, relay_out);
	return RECEIVED_RELAY;
}
