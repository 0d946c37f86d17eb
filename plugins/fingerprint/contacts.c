/*
 * contacts: how a message wants to be answered: telephone numbers, addresses where anybody gets
 * one, wallets and bank accounts with a right checksum, messenger names. These outlive every change
 * of wording.
 */
#include "lib/base/number.h"
#include "lib/base/span.h"
#include "plugins/fingerprint/checksums.h"
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

static const struct byteset spaces = {{BYTESET_SPACES}};

enum { KEYS_MAX = 8, PHONE_DIGITS_MAX = 15, PHONE_DIGITS_MIN = 10, GROUPS_MAX = 8 };

static bool add(struct fingerprint_run *run, enum fingerprint_algorithm algorithm, const char *kind,
		struct str value, unsigned part)
{
	struct str contact = arena_printf(run->scan, "%s:%.*s", kind, STR_ARG(value));

	if (!fingerprint_add(run, algorithm, part, 1, contact.ptr, contact.len))
		return false;
	vec_push(run->scan, &run->contacts, contact);
	return true;
}

/* --- telephone numbers --- */

struct phone {
	char digits[PHONE_DIGITS_MAX + 1];
	size_t n_digits, groups[GROUPS_MAX], n_groups;
	bool has_plus;
	size_t end; /* offset behind it */
};

static bool is_between_digits(char c)
{
	return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

/* The number that begins at text[at]; false when it has too many digits or groups. */
static bool read_phone(struct str text, size_t at, struct phone *phone)
{
	size_t between = 0;

	*phone = (struct phone){.has_plus = text.ptr[at] == '+'};
	for (at += phone->has_plus; at < text.len; at++) {
		char c = text.ptr[at];

		if (ascii_is_digit((unsigned char)c)) {
			if (phone->n_digits == PHONE_DIGITS_MAX)
				return false;
			if (!phone->n_digits || between) {
				if (phone->n_groups == GROUPS_MAX)
					return false;
				phone->n_groups++;
			}
			phone->groups[phone->n_groups - 1]++;
			phone->digits[phone->n_digits++] = c;
			between = 0;
		} else if (is_between_digits(c) && ++between <= 2) {
			continue;
		} else {
			break;
		}
	}
	phone->end = at;
	return true;
}

/* 3-3-4 or 1-3-3-4 digits, as numbers without a country are written. */
static bool is_grouped(const struct phone *phone)
{
	const size_t *groups = phone->groups + (phone->n_groups == 4);

	return (phone->n_groups == 3 || (phone->n_groups == 4 && phone->groups[0] == 1)) &&
	       groups[0] == 3 && groups[1] == 3 && groups[2] == 4;
}

static bool is_phone(const struct phone *phone)
{
	bool international = phone->has_plus || (phone->digits[0] == '0' &&
						 phone->digits[1] == '0' && phone->n_groups > 1);

	return phone->n_digits >= PHONE_DIGITS_MIN && (international || is_grouped(phone));
}

/* E.164 without the plus; a number without a country is North America's. */
static struct str phone_key(struct arena *scan, const struct phone *phone)
{
	struct str digits = str_make(phone->digits, phone->n_digits);

	if (!phone->has_plus && str_has_prefix(digits, "00"))
		return str_from_at(digits, 2);
	if (!phone->has_plus && phone->n_digits == 10)
		return arena_printf(scan, "1%.*s", STR_ARG(digits));
	return arena_str(scan, digits);
}

static size_t add_phones(struct fingerprint_run *run, struct str text, unsigned part)
{
	size_t n = 0;
	struct phone phone;

	for (size_t i = 0; n < KEYS_MAX; i++) {
		i = span_until_digit(text, i, '+', '+');
		if (i >= text.len)
			break;
		if (i && ascii_is_alnum((unsigned char)text.ptr[i - 1])) {
			while (i + 1 < text.len && ascii_is_alnum((unsigned char)text.ptr[i + 1]))
				i++;
			continue;
		}
		if (read_phone(text, i, &phone) && is_phone(&phone))
			n += add(run, FINGERPRINT_TEL, "tel", phone_key(run->scan, &phone), part);
		if (phone.end > i)
			i = phone.end - 1;
	}
	return n;
}

/* --- words: addresses, wallets, accounts, handles --- */

static bool is_edge(unsigned char c)
{
	return !ascii_is_alnum(c) && c < 0x80;
}

static struct str trim_edges(struct str word)
{
	while (word.len && is_edge((unsigned char)word.ptr[0]))
		word = str_from_at(word, 1);
	while (word.len && is_edge((unsigned char)word.ptr[word.len - 1]))
		word.len--;
	return word;
}

/* Dots and what follows a plus don't make another mailbox at the large providers. */
static struct str mailbox(struct arena *scan, struct str address)
{
	size_t at = str_rfind_char(address, '@');
	struct str local = str_sub(address, 0, at);
	struct buf out;

	local = str_sub(local, 0, str_find_char(local, '+'));
	buf_init(&out, scan);
	for (size_t i = 0; i < local.len; i++)
		if (local.ptr[i] != '.')
			buf_add_char(&out, ascii_lower(local.ptr[i]));
	buf_add_str(&out, arena_lower(scan, str_from_at(address, at)));
	return buf_str(&out);
}

static bool add_address(struct fingerprint_run *run, struct str address, unsigned part)
{
	size_t at = str_rfind_char(address, '@');

	if (at == STR_NOT_FOUND || at == 0 || at > 64 ||
	    !map_has(run->settings->freemail, str_from_at(address, at + 1)))
		return false;
	return add(run, FINGERPRINT_CTK, "mail", mailbox(run->scan, address), part);
}

static bool add_handle(struct fingerprint_run *run, struct str word, unsigned part)
{
	static const char *const places[] = {"t.me/", "wa.me/", "telegram.me/", "join.skype.com/"};

	if (str_find_char(word, '/') == STR_NOT_FOUND)
		return false;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		size_t at = str_find_ci(word, str_from(places[i]));

		if (at != STR_NOT_FOUND && word.len > at + strlen(places[i]))
			return add(run, FINGERPRINT_CTK, "handle",
				   arena_lower(run->scan, str_from_at(word, at)), part);
	}
	return false;
}

static bool add_word(struct fingerprint_run *run, struct str word, unsigned part)
{
	if (str_find_char(word, '@') != STR_NOT_FOUND)
		return !fingerprint_is_recipient(run, word) && add_address(run, word, part);
	if (checksum_bitcoin(word) || checksum_bech32(word))
		return add(run, FINGERPRINT_CTK, "wallet", word, part);
	if (checksum_ethereum(word))
		return add(run, FINGERPRINT_CTK, "wallet", arena_lower(run->scan, word), part);
	if (checksum_iban(word))
		return add(run, FINGERPRINT_CTK, "iban", word, part);
	return add_handle(run, word, part);
}

/* Each of them has a digit, an @ or a slash: the words around those, each once. */
static size_t add_words(struct fingerprint_run *run, struct str text, unsigned part)
{
	size_t n = 0, from, end = 0;

	while (n < KEYS_MAX && (from = span_until_digit(text, end, '@', '/')) < text.len) {
		size_t last_end = end;
		struct str word;

		end = span_until(text, from, &spaces);
		while (from > last_end && !spaces.has[(unsigned char)text.ptr[from - 1]])
			from--;
		word = trim_edges(str_sub(text, from, end - from));
		if (word.len >= 6 && word.len <= 128)
			n += add_word(run, word, part);
	}
	return n;
}

/* --- a message --- */

/* The sender's own address is the sender's key. */
static void add_reply_to(struct fingerprint_run *run)
{
	struct str address = mail_header_c(run->scan, run->mail, "Reply-To:addr");
	struct str from = mail_header_c(run->scan, run->mail, "From:addr");

	if (address.len && !str_eq_ci(address, from))
		add_address(run, address, 0);
}

void fingerprint_contacts(struct fingerprint_run *run)
{
	const struct rendered_part_vec *parts = &mail_views(run->mail)->rendered;
	size_t n = 0;

	add_reply_to(run);
	for (size_t i = 0; i < parts->n && i < LIMIT_TEXT_PARTS && n < KEYS_MAX; i++) {
		const struct rendered_part *reading = fingerprint_reading(run, &parts->items[i]);
		struct str text = str_sub(fingerprint_text(reading), 0, LIMIT_CONTACT_BYTES);

		n += add_words(run, text, parts->items[i].part->number);
		n += add_phones(run, text, parts->items[i].part->number);
	}
}
