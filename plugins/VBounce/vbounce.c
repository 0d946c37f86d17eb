/* VBounce: bounces of mail that this site did send (SpamAssassin's Plugin/VBounce.pm): a relay of
 * welcomelist_bounce_relays is named in a Received line of the returned message. */
#include "lib/base/buf.h"
#include "plugins/args.h"

struct vbounce_conf {
	struct addr_list *relays;
	const struct regex *received, *word_in_line, *word;
};

static void conf_init(void *data, struct arena *keep)
{
	struct vbounce_conf *conf = data;

	conf->relays = addr_list_new(keep);
	conf->received = regex_must(keep, "^[> ]*Received:", REGEX_ICASE);
	conf->word_in_line = regex_must(keep, " (\\S+\\.\\S+) ", 0);
	conf->word = regex_must(keep, "\\s(\\S+\\.\\S+)\\s", 0);
}

static const struct vbounce_conf *conf_of(const struct scan *scan, const struct eval_call *call)
{
	return scan_plugin_conf(scan, call->plugin);
}

static int have_any_bounce_relays(struct scan *scan, const struct eval_call *call)
{
	return addr_list_count(conf_of(scan, call)->relays) > 0;
}

/* Words of line from *at on; *at moves behind the last one found. */
static bool names_relay(const struct vbounce_conf *conf, const struct regex *word, struct str line,
			size_t *at)
{
	struct regex_match match;

	while (*at <= line.len && regex_exec(word, line, *at, &match) == REGEX_MATCH) {
		if (addr_list_match(conf->relays, match.group[1]).ptr)
			return true;
		*at = match.end;
	}
	return false;
}

static bool body_names_relay(const struct vbounce_conf *conf, const struct str_vec *body)
{
	for (size_t i = 0; i < body->n; i++) {
		size_t at = 0;

		if (regex_test(conf->received, body->items[i]) &&
		    names_relay(conf, conf->word_in_line, body->items[i], &at))
			return true;
	}
	return false;
}

/* A Received header of a returned message with its continuation lines, as far as it was read. */
struct quoted_header {
	struct buf text;
	size_t searched;
	bool is_received;
};

/* Where the search goes on when text is added behind: before the last word, which may grow. */
static void keep_last_word(struct quoted_header *header)
{
	size_t at = header->text.len;

	while (at > header->searched && !ascii_is_space((unsigned char)header->text.ptr[at - 1]))
		at--;
	if (at > header->searched)
		header->searched = at - 1;
}

static void add_line(const struct vbounce_conf *conf, struct quoted_header *header, struct str line)
{
	bool continues = line.len && ascii_is_space((unsigned char)line.ptr[0]);

	if (!continues) {
		header->text.len = 0;
		header->searched = 0;
	}
	buf_add_str(&header->text, line);
	if (!continues || header->text.len == line.len)
		header->is_received = regex_test(conf->received, buf_str(&header->text));
}

static bool pristine_names_relay(struct scan *scan, const struct vbounce_conf *conf)
{
	struct str rest = scan_mail(scan)->message->pristine_body, line;
	struct quoted_header header = {.is_received = false};
	bool found = false;

	if (!str_contains_ci(rest, "Received:"))
		return false;
	buf_init(&header.text, scan_arena(scan));
	while (str_line_next(&rest, &line)) {
		found = found || regex_test(conf->received, line);
		if (!found)
			continue;
		add_line(conf, &header, line);
		if (!header.is_received)
			continue;
		if (names_relay(conf, conf->word, buf_str(&header.text), &header.searched))
			return true;
		keep_last_word(&header);
	}
	return false;
}

static int check_welcomelist_bounce_relays(struct scan *scan, const struct eval_call *call)
{
	const struct vbounce_conf *conf = conf_of(scan, call);

	return addr_list_count(conf->relays) > 0 &&
	       (body_names_relay(conf, &mail_views(scan_mail(scan))->body) ||
		pristine_names_relay(scan, conf));
}

static const struct eval_def evals[] = {
	{"check_welcomelist_bounce_relays", NULL, check_welcomelist_bounce_relays},
	{"check_whitelist_bounce_relays", NULL, check_welcomelist_bounce_relays},
	{"have_any_bounce_relays", NULL, have_any_bounce_relays},
	{NULL, NULL, NULL},
};

static const struct keyword_def keywords[] = {
	{"welcomelist_bounce_relays", "whitelist_bounce_relays", WHO_USER, KEYWORD_ADDRLIST,
	 offsetof(struct vbounce_conf, relays), NULL},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

const struct plugin_def plugin_vbounce = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::VBounce",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct vbounce_conf),
	.conf_init = conf_init,
};
