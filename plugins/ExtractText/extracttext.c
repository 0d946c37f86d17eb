/* ExtractText: see extracttext.md (SpamAssassin's Plugin/ExtractText.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_extracttext = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::ExtractText",
};
