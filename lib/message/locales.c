/* locales: see locales.h. */
#include <stdlib.h>

#include "lib/message/locales.h"

static const struct {
	const char *locale, *charsets;
} languages[] = {
	{"ja", "EUCJP JISX020119760 JISX020819830 JISX020819900 JISX020819970 JISX021219900 "
	       "JISX021320001 "
	       "JISX021320002 SHIFT_JIS SHIFTJIS ISO2022JP SJIS JIS7 JISX0201 JISX0208 JISX0212"},
	{"ko", "EUCKR KSC56011987"},
	{"ru", "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS CP1251 PT154 CP866"},
	{"ka", "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS CP1251 PT154 CP866"},
	{"tg", "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS CP1251 PT154 CP866"},
	{"be", "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS CP1251 PT154 CP866"},
	{"uk", "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS CP1251 PT154 CP866"},
	{"bg", "KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS CP1251 PT154 CP866"},
	{"th", "TIS620"},
	{"zh", "GB1988 GB2312 GB231219800 GB18030 GBK BIG5HKSCS BIG5 EUCTW ISO2022CN"},
	{"zh.big5", "BIG5HKSCS BIG5 EUCTW"},
	{"zh.gb2312", "GB1988 GB2312 GB231219800 GB18030 GBK ISO2022CN"},
};

/* Beginnings of names that every mail program shows, whatever its language. */
static const char *const everywhere[] = {"ISO8859", "ISO10646", "UTF",           "UCS",
					 "CP125",   "WINDOWS",  "UNICODE11UTF7", "UNICODE11UTF8"};
static const char *const everywhere_whole[] = {"USASCII", "ASCII", "IBM852", "XUNKNOWN", "ISO"};

static struct str plain_name(struct arena *scan, struct str charset)
{
	char *out = arena_alloc(scan, charset.len + 1);
	struct str name = {out, 0};

	for (size_t i = 0; i < charset.len; i++)
		if (ascii_is_alnum((unsigned char)charset.ptr[i]))
			out[name.len++] = ascii_upper(charset.ptr[i]);
	return str_has_prefix(name, "3D") ? str_from_at(name, 2)
					  : name; /* of broken quoted-printable */
}

static bool is_everywhere(struct str name)
{
	for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
		if (str_has_prefix(name, everywhere[i]))
			return true;
	for (size_t i = 0; i < sizeof everywhere_whole / sizeof *everywhere_whole; i++)
		if (str_eq_c(name, everywhere_whole[i]))
			return true;
	return false;
}

static bool is_written_in(struct str locale, struct str name)
{
	if (locale.len == 0 || str_eq_c(locale, "C"))
		locale = STR_LIT("en");
	if (locale.len > 2 && ascii_is_lower((unsigned char)locale.ptr[0]) &&
	    ascii_is_lower((unsigned char)locale.ptr[1]))
		locale.len = 2;
	for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
		struct str rest = str_from(languages[i].charsets), word;

		if (!str_eq_c(locale, languages[i].locale))
			continue;
		while (str_word_next(&rest, &word))
			if (str_eq(word, name))
				return true;
	}
	return false;
}

/* The process's own locale, as messages are in, or NULL. */
static const char *own_locale(void)
{
	static const char *const variables[] = {"LC_ALL", "LANGUAGE", "LC_MESSAGES", "LANG"};
	const char *locale = NULL;

	for (size_t i = 0; i < 4 && !(locale && *locale && strcmp(locale, "0") != 0); i++)
		locale = getenv(variables[i]);
	return locale;
}

bool locales_allow(struct arena *scan, struct str ok_locales, struct str charset)
{
	struct str name = plain_name(scan, charset), word;

	if (is_everywhere(name))
		return true;
	while (str_word_next(&ok_locales, &word))
		if (str_eq_c(word, "all") || is_written_in(word, name))
			return true;
	const char *own = own_locale();
	return own && (strcmp(own, "all") == 0 || is_written_in(str_from(own), name));
}
