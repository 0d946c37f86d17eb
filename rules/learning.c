/* learning: scans and preferences → the plugins that learn. See learner.h. */
#include "lib/base/log.h"
#include "rules/learner.h"

static const struct learner *learner_at(const struct prefs *prefs, size_t at,
					const void **plugin_out)
{
	const struct extension *extension = prefs->ruleset->extension;

	return extension && extension->find_learner
		       ? extension->find_learner(extension->host, at, plugin_out)
		       : NULL;
}

const struct learner *prefs_learner(const struct prefs *prefs, const void **plugin_out)
{
	const struct learner *learner;

	for (size_t i = 0; (learner = learner_at(prefs, i, plugin_out)) != NULL; i++)
		if (learner->is_usable)
			return learner;
	return NULL;
}

bool prefs_can_learn(const struct prefs *prefs)
{
	const struct learner *learner;
	const void *plugin;

	for (size_t i = 0; (learner = learner_at(prefs, i, &plugin)) != NULL; i++)
		if (learner->learn)
			return true;
	return false;
}

enum status prefs_list_address(struct arena *scan, const struct prefs *prefs,
			       const struct list_request *request, struct why *why)
{
	enum status result = STATUS_UNSUPPORTED;
	const struct learner *learner;
	const void *plugin;

	why_set(why, result, "no plugin that keeps a list of addresses is loaded");
	for (size_t i = 0; (learner = learner_at(prefs, i, &plugin)) != NULL; i++) {
		struct why own;
		enum status status;

		if (!learner->list_address)
			continue;
		status = learner->list_address(scan, prefs, plugin, request, &own);
		if (result != STATUS_UNSUPPORTED && result != STATUS_OK)
			continue;
		result = status;
		if (status != STATUS_OK)
			*why = own;
	}
	return result;
}

struct message_settings learner_message_settings(const struct prefs *prefs)
{
	struct message_settings settings = *prefs->message_settings;

	settings.keep_spam_headers = true;
	return settings;
}

bool scan_would_learn(struct scan *scan, enum learn_class as, unsigned flags)
{
	const void *plugin;
	const struct learner *learner = prefs_learner(scan_prefs(scan), &plugin);

	return learner && learner->would_learn(scan, plugin, as, flags);
}

/* One lesson for all of them. What the caller hears is the classifier's word; where there is none,
 * the first of the others speaks. */
struct lesson {
	struct scan *scan;
	enum learn_class as;
	unsigned flags;
	bool forget;
};

static enum learn_result teach(const struct lesson *lesson, const struct learner *learner,
			       const void *plugin, struct why *why)
{
	return lesson->forget
		       ? learner->forget(lesson->scan, plugin, why)
		       : learner->learn(lesson->scan, plugin, lesson->as, lesson->flags, why);
}

static enum learn_result teach_all(const struct lesson *lesson, struct why *why)
{
	const struct prefs *prefs = scan_prefs(lesson->scan);
	enum learn_result result = LEARN_FAILED;
	const struct learner *learner;
	bool heard = false;
	const void *plugin;

	why_set(why, STATUS_UNSUPPORTED, "no plugin that learns is loaded");
	for (size_t i = 0; (learner = learner_at(prefs, i, &plugin)) != NULL; i++) {
		bool counts = !heard || learner->is_usable;
		struct why other = {.text = ""};
		enum learn_result word;

		if (!learner->learn || (lesson->flags & LEARN_NOT_CLASSIFIER && learner->is_usable))
			continue;
		word = teach(lesson, learner, plugin, counts ? why : &other);
		if (counts)
			result = word;
		else if (word == LEARN_FAILED)
			log_warn("learn: %s", other.text);
		heard = true;
	}
	return result;
}

void scan_forget_elsewhere(struct scan *scan, const void *plugin)
{
	const struct learner *learner;
	const void *other;

	for (size_t i = 0; (learner = learner_at(scan_prefs(scan), i, &other)) != NULL; i++) {
		struct why why = {.text = ""};

		if (other != plugin && learner->forget &&
		    learner->forget(scan, other, &why) == LEARN_FAILED)
			log_warn("learn: %s", why.text);
	}
}

enum learn_result scan_learn(struct scan *scan, enum learn_class as, unsigned flags,
			     struct why *why)
{
	return teach_all(&(struct lesson){.scan = scan, .as = as, .flags = flags}, why);
}

enum learn_result scan_forget(struct scan *scan, struct why *why)
{
	return teach_all(&(struct lesson){.scan = scan, .forget = true}, why);
}
