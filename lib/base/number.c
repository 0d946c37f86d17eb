/* number: see number.h */
#include "lib/base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/base/must.h"

enum {
	DECIMAL_DIGITS_MAX = 4000, /* longer texts are no numbers of ours */
	FORMAT_BYTES = 32,
	SHORT_DIGITS = 15, /* below 2^53 */
};

/* --- integers --------------------------------------------------------------------------------- */

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (ascii_is_alpha((unsigned char)c))
		return (unsigned)((c | 0x20) - 'a') + 10;
	return 255;
}

static bool parse_base(struct str s, unsigned base, uint64_t *out)
{
	uint64_t value = 0;
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = digit_value(s.ptr[i]);
		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*out = value;
	return true;
}

bool number_u64(struct str s, uint64_t *out)
{
	return parse_base(s, 10, out);
}

bool number_hex(struct str s, uint64_t *out)
{
	return parse_base(s, 16, out);
}

bool number_octal(struct str s, uint64_t *out)
{
	return parse_base(s, 8, out);
}

uint64_t number_in_environment(const char *name)
{
	const char *text = getenv(name);
	uint64_t value = 0;

	return text && number_u64(str_from(text), &value) ? value : 0;
}

bool number_i64(struct str s, int64_t *out)
{
	bool negative = s.len && s.ptr[0] == '-';
	if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
		s = str_from_at(s, 1);
	uint64_t value;
	if (!parse_base(s, 10, &value) || value > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	/* -value as unsigned: also right for the smallest number */
	*out = negative ? (int64_t)-value : (int64_t)value;
	return true;
}

/* --- decimals --------------------------------------------------------------------------------- */

static size_t skip_digits(struct str s, size_t at)
{
	while (at < s.len && ascii_is_digit((unsigned char)s.ptr[at]))
		at++;
	return at;
}

/* Length of [+-]?\d+(\.\d*)?|[+-]?\.\d+ at the start of s; 0 when there is none. */
static size_t decimal_length(struct str s)
{
	size_t at = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+') ? 1 : 0;
	size_t integer_end = skip_digits(s, at);
	bool has_integer = integer_end > at;
	if (integer_end == s.len || s.ptr[integer_end] != '.')
		return has_integer ? integer_end : 0;
	size_t end = skip_digits(s, integer_end + 1);
	return has_integer || end > integer_end + 1 ? end : 0;
}

/* Length of e[+-]?\d+ at offset at. */
static size_t exponent_length(struct str s, size_t at)
{
	if (at >= s.len || (s.ptr[at] | 0x20) != 'e')
		return 0;
	size_t digits = at + 1;
	if (digits < s.len && (s.ptr[digits] == '-' || s.ptr[digits] == '+'))
		digits++;
	size_t end = skip_digits(s, digits);
	return end > digits ? end - at : 0;
}

/*
 * Without an exponent, as most are: the digits as one integer and the power of ten to divide it by.
 * While both are exact as doubles, their quotient is the correctly rounded number (Clinger 1990).
 */
static bool convert_short(struct str s, double *out)
{
	static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
					1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	bool negative = s.len && s.ptr[0] == '-';
	size_t n_digits = 0, n_decimals = 0;
	uint64_t digits = 0;
	bool has_point = false;

	for (size_t i = s.len && (negative || s.ptr[0] == '+') ? 1 : 0; i < s.len; i++) {
		if (s.ptr[i] == '.') {
			has_point = true;
			continue;
		}
		if (!ascii_is_digit((unsigned char)s.ptr[i]) || ++n_digits > SHORT_DIGITS)
			return false;
		digits = digits * 10 + (uint64_t)(s.ptr[i] - '0');
		n_decimals += has_point;
	}
	*out = (double)digits / powers[n_decimals];
	if (negative)
		*out = -*out;
	return true;
}

/* s is a decimal number by its grammar. Correctly rounded, with a point in every locale. */
static double convert(struct str s)
{
	double number;

	if (convert_short(s, &number))
		return number;
	char text[DECIMAL_DIGITS_MAX + 1];
	must(s.len <= DECIMAL_DIGITS_MAX);
	if (s.len)
		memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	/* "C" is built in: this costs nothing. */
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	must(c_locale != (locale_t)0);
	double value = strtod_l(text, NULL, c_locale);
	freelocale(c_locale);
	return value;
}

bool number_decimal(struct str s, double *out)
{
	if (s.len == 0 || s.len > DECIMAL_DIGITS_MAX || decimal_length(s) != s.len)
		return false;
	*out = convert(s);
	return true;
}

/* "inf", "infinity", "nan" with a sign, as Perl's grok_infnan takes them; 0 when it is neither. */
static double infinity_or_nan(struct str s)
{
	bool negative = s.len && s.ptr[0] == '-';
	if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
		s = str_from_at(s, 1);
	if (str_has_prefix_ci(s, "inf"))
		return negative ? -(double)INFINITY : (double)INFINITY;
	return str_has_prefix_ci(s, "nan") ? (double)NAN : 0;
}

double number_perl(struct str s)
{
	s = str_trim_left(s);
	s = str_sub(s, 0, DECIMAL_DIGITS_MAX);
	size_t len = decimal_length(s);
	if (len == 0)
		return infinity_or_nan(s);
	len += exponent_length(s, len);
	return convert(str_sub(s, 0, len));
}

static double unit_seconds(char unit)
{
	switch (ascii_lower(unit)) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 7 * 86400;
	default:
		return 0;
	}
}

bool number_duration_s(struct str s, double *out)
{
	double factor = s.len ? unit_seconds(s.ptr[s.len - 1]) : 0;
	if (factor > 0)
		s = str_trim_right(str_sub(s, 0, s.len - 1));
	struct str digits = str_has_prefix(s, "+") ? str_from_at(s, 1) : s;
	double value;
	if (digits.len == 0 || !ascii_is_digit((unsigned char)digits.ptr[0]) ||
	    !number_decimal(digits, &value))
		return false;
	*out = value * (factor > 0 ? factor : 1);
	return true;
}

/*
 * Times ten to the power of decimals, rounded to a whole number without a sign; false where the
 * product, which is rounded already, does not tell how.
 */
static bool scale(double value, int decimals, uint64_t *out)
{
	static const double powers[] = {1, 10, 100, 1000};
	must(decimals >= 0 && decimals < (int)(sizeof powers / sizeof *powers));
	double scaled = (value < 0 ? -value : value) * powers[decimals];
	if (!(scaled < 1e11)) /* an error of less than 1e-5; NaN is not less either */
		return false;
	uint64_t whole = (uint64_t)scaled;
	double rest = scaled - (double)whole;
	if (rest > 0.499 && rest < 0.501)
		return false;
	*out = whole + (rest > 0.5);
	return true;
}

static int format_fixed_by_libc(double value, int decimals, char *out)
{
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	must(c_locale != (locale_t)0);
	locale_t before = uselocale(c_locale);
	int len = snprintf(out, NUMBER_FIXED_BYTES, "%.*f", decimals, value);
	uselocale(before);
	freelocale(c_locale);
	must(len > 0 && len < NUMBER_FIXED_BYTES);
	return len;
}

/* The C library's conversion is exact, and takes a thousand instructions for it. */
int number_format_fixed(double value, int decimals, char *out)
{
	char digits[NUMBER_FIXED_BYTES];
	uint64_t scaled;
	int n = 0, len = 0;
	if (!scale(value, decimals, &scaled))
		return format_fixed_by_libc(value, decimals, out);
	for (; n <= decimals || scaled; scaled /= 10)
		digits[n++] = (char)('0' + scaled % 10);
	if (signbit(value))
		out[len++] = '-';
	while (n > 0) {
		if (n == decimals)
			out[len++] = '.';
		out[len++] = digits[--n];
	}
	out[len] = '\0';
	return len;
}

double number_round(double value, int decimals)
{
	char text[NUMBER_FIXED_BYTES];
	struct str written = str_make(text, (size_t)number_format_fixed(value, decimals, text));
	double rounded = value;
	number_decimal(written, &rounded);
	return rounded;
}

/* Perl writes "Inf" and "NaN", and 0 without a sign. */
int number_format_perl(double value, char *out)
{
	if (isnan(value))
		return snprintf(out, FORMAT_BYTES, "NaN");
	if (isinf(value))
		return snprintf(out, FORMAT_BYTES, value < 0 ? "-Inf" : "Inf");
	if (value == 0)
		return snprintf(out, FORMAT_BYTES, "0");
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	must(c_locale != (locale_t)0);
	locale_t before = uselocale(c_locale);
	int len = snprintf(out, FORMAT_BYTES, "%.15g", value);
	uselocale(before);
	freelocale(c_locale);
	return len;
}
