/*
 * dump: what our library makes of messages, one line a fact, for tests/hard/views, which prints the
 * same of SpamAssassin's and compares. Standard input: a length, a line end, as many bytes, again
 * and again. Standard output: the same with the facts.
 * usage: dump [--hits] [--modules] [--cf LINE]... SPEC...      SPEC is a header as rules name it
 * ("From:addr")
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/number.h"
#include "lib/base/vec.h"
#include "plugins/host.h"
#include "rules/load.h"
#include "spamd/verdict.h"

enum {
	VALUE_BYTES_MAX = 3000, /* longer ones are cut and told by their digest */
	MESSAGE_BYTES_MAX = 256 * 1024 * 1024,
};

struct dump {
	struct arena *scan;
	struct buf out;
	const struct ruleset *ruleset;
	struct str_vec specs;
	bool hits;
	bool modules; /* as with Email::Address::XS and Net::LibIDN */
};

/* --- lines ---------------------------------------------------------------------------------- */

static void add_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c < 0x20 || c >= 0x7f || c == '\\')
			buf_printf(out, "\\x%02x", c);
		else
			buf_add_char(out, (char)c);
	}
}

static void add_value(struct buf *out, struct str text)
{
	char hex[2 * DIGEST_MAX_BYTES + 1];

	add_escaped(out, str_sub(text, 0, VALUE_BYTES_MAX));
	if (text.len <= VALUE_BYTES_MAX)
		return;
	digest_hex(DIGEST_SHA1, text, hex);
	buf_printf(out, "... %zu bytes, %s", text.len, hex);
}

static void fact(struct dump *dump, const char *key, struct str value)
{
	buf_add_cstr(&dump->out, key);
	buf_add_char(&dump->out, '\t');
	add_value(&dump->out, value);
	buf_add_char(&dump->out, '\n');
}

static void fact_number(struct dump *dump, const char *key, double value)
{
	char text[64];

	number_format_perl(value, text);
	fact(dump, key, str_from(text));
}

static void facts(struct dump *dump, const char *key, const struct str_vec *values)
{
	for (size_t i = 0; i < values->n; i++)
		fact(dump, arena_cstr(dump->scan, arena_printf(dump->scan, "%s[%zu]", key, i)),
		     values->items[i]);
}

/* Order says nothing. */
static void facts_sorted(struct dump *dump, const char *key, const struct str_vec *values)
{
	struct str_vec sorted = {.n = 0};

	for (size_t i = 0; i < values->n; i++)
		vec_push(dump->scan, &sorted, values->items[i]);
	str_vec_sort(&sorted);
	facts(dump, key, &sorted);
}

/* --- structure ------------------------------------------------------------------------------ */

static void dump_oddities(struct dump *dump, const struct message *message)
{
	static const struct {
		enum oddity oddity;
		const char *name;
	} names[] = {
		{ODDITY_TRUNCATED_HEADER, "truncated_header"},
		{ODDITY_MISSING_HEAD_BODY_SEPARATOR, "missing_head_body_separator"},
		{ODDITY_MISSING_MIME_HEAD_BODY_SEPARATOR, "missing_mime_head_body_separator"},
		{ODDITY_MISSING_MIME_HEADERS, "missing_mime_headers"},
		{ODDITY_MIME_EPILOGUE_EXISTS, "mime_epilogue_exists"},
		{ODDITY_MIMEPART_LIMIT, "mimepart_limit_exceeded"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (message->oddities & names[i].oddity)
			fact(dump, "oddity", str_from(names[i].name));
	fact(dump, "mbox line", message->mbox_line);
	fact(dump, "line end", str_from(message->line_end));
	fact(dump, "head", message->pristine_headers);
	fact(dump, "rest", message->pristine_body);
}

static void dump_part(struct dump *dump, struct part *part, size_t index)
{
	const char *key = arena_cstr(dump->scan, arena_printf(dump->scan, "part %zu", index));

	fact(dump, key, part->type);
	fact(dump, key, str_from(part->is_leaf ? "leaf" : "branch"));
	for (size_t i = 0; i < part->headers.list.n; i++) {
		fact(dump, key, part->headers.list.items[i].name);
		fact(dump, key, part->headers.list.items[i].raw);
		fact(dump, key, part->headers.list.items[i].decoded);
	}
	if (!part->is_leaf)
		return;
	fact(dump, key, part->charset);
	fact(dump, key, part->name);
	fact(dump, key, part_decoded(dump->scan, part));
}

static void dump_structure(struct dump *dump, const struct message *message)
{
	struct part_vec parts = {.n = 0};

	dump_oddities(dump, message);
	message_parts(dump->scan, message, false, &parts);
	for (size_t i = 0; i < parts.n; i++)
		dump_part(dump, parts.items[i], i);
}

/* --- texts ---------------------------------------------------------------------------------- */

/* Names of tags may hold NULs. */
static struct str inside_text(struct arena *scan, const struct map_entry *entry)
{
	struct buf text;

	buf_init(&text, scan);
	buf_add_char(&text, '<');
	buf_add_str(&text, entry->key);
	buf_printf(&text, "> %zu", *(const size_t *)entry->value);
	return buf_str(&text);
}

static void dump_html(struct dump *dump, const struct html_result *html)
{
	struct str_vec lines = {.n = 0};
	const struct map_entry *entry;
	char number[64];

	for (size_t at = 0; (entry = map_next(html->numbers, &at));) {
		number_format_perl(*(const double *)entry->value, number);
		vec_push(dump->scan, &lines,
			 arena_printf(dump->scan, "%.*s %s", STR_ARG(entry->key), number));
	}
	for (size_t at = 0; (entry = map_next(html->inside, &at));)
		vec_push(dump->scan, &lines, inside_text(dump->scan, entry));
	facts_sorted(dump, "html", &lines);
	facts(dump, "html anchor", &html->anchor);
	facts(dump, "html comment", &html->comment);
	facts(dump, "html title", &html->title);
	facts(dump, "html script", &html->script);
}

static void dump_texts(struct dump *dump, const struct mail *mail)
{
	const struct views *views = mail_views(mail);
	for (size_t i = 0; i < views->rendered.n; i++) {
		const struct rendered_part *part = &views->rendered.items[i];
		fact(dump, "rendered", part->type);
		fact(dump, "rendered", part->text);
		fact(dump, "rendered visible", part->visible);
		fact(dump, "rendered invisible", part->invisible);
		if (part->html)
			dump_html(dump, part->html);
	}
	facts(dump, "body", &views->body);
	facts(dump, "visible", views_body_visible(dump->scan, views));
	facts(dump, "invisible", views_body_invisible(dump->scan, views));
	facts(dump, "rawbody", mail_rawbody(mail));
}

/* --- headers -------------------------------------------------------------------------------- */

static void dump_header(struct dump *dump, const struct mail *mail, struct str spec)
{
	const char *text = arena_cstr(dump->scan, spec);

	facts(dump, text, mail_header_all_c(dump->scan, mail, text));
	fact(dump, text, mail_header_c(dump->scan, mail, text));
}

static void dump_dates(struct dump *dump, const struct mail *mail)
{
	const struct str_vec *dates = mail_header_all_c(dump->scan, mail, "Date");
	int64_t time;

	for (size_t i = 0; i < dates->n; i++) {
		if (date_parse(dates->items[i], &time))
			fact_number(dump, "time", (double)time);
	}
}

static void dump_addresses(struct dump *dump, const struct mail *mail)
{
	struct str_vec from = {.n = 0}, to = {.n = 0}, domains = {.n = 0};

	mail_from_addresses(dump->scan, mail, &from);
	mail_to_addresses(dump->scan, mail, &to);
	mail_from_domains(dump->scan, mail, &domains);
	facts_sorted(dump, "from", &from);
	facts_sorted(dump, "to", &to);
	facts_sorted(dump, "from domains", &domains);
}

static void dump_relays(struct dump *dump, const struct relays *relays)
{
	fact(dump, "relays trusted", relays->trusted_text);
	fact(dump, "relays untrusted", relays->untrusted_text);
	fact(dump, "relays internal", relays->internal_text);
	fact(dump, "relays external", relays->external_text);
	fact_number(dump, "relays unparseable", relays->n_unparseable);
	fact_number(dump, "relays last trusted", (double)relays->last_trusted_index);
	fact_number(dump, "relays last internal", (double)relays->last_internal_index);
}

/* --- URIs ----------------------------------------------------------------------------------- */

static struct str uri_types(struct arena *scan, unsigned types)
{
	struct str_vec names = {.n = 0};
	struct buf text;

	for (unsigned bit = 0; bit < 32; bit++)
		if (types & 1U << bit)
			vec_push(scan, &names, str_from(uri_type_name((enum uri_type)(1U << bit))));
	str_vec_sort(&names);
	buf_init(&text, scan);
	for (size_t i = 0; i < names.n; i++)
		buf_printf(&text, "%s%.*s", i ? " " : "", STR_ARG(names.items[i]));
	return buf_str(&text);
}

static int compare_uris(const void *a, const void *b)
{
	return str_cmp((*(const struct uri *const *)a)->raw, (*(const struct uri *const *)b)->raw);
}

static void dump_uri(struct dump *dump, const struct uri *uri)
{
	struct str_vec hosts = {.n = 0};

	for (size_t i = 0; i < uri->hosts.n; i++)
		vec_push(dump->scan, &hosts,
			 arena_printf(dump->scan, "%.*s %.*s", STR_ARG(uri->hosts.items[i]),
				      STR_ARG(uri->hosts_domain.items[i])));
	fact(dump, "uri", uri->raw);
	fact(dump, "uri types", uri_types(dump->scan, uri->types));
	facts(dump, "uri anchor", &uri->anchor_text);
	facts_sorted(dump, "uri cleaned", &uri->cleaned);
	facts_sorted(dump, "uri domain", &uri->domains);
	facts_sorted(dump, "uri host", &hosts);
}

static void dump_uris(struct dump *dump, const struct uri_list *list)
{
	VEC_OF(, const struct uri *) sorted = {.n = 0};

	for (size_t i = 0; i < list->details.n; i++)
		vec_push(dump->scan, &sorted, &list->details.items[i]);
	if (sorted.n > 0)
		qsort(sorted.items, sorted.n, sizeof *sorted.items, compare_uris);
	for (size_t i = 0; i < sorted.n; i++)
		dump_uri(dump, sorted.items[i]);
}

/* --- a message ------------------------------------------------------------------------------ */

static void dump_hits(struct dump *dump, struct mail *mail)
{
	const struct scan_options options = {.deadline = DEADLINE_NEVER};
	const struct verdict_env env = {.no_autolearn = true};
	struct scan *scan = scan_run(dump->scan, ruleset_prefs(dump->ruleset), mail, &options);
	const struct verdict *verdict = verdict_make(dump->scan, scan, &env);

	facts_sorted(dump, "hit", &verdict->tests);
	const struct str_vec subtests = verdict_subtests(dump->scan, verdict);
	facts_sorted(dump, "hit", &subtests);
	fact_number(dump, "points", verdict->points);
}

static void dump_message(struct dump *dump, struct str raw)
{
	const struct ruleset *ruleset = dump->ruleset;
	const struct message *message = message_parse(dump->scan, raw, &ruleset->message_settings);
	struct mail *mail = mail_make(dump->scan, message, &ruleset->message_settings,
				      &ruleset->trust_settings, &ruleset->uri_settings);

	dump_structure(dump, message);
	dump_texts(dump, mail);
	for (size_t i = 0; i < dump->specs.n; i++)
		dump_header(dump, mail, dump->specs.items[i]);
	dump_dates(dump, mail);
	dump_addresses(dump, mail);
	dump_relays(dump, mail->relays);
	dump_uris(dump, mail_uris(mail));
	if (dump->hits)
		dump_hits(dump, mail);
}

static bool read_message(struct arena *scan, struct str *raw_out)
{
	char head[32];
	uint64_t length;
	struct buf raw;

	if (!fgets(head, sizeof head, stdin) || !number_u64(str_trim(str_from(head)), &length) ||
	    length > MESSAGE_BYTES_MAX)
		return false;
	buf_init(&raw, scan);
	if (length > 0 && fread(buf_reserve(&raw, length), 1, length, stdin) != length)
		return false;
	buf_commit(&raw, length);
	*raw_out = buf_str(&raw);
	return true;
}

static bool load_rules(struct dump *dump, struct arena *keep, const struct str_vec *cf)
{
	struct load_options options = {.cf = *cf,
				       .local_tests_only = true,
				       .email_address_xs = dump->modules,
				       .libidn = dump->modules};
	struct diag_sink diags = {.arena = keep};
	struct ruleset *ruleset;
	struct why why;

	if (ruleset_load(keep, &options, plugin_host_extension(plugin_host_new(keep)), &diags,
			 &ruleset, &why) != STATUS_OK) {
		fprintf(stderr, "dump: no rules: %s\n", why.text);
		return false;
	}
	dump->ruleset = ruleset;
	return true;
}

int main(int argc, char **argv)
{
	struct arena *keep = arena_new("rules", 0);
	struct dump dump = {.scan = arena_new("scan", 0)};
	struct str_vec cf = {.n = 0};
	struct str raw;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--hits") == 0)
			dump.hits = true;
		else if (strcmp(argv[i], "--modules") == 0)
			dump.modules = true;
		else if (strcmp(argv[i], "--cf") == 0 && i + 1 < argc)
			vec_push(keep, &cf, str_from(argv[++i]));
		else
			vec_push(keep, &dump.specs, str_from(argv[i]));
	}
	if (!load_rules(&dump, keep, &cf))
		return 1;
	for (; read_message(dump.scan, &raw); arena_reset(dump.scan)) {
		buf_init(&dump.out, dump.scan);
		dump_message(&dump, raw);
		printf("%zu\n", dump.out.len);
		fwrite(dump.out.ptr, 1, dump.out.len, stdout);
		fflush(stdout);
	}
	arena_free(dump.scan);
	arena_free(keep);
	return 0;
}
