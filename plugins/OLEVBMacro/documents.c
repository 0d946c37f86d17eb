/* documents: marks of macros, objects, encryption and links in one document. */
#include "lib/base/zip.h"
#include "plugins/OLEVBMacro/olevbmacro.h"

enum { MHTML_MAX = 5, REDIRECTS_MAX = 10, HEAD_BYTES = 2000, RELATIONS_MAX = 10000 };

static const char compound_mark[] = "\xd0\xcf\x11\xe0";

static bool has(struct str data, struct str mark)
{
	return str_find(data, mark) != STR_NOT_FOUND;
}

bool ole_is_document(struct str data)
{
	return data.len >= 4 && memcmp(data.ptr, compound_mark, 4) == 0;
}

bool ole_is_zip(struct str name, struct str data)
{
	return str_has_prefix(data, "PK") || str_has_suffix_ci(name, ".zip");
}

/* --- compound files and RTF --- */

static bool has_byte(struct str data, size_t at, char byte)
{
	return at < data.len && data.ptr[at] == byte;
}

static bool is_encrypted(const struct ole_conf *conf, struct str data)
{
	static const char package[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
	static const char workbook[] = "W\0o\0r\0k\0b\0o\0o\0k";
	struct str head = str_sub(data, 0, HEAD_BYTES);

	if (!ole_is_document(data))
		return false;
	if (regex_test(conf->encryption, data) ||
	    has(head, str_make(package, sizeof package - 1)) ||
	    has(head, STR_LIT("E n c r y p t e d P a c k a g e")))
		return true;
	if (has(head, str_make(workbook, sizeof workbook)))
		return false;
	/* Flags in the headers of old Word and Excel streams. */
	return has_byte(data, 0x208, '\xfe') || has_byte(data, 0x214, '\x2f') ||
	       has_byte(data, 0x20b, '\x13');
}

bool ole_check_encrypted(struct ole_scan *o, struct str data)
{
	if (!is_encrypted(o->conf, data))
		return false;
	o->facts->encrypted = true;
	return true;
}

static bool has_macro_mark(struct str data)
{
	if (ole_is_document(data))
		return has(data, STR_LIT("\0Attribut\0")) ||
		       has(data, STR_LIT("\1\0O\0l\0e\0001\0000\0N\0a\0"));
	return has(data, STR_LIT("\\objemb")) || has(data, STR_LIT("\\objdat")) ||
	       has(data, STR_LIT("\\ objdat")) || has(data, STR_LIT("w:macrosPresent=\"yes\"")) ||
	       has(data, STR_LIT("vbaProject.bin.rels"));
}

bool ole_check_old_document(struct ole_scan *o, struct str data)
{
	if (!data.len || !has_macro_mark(data))
		return false;
	o->facts->macro = true;
	o->facts->malice |= regex_test(o->conf->malice, data);
	return true;
}

/* --- zipped documents (OOXML) --- */

static struct str contents(struct ole_scan *o, const struct zip_entry *entry)
{
	struct str text = STR_NONE;

	if (zip_contents(scan_arena(o->scan), entry, OLE_UNPACKED_MAX, &text, NULL) != STATUS_OK)
		return STR_NONE;
	return text;
}

static bool is_macro_file(struct str name)
{
	static const char *const names[] = {
		"word/vbaproject.bin", "macros/vba/_vba_project", "xl/vbaproject.bin",
		"_vba_project_cur/vba/_vba_project", "ppt/vbaproject.bin"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

/* Returns whether the entry is that of a document. */
static bool check_name(struct ole_scan *o, struct str name, bool *macro)
{
	bool found = false;

	name = arena_lower(scan_arena(o->scan), name);
	if (is_macro_file(name))
		*macro = o->facts->macro = found = true;
	if (str_has_prefix(name, "xl/embeddings/"))
		o->facts->object = found = true;
	if (regex_test(o->conf->rtf, name))
		o->facts->rtf_object = found = true;
	return found;
}

static void add_redirect(struct ole_scan *o, struct str uri)
{
	struct str_vec *list = &o->facts->redirect_uris;

	if (str_vec_has(list, uri) || list->n >= REDIRECTS_MAX)
		return;
	scan_uri_add(o->scan, uri);
	vec_push(scan_arena(o->scan), list, uri);
}

static void check_target(struct ole_scan *o, struct str uri)
{
	struct str_vec *list = &o->facts->mhtml_uris;

	if (regex_test(o->conf->mhtml, uri) && list->n < MHTML_MAX && !str_vec_has(list, uri))
		vec_push(scan_arena(o->scan), list, uri);
	if (str_has_prefix_ci(uri, "mhtml:"))
		uri = str_from_at(uri, 6);
	if (regex_test(o->conf->http, uri))
		add_redirect(o, uri);
}

/* Each "Relationship" element by itself. */
static bool check_relations(struct ole_scan *o, struct str text)
{
	struct regex_match mark, match;
	bool more = text.len > 0;

	for (unsigned n = 0; more && n < RELATIONS_MAX; n++) {
		struct str piece = text;

		more = regex_exec(o->conf->relation_mark, text, 0, &mark) == REGEX_MATCH;
		if (more) {
			piece = str_sub(text, 0, mark.start);
			text = str_from_at(text, mark.end);
		}
		if (regex_exec(o->conf->relation, piece, 0, &match) == REGEX_MATCH)
			check_target(o, match.group[1]);
	}
	return text.len > 0;
}

static bool has_malice(struct ole_scan *o, const struct zip_entry_vec *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		if (str_contains(entries->items[i].name, ".bin") &&
		    regex_test(o->conf->malice, contents(o, &entries->items[i])))
			return true;
	return false;
}

bool ole_check_zipped_document(struct ole_scan *o, struct str name, struct str data)
{
	struct zip_entry_vec entries = {0};
	bool is_document = false, macro = false;

	if (!data.len || !ole_is_zip(name, data) ||
	    zip_read(scan_arena(o->scan), data, &entries, NULL) != STATUS_OK)
		return false;
	for (size_t i = 0; i < entries.n; i++)
		is_document |= check_name(o, entries.items[i].name, &macro);
	for (size_t i = 0; i < entries.n; i++) {
		if (!str_eq_c(entries.items[i].name, "[Content_Types].xml"))
			continue;
		is_document = true;
		if (!o->facts->macro)
			o->facts->macro =
				regex_test(o->conf->content_type, contents(o, &entries.items[i]));
		break;
	}
	for (size_t i = 0; i < entries.n; i++)
		if (str_contains(entries.items[i].name, ".rels"))
			is_document |= check_relations(o, contents(o, &entries.items[i]));
	if (macro && has_malice(o, &entries))
		o->facts->malice = true;
	return is_document;
}

/* --- programs to fetch, commands in tables --- */

void ole_check_download(struct ole_scan *o, struct str data)
{
	/* SpamAssassin takes any place of the call but the very first byte, even none at all. */
	bool called = str_find(data, STR_LIT("URLDownloadToFileA")) != 0;

	if (!o->conf->wants_download)
		return;
	if ((called && regex_test(o->conf->exe_link, data)) ||
	    regex_test(o->conf->download_marker, data))
		o->facts->download_exe = true;
}

void ole_check_csv(struct ole_scan *o, struct str data)
{
	if (o->conf->wants_csv && regex_test(o->conf->csv_command, data))
		o->facts->csv = true;
}
