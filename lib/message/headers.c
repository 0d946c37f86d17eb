/* headers: the list of a message's or part's headers, found by name (Node.pm header, get_header).
 */
#include "lib/message/parse.h"

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
	vec_push(scan, &index->at, headers->list.n);
	vec_push(scan, &headers->list, header);
}

const struct header_index *headers_find(const struct headers *headers, struct str name)
{
	return headers->index ? map_find(headers->index, name) : NULL;
}

struct str headers_last(const struct headers *headers, const char *name)
{
	const struct header_index *index = headers_find(headers, str_from(name));

	return index ? headers->list.items[index->at.items[index->at.n - 1]].decoded : STR_NONE;
}
