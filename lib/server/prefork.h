/*
 * prefork: the parent's loop. It waits for connections and for words of the children, gives each
 * connection to the lowest idle child, and keeps as many children as are needed
 * (SpamdForkScaling.pm main_server_poll, adapt_num_children).
 */
#ifndef WHORL_SERVER_PREFORK_H
#define WHORL_SERVER_PREFORK_H

#include "lib/server/scoreboard.h"
#include "lib/server/server.h"

/* What SpamAssassin's scaling does next, given the number of idle and of all serving children. */
enum prefork_step { PREFORK_STAY, PREFORK_GROW, PREFORK_SHRINK, PREFORK_AT_LIMIT };
enum prefork_step prefork_step(const struct server_settings *settings, int n_idle, int n_serving);

/* "exit 0", "interrupted, signal 2 (0002)" (Util.pm exit_status_str). out >= 64 bytes. */
void prefork_exit_text(int wait_status, char *out, size_t size_bytes);

#endif
