/*
 * log: one process-wide sink: stderr, file, syslog, or none; SpamAssassin's line formats
 * (sa-surface 1.5): file "Mon Nov 23 22:48:16 2026 [PID] LEVEL: TEXT", stderr "Nov 23 22:48:16.153
 * [PID] LEVEL: TEXT", syslog ident and facility as given. Control bytes in TEXT are escaped (\n \t
 * \x{HH}, backslash doubled), so that mail cannot forge lines.
 */
#ifndef WHORL_BASE_LOG_H
#define WHORL_BASE_LOG_H

#include "lib/base/lines.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_kind { LOG_KIND_NONE, LOG_KIND_STDERR, LOG_KIND_FILE, LOG_KIND_SYSLOG };

struct log_settings {
	const char *ident;            /* "spamd" */
	bool to_stderr;               /* besides the sinks below */
	bool plain_warnings;          /* warnings and errors on stderr without a head */
	enum log_kind kind;           /* FILE and SYSLOG use the next two */
	const char *file;             /* path, opened for append, mode 0600 (SpamAssassin) */
	const char *facility;         /* "mail", "local1", ... */
	const char *timestamp_format; /* strftime; NULL built-in, "" none */
	bool no_info;                 /* LOG_LEVEL_INFO lines are not wanted */
	bool debug;                   /* LOG_LEVEL_DEBUG lines are wanted */
	const char *debug_areas;      /* "all" or comma list, "noAREA" excludes; NULL = all */
};

/* (Re)opens the sink. Copies the settings. Before the first call: stderr, info. */
enum status log_open(const struct log_settings *settings, struct why *why);
/* Close and open the file again (after rotation). */
void log_reopen(void);
void log_close(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Written as "dbg: AREA: TEXT" when debugging is on for area; further lines of TEXT as lines of
 * their own, "dbg: AREA: [...] ...". */
void log_debug(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool log_debug_wanted(const char *area);

/*
 * Lines of one request are written together. The process holds them in memory that survives it
 * (lines.h); log_wait_in() says where, once, in the process. Its parent writes those that have
 * waited for long. Errors are written at once, and so is everything while debugging; what goes to
 * syslog is never held.
 */
struct log_held {
	struct lines *to_stderr, *to_file; /* NULL: no memory, nothing is held */
};
struct log_held log_held_new(void);
void log_held_free(struct log_held *held);
void log_wait_in(const struct log_held *held);
/* From now on lines wait. */
void log_hold(void);
/* Those that wait are written, others may follow: something may take its time now. */
void log_flush(void);
/* The same, and the next are written at once again. */
void log_release(void);
/* In the parent: what a process holds, if it is not just at it. */
void log_write_waiting(const struct log_held *held);
/* In the parent: what a process that has died has held. */
void log_write_held(const struct log_held *held);

#endif
