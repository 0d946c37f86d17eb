/*
 * sender: the mailbox a message claims to come from. Anybody can write it, so it only ever supports
 * others; but what names the same sender and leads to the same place is of the same hand. Silent
 * for the recipient's own address, which spam forges and people use, for the address that a mailing
 * list puts in its members' place, and for services that send what anybody has written.
 */
#include "plugins/fingerprint/fingerprint.h"

/* "List-Id: Our list <list.example.org>" or "List-Post: <mailto:list@example.org>" name it. */
static bool is_list(struct fingerprint_run *run, struct str address)
{
	size_t at = str_rfind_char(address, '@');
	struct str post = mail_header_c(run->scan, run->mail, "List-Post");
	struct str id = mail_header_c(run->scan, run->mail, "List-Id");
	struct str dotted = arena_printf(run->scan, "%.*s.%.*s", STR_ARG(str_sub(address, 0, at)),
					 STR_ARG(str_from_at(address, at + 1)));

	return str_find_ci(post, address) != STR_NOT_FOUND ||
	       str_find_ci(id, dotted) != STR_NOT_FOUND;
}

/* Of a service that writes in everybody's name; whoever has an address at a free mail provider is
 * one person. */
static bool is_popular(struct fingerprint_run *run, struct str host)
{
	struct str uri = arena_printf(run->scan, "http://%.*s/", STR_ARG(host)), domain, whole;

	return !map_has(run->settings->freemail, host) &&
	       uri_to_domain(run->scan, run->mail->registry, uri, &domain, &whole) &&
	       map_has(run->settings->popular, domain);
}

void fingerprint_sender(struct fingerprint_run *run)
{
	struct str address =
		arena_lower(run->scan, mail_header_c(run->scan, run->mail, "From:addr"));
	size_t at = str_rfind_char(address, '@');

	if (at == STR_NOT_FOUND || at == 0 || at + 1 == address.len)
		return;
	if (fingerprint_is_recipient(run, address))
		fingerprint_withhold(run, FINGERPRINT_SND, 0, "sender is the recipient");
	else if (is_list(run, address))
		fingerprint_withhold(run, FINGERPRINT_SND, 0, "sender is a mailing list");
	else if (is_popular(run, str_from_at(address, at + 1)))
		fingerprint_withhold(run, FINGERPRINT_SND, 0, "sender is a popular service");
	else
		fingerprint_add(run, FINGERPRINT_SND, 0, 1, address.ptr, address.len);
}
