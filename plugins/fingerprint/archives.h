/* archives: see archives.c. */
#ifndef WHORL_PLUGINS_FINGERPRINT_ARCHIVES_H
#define WHORL_PLUGINS_FINGERPRINT_ARCHIVES_H

#include "plugins/fingerprint/fingerprint.h"

/* ATT key of a file, in an archive or not; false for less than 4096 bytes or when it is known. */
bool fingerprint_file(struct fingerprint_run *run, struct str data, unsigned part);
/* ATT keys of what a ZIP, tar or gzip archive holds, how many are new; 0 when data is none. */
size_t fingerprint_archive(struct fingerprint_run *run, struct str data, unsigned part);

#endif
