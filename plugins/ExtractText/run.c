/* Running one of ExtractText's programs over one attachment, which it finds in a file of its own.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/helper.h"
#include "lib/base/log.h"
#include "plugins/ExtractText/extracttext.h"

enum { OUTPUT_BYTES_MAX = 16 << 20, BLOCK_BYTES = 8192 };

/* A file that only we can read, with data in it; empty when there can be none. */
static struct str write_file(struct arena *scan, struct str data)
{
	const char *directory = getenv("TMPDIR");
	struct str path = arena_printf(scan, "%s/whorl-extract-XXXXXX",
				       directory && *directory ? directory : "/tmp");
	char *name = arena_cstr(scan, path);
	int fd = mkostemp(name, O_CLOEXEC);
	struct why why;
	bool written;

	if (fd < 0) {
		log_warn("extracttext: no temporary file: %s", name);
		return STR_NONE;
	}
	written = fd_write_all(fd, data, &why) == STATUS_OK;
	written = close(fd) == 0 && written;
	if (written)
		return str_from(name);
	log_warn("extracttext: %s: %s", name, why.text);
	unlink(name);
	return STR_NONE;
}

/* The first "{}" of each word becomes the path. */
static struct str fill_in(struct arena *scan, struct str word, struct str path)
{
	size_t at = str_find(word, STR_LIT("{}"));

	if (at == STR_NOT_FOUND)
		return word;
	return arena_printf(scan, "%.*s%.*s%.*s", STR_ARG(str_sub(word, 0, at)), STR_ARG(path),
			    STR_ARG(str_from_at(word, at + 2)));
}

static void tell(const struct extract_tool *tool, const struct helper_result *result)
{
	struct str program = tool->command.items[0];

	if (result->timed_out)
		log_info("extracttext: (%.*s) stopped: out of time", STR_ARG(program));
	else if (result->was_cut)
		log_info("extracttext: (%.*s) stopped: too much output", STR_ARG(program));
	else if (result->exit_code && !result->output.len)
		log_warn("extracttext: error (%d) from %.*s: %.*s", result->exit_code,
			 STR_ARG(program), STR_ARG(result->error_line));
	else if (result->error_line.len)
		log_debug("extracttext", "(%.*s) stderr output: %.*s", STR_ARG(program),
			  STR_ARG(result->error_line));
}

bool extract_run(struct arena *scan, const struct extract_tool *tool, struct str data,
		 struct deadline deadline, struct str *text_out)
{
	struct str path = write_file(scan, data);
	struct str_vec argv = {0};
	struct helper_result result;
	enum status status;
	struct why why;

	if (!path.len)
		return false;
	for (size_t i = 0; i < tool->command.n; i++)
		vec_push(scan, &argv, fill_in(scan, tool->command.items[i], path));
	status = helper_run(scan, &argv, &tool->env, deadline, OUTPUT_BYTES_MAX, &result, &why);
	unlink(path.ptr);
	if (status != STATUS_OK) {
		log_warn("extracttext: %s", why.text);
		return false;
	}
	tell(tool, &result);
	/* SpamAssassin reads in blocks: of one that is out of time only the full ones count. */
	if (result.timed_out)
		result.output.len -= result.output.len % BLOCK_BYTES;
	*text_out = result.output;
	return result.timed_out || result.was_cut || result.exit_code == 0;
}
