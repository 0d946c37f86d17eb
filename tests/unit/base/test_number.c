/* number: what is one and what is not, in every locale. Expected values of number_perl() and
 * number_format_perl() come from Perl 5.36. */
#include "tests/unit/unit.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include "lib/base/number.h"

static void unsigned_integers(void **state)
{
	(void)state;
	uint64_t value = 7;
	assert_true(number_u64(STR_LIT("18446744073709551615"), &value));
	assert_true(value == UINT64_MAX);
	value = 7;
	static const char *const bad[] = {"",
					  "18446744073709551616",
					  "99999999999999999999999",
					  "-1",
					  "+1",
					  " 1",
					  "1 ",
					  "1a",
					  "0x1"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(number_u64(str_from(bad[i]), &value));
		assert_true(value == 7);
	}
	assert_false(number_u64(str_make("1\0", 2), &value));
	assert_true(number_u64(STR_LIT("007"), &value));
	assert_true(value == 7);
}

static void signed_integers(void **state)
{
	(void)state;
	int64_t value;
	assert_true(number_i64(STR_LIT("-9223372036854775808"), &value));
	assert_true(value == INT64_MIN);
	assert_true(number_i64(STR_LIT("+9223372036854775807"), &value));
	assert_true(value == INT64_MAX);
	assert_false(number_i64(STR_LIT("9223372036854775808"), &value));
	assert_false(number_i64(STR_LIT("-9223372036854775809"), &value));
	assert_false(number_i64(STR_LIT("-"), &value));
	assert_false(number_i64(STR_LIT("--1"), &value));
	assert_false(number_i64(STR_NONE, &value));
}

static void other_bases(void **state)
{
	(void)state;
	uint64_t value;
	assert_true(number_hex(STR_LIT("fFfFfFfFfFfFfFfF"), &value));
	assert_true(value == UINT64_MAX);
	assert_false(number_hex(STR_LIT("10000000000000000"), &value));
	assert_false(number_hex(STR_LIT("g"), &value));
	assert_false(number_hex(STR_LIT("@"), &value));
	assert_true(number_octal(STR_LIT("0666"), &value));
	assert_int_equal(value, 438);
	assert_false(number_octal(STR_LIT("8"), &value));
}

static void decimals(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double value;
	} good[] = {{"5", 5},
		    {"-1.5", -1.5},
		    {"+0.001", 0.001},
		    {".5", 0.5},
		    {"-.25", -0.25},
		    {"5.", 5},
		    {"0.1", 0.1},
		    {"999.998", 999.998},
		    {"-0", 0},
		    {"00012", 12},
		    {"123456789.125", 123456789.125}};
	double value;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(number_decimal(str_from(good[i].text), &value));
		assert_true(value == good[i].value);
	}
	static const char *const bad[] = {"",    ".",     "-",  "+.", "1,5",   "1e3", "inf",
					  "nan", "0x1p3", " 1", "1 ", "1.2.3", "--1"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(number_decimal(str_from(bad[i]), &value));
}

static void as_perl_reads_them(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double value;
	} rows[] = {{" -1.5e3x", -1500}, {"0x10", 0}, {".5", 0.5},   {"1e", 1},  {"+3", 3},
		    {"1_000", 1},        {"- 1", 0},  {"5.", 5},     {".", 0},   {"", 0},
		    {"\n\t 12abc", 12},  {"abc", 0},  {"1e+2", 100}, {"1e+", 1}, {"-", 0}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(number_perl(str_from(rows[i].text)) == rows[i].value);
	assert_true(isinf(number_perl(STR_LIT("inf"))));
	assert_true(number_perl(STR_LIT("-infinity")) < 0);
	assert_true(isnan(number_perl(STR_LIT("nan"))));
	assert_true(number_perl(STR_NONE) == 0);

	/* Unlike a small number, a very long one costs no more than its first digits. */
	static char digits[100 * 1000];
	memset(digits, '9', sizeof digits);
	assert_true(number_perl(str_make(digits, sizeof digits)) > 1e300);
	double value;
	assert_false(number_decimal(str_make(digits, sizeof digits), &value));
}

/* Conf/Parser.pm set_duration_value */
static void durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double value;
	} good[] = {{"5", 5},      {"+5", 5},      {"1.5m", 90},     {"2 h", 7200},
		    {"1D", 86400}, {"1w", 604800}, {"0.25 s", 0.25}, {"3.", 3}};
	double value;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(number_duration_s(str_from(good[i].text), &value));
		assert_true(value == good[i].value);
	}
	static const char *const bad[] = {"",    "-1",  "s",   "5x", "5ms",
					  ".5s", "5 5", "+ 5", "5y", "+-5"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(number_duration_s(str_from(bad[i]), &value));
}

static void as_perl_writes_them(void **state)
{
	(void)state;
	static const struct {
		double value;
		const char *text;
	} rows[] = {{0, "0"},        {-0.0, "0"},
		    {1e15, "1e+15"}, {0.1 + 0.2, "0.3"},
		    {1e-5, "1e-05"}, {123456, "123456"},
		    {-2.5, "-2.5"},  {1.0 / 3, "0.333333333333333"}};
	char out[32];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(number_format_perl(rows[i].value, out), strlen(rows[i].text));
		assert_string_equal(out, rows[i].text);
	}
	number_format_perl((double)-INFINITY, out);
	assert_string_equal(out, "-Inf");
	number_format_perl((double)NAN, out);
	assert_string_equal(out, "NaN");
}

static void expect_as_printf(double value)
{
	char expected[NUMBER_FIXED_BYTES], out[NUMBER_FIXED_BYTES];
	for (int decimals = 0; decimals <= 3; decimals++) {
		snprintf(expected, sizeof expected, "%.*f", decimals, value);
		assert_int_equal(number_format_fixed(value, decimals, out), strlen(expected));
		assert_string_equal(out, expected);
		if (!isfinite(value))
			continue;
		double rounded = number_round(value, decimals),
		       read = number_perl(str_from(expected));
		assert_memory_equal(&rounded, &read, sizeof read);
	}
}

/* printf(3) rounds the exact value of the double, and halves to even. */
static void with_few_decimals(void **state)
{
	(void)state;
	static const double values[] = {
		0,      0.5,   1.5,     2.5,    0.25,    0.125,   0.0625,  0.05,    0.15, 0.0005,
		1.0005, 2.675, 0.9995,  9.9995, 0.0001,  99999.5, 1e10,    99e9,    1e11, 1e15,
		1e22,   1e300, DBL_MAX, 5e-324, 4.99999, 0.4999,  0.50001, INFINITY};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		expect_as_printf(values[i]);
		expect_as_printf(-values[i]);
	}
	/* and what lies beside every half of a thousandth */
	for (int i = -20000; i < 20000; i++) {
		double half = i / 2000.0;
		expect_as_printf(half);
		expect_as_printf(nextafter(half, 1e9));
		expect_as_printf(nextafter(half, -1e9));
	}
}

/* Where the decimal sign is a comma, numbers still have a point. */
static void in_a_comma_locale(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8",
					    "fr_FR.utf8"};
	bool found = false;
	for (size_t i = 0; !found && i < sizeof names / sizeof *names; i++)
		found = setlocale(LC_ALL, names[i]) != NULL;
	if (!found)
		skip(); /* no such locale is installed here */
	char text[NUMBER_FIXED_BYTES];
	snprintf(text, sizeof text, "%.1f", 1.5);
	assert_string_equal(text, "1,5");
	decimals(state);
	as_perl_reads_them(state);
	as_perl_writes_them(state);
	assert_int_equal(number_format_fixed(1e20, 1, text), 23);
	assert_string_equal(text, "100000000000000000000.0");
	setlocale(LC_ALL, "C");
}

UNIT_MAIN(cmocka_unit_test(unsigned_integers), cmocka_unit_test(signed_integers),
	  cmocka_unit_test(other_bases), cmocka_unit_test(decimals),
	  cmocka_unit_test(as_perl_reads_them), cmocka_unit_test(durations),
	  cmocka_unit_test(as_perl_writes_them), cmocka_unit_test(with_few_decimals),
	  cmocka_unit_test(in_a_comma_locale))
