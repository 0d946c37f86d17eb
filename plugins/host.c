#include "plugins/host.h"

#include <dlfcn.h>

/* A plugin that the configuration has loaded. Its address is the plugin's identity. */
struct loaded {
	const struct plugin_def *def;
	void *conf;
	size_t number;
};

struct plugin_host {
	struct arena *keep;
	VEC_OF(, struct loaded *) plugins; /* in order of loading */
	struct extension extension;
};

static struct loaded *find_loaded(const struct plugin_host *host, struct str class_name)
{
	for (size_t i = 0; i < host->plugins.n; i++)
		if (str_eq_c(class_name, host->plugins.items[i]->def->name))
			return host->plugins.items[i];
	return NULL;
}

static const struct plugin_def *find_builtin(struct str class_name)
{
	for (size_t i = 0; plugins_builtin[i]; i++)
		if (str_eq_c(class_name, plugins_builtin[i]->name))
			return plugins_builtin[i];
	return NULL;
}

static void rule_hit(void *user, struct scan *scan, const struct rule *rule, double points,
		     double so_far)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++)
		if (host->plugins.items[i]->def->hit)
			host->plugins.items[i]->def->hit(scan, host->plugins.items[i], rule, points,
							 so_far);
}

/* --- loading --- */

static void add(struct plugin_host *host, const struct plugin_def *def, bool is_foreign)
{
	struct loaded *loaded = ARENA_NEW(host->keep, struct loaded);

	loaded->def = def;
	loaded->number = host->plugins.n;
	if (def->conf_bytes)
		loaded->conf = arena_calloc(host->keep, 1, def->conf_bytes);
	if (def->conf_init)
		def->conf_init(loaded->conf, host->keep);
	if (def->hit)
		host->extension.rule_hit = rule_hit;
	if (def->runs_programs || is_foreign)
		host->extension.runs_programs = true;
	vec_push(host->keep, &host->plugins, loaded);
}

/* A third party's plugin; it stays mapped for the life of the process. */
static const struct plugin_def *open_shared(struct arena *keep, struct str path, struct why *why)
{
	void *object = dlopen(arena_cstr(keep, path), RTLD_NOW | RTLD_LOCAL);
	const struct plugin_def *def = object ? dlsym(object, PLUGIN_EXPORT_SYMBOL) : NULL;

	if (!def) {
		why_set(why, STATUS_INVALID, "cannot load plugin: %s", dlerror());
		return NULL;
	}
	if (def->abi_major != PLUGIN_ABI_MAJOR || def->abi_minor > PLUGIN_ABI_MINOR) {
		why_set(why, STATUS_UNSUPPORTED, "plugin %s is made for ABI %u.%u, this is %d.%d",
			def->name, def->abi_major, def->abi_minor, PLUGIN_ABI_MAJOR,
			PLUGIN_ABI_MINOR);
		return NULL;
	}
	return def;
}

static enum load_plugin_result load_plugin(void *user, struct str class_name, struct str path,
					   struct why *why)
{
	struct plugin_host *host = user;
	const struct plugin_def *def = find_builtin(class_name);

	if (find_loaded(host, class_name))
		return PLUGIN_ALREADY_LOADED;
	bool is_foreign = !def && str_has_suffix_ci(path, ".so");
	if (is_foreign)
		def = open_shared(host->keep, path, why);
	if (!def)
		return PLUGIN_UNKNOWN;
	add(host, def, is_foreign);
	return PLUGIN_LOADED;
}

static bool is_loaded(void *user, struct str class_name)
{
	return find_loaded(user, class_name) != NULL;
}

static bool has_method(void *user, struct str class_name, struct str method)
{
	const struct loaded *loaded = find_loaded(user, class_name);
	const char *const *name = loaded ? loaded->def->methods : NULL;

	for (; name && *name; name++)
		if (str_eq_c(method, *name))
			return true;
	for (const struct eval_def *eval = loaded ? loaded->def->evals : NULL; eval && eval->name;
	     eval++)
		if (str_eq_c(method, eval->name))
			return true;
	return false;
}

/* --- words --- */

static const struct eval_def *find_eval(void *user, struct str name, const void **plugin_out)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++) {
		const struct eval_def *eval = host->plugins.items[i]->def->evals;

		for (; eval && eval->name; eval++)
			if (str_eq_c(name, eval->name)) {
				*plugin_out = host->plugins.items[i];
				return eval;
			}
	}
	return NULL;
}

static unsigned eval_waits_ns(void *user, const struct eval_call *call)
{
	const struct loaded *plugin = call->plugin;

	(void)user;
	for (const struct eval_wait *wait = plugin->def->waits; wait && wait->function; wait++)
		if (str_eq_c(call->function, wait->function))
			return wait->cost_ns;
	return 0;
}

static const struct keyword_def *keyword_of(const struct plugin_def *def, struct str name)
{
	for (const struct keyword_def *keyword = def->keywords; keyword && keyword->name; keyword++)
		if (str_eq_c(name, keyword->name) ||
		    (keyword->alias && str_eq_c(name, keyword->alias)))
			return keyword;
	return NULL;
}

/* Configurations of one user, by the plugin's number; NULL: the shared ones. */
static void *conf_of(const struct loaded *loaded, void *confs)
{
	return confs ? ((void **)confs)[loaded->number] : loaded->conf;
}

static const struct keyword_def *find_keyword_in(void *user, void *confs, struct str name,
						 void **target_out)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++) {
		const struct keyword_def *keyword = keyword_of(host->plugins.items[i]->def, name);

		if (keyword) {
			*target_out = conf_of(host->plugins.items[i], confs);
			return keyword;
		}
	}
	return NULL;
}

static const struct keyword_def *find_keyword(void *user, struct str name, void **target_out)
{
	return find_keyword_in(user, NULL, name, target_out);
}

static bool parse_unknown(void *user, struct keyword_line *line, enum keyword_result *result_out)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++) {
		const struct loaded *loaded = host->plugins.items[i];

		if (!loaded->def->parse_line)
			continue;
		line->target = loaded->conf;
		*result_out = loaded->def->parse_line(line);
		if (*result_out != KEYWORD_NOT_MINE)
			return true;
	}
	return false;
}

static enum status config_read(void *user, struct conf *conf, struct ruleset *ruleset,
			       struct why *why)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++) {
		const struct loaded *loaded = host->plugins.items[i];
		enum status status = STATUS_OK;

		if (loaded->def->config_read)
			status = loaded->def->config_read(loaded->conf, conf, ruleset, host->keep,
							  why);
		if (status != STATUS_OK)
			return why_context(why, "%s", loaded->def->name);
	}
	return STATUS_OK;
}

static void *conf_copy(void *user, struct arena *arena)
{
	struct plugin_host *host = user;
	void **confs = ARENA_ARRAY(arena, void *, host->plugins.n + 1);

	for (size_t i = 0; i < host->plugins.n; i++) {
		const struct loaded *loaded = host->plugins.items[i];

		if (!loaded->conf)
			continue;
		confs[i] = arena_alloc(arena, loaded->def->conf_bytes);
		memcpy(confs[i], loaded->conf, loaded->def->conf_bytes);
	}
	return confs;
}

static const void *plugin_conf(void *user, void *confs, const void *plugin)
{
	(void)user;
	return conf_of(plugin, confs);
}

static const struct learner *find_learner(void *user, size_t at, const void **plugin_out)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++)
		if (host->plugins.items[i]->def->learner && at-- == 0) {
			*plugin_out = host->plugins.items[i];
			return host->plugins.items[i]->def->learner;
		}
	return NULL;
}

static void child_start(void *user)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++)
		if (host->plugins.items[i]->def->child_start)
			host->plugins.items[i]->def->child_start(host->plugins.items[i]->conf);
}

static void child_idle(void *user)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++) {
		const struct plugin_def *def = host->plugins.items[i]->def;

		/* Tables made for an older ABI end before it. */
		if (def->abi_minor >= 2 && def->idle)
			def->idle(host->plugins.items[i]->conf);
	}
}

/* --- stages of a message --- */

static void message_parsed(void *user, void *confs, struct arena *scan, struct message *message,
			   struct deadline deadline)
{
	struct plugin_host *host = user;

	for (size_t i = 0; i < host->plugins.n; i++) {
		const struct loaded *loaded = host->plugins.items[i];

		if (loaded->def->parsed)
			loaded->def->parsed(conf_of(loaded, confs), scan, message, deadline);
	}
}

static void run_hook(const struct loaded *loaded, enum stage stage, struct scan *scan,
		     double points, bool is_spam, double *sum)
{
	const struct plugin_def *def = loaded->def;

	if (stage == STAGE_ENRICH && def->enrich)
		def->enrich(scan, loaded);
	else if (stage == STAGE_LAUNCH && def->launch)
		def->launch(scan, loaded);
	else if (stage == STAGE_COLLECT && def->collect)
		def->collect(scan, loaded);
	else if (stage == STAGE_ADJUST && def->adjust)
		*sum += def->adjust(scan, loaded, points);
	else if (stage == STAGE_VERDICT && def->verdict)
		def->verdict(scan, loaded, points, is_spam);
	else if (stage == STAGE_AFTER && def->after)
		def->after(scan, loaded);
}

static double run_stage(void *user, enum stage stage, struct scan *scan, double points,
			bool is_spam)
{
	struct plugin_host *host = user;
	double sum = 0;

	for (size_t i = 0; i < host->plugins.n; i++)
		run_hook(host->plugins.items[i], stage, scan, points, is_spam, &sum);
	return sum;
}

struct plugin_host *plugin_host_new(struct arena *keep)
{
	struct plugin_host *host = ARENA_NEW(keep, struct plugin_host);

	host->keep = keep;
	host->extension = (struct extension){
		.host = host,
		.load_plugin = load_plugin,
		.is_loaded = is_loaded,
		.has_method = has_method,
		.find_eval = find_eval,
		.eval_waits_ns = eval_waits_ns,
		.find_keyword = find_keyword,
		.parse_unknown = parse_unknown,
		.config_read = config_read,
		.conf_copy = conf_copy,
		.find_keyword_in = find_keyword_in,
		.run_stage = run_stage,
		.plugin_conf = plugin_conf,
		.find_learner = find_learner,
		.child_start = child_start,
		.child_idle = child_idle,
		.message_parsed = message_parsed,
	};
	return host;
}

const struct extension *plugin_host_extension(struct plugin_host *host)
{
	return &host->extension;
}
