/* olevbmacro: what is found in office documents; for OLEVBMacro only. */
#ifndef WHORL_PLUGINS_OLEVBMACRO_H
#define WHORL_PLUGINS_OLEVBMACRO_H

#include "plugins/args.h"

struct ole_conf {
	double num_mime, num_zip, zip_depth, max_file;
	bool extended_scan, prefer_contentdisposition;
	const struct regex *exts, *macro_exts, *skip_exts, *skip_ctypes, *zips, *download_marker;
	bool wants_csv, wants_download; /* a rule asks for it */
	/* fixed */
	const struct regex *type_name, *disposition_name, *csv_command, *exe_link, *malice,
		*encryption, *content_type, *relation, *relation_mark, *mhtml, *http, *rtf;
};

struct ole_facts {
	bool macro, object, rtf_object, csv, malice, renamed, encrypted, zip_password, download_exe;
	struct str_vec redirect_uris, mhtml_uris;
};

struct ole_scan {
	struct scan *scan;
	const struct ole_conf *conf;
	struct ole_facts *facts;
};

/* One file by its name, from an attachment (depth 0) or a ZIP archive. False: its kind is not
 * looked at, so it doesn't count. */
bool ole_check_file(struct ole_scan *o, struct str name, struct str data, unsigned depth);

/* --- documents.c: each returns whether it is what it looks for --- */
bool ole_is_document(struct str data);
bool ole_check_encrypted(struct ole_scan *o, struct str data);
bool ole_check_old_document(struct ole_scan *o, struct str data);
bool ole_check_zipped_document(struct ole_scan *o, struct str name, struct str data);
void ole_check_download(struct ole_scan *o, struct str data);
void ole_check_csv(struct ole_scan *o, struct str data);
bool ole_is_zip(struct str name, struct str data);

enum { OLE_UNPACKED_MAX = 16 << 20 };

#endif
