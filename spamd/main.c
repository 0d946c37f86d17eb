/* spamd: only the version so far. */
#include <config.h>

#include <stdio.h>

int main(void)
{
	puts("spamd " PACKAGE_VERSION);
	return 0;
}
