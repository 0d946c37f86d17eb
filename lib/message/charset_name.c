/*
 * charset_name: what mail calls a charset → Encode's name for it. The rules are Encode's aliases
 * (Encode::Alias, in its order of precedence) as patterns:
 *	^ at the start only, < at the start of a word, else anywhere; all reach to the end of the
 *name ?  the character before is optional     ~  an optional "-" or "_" #  digits, put for # in the
 *result      *  anything
 */
#include "lib/message/charset.h"
#include "lib/message/limits.h"

static const struct {
	const char *pattern, *to;
} aliases[] = {
	{"<utf-8", "utf-8-strict"},
	{"cp65001", "utf-8-strict"},
	{"cp65000", "utf-7"},
	{"<hk~big5", "big5-hkscs"},
	{"<hkscs~big5", "big5-hkscs"},
	{"<big5-?hk", "big5-hkscs"},
	{"<big5-?hkscs", "big5-hkscs"},
	{"<tca~big5", "big5-eten"},
	{"<big5-?et", "big5-eten"},
	{"<big5-?eten", "big5-eten"},
	{"<big-?5", "big5-eten"},
	{"<ks_c_5601-1987", "cp949"},
	{"windows-949", "cp949"},
	{"uhc", "cp949"},
	{"<kr*euc", "euc-kr"},
	{"<euc*kr", "euc-kr"},
	{"<windows-31j", "cp932"},
	{"<sjis", "shiftjis"},
	{"<shift*jis", "shiftjis"},
	{"<ujis", "euc-jp"},
	{"<jp*euc", "euc-jp"},
	{"<euc*jp", "euc-jp"},
	{"<jis", "7bit-jis"},
	{"<gb~2312", "euc-cn"},
	{"<gb~2312*", "euc-cn"},
	{"^gbk", "cp936"},
	{"<cn*euc", "euc-cn"},
	{"<euc*cn", "euc-cn"},
	{"<koi8~r", "koi8-r"},
	{"<koi8~u", "koi8-u"},
	{"^macce", "maccentraleurroman"},
	{"^macintosh", "macroman"},
	{"<cp~#", "cp#"},
	{"<ibm~#", "cp#"},
	{"<ms~#", "cp#"},
	{"<windows~#", "cp#"},
	{"<tis-?620", "iso-8859-11"},
	{"^thai", "iso-8859-11"},
	{"^hebrew", "iso-8859-8"},
	{"^greek", "iso-8859-7"},
	{"^arabic", "iso-8859-6"},
	{"^cyrillic", "iso-8859-5"},
	{"<winlatin1", "cp1252"},
	{"<winlatin2", "cp1250"},
	{"<wincyrillic", "cp1251"},
	{"<wingreek", "cp1253"},
	{"<winturkish", "cp1254"},
	{"<winhebrew", "cp1255"},
	{"<winarabic", "cp1256"},
	{"<winbaltic", "cp1257"},
	{"<winvietnamese", "cp1258"},
	{"<iso~latin~5", "iso-8859-9"},
	{"<latin~5", "iso-8859-9"},
	{"<iso~latin~6", "iso-8859-10"},
	{"<latin~6", "iso-8859-10"},
	{"<iso~latin~7", "iso-8859-13"},
	{"<latin~7", "iso-8859-13"},
	{"<iso~latin~8", "iso-8859-14"},
	{"<latin~8", "iso-8859-14"},
	{"<iso~latin~9", "iso-8859-15"},
	{"<latin~9", "iso-8859-15"},
	{"<iso~latin~10", "iso-8859-16"},
	{"<latin~10", "iso-8859-16"},
	{"<iso~latin~#", "iso-8859-#"},
	{"<latin~#", "iso-8859-#"},
	{"<ansi~x3.4~1968", "ascii"},
	{"<iso8859#", "iso-8859-#"},
	{"<iso8859-#", "iso-8859-#"},
	{"<iso8859_#", "iso-8859-#"},
	{"<iso-8859-#", "iso-8859-#"},
	{"<iso-8859_#", "iso-8859-#"},
	{"<iso_8859-#", "iso-8859-#"},
	{"<iso_8859_#", "iso-8859-#"},
	{"<iso~646~us", "ascii"},
	{"<646~us", "ascii"},
	{"<iso~646", "ascii"},
	{"<646", "ascii"},
	{"^c", "ascii"},
	{"^us-?ascii", "ascii"},
	{"^utf-?16-?be", "utf-16be"},
	{"^utf-?32-?be", "utf-32be"},
	{"^utf-?16-?le", "utf-16le"},
	{"^utf-?32-?le", "utf-32le"},
	{"^utf-?16", "utf-16"},
	{"^utf-?32", "utf-32"},
	{"^ucs-?2-?le", "ucs-2le"},
	{"^ucs-?2-?be", "ucs-2be"},
	{"^ucs-?2-?", "ucs-2be"},
	{"^ucs-?4-?be", "utf-32be"},
	{"^ucs-?4-?le", "utf-32le"},
	{"^ucs-?4-?", "utf-32"},
	{"^iso-10646-1", "ucs-2be"},
	{"^utf-?7", "utf-7"},
	{"^unicode-1-1-utf-?7", "utf-7"},
};

static const char *const shifting[] = {
	"7bit-jis", "iso-2022-jp", "iso-2022-jp-1", "iso-2022-kr", "hz",       "utf-7",   "utf-16",
	"utf-16be", "utf-16le",    "utf-32",        "utf-32be",    "utf-32le", "ucs-2be", "ucs-2le",
};

static bool is_encoding(struct str name)
{
	if (str_eq_c(name, "ascii") || str_eq_c(name, "iso-8859-1") || str_eq_c(name, "utf8") ||
	    str_eq_c(name, "utf-8-strict"))
		return true;
	for (size_t i = 0; i < sizeof shifting / sizeof shifting[0]; i++)
		if (str_eq_c(name, shifting[i]))
			return true;
	return charset_single_find(name) || charset_double_find(name);
}

/* Whether pattern covers all of s; digits_out gets what # stood for. */
static bool covers(const char *pattern, struct str s, struct str *digits_out)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			for (size_t i = 0; i <= s.len; i++)
				if (covers(pattern + 1, str_from_at(s, i), digits_out))
					return true;
			return false;
		}
		if (*pattern == '~') {
			if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '_'))
				s = str_from_at(s, 1);
			continue;
		}
		if (*pattern == '#') {
			size_t n = 0;

			while (n < s.len && ascii_is_digit((unsigned char)s.ptr[n]))
				n++;
			*digits_out = str_sub(s, 0, n);
			s = str_from_at(s, n);
			if (n == 0)
				return false;
			continue;
		}
		bool is_same = s.len && s.ptr[0] == *pattern;
		if (is_same)
			s = str_from_at(s, 1);
		else if (pattern[1] != '?')
			return false;
		if (pattern[1] == '?')
			pattern++;
	}
	return s.len == 0;
}

static bool fits(const char *pattern, struct str name, struct str *digits_out)
{
	bool at_start = *pattern == '^', at_word = *pattern == '<';

	pattern += at_start || at_word;
	for (size_t i = 0; i < name.len; i++) {
		if (at_word && i && ascii_is_word((unsigned char)name.ptr[i - 1]))
			continue;
		if (covers(pattern, str_from_at(name, i), digits_out))
			return true;
		if (at_start)
			break;
	}
	return false;
}

static struct str put_digits(struct arena *scan, const char *to, struct str digits)
{
	struct str text = str_from(to);
	size_t at = str_find_char(text, '#');

	if (at == STR_NOT_FOUND)
		return text;
	return arena_printf(scan, "%.*s%.*s", (int)at, to, STR_ARG(digits));
}

/* "x-mac-greek" is "macgreek". */
static struct str mac_name(struct arena *scan, struct str name)
{
	if (str_has_prefix(name, "x-") || str_has_prefix(name, "x_"))
		name = str_from_at(name, 2);
	if (!str_has_prefix(name, "mac-") && !str_has_prefix(name, "mac_"))
		return STR_NONE;
	return arena_printf(scan, "mac%.*s", STR_ARG(str_from_at(name, 4)));
}

static struct str resolve_plain(struct arena *scan, struct str name)
{
	struct str to, digits = STR_NONE;

	if (is_encoding(name))
		return name;
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
		if (!fits(aliases[i].pattern, name, &digits))
			continue;
		to = put_digits(scan, aliases[i].to, digits);
		if (is_encoding(to))
			return to;
	}
	to = mac_name(scan, name);
	if (to.len && is_encoding(to))
		return to;
	if (str_has_suffix_ci(name, "@euro"))
		return resolve_plain(scan, str_sub(name, 0, name.len - 5));
	return STR_NONE;
}

static struct str lower_without_blanks(struct arena *scan, struct str name)
{
	char *out = arena_alloc(scan, name.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_space((unsigned char)name.ptr[i]))
			out[n++] = ascii_lower(name.ptr[i]);
	return str_make(out, n);
}

/* "shift_jis" counts as "shift-jis" first, when there is but one "_" (or one run of them). */
static struct str with_dash(struct arena *scan, struct str name)
{
	size_t at = str_find_char(name, '_'), end = at;

	if (at == STR_NOT_FOUND || at == 0)
		return STR_NONE;
	while (end < name.len && name.ptr[end] == '_')
		end++;
	struct str tail = str_from_at(name, end);
	if (str_find_char(tail, '_') != STR_NOT_FOUND)
		return STR_NONE;
	return arena_printf(scan, "%.*s-%.*s", (int)at, name.ptr, STR_ARG(tail));
}

struct str charset_resolve(struct arena *scan, struct str name)
{
	struct str plain, dashed, resolved;

	if (name.len > LIMIT_CHARSET_NAME_BYTES)
		return STR_NONE;
	plain = lower_without_blanks(scan, name);
	if (is_encoding(plain))
		return plain;
	dashed = with_dash(scan, plain);
	resolved = dashed.len ? resolve_plain(scan, dashed) : STR_NONE;
	return resolved.ptr ? resolved : resolve_plain(scan, plain);
}
