/* arf: see arf.h. */
#include "lib/message/arf.h"

static const struct feedback_type {
	const char *name;
	enum arf_kind kind;
} types[] = {
	{"abuse", ARF_SPAM},
	{"fraud", ARF_SPAM},
	{"virus", ARF_SPAM},
	{"not-spam", ARF_NOT_SPAM},
};

static enum arf_kind kind_of(struct str type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_eq_ci_c(type, types[i].name))
			return types[i].kind;
	return ARF_OTHER;
}

/* Value of the first field of this name; empty when there is none. A comment behind it is none of
 * it. */
static struct str field(struct str fields, const char *name)
{
	struct str line;

	while (str_line_next(&fields, &line)) {
		size_t colon = str_find_char(line, ':'), comment;
		struct str value = str_from_at(line, colon == STR_NOT_FOUND ? line.len : colon + 1);

		if (colon == STR_NOT_FOUND || !str_eq_ci_c(str_trim(str_sub(line, 0, colon)), name))
			continue;
		comment = str_find_char(value, '(');
		return str_trim(str_sub(value, 0, comment == STR_NOT_FOUND ? value.len : comment));
	}
	return STR_NONE;
}

static struct part *child_of_type(const struct part *root, const char *type)
{
	for (struct part *child = root->first_child; child; child = child->next)
		if (str_eq_c(child->type, type))
			return child;
	return NULL;
}

/* By its header as it stands: text/anything is text/plain to the model. */
static struct part *header_part(const struct part *root)
{
	for (struct part *child = root->first_child; child; child = child->next)
		if (str_has_prefix_ci(headers_last(&child->headers, "content-type"),
				      "text/rfc822-headers"))
			return child;
	return NULL;
}

/* The message behind the report, or what there is of it. */
static void find_subject(struct arena *scan, const struct part *root, struct arf *out)
{
	struct part *whole = child_of_type(root, "message/rfc822");
	struct part *header = header_part(root);

	if (!whole)
		whole = child_of_type(root, "message/global");
	if (whole && whole->embedded) {
		out->message = whole->embedded->raw;
	} else if (whole) {
		out->message = part_decoded(scan, whole);
	} else if (header) {
		out->message = part_decoded(scan, header);
		out->is_header_only = true;
	}
}

bool arf_read(struct arena *scan, const struct message *message, struct arf *out)
{
	struct part *root = message->root, *report;

	*out = (struct arf){.kind = ARF_OTHER};
	if (!str_eq_c(root->type, "multipart/report"))
		return false;
	report = child_of_type(root, "message/feedback-report");
	if (!report || !report->is_leaf)
		return false;
	out->type = field(part_decoded(scan, report), "feedback-type");
	out->kind = kind_of(out->type);
	find_subject(scan, root, out);
	return true;
}
