/* fuzz_arf: any bytes may be a report of a feedback loop; what it is about is a message again. */
#include "lib/message/arf.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *scan = arena_new("scan", 0);
	struct str text = str_make((const char *)data, size);
	struct arf arf;

	if (arf_read(scan, message_parse(scan, text, &message_settings_default), &arf))
		message_parse(scan, arf.message, &message_settings_default);
	arena_free(scan);
	return 0;
}
