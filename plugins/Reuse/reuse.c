/* Reuse: see reuse.md (SpamAssassin's Plugin/Reuse.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_reuse = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::Reuse",
};
