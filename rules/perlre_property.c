/*
 * perlre_property: see perlre.h. \p{NAME} as Perl has it for octets: which of the code points 0 to
 * 255 have the property (Unicode 14, Perl 5.36, asked for each one). Names are compared loosely.
 */
#include "rules/perlre.h"

enum { NAME_BYTES_MAX = 64 };

struct property {
	const char *ranges; /* "41-5A 61-7A" */
	const char *names;  /* in small letters, without blanks, dashes and underscores */
};

static const struct property properties[] = {
	{"", "adlam adlm aghb ahom anatolianhieroglyphs arab arabic armenian armi "
	     "armn avestan avst bali balinese bamu bamum bass bassavah batak batk "
	     "beng bengali bhaiksuki bhks bopo bopomofo brah brahmi brai braille "
	     "bugi buginese buhd buhid cakm canadianaboriginal cans cari carian "
	     "caucasianalbanian chakma cham cher cherokee chorasmian chrs cn co "
	     "combiningmark copt coptic cpmn cprt cs cuneiform cypriot cyprominoan "
	     "cyrillic cyrl deseret deva devanagari diak divesakuru dogr dogra dsrt "
	     "dupl duployan egyp egyptianhieroglyphs elba elbasan elym elymaic "
	     "emojipresentation enclosingmark ethi ethiopic geor georgian glag "
	     "glagolitic gong gonm goth gothic gran grantha greek grek gujarati gujr "
	     "gunjalagondi gurmukhi guru han hang hangul hani hanifirohingya hano "
	     "hanunoo hatr hatran hebr hebrew hira hiragana hluw hmng hmnp hung "
	     "ideographic imperialaramaic inherited inscriptionalpahlavi "
	     "inscriptionalparthian ital java javanese kaithi kali kana kannada "
	     "katakana kayahli khar kharoshthi khitansmallscript khmer khmr khoj "
	     "khojki khudawadi kits knda kthi lana lao laoo lepc lepcha letternumber "
	     "limb limbu lina linb lineara linearb lineseparator lisu lm lt lyci "
	     "lycian lydi lydian m mahajani mahj maka makasar malayalam mand mandaic "
	     "mani manichaean marc marchen mark masaramgondi mc me medefaidrin medf "
	     "meeteimayek mend mendekikakui merc mero meroiticcursive "
	     "meroitichieroglyphs miao mlym mn modi modifierletter mong mongolian "
	     "mro mroo mtei mult multani myanmar mymr nabataean nand nandinagari "
	     "narb nbat newa newtailue nko nkoo nl nonspacingmark nshu nushu "
	     "nyiakengpuachuehmong ogam ogham olchiki olck oldhungarian olditalic "
	     "oldnortharabian oldpermic oldpersian oldsogdian oldsoutharabian "
	     "oldturkic olduyghur oriya orkh orya osage osge osma osmanya ougr "
	     "pahawhhmong palm palmyrene paragraphseparator pauc paucinhau perm phag "
	     "phagspa phli phlp phnx phoenician plrd privateuse prti psalterpahlavi "
	     "qaac qaai rejang rjng rohg runic runr samaritan samr sarb saur "
	     "saurashtra sgnw sharada shavian shaw shrd sidd siddham signwriting "
	     "sind sinh sinhala sogd sogdian sogo sora sorasompeng soyo soyombo "
	     "spacingmark sund sundanese surrogate sylo sylotinagri syrc syriac "
	     "tagalog tagb tagbanwa taile taitham taiviet takr takri tale talu tamil "
	     "taml tang tangsa tangut tavt telu telugu tfng tglg thaa thaana thai "
	     "tibetan tibt tifinagh tirh tirhuta title titlecase titlecaseletter "
	     "tnsa toto ugar ugaritic unassigned unknown vai vaii vith vithkuqi "
	     "wancho wara warangciti wcho xpeo xsux yezi yezidi yi yiii "
	     "zanabazarsquare zanb zinh zl zp zzzz"},
	{"41-5A 61-7A AA-AA B5-B5 BA-BA C0-D6 D8-F6 F8-FF",
	 "alpha alphabetic cased ids idstart l letter xids xidstart xposixalpha"},
	{"30-39 41-46 61-66", "ahex asciihexdigit hexdigit posixxdigit xdigit xposixxdigit"},
	{"41-5A C0-D6 D8-DE", "lu upper uppercase uppercaseletter xposixupper"},
	{"30-39", "decimalnumber digit nd posixdigit xposixdigit"},
	{"00-1F 7F-9F", "cc cntrl control xposixcntrl"},
	{"09-0D 20-20 85-85 A0-A0", "space spaceperl whitespace xposixspace"},
	{"30-39 41-5A 5F-5F 61-7A AA-AA B5-B5 B7-B7 BA-BA C0-D6 D8-F6 F8-FF",
	 "idc idcontinue xidc xidcontinue"},
	{"20-20 A0-A0", "separator spaceseparator z zs"},
	{"AD-AD", "cf defaultignorablecodepoint di format"},
	{"41-5A 61-7A B5-B5 C0-D6 D8-F6 F8-FF", "casedletter l lc l&"},
	{"21-23 25-2A 2C-2F 3A-3B 3F-40 5B-5D 5F-5F 7B-7B 7D-7D A1-A1 A7-A7 AB-AB B6-B7 BB-BB "
	 "BF-BF",
	 "p punct punctuation"},
	{"00-FF", "all any assigned"},
	{"61-7A AA-AA B5-B5 BA-BA DF-F6 F8-FF", "lower lowercase xposixlower"},
	{"2D-2D", "dash dashpunctuation pd"},
	{"A6-A6 A9-A9 AE-AE B0-B0", "othersymbol so"},
	{"AA-AA BA-BA", "lo otherletter"},
	{"5E-5E 60-60 A8-A8 AF-AF B4-B4 B8-B8", "modifiersymbol sk"},
	{"20-7E A0-FF", "print xposixprint"},
	{"41-5A 61-7A AA-AA BA-BA C0-D6 D8-F6 F8-FF", "latin latn"},
	{"2B-2B 3C-3E 7C-7C 7E-7E AC-AC B1-B1 D7-D7 F7-F7", "mathsymbol sm"},
	{"28-28 5B-5B 7B-7B", "openpunctuation ps"},
	{"21-7E A1-FF", "graph xposixgraph"},
	{"24-24 A2-A5", "currencysymbol sc"},
	{"30-39 B2-B3 B9-B9 BC-BE", "n number"},
	{"09-09 20-20 A0-A0", "blank xposixblank"},
	{"00-7F", "ascii basiclatin"},
	{"21-23 25-27 2A-2A 2C-2C 2E-2F 3A-3B 3F-40 5C-5C A1-A1 A7-A7 B6-B7 BF-BF",
	 "otherpunctuation po"},
	{"30-39 41-5A 61-7A AA-AA B5-B5 BA-BA C0-D6 D8-F6 F8-FF", "alnum xposixalnum"},
	{"BB-BB", "finalpunctuation pf"},
	{"AB-AB", "initialpunctuation pi"},
	{"29-29 5D-5D 7D-7D", "closepunctuation pe"},
	{"24-24 2B-2B 3C-3E 5E-5E 60-60 7C-7C 7E-7E A2-A6 A8-A9 AC-AC AE-B1 B4-B4 B8-B8 D7-D7 "
	 "F7-F7",
	 "s symbol"},
	{"5F-5F", "connectorpunctuation pc"},
	{"00-1F 7F-9F AD-AD", "c other"},
	{"B2-B3 B9-B9 BC-BE", "no othernumber"},
	{"00-40 5B-60 7B-A9 AB-B9 BB-BF D7-D7 F7-F7", "common zyyy"},
	{"30-39 41-5A 5F-5F 61-7A AA-AA B5-B5 BA-BA C0-D6 D8-F6 F8-FF", "word xposixword"},
	{"61-7A B5-B5 DF-F6 F8-FF", "ll lowercaseletter"},
	{"21-2F 3A-40 5B-60 7B-7E A1-A1 A7-A7 AB-AB B6-B7 BB-BB BF-BF", "xposixpunct"},
	{"20-7E", "posixprint"},
	{"30-39 41-5A 61-7A", "posixalnum"},
	{"2D-2D AD-AD", "hyphen"},
	{"41-5A 61-7A", "posixalpha"},
	{"80-FF", "latin1"},
	{"09-0D 20-20", "posixspace"},
	{"22-22 27-27 AB-AB BB-BB", "quotationmark"},
	{"2B-2B 3C-3E 5E-5E 7C-7C 7E-7E AC-AC B1-B1 D7-D7 F7-F7", "math"},
	{"61-7A", "posixlower"},
	{"41-5A", "posixupper"},
	{"21-7E", "posixgraph"},
	{"5E-5E 60-60 A8-A8 AF-AF B4-B4 B7-B8", "diacritic"},
	{"00-1F 7F-7F", "posixcntrl"},
	{"A9-A9 AE-AE", "extendedpictographic"},
	{"30-39 41-5A 5F-5F 61-7A", "posixword"},
	{"09-09 20-20", "posixblank"},
	{"23-23 2A-2A 30-39 A9-A9 AE-AE", "emoji"},
	{"21-2F 3A-40 5B-60 7B-7E", "posixpunct"},
};

/* Under /i these mean any letter that has cases. */
static const struct {
	const char *names, *meaning;
} cased[] = {
	{"lu ll lt uppercaseletter lowercaseletter titlecaseletter title titlecase", "lc"},
	{"upper lower uppercase lowercase xposixupper xposixlower", "cased"},
	{"posixupper posixlower", "posixalpha"},
};

static bool list_has(const char *list, struct str name)
{
	struct str rest = str_from(list), word;
	while (str_word_next(&rest, &word))
		if (str_eq(word, name))
			return true;
	return false;
}

/* Loose form in buffer; false when it is too long for any name. */
static bool loosen(struct str name, char buffer[NAME_BYTES_MAX], struct str *out)
{
	size_t n = 0;
	for (size_t i = 0; i < name.len; i++) {
		char c = ascii_lower(name.ptr[i]);
		if (c == '-' || c == '_' || ascii_is_space((unsigned char)c))
			continue;
		if (n == NAME_BYTES_MAX)
			return false;
		buffer[n++] = c;
	}
	*out = str_make(buffer, n);
	return n > 0;
}

/* "gc=lu", "script:latin": what the value is looked for as. */
static struct str without_kind(struct str name)
{
	static const char kinds[] = "gc generalcategory category sc script scx scriptextensions";
	size_t at = str_find_char(name, '=');
	if (at == STR_NOT_FOUND)
		at = str_find_char(name, ':');
	if (at == STR_NOT_FOUND || !list_has(kinds, str_sub(name, 0, at)))
		return name;
	return str_from_at(name, at + 1);
}

static void add_ranges(struct re_set *set, const char *ranges)
{
	for (const char *at = ranges; *at; at += at[5] ? 6 : 5) {
		unsigned ends[2] = {0, 0};
		for (unsigned i = 0; i < 5; i++)
			if (i != 2)
				ends[i > 2] = ends[i > 2] * 16 +
					      (unsigned)(ascii_is_digit((unsigned char)at[i])
								 ? at[i] - '0'
								 : at[i] - 'A' + 10);
		re_set_add(set, ends[0], ends[1]);
	}
}

static bool find(struct str name, struct re_set *set)
{
	for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
		if (list_has(properties[i].names, name)) {
			add_ranges(set, properties[i].ranges);
			return true;
		}
	return false;
}

bool re_set_of_property(struct str name, bool icase, struct re_set *set_out)
{
	char buffer[NAME_BYTES_MAX];
	struct str loose;
	bool inverted = name.len && name.ptr[0] == '^';
	*set_out = (struct re_set){0};
	if (!loosen(str_from_at(name, inverted), buffer, &loose))
		return false;
	loose = without_kind(loose);
	if (str_has_prefix(loose, "is"))
		loose = str_from_at(loose, 2);
	else if (str_eq_c(loose, "inlatin1") || str_eq_c(loose, "inbasiclatin"))
		loose = str_from_at(loose, 2);
	for (size_t i = 0; icase && i < sizeof cased / sizeof *cased; i++)
		if (list_has(cased[i].names, loose))
			loose = str_from(cased[i].meaning);
	if (!find(loose, set_out))
		return false;
	if (inverted)
		re_set_invert(set_out);
	return true;
}
