/* scale: how many children there should be; see parent.h and prefork.h. */
#include "lib/base/log.h"
#include "lib/server/parent.h"

void server_settings_normalize(struct server_settings *settings)
{
	if (settings->max_children < 1)
		settings->max_children = 5;
	if (settings->max_conn_per_child < 1)
		settings->max_conn_per_child = 200;
	if (settings->min_children < 1)
		settings->min_children = 1;
	if (settings->min_spare < 0)
		settings->min_spare = 0;
	if (settings->min_spare > settings->max_children)
		settings->min_spare = settings->max_children - 1;
	if (settings->max_spare < settings->min_spare)
		settings->max_spare = settings->min_spare + 1;
}

int server_start_children(const struct server_settings *settings)
{
	int n = settings->max_children;

	if (settings->round_robin)
		return n;
	if (n > settings->max_spare)
		n = settings->max_spare;
	return n < settings->min_children ? settings->min_children : n;
}

enum prefork_step prefork_step(const struct server_settings *settings, int n_idle, int n_serving)
{
	if (n_idle < settings->min_spare)
		return n_serving < settings->max_children ? PREFORK_GROW : PREFORK_AT_LIMIT;
	if (n_idle > settings->max_spare && n_serving > settings->min_children)
		return PREFORK_SHRINK;
	return PREFORK_STAY;
}

void scale_grow(struct prefork *prefork, int n_idle)
{
	pid_t pid = children_spawn(prefork);

	if (pid != 0)
		log_info("prefork: adjust: %d idle children less than %d minimum idle children.  "
			 "Increasing spamd children: %ld started.",
			 n_idle, prefork->settings->min_spare, (long)pid);
}

static void shrink(struct prefork *prefork, int n_idle)
{
	struct child *child = scoreboard_highest_idle(&prefork->board);

	log_info("prefork: adjust: %d idle children more than %d maximum idle children. "
		 "Decreasing spamd children: %ld killed.",
		 n_idle, prefork->settings->max_spare, (long)child->pid);
	children_retire(child);
}

void scale_log_states(struct prefork *prefork)
{
	struct buf states;

	buf_init(&states, NULL);
	scoreboard_states(&prefork->board, &states);
	log_info("prefork: child states: %s", buf_cstr(&states));
	buf_free(&states);
}

void scale_adapt(struct prefork *prefork)
{
	int n_idle = scoreboard_count(&prefork->board, CHILD_IDLE);

	scale_log_states(prefork);
	switch (prefork_step(prefork->settings, n_idle, scoreboard_serving(&prefork->board))) {
	case PREFORK_GROW:
		scale_grow(prefork, n_idle);
		break;
	case PREFORK_SHRINK:
		shrink(prefork, n_idle);
		break;
	case PREFORK_AT_LIMIT:
		log_info("prefork: server reached --max-children setting, consider raising it");
		break;
	case PREFORK_STAY:
		break;
	}
}
