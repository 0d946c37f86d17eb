/* date: RFC 822 dates and their many mistakes, read and mended as SpamAssassin does (Util.pm
 * parse_rfc822_date). */
#include "lib/message/message.h"

static const char month_names[12][4] = {"jan", "feb", "mar", "apr", "may", "jun",
					"jul", "aug", "sep", "oct", "nov", "dec"};

/* Minutes east of Greenwich of the zones SpamAssassin knows. */
static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{"UT", 0},      {"UTC", 0},     {"NDT", -150},  {"AST", -240},  {"ADT", -180},
	{"NST", -210},  {"EST", -300},  {"EDT", -240},  {"CST", -360},  {"CDT", -300},
	{"MST", -420},  {"MDT", -360},  {"PST", -480},  {"PDT", -420},  {"HST", -600},
	{"AKST", -540}, {"AKDT", -480}, {"HADT", -540}, {"HAST", -600}, {"GMT", 0},
	{"BST", 60},    {"IST", 60},    {"WET", 0},     {"WEST", 60},   {"CET", 60},
	{"CEST", 120},  {"EET", 120},   {"EEST", 180},  {"MSK", 180},   {"MSD", 240},
	{"MET", 60},    {"MEZ", 60},    {"MEST", 120},  {"MESZ", 120},  {"BRST", -120},
	{"BRT", -180},  {"AEST", 600},  {"AEDT", 660},  {"ACST", 570},  {"ACDT", 630},
	{"AWST", 480},  {"NZST", 720},  {"NZDT", 780},  {"JST", 540},   {"KST", 540},
	{"HKT", 480},   {"SGT", 480},   {"PHT", 480},   {"IDT", 180},
};

enum { DATE_BYTES = 16384 }; /* no date is looked for behind */

/* The text with single blanks around and between words, commas as blanks; pieces are cut out as
 * they are read. */
struct date_text {
	char text[DATE_BYTES + 2];
	size_t len;
};

static void tidy(struct date_text *d, struct str s)
{
	d->len = 0;
	d->text[d->len++] = ' ';
	for (size_t i = 0; i < s.len && d->len < DATE_BYTES; i++) {
		bool is_blank = s.ptr[i] == ',' || ascii_is_space((unsigned char)s.ptr[i]);

		if (!is_blank)
			d->text[d->len++] = s.ptr[i];
		else if (d->text[d->len - 1] != ' ')
			d->text[d->len++] = ' ';
	}
	if (d->text[d->len - 1] != ' ')
		d->text[d->len++] = ' ';
	d->text[d->len] = '\0';
}

/* Replaces [from, upto) by one blank. */
static void cut(struct date_text *d, size_t from, size_t upto)
{
	d->text[from] = ' ';
	memmove(d->text + from + 1, d->text + upto, d->len - upto + 1);
	d->len -= upto - from - 1;
}

/* Reads least..most digits at *at; values stop growing at 100,000,000. */
static bool take_number(const struct date_text *d, size_t *at, size_t least, size_t most,
			unsigned *value_out)
{
	size_t n = 0;

	for (*value_out = 0; n < most && ascii_is_digit((unsigned char)d->text[*at + n]); n++)
		if (*value_out < 10000000)
			*value_out = *value_out * 10 + (unsigned)(d->text[*at + n] - '0');
	*at += n;
	return n >= least;
}

static bool take_char(const struct date_text *d, size_t *at, char c)
{
	return d->text[*at] == c && (*at)++ < d->len;
}

static bool take_month(const struct date_text *d, size_t *at, unsigned *month_out)
{
	for (unsigned m = 0; m < 12; m++)
		if (str_has_prefix_ci(str_make(d->text + *at, d->len - *at), month_names[m])) {
			*month_out = m + 1;
			*at += 3;
			return true;
		}
	return false;
}

struct date {
	unsigned day, month, year, hour, minute, second;
};

/* " 12 Jan 2004 " */
static bool day_month_year(const struct date_text *d, size_t at, size_t least, size_t most,
			   struct date *date, size_t *end_out)
{
	size_t year_at;

	if (!take_char(d, &at, ' ') || !take_number(d, &at, 1, DATE_BYTES, &date->day) ||
	    !take_char(d, &at, ' ') || !take_month(d, &at, &date->month) || !take_char(d, &at, ' '))
		return false;
	year_at = at;
	if (!take_number(d, &at, least, most, &date->year) || !take_char(d, &at, ' '))
		return false;
	*end_out = at;
	if (at - 1 - year_at == 2 && date->year < 50)
		date->year += 2000;
	else if (at - 1 - year_at != 4)
		date->year += 1900;
	return true;
}

/* " Jan 12 01:02:03 2004 ": asctime. The time in it is not used. */
static bool month_day_year(const struct date_text *d, size_t at, struct date *date, size_t *end_out)
{
	unsigned ignored;

	if (!take_char(d, &at, ' ') || !take_month(d, &at, &date->month) ||
	    !take_char(d, &at, ' ') || !take_number(d, &at, 1, DATE_BYTES, &date->day) ||
	    !take_char(d, &at, ' ') || !take_number(d, &at, 1, DATE_BYTES, &ignored) ||
	    !take_char(d, &at, ':') || !take_number(d, &at, 1, DATE_BYTES, &ignored) ||
	    !take_char(d, &at, ':') || !take_number(d, &at, 1, DATE_BYTES, &ignored) ||
	    !take_char(d, &at, ' ') || !take_number(d, &at, 4, 4, &date->year) ||
	    !take_char(d, &at, ' '))
		return false;
	*end_out = at;
	return true;
}

static bool take_day(struct date_text *d, struct date *date)
{
	for (int form = 0; form < 3; form++)
		for (size_t at = 0; at < d->len; at++) {
			size_t end;
			bool found = form == 0   ? day_month_year(d, at, 4, 4, date, &end)
				     : form == 1 ? month_day_year(d, at, date, &end)
						 : day_month_year(d, at, 2, 3, date, &end);

			if (found) {
				cut(d, at, end);
				return true;
			}
		}
	return false;
}

/* " 1:02 " or " 01:02:03 " */
static void take_time(struct date_text *d, struct date *date)
{
	for (size_t start = 0; start < d->len; start++) {
		size_t at = start, behind;
		unsigned hour, minute, second = 0;

		if (!take_char(d, &at, ' ') || !take_number(d, &at, 1, 2, &hour) ||
		    !take_char(d, &at, ':') || !take_number(d, &at, 2, 2, &minute))
			continue;
		behind = at;
		if (take_char(d, &behind, ':') && take_number(d, &behind, 2, 2, &second))
			at = behind;
		if (!take_char(d, &at, ' '))
			continue;
		date->hour = hour;
		date->minute = minute;
		date->second = second;
		cut(d, start, at);
		return;
	}
}

/* " +0100 " → minutes */
static bool take_numeric_zone(const struct date_text *d, int *minutes_out)
{
	for (size_t start = 0; start + 6 < d->len; start++) {
		size_t at = start + 2;
		char sign = d->text[start + 1];
		unsigned value;

		if (d->text[start] != ' ' || (sign != '+' && sign != '-') ||
		    !take_number(d, &at, 4, 4, &value) || d->text[at] != ' ')
			continue;
		*minutes_out = (int)(value / 100 * 60 + value % 100);
		if (sign == '-')
			*minutes_out = -*minutes_out;
		return true;
	}
	return false;
}

/* The first word of two to four capitals, if that names a zone. */
static int named_zone(const struct date_text *d)
{
	for (size_t at = 0; at < d->len; at++) {
		size_t n = 0;

		if (at && ascii_is_word((unsigned char)d->text[at - 1]))
			continue;
		while (ascii_is_upper((unsigned char)d->text[at + n]))
			n++;
		if (n < 2 || n > 4 || ascii_is_word((unsigned char)d->text[at + n]))
			continue;
		if (str_has_prefix(str_make(d->text + at + n, d->len - at - n), "-DST") &&
		    !ascii_is_word((unsigned char)d->text[at + n + 4]))
			return 0;
		for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
			if (str_eq_c(str_make(d->text + at, n), zones[i].name))
				return zones[i].minutes;
		return 0;
	}
	return 0;
}

static unsigned days_in(unsigned month, unsigned year)
{
	if (month == 4 || month == 6 || month == 9 || month == 11)
		return 30;
	if (month != 2)
		return 31;
	return year % 4 == 0 && (year % 100 || year % 400 == 0) ? 29 : 28;
}

/* Impossible figures become the nearest possible ones. */
static void mend(struct date *date)
{
	date->second = date->second > 59 ? 59 : date->second;
	date->minute = date->minute > 59 ? 59 : date->minute;
	date->hour = date->hour > 23 ? 23 : date->hour;
	if (date->day > days_in(date->month, date->year)) {
		date->day = 1;
		if (++date->month > 12) {
			date->month = 1;
			date->year++;
		}
	}
	date->year = date->year > 2037 ? 2037 : date->year < 1970 ? 1970 : date->year;
}

static int64_t days_since_1970(const struct date *date)
{
	int64_t days = 0;

	for (unsigned year = 1970; year < date->year; year++)
		days += 337 + days_in(2, year);
	for (unsigned month = 1; month < date->month; month++)
		days += days_in(month, date->year);
	return days + date->day - 1;
}

bool date_parse(struct str text, int64_t *out)
{
	struct date_text d;
	struct date date = {0};
	int minutes;
	int64_t time;

	tidy(&d, text);
	if (!take_day(&d, &date))
		return false;
	take_time(&d, &date);
	if (!take_numeric_zone(&d, &minutes))
		minutes = named_zone(&d);
	mend(&date);
	if (date.day == 0 || date.day > days_in(date.month, date.year))
		return false;
	time = days_since_1970(&date) * 86400 + date.hour * 3600 + date.minute * 60 + date.second;
	time -= (int64_t)minutes * 60;
	*out = time < 0 ? 0 : time;
	return true;
}
