/*
 * shapes: how a message is built. DOM is the sequence of its HTML's tags with repeats collapsed, as
 * a whole and as four bands of a MinHash over three-tag shingles (Broder 1997), so that a kit is
 * known again under other text and links. HDR, the order of header names, only ever supports.
 */
#include "lib/base/hash.h"
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

enum { TAGS_MIN = 30, SHINGLE = 3, BANDS = 4, ROWS = 3, NAME_MAX_BYTES = 24, HEADERS_MAX = 100 };

VEC_OF(tag_vec, uint64_t);

/* --- tags --- */

static bool is_name(unsigned char c)
{
	return ascii_is_alnum(c) || c == '-' || c == ':';
}

/* The letters that the class attribute begins with, behind its quote; empty without one. */
static struct str class_stem(struct str tag)
{
	size_t at = str_find_ci(tag, STR_LIT(" class="));
	struct str value;
	size_t len = 0;

	if (at == STR_NOT_FOUND)
		return STR_NONE;
	value = str_from_at(tag, at + 7);
	if (value.len && (value.ptr[0] == '"' || value.ptr[0] == '\''))
		value = str_from_at(value, 1);
	while (len < value.len && len < NAME_MAX_BYTES &&
	       ascii_is_alpha((unsigned char)value.ptr[len]))
		len++;
	return str_sub(value, 0, len);
}

static uint64_t tag_hash(struct str name, struct str tag)
{
	char bytes[2 * NAME_MAX_BYTES + 1];
	size_t len = 0;
	struct str stem = class_stem(tag);

	for (size_t i = 0; i < name.len && i < NAME_MAX_BYTES; i++)
		bytes[len++] = ascii_lower(name.ptr[i]);
	bytes[len++] = '.';
	for (size_t i = 0; i < stem.len; i++)
		bytes[len++] = ascii_lower(stem.ptr[i]);
	return hash64(bytes, len, 0);
}

/* Tags that open, in order; one that repeats is told once. */
static void collect_tags(struct arena *scan, struct str html, struct tag_vec *out)
{
	size_t at = 0;

	while (out->n < LIMIT_TAGS) {
		const char *open = at < html.len ? memchr(html.ptr + at, '<', html.len - at) : NULL;
		if (!open)
			return;
		size_t from = (size_t)(open - html.ptr) + 1, end = from;
		while (end < html.len && is_name((unsigned char)html.ptr[end]))
			end++;
		const char *close = memchr(html.ptr + end, '>', html.len - end);
		at = close ? (size_t)(close - html.ptr) + 1 : html.len;
		if (end == from)
			continue;
		uint64_t hash =
			tag_hash(str_sub(html, from, end - from), str_sub(html, end, at - end));
		if (!out->n || out->items[out->n - 1] != hash)
			vec_push(scan, out, hash);
	}
}

/* --- keys --- */

static void add_bands(struct fingerprint_run *run, const struct tag_vec *tags, unsigned part)
{
	uint64_t minimums[BANDS * ROWS];
	uint64_t *shingles = arena_alloc(run->scan, tags->n * sizeof *shingles);
	size_t n = hash64_shingles(tags->items, tags->n, SHINGLE, run->settings->seed, shingles);

	memset(minimums, 0xff, sizeof minimums);
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < BANDS * ROWS; k++) {
			uint64_t hash =
				(shingles[i] ^ (k + 1) * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;

			hash ^= hash >> 32;
			if (hash < minimums[k])
				minimums[k] = hash;
		}
	}
	for (unsigned band = 0; band < BANDS; band++) {
		uint64_t data[ROWS + 1] = {band};

		memcpy(data + 1, minimums + band * ROWS, ROWS * sizeof *minimums);
		fingerprint_add(run, FINGERPRINT_DOM, part, (unsigned)tags->n, data, sizeof data);
	}
}

static void add_skeleton(struct fingerprint_run *run, struct part *part)
{
	struct tag_vec tags = {0};
	struct str html = part_text(run->scan, part, run->mail->settings);

	collect_tags(run->scan, str_sub(html, 0, 4 * LIMIT_TEXT_BYTES), &tags);
	if (tags.n < TAGS_MIN) {
		fingerprint_withhold(run, FINGERPRINT_DOM, part->number, "fewer than 30 tags");
		return;
	}
	uint64_t whole = hash64(tags.items, tags.n * sizeof *tags.items, run->settings->seed);
	fingerprint_add(run, FINGERPRINT_DOM, part->number, (unsigned)tags.n, &whole, sizeof whole);
	add_bands(run, &tags, part->number);
}

static void add_header_shape(struct fingerprint_run *run)
{
	const struct header_vec *list = &run->mail->message->headers->list;
	struct buf names;

	buf_init(&names, run->scan);
	for (size_t i = 0; i < list->n && i < HEADERS_MAX; i++) {
		if (str_eq_ci_c(list->items[i].name, "Received"))
			continue;
		buf_add_str(&names, list->items[i].name);
		buf_add_char(&names, '\n');
	}
	fingerprint_add(run, FINGERPRINT_HDR, 0, (unsigned)list->n, names.ptr, names.len);
}

void fingerprint_shapes(struct fingerprint_run *run)
{
	const struct rendered_part_vec *parts = &mail_views(run->mail)->rendered;

	add_header_shape(run);
	for (size_t i = 0; i < parts->n && i < LIMIT_TEXT_PARTS; i++)
		if (parts->items[i].html)
			add_skeleton(run, parts->items[i].part);
}
