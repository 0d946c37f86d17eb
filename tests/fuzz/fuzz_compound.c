/* fuzz_compound: any bytes are a compound file, a packed macro, an archive. */
#include "lib/base/compound.h"
#include "lib/base/zip.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *scan = arena_new("scan", 0);
	struct str bytes = str_make((const char *)data, size), contents;
	struct compound_stream_vec streams = {0};
	struct zip_entry_vec entries = {0};

	compound_read(scan, bytes, &streams);
	for (size_t i = 0; i < streams.n; i++)
		compound_macro(scan, streams.items[i].contents, 1 << 20);
	compound_macro(scan, bytes, 1 << 20);
	compound_unpack(scan, bytes, 1 << 20);
	zip_read(scan, bytes, &entries, NULL);
	for (size_t i = 0; i < entries.n && i < 100; i++)
		zip_contents(scan, &entries.items[i], 1 << 20, &contents, NULL);
	arena_free(scan);
	return 0;
}
