/* children: how they come and go; see parent.h. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/title.h"
#include "lib/server/parent.h"
#include "lib/server/worker.h"

enum {
	QUICK_DEATH_MS = 2000, /* a child that fails sooner than this, before it is ready, ... */
	REST_MS = 10000,       /* for a client to read what a killed child has sent */
};

/* After the fork: what belongs to the parent and to its other processes goes. */
static _Noreturn void become_child(struct prefork *prefork, struct custody *custody,
				   const struct log_held *held, int parent_fd, int channel_fd)
{
	close(parent_fd);
	sides_leave(&prefork->sides);
	log_wait_in(held);
	title_set("spamd child");
	_exit(worker_run(prefork->settings, prefork->listeners, prefork->app, custody, channel_fd,
			 prefork->settings->has_room ? prefork->sides.room.from_room[1] : -1));
}

pid_t children_spawn(struct prefork *prefork)
{
	int parent_fd, child_fd;
	struct why why;

	if (clock_mono_ms() < prefork->respawn_at_ms)
		return 0;
	if (channel_open(&parent_fd, &child_fd, &why) != STATUS_OK) {
		log_error("prefork: %s", why.text);
		return 0;
	}
	struct custody *custody = custody_new();
	struct log_held held = log_held_new();
	pid_t pid = fork();
	if (pid == 0)
		become_child(prefork, custody, &held, parent_fd, child_fd);
	close(child_fd);
	if (pid < 0) {
		close(parent_fd);
		custody_free(custody);
		log_held_free(&held);
		log_error("spamd: fork failed");
		prefork->respawn_at_ms = clock_mono_ms() + RESPAWN_PAUSE_MS;
		return 0;
	}
	log_info("spamd: server successfully spawned child process, pid %ld", (long)pid);
	struct child *child = scoreboard_add(&prefork->board, pid, parent_fd);
	child->custody = custody;
	child->held = held;
	return pid;
}

void children_spawn_missing(struct prefork *prefork)
{
	int wanted = server_start_children(prefork->settings);

	for (int i = scoreboard_serving(&prefork->board); i < wanted; i++) {
		if (children_spawn(prefork) == 0)
			return;
	}
}

void children_retire(struct child *child)
{
	child->state = CHILD_RETIRED;
	kill(child->pid, SIGTERM);
}

void prefork_exit_text(int wait_status, char *out, size_t size_bytes)
{
	static const struct {
		int signo;
		const char *name;
	} names[] = {{SIGHUP, "HANGUP"},
		     {SIGINT, "interrupted"},
		     {SIGABRT, "ABORTED"},
		     {SIGKILL, "KILLED"},
		     {SIGTERM, "TERMINATED"}};
	const char *name = "DIED";

	if (WIFEXITED(wait_status)) {
		snprintf(out, size_bytes, "exit %d", WEXITSTATUS(wait_status));
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].signo == WTERMSIG(wait_status))
			name = names[i].name;
	}
	snprintf(out, size_bytes, "%s, signal %d (%04x)", name, WTERMSIG(wait_status),
		 (unsigned)wait_status);
}

/* The child has died with a client. Nobody else may answer once an answer has begun; the room sees
 * to it that what there is of it arrives. */
static void save_client(struct prefork *prefork, struct child *child, int wait_status)
{
	const struct parcel rest = {.kind = PARCEL_SEND,
				    .deadline_ms = deadline_in_ms(REST_MS).at_ms};
	enum channel_word word;
	bool was_stuck = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM;

	/* What it has said last may be that it has one. */
	while (child->fd >= 0 && give_hear(child, DEADLINE_NOW, &word))
		continue;
	if (give_is_through(child))
		give_note_idle(child);
	if (child->conn_fd < 0 || wait_status == 0 || !child->custody || was_stuck ||
	    !prefork->settings->has_room)
		return;
	switch (custody_give(child->custody, prefork->sides.room.from_room[0], child->conn_fd)) {
	case CUSTODY_GIVEN:
		log_info("spamd: what child [%ld] was serving goes to another", (long)child->pid);
		break;
	case CUSTODY_OVER:
		parcel_send_file(prefork->sides.room.to_room[0], &rest, child->conn_fd, -1);
		break;
	case CUSTODY_LOST:
		log_warn("spamd: child [%ld] has ended with its client's request",
			 (long)child->pid);
		break;
	case CUSTODY_DEADLY:
		log_error("spamd: child [%ld] is the second that one request has ended, its client "
			  "gets no answer",
			  (long)child->pid);
		break;
	}
}

void children_reap(struct prefork *prefork)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		struct child *child = scoreboard_find(&prefork->board, pid);
		char text[64];
		if (!child) {
			sides_reap(&prefork->sides, pid, wait_status);
			continue;
		}
		log_write_held(&child->held);
		save_client(prefork, child, wait_status);
		if (wait_status != 0 && !child->has_spoken &&
		    clock_mono_ms() - child->started_ms < QUICK_DEATH_MS)
			prefork->respawn_at_ms = clock_mono_ms() + RESPAWN_PAUSE_MS;
		scoreboard_remove(&prefork->board, pid);
		prefork_exit_text(wait_status, text, sizeof text);
		log_info("spamd: handled cleanup of child pid [%ld] due to SIGCHLD: %s", (long)pid,
			 text);
	}
}
