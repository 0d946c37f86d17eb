/* OLEVBMacro: office documents with macros, objects, passwords or links (SpamAssassin's
 * Plugin/OLEVBMacro.pm). */
#include "plugins/OLEVBMacro/olevbmacro.h"

#include "lib/base/zip.h"

/* --- configuration --- */

static void conf_init(void *data, struct arena *keep)
{
	struct ole_conf *conf = data;

	conf->num_mime = 5;
	conf->num_zip = 8;
	conf->zip_depth = 2;
	conf->max_file = 1024000;
	conf->prefer_contentdisposition = true;
	/* SpamAssassin says these ignore case; its code does not. */
	conf->exts = regex_must(keep,
				"(?:doc|docx|dot|pot|ppa|pps|ppt|rtf|sldm|xl|xla|xls|xlsx|xlt|xltx|"
				"xslb)$",
				0);
	conf->macro_exts = regex_must(keep,
				      "(?:docm|dotm|ppam|potm|ppst|ppsm|pptm|sldm|xlm|xlam|xlsb|"
				      "xlsm|xltm|xps)$",
				      0);
	conf->skip_exts = regex_must(keep, "(?:dotx|potx|ppsx|pptx|sldx)$", 0);
	conf->skip_ctypes = regex_must(keep, "^(?:text/)", 0);
	conf->zips = regex_must(keep, "(?:zip)$", 0);
	conf->download_marker =
		regex_must(keep, "(?:cmd(?:\\.exe)? /c ms\\^h\\^ta ht\\^tps?:/\\^/)", 0);
	conf->type_name =
		regex_must(keep, "name\\s*=\\s*[\"']?([^\"';]*)", REGEX_ICASE | REGEX_DOTALL);
	conf->disposition_name =
		regex_must(keep, "filename\\s*=\\s*[\"']?([^\"';]*)", REGEX_ICASE | REGEX_DOTALL);
	conf->csv_command =
		regex_must(keep, "MSEXCEL\\|.{1,20}Windows\\\\System32\\\\cmd\\.exe", 0);
	conf->exe_link = regex_must(keep,
				    "\\x00(https?://[-a-z0-9+&@#/%?=~_|!:,.;]{5,1000}"
				    "[-a-z0-9+&@#/%=~_|]{5,1000}.(?:exe|cmd|bat))[\\x06|\\x00]",
				    REGEX_ICASE);
	conf->malice = regex_must(keep, "(?:document|auto|workbook)_?open", REGEX_ICASE);
	conf->encryption = regex_must(keep, "(?:<encryption xmlns)", REGEX_ICASE);
	conf->content_type = regex_must(
		keep,
		"ContentType=[\"']application/vnd\\.ms-office\\.vbaProject[\"']|macroEnabled|"
		"application/vnd\\.ms-excel\\.(?:intl)?macrosheet",
		REGEX_ICASE);
	conf->relation = regex_must(keep, "Target=\"([^\"]*)\".*?TargetMode=\"External\"",
				    REGEX_ICASE | REGEX_DOTALL);
	conf->relation_mark = regex_must(keep, "Relationship\\s", 0);
	conf->mhtml = regex_must(keep,
				 "^MHTML:&#x48;&#x54;&#x50;&#x3a;&#x5c;&#x5c;&#x31;&|"
				 "^mhtml:https?://",
				 REGEX_ICASE);
	conf->http = regex_must(keep, "^https?://", REGEX_ICASE);
	conf->rtf = regex_must(keep, "^word/.{1,50}\\.rtf\\b", 0);
}

static enum keyword_result pattern_option(struct keyword_line *line)
{
	static const struct {
		const char *name;
		size_t offset;
	} fields[] = {
		{"olemacro_exts", offsetof(struct ole_conf, exts)},
		{"olemacro_macro_exts", offsetof(struct ole_conf, macro_exts)},
		{"olemacro_skip_exts", offsetof(struct ole_conf, skip_exts)},
		{"olemacro_skip_ctypes", offsetof(struct ole_conf, skip_ctypes)},
		{"olemacro_zips", offsetof(struct ole_conf, zips)},
		{"olemacro_download_marker", offsetof(struct ole_conf, download_marker)},
	};
	struct regex *regex;

	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (pattern_compile_bare(line->arena, line->value, 0, &regex, &line->why) != STATUS_OK)
		return KEYWORD_INVALID_VALUE;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (str_eq_c(line->keyword, fields[i].name))
			memcpy((char *)line->target + fields[i].offset, &regex, sizeof regex);
	return KEYWORD_OK;
}

#define WORD(type, name, field)                                                                    \
	{                                                                                          \
		name, NULL, WHO_USER, type, offsetof(struct ole_conf, field), NULL                 \
	}
#define PATTERN(name)                                                                              \
	{                                                                                          \
		name, NULL, WHO_USER, KEYWORD_CUSTOM, 0, pattern_option                            \
	}

static const struct keyword_def keywords[] = {
	WORD(KEYWORD_NUMBER, "olemacro_num_mime", num_mime),
	WORD(KEYWORD_NUMBER, "olemacro_num_zip", num_zip),
	WORD(KEYWORD_NUMBER, "olemacro_zip_depth", zip_depth),
	WORD(KEYWORD_NUMBER, "olemacro_max_file", max_file),
	WORD(KEYWORD_BOOL, "olemacro_extended_scan", extended_scan),
	WORD(KEYWORD_BOOL, "olemacro_prefer_contentdisposition", prefer_contentdisposition),
	PATTERN("olemacro_exts"),
	PATTERN("olemacro_macro_exts"),
	PATTERN("olemacro_skip_exts"),
	PATTERN("olemacro_skip_ctypes"),
	PATTERN("olemacro_zips"),
	PATTERN("olemacro_download_marker"),
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	struct ole_conf *conf = data;

	(void)reader;
	(void)keep;
	(void)why;
	for (size_t i = 0; i < ruleset->rules.n; i++) {
		const struct rule *rule = ruleset->rules.items[i];

		if (rule->kind != RULE_EVAL || !rule->eval)
			continue;
		conf->wants_csv |= str_eq_c(rule->eval->function, "check_olemacro_csv");
		conf->wants_download |=
			str_eq_c(rule->eval->function, "check_olemacro_download_exe");
	}
	return STATUS_OK;
}

/* --- archives --- */

static void check_zip(struct ole_scan *o, struct str name, struct str data, unsigned depth)
{
	struct zip_entry_vec entries = {0};
	double n = 0;

	if (o->conf->num_zip == 0 || depth > o->conf->zip_depth || !data.len ||
	    !ole_is_zip(name, data) ||
	    zip_read(scan_arena(o->scan), data, &entries, NULL) != STATUS_OK)
		return;
	for (size_t i = 0; i < entries.n && n < o->conf->num_zip; i++) {
		const struct zip_entry *entry = &entries.items[i];
		struct str text = STR_NONE;

		if (regex_test(o->conf->skip_exts, entry->name))
			continue;
		if (entry->encrypted) {
			o->facts->macro |= regex_test(o->conf->macro_exts, entry->name);
			o->facts->zip_password = true;
			continue;
		}
		if (zip_contents(scan_arena(o->scan), entry, OLE_UNPACKED_MAX, &text, NULL) !=
		    STATUS_OK)
			text = STR_NONE;
		n += ole_check_file(o, entry->name, text, depth);
	}
}

/* --- one file --- */

static void check_document(struct ole_scan *o, struct str name, struct str data)
{
	ole_check_encrypted(o, data);
	ole_check_zipped_document(o, name, data);
	ole_check_download(o, data);
}

/* Whatever it calls itself. */
static void check_renamed(struct ole_scan *o, struct str name, struct str data, unsigned depth)
{
	bool renamed = ole_is_document(data);

	renamed |= ole_check_encrypted(o, data);
	renamed |= ole_check_old_document(o, data);
	renamed |= ole_check_zipped_document(o, name, data);
	if (renamed) {
		o->facts->renamed = true;
		ole_check_download(o, data);
	}
	check_zip(o, name, data, depth + 1);
}

bool ole_check_file(struct ole_scan *o, struct str name, struct str data, unsigned depth)
{
	const struct ole_conf *conf = o->conf;

	if (str_has_suffix_ci(name, ".csv"))
		ole_check_csv(o, data);
	if (regex_test(conf->zips, name)) {
		check_zip(o, name, data, depth + 1);
	} else if (regex_test(conf->macro_exts, name)) {
		o->facts->macro = true;
		check_document(o, name, data);
	} else if (regex_test(conf->exts, name)) {
		ole_check_encrypted(o, data);
		ole_check_old_document(o, data);
		ole_check_zipped_document(o, name, data);
		ole_check_download(o, data);
	} else if (conf->extended_scan) {
		check_renamed(o, name, data, depth);
	} else {
		return false;
	}
	return true;
}

/* --- attachments --- */

static struct str parameter(const struct part *part, const char *header, const struct regex *regex)
{
	struct str value = headers_last(&part->headers, header);
	struct regex_match match;

	if (!value.len || regex_exec(regex, value, 0, &match) != REGEX_MATCH)
		return STR_NONE;
	return str_trim_right(match.group[1]);
}

/* The file name where the part is encoded, by Util.pm get_part_details. */
static struct str name_of(const struct ole_conf *conf, const struct part *part)
{
	struct str encoding = headers_last(&part->headers, "Content-Transfer-Encoding");
	struct str type_name, disposition_name;

	if (!headers_last(&part->headers, "Content-Type").ptr ||
	    (!str_eq_ci_c(encoding, "base64") && !str_eq_ci_c(encoding, "quoted-printable")))
		return STR_NONE;
	type_name = parameter(part, "Content-Type", conf->type_name);
	disposition_name = parameter(part, "Content-Disposition", conf->disposition_name);
	if (!disposition_name.len)
		return type_name;
	if (!type_name.len || conf->prefer_contentdisposition ||
	    str_eq_ci(type_name, disposition_name))
		return disposition_name;
	return type_name;
}

static void check_part(struct ole_scan *o, struct part *part, double *n)
{
	struct str name, data;

	if (regex_test(o->conf->skip_ctypes, part->type))
		return;
	name = name_of(o->conf, part);
	if (!name.len || regex_test(o->conf->skip_exts, name))
		return;
	data = part_decoded(scan_arena(o->scan), part);
	if (o->conf->max_file > 0)
		data = str_sub(data, 0, (size_t)o->conf->max_file);
	if (data.len)
		*n += ole_check_file(o, name, data, 0);
}

static void enrich(struct scan *scan, const void *plugin)
{
	struct ole_scan o = {scan, scan_plugin_conf(scan, plugin),
			     ARENA_NEW(scan_arena(scan), struct ole_facts)};
	struct part_vec parts = {0};
	double n = 0;

	*scan_plugin_slot(scan, plugin) = o.facts;
	message_parts(scan_arena(scan), scan_mail(scan)->message, true, &parts);
	for (size_t i = 0; i < parts.n && (i == 0 || n < o.conf->num_mime); i++)
		check_part(&o, parts.items[i], &n);
}

/* --- eval functions --- */

static const struct ole_facts *facts_of(struct scan *scan, const struct eval_call *call)
{
	return *scan_plugin_slot(scan, call->plugin);
}

#define FACT(function, field)                                                                      \
	static int function(struct scan *scan, const struct eval_call *call)                       \
	{                                                                                          \
		return facts_of(scan, call)->field;                                                \
	}

FACT(check_olemacro, macro)
FACT(check_oleobject, object)
FACT(check_olertfobject, rtf_object)
FACT(check_olemacro_csv, csv)
FACT(check_olemacro_malice, malice)
FACT(check_olemacro_renamed, renamed)
FACT(check_olemacro_encrypted, encrypted)
FACT(check_olemacro_zip_password, zip_password)
FACT(check_olemacro_download_exe, download_exe)

static int list_uris(struct scan *scan, const struct eval_call *call, const struct str_vec *uris)
{
	for (size_t i = 0; i < uris->n; i++)
		scan_note(scan, call->rule, uris->items[i]);
	return uris->n > 0;
}

static int check_olemacro_redirect_uri(struct scan *scan, const struct eval_call *call)
{
	return list_uris(scan, call, &facts_of(scan, call)->redirect_uris);
}

static int check_olemacro_mhtml_uri(struct scan *scan, const struct eval_call *call)
{
	return list_uris(scan, call, &facts_of(scan, call)->mhtml_uris);
}

static const struct eval_def evals[] = {
	{"check_olemacro", NULL, check_olemacro},
	{"check_olemacro_csv", NULL, check_olemacro_csv},
	{"check_olemacro_download_exe", NULL, check_olemacro_download_exe},
	{"check_olemacro_encrypted", NULL, check_olemacro_encrypted},
	{"check_olemacro_malice", NULL, check_olemacro_malice},
	{"check_olemacro_mhtml_uri", NULL, check_olemacro_mhtml_uri},
	{"check_olemacro_redirect_uri", NULL, check_olemacro_redirect_uri},
	{"check_olemacro_renamed", NULL, check_olemacro_renamed},
	{"check_olemacro_zip_password", NULL, check_olemacro_zip_password},
	{"check_oleobject", NULL, check_oleobject},
	{"check_olertfobject", NULL, check_olertfobject},
	{NULL, NULL, NULL},
};

static const char *const methods[] = {"has_olemacro_redirect_uri", "has_olemacro_mhtml_uri",
				      "has_olertfobject", NULL};

const struct plugin_def plugin_olevbmacro = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::OLEVBMacro",
	.evals = evals,
	.keywords = keywords,
	.methods = methods,
	.conf_bytes = sizeof(struct ole_conf),
	.conf_init = conf_init,
	.config_read = config_read,
	.enrich = enrich,
};
