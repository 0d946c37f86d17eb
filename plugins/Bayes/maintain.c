/* maintain: what the learning command asks of a store as a whole. See bayes.h. */
#include "plugins/Bayes/bayes.h"

enum status bayes_maintain(struct arena *scan, const struct prefs *prefs, const void *plugin,
			   struct str user, const struct learner_request *request, struct why *why)
{
	(void)scan;
	(void)prefs;
	(void)plugin;
	(void)user;
	(void)request;
	return why_set(why, STATUS_UNSUPPORTED, "not available yet");
}
