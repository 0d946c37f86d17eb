/* clock: see clock.h */
#include "lib/base/clock.h"

#include <limits.h>
#include <stdio.h>
#include "lib/base/must.h"

static struct timespec read_clock(clockid_t id)
{
	struct timespec now;
	must(clock_gettime(id, &now) == 0);
	return now;
}

int64_t clock_mono_us(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t clock_wall_s(void)
{
	return read_clock(CLOCK_REALTIME).tv_sec;
}

double clock_wall(void)
{
	struct timespec now = read_clock(CLOCK_REALTIME);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * Deadlines are looked at between any two rules. While one is far off the tick of the kernel's
 * clock will do, which is read without asking the hardware and is some milliseconds behind.
 */
enum { TICK_MS = 20 }; /* more than the kernel lets pass between two of them */

static int64_t tick_ms(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC_COARSE);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct deadline deadline_in_ms(int64_t timeout_ms)
{
	if (timeout_ms <= 0)
		return DEADLINE_NEVER;
	int64_t now_ms = clock_mono_ms();
	return (struct deadline){timeout_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + timeout_ms};
}

bool deadline_passed(struct deadline deadline)
{
	return deadline.at_ms != 0 && deadline.at_ms - tick_ms() <= TICK_MS &&
	       deadline.at_ms <= clock_mono_ms();
}

int deadline_left_ms(struct deadline deadline)
{
	if (deadline.at_ms == 0)
		return -1;
	int64_t left_ms = deadline.at_ms - clock_mono_ms();
	if (left_ms <= 0)
		return 0;
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

struct deadline deadline_earlier(struct deadline a, struct deadline b)
{
	if (a.at_ms == 0 || (b.at_ms != 0 && b.at_ms < a.at_ms))
		return b;
	return a;
}

/* Names are our own: those of strftime(3) follow the locale. */
void clock_rfc5322(int64_t wall_s, char *out, unsigned size_bytes)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t when = (time_t)wall_s;
	struct tm tm;
	must(localtime_r(&when, &tm) != NULL);
	long offset_min = tm.tm_gmtoff / 60;
	char sign = offset_min < 0 ? '-' : '+';
	if (offset_min < 0)
		offset_min = -offset_min;
	snprintf(out, size_bytes, "%s, %02d %s %d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday],
		 tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 sign, offset_min / 60, offset_min % 60);
}
