/* settings: defaults of the core's directives (Conf.pm), and finding values by name. */
#include "rules/conf.h"

/* Both kinds of mail get X-Spam-Checker-Version until the configuration says otherwise. */
static void default_headers(struct header_template_vec *headers, struct arena *keep)
{
	struct header_template version = {
		STR_LIT("Checker-Version"),
		STR_LIT("SpamAssassin _VERSION_ (_SUBVERSION_) on _HOSTNAME_")};
	vec_push(keep, headers, version);
}

static void default_lists(struct settings *s, struct arena *keep)
{
	struct addr_list **lists[] = {
		&s->welcomelist_from, &s->blocklist_from,       &s->welcomelist_to,
		&s->more_spam_to,     &s->all_spam_to,          &s->blocklist_to,
		&s->welcomelist_auth, &s->def_welcomelist_auth, &s->welcomelist_allows_relays,
	};
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		*lists[i] = addr_list_new(keep);
	s->welcomelist_from_rcvd = addr_rcvd_list_new(keep);
	s->def_welcomelist_from_rcvd = addr_rcvd_list_new(keep);
	s->addr_lists = map_new(keep);
	s->uri_host_lists = map_new(keep);
	s->subjprefix = map_new(keep);
	s->values = map_new(keep);
}

static void default_networks(struct settings *s, struct arena *keep)
{
	s->trusted_networks = netset_with_loopback(keep, "trusted_networks", true);
	s->internal_networks = netset_with_loopback(keep, "internal_networks", true);
	s->msa_networks = netset_with_loopback(keep, "msa_networks", false);
}

void settings_init(struct settings *s, struct arena *keep)
{
	*s = (struct settings){
		.required_score = 5,
		.normalize_charset = true,
		.parse_dkim_uris = true,
		.body_part_scan_size = 50000,
		.rawbody_part_scan_size = 500000,
		.report_safe = 1,
		.report_wrap_width = 75,
		.fold_headers = true,
		.report_template = STR_LIT(""),
		.unsafe_report_template = STR_LIT(""),
		.report_contact = STR_LIT("the administrator of that system"),
		.report_hostname = STR_LIT(""),
		.report_charset = STR_LIT("UTF-8"),
		.ok_locales = STR_LIT("all"),
		.use_bayes = true,
		.use_bayes_rules = true,
		.use_learner = true,
		.bayes_auto_learn = true,
		.bayes_learn_during_report = true,
		.time_limit_s = 300,
	};
	default_headers(&s->headers_ham, keep);
	default_headers(&s->headers_spam, keep);
	default_lists(s, keep);
	default_networks(s, keep);
}

struct str settings_value(const struct settings *settings, const char *name)
{
	const struct str *value = map_find_c(settings->values, name);
	return value ? *value : STR_NONE;
}

struct addr_list *settings_addr_list(const struct settings *s, struct str name)
{
	const struct {
		const char *name;
		struct addr_list *list;
	} own[] = {
		{"welcomelist_from", s->welcomelist_from},
		{"blocklist_from", s->blocklist_from},
		{"welcomelist_to", s->welcomelist_to},
		{"more_spam_to", s->more_spam_to},
		{"all_spam_to", s->all_spam_to},
		{"blocklist_to", s->blocklist_to},
		{"welcomelist_auth", s->welcomelist_auth},
		{"def_welcomelist_auth", s->def_welcomelist_auth},
	};
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (str_eq_c(name, own[i].name))
			return own[i].list;
	return map_find(s->addr_lists, name);
}

/* --- where IP addresses are
 * ----------------------------------------------------------------------------------- */

struct geodb *settings_geodb_open(struct arena *keep, const struct settings *settings,
				  unsigned wanted)
{
	struct geodb_settings geodb = {
		.paths = {
			[GEODB_CITY] = settings_value(settings, "geodb_city"),
			[GEODB_COUNTRY] = settings_value(settings, "geodb_country"),
			[GEODB_ISP] = settings_value(settings, "geodb_isp"),
		}};
	struct str module = settings_value(settings, "geodb_module");
	struct str path = settings_value(settings, "geodb_search_path");
	if (module.len && !str_eq_c(module, "geoip2"))
		return NULL;
	if (!path.ptr)
		path = STR_LIT("/usr/local/share/GeoIP /usr/share/GeoIP /var/lib/GeoIP "
			       "/opt/share/GeoIP");
	for (struct str directory; str_word_next(&path, &directory);)
		vec_push(keep, &geodb.directories, directory);
	return geodb_open(keep, &geodb, wanted);
}
