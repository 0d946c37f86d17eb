/* fuzz_objects: any bytes are an attachment: PDF, archives, office documents, pictures; bytes
 * enough to be looked at are added behind them. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/prints.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	size_t padded = size + 1024;
	unsigned char *bytes = calloc(1, padded);

	memcpy(bytes, data, size);
	fuzz_prints("Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary",
		    data, size);
	fuzz_prints("Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary",
		    bytes, padded);
	free(bytes);
	return 0;
}
