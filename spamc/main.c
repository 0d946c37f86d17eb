/* spamc: only the version so far. */
#include "config.h"

#include <stdio.h>

int main(void)
{
	puts("spamc " PACKAGE_VERSION);
	return 0;
}
