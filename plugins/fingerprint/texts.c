/*
 * texts: what a message says. TXT is the whole text, ANC a few of its eight-word shingles picked by
 * winnowing (Schleimer, Wilkerson, Aiken 2003), so that text added before, behind or between leaves
 * anchors in place; EPH two sections that the day's draw picks, so that today's attempts tell
 * nothing of tomorrow's keys; TXS a text too short to stand alone, bound to the hosts or contacts
 * in it.
 */
#include "lib/base/hash.h"
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"
#include "plugins/fingerprint/trailer.h"

enum {
	TXT_KEYS_MAX = 2,
	TXT_WORDS_MIN = 20,
	TXT_IDEOGRAPHS_MIN = 40,
	TXS_WORDS_MIN = 5,
	EPH_WORDS_MIN = 80,
	EPH_SECTION = 12,
	DAY_S = 86400,
	WINDOW_MIN = 2,
	WORDS_A_STEP = 10,
};

/* --- TXT and TXS --- */

static bool is_long_enough(const struct normal_text *text)
{
	size_t plain = text->words.n - text->n_ideographs;

	return plain >= TXT_WORDS_MIN || text->n_ideographs >= TXT_IDEOGRAPHS_MIN ||
	       plain + text->n_ideographs / 2 >= TXT_WORDS_MIN;
}

static uint64_t whole(const struct fingerprint_run *run, const struct normal_text *text)
{
	return hash64(text->words.items, text->words.n * sizeof *text->words.items,
		      run->settings->seed);
}

/* What a short text names: its hosts, or else its contacts, in a fixed order. */
static struct str binding(struct fingerprint_run *run)
{
	struct str_vec names = {0};
	const struct map_entry *entry;

	for (size_t at = 0; (entry = map_next(run->hosts, &at));)
		vec_push(run->scan, &names, entry->key);
	if (!names.n)
		names = run->contacts;
	str_vec_sort(&names);
	return str_vec_join(run->scan, &names, "\n");
}

static void add_bound(struct fingerprint_run *run, const struct normal_text *text, unsigned part,
		      struct str names)
{
	struct buf data;
	uint64_t hash = whole(run, text);

	buf_init(&data, run->scan);
	buf_add(&data, &hash, sizeof hash);
	buf_add_str(&data, names);
	fingerprint_add(run, FINGERPRINT_TXS, part, (unsigned)text->words.n, data.ptr, data.len);
}

static void add_short(struct fingerprint_run *run, const struct normal_text *text, unsigned part)
{
	struct str names = binding(run);

	if (text->words.n < TXS_WORDS_MIN) {
		fingerprint_withhold(run, FINGERPRINT_TXS, part, "fewer than 5 words");
		return;
	}
	if (!names.len && !run->paths.len) {
		fingerprint_withhold(
			run, FINGERPRINT_TXS, part,
			"fewer than 20 words, and no host, contact or path to bind them to");
		return;
	}
	if (names.len)
		add_bound(run, text, part, names);
	if (run->paths.len)
		add_bound(run, text, part, run->paths);
}

/* --- ANC and ANS --- */

/* Anchors: shingles of so many words, the minimum of so many neighbours, at most max of them. */
struct anchor_shape {
	enum fingerprint_algorithm algorithm;
	size_t shingle, window, max, words_min;
	const char *too_short;
};

static const struct anchor_shape anchor_shapes[] = {
	{FINGERPRINT_ANC, 8, 12, 32, 12, "fewer than 12 words"},
	{FINGERPRINT_ANS, 4, 6, 32, 10, "fewer than 10 words"},
};
static const struct anchor_shape trailer_shape = {
	FINGERPRINT_ANT, 4, 6, 12, 10, "trailer of fewer than 10 words",
};

VEC_OF(hash_vec, uint64_t);

static struct hash_vec shingles_of(struct arena *scan, const struct word_vec *words, size_t length,
				   uint64_t seed)
{
	struct hash_vec shingles = {.items = arena_alloc(scan, words->n * sizeof *words->items)};

	shingles.n = hash64_shingles(words->items, words->n, length, seed, shingles.items);
	return shingles;
}

static size_t minimum_at(const struct hash_vec *shingles, size_t from, size_t window)
{
	size_t best = from, end = from + window < shingles->n ? from + window : shingles->n;

	for (size_t i = from + 1; i < end; i++)
		if (shingles->items[i] <= shingles->items[best])
			best = i;
	return best;
}

/* The minimum of each window, each once. */
static struct hash_vec winnow(struct arena *scan, const struct hash_vec *shingles, size_t window)
{
	struct hash_vec anchors = {0};
	size_t last = STR_NOT_FOUND;

	for (size_t i = 0; i < shingles->n && (i == 0 || i + window <= shingles->n); i++) {
		if (last == STR_NOT_FOUND || last < i)
			last = minimum_at(shingles, i, window);
		else if (shingles->items[i + window - 1] <= shingles->items[last])
			last = i + window - 1;
		else
			continue;
		vec_push(scan, &anchors, shingles->items[last]);
	}
	return anchors;
}

/* The item at an offset sinks until none below it in the heap (of i: 2i + 1, 2i + 2) is smaller. */
static void sink(struct hash_vec *heap, size_t at)
{
	uint64_t item = heap->items[at];

	for (size_t below; (below = 2 * at + 1) < heap->n; at = below) {
		if (below + 1 < heap->n && heap->items[below + 1] < heap->items[below])
			below++;
		if (heap->items[below] >= item)
			break;
		heap->items[at] = heap->items[below];
	}
	heap->items[at] = item;
}

static uint64_t take_smallest(struct hash_vec *heap)
{
	uint64_t smallest = heap->items[0];

	heap->items[0] = heap->items[--heap->n];
	if (heap->n)
		sink(heap, 0);
	return smallest;
}

/*
 * Those of the smallest hashes stay: they become a heap of them. A second hash decides, else the
 * anchors of a long text would be those that winnowing prefers anyway, and an attacker's padding
 * could be made of such.
 */
static void thin(struct hash_vec *anchors, uint64_t seed)
{
	for (size_t i = 0; i < anchors->n; i++)
		anchors->items[i] = hash64(&anchors->items[i], sizeof *anchors->items, ~seed);
	for (size_t i = anchors->n / 2; i-- > 0;)
		sink(anchors, i);
}

/* Short texts have few anchors to lose: smaller windows give more of them. The minimum of a large
 * window is that of the small ones in it too, so that text added to a short one leaves it anchors.
 */
static size_t window_for(const struct anchor_shape *shape, size_t n_words)
{
	size_t window = n_words / WORDS_A_STEP;

	return window < WINDOW_MIN ? WINDOW_MIN : window < shape->window ? window : shape->window;
}

static void add_anchors(struct fingerprint_run *run, const struct anchor_shape *shape,
			const struct normal_text *text, unsigned part)
{
	uint64_t seed = run->settings->seed + shape->algorithm;
	struct hash_vec shingles, anchors;
	size_t n = 0;

	if (text->words.n < shape->words_min) {
		fingerprint_withhold(run, shape->algorithm, part, shape->too_short);
		return;
	}
	shingles = shingles_of(run->scan, &text->words, shape->shingle, seed);
	anchors = winnow(run->scan, &shingles, window_for(shape, text->words.n));
	thin(&anchors, seed);
	while (anchors.n && n < shape->max) {
		uint64_t hash = take_smallest(&anchors);

		n += fingerprint_add(run, shape->algorithm, part, (unsigned)text->words.n, &hash,
				     sizeof hash);
	}
}

/* --- EPH --- */

/* The section that the day's draw prefers, wherever it stands in the text. */
static void add_section(struct fingerprint_run *run, const struct normal_text *text, unsigned part,
			int64_t day, unsigned number)
{
	uint64_t draw[3] = {(uint64_t)day, number, 0};
	uint64_t seed = keyed_hash(&run->settings->hash, draw, sizeof draw);
	struct hash_vec sections = shingles_of(run->scan, &text->words, EPH_SECTION, seed);

	draw[2] = UINT64_MAX;
	for (size_t i = 0; i < sections.n; i++)
		if (sections.items[i] < draw[2])
			draw[2] = sections.items[i];
	fingerprint_add(run, FINGERPRINT_EPH, part, EPH_SECTION, draw, sizeof draw);
}

static void add_ephemeral(struct fingerprint_run *run, const struct normal_text *text,
			  unsigned part)
{
	int64_t day = run->settings->day;

	if (!day)
		day = run->mail->message->received_at_s / DAY_S;
	if (text->words.n < EPH_WORDS_MIN) {
		fingerprint_withhold(run, FINGERPRINT_EPH, part, "fewer than 80 words");
		return;
	}
	add_section(run, text, part, day, 0);
	add_section(run, text, part, day, 1);
}

/* --- the subject --- */

static void add_subject(struct fingerprint_run *run)
{
	struct normal_text text = {0};

	normal_words(run->scan, run->settings->table,
		     mail_header_c(run->scan, run->mail, "Subject"), run->names, &text);
	if (text.words.n < 3) {
		fingerprint_withhold(run, FINGERPRINT_SUB, 0, "fewer than 3 words");
		return;
	}
	uint64_t hash = whole(run, &text);
	fingerprint_add(run, FINGERPRINT_SUB, 0, (unsigned)text.words.n, &hash, sizeof hash);
}

static void add_long(struct fingerprint_run *run, const struct normal_text *text, unsigned part,
		     size_t *n_whole)
{
	uint64_t hash = whole(run, text);

	if (is_long_enough(text) && *n_whole < TXT_KEYS_MAX)
		*n_whole += fingerprint_add(run, FINGERPRINT_TXT, part, (unsigned)text->words.n,
					    &hash, sizeof hash);
	for (size_t i = 0; i < sizeof anchor_shapes / sizeof *anchor_shapes; i++)
		add_anchors(run, &anchor_shapes[i], text, part);
	add_ephemeral(run, text, part);
}

/* The words above the trailer; the trailer's own are its keys. */
static struct normal_text read_body(struct fingerprint_run *run, struct str text, unsigned part)
{
	const struct normal_table *table = run->settings->table;
	struct normal_text body = {0}, trailer = {0};
	size_t start =
		trailer_start(text, part != mail_views(run->mail)->rendered.items[0].part->number);

	normal_words(run->scan, table, str_sub(text, 0, start), run->names, &body);
	normal_words(run->scan, table, str_from_at(text, start), run->names, &trailer);
	if (trailer.words.n)
		add_anchors(run, &trailer_shape, &trailer, part);
	return body;
}

/* Where nearly nothing is seen (the renderer knows no background but that of styles), what is
 * written counts. */
static void add_text(struct fingerprint_run *run, const struct rendered_part *rendered,
		     size_t *n_whole)
{
	unsigned part = rendered->part->number;
	const struct rendered_part *reading = fingerprint_reading(run, rendered);
	struct normal_text text = read_body(run, fingerprint_text(reading), part), all = {0};

	if (text.words.n && !is_long_enough(&text))
		add_short(run, &text, part);
	if (!is_long_enough(&text) && reading->html)
		all = read_body(run, reading->html->text, part);
	if (all.words.n > text.words.n)
		text = all;
	if (text.words.n)
		add_long(run, &text, part, n_whole);
}

void fingerprint_texts(struct fingerprint_run *run)
{
	const struct rendered_part_vec *parts = &mail_views(run->mail)->rendered;
	size_t n_whole = 0;

	add_subject(run);
	for (size_t i = 0; i < parts->n && i < LIMIT_TEXT_PARTS; i++)
		add_text(run, &parts->items[i], &n_whole);
}
