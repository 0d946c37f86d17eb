/* plugin: what others may ask the loaded plugin of this folder; see plugin.c. */
#ifndef WHORL_PLUGINS_FINGERPRINT_PLUGIN_H
#define WHORL_PLUGINS_FINGERPRINT_PLUGIN_H

#include "plugins/fingerprint/fingerprint.h"

#define FINGERPRINT_PLUGIN_CLASS "Whorl::Plugin::Fingerprint"

/* NULL when the configuration has not loaded it. */
const struct fingerprint_settings *fingerprint_plugin_settings(const struct ruleset *ruleset);

#endif
