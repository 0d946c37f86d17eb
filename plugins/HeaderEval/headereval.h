/* headereval: what the files of HeaderEval share. */
#ifndef WHORL_PLUGINS_HEADEREVAL_H
#define WHORL_PLUGINS_HEADEREVAL_H

#include "plugins/args.h"

enum header_pattern {
	PATTERN_IP,
	PATTERN_AOL_RELAY,
	PATTERN_AOL_VERSION,
	PATTERN_AOL_ID,
	PATTERN_EZMLM_LIST,
	PATTERN_EZMLM_TO,
	PATTERN_EZMLM_RECEIVED,
	PATTERN_MSN_GATE,
	PATTERN_HOTMAIL_REAL,
	PATTERN_HOTMAIL_BRACKET,
	PATTERN_HOTMAIL_HTTP,
	PATTERN_HOTMAIL_YAHOO,
	PATTERN_OUTLOOK_OUTBOUND,
	PATTERN_OUTLOOK_PROD,
	PATTERN_HOTMAIL_CLAIM,
	PATTERN_HOTMAIL_FROM,
	PATTERN_ORIGINATOR,
	PATTERN_MSN_TO,
	PATTERN_MSN_RECEIVED,
	PATTERN_EUDORA_FROM,
	PATTERN_WHOWHERE,
	PATTERN_YAHOO_FROM,
	PATTERN_YAHOO_TRUSTED,
	PATTERN_YAHOO_UNTRUSTED,
	PATTERN_YAHOO_WEB,
	PATTERN_YAHOO_SONIC,
	PATTERN_YAHOO_SMTP,
	PATTERN_YAHOO_NNFMP,
	PATTERN_YAHOO_BULK,
	PATTERN_YAHOO_REPLY,
	PATTERN_YAHOO_VERSION,
	PATTERN_JUNO_FROM,
	PATTERN_JUNO_RECEIVED,
	PATTERN_JUNO_COOKIE,
	PATTERN_GMAIL_FROM,
	PATTERN_GMAIL_10,
	PATTERN_GMAIL_2002,
	PATTERN_GMAIL_ESMTPSA,
	PATTERN_GW05,
	PATTERN_DATE,
	PATTERN_LOCAL_HOP,
	PATTERN_QMAIL_UID,
	PATTERN_FETCHMAIL,
	PATTERN_REPLY_PREFIX,
	PATTERN_CAPS_CHARSET,
	PATTERN_OUTLOOK_ID,
	PATTERN_LYRIS,
	PATTERN_CWT_DCE,
	PATTERN_TEMPLATE,
	PATTERN_TEMPLATE_FREE,
	PATTERN_RATWARE_ID,
	PATTERN_ENCODED_WORD,
	N_PATTERNS,
};

struct headereval_conf {
	const struct regex *patterns[N_PATTERNS];
};

/* Everything computed once a message. */
struct headereval_facts {
	bool has_hotmail, has_recipients, has_date_header, has_received, has_diff,
		has_date_received;
	bool hotmail_forged, hotmail_missing;
	bool recipients_sorted;
	double recipients_similar;
	bool date_header_known;
	int64_t date_header, date_diff, date_received;
	int64_t *received;
	size_t n_received;
	bool fetchmail_known;
	int64_t fetchmail;
};

struct headereval_facts *headereval_facts(struct scan *scan, const struct eval_call *call);
/* The pattern found anywhere in text; match_out may be NULL. */
bool headereval_finds(const struct scan *scan, const struct eval_call *call,
		      enum header_pattern pattern, struct str text, struct regex_match *match_out);
/* White space runs as single blanks. */
struct str headereval_squeeze(struct scan *scan, struct str text);
/* Mailing list software that takes Received lines away. */
bool headereval_is_gated(struct scan *scan, const struct eval_call *call);

/* dates.c */
int headereval_shifted_date(struct scan *scan, const struct eval_call *call);
int headereval_received_within_months(struct scan *scan, const struct eval_call *call);
int headereval_outlook_message_id(struct scan *scan, const struct eval_call *call);
/* forged.c */
int headereval_fake_aol(struct scan *scan, const struct eval_call *call);
int headereval_forged_hotmail(struct scan *scan, const struct eval_call *call);
int headereval_no_hotmail(struct scan *scan, const struct eval_call *call);
int headereval_msn_groups(struct scan *scan, const struct eval_call *call);
int headereval_forged_eudoramail(struct scan *scan, const struct eval_call *call);
int headereval_forged_yahoo(struct scan *scan, const struct eval_call *call);
int headereval_forged_juno(struct scan *scan, const struct eval_call *call);
int headereval_forged_gmail(struct scan *scan, const struct eval_call *call);
int headereval_forged_gw05(struct scan *scan, const struct eval_call *call);

#endif
