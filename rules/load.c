/* load: see load.h. The order of files is SpamAssassin's (SpamAssassin.pm init, read_cf). */
#include "rules/conf.h"
#include "rules/keywords.h"
#include "rules/scan.h"

#include "lib/base/file.h"
#include "lib/base/log.h"

bool ruleset_has_class(const struct ruleset *ruleset, const char *class_name)
{
	return map_has(ruleset->dictionary->classes, str_from(class_name));
}

struct rule *ruleset_find(const struct ruleset *ruleset, struct str name)
{
	return map_find(ruleset->by_name, name);
}

struct diag_sink *conf_diags(struct conf *conf)
{
	return conf->diags;
}

bool conf_local_tests_only(const struct conf *conf)
{
	return conf->ruleset->local_tests_only;
}

const struct settings *conf_settings(const struct conf *conf)
{
	return conf->settings;
}

/* --- making
 * -----------------------------------------------------------------------------------------------
 */

static struct dictionary *dictionary_new(struct arena *keep)
{
	struct dictionary *dictionary = ARENA_NEW(keep, struct dictionary);
	keyword_index(dictionary, keep);
	dictionary->eval_types = map_new(keep);
	dictionary->shipped_words = map_new(keep);
	map_put(dictionary->shipped_words, str_from(keyword_reuse.name),
		(void *)(size_t)&keyword_reuse);
	dictionary->shipped_evals = map_new(keep);
	dictionary->classes = map_new(keep);
	dictionary->compat = map_new(keep);
	dictionary->versions = map_new(keep);
	return dictionary;
}

static struct ruleset *ruleset_new(struct arena *keep, const struct load_options *options,
				   const struct extension *extension)
{
	struct ruleset *ruleset = ARENA_NEW(keep, struct ruleset);
	ruleset->keep = keep;
	ruleset->by_name = map_new(keep);
	ruleset->skipped = map_new(keep);
	ruleset->extension = extension;
	ruleset->local_tests_only = options->local_tests_only;
	ruleset->lint = options->lint;
	ruleset->score_set = options->local_tests_only ? SCORE_SET_NONE : SCORE_SET_NET;
	ruleset->rules_path = find_rules_path(keep, options);
	ruleset->site_path = find_site_path(keep, options);
	settings_init(&ruleset->settings, keep);
	return ruleset;
}

void conf_init(struct conf *conf, struct arena *arena)
{
	conf->arena = arena;
	conf->notes = map_new(arena);
	conf->owned = map_new(arena);
	conf->line_numbers = map_new(arena);
	conf->condition_cache = map_new(arena);
	conf->files_read = map_new(arena);
	conf->file = STR_LIT("(no file)");
	conf->file_cstr = conf->file.ptr;
}

/* --- reading
 * ---------------------------------------------------------------------------------------------- */

static void read_lines_of(struct conf *conf, const char *name, const struct str_vec *lines)
{
	if (lines->n)
		conf_read_named_text(conf, str_from(name), str_vec_join(conf->arena, lines, "\n"));
}

static enum status no_rules(struct why *why)
{
	return why_set(why, STATUS_NOT_FOUND,
		       "config: no rules were found!  Do you need to run 'sa-update'?");
}

/* SpamAssassin insists on text in the rules' own directory, whatever the site has. */
static bool has_rule_files(const struct str_vec *files)
{
	for (size_t i = 0; i < files->n; i++) {
		struct str text;
		struct arena *scratch = arena_new("scratch", 0);
		bool readable = file_read(scratch, files->items[i].ptr, CONF_FILE_BYTES_MAX, &text,
					  NULL) == STATUS_OK;
		bool has_text = readable && str_trim(text).len > 0;
		arena_free(scratch);
		if (has_text)
			return true;
	}
	return false;
}

/* Which directories and files it will be. */
static void tell_places(const struct conf *conf, struct str site, struct str rules)
{
	const struct {
		struct str path;
		const char *what;
	} places[] = {
		{site, "site rules pre files"},
		{rules, "sys rules pre files"},
		{rules, "default rules dir"},
		{site, "site rules dir"},
		{str_from(conf->options->user_prefs), "user prefs file"},
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (places[i].path.len)
			log_debug("config", "using \"%.*s\" for %s", STR_ARG(places[i].path),
				  places[i].what);
}

/* The files are all claimed before the first is parsed, so that none of them is read earlier by an
 * include. */
static enum status read_everything(struct conf *conf, struct why *why)
{
	const struct load_options *options = conf->options;
	struct str rules = conf->ruleset->rules_path, site = conf->ruleset->site_path;
	if (!site.len)
		conf_diag(conf, DIAG_WARN, "config: could not find site rules directory");
	if (!rules.len)
		conf_diag(conf, DIAG_WARN, "config: could not find sys rules directory");
	struct str_vec files = {0};
	size_t n_pre = 0;
	tell_places(conf, site, rules);
	if (site.len)
		conf_claim_files(conf, site, ".pre", &files);
	if (rules.len) {
		conf_claim_files(conf, rules, ".pre", &files);
		n_pre = files.n;
		conf_claim_files(conf, rules, ".cf", &files);
	}
	struct str_vec rule_files = {files.items ? files.items + n_pre : NULL, files.n - n_pre, 0};
	if (!options->rules_optional && !options->settings_only && !has_rule_files(&rule_files))
		return no_rules(why);
	if (site.len)
		conf_claim_files(conf, site, ".cf", &files);
	if (options->user_prefs)
		conf_claim_files(conf, str_from(options->user_prefs), ".cf", &files);
	read_lines_of(conf, "(pre_config_text)", &options->pre);
	for (size_t i = 0; i < files.n; i++)
		conf_read_file(conf, files.items[i]);
	read_lines_of(conf, "(post_config_text)", &options->cf);
	if (!conf->ruleset->rules.n && !options->settings_only)
		return no_rules(why);
	return STATUS_OK;
}

/* --- what others read
 * ---------------------------------------------------------------------------------------- */

struct message_settings settings_for_message(const struct settings *s)
{
	return (struct message_settings){
		.normalize_charset = s->normalize_charset,
		.body_part_scan_bytes =
			s->body_part_scan_size > 0 ? (size_t)s->body_part_scan_size : 0,
		.rawbody_part_scan_bytes =
			s->rawbody_part_scan_size > 0 ? (size_t)s->rawbody_part_scan_size : 0,
		.parse_dkim_uris = s->parse_dkim_uris,
		.email_address_xs = s->email_address_xs,
	};
}

struct trust_settings settings_for_trust(const struct settings *s)
{
	return (struct trust_settings){
		.trusted = s->trusted_networks,
		.internal = s->internal_networks,
		.msa = s->msa_networks,
		.trusted_configured = s->trusted_configured,
		.internal_configured = s->internal_configured,
		.msa_configured = s->msa_configured,
		.originating_ip_headers = s->originating_ip_headers,
		.envelope_sender_header = s->envelope_sender_header,
		.always_trust_envelope_sender = s->always_trust_envelope_sender,
		.parser = s->received_parser,
	};
}

struct uri_settings settings_for_uri(const struct settings *s, const struct registry *registry)
{
	return (struct uri_settings){
		.registry = registry,
		.redirectors = s->redirectors.items,
		.n_redirectors = s->redirectors.n,
		.parse_dkim_uris = s->parse_dkim_uris,
	};
}

static void hand_out_settings(struct ruleset *ruleset, const struct registry *registry)
{
	const struct settings *s = &ruleset->settings;
	ruleset->registry = registry;
	ruleset->settings.received_parser = received_parser_new(ruleset->keep);
	ruleset->uri_settings = settings_for_uri(s, registry);
	ruleset->message_settings = settings_for_message(s);
	ruleset->trust_settings = settings_for_trust(s);
}

/* In the order of the files' names. */
static void join_versions(struct ruleset *ruleset)
{
	struct str_vec files = {0}, versions = {0};
	size_t cursor = 0;
	for (const struct map_entry *e; (e = map_next(ruleset->dictionary->versions, &cursor));)
		vec_push(ruleset->keep, &files, e->key);
	str_vec_sort(&files);
	for (size_t i = 0; i < files.n; i++) {
		const struct str *version = map_find(ruleset->dictionary->versions, files.items[i]);
		vec_push(ruleset->keep, &versions, *version);
	}
	ruleset->rules_version = str_vec_join(ruleset->keep, &versions, ",");
}

static enum status tell_plugins(struct conf *conf, struct why *why)
{
	const struct extension *x = conf->extension;
	if (!x || !x->config_read)
		return STATUS_OK;
	return x->config_read(x->host, conf, conf->ruleset, why);
}

enum status ruleset_load(struct arena *keep, const struct load_options *options,
			 const struct extension *extension, struct diag_sink *diags,
			 struct ruleset **ruleset_out, struct why *why)
{
	struct ruleset *ruleset = ruleset_new(keep, options, extension);
	struct conf conf = {
		.ruleset = ruleset,
		.settings = &ruleset->settings,
		.dictionary = dictionary_new(keep),
		.registry = registry_new(keep),
		.extension = extension,
		.options = options,
		.diags = diags,
		.lint = options->lint,
		.lang = conf_locale(keep, options->locale),
	};
	registry_use_idn(conf.registry, options->libidn);
	ruleset->settings.email_address_xs = options->email_address_xs;
	conf_init(&conf, keep);
	ruleset->dictionary = conf.dictionary;
	enum status status = read_everything(&conf, why);
	if (status != STATUS_OK)
		return status;
	log_debug("config", "finish parsing");
	conf_finish(&conf);
	log_debug("config", "score set %d chosen.", ruleset->score_set);
	hand_out_settings(ruleset, conf.registry);
	join_versions(ruleset);
	/* without them no URI is found in text (RegistryBoundaries.pm) */
	if (!registry_has_tlds(conf.registry) && !options->rules_optional)
		conf_diag(&conf, DIAG_WARN,
			  "config: registryboundaries: no tlds defined, need to run sa-update");
	status = tell_plugins(&conf, why);
	for (int set = 0; set < 4; set++)
		ruleset->plans[set] = plan_make(keep, ruleset, NULL, set);
	prefs_init(ruleset);
	ruleset->tables = scan_tables_make(keep, ruleset, true);
	*ruleset_out = ruleset;
	return status;
}
