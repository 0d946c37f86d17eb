/* mail: a parsed message and all that is derived from it before the rules run. */
#include "lib/base/buf.h"
#include "lib/base/profile.h"
#include "lib/message/mail.h"
#include "lib/message/uri_host.h"

static void put_metadata(struct arena *scan, struct mail *mail, const char *name, struct str value)
{
	struct str *kept = ARENA_NEW(scan, struct str);

	*kept = value;
	map_put(mail->metadata, str_from(name), kept);
}

/* X-SenderDomain, X-AuthorDomain (PerMsgStatus.pm extract_message_metadata). */
static void put_domains(struct arena *scan, struct mail *mail)
{
	const struct str_vec *sender =
		mail_header_all_c(scan, mail, "EnvelopeFrom:first:addr:host");
	const struct str_vec *authors = mail_header_all_c(scan, mail, "From:addr:host");
	struct map *seen = map_new(scan);
	struct str_vec distinct = {0};

	if (sender->n > 0)
		put_metadata(scan, mail, "x-senderdomain",
			     uri_host_ascii(scan, mail->registry, sender->items[0]));
	for (size_t i = 0; i < authors->n; i++)
		if (map_put(seen, authors->items[i], mail))
			vec_push(scan, &distinct,
				 uri_host_ascii(scan, mail->registry, authors->items[i]));
	if (distinct.n > 0)
		put_metadata(scan, mail, "x-authordomain", str_vec_join(scan, &distinct, " "));
}

struct mail *mail_make(struct arena *scan, const struct message *message,
		       const struct message_settings *settings, const struct trust_settings *trust,
		       const struct uri_settings *uri)
{
	return mail_make_until(scan, message, settings, trust, uri, DEADLINE_NEVER);
}

struct mail *mail_make_until(struct arena *scan, const struct message *message,
			     const struct message_settings *settings,
			     const struct trust_settings *trust, const struct uri_settings *uri,
			     struct deadline deadline)
{
	struct mail *mail = ARENA_NEW(scan, struct mail);

	mail->message = message;
	mail->settings = settings;
	mail->trust = trust;
	mail->registry = uri->registry;
	mail->metadata = message->metadata ? map_copy(scan, message->metadata) : map_new(scan);
	mail->header_cache = header_cache_new(scan);
	struct profile_mark headers = profile_enter(PROFILE_HEADERS);
	mail->relays = relays_find(scan, message, trust);
	if (!envelope_from_find(scan, mail, &mail->envelope_from))
		mail->envelope_from = STR_NONE;
	put_domains(scan, mail);
	profile_leave(headers);
	struct profile_mark render = profile_enter(PROFILE_RENDER);
	mail->views = views_make(scan, message, settings);
	profile_leave(render);
	struct profile_mark uris = profile_enter(PROFILE_URI);
	mail->uris = uri_list_make(scan, message, mail->views, uri, deadline);
	profile_leave(uris);
	return mail;
}
