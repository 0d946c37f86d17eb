/*
 * geodb: where an IP address is, from MaxMind databases (GeoIP2, GeoLite2, DB-IP); the only file
 * that knows libmaxminddb. Built without it, no database ever opens. Follows SpamAssassin's
 * GeoDB.pm with its module "geoip2".
 */
#ifndef WHORL_BASE_GEODB_H
#define WHORL_BASE_GEODB_H

#include "lib/base/netset.h"

enum geodb_kind { GEODB_CITY, GEODB_COUNTRY, GEODB_ISP, GEODB_ASN, GEODB_KINDS };

struct geodb_settings {
	struct str paths[GEODB_KINDS]; /* empty: look in the directories */
	struct str_vec directories;
};

struct geodb;

/* Opens what `wanted` (bits 1 << kind) asks for and what answers in its place: a city database
 * instead of a country's, an ISP's instead of ASN. NULL when none can be opened. The maps live as
 * long as keep. */
struct geodb *geodb_open(struct arena *keep, const struct geodb_settings *settings,
			 unsigned wanted);
bool geodb_has_country(const struct geodb *db);
bool geodb_has_isp(const struct geodb *db);
bool geodb_has_asn(const struct geodb *db);

/* Upper-case code; "XX" unknown, "**" private; views of the database or constants. */
struct str geodb_country(const struct geodb *db, struct str ip_text);
struct str geodb_continent(const struct geodb *db, struct str ip_text);
/* ptr NULL: not known. */
struct str geodb_isp(const struct geodb *db, struct str ip_text);
struct str geodb_asn(struct arena *arena, const struct geodb *db, struct str ip_text);
struct str geodb_asn_org(const struct geodb *db, struct str ip_text);

#endif
