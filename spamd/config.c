/* config: see config.h. */
#include "spamd/config.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/must.h"
#include "reputation/names.h"

enum { MIB = 1024 * 1024 };

/* One setting: a whole number within bounds. */
struct setting {
	const char *name;
	long initial, lowest, highest;
};

enum setting_id {
	SET_MAX_MESSAGE,
	SET_SCAN_MEMORY,
	SET_LINGER,
	SET_SEND_TIMEOUT,
	SET_PATIENCE,
	SET_STOP_GRACE,
	SET_METRICS_PORT,
	SET_NO_NEW_PRIVILEGES,
	SET_SYSTEM_CALL_FILTER,
	SET_CORE_FILES,
	SET_CHILD_MEMORY,
	SET_CHILD_OPEN_FILES,
	SET_EMAIL_ADDRESS_XS,
	SET_LIBIDN,
	SET_REGEX_MATCH,
	SET_REGEX_DEPTH,
	SET_REGEX_HEAP,
	N_SETTINGS,
};

/* libconfuse hands its error function no pointer of ours. */
struct complaint {
	cfg_t *cfg;
	struct why *why;
};
static struct complaint complaint;

static void note_error(cfg_t *cfg, const char *format, va_list args)
{
	char text[256];

	if (complaint.cfg != cfg || !complaint.why || complaint.why->status != STATUS_OK)
		return;
	vsnprintf(text, sizeof text, format, args);
	why_set(complaint.why, STATUS_INVALID, "%s:%d: %s",
		cfg->filename ? cfg->filename : "spamd.conf", cfg->line, text);
}

static void init_settings(struct setting settings[N_SETTINGS])
{
	const struct regex_limits *limits = &regex_limits_default;

	settings[SET_MAX_MESSAGE] = (struct setting){"max_message_mib", 64, 1, 1024};
	settings[SET_SCAN_MEMORY] = (struct setting){"scan_memory_mib", 512, 16, 65536};
	settings[SET_LINGER] = (struct setting){"linger_ms", 2000, 0, 60000};
	settings[SET_SEND_TIMEOUT] = (struct setting){"send_timeout_s", 60, 1, 3600};
	settings[SET_PATIENCE] = (struct setting){"patience_ms", 20, 0, 60000};
	settings[SET_STOP_GRACE] = (struct setting){"stop_grace_s", 60, 0, 3600};
	settings[SET_METRICS_PORT] = (struct setting){"metrics_port", 0, 0, 65535};
	settings[SET_NO_NEW_PRIVILEGES] = (struct setting){"no_new_privileges", 1, 0, 1};
	settings[SET_SYSTEM_CALL_FILTER] = (struct setting){"system_call_filter", 1, 0, 1};
	settings[SET_CORE_FILES] = (struct setting){"core_files", 0, 0, 1};
	settings[SET_CHILD_MEMORY] = (struct setting){"child_memory_mib", 2048, 0, 1048576};
	settings[SET_CHILD_OPEN_FILES] = (struct setting){"child_open_files", 1024, 64, 1048576};
	settings[SET_EMAIL_ADDRESS_XS] = (struct setting){"perl_email_address_xs", 0, 0, 1};
	settings[SET_LIBIDN] = (struct setting){"perl_libidn", 0, 0, 1};
	settings[SET_REGEX_MATCH] =
		(struct setting){"regex_match_limit", (long)limits->match_limit, 1000, 1000000000};
	settings[SET_REGEX_DEPTH] =
		(struct setting){"regex_depth_limit", (long)limits->depth_limit, 100, 1000000000};
	settings[SET_REGEX_HEAP] =
		(struct setting){"regex_heap_kib", (long)limits->heap_limit_kib, 64, 16777216};
}

static enum status check_bounds(cfg_t *cfg, const struct setting *settings, const char *path,
				struct why *why)
{
	for (int i = 0; i < N_SETTINGS; i++) {
		long value = cfg_getint(cfg, settings[i].name);
		if (value < settings[i].lowest || value > settings[i].highest)
			return why_set(why, STATUS_INVALID, "%s: %s must be between %ld and %ld",
				       path, settings[i].name, settings[i].lowest,
				       settings[i].highest);
	}
	return STATUS_OK;
}

static enum status parse_file(cfg_t *cfg, const char *path, const struct setting *settings,
			      struct why *why)
{
	why->status = STATUS_OK;
	complaint = (struct complaint){cfg, why};
	int result = cfg_parse(cfg, path);
	complaint = (struct complaint){NULL, NULL};
	if (result == CFG_FILE_ERROR)
		return why_errno(why, STATUS_NOT_FOUND, "cannot read %s", path);
	if (result != CFG_SUCCESS)
		return why->status != STATUS_OK
			       ? why->status
			       : why_set(why, STATUS_INVALID, "%s: malformed", path);
	return check_bounds(cfg, settings, path, why);
}

static void fill(cfg_t *cfg, const struct setting *settings, struct config *out)
{
	out->max_message_bytes = (size_t)cfg_getint(cfg, settings[SET_MAX_MESSAGE].name) * MIB;
	out->scan_memory_bytes = (size_t)cfg_getint(cfg, settings[SET_SCAN_MEMORY].name) * MIB;
	out->linger_ms = (int)cfg_getint(cfg, settings[SET_LINGER].name);
	out->send_timeout_ms = (int)cfg_getint(cfg, settings[SET_SEND_TIMEOUT].name) * 1000;
	out->patience_ms = (int)cfg_getint(cfg, settings[SET_PATIENCE].name);
	out->stop_grace_ms = (int)cfg_getint(cfg, settings[SET_STOP_GRACE].name) * 1000;
	out->metrics_port = (unsigned)cfg_getint(cfg, settings[SET_METRICS_PORT].name);
	out->confinement = (struct confinement){
		.no_new_privs = cfg_getint(cfg, settings[SET_NO_NEW_PRIVILEGES].name) != 0,
		.filter = cfg_getint(cfg, settings[SET_SYSTEM_CALL_FILTER].name) != 0,
		.core_files = cfg_getint(cfg, settings[SET_CORE_FILES].name) != 0,
		.memory_bytes = (size_t)cfg_getint(cfg, settings[SET_CHILD_MEMORY].name) * MIB,
		.open_files = (unsigned)cfg_getint(cfg, settings[SET_CHILD_OPEN_FILES].name),
	};
	out->email_address_xs = cfg_getint(cfg, settings[SET_EMAIL_ADDRESS_XS].name) != 0;
	out->libidn = cfg_getint(cfg, settings[SET_LIBIDN].name) != 0;
	out->regex_limits = (struct regex_limits){
		.match_limit = (uint32_t)cfg_getint(cfg, settings[SET_REGEX_MATCH].name),
		.depth_limit = (uint32_t)cfg_getint(cfg, settings[SET_REGEX_DEPTH].name),
		.heap_limit_kib = (uint32_t)cfg_getint(cfg, settings[SET_REGEX_HEAP].name),
	};
}

/* --- reputation ------------------------------------------------------------------------------- */

static enum status read_class(const char *path, const char *name, enum trust_class *class_out,
			      struct why *why)
{
	if (trust_class_find(str_from(name), class_out))
		return STATUS_OK;
	return why_set(why, STATUS_INVALID,
		       "%s: class must be honeypot, admin, user or automatic, not \"%s\"", path,
		       name);
}

static enum status read_reporters(struct arena *keep, cfg_t *section, const char *path,
				  struct reputation_config *out, struct why *why)
{
	for (unsigned i = 0; i < cfg_size(section, "reporter"); i++) {
		cfg_t *entry = cfg_getnsec(section, "reporter", i);
		struct reporter_config reporter = {
			.name = arena_str(keep, str_from(cfg_title(entry))),
			.group = arena_str(keep, str_from(cfg_getstr(entry, "group"))),
		};
		long quota = cfg_size(entry, "quota") ? cfg_getint(entry, "quota")
						      : (long)out->default_quota;
		enum status status =
			read_class(path, cfg_getstr(entry, "class"), &reporter.class, why);

		if (status == STATUS_OK && quota < 0)
			status = why_set(why, STATUS_INVALID, "%s: quota of %s is negative", path,
					 cfg_title(entry));
		if (status != STATUS_OK)
			return status;
		reporter.quota = (uint64_t)quota;
		vec_push(keep, &out->reporters, reporter);
	}
	return STATUS_OK;
}

static enum status read_reputation(struct arena *keep, cfg_t *cfg, const char *path,
				   struct reputation_config *out, struct why *why)
{
	*out = (struct reputation_config){.default_class = TRUST_USER};
	if (!cfg_size(cfg, "reputation"))
		return STATUS_OK;
	cfg_t *section = cfg_getnsec(cfg, "reputation", 0);
	if (strcmp(cfg_getstr(section, "bus"), "local") != 0)
		return why_set(why, STATUS_INVALID, "%s: bus must be local", path);
	out->state = arena_cstr(keep, str_from(cfg_getstr(section, "state")));
	if (cfg_getint(section, "default_quota") < 0)
		return why_set(why, STATUS_INVALID, "%s: default_quota is negative", path);
	out->default_quota = (uint64_t)cfg_getint(section, "default_quota");
	enum status status =
		read_class(path, cfg_getstr(section, "default_class"), &out->default_class, why);
	return status == STATUS_OK ? read_reporters(keep, section, path, out, why) : status;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum status parse_and_fill(struct arena *keep, cfg_t *cfg, const char *path,
				  const struct setting *settings, struct config *out,
				  struct why *why)
{
	enum status status = STATUS_OK;

	if (path || access(CONFIG_DEFAULT_PATH, F_OK) == 0)
		status = parse_file(cfg, path ? path : CONFIG_DEFAULT_PATH, settings, why);
	if (status != STATUS_OK)
		return status;
	fill(cfg, settings, out);
	return read_reputation(keep, cfg, path ? path : CONFIG_DEFAULT_PATH, &out->reputation, why);
}

enum status config_read(struct arena *keep, const char *path, struct config *config_out,
			struct why *why)
{
	struct setting settings[N_SETTINGS];
	cfg_opt_t reporter[] = {CFG_STR("class", "user", CFGF_NONE),
				CFG_STR("group", "", CFGF_NONE),
				CFG_INT("quota", 0, CFGF_NODEFAULT), CFG_END()};
	cfg_opt_t reputation[] = {CFG_STR("state", WHORL_LOCALSTATEDIR "/lib/whorl", CFGF_NONE),
				  CFG_STR("bus", "local", CFGF_NONE),
				  CFG_STR("default_class", "user", CFGF_NONE),
				  CFG_INT("default_quota", 0, CFGF_NONE),
				  CFG_SEC("reporter", reporter, CFGF_MULTI | CFGF_TITLE),
				  CFG_END()};
	cfg_opt_t opts[N_SETTINGS + 2];

	init_settings(settings);
	for (int i = 0; i < N_SETTINGS; i++)
		opts[i] = (cfg_opt_t)CFG_INT(settings[i].name, settings[i].initial, CFGF_NONE);
	opts[N_SETTINGS] = (cfg_opt_t)CFG_SEC("reputation", reputation, CFGF_MULTI);
	opts[N_SETTINGS + 1] = (cfg_opt_t)CFG_END();
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	must(cfg != NULL);
	cfg_set_error_function(cfg, note_error);
	enum status status = parse_and_fill(keep, cfg, path, settings, config_out, why);
	cfg_free(cfg);
	return status;
}
