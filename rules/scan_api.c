/* scan_api: what eval functions and plugins ask and say during a scan. See scan.h. */
#include "rules/trace.h"

struct arena *scan_arena(struct scan *scan)
{
	return scan->arena;
}

struct str scan_header(struct scan *scan, const char *spec)
{
	return mail_header_c(scan->arena, scan->mail, spec);
}

struct str scan_header_named(struct scan *scan, struct str spec)
{
	struct header_spec parsed;
	struct why why;
	if (header_spec_parse(scan->arena, spec, &parsed, &why) != STATUS_OK)
		return STR_NONE;
	return mail_header_scalar(scan->arena, scan->mail, &parsed);
}

bool scan_header_is_set(struct scan *scan, const char *spec)
{
	return mail_header_all_c(scan->arena, scan->mail, spec)->n > 0;
}

const void *scan_plugin_conf(const struct scan *scan, const void *plugin)
{
	const struct extension *extension = scan->ruleset->extension;
	return extension->plugin_conf(extension->host, scan->prefs->plugin_confs, plugin);
}

void scan_uri_add(struct scan *scan, struct str raw)
{
	later_settle_view(scan, VIEW_URI);
	uri_list_add(scan->arena, mail_uris(scan->mail), scan->prefs->uri_settings,
		     arena_str(scan->arena, raw));
	scan->candidates[VIEW_URI] = NULL;
	scan->uri_texts = NULL;
}

void scan_body_line_set(struct scan *scan, size_t line, struct str text)
{
	later_settle_view(scan, VIEW_BODY);
	mail_views(scan->mail)->body.items[line] = text;
	scan->candidates[VIEW_BODY] = NULL;
}

void **scan_plugin_slot(struct scan *scan, const void *plugin)
{
	for (struct plugin_slot *slot = scan->slots; slot; slot = slot->next)
		if (slot->plugin == plugin)
			return &slot->value;
	struct plugin_slot *slot = ARENA_NEW(scan->arena, struct plugin_slot);
	slot->plugin = plugin;
	slot->next = scan->slots;
	scan->slots = slot;
	return &slot->value;
}

static const char *area_of(const struct rule *rule)
{
	return rule->view == VIEW_BODY ? "BODY: " : rule->view == VIEW_RAWBODY ? "RAW: " : "";
}

void scan_hit(struct scan *scan, const struct rule *rule, unsigned n)
{
	if (rule && n)
		scan_got_hit(scan, rule, n, area_of(rule));
}

void scan_hit_plain(struct scan *scan, const struct rule *rule)
{
	scan_got_hit(scan, rule, 1, "");
}

void scan_hit_name(struct scan *scan, const char *rule_name)
{
	scan_hit(scan, ruleset_find(scan->ruleset, str_from(rule_name)), 1);
}

void scan_stop(struct scan *scan)
{
	scan->stopped = true;
}

void scan_log_item(struct scan *scan, struct str item)
{
	vec_push(scan->arena, &scan->log_items, arena_str(scan->arena, item));
}

void scan_note(struct scan *scan, const struct rule *rule, struct str note)
{
	struct str text = arena_str(scan->arena, note);
	struct hit *hit = scan_hit_of(scan, rule->id);
	if (!hit) {
		struct pending_note pending = {rule, text};
		vec_push(scan->arena, &scan->notes, pending);
		return;
	}
	hit->note = hit->note.len ? arena_printf(scan->arena, "%.*s\n%.*s", STR_ARG(hit->note),
						 STR_ARG(text))
				  : text;
}

void scan_note_name(struct scan *scan, const char *rule_name, struct str note)
{
	const struct rule *rule = ruleset_find(scan->ruleset, str_from(rule_name));

	if (rule)
		scan_note(scan, rule, note);
}

static struct str tag_key(struct scan *scan, struct str tag)
{
	char *key = arena_cstr(scan->arena, tag);
	for (size_t i = 0; i < tag.len; i++)
		key[i] = ascii_upper(key[i]);
	return str_make(key, tag.len);
}

void scan_tag_set(struct scan *scan, const char *tag, struct str value)
{
	struct str_vec *values = ARENA_NEW(scan->arena, struct str_vec);
	vec_push(scan->arena, values, arena_str(scan->arena, value));
	map_put(scan->tags, tag_key(scan, str_from(tag)), values);
	trace_tag(scan, tag_key(scan, str_from(tag)), values);
}

void scan_tag_add(struct scan *scan, const char *tag, struct str value)
{
	struct str_vec *values = map_find(scan->tags, tag_key(scan, str_from(tag)));
	if (!values)
		scan_tag_set(scan, tag, value);
	else
		vec_push(scan->arena, values, arena_str(scan->arena, value));
	if (values)
		trace_tag(scan, tag_key(scan, str_from(tag)), values);
}

struct tag_function {
	scan_tag_fn *value;
	const void *plugin;
};

void scan_tag_function(struct scan *scan, const char *tag, const void *plugin, scan_tag_fn *value)
{
	struct tag_function *function = ARENA_NEW(scan->arena, struct tag_function);
	*function = (struct tag_function){value, plugin};
	if (!scan->tag_functions)
		scan->tag_functions = map_new(scan->arena);
	map_put(scan->tag_functions, str_from(tag), function);
}

bool scan_tag_call(const struct scan *scan, struct str tag, struct str argument,
		   struct str *value_out)
{
	const struct tag_function *function =
		scan->tag_functions ? map_find(scan->tag_functions, tag) : NULL;
	if (!function)
		return false;
	*value_out = function->value((struct scan *)scan, function->plugin, argument);
	return true;
}

void scan_spf_set(struct scan *scan, struct str sender)
{
	scan->spf_passed = true;
	scan->spf_sender = sender;
}

bool scan_spf_pass(const struct scan *scan, struct str *sender_out)
{
	*sender_out = scan->spf_sender;
	return scan->spf_passed;
}

bool scan_runs_rules(const struct scan *scan)
{
	return scan->runs_rules;
}

struct str scan_user(const struct scan *scan)
{
	return scan->options.user;
}

struct str scan_state_dir(const struct scan *scan)
{
	return scan->options.state_dir;
}

double scan_points(const struct scan *scan)
{
	return scan->points;
}

struct deadline scan_until(const struct scan *scan)
{
	return scan->deadline;
}

const struct str_vec *scan_tag(const struct scan *scan, struct str tag)
{
	return map_find(scan->tags, tag);
}

struct str scan_tag_text(struct scan *scan, const char *tag)
{
	const struct str_vec *values = map_find_c(scan->tags, tag);

	return values ? str_vec_join(scan->arena, values, " ") : STR_NONE;
}

void scan_metadata_set(struct scan *scan, const char *name, struct str value)
{
	struct str *copy = ARENA_NEW(scan->arena, struct str);
	later_settle_view(scan, VIEW_HEADER);
	*copy = arena_str(scan->arena, value);
	map_put(scan->mail->metadata, arena_lower(scan->arena, str_from(name)), copy);
	header_cache_clear(scan->mail->header_cache); /* it may know the header as missing */
	scan->header_values = NULL;
}

unsigned scan_hit_count(const struct scan *scan, const struct rule *rule)
{
	if (rule)
		later_settle((struct scan *)scan, rule->id);
	const struct hit *hit = rule ? scan_hit_of(scan, rule->id) : NULL;
	return hit ? hit->count : 0;
}

bool scan_rule_has_run(const struct scan *scan, const struct rule *rule)
{
	return meta_is_ready(scan, rule->id);
}

double scan_rule_value(const struct scan *scan, const struct rule *rule)
{
	later_settle((struct scan *)scan, rule->id);
	return scan->metas.values[rule->id];
}
