/* part: what a leaf holds once its transfer encoding and its charset are undone (Node.pm decode,
 * rendered). */
#include "lib/message/part.h"
#include "lib/message/charset.h"
#include "lib/message/parse.h"

static struct part_cache *cache_of(struct arena *scan, struct part *part)
{
	if (!part->cache)
		part->cache = ARENA_NEW(scan, struct part_cache);
	return part->cache;
}

static bool is_textual(struct str type)
{
	return str_has_prefix_ci(type, "text/") || str_has_prefix_ci(type, "message/");
}

static struct str decode(struct arena *scan, const struct part *part)
{
	struct str decoded;

	switch (part->encoding) {
	case ENCODING_QP:
		return crlf_to_lf(scan, qp_mail_decode(scan, part->raw_body));
	case ENCODING_BASE64:
		decoded = base64_mail_decode(scan, part->raw_body);
		return is_textual(part->type) ? crlf_to_lf(scan, decoded) : decoded;
	default:
		return part->raw_body;
	}
}

struct str part_decoded(struct arena *scan, struct part *part)
{
	struct part_cache *cache = cache_of(scan, part);

	if (!cache->has_decoded)
		cache->decoded = decode(scan, part);
	cache->has_decoded = true;
	return cache->decoded;
}

/* With normalize_charset off only UTF-8 that is declared (or is the default) counts as characters.
 */
static bool is_declared_utf8(struct str text, struct str charset)
{
	if (!str_eq_ci_c(charset, "us-ascii") && !str_eq_ci_c(charset, "utf-8"))
		return false;
	return str_has_8bit(text) && charset_is_strict_utf8(text);
}

static void make_text(struct arena *scan, struct part *part,
		      const struct message_settings *settings)
{
	struct part_cache *cache = cache_of(scan, part);
	struct str bytes = part_decoded(scan, part);
	struct str charset = part->charset.ptr ? part->charset : STR_LIT("us-ascii");

	cache->has_text = true;
	cache->text = bytes;
	if (settings->normalize_charset)
		cache->text = charset_to_utf8(scan, bytes, charset, false, &cache->text_is_unicode);
	else
		cache->text_is_unicode = is_declared_utf8(bytes, charset);
}

struct str part_text(struct arena *scan, struct part *part, const struct message_settings *settings)
{
	if (!cache_of(scan, part)->has_text)
		make_text(scan, part, settings);
	return part->cache->text;
}

bool part_text_is_unicode(struct arena *scan, struct part *part,
			  const struct message_settings *settings)
{
	part_text(scan, part, settings);
	return part->cache->text_is_unicode;
}

void part_render_as(struct arena *scan, struct part *part, struct str text)
{
	struct part_cache *cache = cache_of(scan, part);

	cache->has_rendering = true;
	cache->rendering = text;
}

bool part_has_rendering(const struct part *part)
{
	return part->cache && part->cache->has_rendering;
}
