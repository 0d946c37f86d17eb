/* geodb: see geodb.h. */
#include "lib/base/geodb.h"

#include "config.h"
#include "lib/base/file.h"
#include "lib/base/log.h"

#ifdef HAVE_MAXMINDDB

#include <maxminddb.h>

struct geodb {
	MMDB_s db[GEODB_KINDS];
	bool is_open[GEODB_KINDS];
};

/* --- opening --- */

enum { NAMES_MAX = 4 };

static const char *const kind_names[GEODB_KINDS] = {"city", "country", "isp", "asn"};
static const char *const file_names[GEODB_KINDS][NAMES_MAX] = {
	{"GeoIP2-City.mmdb", "GeoLite2-City.mmdb", "dbip-city.mmdb", "dbip-city-lite.mmdb"},
	{"GeoIP2-Country.mmdb", "GeoLite2-Country.mmdb", "dbip-country.mmdb",
	 "dbip-country-lite.mmdb"},
	{"GeoIP2-ISP.mmdb", "GeoLite2-ISP.mmdb", NULL, NULL},
	{"GeoIP2-ASN.mmdb", "GeoLite2-ASN.mmdb", NULL, NULL},
};

/* The file of a kind, or empty. */
static struct str find_file(struct arena *keep, const struct geodb_settings *settings,
			    enum geodb_kind kind)
{
	if (settings->paths[kind].len)
		return settings->paths[kind];
	for (size_t i = 0; i < settings->directories.n; i++)
		for (size_t j = 0; j < NAMES_MAX && file_names[kind][j]; j++) {
			struct str path = path_join(keep, settings->directories.items[i],
						    str_from(file_names[kind][j]));

			if (file_exists(path.ptr))
				return path;
		}
	return STR_NONE;
}

static void close_all(void *data)
{
	struct geodb *db = data;

	for (int kind = 0; kind < GEODB_KINDS; kind++)
		if (db->is_open[kind])
			MMDB_close(&db->db[kind]);
}

static void open_kind(struct arena *keep, const struct geodb_settings *settings,
		      enum geodb_kind kind, struct geodb *db)
{
	struct str path = find_file(keep, settings, kind);
	int error;

	if (!path.len) {
		log_debug("geodb", "no %s database found", kind_names[kind]);
		return;
	}
	error = MMDB_open(arena_cstr(keep, path), MMDB_MODE_MMAP, &db->db[kind]);
	db->is_open[kind] = error == MMDB_SUCCESS;
	log_debug("geodb", "%s: %.*s: %s", kind_names[kind], STR_ARG(path),
		  error == MMDB_SUCCESS ? "open" : MMDB_strerror(error));
}

struct geodb *geodb_open(struct arena *keep, const struct geodb_settings *settings, unsigned wanted)
{
	struct geodb *db = ARENA_NEW(keep, struct geodb);
	bool any = false;

	if (wanted & 1u << GEODB_COUNTRY)
		wanted |= 1u << GEODB_CITY;
	if (wanted & 1u << GEODB_ASN)
		wanted |= 1u << GEODB_ISP;
	for (int kind = 0; kind < GEODB_KINDS; kind++) {
		bool is_replaced = (kind == GEODB_COUNTRY && db->is_open[GEODB_CITY]) ||
				   (kind == GEODB_ASN && db->is_open[GEODB_ISP]);

		if (wanted & 1u << kind && !is_replaced)
			open_kind(keep, settings, (enum geodb_kind)kind, db);
		any |= db->is_open[kind];
	}
	arena_on_reset(keep, close_all, db);
	return any ? db : NULL;
}

bool geodb_has_country(const struct geodb *db)
{
	return db && (db->is_open[GEODB_CITY] || db->is_open[GEODB_COUNTRY]);
}

bool geodb_has_isp(const struct geodb *db)
{
	return db && db->is_open[GEODB_ISP];
}

bool geodb_has_asn(const struct geodb *db)
{
	return db && (db->is_open[GEODB_ASN] || db->is_open[GEODB_ISP]);
}

/* --- asking --- */

/* The value at a path of keys, of one of two kinds: `first` when it is open, else `second`. */
static bool find_value(const struct geodb *db, enum geodb_kind first, enum geodb_kind second,
		       struct str ip_text, const char *const *path, MMDB_entry_data_s *data_out)
{
	enum geodb_kind kind = db->is_open[first] ? first : second;
	int gai_error, error;
	char text[64];
	MMDB_lookup_result_s found;
	struct ip ip;

	if (!db->is_open[kind] || ip_text.len >= sizeof text || !ip_parse(ip_text, &ip))
		return false;
	memcpy(text, ip_text.ptr, ip_text.len);
	text[ip_text.len] = '\0';
	found = MMDB_lookup_string(&db->db[kind], text, &gai_error, &error);
	if (gai_error != 0 || error != MMDB_SUCCESS || !found.found_entry)
		return false;
	return MMDB_aget_value(&found.entry, data_out, path) == MMDB_SUCCESS && data_out->has_data;
}

static struct str find_text(const struct geodb *db, enum geodb_kind first, enum geodb_kind second,
			    struct str ip_text, const char *const *path)
{
	MMDB_entry_data_s data;

	if (!find_value(db, first, second, ip_text, path, &data) ||
	    data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return STR_NONE;
	return str_make(data.utf8_string, data.data_size);
}

static bool is_private(struct str ip_text)
{
	struct ip ip;

	return ip_parse(ip_text, &ip) && ip_is_private(&ip);
}

struct str geodb_country(const struct geodb *db, struct str ip_text)
{
	static const char *const path[] = {"country", "iso_code", NULL};
	struct str code;

	if (is_private(ip_text))
		return STR_LIT("**");
	code = find_text(db, GEODB_CITY, GEODB_COUNTRY, ip_text, path);
	return code.len ? code : STR_LIT("XX");
}

struct str geodb_continent(const struct geodb *db, struct str ip_text)
{
	static const char *const path[] = {"continent", "code", NULL};
	struct str code = find_text(db, GEODB_CITY, GEODB_COUNTRY, ip_text, path);

	return code.len ? code : STR_LIT("XX");
}

struct str geodb_isp(const struct geodb *db, struct str ip_text)
{
	static const char *const path[] = {"isp", NULL};

	return find_text(db, GEODB_ISP, GEODB_ISP, ip_text, path);
}

struct str geodb_asn(struct arena *arena, const struct geodb *db, struct str ip_text)
{
	static const char *const path[] = {"autonomous_system_number", NULL};
	MMDB_entry_data_s data;

	if (!find_value(db, GEODB_ASN, GEODB_ISP, ip_text, path, &data) ||
	    data.type != MMDB_DATA_TYPE_UINT32)
		return STR_NONE;
	return arena_printf(arena, "%u", data.uint32);
}

struct str geodb_asn_org(const struct geodb *db, struct str ip_text)
{
	static const char *const path[] = {"autonomous_system_organization", NULL};

	return find_text(db, GEODB_ASN, GEODB_ISP, ip_text, path);
}

#else /* without libmaxminddb: geodb_open() gives NULL, so nobody calls the rest */

struct geodb *geodb_open(struct arena *keep, const struct geodb_settings *settings, unsigned wanted)
{
	(void)keep;
	(void)settings;
	(void)wanted;
	log_debug("geodb", "this build is without libmaxminddb");
	return NULL;
}

bool geodb_has_country(const struct geodb *db)
{
	return db != NULL;
}

bool geodb_has_isp(const struct geodb *db)
{
	return db != NULL;
}

bool geodb_has_asn(const struct geodb *db)
{
	return db != NULL;
}

struct str geodb_country(const struct geodb *db, struct str ip_text)
{
	(void)db;
	(void)ip_text;
	return STR_LIT("XX");
}

struct str geodb_continent(const struct geodb *db, struct str ip_text)
{
	return geodb_country(db, ip_text);
}

struct str geodb_isp(const struct geodb *db, struct str ip_text)
{
	(void)db;
	(void)ip_text;
	return STR_NONE;
}

struct str geodb_asn(struct arena *arena, const struct geodb *db, struct str ip_text)
{
	(void)arena;
	return geodb_isp(db, ip_text);
}

struct str geodb_asn_org(const struct geodb *db, struct str ip_text)
{
	return geodb_isp(db, ip_text);
}

#endif
