/* clock: monotonic time for deadlines, wall time for stamps. */
#ifndef WHORL_BASE_CLOCK_H
#define WHORL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
int64_t clock_wall_s(void);
double clock_wall(void); /* seconds with fraction */

/* A point in monotonic time; at_ms 0 means never. */
struct deadline {
	int64_t at_ms;
};

#define DEADLINE_NEVER ((struct deadline){0})
#define DEADLINE_NOW   ((struct deadline){1}) /* do not wait */

struct deadline deadline_in_ms(int64_t timeout_ms); /* timeout_ms <= 0: never */
bool deadline_passed(struct deadline deadline);
/* For poll(2): milliseconds left, 0 when passed, -1 for never. */
int deadline_left_ms(struct deadline deadline);
struct deadline deadline_earlier(struct deadline a, struct deadline b);

/* "Mon, 23 Nov 2026 22:48:16 +0100" (RFC 5322 3.3, local zone). size_bytes >= 40. */
void clock_rfc5322(int64_t wall_s, char *out, unsigned size_bytes);

#endif
