/* AntiVirus: attachments that are Windows programs, or whose name and type don't fit together
 * (SpamAssassin's Plugin/AntiVirus.pm). */
#include "plugins/args.h"

struct antivirus_conf {
	const struct regex *program_name, *program_base64, *program_uuencoded;
};

struct antivirus_facts {
	bool executable, suspect_name;
};

static void conf_init(void *data, struct arena *keep)
{
	struct antivirus_conf *conf = data;

	conf->program_name = regex_must(
		keep,
		"\\.(?:ad[ep]|asx|ba[st]|chm|cmd|com|cpl|crt|dll|exe|hlp|hta|in[fs]|isp|jse?|lnk|"
		"md[abetwz]|ms[cipt]|nws|ops|pcd|pif|prf|reg|sc[ft]|scr\\??|sh[bsm]|swf|url|vb[esx]"
		"?|"
		"vxd|ws[cfh])$",
		0);
	conf->program_base64 = regex_must(keep, "^TV[opqr].A..[AB].[AQgw][A-H].A", 0);
	conf->program_uuencoded = regex_must(keep, "^M35[GHIJK].`..`..*````", 0);
}

/* --- programs --- */

static bool any_line_matches(const struct regex *regex, struct str text)
{
	struct str line;

	while (str_line_next(&text, &line))
		if (regex_test(regex, line))
			return true;
	return false;
}

static bool is_program(const struct antivirus_conf *conf, const struct part *part, struct str type,
		       struct str name)
{
	struct str encoding = headers_last(&part->headers, "Content-Transfer-Encoding");
	struct str raw = part->raw_body, first = STR_NONE;

	if (name.len && regex_test(conf->program_name, name))
		return true;
	str_line_next(&raw, &first);
	if (str_contains_ci(encoding, "base64") && first.len &&
	    regex_test(conf->program_base64, first))
		return true;
	return str_has_prefix(type, "text") &&
	       (type.len == 4 || !ascii_is_word((unsigned char)type.ptr[4])) &&
	       any_line_matches(conf->program_uuencoded, part->raw_body);
}

/* --- names that don't fit --- */

static bool is_one_of(struct str text, const char *words)
{
	struct str rest = str_from(words), word;

	while (str_word_next(&rest, &word))
		if (str_eq(text, word))
			return true;
	return false;
}

static bool begins_with_one_of(struct str text, const char *words)
{
	struct str rest = str_from(words), word;

	while (str_word_next(&rest, &word))
		if (text.len >= word.len && str_eq(str_sub(text, 0, word.len), word))
			return true;
	return false;
}

static bool ends_in(struct str text, const char *end)
{
	return str_has_prefix(text, "application/") && str_has_suffix_ci(text, end);
}

/* "application/vnd.ms-excel" → "application/ms-excel" */
static struct str without_prefix(struct arena *arena, struct str type)
{
	size_t slash = str_find_char(type, '/');
	struct str rest = str_from_at(type, slash == STR_NOT_FOUND ? type.len : slash + 1);
	size_t skip = str_has_prefix(rest, "x-") ? 2 : str_has_prefix(rest, "vnd.") ? 4 : 0;

	if (!skip)
		return type;
	return arena_printf(arena, "%.*s%.*s", STR_ARG(str_sub(type, 0, slash + 1)),
			    STR_ARG(str_from_at(rest, skip)));
}

static bool name_is_suspect(struct arena *arena, struct str type, struct str name)
{
	size_t dot = str_rfind_char(name, '.');
	struct str end = dot == STR_NOT_FOUND ? name : str_from_at(name, dot + 1);

	if (!name.len || str_eq_c(type, "application/octet-stream"))
		return false;
	type = without_prefix(arena, type);
	if (is_one_of(end, "txt htm html phtm phtml xhtm xhtml xml"))
		return !begins_with_one_of(type, "text/plain text/htm text/phtm text/xhtm "
						 "text/english text/sgml text/xml text/enriched "
						 "text/richtext message/external-body");
	if (is_one_of(end, "jpg jpeg tif tiff gif png"))
		return !begins_with_one_of(type, "image/ application/mac-binhex");
	if (str_eq_c(end, "vcf"))
		return !str_eq_c(type, "text/vcard");
	if (is_one_of(end, "bat com exe pif scr swf vbs"))
		return !str_has_prefix(type, "application/");
	if (str_eq_c(end, "doc"))
		return !ends_in(type, "word");
	if (str_eq_c(end, "ppt"))
		return !ends_in(type, "powerpoint") && !ends_in(type, "ppt");
	return str_eq_c(end, "xls") && !ends_in(type, "excel");
}

/* --- a message --- */

static const struct antivirus_facts *facts_of(struct scan *scan, const struct eval_call *call)
{
	const struct antivirus_conf *conf = scan_plugin_conf(scan, call->plugin);
	void **slot = scan_plugin_slot(scan, call->plugin);
	struct antivirus_facts *facts = *slot;
	struct arena *arena = scan_arena(scan);
	struct part_vec parts = {0};

	if (facts)
		return facts;
	*slot = facts = ARENA_NEW(arena, struct antivirus_facts);
	message_parts(arena, scan_mail(scan)->message, true, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		struct content_type type = content_type_parse(
			arena, headers_last(&parts.items[i]->headers, "Content-Type"));
		struct str name = arena_lower(arena, type.name);
		struct str kind = arena_lower(arena, type.type);

		facts->executable |= is_program(conf, parts.items[i], kind, name);
		facts->suspect_name |= name_is_suspect(arena, kind, name);
	}
	return facts;
}

static int check_microsoft_executable(struct scan *scan, const struct eval_call *call)
{
	return facts_of(scan, call)->executable;
}

static int check_suspect_name(struct scan *scan, const struct eval_call *call)
{
	return facts_of(scan, call)->suspect_name;
}

static const struct eval_def evals[] = {
	{"check_microsoft_executable", NULL, check_microsoft_executable},
	{"check_suspect_name", NULL, check_suspect_name},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_antivirus = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::AntiVirus",
	.evals = evals,
	.conf_bytes = sizeof(struct antivirus_conf),
	.conf_init = conf_init,
};
