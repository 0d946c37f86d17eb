/* plugin: what others may ask the loaded plugin of this folder; see plugin.c. */
#ifndef WHORL_PLUGINS_FINGERPRINT_PLUGIN_H
#define WHORL_PLUGINS_FINGERPRINT_PLUGIN_H

#include "plugins/fingerprint/fingerprint.h"

#define FINGERPRINT_PLUGIN_CLASS "Whorl::Plugin::Fingerprint"

/* NULL when the configuration has not loaded it. */
const struct fingerprint_settings *fingerprint_plugin_settings(const struct ruleset *ruleset);

/*
 * For plugins of third parties (doc/plugins.md).
 */

/* In config_read(): the engine's keys are looked up, scored, shown and reported as all others.
 * STATUS_UNSUPPORTED: the fingerprint layer is not loaded, or not before this plugin;
 * STATUS_INVALID: no number for third parties, or one that is taken. */
enum status fingerprint_register(struct ruleset *ruleset, struct arena *keep,
				 const struct fingerprint_engine *engine, struct why *why);
/* In a scan: the message's keys, made once; NULL when the layer is not loaded. */
const struct fingerprint_set *fingerprint_of(struct scan *scan);

#endif
