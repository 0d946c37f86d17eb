/* trace: see trace.h. */
#include "rules/trace.h"

#include "lib/base/log.h"

void trace_start(struct scan *scan)
{
	scan->traces_rules = log_debug_wanted("rules");
	scan->traces_all_rules = log_debug_wanted("rules-all");
	scan->traces_checks = log_debug_wanted("check");
}

static void trace_relays(struct scan *scan)
{
	const struct relays *relays = scan->mail->relays;
	const struct {
		const char *name;
		struct str text;
	} lists[] = {
		{"Trusted", relays->trusted_text},
		{"Untrusted", relays->untrusted_text},
		{"Internal", relays->internal_text},
		{"External", relays->external_text},
	};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		log_debug("metadata", "X-Spam-Relays-%s: %.*s", lists[i].name,
			  STR_ARG(lists[i].text));
}

static void trace_received(const struct relays *relays)
{
	for (size_t i = 0; i < relays->all.n; i++) {
		const struct relay *relay = relays->all.items[i];
		log_debug("received-header", "parsed as %.*s", STR_ARG(relay->as_text));
		log_debug("received-header", "relay %.*s trusted? %s internal? %s msa? %s",
			  STR_ARG(relay->ip_text), relay->trusted ? "yes" : "no",
			  relay->internal ? "yes" : "no", relay->msa ? "yes" : "no");
	}
}

static void trace_domain(struct scan *scan, const char *name)
{
	if (scan_header_is_set(scan, name))
		log_debug("metadata", "%s: %.*s", name, STR_ARG(scan_header(scan, name)));
}

void trace_tag(struct scan *scan, struct str tag, const struct str_vec *values)
{
	if (!scan->traces_checks)
		return;
	struct str text = values->n ? values->items[0] : STR_NONE;
	if (values->n > 1)
		text = arena_printf(scan->arena, "ARY:[%.*s]",
				    STR_ARG(str_vec_join(scan->arena, values, ",")));
	log_debug("check", "tagrun - tag %.*s is now ready, value: %.*s", STR_ARG(tag),
		  STR_ARG(text));
}

void trace_metadata(struct scan *scan)
{
	if (log_debug_wanted("received-header"))
		trace_received(scan->mail->relays);
	if (!log_debug_wanted("metadata"))
		return;
	trace_relays(scan);
	trace_domain(scan, "X-SenderDomain");
	trace_domain(scan, "X-AuthorDomain");
}

void trace_priority(const struct scan *scan, int priority)
{
	if (scan->traces_checks)
		log_debug("check", "running tests for priority: %d", priority);
}

static const char *view_name(enum rule_view view)
{
	static const char *const names[VIEW_COUNT] = {
		[VIEW_HEADER] = "head",     [VIEW_BODY] = "body", [VIEW_URI] = "uri",
		[VIEW_RAWBODY] = "rawbody", [VIEW_FULL] = "full",
	};
	return names[view];
}

void trace_group(const struct scan *scan, enum rule_view view, bool is_eval, size_t n_rules)
{
	if (scan->traces_rules && n_rules)
		log_debug("rules", "running %s%s tests; score so far=%.15g", view_name(view),
			  is_eval ? "_eval" : "", scan->points);
}

static const char *type_name(const struct rule *rule)
{
	return rule->view == VIEW_HEADER ? "header" : view_name(rule->view);
}

void trace_match(const struct scan *scan, const struct rule *rule, struct str text, bool negative)
{
	if (!scan->traces_rules)
		return;
	if (negative)
		text = STR_LIT("<negative match>");
	else if (!text.ptr)
		text = STR_LIT("<YES>");
	log_debug("rules", "ran %s rule %.*s ======> got hit: \"%.*s\"", type_name(rule),
		  STR_ARG(rule->name), STR_ARG(text));
}

void trace_eval(const struct scan *scan, const struct rule *rule, int result)
{
	if (scan->traces_rules && result)
		log_debug("rules", "ran eval rule %.*s ======> got hit (%d)", STR_ARG(rule->name),
			  result);
}

void trace_meta(const struct scan *scan, const struct rule *rule, double value)
{
	if (scan->traces_rules && value != 0)
		log_debug("rules", "ran meta rule %.*s ======> got hit (%.15g)",
			  STR_ARG(rule->name), value);
	else if (scan->traces_all_rules && value == 0)
		log_debug("rules-all", "ran meta rule %.*s, no hit", STR_ARG(rule->name));
}
