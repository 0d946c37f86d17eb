/*
 * charset_shift: charsets that need more than a table (UTF-16, UTF-32, UCS-2, UTF-7, HZ, ISO 2022),
 * read as leniently or strictly as Perl's Encode reads them.
 */
#include "lib/message/charset.h"
#include "lib/message/mime_gmime.h"

/* --- UTF-16, UCS-2, UTF-32
 * ------------------------------------------------------------------------ */

struct wide {
	struct str bytes;
	size_t at;
	unsigned width; /* 2 or 4 */
	bool is_little, is_ucs2;
};

static unsigned take_unit(struct wide *w)
{
	unsigned value = 0;

	for (unsigned i = 0; i < w->width; i++) {
		unsigned byte =
			(unsigned char)w->bytes.ptr[w->at + (w->is_little ? w->width - 1 - i : i)];

		value = value << 8 | byte;
	}
	w->at += w->width;
	return value;
}

/* A pair or a single unit; false for a lonely surrogate, which counts as one fault. */
static bool take_code(struct wide *w, unsigned *code_out)
{
	unsigned low, high = take_unit(w);

	*code_out = high;
	if (high < 0xd800 || high > 0xdfff)
		return high <= 0x10ffff && (high & 0xfffe) != 0xfffe &&
		       (high < 0xfdd0 || high > 0xfdef);
	if (w->width == 4 || w->is_ucs2 || high >= 0xdc00 || w->at + 2 > w->bytes.len)
		return false;
	low = take_unit(w);
	if (low < 0xdc00 || low > 0xdfff) {
		w->at -= 2;
		return false;
	}
	*code_out = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return (*code_out & 0xfffe) != 0xfffe;
}

/* The byte order mark of an encoding without a stated order; big-endian without one. */
static void take_mark(struct wide *w)
{
	unsigned mark;

	if (w->bytes.len < w->width)
		return;
	mark = take_unit(w);
	if (mark == (w->width == 2 ? 0xfffeu : 0xfffe0000u))
		w->is_little = true;
	else if (mark != 0xfeff)
		w->at = 0;
}

static bool decode_wide(struct buf *out, struct wide *w, bool has_mark, enum charset_faults faults)
{
	unsigned code;

	if (has_mark)
		take_mark(w);
	while (w->at + w->width <= w->bytes.len) {
		if (take_code(w, &code))
			buf_add_utf8(out, code);
		else if (!charset_fault(out, 0, faults))
			return false;
	}
	return w->at == w->bytes.len || faults != CHARSET_FAULT_FAILS;
}

static bool decode_unicode(struct buf *out, struct str bytes, struct str encoding,
			   enum charset_faults faults)
{
	struct wide w = {.bytes = bytes, .width = 2};
	bool has_mark = str_eq_c(encoding, "utf-16") || str_eq_c(encoding, "utf-32");

	if (str_has_prefix(encoding, "utf-32"))
		w.width = 4;
	w.is_ucs2 = str_has_prefix(encoding, "ucs");
	w.is_little = str_has_suffix_ci(encoding, "le");
	return decode_wide(out, &w, has_mark, faults);
}

/* --- UTF-7
 * ------------------------------------------------------------------------------------------- */

static bool is_base64(char c)
{
	return ascii_is_alnum((unsigned char)c) || c == '+' || c == '/';
}

/* The UTF-16 between "+" and "-". */
static void add_shifted(struct buf *out, struct str digits)
{
	struct buf clean, units;
	size_t odd = digits.len % 4;

	buf_init(&clean, out->arena);
	buf_init(&units, out->arena);
	buf_add_str(&clean, str_sub(digits, 0, digits.len - (odd == 1)));
	while (odd > 1 && odd++ < 4)
		buf_add_char(&clean, '=');
	gmime_base64_decode(&units, buf_str(&clean));
	decode_unicode(out, buf_str(&units), STR_LIT("utf-16be"), CHARSET_FAULT_REPLACED);
}

static void decode_utf7(struct buf *out, struct str bytes)
{
	for (size_t i = 0; i < bytes.len;) {
		size_t end = i + 1;

		if (bytes.ptr[i] != '+') {
			/* Bytes stand for themselves, those above 0x7f as Latin-1. */
			buf_add_utf8(out, (unsigned char)bytes.ptr[i++]);
			continue;
		}
		while (end < bytes.len && is_base64(bytes.ptr[end]))
			end++;
		if (end == i + 1)
			buf_add_char(out, '+');
		else
			add_shifted(out, str_sub(bytes, i + 1, end - i - 1));
		i = end + (end < bytes.len && bytes.ptr[end] == '-');
	}
}

/* --- HZ
 * -----------------------------------------------------------------------------------------------
 */

static void add_high(struct buf *out, char c)
{
	buf_add_char(out, c >= 0x21 && c <= 0x7e ? (char)(c | 0x80) : c);
}

/* To EUC-CN; stops at the first thing that is not HZ. */
static void hz_to_euc(struct buf *euc, struct str s)
{
	bool in_gb = false;

	for (size_t i = 0; i < s.len;) {
		char c = s.ptr[i], next = i + 1 < s.len ? s.ptr[i + 1] : '\0';

		if (c == '~' && !in_gb && (next == '~' || next == '\n' || next == '{')) {
			if (next == '~')
				buf_add_char(euc, '~');
			in_gb = next == '{';
			i += 2;
		} else if (c == '~' && in_gb && next == '}') {
			in_gb = false;
			i += 2;
		} else if (in_gb && c >= 0x21 && c <= 0x77 && next >= 0x21 && next <= 0x7e) {
			add_high(euc, c);
			add_high(euc, next);
			i += 2;
		} else if (!in_gb && c != '~' && (unsigned char)c < 0x80) {
			buf_add_char(euc, c);
			i++;
		} else {
			break;
		}
	}
}

/* --- ISO 2022
 * ------------------------------------------------------------------------------------------- */

enum jis_set { JIS_NONE, JIS_ASCII, JIS_0208, JIS_0212, JIS_KANA };

/* The designation at s (which starts with ESC) and its length. */
static enum jis_set designation(struct str s, size_t *len_out)
{
	static const struct {
		const char *escape;
		enum jis_set set;
	} escapes[] = {{"\033$(D", JIS_0212},      {"\033$@", JIS_0208},  {"\033$B", JIS_0208},
		       {"\033&@\033$B", JIS_0208}, {"\033(B", JIS_ASCII}, {"\033(J", JIS_ASCII},
		       {"\033(I", JIS_KANA}};

	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
		if (str_has_prefix(s, escapes[i].escape)) {
			*len_out = strlen(escapes[i].escape);
			return escapes[i].set;
		}
	return JIS_NONE;
}

static size_t add_jis(struct buf *euc, struct str chunk, enum jis_set set)
{
	for (size_t i = 0; i < chunk.len; i++) {
		bool is_pair = i + 1 < chunk.len && chunk.ptr[i] >= 0x21 && chunk.ptr[i] <= 0x7e &&
			       chunk.ptr[i + 1] >= 0x21 && chunk.ptr[i + 1] <= 0x7e;

		if (set == JIS_KANA && chunk.ptr[i] >= 0x21 && chunk.ptr[i] <= 0x5f)
			buf_add_char(euc, '\x8e');
		if (set == JIS_0212 && is_pair) {
			buf_add_char(euc, '\x8f');
			add_high(euc, chunk.ptr[i++]);
		}
		if (set == JIS_ASCII)
			buf_add_char(euc, chunk.ptr[i]);
		else
			add_high(euc, chunk.ptr[i]);
	}
	return chunk.len;
}

/* To EUC-JP; everything from the first 8-bit byte or unknown escape on is dropped, as Encode does.
 */
static void jis_to_euc(struct buf *euc, struct str s)
{
	enum jis_set set = JIS_ASCII;
	size_t len, end = 0;

	while (end < s.len && (unsigned char)s.ptr[end] < 0x80)
		end++;
	s = str_sub(s, 0, end);
	while (s.len) {
		if (s.ptr[0] == '\033') {
			set = designation(s, &len);
			if (set == JIS_NONE)
				return;
			s = str_from_at(s, len);
			continue;
		}
		size_t chunk = str_find_char(s, '\033');
		s = str_from_at(s, add_jis(euc, str_sub(s, 0, chunk), set));
	}
}

/* To EUC-KR: what stands between SO and SI moves up. */
static void kr_to_euc(struct buf *euc, struct str s)
{
	size_t last_si = str_rfind_char(s, '\017');
	bool is_shifted = false;

	for (size_t i = 0; i < s.len; i++) {
		struct str rest = str_from_at(s, i);

		if (str_has_prefix(rest, "\033$)C"))
			i += 3;
		else if (s.ptr[i] == '\033')
			return;
		else if (s.ptr[i] == '\016' && !is_shifted && last_si != STR_NOT_FOUND &&
			 last_si > i)
			is_shifted = true;
		else if (s.ptr[i] == '\017' && is_shifted)
			is_shifted = false;
		else if (is_shifted)
			add_high(euc, s.ptr[i]);
		else
			buf_add_char(euc, s.ptr[i]);
	}
}

bool charset_decode_shifting(struct buf *out, struct str bytes, struct str encoding,
			     enum charset_faults faults)
{
	struct buf euc;

	if (str_eq_c(encoding, "utf-7")) {
		decode_utf7(out, bytes);
		return true;
	}
	if (str_has_prefix(encoding, "utf") || str_has_prefix(encoding, "ucs"))
		return decode_unicode(out, bytes, encoding, faults);
	buf_init(&euc, out->arena);
	if (str_eq_c(encoding, "hz")) {
		hz_to_euc(&euc, bytes);
		return charset_decode(out, buf_str(&euc), STR_LIT("euc-cn"), faults);
	}
	if (str_eq_c(encoding, "iso-2022-kr")) {
		kr_to_euc(&euc, bytes);
		return charset_decode(out, buf_str(&euc), STR_LIT("euc-kr"), CHARSET_FAULT_QUOTED);
	}
	jis_to_euc(&euc, bytes);
	return charset_decode(out, buf_str(&euc), STR_LIT("euc-jp"), CHARSET_FAULT_QUOTED);
}
