/*
 * settings: values of the core's own directives (Conf.pm; sa-surface 4.2). Defaults in
 * settings_init(). Part of a frozen rule set; user preferences get a copy (rules/prefs.h). Add
 * fields here with their directive in rules/keywords.c.
 */
#ifndef WHORL_RULES_SETTINGS_H
#define WHORL_RULES_SETTINGS_H

#include "lib/base/geodb.h"
#include "lib/base/map.h"
#include "lib/base/regex.h"
#include "lib/message/mail.h"
#include "rules/addrlist.h"

/* add_header ham|spam|all NAME TEMPLATE, in order of definition */
struct header_template {
	struct str name;     /* without "X-Spam-" */
	struct str template; /* escapes \n \t \\ already resolved */
};
VEC_OF(header_template_vec, struct header_template);

VEC_OF(uri_redirector_vec, struct uri_redirector);

struct registry;

struct settings {
	double required_score;
	bool normalize_charset, parse_dkim_uris, always_trust_envelope_sender;
	bool email_address_xs; /* of the installation, not of the rule files */
	double body_part_scan_size, rawbody_part_scan_size;
	struct header_template_vec headers_ham, headers_spam;
	struct str rewrite_subject, rewrite_from, rewrite_to; /* templates; empty: off */
	double report_safe, report_wrap_width;
	bool fold_headers;
	struct str_vec report_safe_copy_headers;
	struct str report_template, unsafe_report_template; /* lines joined with "\n" */
	struct str report_contact, report_hostname, report_charset;
	struct str ok_locales;
	struct map *subjprefix; /* rule name → struct str * */
	struct netset *trusted_networks, *internal_networks, *msa_networks;
	bool trusted_configured, internal_configured, msa_configured;
	struct str_vec originating_ip_headers;
	const struct received_parser *received_parser; /* of the rule set; set when it is loaded */
	struct str envelope_sender_header;
	bool skip_rbl_checks, use_bayes, use_bayes_rules, use_learner, bayes_auto_learn,
		bayes_learn_during_report;
	double time_limit_s;
	bool allow_user_rules;
	struct addr_list *welcomelist_from, *blocklist_from, *welcomelist_to, *more_spam_to,
		*all_spam_to, *blocklist_to, *welcomelist_auth, *def_welcomelist_auth;
	struct addr_rcvd_list *welcomelist_from_rcvd, *def_welcomelist_from_rcvd;
	struct addr_list *welcomelist_allows_relays;
	struct map *addr_lists;     /* enlist_addrlist (NAME): name → struct addr_list * */
	struct map *uri_host_lists; /* enlist_uri_host (NAME): name → struct map * host → "1" or "0"
				       for "!" */
	struct uri_redirector_vec redirectors; /* redirector_pattern */
	struct str mbox_format_from_regex;     /* the pattern as written; empty: unset */
	struct map
		*values; /* every other accepted directive: canonical name → struct str *: the last
			  * value; of directives that accumulate all lines, joined by "\n" */
};

void settings_init(struct settings *settings, struct arena *keep);
/* What parsing and the trust boundary need of them; for users with settings of their own. */
struct message_settings settings_for_message(const struct settings *settings);
struct trust_settings settings_for_trust(const struct settings *settings);
struct uri_settings settings_for_uri(const struct settings *settings,
				     const struct registry *registry);
/* Text of a directive in values, or ptr NULL. */
struct str settings_value(const struct settings *settings, const char *name);
/* The databases that the geodb_* directives name, opened for `wanted` (lib/base/geodb.h); NULL when
 * there are none. */
struct geodb *settings_geodb_open(struct arena *keep, const struct settings *settings,
				  unsigned wanted);
/* The address list that enlist_addrlist and check_from_in_list call NAME: one of the fields above
 * or of addr_lists; NULL when there is none. */
struct addr_list *settings_addr_list(const struct settings *settings, struct str name);

#endif
