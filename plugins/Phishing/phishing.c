/* Phishing: links that a downloaded feed of OpenPhish, PhishTank or PhishStats lists
 * (SpamAssassin's Plugin/Phishing.pm). */
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "plugins/args.h"

enum { FEED_BYTES_MAX = 256 << 20, SLASHES_OF_HOST = 3 };

struct phishing_conf {
	struct str openphish_feed, phishtank_feed, phishstats_feed;
	bool uri_noparam;
	double minscore;
	struct map *listed; /* URI → struct map *: domain → name of the feed */
};

static void conf_init(void *data, struct arena *keep)
{
	struct phishing_conf *conf = data;

	conf->minscore = 6;
	conf->listed = map_new(keep);
}

#define WORD(type, name, field)                                                                    \
	{                                                                                          \
		name, NULL, WHO_ADMIN, type, offsetof(struct phishing_conf, field), NULL           \
	}

static const struct keyword_def keywords[] = {
	WORD(KEYWORD_STRING, "phishing_openphish_feed", openphish_feed),
	WORD(KEYWORD_STRING, "phishing_phishtank_feed", phishtank_feed),
	WORD(KEYWORD_STRING, "phishing_phishstats_feed", phishstats_feed),
	WORD(KEYWORD_BOOL, "phishing_uri_noparam", uri_noparam),
	WORD(KEYWORD_NUMBER, "phishing_phishstats_minscore", minscore),
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- feeds --- */

struct feed {
	const char *name;
	struct str path;
	int uri_field, score_field; /* of a CSV line; -1: the line is the URI, there is no score */
	bool has_title;             /* the first line is none */
};

struct feed_reader {
	struct phishing_conf *conf;
	const struct registry *registry;
	struct arena *keep;
};

static struct str without_parameters(const struct phishing_conf *conf, struct str uri)
{
	return conf->uri_noparam ? str_sub(uri, 0, str_find_char(uri, '?')) : uri;
}

static void add_uri(struct feed_reader *reader, struct str uri, const char *feed_name)
{
	struct str key = without_parameters(reader->conf, uri), domain, host;
	struct map *domains;

	if (!uri_to_domain(reader->keep, reader->registry, uri, &domain, &host))
		return;
	domains = map_find(reader->conf->listed, key);
	if (!domains) {
		domains = map_new(reader->keep);
		map_put(reader->conf->listed, key, domains);
	}
	if (!map_has(domains, domain))
		map_put(domains, domain, (void *)(size_t)feed_name);
}

static struct str without_quotes(struct arena *arena, struct str text)
{
	char *copy = arena_cstr(arena, text);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '"')
			copy[n++] = text.ptr[i];
	return str_make(copy, n);
}

static bool csv_field(struct arena *arena, struct str line, int wanted, struct str *out)
{
	struct str field;

	for (int i = 0; str_split_next(&line, ',', &field); i++)
		if (i == wanted) {
			*out = without_quotes(arena, field);
			return true;
		}
	return false;
}

static void read_line(struct feed_reader *reader, const struct feed *feed, struct str line)
{
	struct str uri = line, score;

	if (str_has_prefix(str_trim_left(line), "#"))
		return;
	if (feed->uri_field >= 0 && !csv_field(reader->keep, line, feed->uri_field, &uri))
		return;
	if (feed->score_field >= 0 && (!csv_field(reader->keep, line, feed->score_field, &score) ||
				       reader->conf->minscore >= number_perl(score)))
		return;
	add_uri(reader, uri, feed->name);
}

static void read_feed(struct feed_reader *reader, const struct feed *feed)
{
	const char *path = arena_cstr(reader->keep, feed->path);
	struct str text, line;

	if (!feed->path.len || !file_exists(path) || file_is_dir(path) ||
	    file_read(reader->keep, path, FEED_BYTES_MAX, &text, NULL) != STATUS_OK)
		return;
	for (size_t n = 0; str_line_next(&text, &line); n++)
		if (n > 0 || !feed->has_title)
			read_line(reader, feed, line);
}

static enum status config_read(void *data, struct conf *conf_reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	struct phishing_conf *conf = data;
	struct feed_reader reader = {conf, ruleset->registry, keep};
	const struct feed feeds[] = {
		{"OpenPhish", conf->openphish_feed, -1, -1, false},
		{"PhishTank", conf->phishtank_feed, 1, -1, true},
		{"PhishStats", conf->phishstats_feed, 2, 1, true},
	};

	(void)conf_reader;
	(void)why;
	for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++)
		read_feed(&reader, &feeds[i]);
	return STATUS_OK;
}

/* --- a message --- */

static size_t count_slashes(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '/';
	return n;
}

static bool is_listed(struct scan *scan, const struct eval_call *call, struct str uri)
{
	const struct phishing_conf *conf = scan_plugin_conf(scan, call->plugin);
	struct str key = without_parameters(conf, uri), domain = STR_NONE, host;
	const struct map *domains;
	const char *feed;

	if (conf->uri_noparam && count_slashes(key) <= SLASHES_OF_HOST)
		return false;
	domains = map_find(conf->listed, key);
	if (!domains)
		return false;
	uri_to_domain(scan_arena(scan), scan_mail(scan)->registry, uri, &domain, &host);
	feed = map_find(domains, domain);
	scan_note(scan, call->rule,
		  arena_printf(scan_arena(scan), "%s (%.*s)", feed ? feed : "", STR_ARG(domain)));
	return true;
}

static int check_phishing(struct scan *scan, const struct eval_call *call)
{
	const struct uri_vec *uris = &mail_uris(scan_mail(scan))->details;

	for (size_t i = 0; i < uris->n; i++) {
		const struct uri *uri = &uris->items[i];

		if (str_has_prefix_ci(uri->raw, "mailto:") || uri->hosts.n == 0 ||
		    !(uri->types & (URI_TYPE_A | URI_TYPE_PARSED)))
			continue;
		for (size_t j = 0; j < uri->cleaned.n; j++)
			if (is_listed(scan, call, uri->cleaned.items[j]))
				return 1;
	}
	return 0;
}

static const struct eval_def evals[] = {
	{"check_phishing", NULL, check_phishing},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_phishing = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::Phishing",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct phishing_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
