/* fuzz_prints: any bytes are a message: all engines. */
#include "tests/fuzz/prints.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	fuzz_prints(NULL, data, size);
	return 0;
}
