/* lists: see lists.h. Which addresses of a message count: SpamAssassin.pm find_all_addrs_in_mail,
 * find_all_addrs_in_line. */
#include "whorl/lists.h"

#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/message/uri_host.h"

enum { ADDRESSES_MAX = 10000, ADDRESSES_IN_LINE_MAX = 1000 };

bool lists_change_address(struct engine *engine, enum list_change change, struct str address)
{
	const struct list_request request = {
		.change = change,
		.address = address,
		.user = engine_owner(engine),
		.out = stdout,
	};
	struct why why = {.text = ""};

	if (prefs_list_address(engine->scan, ruleset_prefs(engine->ruleset), &request, &why) ==
	    STATUS_OK)
		return fflush(stdout) == 0;
	log_warn("spamassassin: the list of addresses was not changed: %s", why.text);
	return false;
}

/* --- addresses of a message ------------------------------------------------------------------- */

struct found {
	struct arena *arena;
	const struct registry *registry;
	const struct regex *pattern;
	struct map *seen;
	struct str_vec addresses;
};

static void add_address(struct found *found, struct str address)
{
	if (str_has_prefix(address, "mailto:"))
		address = str_from_at(address, sizeof "mailto:" - 1);
	if (found->addresses.n < ADDRESSES_MAX && map_put(found->seen, address, found))
		vec_push(found->arena, &found->addresses, arena_str(found->arena, address));
}

static void add_from_headers(struct found *found, const struct mail *mail)
{
	static const char *const headers[] = {"To:addr",
					      "From:addr",
					      "Cc:addr",
					      "Reply-To:addr",
					      "Sender:addr",
					      "Errors-To:addr",
					      "Mail-Followup-To:addr"};

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		const struct str_vec *all = mail_header_all_c(found->arena, mail, headers[i]);
		for (size_t j = 0; j < all->n; j++)
			add_address(found, all->items[j]);
	}
}

/* What was found is cut out, so that the rest may close up to an address, too. */
static void add_from_line(struct found *found, struct str line)
{
	struct regex_match match;

	for (int i = 0; i < ADDRESSES_IN_LINE_MAX &&
			regex_exec(found->pattern, line, 0, &match) == REGEX_MATCH;
	     i++) {
		struct str host = match.group[2], all = match.group[0];
		size_t at = (size_t)(all.ptr - line.ptr);

		if (uri_host_is_fqdn(host) && uri_host_has_tld(found->registry, host))
			add_address(found, match.group[1]);
		line = arena_printf(found->arena, "%.*s%.*s", (int)at, line.ptr,
				    STR_ARG(str_from_at(line, at + all.len)));
	}
}

static void add_from_text(struct found *found, const struct mail *mail)
{
	struct str rest = mail->message->pristine_body, line;

	while (str_line_next(&rest, &line))
		if (str_find_char(line, '@') != STR_NOT_FOUND)
			add_from_line(found, line);
}

static const char address_pattern[] = "(?:mailto:)?\\s*([-a-zA-Z0-9_+:=!#$%&*^?{}|~/.]+@"
				      "([-a-zA-Z0-9_+:/]+(?:\\.[-a-zA-Z0-9_+:/]+)+))";

bool lists_change_message(struct engine *engine, enum list_change change, const struct mail *mail)
{
	struct arena *scan = engine->scan;
	struct found found = {
		.arena = scan,
		.registry = mail->registry,
		.pattern = regex_must(scan, address_pattern, REGEX_ICASE),
		.seen = map_new(scan),
	};
	bool done = true;

	if (change == LIST_BLOCK) {
		found.addresses = *mail_header_all_c(scan, mail, "From:addr");
	} else {
		add_from_headers(&found, mail);
		add_from_text(&found, mail);
	}
	for (size_t i = 0; i < found.addresses.n; i++)
		done = lists_change_address(engine, change, found.addresses.items[i]) && done;
	return done;
}
