/*
 * uses_libspamc: a program as others write them for libspamc, using each of its calls. usage:
 * library PORT MESSAGE SPAM BSMTP (MESSAGE is ham under the rules of tests/spamc/library, SPAM
 * spam). Says what is wrong; exit code 1.
 */
#include <fcntl.h>
#include <libspamc.h>
#include <string.h>
#include <unistd.h>

static int failures, logged, unknown_fields;

static void ok(int condition, const char *what)
{
	printf("%s %s\n", condition ? "ok" : "FAIL", what);
	failures += !condition;
}

static void on_log(int flags, int level, char *msg, va_list args)
{
	char text[500];

	(void)flags, (void)level;
	vsnprintf(text, sizeof text, msg, args);
	logged++;
}

static void on_request(struct message *m, int flags, char *buf, int len)
{
	(void)m, (void)flags;
	snprintf(buf, (size_t)len, "X-Library-Test: yes\r\n");
}

static void on_answer(struct message *m, int flags, const char *buf, int len)
{
	(void)m, (void)flags, (void)buf;
	unknown_fields += len > 0;
}

static struct message new_message(void)
{
	struct message m;

	memset(&m, 0, sizeof m);
	m.max_len = 500000;
	m.timeout = m.connect_timeout = 30;
	return m;
}

static int read_file(const char *path, int flags, struct message *m)
{
	int fd = open(path, O_RDONLY), result = message_read(fd, flags, m);

	close(fd);
	return result;
}

/* What is written to a file by message_write(). */
static long written(struct message *m, char *text, size_t size)
{
	FILE *file = tmpfile();
	long n = message_write(fileno(file), m);

	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
	return n;
}

static void filter(struct transport *t, const char *path, int flags, int want, const char *text,
		   const char *what)
{
	struct message m = new_message();
	char out[100000];

	ok(read_file(path, flags, &m) == EX_OK, "message_read");
	register_spamc_header_callback(&m, on_request);
	register_spamd_header_callback(&m, on_answer);
	ok(message_filter(t, "nobody", flags, &m) == EX_OK && m.is_spam == want, what);
	ok(written(&m, out, sizeof out) == (long)strlen(out) && strstr(out, text), text);
	if (!(flags & SPAMC_PING))
		ok(m.threshold == 5.0f && (m.score >= 5.0f) == (want == EX_ISSPAM), "score");
	message_cleanup(&m);
}

static void tell(struct transport *t, const char *path)
{
	struct message m = new_message();
	unsigned did = 0;

	ok(read_file(path, SPAMC_LEARN, &m) == EX_OK, "message_read");
	ok(message_tell(t, "nobody", SPAMC_LEARN, &m, SPAMC_MESSAGE_CLASS_SPAM, SPAMC_SET_LOCAL,
			&did) == EX_UNAVAILABLE,
	   "message_tell, refused without --allow-tell");
	ok(did == 0, "nothing was done");
	message_cleanup(&m);
}

static void process(struct transport *t, const char *path, const char *what, int flags, int want,
		    const char *text)
{
	char out[100000], user[] = "nobody";
	FILE *file = tmpfile();
	int fd = open(path, O_RDONLY);

	ok(message_process(t, user, 500000, fd, fileno(file), flags) == want, what);
	rewind(file);
	out[fread(out, 1, sizeof out - 1, file)] = '\0';
	ok(strstr(out, text) != NULL, text);
	fclose(file);
	close(fd);
}

static void too_big(const char *path)
{
	struct message m = new_message();
	int fd = open(path, O_RDONLY);
	FILE *file = tmpfile();
	off_t size = lseek(fd, 0, SEEK_END);

	lseek(fd, 0, SEEK_SET);
	m.max_len = 20;
	ok(message_read(fd, SPAMC_RAW_MODE, &m) == EX_TOOBIG && m.type == MESSAGE_ERROR,
	   "EX_TOOBIG");
	message_dump(fd, fileno(file), &m, 0);
	ok(lseek(fileno(file), 0, SEEK_END) == size, "message_dump: the whole message");
	message_cleanup(&m);
	fclose(file);
	close(fd);
}

static void failing(const char *path, int port)
{
	struct transport t;
	struct message m = new_message();
	char out[100000];

	transport_init(&t);
	ok(t.type == TRANSPORT_LOCALHOST && t.port == 783, "transport_init");
	t.type = TRANSPORT_TCP;
	t.hostname = "no-such-host.invalid";
	ok(transport_setup(&t, SPAMC_LOG_TO_CALLBACK) != EX_OK && logged > 0,
	   "no such host, and a word about it");
	t.hostname = "127.0.0.1";
	t.port = (unsigned short)port;
	t.connect_retries = 1;
	ok(transport_setup(&t, SPAMC_LOG_TO_CALLBACK) == EX_OK && t.nhosts == 1, "transport_setup");
	ok(read_file(path, SPAMC_LOG_TO_CALLBACK, &m) == EX_OK, "message_read");
	ok(message_filter(&t, "nobody", SPAMC_LOG_TO_CALLBACK, &m) == EX_UNAVAILABLE,
	   "nobody there");
	ok(written(&m, out, sizeof out) == m.msg_len, "the message is what it was");
	process(&t, path, "message_process, nobody there", SPAMC_LOG_TO_CALLBACK, EX_UNAVAILABLE,
		"Subject: ");
	message_cleanup(&m);
	transport_cleanup(&t);
	ok(t.nhosts == 0, "transport_cleanup");
}

int main(int argc, char **argv)
{
	struct transport t;
	char user[] = "nobody";
	int fd;

	if (argc != 5)
		return 2;
	register_libspamc_log_callback(on_log);
	libspamc_log(SPAMC_LOG_TO_CALLBACK, LOG_ERR, "a word of %d", 1);
	ok(logged == 1, "libspamc_log");
	failing(argv[2], 1);

	transport_init(&t);
	t.type = TRANSPORT_TCP;
	t.hostname = "no-such-host.invalid,127.0.0.1";
	ok(sscanf(argv[1], "%hu", &t.port) == 1, "port");
	ok(transport_setup(&t, SPAMC_SAFE_FALLBACK) == EX_OK && t.nhosts == 1, "a list of hosts");
	filter(&t, argv[2], SPAMC_RAW_MODE, EX_NOTSPAM, "X-Spam-Status: No", "ham");
	filter(&t, argv[3], SPAMC_RAW_MODE, EX_ISSPAM, "X-Spam-Status: Yes", "spam");
	filter(&t, argv[3], SPAMC_CHECK_ONLY, EX_ISSPAM, "6.0/5.0\n", "check");
	filter(&t, argv[3], SPAMC_SYMBOLS, EX_ISSPAM, "WORD", "symbols");
	filter(&t, argv[3], SPAMC_REPORT, EX_ISSPAM, "6.0/5.0\n", "report");
	filter(&t, argv[3], SPAMC_REPORT_IFSPAM, EX_ISSPAM, "6.0/5.0\n", "report if spam");
	filter(&t, argv[3], SPAMC_HEADERS, EX_ISSPAM, "X-Spam-Status: Yes", "headers");
	filter(&t, argv[3], SPAMC_USE_ZLIB, EX_ISSPAM, "X-Spam-Status: Yes", "compressed");
	filter(&t, argv[3], SPAMC_PING, EX_NOTSPAM, "SPAMD/1.5 0\n", "ping");
	filter(&t, argv[4], SPAMC_BSMTP_MODE, EX_ISSPAM, "\n.\nQUIT\n", "BSMTP");
	tell(&t, argv[2]);
	process(&t, argv[3], "message_process", SPAMC_RAW_MODE, EX_ISSPAM, "X-Spam-Status: Yes");
	process(&t, argv[3], "message_process, check", SPAMC_CHECK_ONLY, EX_ISSPAM, "6.0/5.0\n");
	fd = open(argv[3], O_RDONLY);
	ok(process_message(&t, user, 500000, fd, open("/dev/null", O_WRONLY), 1, 1) == EX_ISSPAM,
	   "process_message");
	too_big(argv[2]);
	transport_cleanup(&t);
	printf("%d failed\n", failures);
	return failures ? 1 : 0;
}
