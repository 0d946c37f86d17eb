/* message_tags: tags that are known as soon as the message is read (PerMsgStatus.pm new,
 * extract_message_metadata; Message/Metadata.pm extract). See scanning.h. */
#include "rules/scanning.h"

static void set_words(struct scan *scan, const char *tag, struct str words)
{
	struct str word;
	while (str_word_next(&words, &word))
		scan_tag_add(scan, tag, word);
}

static void set_reversed(struct scan *scan, const char *tag, const struct relay_vec *relays)
{
	for (size_t i = 0; i < relays->n; i++) {
		const struct relay *relay = relays->items[i];
		struct str reversed = ip_reversed(scan->arena, relay->ip_text);
		if (!relay->ip_private && reversed.len)
			scan_tag_add(scan, tag, reversed);
	}
}

static void set_relays(struct scan *scan, const struct relays *relays)
{
	scan_tag_set(scan, "RELAYSTRUSTED", relays->trusted_text);
	scan_tag_set(scan, "RELAYSUNTRUSTED", relays->untrusted_text);
	scan_tag_set(scan, "RELAYSINTERNAL", relays->internal_text);
	scan_tag_set(scan, "RELAYSEXTERNAL", relays->external_text);
	set_reversed(scan, "RELAYSTRUSTEDREVIP", &relays->trusted);
	set_reversed(scan, "RELAYSUNTRUSTEDREVIP", &relays->untrusted);
	set_reversed(scan, "RELAYSINTERNALREVIP", &relays->internal);
	set_reversed(scan, "RELAYSEXTERNALREVIP", &relays->external);
}

/* Tags that exist, empty, even where no plugin sets them. */
static const char *const known[] = {
	"ASN",
	"ASNCIDR",
	"AWL",
	"AWLCOUNT",
	"AWLMEAN",
	"AWLPRESCORE",
	"BAYESTC",
	"BAYESTCHAMMY",
	"BAYESTCLEARNED",
	"BAYESTCSPAMMY",
	"DCCB",
	"DCCR",
	"DCCREP",
	"DKIMDOMAIN",
	"DKIMIDENTITY",
	"DKIMSELECTOR",
	"EXTRACTTEXTCHARS",
	"EXTRACTTEXTEXTENSIONS",
	"EXTRACTTEXTFLAGS",
	"EXTRACTTEXTTOOLS",
	"EXTRACTTEXTTYPES",
	"EXTRACTTEXTURIS",
	"EXTRACTTEXTWORDS",
	"HAMMYTOKENS",
	"LANGUAGES",
	"PYZOR",
	"RBL",
	"SPAMMYTOKENS",
	"TOKENSUMMARY",
};

void scan_set_message_tags(struct scan *scan)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		map_put(scan->tags, str_from(known[i]), ARENA_NEW(scan->arena, struct str_vec));
	set_words(scan, "SENDERDOMAIN", scan_header(scan, "X-SenderDomain"));
	set_words(scan, "AUTHORDOMAIN", scan_header(scan, "X-AuthorDomain"));
	set_relays(scan, scan->mail->relays);
}
