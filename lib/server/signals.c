/* signals: see signals.h. */
#include "lib/server/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static volatile sig_atomic_t seen;
/* The mask while waiting: nothing else here changes masks, so it is worked out once. */
static sigset_t waiting;
static bool is_mask_known;

static const int handled[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT, SIGUSR2};
enum { N_HANDLED = sizeof handled / sizeof *handled };

static void note(int signo)
{
	switch (signo) {
	case SIGCHLD:
		seen |= SIGNAL_CHILD;
		break;
	case SIGHUP:
		seen |= SIGNAL_RELOAD;
		break;
	case SIGTERM:
		seen |= SIGNAL_TERMINATE;
		break;
	case SIGINT:
		seen |= SIGNAL_INTERRUPT;
		break;
	case SIGUSR2:
		seen |= SIGNAL_TRACE;
		break;
	default:
		break;
	}
}

static void set_handler(int signo, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigemptyset(&action.sa_mask);
	sigaction(signo, &action, NULL);
}

void signals_setup_parent(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	for (int i = 0; i < N_HANDLED; i++) {
		sigaddset(&blocked, handled[i]);
		set_handler(handled[i], note);
	}
	set_handler(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
}

void signals_setup_child(void)
{
	set_handler(SIGCHLD, SIG_DFL);
	set_handler(SIGHUP, SIG_IGN);
	seen = 0;
}

void signals_hear_reload(void)
{
	set_handler(SIGHUP, note);
}

int signals_poll(struct pollfd *fds, unsigned n_fds, int timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};

	if (!is_mask_known) {
		sigprocmask(SIG_SETMASK, NULL, &waiting);
		for (int i = 0; i < N_HANDLED; i++)
			sigdelset(&waiting, handled[i]);
		is_mask_known = true;
	}
	return ppoll(fds, n_fds, timeout_ms < 0 ? NULL : &timeout, &waiting);
}

unsigned signals_take(void)
{
	sigset_t blocked, old;

	if (!seen) /* what comes from here on is for the next call */
		return 0;
	/* Signals are blocked here in the daemon; a caller that has not blocked them loses none
	 * either. */
	sigemptyset(&blocked);
	for (int i = 0; i < N_HANDLED; i++)
		sigaddset(&blocked, handled[i]);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	unsigned bits = (unsigned)seen;
	seen = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return bits;
}
