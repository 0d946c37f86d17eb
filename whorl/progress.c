/* progress: see progress.h. */
#include "whorl/progress.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"

enum { BAR_CHARACTERS = 40, REDRAW_MS = 200 };

void progress_begin(struct progress *progress, uint64_t total)
{
	*progress = (struct progress){.total = total, .began_ms = clock_mono_ms()};
}

static void draw(struct progress *progress, uint64_t done)
{
	int64_t spent_ms = clock_mono_ms() - progress->began_ms;
	double rate = spent_ms > 0 ? (double)done * 1000 / (double)spent_ms : 0;
	char bar[BAR_CHARACTERS + 1];
	size_t filled;

	progress->drawn_ms = clock_mono_ms();
	if (!progress->total) {
		fprintf(stderr, "\r%llu  %7.1f msgs/sec", (unsigned long long)done, rate);
		return;
	}
	if (done > progress->total)
		done = progress->total;
	filled = (size_t)(done * BAR_CHARACTERS / progress->total);
	memset(bar, '=', filled);
	memset(bar + filled, ' ', BAR_CHARACTERS - filled);
	bar[BAR_CHARACTERS] = 0;
	int64_t left_s = rate > 0 ? (int64_t)((double)(progress->total - done) / rate) : 0;
	fprintf(stderr, "\r%3d%% [%s] %7.1f msgs/sec %02lldm%02llds left",
		(int)(done * 100 / progress->total), bar, rate, (long long)left_s / 60,
		(long long)left_s % 60);
}

void progress_update(struct progress *progress, uint64_t done)
{
	if (clock_mono_ms() - progress->drawn_ms >= REDRAW_MS)
		draw(progress, done);
}

void progress_end(struct progress *progress, uint64_t done)
{
	draw(progress, done);
	putc('\n', stderr);
}
