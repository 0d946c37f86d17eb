/* heap: see heap.h. */
#include "lib/base/heap.h"

#include <string.h>

#include "lib/base/must.h"

static char *item_at(void *items, size_t i, size_t item_bytes)
{
	return (char *)items + i * item_bytes;
}

static void swap(char *a, char *b, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		char byte = a[i];

		a[i] = b[i];
		b[i] = byte;
	}
}

void heap_add(void *items, size_t n, size_t item_bytes, heap_order *is_before)
{
	for (size_t i = n - 1; n && i; i = (i - 1) / 2) {
		char *item = item_at(items, i, item_bytes);
		char *parent = item_at(items, (i - 1) / 2, item_bytes);

		if (!is_before(item, parent))
			return;
		swap(item, parent, item_bytes);
	}
}

void heap_take(void *items, size_t *n, size_t item_bytes, heap_order *is_before, void *first_out)
{
	must(*n > 0);
	size_t left = --*n, hole = 0;
	/* behind the heap, where nothing overwrites it, until its place is found */
	const char *last = item_at(items, left, item_bytes);

	memcpy(first_out, items, item_bytes);
	if (!left)
		return;
	for (size_t child; (child = 2 * hole + 1) < left; hole = child) {
		char *item = item_at(items, child, item_bytes);

		if (child + 1 < left && is_before(item + item_bytes, item)) {
			item += item_bytes;
			child++;
		}
		if (!is_before(item, last))
			break;
		memcpy(item_at(items, hole, item_bytes), item, item_bytes);
	}
	memcpy(item_at(items, hole, item_bytes), last, item_bytes);
}
