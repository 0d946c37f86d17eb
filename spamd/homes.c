/* homes: see homes.h. */
#include "spamd/homes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/base/helper.h"
#include "lib/server/privileges.h"

enum { PREFS_MAX_BYTES = 1024 * 1024 };

#define PREFS_IN_HOME ".spamassassin/user_prefs"

/* --- opening -----------------------------------------------------------------------------------
 */

/* Below dir_fd. Beneath: no link leads out of it, and none through /proc. */
static int open_below(int dir_fd, const char *path, bool beneath)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = beneath ? RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS : 0,
	};

	must(geteuid() != 0); /* a user's links are never followed as root */
	long fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
	if (fd < 0 && errno == ENOSYS)
		fd = openat(dir_fd, path,
			    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
				    (beneath ? O_NOFOLLOW : 0));
	return (int)fd;
}

static bool is_regular(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

static void read_prefs(struct session *session, int fd, const char *path)
{
	struct why why;
	struct str text;

	if (!is_regular(fd))
		log_warn("spamd: %s is no regular file", path);
	else if (file_read_fd(session->scan, fd, PREFS_MAX_BYTES, &text, &why) != STATUS_OK)
		log_warn("spamd: %s: %s", path, why.text);
	else
		session->prefs = prefs_read(session->scan, session->prefs, text, path);
}

/* --- creating ----------------------------------------------------------------------------------
 */

/* Where spamd looks for what a new user_prefs begins with; site folders first. */
static const char *const templates[] = {
	"/etc/spamassassin/user_prefs.template",
	"/etc/mail/spamassassin/user_prefs.template",
	"/usr/local/share/spamassassin/user_prefs.template",
	"/usr/share/spamassassin/user_prefs.template",
	NULL,
};

static bool read_template(struct arena *arena, struct str *text_out)
{
	struct why why;

	for (int i = 0; templates[i]; i++) {
		if (!file_exists(templates[i]))
			continue;
		if (file_read(arena, templates[i], PREFS_MAX_BYTES, text_out, &why) == STATUS_OK)
			return true;
		log_warn("config: cannot open %s: %s", templates[i], why.text);
		return false;
	}
	log_warn("config: can not determine default prefs path");
	return false;
}

/* Neither the folder nor the file is followed when it is a link. */
static int create_below(int home_fd)
{
	mkdirat(home_fd, ".spamassassin", 0700);
	int dir = openat(home_fd, ".spamassassin", O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -1;
	int fd = openat(dir, "user_prefs", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0644);
	int saved_errno = errno;
	close(dir);
	errno = saved_errno;
	return fd;
}

static void create_prefs(struct session *session, int home_fd, const char *path)
{
	struct str text;
	struct why why;

	log_info("spamd: creating default_prefs: %s", path);
	if (read_template(session->scan, &text)) {
		int fd = create_below(home_fd);
		if (fd < 0)
			log_warn("config: cannot create user preferences file %s: %s", path,
				 strerror(errno));
		else if (fd_write_all(fd, text, &why) != STATUS_OK)
			log_warn("config: cannot write to %s: %s", path, why.text);
		else
			log_warn("config: created user preferences file: %s", path);
		if (fd >= 0)
			close(fd);
	}
	if (faccessat(home_fd, PREFS_IN_HOME, R_OK, AT_EACCESS) != 0)
		log_info("spamd: failed to create readable default_prefs: %s", path);
}

void homes_create_state_dir(const char *home, const char *user)
{
	char path[PRIVILEGES_HOME_BYTES + 32];

	snprintf(path, sizeof path, "%s/.spamassassin", home);
	if (file_is_dir(path))
		return;
	if (mkdir(path, 0700) == 0)
		log_info("spamd: created %s for %s", path, user);
	else
		log_info("spamd: failed to create %s for %s", path, user);
}

/* --- homes of accounts -------------------------------------------------------------------------
 */

void homes_read_prefs(struct session *session, const char *home, uid_t owner)
{
	const char *path = arena_printf(session->scan, "%s/%s", home, PREFS_IN_HOME).ptr;

	if (home[0] == '\0')
		return;
	session->state_dir = arena_printf(session->scan, "%s/.spamassassin", home).ptr;
	int home_fd = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home_fd < 0)
		return;
	bool beneath = owner != geteuid();
	int fd = open_below(home_fd, PREFS_IN_HOME, beneath);
	if (fd < 0 && session->service->args->create_prefs) {
		create_prefs(session, home_fd, path);
		fd = open_below(home_fd, PREFS_IN_HOME, beneath);
	}
	if (fd >= 0) {
		read_prefs(session, fd, path);
		close(fd);
	} else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
		log_warn("spamd: cannot open %s: %s", path, strerror(errno));
	}
	close(home_fd);
}

/* --- virtual users -----------------------------------------------------------------------------
 */

static bool is_safe(unsigned char c)
{
	return ascii_is_alnum(c) || strchr("-+_.,@=", c) != NULL;
}

/* One component of a path: other characters become "_", and so does a name of dots only. */
static struct str safe_name(struct arena *arena, struct str name)
{
	char *safe = arena_cstr(arena, name);
	bool only_dots = true;

	for (size_t i = 0; i < name.len; i++) {
		if (safe[i] == '\0' || !is_safe((unsigned char)safe[i]))
			safe[i] = '_';
		only_dots = only_dots && safe[i] == '.';
	}
	for (size_t i = 0; only_dots && i < name.len; i++)
		safe[i] = '_';
	return str_make(safe, name.len);
}

struct virtual_names {
	struct str user, local, domain, full;
};

static void expand(struct buf *out, const char *pattern, const struct virtual_names *names)
{
	bool has_x = strstr(pattern, "%x") != NULL;

	for (; *pattern; pattern++) {
		char letter = pattern[0] == '%' ? pattern[1] : '\0';
		if (has_x && letter == 'x')
			buf_add_str(out, names->full);
		else if (!has_x && letter == 'u')
			buf_add_str(out, names->user);
		else if (!has_x && letter == 'l')
			buf_add_str(out, names->local);
		else if (!has_x && letter == 'd')
			buf_add_str(out, names->domain);
		else if (!has_x && letter == '%')
			buf_add_char(out, '%');
		else {
			buf_add_char(out, *pattern);
			continue;
		}
		pattern++;
	}
}

static struct str expanded(struct arena *arena, const char *pattern,
			   const struct virtual_names *names)
{
	struct buf out;

	buf_init(&out, arena);
	expand(&out, pattern, names);
	return buf_str(&out);
}

static bool has_prefs(struct arena *arena, struct str dir)
{
	struct stat info;

	return stat(arena_printf(arena, "%.*s/user_prefs", STR_ARG(dir)).ptr, &info) == 0 &&
	       S_ISREG(info.st_mode);
}

const char *homes_virtual_dir(struct arena *arena, const char *pattern, const char *user)
{
	struct virtual_names names = {.user = safe_name(arena, str_from(user))};
	size_t at = str_rfind_char(names.user, '@');

	if (at != STR_NOT_FOUND) {
		names.local = safe_name(arena, str_sub(names.user, 0, at));
		names.domain = safe_name(arena, str_from_at(names.user, at + 1));
	}
	names.full = names.user;
	struct str dir = expanded(arena, pattern, &names);
	if (strstr(pattern, "%x") && !has_prefs(arena, dir)) {
		names.full = names.domain;
		dir = expanded(arena, pattern, &names);
	}
	return arena_cstr(arena, dir);
}

void homes_read_virtual(struct session *session, const char *user)
{
	const char *dir =
		homes_virtual_dir(session->scan, session->service->args->virtual_config_dir, user);
	const char *path = arena_printf(session->scan, "%s/user_prefs", dir).ptr;

	session->state_dir = dir;
	log_info("spamd: using default config for %s: %s", user, path);
	int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return;
	int fd = open_below(dir_fd, "user_prefs", false);
	if (fd >= 0 && is_regular(fd))
		read_prefs(session, fd, path);
	if (fd >= 0)
		close(fd);
	close(dir_fd);
}

/* --- vpopmail ----------------------------------------------------------------------------------
 */

enum { VPOPMAIL_MS = 5000, VPOPMAIL_BYTES = 64 * 1024, MAX_ALIASES = 64 };

static bool vpopmail_name_is_safe(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		if (!ascii_is_alnum(c) && !strchr("-:,.=+_@~", c))
			return false;
	}
	return name.len > 0 && name.ptr[0] != '-'; /* no option of the programs */
}

/* What bin/PROGRAM says of a name; empty when it says nothing or fails. */
static struct str ask_vpopmail(struct arena *arena, const char *home, const char *program,
			       const char *option, struct str name, struct deadline deadline)
{
	struct str_vec argv = {0}, env = {0};
	struct helper_result result;
	struct why why;

	if (!vpopmail_name_is_safe(name))
		return STR_NONE;
	vec_push(arena, &argv, arena_printf(arena, "%s/bin/%s", home, program));
	if (option)
		vec_push(arena, &argv, str_from(option));
	vec_push(arena, &argv, name);
	if (helper_run(arena, &argv, &env, deadline, VPOPMAIL_BYTES, &result, &why) != STATUS_OK) {
		log_debug("spamd", "vpopmail: %s", why.text);
		return STR_NONE;
	}
	if (result.exit_code != 0 || result.timed_out || result.was_cut)
		log_debug("spamd", "vpopmail: %s failed: %.*s", program,
			  STR_ARG(result.error_line));
	return result.exit_code == 0 ? result.output : STR_NONE;
}

static struct str home_of_mailbox(struct arena *arena, const char *home, struct str name,
				  struct deadline deadline)
{
	return str_trim(ask_vpopmail(arena, home, "vuserinfo", "-d", name, deadline));
}

/* "NAME -> &user@example.org", "NAME -> /home/of/it/Maildir/": what is behind the arrow. */
static struct str alias_target(struct str line)
{
	size_t arrow = str_find(line, STR_LIT("-> "));

	if (arrow == STR_NOT_FOUND)
		return STR_NONE;
	struct str target = str_trim(str_from_at(line, arrow + 3));
	return str_has_prefix(target, "&") ? str_from_at(target, 1) : target;
}

static void add_aliases(struct arena *arena, struct str_vec *names, struct str lines)
{
	struct str line;

	while (str_split_next(&lines, '\n', &line)) {
		struct str target = alias_target(line);
		if (target.len > 0 && names->n < MAX_ALIASES)
			vec_push(arena, names, target);
	}
}

/* Aliases lead to aliases; each is asked once, and not for ever. */
static struct str home_behind_aliases(struct arena *arena, const char *home, struct str name,
				      struct deadline deadline)
{
	struct str_vec names = {0};

	add_aliases(arena, &names, ask_vpopmail(arena, home, "valias", NULL, name, deadline));
	for (size_t i = 0; i < names.n && !deadline_passed(deadline); i++) {
		struct str target = names.items[i];
		if (target.ptr[0] == '/' && str_has_suffix_ci(target, "/Maildir/"))
			return str_sub(target, 0, target.len - strlen("/Maildir/"));
		if (str_find_char(target, '@') == STR_NOT_FOUND)
			continue;
		struct str dir = home_of_mailbox(arena, home, target, deadline);
		if (dir.len > 0)
			return dir;
		add_aliases(arena, &names,
			    ask_vpopmail(arena, home, "valias", NULL, target, deadline));
	}
	return STR_NONE;
}

const char *homes_vpopmail_dir(struct arena *arena, const char *vpopmail_home, const char *user)
{
	struct deadline deadline = deadline_in_ms(VPOPMAIL_MS);
	struct str name = str_from(user);
	struct str dir = home_of_mailbox(arena, vpopmail_home, name, deadline);

	if (dir.len == 0)
		dir = home_behind_aliases(arena, vpopmail_home, name, deadline);
	if (dir.len > 0)
		return arena_cstr(arena, dir);
	log_debug("spamd", "failed to resolve vpopmail user/alias '%s'", user);
	return NULL;
}
