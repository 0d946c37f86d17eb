/*
 * objects: what is attached. ATT is the decoded bytes, and of an archive the list of its members,
 * whatever order and compression they were packed with.
 */
#include "lib/base/hash.h"
#include "lib/base/zip.h"
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

enum { BYTES_MIN = 1024, KEYS_MAX = 12, MEMBERS_MAX = 1000, MEMBER_BYTES_MAX = 4 * 1024 * 1024 };

static bool is_archive(struct str data)
{
	return data.len > 4 && memcmp(data.ptr, "PK\3\4", 4) == 0;
}

/* The contents of the members, without regard to their order. */
static bool add_archive(struct fingerprint_run *run, struct str data, unsigned part)
{
	struct zip_entry_vec entries = {0};
	struct str_vec members = {0};

	if (zip_read(run->scan, data, &entries, NULL) != STATUS_OK)
		return false;
	for (size_t i = 0; i < entries.n && i < MEMBERS_MAX; i++) {
		struct str contents = entries.items[i].packed;

		zip_contents(run->scan, &entries.items[i], MEMBER_BYTES_MAX, &contents, NULL);
		vec_push(run->scan, &members,
			 arena_printf(run->scan, "%.*s %zu %016llx", STR_ARG(entries.items[i].name),
				      contents.len,
				      (unsigned long long)hash64(contents.ptr, contents.len,
								 run->settings->seed)));
	}
	str_vec_sort(&members);
	struct str list = str_vec_join(run->scan, &members, "\n");
	return members.n && fingerprint_add(run, FINGERPRINT_ATT, part, (unsigned)(data.len / 1024),
					    list.ptr, list.len);
}

static size_t add_part(struct fingerprint_run *run, struct part *part)
{
	struct str data = str_sub(part_decoded(run->scan, part), 0, LIMIT_PART_BYTES);
	size_t n = 0;

	if (data.len < BYTES_MIN) {
		fingerprint_withhold(run, FINGERPRINT_ATT, part->number, "fewer than 1024 bytes");
		return 0;
	}
	uint64_t hash = hash64(data.ptr, data.len, run->settings->seed);
	n += fingerprint_add(run, FINGERPRINT_ATT, part->number, (unsigned)(data.len / 1024), &hash,
			     sizeof hash);
	if (run->n_images < LIMIT_IMAGES && fingerprint_image(run, data, part->number))
		run->n_images++;
	if (is_archive(data))
		n += add_archive(run, data, part->number);
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
