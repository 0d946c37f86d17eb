/* charset_decode: one charset → UTF-8, fault by fault as Perl's Encode takes them. */
#include "lib/base/span.h"
#include "lib/message/charset.h"

static const char hex_digits[] = "0123456789ABCDEF";

bool charset_fault(struct buf *out, unsigned char byte, enum charset_faults faults)
{
	switch (faults) {
	case CHARSET_FAULT_FAILS:
		return false;
	case CHARSET_FAULT_QUOTED:
		buf_add_cstr(out, "\\x");
		buf_add_char(out, hex_digits[byte >> 4]);
		buf_add_char(out, hex_digits[byte & 15]);
		return true;
	default:
		buf_add_utf8(out, 0xfffd);
		return true;
	}
}

/* --- UTF-8 --------------------------------------------------------------------------------------
 */

/* Perl's idea of how long a sequence with this first byte is; 0: none can start so. */
static size_t utf8_length(unsigned char first)
{
	if (first < 0xc0)
		return 0;
	return first < 0xe0   ? 2
	       : first < 0xf0 ? 3
	       : first < 0xf8 ? 4
	       : first < 0xfc ? 5
	       : first < 0xfe ? 6
	       : first < 0xff ? 7
			      : 13;
}

/* The first byte of a sequence and the continuation bytes that follow it, as far as they go. */
static size_t utf8_extent(struct str s, size_t *wanted_out)
{
	size_t n = 1;

	*wanted_out = utf8_length((unsigned char)s.ptr[0]);
	while (n < *wanted_out && n < s.len && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static bool is_interchangeable(struct str sequence)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned code = (unsigned char)sequence.ptr[0] & (0x7fu >> sequence.len);

	if (sequence.len < 2 || sequence.len > 4)
		return false;
	for (size_t i = 1; i < sequence.len; i++)
		code = code << 6 | ((unsigned char)sequence.ptr[i] & 0x3f);
	return code >= least[sequence.len] && code <= 0x10ffff &&
	       (code < 0xd800 || code > 0xdfff) && (code & 0xfffe) != 0xfffe &&
	       (code < 0xfdd0 || code > 0xfdef);
}

static size_t ascii_run(struct str s, size_t at)
{
	return span_ascii(s, at) - at;
}

/* The first byte as which Encode reads byte behind one that cannot start a sequence (see below); 0:
 * none. */
static unsigned char misread_first(unsigned char byte)
{
	if (byte == 0xc0 || byte == 0xc1 || byte == 0xed || byte > 0xf4)
		return 0xc2;
	if (byte < 0xc0 || byte == 0xf0)
		return 0;
	return byte < 0xe0    ? 0xe1
	       : byte == 0xe0 ? 0xf0
	       : byte < 0xef  ? 0xef
	       : byte == 0xef ? 0xf4
	       : byte == 0xf4 ? 0xf1
			      : 0xe0;
}

/*
 * How many bytes a fault at s takes. Encode (on Perl 5.36) has a peculiar one: behind a byte that
 * cannot start a sequence its state machine is off by one class of bytes, and what is a sequence to
 * it then goes, too.
 */
static size_t fault_length(struct str s, size_t extent)
{
	unsigned char first = (unsigned char)s.ptr[0];
	char misread[4];
	size_t length;

	if (extent > 1 || s.len < 2 || (first >= 0xc2 && first <= 0xf4 && first != 0xed))
		return extent;
	misread[0] = (char)misread_first((unsigned char)s.ptr[1]);
	length = utf8_length((unsigned char)misread[0]);
	if (length == 0 || s.len < 1 + length)
		return extent;
	memcpy(misread + 1, s.ptr + 2, length - 1);
	for (size_t i = 1; i < length; i++)
		if (((unsigned char)misread[i] & 0xc0) != 0x80)
			return extent;
	return is_interchangeable(str_make(misread, length)) ? 1 + length : extent;
}

/* The next stretch of good text from at on; *fault_out is the length of the fault behind it (0 at
 * the end). */
static size_t good_utf8(struct str text, size_t at, size_t *fault_out)
{
	size_t start = at, wanted;

	*fault_out = 0;
	while ((at += ascii_run(text, at)) < text.len) {
		struct str rest = str_from_at(text, at);
		size_t extent = utf8_extent(rest, &wanted);

		if (extent != wanted || !is_interchangeable(str_sub(rest, 0, extent))) {
			*fault_out = fault_length(rest, extent);
			break;
		}
		at += extent;
	}
	return at - start;
}

bool charset_is_strict_utf8(struct str text)
{
	size_t fault;

	return good_utf8(text, 0, &fault) == text.len;
}

bool charset_decode_utf8(struct buf *out, struct str text, enum charset_faults faults)
{
	for (size_t at = 0; at < text.len;) {
		size_t fault, good = good_utf8(text, at, &fault);

		buf_add(out, text.ptr + at, good);
		at += good + fault;
		if (fault && !charset_fault(out, (unsigned char)text.ptr[at - fault], faults))
			return false;
	}
	return true;
}

/* --- single bytes
 * --------------------------------------------------------------------------------- */

static unsigned single_low(const struct charset_single *charset, unsigned char byte)
{
	for (size_t i = 0; i < sizeof charset->low / sizeof charset->low[0] && charset->low[i].to;
	     i++)
		if (charset->low[i].byte == byte)
			return charset->low[i].to;
	return byte;
}

static bool decode_single(struct buf *out, struct str bytes, const struct charset_single *charset,
			  enum charset_faults faults)
{
	bool is_ascii_below = charset->low[0].to == 0;

	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.ptr[i];
		size_t run = is_ascii_below ? ascii_run(bytes, i) : 0;

		if (run) {
			buf_add(out, bytes.ptr + i, run);
			i += run - 1;
			continue;
		}
		unsigned code =
			byte < 0x80 ? single_low(charset, byte) : charset->high[byte - 0x80];
		if (code != 0xfffd)
			buf_add_utf8(out, code);
		else if (!charset_fault(out, byte, faults))
			return false;
	}
	return true;
}

static bool decode_ascii(struct buf *out, struct str bytes, enum charset_faults faults,
			 bool is_latin1)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.ptr[i];

		if (byte < 0x80 || is_latin1)
			buf_add_utf8(out, byte);
		else if (!charset_fault(out, byte, faults))
			return false;
	}
	return true;
}

bool charset_decode(struct buf *out, struct str bytes, struct str encoding,
		    enum charset_faults faults)
{
	const struct charset_single *single;
	const struct charset_double *wide;

	if (str_eq_c(encoding, "utf-8-strict") || str_eq_c(encoding, "utf8"))
		return charset_decode_utf8(out, bytes, faults);
	if (str_eq_c(encoding, "ascii") || str_eq_c(encoding, "iso-8859-1"))
		return decode_ascii(out, bytes, faults, encoding.len > 5);
	if ((single = charset_single_find(encoding)))
		return decode_single(out, bytes, single, faults);
	if ((wide = charset_double_find(encoding)))
		return charset_decode_double(out, bytes, wide, faults);
	return charset_decode_shifting(out, bytes, encoding, faults);
}
