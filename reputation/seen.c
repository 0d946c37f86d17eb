/* seen: see seen.h. */
#include "reputation/seen.h"

enum { DAY_S = 86400 };

/* FNV-1a, folded to 16 bits. */
uint16_t seen_mark(struct str group)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < group.len; i++)
		hash = (hash ^ (unsigned char)group.ptr[i]) * 16777619U;
	uint16_t mark = (uint16_t)(hash ^ hash >> 16);
	return mark ? mark : 1;
}

/* Days pass: what was young grows old. A clock that goes back changes nothing. */
static void turn_to(struct seen_tally *tally, int64_t now_s)
{
	int32_t day = (int32_t)(now_s / DAY_S);

	if (day - tally->day > SEEN_DAYS_YOUNG)
		tally->day = day - SEEN_DAYS_YOUNG;
	while (tally->day < day) {
		for (int i = SEEN_DAYS_YOUNG - 1; i > 0; i--)
			tally->young[i] = tally->young[i - 1];
		tally->young[0] = 0;
		tally->day++;
	}
}

static void add_group(struct seen *seen, uint16_t mark)
{
	for (size_t i = 0; i < seen->n_groups; i++)
		if (seen->groups[i].mark == mark) {
			seen->groups[i].n += seen->groups[i].n < UINT16_MAX;
			return;
		}
	if (seen->n_groups < SEEN_GROUPS_MAX)
		seen->groups[seen->n_groups++] = (struct seen_group){mark, 1};
}

/* Whether it keeps coming is asked of each mailing anew. A clock that goes back changes nothing. */
static void count_late(struct seen_tally *tally, const struct seen_mail *mail)
{
	int64_t after_s = mail->at_s - tally->first_s;

	if (!tally->first_s || after_s - tally->last_after_s >= SEEN_PAUSE_S) {
		tally->first_s = mail->at_s;
		tally->last_after_s = 0;
		tally->seen.n_late = 0;
		return;
	}
	tally->seen.n_late += after_s >= mail->late_s;
	if (after_s > tally->last_after_s)
		tally->last_after_s = after_s < UINT32_MAX ? (uint32_t)after_s : UINT32_MAX;
}

void seen_add(struct seen_tally *tally, const struct seen_mail *mail)
{
	if (tally->seen.n == UINT32_MAX)
		return;
	turn_to(tally, mail->at_s);
	count_late(tally, mail);
	tally->young[0]++;
	tally->seen.n++;
	tally->seen.n_context += mail->in_context;
	add_group(&tally->seen, mail->mark);
}

struct seen seen_at(const struct seen_tally *tally, int64_t now_s)
{
	struct seen_tally now = *tally;

	turn_to(&now, now_s);
	now.seen.day = (uint16_t)now.day;
	now.seen.n_old = now.seen.n;
	for (int i = 0; i < SEEN_DAYS_YOUNG; i++)
		now.seen.n_old -= now.young[i];
	return now.seen;
}

bool seen_is_settled(const struct seen *seen, uint32_t n_min, unsigned groups_min)
{
	return seen->n_old >= n_min && seen->n_groups >= groups_min;
}

/* --- as bytes --- */

/* In the place of the number of groups: that of late exposures follows. Without it, as ledgers of
 * older versions have it, none is known to be late. */
enum { HAS_LATE = 0x100 };

static void put(struct buf *out, uint32_t value, int n_bytes)
{
	for (int i = 0; i < n_bytes; i++)
		buf_add_char(out, (char)(value >> 8 * i));
}

void seen_pack(struct buf *out, const struct seen *seen, size_t n)
{
	for (; n > 0; n--, seen++) {
		put(out, seen->n, 4);
		put(out, seen->n_old, 4);
		put(out, seen->n_context, 4);
		put(out, seen->n_groups | HAS_LATE, 2);
		put(out, seen->day, 2);
		put(out, seen->n_late, 4);
		for (size_t i = 0; i < seen->n_groups; i++) {
			put(out, seen->groups[i].mark, 2);
			put(out, seen->groups[i].n, 2);
		}
	}
}

/* False at the end of the bytes. */
static bool take(struct str *bytes, int n_bytes, uint32_t *value_out)
{
	*value_out = 0;
	if (bytes->len < (size_t)n_bytes)
		return false;
	for (int i = 0; i < n_bytes; i++)
		*value_out |= (uint32_t)(unsigned char)bytes->ptr[i] << 8 * i;
	*bytes = str_from_at(*bytes, (size_t)n_bytes);
	return true;
}

static bool take_groups(struct str *bytes, struct seen *out)
{
	uint32_t mark, n;

	for (size_t i = 0; i < out->n_groups; i++) {
		if (!take(bytes, 2, &mark) || !take(bytes, 2, &n))
			return false;
		out->groups[i] = (struct seen_group){(uint16_t)mark, (uint16_t)n};
	}
	return true;
}

static bool take_one(struct str *bytes, struct seen *out)
{
	uint32_t n_groups, day;

	if (!take(bytes, 4, &out->n) || !take(bytes, 4, &out->n_old) ||
	    !take(bytes, 4, &out->n_context) || !take(bytes, 2, &n_groups) || !take(bytes, 2, &day))
		return false;
	if (n_groups & HAS_LATE && !take(bytes, 4, &out->n_late))
		return false;
	n_groups &= ~(uint32_t)HAS_LATE;
	if (n_groups > SEEN_GROUPS_MAX)
		return false;
	out->n_groups = (uint16_t)n_groups;
	out->day = (uint16_t)day;
	return take_groups(bytes, out);
}

struct seen *seen_unpack(struct arena *arena, struct str bytes, size_t n)
{
	struct seen *seen = ARENA_ARRAY(arena, struct seen, n + 1);

	for (size_t i = 0; i < n; i++)
		if (!take_one(&bytes, &seen[i]))
			return NULL;
	return bytes.len == 0 ? seen : NULL;
}
