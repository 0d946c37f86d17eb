/* mailbox: see mailbox.h. Here: the bytes of one message. */
#include "lib/message/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/helper.h"
#include "lib/base/inflate.h"

enum { UNPACK_TIMEOUT_MS = 60000 };

static const struct packer {
	const char *magic;
	size_t magic_bytes;
	const char *program; /* NULL: zlib */
} packers[] = {
	{"\x1f\x8b", 2, NULL},         {"BZh", 3, "bzip2"},       {"BZ0", 3, "bzip2"},
	{"\xfd\x37zXZ\0", 6, "xz"},    {"\x04\"M\x18", 4, "lz4"}, {"LZIP", 4, "lzip"},
	{"\x89\x4cZO\0\r", 6, "lzop"},
};

static const struct packer *packer_of(struct str data)
{
	for (size_t i = 0; i < sizeof packers / sizeof *packers; i++)
		if (data.len > packers[i].magic_bytes &&
		    memcmp(data.ptr, packers[i].magic, packers[i].magic_bytes) == 0)
			return &packers[i];
	return NULL;
}

static enum status unpack_by_program(struct arena *arena, const char *program, const char *path,
				     size_t max_bytes, struct str *text_out, struct why *why)
{
	struct str_vec argv = {0}, env = {0};
	struct helper_result result;

	vec_push(arena, &argv, str_from(program));
	vec_push(arena, &argv, STR_LIT("-cd"));
	vec_push(arena, &argv, str_from(path));
	if (helper_run(arena, &argv, &env, deadline_in_ms(UNPACK_TIMEOUT_MS), max_bytes, &result,
		       why) != STATUS_OK)
		return why->status;
	*text_out = result.output;
	if (result.was_cut)
		return why_set(why, STATUS_TOO_LARGE, "%s: more than %zu bytes", program,
			       max_bytes);
	if (result.timed_out)
		return why_set(why, STATUS_TIMEOUT, "%s: timed out", program);
	if (result.exit_code == HELPER_NOT_FOUND)
		return why_set(why, STATUS_NOT_FOUND, "cannot run %s", program);
	return result.exit_code == 0 ? STATUS_OK
				     : why_set(why, STATUS_INVALID, "%s failed: %.*s", program,
					       STR_ARG(result.error_line));
}

static enum status unpack(struct arena *arena, const struct packer *packer, const char *path,
			  struct str data, size_t max_bytes, struct str *text_out, struct why *why)
{
	struct buf plain;
	if (packer->program)
		return unpack_by_program(arena, packer->program, path, max_bytes, text_out, why);
	buf_init(&plain, arena);
	enum status status = gzip_inflate(data, max_bytes, &plain, why);
	*text_out = buf_str(&plain);
	return status;
}

static enum status open_source(const struct mail_source *source, int *fd_out, bool *is_regular_out,
			       struct why *why)
{
	struct stat st;
	int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return why_errno(why, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
				 "archive-iterator: no access to %s", source->path);
	*is_regular_out = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	*fd_out = fd;
	return STATUS_OK;
}

static enum status read_range(struct arena *arena, int fd, const struct mail_source *source,
			      size_t max_bytes, struct str *text_out, struct why *why)
{
	size_t wanted = (size_t)source->length_bytes, n = 0;
	if (source->length_bytes > max_bytes)
		return why_set(why, STATUS_TOO_LARGE, "%s: message larger than %zu bytes",
			       source->path, max_bytes);
	char *bytes = arena_alloc(arena, wanted + 1);
	while (n < wanted) {
		ssize_t got = pread(fd, bytes + n, wanted - n, (off_t)(source->offset_bytes + n));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return why_errno(why, STATUS_IO, "%s", source->path);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	bytes[n] = '\0';
	*text_out = str_make(bytes, n);
	return STATUS_OK;
}

enum status mailbox_read(struct arena *arena, const struct mail_source *source, size_t max_bytes,
			 struct str *text_out, struct why *why)
{
	bool is_regular = false;
	int fd = -1;
	enum status status = open_source(source, &fd, &is_regular, why);
	if (status != STATUS_OK)
		return status;
	status = source->is_whole ? file_read_fd(arena, fd, max_bytes, text_out, why)
				  : read_range(arena, fd, source, max_bytes, text_out, why);
	close(fd);
	if (status != STATUS_OK)
		return status;
	const struct packer *packer = is_regular && source->is_whole ? packer_of(*text_out) : NULL;
	return packer ? unpack(arena, packer, source->path, *text_out, max_bytes, text_out, why)
		      : STATUS_OK;
}
