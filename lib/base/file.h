/* file: whole files, directory lists, paths. */
#ifndef WHORL_BASE_FILE_H
#define WHORL_BASE_FILE_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/base/why.h"

/* Whole regular file into the arena, NUL behind; STATUS_TOO_LARGE beyond max_bytes. */
enum status file_read(struct arena *arena, const char *path, size_t max_bytes, struct str *out,
		      struct why *why);
/* Everything up to EOF from fd. */
enum status file_read_fd(struct arena *arena, int fd, size_t max_bytes, struct str *out,
			 struct why *why);
/* Names (not paths) in dir that end in suffix (ASCII case ignored; "" = all), without dot files,
 * sorted bytewise. */
enum status file_list(struct arena *arena, const char *dir, const char *suffix,
		      struct str_vec *names_out, struct why *why);
bool file_is_dir(const char *path);
bool file_exists(const char *path);
/* Folders above the file that are missing are made; where mode lets read, they let search. */
void file_make_parents(const char *path, unsigned mode);
/* dir + "/" + name unless name is absolute. */
struct str path_join(struct arena *arena, struct str dir, struct str name);
struct str path_dir(struct str path);
struct str path_base(struct str path);
/* All of it, retrying short writes; deadline by the caller's socket options. */
enum status fd_write_all(int fd, struct str data, struct why *why);

#endif
