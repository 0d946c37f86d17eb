/* user_state: see user_state.h. */
#include "whorl/user_state.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"

enum { TEMPLATE_BYTES_MAX = 1 << 20 };

static const char *const templates[] = {
	"/etc/spamassassin/user_prefs.template",
	"/usr/etc/mail/spamassassin/user_prefs.template",
	"/usr/share/spamassassin/user_prefs.template",
	"/var/lib/spamassassin/4.000001/updates_spamassassin_org/user_prefs.template",
	"/etc/mail/spamassassin/user_prefs.template",
	"/usr/local/share/spamassassin/user_prefs.template",
};

static const char *home(void)
{
	const char *home = getenv("HOME");
	if (home && strchr(home, '/'))
		return home;
	const struct passwd *entry = getpwuid(geteuid());
	return entry ? entry->pw_dir : NULL;
}

static void make_folder(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			log_debug("config", "%s exists but is not a directory", path);
	} else if (errno != ENOENT) {
		log_debug("config", "error accessing %s: %s", path, strerror(errno));
	} else if (mkdir(path, 0700) != 0) {
		log_debug("config", "mkdir %s failed: %s", path, strerror(errno));
	}
}

static const char *find_template(void)
{
	for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
		if (file_exists(templates[i]))
			return templates[i];
	return NULL;
}

static enum status copy(struct arena *scratch, const char *from, const char *to, struct why *why)
{
	struct str text;
	enum status status = file_read(scratch, from, TEMPLATE_BYTES_MAX, &text, why);
	if (status != STATUS_OK)
		return status;
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return why_errno(why, STATUS_IO, "cannot create user preferences file %s", to);
	status = fd_write_all(fd, text, why);
	if (close(fd) != 0 && status == STATUS_OK)
		status = why_errno(why, STATUS_IO, "cannot write to %s", to);
	return status;
}

static void create_file(const char *path)
{
	const char *template = find_template();
	struct arena *scratch = arena_new("prefs", 0);
	struct why why;
	if (!template)
		log_warn("config: can not determine default prefs path");
	else if (copy(scratch, template, path, &why) != STATUS_OK)
		log_warn("config: %s", why.text);
	else
		log_warn("config: created user preferences file: %s", path);
	arena_free(scratch);
}

static void create_when_missing(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			log_warn("config: default user preference file %s is not a regular file",
				 path);
	} else if (errno != ENOENT) {
		log_warn("config: default user preference file %s not accessible: %s", path,
			 strerror(errno));
	} else {
		create_file(path);
	}
}

const char *user_state_prefs(struct arena *keep, const char *path, bool create)
{
	const char *home_path = home();
	if (home_path) {
		const char *folder = arena_printf(keep, "%s/.spamassassin", home_path).ptr;
		if (create)
			log_debug("config", "using \"%s\" for user state dir", folder);
		make_folder(folder);
		if (!path)
			path = arena_printf(keep, "%s/user_prefs", folder).ptr;
	}
	if (path && create)
		create_when_missing(path);
	return path && file_exists(path) ? path : NULL;
}
