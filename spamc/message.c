#include "spamc/message.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/wire/wire.h"

enum { COPY_BYTES = 65536 };

/* Up to one byte more than allowed, to see that there is more. */
static int read_input(struct arena *arena, int fd, size_t max_bytes, struct buf *out)
{
	buf_init(out, arena);
	while (out->len <= max_bytes) {
		size_t want = max_bytes + 1 - out->len;
		char *room;
		ssize_t n;

		if (want > COPY_BYTES)
			want = COPY_BYTES;
		room = buf_reserve(out, want);
		n = read(fd, room, want);
		if (n == 0)
			return 0;
		if (n > 0)
			buf_commit(out, (size_t)n);
		else if (errno != EINTR)
			return WIRE_IOERR;
	}
	return 0;
}

/* --- BSMTP --- */

/* Offset behind the line "DATA", or STR_NOT_FOUND. */
static size_t data_start(struct str text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t end = str_find_char(str_from_at(text, at), '\n');
		struct str line;

		if (end == STR_NOT_FOUND)
			return STR_NOT_FOUND;
		line = str_sub(text, at, end);
		at += end + 1;
		if (str_eq_ci_c(str_trim_right(line), "DATA"))
			return at;
	}
	return STR_NOT_FOUND;
}

/* Takes the dots off; false without the lone dot. */
static bool unstuff(struct buf *out, struct str text, size_t *used_out)
{
	size_t at = 0;

	while (at < text.len) {
		size_t end = str_find_char(str_from_at(text, at), '\n');
		size_t length = end == STR_NOT_FOUND ? text.len - at : end + 1;
		struct str line = str_sub(text, at, length);

		if (line.ptr[0] == '.') {
			if (str_eq_c(str_trim_right(line), ".")) {
				*used_out = at;
				return true;
			}
			line = str_from_at(line, 1);
		}
		buf_add_str(out, line);
		at += length;
	}
	return false;
}

static int split_bsmtp(struct arena *arena, struct spamc_message *message)
{
	size_t start = data_start(message->raw), used;
	struct buf body;

	if (start == STR_NOT_FOUND)
		return WIRE_DATAERR;
	buf_init(&body, arena);
	if (!unstuff(&body, str_from_at(message->raw, start), &used))
		return WIRE_DATAERR;
	message->before = str_sub(message->raw, 0, start);
	message->after = str_from_at(message->raw, start + used);
	message->body = buf_str(&body);
	return 0;
}

static void stuff(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '.' && (i == 0 || text.ptr[i - 1] == '\n'))
			buf_add_char(out, '.');
		buf_add_char(out, text.ptr[i]);
	}
	if (text.len > 0 && text.ptr[text.len - 1] != '\n')
		buf_add_char(out, '\n');
}

int spamc_message_read(struct arena *arena, int fd, const struct spamc_args *args,
		       struct spamc_message *message_out)
{
	struct buf input;
	int result = read_input(arena, fd, args->max_size_bytes, &input);

	*message_out = (struct spamc_message){.raw = buf_str(&input), .body = buf_str(&input)};
	message_out->too_big = input.len > args->max_size_bytes;
	if (input.len == 0)
		return WIRE_IOERR;
	if (result || message_out->too_big || !args->bsmtp)
		return result;
	return split_bsmtp(arena, message_out);
}

struct str spamc_message_wrap(struct arena *arena, const struct spamc_args *args,
			      const struct spamc_message *message, struct str result)
{
	struct buf out;

	if (!args->bsmtp)
		return result;
	buf_init(&out, arena);
	buf_add_str(&out, message->before);
	stuff(&out, result);
	buf_add_str(&out, message->after);
	return buf_str(&out);
}

/* --- delivery --- */

/* Where not a byte of the message can be read there is nothing to lose: that is no failure here. */
static int copy_rest(int fd, bool has_begun)
{
	static char block[COPY_BYTES];
	struct why why;

	for (;;) {
		ssize_t n = read(STDIN_FILENO, block, sizeof block);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return has_begun ? WIRE_IOERR : 0;
		if (fd_write_all(fd, str_make(block, (size_t)n), &why) != STATUS_OK)
			return WIRE_IOERR;
		has_begun = true;
	}
}

static int write_out(int fd, struct str data, bool rest)
{
	struct why why;

	if (fd_write_all(fd, data, &why) != STATUS_OK) {
		fprintf(stderr, "spamc: writing the result failed: %s\n", why.text);
		return WIRE_IOERR;
	}
	return rest ? copy_rest(fd, data.len > 0) : 0;
}

/* The child feeds, this process becomes the command, so that its exit status is ours. */
static int become_command(const struct spamc_args *args, struct str data, bool rest)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0) {
		fprintf(stderr, "spamc: cannot start the command\n");
		return WIRE_OSERR;
	}
	if (child == 0) {
		close(ends[0]);
		_exit(write_out(ends[1], data, rest));
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	execv(args->pipe_to[0], args->pipe_to);
	fprintf(stderr, "spamc: exec failed: %s\n", strerror(errno));
	return WIRE_OSERR;
}

int spamc_deliver(const struct spamc_args *args, struct str data, bool rest)
{
	return args->pipe_to ? become_command(args, data, rest)
			     : write_out(STDOUT_FILENO, data, rest);
}
