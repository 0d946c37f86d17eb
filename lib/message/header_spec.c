/* header_spec: what "From:addr" and the like ask for (PerMsgStatus.pm get). */
#include "lib/base/must.h"
#include "lib/message/mail_header.h"

#define NAMED(text)                                                                                \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static const struct {
	struct str name;
	enum header_kind kind;
	bool any_case;
} kinds[] = {
	{NAMED("ALL"), HEADER_KIND_ALL, false},
	{NAMED("ALL-TRUSTED"), HEADER_KIND_ALL_TRUSTED, false},
	{NAMED("ALL-INTERNAL"), HEADER_KIND_ALL_INTERNAL, false},
	{NAMED("ALL-UNTRUSTED"), HEADER_KIND_ALL_UNTRUSTED, false},
	{NAMED("ALL-EXTERNAL"), HEADER_KIND_ALL_EXTERNAL, false},
	{NAMED("EnvelopeFrom"), HEADER_KIND_ENVELOPE_FROM, true},
	{NAMED("X-Spam-Relays-Trusted"), HEADER_KIND_RELAYS_TRUSTED, true},
	{NAMED("X-Spam-Relays-Untrusted"), HEADER_KIND_RELAYS_UNTRUSTED, true},
	{NAMED("X-Spam-Relays-Internal"), HEADER_KIND_RELAYS_INTERNAL, true},
	{NAMED("X-Spam-Relays-External"), HEADER_KIND_RELAYS_EXTERNAL, true},
	{NAMED("ToCc"), HEADER_KIND_TO_CC, true},
	{NAMED("MESSAGEID"), HEADER_KIND_MESSAGE_ID, false},
};

static enum header_kind find_kind(struct str name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].any_case ? str_eq_ci(name, kinds[i].name)
				      : str_eq(name, kinds[i].name))
			return kinds[i].kind;
	return HEADER_KIND_PLAIN;
}

static const struct {
	struct str name;
	unsigned bits;
} mods[] = {
	{NAMED("raw"), HEADER_RAW},
	{NAMED("addr"), HEADER_ADDR},
	{NAMED("name"), HEADER_NAME},
	{NAMED("host"), HEADER_HOST},
	{NAMED("domain"), HEADER_HOST | HEADER_DOMAIN},
	{NAMED("ip"), HEADER_IP},
	{NAMED("revip"), HEADER_IP | HEADER_REVIP},
	{NAMED("first"), HEADER_FIRST},
	{NAMED("last"), HEADER_LAST},
};

static unsigned find_mod(struct str name)
{
	for (size_t i = 0; i < sizeof mods / sizeof *mods; i++)
		if (str_eq(name, mods[i].name))
			return mods[i].bits;
	return 0;
}

enum status header_spec_parse(struct arena *arena, struct str text, struct header_spec *spec_out,
			      struct why *why)
{
	struct str rest = text, piece = STR_NONE;
	struct header_spec spec = {.mods = 0};

	if (!str_split_next(&rest, ':', &piece) || piece.len == 0)
		return why_set(why, STATUS_INVALID, "a header has a name");
	spec.kind = find_kind(piece);
	spec.name = arena_lower(arena, piece);
	spec.name_hash = header_name_hash(spec.name);
	while (str_split_next(&rest, ':', &piece)) {
		unsigned bits = find_mod(piece);
		if (bits == 0)
			return why_set(why, STATUS_INVALID, "unknown header modifier '%.*s'",
				       STR_ARG(piece));
		spec.mods |= bits;
	}
	*spec_out = spec;
	return STATUS_OK;
}

struct header_spec header_spec_of_text(struct arena *arena, struct str text)
{
	struct header_spec spec = {.mods = 0};
	struct str piece = STR_NONE;

	str_split_next(&text, ':', &piece);
	spec.kind = find_kind(piece);
	spec.name = arena_lower(arena, piece);
	spec.name_hash = header_name_hash(spec.name);
	while (str_split_next(&text, ':', &piece))
		spec.mods |= find_mod(piece);
	return spec;
}

/* --- known texts --------------------------------------------------------------------------- */

enum { KNOWN_SIZE = 512, KNOWN_MAX = 256 /* the code has some hundred; others' plugins, a few */ };

/* Of the process: what is asked for by text stands in the code, and is asked of every mail. */
static struct {
	struct arena *arena;
	struct known {
		struct str text;
		uint32_t hash;
		const struct header_spec *spec; /* NULL: free */
	} slots[KNOWN_SIZE];
	size_t n;
} known;

static const struct header_spec *parsed(struct arena *arena, struct str text)
{
	struct header_spec *spec = ARENA_NEW(arena, struct header_spec);

	must(header_spec_parse(arena, text, spec, NULL) == STATUS_OK);
	return spec;
}

const struct header_spec *header_spec_known(struct arena *scan, const char *text)
{
	struct str wanted = str_from(text);
	uint32_t hash = header_name_hash(wanted);
	size_t at = hash % KNOWN_SIZE;

	for (; known.slots[at].spec; at = (at + 1) % KNOWN_SIZE)
		if (known.slots[at].hash == hash && str_eq(known.slots[at].text, wanted))
			return known.slots[at].spec;
	if (known.n == KNOWN_MAX)
		return parsed(scan, wanted);
	if (!known.arena)
		known.arena = arena_new("header specs", 0);
	known.n++;
	wanted = arena_str(known.arena, wanted);
	known.slots[at] = (struct known){wanted, hash, parsed(known.arena, wanted)};
	return known.slots[at].spec;
}
