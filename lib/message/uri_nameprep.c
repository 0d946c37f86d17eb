#include "lib/message/uri_nameprep.h"

#include "lib/base/encode.h"
#include "lib/message/mime_gmime.h"

enum {
	LABEL_BYTES_MAX = 63,
	LABEL_CODEPOINTS_MAX = 256, /* as they are written; most mappings do not shrink them */
};

struct label {
	uint32_t points[4 * LABEL_CODEPOINTS_MAX];
	size_t n;
};

static bool in_ranges(uint32_t c, const struct nameprep_range *ranges, size_t n)
{
	while (n > 0) {
		const struct nameprep_range *middle = &ranges[n / 2];

		if (c < middle->from) {
			n /= 2;
		} else if (c > middle->upto) {
			ranges = middle + 1;
			n -= n / 2 + 1;
		} else {
			return true;
		}
	}
	return false;
}
#define IN(c, ranges) in_ranges((c), (ranges), sizeof(ranges) / sizeof *(ranges))

/* RFC 3454 B.1: left out. */
static bool is_nothing(uint32_t c)
{
	static const struct nameprep_range ranges[] = {
		{0xad, 0xad},     {0x34f, 0x34f},   {0x1806, 0x1806}, {0x180b, 0x180d},
		{0x200b, 0x200d}, {0x2060, 0x2060}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
	};

	return IN(c, ranges);
}

/* RFC 3454 C.1.2, C.2.2, C.3 to C.9. */
static bool is_prohibited(uint32_t c)
{
	static const struct nameprep_range ranges[] = {
		{0x80, 0xa0},       {0x340, 0x341},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
		{0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
		{0x205f, 0x2063},   {0x206a, 0x206f},   {0x2ff0, 0x2ffb},   {0x3000, 0x3000},
		{0xd800, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},   {0xfff9, 0xffff},
		{0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f}, {0xf0000, 0x10ffff},
	};

	return IN(c, ranges) || (c & 0xfffe) == 0xfffe;
}

/* Characters written from right to left (RFC 3454 D.1). */
static bool is_leftward(uint32_t c)
{
	static const struct nameprep_range ranges[] = {
		{0x5be, 0x5be},   {0x5c0, 0x5c0},   {0x5c3, 0x5c3},   {0x5d0, 0x5ea},
		{0x5f0, 0x5f4},   {0x61b, 0x61b},   {0x61f, 0x61f},   {0x621, 0x63a},
		{0x640, 0x64a},   {0x66d, 0x66f},   {0x671, 0x6d5},   {0x6dd, 0x6dd},
		{0x6e5, 0x6e6},   {0x6fa, 0x6fe},   {0x700, 0x70d},   {0x710, 0x710},
		{0x712, 0x72c},   {0x780, 0x7a5},   {0x7b1, 0x7b1},   {0x200f, 0x200f},
		{0xfb1d, 0xfb1d}, {0xfb1f, 0xfb28}, {0xfb2a, 0xfd3d}, {0xfd50, 0xfdfc},
		{0xfe70, 0xfefc},
	};

	return IN(c, ranges);
}

/* Letters that must not stand beside those (RFC 3454 D.2, by and large). */
static bool is_rightward(uint32_t c)
{
	return c < 0x80 ? ascii_is_alpha((unsigned char)c)
			: c >= 0xc0 && !is_leftward(c) && !(c >= 0x2b9 && c < 0x370) &&
				  !(c >= 0x590 && c < 0x900) && !(c >= 0x2000 && c < 0x3005) &&
				  c < 0xfe00;
}

static bool directions_agree(const struct label *label)
{
	bool leftward = false, rightward = false;

	for (size_t i = 0; i < label->n; i++) {
		leftward |= is_leftward(label->points[i]);
		rightward |= is_rightward(label->points[i]);
	}
	return !leftward || (!rightward && is_leftward(label->points[0]) &&
			     is_leftward(label->points[label->n - 1]));
}

static bool is_ascii(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] >= 0x80)
			return false;
	return true;
}

static bool read_points(struct label *label, struct str text)
{
	label->n = 0;
	for (size_t at = 0; at < text.len;) {
		unsigned point, length = utf8_decode(str_from_at(text, at), &point);

		if (!length || label->n == sizeof label->points / sizeof *label->points)
			return false;
		label->points[label->n++] = point;
		at += length;
	}
	return true;
}

/* Mapped, folded, normalised. */
static bool prepare(struct arena *scan, struct str text, struct buf *prepared)
{
	struct label label;
	struct buf mapped;

	if (text.len > 4 * LABEL_CODEPOINTS_MAX || !read_points(&label, text))
		return false;
	buf_init(&mapped, scan);
	for (size_t i = 0; i < label.n; i++)
		if (!is_nothing(label.points[i]))
			buf_add_utf8(&mapped, label.points[i]);
	gmime_fold(prepared, buf_str(&mapped));
	return true;
}

static bool is_allowed(const struct label *label)
{
	for (size_t i = 0; i < label->n; i++)
		if (is_prohibited(label->points[i]) ||
		    in_ranges(label->points[i], nameprep_unassigned, nameprep_n_unassigned))
			return false;
	return label->n > 0 && directions_agree(label);
}

/* --- Punycode (RFC 3492) --- */

enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, BIAS_FIRST = 72 };

static uint32_t adapted_bias(uint32_t delta, size_t n_points, bool first)
{
	uint32_t k = 0;

	delta /= first ? DAMP : 2;
	delta += delta / (uint32_t)n_points;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static void add_number(struct buf *out, uint32_t q, uint32_t bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias + T_MIN ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (q < t)
			break;
		buf_add_char(out, digits[t + (q - t) % (BASE - t)]);
		q = (q - t) / (BASE - t);
	}
	buf_add_char(out, digits[q]);
}

static uint32_t next_point(const struct label *label, uint32_t from)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < label->n; i++)
		if (label->points[i] >= from && label->points[i] < next)
			next = label->points[i];
	return next;
}

static void punycode(struct buf *out, const struct label *label)
{
	uint32_t n = 0x80, delta = 0, bias = BIAS_FIRST;
	size_t n_basic = 0, done;

	for (size_t i = 0; i < label->n; i++)
		if (label->points[i] < 0x80) {
			buf_add_char(out, (char)label->points[i]);
			n_basic++;
		}
	if (n_basic > 0)
		buf_add_char(out, '-');
	for (done = n_basic; done < label->n; delta++, n++) {
		uint32_t m = next_point(label, n);

		delta += (m - n) * (uint32_t)(done + 1);
		n = m;
		for (size_t i = 0; i < label->n; i++) {
			delta += label->points[i] < n;
			if (label->points[i] != n)
				continue;
			add_number(out, delta, bias);
			bias = adapted_bias(delta, done + 1, done == n_basic);
			delta = 0;
			done++;
		}
	}
}

/* --- a label --- */

bool nameprep_label(struct arena *scan, struct buf *out, struct str text)
{
	size_t start = out->len;
	struct buf prepared;
	struct label label;

	label.n = 0;
	buf_init(&prepared, scan);
	if (is_ascii(text))
		buf_add_str(&prepared, text);
	else if (!prepare(scan, text, &prepared) || !read_points(&label, buf_str(&prepared)) ||
		 !is_allowed(&label))
		return false;
	if (is_ascii(buf_str(&prepared))) {
		buf_add_str(out, buf_str(&prepared));
	} else {
		if (str_has_prefix_ci(buf_str(&prepared), "xn--"))
			return false;
		buf_add_cstr(out, "xn--");
		punycode(out, &label);
	}
	return out->len > start && out->len - start <= LABEL_BYTES_MAX;
}
