/* explain: why a rule hit, or did not. */
#include <stdio.h>

#include "whorl/command.h"

static int explain(int argc, char *const *argv)
{
	(void)argc;
	(void)argv;
	return 1;
}

const struct command command_explain = {"explain", "why a rule hit, or did not", NULL, explain};
