/* wrap_text() against Mail::SpamAssassin::Util::wrap of 4.0.1: the right-hand sides were made by
 * it, from random words. */
#include "spamd/wrap.h"
#include "tests/unit/unit.h"

static const struct {
	const char *text;
	struct wrap_style style;
	const char *want;
} cases[] = {
	{"ffffff,ggg, bb  "
	 "cccffffff,ggg,a\tverylongwordwithoutanybreaksatallinsideit,"
	 "verylongwordwithoutanybreaksatallinsideit ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "ffffff,ggg, bb  "
	 "cccffffff,ggg,a\n\tverylongwordwithoutanybreaksatallinsideit,"
	 "\n\tverylongwordwithoutanybreaksatallinsideit "},
	{"accc  eeeee\thhhhhhhhhhhhhhhhhhh\ta,a a\tccc, a ccc,ffffff,ggg, ",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  accc  eeeee\thhhhhhhhhhhhhhhhhhh\ta,a a\n  ccc, a ccc,ffffff,ggg, "},
	{"eeeee\tbb,dddd\tccc\taeeeee eeeee "
	 "ccc,hhhhhhhhhhhhhhhhhhh\tcccaffffff,ggg,hhhhhhhhhhhhhhhhhhh,"
	 "verylongwordwithoutanybreaksatallinsideitbb "
	 "ccc,verylongwordwithoutanybreaksatallinsideit\tdddd  ffffff,ggg,, bb ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "eeeee\tbb,dddd\tccc\taeeeee eeeee "
	 "ccc,\n\thhhhhhhhhhhhhhhhhhh\tcccaffffff,ggg,hhhhhhhhhhhhhhhhhhh,"
	 "\n\tverylongwordwithoutanybreaksatallinsideitbb "
	 "ccc,\n\tverylongwordwithoutanybreaksatallinsideit\tdddd  ffffff,ggg,, bb "},
	{"a, hhhhhhhhhhhhhhhhhhh ffffff,ggg, bb, aeeeee\ta\t",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               a, hhhhhhhhhhhhhhhhhhh ffffff,ggg, bb,\n                  "
	 "          aeeeee\ta\t"},
	{"cccffffff,ggg,,aa, a, ffffff,ggg,",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "cccffffff,ggg,,aa, a, ffffff,ggg,"},
	{"eeeee\teeeee ccc bb\tffffff,ggg,  verylongwordwithoutanybreaksatallinsideitdddd  "
	 "ffffff,ggg,, verylongwordwithoutanybreaksatallinsideit\tbb  a dddd a dddd, a "
	 "ccc,hhhhhhhhhhhhhhhhhhh\tbb,dddd, eeeee\tverylongwordwithoutanybreaksatallinsideit",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  eeeee\teeeee ccc bb\tffffff,ggg,  "
	 "verylongwordwithoutanybreaksatallinsideitdddd\n    ffffff,ggg,, "
	 "verylongwordwithoutanybreaksatallinsideit\tbb  a dddd\n   a dddd, a "
	 "ccc,hhhhhhhhhhhhhhhhhhh\tbb,dddd, eeeee\tverylongwordwithoutanybreaksatallinsideit"},
	{"a\tccc  eeeee\teeeee  bb  ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "a\tccc  eeeee\teeeee  bb  "},
	{"eeeee  "
	 "hhhhhhhhhhhhhhhhhhh,bb,verylongwordwithoutanybreaksatallinsideit\thhhhhhhhhhhhhhhhhhh,"
	 "hhhhhhhhhhhhhhhhhhh  ffffff,ggg, "
	 "a\tverylongwordwithoutanybreaksatallinsideit,eeeee,"
	 "verylongwordwithoutanybreaksatallinsideitffffff,ggg,,eeeee dddd  ccc  ccc  "
	 "hhhhhhhhhhhhhhhhhhh  ",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               eeeee\n                            "
	 "hhhhhhhhhhhhhhhhhhh,bb,verylongwordwithoutanybreaksatallinsideit\n                       "
	 "     \thhhhhhhhhhhhhhhhhhh,hhhhhhhhhhhhhhhhhhh\n                              "
	 "ffffff,ggg, a\n                            "
	 "verylongwordwithoutanybreaksatallinsideit,eeeee,"
	 "verylongwordwithoutanybreaksatallinsideitffffff,ggg,,eeeee\n                             "
	 "dddd  ccc  ccc  hhhhhhhhhhhhhhhhhhh  "},
	{"bb,dddd bb, bb cccverylongwordwithoutanybreaksatallinsideitccc\tdddd\tbb, "
	 "dddd,bb,ccc\thhhhhhhhhhhhhhhhhhhccc\tccc a  "
	 "verylongwordwithoutanybreaksatallinsideit,"
	 "verylongwordwithoutanybreaksatallinsideithhhhhhhhhhhhhhhhhhh\tdddd  "
	 "hhhhhhhhhhhhhhhhhhhddddverylongwordwithoutanybreaksatallinsideit eeeee ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "bb,dddd bb, bb cccverylongwordwithoutanybreaksatallinsideitccc\n\tdddd\tbb, "
	 "dddd,bb,ccc\thhhhhhhhhhhhhhhhhhhccc\tccc a\n\t "
	 "verylongwordwithoutanybreaksatallinsideit,"
	 "\n\tverylongwordwithoutanybreaksatallinsideithhhhhhhhhhhhhhhhhhh\n\tdddd  "
	 "hhhhhhhhhhhhhhhhhhhddddverylongwordwithoutanybreaksatallinsideit\n\teeeee "},
	{"a  ccc  ffffff,ggg, hhhhhhhhhhhhhhhhhhh  verylongwordwithoutanybreaksatallinsideit\tccc, "
	 "ffffff,ggg,bb, hhhhhhhhhhhhhhhhhhhaffffff,ggg,  ccc, eeeee ",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  a  ccc  ffffff,ggg, hhhhhhhhhhhhhhhhhhh  "
	 "verylongwordwithoutanybreaksatallinsideit\n  \tccc, ffffff,ggg,bb, "
	 "hhhhhhhhhhhhhhhhhhhaffffff,ggg,  ccc, eeeee "},
	{"hhhhhhhhhhhhhhhhhhh,hhhhhhhhhhhhhhhhhhhccc\thhhhhhhhhhhhhhhhhhh bb  "
	 "verylongwordwithoutanybreaksatallinsideit,ccc dddd, bbdddd  eeeee",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "hhhhhhhhhhhhhhhhhhh,hhhhhhhhhhhhhhhhhhhccc\thhhhhhhhhhhhhhhhhhh "
	 "bb\n\tverylongwordwithoutanybreaksatallinsideit,ccc dddd, bbdddd  eeeee"},
	{"addddbb ccc ccc ccc\tccc,dddd,ffffff,ggg,  "
	 "verylongwordwithoutanybreaksatallinsideitccc\tverylongwordwithoutanybreaksatallinsideitdd"
	 "dd a\tbb ffffff,ggg,,a, verylongwordwithoutanybreaksatallinsideit,a ffffff,ggg,,a bb  a "
	 "dddd ",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               addddbb ccc ccc ccc\n                            "
	 "ccc,dddd,ffffff,ggg,\n                            "
	 "verylongwordwithoutanybreaksatallinsideitccc\n\n                            "
	 "verylongwordwithoutanybreaksatallinsideitdddd a\n                            \tbb "
	 "ffffff,ggg,,a,\n                            "
	 "verylongwordwithoutanybreaksatallinsideit,a\n                            ffffff,ggg,,a "
	 "bb  a dddd "},
	{"abb ffffff,ggg, hhhhhhhhhhhhhhhhhhh, ccc, "
	 "eeeee\tverylongwordwithoutanybreaksatallinsideit "
	 "ffffff,ggg,,cccffffff,ggg,\thhhhhhhhhhhhhhhhhhh,hhhhhhhhhhhhhhhhhhh\teeeeebb ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "abb ffffff,ggg, hhhhhhhhhhhhhhhhhhh, ccc, "
	 "eeeee\n\tverylongwordwithoutanybreaksatallinsideit "
	 "ffffff,ggg,,cccffffff,ggg,\n\t\thhhhhhhhhhhhhhhhhhh,hhhhhhhhhhhhhhhhhhh\teeeeebb "},
	{"ffffff,ggg,,a\teeeee eeeee\tddddeeeee  ccc,a, bb, "
	 "verylongwordwithoutanybreaksatallinsideit, bbbb,eeeee  bb "
	 "verylongwordwithoutanybreaksatallinsideitbbaffffff,ggg,\tbb hhhhhhhhhhhhhhhhhhh  ",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  ffffff,ggg,,a\teeeee eeeee\tddddeeeee  ccc,a,\n  bb, "
	 "verylongwordwithoutanybreaksatallinsideit, bbbb,eeeee  bb "
	 "verylongwordwithoutanybreaksatallinsideitbbaffffff,ggg,\n  \tbb hhhhhhhhhhhhhhhhhhh  "},
	{"eeeeeeeeeedddd  ccc, ffffff,ggg,\teeeee\tffffff,ggg, a\ta  hhhhhhhhhhhhhhhhhhh "
	 "bb\tffffff,ggg,, bb, dddd eeeee  dddda,verylongwordwithoutanybreaksatallinsideit "
	 "hhhhhhhhhhhhhhhhhhh, ccc\teeeee\ta  a  ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "eeeeeeeeeedddd  ccc, ffffff,ggg,\teeeee\tffffff,ggg, a\ta\n\thhhhhhhhhhhhhhhhhhh "
	 "bb\tffffff,ggg,, bb, dddd eeeee  dddda,\n\tverylongwordwithoutanybreaksatallinsideit "
	 "hhhhhhhhhhhhhhhhhhh,\n\tccc\teeeee\ta  a  "},
	{"verylongwordwithoutanybreaksatallinsideit\tddddccc,ccc\teeeee\t",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               verylongwordwithoutanybreaksatallinsideit\n               "
	 "             \tddddccc,ccc\teeeee\t"},
	{"dddd  a\tffffff,ggg,,a\taccc  affffff,ggg,  "
	 "ddddverylongwordwithoutanybreaksatallinsideit "
	 "verylongwordwithoutanybreaksatallinsideit\ta eeeee "
	 "verylongwordwithoutanybreaksatallinsideit, eeeee bb\tbb  dddd, "
	 "verylongwordwithoutanybreaksatallinsideit,ccc,ccc\tdddd",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "dddd  a\tffffff,ggg,,a\taccc  "
	 "affffff,ggg,"
	 "\n\tddddverylongwordwithoutanybreaksatallinsideit\n\tverylongwordwithoutanybreaksatallins"
	 "ideit\ta eeeee\n\tverylongwordwithoutanybreaksatallinsideit, eeeee bb\tbb  "
	 "dddd,\n\tverylongwordwithoutanybreaksatallinsideit,ccc,ccc\tdddd"},
	{"ffffff,ggg,,ffffff,ggg,,ccc, ccc,eeeee  bb,dddd,cccdddd\t",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  ffffff,ggg,,ffffff,ggg,,ccc, ccc,eeeee  bb,dddd,cccdddd\t"},
	{"a,bb  "
	 "verylongwordwithoutanybreaksatallinsideithhhhhhhhhhhhhhhhhhh\thhhhhhhhhhhhhhhhhhh,"
	 "hhhhhhhhhhhhhhhhhhh,bb, a,verylongwordwithoutanybreaksatallinsideita  "
	 "verylongwordwithoutanybreaksatallinsideit a  a ffffff,ggg,, dddd bb\tffffff,ggg,  ccc",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "a,bb  "
	 "verylongwordwithoutanybreaksatallinsideithhhhhhhhhhhhhhhhhhh\n\thhhhhhhhhhhhhhhhhhh,"
	 "hhhhhhhhhhhhhhhhhhh,bb, "
	 "a,"
	 "\n\tverylongwordwithoutanybreaksatallinsideita\n\tverylongwordwithoutanybreaksatallinside"
	 "it a  a ffffff,ggg,, dddd\n\tbb\tffffff,ggg,  ccc"},
	{"verylongwordwithoutanybreaksatallinsideit  eeeee,eeeeeffffff,ggg,, "
	 "verylongwordwithoutanybreaksatallinsideit ffffff,ggg,\teeeee,dddd  bbbb\ta  "
	 "verylongwordwithoutanybreaksatallinsideit  ccc\taa\tffffff,ggg,\tccceeeee  "
	 "hhhhhhhhhhhhhhhhhhh eeeee  bb  ffffff,ggg,\tffffff,ggg,\t",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               verylongwordwithoutanybreaksatallinsideit\n               "
	 "             eeeee,eeeeeffffff,ggg,,\n                            "
	 "verylongwordwithoutanybreaksatallinsideit\n                            "
	 "ffffff,ggg,\teeeee,dddd  bbbb\ta\n                            "
	 "verylongwordwithoutanybreaksatallinsideit  ccc\n                            "
	 "\taa\tffffff,ggg,\tccceeeee\n                            hhhhhhhhhhhhhhhhhhh eeeee  bb  "
	 "ffffff,ggg,\n                            \tffffff,ggg,\t"},
	{"a\ta,", {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA}, "a\ta,"},
	{"verylongwordwithoutanybreaksatallinsideit\tverylongwordwithoutanybreaksatallinsideitbb\ta"
	 "  hhhhhhhhhhhhhhhhhhh, dddd  ffffff,ggg,dddd,a, ffffff,ggg,, ccc a,eeeeeffffff,ggg,  "
	 "a\teeeee,bb\tverylongwordwithoutanybreaksatallinsideita, bb, cccbb, hhhhhhhhhhhhhhhhhhh "
	 " ",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  "
	 "verylongwordwithoutanybreaksatallinsideit\tverylongwordwithoutanybreaksatallinsideitbb\n "
	 " \ta  hhhhhhhhhhhhhhhhhhh, dddd  ffffff,ggg,dddd,a, ffffff,ggg,, ccc\n  "
	 "a,eeeeeffffff,ggg,  a\teeeee,bb\tverylongwordwithoutanybreaksatallinsideita,\n   bb, "
	 "cccbb, hhhhhhhhhhhhhhhhhhh  "},
	{"a ffffff,ggg,\thhhhhhhhhhhhhhhhhhh\tdddd\tbb bb a\tffffff,ggg, "
	 "hhhhhhhhhhhhhhhhhhha\tbb\tbb  dddd\thhhhhhhhhhhhhhhhhhh  a "
	 "hhhhhhhhhhhhhhhhhhh,verylongwordwithoutanybreaksatallinsideit  ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "a ffffff,ggg,\thhhhhhhhhhhhhhhhhhh\tdddd\tbb bb a\n\tffffff,ggg, "
	 "hhhhhhhhhhhhhhhhhhha\tbb\tbb  dddd\n\thhhhhhhhhhhhhhhhhhh  a "
	 "hhhhhhhhhhhhhhhhhhh,\n\tverylongwordwithoutanybreaksatallinsideit  "},
	{"dddd\tverylongwordwithoutanybreaksatallinsideit ccc "
	 "verylongwordwithoutanybreaksatallinsideit, bb\ta  a, bb,dddd, "
	 "verylongwordwithoutanybreaksatallinsideit, "
	 "bb\tccc,ffffff,ggg,,hhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit  "
	 "ccc,bb,ffffff,ggg,\tffffff,ggg,\tbb\teeeee\tffffff,ggg, ffffff,ggg,\tffffff,ggg,,ccc ",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               dddd\n                            "
	 "verylongwordwithoutanybreaksatallinsideit ccc\n                            "
	 "verylongwordwithoutanybreaksatallinsideit, bb\n                            \ta  a, "
	 "bb,dddd,\n                            verylongwordwithoutanybreaksatallinsideit, bb\n\n  "
	 "                          "
	 "ccc,ffffff,ggg,,hhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit\n           "
	 "                   ccc,bb,ffffff,ggg,\tffffff,ggg,\n                            "
	 "bb\teeeee\tffffff,ggg, ffffff,ggg,\n                            \tffffff,ggg,,ccc "},
	{"bbdddd, ffffff,ggg,,eeeee,ffffff,ggg,  bb,bb,ccc, ffffff,ggg,\teeeee  a  a,ffffff,ggg, ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "bbdddd, ffffff,ggg,,eeeee,ffffff,ggg,  bb,bb,ccc, ffffff,ggg,\teeeee  "
	 "a\n\ta,ffffff,ggg, "},
	{"averylongwordwithoutanybreaksatallinsideit  verylongwordwithoutanybreaksatallinsideit  ",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  averylongwordwithoutanybreaksatallinsideit  "
	 "verylongwordwithoutanybreaksatallinsideit\n    "},
	{"bb, hhhhhhhhhhhhhhhhhhh\teeeee ccc\teeeee\ta a, eeeeedddd  bbccc,",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "bb, hhhhhhhhhhhhhhhhhhh\teeeee ccc\teeeee\ta a, eeeeedddd\n\tbbccc,"},
	{"bb bbeeeee, ffffff,ggg,aa\tcccffffff,ggg,  a, verylongwordwithoutanybreaksatallinsideit, "
	 "dddd\tverylongwordwithoutanybreaksatallinsideit,ffffff,ggg,  cccdddd\tffffff,ggg, "
	 "ffffff,ggg,\t",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               bb bbeeeee, ffffff,ggg,aa\n                            "
	 "cccffffff,ggg,  a,\n                            "
	 "verylongwordwithoutanybreaksatallinsideit, dddd\n\n                            "
	 "verylongwordwithoutanybreaksatallinsideit,ffffff,ggg,\n                              "
	 "cccdddd\tffffff,ggg, ffffff,ggg,\n                            \t"},
	{"ccc,", {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA}, "ccc,"},
	{"hhhhhhhhhhhhhhhhhhh,bb\tccc, eeeee  "
	 "verylongwordwithoutanybreaksatallinsideiteeeeeverylongwordwithoutanybreaksatallinsideit,"
	 "bb,ccc\tverylongwordwithoutanybreaksatallinsideit",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  hhhhhhhhhhhhhhhhhhh,bb\tccc, eeeee  "
	 "verylongwordwithoutanybreaksatallinsideiteeeeeverylongwordwithoutanybreaksatallinsideit,"
	 "bb,ccc\n  \tverylongwordwithoutanybreaksatallinsideit"},
	{"dddd\tffffff,ggg,\teeeee\ta\thhhhhhhhhhhhhhhhhhh\ta ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "dddd\tffffff,ggg,\teeeee\ta\n\thhhhhhhhhhhhhhhhhhh\ta "},
	{"a, hhhhhhhhhhhhhhhhhhh  ccc, ",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               a, hhhhhhhhhhhhhhhhhhh  ccc, "},
	{"a\teeeeeffffff,ggg,  ffffff,ggg,\tbb, eeeee dddd,",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "a\teeeeeffffff,ggg,  ffffff,ggg,\tbb, eeeee dddd,"},
	{"aa bbhhhhhhhhhhhhhhhhhhh\tdddd  bb, abb  "
	 "verylongwordwithoutanybreaksatallinsideit,ffffff,ggg,  "
	 "bb,verylongwordwithoutanybreaksatallinsideita  dddd hhhhhhhhhhhhhhhhhhh,ddddbb "
	 "dddd,eeeee, bb ",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  aa bbhhhhhhhhhhhhhhhhhhh\tdddd  bb, abb  "
	 "verylongwordwithoutanybreaksatallinsideit,ffffff,ggg,\n    "
	 "bb,verylongwordwithoutanybreaksatallinsideita  dddd hhhhhhhhhhhhhhhhhhh,ddddbb\n   "
	 "dddd,eeeee, bb "},
	{"dddd eeeee verylongwordwithoutanybreaksatallinsideit  ccc bbhhhhhhhhhhhhhhhhhhhbb, ccc, "
	 "a,verylongwordwithoutanybreaksatallinsideit,dddd\tdddd dddd a,bb hhhhhhhhhhhhhhhhhhh, "
	 "a\thhhhhhhhhhhhhhhhhhh "
	 "ffffff,ggg,\tdddd\tffffff,ggg,verylongwordwithoutanybreaksatallinsideit\ta  ",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "dddd eeeee verylongwordwithoutanybreaksatallinsideit  ccc\n\tbbhhhhhhhhhhhhhhhhhhhbb, "
	 "ccc, a,\n\tverylongwordwithoutanybreaksatallinsideit,dddd\tdddd dddd "
	 "a,bb\n\thhhhhhhhhhhhhhhhhhh, a\thhhhhhhhhhhhhhhhhhh "
	 "ffffff,ggg,\n\tdddd\tffffff,ggg,\n\tverylongwordwithoutanybreaksatallinsideit\ta  "},
	{"a  eeeeedddd  "
	 "hhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit\tverylongwordwithoutanybreak"
	 "satallinsideit,a,ffffff,ggg,dddd\ta,cccffffff,ggg,  bb\thhhhhhhhhhhhhhhhhhh, "
	 "dddd\thhhhhhhhhhhhhhhhhhh  a  eeeee, ffffff,ggg,  ",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               a  eeeeedddd\n                            "
	 "hhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit\n\n                         "
	 "   verylongwordwithoutanybreaksatallinsideit,a,ffffff,ggg,dddd\n                         "
	 "   \ta,cccffffff,ggg,  bb\n                            hhhhhhhhhhhhhhhhhhh, dddd\n       "
	 "                     hhhhhhhhhhhhhhhhhhh  a  eeeee, ffffff,ggg,  "},
	{"eeeeehhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit, "
	 "hhhhhhhhhhhhhhhhhhhbbccc,hhhhhhhhhhhhhhhhhhh,bbbb, eeeee\tdddd  dddd "
	 "ffffff,ggg,\tdddd\tccc",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "eeeeehhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit,"
	 "\n\thhhhhhhhhhhhhhhhhhhbbccc,hhhhhhhhhhhhhhhhhhh,bbbb, eeeee\tdddd\n\tdddd "
	 "ffffff,ggg,\tdddd\tccc"},
	{"eeeeehhhhhhhhhhhhhhhhhhh, a, a  ffffff,ggg,, a\tbb  a, ccc\tbb, bb bb,dddd, eeeee dddd  "
	 "bb,bb,ccc",
	 {"Content preview:  ", "  ", 75, true, WRAP_AT_SPACE},
	 "Content preview:  eeeeehhhhhhhhhhhhhhhhhhh, a, a  ffffff,ggg,, a\tbb\n  a, ccc\tbb, bb "
	 "bb,dddd, eeeee dddd  bb,bb,ccc"},
	{"verylongwordwithoutanybreaksatallinsideit,ffffff,ggg, "
	 "ffffff,ggg,\thhhhhhhhhhhhhhhhhhh,ccc bb\tccc,ddddccc, hhhhhhhhhhhhhhhhhhhffffff,ggg, bb  "
	 "dddd\thhhhhhhhhhhhhhhhhhhffffff,ggg,verylongwordwithoutanybreaksatallinsideit\t",
	 {"", "\t", 79, false, WRAP_AFTER_SPACE_COMMA},
	 "verylongwordwithoutanybreaksatallinsideit,ffffff,ggg, "
	 "ffffff,ggg,\n\thhhhhhhhhhhhhhhhhhh,ccc "
	 "bb\tccc,ddddccc,\n\thhhhhhhhhhhhhhhhhhhffffff,ggg, bb  "
	 "dddd\n\thhhhhhhhhhhhhhhhhhhffffff,ggg,\n\tverylongwordwithoutanybreaksatallinsideit\t"},
	{"dddda  ffffff,ggg,\tverylongwordwithoutanybreaksatallinsideit, "
	 "hhhhhhhhhhhhhhhhhhh\thhhhhhhhhhhhhhhhhhh, ccc,ffffff,ggg,,bb  hhhhhhhhhhhhhhhhhhh dddd "
	 "ccc,hhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit  a, bb\t",
	 {"                               ", "                            ", 75, false,
	  WRAP_AT_SPACE},
	 "                               dddda  ffffff,ggg,\n                            "
	 "verylongwordwithoutanybreaksatallinsideit,\n                            "
	 "hhhhhhhhhhhhhhhhhhh\thhhhhhhhhhhhhhhhhhh,\n                             "
	 "ccc,ffffff,ggg,,bb  hhhhhhhhhhhhhhhhhhh dddd\n                            "
	 "ccc,hhhhhhhhhhhhhhhhhhhverylongwordwithoutanybreaksatallinsideit\n                       "
	 "       a, bb\t"},
};

static void test_wrap(void **state)
{
	struct arena *arena = arena_new("test", 0);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		unit_assert_str(wrap_text(arena, str_from(cases[i].text), &cases[i].style),
				str_from(cases[i].want), __FILE__, __LINE__);
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(test_wrap))
