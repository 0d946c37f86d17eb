/* mailbox: see mailbox.h. Here: which messages a target names. */
#include "lib/message/mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/log.h"
#include "lib/base/number.h"
#include "lib/base/regex.h"

enum {
	FOLDER_DEPTH_MAX = 64,
	MBX_HEAD_BYTES = 2048, /* in front of the first message */
	LINE_BYTES = 4096,     /* of a line so many are looked at */
};

#define MBOX_FROM                                                                                  \
	"^From \\S+  ?(?:\\S\\S\\S \\S\\S\\S .?\\d .?\\d:\\d\\d:\\d\\d \\d{4}"                     \
	"|.?\\d-\\d\\d-\\d{4}_\\d\\d:\\d\\d:\\d\\d_)"
#define MBX_HEAD                                                                                   \
	"^[\\s\\d]\\d-[a-zA-Z]{3}-\\d{4}\\s\\d{2}:\\d{2}:\\d{2}.*,(\\d+);[\\da-f]{12}-\\w{8}\\r?$"

struct scanner {
	struct arena *arena;
	struct mail_source_vec *out;
	char class;
	unsigned depth;
};

static void no_access(const char *path)
{
	log_warn("archive-iterator: no access to %s: %s", path, strerror(errno));
}

static void add(struct scanner *scanner, const char *path, bool is_whole, uint64_t offset_bytes,
		uint64_t length_bytes)
{
	struct mail_source source = {
		.class = scanner->class,
		.path = arena_cstr(scanner->arena, str_from(path)),
		.is_whole = is_whole,
		.offset_bytes = offset_bytes,
		.length_bytes = length_bytes,
	};
	vec_push(scanner->arena, scanner->out, source);
}

static void scan_file(struct scanner *scanner, const char *path)
{
	add(scanner, path, true, 0, 0);
}

/* --- folders of files ------------------------------------------------------------------------- */

enum folder_kind { FOLDER_MH, FOLDER_MAILDIR, FOLDER_CYRUS, FOLDER_OF_MAILBOXES };

static bool has_blank(const char *name)
{
	for (; *name; name++)
		if (ascii_is_space((unsigned char)*name))
			return true;
	return false;
}

static bool is_cyrus_own(const char *name)
{
	static const char *const own[] = {"cyrus.index", "cyrus.header", "cyrus.cache",
					  "cyrus.seen"};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (str_has_prefix(str_from(name), own[i]))
			return true;
	return false;
}

/* Maildir: not those marked as deleted. MH: ",234" is deleted, ".x" its own. */
static bool is_message_name(enum folder_kind kind, const char *name)
{
	const char *flags = strstr(name, ":2,");
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	switch (kind) {
	case FOLDER_MAILDIR:
		return name[0] != '.' && !(flags && strchr(flags, 'T'));
	case FOLDER_CYRUS:
		return !has_blank(name) && !is_cyrus_own(name);
	case FOLDER_OF_MAILBOXES:
		return name[0] != '.' && !has_blank(name);
	default:
		return name[0] != '.' && name[0] != ',';
	}
}

/* Paths, sorted by name. */
static void list_folder(struct scanner *scanner, enum folder_kind kind, const char *folder,
			struct str_vec *paths_out)
{
	DIR *handle = opendir(folder);
	struct str_vec found = {0};
	if (!handle) {
		log_warn("archive-iterator: can't open '%s' dir: %s", folder, strerror(errno));
		return;
	}
	for (const struct dirent *entry; (entry = readdir(handle));)
		if (is_message_name(kind, entry->d_name))
			vec_push(scanner->arena, &found,
				 arena_printf(scanner->arena, "%s/%s", folder, entry->d_name));
	closedir(handle);
	str_vec_sort(&found);
	for (size_t i = 0; i < found.n; i++)
		vec_push(scanner->arena, paths_out, found.items[i]);
}

static bool is_kind_below(struct scanner *scanner, const char *folder, const char *name,
			  mode_t kind)
{
	struct stat st;
	return stat(arena_printf(scanner->arena, "%s/%s", folder, name).ptr, &st) == 0 &&
	       (st.st_mode & S_IFMT) == kind;
}

static void list_messages(struct scanner *scanner, const char *folder, struct str_vec *paths_out)
{
	if (is_kind_below(scanner, folder, "new", S_IFDIR) &&
	    is_kind_below(scanner, folder, "cur", S_IFDIR) &&
	    is_kind_below(scanner, folder, "tmp", S_IFDIR)) {
		list_folder(scanner, FOLDER_MAILDIR,
			    arena_printf(scanner->arena, "%s/new", folder).ptr, paths_out);
		list_folder(scanner, FOLDER_MAILDIR,
			    arena_printf(scanner->arena, "%s/cur", folder).ptr, paths_out);
		return;
	}
	bool is_cyrus = is_kind_below(scanner, folder, "cyrus.header", S_IFREG);
	list_folder(scanner, is_cyrus ? FOLDER_CYRUS : FOLDER_MH, folder, paths_out);
}

static void scan_folder(struct scanner *scanner, const char *folder)
{
	struct str_vec paths = {0}, folders = {0};
	struct stat st;
	if (scanner->depth >= FOLDER_DEPTH_MAX)
		return;
	list_messages(scanner, folder, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		const char *path = paths.items[i].ptr;
		if (stat(path, &st) != 0)
			no_access(path);
		else if (S_ISDIR(st.st_mode))
			vec_push(scanner->arena, &folders, paths.items[i]);
		else if (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))
			scan_file(scanner, path);
		else
			log_warn("archive-iterator: %s is not a plain file or directory", path);
	}
	scanner->depth++;
	for (size_t i = 0; i < folders.n; i++)
		scan_folder(scanner, folders.items[i].ptr);
	scanner->depth--;
}

/* --- mailboxes -------------------------------------------------------------------------------- */

/* A file by lines. */
struct lines {
	FILE *file;
	char *line; /* with its line end; of getline(3) */
	size_t size_bytes;
	uint64_t at_bytes, next_bytes; /* where line begins, where the next one does */
};

static bool lines_open(struct lines *lines, const char *path)
{
	*lines = (struct lines){.file = fopen(path, "rbe")};
	if (!lines->file)
		no_access(path);
	return lines->file != NULL;
}

static bool lines_next(struct lines *lines, struct str *line_out)
{
	ssize_t n = getline(&lines->line, &lines->size_bytes, lines->file);
	if (n < 0)
		return false;
	lines->at_bytes = lines->next_bytes;
	lines->next_bytes += (uint64_t)n;
	*line_out = str_sub(str_make(lines->line, (size_t)n), 0, LINE_BYTES);
	return true;
}

static bool lines_seek(struct lines *lines, uint64_t to_bytes)
{
	lines->next_bytes = to_bytes;
	return fseeko(lines->file, (off_t)to_bytes, SEEK_SET) == 0;
}

static void lines_close(struct lines *lines)
{
	free(lines->line);
	fclose(lines->file);
}

/* From one "From " line to the next; what stands before the first is nobody's. */
static void scan_mbox(struct scanner *scanner, const char *path)
{
	struct regex *from = regex_must(scanner->arena, MBOX_FROM, 0);
	struct lines lines;
	struct str line;
	uint64_t start = UINT64_MAX;
	if (!lines_open(&lines, path))
		return;
	while (lines_next(&lines, &line)) {
		if (!str_has_prefix(line, "From ") || !regex_test(from, line))
			continue;
		if (start != UINT64_MAX)
			add(scanner, path, false, start, lines.at_bytes - start);
		start = lines.at_bytes;
	}
	if (start != UINT64_MAX)
		add(scanner, path, false, start, lines.next_bytes - start);
	lines_close(&lines);
}

/* The size that a line in front of a message states; false for any other line. */
static bool mbx_size(const struct regex *head, struct str line, uint64_t *size_out)
{
	struct regex_match match;
	if (line.len && line.ptr[line.len - 1] == '\n')
		line.len--;
	if (regex_exec(head, line, 0, &match) != REGEX_MATCH)
		return false;
	return number_u64(match.group[1], size_out);
}

static void scan_mbx(struct scanner *scanner, const char *path)
{
	struct regex *head = regex_must(scanner->arena, MBX_HEAD, 0);
	struct lines lines;
	struct str line;
	uint64_t size = 0;
	if (!lines_open(&lines, path))
		return;
	bool is_mbx = lines_next(&lines, &line) && str_contains(line, "*mbx*") &&
		      lines_seek(&lines, MBX_HEAD_BYTES);
	if (!is_mbx)
		log_warn("archive-iterator: error: mailbox not in mbx format! (%s)", path);
	while (is_mbx && lines_next(&lines, &line)) {
		if (!mbx_size(head, line, &size)) {
			log_warn("archive-iterator: error: failure to read message body! (%s)",
				 path);
			break;
		}
		add(scanner, path, false, lines.next_bytes, size);
		if (size > INT64_MAX / 2 || !lines_seek(&lines, lines.next_bytes + size))
			break;
	}
	lines_close(&lines);
}

static bool is_compressed_name(struct str path)
{
	static const char *const suffixes[] = {".gz", ".bz2", ".xz", ".lz", ".lzo", ".lz4"};
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (str_has_suffix_ci(path, suffixes[i]))
			return true;
	return false;
}

typedef void scan_fn(struct scanner *scanner, const char *path);

static void scan_one_mailbox(struct scanner *scanner, const char *path, const char *what,
			     scan_fn *scan)
{
	if (is_compressed_name(str_from(path)))
		log_warn("archive-iterator: compressed %s folders are not supported at this time",
			 what);
	else
		scan(scanner, path);
}

/* A mailbox, or all of a folder. */
static void scan_mailboxes(struct scanner *scanner, const char *path, const char *what,
			   scan_fn *scan)
{
	struct str_vec paths = {0};
	struct stat st;
	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			no_access(path);
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		scan_one_mailbox(scanner, path, what, scan);
		return;
	}
	list_folder(scanner, FOLDER_OF_MAILBOXES, path, &paths);
	for (size_t i = 0; i < paths.n; i++)
		if (stat(paths.items[i].ptr, &st) == 0 && S_ISREG(st.st_mode))
			scan_one_mailbox(scanner, paths.items[i].ptr, what, scan);
}

/* --- targets ---------------------------------------------------------------------------------- */

/* "[^:]*:[a-z]+:" at the beginning. */
static bool has_format(struct str text)
{
	size_t colon = str_find_char(text, ':');
	if (colon == STR_NOT_FOUND)
		return false;
	struct str rest = str_from_at(text, colon + 1);
	size_t n = 0;
	while (n < rest.len && ascii_is_lower((unsigned char)rest.ptr[n]))
		n++;
	return n > 0 && n < rest.len && rest.ptr[n] == ':';
}

struct str mailbox_target(struct arena *arena, struct str text, const char *format)
{
	if (has_format(text))
		return text;
	return arena_printf(arena, ":%s:%.*s", format, STR_ARG(text));
}

static const char *detect(const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		no_access(path);
		return NULL;
	}
	if (S_ISDIR(st.st_mode))
		return "dir";
	return str_contains_ci(str_from(path), ".mbox") ? "mbox" : "file";
}

static void scan_location(struct scanner *scanner, struct str asked, const char *path)
{
	struct str format = asked;
	struct stat st;
	if (str_eq_c(format, "detect"))
		format = str_from(detect(path));
	if (str_eq_c(format, "dir"))
		scan_folder(scanner, path);
	else if (str_eq_c(format, "file")) {
		if (stat(path, &st) != 0)
			no_access(path);
		scan_file(scanner, path);
	} else if (str_eq_c(format, "mbox"))
		scan_mailboxes(scanner, path, "mbox", scan_mbox);
	else if (str_eq_c(format, "mbx"))
		scan_mailboxes(scanner, path, "mbx", scan_mbx);
	else if (format.len)
		log_warn("archive-iterator: format %.*s (from %.*s) unknown!", STR_ARG(format),
			 STR_ARG(asked));
}

/* "~/" is HOME; then as a C shell expands names. */
static void scan_pattern(struct scanner *scanner, struct str format, struct str location)
{
	const char *home = getenv("HOME");
	glob_t found = {0};
	if (str_has_prefix(location, "~/") && home && *home)
		location = arena_printf(scanner->arena, "%s/%.*s", home,
					STR_ARG(str_from_at(location, 2)));
	if (glob(arena_cstr(scanner->arena, location), GLOB_BRACE | GLOB_NOMAGIC | GLOB_TILDE, NULL,
		 &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		scan_location(scanner, format, found.gl_pathv[i]);
	globfree(&found);
}

void mailbox_scan(struct arena *arena, struct str target, struct mail_source_vec *out)
{
	size_t first = str_find_char(target, ':');
	struct str rest = str_from_at(target, first == STR_NOT_FOUND ? target.len : first + 1);
	size_t second = str_find_char(rest, ':');
	if (first == STR_NOT_FOUND || second == STR_NOT_FOUND) {
		log_warn("archive-iterator: invalid (undef) %s in target list, %.*s",
			 first == STR_NOT_FOUND ? "format" : "raw location", STR_ARG(target));
		return;
	}
	char class = first && target.ptr[0] != '0' ? target.ptr[0] : 'h';
	struct scanner scanner = {.arena = arena, .out = out, .class = class};
	scan_pattern(&scanner, str_sub(rest, 0, second), str_from_at(rest, second + 1));
}
