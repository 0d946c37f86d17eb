/* ImageInfo: number, size and names of the images a message carries (SpamAssassin's
 * Plugin/ImageInfo.pm). Only headers of image files are read, never pixels. */
#include "plugins/args.h"

enum image_type { IMAGE_ALL, IMAGE_GIF, IMAGE_PNG, IMAGE_JPEG, IMAGE_TYPES };

struct dimension {
	double height, width;
};
VEC_OF(dimension_vec, struct dimension);

struct images {
	double pixels[IMAGE_TYPES], count[IMAGE_TYPES];
	struct dimension_vec dimensions[IMAGE_TYPES];
	struct str_vec names;
};

/* --- what the file says of its size --- */

static double u16_be(struct str data, size_t at)
{
	return (unsigned char)data.ptr[at] * 256.0 + (unsigned char)data.ptr[at + 1];
}

static double u16_le(struct str data, size_t at)
{
	return (unsigned char)data.ptr[at + 1] * 256.0 + (unsigned char)data.ptr[at];
}

static double u32_be(struct str data, size_t at)
{
	return u16_be(data, at) * 65536.0 + u16_be(data, at + 2);
}

static struct dimension gif_dimension(struct str data)
{
	double height;

	if (data.len < 9 || (!str_has_prefix(data, "GIF87a") && !str_has_prefix(data, "GIF89a")))
		return (struct dimension){0, 0};
	/* Perl's unpack takes half of a number for the whole */
	height = data.len == 9 ? (unsigned char)data.ptr[8] : u16_le(data, 8);
	return (struct dimension){.width = u16_le(data, 6), .height = height};
}

/* As SpamAssassin looks for IHDR: at every eighth byte behind the signature. */
static struct dimension png_dimension(struct str data)
{
	static const char signature[] = "\x89PNG\x0d\x0a\x1a\x0a";

	if (!str_has_prefix(data, signature))
		return (struct dimension){0, 0};
	for (size_t at = 8; at + 8 <= data.len; at += 8) {
		struct str type = str_sub(data, at + 4, 4);

		if (str_eq_c(type, "IEND"))
			break;
		if (str_eq_c(type, "IHDR") && u32_be(data, at) == 13 && at + 20 <= data.len)
			return (struct dimension){.width = u32_be(data, at + 8),
						  .height = u32_be(data, at + 12)};
	}
	return (struct dimension){0, 0};
}

/* The markers of a frame header: C0 to CF but for C4 (tables), C8 and CC. */
static bool is_frame_header(unsigned marker)
{
	return marker == 0xc0 || (marker > 0xc0 && marker <= 0xcf && marker % 4 != 0);
}

static struct dimension jpeg_dimension(struct str data)
{
	size_t at = 2;

	if (!str_has_prefix(data, "\xff\xd8"))
		return (struct dimension){0, 0};
	while (at + 4 <= data.len && (unsigned char)data.ptr[at] == 0xff) {
		unsigned marker = (unsigned char)data.ptr[at + 1];
		size_t length = (size_t)u16_be(data, at + 2);

		if (marker == 0xda || marker == 0xd9 || length < 2)
			break;
		if (is_frame_header(marker) && length >= 7 && at + 9 <= data.len)
			return (struct dimension){.height = u16_be(data, at + 5),
						  .width = u16_be(data, at + 7)};
		if (is_frame_header(marker))
			break;
		at += length + 2;
	}
	return (struct dimension){0, 0};
}

/* --- all images of a message --- */

static enum image_type type_of(struct str type)
{
	if (str_eq_c(type, "image/gif"))
		return IMAGE_GIF;
	if (str_eq_c(type, "image/png"))
		return IMAGE_PNG;
	return str_eq_c(type, "image/jpeg") || str_eq_c(type, "image/jpg") ? IMAGE_JPEG : IMAGE_ALL;
}

static struct dimension dimension_of(enum image_type type, struct str data)
{
	return type == IMAGE_GIF   ? gif_dimension(data)
	       : type == IMAGE_PNG ? png_dimension(data)
				   : jpeg_dimension(data);
}

static bool is_base64(const struct part *part)
{
	return str_eq_ci_c(headers_last(&part->headers, "content-transfer-encoding"), "base64");
}

static void add_image(struct arena *arena, struct images *images, enum image_type type,
		      struct part *part)
{
	struct dimension dimension = dimension_of(type, part_decoded(arena, part));

	images->count[type]++;
	images->count[IMAGE_ALL]++;
	if (dimension.height == 0 || dimension.width == 0)
		return;
	images->pixels[type] += dimension.height * dimension.width;
	images->pixels[IMAGE_ALL] += dimension.height * dimension.width;
	vec_push(arena, &images->dimensions[type], dimension);
	vec_push(arena, &images->dimensions[IMAGE_ALL], dimension);
	if (part->name.len && !str_eq_c(part->name, "0"))
		vec_push(arena, &images->names, part->name);
}

static const struct images *images_of(struct scan *scan, const struct eval_call *call)
{
	void **slot = scan_plugin_slot(scan, call->plugin);
	struct images *images = *slot;
	struct part_vec parts = {0};

	if (images)
		return images;
	*slot = images = ARENA_NEW(scan_arena(scan), struct images);
	message_parts(scan_arena(scan), scan_mail(scan)->message, true, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		enum image_type type = type_of(parts.items[i]->type);

		if (type != IMAGE_ALL && is_base64(parts.items[i]))
			add_image(scan_arena(scan), images, type, parts.items[i]);
	}
	return images;
}

/* --- eval functions: (TYPE, ...) --- */

/* IMAGE_TYPES for a type nobody knows. */
static enum image_type arg_type(const struct eval_call *call)
{
	static const char *const names[IMAGE_TYPES] = {"all", "gif", "png", "jpeg"};
	enum image_type type = IMAGE_ALL;

	while (type < IMAGE_TYPES && !str_eq_c(arg_text(call, 0), names[type]))
		type++;
	return type;
}

/* min <= value <= max, arguments 1 and 2; no maximum without the latter. */
static int in_bounds(const struct eval_call *call, const double values[IMAGE_TYPES])
{
	enum image_type type = arg_type(call);

	return type < IMAGE_TYPES && arg_is_set(call, 1) && values[type] >= arg_number(call, 1) &&
	       (!arg_is_set(call, 2) || values[type] <= arg_number(call, 2));
}

static int image_count(struct scan *scan, const struct eval_call *call)
{
	return in_bounds(call, images_of(scan, call)->count);
}

static int pixel_coverage(struct scan *scan, const struct eval_call *call)
{
	return in_bounds(call, images_of(scan, call)->pixels);
}

static int image_to_text_ratio(struct scan *scan, const struct eval_call *call)
{
	const struct str_vec *body = call->rule->view == VIEW_RAWBODY
					     ? mail_rawbody(scan_mail(scan))
					     : &mail_views(scan_mail(scan))->body;
	const struct images *images = images_of(scan, call);
	enum image_type type = arg_type(call);
	double length = 0, ratio;

	for (size_t i = 0; i < body->n; i++)
		length += (double)body->items[i].len;
	if (!arg_is_set(call, 2) || type == IMAGE_TYPES || length == 0 || images->pixels[type] == 0)
		return 0;
	ratio = length / images->pixels[type];
	return ratio >= arg_number(call, 1) && ratio < arg_number(call, 2);
}

static int image_size_exact(struct scan *scan, const struct eval_call *call)
{
	const struct images *images = images_of(scan, call);
	enum image_type type = arg_type(call);

	if (type == IMAGE_TYPES || !arg_is_set(call, 2))
		return 0;
	for (size_t i = 0; i < images->dimensions[type].n; i++)
		if (images->dimensions[type].items[i].height == arg_number(call, 1) &&
		    images->dimensions[type].items[i].width == arg_number(call, 2))
			return 1;
	return 0;
}

static int image_size_range(struct scan *scan, const struct eval_call *call)
{
	const struct images *images = images_of(scan, call);
	enum image_type type = arg_type(call);

	if (type == IMAGE_TYPES || !arg_is_set(call, 2))
		return 0;
	for (size_t i = 0; i < images->dimensions[type].n; i++) {
		struct dimension size = images->dimensions[type].items[i];

		if (size.height >= arg_number(call, 1) && size.width >= arg_number(call, 2) &&
		    (!arg_is_set(call, 3) || size.height <= arg_number(call, 3)) &&
		    (!arg_is_set(call, 4) || size.width <= arg_number(call, 4)))
			return 1;
	}
	return 0;
}

static int image_named(struct scan *scan, const struct eval_call *call)
{
	return arg_is_set(call, 0) && str_vec_has(&images_of(scan, call)->names, arg_text(call, 0));
}

/* A wrong pattern never matches; SpamAssassin only finds out while it scans. */
static enum status prepare_name_regex(struct arena *keep, struct eval_call *call, struct why *why)
{
	struct regex *regex = NULL;

	if (arg_is_set(call, 0) &&
	    pattern_compile_bare(keep, arg_text(call, 0), 0, &regex, why) == STATUS_OK)
		call->data = regex;
	return STATUS_OK;
}

static int image_name_regex(struct scan *scan, const struct eval_call *call)
{
	const struct str_vec *names = &images_of(scan, call)->names;

	for (size_t i = 0; call->data && i < names->n; i++)
		if (regex_test(call->data, names->items[i]))
			return 1;
	return 0;
}

static const struct eval_def evals[] = {
	{"image_count", NULL, image_count},
	{"image_name_regex", prepare_name_regex, image_name_regex},
	{"image_named", NULL, image_named},
	{"image_size_exact", NULL, image_size_exact},
	{"image_size_range", NULL, image_size_range},
	{"image_to_text_ratio", NULL, image_to_text_ratio},
	{"pixel_coverage", NULL, pixel_coverage},
	{NULL, NULL, NULL},
};

static const struct eval_wait waits[] = {
	{"image_to_text_ratio", 2000},
	{NULL, 0},
};

const struct plugin_def plugin_imageinfo = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::ImageInfo",
	.evals = evals,
	.waits = waits,
};
