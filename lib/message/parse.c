/*
 * parse: bytes → the tree of parts (Message.pm parse_body). Parts wait in one queue and are taken
 * breadth first, embedded messages too, so nothing here recurses over input.
 */
#include "lib/base/clock.h"
#include "lib/message/limits.h"
#include "lib/message/parse.h"
#include "lib/message/part.h"

const struct message_settings message_settings_default = {
	.normalize_charset = true,
	.body_part_scan_bytes = 50000,
	.rawbody_part_scan_bytes = 500000,
	.parse_dkim_uris = true,
};

struct part *part_new(struct parser *parser, struct part *parent)
{
	struct part *part = ARENA_NEW(parser->scan, struct part);

	part->is_leaf = true;
	part->settings = parser->settings;
	if (parent)
		part_append(parent, part);
	return part;
}

void part_append(struct part *parent, struct part *child)
{
	child->parent = parent;
	child->depth = parent->depth + 1;
	if (parent->last_child)
		parent->last_child->next = child;
	else
		parent->first_child = child;
	parent->last_child = child;
}

static enum transfer_encoding transfer_encoding(struct str text)
{
	if (str_eq_c(text, "quoted-printable"))
		return ENCODING_QP;
	if (str_eq_c(text, "base64"))
		return ENCODING_BASE64;
	return text.len ? ENCODING_UNKNOWN : ENCODING_NONE;
}

/* A leaf: type, parameters and name (Message.pm _parse_normal). */
static void fill_leaf(struct parser *parser, const struct pending_part *pending)
{
	struct part *part = pending->part;
	struct content_type ct =
		content_type_parse(parser->scan, headers_last(&part->headers, "content-type"));

	if (!ct.missing)
		part->type = str_has_prefix(ct.type, "multipart/") && !pending->boundary.ptr
				     ? STR_LIT("text/plain")
				     : ct.type;
	part->charset = ct.charset;
	part->boundary = pending->boundary;
	part->name = disposition_name(headers_last(&part->headers, "content-disposition"));
	if (!part->name.ptr && ct.name.len && !str_eq_c(ct.name, "0"))
		part->name = ct.name;
	part->encoding_text = arena_lower(
		parser->scan, headers_last(&part->headers, "content-transfer-encoding"));
	part->encoding = transfer_encoding(part->encoding_text);
	part->raw_body = pending->body;
}

static bool is_message(struct str type)
{
	return str_eq_c(type, "message/rfc822") || str_eq_c(type, "message/global");
}

/* The message inside a message/rfc822 becomes its only child and is parsed in its turn. */
static void embed(struct parser *parser, struct part *part, unsigned levels)
{
	struct str decoded = part_decoded(parser->scan, part);

	if (!decoded.len)
		return;
	part->embedded = message_read_head(parser, decoded, levels, part);
	part->is_leaf = false;
}

static void parse_pending(struct parser *parser, const struct pending_part *pending)
{
	struct part *part = pending->part;

	if (str_has_prefix(part->type, "multipart/") && pending->boundary.ptr &&
	    pending->levels > 0) {
		part->is_multipart = true;
		part->boundary = pending->boundary;
		multipart_split(parser, pending);
		return;
	}
	fill_leaf(parser, pending);
	if (is_message(part->type) && pending->levels > 0)
		embed(parser, part, pending->levels - 1);
}

/* Pre-order successor within the whole tree, or NULL. */
static struct part *part_after(struct part *part)
{
	if (part->first_child)
		return part->first_child;
	while (part && !part->next)
		part = part->parent;
	return part ? part->next : NULL;
}

/* SpamAssassin notes a head of over 64 KiB when it joins all headers for the first ALL rule
 * (get_all_headers). */
static void note_long_head(struct message *message)
{
	const struct header_vec *list = &message->headers->list;
	size_t total = 0;

	for (size_t i = 0; i < list->n; i++)
		total += list->items[i].name.len + list->items[i].decoded.len + 3;
	if (total > LIMIT_HEADERS_TOTAL_BYTES)
		message->oddities |= ODDITY_TRUNCATED_HEADER;
}

static void note_open_boundaries(struct parser *parser)
{
	const struct map_entry *entry;
	size_t cursor = 0;

	while ((entry = map_next(parser->open_boundaries, &cursor)))
		if (*(const long *)entry->value != 0)
			parser->outer->oddities |= ODDITY_MISSING_MIME_BOUNDARY;
}

struct message *message_parse(struct arena *scan, struct str raw,
			      const struct message_settings *settings)
{
	struct parser parser = {
		.scan = scan, .settings = settings, .open_boundaries = map_new(scan)};
	struct message *message = message_read_head(&parser, raw, LIMIT_MIME_DEPTH, NULL);

	while (parser.next_pending < parser.queue.n) {
		struct pending_part pending = parser.queue.items[parser.next_pending++];

		parse_pending(&parser, &pending);
	}
	message->received_at_s = clock_wall_s();
	note_open_boundaries(&parser);
	note_long_head(message);
	for (struct part *part = message->root; part; part = part_after(part)) {
		part->depth = part->parent ? part->parent->depth + 1 : 0;
		part->number = message->n_parts++;
	}
	return message;
}

void message_parts(struct arena *scan, const struct message *message, bool leaves_only,
		   struct part_vec *out)
{
	for (struct part *part = message->root; part; part = part_after(part))
		if (part->is_leaf || !leaves_only)
			vec_push(scan, out, part);
}

void message_metadata_set(struct arena *scan, struct message *message, const char *name,
			  struct str value)
{
	struct str *copy = ARENA_NEW(scan, struct str);

	*copy = arena_str(scan, value);
	if (!message->metadata)
		message->metadata = map_new(scan);
	map_put(message->metadata, arena_lower(scan, str_from(name)), copy);
}
