/* prints: any bytes as a message, or as the body of one, through all engines. */
#ifndef WHORL_TESTS_FUZZ_PRINTS_H
#define WHORL_TESTS_FUZZ_PRINTS_H

#include "plugins/fingerprint/fingerprint.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* head NULL: the bytes are the whole message. */
void fuzz_prints(const char *head, const unsigned char *data, size_t size);

#endif
