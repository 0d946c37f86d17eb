/* PDFInfo: number, images, names, properties and digests of attached PDFs (SpamAssassin's
 * Plugin/PDFInfo.pm). URIs found in them join those of the message. */
#include "plugins/PDFInfo/pdfinfo.h"

#include "lib/base/log.h"

struct pdfinfo_conf {
	struct pdf_regexes regexes;
};

static void conf_init(void *data, struct arena *keep)
{
	struct pdfinfo_conf *conf = data;

	pdf_regexes_make(keep, &conf->regexes);
}

/* --- before rules run --- */

static bool is_pdf(const struct part *part)
{
	struct str type = part->type;

	if (str_eq_c(type, "image/pdf") || str_eq_c(type, "application/pdf"))
		return true;
	return (str_eq_c(type, "application/octet-stream") ||
		str_eq_c(type, "image/octet-stream")) &&
	       (str_has_suffix_ci(part->name, ".pdf") || str_has_suffix_ci(part->name, ".fdf"));
}

static struct str count_text(struct scan *scan, double n)
{
	return arena_printf(scan_arena(scan), "%.0f", n);
}

static void enrich(struct scan *scan, const void *plugin)
{
	const struct pdfinfo_conf *conf = scan_plugin_conf(scan, plugin);
	struct pdf_facts *facts = ARENA_NEW(scan_arena(scan), struct pdf_facts);
	struct part_vec parts = {0};

	*scan_plugin_slot(scan, plugin) = facts;
	message_parts(scan_arena(scan), scan_mail(scan)->message, true, &parts);
	for (size_t i = 0; i < parts.n; i++)
		if (is_pdf(parts.items[i])) {
			pdf_read(scan, &conf->regexes, parts.items[i], facts);
			facts->n_pdfs++;
		}
	pdf_tag(scan, "PDFCOUNT", count_text(scan, facts->n_pdfs));
	pdf_tag(scan, "PDFIMGCOUNT", count_text(scan, facts->n_images));
}

static const struct pdf_facts *facts_of(struct scan *scan, const struct eval_call *call)
{
	return *scan_plugin_slot(scan, call->plugin);
}

/* --- eval functions --- */

/* min <= value <= max, the first two arguments; the maximum may be absent. */
static int in_bounds(const struct eval_call *call, double value)
{
	return arg_is_set(call, 0) && value >= arg_number(call, 0) &&
	       (!arg_is_set(call, 1) || value <= arg_number(call, 1));
}

static int pdf_count(struct scan *scan, const struct eval_call *call)
{
	return in_bounds(call, facts_of(scan, call)->n_pdfs);
}

static int pdf_image_count(struct scan *scan, const struct eval_call *call)
{
	return in_bounds(call, facts_of(scan, call)->n_images);
}

static int pdf_pixel_coverage(struct scan *scan, const struct eval_call *call)
{
	const struct pdf_facts *facts = facts_of(scan, call);

	return facts->pixels != 0 && in_bounds(call, facts->pixels);
}

static const struct str_vec *text_of(const struct scan *scan, const struct eval_call *call)
{
	const struct mail *mail = scan_mail(scan);

	return call->rule->view == VIEW_RAWBODY ? mail_rawbody(mail) : &mail_views(mail)->body;
}

static int pdf_image_to_text_ratio(struct scan *scan, const struct eval_call *call)
{
	const struct str_vec *text = text_of(scan, call);
	double pixels = facts_of(scan, call)->pixels, length = 0;

	for (size_t i = 0; i < text->n; i++)
		length += (double)text->items[i].len;
	if (!arg_is_set(call, 1) || pixels == 0 || length == 0)
		return 0;
	return length / pixels >= arg_number(call, 0) && length / pixels < arg_number(call, 1);
}

static int pdf_is_empty_body(struct scan *scan, const struct eval_call *call)
{
	const struct str_vec *text = text_of(scan, call);
	double bytes = 0;

	if (facts_of(scan, call)->n_pdfs == 0)
		return 0;
	for (size_t i = 1; i < text->n; i++)
		if (str_trim(text->items[i]).len)
			bytes += (double)text->items[i].len;
	return bytes <= arg_number(call, 0);
}

static int pdf_is_encrypted(struct scan *scan, const struct eval_call *call)
{
	return facts_of(scan, call)->encrypted;
}

static int pdf_image_size_exact(struct scan *scan, const struct eval_call *call)
{
	const struct pdf_dimension_vec *sizes = &facts_of(scan, call)->dimensions;

	for (size_t i = 0; arg_is_set(call, 1) && i < sizes->n; i++)
		if (str_eq(sizes->items[i].height, arg_text(call, 0)) &&
		    str_eq(sizes->items[i].width, arg_text(call, 1)))
			return 1;
	return 0;
}

static int pdf_image_size_range(struct scan *scan, const struct eval_call *call)
{
	const struct pdf_dimension_vec *sizes = &facts_of(scan, call)->dimensions;

	for (size_t i = 0; arg_is_set(call, 1) && i < sizes->n; i++) {
		double height = number_perl(sizes->items[i].height),
		       width = number_perl(sizes->items[i].width);

		if (height >= arg_number(call, 0) && width >= arg_number(call, 1) &&
		    (!arg_is_set(call, 2) || height <= arg_number(call, 2)) &&
		    (!arg_is_set(call, 3) || width <= arg_number(call, 3)))
			return 1;
	}
	return 0;
}

static int pdf_named(struct scan *scan, const struct eval_call *call)
{
	return arg_is_set(call, 0) && str_vec_has(&facts_of(scan, call)->names, arg_text(call, 0));
}

/* Digests are compared in capitals. */
static bool has_digest(struct scan *scan, const struct eval_call *call, const struct str_vec *list)
{
	for (size_t i = 0; arg_is_set(call, 0) && i < list->n; i++)
		if (str_eq_ci(list->items[i], arg_text(call, 0)))
			return true;
	(void)scan;
	return false;
}

static int pdf_match_md5(struct scan *scan, const struct eval_call *call)
{
	return has_digest(scan, call, &facts_of(scan, call)->md5);
}

static int pdf_match_fuzzy_md5(struct scan *scan, const struct eval_call *call)
{
	return has_digest(scan, call, &facts_of(scan, call)->fuzzy_md5);
}

/* --- (REGEX), (DETAIL, REGEX); a wrong regex never matches --- */

static enum status prepare_regex(struct arena *keep, struct eval_call *call, size_t i,
				 struct why *why)
{
	call->data = (void *)arg_regex(keep, call, i, why);
	if (arg_is_set(call, i) && !call->data)
		log_warn("pdfinfo: invalid regexp for %.*s '%.*s': %s", STR_ARG(call->rule->name),
			 STR_ARG(arg_text(call, i)), why->text);
	return STATUS_OK;
}

static enum status prepare_name(struct arena *keep, struct eval_call *call, struct why *why)
{
	return prepare_regex(keep, call, 0, why);
}

static enum status prepare_detail(struct arena *keep, struct eval_call *call, struct why *why)
{
	return prepare_regex(keep, call, 1, why);
}

static bool any_matches(const struct eval_call *call, const struct str_vec *texts)
{
	for (size_t i = 0; call->data && i < texts->n; i++)
		if (regex_test(call->data, texts->items[i]))
			return true;
	return false;
}

static int pdf_name_regex(struct scan *scan, const struct eval_call *call)
{
	return any_matches(call, &facts_of(scan, call)->names);
}

static int pdf_match_details(struct scan *scan, const struct eval_call *call)
{
	static const char *const names[PDF_DETAILS] = {"author", "creator", "producer",
						       "title",  "created", "modified"};

	for (int i = 0; i < PDF_DETAILS; i++)
		if (str_eq_c(arg_text(call, 0), names[i]))
			return any_matches(call, &facts_of(scan, call)->details[i]);
	return 0;
}

static const struct eval_def evals[] = {
	{"pdf_count", NULL, pdf_count},
	{"pdf_image_count", NULL, pdf_image_count},
	{"pdf_image_size_exact", NULL, pdf_image_size_exact},
	{"pdf_image_size_range", NULL, pdf_image_size_range},
	{"pdf_image_to_text_ratio", NULL, pdf_image_to_text_ratio},
	{"pdf_is_empty_body", NULL, pdf_is_empty_body},
	{"pdf_is_encrypted", NULL, pdf_is_encrypted},
	{"pdf_match_details", prepare_detail, pdf_match_details},
	{"pdf_match_fuzzy_md5", NULL, pdf_match_fuzzy_md5},
	{"pdf_match_md5", NULL, pdf_match_md5},
	{"pdf_name_regex", prepare_name, pdf_name_regex},
	{"pdf_named", NULL, pdf_named},
	{"pdf_pixel_coverage", NULL, pdf_pixel_coverage},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_pdfinfo = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::PDFInfo",
	.evals = evals,
	.conf_bytes = sizeof(struct pdfinfo_conf),
	.conf_init = conf_init,
	.enrich = enrich,
};
