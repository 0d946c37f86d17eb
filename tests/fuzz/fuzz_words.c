/* fuzz_words: any bytes are a text and an HTML page: words, anchors, trailers, contacts, tags,
 * links. */
#include "tests/fuzz/prints.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	fuzz_prints("Content-Type: text/plain; charset=utf-8", data, size);
	fuzz_prints("Content-Type: text/html; charset=utf-8", data, size);
	return 0;
}
