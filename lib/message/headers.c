/* headers: the list of a message's or part's headers, found by name (Node.pm header, get_header).
 */
#include "lib/message/parse.h"

/*
 * Rules ask for many headers that few messages have. One bit of 64 for each name, by its length and
 * its first and last letter, tells most of those apart without hashing the name.
 */
static uint64_t bit_of(struct str name)
{
	unsigned first = name.len ? (unsigned char)name.ptr[0] | 0x20 : 0;
	unsigned last = name.len ? (unsigned char)name.ptr[name.len - 1] | 0x20 : 0;

	return (uint64_t)1 << ((first * 5 + last * 11 + name.len * 3) & 63);
}

void headers_add(struct parser *parser, struct headers *headers, struct str name, struct str raw)
{
	struct arena *scan = parser->scan;
	struct header header = {.name = name, .raw = raw};
	struct header_index *index;

	header.decoded = header_decode(scan, name, raw, parser->settings);
	if (!headers->index)
		headers->index = map_new_ci(scan);
	index = map_find(headers->index, name);
	if (!index) {
		index = ARENA_NEW(scan, struct header_index);
		map_put(headers->index, name, index);
	}
	headers->name_bits |= bit_of(name);
	vec_push(scan, &index->at, headers->list.n);
	vec_push(scan, &headers->list, header);
}

const struct header_index *headers_find(const struct headers *headers, struct str name)
{
	return headers->name_bits & bit_of(name) ? map_find(headers->index, name) : NULL;
}

struct str headers_last(const struct headers *headers, const char *name)
{
	const struct header_index *index = headers_find(headers, str_from(name));

	return index ? headers->list.items[index->at.items[index->at.n - 1]].decoded : STR_NONE;
}
