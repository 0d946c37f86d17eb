/* mail: a parsed message and all that is derived from it before the rules run. */
#include "lib/base/buf.h"
#include "lib/base/profile.h"
#include "lib/message/header_cache.h"
#include "lib/message/uri_host.h"

static void put_metadata(struct arena *scan, struct mail *mail, const char *name, struct str value)
{
	struct str *kept = ARENA_NEW(scan, struct str);

	*kept = value;
	map_put(mail->metadata, str_from(name), kept);
	header_cache_forget_metadata(mail->header_cache);
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

/* --- made when asked for ---------------------------------------------------------------------- */

struct mail_texts {
	struct arena *scan;
	const struct uri_settings *uri_settings;
	struct deadline deadline;
	struct views *views;           /* NULL: not yet */
	const struct str_vec *rawbody; /* likewise */
	struct uri_list *uris;         /* likewise */
	bool is_late;
};

struct views *mail_views(const struct mail *mail)
{
	struct mail_texts *texts = mail->texts;
	if (texts->views)
		return texts->views;
	struct profile_mark mark = profile_enter(PROFILE_RENDER);
	texts->views = views_make(texts->scan, mail->message, mail->settings);
	texts->is_late = deadline_passed(texts->deadline);
	profile_leave(mark);
	return texts->views;
}

const struct str_vec *mail_rawbody(const struct mail *mail)
{
	struct mail_texts *texts = mail->texts;
	if (texts->rawbody)
		return texts->rawbody;
	struct profile_mark mark = profile_enter(PROFILE_RENDER);
	texts->rawbody = rawbody_make(texts->scan, mail->message, mail->settings);
	texts->is_late = texts->is_late || deadline_passed(texts->deadline);
	profile_leave(mark);
	return texts->rawbody;
}

struct uri_list *mail_uris(const struct mail *mail)
{
	struct mail_texts *texts = mail->texts;
	if (texts->uris)
		return texts->uris;
	const struct views *views = mail_views(mail);
	struct profile_mark mark = profile_enter(PROFILE_URI);
	texts->uris = uri_list_make(texts->scan, mail->message, views, texts->uri_settings,
				    texts->deadline);
	profile_leave(mark);
	return texts->uris;
}

bool mail_views_are_late(const struct mail *mail)
{
	return mail->texts->is_late;
}

bool mail_uris_are_cut(const struct mail *mail)
{
	return mail->texts->uris && mail->texts->uris->is_cut;
}

struct mail *mail_without_uris(struct arena *scan, const struct mail *mail)
{
	struct mail *copy = ARENA_NEW(scan, struct mail);
	*copy = *mail;
	copy->texts = ARENA_NEW(scan, struct mail_texts);
	*copy->texts = *mail->texts;
	copy->texts->views = mail_views(mail);
	copy->texts->uris = NULL;
	copy->texts->deadline = DEADLINE_NEVER;
	return copy;
}

/* ---------------------------------------------------------------------------------------------- */

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
	mail->texts = ARENA_NEW(scan, struct mail_texts);
	*mail->texts = (struct mail_texts){.scan = scan, .uri_settings = uri, .deadline = deadline};
	return mail;
}
