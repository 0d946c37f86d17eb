/* The reputation helper as a child of spamd meets it: receipts, refusals, reporters read anew. */
#include "tests/unit/folder.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reputation/ask.h"
#include "spamd/clerk.h"
#include "spamd/feedback.h"

static const unsigned char network_key[KEYED_HASH_KEY_BYTES] = "unit test's key";

static const char long_mail[] =
	"Subject: your parcel\n\n"
	"Your parcel could not be delivered because the customs fee was not paid in time. Please "
	"settle the open amount within two days, otherwise the parcel goes back to its sender and "
	"you lose the warranty that came with it. Our drivers cannot take cash at your door.\n";

struct state {
	struct arena *arena;
	char folder[UNIT_FOLDER_BYTES];
	const char *conf;
	struct args args;
	struct service service;
	struct fingerprint_settings *settings;
	struct uri_settings uri;
	struct trust_settings trust;
	pid_t helper;
	int control_fd;
};

static void write_conf(struct state *state, const char *reporters)
{
	FILE *file = fopen(state->conf, "w");

	fprintf(file, "reputation {\n state = \"%s/state\"\n%s}\n", state->folder, reporters);
	fclose(file);
}

static void start_helper(struct state *state)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	state->helper = fork();
	if (!state->helper) {
		close(fds[0]);
		clerk_run(&state->service, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	state->control_fd = fds[0];
}

static void end_helper(struct state *state)
{
	int status;

	close(state->control_fd);
	assert_int_equal(waitpid(state->helper, &status, 0), state->helper);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);
	struct why why;

	unit_make_folder(state->folder);
	state->arena = arena_new("test", 0);
	state->conf = arena_printf(state->arena, "%s/spamd.conf", state->folder).ptr;
	write_conf(state, "reporter \"anna\" { class = admin group = a }\n");
	state->args.spamd_conf = state->conf;
	state->args.timeout_child_s = 300;
	state->service = (struct service){
		.keep = state->arena, .args = &state->args, .hostname = STR_LIT("here.example")};
	assert_int_equal(config_read(state->arena, state->conf, &state->service.config, &why),
			 STATUS_OK);
	assert_int_equal(glimpses_new(&state->service.glimpses, &why), STATUS_OK);
	state->settings = fingerprint_settings_new(state->arena, network_key);
	state->uri.registry = registry_new(state->arena);
	state->trust.parser = received_parser_new(state->arena);
	start_helper(state);
	*state_out = state;
	return 0;
}

static int tear_down(void **state_out)
{
	struct state *state = *state_out;

	end_helper(state);
	arena_free(state->arena);
	unit_remove_folder(state->folder);
	free(state);
	return 0;
}

static enum status say(struct state *state, const char *name, enum trust_kind kind,
		       const char *text, struct why *why)
{
	const struct message *message =
		message_parse(state->arena, str_from(text), &message_settings_default);
	struct mail *mail = mail_make(state->arena, message, &message_settings_default,
				      &state->trust, &state->uri);
	int fd = -1;

	/* a slow machine takes longer than clients are asked to wait */
	for (int i = 0; i < 30 && fd < 0; i++)
		fd = clerk_call(&state->service);
	assert_true(fd >= 0);
	enum status status =
		clerk_report(fd, state->arena, state->settings, mail, str_from(name), kind, why);
	close(fd);
	return status;
}

/* --- what stands in the ledger, read beside the helper --- */

struct last {
	struct arena *arena;
	struct ledger_report report;
	size_t n;
};

static bool keep_last(void *data, const struct ledger_report *report)
{
	struct last *last = data;

	last->report = *report;
	last->report.reporter = arena_str(last->arena, report->reporter);
	last->report.group = arena_str(last->arena, report->group);
	if (report->seen) {
		struct seen *seen = ARENA_NEW(last->arena, struct seen);
		*seen = report->seen[0];
		last->report.seen = seen;
	}
	last->n++;
	return true;
}

static struct last last_of(struct state *state)
{
	struct last last = {.arena = state->arena};
	struct ask_filter filter = {.reporter = 0};
	struct arena *arena = arena_new("ask", 0);
	struct ledger *ledger;
	struct ask *ask;

	assert_int_equal(
		ledger_open(arena, state->service.config.reputation.state, false, &ledger, NULL),
		STATUS_OK);
	assert_int_equal(ask_new(arena, ledger, &ask, NULL), STATUS_OK);
	assert_int_equal(ask_reports(ask, &filter, keep_last, &last, NULL), STATUS_OK);
	arena_free(arena);
	return last;
}

static void test_a_receipt_means_it_is_there(void **state_out)
{
	struct state *state = *state_out;
	struct why why;

	assert_int_equal(say(state, "anna", TRUST_SPAM, long_mail, &why), STATUS_OK);
	struct last last = last_of(state);
	assert_int_equal(last.n, 1);
	assert_true(str_eq_c(last.report.reporter, "anna"));
	assert_true(str_eq_c(last.report.group, "a"));
	assert_int_equal(last.report.class, TRUST_ADMIN);
	assert_int_equal(last.report.kind, TRUST_SPAM);
	/* said again it is said once; the other way round it is another word */
	assert_int_equal(say(state, "anna", TRUST_SPAM, long_mail, &why), STATUS_OK);
	assert_int_equal(last_of(state).n, 1);
	assert_int_equal(say(state, "anna", TRUST_REVOKE, long_mail, &why), STATUS_OK);
	assert_int_equal(last_of(state).n, 2);
	/* who is not named is a user of this host */
	assert_int_equal(say(state, "somebody", TRUST_SPAM, long_mail, &why), STATUS_OK);
	last = last_of(state);
	assert_int_equal(last.report.class, TRUST_USER);
	assert_true(str_eq_c(last.report.group, "here.example"));
}

static void test_refusals(void **state_out)
{
	struct state *state = *state_out;
	char name[400];
	struct why why;

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(say(state, name, TRUST_SPAM, long_mail, &why), STATUS_REFUSED);
	assert_int_equal(say(state, "anna", TRUST_SPAM, "Subject: x\n\n", &why), STATUS_NOT_FOUND);
	/* a key speaks for itself, signed */
	assert_int_equal(say(state, "ed25519:00", TRUST_SPAM, long_mail, &why), STATUS_REFUSED);
	assert_int_equal(last_of(state).n, 0);
}

static void test_reporters_read_anew(void **state_out)
{
	struct state *state = *state_out;
	struct last last = {.report.class = TRUST_USER};
	char text[sizeof long_mail + 32];
	struct why why;

	assert_int_equal(say(state, "trap", TRUST_SPAM, long_mail, &why), STATUS_OK);
	assert_int_equal(last_of(state).report.class, TRUST_USER);
	write_conf(state, "reporter \"trap\" { class = honeypot group = traps }\n");
	kill(state->helper, SIGHUP);
	for (int i = 0; i < 200 && last.report.class != TRUST_HONEYPOT; i++) {
		snprintf(text, sizeof text, "%s\nanother message number%c%c\n", long_mail,
			 'a' + i % 26, 'a' + i / 26);
		assert_int_equal(say(state, "trap", TRUST_SPAM, text, &why), STATUS_OK);
		last = last_of(state);
		poll(NULL, 0, 20);
	}
	assert_int_equal(last.report.class, TRUST_HONEYPOT);
	assert_true(str_eq_c(last.report.group, "traps"));
	/* what is malformed changes nothing */
	write_conf(state, "nonsense {\n");
	kill(state->helper, SIGHUP);
	poll(NULL, 0, 300);
	assert_int_equal(say(state, "trap", TRUST_REVOKE, long_mail, &why), STATUS_OK);
	assert_int_equal(last_of(state).report.class, TRUST_HONEYPOT);
}

static void test_exposures_go_along(void **state_out)
{
	struct state *state = *state_out;
	struct trust_key_id keys[LEDGER_KEYS_MAX];
	const struct message *message =
		message_parse(state->arena, str_from(long_mail), &message_settings_default);
	struct mail *mail = mail_make(state->arena, message, &message_settings_default,
				      &state->trust, &state->uri);
	struct glimpse glimpse = {.mark = 5};
	struct why why;

	glimpse.n_keys = (uint16_t)feedback_keys(state->arena, state->settings, mail, keys);
	assert_true(glimpse.n_keys > 0 && glimpse.n_keys <= GLIMPSE_KEYS_MAX);
	for (size_t i = 0; i < glimpse.n_keys; i++) {
		glimpse.algorithms[i] = keys[i].algorithm;
		glimpse.keys[i] = keys[i].key;
	}
	for (int i = 0; i < 11; i++)
		glimpses_put(state->service.glimpses, &glimpse);
	assert_int_equal(say(state, "anna", TRUST_SPAM, long_mail, &why), STATUS_OK);
	struct last last = last_of(state);
	assert_non_null(last.report.seen);
	assert_int_equal(last.report.seen->n, 11);
	assert_int_equal(last.report.seen->groups[0].mark, 5);
}

/* It may be killed at any time, and the next goes on. */
static void test_the_next_helper(void **state_out)
{
	struct state *state = *state_out;
	struct why why;

	assert_int_equal(say(state, "anna", TRUST_SPAM, long_mail, &why), STATUS_OK);
	kill(state->helper, SIGKILL);
	waitpid(state->helper, NULL, 0);
	close(state->control_fd);
	start_helper(state);
	assert_int_equal(say(state, "bert", TRUST_SPAM, long_mail, &why), STATUS_OK);
	assert_int_equal(last_of(state).n, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(test_a_receipt_means_it_is_there), TEST(test_refusals),
	  TEST(test_reporters_read_anew), TEST(test_exposures_go_along), TEST(test_the_next_helper))
