/*
 * shipped_tables: facts about the plugin classes of SpamAssassin 4.0.1: their eval functions with
 * the type of rule each must be used with (none given: any), their feature tests, their directives
 * with type and who may use them. What the host's own plugins implement, they define themselves;
 * this is for the rest, and for the types.
 */
#include "rules/shipped.h"

#define TEXT KEYWORD_IN_VALUES
#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL                                      \
	}

static const struct keyword_def words_askdns[] = {
	{"askdns", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_askdns},
	END,
};

static const struct keyword_def words_asn[] = {
	{"asn_lookup", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_asn_zone},
	{"asn_lookup_ipv6", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_asn_zone},
	{"clear_asn_lookups", NULL, WHO_USER, KEYWORD_NOARGS, TEXT, NULL},
	{"asn_prefix", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_text},
	{"asn_use_geodb", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"asn_prefer_geodb", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"asn_use_dns", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	END,
};

static const struct keyword_def words_authres[] = {
	{"authres_networks", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_authres_networks},
	{"authres_trusted_authserv", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"authres_ignored_authserv", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	END,
};

static const struct keyword_def words_autolearnthreshold[] = {
	{"bayes_auto_learn_threshold_nonspam", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"bayes_auto_learn_threshold_spam", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"bayes_auto_learn_on_error", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	END,
};

static const struct keyword_def words_awl[] = {
	{"use_auto_welcomelist", "use_auto_whitelist", WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"auto_welcomelist_factor", "auto_whitelist_factor", WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"auto_welcomelist_ipv4_mask_len", "auto_whitelist_ipv4_mask_len", WHO_USER, KEYWORD_CUSTOM,
	 0, parse_v4_mask},
	{"auto_welcomelist_ipv6_mask_len", "auto_whitelist_ipv6_mask_len", WHO_USER, KEYWORD_CUSTOM,
	 0, parse_v6_mask},
	{"user_awl_sql_override_username", NULL, WHO_USER, KEYWORD_STRING, TEXT, NULL},
	{"auto_welcomelist_distinguish_signed", "auto_whitelist_distinguish_signed", WHO_USER,
	 KEYWORD_BOOL, TEXT, NULL},
	{"auto_welcomelist_factory", "auto_whitelist_factory", WHO_ADMIN, KEYWORD_STRING, TEXT,
	 NULL},
	{"auto_welcomelist_path", "auto_whitelist_path", WHO_ADMIN, KEYWORD_CUSTOM, 0,
	 parse_nonempty},
	{"auto_welcomelist_db_modules", "auto_whitelist_db_modules", WHO_ADMIN, KEYWORD_STRING,
	 TEXT, NULL},
	{"auto_welcomelist_file_mode", "auto_whitelist_file_mode", WHO_ADMIN, KEYWORD_CUSTOM, 0,
	 parse_file_mode},
	{"user_awl_dsn", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_awl_sql_username", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_awl_sql_password", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_awl_sql_table", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	END,
};

static const struct keyword_def words_bayes[] = {
	{"bayes_max_token_length", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"bayes_stopword_languages", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	END,
};

static const struct keyword_def words_dcc[] = {
	{"use_dcc", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"use_dcc_rep", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"dcc_body_max", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"dcc_fuz1_max", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"dcc_fuz2_max", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"dcc_rep_percent", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"dcc_timeout", NULL, WHO_ADMIN, KEYWORD_DURATION, TEXT, NULL},
	{"dcc_home", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"dcc_dccifd_path", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"dcc_path", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"dcc_options", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"dccifd_options", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"dcc_learn_score", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	END,
};

static const struct keyword_def words_decodeshorturls[] = {
	{"url_shortener", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"url_shortener_get", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"clear_url_shortener", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_text},
	{"url_shortener_cache_type", NULL, WHO_PRIVILEGED, KEYWORD_STRING, TEXT, NULL},
	{"url_shortener_cache_dsn", NULL, WHO_PRIVILEGED, KEYWORD_STRING, TEXT, NULL},
	{"url_shortener_cache_username", NULL, WHO_PRIVILEGED, KEYWORD_STRING, TEXT, NULL},
	{"url_shortener_cache_password", NULL, WHO_PRIVILEGED, KEYWORD_STRING, TEXT, NULL},
	{"url_shortener_cache_ttl", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"url_shortener_cache_autoclean", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"url_shortener_loginfo", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"url_shortener_timeout", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"max_short_urls", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"max_short_url_redirections", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"url_shortener_user_agent", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	END,
};

static const struct keyword_def words_dkim[] = {
	{"welcomelist_from_dkim", "whitelist_from_dkim", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_one_or_two_words},
	{"def_welcomelist_from_dkim", "def_whitelist_from_dkim", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_one_or_two_words},
	{"unwelcomelist_from_dkim", "unwhitelist_from_dkim", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_one_or_two_words},
	{"adsp_override", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_adsp_override},
	{"dkim_minimum_key_bits", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"dkim_timeout", NULL, WHO_ADMIN, KEYWORD_DURATION, TEXT, NULL},
	END,
};

static const struct keyword_def words_dmarc[] = {
	{"dmarc_save_reports", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	END,
};

static const struct keyword_def words_dnseval[] = {
	{"rbl_headers", NULL, WHO_PRIVILEGED, KEYWORD_STRING, TEXT, NULL},
	END,
};

static const struct keyword_def words_extracttext[] = {
	{"extracttext_maxparts", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"extracttext_timeout", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_one_or_two_numbers},
	END,
};

static const struct keyword_def words_freemail[] = {
	{"freemail_max_body_emails", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"freemail_max_body_freemails", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"freemail_skip_when_over_max", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"freemail_skip_bulk_envfrom", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"freemail_add_describe_email", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"freemail_import_welcomelist_auth", "freemail_import_whitelist_auth", WHO_USER,
	 KEYWORD_NUMBER, TEXT, NULL},
	{"freemail_import_def_welcomelist_auth", "freemail_import_def_whitelist_auth", WHO_USER,
	 KEYWORD_NUMBER, TEXT, NULL},
	END,
};

static const struct keyword_def words_fromnamespoof[] = {
	{"fns_add_addrlist", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_list_line},
	{"fns_remove_addrlist", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_list_line},
	{"fns_extrachars", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"fns_ignore_dkim", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"fns_ignore_headers", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"fns_check", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_2},
	END,
};

static const struct keyword_def words_hashbl[] = {
	{"hashbl_ignore", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"hashbl_email_domain_alias", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_domain_alias},
	{"hashbl_email_regex", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"hashbl_email_welcomelist", "hashbl_email_whitelist", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_text},
	END,
};

static const struct keyword_def words_mimeheader[] = {
	{"mimeheader", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_mimeheader},
	END,
};

static const struct keyword_def words_olevbmacro[] = {
	{"olemacro_num_mime", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"olemacro_num_zip", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"olemacro_zip_depth", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"olemacro_extended_scan", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"olemacro_prefer_contentdisposition", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"olemacro_max_file", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"olemacro_exts", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"olemacro_macro_exts", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"olemacro_skip_exts", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"olemacro_skip_ctypes", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"olemacro_zips", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"olemacro_download_marker", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	END,
};

static const struct keyword_def words_phishing[] = {
	{"phishing_openphish_feed", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"phishing_phishtank_feed", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"phishing_uri_noparam", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"phishing_phishstats_feed", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"phishing_phishstats_minscore", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	END,
};

static const struct keyword_def words_phishtag[] = {
	{"trigger_target", NULL, WHO_ADMIN, KEYWORD_HASH, TEXT, NULL},
	{"trigger_config", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"trigger_ratio", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	END,
};

static const struct keyword_def words_pyzor[] = {
	{"use_pyzor", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"pyzor_count_min", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"pyzor_max", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_pyzor_max},
	{"pyzor_welcomelist_min", "pyzor_whitelist_min", WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"pyzor_welcomelist_factor", "pyzor_whitelist_factor", WHO_USER, KEYWORD_NUMBER, TEXT,
	 NULL},
	{"pyzor_fork", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"pyzor_perl", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"pyzor_timeout", NULL, WHO_ADMIN, KEYWORD_DURATION, TEXT, NULL},
	{"pyzor_options", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"pyzor_path", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"pyzor_server_file", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nonempty},
	END,
};

static const struct keyword_def words_razor2[] = {
	{"use_razor2", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"razor_fork", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"razor_timeout", NULL, WHO_ADMIN, KEYWORD_DURATION, TEXT, NULL},
	{"razor_config", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	END,
};

static const struct keyword_def words_replacetags[] = {
	{"replace_tag", NULL, WHO_PRIVILEGED, KEYWORD_HASH, TEXT, NULL},
	{"replace_pre", NULL, WHO_PRIVILEGED, KEYWORD_HASH, TEXT, NULL},
	{"replace_inter", NULL, WHO_PRIVILEGED, KEYWORD_HASH, TEXT, NULL},
	{"replace_post", NULL, WHO_PRIVILEGED, KEYWORD_HASH, TEXT, NULL},
	{"replace_rules", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"replace_start", NULL, WHO_PRIVILEGED, KEYWORD_STRING, TEXT, NULL},
	{"replace_end", NULL, WHO_PRIVILEGED, KEYWORD_STRING, TEXT, NULL},
	END,
};

static const struct keyword_def words_resourcelimits[] = {
	{"resource_limit_mem", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"resource_limit_cpu", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	END,
};

static const struct keyword_def words_reuse[] = {
	{"reuse", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_reuse_word},
	{"run_reuse_tests_only", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	END,
};

static const struct keyword_def words_shortcircuit[] = {
	{"shortcircuit", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_shortcircuit},
	{"shortcircuit_spam_score", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"shortcircuit_ham_score", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"shortcircuit_min_ham_score", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"shortcircuit_max_spam_score", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	END,
};

static const struct keyword_def words_spamcop[] = {
	{"spamcop_from_address", NULL, WHO_USER, KEYWORD_STRING, 0, parse_mail_address},
	{"spamcop_to_address", NULL, WHO_USER, KEYWORD_STRING, 0, parse_mail_address},
	{"spamcop_max_report_size", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"spamcop_relayhost", NULL, WHO_USER, KEYWORD_STRING, 0, parse_host_and_port},
	END,
};

static const struct keyword_def words_spf[] = {
	{"welcomelist_from_spf", "whitelist_from_spf", WHO_USER, KEYWORD_ADDRLIST, TEXT, NULL},
	{"def_welcomelist_from_spf", "def_whitelist_from_spf", WHO_USER, KEYWORD_ADDRLIST, TEXT,
	 NULL},
	{"unwelcomelist_from_spf", "unwhitelist_from_spf", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_nonempty},
	{"spf_timeout", NULL, WHO_ADMIN, KEYWORD_DURATION, TEXT, NULL},
	{"ignore_received_spf_header", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"use_newest_received_spf_header", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"do_not_use_mail_spf", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"do_not_use_mail_spf_query", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	END,
};

static const struct keyword_def words_textcat[] = {
	{"ok_languages", NULL, WHO_USER, KEYWORD_STRING, TEXT, NULL},
	{"inactive_languages", NULL, WHO_USER, KEYWORD_STRING, TEXT, NULL},
	{"textcat_max_languages", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"textcat_optimal_ngrams", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"textcat_max_ngrams", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"textcat_acceptable_score", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	END,
};

static const struct keyword_def words_txrep[] = {
	{"use_txrep", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"txrep_factor", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_1},
	{"txrep_dilution_factor", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_07_to_1},
	{"txrep_expiry_days", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_10000},
	{"txrep_learn_penalty", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_200},
	{"txrep_learn_bonus", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_200},
	{"txrep_autolearn", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_5},
	{"txrep_track_messages", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"txrep_welcomelist_out", "txrep_whitelist_out", WHO_USER, KEYWORD_CUSTOM, 0,
	 parse_0_to_200},
	{"txrep_ipv4_mask_len", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_v4_mask},
	{"txrep_ipv6_mask_len", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_v6_mask},
	{"user_awl_sql_override_username", NULL, WHO_USER, KEYWORD_STRING, TEXT, NULL},
	{"txrep_user2global_ratio", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_10},
	{"auto_welcomelist_distinguish_signed", "auto_whitelist_distinguish_signed", WHO_USER,
	 KEYWORD_BOOL, TEXT, NULL},
	{"txrep_spf", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"txrep_weight_email", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_10},
	{"txrep_weight_email_ip", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_10},
	{"txrep_weight_domain", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_10},
	{"txrep_weight_ip", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_10},
	{"txrep_weight_helo", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_10},
	{"txrep_report_details", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_0_to_2},
	{"txrep_factory", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"auto_welcomelist_path", "auto_whitelist_path", WHO_ADMIN, KEYWORD_CUSTOM, 0,
	 parse_nonempty},
	{"auto_welcomelist_db_modules", "auto_whitelist_db_modules", WHO_ADMIN, KEYWORD_STRING,
	 TEXT, NULL},
	{"auto_welcomelist_file_mode", "auto_whitelist_file_mode", WHO_ADMIN, KEYWORD_CUSTOM, 0,
	 parse_file_mode},
	{"user_awl_dsn", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_awl_sql_username", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_awl_sql_password", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_awl_sql_table", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	END,
};

static const struct keyword_def words_uridetail[] = {
	{"uri_detail", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_uri_detail},
	END,
};

static const struct keyword_def words_uridnsbl[] = {
	{"skip_uribl_checks", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"uridnsbl_skip_mailto", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"uridnsbl_max_domains", NULL, WHO_ADMIN, KEYWORD_NUMBER, TEXT, NULL},
	{"uridnsbl", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone},
	{"uridnssub", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone_subtest},
	{"urirhsbl", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone},
	{"urirhssub", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone_subtest},
	{"urinsrhsbl", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone},
	{"urinsrhssub", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone_subtest},
	{"urifullnsrhsbl", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone},
	{"urifullnsrhssub", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_zone_subtest},
	{"uridnsbl_skip_domain", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nonempty},
	{"clear_uridnsbl_skip_domain", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_text},
	{"uridnsbl_timeout", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_uridnsbl_timeout},
	END,
};

static const struct keyword_def words_urilocalbl[] = {
	{"uri_block_cc", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_uri_block},
	{"uri_block_cont", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_uri_block},
	{"uri_block_isp", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_uri_block},
	{"uri_block_cidr", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_uri_block},
	{"uri_block_exclude", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_uri_block},
	END,
};

static const struct keyword_def words_vbounce[] = {
	{"welcomelist_bounce_relays", "whitelist_bounce_relays", WHO_USER, KEYWORD_ADDRLIST, TEXT,
	 NULL},
	END,
};

static const struct keyword_def words_welcomelistsubject[] = {
	{"welcomelist_subject", "whitelist_subject", WHO_USER, KEYWORD_CUSTOM, 0, parse_text},
	{"blocklist_subject", "blacklist_subject", WHO_USER, KEYWORD_CUSTOM, 0, parse_text},
	END,
};

static const struct shipped_eval evals_accessdb[] = {
	{"check_access_database", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_antivirus[] = {
	{"check_microsoft_executable", "body"},
	{"check_suspect_name", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_asn[] = {
	{"check_asn", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_authres[] = {
	{"check_authres_result", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_awl[] = {
	{"check_from_in_auto_welcomelist", "header"},
	{"check_from_in_auto_whitelist", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_bayes[] = {
	{"check_bayes", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_bodyeval[] = {
	{"check_blank_line_ratio", "body"},
	{"check_body_length", "body"},
	{"check_stock_info", "body"},
	{"multipart_alternative_difference", "body"},
	{"multipart_alternative_difference_count", "body"},
	{"plaintext_body_length", "body"},
	{"plaintext_body_sig_ratio", "body"},
	{"plaintext_sig_length", "body"},
	{"tvd_vertical_words", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_dcc[] = {
	{"check_dcc", "full"},
	{"check_dcc_reputation_range", "full"},
	{NULL, NULL},
};

static const struct shipped_eval evals_decodeshorturls[] = {
	{"short_url", "body"},          {"short_url_200", "body"},
	{"short_url_404", "body"},      {"short_url_chained", "body"},
	{"short_url_code", "body"},     {"short_url_loop", "body"},
	{"short_url_maxchain", "body"}, {"short_url_redir", "body"},
	{"short_url_tests", NULL},      {NULL, NULL},
};

static const struct shipped_eval evals_dkim[] = {
	{"check_arc_signed", "full"},
	{"check_arc_valid", "full"},
	{"check_dkim_adsp", "header"},
	{"check_dkim_dependable", "full"},
	{"check_dkim_signall", NULL},
	{"check_dkim_signed", "full"},
	{"check_dkim_signsome", NULL},
	{"check_dkim_testing", "header"},
	{"check_dkim_valid", "full"},
	{"check_dkim_valid_author_sig", "full"},
	{"check_dkim_valid_envelopefrom", "full"},
	{"check_dkim_verified", NULL},
	{"check_for_def_dkim_welcomelist_from", "header"},
	{"check_for_def_dkim_whitelist_from", "header"},
	{"check_for_dkim_welcomelist_from", "header"},
	{"check_for_dkim_whitelist_from", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_dmarc[] = {
	{"check_dmarc_missing", "header"}, {"check_dmarc_none", "header"},
	{"check_dmarc_pass", "header"},    {"check_dmarc_quarantine", "header"},
	{"check_dmarc_reject", "header"},  {NULL, NULL},
};

static const struct shipped_eval evals_dnseval[] = {
	{"check_dns_sender", "header"},      {"check_rbl", "header"},
	{"check_rbl_accreditor", "header"},  {"check_rbl_envfrom", "header"},
	{"check_rbl_from_domain", "header"}, {"check_rbl_from_host", "header"},
	{"check_rbl_headers", "header"},     {"check_rbl_ns_from", "header"},
	{"check_rbl_rcvd", "header"},        {"check_rbl_sub", "header"},
	{"check_rbl_txt", "header"},         {NULL, NULL},
};

static const struct shipped_eval evals_freemail[] = {
	{"check_freemail_body", "header"},
	{"check_freemail_from", "header"},
	{"check_freemail_header", "header"},
	{"check_freemail_replyto", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_fromnamespoof[] = {
	{"check_fromname_contains_email", "header"}, {"check_fromname_different", "header"},
	{"check_fromname_domain_differ", "header"},  {"check_fromname_equals_replyto", "header"},
	{"check_fromname_equals_to", "header"},      {"check_fromname_owners_differ", "header"},
	{"check_fromname_spoof", "header"},          {NULL, NULL},
};

static const struct shipped_eval evals_hashbl[] = {
	{"check_hashbl_attachments", "body"}, {"check_hashbl_bodyre", "body"},
	{"check_hashbl_emails", "header"},    {"check_hashbl_tag", "header"},
	{"check_hashbl_uris", "header"},      {NULL, NULL},
};

static const struct shipped_eval evals_headereval[] = {
	{"check_equal_from_domains", "header"},
	{"check_for_fake_aol_relay_in_rcvd", "header"},
	{"check_for_faraway_charset_in_headers", "header"},
	{"check_for_forged_eudoramail_received_headers", "header"},
	{"check_for_forged_gmail_received_headers", "header"},
	{"check_for_forged_gw05_received_headers", "header"},
	{"check_for_forged_hotmail_received_headers", "header"},
	{"check_for_forged_juno_received_headers", "header"},
	{"check_for_forged_yahoo_received_headers", "header"},
	{"check_for_matching_env_and_hdr_from", "header"},
	{"check_for_missing_to_header", "header"},
	{"check_for_msn_groups_headers", "header"},
	{"check_for_no_hotmail_received_headers", "header"},
	{"check_for_shifted_date", "header"},
	{"check_for_to_in_subject", "header"},
	{"check_for_unique_subject_id", "header"},
	{"check_header_count_range", "header"},
	{"check_illegal_chars", "header"},
	{"check_messageid_not_usable", "header"},
	{"check_outlook_message_id", "header"},
	{"check_ratware_envelope_from", "header"},
	{"check_ratware_name_id", "header"},
	{"check_unresolved_template", "header"},
	{"gated_through_received_hdr_remover", "header"},
	{"received_within_months", "header"},
	{"similar_recipients", "header"},
	{"sorted_recipients", "header"},
	{"subject_is_all_caps", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_htmleval[] = {
	{"check_iframe_src", "body"},
	{"html_charset_faraway", "body"},
	{"html_eval", "body"},
	{"html_image_only", "body"},
	{"html_image_ratio", "body"},
	{"html_range", "body"},
	{"html_tag_balance", "body"},
	{"html_tag_exists", "body"},
	{"html_test", "body"},
	{"html_text_match", "body"},
	{"html_text_not_match", "body"},
	{"html_title_subject_ratio", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_httpsmismatch[] = {
	{"check_https_http_mismatch", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_imageinfo[] = {
	{"image_count", "body"},      {"image_name_regex", "body"},
	{"image_named", "body"},      {"image_size_exact", "body"},
	{"image_size_range", "body"}, {"image_to_text_ratio", "body"},
	{"pixel_coverage", "body"},   {NULL, NULL},
};

static const struct shipped_eval evals_mimeeval[] = {
	{"check_abundant_unicode_ratio", "body"},
	{"check_base64_length", "body"},
	{"check_for_ascii_text_illegal", "body"},
	{"check_for_faraway_charset", "body"},
	{"check_for_mime", "body"},
	{"check_for_mime_html", "body"},
	{"check_for_mime_html_only", "body"},
	{"check_for_uppercase", "body"},
	{"check_ma_non_text", "body"},
	{"check_mime_multipart_ratio", "body"},
	{"check_msg_parse_flags", NULL},
	{"check_qp_ratio", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_olevbmacro[] = {
	{"check_olemacro", "body"},
	{"check_olemacro_csv", "body"},
	{"check_olemacro_download_exe", "body"},
	{"check_olemacro_encrypted", "body"},
	{"check_olemacro_malice", "body"},
	{"check_olemacro_mhtml_uri", "body"},
	{"check_olemacro_redirect_uri", "body"},
	{"check_olemacro_renamed", "body"},
	{"check_olemacro_zip_password", "body"},
	{"check_oleobject", "body"},
	{"check_olertfobject", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_pdfinfo[] = {
	{"pdf_count", "body"},
	{"pdf_image_count", "body"},
	{"pdf_image_size_exact", "body"},
	{"pdf_image_size_range", "body"},
	{"pdf_image_to_text_ratio", "body"},
	{"pdf_is_empty_body", "body"},
	{"pdf_is_encrypted", "body"},
	{"pdf_match_details", "body"},
	{"pdf_match_fuzzy_md5", "body"},
	{"pdf_match_md5", "body"},
	{"pdf_name_regex", "body"},
	{"pdf_named", "body"},
	{"pdf_pixel_coverage", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_phishing[] = {
	{"check_phishing", "body"},
	{NULL, NULL},
};

static const struct shipped_eval evals_pyzor[] = {
	{"check_pyzor", "full"},
	{NULL, NULL},
};

static const struct shipped_eval evals_razor2[] = {
	{"check_razor2", "full"},
	{"check_razor2_range", "full"},
	{NULL, NULL},
};

static const struct shipped_eval evals_relayeval[] = {
	{"check_all_trusted", NULL},
	{"check_for_forged_received_ip_helo", NULL},
	{"check_for_forged_received_trail", NULL},
	{"check_for_from_domain_in_received_headers", "header"},
	{"check_for_illegal_ip", NULL},
	{"check_for_no_rdns_dotcom_helo", NULL},
	{"check_for_numeric_helo", NULL},
	{"check_for_sender_no_reverse", NULL},
	{"check_no_relays", NULL},
	{"check_relays_unparseable", NULL},
	{"helo_ip_mismatch", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_shortcircuit[] = {
	{"check_shortcircuit", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_spf[] = {
	{"check_for_def_spf_welcomelist_from", "header"},
	{"check_for_def_spf_whitelist_from", "header"},
	{"check_for_spf_fail", "header"},
	{"check_for_spf_helo_fail", "header"},
	{"check_for_spf_helo_neutral", "header"},
	{"check_for_spf_helo_none", "header"},
	{"check_for_spf_helo_pass", "header"},
	{"check_for_spf_helo_permerror", "header"},
	{"check_for_spf_helo_softfail", "header"},
	{"check_for_spf_helo_temperror", "header"},
	{"check_for_spf_neutral", "header"},
	{"check_for_spf_none", "header"},
	{"check_for_spf_pass", "header"},
	{"check_for_spf_permerror", "header"},
	{"check_for_spf_softfail", "header"},
	{"check_for_spf_temperror", "header"},
	{"check_for_spf_welcomelist_from", "header"},
	{"check_for_spf_whitelist_from", "header"},
	{"check_spf_skipped_noenvfrom", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_test[] = {
	{"check_test_plugin", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_textcat[] = {
	{"check_body_8bits", "body"},
	{"check_language", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_txrep[] = {
	{"check_senders_reputation", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_uridetail[] = {
	{"check_uri_detail", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_uridnsbl[] = {
	{"check_uridnsbl", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_urieval[] = {
	{"check_for_http_redirector", NULL},
	{"check_https_ip_mismatch", NULL},
	{"check_uri_truncated", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_urilocalbl[] = {
	{"check_uri_local_bl", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_vbounce[] = {
	{"check_welcomelist_bounce_relays", NULL},
	{"check_whitelist_bounce_relays", NULL},
	{"have_any_bounce_relays", NULL},
	{NULL, NULL},
};

static const struct shipped_eval evals_welcomelistsubject[] = {
	{"check_subject_in_blacklist", "header"},
	{"check_subject_in_blocklist", "header"},
	{"check_subject_in_welcomelist", "header"},
	{"check_subject_in_whitelist", "header"},
	{NULL, NULL},
};

static const struct shipped_eval evals_wlbleval[] = {
	{"check_forged_in_default_welcomelist", "header"},
	{"check_forged_in_default_whitelist", "header"},
	{"check_forged_in_welcomelist", "header"},
	{"check_forged_in_whitelist", "header"},
	{"check_from_in_blacklist", "header"},
	{"check_from_in_blocklist", "header"},
	{"check_from_in_default_welcomelist", "header"},
	{"check_from_in_default_whitelist", "header"},
	{"check_from_in_list", "header"},
	{"check_from_in_welcomelist", "header"},
	{"check_from_in_whitelist", "header"},
	{"check_mailfrom_matches_rcvd", "header"},
	{"check_replyto_in_list", "header"},
	{"check_to_in_all_spam", "header"},
	{"check_to_in_blacklist", "header"},
	{"check_to_in_blocklist", "header"},
	{"check_to_in_list", "header"},
	{"check_to_in_more_spam", "header"},
	{"check_to_in_welcomelist", "header"},
	{"check_to_in_whitelist", "header"},
	{"check_uri_host_in_blacklist", NULL},
	{"check_uri_host_in_blocklist", NULL},
	{"check_uri_host_in_welcomelist", NULL},
	{"check_uri_host_in_whitelist", NULL},
	{"check_uri_host_listed", "header"},
	{NULL, NULL},
};

static const char *const methods_askdns[] = {
	"has_tag_header",
	NULL,
};

static const char *const methods_asn[] = {
	"has_asn_geodb", "has_asn_lookup_ipv6", "has_check_asn", "has_check_asn_tag", NULL,
};

static const char *const methods_bodyeval[] = {
	"has_check_body_length",
	"has_plaintext_body_sig_ratio",
	NULL,
};

static const char *const methods_decodeshorturls[] = {
	"has_autoclean",
	"has_clear",
	"has_get",
	"has_max_redirections",
	"has_short_url",
	"has_short_url_code",
	"has_short_url_redir",
	"has_timeout",
	"has_user_agent",
	NULL,
};

static const char *const methods_dkim[] = {
	"has_arc",
	NULL,
};

static const char *const methods_dnseval[] = {
	"has_tflags_domains_only",
	"has_tflags_ips_only",
	NULL,
};

static const char *const methods_hashbl[] = {
	"has_hashbl_attachments",
	"has_hashbl_bodyre",
	"has_hashbl_bodyre_num",
	"has_hashbl_email_domain",
	"has_hashbl_email_domain_alias",
	"has_hashbl_email_regex",
	"has_hashbl_email_welcomelist",
	"has_hashbl_email_whitelist",
	"has_hashbl_emails",
	"has_hashbl_ignore",
	"has_hashbl_sha256",
	"has_hashbl_tag",
	"has_hashbl_uris",
	NULL,
};

static const char *const methods_mimeeval[] = {
	"has_check_abundant_unicode_ratio",
	"has_check_for_ascii_text_illegal",
	"has_check_qp_ratio",
	NULL,
};

static const char *const methods_mimeheader[] = {
	"has_all_header",      "has_capture_rules", "has_tflags_concat",
	"has_tflags_multiple", "has_tflags_range",  NULL,
};

static const char *const methods_olevbmacro[] = {
	"has_olemacro_mhtml_uri",
	"has_olemacro_redirect_uri",
	"has_olertfobject",
	NULL,
};

static const char *const methods_pyzor[] = {
	"has_fork",
	"has_perl",
	NULL,
};

static const char *const methods_razor2[] = {
	"has_fork",
	NULL,
};

static const char *const methods_spf[] = {
	"has_check_for_spf_errors",
	"has_check_spf_skipped_noenvfrom",
	NULL,
};

static const char *const methods_uridetail[] = {
	"has_host_key",
	NULL,
};

static const char *const methods_uridnsbl[] = {
	"has_subtest_for_ranges",
	"has_tflags_domains_only",
	"has_tflags_notrim",
	"has_uridnsbl_a_ns",
	"has_uridnsbl_for_a",
	"has_uridnsbl_skip_mailto",
	NULL,
};

#define CLASS(name) "Mail::SpamAssassin::Plugin::" name

const struct shipped_class shipped_classes[] = {
	{CLASS("AccessDB"), evals_accessdb, NULL, NULL},
	{CLASS("AntiVirus"), evals_antivirus, NULL, NULL},
	{CLASS("AskDNS"), NULL, methods_askdns, words_askdns},
	{CLASS("ASN"), evals_asn, methods_asn, words_asn},
	{CLASS("AuthRes"), evals_authres, NULL, words_authres},
	{CLASS("AutoLearnThreshold"), NULL, NULL, words_autolearnthreshold},
	{CLASS("AWL"), evals_awl, NULL, words_awl},
	{CLASS("Bayes"), evals_bayes, NULL, words_bayes},
	{CLASS("BodyEval"), evals_bodyeval, methods_bodyeval, NULL},
	{CLASS("BodyRuleBaseExtractor"), NULL, NULL, NULL},
	{CLASS("Check"), NULL, NULL, NULL},
	{CLASS("DCC"), evals_dcc, NULL, words_dcc},
	{CLASS("DecodeShortURLs"), evals_decodeshorturls, methods_decodeshorturls,
	 words_decodeshorturls},
	{CLASS("DKIM"), evals_dkim, methods_dkim, words_dkim},
	{CLASS("DMARC"), evals_dmarc, NULL, words_dmarc},
	{CLASS("DNSEval"), evals_dnseval, methods_dnseval, words_dnseval},
	{CLASS("ExtractText"), NULL, NULL, words_extracttext},
	{CLASS("FreeMail"), evals_freemail, NULL, words_freemail},
	{CLASS("FromNameSpoof"), evals_fromnamespoof, NULL, words_fromnamespoof},
	{CLASS("HashBL"), evals_hashbl, methods_hashbl, words_hashbl},
	{CLASS("HeaderEval"), evals_headereval, NULL, NULL},
	{CLASS("HTMLEval"), evals_htmleval, NULL, NULL},
	{CLASS("HTTPSMismatch"), evals_httpsmismatch, NULL, NULL},
	{CLASS("ImageInfo"), evals_imageinfo, NULL, NULL},
	{CLASS("MIMEEval"), evals_mimeeval, methods_mimeeval, NULL},
	{CLASS("MIMEHeader"), NULL, methods_mimeheader, words_mimeheader},
	{CLASS("OLEVBMacro"), evals_olevbmacro, methods_olevbmacro, words_olevbmacro},
	{CLASS("OneLineBodyRuleType"), NULL, NULL, NULL},
	{CLASS("P595Body"), NULL, NULL, NULL},
	{CLASS("PDFInfo"), evals_pdfinfo, NULL, NULL},
	{CLASS("Phishing"), evals_phishing, NULL, words_phishing},
	{CLASS("PhishTag"), NULL, NULL, words_phishtag},
	{CLASS("Pyzor"), evals_pyzor, methods_pyzor, words_pyzor},
	{CLASS("Razor2"), evals_razor2, methods_razor2, words_razor2},
	{CLASS("RelayCountry"), NULL, NULL, NULL},
	{CLASS("RelayEval"), evals_relayeval, NULL, NULL},
	{CLASS("ReplaceTags"), NULL, NULL, words_replacetags},
	{CLASS("ResourceLimits"), NULL, NULL, words_resourcelimits},
	{CLASS("Reuse"), NULL, NULL, words_reuse},
	{CLASS("Rule2XSBody"), NULL, NULL, NULL},
	{CLASS("Shortcircuit"), evals_shortcircuit, NULL, words_shortcircuit},
	{CLASS("SpamCop"), NULL, NULL, words_spamcop},
	{CLASS("SPF"), evals_spf, methods_spf, words_spf},
	{CLASS("TextCat"), evals_textcat, NULL, words_textcat},
	{CLASS("TxRep"), evals_txrep, NULL, words_txrep},
	{CLASS("URIDetail"), evals_uridetail, methods_uridetail, words_uridetail},
	{CLASS("URIDNSBL"), evals_uridnsbl, methods_uridnsbl, words_uridnsbl},
	{CLASS("URIEval"), evals_urieval, NULL, NULL},
	{CLASS("URILocalBL"), evals_urilocalbl, NULL, words_urilocalbl},
	{CLASS("VBounce"), evals_vbounce, NULL, words_vbounce},
	{CLASS("WelcomeListSubject"), evals_welcomelistsubject, NULL, words_welcomelistsubject},
	{CLASS("WLBLEval"), evals_wlbleval, NULL, NULL},
	{CLASS("Test"), evals_test, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
