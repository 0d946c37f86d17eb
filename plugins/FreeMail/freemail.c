/* FreeMail: senders and reply addresses at providers where anybody can have one (SpamAssassin's
 * Plugin/FreeMail.pm). */
#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "plugins/args.h"

enum { LINK_EMAILS_MAX = 20, BODY_EMAILS_MAX = 40 };

#define ATOM "[a-z0-9!#$%&'*+/=?^_`{|}~-]"
/* Group 1: the address, group 2: its last label, which must be a known TLD. */
#define EMAIL                                                                                      \
	"(?=.{0,64}@)(?<!" ATOM ")(" ATOM "+(?:\\." ATOM                                           \
	"+)*@(?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\\.){1,4}"                                     \
	"([a-z0-9-]+)(?![a-z0-9-]|\\.[a-z0-9]))"

struct freemail_conf {
	double max_body_emails, max_body_freemails, skip_when_over_max, skip_bulk_envfrom,
		add_describe_email, import_welcomelist_auth, import_def_welcomelist_auth;
	struct map *domains, *wildcards, *welcome; /* sets */
	const struct regex *email, *mailto, *link, *labelled, *role, *bulk;
	const struct regex *wildcard; /* NULL without any */
};

static void conf_init(void *data, struct arena *keep)
{
	struct freemail_conf *conf = data;

	conf->max_body_emails = 5;
	conf->max_body_freemails = 3;
	conf->skip_when_over_max = conf->skip_bulk_envfrom = conf->add_describe_email = 1;
	conf->domains = map_new(keep);
	conf->wildcards = map_new(keep);
	conf->welcome = map_new(keep);
	conf->email = regex_must(keep, EMAIL, REGEX_ICASE);
	conf->mailto = regex_must(keep, "^mailto:" EMAIL, REGEX_ICASE);
	conf->link = regex_must(keep, "<?https?://\\S{0,255}(?:@|%40)\\S{0,255}", REGEX_ICASE);
	conf->labelled =
		regex_must(keep,
			   "<?(?<!mailto:)" EMAIL
			   "(?:>|\\s{1,10}(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)",
			   REGEX_ICASE);
	conf->role = regex_must(
		keep,
		"^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host|domain)master|"
		"undisclosed.*|request-[a-f0-9]{16}|bounced?-|[a-f0-9]{8}(?:\\.[a-f0-9]{8}|"
		"-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})|.+=.+=.+)@",
		REGEX_ICASE);
	conf->bulk = regex_must(
		keep,
		"(?:^(?:post|host|domain)master|^double-bounce|^(?:sentto|owner|return|(?:gr)?"
		"bounced?)-.+|"
		"-(?:request|bounces?|admin|owner)|\\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)@",
		REGEX_ICASE);
}

/* --- configuration --- */

static bool is_domain_word(struct str word, bool *wild)
{
	*wild = false;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];

		if (!ascii_is_alnum((unsigned char)c) && c != '.' && c != '*' && c != '?' &&
		    c != '-')
			return false;
		*wild |= c == '*' || c == '?';
	}
	return word.len > 0;
}

static enum keyword_result freemail_domains(struct keyword_line *line)
{
	struct freemail_conf *conf = line->target;
	struct map *domains = keyword_own_map(line, &conf->domains),
		   *wildcards = keyword_own_map(line, &conf->wildcards);
	struct str rest = line->value, word;
	bool wild;

	while (str_word_next(&rest, &word)) {
		if (is_domain_word(word, &wild))
			map_put(wild ? wildcards : domains, arena_lower(line->arena, word), conf);
		else
			keyword_diag(line, DIAG_WARN, "freemail: invalid freemail_domains: %.*s",
				     STR_ARG(word));
	}
	return KEYWORD_OK;
}

/* A word character, "." or "@", a word character */
static bool is_address_or_domain(struct str word)
{
	for (size_t i = 1; i + 1 < word.len; i++)
		if ((word.ptr[i] == '.' || word.ptr[i] == '@') &&
		    ascii_is_word((unsigned char)word.ptr[i - 1]) &&
		    ascii_is_word((unsigned char)word.ptr[i + 1]))
			return true;
	return false;
}

static enum keyword_result freemail_welcomelist(struct keyword_line *line)
{
	struct freemail_conf *conf = line->target;
	struct map *welcome = keyword_own_map(line, &conf->welcome);
	struct str rest = line->value, word;

	while (str_word_next(&rest, &word)) {
		if (is_address_or_domain(word))
			map_put(welcome, arena_lower(line->arena, word), conf);
		else
			keyword_diag(line, DIAG_WARN,
				     "freemail: invalid freemail_welcomelist: %.*s", STR_ARG(word));
	}
	return KEYWORD_OK;
}

#define NUMBER(name, alias, field)                                                                 \
	{                                                                                          \
		name, alias, WHO_USER, KEYWORD_NUMBER, offsetof(struct freemail_conf, field), NULL \
	}

static const struct keyword_def keywords[] = {
	{"freemail_domains", NULL, WHO_USER, KEYWORD_CUSTOM, 0, freemail_domains},
	{"freemail_welcomelist", "freemail_whitelist", WHO_USER, KEYWORD_CUSTOM, 0,
	 freemail_welcomelist},
	NUMBER("freemail_max_body_emails", NULL, max_body_emails),
	NUMBER("freemail_max_body_freemails", NULL, max_body_freemails),
	NUMBER("freemail_skip_when_over_max", NULL, skip_when_over_max),
	NUMBER("freemail_skip_bulk_envfrom", NULL, skip_bulk_envfrom),
	NUMBER("freemail_add_describe_email", NULL, add_describe_email),
	NUMBER("freemail_import_welcomelist_auth", "freemail_import_whitelist_auth",
	       import_welcomelist_auth),
	NUMBER("freemail_import_def_welcomelist_auth", "freemail_import_def_whitelist_auth",
	       import_def_welcomelist_auth),
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* "*" is any part of one label, "?" one character; all wildcards become one regex. */
static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	struct freemail_conf *conf = data;
	const struct map_entry *entry;
	struct regex *regex = NULL;
	size_t cursor = 0;
	struct buf out;

	(void)reader;
	(void)ruleset;
	buf_init(&out, keep);
	while ((entry = map_next(conf->wildcards, &cursor))) {
		buf_add_cstr(&out, out.len ? "|" : "@(?:");
		for (size_t i = 0; i < entry->key.len; i++) {
			char c = entry->key.ptr[i];

			if (c == '*')
				buf_add_cstr(&out, "[^.]*");
			else
				buf_add_cstr(&out, c == '.' ? "\\." : c == '?' ? "." : "");
			if (c != '*' && c != '.' && c != '?')
				buf_add_char(&out, c);
		}
	}
	if (out.len == 0)
		return STATUS_OK;
	buf_add_cstr(&out, ")$");
	if (regex_compile(keep, buf_str(&out), 0, &regex, why) != STATUS_OK)
		return why->status;
	conf->wildcard = regex;
	return STATUS_OK;
}

/* --- one address --- */

static const struct freemail_conf *conf_of(const struct scan *scan, const struct eval_call *call)
{
	return scan_plugin_conf(scan, call->plugin);
}

static bool is_available(const struct freemail_conf *conf)
{
	return map_count(conf->domains) + map_count(conf->wildcards) > 0;
}

static bool is_welcome(struct scan *scan, const struct freemail_conf *conf, struct str email,
		       struct str domain)
{
	const struct settings *settings = scan_prefs(scan)->settings;

	if (map_has(conf->welcome, email) || map_has(conf->welcome, domain) ||
	    regex_test(conf->role, email))
		return true;
	if (conf->import_welcomelist_auth != 0 &&
	    addr_list_match(settings->welcomelist_auth, email).ptr)
		return true;
	return conf->import_def_welcomelist_auth != 0 &&
	       addr_list_match(settings->def_welcomelist_auth, email).ptr;
}

/* email: lower case */
static bool is_freemail(struct scan *scan, const struct freemail_conf *conf, struct str email)
{
	size_t at = str_rfind_char(email, '@');
	struct str domain = at == STR_NOT_FOUND ? email : str_from_at(email, at + 1);

	if (email.len == 0 || is_welcome(scan, conf, email, domain))
		return false;
	return map_has(conf->domains, domain) ||
	       (conf->wildcard && regex_test(conf->wildcard, email));
}

/* --- addresses in the body --- */

struct body_freemails {
	bool too_many;
	struct str_vec found;
};

/* The next match at or behind *at whose last label is a TLD. */
static bool next_email(const struct registry *registry, const struct regex *regex, struct str text,
		       size_t *at, struct regex_match *match)
{
	while (*at <= text.len && regex_exec(regex, text, *at, match) == REGEX_MATCH) {
		if (registry_is_tld(registry, match->group[2])) {
			*at = match->end;
			return true;
		}
		*at = match->start + 1;
	}
	return false;
}

/* text without what regex finds, a blank in its place. emails: the match must end in a TLD. */
static struct str blank_out(struct scan *scan, const struct regex *regex, struct str text,
			    bool emails)
{
	struct regex_match match;
	size_t from = 0, at = 0;
	struct buf out;

	buf_init(&out, scan_arena(scan));
	for (;;) {
		if (emails ? !next_email(scan_mail(scan)->registry, regex, text, &at, &match)
			   : regex_exec(regex, text, at, &match) != REGEX_MATCH)
			break;
		buf_add_str(&out, str_sub(text, from, match.start - from));
		buf_add_char(&out, ' ');
		from = at = match.end;
	}
	if (from == 0)
		return text;
	buf_add_str(&out, str_from_at(text, from));
	return buf_str(&out);
}

static void add_email(struct scan *scan, struct map *seen, struct str_vec *emails, struct str email)
{
	email = arena_lower(scan_arena(scan), email);
	if (map_put(seen, email, seen))
		vec_push(scan_arena(scan), emails, email);
}

static void add_links(struct scan *scan, const struct freemail_conf *conf, struct map *seen,
		      struct str_vec *emails)
{
	const struct uri_vec *uris = &mail_uris(scan_mail(scan))->details;
	struct regex_match match;

	for (size_t i = 0; i < uris->n && emails->n < LINK_EMAILS_MAX; i++) {
		size_t at = 0;

		if ((uris->items[i].types & URI_TYPE_A) &&
		    !(uris->items[i].types & URI_TYPE_PARSED) &&
		    next_email(scan_mail(scan)->registry, conf->mailto, uris->items[i].raw, &at,
			       &match))
			add_email(scan, seen, emails, match.group[1]);
	}
}

static void add_text(struct scan *scan, const struct freemail_conf *conf, struct map *seen,
		     struct str_vec *emails)
{
	const struct str_vec *body = &mail_views(scan_mail(scan))->body;
	struct regex_match match;

	for (size_t i = 0; i < body->n && emails->n < BODY_EMAILS_MAX; i++) {
		struct str line = body->items[i];
		size_t at = 0;

		if (str_find_char(line, '@') == STR_NOT_FOUND && !str_contains(line, "%40"))
			continue;
		line = blank_out(scan, conf->link, line, false);
		line = blank_out(scan, conf->labelled, line, true);
		/* What is blanked here is gone for later body rules too, as in SpamAssassin. */
		if (line.ptr != body->items[i].ptr)
			scan_body_line_set(scan, i, line);
		while (emails->n < BODY_EMAILS_MAX &&
		       next_email(scan_mail(scan)->registry, conf->email, line, &at, &match))
			add_email(scan, seen, emails, match.group[1]);
	}
}

static void judge(struct scan *scan, const struct freemail_conf *conf, const struct str_vec *emails,
		  struct body_freemails *body)
{
	double n_all = 0, n_freemails = 0;

	for (size_t i = 0; i < emails->n && !body->too_many; i++) {
		if (++n_all == conf->max_body_emails && conf->skip_when_over_max != 0)
			body->too_many = true;
		else if (is_freemail(scan, conf, emails->items[i])) {
			if (++n_freemails == conf->max_body_freemails &&
			    conf->skip_when_over_max != 0)
				body->too_many = true;
			else
				vec_push(scan_arena(scan), &body->found, emails->items[i]);
		}
	}
}

static const struct body_freemails *body_of(struct scan *scan, const struct eval_call *call)
{
	void **slot = scan_plugin_slot(scan, call->plugin);
	const struct freemail_conf *conf = conf_of(scan, call);
	struct map *seen;
	struct str_vec emails = {0};
	struct body_freemails *body;

	if (*slot)
		return *slot;
	*slot = body = ARENA_NEW(scan_arena(scan), struct body_freemails);
	seen = map_new(scan_arena(scan));
	add_links(scan, conf, seen, &emails);
	add_text(scan, conf, seen, &emails);
	judge(scan, conf, &emails, body);
	return body;
}

/* --- functions --- */

/* The regex argument i, compiled; NULL without. */
static enum status prepare_regex(struct arena *keep, struct eval_call *call, size_t i,
				 struct why *why)
{
	struct regex *regex = NULL;
	enum status status = STATUS_OK;

	if (arg_is_set(call, i))
		status = pattern_compile_bare(keep, arg_text(call, i), 0, &regex, why);
	call->data = regex;
	return status;
}

static enum status prepare_first(struct arena *keep, struct eval_call *call, struct why *why)
{
	return prepare_regex(keep, call, 0, why);
}

static enum status prepare_second(struct arena *keep, struct eval_call *call, struct why *why)
{
	if (!arg_is_set(call, 0))
		return why_set(why, STATUS_INVALID, "check_freemail_header needs argument");
	return prepare_regex(keep, call, 1, why);
}

static enum status prepare_replyto(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct str what = arg_is_set(call, 0) ? arg_text(call, 0) : STR_LIT("replyto");

	(void)keep;
	if (str_eq_c(what, "replyto") || str_eq_c(what, "reply"))
		return STATUS_OK;
	return why_set(why, STATUS_INVALID, "invalid check_freemail_replyto option: %.*s",
		       STR_ARG(what));
}

static void describe(struct scan *scan, const struct eval_call *call, struct str text)
{
	struct buf out;

	if (conf_of(scan, call)->add_describe_email == 0)
		return;
	buf_init(&out, scan_arena(scan));
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '@')
			buf_add_cstr(&out, "(at)");
		else
			buf_add_char(&out, text.ptr[i]);
	}
	scan_note(scan, call->rule, buf_str(&out));
}

static int first_freemail(struct scan *scan, const struct eval_call *call,
			  const struct str_vec *addresses)
{
	const struct freemail_conf *conf = conf_of(scan, call);

	if (!is_available(conf))
		return 0;
	for (size_t i = 0; i < addresses->n; i++) {
		struct str email = arena_lower(scan_arena(scan), addresses->items[i]);

		if (!is_freemail(scan, conf, email) ||
		    (call->data && !regex_test(call->data, email)))
			continue;
		describe(scan, call, email);
		return 1;
	}
	return 0;
}

static int check_freemail_from(struct scan *scan, const struct eval_call *call)
{
	struct str_vec addresses = {0};

	mail_from_addresses(scan_arena(scan), scan_mail(scan), &addresses);
	return first_freemail(scan, call, &addresses);
}

static const struct str_vec *header_addresses(struct scan *scan, struct str header)
{
	struct str spec = arena_printf(scan_arena(scan), "%.*s:addr", STR_ARG(header));
	struct header_spec parsed;
	struct why why;

	if (str_has_suffix_ci(header, ":addr"))
		spec = header;
	if (header_spec_parse(scan_arena(scan), spec, &parsed, &why) != STATUS_OK)
		return ARENA_NEW(scan_arena(scan), struct str_vec);
	return mail_header_all(scan_arena(scan), scan_mail(scan), &parsed);
}

static int check_freemail_header(struct scan *scan, const struct eval_call *call)
{
	return first_freemail(scan, call, header_addresses(scan, arg_text(call, 0)));
}

static int check_freemail_body(struct scan *scan, const struct eval_call *call)
{
	const struct body_freemails *body;

	if (!is_available(conf_of(scan, call)))
		return 0;
	body = body_of(scan, call);
	if (body->too_many || body->found.n == 0)
		return 0;
	if (!call->data) {
		describe(scan, call, str_vec_join(scan_arena(scan), &body->found, ", "));
		return 1;
	}
	for (size_t i = 0; i < body->found.n; i++)
		if (regex_test(call->data, body->found.items[i])) {
			describe(scan, call, body->found.items[i]);
			return 1;
		}
	return 0;
}

/* --- reply address against sender and body --- */

static struct str_vec lower_all(struct scan *scan, const char *spec)
{
	const struct str_vec *all = mail_header_all_c(scan_arena(scan), scan_mail(scan), spec);
	struct str_vec out = {0};

	for (size_t i = 0; i < all->n; i++)
		vec_push(scan_arena(scan), &out, arena_lower(scan_arena(scan), all->items[i]));
	return out;
}

static bool any_freemail(struct scan *scan, const struct freemail_conf *conf,
			 const struct str_vec *addresses)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (is_freemail(scan, conf, addresses->items[i]))
			return true;
	return false;
}

static bool share_one(const struct str_vec *a, const struct str_vec *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_vec_has(b, a->items[i]))
			return true;
	return false;
}

static bool sender_is_bulk(struct scan *scan, const struct freemail_conf *conf)
{
	return conf->skip_bulk_envfrom != 0 &&
	       regex_test(conf->bulk, scan_header(scan, "EnvelopeFrom"));
}

static int compare_with_body(struct scan *scan, const struct eval_call *call,
			     const struct str_vec *replies)
{
	const struct body_freemails *body = body_of(scan, call);

	if (body->too_many)
		return 0;
	for (size_t i = 0; i < body->found.n; i++)
		for (size_t n = 0; n < replies->n; n++)
			if (!str_eq(body->found.items[i], replies->items[n])) {
				describe(scan, call,
					 arena_printf(scan_arena(scan), "%.*s, %.*s",
						      STR_ARG(replies->items[n]),
						      STR_ARG(body->found.items[i])));
				return 1;
			}
	return 0;
}

static int check_freemail_replyto(struct scan *scan, const struct eval_call *call)
{
	const struct freemail_conf *conf = conf_of(scan, call);
	struct str what = arg_is_set(call, 0) ? arg_text(call, 0) : STR_LIT("replyto");
	bool reply = str_eq_c(what, "reply"), from_is, reply_is;
	struct str_vec from, replies;

	if (!is_available(conf) || sender_is_bulk(scan, conf))
		return 0;
	from = lower_all(scan, "From:addr");
	replies = lower_all(scan, "Reply-To:addr");
	from_is = any_freemail(scan, conf, &from);
	reply_is = any_freemail(scan, conf, &replies);
	if (from_is && reply_is && !share_one(&from, &replies)) {
		describe(scan, call,
			 arena_printf(scan_arena(scan), "%.*s -> %.*s",
				      STR_ARG(str_vec_join(scan_arena(scan), &from, ",")),
				      STR_ARG(str_vec_join(scan_arena(scan), &replies, ","))));
		return 1;
	}
	/* 'replyto' needs a freemail in Reply-To; 'reply' takes From where there is no Reply-To,
	 * and needs one there. */
	if (reply ? !from_is || (replies.n && !reply_is) : !reply_is)
		return 0;
	return compare_with_body(scan, call, !reply || reply_is ? &replies : &from);
}

static const struct eval_def evals[] = {
	{"check_freemail_body", prepare_first, check_freemail_body},
	{"check_freemail_from", prepare_first, check_freemail_from},
	{"check_freemail_header", prepare_second, check_freemail_header},
	{"check_freemail_replyto", prepare_replyto, check_freemail_replyto},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_freemail = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::FreeMail",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct freemail_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
