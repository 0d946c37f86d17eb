/* HashBL: see hashbl.md (SpamAssassin's Plugin/HashBL.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_hashbl = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::HashBL",
};
