/* whorl: only the version so far. */
#include <config.h>

#include <stdio.h>

int main(void)
{
	puts("whorl " PACKAGE_VERSION);
	return 0;
}
