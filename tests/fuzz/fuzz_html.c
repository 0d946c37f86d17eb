/* fuzz_html: any bytes are a message with an HTML part: rendering, views, URIs, relays. */
#include "lib/base/buf.h"
#include "lib/message/mail.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *scan = arena_new("scan", 0);
	struct registry *registry = registry_new(scan);
	const struct uri_settings uri = {.registry = registry, .parse_dkim_uris = true};
	struct netset *none = netset_new(scan, "none");
	static struct arena *keep; /* for some hundred regexes, once */
	static const struct received_parser *parser;
	struct buf text;

	if (!keep) {
		keep = arena_new("keep", 0);
		parser = received_parser_new(keep);
	}
	const struct trust_settings trust = {
		.parser = parser, .trusted = none, .internal = none, .msa = none};

	registry_add(registry, 1, STR_LIT("com"));
	registry_add(registry, 2, STR_LIT("co.com"));
	buf_init(&text, scan);
	buf_add_cstr(&text, "Subject: x\nContent-Type: text/html; charset=utf-8\n\n");
	buf_add(&text, data, size);
	mail_make(scan, message_parse(scan, buf_str(&text), &message_settings_default),
		  &message_settings_default, &trust, &uri);
	mail_make(
		scan,
		message_parse(scan, str_make((const char *)data, size), &message_settings_default),
		&message_settings_default, &trust, &uri);
	arena_free(scan);
	return 0;
}
