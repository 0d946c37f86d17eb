/* RelayCountry: countries that the message came through, as headers for rules and as tags
 * (SpamAssassin's Plugin/RelayCountry.pm). */
#include "lib/base/geodb.h"
#include "plugins/plugin.h"

struct relaycountry_conf {
	const struct geodb *db; /* NULL: there is none, nothing is set */
};

static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	struct relaycountry_conf *conf = data;

	(void)ruleset;
	(void)why;
	conf->db = settings_geodb_open(keep, conf_settings(reader), 1u << GEODB_COUNTRY);
	return STATUS_OK;
}

static void add_countries(struct scan *scan, const struct geodb *db, const struct relay_vec *relays,
			  size_t first, struct str_vec *out)
{
	for (size_t i = first; i < relays->n; i++)
		vec_push(scan_arena(scan), out, geodb_country(db, relays->items[i]->ip_text));
}

/* A header "DE FR" and a tag of the values. */
static void publish(struct scan *scan, const char *header, const char *tag,
		    const struct str_vec *countries)
{
	scan_metadata_set(scan, header, str_vec_join(scan_arena(scan), countries, " "));
	scan_tag_set(scan, tag, countries->n ? countries->items[0] : STR_LIT(""));
	for (size_t i = 1; i < countries->n; i++)
		scan_tag_add(scan, tag, countries->items[i]);
}

/* The first trusted relay that a user authenticated to; the number of relays when there is none. */
static size_t first_with_auth(const struct relay_vec *relays)
{
	size_t i = 0;

	while (i < relays->n && !relays->items[i]->auth.len)
		i++;
	return i;
}

static void enrich(struct scan *scan, const void *plugin)
{
	const struct relaycountry_conf *conf = scan_plugin_conf(scan, plugin);
	const struct relays *relays = scan_mail(scan)->relays;
	struct str_vec untrusted = {0}, external = {0}, auth = {0}, all = {0};

	if (!geodb_has_country(conf->db))
		return;
	add_countries(scan, conf->db, &relays->untrusted, 0, &untrusted);
	add_countries(scan, conf->db, &relays->external, 0, &external);
	add_countries(scan, conf->db, &relays->trusted, first_with_auth(&relays->trusted), &auth);
	add_countries(scan, conf->db, &relays->internal, 0, &all);
	add_countries(scan, conf->db, &relays->external, 0, &all);
	publish(scan, "X-Relay-Countries", "RELAYCOUNTRY", &untrusted);
	publish(scan, "X-Relay-Countries-External", "RELAYCOUNTRYEXT", &external);
	publish(scan, "X-Relay-Countries-Auth", "RELAYCOUNTRYAUTH", &auth);
	publish(scan, "X-Relay-Countries-All", "RELAYCOUNTRYALL", &all);
}

const struct plugin_def plugin_relaycountry = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::RelayCountry",
	.conf_bytes = sizeof(struct relaycountry_conf),
	.config_read = config_read,
	.enrich = enrich,
};
