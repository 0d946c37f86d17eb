/* URILocalBL: see urilocalbl.md (SpamAssassin's Plugin/URILocalBL.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_urilocalbl = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::URILocalBL",
};
