/* builtin: the plugins that are part of this build. */
#ifndef WHORL_PLUGINS_BUILTIN_H
#define WHORL_PLUGINS_BUILTIN_H

#include "plugins/plugin.h"

extern const struct plugin_def plugin_bodyeval, plugin_freemail, plugin_headereval, plugin_htmleval,
	plugin_mimeeval, plugin_mimeheader, plugin_relayeval, plugin_replacetags, plugin_wlbleval;

#endif
