#include "plugins/builtin.h"

const struct plugin_def *const plugins_builtin[] = {
	&plugin_bodyeval,   &plugin_freemail,
	&plugin_headereval, &plugin_htmleval,
	&plugin_mimeeval,   &plugin_mimeheader,
	&plugin_relayeval,  &plugin_replacetags,
	&plugin_wlbleval,   NULL,
};
