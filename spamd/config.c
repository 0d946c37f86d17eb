/* config: see config.h. */
#include "spamd/config.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/must.h"
#include "reputation/exchange.h"
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

/* libconfuse hands its functions no pointer of ours. */
static struct {
	struct why *why; /* NULL: nothing is being read */
	const struct setting *settings;
} reading;

static void note_error(cfg_t *cfg, const char *format, va_list args)
{
	char text[256];

	if (!reading.why || reading.why->status != STATUS_OK)
		return;
	vsnprintf(text, sizeof text, format, args);
	why_set(reading.why, STATUS_INVALID, "%s:%d: %s",
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

/* --- what values must be; called as each is read, so that complaints name its line --- */

static int check_bounds(cfg_t *cfg, cfg_opt_t *opt)
{
	long value = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);

	for (int i = 0; i < N_SETTINGS; i++) {
		const struct setting *setting = &reading.settings[i];

		if (strcmp(setting->name, opt->name) != 0 ||
		    (value >= setting->lowest && value <= setting->highest))
			continue;
		cfg_error(cfg, "%s must be between %ld and %ld", opt->name, setting->lowest,
			  setting->highest);
		return -1;
	}
	return 0;
}

static int check_class(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *name = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	enum trust_class class;

	if (trust_class_find(str_from(name), &class))
		return 0;
	cfg_error(cfg, "%s must be honeypot, admin, user or automatic, not \"%s\"", opt->name,
		  name);
	return -1;
}

static int check_quota(cfg_t *cfg, cfg_opt_t *opt)
{
	if (cfg_opt_getnint(opt, cfg_opt_size(opt) - 1) >= 0)
		return 0;
	cfg_error(cfg, "%s is negative", opt->name);
	return -1;
}

static int check_bus(cfg_t *cfg, cfg_opt_t *opt)
{
	if (strcmp(cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1), "local") == 0)
		return 0;
	cfg_error(cfg, "bus must be local");
	return -1;
}

static int check_state(cfg_t *cfg, cfg_opt_t *opt)
{
	if (cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1)[0] == '/')
		return 0;
	cfg_error(cfg, "state must be an absolute path");
	return -1;
}

/* A name that says it is a key must be one. */
static int check_reporter(cfg_t *cfg, cfg_opt_t *opt)
{
	struct str name = str_from(cfg_title(cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1)));
	unsigned char key[SIGN_PUBLIC_BYTES];

	if (!exchange_is_key(name) || exchange_key_of(name, key))
		return 0;
	cfg_error(cfg, "reporter \"%.*s\" is no key", STR_ARG(name));
	return -1;
}

static void set_checks(cfg_t *cfg, const struct setting *settings)
{
	for (int i = 0; i < N_SETTINGS; i++)
		cfg_set_validate_func(cfg, settings[i].name, check_bounds);
	cfg_set_validate_func(cfg, "reputation|state", check_state);
	cfg_set_validate_func(cfg, "reputation|bus", check_bus);
	cfg_set_validate_func(cfg, "reputation|default_class", check_class);
	cfg_set_validate_func(cfg, "reputation|default_quota", check_quota);
	cfg_set_validate_func(cfg, "reputation|reporter", check_reporter);
	cfg_set_validate_func(cfg, "reputation|reporter|class", check_class);
	cfg_set_validate_func(cfg, "reputation|reporter|quota", check_quota);
}

static enum status parse_file(cfg_t *cfg, const char *path, const struct setting *settings,
			      struct why *why)
{
	why->status = STATUS_OK;
	reading.why = why;
	reading.settings = settings;
	int result = cfg_parse(cfg, path);
	reading.why = NULL;
	if (result == CFG_FILE_ERROR)
		return why_errno(why, STATUS_NOT_FOUND, "cannot read %s", path);
	if (result != CFG_SUCCESS)
		return why->status != STATUS_OK
			       ? why->status
			       : why_set(why, STATUS_INVALID, "%s: malformed", path);
	return STATUS_OK;
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

/* Values have been checked as they were read. */
static enum trust_class class_of(const char *name)
{
	enum trust_class class = TRUST_USER;

	trust_class_find(str_from(name), &class);
	return class;
}

static void read_reporters(struct arena *keep, cfg_t *section, struct reputation_config *out)
{
	for (unsigned i = 0; i < cfg_size(section, "reporter"); i++) {
		cfg_t *entry = cfg_getnsec(section, "reporter", i);
		struct reporter_config reporter = {
			.name = arena_str(keep, str_from(cfg_title(entry))),
			.group = arena_str(keep, str_from(cfg_getstr(entry, "group"))),
			.class = class_of(cfg_getstr(entry, "class")),
			.quota = cfg_size(entry, "quota") ? (uint64_t)cfg_getint(entry, "quota")
							  : out->default_quota,
		};

		vec_push(keep, &out->reporters, reporter);
	}
}

static void read_reputation(struct arena *keep, cfg_t *cfg, struct reputation_config *out)
{
	*out = (struct reputation_config){.default_class = TRUST_USER};
	if (!cfg_size(cfg, "reputation"))
		return;
	cfg_t *section = cfg_getnsec(cfg, "reputation", 0);
	out->state = arena_cstr(keep, str_from(cfg_getstr(section, "state")));
	out->default_quota = (uint64_t)cfg_getint(section, "default_quota");
	out->default_class = class_of(cfg_getstr(section, "default_class"));
	read_reporters(keep, section, out);
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
	read_reputation(keep, cfg, &out->reputation);
	return STATUS_OK;
}

enum status config_read(struct arena *keep, const char *path, struct config *config_out,
			struct why *why)
{
	struct setting settings[N_SETTINGS];
	cfg_opt_t reporter[] = {CFG_STR("class", "user", CFGF_NONE),
				CFG_STR("group", "", CFGF_NONE),
				CFG_INT("quota", 0, CFGF_NODEFAULT), CFG_END()};
	cfg_opt_t reputation[] = {
		CFG_STR("state", WHORL_LOCALSTATEDIR "/lib/whorl", CFGF_NONE),
		CFG_STR("bus", "local", CFGF_NONE),
		CFG_STR("default_class", "user", CFGF_NONE),
		CFG_INT("default_quota", 0, CFGF_NONE),
		CFG_SEC("reporter", reporter, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
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
	set_checks(cfg, settings);
	enum status status = parse_and_fill(keep, cfg, path, settings, config_out, why);
	cfg_free(cfg);
	return status;
}
