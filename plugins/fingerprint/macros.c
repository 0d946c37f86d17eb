/*
 * macros: what office documents do. The Visual Basic of old documents and of new ones (there in
 * vbaProject.bin) without its attributes, comments and blanks, module by module: so that a document
 * saved again, or another text around the same macro, is known. Of new documents also the text
 * itself, whatever the properties beside it say.
 */
#include "lib/base/compound.h"
#include "lib/base/hash.h"
#include "lib/base/zip.h"
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

enum {
	CODE_MIN = 32,
	MODULES_MAX = 6,
	MODULE_BYTES_MAX = 1 << 20,
	MEMBER_BYTES_MAX = 4 << 20,
	TEXT_MIN = 1024
};

/* Lines without attributes, comments, blanks and case: Visual Basic ignores it. */
static struct str code_of(struct arena *scan, struct str source)
{
	struct str line;
	struct buf out;

	buf_init(&out, scan);
	while (str_line_next(&source, &line)) {
		line = str_trim(line);
		if (str_has_prefix_ci(line, "Attribute ") || str_has_prefix(line, "'") ||
		    str_has_prefix_ci(line, "Rem "))
			continue;
		for (size_t i = 0; i < line.len; i++)
			if (!ascii_is_space((unsigned char)line.ptr[i]))
				buf_add_char(&out, ascii_lower(line.ptr[i]));
	}
	return buf_str(&out);
}

static size_t add_project(struct fingerprint_run *run, struct str data, unsigned part)
{
	struct compound_stream_vec streams = {0};
	size_t n = 0;

	compound_read(run->scan, data, &streams);
	for (size_t i = 0; i < streams.n && n < MODULES_MAX; i++) {
		if (!fingerprint_may_unpack(run, MODULE_BYTES_MAX))
			break;
		struct str source =
			compound_macro(run->scan, streams.items[i].contents, MODULE_BYTES_MAX);
		struct str code = code_of(run->scan, source);
		run->n_unpacked += source.len;
		if (code.len >= CODE_MIN)
			n += fingerprint_add(run, FINGERPRINT_ATT, part,
					     (unsigned)(code.len / 1024), code.ptr, code.len);
	}
	return n;
}

static bool is_body(struct str name)
{
	return str_eq_ci_c(name, "word/document.xml") ||
	       str_eq_ci_c(name, "xl/sharedStrings.xml") ||
	       str_eq_ci_c(name, "content.xml"); /* OpenDocument */
}

static bool is_project(struct str name)
{
	return str_has_suffix_ci(name, "vbaProject.bin");
}

static size_t add_member(struct fingerprint_run *run, const struct zip_entry *entry, unsigned part)
{
	struct str contents;

	if (!fingerprint_may_unpack(run, MEMBER_BYTES_MAX))
		return 0;
	if (zip_contents(run->scan, entry, MEMBER_BYTES_MAX, &contents, NULL) != STATUS_OK) {
		run->n_unpacked += MEMBER_BYTES_MAX;
		return 0;
	}
	run->n_unpacked += contents.len;
	if (is_project(entry->name))
		return add_project(run, contents, part);
	return contents.len >= TEXT_MIN &&
	       fingerprint_add(run, FINGERPRINT_ATT, part, (unsigned)(contents.len / 1024),
			       contents.ptr, contents.len);
}

size_t fingerprint_macros(struct fingerprint_run *run, struct str data, unsigned part)
{
	struct zip_entry_vec entries = {0};
	size_t n = 0;

	if (compound_is(data))
		return add_project(run, data, part);
	if (zip_read(run->scan, data, &entries, NULL) != STATUS_OK)
		return 0;
	for (size_t i = 0, n_read = 0; i < entries.n && n_read < MODULES_MAX; i++)
		if (is_body(entries.items[i].name) || is_project(entries.items[i].name)) {
			n += add_member(run, &entries.items[i], part);
			n_read++;
		}
	return n;
}
