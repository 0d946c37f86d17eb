/* objects: what is attached. ATT is the decoded bytes, and what archives, PDFs and documents hold.
 */
#include "lib/base/hash.h"
#include "plugins/fingerprint/archives.h"
#include "plugins/fingerprint/limits.h"

enum { BYTES_MIN = 1024, KEYS_MAX = 12 };

bool fingerprint_may_unpack(const struct fingerprint_run *run, size_t bytes)
{
	return run->n_unpacked + bytes <= LIMIT_UNPACKED_BYTES;
}

static size_t add_part(struct fingerprint_run *run, struct part *part)
{
	struct str data = str_sub(part_decoded(run->scan, part), 0, LIMIT_PART_BYTES);
	size_t n = fingerprint_archive(run, data, part->number);

	if (data.len < BYTES_MIN) {
		fingerprint_withhold(run, FINGERPRINT_ATT, part->number, "fewer than 1024 bytes");
		return n;
	}
	uint64_t hash = hash64(data.ptr, data.len, run->settings->seed);
	n += fingerprint_add(run, FINGERPRINT_ATT, part->number, (unsigned)(data.len / 1024), &hash,
			     sizeof hash);
	if (run->n_images < LIMIT_IMAGES && fingerprint_image(run, data, part->number))
		run->n_images++;
	n += fingerprint_file(run, data, part->number);
	fingerprint_pdf(run, data, part->number);
	n += fingerprint_macros(run, data, part->number);
	return n;
}

static bool is_text(const struct part *part)
{
	return str_has_prefix(part->type, "text/") || str_has_prefix(part->type, "message/");
}

void fingerprint_objects(struct fingerprint_run *run)
{
	struct part_vec parts = {0};
	size_t n = 0;

	message_parts(run->scan, run->mail->message, true, &parts);
	for (size_t i = 0; i < parts.n && i < LIMIT_PARTS && n < KEYS_MAX; i++)
		if (!is_text(parts.items[i]))
			n += add_part(run, parts.items[i]);
}
