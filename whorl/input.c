/* input: see input.h. */
#include "whorl/input.h"

#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"

enum status input_stdin(struct arena *arena, struct str *text_out, struct why *why)
{
	return file_read_fd(arena, STDIN_FILENO, INPUT_MESSAGE_BYTES_MAX, text_out, why);
}

/* A mailbox is read twice, so it becomes a file: one without a name, which ends with us. */
static enum status stdin_file(struct arena *keep, struct str *path_out, struct why *why)
{
	struct arena *scratch = arena_new("stdin", 0);
	struct str text;
	int fd = memfd_create("stdin", MFD_CLOEXEC);
	enum status status = fd < 0 ? why_errno(why, STATUS_IO, "memfd_create")
				    : input_stdin(scratch, &text, why);

	if (status == STATUS_OK)
		status = fd_write_all(fd, text, why);
	arena_free(scratch);
	*path_out = arena_printf(keep, "/proc/self/fd/%d", fd);
	return status;
}

static bool is_stdin(struct str target)
{
	return str_eq_c(target, "-") || str_has_suffix_ci(target, ":-");
}

/* What "class:format:location" names; a folder or mailbox may be there and hold nothing. */
static bool is_readable(struct arena *keep, struct str target)
{
	for (int i = 0; i < 2; i++)
		target = str_from_at(target, str_find_char(target, ':') + 1);
	return access(arena_cstr(keep, target), R_OK) == 0;
}

static void add_class(struct arena *keep, const struct mail_source_vec *all, bool is_spam,
		      struct mail_source_vec *out)
{
	for (size_t i = 0; i < all->n; i++)
		if ((all->items[i].class == 's') == is_spam)
			vec_push(keep, out, all->items[i]);
}

enum status input_find(struct arena *keep, const struct str_vec *targets, const char *format,
		       struct mail_source_vec *out, bool *missing_out, struct why *why)
{
	struct mail_source_vec all = {0};
	bool has_stdin = false, missing = false;

	for (size_t i = 0; i < targets->n; i++) {
		struct str target = targets->items[i], path;
		if (is_stdin(target) && has_stdin) {
			log_warn("skipping extra stdin target (%.*s)", STR_ARG(target));
			continue;
		}
		if (is_stdin(target)) {
			enum status status = stdin_file(keep, &path, why);
			if (status != STATUS_OK)
				return status;
			has_stdin = true;
			target = arena_printf(keep, "%.*s%.*s",
					      STR_ARG(str_sub(target, 0, target.len - 1)),
					      STR_ARG(path));
		}
		size_t n = all.n;
		target = mailbox_target(keep, target, format);
		mailbox_scan(keep, target, &all);
		missing |= all.n == n && !is_readable(keep, target);
	}
	if (missing_out)
		*missing_out = missing;
	add_class(keep, &all, true, out);
	add_class(keep, &all, false, out);
	return STATUS_OK;
}
