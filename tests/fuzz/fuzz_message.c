/* fuzz_message: any bytes are a message: structure, headers, addresses, dates, decoded and
 * normalised parts. */
#include "lib/message/message.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void read_header(struct arena *scan, const struct header *header)
{
	struct address_vec addresses = {.n = 0};
	int64_t time;

	addresses_parse(scan, header->raw, &message_settings_default, &addresses);
	date_parse(header->decoded, &time);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *scan = arena_new("scan", 0);
	struct message *message =
		message_parse(scan, str_make((const char *)data, size), &message_settings_default);
	struct part_vec parts = {.n = 0};

	for (size_t i = 0; i < message->headers->list.n; i++)
		read_header(scan, &message->headers->list.items[i]);
	message_parts(scan, message, true, &parts);
	for (size_t i = 0; i < parts.n; i++)
		part_text(scan, parts.items[i], &message_settings_default);
	arena_free(scan);
	return 0;
}
