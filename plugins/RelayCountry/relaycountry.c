/* RelayCountry: see relaycountry.md (SpamAssassin's Plugin/RelayCountry.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_relaycountry = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::RelayCountry",
};
