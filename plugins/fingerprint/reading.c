/* reading: a text part as a mail program shows it. Keys must not depend on how a text was encoded,
 * nor on what the site's rules want to read. */
#include "plugins/fingerprint/fingerprint.h"

/* Decoded otherwise than for rules? */
static bool decode(struct fingerprint_run *run, struct part *part, struct str *out)
{
	struct str bytes = part_decoded(run->scan, part);
	struct str charset = part->charset.ptr ? part->charset : STR_LIT("us-ascii");

	if (charset_as_read(run->scan, bytes, charset, out))
		return true;
	if (run->mail->settings->normalize_charset)
		return false;
	*out = charset_to_utf8(run->scan, bytes, charset, false, NULL);
	return !str_eq(*out, part_text(run->scan, part, run->mail->settings)) || str_has_8bit(*out);
}

static const struct rendered_part *read_part(struct fingerprint_run *run,
					     const struct rendered_part *part)
{
	struct rendered_part *reading;
	struct str text;

	/* what a plugin has put in the place of a part is read as it is */
	if (part_has_rendering(part->part) || !decode(run, part->part, &text))
		return part;
	reading = ARENA_NEW(run->scan, struct rendered_part);
	*reading = *part;
	reading->text = reading->visible = text;
	if (part->html) {
		reading->html = html_render(run->scan, text, HTML_INPUT_WIDE);
		reading->text = reading->html->text;
		reading->visible = reading->html->visible;
	}
	return reading;
}

const struct rendered_part *fingerprint_reading(struct fingerprint_run *run,
						const struct rendered_part *part)
{
	for (size_t i = 0; i < run->readings.n; i++)
		if (run->readings.items[i].part == part)
			return run->readings.items[i].reading;
	struct fingerprint_reading made = {part, read_part(run, part)};
	vec_push(run->scan, &run->readings, made);
	return made.reading;
}
