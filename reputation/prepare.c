/* The state folder before its first use; see reputation.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/base/file.h"
#include "reputation/reputation.h"
#include "reputation/table.h"

enum { PATH_BYTES = 4096 };

static enum status path_in(const char *state, const char *name, char out[PATH_BYTES],
			   struct why *why)
{
	int len = snprintf(out, PATH_BYTES, "%s/%s", state, name);

	if (len < 0 || len >= PATH_BYTES)
		return why_set(why, STATUS_INVALID, "path too long: %s", state);
	return STATUS_OK;
}

/* A file of this name and the process's number with the key in it, on the disk. */
static enum status write_aside(const char *path, const unsigned char key[REPUTATION_KEY_BYTES],
			       char aside_out[PATH_BYTES + 32], struct why *why)
{
	enum status status;

	snprintf(aside_out, PATH_BYTES + 32, "%s.%d", path, (int)getpid());
	int fd = open(aside_out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return why_errno(why, STATUS_IO, "%s", aside_out);
	status = fd_write_all(fd, str_make((const char *)key, REPUTATION_KEY_BYTES), why);
	if (status == STATUS_OK && fsync(fd) != 0)
		status = why_errno(why, STATUS_IO, "%s", aside_out);
	close(fd);
	return status;
}

/* Whole or not at all: linked, so that the first of two wins. */
static enum status make_key(const char *path, struct why *why)
{
	unsigned char key[REPUTATION_KEY_BYTES];
	char aside[PATH_BYTES + 32];
	enum status status;

	if (getrandom(key, sizeof key, 0) != sizeof key)
		return why_errno(why, STATUS_IO, "getrandom");
	status = write_aside(path, key, aside, why);
	if (status == STATUS_OK && link(aside, path) != 0 && errno != EEXIST)
		status = why_errno(why, STATUS_IO, "%s", path);
	unlink(aside);
	return status;
}

enum status reputation_adopt_key(const char *state, const unsigned char key[REPUTATION_KEY_BYTES],
				 struct why *why)
{
	char path[PATH_BYTES], aside[PATH_BYTES + 32];
	enum status status = path_in(state, "network.key", path, why);
	struct stat old;

	if (status != STATUS_OK)
		return status;
	status = write_aside(path, key, aside, why);
	if (status == STATUS_OK && geteuid() == 0 && stat(path, &old) == 0 &&
	    lchown(aside, old.st_uid, old.st_gid) != 0)
		status = why_errno(why, STATUS_IO, "%s", aside);
	if (status == STATUS_OK && rename(aside, path) != 0)
		status = why_errno(why, STATUS_IO, "%s", path);
	if (status != STATUS_OK)
		unlink(aside);
	return status;
}

void reputation_network_id(const unsigned char key[REPUTATION_KEY_BYTES],
			   char out[REPUTATION_NETWORK_ID_BYTES])
{
	static const char name[] = "whorl network";
	char text[sizeof name - 1 + REPUTATION_KEY_BYTES], digest[2 * DIGEST_MAX_BYTES + 1];

	memcpy(text, name, sizeof name - 1);
	memcpy(text + sizeof name - 1, key, REPUTATION_KEY_BYTES);
	digest_hex(DIGEST_SHA256, str_make(text, sizeof text), digest);
	memcpy(out, digest, REPUTATION_NETWORK_ID_BYTES - 1);
	out[REPUTATION_NETWORK_ID_BYTES - 1] = '\0';
}

/* It is not synced: after a power cut there may be anything in the file. The keeper fills an empty
 * one from the ledger. */
static enum status make_table(const char *path, struct why *why)
{
	struct arena *arena = arena_new("prepare", 0);
	struct table *table;
	enum status status = table_open(arena, path, TABLE_READ, &table, NULL);

	if (status == STATUS_NOT_FOUND || status == STATUS_INVALID)
		status = table_open(arena, path, TABLE_WRITE, &table, why);
	else
		status = STATUS_OK;
	arena_free(arena);
	return status;
}

enum status reputation_prepare(const char *state, struct why *why)
{
	char key[PATH_BYTES], table[PATH_BYTES];
	enum status status = path_in(state, "network.key", key, why);

	if (status == STATUS_OK)
		status = path_in(state, "table", table, why);
	if (status != STATUS_OK)
		return status;
	if (mkdir(state, 0755) != 0 && errno != EEXIST)
		return why_errno(why, STATUS_IO, "%s", state);
	if (access(key, F_OK) != 0)
		status = make_key(key, why);
	if (status == STATUS_OK)
		status = make_table(table, why);
	return status;
}

enum status reputation_read_key(const char *state, unsigned char key_out[REPUTATION_KEY_BYTES],
				struct why *why)
{
	char path[PATH_BYTES];
	enum status status = path_in(state, "network.key", path, why);
	ssize_t n;

	if (status != STATUS_OK)
		return status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_errno(why, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s", path);
	n = read(fd, key_out, REPUTATION_KEY_BYTES);
	close(fd);
	if (n != REPUTATION_KEY_BYTES)
		return why_set(why, STATUS_INVALID, "%s: no network key", path);
	return STATUS_OK;
}

/* --- who owns it ---
 */

/* By its descriptor, and only when it has no other name: the folder belongs to somebody who may
 * have put links there. */
static enum status hand_over_file(int folder_fd, const char *name, uid_t uid, gid_t gid,
				  struct why *why)
{
	int fd = openat(folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	enum status status = STATUS_OK;
	struct stat info;

	if (fd < 0)
		return errno == ENOENT ? STATUS_OK : why_errno(why, STATUS_IO, "%s", name);
	if (fstat(fd, &info) != 0)
		status = why_errno(why, STATUS_IO, "%s", name);
	else if (info.st_uid == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
		 fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0)
		status = why_errno(why, STATUS_IO, "%s", name);
	close(fd);
	return status;
}

enum status reputation_hand_over(const char *state, uid_t uid, gid_t gid, struct why *why)
{
	static const char *const names[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm",
					    "table",     "network.key",   "keeper.lock"};
	enum status status = STATUS_OK;
	struct stat info;

	if (mkdir(state, 0755) != 0 && errno != EEXIST)
		return why_errno(why, STATUS_IO, "%s", state);
	int fd = open(state, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return why_errno(why, STATUS_IO, "%s", state);
	if (fstat(fd, &info) != 0)
		status = why_errno(why, STATUS_IO, "%s", state);
	else if (info.st_uid == 0 && fchown(fd, uid, gid) != 0)
		status = why_errno(why, STATUS_IO, "%s", state);
	for (size_t i = 0; i < sizeof names / sizeof *names && status == STATUS_OK; i++)
		status = hand_over_file(fd, names[i], uid, gid, why);
	close(fd);
	return status;
}
