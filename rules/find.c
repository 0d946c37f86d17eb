/*
 * find: which directories and files a configuration is read from (SpamAssassin.pm:
 * default_rules_path, site_rules_path, first_existing_path, sed_path, _get_cf_pre_files_in_dir).
 */
#include "rules/conf.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/base/buf.h"
#include "lib/base/file.h"

#define LOCAL_RULES_DIR "/etc/spamassassin"
#define LOCAL_STATE_DIR "/var/lib/spamassassin"
#define DEF_RULES_DIR   "/usr/share/spamassassin"
#define PREFIX          "/usr"

static const char *const rules_paths[] = {
	LOCAL_STATE_DIR "/" CONF_SPAMASSASSIN_VERSION,
	DEF_RULES_DIR,
	"/usr/local/share/spamassassin",
	NULL,
};

static const char *const site_paths[] = {
	LOCAL_RULES_DIR,
	PREFIX "/etc/mail/spamassassin",
	PREFIX "/etc/spamassassin",
	"/usr/local/etc/spamassassin",
	"/usr/pkg/etc/spamassassin",
	"/etc/mail/spamassassin",
	NULL,
};

static struct str first_existing(const char *const *paths)
{
	struct stat st;
	for (; *paths; paths++)
		if (stat(*paths, &st) == 0)
			return str_from(*paths);
	return STR_NONE;
}

struct str find_rules_path(struct arena *arena, const struct load_options *options)
{
	if (options->rules_path)
		return arena_str(arena, str_from(options->rules_path));
	return first_existing(rules_paths);
}

struct str find_site_path(struct arena *arena, const struct load_options *options)
{
	if (options->site_path)
		return arena_str(arena, str_from(options->site_path));
	return first_existing(site_paths);
}

/* --- place holders ------------------------------------------------------------------------------
 */

static struct str home_of(struct arena *arena, struct str user)
{
	const char *home = getenv("HOME");
	/* Of a process that has put on a user's ids it is the home of another. */
	if (home && strchr(home, '/') && geteuid() == getuid())
		return arena_str(arena, str_from(home));
	const struct passwd *entry =
		user.len ? getpwnam(arena_cstr(arena, user)) : getpwuid(geteuid());
	return entry ? arena_str(arena, str_from(entry->pw_dir)) : STR_NONE;
}

#define STATE_FOLDER "/.spamassassin"

static struct str home_for(struct arena *arena, struct str user, struct str state_dir)
{
	if (str_has_suffix_ci(state_dir, STATE_FOLDER))
		return str_sub(state_dir, 0, state_dir.len - (sizeof STATE_FOLDER - 1));
	return home_of(arena, user);
}

static struct str place_value(struct arena *arena, struct str word, struct str state_dir)
{
	static const struct {
		const char *word, *value;
	} places[] = {
		{"__local_rules_dir__", LOCAL_RULES_DIR},
		{"__local_state_dir__", LOCAL_STATE_DIR},
		{"__def_rules_dir__", DEF_RULES_DIR},
		{"__prefix__", PREFIX},
		{"__version__", CONF_SPAMASSASSIN_VERSION},
		{"__userstate__", NULL},
	};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (!str_eq_c(word, places[i].word))
			continue;
		if (places[i].value)
			return str_from(places[i].value);
		return state_dir.len ? state_dir
				     : arena_printf(arena, "%.*s" STATE_FOLDER,
						    STR_ARG(home_of(arena, STR_NONE)));
	}
	return word;
}

/* The "__word__" that stands at the beginning of s, or empty. */
static struct str place_at(struct str s)
{
	if (!str_has_prefix(s, "__"))
		return STR_NONE;
	size_t end = str_find(str_from_at(s, 2), STR_LIT("__"));
	return end == STR_NOT_FOUND ? STR_NONE : str_sub(s, 0, end + 4);
}

struct str find_expand(struct arena *arena, struct str path)
{
	return find_expand_for(arena, path, STR_NONE);
}

struct str find_expand_for(struct arena *arena, struct str path, struct str state_dir)
{
	struct buf out;
	buf_init(&out, arena);
	for (size_t i = 0; i < path.len;) {
		struct str place = place_at(str_from_at(path, i));
		if (place.len) {
			buf_add_str(&out, place_value(arena, place, state_dir));
			i += place.len;
		} else {
			buf_add_char(&out, path.ptr[i++]);
		}
	}
	struct str text = buf_str(&out);
	if (!text.len || text.ptr[0] != '~')
		return text;
	size_t slash = str_find_char(text, '/');
	struct str user = str_sub(text, 1, slash == STR_NOT_FOUND ? text.len : slash - 1);
	struct str rest = slash == STR_NOT_FOUND ? STR_NONE : str_from_at(text, slash);
	struct str home = home_for(arena, user, state_dir);
	return arena_printf(arena, "%.*s%.*s", STR_ARG(home), STR_ARG(rest));
}

/* --- the files of a directory --------------------------------------------------------------------
 */

/* The official channel comes first, so that other channels can change its scores. */
static void official_channel_first(struct str_vec *names)
{
	for (size_t i = 1; i < names->n; i++) {
		struct str name = names->items[i];
		if (!str_eq_c(name, "updates_spamassassin_org.cf"))
			continue;
		memmove(names->items + 1, names->items, i * sizeof *names->items);
		names->items[0] = name;
		return;
	}
}

static bool is_regular(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Hidden files too: SpamAssassin reads ".x.cf". */
static void files_of_dir(struct conf *conf, struct str dir, const char *suffix, struct str_vec *out)
{
	DIR *handle = opendir(arena_cstr(conf->arena, dir));
	if (!handle) {
		conf_diag(conf, DIAG_WARN, "config: cannot opendir %.*s: %s", STR_ARG(dir),
			  strerror(errno));
		return;
	}
	struct str_vec names = {0};
	for (const struct dirent *entry; (entry = readdir(handle));)
		if (str_has_suffix_ci(str_from(entry->d_name), suffix))
			vec_push(conf->arena, &names,
				 arena_str(conf->arena, str_from(entry->d_name)));
	closedir(handle);
	str_vec_sort(&names);
	official_channel_first(&names);
	for (size_t i = 0; i < names.n; i++) {
		struct str path = arena_printf(conf->arena, "%.*s/%.*s", STR_ARG(dir),
					       STR_ARG(names.items[i]));
		if (is_regular(path.ptr))
			vec_push(conf->arena, out, path);
	}
}

void find_files(struct conf *conf, struct str path, const char *suffix, struct str_vec *out)
{
	struct stat st;
	const char *cpath = arena_cstr(conf->arena, path);
	if (stat(cpath, &st) != 0)
		return;
	if (S_ISDIR(st.st_mode))
		files_of_dir(conf, path, suffix, out);
	else if (S_ISREG(st.st_mode) && st.st_size > 0 && access(cpath, R_OK) == 0)
		vec_push(conf->arena, out, path);
}
