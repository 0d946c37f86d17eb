/*
 * must: assertions that are always on. For our own bugs only: the process logs where and dies, and
 * its parent replaces it. Never for input, never for the world (see why.h).
 */
#ifndef WHORL_BASE_MUST_H
#define WHORL_BASE_MUST_H

_Noreturn void must_fail(const char *condition, const char *file, int line);

#define must(condition) ((condition) ? (void)0 : must_fail(#condition, __FILE__, __LINE__))

#endif
