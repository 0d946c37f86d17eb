/* glimpse: see glimpse.h. */
#include "spamd/glimpse.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

enum { PLACES = 2048, PATIENCE = 50 /* looks at a place whose writer has not come to an end */ };

/* ticket: 0 while it is written, else of the glimpse that is there, counted from 1. */
struct place {
	_Atomic uint64_t ticket;
	struct glimpse glimpse;
};

struct glimpses {
	_Atomic uint64_t n_written;
	uint64_t n_read; /* of the reader */
	unsigned n_looks;
	struct place places[PLACES];
};

enum status glimpses_new(struct glimpses **glimpses_out, struct why *why)
{
	struct glimpses *glimpses = mmap(NULL, sizeof *glimpses, PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (glimpses == MAP_FAILED)
		return why_errno(why, STATUS_NO_MEMORY, "no memory for exposures");
	*glimpses_out = glimpses;
	return STATUS_OK;
}

void glimpses_put(struct glimpses *glimpses, const struct glimpse *glimpse)
{
	uint64_t number = atomic_fetch_add_explicit(&glimpses->n_written, 1, memory_order_relaxed);
	struct place *place = &glimpses->places[number % PLACES];

	atomic_store_explicit(&place->ticket, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	place->glimpse.mark = glimpse->mark;
	place->glimpse.n_keys = glimpse->n_keys;
	memcpy(place->glimpse.algorithms, glimpse->algorithms, glimpse->n_keys);
	memcpy(place->glimpse.keys, glimpse->keys, glimpse->n_keys * sizeof *glimpse->keys);
	atomic_store_explicit(&place->ticket, number + 1, memory_order_release);
}

/* Whole, and not overwritten meanwhile. */
static bool copy(struct place *place, uint64_t ticket, struct glimpse *out)
{
	if (atomic_load_explicit(&place->ticket, memory_order_acquire) != ticket)
		return false;
	memcpy(out, &place->glimpse, sizeof *out);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&place->ticket, memory_order_relaxed) == ticket &&
	       out->n_keys <= GLIMPSE_KEYS_MAX;
}

bool glimpses_take(struct glimpses *glimpses, struct glimpse *out)
{
	for (;;) {
		uint64_t n_written =
			atomic_load_explicit(&glimpses->n_written, memory_order_acquire);

		if (n_written - glimpses->n_read > PLACES)
			glimpses->n_read = n_written - PLACES;
		if (glimpses->n_read == n_written)
			return false;
		struct place *place = &glimpses->places[glimpses->n_read % PLACES];
		if (copy(place, glimpses->n_read + 1, out)) {
			glimpses->n_read++;
			glimpses->n_looks = 0;
			return true;
		}
		/* its writer is at it, or was killed at it */
		if (glimpses->n_looks++ < PATIENCE)
			return false;
		glimpses->n_read++;
		glimpses->n_looks = 0;
	}
}
