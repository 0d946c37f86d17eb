/* config: see config.h. */
#include "spamd/config.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/must.h"

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
	SET_STOP_GRACE,
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
	settings[SET_STOP_GRACE] = (struct setting){"stop_grace_s", 60, 0, 3600};
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
	out->stop_grace_ms = (int)cfg_getint(cfg, settings[SET_STOP_GRACE].name) * 1000;
	out->regex_limits = (struct regex_limits){
		.match_limit = (uint32_t)cfg_getint(cfg, settings[SET_REGEX_MATCH].name),
		.depth_limit = (uint32_t)cfg_getint(cfg, settings[SET_REGEX_DEPTH].name),
		.heap_limit_kib = (uint32_t)cfg_getint(cfg, settings[SET_REGEX_HEAP].name),
	};
}

enum status config_read(const char *path, struct config *config_out, struct why *why)
{
	struct setting settings[N_SETTINGS];
	cfg_opt_t opts[N_SETTINGS + 1];
	enum status status = STATUS_OK;

	init_settings(settings);
	for (int i = 0; i < N_SETTINGS; i++)
		opts[i] = (cfg_opt_t)CFG_INT(settings[i].name, settings[i].initial, CFGF_NONE);
	opts[N_SETTINGS] = (cfg_opt_t)CFG_END();
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	must(cfg != NULL);
	cfg_set_error_function(cfg, note_error);
	if (path || access(CONFIG_DEFAULT_PATH, F_OK) == 0)
		status = parse_file(cfg, path ? path : CONFIG_DEFAULT_PATH, settings, why);
	if (status == STATUS_OK)
		fill(cfg, settings, config_out);
	cfg_free(cfg);
	return status;
}
