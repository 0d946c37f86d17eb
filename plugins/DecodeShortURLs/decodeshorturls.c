/* DecodeShortURLs: see decodeshorturls.md (SpamAssassin's Plugin/DecodeShortURLs.pm). */
#include "plugins/plugin.h"

const struct plugin_def plugin_decodeshorturls = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::DecodeShortURLs",
};
