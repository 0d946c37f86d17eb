/* ResourceLimits: see resourcelimits.md (SpamAssassin's Plugin/ResourceLimits.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_resourcelimits = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::ResourceLimits",
};
