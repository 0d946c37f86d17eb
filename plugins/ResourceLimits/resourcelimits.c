/* ResourceLimits: setrlimit(2) in the server's children (SpamAssassin's Plugin/ResourceLimits.pm).
 */
#include <sys/resource.h>

#include "lib/base/log.h"
#include "plugins/plugin.h"

struct limits_conf {
	double cpu_s, memory_bytes; /* 0: none */
};

static const struct keyword_def keywords[] = {
	{"resource_limit_cpu", NULL, WHO_ADMIN, KEYWORD_NUMBER, offsetof(struct limits_conf, cpu_s),
	 NULL},
	{"resource_limit_mem", NULL, WHO_ADMIN, KEYWORD_NUMBER,
	 offsetof(struct limits_conf, memory_bytes), NULL},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

static void limit(int resource, double value, const char *name)
{
	const struct rlimit limit = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};

	if (value < 0 || value >= (double)INT64_MAX || setrlimit(resource, &limit) != 0)
		log_info("resourcelimits: Unable to set %s", name);
}

static void child_start(const void *data)
{
	const struct limits_conf *conf = data;

	log_debug("resourcelimits", "cpu limit: %.15g", conf->cpu_s);
	if (conf->cpu_s != 0)
		limit(RLIMIT_CPU, conf->cpu_s, "RLIMIT_CPU");
	log_debug("resourcelimits", "mem limit: %.15g", conf->memory_bytes);
	if (conf->memory_bytes != 0) {
		limit(RLIMIT_RSS, conf->memory_bytes, "RLIMIT_RSS");
		limit(RLIMIT_AS, conf->memory_bytes, "RLIMIT_AS");
	}
}

const struct plugin_def plugin_resourcelimits = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::ResourceLimits",
	.keywords = keywords,
	.conf_bytes = sizeof(struct limits_conf),
	.child_start = child_start,
};
