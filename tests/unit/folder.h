/* folder: a scratch folder for unit tests that need files. */
#ifndef WHORL_TESTS_UNIT_FOLDER_H
#define WHORL_TESTS_UNIT_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* path: room for UNIT_FOLDER_BYTES. */
enum { UNIT_FOLDER_BYTES = 64 };

static inline void unit_make_folder(char *path)
{
	const char *parent = getenv("TMPDIR");

	snprintf(path, UNIT_FOLDER_BYTES, "%s/whorl-unit-XXXXXX", parent ? parent : "/tmp");
	assert_non_null(mkdtemp(path));
}

static inline int unit_remove_one(const char *path, const struct stat *info, int type,
				  struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* With all that is in it; links are not followed. */
static inline void unit_remove_folder(const char *path)
{
	nftw(path, unit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
