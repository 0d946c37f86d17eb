/* shipped: what SpamAssassin's own plugin classes bring into the rule language, whether our host
 * has them or not; private to rules/. The tables are in shipped_tables.c, the checks of their
 * directives in shipped.c. */
#ifndef WHORL_RULES_SHIPPED_H
#define WHORL_RULES_SHIPPED_H

#include "rules/words.h"

struct shipped_eval {
	const char *name;
	const char *type; /* "header", "body", ...: the only type of rule it may be used with; NULL:
			     any */
};

struct shipped_class {
	const char *name;
	const struct shipped_eval *evals;
	const char *const *methods; /* for has() and can() */
	const struct keyword_def *words;
};
extern const struct shipped_class shipped_classes[];

/* Checks of directives that are more than a type; all keep the text in settings.values. */
enum keyword_result parse_text(struct keyword_line *line);
enum keyword_result parse_nonempty(struct keyword_line *line);
enum keyword_result parse_digits(struct keyword_line *line);
enum keyword_result parse_0_to_1(struct keyword_line *line);
enum keyword_result parse_07_to_1(struct keyword_line *line);
enum keyword_result parse_0_to_2(struct keyword_line *line);
enum keyword_result parse_0_to_5(struct keyword_line *line);
enum keyword_result parse_0_to_10(struct keyword_line *line);
enum keyword_result parse_0_to_200(struct keyword_line *line);
enum keyword_result parse_0_to_10000(struct keyword_line *line);
enum keyword_result parse_v4_mask(struct keyword_line *line);
enum keyword_result parse_v6_mask(struct keyword_line *line);
enum keyword_result parse_file_mode(struct keyword_line *line);
enum keyword_result parse_one_or_two_words(struct keyword_line *line);
enum keyword_result parse_one_or_two_numbers(struct keyword_line *line);
enum keyword_result parse_list_line(struct keyword_line *line);
enum keyword_result parse_authres_networks(struct keyword_line *line);
enum keyword_result parse_shortcircuit(struct keyword_line *line);
enum keyword_result parse_mail_address(struct keyword_line *line);
enum keyword_result parse_host_and_port(struct keyword_line *line);
enum keyword_result parse_uridnsbl_timeout(struct keyword_line *line);
enum keyword_result parse_domain_alias(struct keyword_line *line);
enum keyword_result parse_adsp_override(struct keyword_line *line);
enum keyword_result parse_asn_zone(struct keyword_line *line);
enum keyword_result parse_pyzor_max(struct keyword_line *line);
/* RULE ZONE TYPE [SUBTEST] */
enum keyword_result parse_zone(struct keyword_line *line);
enum keyword_result parse_zone_subtest(struct keyword_line *line);
/* Those that define rules: the rule is known, and never hits. */
enum keyword_result parse_askdns(struct keyword_line *line);
enum keyword_result parse_mimeheader(struct keyword_line *line);
enum keyword_result parse_uri_detail(struct keyword_line *line);
enum keyword_result parse_uri_block(struct keyword_line *line);
enum keyword_result parse_reuse_word(struct keyword_line *line);

#endif
