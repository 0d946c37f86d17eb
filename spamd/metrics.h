/*
 * metrics: counters of what spamd does, and /metrics for Prometheus (text exposition format 0.0.4)
 * on a port of 127.0.0.1 (spamd.conf: metrics_port). Children count in memory they share with the
 * parent; a process of its own answers, so that neither the parent nor a scanning child ever waits
 * for who reads the figures.
 */
#ifndef WHORL_SPAMD_METRICS_H
#define WHORL_SPAMD_METRICS_H

#include "lib/base/buf.h"
#include "lib/net/socket.h"
#include "lib/server/scoreboard.h"
#include "lib/wire/wire.h"

struct metrics;

/* Before the first fork. STATUS_NO_MEMORY. */
enum status metrics_new(struct metrics **metrics_out, struct why *why);

/* One scan and its verdict; a connection that is not allowed; a request answered with a fault. All
 * may be called from any process. metrics NULL: nothing is counted. */
void metrics_scan(struct metrics *metrics, bool is_spam, double seconds);
void metrics_refusal(struct metrics *metrics);
void metrics_fault(struct metrics *metrics, enum wire_code code);
/* A rule set is in force. */
void metrics_rules(struct metrics *metrics, size_t n_rules);
void metrics_children(struct metrics *metrics, const struct scoreboard *board);

/* The page. listeners: whose waiting connections are counted. */
void metrics_write(const struct metrics *metrics, const struct listener_vec *listeners,
		   struct buf *out);

/* Listen on 127.0.0.1:port. The listener is the arena's and net_unlisten()'s. */
enum status metrics_listen(struct arena *keep, unsigned port, struct listener_vec *own_out,
			   struct why *why);
/* The life of the process that answers GET /metrics (HTTP/1.0, one request a connection, each
 * within a few seconds): until SIGTERM or the end of control_fd. */
void metrics_run(const struct metrics *metrics, const struct listener_vec *listeners,
		 const struct listener *own, int control_fd);

#endif
