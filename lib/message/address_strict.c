/*
 * address_strict: address lists by the grammar of RFC 5322 (section 3.4, obsolete forms of 4.4
 * included), with the error recovery of Email::Address::XS: what cannot be read still counts as an
 * address.
 */
#include "lib/message/address.h"
#include "lib/message/limits.h"

enum outcome { OUTCOME_BROKEN = -1, OUTCOME_END, OUTCOME_MORE };

struct strict {
	struct arena *scan;
	struct str text;
	size_t at;
	struct buf comment; /* the last one */
	bool is_flawed;     /* the word just read is, but was read */
	struct address_vec *out;
};

/* One mailbox; ptr NULL = absent. */
struct mailbox {
	struct str name, user, domain, comment;
};

static bool is_atext(char c)
{
	return (unsigned char)c >= 0x80 || ascii_is_alnum((unsigned char)c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool at_end(const struct strict *p)
{
	return p->at >= p->text.len;
}

static char peek(const struct strict *p)
{
	return at_end(p) ? '\0' : p->text.ptr[p->at];
}

static enum outcome more(const struct strict *p)
{
	return at_end(p) ? OUTCOME_END : OUTCOME_MORE;
}

static void drop_cr(struct buf *buf)
{
	if (buf->len && buf->ptr[buf->len - 1] == '\r')
		buf_truncate(buf, buf->len - 1);
}

/* A comment, others nested in it. Its text is kept: all of it, or the whole lines when it is not
 * closed. */
static enum outcome skip_comment(struct strict *p)
{
	unsigned level = 1;
	size_t start = p->at + 1; /* of what is not kept yet */

	buf_clear(&p->comment);
	for (p->at++; !at_end(p); p->at++) {
		char c = peek(p);
		bool is_end = c == ')' && --level == 0;

		level += c == '(';
		if (!is_end && c != '\n' && (c != '\\' || p->at + 1 >= p->text.len))
			continue;
		buf_add(&p->comment, p->text.ptr + start, p->at - start);
		if (c == '\n')
			drop_cr(&p->comment);
		start = ++p->at; /* an escaped character is kept, whatever it is */
		if (is_end)
			return more(p);
		if (c == '\n')
			p->at--;
	}
	return OUTCOME_BROKEN;
}

static enum outcome skip_blanks(struct strict *p)
{
	while (!at_end(p)) {
		char c = peek(p);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			p->at++;
		else if (c != '(')
			break;
		else if (skip_comment(p) == OUTCOME_BROKEN)
			return OUTCOME_BROKEN;
	}
	return more(p);
}

/* a.b.c, blanks allowed around the dots; a..b and a. are taken, too. */
static enum outcome read_dot_atom(struct strict *p, struct buf *to)
{
	enum outcome outcome;

	if (at_end(p) || !is_atext(peek(p)))
		return OUTCOME_BROKEN;
	for (;;) {
		while (!at_end(p) && is_atext(peek(p)))
			buf_add_char(to, p->text.ptr[p->at++]);
		if (at_end(p))
			return OUTCOME_END;
		if ((outcome = skip_blanks(p)) != OUTCOME_MORE)
			return outcome;
		if (peek(p) != '.')
			return OUTCOME_MORE;
		p->at++;
		p->is_flawed |= to->len && to->ptr[to->len - 1] == '.';
		buf_add_char(to, '.');
		if (skip_blanks(p) != OUTCOME_MORE)
			return OUTCOME_END;
	}
}

static enum outcome read_quoted(struct strict *p, struct buf *to)
{
	for (p->at++; !at_end(p); p->at++) {
		char c = peek(p);

		if (c == '"') {
			p->at++;
			return skip_blanks(p);
		}
		if (c == '\\') {
			p->at++;
			if (at_end(p))
				return OUTCOME_BROKEN;
		} else if (c == '\n') {
			drop_cr(to);
			p->is_flawed = true;
		}
		buf_add_char(to, peek(p));
	}
	return OUTCOME_BROKEN;
}

static enum outcome read_phrase(struct strict *p, struct buf *to)
{
	if (at_end(p))
		return OUTCOME_END;
	if (peek(p) == '.')
		return OUTCOME_BROKEN;
	for (;;) {
		enum outcome outcome;

		if (peek(p) == '"') {
			outcome = read_quoted(p, to);
		} else {
			while (!at_end(p) && (is_atext(peek(p)) || peek(p) == '.'))
				buf_add_char(to, p->text.ptr[p->at++]);
			outcome = skip_blanks(p);
		}
		if (outcome != OUTCOME_MORE)
			return outcome;
		if (!is_atext(peek(p)) && peek(p) != '"' && peek(p) != '.')
			return skip_blanks(p);
		buf_add_char(to, ' ');
	}
}

static enum outcome read_literal(struct strict *p, struct buf *to)
{
	for (; !at_end(p); p->at++) {
		char c = peek(p);

		buf_add_char(to, c);
		if (c == '\\') {
			p->at++;
			if (!at_end(p))
				buf_add_char(to, peek(p));
		} else if (c == ']') {
			p->at++;
			return skip_blanks(p);
		}
	}
	return OUTCOME_BROKEN;
}

/* "@" domain */
static enum outcome read_domain(struct strict *p, struct buf *to)
{
	p->at++;
	if (skip_blanks(p) != OUTCOME_MORE)
		return OUTCOME_BROKEN;
	return peek(p) == '[' ? read_literal(p, to) : read_dot_atom(p, to);
}

static struct str taken(struct strict *p, const struct buf *buf)
{
	return arena_str(p->scan, buf_str(buf));
}

static enum outcome take_user(struct strict *p, struct mailbox *mailbox)
{
	struct buf text;
	enum outcome outcome;

	buf_init(&text, p->scan);
	outcome = peek(p) == '"' ? read_quoted(p, &text) : read_dot_atom(p, &text);
	if (outcome != OUTCOME_BROKEN)
		mailbox->user = taken(p, &text);
	return outcome;
}

static enum outcome take_domain(struct strict *p, struct mailbox *mailbox)
{
	struct buf text;
	enum outcome outcome;

	buf_init(&text, p->scan);
	outcome = read_domain(p, &text);
	if (outcome != OUTCOME_BROKEN)
		mailbox->domain = taken(p, &text);
	return outcome;
}

/* "@one,@two:" before the address; false when no ":" follows. */
static bool skip_route(struct strict *p)
{
	struct buf ignored;

	buf_init(&ignored, p->scan);
	while (!at_end(p) && peek(p) == '@') {
		if (read_domain(p, &ignored) != OUTCOME_MORE)
			return false;
		while (skip_blanks(p) == OUTCOME_MORE && peek(p) == ',')
			p->at++;
	}
	return peek(p) == ':';
}

/* "<" ... ">" */
static enum outcome read_angles(struct strict *p, struct mailbox *mailbox)
{
	enum outcome outcome;

	p->at++;
	if ((outcome = skip_blanks(p)) != OUTCOME_MORE)
		return outcome;
	if (peek(p) == '@') {
		if (skip_route(p))
			p->at++;
		if ((outcome = skip_blanks(p)) != OUTCOME_MORE)
			return outcome;
	}
	if (peek(p) != '>') {
		if ((outcome = take_user(p, mailbox)) != OUTCOME_MORE)
			return outcome;
		if (peek(p) == '@' && (outcome = take_domain(p, mailbox)) != OUTCOME_MORE)
			return outcome;
	}
	if (peek(p) != '>')
		return OUTCOME_BROKEN;
	p->at++;
	return skip_blanks(p);
}

static struct str last_comment(struct strict *p)
{
	return p->comment.len ? taken(p, &p->comment) : STR_NONE;
}

/* Name <user@domain>; broken when there is no "<" behind the name. */
static enum outcome read_name_address(struct strict *p, struct mailbox *mailbox)
{
	struct buf name;

	buf_init(&name, p->scan);
	if (read_phrase(p, &name) != OUTCOME_MORE || peek(p) != '<')
		return OUTCOME_BROKEN;
	if (name.len)
		mailbox->name = taken(p, &name);
	buf_clear(&p->comment);
	read_angles(p, mailbox);
	mailbox->comment = last_comment(p);
	return more(p);
}

/* user@domain (comment) */
static enum outcome read_bare(struct strict *p, struct mailbox *mailbox)
{
	enum outcome outcome;

	buf_clear(&p->comment);
	p->is_flawed = false;
	outcome = take_user(p, mailbox);
	/* A word at the very end is a name, and so is a flawed one that no "@" follows. */
	if (outcome == OUTCOME_END || (p->is_flawed && peek(p) != '@')) {
		mailbox->name = mailbox->user;
		mailbox->user = STR_NONE;
	} else if (peek(p) == '@') {
		enum outcome domain = take_domain(p, mailbox);

		outcome = domain == OUTCOME_MORE ? outcome : domain;
	}
	mailbox->comment = last_comment(p);
	return outcome;
}

static bool needs_quotes(struct str user)
{
	for (size_t i = 0; i < user.len; i++)
		if (!is_atext(user.ptr[i]) && (user.ptr[i] != '.' || i == 0 || i + 1 == user.len))
			return true;
	return false;
}

static struct str compose(struct strict *p, struct str user, struct str domain)
{
	struct buf out;
	bool quote = needs_quotes(user);

	buf_init(&out, p->scan);
	if (quote)
		buf_add_char(&out, '"');
	for (size_t i = 0; i < user.len; i++) {
		if (quote && strchr("\"\\'", user.ptr[i]) && user.ptr[i])
			buf_add_char(&out, '\\');
		buf_add_char(&out, user.ptr[i]);
	}
	if (quote)
		buf_add_char(&out, '"');
	buf_add_char(&out, '@');
	buf_add_str(&out, domain);
	return buf_str(&out);
}

/* "joe@example.com" as a quoted name and nothing else. */
static bool name_is_address(const struct mailbox *mailbox)
{
	size_t at = str_find_char(mailbox->name, '@');

	if (mailbox->user.len || mailbox->comment.ptr || at == STR_NOT_FOUND || at == 0)
		return false;
	for (size_t i = 0; i < mailbox->name.len; i++)
		if (ascii_is_space((unsigned char)mailbox->name.ptr[i]) ||
		    (i > at && mailbox->name.ptr[i] == '@'))
			return false;
	return address_is_plausible(mailbox->name) &&
	       address_host_is_sound(str_from_at(mailbox->name, at + 1));
}

static void add_mailbox(struct strict *p, const struct mailbox *mailbox)
{
	struct address result = {.phrase = mailbox->name};

	if (mailbox->domain.len)
		result.host = mailbox->domain;
	if (mailbox->user.len && mailbox->domain.len) {
		result.address = compose(p, mailbox->user, mailbox->domain);
	} else if (name_is_address(mailbox)) {
		result.address = mailbox->name;
		result.host = str_from_at(mailbox->name, str_find_char(mailbox->name, '@') + 1);
		result.phrase = STR_NONE;
	}
	if (!result.phrase.ptr)
		result.phrase = mailbox->comment;
	if (!result.phrase.ptr && !result.address.ptr)
		result.phrase = p->text;
	vec_push(p->scan, p->out, result);
}

static enum outcome read_mailbox(struct strict *p)
{
	struct mailbox mailbox = {.name = STR_NONE};
	size_t start = p->at;
	enum outcome outcome = read_name_address(p, &mailbox);

	if (outcome == OUTCOME_BROKEN) {
		mailbox = (struct mailbox){.name = STR_NONE};
		p->at = start;
		outcome = read_bare(p, &mailbox);
	}
	add_mailbox(p, &mailbox);
	return outcome;
}

/* Behind "name:" the members up to ";". Broken (and nothing read) when there is no ":". */
static enum outcome read_group(struct strict *p)
{
	enum outcome outcome;
	size_t start = p->at;
	struct buf name;

	buf_init(&name, p->scan);
	if (read_phrase(p, &name) != OUTCOME_MORE || peek(p) != ':') {
		p->at = start;
		return OUTCOME_BROKEN;
	}
	p->at++;
	outcome = skip_blanks(p);
	while (outcome == OUTCOME_MORE && peek(p) != ';' && p->out->n < LIMIT_ADDRESSES) {
		read_mailbox(p);
		if (peek(p) != ',')
			break;
		p->at++;
		if (skip_blanks(p) != OUTCOME_MORE)
			return OUTCOME_MORE;
		if (peek(p) == ';')
			break;
	}
	if (outcome == OUTCOME_BROKEN || peek(p) != ';')
		return OUTCOME_MORE;
	p->at++;
	return skip_blanks(p) == OUTCOME_END ? OUTCOME_END : OUTCOME_MORE;
}

void addresses_parse_strict(struct arena *scan, struct str text, struct address_vec *out)
{
	struct strict p = {.scan = scan, .text = text, .out = out};

	buf_init(&p.comment, scan);
	if (skip_blanks(&p) != OUTCOME_MORE)
		return;
	while (out->n < LIMIT_ADDRESSES) {
		enum outcome outcome = read_group(&p);

		if (outcome == OUTCOME_BROKEN)
			outcome = read_mailbox(&p);
		if (outcome == OUTCOME_END || peek(&p) != ',')
			return;
		p.at++;
		outcome = skip_blanks(&p);
		if (outcome == OUTCOME_BROKEN) {
			struct mailbox nothing = {.name = STR_NONE};

			add_mailbox(&p, &nothing);
		}
		if (outcome != OUTCOME_MORE)
			return;
	}
}
