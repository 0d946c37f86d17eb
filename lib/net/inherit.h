/*
 * inherit: listening sockets that the process was started with (socket activation,
 * sd_listen_fds(3)): descriptors from 3 on, counted by LISTEN_FDS, meant for the process
 * LISTEN_PID, named by LISTEN_FDNAMES.
 */
#ifndef WHORL_NET_INHERIT_H
#define WHORL_NET_INHERIT_H

#include "lib/net/socket.h"

/*
 * Append them to listeners; none is no error. One named "ssl" or "tls" (FileDescriptorName= of a
 * systemd socket unit) speaks TLS. The variables are gone afterwards, so that nothing started later
 * takes them for its own. STATUS_INVALID: a descriptor is no listening stream socket.
 */
enum status net_inherit(struct arena *arena, struct listener_vec *listeners, struct why *why);

#endif
