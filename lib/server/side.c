/* side: see side.h. */
#include "lib/server/side.h"

#include <signal.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/title.h"
#include "lib/server/channel.h"
#include "lib/server/prefork.h"
#include "lib/server/signals.h"

enum { RESPAWN_PAUSE_MS = 1000 };

void sides_leave(const struct sides *sides)
{
	for (int i = 0; i < N_SIDES; i++) {
		if (sides->list[i].pid > 0)
			close(sides->list[i].control_fd);
	}
	scoreboard_leave(sides->board);
}

static enum status open_room(struct sides *sides, struct why *why)
{
	struct room_queues *room = &sides->room;

	if (!sides->settings->has_room)
		return STATUS_OK;
	if (parcel_pair(&room->to_room[0], &room->to_room[1], why) != STATUS_OK ||
	    parcel_pair(&room->from_room[0], &room->from_room[1], why) != STATUS_OK)
		return why->status;
	sides->app->use_room(sides->app->data, room->to_room[0], room->from_room[1]);
	return STATUS_OK;
}

static void run_room(struct sides *sides, int control_fd)
{
	net_unlisten(sides->listeners, false);
	close(sides->room.to_room[0]);
	close(sides->room.from_room[1]);
	sides->app->run_room(sides->app->data, sides->room.to_room[1], sides->room.from_room[0],
			     control_fd);
}

/* They have no part in any connection, not even in those on their way. */
static void leave_queues(struct sides *sides)
{
	for (int i = 0; sides->settings->has_room && i < 2; i++) {
		close(sides->room.to_room[i]);
		close(sides->room.from_room[i]);
	}
}

static void run_helper(struct sides *sides, int control_fd)
{
	leave_queues(sides);
	net_unlisten(sides->listeners, false);
	sides->app->run_helper(sides->app->data, control_fd);
}

static void run_watcher(struct sides *sides, int control_fd)
{
	leave_queues(sides);
	sides->app->run_watcher(sides->app->data, control_fd);
}

static const struct side_kind {
	const char *process;
	void (*run)(struct sides *sides, int control_fd);
} side_kinds[N_SIDES] = {
	[SIDE_HELPER] = {"spamd helper", run_helper},
	[SIDE_WATCHER] = {"spamd metrics", run_watcher},
	[SIDE_ROOM] = {"spamd room", run_room},
};

enum status sides_open(struct sides *sides, struct why *why)
{
	const struct server_settings *settings = sides->settings;

	sides->list[SIDE_HELPER].name = settings->helper_name;
	sides->list[SIDE_WATCHER].name = settings->watcher_name;
	sides->list[SIDE_ROOM].name = settings->has_room ? "waiting room" : NULL;
	return open_room(sides, why);
}

static _Noreturn void become_side(struct sides *sides, enum side_id id, int parent_fd,
				  int control_fd)
{
	const struct server_settings *settings = sides->settings;
	const struct privileges *privileges =
		id == SIDE_HELPER ? settings->privileges : settings->room_privileges;
	struct why why;

	close(parent_fd);
	sides_leave(sides);
	title_set(side_kinds[id].process);
	signals_setup_child();
	if (privileges && privileges_drop(privileges, &why) != STATUS_OK) {
		log_error("spamd: %s: %s", sides->list[id].name, why.text);
		_exit(1);
	}
	if (settings->side_confinement && confine(settings->side_confinement, &why) != STATUS_OK)
		log_debug("prefork", "%s: not all of the confinement is in force: %s",
			  sides->list[id].name, why.text);
	side_kinds[id].run(sides, control_fd);
	_exit(0);
}

static void spawn_side(struct sides *sides, enum side_id id)
{
	struct side *side = &sides->list[id];
	int parent_fd, child_fd;
	struct why why;

	if (!side->name || side->pid > 0 || clock_mono_ms() < side->respawn_at_ms)
		return;
	side->respawn_at_ms = clock_mono_ms() + RESPAWN_PAUSE_MS;
	if (channel_open(&parent_fd, &child_fd, &why) != STATUS_OK) {
		log_error("prefork: %s", why.text);
		return;
	}
	pid_t pid = fork();
	if (pid == 0)
		become_side(sides, id, parent_fd, child_fd);
	close(child_fd);
	if (pid < 0) {
		close(parent_fd);
		log_error("spamd: fork failed");
		return;
	}
	side->pid = pid;
	side->control_fd = parent_fd;
}

void sides_spawn(struct sides *sides)
{
	for (int i = 0; i < N_SIDES; i++)
		spawn_side(sides, (enum side_id)i);
}

void sides_reap(struct sides *sides, pid_t pid, int wait_status)
{
	char text[64];

	for (int i = 0; i < N_SIDES; i++) {
		struct side *side = &sides->list[i];
		if (side->pid != pid)
			continue;
		prefork_exit_text(wait_status, text, sizeof text);
		log_warn("spamd: the %s [%ld] has ended: %s", side->name, (long)pid, text);
		close(side->control_fd);
		side->pid = 0;
		side->respawn_at_ms = clock_mono_ms() + RESPAWN_PAUSE_MS;
	}
}

bool sides_are_missing(const struct sides *sides)
{
	for (int i = 0; i < N_SIDES; i++) {
		if (sides->list[i].name && sides->list[i].pid == 0)
			return true;
	}
	return false;
}

void sides_renew_room(struct sides *sides)
{
	struct side *room = &sides->list[SIDE_ROOM];

	if (room->pid == 0)
		return;
	channel_send(room->control_fd, CHANNEL_DONE);
	close(room->control_fd);
	room->pid = 0;
	room->respawn_at_ms = 0;
	spawn_side(sides, SIDE_ROOM);
}

void sides_reload_helper(const struct sides *sides)
{
	if (sides->list[SIDE_HELPER].pid > 0)
		kill(sides->list[SIDE_HELPER].pid, SIGHUP);
}

void sides_stop(struct sides *sides)
{
	for (int i = 0; i < N_SIDES; i++) {
		if (sides->list[i].pid > 0)
			kill(sides->list[i].pid, SIGTERM);
	}
}
