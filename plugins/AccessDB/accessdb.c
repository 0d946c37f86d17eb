/* AccessDB: see accessdb.md (SpamAssassin's Plugin/AccessDB.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_accessdb = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::AccessDB",
};
