/*
 * paths: how the addresses behind links and pictures are built, whatever host they stand on today.
 * A campaign that moves from domain to domain takes its pages and pictures along. What counts up
 * or names the recipient is folded: digits are one sign, overlong segments another. Only the whole
 * set speaks, and only together with other witnesses: a single "/unsubscribe" is everybody's.
 */
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

enum {
	SHAPES_MAX = 64, /* distinct ones of a message */
	SHAPES_MIN = 2,
	LETTERS_MIN = 16, /* in all of them */
	PATH_BYTES_MAX = 256,
	SEGMENT_BYTES_MAX = 20,
};

static const unsigned kinds = URI_TYPE_A | URI_TYPE_AREA | URI_TYPE_FORM | URI_TYPE_IMG |
			      URI_TYPE_BODY | URI_TYPE_TABLE | URI_TYPE_TD | URI_TYPE_IFRAME;

/* "Offer-1234" → "offer-#" */
static void add_segment(struct buf *out, struct str segment)
{
	bool was_digit = false;

	if (segment.len > SEGMENT_BYTES_MAX) {
		buf_add_char(out, '*');
		return;
	}
	for (size_t i = 0; i < segment.len; i++) {
		bool is_digit = ascii_is_digit((unsigned char)segment.ptr[i]);

		if (!is_digit)
			buf_add_char(out, ascii_lower(segment.ptr[i]));
		else if (!was_digit)
			buf_add_char(out, '#');
		was_digit = is_digit;
	}
}

/* Of "a=1&b=2" the names. */
static void add_query(struct buf *out, struct str query)
{
	struct str pair;

	query = str_sub(query, 0, str_find_char(query, '#'));
	while (str_split_next(&query, '&', &pair)) {
		buf_add_char(out, '?');
		add_segment(out, str_sub(pair, 0, str_find_char(pair, '=')));
	}
}

/* Path and names of the query's parameters, folded; empty for the root of a host. */
static struct str shape_of(struct arena *scan, struct str uri)
{
	size_t scheme = str_find(uri, STR_LIT("://"));
	struct str rest, segment, query = STR_NONE;
	struct buf out;

	if (scheme == STR_NOT_FOUND)
		return STR_NONE;
	rest = str_from_at(uri, scheme + 3);
	size_t slash = str_find_char(rest, '/');
	if (slash == STR_NOT_FOUND)
		return STR_NONE;
	rest = str_sub(str_from_at(rest, slash + 1), 0, PATH_BYTES_MAX);
	size_t mark = str_find_char(rest, '?');
	if (mark != STR_NOT_FOUND)
		query = str_from_at(rest, mark + 1);
	rest = str_sub(rest, 0, mark);
	rest = str_sub(rest, 0, str_find_char(rest, '#'));
	buf_init(&out, scan);
	while (str_split_next(&rest, '/', &segment)) {
		if (!segment.len)
			continue;
		buf_add_char(&out, '/');
		add_segment(&out, segment);
	}
	add_query(&out, query);
	return buf_str(&out);
}

static size_t n_letters(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ascii_is_alpha((unsigned char)text.ptr[i]);
	return n;
}

/* All shapes, each once, in a fixed order; the letters in them, too few of which tell nothing. */
static void collect(struct fingerprint_run *run, struct str_vec *shapes, size_t *letters_out)
{
	const struct uri_vec *uris = &mail_uris(run->mail)->details;
	struct map *seen = map_new(run->scan);

	for (size_t i = 0; i < uris->n && i < LIMIT_URLS && shapes->n < SHAPES_MAX; i++) {
		struct str shape;

		if (!(uris->items[i].types & kinds))
			continue;
		shape = shape_of(run->scan, uris->items[i].raw);
		if (!n_letters(shape) || !map_put(seen, shape, seen))
			continue;
		*letters_out += n_letters(shape);
		vec_push(run->scan, shapes, shape);
	}
	str_vec_sort(shapes);
}

void fingerprint_paths(struct fingerprint_run *run)
{
	struct str_vec shapes = {0};
	size_t letters = 0;

	collect(run, &shapes, &letters);
	if (!shapes.n)
		return;
	if (shapes.n < SHAPES_MIN || letters < LETTERS_MIN) {
		fingerprint_withhold(run, FINGERPRINT_PTH, 0, "paths of links tell too little");
		return;
	}
	run->paths = str_vec_join(run->scan, &shapes, "\n");
	fingerprint_add(run, FINGERPRINT_PTH, 0, (unsigned)shapes.n, run->paths.ptr,
			run->paths.len);
}
