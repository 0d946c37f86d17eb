/* args: how Perl spamd's option parser (Getopt::Long with bundling) reads a command line. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "spamd/args.h"

static struct arena *keep;

/* words end with NULL */
static enum args_result parse(struct args *args, char *const *words)
{
	int n = 0, saved = dup(2);

	while (words[n])
		n++;
	assert_non_null(freopen("/dev/null", "w", stderr));
	enum args_result result = args_parse(keep, n, words, args);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	return result;
}

#define PARSE(args, ...) parse((args), (char *const[]){"spamd", __VA_ARGS__, NULL})

static void letters_combine(void **state)
{
	struct args args;

	(void)state;
	assert_int_equal(PARSE(&args, "-dLxp783", "-m7", "-r", "/run/x.pid"), ARGS_OK);
	assert_true(args.daemonize && args.local && args.no_user_config);
	assert_string_equal(args.port, "783");
	assert_int_equal(args.max_children, 7);
	assert_string_equal(args.pidfile, "/run/x.pid");
	assert_int_equal(PARSE(&args, "-m5L"), ARGS_OK); /* letters go on behind a number */
	assert_int_equal(args.max_children, 5);
	assert_true(args.local);
	assert_int_equal(PARSE(&args, "-T", "10", "-t", "-1"), ARGS_OK);
	assert_int_equal(args.timeout_tcp_s, 10);
	assert_int_equal(args.timeout_child_s, 300); /* negative is the default */
}

static void long_names_may_be_short(void **state)
{
	struct args args;

	(void)state;
	assert_int_equal(PARSE(&args, "--max-ch=3", "--CONFIGP=/x", "--site", "/y", "--pid=/p"),
			 ARGS_OK);
	assert_int_equal(args.max_children, 3);
	assert_string_equal(args.configpath, "/x");
	assert_string_equal(args.siteconfigpath, "/y");
	assert_int_equal(PARSE(&args, "--config", "/etc/passwd"), ARGS_OK);
	assert_string_equal(args.spamd_conf, "/etc/passwd");
	assert_null(args.configpath);
	assert_int_equal(PARSE(&args, "--config=/etc", "--spamd-conf=/etc/passwd"), ARGS_OK);
	assert_string_equal(args.spamd_conf, "/etc/passwd");
	assert_int_equal(PARSE(&args, "--config=/etc"), ARGS_OK);
	assert_string_equal(args.configpath, "/etc");
	assert_null(args.spamd_conf);
	assert_int_equal(PARSE(&args, "--ipv4"), ARGS_OK); /* exact, though others begin so */
	assert_true(args.ipv4_only);
	assert_int_equal(PARSE(&args, "--ssl-ca=x"), ARGS_USAGE); /* ambiguous */
	assert_int_equal(PARSE(&args, "--max=3"), ARGS_USAGE);
	assert_int_equal(PARSE(&args, "--nothing-like-it"), ARGS_USAGE);
	assert_int_equal(PARSE(&args, "-z"), ARGS_USAGE);
}

static void switches_have_a_no(void **state)
{
	struct args args;

	(void)state;
	assert_int_equal(PARSE(&args, "-L", "--nolocal", "-d", "--no-daemonize"), ARGS_OK);
	assert_false(args.local || args.daemonize);
	assert_int_equal(PARSE(&args, "--nodaem", "--round-robin"), ARGS_OK);
	assert_true(args.round_robin);
	assert_int_equal(PARSE(&args, "-x", "--user-config"), ARGS_OK);
	assert_false(args.no_user_config);
	assert_int_equal(PARSE(&args, "--nouser-config"), ARGS_OK);
	assert_true(args.no_user_config);
	assert_int_equal(PARSE(&args, "--nossl"), ARGS_USAGE);
	assert_int_equal(PARSE(&args, "--local=yes"), ARGS_USAGE);
}

static void values(void **state)
{
	struct args args;

	(void)state;
	assert_int_equal(PARSE(&args, "-i", "-L", "-i", "127.0.0.1:784", "-i::1", "--listen="),
			 ARGS_OK);
	assert_int_equal(args.listen.n, 4);
	assert_str(args.listen.items[0], ""); /* -L is no value */
	assert_true(args.local);
	assert_str(args.listen.items[1], "127.0.0.1:784");
	assert_str(args.listen.items[2], "::1");
	assert_str(args.listen.items[3], "");
	assert_int_equal(PARSE(&args, "-D", "-x"), ARGS_OK);
	assert_string_equal(args.debug, "");
	assert_int_equal(PARSE(&args, "-Ddns,bayes"), ARGS_OK);
	assert_string_equal(args.debug, "dns,bayes");
	assert_int_equal(PARSE(&args, "-u", "-x"),
			 ARGS_OK); /* a value that must be there takes anything */
	assert_string_equal(args.username, "-x");
	assert_int_equal(PARSE(&args, "-m", "many"), ARGS_USAGE);
	assert_int_equal(PARSE(&args, "--max-children=4x"), ARGS_USAGE);
	assert_int_equal(PARSE(&args, "-u"), ARGS_USAGE);
	assert_int_equal(PARSE(&args, "--username="), ARGS_USAGE);
}

static void lists_and_the_end_of_options(void **state)
{
	struct args args;

	(void)state;
	assert_int_equal(
		PARSE(&args, "--cf=score A 1", "word", "--cf", "score B 2", "--", "--cf=x"),
		ARGS_OK);
	assert_int_equal(args.cf.n, 2);
	assert_str(args.cf.items[1], "score B 2");
	assert_int_equal(PARSE(&args, "-A10.,192.168.", "-A", "::1"), ARGS_OK);
	assert_int_equal(args.allowed_ips.n, 2);
	assert_int_equal(PARSE(&args, "-F"), ARGS_REMOVED);
	assert_int_equal(PARSE(&args, "--add-from"), ARGS_REMOVED);
	assert_int_equal(PARSE(&args, "-S", "-4", "-6"), ARGS_OK);
	assert_true(args.ipv6_only && !args.ipv4_only);
}

static void what_is_not_there_is_said(void **state)
{
	struct args args;

	(void)state;
	assert_int_equal(PARSE(&args, "-c", "-H"), ARGS_OK);
	assert_null(args_unavailable(&args));
	assert_int_equal(PARSE(&args, "-q"), ARGS_OK);
	assert_null(args_unavailable(&args));
	assert_int_equal(PARSE(&args, "--ssl-ca-file=/x"), ARGS_OK);
	assert_null(args_unavailable(&args));
	assert_true(args.ssl && args.ssl_verify);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_combine),
		cmocka_unit_test(long_names_may_be_short),
		cmocka_unit_test(switches_have_a_no),
		cmocka_unit_test(values),
		cmocka_unit_test(lists_and_the_end_of_options),
		cmocka_unit_test(what_is_not_there_is_said),
	};

	keep = arena_new("test", 0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(keep);
	return failed;
}
