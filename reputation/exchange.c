/* exchange: see exchange.h. */
#include "reputation/exchange.h"

#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/json_read.h"
#include "lib/base/number.h"
#include "reputation/names.h"
#include "reputation/reputation.h"

enum { DAY_S = 86400, KEY_HEX_DIGITS = 16, ID_BYTES_MAX = 128 };

static const int64_t at_max_s = 100000000000; /* some three thousand years */

/* --- what identifies a report, and what is signed --- */

static void add_keys(struct buf *text, const struct ledger_report *report, bool with_ephemeral)
{
	for (size_t i = 0; i < report->n_keys; i++)
		if (with_ephemeral || report->keys[i].algorithm != FINGERPRINT_EPH)
			buf_printf(text, "%u:%016llx\n", report->keys[i].algorithm,
				   (unsigned long long)report->keys[i].key);
}

void exchange_id(const struct ledger_report *report, char out[EXCHANGE_HEX_BYTES])
{
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text, "%.*s\n%d\n%lld\n", STR_ARG(report->reporter), (int)report->kind,
		   (long long)(report->at_s / DAY_S));
	add_keys(&text, report, false);
	digest_hex(DIGEST_SHA256, buf_str(&text), out);
	buf_free(&text);
}

static struct str signed_text(struct arena *arena, const struct ledger_report *report)
{
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text, "whorl report %d\n%.*s\n%s\n%lld\n", EXCHANGE_VERSION,
		   STR_ARG(report->reporter), trust_kind_name((uint8_t)report->kind),
		   (long long)report->at_s);
	add_keys(&text, report, true);
	return buf_str(&text);
}

/* --- keys --- */

bool exchange_is_key(struct str reporter)
{
	return str_has_prefix(reporter, EXCHANGE_KEY_PREFIX);
}

bool exchange_key_of(struct str reporter, unsigned char out[SIGN_PUBLIC_BYTES])
{
	struct buf key;

	buf_init(&key, NULL);
	bool is_one = exchange_is_key(reporter) &&
		      decode_hex(&key, str_from_at(reporter, sizeof EXCHANGE_KEY_PREFIX - 1)) &&
		      key.len == SIGN_PUBLIC_BYTES;
	if (is_one)
		memcpy(out, key.ptr, SIGN_PUBLIC_BYTES);
	buf_free(&key);
	return is_one;
}

struct str exchange_key_name(struct arena *arena, const struct sign_key *key)
{
	unsigned char bytes[SIGN_PUBLIC_BYTES];
	struct buf name;

	sign_key_public(key, bytes);
	buf_init(&name, arena);
	buf_add_cstr(&name, EXCHANGE_KEY_PREFIX);
	encode_hex(&name, str_make((const char *)bytes, sizeof bytes));
	return buf_str(&name);
}

void exchange_sign(struct arena *arena, const struct sign_key *key, struct ledger_report *report)
{
	unsigned char signature[SIGN_BYTES];

	sign_make(key, signed_text(arena, report), signature);
	report->signature = arena_str(arena, str_make((const char *)signature, sizeof signature));
}

static bool is_signed(struct arena *arena, const struct ledger_report *report)
{
	unsigned char key[SIGN_PUBLIC_BYTES];

	return report->signature.len == SIGN_BYTES && exchange_key_of(report->reporter, key) &&
	       sign_verify(key, signed_text(arena, report),
			   (const unsigned char *)report->signature.ptr);
}

enum status exchange_check(struct arena *arena, const struct ledger_report *report, struct why *why)
{
	char id[EXCHANGE_HEX_BYTES];

	if (!exchange_is_key(report->reporter))
		return STATUS_OK;
	if (report->kind == TRUST_SEEN || !is_signed(arena, report))
		return why_set(why, STATUS_REFUSED, "not signed by %.*s",
			       STR_ARG(report->reporter));
	exchange_id(report, id);
	return str_eq_c(report->id, id)
		       ? STATUS_OK
		       : why_set(why, STATUS_REFUSED, "the id is of another report");
}

/* --- writing --- */

void exchange_write_head(struct buf *out, const char *network_id, const char *network_key_hex)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, NULL, '{');
	json_string(&json, "whorl", STR_LIT("reports"));
	json_number(&json, "version", EXCHANGE_VERSION);
	json_string(&json, "network", str_from(network_id));
	if (network_key_hex)
		json_string(&json, "network_key", str_from(network_key_hex));
	json_close(&json, '}');
	buf_add_char(out, '\n');
}

static void write_keys(struct json *json, const struct ledger_report *report)
{
	char text[32];

	json_open(json, "keys", '[');
	for (size_t i = 0; i < report->n_keys; i++) {
		snprintf(text, sizeof text, "%u:%016llx", report->keys[i].algorithm,
			 (unsigned long long)report->keys[i].key);
		json_string(json, NULL, str_from(text));
	}
	json_close(json, ']');
}

static void write_seen(struct json *json, const struct ledger_report *report)
{
	struct buf bytes, text;

	buf_init(&bytes, NULL);
	buf_init(&text, NULL);
	seen_pack(&bytes, report->seen, report->n_keys);
	encode_base64(&text, buf_str(&bytes));
	json_string(json, "seen", buf_str(&text));
	buf_free(&text);
	buf_free(&bytes);
}

void exchange_write(struct buf *out, const struct ledger_report *report)
{
	struct json json;
	struct buf signature;

	json_init(&json, out);
	json_open(&json, NULL, '{');
	json_string(&json, "id", report->id);
	json_number(&json, "at", (double)report->at_s);
	json_string(&json, "kind", str_from(trust_kind_name((uint8_t)report->kind)));
	json_string(&json, "reporter", report->reporter);
	json_string(&json, "class", str_from(trust_class_name((uint8_t)report->class)));
	json_string(&json, "group", report->group);
	write_keys(&json, report);
	if (report->seen)
		write_seen(&json, report);
	if (report->signature.len) {
		buf_init(&signature, NULL);
		encode_base64(&signature, report->signature);
		json_string(&json, "signature", buf_str(&signature));
		buf_free(&signature);
	}
	json_close(&json, '}');
	buf_add_char(out, '\n');
}

/* --- reading --- */

static enum status malformed(struct why *why, const char *what)
{
	return why_set(why, STATUS_INVALID, "malformed report: %s", what);
}

enum status exchange_read_head(struct arena *arena, struct str line, struct exchange_head *out,
			       struct why *why)
{
	struct json_reader reader;
	struct str name, kind = STR_NONE;
	int64_t version = 0;

	*out = (struct exchange_head){.network_id = STR_NONE};
	json_read_init(&reader, arena, line);
	json_read_open(&reader, '{');
	while (json_read_member(&reader, &name)) {
		if (str_eq_c(name, "whorl"))
			json_read_string(&reader, &kind);
		else if (str_eq_c(name, "version"))
			json_read_i64(&reader, &version);
		else if (str_eq_c(name, "network"))
			json_read_string(&reader, &out->network_id);
		else if (str_eq_c(name, "network_key"))
			json_read_string(&reader, &out->network_key_hex);
		else
			json_read_skip(&reader);
	}
	if (!json_read_end(&reader) || !str_eq_c(kind, "reports"))
		return why_set(why, STATUS_INVALID, "no file of reports");
	if (version != EXCHANGE_VERSION)
		return why_set(why, STATUS_UNSUPPORTED, "reports of version %lld",
			       (long long)version);
	return STATUS_OK;
}

/* "ALGORITHM:KEY"; empty views and numbers that nobody has registered are none. */
static bool read_key(struct str text, struct trust_key_id *out)
{
	size_t colon = str_find_char(text, ':');
	uint64_t algorithm, key;

	if (colon == STR_NOT_FOUND || !number_u64(str_sub(text, 0, colon), &algorithm) ||
	    text.len - colon - 1 != KEY_HEX_DIGITS ||
	    !number_hex(str_from_at(text, colon + 1), &key))
		return false;
	*out = (struct trust_key_id){(uint8_t)algorithm, key};
	return algorithm > 0 && algorithm < TRUST_ALGORITHMS_MAX;
}

/* False when there are too many, or one is none. */
static bool read_keys(struct json_reader *reader, struct ledger_report *out)
{
	struct trust_key_id *keys =
		ARENA_ARRAY(reader->arena, struct trust_key_id, LEDGER_KEYS_MAX);
	struct str text;
	size_t n = 0;

	json_read_open(reader, '[');
	while (json_read_item(reader)) {
		if (n == LEDGER_KEYS_MAX || !json_read_string(reader, &text) ||
		    !read_key(text, &keys[n++]))
			return false;
	}
	out->keys = keys;
	out->n_keys = n;
	out->seen = NULL; /* of other keys */
	return !reader->failed;
}

static bool read_class(struct json_reader *reader, struct ledger_report *out)
{
	struct str text;

	return json_read_string(reader, &text) && trust_class_find(text, &out->class);
}

static bool read_kind(struct json_reader *reader, struct ledger_report *out)
{
	struct str text;

	if (!json_read_string(reader, &text))
		return false;
	for (int kind = TRUST_SPAM; kind <= TRUST_SEEN; kind++)
		if (str_eq_c(text, trust_kind_name((uint8_t)kind))) {
			out->kind = (enum trust_kind)kind;
			return true;
		}
	return false;
}

static bool read_signature(struct json_reader *reader, struct ledger_report *out)
{
	struct str text;
	struct buf bytes;

	buf_init(&bytes, reader->arena);
	if (!json_read_string(reader, &text) || !decode_base64(&bytes, text))
		return false;
	out->signature = buf_str(&bytes);
	return bytes.len == SIGN_BYTES;
}

/* Behind "keys", as it is written. */
static bool read_seen(struct json_reader *reader, struct ledger_report *out)
{
	struct str text;
	struct buf bytes;

	buf_init(&bytes, reader->arena);
	if (!json_read_string(reader, &text) || !decode_base64(&bytes, text))
		return false;
	out->seen = seen_unpack(reader->arena, buf_str(&bytes), out->n_keys);
	return out->seen != NULL;
}

static bool read_member(struct json_reader *reader, struct str name, struct ledger_report *out)
{
	if (str_eq_c(name, "id"))
		return json_read_string(reader, &out->id);
	if (str_eq_c(name, "at"))
		return json_read_i64(reader, &out->at_s);
	if (str_eq_c(name, "kind"))
		return read_kind(reader, out);
	if (str_eq_c(name, "reporter"))
		return json_read_string(reader, &out->reporter);
	if (str_eq_c(name, "class"))
		return read_class(reader, out);
	if (str_eq_c(name, "group"))
		return json_read_string(reader, &out->group);
	if (str_eq_c(name, "keys"))
		return read_keys(reader, out);
	if (str_eq_c(name, "seen"))
		return read_seen(reader, out);
	if (str_eq_c(name, "signature"))
		return read_signature(reader, out);
	return json_read_skip(reader);
}

static bool is_name(struct str text)
{
	return text.len <= LEDGER_NAME_BYTES_MAX &&
	       !memchr(text.ptr ? text.ptr : "", '\0', text.len);
}

enum status exchange_read(struct arena *arena, struct str line, struct ledger_report *out,
			  struct why *why)
{
	struct json_reader reader;
	struct str name;

	*out = (struct ledger_report){.class = TRUST_USER, .kind = TRUST_SPAM};
	json_read_init(&reader, arena, line);
	json_read_open(&reader, '{');
	while (json_read_member(&reader, &name))
		if (!read_member(&reader, name, out))
			return reader.failed ? malformed(why, "no JSON")
					     : malformed(why, arena_cstr(arena, name));
	if (!json_read_end(&reader))
		return malformed(why, "no JSON");
	if (out->id.len == 0 || out->id.len > ID_BYTES_MAX)
		return malformed(why, "id");
	if (out->reporter.len == 0 || !is_name(out->reporter) || !is_name(out->group))
		return malformed(why, "names");
	if (out->at_s <= 0 || out->at_s > at_max_s || out->n_keys == 0)
		return malformed(why, out->n_keys ? "at" : "keys");
	return STATUS_OK;
}
