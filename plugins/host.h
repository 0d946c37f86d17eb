/*
 * host: the plugins that a configuration has loaded, their configurations, and the extension
 * interface over them.
 */
#ifndef WHORL_PLUGINS_HOST_H
#define WHORL_PLUGINS_HOST_H

#include "plugins/plugin.h"

struct plugin_host;

/* Lives in keep; one per rule set being built. */
struct plugin_host *plugin_host_new(struct arena *keep);
const struct extension *plugin_host_extension(struct plugin_host *host);
/* Message-stage dispatch, called by the scan through the rule set's extension. */

#endif
