/* ledger_own: what the files of the ledger share. */
#ifndef WHORL_REPUTATION_LEDGER_OWN_H
#define WHORL_REPUTATION_LEDGER_OWN_H

#include "reputation/ledger.h"

enum query {
	QUERY_META,
	QUERY_SET_META,
	QUERY_NAME_ID,
	QUERY_NAME_ADD,
	QUERY_REPORT_FIND,
	QUERY_REPORT_ADD,
	QUERY_REPORT_NEXT,
	QUERY_REPORTS_SINCE,
	QUERY_KEY,
	QUERY_KEY_SET,
	QUERY_REPORTER,
	QUERY_REPORTER_SET,
	QUERY_CAMPAIGN,
	QUERY_CAMPAIGN_SET,
	QUERY_DUE,
	QUERIES,
};

struct ledger {
	struct database *database;
	struct statement *statements[QUERIES];
	struct trust_backing backing;
};

/* ledger_records.c: loads records for the fold. */
struct trust_backing ledger_backing_of(struct ledger *ledger);

#endif
