/* learning: scans and preferences → the plugin that learns. See learner.h. */
#include "rules/learner.h"

const struct learner *prefs_learner(const struct prefs *prefs, const void **plugin_out)
{
	const struct extension *extension = prefs->ruleset->extension;

	return extension && extension->find_learner
		       ? extension->find_learner(extension->host, plugin_out)
		       : NULL;
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

static enum learn_result no_learner(struct why *why)
{
	why_set(why, STATUS_UNSUPPORTED, "no plugin that learns is loaded");
	return LEARN_FAILED;
}

enum learn_result scan_learn(struct scan *scan, enum learn_class as, unsigned flags,
			     struct why *why)
{
	const void *plugin;
	const struct learner *learner = prefs_learner(scan_prefs(scan), &plugin);

	return learner ? learner->learn(scan, plugin, as, flags, why) : no_learner(why);
}

enum learn_result scan_forget(struct scan *scan, struct why *why)
{
	const void *plugin;
	const struct learner *learner = prefs_learner(scan_prefs(scan), &plugin);

	return learner ? learner->forget(scan, plugin, why) : no_learner(why);
}
