/* file: see file.h */
#include "lib/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

/* --- reading ---------------------------------------------------------------------------------- */

/* Everything up to EOF; size_hint_bytes spares the growing when the size is known. */
static enum status read_all(struct arena *arena, int fd, size_t size_hint_bytes, size_t max_bytes,
			    struct str *out, struct why *why)
{
	struct buf buf;
	buf_init(&buf, arena);
	buf_reserve(&buf, size_hint_bytes + 1);
	for (;;) {
		if (buf.cap - buf.len < 2)
			buf_reserve(&buf, READ_BYTES);
		ssize_t n = read(fd, buf.ptr + buf.len, buf.cap - buf.len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return why_errno(why, STATUS_IO, "cannot read");
		if (n == 0)
			break;
		buf_commit(&buf, (size_t)n);
		if (buf.len > max_bytes)
			return why_set(why, STATUS_TOO_LARGE, "larger than %zu bytes", max_bytes);
	}
	*out = buf_str(&buf);
	return STATUS_OK;
}

enum status file_read_fd(struct arena *arena, int fd, size_t max_bytes, struct str *out,
			 struct why *why)
{
	return read_all(arena, fd, READ_BYTES, max_bytes, out, why);
}

static enum status errno_status(void)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return STATUS_NOT_FOUND;
	return errno == EACCES || errno == EPERM ? STATUS_REFUSED : STATUS_IO;
}

static enum status read_regular(struct arena *arena, int fd, size_t max_bytes, struct str *out,
				struct why *why)
{
	struct stat info;
	if (fstat(fd, &info) != 0)
		return why_errno(why, STATUS_IO, "cannot stat");
	if (!S_ISREG(info.st_mode))
		return why_set(why, STATUS_INVALID, "not a regular file");
	if (info.st_size > 0 && (size_t)info.st_size > max_bytes)
		return why_set(why, STATUS_TOO_LARGE, "larger than %zu bytes", max_bytes);
	return read_all(arena, fd, (size_t)info.st_size, max_bytes, out, why);
}

enum status file_read(struct arena *arena, const char *path, size_t max_bytes, struct str *out,
		      struct why *why)
{
	/* Not blocking: the name may be that of a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return why_errno(why, errno_status(), "cannot open %s", path);
	enum status status = read_regular(arena, fd, max_bytes, out, why);
	close(fd);
	if (status != STATUS_OK)
		why_context(why, "%s", path);
	return status;
}

/* --- directories ------------------------------------------------------------------------------ */

enum status file_list(struct arena *arena, const char *dir, const char *suffix,
		      struct str_vec *names_out, struct why *why)
{
	*names_out = (struct str_vec){0};
	DIR *handle = opendir(dir);
	if (!handle)
		return why_errno(why, errno_status(), "cannot open directory %s", dir);
	const struct dirent *entry;
	while (errno = 0, (entry = readdir(handle))) {
		struct str name = str_from(entry->d_name);
		if (name.ptr[0] != '.' && str_has_suffix_ci(name, suffix))
			vec_push(arena, names_out, arena_str(arena, name));
	}
	enum status status = STATUS_OK;
	if (errno)
		status = why_errno(why, STATUS_IO, "cannot read directory %s", dir);
	closedir(handle);
	str_vec_sort(names_out);
	return status;
}

bool file_is_dir(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool file_exists(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0;
}

void file_make_parents(const char *path, unsigned mode)
{
	unsigned folder_mode = mode | ((mode & 0444) >> 2) | 0300;
	char folder[4096];

	for (size_t i = 1; path[i] && i < sizeof folder; i++) {
		if (path[i] != '/')
			continue;
		memcpy(folder, path, i);
		folder[i] = 0;
		(void)!mkdir(folder, folder_mode);
	}
}

/* --- paths ------------------------------------------------------------------------------------ */

struct str path_join(struct arena *arena, struct str dir, struct str name)
{
	if (dir.len == 0 || (name.len && name.ptr[0] == '/'))
		return arena_str(arena, name);
	const char *slash = dir.ptr[dir.len - 1] == '/' ? "" : "/";
	return arena_printf(arena, "%.*s%s%.*s", STR_ARG(dir), slash, STR_ARG(name));
}

struct str path_dir(struct str path)
{
	size_t slash = str_rfind_char(path, '/');
	if (slash == STR_NOT_FOUND)
		return STR_LIT(".");
	return str_sub(path, 0, slash ? slash : 1);
}

struct str path_base(struct str path)
{
	size_t slash = str_rfind_char(path, '/');
	return slash == STR_NOT_FOUND ? path : str_from_at(path, slash + 1);
}

/* --- writing ---------------------------------------------------------------------------------- */

static enum status write_status(void)
{
	if (errno == EPIPE || errno == ECONNRESET)
		return STATUS_CLOSED;
	return errno == EAGAIN || errno == EWOULDBLOCK ? STATUS_TIMEOUT : STATUS_IO;
}

enum status fd_write_all(int fd, struct str data, struct why *why)
{
	while (data.len) {
		ssize_t n = write(fd, data.ptr, data.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return why_errno(why, write_status(), "cannot write");
		data = str_from_at(data, (size_t)n);
	}
	return STATUS_OK;
}
