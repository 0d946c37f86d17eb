/* markup_encode() against mime_encode_header of SpamAssassin 4.0.1's PerMsgStatus, which made the
 * right-hand sides. */
#include "spamd/markup.h"
#include "tests/unit/unit.h"

static const struct {
	const char *text, *want;
} cases[] = {
	{"plain", "plain"},
	{"plain\n", "plain\n"},
	{"a \303\244 b", "a =?UTF-8?B?w6Q=?= b"},
	{"\303\244\303\266\303\274", "=?UTF-8?B?w6TDtsO8?="},
	{"head \303\244\303\266 tail words\n", "head =?UTF-8?B?w6TDtg==?= tail words\n"},
	{"x=?y\303\244", "=?UTF-8?B?eD0/ecOk?="},
	{"a\nb \377 c\n", "a\nb =?UTF-8?Q?=FF?= c\n"},
	{"caf\303\251\n\tna\303\257ve line\n",
	 "=?UTF-8?Q?caf=C3=A9?=\n\t=?UTF-8?Q?na=C3=AFve?= line\n"},
	{"\346\227\245\346\234\254\350\252\236 text \346\227\245",
	 "=?UTF-8?B?5pel5pys6KqeIHRleHQg5pel?="},
	{"", ""},
	{"nl\r\n\303\251\r\n", "nl\r\n=?UTF-8?B?w6k=?=\r\n"},
	{"tab\t\303\251\ttab", "tab\t=?UTF-8?B?w6k=?=\ttab"},
	{"\001ctl", "=?UTF-8?Q?=01ctl?="},
	{"mostly ascii but one \303\251inside", "mostly ascii but one =?UTF-8?Q?=C3=A9inside?="},
	{"a_b=c?\303\251 d e f", "=?UTF-8?B?YV9iPWM/w6k=?= d e f"},
};

static void test_encode(void **state)
{
	struct arena *arena = arena_new("test", 0);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		unit_assert_str(markup_encode(arena, str_from(cases[i].text)),
				str_from(cases[i].want), __FILE__, __LINE__);
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(test_encode))
