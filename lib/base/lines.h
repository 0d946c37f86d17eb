/*
 * lines: lines of a log that a process has not written yet. They lie in memory that it shares with
 * its parent, so that none is lost when it is killed: what it leaves behind the parent writes
 * (killed between the writing and the forgetting, that may be for the second time). While it lives
 * either may write them; who does keeps the other out.
 */
#ifndef WHORL_BASE_LINES_H
#define WHORL_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* PIPE_BUF: so much written at once does not mix with others' lines, even in a pipe. */
enum { LINES_BYTES = 4096 };

struct lines;

/* Before the fork; NULL: no memory, the process writes each line at once. */
struct lines *lines_new(void);
/* Each process that knows of it; NULL is nothing. */
void lines_free(struct lines *lines);
/* False: there is no room for it behind what waits already, or the other writes and writes. */
bool lines_add(struct lines *lines, const char *line, size_t n_bytes);
/* All that waits, in one write(2); nobody to tell when it fails. */
void lines_write(struct lines *lines, int fd);
/* In the parent: the same, if the process is not just at them. */
void lines_try_write(struct lines *lines, int fd);
/* In the parent: the same of a process that has died, wherever it was. */
void lines_write_left(struct lines *lines, int fd);

#endif
