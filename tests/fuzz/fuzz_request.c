/*
 * fuzz_request: the head of a request. Read in one piece and byte by byte, the result must be the
 * same.
 */
#include <stdlib.h>

#include "lib/base/must.h"
#include "lib/wire/request.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static enum wire_progress read_in_steps(struct arena *arena, struct str text, size_t step,
					struct wire_request_reader *reader, size_t *at_out)
{
	enum wire_progress progress = WIRE_MORE;
	size_t have = 0, used;

	*at_out = 0;
	wire_request_reader_init(reader, arena);
	while (progress == WIRE_MORE || progress == WIRE_GOT_LINE) {
		if (progress == WIRE_MORE)
			have = text.len - have > step ? have + step : text.len;
		progress = wire_request_read(reader, str_sub(text, *at_out, have - *at_out),
					     have == text.len, &used);
		*at_out += used;
	}
	return progress;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *arena = arena_new("fuzz", 0);
	struct str text = str_make((const char *)data, size);
	struct wire_request_reader whole, pieces;
	size_t whole_at, pieces_at;

	enum wire_progress a = read_in_steps(arena, text, size ? size : 1, &whole, &whole_at);
	enum wire_progress b = read_in_steps(arena, text, 1, &pieces, &pieces_at);
	must(a == b);
	must(a != WIRE_GOT_HEAD || whole_at == pieces_at);
	must(a != WIRE_FAULT || str_eq(whole.fault, pieces.fault));
	must(whole.request.verb == pieces.request.verb &&
	     whole.request.length == pieces.request.length);
	arena_free(arena);
	return 0;
}
