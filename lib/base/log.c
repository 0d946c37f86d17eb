/*
 * log: see log.h. Formats match SpamAssassin's Logger/{File,Stderr,Syslog}.pm. The sink is one of
 * the few globals of the house. Nothing here allocates, so that must() may use it at any time.
 */
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>
#include "lib/base/clock.h"

enum {
	TEXT_BYTES = 16 * 1024, /* of one line, as given */
	LINE_BYTES = 32 * 1024, /* with escapes */
	STAMP_BYTES = 128,
	AREAS_BYTES = 1024,
	NAME_BYTES = 64,
	/* Of equal lines in a row so many are written (LOG_DUPMIN), the rest is counted. */
	DUPLICATES_WRITTEN = 10,
};

/* What all stamps of one second have in common. */
struct second {
	time_t at_s;
	bool is_known;
	int tm_sec;
	char text[STAMP_BYTES];
};

static struct {
	bool is_open; /* log_open() was called; before that: stderr, info */
	bool to_stderr, plain_warnings, no_info, debug, has_stamp_format;
	enum log_kind kind;
	int fd; /* of the file */
	char path[PATH_MAX];
	char ident[NAME_BYTES];
	char stamp_format[STAMP_BYTES];
	char areas[AREAS_BYTES];

	struct second seconds[2]; /* of the file's stamps and of those to stderr */

	char last[TEXT_BYTES]; /* for the counting of duplicates */
	enum log_level last_level;
	unsigned n_repeats;

	pid_t pid;         /* of this process; 0: not asked for yet */
	char pid_text[32]; /* "[PID] " */
	struct log_held held;
	bool is_holding;
} sink = {.kind = LOG_KIND_STDERR, .fd = -1};

static const char *const level_names[] = {"error", "warn", "info", "dbg"};

/* --- one line --------------------------------------------------------------------------------- */

/* Matches Logger.pm escape_str: control bytes, backslash, and all that is not ASCII. */
static size_t escape(char *out, size_t size_bytes, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char letters[] = "\n\r\t\\";
	size_t n = 0;
	for (; *text && n + 8 < size_bytes; text++) {
		unsigned char c = (unsigned char)*text;
		const char *letter;
		if (c >= ' ' && c < 0x7F && c != '\\') {
			out[n++] = (char)c;
		} else if ((letter = memchr(letters, c, 4))) {
			out[n++] = '\\';
			out[n++] = "nrt\\"[letter - letters];
		} else {
			memcpy(out + n, "\\x{", 3);
			out[n + 3] = hex[c >> 4];
			out[n + 4] = hex[c & 15];
			out[n + 5] = '}';
			n += 6;
		}
	}
	out[n] = '\0';
	return n;
}

static const char *stamp_format(bool for_stderr)
{
	if (sink.has_stamp_format)
		return sink.stamp_format;
	return for_stderr ? "%b %e %H:%M:" : "%a %b %e %H:%M:%S %Y";
}

static const struct second *second_of(time_t now_s, bool for_stderr)
{
	struct second *second = &sink.seconds[for_stderr];
	const char *format = stamp_format(for_stderr);
	struct tm tm;
	if (second->is_known && second->at_s == now_s)
		return second;
	*second = (struct second){.at_s = now_s, .is_known = true};
	if (localtime_r(&now_s, &tm) && format[0]) {
		size_t n = strftime(second->text, sizeof second->text, format, &tm);
		second->text[n] = '\0';
		second->tm_sec = tm.tm_sec;
	}
	return second;
}

static size_t add_digits(char *out, size_t n, int value, int n_digits)
{
	for (int i = n_digits; i-- > 0; value /= 10)
		out[n + (size_t)i] = (char)('0' + value % 10);
	return n + (size_t)n_digits;
}

/* With a blank behind, or empty. */
static void write_stamp(char *out, size_t size_bytes, bool for_stderr)
{
	double now = clock_wall();
	const struct second *second = second_of((time_t)now, for_stderr);
	int ms = (int)((now - (double)(time_t)now) * 1000 + 0.5);
	size_t n = strnlen(second->text, size_bytes - 1);
	memcpy(out, second->text, n);
	if (n > 0 && n + 7 < size_bytes && for_stderr && !sink.has_stamp_format) {
		n = add_digits(out, n, second->tm_sec + ms / 1000, 2);
		out[n++] = '.';
		n = add_digits(out, n, ms % 1000, 3);
	}
	if (n > 0 && n < size_bytes - 1)
		out[n++] = ' ';
	out[n < size_bytes ? n : size_bytes - 1] = '\0';
}

/* The system call takes longer than the rest of a line's head. */
static void forget_process(void)
{
	sink.pid = 0;
	sink.held = (struct log_held){0};
	sink.is_holding = false;
}

static const char *own_pid(void)
{
	static bool is_watched;
	if (!is_watched)
		is_watched = pthread_atfork(NULL, NULL, forget_process) == 0;
	if (!is_watched || sink.pid == 0) {
		sink.pid = getpid();
		snprintf(sink.pid_text, sizeof sink.pid_text, "[%ld] ", (long)sink.pid);
	}
	return sink.pid_text;
}

static size_t add(char *line, size_t n, const char *text)
{
	size_t len = strlen(text);
	memcpy(line + n, text, len);
	return n + len;
}

/* One write(2), so that lines of several processes do not mix; nobody to tell when it fails. */
static void write_now(int fd, const char *line, size_t n)
{
	ssize_t written;
	do
		written = write(fd, line, n);
	while (written < 0 && errno == EINTR);
}

static void write_or_hold(int fd, struct lines *held, enum log_level level, const char *line,
			  size_t n)
{
	if (sink.is_holding && held && level != LOG_LEVEL_ERROR && lines_add(held, line, n))
		return;
	if (held)
		lines_write(held, fd);
	write_now(fd, line, n);
}

/* text is escaped already. */
static void write_line(bool for_stderr, enum log_level level, const char *text, size_t n_text)
{
	char stamp[STAMP_BYTES + 2], line[LINE_BYTES + STAMP_BYTES + NAME_BYTES];
	size_t n = 0;
	if (!(for_stderr && sink.plain_warnings && level <= LOG_LEVEL_WARN)) {
		write_stamp(stamp, sizeof stamp, for_stderr);
		n = add(line, add(line, add(line, 0, stamp), own_pid()), level_names[level]);
		n = add(line, n, ": ");
	}
	memcpy(line + n, text, n_text);
	n += n_text;
	line[n++] = '\n';
	if (for_stderr)
		write_or_hold(STDERR_FILENO, sink.held.to_stderr, level, line, n);
	else
		write_or_hold(sink.fd, sink.held.to_file, level, line, n);
}

/* text is escaped already. */
static void write_syslog(enum log_level level, const char *text)
{
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
	char stamp[STAMP_BYTES + 2] = "";
	if (sink.has_stamp_format)
		write_stamp(stamp, sizeof stamp, false);
	syslog(priorities[level], "%s%s", stamp, text);
}

static void emit(enum log_level level, const char *text)
{
	char escaped[LINE_BYTES];
	size_t n = escape(escaped, sizeof escaped, text);
	if (sink.to_stderr || sink.kind == LOG_KIND_STDERR)
		write_line(true, level, escaped, n);
	if (sink.kind == LOG_KIND_FILE && sink.fd >= 0)
		write_line(false, level, escaped, n);
	else if (sink.kind == LOG_KIND_SYSLOG)
		write_syslog(level, escaped);
}

/* A text of several lines, "AREA: ...": each its own, all but the first marked. */
static void emit_lines(enum log_level level, char *text)
{
	char line[TEXT_BYTES];
	int area_len = (int)strcspn(text, ":");
	char *rest = strchr(text, '\n');
	if (!rest) {
		emit(level, text);
		return;
	}
	*rest = '\0';
	emit(level, text);
	*rest++ = '\n';
	for (size_t n; *rest; rest += n) {
		n = strcspn(rest, "\n");
		snprintf(line, sizeof line, "%.*s: [...] %.*s", area_len, text, (int)n, rest);
		emit(level, line);
		n += rest[n] == '\n';
	}
}

/* --- equal lines in a row --------------------------------------------------------------------- */

static void flush_repeats(void)
{
	char text[TEXT_BYTES + 64];
	if (sink.n_repeats >= DUPLICATES_WRITTEN) {
		unsigned n_held = sink.n_repeats - DUPLICATES_WRITTEN + 1;
		if (n_held == 1) {
			emit(sink.last_level, sink.last);
		} else {
			snprintf(text, sizeof text, "%s [... logline repeated %u times]", sink.last,
				 n_held);
			emit(sink.last_level, text);
		}
	}
	sink.n_repeats = 0;
}

static void log_text(enum log_level level, char *text)
{
	size_t len = strlen(text);
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (sink.last[0] && strcmp(text, sink.last) == 0) {
		if (++sink.n_repeats >= DUPLICATES_WRITTEN)
			return;
	} else {
		flush_repeats();
		memcpy(sink.last, text, len + 1);
		sink.last_level = level;
	}
	if (level == LOG_LEVEL_DEBUG)
		emit_lines(level, text);
	else
		emit(level, text);
}

__attribute__((format(printf, 2, 0))) static void log_format(enum log_level level,
							     const char *format, va_list args)
{
	int saved_errno = errno;
	char text[TEXT_BYTES];
	vsnprintf(text, sizeof text, format, args);
	log_text(level, text);
	errno = saved_errno;
}

/* --- lines that wait ---------------------------------------------------------------------------
 */

struct log_held log_held_new(void)
{
	return (struct log_held){.to_stderr = lines_new(), .to_file = lines_new()};
}

void log_held_free(struct log_held *held)
{
	lines_free(held->to_stderr);
	lines_free(held->to_file);
	*held = (struct log_held){0};
}

typedef void write_fn(struct lines *lines, int fd);

static void write_both(const struct log_held *held, write_fn *fn)
{
	if (held->to_stderr)
		fn(held->to_stderr, STDERR_FILENO);
	if (held->to_file && sink.fd >= 0)
		fn(held->to_file, sink.fd);
}

void log_write_waiting(const struct log_held *held)
{
	write_both(held, lines_try_write);
}

void log_write_held(const struct log_held *held)
{
	write_both(held, lines_write_left);
}

void log_wait_in(const struct log_held *held)
{
	own_pid(); /* a process of its own that it begins has no part in them */
	sink.held = *held;
}

void log_hold(void)
{
	sink.is_holding = !sink.debug;
}

void log_flush(void)
{
	write_both(&sink.held, lines_write);
}

void log_release(void)
{
	sink.is_holding = false;
	log_flush();
}

/* --- opening and closing ---------------------------------------------------------------------- */

static const struct {
	const char *name;
	int facility;
} facilities[] = {
	{"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
	{"daemon", LOG_DAEMON}, {"ftp", LOG_FTP},           {"kern", LOG_KERN},
	{"lpr", LOG_LPR},       {"mail", LOG_MAIL},         {"news", LOG_NEWS},
	{"syslog", LOG_SYSLOG}, {"user", LOG_USER},         {"uucp", LOG_UUCP},
	{"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2},
	{"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},     {"local5", LOG_LOCAL5},
	{"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
};

static int find_facility(const char *name)
{
	struct str wanted = str_from(name ? name : "mail");
	for (size_t i = 0; i < sizeof facilities / sizeof *facilities; i++)
		if (str_eq_ci_c(wanted, facilities[i].name))
			return facilities[i].facility;
	return -1;
}

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
}

static void copy_setting(char *out, size_t size_bytes, const char *value)
{
	snprintf(out, size_bytes, "%s", value ? value : "");
}

static void keep_settings(const struct log_settings *settings)
{
	sink.to_stderr = settings->to_stderr;
	sink.plain_warnings = settings->plain_warnings;
	sink.kind = settings->kind;
	sink.no_info = settings->no_info;
	sink.debug = settings->debug;
	sink.has_stamp_format = settings->timestamp_format != NULL;
	copy_setting(sink.stamp_format, sizeof sink.stamp_format, settings->timestamp_format);
	copy_setting(sink.ident, sizeof sink.ident, settings->ident);
	copy_setting(sink.path, sizeof sink.path, settings->file);
	memset(sink.seconds, 0, sizeof sink.seconds);
	copy_setting(sink.areas, sizeof sink.areas,
		     settings->debug_areas ? settings->debug_areas : "all");
}

enum status log_open(const struct log_settings *settings, struct why *why)
{
	int fd = -1, facility = LOG_MAIL;
	if (settings->kind == LOG_KIND_FILE) {
		fd = open_file(settings->file);
		if (fd < 0)
			return why_errno(why, STATUS_IO, "cannot open log file %s", settings->file);
	} else if (settings->kind == LOG_KIND_SYSLOG) {
		facility = find_facility(settings->facility);
		if (facility < 0)
			return why_set(why, STATUS_INVALID, "unknown syslog facility '%s'",
				       settings->facility);
	}
	log_close();
	keep_settings(settings);
	sink.fd = fd;
	sink.is_open = true;
	if (sink.kind == LOG_KIND_SYSLOG)
		openlog(sink.ident, LOG_CONS | LOG_PID | LOG_NDELAY, facility);
	return STATUS_OK;
}

void log_reopen(void)
{
	if (sink.kind != LOG_KIND_FILE)
		return;
	int fd = open_file(sink.path);
	if (fd < 0) {
		log_warn("log: cannot reopen %s: %s", sink.path, strerror(errno));
		return;
	}
	flush_repeats();
	close(sink.fd);
	sink.fd = fd;
}

void log_close(void)
{
	log_release();
	flush_repeats();
	if (sink.fd >= 0)
		close(sink.fd);
	if (sink.is_open && sink.kind == LOG_KIND_SYSLOG)
		closelog();
	sink.fd = -1;
	sink.last[0] = '\0';
	sink.kind = LOG_KIND_STDERR;
	sink.to_stderr = false;
}

/* --- the interface ---------------------------------------------------------------------------- */

void log_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	log_format(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	log_format(LOG_LEVEL_WARN, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;
	if (sink.no_info)
		return;
	va_start(args, format);
	log_format(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void log_debug(const char *area, const char *format, ...)
{
	if (!log_debug_wanted(area))
		return;
	int saved_errno = errno;
	char text[TEXT_BYTES];
	size_t len = (size_t)snprintf(text, sizeof text, "%.256s: ", area);
	va_list args;
	va_start(args, format);
	vsnprintf(text + len, sizeof text - len, format, args);
	va_end(args);
	log_text(LOG_LEVEL_DEBUG, text);
	errno = saved_errno;
}

/* The area by its own name decides, else "all"; the last mention counts (Logger.pm add_facilities).
 */
bool log_debug_wanted(const char *area)
{
	if (!sink.debug)
		return false;
	bool all = false, by_name = false, named = false;
	struct str rest = str_from(sink.areas), item;
	while (str_split_next(&rest, ',', &item)) {
		item = str_trim(item);
		bool wanted = !str_has_prefix_ci(item, "no");
		struct str name = wanted ? item : str_from_at(item, 2);
		if (str_eq_c(name, area)) {
			named = true;
			by_name = wanted;
		} else if (str_eq_c(name, "all")) {
			all = wanted;
		}
	}
	return named ? by_name : all;
}
