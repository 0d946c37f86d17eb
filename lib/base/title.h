/*
 * title: what ps(1) and pgrep(1) show of a process: its name and its command line, as Perl's $0
 * sets them.
 */
#ifndef WHORL_BASE_TITLE_H
#define WHORL_BASE_TITLE_H

struct arena;

/* A copy of argv to use from now on; the memory of argv itself is where titles are written. */
char **title_take(struct arena *keep, int argc, char **argv);

/* This process, and those it makes, are called so. Cut off where the command line had no more room.
 */
void title_set(const char *text);

#endif
