/*
 * mail_header: header values by SpamAssassin's names (PerMsgStatus.pm get and _get).
 */
#include "lib/base/buf.h"
#include "lib/message/header_cache.h"
#include "lib/message/mail_header.h"

/* --- the headers asked for --------------------------------------------------------------- */

static size_t behind_line_end(struct str s, size_t at)
{
	size_t end = str_find_char(str_from_at(s, at), '\n');

	return end == STR_NOT_FOUND ? s.len : at + end + 1;
}

/* Folds of a raw value become one blank: a line end and all blanks behind it, if there are any. */
static struct str unfold(struct arena *scan, struct str raw)
{
	struct buf out;
	size_t from = 0;

	buf_init(&out, scan);
	for (size_t at = 0; (at = behind_line_end(raw, at)) < raw.len;) {
		size_t end = at - 1;

		if (!ascii_is_space((unsigned char)raw.ptr[at]))
			continue;
		if (end > from && raw.ptr[end - 1] == '\r')
			end--;
		buf_add_str(&out, str_sub(raw, from, end - from));
		buf_add_char(&out, ' ');
		while (at < raw.len && ascii_is_space((unsigned char)raw.ptr[at]))
			at++;
		from = at;
	}
	if (from == 0)
		return raw;
	buf_add_str(&out, str_from_at(raw, from));
	return buf_str(&out);
}

enum value_form { VALUE_DECODED, VALUE_RAW, VALUE_RAW_UNFOLDED };

static struct str header_value(struct arena *scan, const struct header *header,
			       enum value_form form)
{
	struct str decoded = header->decoded;
	char *line;

	if (form == VALUE_RAW)
		return header->raw;
	if (form == VALUE_RAW_UNFOLDED)
		return unfold(scan, header->raw);
	line = arena_alloc(scan, decoded.len + 2);
	if (decoded.len)
		memcpy(line, decoded.ptr, decoded.len);
	line[decoded.len] = '\n';
	line[decoded.len + 1] = '\0';
	return str_make(line, decoded.len + 1);
}

static void add_headers(struct arena *scan, const struct mail *mail, struct str name,
			enum value_form form, struct str_vec *out)
{
	const struct headers *headers = mail->message->headers;
	const struct header_index *index = headers_find(headers, name);

	for (size_t i = 0; index && i < index->at.n; i++)
		vec_push(scan, out,
			 header_value(scan, &headers->list.items[index->at.items[i]], form));
}

/* A header of the message; where it has none of that name, what a plugin found out. */
static void add_plain(struct arena *scan, const struct mail *mail, const struct header_spec *spec,
		      struct str_vec *out)
{
	bool raw = spec->mods & (HEADER_RAW | HEADER_ADDR | HEADER_NAME);
	const struct str *found;

	add_headers(scan, mail, spec->name, raw ? VALUE_RAW : VALUE_DECODED, out);
	if (out->n > 0 || !mail->metadata)
		return;
	found = header_cache_may_be_metadata(mail->header_cache, mail->metadata, spec)
			? map_find(mail->metadata, spec->name)
			: NULL;
	if (found)
		vec_push(scan, out, *found);
}

static void add_message_ids(struct arena *scan, const struct mail *mail, enum value_form form,
			    struct str_vec *out)
{
	static const char *const names[] = {"X-Message-Id", "Resent-Message-Id",
					    "X-Original-Message-ID", "Message-Id"};
	struct str_vec all = {0};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_headers(scan, mail, str_from(names[i]), form, &all);
	for (size_t i = 0; i < all.n; i++)
		if (all.items[i].len > 0)
			vec_push(scan, out, all.items[i]);
}

static void add_text(struct arena *scan, struct str text, struct str_vec *out)
{
	vec_push(scan, out, text.ptr ? text : STR_LIT(""));
}

static void collect(struct arena *scan, const struct mail *mail, const struct header_spec *spec,
		    struct str_vec *out)
{
	enum value_form form = spec->mods & HEADER_RAW ? VALUE_RAW_UNFOLDED : VALUE_DECODED;

	switch (spec->kind) {
	case HEADER_KIND_PLAIN:
		add_plain(scan, mail, spec, out);
		break;
	case HEADER_KIND_ENVELOPE_FROM:
		if (mail->envelope_from.ptr)
			vec_push(scan, out, mail->envelope_from);
		break;
	case HEADER_KIND_RELAYS_TRUSTED:
		add_text(scan, mail->relays->trusted_text, out);
		break;
	case HEADER_KIND_RELAYS_UNTRUSTED:
		add_text(scan, mail->relays->untrusted_text, out);
		break;
	case HEADER_KIND_RELAYS_INTERNAL:
		add_text(scan, mail->relays->internal_text, out);
		break;
	case HEADER_KIND_RELAYS_EXTERNAL:
		add_text(scan, mail->relays->external_text, out);
		break;
	case HEADER_KIND_TO_CC:
		add_headers(scan, mail, STR_LIT("To"), form, out);
		add_headers(scan, mail, STR_LIT("Cc"), form, out);
		break;
	case HEADER_KIND_MESSAGE_ID:
		add_message_ids(scan, mail, form, out);
		break;
	default:
		mail_all_headers(scan, mail, spec->kind, spec->mods & HEADER_RAW, out);
		break;
	}
}

/* --- modifiers --------------------------------------------------------------------------- */

static void keep_one(struct str_vec *values, bool last)
{
	if (values->n > 1) {
		values->items[0] = values->items[last ? values->n - 1 : 0];
		values->n = 1;
	}
}

/* Values → the addresses or the display names in them. */
static struct str_vec to_addresses(struct arena *scan, const struct mail *mail,
				   const struct str_vec *values, unsigned mods_asked)
{
	struct str_vec out = {0};

	for (size_t i = 0; i < values->n; i++) {
		struct address_vec found = {0};
		addresses_parse(scan, values->items[i], mail->settings, &found);
		for (size_t j = 0; j < found.n; j++) {
			const struct address *address = &found.items[j];
			struct str piece = mods_asked & HEADER_ADDR  ? address->address
					   : mods_asked & HEADER_RAW ? address->phrase
								     : address->name;
			if (piece.ptr)
				vec_push(scan, &out, piece);
		}
	}
	return out;
}

static struct str_vec to_hosts(struct arena *scan, const struct mail *mail,
			       const struct str_vec *values, unsigned mods_asked)
{
	struct str_vec out = {0};

	for (size_t i = 0; i < values->n; i++) {
		struct str piece;
		bool found = mods_asked & HEADER_HOST
				     ? mail_host_of(scan, mail, values->items[i],
						    mods_asked & HEADER_ADDR,
						    mods_asked & HEADER_DOMAIN, &piece)
				     : mail_ip_of(scan, mail, values->items[i],
						  mods_asked & HEADER_REVIP, &piece);
		if (found)
			vec_push(scan, &out, piece);
	}
	return out;
}

static void modify(struct arena *scan, const struct mail *mail, unsigned mods_asked,
		   struct str_vec *values)
{
	if (mods_asked & (HEADER_FIRST | HEADER_LAST))
		keep_one(values, !(mods_asked & HEADER_FIRST));
	if (mods_asked & (HEADER_ADDR | HEADER_NAME))
		*values = to_addresses(scan, mail, values, mods_asked);
	if (mods_asked & (HEADER_HOST | HEADER_IP))
		*values = to_hosts(scan, mail, values, mods_asked);
}

/* --- asking ------------------------------------------------------------------------------ */

static bool is_all(enum header_kind kind)
{
	return kind >= HEADER_KIND_ALL && kind <= HEADER_KIND_ALL_EXTERNAL;
}

/* Of most headers that rules ask for a message has none; that is found out as fast again. */
static const struct header_answer nothing;

static struct header_answer *keep(struct arena *scan, const struct mail *mail,
				  const struct header_spec *spec, const struct str_vec *values)
{
	struct header_answer *answer = arena_alloc(scan, sizeof *answer);

	*answer = (struct header_answer){.spec = *spec, .values = *values};
	header_cache_put(mail->header_cache, answer);
	return answer;
}

static const struct header_answer *ask(struct arena *scan, const struct mail *mail,
				       const struct header_spec *spec)
{
	const struct header_answer *answer = header_cache_find(mail->header_cache, spec);
	struct str_vec values = {0};

	if (answer)
		return answer;
	collect(scan, mail, spec, &values);
	if (values.n == 0 && spec->kind == HEADER_KIND_PLAIN)
		return &nothing;
	if (!is_all(spec->kind)) /* those come as they are */
		modify(scan, mail, spec->mods, &values);
	return keep(scan, mail, spec, &values);
}

static const struct header_answer *ask_text(struct arena *scan, const struct mail *mail,
					    const char *text)
{
	return ask(scan, mail, header_spec_known(scan, text));
}

static bool ends_line(struct str s)
{
	return s.len > 0 && s.ptr[s.len - 1] == '\n';
}

bool mail_header(struct arena *scan, const struct mail *mail, const struct header_spec *spec,
		 struct str *value_out)
{
	const struct str_vec *values = &ask(scan, mail, spec)->values;

	*value_out = STR_NONE;
	if (values->n == 0)
		return false;
	if (values->n == 1) {
		*value_out = values->items[0];
		return true;
	}
	struct header_answer *answer = header_cache_find(mail->header_cache, spec);
	if (!answer->is_joined) {
		answer->joined =
			str_vec_join(scan, values, ends_line(values->items[0]) ? "" : "\n");
		answer->is_joined = true;
	}
	*value_out = answer->joined;
	return true;
}

static struct str scalar_of(struct arena *scan, const struct header_answer *answer)
{
	static const unsigned only_first =
		HEADER_ADDR | HEADER_NAME | HEADER_HOST | HEADER_DOMAIN | HEADER_IP | HEADER_REVIP;
	const struct str_vec *values = &answer->values;
	struct str first;

	if (values->n == 0)
		return STR_NONE;
	first = values->items[0];
	if (!(answer->spec.mods & only_first) &&
	    !(answer->spec.kind == HEADER_KIND_ENVELOPE_FROM && answer->spec.mods == 0))
		return values->n == 1 ? first : str_vec_join(scan, values, "");
	if (ends_line(first))
		first.len--;
	return first;
}

const struct str_vec *mail_header_all(struct arena *scan, const struct mail *mail,
				      const struct header_spec *spec)
{
	return &ask(scan, mail, spec)->values;
}

struct str mail_header_scalar(struct arena *scan, const struct mail *mail,
			      const struct header_spec *spec)
{
	return scalar_of(scan, ask(scan, mail, spec));
}

struct str mail_header_c(struct arena *scan, const struct mail *mail, const char *text)
{
	return scalar_of(scan, ask_text(scan, mail, text));
}

const struct str_vec *mail_header_all_c(struct arena *scan, const struct mail *mail,
					const char *text)
{
	return &ask_text(scan, mail, text)->values;
}
