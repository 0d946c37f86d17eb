/* clerk: see clerk.h. */
#include "spamd/clerk.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/server/signals.h"
#include "reputation/observe.h"
#include "spamd/counting.h"
#include "spamd/feedback.h"

enum {
	FORMAT = 1, /* of note and receipt: a child and a helper of two versions do not mix */
	CALLERS_MAX = 256,
	STRANGERS_MAX = 128, /* callers at which only children are let in */
	TICK_MS = 100,
	NOTE_MS = 2000,     /* for a stranger to say what it wants; a child reads a message first */
	CALL_MS = 3000,     /* for the helper to be there: it may be starting */
	RECEIPT_MS = 15000, /* for the disk */
	FAILED_PAUSE_S = 10,
	OBSERVE_EVERY_S = 60,
	REFRESH_EVERY_S = 3600,
};

/* What a child sends: one packet. */
struct note {
	uint32_t format, kind, n_keys;
	char name[LEDGER_NAME_BYTES_MAX + 1];
	struct trust_key_id keys[LEDGER_KEYS_MAX];
};

/* What it gets back. */
struct receipt {
	uint32_t format, status;
	char text[200]; /* why */
};

static enum status door(const char *state, struct sockaddr_un *out, struct why *why)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	int len = snprintf(out->sun_path, sizeof out->sun_path, "%s/reports", state);

	return len > 0 && (size_t)len < sizeof out->sun_path
		       ? STATUS_OK
		       : why_set(why, STATUS_INVALID, "%s: path too long for a socket", state);
}

/* --- in a child --------------------------------------------------------------------------------
 */

/* A helper that is just starting is waited for. */
static int connect_until(const struct sockaddr_un *address, struct deadline deadline)
{
	for (;;) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return -1;
		if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
			return fd;
		int cause = errno;
		close(fd);
		errno = cause;
		bool may_come = cause == ENOENT || cause == ECONNREFUSED || cause == EAGAIN;
		if (!may_come || deadline_passed(deadline))
			return -1;
		poll(NULL, 0, TICK_MS / 2);
	}
}

int clerk_call(const struct service *service)
{
	const char *state = service->config.reputation.state;
	struct sockaddr_un address;
	struct why why;
	int fd = -1;

	if (!state)
		return -1;
	if (door(state, &address, &why) == STATUS_OK) {
		fd = connect_until(&address, deadline_in_ms(CALL_MS));
		if (fd < 0)
			why_errno(&why, STATUS_IO, "%s", address.sun_path);
	}
	if (fd < 0)
		log_warn("spamd: Tell: no reputation helper: %s", why.text);
	return fd;
}

static enum status wait_for_receipt(int fd, struct receipt *receipt, struct why *why)
{
	struct deadline deadline = deadline_in_ms(RECEIPT_MS);
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int ready;

	do
		ready = poll(&poll_fd, 1, deadline_left_ms(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return why_set(why, STATUS_TIMEOUT, "the reputation helper does not answer");
	if (recv(fd, receipt, sizeof *receipt, 0) != sizeof *receipt || receipt->format != FORMAT)
		return why_set(why, STATUS_CLOSED, "the reputation helper went away");
	receipt->text[sizeof receipt->text - 1] = '\0';
	return STATUS_OK;
}

enum status clerk_report(int fd, struct arena *scan, const struct fingerprint_settings *settings,
			 const struct mail *mail, struct str reporter, enum trust_kind kind,
			 struct why *why)
{
	struct note *note = ARENA_NEW(scan, struct note);
	struct receipt receipt;

	if (reporter.len >= sizeof note->name)
		return why_set(why, STATUS_REFUSED, "the name is too long");
	note->format = FORMAT;
	note->kind = (uint32_t)kind;
	memcpy(note->name, reporter.ptr, reporter.len);
	note->n_keys = (uint32_t)feedback_keys(scan, settings, mail, note->keys);
	if (!note->n_keys)
		return why_set(why, STATUS_NOT_FOUND, "nothing in the message makes a fingerprint");
	if (send(fd, note, sizeof *note, MSG_NOSIGNAL) != sizeof *note)
		return why_errno(why, STATUS_IO, "reputation helper");
	if (wait_for_receipt(fd, &receipt, why) != STATUS_OK)
		return why->status;
	if (receipt.status != STATUS_OK)
		return why_set(why, (enum status)receipt.status, "%s", receipt.text);
	return STATUS_OK;
}

/* --- in the helper: one report -----------------------------------------------------------------
 */

struct caller {
	int fd;
	uid_t uid;
	bool is_stranger; /* neither root nor the service */
	struct deadline deadline;
};

struct clerk {
	struct service *service;
	struct arena *keep, *scan;
	struct keeper *keeper;
	struct counting counting; /* exposures NULL: nobody counts */
	int64_t observed_s;
	int64_t refresh_at_s; /* the next round over all keys */
	int door_fd, control_fd;
	struct caller callers[CALLERS_MAX];
	size_t n_callers;
	bool has_news;       /* the ledger has what the keeper has not seen */
	int64_t rest_till_s; /* folding failed: not before */
	bool stop;
};

/* Root and the service speak for anybody, others for themselves. */
static bool may_speak(const struct caller *caller, const char *name)
{
	const struct passwd *entry = caller->is_stranger ? getpwuid(caller->uid) : NULL;

	return !caller->is_stranger || (entry && strcmp(entry->pw_name, name) == 0);
}

static bool is_sound(const struct note *note)
{
	bool sound = note->format == FORMAT && note->name[0] != '\0' &&
		     memchr(note->name, '\0', sizeof note->name) && note->n_keys > 0 &&
		     note->n_keys <= LEDGER_KEYS_MAX &&
		     (note->kind == TRUST_SPAM || note->kind == TRUST_REVOKE);

	for (size_t i = 0; sound && i < note->n_keys; i++)
		sound = note->keys[i].algorithm > 0 &&
			note->keys[i].algorithm < FINGERPRINT_ALGORITHMS_MAX;
	return sound;
}

static void count(struct clerk *clerk)
{
	if (clerk->counting.exposures)
		counting_run(&clerk->counting, clock_wall_s());
}

static enum status enter(struct clerk *clerk, const struct caller *caller, const struct note *note,
			 struct why *why)
{
	const struct service *service = clerk->service;
	bool is_new = false;

	if (!is_sound(note))
		return why_set(why, STATUS_INVALID, "malformed report");
	if (!may_speak(caller, note->name) || exchange_is_key(str_from(note->name)))
		return why_set(why, STATUS_REFUSED, "not in the name of %s", note->name);
	struct feedback feedback = {
		.reporter = feedback_reporter(&service->config.reputation, str_from(note->name),
					      service->hostname),
		.kind = (enum trust_kind)note->kind,
		.keys = note->keys,
		.n_keys = note->n_keys,
	};
	/* what its own scan has shown comes first */
	count(clerk);
	if (clerk->counting.exposures)
		feedback.seen = exposures_of(clerk->scan, clerk->counting.exposures, note->keys,
					     note->n_keys, clock_wall_s());
	enum status status = feedback_enter(clerk->scan, keeper_ledger(clerk->keeper), &feedback,
					    clock_wall_s(), &is_new, why);
	clerk->has_news |= is_new;
	return status;
}

/* The receipt is written when the report is on the disk, not before. */
static void serve(struct clerk *clerk, const struct caller *caller)
{
	struct note note;
	struct receipt receipt = {.format = FORMAT};
	struct why why = {.text = ""};

	if (recv(caller->fd, &note, sizeof note, 0) != sizeof note)
		return; /* gone without a word */
	receipt.status = (uint32_t)enter(clerk, caller, &note, &why);
	if (receipt.status != STATUS_OK) {
		log_warn("spamd: reputation helper: report not taken: %s", why.text);
		snprintf(receipt.text, sizeof receipt.text, "%.*s", (int)sizeof receipt.text - 1,
			 why.text);
	}
	if (send(caller->fd, &receipt, sizeof receipt, MSG_NOSIGNAL) < 0)
		log_warn("spamd: reputation helper: nobody waited for the receipt");
	arena_reset(clerk->scan);
}

/* --- in the helper: the folder -----------------------------------------------------------------
 */

static bool is_told_to_stop(struct clerk *clerk, int wait_ms)
{
	struct pollfd control = {.fd = clerk->control_fd, .events = POLLIN};

	if (signals_poll(&control, 1, wait_ms) > 0 || (signals_take() & SIGNAL_TERMINATE))
		clerk->stop = true;
	return clerk->stop;
}

/* Another process may keep the state for a while: whorl, or the helper of a spamd that is ending.
 */
static enum status take_over(struct clerk *clerk, struct why *why)
{
	bool said = false;
	enum status status;

	while ((status = keeper_open(clerk->keep, clerk->service->config.reputation.state,
				     &trust_constants_default, &clerk->keeper, why)) ==
		       STATUS_REFUSED &&
	       !is_told_to_stop(clerk, TICK_MS)) {
		if (!said)
			log_info("spamd: reputation helper waits: %s", why->text);
		said = true;
		arena_reset(clerk->keep);
	}
	return status;
}

/* With the lock held nobody else is behind a socket that is there. */
static enum status open_door(struct clerk *clerk, struct why *why)
{
	struct sockaddr_un address;

	if (door(clerk->service->config.reputation.state, &address, why) != STATUS_OK)
		return why->status;
	unlink(address.sun_path);
	clerk->door_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (clerk->door_fd < 0 ||
	    bind(clerk->door_fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
	    chmod(address.sun_path, 0666) != 0 || listen(clerk->door_fd, CALLERS_MAX) != 0)
		return why_errno(why, STATUS_IO, "%s", address.sun_path);
	return STATUS_OK;
}

/* Without exposures reports are folded all the same. */
static void open_counting(struct clerk *clerk)
{
	struct why why;

	clerk->counting.glimpses = clerk->service->glimpses;
	clerk->counting.table = keeper_table(clerk->keeper);
	if (clerk->counting.glimpses &&
	    exposures_open(clerk->keep, clerk->service->config.reputation.state, EXPOSURES_WRITE,
			   &clerk->counting.exposures, &why) != STATUS_OK)
		log_error("spamd: reputation helper counts no exposures: %s", why.text);
}

/* Before campaigns are judged. */
static void observe(struct clerk *clerk, int64_t now_s)
{
	size_t n;
	struct why why;

	if (!clerk->counting.exposures || now_s - clerk->observed_s < OBSERVE_EVERY_S)
		return;
	clerk->observed_s = now_s;
	if (observe_due(clerk->scan, keeper_ledger(clerk->keeper), clerk->counting.exposures, now_s,
			&n, &why) != STATUS_OK)
		log_error("spamd: reputation helper: %s", why.text);
	else
		clerk->has_news |= n > 0;
	arena_reset(clerk->scan);
}

/* A step at a time: reports go before. */
static void refresh(struct clerk *clerk)
{
	int64_t now_s = clock_wall_s();
	bool is_done;
	struct why why;

	if (now_s < clerk->refresh_at_s)
		return;
	if (keeper_refresh(clerk->keeper, now_s, &is_done, &why) != STATUS_OK) {
		log_error("spamd: reputation helper: %s", why.text);
		clerk->refresh_at_s = now_s + FAILED_PAUSE_S;
	} else if (is_done) {
		clerk->refresh_at_s = now_s + REFRESH_EVERY_S;
	}
}

static void fold(struct clerk *clerk)
{
	int64_t now_s = clock_wall_s();
	struct why why;

	observe(clerk, now_s);
	if (now_s < clerk->rest_till_s ||
	    (!clerk->has_news && !keeper_has_work(clerk->keeper, now_s)))
		return;
	if (keeper_work(clerk->keeper, now_s, NULL, &why) == STATUS_OK) {
		clerk->has_news = false;
		return;
	}
	/* The reports are safe; they are folded when that works again. */
	log_error("spamd: reputation helper: %s", why.text);
	clerk->has_news = true;
	clerk->rest_till_s = now_s + FAILED_PAUSE_S;
}

/* --- in the helper: the loop -------------------------------------------------------------------
 */

static void let_in(struct clerk *clerk)
{
	while (clerk->n_callers < CALLERS_MAX) {
		int fd = accept4(clerk->door_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		struct ucred peer;
		socklen_t len = sizeof peer;
		bool known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0;
		bool is_stranger = known && peer.uid != 0 && peer.uid != geteuid();
		if (!known || (is_stranger && clerk->n_callers >= STRANGERS_MAX)) {
			close(fd);
			continue;
		}
		clerk->callers[clerk->n_callers++] = (struct caller){
			.fd = fd,
			.uid = peer.uid,
			.is_stranger = is_stranger,
			.deadline = deadline_in_ms(
				is_stranger ? NOTE_MS
					    : clerk->service->args->timeout_child_s * 1000),
		};
	}
}

/* Who has spoken is served and goes, who has not for long goes too. */
static void serve_callers(struct clerk *clerk, const struct pollfd *fds)
{
	size_t n_left = 0;

	for (size_t i = 0; i < clerk->n_callers; i++) {
		struct caller *caller = &clerk->callers[i];
		if (fds[i].revents != 0)
			serve(clerk, caller);
		if (fds[i].revents != 0 || deadline_passed(caller->deadline))
			close(caller->fd);
		else
			clerk->callers[n_left++] = *caller;
	}
	clerk->n_callers = n_left;
}

/* SIGHUP: who reports and what they are worth may have changed. */
static void heed(struct clerk *clerk, unsigned signals)
{
	struct why why;

	if (signals & SIGNAL_TERMINATE)
		clerk->stop = true;
	if (!(signals & SIGNAL_RELOAD))
		return;
	if (service_load_reporters(clerk->service, &why) == STATUS_OK)
		log_info("spamd: reputation helper [%ld] has read the reporters anew",
			 (long)getpid());
	else
		log_error("spamd: reputation helper keeps the old reporters: %s", why.text);
}

static void turn(struct clerk *clerk)
{
	struct pollfd fds[CALLERS_MAX + 2];
	size_t n = clerk->n_callers;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = clerk->callers[i].fd, .events = POLLIN};
	fds[n] = (struct pollfd){.fd = clerk->control_fd, .events = POLLIN};
	fds[n + 1] = (struct pollfd){.fd = n < CALLERS_MAX ? clerk->door_fd : -1, .events = POLLIN};
	int ready = signals_poll(fds, (unsigned)n + 2, TICK_MS);
	/* SIGINT of a terminal reaches everybody: the children come first, then the parent says so.
	 */
	heed(clerk, signals_take());
	if (ready > 0) {
		clerk->stop |= fds[n].revents != 0;
		serve_callers(clerk, fds);
		let_in(clerk);
	} else {
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
		serve_callers(clerk, fds);
	}
}

static enum status start(struct clerk *clerk, struct why *why)
{
	enum status status = take_over(clerk, why);

	if (status != STATUS_OK)
		return status;
	open_counting(clerk);
	return open_door(clerk, why);
}

void clerk_run(struct service *service, int control_fd)
{
	struct clerk clerk = {.service = service,
			      .keep = arena_new("clerk", 0),
			      .scan = arena_new("note", 0),
			      .door_fd = -1,
			      .control_fd = control_fd};
	struct why why;

	signals_hear_reload();
	if (start(&clerk, &why) == STATUS_OK) {
		log_info("spamd: reputation helper [%ld] keeps %s", (long)getpid(),
			 service->config.reputation.state);
		while (!clerk.stop) {
			turn(&clerk);
			count(&clerk);
			fold(&clerk);
			refresh(&clerk);
		}
		log_info("spamd: reputation helper [%ld] ends", (long)getpid());
	} else if (!clerk.stop) {
		log_error("spamd: reputation helper: %s", why.text);
	}
	arena_free(clerk.scan);
	arena_free(clerk.keep);
}
